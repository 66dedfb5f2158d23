"""A raster that a person chose: a layer of the project, or a file or product that is none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qgis.core import QgsCoordinateReferenceSystem, QgsMapLayer, QgsMapLayerType

from ...processing.base import translate

_SEPARATORS = re.compile(r"[\\/]+")


@dataclass(frozen=True)
class RasterChoice:
    """What there is to know of a raster without opening it."""

    value: str
    """what goes into the parameter: the id of a layer, or a path"""
    source: str
    """what GDAL opens"""
    name: str
    crs_wkt: str | None = None
    """the CRS that the user gave the layer instead of the file's own, if any"""
    problem: str = ""


def choice_of_layer(layer: QgsMapLayer) -> RasterChoice:
    """Return a layer of the project as a choice; reads only what the layer holds in memory."""
    if not layer.isValid() or layer.dataProvider() is None:
        return RasterChoice(
            layer.id(), "", layer.name(),
            problem=translate("'{}' is not available: its file can't be found or read. Repair the layer first.").format(
                layer.name()
            ),
        )  # fmt: skip
    if layer.providerType() != "gdal":
        return RasterChoice(
            layer.id(), "", layer.name(),
            problem=translate(
                "'{}' comes from a web service or another source that is no raster file ({}): save it as GeoTIFF first "
                "(right-click the layer: Export ▸ Save As)."
            ).format(layer.name(), layer.providerType()),
        )  # fmt: skip
    source = layer.dataProvider().dataSourceUri().split("|")[0]
    return RasterChoice(layer.id(), source, layer.name(), _given_crs(layer))


def choice_of_path(path: str) -> RasterChoice:
    """Return a file or product as a choice; whether it exists is found out by whoever opens it."""
    return RasterChoice(path, path, short_path(path))


def short_path(path: str) -> str:
    """Return the last part of a path, which is what tells it from its neighbours."""
    parts = [part for part in _SEPARATORS.split(path) if part]
    return parts[-1] if parts else path


def is_usable_raster(layer: QgsMapLayer | None) -> bool:
    """Return True for a raster layer that the engine can read."""
    return (
        layer is not None
        and layer.type() == QgsMapLayerType.RasterLayer
        and layer.isValid()
        and layer.providerType() == "gdal"
    )


def _given_crs(layer: QgsMapLayer) -> str | None:
    crs = layer.crs()
    if not crs.isValid() or crs == layer.dataProvider().crs():
        return None
    return str(crs.toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED_GDAL))
