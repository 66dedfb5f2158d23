"""How stored values become what the model expects: a kind and its numbers, for all bands or a row a band."""

from __future__ import annotations

import json
from typing import Any

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHeaderView,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...models.card.value_scaling import SCALING_FIELDS
from ...processing.base import translate
from .card_draft import number_of
from .class_table import fit_height

_NONE, _JSON = "none", "json"
_MOST_ROWS_SHOWN = 13


class ScalingEditor(QWidget):
    """Edits one ``value_scaling``; what it has no fields for is shown as JSON."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bands: tuple[str, ...] = ()
        self.kind = QComboBox()
        for key, label in _kinds():
            self.kind.addItem(label, key)
        self.kind.setToolTip(translate("How the numbers stored in the raster become those that the model expects"))
        self.kind.setAccessibleName(translate("Scaling"))
        self.each = QCheckBox(translate("Different for each band"))
        self.each.setToolTip(translate("A row of numbers for each band in place of one for all"))
        self.table = QTableWidget()
        self.table.setAccessibleName(translate("Numbers of the scaling"))
        self.table.setToolTip(translate("Type the numbers; a comma or a point before decimals."))
        self.table.setTabKeyNavigation(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.text = QPlainTextEdit()
        self.text.setToolTip(
            translate("A list of steps as value_scaling of STAC MLM has them, one for all bands or one a band")
        )
        self.text.setAccessibleName(translate("Scaling as JSON"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.kind, self.each, self.table, self.text):
            layout.addWidget(widget)
        self.setFocusProxy(self.kind)
        self.kind.currentIndexChanged.connect(lambda _index: self._arrange())
        self.each.toggled.connect(lambda _on: self._arrange())
        self.table.itemChanged.connect(lambda _item: self.changed.emit())
        self.text.textChanged.connect(self.changed.emit)
        self._arrange()

    def value(self) -> str:
        """Return the scaling as JSON; empty: values as they are stored."""
        kind = self.kind.currentData()
        if kind == _NONE:
            return ""
        if kind == _JSON:
            return str(self.text.toPlainText()).strip()
        return json.dumps([self._step(kind, row) for row in range(self.table.rowCount())])

    def set_value(self, text: str, bands: tuple[str, ...]) -> None:
        """Show a scaling of these bands."""
        self._bands = bands
        steps = _steps(text)
        kinds = {step["type"] for step in steps}
        self.text.setPlainText(text)
        self.each.setChecked(len(steps) > 1)
        is_plain = len(kinds) == 1 and len(steps) in (1, len(bands) or len(steps))
        self._choose(_NONE if not text else (kinds.pop() if is_plain else _JSON))
        self._arrange()
        if is_plain:
            self._fill(steps)

    def set_bands(self, bands: tuple[str, ...]) -> None:
        """Take the bands' names as they are now."""
        if len(bands) != len(self._bands):
            self._bands = bands
            self._arrange()
        self._bands = bands
        if self.each.isChecked():
            self.table.setVerticalHeaderLabels([name or str(place) for place, name in enumerate(bands, 1)])

    def _choose(self, kind: str) -> None:
        self.kind.setCurrentIndex(max(0, self.kind.findData(kind)))

    def _fill(self, steps: list[dict[str, Any]]) -> None:
        fields = SCALING_FIELDS.get(self.kind.currentData(), ())
        for row, step in enumerate(steps[: self.table.rowCount()]):
            for column, name in enumerate(fields):
                self.table.item(row, column).setText(_number_text(step.get(name, 0)))

    def _step(self, kind: str, row: int) -> dict[str, Any]:
        step: dict[str, Any] = {"type": kind}
        for column, name in enumerate(SCALING_FIELDS[kind]):
            text = self.table.item(row, column).text()
            value = number_of(text)
            step[name] = text if value is None else value  # the reader of scalings says what is wrong with text
        return step

    def _arrange(self) -> None:
        kind = self.kind.currentData()
        fields = SCALING_FIELDS.get(kind, ())
        rows = len(self._bands) if self.each.isChecked() and self._bands else 1
        older = [
            [self.table.item(row, column).text() for column in range(self.table.columnCount())]
            for row in range(self.table.rowCount())
        ]
        self.table.blockSignals(True)
        self.table.setColumnCount(len(fields))
        self.table.setHorizontalHeaderLabels([_field_name(name) for name in fields])
        self.table.setRowCount(rows if fields else 0)
        names = self._bands if self.each.isChecked() else (translate("all bands"),)
        self.table.setVerticalHeaderLabels([name or str(place) for place, name in enumerate(names[:rows], 1)])
        for row in range(self.table.rowCount()):
            for column, name in enumerate(fields):
                was = older[min(row, len(older) - 1)] if older else []
                text = was[column] if len(was) == len(fields) else _usual(kind, name)
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.table.blockSignals(False)
        fit_height(self.table, _MOST_ROWS_SHOWN)
        self.table.setVisible(bool(fields))
        self.each.setVisible(bool(fields) and len(self._bands) > 1)
        self.text.setVisible(kind == _JSON)
        self.text.setFixedHeight(6 * self.fontMetrics().height())
        self.changed.emit()


def _kinds() -> tuple[tuple[str, str], ...]:
    return (
        (_NONE, translate("As stored: the model takes the raster's numbers")),
        ("scale", translate("Divide by a number")),
        ("offset", translate("Subtract a number")),
        ("min-max", translate("From a range to 0–1")),
        ("z-score", translate("Subtract the mean, divide by the standard deviation")),
        ("clip", translate("Cut off below and above")),
        ("clip-min", translate("Cut off below")),
        ("clip-max", translate("Cut off above")),
        (_JSON, translate("Other, as JSON")),
    )


def _field_name(name: str) -> str:
    return {
        "minimum": translate("Smallest"),
        "maximum": translate("Largest"),
        "mean": translate("Mean"),
        "stddev": translate("Standard deviation"),
        "value": translate("Number"),
    }[name]


def _usual(kind: str, name: str) -> str:
    if kind == "scale":
        return "10000"
    return {"minimum": "0", "maximum": "10000", "mean": "0", "stddev": "1"}.get(name, "0")


def _number_text(value: Any) -> str:
    """Return a number with all its digits."""
    return str(value)[:-2] if str(value).endswith(".0") else str(value)


def _steps(text: str) -> list[dict[str, Any]]:
    """Return the steps of a scaling that was read already; none where it is no plain list."""
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return []
    return [step for step in found if isinstance(step, dict) and "type" in step] if isinstance(found, list) else []
