"""The classes of a model as rows: colour, value, name."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.gui import QgsColorButton
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...models.card.colors import default_color
from ...models.card.types import ClassSpec
from ...processing.base import translate
from .card_draft import ClassRow

_ORIGIN = Qt.ItemDataRole.UserRole
_VALUE, _NAME, _COLOR = range(3)
_MOST_ROWS_SHOWN = 10


class ClassTable(QWidget):
    """Edits classes; their order is that of the model's scores."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels([translate("Value"), translate("Name"), translate("Colour")])
        self.table.setAccessibleName(translate("Classes"))
        self.table.setToolTip(translate("One row a class, in the order of the model's scores. Type to change a cell."))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.add_button = tool_button("/symbologyAdd.svg", translate("Add a class"))
        self.remove_button = tool_button("/symbologyRemove.svg", translate("Remove the chosen classes"))
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addLayout(row)
        self.setFocusProxy(self.table)
        self.table.itemChanged.connect(lambda _item: self.changed.emit())
        self.add_button.clicked.connect(self._add)
        self.remove_button.clicked.connect(self._remove)

    def rows(self) -> tuple[ClassRow, ...]:
        """Return the classes as they stand in the table."""
        return tuple(self._row(number) for number in range(self.table.rowCount()))

    def set_rows(self, rows: tuple[ClassRow, ...]) -> None:
        """Show classes."""
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        for row in rows:
            self._append(row)
        self.table.blockSignals(False)
        self._fit()

    def color_button(self, number: int) -> QgsColorButton:
        """Return the colour button of a row."""
        return self.table.cellWidget(number, _COLOR)

    def _row(self, number: int) -> ClassRow:
        value, name = self.table.item(number, _VALUE), self.table.item(number, _NAME)
        origin = value.data(_ORIGIN)
        return ClassRow(
            value.text().strip(),
            name.text().strip(),
            self.color_button(number).color().name(),
            origin if isinstance(origin, ClassSpec) else None,
        )

    def _append(self, row: ClassRow) -> None:
        number = self.table.rowCount()
        self.table.insertRow(number)
        value = QTableWidgetItem(row.value)
        value.setData(_ORIGIN, row.origin)
        button = QgsColorButton()
        button.setShowMenu(False)
        button.setAllowOpacity(False)
        button.setColor(QColor(row.color))
        button.setToolTip(translate("The colour of this class on the map"))
        button.setAccessibleName(translate("Colour of class {}").format(row.value))
        button.colorChanged.connect(lambda _color: self.changed.emit())
        self.table.setItem(number, _VALUE, value)
        self.table.setItem(number, _NAME, QTableWidgetItem(row.name))
        self.table.setCellWidget(number, _COLOR, button)

    def _add(self) -> None:
        values = [int(row.value) for row in self.rows() if row.value.isdecimal()]
        value = max(values, default=-1) + 1
        self.table.blockSignals(True)
        self._append(ClassRow(str(value), translate("class {}").format(value), default_color(value)))
        self.table.blockSignals(False)
        self.table.setCurrentCell(self.table.rowCount() - 1, _NAME)
        self.table.setFocus()
        self._fit()

    def _remove(self) -> None:
        for number in sorted({index.row() for index in self.table.selectedIndexes()}, reverse=True):
            self.table.removeRow(number)
        self._fit()

    def _fit(self) -> None:
        fit_height(self.table, _MOST_ROWS_SHOWN)
        self.changed.emit()


def fit_height(table: QTableWidget, most_rows: int) -> None:
    """Make a table as high as its rows, up to so many; more are scrolled."""
    rows = table.rowCount()
    height = sum(table.rowHeight(row) for row in range(min(rows, most_rows)))
    table.setFixedHeight(table.horizontalHeader().sizeHint().height() + height + 2 * table.frameWidth() + 2)


def tool_button(icon: str, tip: str) -> QToolButton:
    """Return a small button with one of QGIS's own icons."""
    button = QToolButton()
    button.setIcon(QgsApplication.getThemeIcon(icon))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    return button
