"""The from–to matrix as a table."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from ...processing.base import translate
from .summary import Matrix

_MOST_ROWS_SHOWN = 12
_LONGEST_HEAD = 18


class MatrixView(QTableWidget):
    """Rows are the classes before, columns those after; the more became of it, the stronger the ground."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(translate("From–to areas in hectares"))
        self.setToolTip(translate("Rows: class before. Columns: class after. Areas in hectares."))
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setProperty("geonnxScrollsSideways", True)  # there is no room for ten classes in a dock
        self.setTabKeyNavigation(False)  # Tab leaves the table, arrows move in it

    def set_matrix(self, matrix: Matrix) -> None:
        """Show this one."""
        self.clear()
        self.setRowCount(len(matrix.before))
        self.setColumnCount(len(matrix.after))
        for place, name in enumerate(matrix.before):
            self.setVerticalHeaderItem(place, _head(name))
        for place, name in enumerate(matrix.after):
            self.setHorizontalHeaderItem(place, _head(name))
        moved = [
            cell or 0.0
            for name, cells in zip(matrix.before, matrix.cells_ha)
            for other, cell in zip(matrix.after, cells)
            if name != other
        ]
        most = max(moved, default=0.0)
        for row, (name, cells) in enumerate(zip(matrix.before, matrix.cells_ha)):
            for column, (other, cell) in enumerate(zip(matrix.after, cells)):
                self.setItem(row, column, self._cell(name, other, cell, most))
        self.resizeColumnsToContents()
        self.resizeRowsToContents()
        self._fit_height()

    def _cell(self, name: str, other: str, cell: float | None, most: float) -> QTableWidgetItem:
        item = QTableWidgetItem(f"{cell:,.2f}" if cell else "–")
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if name == other:
            known = translate("{}: stayed the same, {:,.2f} ha").format(name, cell or 0)
            unknown = translate("{}: what stayed the same is not in the map; ask for the areas of change").format(name)
            item.setToolTip(unknown if cell is None else known)
            font = item.font()
            font.setItalic(True)
            item.setFont(font)
        else:
            item.setToolTip(f"{name} → {other}: {cell or 0:,.2f} ha")
            if cell and most > 0:
                ground = QColor(self.palette().highlight().color())
                ground.setAlpha(round(25 + 95 * cell / most))
                item.setBackground(ground)
        return item

    def _fit_height(self) -> None:
        rows = min(self.rowCount(), _MOST_ROWS_SHOWN)
        height = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
        height += sum(self.rowHeight(row) for row in range(rows))
        height += self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(height)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)


def _head(name: str) -> QTableWidgetItem:
    item = QTableWidgetItem(name if len(name) <= _LONGEST_HEAD else name[: _LONGEST_HEAD - 1] + "…")
    item.setToolTip(name)
    return item
