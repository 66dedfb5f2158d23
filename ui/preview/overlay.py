"""Small images that lie on the map: they move, turn and grow with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPoint, QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF, QTransform

from .picture import Label, Placement

Point = tuple[float, float]


@dataclass(frozen=True)
class Corners:
    """Where three corners of an image lie on the map; the fourth follows."""

    top_left: Point
    top_right: Point
    bottom_left: Point


@dataclass(frozen=True)
class Clip:
    """Which side of a vertical line of the canvas is drawn."""

    x: int
    """px from the left edge of the map"""
    is_left: bool


def corners_of(placement: Placement, columns: int, rows: int) -> Corners:
    """Return the corners of an array that lies at *placement*."""
    return Corners(placement.corner(0, 0), placement.corner(columns, 0), placement.corner(0, rows))


def to_image(argb: NDArray[np.uint32]) -> QImage:
    """Return an image of pixels 0xAARRGGBB that are opaque, or 0."""
    rows, columns = argb.shape
    # a copy: the image must not outlive the bytes
    return QImage(argb.tobytes(), columns, rows, columns * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()


class MapOverlay(QgsMapCanvasItem):
    """An image on the map, with the names of what it shows where there is room for them."""

    def __init__(self, canvas: QgsMapCanvas, z_value: float) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._image = QImage()
        self._corners: Corners | None = None
        self._labels: Sequence[Label] = ()
        self._has_frame = False
        self._clip: Clip | None = None
        self._opacity = 1.0
        self._to_canvas = QTransform()
        self._outline = QPolygonF()
        self.setZValue(z_value)

    def set_image(self, image: QImage, corners: Corners) -> None:
        """Show an image; its corners are in the canvas's CRS."""
        self._image, self._corners = image, corners
        # maps are drawn with twice the pixels on such screens; here a pixel is a pixel
        self._image.setDevicePixelRatio(1.0)
        self.updatePosition()

    def set_labels(self, labels: Sequence[Label]) -> None:
        """Write names over the image."""
        self._labels = labels
        self.update()

    def set_frame(self, has_frame: bool) -> None:
        """Draw a line around the image, or not."""
        self._has_frame = has_frame
        self.update()

    def set_strength(self, opacity: float) -> None:
        """Choose how far the image covers the map, 0 to 1."""
        self._opacity = opacity
        self.update()

    def set_clip(self, clip: Clip | None) -> None:
        """Draw one side of a line only; None: both."""
        self._clip = clip
        self.update()

    def updatePosition(self) -> None:
        """Follow the map; QGIS calls it whenever the map moves."""
        self.prepareGeometryChange()
        if self._corners is None or self._image.isNull():
            self._outline = QPolygonF()
            return
        width, height = self._image.width(), self._image.height()
        origin, right, below = (
            self.toCanvasCoordinates(QgsPointXY(*corner))
            for corner in (self._corners.top_left, self._corners.top_right, self._corners.bottom_left)
        )
        across, down = (right - origin) / width, (below - origin) / height
        self._to_canvas = QTransform(across.x(), across.y(), down.x(), down.y(), origin.x(), origin.y())
        self._outline = self._to_canvas.map(QPolygonF(QRectF(0, 0, width, height)))
        self.update()

    def boundingRect(self) -> QRectF:
        """Return what the image and its frame cover of the canvas."""
        return self._outline.boundingRect().adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, _option: Any = None, _widget: Any = None) -> None:
        """Draw the image."""
        if self._outline.isEmpty():
            return
        painter.save()
        if self._clip is not None:
            painter.setClipRect(self._clip_rectangle(self._clip), Qt.ClipOperation.IntersectClip)
        painter.setOpacity(self._opacity)
        painter.save()
        painter.setTransform(self._to_canvas, True)
        painter.drawImage(QPointF(0, 0), self._image)
        painter.restore()
        painter.setOpacity(1.0)
        if self._has_frame:
            self._paint_frame(painter)
        if self._labels and self._opacity > 0:
            self._paint_labels(painter)
        painter.restore()

    def _clip_rectangle(self, clip: Clip) -> QRectF:
        # while the map is dragged, QGIS moves the scene and not the items
        line = self._canvas.mapToScene(QPoint(clip.x, 0)).x()
        bounds = self.boundingRect()
        if clip.is_left:
            return QRectF(bounds.left(), bounds.top(), line - bounds.left(), bounds.height())
        return QRectF(line, bounds.top(), bounds.right() - line, bounds.height())

    def _paint_frame(self, painter: QPainter) -> None:
        # light and dark, to be seen on any map
        for color, style in (
            (QColor(0, 0, 0, 160), Qt.PenStyle.SolidLine),
            (QColor(255, 255, 255), Qt.PenStyle.DashLine),
        ):
            pen = QPen(color, 1.5, style)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPolygon(self._outline)

    def _paint_labels(self, painter: QPainter) -> None:
        font = self._canvas.font()
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        pixel = self._canvas.mapUnitsPerPixel() or 1.0
        for label in self._labels:
            room = label.width / pixel - metrics.averageCharWidth()
            if metrics.horizontalAdvance(label.text) > room:
                continue
            place = self.toCanvasCoordinates(QgsPointXY(label.x, label.y))
            box = QRectF(place.x() - room / 2, place.y() - metrics.height() / 2, room, metrics.height())
            self._paint_text(painter, box, label.text)

    @staticmethod
    def _paint_text(painter: QPainter, box: QRectF, text: str) -> None:
        center = Qt.AlignmentFlag.AlignCenter
        painter.setPen(QColor(255, 255, 255, 220))
        for across, down in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            painter.drawText(box.translated(across, down), center, text)
        painter.setPen(QColor(0, 0, 0))
        painter.drawText(box, center, text)
