"""Areas of pixels: projected units, and geographic grids against an independent geodesic library."""

from __future__ import annotations

import numpy as np
import pytest
from geonnx.models.raster.align import pixel_size_m
from geonnx.models.raster.area import pixel_areas_m2
from geonnx.models.raster.grid import Grid
from osgeo import osr
from pyproj import CRS, Geod, Transformer

SPHERE = (
    'GEOGCS["sphere",DATUM["sphere",SPHEROID["sphere",6371000,0]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)
GRADS = (
    'GEOGCS["NTF",DATUM["NTF",SPHEROID["Clarke 1880 (IGN)",6378249.2,293.466021293627]],PRIMEM["Greenwich",0],'
    'UNIT["grad",0.015707963267949]]'
)


def wkt(epsg):
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(epsg)
    return crs.ExportToWkt()


def geodesic_area(geod, grid, row, column, to_degrees=1.0):
    x0, dx, rx, y0, ry, dy = grid.geotransform
    edges = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    steps = np.linspace(0, 1, 50, endpoint=False)
    points = [
        (column + a[0] + t * (b[0] - a[0]), row + a[1] + t * (b[1] - a[1]))
        for a, b in zip(edges[:-1], edges[1:])
        for t in steps
    ]
    lon = [(x0 + x * dx + y * rx) * to_degrees for x, y in points]
    lat = [(y0 + x * ry + y * dy) * to_degrees for x, y in points]
    return abs(geod.polygon_area_perimeter(lon, lat)[0])


@pytest.mark.parametrize("epsg, unit", [(32632, 1.0), (2263, 0.3048006096012192), (3035, 1.0)])
def test_projected_units_become_metres(epsg, unit):
    areas = pixel_areas_m2(Grid(7, 5, (0.0, 2.0, 0.5, 0.0, 0.25, -3.0), wkt(epsg)), 1, 4)
    assert areas.shape == (3, 1)
    assert areas == pytest.approx((6 + 0.125) * unit**2)


@pytest.mark.parametrize("top", [89.9, 60.0, 0.05, -45.0])
@pytest.mark.parametrize("down", [-0.1, 0.1])
def test_degrees_on_the_ellipsoid(top, down):
    grid = Grid(4, 3, (10.0, 0.1, 0.0, top - (0.3 if down > 0 else 0), 0.0, down), wkt(4326))
    areas = pixel_areas_m2(grid, 0, 3)
    assert areas.shape == (3, 1)
    for row in range(3):
        if abs(grid.geotransform[3] + (row + 1) * down) <= 90:
            assert areas[row, 0] == pytest.approx(geodesic_area(Geod(ellps="WGS84"), grid, row, 0), rel=2e-6)


@pytest.mark.parametrize("epsg", [3857, 3395, 3832])
@pytest.mark.parametrize("north", [0.0, 2.6e6, -6.4e6, 11e6])
@pytest.mark.parametrize("down", [-25.0, 25.0])
def test_mercator_on_the_ellipsoid(epsg, north, down):
    grid = Grid(4, 3, (1e6, 20.0, 0.0, north, 0.0, down), wkt(epsg))
    areas = pixel_areas_m2(grid, 0, 3)
    assert areas.shape == (3, 1)
    to_degrees = Transformer.from_crs(epsg, CRS.from_epsg(epsg).geodetic_crs, always_xy=True)
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    for row in range(3):
        points = [to_degrees.transform(1e6 + 20 * x, north + (row + y) * down) for x, y in corners]
        expected = abs(Geod(ellps="WGS84").polygon_area_perimeter(*zip(*points))[0])
        assert areas[row, 0] == pytest.approx(expected, rel=1e-6)
    width, height = pixel_size_m(grid)
    assert width * height == pytest.approx(areas[1, 0], rel=1e-5)
    geod, middle = Geod(ellps="WGS84"), north + 1.5 * down
    ends = [to_degrees.transform(x, middle) for x in (1e6, 1e6 + 20)]
    assert width == pytest.approx(geod.inv(*ends[0], *ends[1])[2], rel=1e-6)


def test_a_window_is_part_of_the_whole():
    grid = Grid(4, 100, (10.0, 0.1, 0.0, 50.0, 0.0, -0.1), wkt(4326))
    assert np.array_equal(pixel_areas_m2(grid, 30, 40), pixel_areas_m2(grid, 0, 100)[30:40])


def test_the_whole_earth():
    grid = Grid(360, 180, (-180.0, 1.0, 0.0, 90.0, 0.0, -1.0), wkt(4326))
    assert pixel_areas_m2(grid, 0, 180).sum() * 360 == pytest.approx(510065621724088.4, rel=1e-12)
    sphere = Grid(360, 180, grid.geotransform, SPHERE)
    assert pixel_areas_m2(sphere, 0, 180).sum() * 360 == pytest.approx(4 * np.pi * 6371000.0**2, rel=1e-12)


def test_rows_beyond_the_pole_are_empty():
    areas = pixel_areas_m2(Grid(4, 2, (0.0, 1.0, 0.0, 91.0, 0.0, -1.0), wkt(4326)), 0, 2)
    assert areas[0, 0] == 0
    assert areas[1, 0] > 0


def test_other_ellipsoids_and_angular_units():
    grid = Grid(2, 2, (5.0, 0.01, 0.0, 52.0, 0.0, -0.01), GRADS)
    geod = Geod(a=6378249.2, rf=293.466021293627)
    assert pixel_areas_m2(grid, 0, 1)[0, 0] == pytest.approx(geodesic_area(geod, grid, 0, 0, to_degrees=0.9), rel=1e-6)


def test_rotated_degrees_are_areas_of_single_pixels():
    grid = Grid(5, 4, (10.0, 0.01, 0.004, 60.0, 0.003, -0.01), wkt(4326))
    areas = pixel_areas_m2(grid, 1, 4)
    assert areas.shape == (3, 5)
    for row, column in [(0, 0), (2, 4), (1, 3)]:
        expected = geodesic_area(Geod(ellps="WGS84"), grid, row + 1, column)
        assert areas[row, column] == pytest.approx(expected, rel=1e-6)
