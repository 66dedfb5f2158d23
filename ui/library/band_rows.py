"""The rows of the band table: the model's band, the layer's band to choose, how it was found."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QBrush, QStandardItem, QStandardItemModel
from qgis.PyQt.QtWidgets import QHeaderView, QSizePolicy, QTableWidget, QTableWidgetItem, QWidget

from ...models.band_mapping import BandMapping, BandRow
from ...models.raster.source import BandInfo
from ...processing.base import translate
from . import words
from .colors import problem_color
from .elided_combo import ElidedCombo

_WANTED, _BAND, _HOW = range(3)
_MOST_ROWS_SHOWN = 8


class BandRows(QTableWidget):
    """One row a band of the model, with a list of the layer's bands in it."""

    chosen = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self._mapping: BandMapping | None = None
        self._choices = QStandardItemModel(self)
        self._combos: list[ElidedCombo] = []
        self.setHorizontalHeaderLabels([translate("Model"), translate("Layer"), translate("Match")])
        for column, tip in (
            (_WANTED, translate("The band that the model takes")),
            (_BAND, translate("The band of the layer that it gets")),
            (_HOW, translate("How the two were matched")),
        ):
            self.horizontalHeaderItem(column).setToolTip(tip)
        header = self.horizontalHeader()
        header.setSectionResizeMode(_WANTED, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_BAND, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_HOW, QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the lists in the rows take it
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(translate("Bands of the model and of the layer"))
        self.hide()

    def setMapping(self, mapping: BandMapping | None, *, has_raster: bool) -> None:
        """Show the rows; lists that the user may be in stay the same ones as long as their number does."""
        if mapping is None or not mapping.rows:
            self._mapping = None
            self._set_count(0)
            self.hide()
            return
        if self._mapping is None or mapping.bands != self._mapping.bands or not self._choices.rowCount():
            _fill(self._choices, mapping.bands)
        self._mapping = mapping
        self._set_count(len(mapping.rows))
        self.setColumnHidden(_HOW, not has_raster)
        for index, row in enumerate(mapping.rows):
            self._show_row(index, row, has_raster)
        self._fit_height()
        self.show()

    def numbers(self) -> list[int | None]:
        """Return the chosen bands of the layer, in the model's order; None where none is chosen."""
        return [combo.currentData() for combo in self._combos]

    def missing(self) -> list[str]:
        """Return the bands of the model for which none is chosen."""
        rows = self._mapping.rows if self._mapping is not None else ()
        return [row_name(row) for row, number in zip(rows, self.numbers()) if number is None]

    def combo(self, index: int) -> ElidedCombo:
        """Return the list in a row."""
        return self._combos[index]

    def combos(self) -> list[ElidedCombo]:
        """Return the lists in all rows."""
        return list(self._combos)

    def _set_count(self, count: int) -> None:
        if count == len(self._combos):
            return
        self._combos = []
        self.setRowCount(0)
        self.setRowCount(count)
        for index in range(count):
            combo = ElidedCombo(self)
            combo.setModel(self._choices)
            combo.activated.connect(self._activated)
            self.setItem(index, _WANTED, QTableWidgetItem())
            self.setItem(index, _HOW, QTableWidgetItem())
            self.setCellWidget(index, _BAND, combo)
            self._combos.append(combo)

    def _show_row(self, index: int, row: BandRow, has_raster: bool) -> None:
        name = row_name(row)
        details = words.band_details(row.wanted.common_name, row.wanted.wavelength_um)
        wanted = self.item(index, _WANTED)
        wanted.setText(name)
        wanted.setToolTip(f"{name}: {details}" if details else name)
        how_missing = translate("No band of the layer is clearly this one: choose it here.")
        combo = self._combos[index]
        combo.setCurrentIndex(max(0, combo.findData(row.number)) if row.number is not None else 0)
        combo.setEnabled(has_raster)
        combo.setAccessibleName(translate("Band of the layer for {}").format(name))
        combo.setToolTip(combo.currentText() if row.number is not None else row.problem or how_missing)
        how = self.item(index, _HOW)
        is_missing = has_raster and row.number is None
        how.setText(translate("not found") if is_missing else words.how_text(row.how))
        how.setToolTip(row.problem or how.text())
        color = problem_color(self.palette()) if is_missing else self.palette().text().color()
        for item in (wanted, how):
            item.setForeground(QBrush(color))

    def _activated(self, _index: int) -> None:
        for index, combo in enumerate(self._combos):
            if combo is self.sender():
                how = self.item(index, _HOW)
                is_chosen = combo.currentData() is not None
                how.setText(words.how_text("BANDS") if is_chosen else translate("not found"))
                color = self.palette().text().color() if is_chosen else problem_color(self.palette())
                for item in (how, self.item(index, _WANTED)):
                    item.setForeground(QBrush(color))
                combo.setToolTip(combo.currentText())
        self.chosen.emit()

    def _fit_height(self) -> None:
        """Take the height of the rows, of the first few where there are many."""
        self.resizeRowsToContents()
        shown = min(self.rowCount(), _MOST_ROWS_SHOWN)
        rows = sum(self.rowHeight(index) for index in range(shown))
        self.setFixedHeight(rows + self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth())


def _fill(choices: QStandardItemModel, bands: tuple[BandInfo, ...]) -> None:
    choices.clear()
    first = QStandardItem(translate("Choose …") if bands else "–")
    choices.appendRow(first)
    for band in bands:
        name = translate("{}: {}").format(band.number, band.name) if band.name else str(band.number)
        row = QStandardItem(name)
        row.setData(band.number, Qt.ItemDataRole.UserRole)
        row.setToolTip(words.band_details(band.common_name, band.wavelength_um) or name)
        choices.appendRow(row)


def row_name(row: BandRow) -> str:
    """Return what the model calls a band."""
    return words.band_text(row.wanted) if row.wanted.name else translate("Band {}").format(row.place)
