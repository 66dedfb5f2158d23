"""The fields of a model's description, each with what is wrong with it below."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ...models.card.types import ModelCard
from ...models.inputs import image_input
from ...processing.base import translate
from ..library.colors import problem_color
from ..library.words import task_name
from .band_editor import BandEditor
from .card_draft import Draft, band_count, draft_of, main_output, problems_of
from .class_table import ClassTable
from .scaling_editor import ScalingEditor

_TASKS = ("segment", "classify", "change", "clouds")
_LICENCES = (
    "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0", "MIT", "Apache-2.0", "BSD-3-Clause", "GPL-2.0-or-later",
    "GPL-3.0-or-later",
)  # fmt: skip
_TEXTS = ("name", "citation", "training_data", "threshold", "temperature", "gsd_m", "tile_px", "halo_px", "fill")


class CardForm(QWidget):
    """Shows a card, and what it would say after the edits."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: ModelCard | None = None
        self._is_filling = False
        self._notes: dict[str, QLabel] = {}
        self.lines = {name: QLineEdit() for name in _TEXTS}
        self.description = QPlainTextEdit()
        self.description.setTabChangesFocus(True)
        self.description.setFixedHeight(4 * self.fontMetrics().height())
        self.task = QComboBox()
        for key in _TASKS:
            self.task.addItem(task_name(key), key)
        self.licence = QComboBox()
        self.licence.setEditable(True)
        self.licence.addItems(("", *_LICENCES))
        self.bands = BandEditor()
        self.scaling = ScalingEditor()
        self.classes = ClassTable()
        self.activation = QComboBox()
        layout = QVBoxLayout(self)
        for group in (self._about(), self._input(), self._output(), self._tiles()):
            layout.addWidget(group)
        self._connect()

    def set_card(self, card: ModelCard) -> None:
        """Show a card."""
        self._card = card
        draft = draft_of(card)
        self._is_filling = True
        for name, line in self.lines.items():
            line.setText(getattr(draft, name))
        self.description.setPlainText(draft.description)
        self.task.setCurrentIndex(self.task.findData(draft.task))
        self.licence.setCurrentText(draft.licence)
        self.bands.set_rows(draft.bands, is_fixed=band_count(image_input(card)) is not None)
        self.scaling.set_value(draft.scaling, tuple(row.name for row in draft.bands))
        self.classes.set_rows(draft.classes)
        self._fill_activations(draft.activation)
        has_classes = main_output(card).role not in ("image", "variance", "logvariance")
        for widget in (self.classes, self.activation, self.lines["threshold"], self.lines["temperature"]):
            widget.setEnabled(has_classes)
        self._is_filling = False
        self._tell()

    def draft(self) -> Draft:
        """Return what stands in the fields."""
        return Draft(
            **{name: line.text() for name, line in self.lines.items()},
            description=self.description.toPlainText(),
            task=self.task.currentData(),
            licence=self.licence.currentText(),
            bands=self.bands.rows(),
            scaling=self.scaling.value(),
            classes=self.classes.rows(),
            activation=self.activation.currentData() or "",
        )

    def problems(self) -> dict[str, str]:
        """Return what is wrong, as field → sentence."""
        return problems_of(self.draft(), self._card) if self._card is not None else {}

    def show_problem(self, name: str, text: str) -> bool:
        """Show a sentence beside a field; return False where there is no such field."""
        note = self._notes.get(name)
        if note is None:
            return False
        note.setText(text)
        note.setStyleSheet(f"color: {problem_color(self.palette()).name()}")
        note.setVisible(bool(text))
        return True

    def problem_shown(self, name: str) -> str:
        """Return the sentence that stands beside a field."""
        return str(self._notes[name].text())

    def _connect(self) -> None:
        for line in self.lines.values():
            line.textChanged.connect(self._tell)
        self.description.textChanged.connect(self._tell)
        for box in (self.task, self.activation):
            box.currentIndexChanged.connect(self._tell)
        self.licence.currentTextChanged.connect(self._tell)
        self.bands.changed.connect(self._bands_changed)
        self.scaling.changed.connect(self._tell)
        self.classes.changed.connect(self._tell)

    def _bands_changed(self) -> None:
        if not self._is_filling:
            self.scaling.set_bands(tuple(row.name for row in self.bands.rows()))
        self._tell()

    def _tell(self, *_values: object) -> None:
        if self._is_filling or self._card is None:
            return
        found = self.problems()
        for name in self._notes:
            self.show_problem(name, found.get(name, ""))
        self.changed.emit()

    def _fill_activations(self, now: str) -> None:
        self.activation.clear()
        labels = (
            ("", translate("Not known")),
            ("none", translate("Nothing: they are probabilities already")),
            ("softmax", translate("Softmax: one class for each place")),
            ("sigmoid", translate("Sigmoid: each class for itself")),
        )
        for key, label in labels:
            if key or not now:  # what is known can't become unknown
                self.activation.addItem(label, key)
        self.activation.setCurrentIndex(max(0, self.activation.findData(now)))

    def _about(self) -> QGroupBox:
        group, form = _group(translate("What it is"))
        self._add(form, "name", translate("&Name"), self.lines["name"], translate("What people call the model"))
        self._add(form, "description", translate("&Description"), self.description, translate("What it is good for"))
        self._add(
            form, "task", translate("&Task"), self.task, translate("What the model does, and so where it is offered")
        )
        self._add(
            form,
            "licence",
            translate("&Licence"),
            self.licence,
            translate("Under which terms it may be used, such as CC-BY-4.0"),
        )
        self._add(form, "citation", translate("&Citation"), self.lines["citation"], translate("How to cite it"))
        self._add(
            form, "training_data", translate("Trained &on"), self.lines["training_data"],
            translate("Name or address of the training data"),
        )  # fmt: skip
        return group

    def _input(self) -> QGroupBox:
        group, form = _group(translate("What goes in"))
        self._add(form, "bands", translate("&Bands"), self.bands, "")
        self._add(form, "scaling", translate("&Scaling"), self.scaling, "")
        return group

    def _output(self) -> QGroupBox:
        group, form = _group(translate("What comes out"))
        self._add(form, "classes", translate("Cl&asses"), self.classes, "")
        self._add(
            form, "activation", translate("To get &probabilities"), self.activation,
            translate("What is still to be done with the model's scores to make them probabilities"),
        )  # fmt: skip
        self._add(
            form, "threshold", translate("T&hreshold"), self.lines["threshold"],
            translate("Smallest probability that counts as the class, for models with one score (usually 0.5)"),
        )  # fmt: skip
        self._add(
            form, "temperature", translate("Te&mperature"), self.lines["temperature"],
            translate("Scores are divided by it, so that probabilities are honest (1: as they are)"),
        )  # fmt: skip
        return group

    def _tiles(self) -> QGroupBox:
        group, form = _group(translate("Pixels and tiles"))
        for name, label, tip in (
            ("gsd_m", translate("Pi&xel size (m)"), translate("Of the training images; layers are resampled to it")),
            ("tile_px", translate("T&ile (px)"), translate("Edge of the tiles that it was trained on")),
            ("halo_px", translate("O&verlap (px)"), translate("On each side of a tile; empty: a sixteenth of it")),
            ("fill", translate("&Where no data is"), translate("The value fed there, after scaling (usually 0)")),
        ):
            self._add(form, name, label, self.lines[name], tip)
        return group

    def _add(self, form: QFormLayout, name: str, text: str, editor: QWidget, tip: str) -> None:
        label = QLabel(text)
        label.setBuddy(editor)
        if tip:
            editor.setToolTip(tip)
            label.setToolTip(tip)
        if not editor.accessibleName():
            editor.setAccessibleName(text.replace("&", ""))
        note = QLabel()
        note.setWordWrap(True)
        note.hide()
        self._notes[name] = note
        cell = QVBoxLayout()
        cell.setSpacing(2)
        cell.addWidget(editor)
        cell.addWidget(note)
        form.addRow(label, cell)


def _group(title: str) -> tuple[QGroupBox, QFormLayout]:
    group = QGroupBox(title)
    form = QFormLayout(group)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return group, form
