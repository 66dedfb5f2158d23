"""Trying a model on the middle of a layer: what the algorithm of its task is called with, and what came out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osgeo import gdal, ogr
from qgis.core import QgsProcessing, QgsRasterLayer, QgsRectangle, QgsReferencedRectangle

from ...models.card.types import InputSpec, ModelCard
from ...models.errors import RasterError
from ...models.inputs import dates_taken, image_input
from ...processing.base import translate

ALGORITHMS = {
    "segment": "geonnx:segment",
    "classify": "geonnx:classify",
    "change": "geonnx:detectchange",
    "clouds": "geonnx:removeclouds",
}
_USUAL_TILE_PX = 256
_LARGEST_TILE_PX = 1024
_MOST_DATES = 64


@dataclass(frozen=True)
class Subject:
    """A model to be tried."""

    model: str
    """what goes into MODEL"""
    card: ModelCard


Prepare = Callable[[], Callable[[], Subject]]
"""called by the window; what it returns is called in the background"""


@dataclass(frozen=True)
class Found:
    """What came out of a trial."""

    names: tuple[str, ...] = ()
    """classes, the most frequent first"""
    shares: tuple[float, ...] = ()
    """of the pixels (or chips) with a result, 0 to 1, one a class"""
    bands: int = 0
    """of an image without clouds"""
    is_empty: bool = False
    """True where no pixel has a result"""


def trial_parameters(subject: Subject, layers: Sequence[QgsRasterLayer]) -> dict[str, Any]:
    """Return the parameters of a run on a tile in the middle of the first layer.

    The others, if any, are the later dates; where the model takes more dates than there are layers, the last stands in.
    """
    card = subject.card
    spec = image_input(card)
    ids = [layer.id() for layer in layers]
    parameters = {
        "MODEL": subject.model,
        "EXTENT": QgsReferencedRectangle(middle(layers[0], card, spec), layers[0].crs()),
        "OUTPUT": QgsProcessing.TEMPORARY_OUTPUT,
    }
    if card.task == "change":
        return {**parameters, "BEFORE": ids[0], "AFTER": ids[-1]}
    dates = min(_MOST_DATES, dates_taken(spec) or len(ids))
    listed = [*ids, *[ids[-1]] * (dates - len(ids))]
    if card.task == "clouds":
        return {**parameters, "INPUTS": listed}
    return {**parameters, "INPUT": listed[0], **({"SERIES": listed[1:]} if len(listed) > 1 else {})}


def takes_two_layers(card: ModelCard) -> bool:
    """Return True for models that compare or combine dates."""
    dates = dates_taken(image_input(card))
    return card.task == "change" or dates is None or dates > 1


def middle(layer: QgsRasterLayer, card: ModelCard, spec: InputSpec) -> QgsRectangle:
    """Return a square of about one tile in the middle of a layer, in its CRS."""
    tile_px = min(_LARGEST_TILE_PX, card.tile_px or spec.size("H") or _USUAL_TILE_PX)
    extent = layer.extent()
    sides = []
    for pixel, room in (
        (layer.rasterUnitsPerPixelX(), extent.width()),
        (layer.rasterUnitsPerPixelY(), extent.height()),
    ):
        step = abs(pixel) or room / max(1, tile_px)
        if card.gsd_m and layer.crs().isValid() and not layer.crs().isGeographic():
            step = max(step, card.gsd_m)
        sides.append(min(room, tile_px * step))
    center = extent.center()
    x, y = center.x() - sides[0] / 2, center.y() - sides[1] / 2
    return QgsRectangle(x, y, x + sides[0], y + sides[1])


def read_found(path: str, task: str) -> Found:
    """Return what a trial made, and delete it. Reads files: call it in the background."""
    try:
        return _read_features(path) if task == "classify" else _read_raster(path, task)
    finally:
        _delete(path.split("|", 1)[0])


def _delete(path: str) -> None:
    """Remove a small temporary result; one that is in use still goes with QGIS's other temporary files."""
    for place in (Path(path), Path(path + ".aux.xml"), Path(path).with_suffix(".qml")):
        try:
            place.unlink()
        except OSError:
            continue


def _read_raster(path: str, task: str) -> Found:
    dataset = gdal.Open(path)
    if dataset is None:
        raise RasterError(translate("The result {} can't be read.").format(path))
    band = dataset.GetRasterBand(1)
    if task == "clouds":
        return Found(bands=dataset.RasterCount)
    counts = band.GetHistogram(-0.5, 65535.5, 65536, include_out_of_range=False, approx_ok=False)
    nodata = band.GetNoDataValue()
    if nodata is not None and math.isfinite(nodata) and 0 <= nodata <= 65535:
        counts[int(nodata)] = 0
    names = band.GetCategoryNames() or []
    return _found({_class_name(names, value): count for value, count in enumerate(counts) if count})


def _class_name(names: Sequence[str], value: int) -> str:
    known = names[value] if value < len(names) else ""
    return known or translate("class {}").format(value)


def _read_features(path: str) -> Found:
    source, _, rest = path.partition("|layername=")
    dataset = ogr.Open(source)
    if dataset is None:
        raise RasterError(translate("The result {} can't be read.").format(source))
    layer = dataset.GetLayerByName(rest) if rest else dataset.GetLayer(0)
    counts: dict[str, int] = {}
    for feature in layer:
        name = feature.GetField("class")
        if name:
            counts[name] = counts.get(name, 0) + 1
    return _found(counts)


def _found(counts: dict[str, int]) -> Found:
    total = sum(counts.values())
    ranked = sorted(counts, key=lambda name: -counts[name])
    return Found(tuple(ranked), tuple(counts[name] / total for name in ranked), is_empty=not total)
