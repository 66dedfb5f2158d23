"""The window in which a model's description is edited, tried and saved."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGroupBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ...models.card.types import ModelCard
from ...models.describe import Changes, describe
from ...processing.base import translate
from ..background import Reader
from ..help import add_help_button
from ..library.colors import problem_color
from ..library.facts import ModelFacts
from .card_draft import changes_of, field_of
from .card_form import CardForm
from .questions import confirm
from .trial import Subject, takes_two_layers
from .trial_panel import TrialPanel


class CardDialog(QDialog):
    """Edits the description of a model of the user's own; accepted once it is saved."""

    def __init__(self, facts: ModelFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: ModelCard = facts.card
        self._reader = Reader(self)
        self._drafts: list[Path] = []
        self.setWindowTitle(translate("Description of {}").format(facts.title))
        self.form = CardForm()
        self.trial = TrialPanel(self._prepare)
        self.trial.set_two_layers(takes_two_layers(facts.card))
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAccessibleName(translate("What keeps the description from being saved"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        add_help_button(self.buttons, "manager")
        self.save_button.setToolTip(translate("Write the description beside the model"))
        self._arrange()
        self.buttons.accepted.connect(self._save)
        self.buttons.rejected.connect(self.reject)
        self.form.changed.connect(self._check)
        self.form.set_card(facts.card)
        self._first = self.form.draft()

    @property
    def save_button(self) -> QPushButton:
        """Return the button that saves."""
        return self.buttons.button(QDialogButtonBox.StandardButton.Save)

    def is_changed(self) -> bool:
        """Return True when something was edited."""
        return bool(self.form.draft() != self._first)

    def scroll_to_end(self) -> None:
        """Show the last fields."""
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.maximum())

    def reject(self) -> None:
        """Close without saving, after asking where something was edited."""
        question = translate("Close without saving what you changed?")
        if self.is_changed() and not confirm(self, translate("Description"), question, translate("Close")):
            return
        self.trial.stop()
        super().reject()

    def done(self, result: int) -> None:
        """Close, and take away what was written for trials."""
        drafts = tuple(self._drafts)
        super().done(result)
        threading.Thread(target=_remove_all, args=(drafts,), daemon=True, name="geonnx tidy").start()

    def _arrange(self) -> None:
        area = self._area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.form)
        trial = QGroupBox(translate("Does it run on this layer?"))
        QVBoxLayout(trial).addWidget(self.trial)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(area)
        splitter.addWidget(trial)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)
        line = self.fontMetrics().height()
        self.resize(58 * line, 44 * line)

    def _check(self) -> None:
        count = len(self.form.problems())
        self.save_button.setEnabled(not count)
        self.trial.setEnabled(not count)
        self.trial.clear()  # what was tried is not what stands here now
        one, many = translate("One entry is to be mended; see the red text."), translate("{} entries are to be mended.")
        self._say("" if not count else one if count == 1 else many.format(count))

    def _say(self, text: str) -> None:
        self.message.setStyleSheet(f"color: {problem_color(self.palette()).name()}")
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _changes(self) -> Changes:
        return changes_of(self.form.draft(), self._card)

    def _prepare(self) -> Callable[[], Subject]:
        """Return what describes the model as it is in the fields now, in a folder of its own."""
        changes, model = self._changes(), _described(self._card)

        def work() -> Subject:
            # the algorithm reads it in another thread, so it stays until this window is closed
            path = Path(tempfile.mkdtemp(prefix="geonnx-trial-")) / "draft.json"
            self._drafts.append(path.parent)
            return Subject(str(path), describe(model, changes, path).card)

        return work

    def _save(self) -> None:
        if self.form.problems():
            return
        changes, model = self._changes(), _described(self._card)
        self.setEnabled(False)
        self._reader.ask(lambda: describe(model, changes, overwrite=True), self._saved, self._failed)

    def _saved(self, _described: object) -> None:
        self.setEnabled(True)
        self.trial.stop()
        self.accept()

    def _failed(self, message: str) -> None:
        self.setEnabled(True)
        self.form.show_problem(field_of(message), message)
        self._say(translate("It was not saved. {}").format(message))


def _remove_all(folders: tuple[Path, ...]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _described(card: ModelCard) -> Path:
    """Return what names a model together with the description that was shown."""
    return card.card_path if card.card_path is not None and card.card_path.suffix == ".json" else card.model_path
