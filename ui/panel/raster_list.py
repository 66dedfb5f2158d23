"""Choosing several rasters, with their dates: dragged to order, or sorted by date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from qgis.core import QgsMapLayerType, QgsMimeDataUtils, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QFontMetrics, QPalette
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...processing.base import translate
from ..dates import DateBook, show_date
from ..library.colors import problem_color
from .browse import add_browse_actions, dropped_files
from .choice import RasterChoice, choice_of_layer, choice_of_path

_VALUE = Qt.ItemDataRole.UserRole
_NAME, _DATE = 0, 1
_FEWEST_ROWS, _MOST_ROWS = 3, 9


class RasterList(QWidget):
    """A list of rasters in an order that the user decides."""

    changed = pyqtSignal()

    def __init__(self, dates: DateBook, parent: QWidget | None = None, *, tip: str = "") -> None:
        super().__init__(parent)
        self._dates = dates
        # the rows hold only the values: a row that is dragged is written down and read again by Qt
        self._choices: dict[str, RasterChoice] = {}
        self.tree = _Tree(self)
        self.tree.setToolTip(tip)
        self.tree.setAccessibleName(tip)
        self.add_button = _button(translate("Add"), translate("Add layers of the project, files or products"))
        self.remove_button = _button(translate("Remove"), translate("Take the selected rasters off the list"))
        self.sort_button = _button(translate("Sort by date"), translate("Oldest first; those without date at the end"))
        self.add_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.add_button)
        self.add_button.setMenu(self._menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tree)
        row = QHBoxLayout()
        for button in (self.add_button, self.remove_button, self.sort_button):
            row.addWidget(button)
        row.addStretch(1)
        layout.addLayout(row)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.remove_button.clicked.connect(self.remove_selected)
        self.sort_button.clicked.connect(self.sort_by_date)
        self.tree.itemSelectionChanged.connect(self._update_buttons)
        self.tree.reordered.connect(self._on_order)
        self.tree.removeRequested.connect(self.remove_selected)
        self.tree.filesDropped.connect(self.add_paths)
        self.tree.layersDropped.connect(self.add_layers)
        dates.learned.connect(self._on_date)
        QgsProject.instance().layersWillBeRemoved.connect(self._on_layers_removed)
        self._update_buttons()

    def choices(self) -> list[RasterChoice]:
        """Return the rasters in their order."""
        return [self._choices[item.data(_NAME, _VALUE)] for item in self.tree.items()]

    def values(self) -> list[str]:
        """Return what goes into the parameter."""
        return [choice.value for choice in self.choices()]

    def taken(self) -> list[date | None]:
        """Return the dates as far as they are known."""
        return [self._dates.taken(choice.source) for choice in self.choices()]

    def problems(self) -> list[str]:
        """Return what is wrong with the rasters of the list."""
        problems = []
        for choice in self.choices():
            facts = self._dates.facts(choice.source)
            if choice.problem or (facts and facts.problem):
                problems.append(choice.problem or facts.problem)
        return problems

    def add_choices(self, choices: Iterable[RasterChoice]) -> None:
        """Add rasters that are not in the list yet."""
        known = set(self.values())
        for choice in choices:
            if choice.value in known:
                continue
            known.add(choice.value)
            item = QTreeWidgetItem([choice.name, ""])
            item.setData(_NAME, _VALUE, choice.value)
            self._choices[choice.value] = choice
            item.setToolTip(_NAME, choice.problem or choice.source)
            # dropped between others, never into one
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
            self.tree.addTopLevelItem(item)
        self._dates.look_up(choice.source for choice in self.choices())
        self._show_dates()
        self._update_buttons()
        self.changed.emit()

    def add_layers(self, layers: Iterable[QgsRasterLayer]) -> None:
        """Add layers of the project."""
        self.add_choices(choice_of_layer(layer) for layer in layers)

    def add_paths(self, paths: Sequence[str]) -> None:
        """Add files or products."""
        self.add_choices(choice_of_path(path) for path in paths)

    def remove_selected(self) -> None:
        """Take the selected rasters off the list."""
        self._remove(self.tree.selectedItems())

    def clear(self) -> None:
        """Empty the list."""
        self._remove(self.tree.items())

    def sort_by_date(self) -> None:
        """Put the oldest first; those without date keep their order at the end."""
        count = self.tree.topLevelItemCount()
        items = [self.tree.takeTopLevelItem(0) for _ in range(count)]
        keyed = [(self._dates.taken(self._choices[item.data(_NAME, _VALUE)].source), item) for item in items]
        self.tree.addTopLevelItems(
            [item for day, item in sorted((pair for pair in keyed if pair[0]), key=lambda pair: pair[0])]
            + [item for day, item in keyed if day is None]
        )
        self._on_order()

    def _remove(self, items: list[QTreeWidgetItem]) -> None:
        if not items:
            return
        for item in items:
            self.tree.takeTopLevelItem(self.tree.indexOfTopLevelItem(item))
        self._update_buttons()
        self.changed.emit()

    def _on_layers_removed(self, ids: list[str]) -> None:
        self._remove([item for item in self.tree.items() if item.data(_NAME, _VALUE) in ids])

    def _on_order(self) -> None:
        self._update_buttons()
        self.changed.emit()

    def _on_date(self, source: str) -> None:
        if any(choice.source == source for choice in self.choices()):
            self._show_dates()
            self.changed.emit()

    def _show_dates(self) -> None:
        red = problem_color(self.palette())
        for item in self.tree.items():
            choice = self._choices[item.data(_NAME, _VALUE)]
            facts = self._dates.facts(choice.source)
            problem = choice.problem or (facts.problem if facts else "")
            if facts is None and not problem:
                text, tip = "…", translate("The date is being read")
            elif problem:
                text, tip = translate("unusable"), problem
            else:
                text = show_date(facts.taken) or translate("unknown")
                tip = text if facts.taken else translate("Neither the metadata nor the name of the file tells its date")
            item.setText(_DATE, text)
            item.setToolTip(_DATE, tip)
            item.setForeground(_DATE, red if problem else self.palette().brush(QPalette.ColorRole.Text))

    def _update_buttons(self) -> None:
        self.remove_button.setEnabled(bool(self.tree.selectedItems()))
        self.sort_button.setEnabled(self.tree.topLevelItemCount() > 1)

    def _fill_menu(self) -> None:
        self._menu.clear()
        here = set(self.values())
        layers = [layer for layer in project_rasters() if layer.id() not in here]
        if len(layers) > 1:
            every = self._menu.addAction(translate("All raster layers of the project"))
            every.triggered.connect(lambda: self.add_layers(layers))
        for layer in layers:
            action = self._menu.addAction(layer.name().replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, chosen=layer: self.add_layers([chosen]))
        if layers:
            self._menu.addSeparator()
        add_browse_actions(self._menu, self, self.add_paths, several=True)


class _Tree(QTreeWidget):
    """The rows; they can be dragged, also with Alt and the arrow keys, and files and layers dropped among them."""

    reordered = pyqtSignal()
    removeRequested = pyqtSignal()  # noqa: N815 (as Qt names signals)
    filesDropped = pyqtSignal(list)  # noqa: N815 (as Qt names signals)
    layersDropped = pyqtSignal(list)  # noqa: N815 (as Qt names signals)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setHeaderLabels([translate("Raster"), translate("Date")])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(_DATE, QHeaderView.ResizeMode.ResizeToContents)
        self.fit()
        self.model().rowsInserted.connect(self.fit)
        self.model().rowsRemoved.connect(self.fit)

    def fit(self, *_: Any) -> None:
        """Be as high as the rows are many, within limits."""
        row_px = QFontMetrics(self.font()).height() * 4 // 3
        rows = min(max(self.topLevelItemCount() + 1, _FEWEST_ROWS), _MOST_ROWS)
        self.setFixedHeight(row_px * (rows + 1))

    def items(self) -> list[QTreeWidgetItem]:
        """Return the rows in their order."""
        return [self.topLevelItem(row) for row in range(self.topLevelItemCount())]

    def move_current(self, step: int) -> None:
        """Move the current row up (-1) or down (1)."""
        row = self.indexOfTopLevelItem(self.currentItem()) if self.currentItem() else -1
        if row < 0 or not 0 <= row + step < self.topLevelItemCount():
            return
        item = self.takeTopLevelItem(row)
        self.insertTopLevelItem(row + step, item)
        self.setCurrentItem(item)
        self.reordered.emit()

    def keyPressEvent(self, event: Any) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps:
            self.move_current(steps[event.key()])
        elif event.key() == Qt.Key.Key_Delete:
            self.removeRequested.emit()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: Any) -> None:
        self._drag(event, super().dragEnterEvent)

    def dragMoveEvent(self, event: Any) -> None:
        self._drag(event, super().dragMoveEvent)

    def _drag(self, event: Any, move_row: Callable[[Any], None]) -> None:
        if self._is_foreign(event):
            event.acceptProposedAction()
        elif event.source() is self:
            move_row(event)
        else:
            event.ignore()  # such as a row of another list

    def dropEvent(self, event: Any) -> None:
        if event.source() is self:
            super().dropEvent(event)
            self.reordered.emit()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        layers = dropped_layers(event.mimeData())
        if layers:
            self.layersDropped.emit(layers)
        elif files := dropped_files(event.mimeData()):
            self.filesDropped.emit(files)

    def _is_foreign(self, event: Any) -> bool:
        data = event.mimeData()
        return event.source() is not self and (QgsMimeDataUtils.isUriList(data) or bool(dropped_files(data)))


def project_rasters() -> list[QgsRasterLayer]:
    """Return the raster layers of the project, by name."""
    layers = QgsProject.instance().mapLayers().values()
    rasters = [layer for layer in layers if layer.type() == QgsMapLayerType.RasterLayer]
    return sorted(rasters, key=lambda layer: layer.name().casefold())


def dropped_layers(data: Any) -> list[QgsRasterLayer]:
    """Return the raster layers of the project that are dragged from the layer tree."""
    if not QgsMimeDataUtils.isUriList(data):
        return []
    wanted = {uri.layerId for uri in QgsMimeDataUtils.decodeUriList(data) if getattr(uri, "layerId", "")}
    return [layer for layer in project_rasters() if layer.id() in wanted]


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
