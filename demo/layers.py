"""What the maps of the demonstration show: scenes, classes, chips and confidence, as QGIS opens them.

Classes and chips are drawn with the style that their files bring along; only the transparency is set here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from osgeo import gdal
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsContrastEnhancement,
    QgsFillSymbol,
    QgsMultiBandColorRenderer,
    QgsPalettedRasterRenderer,
    QgsRasterLayer,
    QgsSingleBandGrayRenderer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

gdal.UseExceptions()
# QGIS opens GeoPackages with a write-ahead log, and the maps' processes end before it is put away
gdal.SetConfigOption("OGR_SQLITE_JOURNAL", "DELETE")

# Classes that mean "nothing found here": named in the legend, left open on the map
EMPTY_NAMES = {
    "background", "nothing", "none", "clear", "no change", "unlabelled", "unlabeled", "other", "no data",
}  # fmt: skip
TRUE_COLOUR = (("b04", "red", "b4"), ("b03", "green", "b3"), ("b02", "blue", "b2"))
SAMPLE = 2048
LEGEND_LIMIT = 24


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend."""

    name: str
    color: QColor
    share: float
    drawn: bool


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


def stretch(values: Sequence[np.ndarray]) -> tuple[list[float], float, float]:
    """Return the lowest value of each band, the range that all share, and the gamma for a readable middle grey.

    What the darkest pixels have is light from the air; without it colours are those of the ground.
    """
    lows = [float(np.nanpercentile(band, 0.5)) if np.isfinite(band).any() else 0.0 for band in values]
    known = np.concatenate([band[np.isfinite(band)] - low for band, low in zip(values, lows)])
    if known.size == 0:
        return lows, 1.0, 1.0
    middle, high = np.percentile(known, (50, 98))
    if high <= 0:
        return lows, 1.0, 1.0
    share = min(max(middle / high, 0.02), 0.9)
    return lows, float(high), float(np.clip(np.log(share) / np.log(0.36), 0.6, 2.6))


def scene_layer(path: Path, like: Path | None = None) -> QgsRasterLayer:
    """Open the scene in true colour, stretched alike in all three bands, by its own values or those of ``like``."""
    layer = open_bare_raster(path)
    bands = true_colour_bands(path)
    source = like or path
    lows, width, gamma = stretch([sample_band(source, band) for band in true_colour_bands(source)])
    renderer = QgsMultiBandColorRenderer(layer.dataProvider(), *bands)
    setters = (
        renderer.setRedContrastEnhancement,
        renderer.setGreenContrastEnhancement,
        renderer.setBlueContrastEnhancement,
    )
    for band, low, setter in zip(bands, lows, setters):
        setter(linear_enhancement(layer, band, low, low + width))
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
    (low,), width, _ = stretch([sample_band(path, 1)])
    renderer.setContrastEnhancement(linear_enhancement(layer, 1, low, low + width))
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


def chip_layer(path: Path, opacity: float) -> QgsVectorLayer:
    """Open polygons with a class each, with their own style; let the scene shine through."""
    layer = QgsVectorLayer(str(path), path.stem, "ogr")
    if not layer.isValid():
        sys.exit(f"QGIS can't open the polygons {path}")
    if not isinstance(layer.renderer(), QgsCategorizedSymbolRenderer):
        sys.exit(f"{path} opens without a class style: QGIS draws it with '{layer.renderer().type()}'")
    layer.setOpacity(opacity)
    return layer


def chip_entries(path: Path) -> list[LegendEntry]:
    """Return the classes of polygons as the file's own style names and colours them, with their share of the area."""
    layer = chip_layer(path, 1.0)
    areas: dict[str, float] = {}
    for feature in layer.getFeatures():
        areas[feature["class"]] = areas.get(feature["class"], 0.0) + feature.geometry().area()
    whole = sum(areas.values()) or 1.0
    return [
        LegendEntry(category.label(), QColor(category.symbol().color()), areas[category.label()] / whole, True)
        for category in layer.renderer().categories()
        if category.label() in areas
    ]


def legend_entries(path: Path, limit: int = LEGEND_LIMIT) -> list[LegendEntry]:
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
    largest = sorted(entries, key=lambda entry: -entry.share)[:limit]
    return [entry for entry in entries if entry in largest]
