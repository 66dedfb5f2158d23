"""A line of text for narrow docks: what there is no room for ends in dots and stands in the tooltip."""

from __future__ import annotations

from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QPainter, QPaintEvent, QPalette, QTextOption
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QWidget

_FEWEST_LETTERS = 8


class ElidedLabel(QLabel):
    """Plain text on one line that may shrink to a few letters."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(text, parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def setText(self, text: str | None) -> None:
        """Show a text; the tooltip says all of it."""
        text = (text or "").strip()
        if text != self.text():
            super().setText(text)
            self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        metrics = self.fontMetrics()
        return QSize(_FEWEST_LETTERS * metrics.averageCharWidth(), metrics.height())

    def sizeHint(self) -> QSize:
        """Return room for a few letters: it takes what is left, and never asks for more."""
        return self.minimumSizeHint()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draw what there is room for."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        text = self.fontMetrics().elidedText(" ".join(self.text().split()), self._mode, self.width())
        option = QTextOption(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        painter.drawText(QRectF(self.rect()), text, option)
