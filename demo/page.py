"""The parts of a printed map: pictures drawn by QGIS, lines of text, legend, scale bar."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from layers import LegendEntry
from qgis.core import (
    QgsDistanceArea,
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

INK, FAINT, PAPER = QColor("#1b2a36"), QColor("#5d6b76"), QColor("#ffffff")
PANEL = 360


def render(layers: Sequence[QgsMapLayer], extent: QgsRectangle, size: QSize) -> QImage:
    """Let QGIS draw layers, the first on top."""
    settings = QgsMapSettings()
    settings.setLayers(list(layers))
    settings.setDestinationCrs(layers[-1].crs())
    settings.setExtent(extent)
    settings.setOutputSize(size)
    settings.setOutputDpi(96)
    settings.setBackgroundColor(QColor("#eef1f3"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    errors = [error.message for error in job.errors()]
    if errors:
        sys.exit("QGIS could not draw the map: " + "; ".join(errors))
    return job.renderedImage()


def font(size: int, *, bold: bool = False) -> QFont:
    """Return a font of a height in pixels."""
    made = QFont("DejaVu Sans")
    made.setPixelSize(size)
    made.setBold(bold)
    return made


def write(painter: QPainter, where: QRectF, text: str, size: int, color: QColor = INK, *, bold: bool = False) -> None:
    """Write one line at the left of a box, shortened with an ellipsis where it would not fit."""
    painter.setFont(font(size, bold=bold))
    painter.setPen(color)
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideMiddle, where.width())
    painter.drawText(where, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


def draw_framed(painter: QPainter, image: QImage, left: float, top: float) -> None:
    """Draw a picture with a thin frame."""
    painter.drawImage(QPointF(left, top), image)
    painter.setPen(QPen(FAINT, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(left - 0.5, top - 0.5, image.width() + 1, image.height() + 1))


def draw_legend(painter: QPainter, entries: Sequence[LegendEntry], left: float, top: float, opacity: float) -> float:
    """Draw the legend and return where it ends."""
    write(painter, QRectF(left, top, PANEL, 28), "Classes", 19, bold=True)
    write_right(painter, QRectF(left, top, PANEL, 28), "share of area", 13)
    top += 36
    for entry in entries:
        draw_legend_line(painter, entry, QRectF(left, top, PANEL, 28), opacity, f"{100 * entry.share:.1f} %")
        top += 31
    return top


def draw_legend_line(painter: QPainter, entry: LegendEntry, line: QRectF, opacity: float, amount: str) -> None:
    """Draw colour, name and amount of one class."""
    box = QRectF(line.left() + 0.5, line.top() + 3.5, 34, line.height() - 8)
    if entry.drawn:
        # over white, as the map shows it over the scene
        color = QColor(entry.color)
        color.setAlphaF(color.alphaF() * max(opacity, 0.75))
        painter.fillRect(box, color)
    painter.setPen(QPen(FAINT, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
    name = entry.name if entry.drawn else f"{entry.name} (left open)"
    painter.setFont(font(16))
    room = line.width() - 56 - QFontMetricsF(painter.font()).horizontalAdvance(amount)
    write(painter, QRectF(line.left() + 46, line.top(), room, line.height()), name, 16)
    write_right(painter, line, amount, 16)


def write_right(painter: QPainter, where: QRectF, text: str, size: int) -> None:
    """Write one faint line at the right of a box."""
    painter.setFont(font(size))
    painter.setPen(FAINT)
    painter.drawText(where, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)


def ground_width(layer: QgsMapLayer, extent: QgsRectangle) -> float:
    """Return the width of the extent on the ground, in metres, along its middle."""
    measure = QgsDistanceArea()
    measure.setSourceCrs(layer.crs(), QgsProject.instance().transformContext())
    measure.setEllipsoid(layer.crs().ellipsoidAcronym() or "EPSG:7030")
    y = extent.center().y()
    length = measure.measureLine(QgsPointXY(extent.xMinimum(), y), QgsPointXY(extent.xMaximum(), y))
    return measure.convertLengthMeasurement(length, metres())


def metres() -> object:
    """Return the unit of length; newer versions of QGIS keep it elsewhere."""
    from qgis.core import Qgis, QgsUnitTypes  # noqa: PLC0415 (one of the two has it)

    return Qgis.DistanceUnit.Meters if hasattr(Qgis, "DistanceUnit") else QgsUnitTypes.DistanceUnit.DistanceMeters


def round_length(limit: float) -> float:
    """Return the longest of 1, 2 or 5 times a power of ten that is not above the limit."""
    power = 10.0 ** np.floor(np.log10(limit))
    return float(max(step * power for step in (1, 2, 5) if step * power <= limit))


def draw_scale_bar(painter: QPainter, width_on_ground: float, map_width: int, left: float, bottom: float) -> None:
    """Draw a scale bar on a light patch, its lower left corner given."""
    if not width_on_ground > 0:
        return
    length = round_length(0.22 * width_on_ground)
    pixels = length / width_on_ground * map_width
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    painter.fillRect(QRectF(left, bottom - 40, pixels + 28, 40), QColor(255, 255, 255, 215))
    painter.setFont(font(14))
    painter.setPen(INK)
    painter.drawText(QRectF(left, bottom - 38, pixels + 28, 20), int(Qt.AlignmentFlag.AlignCenter), text)
    start, y = left + 14, bottom - 14
    painter.fillRect(QRectF(start, y, pixels, 6), PAPER)
    painter.fillRect(QRectF(start, y, pixels / 2, 6), INK)
    painter.setPen(QPen(INK, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(start, y, pixels, 6))


def draw_small_map(
    painter: QPainter, title: str, layer: QgsMapLayer, extent: QgsRectangle, size: QSize, spot: QPointF
) -> float:
    """Draw a small map with a heading and return where it ends."""
    write(painter, QRectF(spot.x(), spot.y(), PANEL, 26), title, 15, bold=True)
    draw_framed(painter, render([layer], extent, size), spot.x(), spot.y() + 30)
    return spot.y() + 30 + size.height()
