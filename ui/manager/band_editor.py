"""The bands that a model takes, as rows: name and common name."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...processing.base import translate
from .card_draft import BandRow
from .class_table import fit_height, tool_button

COMMON_NAMES = (
    "", "coastal", "blue", "green", "green05", "yellow", "red", "rededge", "rededge071", "rededge075", "rededge078",
    "nir", "nir08", "nir09", "cirrus", "swir16", "swir22", "lwir", "lwir11", "lwir12", "pan",
)  # fmt: skip
"""of STAC"""
_NAME, _COMMON = range(2)
_MOST_ROWS_SHOWN = 13


class BandEditor(QWidget):
    """Edits the bands of the main image, in the model's order."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels([translate("Name"), translate("Colour that it sees")])
        self.table.setAccessibleName(translate("Bands"))
        self.table.setToolTip(
            translate("One row a band, in the model's order. Layers are matched by these names and colours.")
        )
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.add_button = tool_button("/symbologyAdd.svg", translate("Add a band"))
        self.remove_button = tool_button("/symbologyRemove.svg", translate("Remove the last band"))
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addWidget(self._buttons)
        self.setFocusProxy(self.table)
        self.table.itemChanged.connect(lambda _item: self.changed.emit())
        self.add_button.clicked.connect(self._add)
        self.remove_button.clicked.connect(self._remove)

    def rows(self) -> tuple[BandRow, ...]:
        """Return the bands as they stand in the table."""
        return tuple(
            BandRow(self.table.item(number, _NAME).text().strip(), self.common_box(number).currentText().strip())
            for number in range(self.table.rowCount())
        )

    def set_rows(self, rows: tuple[BandRow, ...], *, is_fixed: bool) -> None:
        """Show bands; their number can't be changed where it *is_fixed* by the network."""
        self._buttons.setVisible(not is_fixed)
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        for row in rows:
            self._append(row)
        self.table.blockSignals(False)
        self._fit()

    def common_box(self, number: int) -> QComboBox:
        """Return the list of common names of a row."""
        return self.table.cellWidget(number, _COMMON)

    def _append(self, row: BandRow) -> None:
        number = self.table.rowCount()
        self.table.insertRow(number)
        self.table.setVerticalHeaderItem(number, QTableWidgetItem(str(number + 1)))
        self.table.setItem(number, _NAME, QTableWidgetItem(row.name))
        box = QComboBox()
        box.setEditable(True)
        box.addItems(COMMON_NAMES)
        box.setCurrentText(row.common_name)
        box.setToolTip(translate("The common name of the band, such as red or nir; empty: not known"))
        box.setAccessibleName(translate("Common name of band {}").format(number + 1))
        box.currentTextChanged.connect(lambda _text: self.changed.emit())
        self.table.setCellWidget(number, _COMMON, box)

    def _add(self) -> None:
        self.table.blockSignals(True)
        self._append(BandRow(translate("band{}").format(self.table.rowCount() + 1)))
        self.table.blockSignals(False)
        self._fit()

    def _remove(self) -> None:
        if self.table.rowCount():
            self.table.removeRow(self.table.rowCount() - 1)
            self._fit()

    def _fit(self) -> None:
        fit_height(self.table, _MOST_ROWS_SHOWN)
        self.changed.emit()
