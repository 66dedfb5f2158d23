"""Which part of a raster a preview covers: what the map shows of it, cut to what a few tiles hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qgis.core import QgsCoordinateReferenceSystem, QgsRectangle

BUDGET_PX = 4 * 512 * 512
"""pixels of the model that a preview computes, a few tiles' worth: seconds without a GPU"""
_TOLERANCE = 1.25
_LEAST_EDGE_PX = 256
"""what is zoomed in far still gets this much, so that the network sees its surroundings"""


@dataclass(frozen=True)
class Footprint:
    """Where a raster lies, and how large its pixels are there."""

    crs: QgsCoordinateReferenceSystem
    extent: QgsRectangle
    pixel_width: float
    """units of the CRS"""
    pixel_height: float


@dataclass(frozen=True)
class Area:
    """The part that a preview computes."""

    extent: QgsRectangle
    """in the raster's CRS"""
    crs: QgsCoordinateReferenceSystem
    share: float
    """of what the map shows of the raster, 0 to 1"""


def choose_area(
    visible: QgsRectangle, footprint: Footprint, *, pixels_each: float = 1.0, within: QgsRectangle | None = None
) -> Area | None:
    """Return the middle of what is *visible* (in the raster's CRS) of a raster; None when that is nothing.

    *pixels_each* is how many pixels of the raster, along an edge, become one of the model; *within* limits it further.
    """
    shown = visible.intersect(footprint.extent)
    allowed = footprint.extent
    if within is not None:
        shown, allowed = shown.intersect(within), allowed.intersect(within)
    if shown.isEmpty() or not (footprint.pixel_width > 0 and footprint.pixel_height > 0):
        return None
    step_x, step_y = footprint.pixel_width * pixels_each, footprint.pixel_height * pixels_each
    count = (shown.width() / step_x) * (shown.height() / step_y)
    if count > _TOLERANCE * BUDGET_PX:
        share = BUDGET_PX / count
        middle = _around(shown, shown.width() * math.sqrt(share), shown.height() * math.sqrt(share))
        return Area(middle, footprint.crs, share)
    width = max(shown.width(), _LEAST_EDGE_PX * step_x)
    height = max(shown.height(), _LEAST_EDGE_PX * step_y)
    return Area(_around(shown, width, height).intersect(allowed), footprint.crs, 1.0)


def _around(rectangle: QgsRectangle, width: float, height: float) -> QgsRectangle:
    middle = rectangle.center()
    return QgsRectangle(
        middle.x() - width / 2, middle.y() - height / 2, middle.x() + width / 2, middle.y() + height / 2
    )
