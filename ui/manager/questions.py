"""The few questions that the manager asks before it does something."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QInputDialog, QMessageBox, QPushButton, QWidget

from ...processing.base import translate


def confirm(parent: QWidget, title: str, text: str, yes: str) -> bool:
    """Ask whether to go on; *yes* is what the button says."""
    box, go_on = make_question(parent, title, text, yes)
    box.exec()
    return bool(box.clickedButton() == go_on)


def make_question(parent: QWidget, title: str, text: str, yes: str) -> tuple[QMessageBox, QPushButton]:
    """Return a window that asks whether to go on, and its button for that; the other one is the default."""
    box = QMessageBox(QMessageBox.Icon.Question, title, text, QMessageBox.StandardButton.NoButton, parent)
    go_on = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    return box, go_on


def ask_id(parent: QWidget, reason: str, suggested: str) -> str:
    """Ask for another id; empty where the user gives up."""
    text, is_fine = QInputDialog.getText(
        parent, translate("Add a model"), translate("{}\n\nId of the new model:").format(reason), text=suggested
    )
    return str(text).strip() if is_fine else ""
