"""The line on the map that is dragged to compare what lies on its two sides."""

from __future__ import annotations

from typing import Any

from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QWidget

from ...processing.base import translate

_STEP, _LEAP = 0.01, 0.1
"""how far a key moves the line, of the width of the map; with Shift"""


class SwipeLine(QWidget):
    """A vertical line over a map canvas. It takes the mouse only where it is, so that the map pans and zooms beside it.

    Keys: the left and right arrow (with Shift farther), Home and End.
    """

    moved = pyqtSignal(int)
    """px from the left edge of the map"""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._share = 0.5
        self._grip_px: int | None = None
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(translate("Line that compares two sides of the map"))
        self.setToolTip(translate("Drag to compare the two sides, or move it with the arrow keys."))
        canvas.viewport().installEventFilter(self)
        self.hide()

    @property
    def share(self) -> float:
        """The place of the line, 0 (left edge of the map) to 1."""
        return self._share

    @property
    def x_px(self) -> int:
        """The place of the line, px from the left edge of the map."""
        return round(self._share * self._canvas.viewport().width())

    def set_share(self, share: float) -> None:
        """Move the line."""
        self._share = min(1.0, max(0.0, share))
        self._place()
        self.moved.emit(self.x_px)

    def remove(self) -> None:
        """Take the line away for good."""
        self._canvas.viewport().removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def showEvent(self, event: Any) -> None:
        """Take the right place."""
        self._place()
        self.raise_()
        super().showEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the map."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.set_share(self._share)
        return bool(super().eventFilter(watched, event))

    def _place(self) -> None:
        view = self._canvas.viewport().geometry()
        width = self._grab_px()
        self.setGeometry(view.left() + self.x_px - width // 2, view.top(), width, view.height())

    def _grab_px(self) -> int:
        return 3 * self.fontMetrics().averageCharWidth() + 4

    # ------------------------------------------------------------ mouse and keys
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the line."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip_px = event.pos().x() - self.width() // 2
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the line."""
        if self._grip_px is None:
            return
        place = self.mapTo(self._canvas, QPoint(event.pos().x() - self._grip_px, 0))
        view = self._canvas.viewport().geometry()
        self.set_share((place.x() - view.left()) / max(1, view.width()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go of the line."""
        self._grip_px = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the line by keys."""
        step = _LEAP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        places = {
            Qt.Key.Key_Left: self._share - step,
            Qt.Key.Key_Right: self._share + step,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        place = places.get(event.key())
        if place is None:
            super().keyPressEvent(event)
        else:
            self.set_share(place)

    def focusInEvent(self, event: Any) -> None:
        """Show that the keys move the line now."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: Any) -> None:
        """Show that the keys do not move the line any more."""
        self.update()
        super().focusOutEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line with its handle; light with a dark edge, to be seen on any map."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        center, height, radius = self.width() / 2, self.height(), self.width() / 2 - 1
        for color, width in ((QColor(0, 0, 0, 170), 4.0), (QColor(255, 255, 255), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(center, 0), QPointF(center, height))
        palette = self.palette()
        ring = palette.highlight() if self.hasFocus() else palette.button()
        painter.setPen(QPen(QColor(0, 0, 0, 170), 1))
        painter.setBrush(ring)
        painter.drawEllipse(QRectF(center - radius, height / 2 - radius, 2 * radius, 2 * radius))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.highlightedText() if self.hasFocus() else palette.buttonText())
        for side in (-1, 1):
            tip, back, half = center + side * radius * 0.7, center + side * radius * 0.25, radius * 0.35
            arrow = [QPointF(tip, height / 2), QPointF(back, height / 2 - half), QPointF(back, height / 2 + half)]
            painter.drawPolygon(QPolygonF(arrow))
        painter.end()
