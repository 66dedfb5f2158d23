"""Two layers drawn on the two sides of a line, in place of what the map shows there: before and after."""

from __future__ import annotations

from qgis.core import QgsMapLayer, QgsMapRendererParallelJob, QgsMapSettings
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QTimer
from qgis.PyQt.QtGui import QColor

from .overlay import Clip, Corners, MapOverlay

_BELOW_THE_PREVIEW = -6.0
_PAUSE_MS = 150
"""while the map moves, nothing is drawn anew"""


class SideMaps(QObject):
    """Draws one layer left and one right of a line, in the background, and again whenever the map moves."""

    def __init__(self, canvas: QgsMapCanvas, left: QgsMapLayer, right: QgsMapLayer, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._sides = [_Side(canvas, layer, self) for layer in (left, right)]
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.draw)
        canvas.extentsChanged.connect(self._timer.start)
        canvas.destinationCrsChanged.connect(self._timer.start)
        self.draw()

    @property
    def is_drawing(self) -> bool:
        """Return True while a side is being drawn."""
        return any(side.is_drawing for side in self._sides)

    def draw(self) -> None:
        """Draw both sides for what the map shows now."""
        for side in self._sides:
            side.draw()

    def set_line(self, x_px: int) -> None:
        """Move the line between the sides."""
        for side, is_left in zip(self._sides, (True, False)):
            side.overlay.set_clip(Clip(x_px, is_left))

    def remove(self, *, has_canvas: bool = True) -> None:
        """Take both sides away for good; *has_canvas* is False when the canvas is gone already."""
        self._timer.stop()
        for side in self._sides:
            side.remove(has_canvas=has_canvas)
        if has_canvas:
            self._canvas.extentsChanged.disconnect(self._timer.start)
            self._canvas.destinationCrsChanged.disconnect(self._timer.start)
        self.deleteLater()


class _Side(QObject):
    """One layer, drawn by a job of its own."""

    def __init__(self, canvas: QgsMapCanvas, layer: QgsMapLayer, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas, self._layer = canvas, layer
        self._job: QgsMapRendererParallelJob | None = None
        self.overlay = MapOverlay(canvas, _BELOW_THE_PREVIEW)

    @property
    def is_drawing(self) -> bool:
        return self._job is not None

    def draw(self) -> None:
        self._cancel()
        settings = QgsMapSettings(self._canvas.mapSettings())
        settings.setLayers([self._layer])
        settings.setBackgroundColor(QColor(self._canvas.canvasColor()))
        self._job = QgsMapRendererParallelJob(settings)
        self._job.finished.connect(self._drawn)
        self._job.start()

    def _drawn(self) -> None:
        if self._job is None:
            return
        settings, image = self._job.mapSettings(), self._job.renderedImage()
        self._job = None
        size, to_map = settings.outputSize(), settings.mapToPixel()
        points = (to_map.toMapCoordinatesF(x, y) for x, y in ((0, 0), (size.width(), 0), (0, size.height())))
        self.overlay.set_image(image, Corners(*((point.x(), point.y()) for point in points)))

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.finished.disconnect(self._drawn)
            self._job.cancelWithoutBlocking()
            self._job.finished.connect(self._job.deleteLater)
            self._job = None

    def remove(self, *, has_canvas: bool) -> None:
        self._cancel()
        if has_canvas:
            self._canvas.scene().removeItem(self.overlay)
