"""Mercator projections, whose metre is the shorter on the ground the farther from the equator: web maps are in one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import osr

from .source import to_crs

_APART = 1000.0


def is_mercator(crs: osr.SpatialReference) -> bool:
    """Return True for Mercator projections with a vertical axis: meridians are columns, parallels rows."""
    return bool(crs.IsProjected()) and str(crs.GetAttrValue("PROJECTION")).startswith("Mercator")


def find_latitudes(crs: osr.SpatialReference, northings: NDArray[Any]) -> NDArray[np.float64]:
    """Return the geographic latitudes in radians of *northings*, in the unit of the Mercator projection *crs*."""
    return _to_radians(crs, [(0.0, float(northing)) for northing in northings.ravel()])[:, 1].reshape(northings.shape)


def longitude_per_unit(crs: osr.SpatialReference) -> float:
    """Return the radians of longitude in a unit of easting of the Mercator projection *crs*: everywhere the same."""
    (start, _), (end, _) = _to_radians(crs, [(0.0, 0.0), (_APART, 0.0)])
    return float(end - start) / _APART


def _to_radians(crs: osr.SpatialReference, points: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Return longitude and latitude (point, 2) in radians on the projection's own ellipsoid."""
    geographic = crs.CloneGeogCS()
    found: NDArray[np.float64] = np.array(to_crs(points, crs.ExportToWkt(), geographic.ExportToWkt()))
    return found * geographic.GetAngularUnits()
