"""Fields under each other with their labels."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtGui import QFontMetrics
from qgis.PyQt.QtWidgets import QCheckBox, QGridLayout, QLabel, QSizePolicy, QWidget

from .fields import Field, make_fields
from .section import Section

_LABEL_LETTERS = 17


class FieldsSection(Section):
    """Some parameters of an algorithm as small fields."""

    def __init__(self, algorithm_id: str, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = {field.name: field for field in make_fields(algorithm_id, names)}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        for field in self.fields.values():
            add_field(grid, field)
            field.changed.connect(self._tell)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters that differ from their defaults."""
        found: dict[str, Any] = {}
        for field in self.fields.values():
            found.update(field.parameters())
        return found

    def _tell(self, *_: Any) -> None:
        self.changed.emit()


def add_field(grid: QGridLayout, field: Field, *, indent: bool = False) -> list[QWidget]:
    """Add a field as the last row of a grid with the columns label and field; return the widgets of the row."""
    row = grid.rowCount()
    label = form_label(field.label, field.widget, indent=indent)
    grid.addWidget(label, row, 0)
    grid.addWidget(field.widget, row, 1)
    return [label, field.widget]


class FormLabel(QLabel):
    """A label that breaks into lines, which the text of a tick can't; a click on it sets the tick."""

    def mouseReleaseEvent(self, event: Any) -> None:
        super().mouseReleaseEvent(event)
        box = self.buddy()
        if isinstance(box, QCheckBox) and box.isEnabled() and self.rect().contains(event.pos()):
            box.toggle()


def form_label(text: str, buddy: QWidget, *, indent: bool = False) -> QLabel:
    """Return the label on the left of a field."""
    label = FormLabel(text)
    label.setWordWrap(True)
    label.setBuddy(buddy)
    label.setToolTip(buddy.toolTip())
    # all labels are equally wide, so that the fields of different sections stand in one line
    label.setFixedWidth(QFontMetrics(label.font()).horizontalAdvance("n") * _LABEL_LETTERS)
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    if indent:
        label.setIndent(QFontMetrics(label.font()).horizontalAdvance("xxx"))
    return label
