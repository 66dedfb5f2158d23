"""From QGIS layers to what the engine opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsRasterLayer,
)

from .base import translate


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
    layers = algorithm.parameterAsLayerList(parameters, name, context)
    return tuple(_gdal_source(layer, name) for layer in layers)


def raster_input(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], name: str, context: QgsProcessingContext
) -> RasterInput:
    """Return the raster of a parameter; call it in the main thread (``prepareAlgorithm``).

    Raises QgsProcessingException when it can't be loaded or does not come from GDAL.
    """
    layer = algorithm.parameterAsRasterLayer(parameters, name, context)
    if not isinstance(layer, QgsRasterLayer) or not layer.isValid():
        raise QgsProcessingException(algorithm.invalidRasterError(parameters, name))
    path, crs = _gdal_source(layer, name), layer.crs()
    return RasterInput(path, crs, crs.isValid() and crs != layer.dataProvider().crs())


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
