"""What a preview has to know beforehand: taken from layers in the window's thread, the rest from files in another."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qgis.core import (
    QgsContrastEnhancement,
    QgsCoordinateReferenceSystem,
    QgsMapLayer,
    QgsMultiBandColorRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsSingleBandGrayRenderer,
)

from ...models.card.read import read_card
from ...models.card.types import ClassSpec, ModelCard
from ...models.catalog.entries import resolve_model
from ...models.change.two_dates import as_two_dates
from ...models.errors import GeonnxError
from ...models.model import Model
from ...models.raster.align import pixel_size_m
from ...models.raster.grid import Grid
from ...models.raster.products import open_raster
from .area import Footprint

_log = logging.getLogger("geonnx")
# a model for far larger pixels would have the whole raster read for a few tiles
_LEAST_PIXELS_EACH, _MOST_PIXELS_EACH = 0.25, 8.0

RASTERS = {
    "geonnx:segment": ("INPUT",),
    "geonnx:classify": ("INPUT",),
    "geonnx:detectchange": ("BEFORE", "AFTER"),
    "geonnx:removeclouds": ("INPUTS",),
}
"""parameters of each algorithm that hold rasters; the grid of the first is that of the results"""


@dataclass(frozen=True)
class Stretch:
    """How a layer draws an image: bands for red, green and blue, and the values that are black and full colour."""

    bands: tuple[int, int, int]
    lows: tuple[float, ...] = ()
    """empty: found from the values"""
    highs: tuple[float, ...] = ()


@dataclass(frozen=True)
class Source:
    """The raster that decides the grid: its path, and what a layer of the project already knows of it."""

    path: str
    grid: Grid | None = None
    crs: QgsCoordinateReferenceSystem | None = None
    """for the window's thread alone, see `footprint_of`"""
    stretch: Stretch | None = None


@dataclass(frozen=True)
class Subject:
    """All that decides what is computed, and how it is shown. Plain data, made in another thread."""

    grid: Grid
    pixels_each: float = 1.0
    """pixels of the raster, along an edge, that become one of the model"""
    gives_scores: bool = True
    """False for models that give class numbers alone"""
    classes: Mapping[int, ClassSpec] = field(default_factory=dict)
    """as the card lists them; empty where it does not"""
    change_threshold: float | None = None
    """smallest probability of change that the model's description names; None: it decides in another way"""


def first_raster(algorithm: str, parameters: Mapping[str, Any]) -> Any:
    """Return the value of the raster whose grid the results have; None where none was chosen."""
    value = parameters.get(RASTERS[algorithm][0])
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return value or None


def layers_of(algorithm: str, parameters: Mapping[str, Any]) -> list[QgsMapLayer]:
    """Return the layers of the project that a request uses, the rasters as well as masks and zones."""
    values: list[Any] = []
    for value in parameters.values():
        values += value if isinstance(value, (list, tuple)) else [value]
    layers = [find_layer(value) for value in values if isinstance(value, (str, QgsMapLayer))]
    return [layer for layer in layers if layer is not None]


def find_layer(value: Any) -> QgsMapLayer | None:
    """Return the layer of the project with this id or source; None when there is none. Reads no file."""
    if isinstance(value, QgsMapLayer):
        return value
    if not isinstance(value, str) or not value:
        return None
    layers = QgsProject.instance().mapLayers()
    return layers.get(value) or next((layer for layer in layers.values() if layer.source() == value), None)


def describe_source(value: Any) -> Source:
    """Return what is known of a raster without a look at its file; call it in the window's thread."""
    layer = find_layer(value)
    if not isinstance(layer, QgsRasterLayer) or not layer.isValid():
        return Source(str(value))
    crs, extent = QgsCoordinateReferenceSystem(layer.crs()), layer.extent()
    transform = (
        extent.xMinimum(), layer.rasterUnitsPerPixelX(), 0.0, extent.yMaximum(), 0.0, -layer.rasterUnitsPerPixelY(),
    )  # fmt: skip
    wkt = str(crs.toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED_GDAL)) if crs.isValid() else ""
    grid = Grid(layer.width(), layer.height(), transform, wkt)
    return Source(layer.source().split("|")[0], grid, crs, _stretch(layer))


def _stretch(layer: QgsRasterLayer) -> Stretch | None:
    renderer = layer.renderer()
    if isinstance(renderer, QgsMultiBandColorRenderer):
        bands = (renderer.redBand(), renderer.greenBand(), renderer.blueBand())
        enhancements = [
            renderer.redContrastEnhancement(), renderer.greenContrastEnhancement(), renderer.blueContrastEnhancement(),
        ]  # fmt: skip
    elif isinstance(renderer, QgsSingleBandGrayRenderer):
        band = renderer.grayBand() if hasattr(renderer, "grayBand") else renderer.inputBand()
        bands, enhancements = (band, band, band), [renderer.contrastEnhancement()] * 3
    else:
        return None
    if any(band < 1 for band in bands):
        return None
    limits = [_limits(enhancement) for enhancement in enhancements]
    if any(limit is None for limit in limits):
        return Stretch(bands)
    return Stretch(bands, tuple(low for low, _ in limits), tuple(high for _, high in limits))


def _limits(enhancement: QgsContrastEnhancement | None) -> tuple[float, float] | None:
    if enhancement is None:
        return None
    low, high = enhancement.minimumValue(), enhancement.maximumValue()
    return (low, high) if math.isfinite(low) and math.isfinite(high) and high > low else None


def look(algorithm: str, source: Source, model: str) -> Subject:
    """Return what a preview has to know; call it in another thread, it reads files.

    Raises RasterError when the raster can't be opened. A model that can't be read is the algorithm's to complain of.
    """
    grid = source.grid or open_raster(source.path).grid
    card = _read_card(model)
    if card is None:
        return Subject(grid)
    outputs = [spec for spec in card.outputs if spec.role in ("classes", "scores", "change", "before_classes")]
    listed = outputs[0].classes if outputs else ()
    return Subject(
        grid,
        _pixels_each(grid, card.gsd_m),
        gives_scores=not any(spec.holds_numbers for spec in outputs),
        classes={spec.value: spec for spec in listed},
        change_threshold=_change_threshold(card) if algorithm == "geonnx:detectchange" else None,
    )


def footprint_of(grid: Grid, crs: QgsCoordinateReferenceSystem | None) -> Footprint:
    """Return where a grid lies; *crs* is that of its layer, None where it has none. For the window's thread.

    A CRS that was made in a Python thread breaks when that thread ends: PROJ's objects in it belong to the thread.
    """
    corners = grid.outline()
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    _, dx, rx, _, ry, dy = grid.geotransform
    return Footprint(
        crs if crs is not None else QgsCoordinateReferenceSystem.fromWkt(grid.crs_wkt),
        QgsRectangle(min(xs), min(ys), max(xs), max(ys)),
        math.hypot(dx, ry),
        math.hypot(rx, dy),
    )


def _read_card(model: str) -> ModelCard | None:
    if not model.strip():
        return None
    try:
        return read_card(resolve_model(model))
    except GeonnxError as error:
        _log.debug("the preview goes on without the card of %s: %s", model, error)
        return None


def _pixels_each(grid: Grid, gsd_m: float | None) -> float:
    if not grid.crs_wkt or not gsd_m:
        return 1.0
    try:
        pixel_m = math.sqrt(math.prod(pixel_size_m(grid)))
    except GeonnxError:
        return 1.0
    if not (pixel_m > 0 and math.isfinite(pixel_m)):
        return 1.0
    return min(max(gsd_m / pixel_m, _LEAST_PIXELS_EACH), _MOST_PIXELS_EACH)


def _change_threshold(card: ModelCard) -> float | None:
    try:
        outputs = as_two_dates(Model(card, "")).outputs
    except GeonnxError:
        return None
    if len(outputs) == 2:
        return None  # classes of two dates are compared as they are
    return None if len(outputs[-1].classes) > 2 else outputs[-1].threshold
