"""The question that has to be answered before a model with several inputs, or with a time axis, can be described."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ...models.card.tensors import describe_shape
from ...models.describe import Changes, describe
from ...models.runtime.signature import TensorInfo
from ...processing.base import translate
from ..background import Reader
from ..help import add_help_button
from ..library.colors import problem_color
from ..library.words import task_name

_TASKS = ("segment", "classify", "change", "clouds")
_USUAL_AXES = {1: "N", 2: "BT", 3: "BHW", 4: "BCHW", 5: "BTCHW"}
_WORDS = (
    ("dates", r"date|doy|day|time"), ("latlon", r"lat|lon|coord"), ("wavelengths", r"wave"), ("gsd", r"gsd|resolution"),
    ("sar", r"sar|s1|radar"), ("before", r"before|pre|t1$|_a$"), ("after", r"after|post|t2$|_b$"),
)  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """What an input may be."""

    role: str
    axes: str


class InputsDialog(QDialog):
    """Asks what the inputs of a model are, and writes that beside the model; accepted once it is written."""

    def __init__(self, path: str, inputs: tuple[TensorInfo, ...], problem: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path, self._inputs = path, inputs
        self._reader = Reader(self)
        self.setWindowTitle(translate("What goes into this model?"))
        self.task = QComboBox()
        for name in _TASKS:
            self.task.addItem(task_name(name), name)
        self.task.setToolTip(translate("What the model does, and so where it is offered"))
        self.roles = [_role_box(tensor) for tensor in inputs]
        self.axes = [_axes_line(tensor) for tensor in inputs]
        self.message = QLabel(problem)
        self.message.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        add_help_button(self.buttons, "manager")
        self.buttons.accepted.connect(self._write)
        self.buttons.rejected.connect(self.reject)
        self._arrange()

    def changes(self) -> Changes:
        """Return what was answered."""
        return Changes(
            task=self.task.currentData(),
            roles=tuple(box.currentData() for box in self.roles),
            axes=tuple(line.text().strip().upper() for line in self.axes),
        )

    def _arrange(self) -> None:
        grid = QGridLayout()
        label = QLabel(translate("&Task"))
        label.setBuddy(self.task)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.task, 0, 2)
        for column, text in enumerate(
            (translate("Input"), translate("Size"), translate("What it is"), translate("Its axes"))
        ):
            grid.addWidget(QLabel(f"<b>{text}</b>"), 1, column)
        for row, (tensor, box, line) in enumerate(zip(self._inputs, self.roles, self.axes), 2):
            grid.addWidget(QLabel(tensor.name), row, 0)
            grid.addWidget(QLabel(describe_shape(tensor.shape)), row, 1)
            grid.addWidget(box, row, 2)
            grid.addWidget(line, row, 3)
        hint = QLabel(
            translate(
                "Axes are letters, one a dimension: B several images at once, T dates, C bands, H rows, W columns, "
                "N pixels. What is answered here is written beside the model."
            )
        )
        hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.message)
        layout.addLayout(grid)
        layout.addWidget(hint)
        layout.addWidget(self.buttons)
        self._fit()

    def _fit(self) -> None:
        """Make room for the sentences, whose height depends on the width."""
        layout = self.layout()
        width = max(96 * self.fontMetrics().averageCharWidth(), layout.sizeHint().width())
        self.setMinimumSize(width, layout.totalHeightForWidth(width))

    def _write(self) -> None:
        path, changes = self._path, self.changes()
        self.setEnabled(False)
        self._reader.ask(lambda: describe(path, changes), lambda _described: self.accept(), self._fail)

    def _fail(self, message: str) -> None:
        self.setEnabled(True)
        self.message.setStyleSheet(f"color: {problem_color(self.palette()).name()}")
        self.message.setText(message)
        self._fit()


def guess(tensor: TensorInfo) -> Guess:
    """Return what an input may be, from its name and size."""
    name, rank = tensor.name.lower(), len(tensor.shape)
    found = next((role for role, pattern in _WORDS if re.search(pattern, name)), "")
    if rank >= 4:
        is_image_role = found in ("sar", "before", "after")
        role = found if is_image_role else "series" if rank == 5 else "image"
    else:
        role = found if found in ("dates", "latlon", "wavelengths", "gsd") else "dates" if rank < 3 else "image"
    axes = _USUAL_AXES.get(rank, "")
    return Guess(role, "BC" if rank == 2 and role in ("latlon", "wavelengths", "gsd") else axes)


def _role_box(tensor: TensorInfo) -> QComboBox:
    box = QComboBox()
    for role, label in (
        ("image", translate("the image")),
        ("before", translate("the earlier image")),
        ("after", translate("the later image")),
        ("before+after", translate("both images, one behind the other")),
        ("series", translate("images of several dates")),
        ("sar", translate("radar")),
        ("dates", translate("when the images were taken")),
        ("latlon", translate("where the image lies")),
        ("gsd", translate("how large a pixel is")),
        ("wavelengths", translate("the wavelength of each band")),
    ):
        box.addItem(label, role)
    box.setCurrentIndex(box.findData(guess(tensor).role))
    box.setAccessibleName(translate("What {} is").format(tensor.name))
    box.setToolTip(translate("What the model wants to be fed here"))
    return box


def _axes_line(tensor: TensorInfo) -> QLineEdit:
    line = QLineEdit(guess(tensor).axes)
    line.setMaxLength(8)
    line.setAlignment(Qt.AlignmentFlag.AlignLeft)
    line.setAccessibleName(translate("Axes of {}").format(tensor.name))
    line.setToolTip(translate("One letter for each of the {} dimensions").format(len(tensor.shape)))
    return line
