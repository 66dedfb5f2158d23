"""The parts of which a page is made: each knows its own parameters, and what is still wrong with them."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget


class Section(QWidget):
    """A part of a page that fills some parameters of the algorithm."""

    changed = pyqtSignal()
    """its parameters or its problems are others now"""

    def parameters(self) -> dict[str, Any]:
        """Return its share of the algorithm's parameters, those left at their default values not among them."""
        return {}

    def problems(self) -> list[str]:
        """Return what keeps a run from starting, a sentence each, the most important first."""
        return []


def stack_widgets(parent: QWidget) -> QVBoxLayout:
    """Return a layout that puts widgets below each other, flush with the edges of *parent*."""
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    return layout


def caption(text: str, buddy: QWidget | None = None) -> QLabel:
    """Return a label over a field, to which its shortcut key leads."""
    label = QLabel(text)
    if buddy is not None:
        label.setBuddy(buddy)
        if not buddy.accessibleName():
            buddy.setAccessibleName(text.replace("&", ""))
    return label
