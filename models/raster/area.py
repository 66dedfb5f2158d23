"""The area of pixels on the ground in square metres, in projected and in geographic coordinates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import osr

from .grid import Grid
from .mercator import find_latitudes, is_mercator, longitude_per_unit
from .source import spatial_reference


def pixel_areas_m2(grid: Grid, row_start: int, row_stop: int) -> NDArray[np.float64]:
    """Return the area in m² of the pixels of some rows, to be broadcast over (rows, width).

    The shape is (rows, 1) where all pixels of a row are equally large, which is the case for all grids but rotated
    geographic ones; these give (rows, width). Geographic coordinates and Mercator projections, unless these are
    rotated: the area on the CRS's own ellipsoid. Other projected, and local coordinates: pixel width × height in the
    CRS's linear unit, converted to metres. Raises RasterError when the CRS can't be read.
    """
    crs = spatial_reference(grid.crs_wkt)
    _, dx, rx, y0, ry, dy = grid.geotransform
    determinant = abs(dx * dy - rx * ry)
    rows = np.arange(row_start, row_stop, dtype=np.float64)[:, np.newaxis]
    is_upright = rx == 0 and ry == 0
    edges = np.concatenate([rows, rows[-1:] + 1]) * dy + y0
    if is_upright and is_mercator(crs):
        zones = _zone_m2_per_radian(find_latitudes(crs, edges), *_ellipsoid(crs))
        return np.abs(np.diff(zones, axis=0)) * abs(dx) * longitude_per_unit(crs)
    if not crs.IsGeographic():
        return np.full(rows.shape, determinant * crs.GetLinearUnits() ** 2)
    to_radians = float(crs.GetAngularUnits())
    semi_major, eccentricity = _ellipsoid(crs)
    if is_upright:
        edges = np.clip(edges, -_pole(to_radians), _pole(to_radians))
        zones = _zone_m2_per_radian(edges * to_radians, semi_major, eccentricity)
        return np.abs(np.diff(zones, axis=0)) * abs(dx) * to_radians
    # a rotated pixel has no closed form; the area element at its centre is exact to the square of the pixel's size
    columns = np.arange(grid.width, dtype=np.float64)[np.newaxis, :] + 0.5
    latitudes = np.clip(y0 + columns * ry + (rows + 0.5) * dy, -_pole(to_radians), _pole(to_radians)) * to_radians
    return _element_m2(latitudes, semi_major, eccentricity) * determinant * to_radians**2


def _pole(to_radians: float) -> float:
    return math.pi / 2 / to_radians


def _ellipsoid(crs: osr.SpatialReference) -> tuple[float, float]:
    """Return the semi-major axis in metres and the first eccentricity."""
    inverse_flattening = float(crs.GetInvFlattening())
    flattening = 1 / inverse_flattening if inverse_flattening else 0.0
    return float(crs.GetSemiMajor()), math.sqrt(flattening * (2 - flattening))


def _zone_m2_per_radian(latitudes: NDArray[Any], semi_major: float, eccentricity: float) -> NDArray[np.float64]:
    """Return the area in m² from the equator to each latitude (radians) for a radian of longitude."""
    sines: NDArray[np.float64] = np.sin(latitudes)
    if eccentricity == 0:
        return semi_major**2 * sines
    scaled = eccentricity * sines
    return semi_major**2 * (1 - eccentricity**2) / 2 * (sines / (1 - scaled**2) + np.arctanh(scaled) / eccentricity)


def _element_m2(latitudes: NDArray[Any], semi_major: float, eccentricity: float) -> NDArray[np.float64]:
    """Return m² per square radian of longitude and latitude: both radii of curvature times the cosine."""
    curvature = 1 - (eccentricity * np.sin(latitudes)) ** 2
    area: NDArray[np.float64] = semi_major**2 * (1 - eccentricity**2) * np.cos(latitudes) / curvature**2
    return area
