"""The list of models at the left of the manager, in groups by where they come from."""

from __future__ import annotations

from collections.abc import Iterable

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from ...processing.base import translate
from ..library.words import size_text, task_name
from .shelf import GROUPS, ShelfItem, group_name, matches

_ROLE = Qt.ItemDataRole.UserRole


class ModelList(QTreeWidget):
    """Shows models; tells which one is chosen."""

    chosen = pyqtSignal(object)
    """a ShelfItem, or None"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[ShelfItem, ...] = ()
        self._filter = ("", "")
        self._told: ShelfItem | None = None
        self.setColumnCount(3)
        self.setHeaderLabels([translate("Model"), translate("Task"), translate("Size")])
        self.setRootIsDecorated(False)
        self.setIndentation(self.fontMetrics().averageCharWidth())
        self.setAlternatingRowColors(True)
        self.setUniformRowHeights(True)
        self.setAccessibleName(translate("Models"))
        self.setToolTip(translate("Choose a model to see what it is and what can be done with it."))
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.currentItemChanged.connect(self._tell)

    def set_items(self, items: Iterable[ShelfItem]) -> None:
        """Show models, keeping the choice where it is still there."""
        key = self._told.key if self._told is not None else None
        self._items = tuple(items)
        self._fill()
        self.choose(key)

    def set_filter(self, words: str, task: str) -> None:
        """Show only models with these words in what is said of them, and for this task."""
        self._filter = (words, task)
        key = self._told.key if self._told is not None else None
        self._fill()
        self.choose(key)

    def choose(self, key: tuple[str, str] | None) -> bool:
        """Choose a model by its key, else the first one; return True when it was there."""
        rows = list(self._rows())
        wanted = next((row for row in rows if row.data(0, _ROLE).key == key), None)
        self.setCurrentItem(wanted or (rows[0] if rows else None))
        self._tell()
        return wanted is not None

    def chosen_item(self) -> ShelfItem | None:
        """Return the model that is chosen."""
        row = self.currentItem()
        return row.data(0, _ROLE) if row is not None else None

    def is_filtered(self) -> bool:
        """Return True when there are models that the search leaves out."""
        return len(self.shown()) < len(self._items)

    def shown(self) -> list[str]:
        """Return the ids that are listed now, in their order."""
        return [row.data(0, _ROLE).entry.id for row in self._rows()]

    def _rows(self) -> list[QTreeWidgetItem]:
        groups = [self.topLevelItem(number) for number in range(self.topLevelItemCount())]
        return [group.child(number) for group in groups for number in range(group.childCount())]

    def _fill(self) -> None:
        self.blockSignals(True)
        self.clear()
        words, task = self._filter
        listed = [item for item in self._items if matches(item, words, task)]
        for source in GROUPS:
            items = [item for item in listed if item.entry.source == source]
            if items:
                group = self._group(source, items)
                self.addTopLevelItem(group)
                group.setFirstColumnSpanned(True)
        self.expandAll()
        self.blockSignals(False)

    def _group(self, source: str, items: list[ShelfItem]) -> QTreeWidgetItem:
        group = QTreeWidgetItem([f"{group_name(source)} ({len(items)})"])
        group.setToolTip(0, group.text(0))
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        group.addChildren([_row(item) for item in items])
        return group

    def _tell(self) -> None:
        item = self.chosen_item()
        if item != self._told or item is None:
            self._told = item
            self.chosen.emit(item)


def _row(item: ShelfItem) -> QTreeWidgetItem:
    entry = item.entry
    name = translate("{} (newer version)").format(entry.name) if item.newer else entry.name
    row = QTreeWidgetItem([name, task_name(entry.task), size_text(entry.size)])
    row.setData(0, _ROLE, item)
    row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
    parts = [f"{entry.name} ({entry.id})", entry.description, entry.licence, str(entry.path or item.index)]
    for column in range(3):
        row.setToolTip(column, "\n".join(part for part in parts if part))
    return row
