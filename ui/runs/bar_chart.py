"""A bar for each class, in its colour, with hectares and percent."""

from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPalette, QTextOption
from qgis.PyQt.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..library.colors import quiet_color, text_color
from .report_page import share_text, value_text
from .summary import PERCENT, Bar


class BarChart(QWidget):
    """Two lines a bar: name and numbers, and the bar itself below, so that it fits into a narrow dock."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self._unit = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_bars(self, bars: tuple[Bar, ...], unit: str) -> None:
        """Show these."""
        self._bars, self._unit = bars, unit
        self.setAccessibleName("; ".join(f"{bar.name}: {self._numbers(bar)}" for bar in bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for all bars."""
        return QSize(self.fontMetrics().averageCharWidth() * 30, self._row_height() * len(self._bars))

    def minimumSizeHint(self) -> QSize:
        """Return room for all bars, short names and the numbers."""
        return QSize(self.fontMetrics().averageCharWidth() * 20, self._row_height() * len(self._bars))

    def _row_height(self) -> int:
        return round(self.fontMetrics().height() * 2.1)

    def _numbers(self, bar: Bar) -> str:
        return "   ".join(filter(None, [value_text(bar, self._unit), share_text(bar)]))

    def event(self, event: QEvent | None) -> bool:
        """Say the whole name of the bar under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = event.pos().y() // max(1, self._row_height())
            if 0 <= place < len(self._bars):
                bar = self._bars[place]
                QToolTip.showText(event.globalPos(), f"{bar.name}: {self._numbers(bar)}", self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draw the bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = 1.0 if self._unit == PERCENT else max((bar.share for bar in self._bars), default=1.0)
        for place, bar in enumerate(self._bars):
            self._draw(painter, bar, place * self._row_height(), bar.share / most if most else 0.0)

    def _draw(self, painter: QPainter, bar: Bar, top: int, share: float) -> None:
        palette, metrics, width = self.palette(), self.fontMetrics(), self.width()
        line = metrics.height()
        gap = line / 2
        numbers = self._numbers(bar)
        room = metrics.horizontalAdvance(numbers)
        painter.setPen(text_color(palette))
        name = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, max(0, int(width - room - gap)))
        for text, side in ((name, Qt.AlignmentFlag.AlignLeft), (numbers, Qt.AlignmentFlag.AlignRight)):
            option = QTextOption(Qt.AlignmentFlag.AlignVCenter | side)
            option.setWrapMode(QTextOption.WrapMode.NoWrap)
            painter.drawText(QRectF(0, top, width, line), text, option)
        height = line * 0.6
        quiet = quiet_color(palette)
        ground = QColor(quiet)
        ground.setAlpha(50)
        y, radius = top + line + line * 0.1, height / 4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(0.5, y, width - 1, height), radius, radius)
        # a class that is as dark or as light as the window still has an outline
        painter.setPen(quiet)
        painter.setBrush(QColor(bar.color) if bar.color else palette.color(QPalette.ColorRole.Highlight))
        painter.drawRoundedRect(QRectF(0.5, y, max(3.0, (width - 1) * share), height), radius, radius)
