"""A choice between a few ways, each with fields of its own below it."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QComboBox, QWidget

from .raster_field import shrink_combo
from .section import Section, stack_widgets


class WaySwitch(Section):
    """A list of ways; what belongs to the chosen one is shown below, the rest is hidden."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = QComboBox()
        self.combo.setAccessibleName(name)
        self.combo.setToolTip(tip)
        shrink_combo(self.combo)
        self._details: dict[str, QWidget] = {}
        self._layout = stack_widgets(self)
        self._layout.addWidget(self.combo)
        self.setFocusProxy(self.combo)
        self.combo.currentIndexChanged.connect(self._on_way)

    def add(self, key: str, text: str, details: QWidget | None = None) -> None:
        """Add a way."""
        if details is not None:
            self._details[key] = details
            self._layout.addWidget(details)
        self.combo.addItem(text, key)
        self._on_way()

    def way(self) -> str:
        """Return the key of the chosen way."""
        return str(self.combo.currentData())

    def setWay(self, key: str) -> None:
        """Choose a way."""
        self.combo.setCurrentIndex(self.combo.findData(key))

    def _on_way(self, *_: Any) -> None:
        for key, details in self._details.items():
            details.setVisible(key == self.way())
        self.changed.emit()
