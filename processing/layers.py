"""From QGIS layers to what the engine opens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsRasterLayer,
)

from ..models.raster.products import open_raster
from .base import translate
from .raster_parameters import product_path


@dataclass(frozen=True)
class RasterInput:
    """A raster as the engine takes it: GDAL's name for it, and the CRS that the layer has on the map."""

    path: str
    crs: QgsCoordinateReferenceSystem
    is_crs_given: bool
    """True when the user gave the layer another CRS than its file has"""

    @property
    def crs_wkt(self) -> str | None:
        """The CRS to use instead of the file's own, if any."""
        return self.crs.toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED_GDAL) if self.is_crs_given else None


def raster_list(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], name: str, context: QgsProcessingContext
) -> tuple[str, ...]:
    """Return the rasters of a parameter that takes several; call it in the main thread (``prepareAlgorithm``).

    Raises QgsProcessingException when one does not come from GDAL.
    """
    value = parameters.get(name)
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    products = [path for item in values if (path := product_path(item, context)) is not None]
    if not products:
        layers = algorithm.parameterAsLayerList(parameters, name, context)
        return tuple(_gdal_source(layer, name) for layer in layers)
    paths = []
    for item in values:  # one by one, so that products keep their place among the layers
        product = product_path(item, context)
        layers = [] if product else algorithm.parameterAsLayerList({**parameters, name: [item]}, name, context)
        paths += [product] if product else [_gdal_source(layer, name) for layer in layers]
    return tuple(paths)


def raster_input(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], name: str, context: QgsProcessingContext
) -> RasterInput:
    """Return the raster of a parameter; call it in the main thread (``prepareAlgorithm``).

    A satellite product need not be loadable: its path is handed on. Raises QgsProcessingException when the raster can't
    be loaded or does not come from GDAL, a GeonnxError when the product can't be used.
    """
    product = product_path(parameters.get(name), context)
    if product is not None:
        return RasterInput(product, QgsCoordinateReferenceSystem.fromWkt(open_raster(product).grid.crs_wkt), False)
    layer = algorithm.parameterAsRasterLayer(parameters, name, context)
    if not isinstance(layer, QgsRasterLayer) or not layer.isValid():
        raise QgsProcessingException(not_a_raster(name, parameters.get(name)))
    path, crs = _gdal_source(layer, name), layer.crs()
    return RasterInput(path, crs, crs.isValid() and crs != layer.dataProvider().crs())


def not_a_raster(name: str, value: Any) -> str:
    """Return the sentence for a value of the parameter *name* that can't be opened as a raster."""
    is_there = isinstance(value, str) and Path(value).exists()
    found = translate("holds no raster that can be opened") if is_there else translate("can't be found")
    return translate("{} is '{}', which {}; expected a raster file, a raster layer or a satellite product.").format(
        name, value, found
    )


def _gdal_source(layer: QgsMapLayer, name: str) -> str:
    """Return what GDAL opens for a layer; raise QgsProcessingException for layers of another kind."""
    if layer.providerType() != "gdal":
        raise QgsProcessingException(
            translate(
                "{} is '{}', a layer of the kind {}; expected a raster file: save it as GeoTIFF first "
                "(Export ▸ Save As)."
            ).format(name, layer.name(), layer.providerType())
        )
    return str(layer.dataProvider().dataSourceUri().split("|")[0])
