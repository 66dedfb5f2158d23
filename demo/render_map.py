#!/usr/bin/python3
"""Draw a map of a class raster with QGIS itself: true colour below, classes over it, legend, scale bar.

The classes are drawn as QGIS opens the file, with the style that the file brings along; nothing is styled here but
the transparency. Run it with the Python of QGIS; no display is needed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsContrastEnhancement,
    QgsDistanceArea,
    QgsFillSymbol,
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsMultiBandColorRenderer,
    QgsPalettedRasterRenderer,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsSingleBandGrayRenderer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

gdal.UseExceptions()

WIDTH, MARGIN, PANEL = 1600, 32, 360
TITLE_HEIGHT, FOOTER_LINE = 96, 24
INK, FAINT, PAPER, GRID = QColor("#1b2a36"), QColor("#5d6b76"), QColor("#ffffff"), QColor("#c9d1d7")
# Classes that mean "nothing found here": named in the legend, left open on the map
EMPTY_NAMES = {"background", "nothing", "none", "clear", "unlabelled", "unlabeled", "other", "no data"}
TRUE_COLOUR = (("b04", "red", "b4"), ("b03", "green", "b3"), ("b02", "blue", "b2"))
SAMPLE = 1024
LEGEND_LIMIT = 24


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend."""

    name: str
    color: QColor
    share: float
    drawn: bool


# ------------------------------------------------------------------------------------------------ layers


def open_raster(path: Path) -> QgsRasterLayer:
    """Open a raster as QGIS opens it, with the style that it brings along."""
    layer = QgsRasterLayer(str(path), path.stem)
    if not layer.isValid():
        sys.exit(f"QGIS can't open the raster {path}")
    return layer


def open_bare_raster(path: Path) -> QgsRasterLayer:
    """Open a raster whose style does not matter, without leaving a file of statistics beside it."""
    gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
    try:
        return open_raster(path)
    finally:
        gdal.SetConfigOption("GDAL_PAM_ENABLED", None)


def true_colour_bands(path: Path) -> list[int]:
    """Return the band numbers for red, green and blue: by name, else the first three, else the first one thrice."""
    dataset = gdal.Open(str(path))
    names = [(dataset.GetRasterBand(i + 1).GetDescription() or "").lower() for i in range(dataset.RasterCount)]
    found = [next((names.index(name) + 1 for name in wanted if name in names), 0) for wanted in TRUE_COLOUR]
    if all(found):
        return found
    return [1, 2, 3] if dataset.RasterCount >= 3 else [1, 1, 1]


def sample_band(path: Path, band_number: int) -> np.ndarray:
    """Return a thinned-out picture of one band as floating point numbers, NaN where there is no data."""
    dataset = gdal.Open(str(path))
    columns, rows = min(SAMPLE, dataset.RasterXSize), min(SAMPLE, dataset.RasterYSize)
    band = dataset.GetRasterBand(band_number)
    values = band.ReadAsArray(buf_xsize=columns, buf_ysize=rows)
    known = band.GetMaskBand().ReadAsArray(buf_xsize=columns, buf_ysize=rows) > 0
    return np.where(known, values.astype(float), np.nan)


def stretch(values: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Return lowest and highest value to show, and the gamma that puts the median at a readable grey."""
    known = np.concatenate([band[np.isfinite(band)] for band in values])
    if known.size == 0:
        return 0.0, 1.0, 1.0
    low, middle, high = np.percentile(known, (0.5, 50, 98))
    if high <= low:
        return float(low), float(low) + 1.0, 1.0
    share = min(max((middle - low) / (high - low), 0.02), 0.9)
    return float(low), float(high), float(np.clip(np.log(share) / np.log(0.36), 0.6, 2.6))


def scene_layer(path: Path) -> QgsRasterLayer:
    """Open the scene in true colour, stretched alike in all three bands."""
    layer = open_bare_raster(path)
    bands = true_colour_bands(path)
    low, high, gamma = stretch([sample_band(path, band) for band in bands])
    renderer = QgsMultiBandColorRenderer(layer.dataProvider(), *bands)
    setters = (
        renderer.setRedContrastEnhancement,
        renderer.setGreenContrastEnhancement,
        renderer.setBlueContrastEnhancement,
    )
    for band, setter in zip(bands, setters):
        setter(linear_enhancement(layer, band, low, high))
    layer.setRenderer(renderer)
    layer.brightnessFilter().setGamma(gamma)
    return layer


def is_empty_class(name: str) -> bool:
    """Tell whether a class means that nothing was found."""
    return name.strip().lower() in EMPTY_NAMES


def class_layer(path: Path, opacity: float) -> QgsRasterLayer:
    """Open the classes with their own style; let the scene shine through, wholly so where nothing was found."""
    layer = open_raster(path)
    renderer = layer.renderer()
    if not isinstance(renderer, QgsPalettedRasterRenderer):
        sys.exit(f"{path} opens without a class style: QGIS draws it with '{renderer.type()}', expected 'paletted'")
    classes = renderer.classes()
    for entry in classes:
        if is_empty_class(entry.label):
            entry.color = QColor(0, 0, 0, 0)
    # QGIS 3.22 has no way to change one class in place
    shown = QgsPalettedRasterRenderer(layer.dataProvider(), renderer.band(), classes)
    shown.setOpacity(opacity)
    layer.setRenderer(shown)
    return layer


def confidence_layer(path: Path) -> QgsRasterLayer:
    """Open the confidence with its own style, or in greys stretched to its values where it has none."""
    layer = open_bare_raster(path)
    if not isinstance(layer.renderer(), QgsSingleBandGrayRenderer):
        return layer
    renderer = QgsSingleBandGrayRenderer(layer.dataProvider(), 1)
    low, high, _ = stretch([sample_band(path, 1)])
    renderer.setContrastEnhancement(linear_enhancement(layer, 1, low, high))
    layer.setRenderer(renderer)
    return layer


def linear_enhancement(layer: QgsRasterLayer, band: int, low: float, high: float) -> QgsContrastEnhancement:
    """Return a linear stretch of one band."""
    enhancement = QgsContrastEnhancement(layer.dataProvider().dataType(band))
    enhancement.setContrastEnhancementAlgorithm(
        QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum, False
    )
    enhancement.setMinimumValue(low, False)
    enhancement.setMaximumValue(high, True)
    return enhancement


def outline_layer(path: Path) -> QgsVectorLayer | None:
    """Open the polygons as thin outlines, without those of classes that mean nothing found."""
    layer = QgsVectorLayer(str(path), "outlines", "ogr")
    if not layer.isValid() or layer.fields().indexOf("class") < 0:
        return None
    empty = ", ".join(f"'{name}'" for name in sorted(EMPTY_NAMES))
    layer.setSubsetString(f'lower("class") NOT IN ({empty})')
    symbol = QgsFillSymbol.createSimple({"style": "no", "outline_color": "27,42,54,210", "outline_width": "0.22"})
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    return layer


def legend_entries(path: Path) -> list[LegendEntry]:
    """Return the classes as the file's own style names and colours them, with their share of the mapped area.

    A bare palette holds 256 colours: unnamed ones that do not occur are passed over, then the smallest.
    """
    values = sample_band(path, 1)
    known = values[np.isfinite(values)]
    layer = open_raster(path)  # holds the renderer; its colours as they are in the file, none made clear
    entries = []
    for entry in layer.renderer().classes():
        share = float(np.mean(known == entry.value)) if known.size else 0.0
        if share or not entry.label.isdigit():
            entries.append(LegendEntry(entry.label, QColor(entry.color), share or 0.0, not is_empty_class(entry.label)))
    largest = sorted(entries, key=lambda entry: -entry.share)[:LEGEND_LIMIT]
    return [entry for entry in entries if entry in largest]


# ------------------------------------------------------------------------------------------------ drawing


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
        box = QRectF(left + 0.5, top + 3.5, 34, 20)
        if entry.drawn:
            # over white, as the map shows it over the scene
            color = QColor(entry.color)
            color.setAlphaF(color.alphaF() * max(opacity, 0.75))
            painter.fillRect(box, color)
        painter.setPen(QPen(FAINT, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        name = entry.name if entry.drawn else f"{entry.name} (left open)"
        write(painter, QRectF(left + 46, top, PANEL - 130, 28), name, 16)
        write_right(painter, QRectF(left, top, PANEL, 28), f"{100 * entry.share:.1f} %", 16)
        top += 31
    return top


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


def compose(arguments: argparse.Namespace) -> QImage:
    """Put the page together."""
    scene = scene_layer(arguments.scene)
    classes = class_layer(arguments.classes, arguments.opacity)
    outlines = outline_layer(arguments.polygons) if arguments.polygons else None
    entries = legend_entries(arguments.classes)
    extent = classes.extent()
    ratio = extent.height() / extent.width()
    map_width = WIDTH - PANEL - 3 * MARGIN
    map_size = QSize(map_width, int(np.clip(round(map_width * ratio), 0.35 * map_width, 1.5 * map_width)))
    small = QSize(PANEL, max(1, round(PANEL * map_size.height() / map_size.width())))

    panel_height = 36 + 31 * len(entries) + 2 * (small.height() + 52)
    body = max(map_size.height(), panel_height)
    height = TITLE_HEIGHT + body + MARGIN + FOOTER_LINE * len(arguments.note) + MARGIN // 2 * bool(arguments.note)
    page = QImage(WIDTH, height, QImage.Format.Format_RGB32)
    page.fill(PAPER)
    painter = QPainter(page)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    write(painter, QRectF(MARGIN, 20, WIDTH - 2 * MARGIN, 38), arguments.title, 29, bold=True)
    write(painter, QRectF(MARGIN, 56, WIDTH - 2 * MARGIN, 28), arguments.subtitle, 16, FAINT)

    layers = [layer for layer in (outlines, classes, scene) if layer is not None]
    draw_framed(painter, render(layers, extent, map_size), MARGIN, TITLE_HEIGHT)
    bottom = TITLE_HEIGHT + map_size.height() - 14
    draw_scale_bar(painter, ground_width(scene, extent), map_width, MARGIN + 14, bottom)

    left = float(2 * MARGIN + map_width)
    top = draw_legend(painter, entries, left, TITLE_HEIGHT - 4, arguments.opacity) + 22
    top = draw_small_map(painter, "The scene itself", scene, extent, small, QPointF(left, top)) + 22
    if arguments.confidence:
        confidence = confidence_layer(arguments.confidence)
        draw_small_map(painter, "Confidence (bright: certain)", confidence, extent, small, QPointF(left, top))

    for number, line in enumerate(arguments.note):
        y = TITLE_HEIGHT + body + MARGIN / 2 + FOOTER_LINE * number
        write(painter, QRectF(MARGIN, y, WIDTH - 2 * MARGIN, FOOTER_LINE), line, 14, FAINT)
    painter.end()
    return page


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Draw a map of a class raster with QGIS.")
    parser.add_argument("scene", type=Path, help="the raster that was segmented")
    parser.add_argument("classes", type=Path, help="the class raster")
    parser.add_argument("output", type=Path, help="the PNG to write")
    parser.add_argument("--polygons", type=Path, help="the classes as polygons, drawn as outlines")
    parser.add_argument("--confidence", type=Path, help="the confidence raster, drawn beside")
    parser.add_argument("--title", default="GeONNX")
    parser.add_argument("--subtitle", default="")
    parser.add_argument("--note", action="append", default=[], help="a line at the foot; may be repeated")
    parser.add_argument("--opacity", type=float, default=0.55, help="of the classes, 0 to 1")
    return parser.parse_args(words)


def main() -> None:
    """Run from the command line."""
    arguments = parse()
    application = QgsApplication([], True)
    application.initQgis()
    page = compose(arguments)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    if not page.save(str(arguments.output)):
        sys.exit(f"{arguments.output} can't be written")
    print(f"{arguments.output} ({page.width()} x {page.height()} px)")
    # QGIS 3.22 may crash while Python takes its objects apart; everything is written by now
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
