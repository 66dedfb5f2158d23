"""Map and raster in each other's coordinates, and what part of the map a preview covers, in words."""

from __future__ import annotations

import re
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProcessingContext,
    QgsProject,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas

from ...processing.base import translate
from .subject import find_layer

_NUMBERS = re.compile(r"\s*[-+\d.eE]+\s*(,\s*[-+\d.eE]+\s*){3}(\[.*\])?\s*")


def visible_extent(canvas: QgsMapCanvas, crs: QgsCoordinateReferenceSystem) -> QgsRectangle:
    """Return what the canvas shows, in another CRS; raises QgsCsException when that is not possible."""
    settings = canvas.mapSettings()
    corners = settings.visiblePolygon()  # of a map that is turned, larger than its extent
    xs, ys = [point.x() for point in corners], [point.y() for point in corners]
    visible = QgsRectangle(min(xs), min(ys), max(xs), max(ys))
    here = settings.destinationCrs()
    if not here.isValid() or not crs.isValid() or here == crs:
        return visible
    return QgsCoordinateTransform(here, crs, QgsProject.instance()).transformBoundingBox(visible)


def extent_of(algorithm: Any, parameters: dict[str, Any], crs: QgsCoordinateReferenceSystem) -> QgsRectangle | None:
    """Return the EXTENT of a request, without opening a file for it; None where it has none."""
    value = parameters.get("EXTENT")
    if not value or (isinstance(value, str) and not _NUMBERS.fullmatch(value) and find_layer(value) is None):
        return None
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    rectangle = algorithm.parameterAsExtent({"EXTENT": value}, "EXTENT", context, crs)
    return None if rectangle.isEmpty() else rectangle


def target_wkt(canvas: QgsMapCanvas, crs: QgsCoordinateReferenceSystem) -> str:
    """Return the map's CRS for GDAL; empty where it is *crs*, or one of them is unknown."""
    here = canvas.mapSettings().destinationCrs()
    if not here.isValid() or not crs.isValid() or here == crs:
        return ""
    return str(here.toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED_GDAL))


def sentence_of(share: float, seconds: float) -> str:
    """Return what is said of a preview: how much of the view it covers, and how long it took."""
    took = translate("{:.1f} s").format(seconds)
    if share >= 1:
        return translate("All that the map shows of the raster was computed in {}.").format(took)
    percent = translate("{:.0f} %").format(100 * share) if share >= 0.01 else translate("less than 1 %")
    return translate("The middle of the map was computed in {}, {} of what it shows. Zoom in for the rest.").format(
        took, percent
    )
