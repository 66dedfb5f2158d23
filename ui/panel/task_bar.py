"""The row of buttons that turns the pages."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QFontMetrics, QIcon
from qgis.PyQt.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

_ICON_HEIGHTS = 1.5
_WIDEST_ICONS = 2.7
"""what a button insists on for its word: five of them fit into a narrow panel"""


class PageButton(QToolButton):
    """An icon over a word; the word is cut off with dots where there is no room."""

    def __init__(self, key: str, text: str, icon: QIcon, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self._full_text = text
        self._tip = tip
        self.setIcon(icon)
        side = round(QFontMetrics(self.font()).height() * _ICON_HEIGHTS)
        self.setIconSize(QSize(side, side))
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFullText(text)

    def setFullText(self, text: str) -> None:
        """Show a word."""
        self._full_text = text
        self.setAccessibleName(text)
        self.setMinimumWidth(self.minimumSizeHint().width())
        self.setToolTip(f"{text}: {self._tip}" if self._tip else text)
        self._elide()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._elide()

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        metrics = QFontMetrics(self.font())
        wanted = metrics.horizontalAdvance(self._full_text) + metrics.horizontalAdvance("n")
        return QSize(min(wanted, round(self.iconSize().width() * _WIDEST_ICONS)), hint.height())

    def _elide(self) -> None:
        metrics = QFontMetrics(self.font())
        room = self.width() - metrics.horizontalAdvance("n") // 2
        self.setText(metrics.elidedText(self._full_text, Qt.TextElideMode.ElideRight, room))


class TaskBar(QWidget):
    """Exactly one of its buttons is down."""

    chosen = pyqtSignal(str)
    """key of the page"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, PageButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        layout = QHBoxLayout(self)
        gap = QFontMetrics(self.font()).height() // 4
        layout.setContentsMargins(gap, gap, gap, gap)
        layout.setSpacing(0)

    def add(self, key: str, text: str, icon: QIcon, tip: str) -> PageButton:
        """Add a button for a page."""
        button = PageButton(key, text, icon, tip, self)
        self._buttons[key] = button
        self._group.addButton(button)
        self.layout().addWidget(button, 1)
        button.clicked.connect(lambda _checked=False: self.chosen.emit(key))
        return button

    def button(self, key: str) -> PageButton:
        """Return the button of a page."""
        return self._buttons[key]

    def setCurrent(self, key: str) -> None:
        """Press a button without telling anybody."""
        self._buttons[key].setChecked(True)
