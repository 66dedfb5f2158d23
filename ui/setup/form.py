"""What the installer shows: the proposal, the choices, the command, the log. It knows nothing of installing."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QFont, QFontDatabase, QPalette
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...processing.base import translate
from ..library.colors import ok_color, problem_color
from . import words
from .plan import Facts, Kind, Plan, possible_kinds, recommend

_MOST_LOG_LINES = 5000
_ANY_HEIGHT = 16777215
"""Qt's QWIDGETSIZE_MAX"""
_INDEX, _FOLDER = "index", "folder"


class InstallForm(QWidget):
    """The fields of the installer; `edited` tells that another choice was made."""

    edited = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = _text_label(self)
        font = self.heading.font()
        font.setBold(True)
        self.heading.setFont(font)
        self.reasons = _text_label(self)
        self.kinds = QComboBox(self)
        self.kinds.setToolTip(translate("Which form of onnxruntime to install; only one can be there at a time"))
        self.sources = QComboBox(self)
        self.sources.addItem(translate("Package index (needs the network)"), _INDEX)
        self.sources.addItem(translate("Folder with wheels (no network needed)"), _FOLDER)
        self.sources.setToolTip(translate("Where pip takes the packages from"))
        self.wheels_field = QgsFileWidget(self)
        self.wheels_field.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.wheels_field.setToolTip(translate("The folder into which the wheels were downloaded on another computer"))
        self.wheels_field.lineEdit().setPlaceholderText(translate("Folder with the wheels"))
        self.wheels_field.lineEdit().setAccessibleName(translate("Folder with the wheels"))
        self.wheels_field.setFocusProxy(self.wheels_field.lineEdit())
        self.command = _code_field(self, 4, translate("The exact command that is run"))
        self.download = _code_field(
            self, 4, translate("Downloads the wheels for this computer, on any computer with network")
        )
        self.status = _text_label(self)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.log = _code_field(self, 9, translate("What pip says"))
        self.log.setMaximumBlockCount(_MOST_LOG_LINES)
        self.log.setMaximumHeight(_ANY_HEIGHT)
        self._filler = QWidget(self)
        self._filler.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._arrange()
        self.kinds.currentIndexChanged.connect(lambda _row: self.edited.emit())
        self.sources.currentIndexChanged.connect(lambda _row: self.edited.emit())
        self.wheels_field.fileChanged.connect(lambda _path: self.edited.emit())

    def kind(self) -> Kind:
        """Return the package that is chosen."""
        return self.kinds.currentData()

    def is_offline(self) -> bool:
        """Return True when the packages come from a folder."""
        return self.sources.currentData() == _FOLDER

    def wheels(self) -> str:
        """Return the folder with the wheels; empty: the network, or none was chosen."""
        return self.wheels_field.filePath().strip() if self.is_offline() else ""

    def show_facts(self, facts: Facts, missing: tuple[str, ...]) -> None:
        """Say what is there, and offer the packages for this system with the best one chosen; `edited` is not told."""
        best = recommend(facts)
        self.kinds.blockSignals(True)
        self.kinds.clear()
        for kind in possible_kinds(facts):
            self.kinds.addItem(words.kind_text(kind, facts.platform, is_best=kind == best), kind)
        self.kinds.blockSignals(False)
        self.heading.setText(words.heading(facts, missing))

    def show_plan(self, plan: Plan, download: str) -> None:
        """Show commands and reasons."""
        self.command.setPlainText(plan.command)
        self.download.setPlainText(download)
        self.reasons.setText(words.reasons_html(plan))

    def show_state(self, *, is_idle: bool, is_running: bool, message: str, is_good: bool) -> None:
        """Show what belongs to a state, with a sentence in red or green."""
        for widget in (self.kinds, self.sources, self.wheels_field):
            widget.setEnabled(is_idle)
        self.wheels_field.setVisible(self.is_offline())
        for widget in self._download_row:
            widget.setVisible(self.is_offline())
        self.progress.setVisible(not is_idle)
        self.progress.setRange(0, 0)
        self.log.setVisible(is_running or bool(self.log.toPlainText()))
        self._filler.setVisible(not self.log.isVisibleTo(self))
        palette = QPalette(self.palette())
        color = ok_color(palette) if is_good else problem_color(palette)
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self.status.setPalette(palette)
        self.status.setText(message)
        self.status.setVisible(bool(message))

    def show_progress(self, share: float) -> None:
        """Show how much of the current download is there."""
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(1000 * share))

    def add_line(self, text: str) -> None:
        """Add a line to the log, and show it."""
        if self.progress.value() == self.progress.maximum():
            self.progress.setRange(0, 0)  # the download is done; how long the rest takes, nobody says
        self.log.appendPlainText(text)
        bar = self.log.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _arrange(self) -> None:
        rows = QFormLayout()
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        download = _with_copy(self, self.download)
        labels = [
            _add_row(rows, translate("&Package"), self.kinds, self.kinds),
            _add_row(rows, translate("&From"), _stacked(self, self.sources, self.wheels_field), self.sources),
            _add_row(rows, translate("Co&mmand"), _with_copy(self, self.command), self.command),
            _add_row(rows, translate("&Download"), download, self.download),
        ]
        self._download_row = (download, labels[-1])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.heading)
        layout.addWidget(self.reasons)
        layout.addLayout(rows)
        for widget in (self.status, self.progress):
            layout.addWidget(widget)
        layout.addWidget(self.log, 1)
        layout.addWidget(self._filler)


def _add_row(rows: QFormLayout, text: str, field: QWidget, buddy: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(buddy)
    label.setToolTip(buddy.toolTip())
    rows.addRow(label, field)
    return label


def _text_label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _code_field(parent: QWidget, lines: int, tooltip: str) -> QPlainTextEdit:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    field = QPlainTextEdit(parent)
    field.setReadOnly(True)
    field.setTabChangesFocus(True)
    field.setFont(font)
    margin = round(2 * field.document().documentMargin())
    field.setFixedHeight(lines * field.fontMetrics().lineSpacing() + 2 * field.frameWidth() + margin)
    field.setToolTip(tooltip)
    field.setAccessibleName(tooltip)
    return field


def _stacked(parent: QWidget, *widgets: QWidget) -> QWidget:
    box = QWidget(parent)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    return box


def _with_copy(parent: QWidget, field: QPlainTextEdit) -> QWidget:
    """Return the field with a button that copies its text."""
    box = QWidget(parent)
    button = QToolButton(box)
    button.setIcon(QgsApplication.getThemeIcon("/mActionEditCopy.svg"))
    button.setAutoRaise(True)
    button.setToolTip(translate("Copy the command"))
    button.setAccessibleName(translate("Copy the command"))
    button.clicked.connect(lambda _checked: QgsApplication.clipboard().setText(field.toPlainText()))
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(field)
    layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    return box
