"""A box that can be folded up."""

from __future__ import annotations

from qgis.gui import QgsCollapsibleGroupBoxBasic
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget


def collapsible(title: str, content: QWidget, *, is_collapsed: bool = False) -> QgsCollapsibleGroupBoxBasic:
    """Return a box around a widget that can be folded up."""
    box = QgsCollapsibleGroupBoxBasic(title)
    layout = QVBoxLayout(box)
    layout.addWidget(content)
    box.setCollapsed(is_collapsed)
    return box
