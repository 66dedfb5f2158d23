"""Rasters on another grid, as virtual rasters: resampled as they are read, nothing copied."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
from osgeo import gdal, osr

from ..errors import RasterError
from .gdal_errors import gdal_errors
from .grid import Grid
from .mercator import find_latitudes, is_mercator, longitude_per_unit
from .source import RasterInfo, describe_raster, open_dataset, same_crs, spatial_reference, to_crs

# a grid this close to the model's is taken as it is: resampling would blur more than it mends
_SAME_PIXEL_SIZE = 0.1


def pixel_size_m(grid: Grid) -> tuple[float, float]:
    """Return width and height of a pixel on the ground in metres.

    In degrees and in Mercator projections those at the latitude of the raster's centre; in other projections the
    map's own.
    """
    _, dx, rx, y0, ry, dy = grid.geotransform
    width, height = math.hypot(dx, ry), math.hypot(rx, dy)
    crs = spatial_reference(grid.crs_wkt)
    middle = y0 + grid.width / 2 * ry + grid.height / 2 * dy
    if is_mercator(crs):
        below, latitude, above = find_latitudes(crs, np.array([middle - height / 2, middle, middle + height / 2]))
        parallel, meridian = _radii_m(crs, latitude)
        return width * longitude_per_unit(crs) * parallel, float(above - below) * meridian
    if not crs.IsGeographic():
        unit = crs.GetLinearUnits()
        return width * unit, height * unit
    radians = crs.GetAngularUnits()
    parallel, meridian = _radii_m(crs, middle * radians)
    return width * radians * parallel, height * radians * meridian


def _radii_m(crs: osr.SpatialReference, latitude: float) -> tuple[float, float]:
    """Return the radii of curvature of the ellipsoid at a latitude in radians: along the parallel, the meridian."""
    flattening = 1 / crs.GetInvFlattening() if crs.GetInvFlattening() else 0.0
    squared = flattening * (2 - flattening)
    curvature = 1 - squared * math.sin(latitude) ** 2
    meridian = crs.GetSemiMajor() * (1 - squared) / curvature**1.5
    parallel = crs.GetSemiMajor() / math.sqrt(curvature) * math.cos(latitude)
    return parallel, meridian


def needs_resampling(grid: Grid, gsd_m: float) -> bool:
    """Return True when pixels differ from *gsd_m* by more than a tenth."""
    return any(abs(math.log(size / gsd_m)) > _SAME_PIXEL_SIZE for size in pixel_size_m(grid))


def is_beyond(grid: Grid, range_m: tuple[float, float]) -> bool:
    """Return True when pixels are smaller or larger than a range of sizes in metres by more than a tenth."""
    low, high = (math.log(size) for size in range_m)
    found = [math.log(size) for size in pixel_size_m(grid)]
    return min(found) < low - _SAME_PIXEL_SIZE or max(found) > high + _SAME_PIXEL_SIZE


def resample_raster(raster: RasterInfo, gsd_m: float) -> RasterInfo:
    """Return the raster with pixels of *gsd_m* metres over the same extent, bilinear.

    Raises RasterError when GDAL can't build the virtual raster.
    """
    width_m, height_m = pixel_size_m(raster.grid)
    grid = raster.grid
    width = max(1, round(grid.width * width_m / gsd_m))
    height = max(1, round(grid.height * height_m / gsd_m))
    source = open_dataset(raster.path)
    with gdal_errors(RasterError, f"{raster.name} can't be resampled to {gsd_m:g} m"):
        # GDAL widens the bilinear kernel when it makes pixels coarser, so that nothing is skipped
        virtual = gdal.Translate("", source, format="VRT", width=width, height=height, resampleAlg="bilinear")
    return _described_as(raster, virtual, raster.grid.crs_wkt)


def align_raster(raster: RasterInfo, grid: Grid, resampling: str = "bilinear") -> RasterInfo:
    """Return the raster on another grid; the same object when it lies there already.

    *resampling* is ``bilinear``, or ``nearest`` for classes and masks: then each pixel gets exactly the pixel of the
    full resolution that holds its centre. Pixels of the grid that the raster does not cover hold no data. The grid may
    be rotated or south-up. Raises RasterError when the raster lies elsewhere.
    """
    if _same_grid(raster.grid, grid):
        return raster
    if not _meets(raster.grid, grid):
        raise RasterError(
            f"{raster.name} lies elsewhere than the first raster, so there is nothing to compare: give rasters of the "
            "same place."
        )
    x0, dx, rx, y0, ry, dy = grid.geotransform
    is_north_up = not rx and not ry and dx > 0 > dy
    box = (x0, y0 + grid.height * dy, x0 + grid.width * dx, y0) if is_north_up else _box(grid)
    source = open_dataset(raster.path)
    is_exact = resampling == "nearest"
    with gdal_errors(RasterError, f"{raster.name} can't be brought to the grid of the first raster"):
        virtual = gdal.Warp(
            "",
            source,
            format="VRT",
            srcSRS=raster.grid.crs_wkt,
            dstSRS=grid.crs_wkt,
            outputBounds=box,
            width=grid.width,
            height=grid.height,
            resampleAlg="near" if is_exact else "bilinear",
            # overviews of classes may be averages; an approximate transformation may take the neighbour
            overviewLevel="NONE" if is_exact else "AUTO",
            errorThreshold=0 if is_exact else None,
            dstAlpha=not any(band.is_alpha or band.nodata is not None for band in raster.bands),
        )
        if virtual is not None and not is_north_up:
            virtual = _laid_on(virtual, raster.grid, grid)
    return _described_as(raster, virtual, grid.crs_wkt)


def _box(grid: Grid) -> tuple[float, float, float, float]:
    xs, ys = zip(*grid.outline())
    return min(xs), min(ys), max(xs), max(ys)


def _laid_on(virtual: gdal.Dataset, source: Grid, grid: Grid) -> gdal.Dataset:
    """Return a warped virtual raster of *source* with another target grid of the same size.

    GDAL's warper takes any geotransform, only the options of gdalwarp know no rotated or south-up ones. How much finer
    the source is (it is smoothed then) has to be said: the warper would conclude it from upright boxes.
    """
    virtual.FlushCache()
    text = virtual.GetMetadata("xml:VRT")[0]
    x0, dx, rx, y0, ry, dy = grid.geotransform
    size = dx * dy - rx * ry
    inverse = (
        (rx * y0 - x0 * dy) / size, dy / size, -rx / size, (x0 * ry - dx * y0) / size, -ry / size, dx / size
    )  # fmt: skip
    for tag, numbers in (
        ("GeoTransform", grid.geotransform), ("DstGeoTransform", grid.geotransform), ("DstInvGeoTransform", inverse),
    ):  # fmt: skip
        told = ",".join(repr(number) for number in numbers)
        text = re.sub(f"<{tag}>[^<]*</{tag}>", f"<{tag}>{told}</{tag}>", text)
    ratio = math.sqrt(math.prod(pixel_size_m(source)) / math.prod(pixel_size_m(grid)))
    scales = "".join(f'<Option name="{axis}SCALE">{ratio!r}</Option>' for axis in "XY")
    return open_dataset(text.replace("<GDALWarpOptions>", f"<GDALWarpOptions>{scales}"))


def move_raster(raster: RasterInfo, by_x: float, by_y: float, grid: Grid) -> RasterInfo:
    """Return the raster moved by a distance in the CRS of *grid*, as it is at the centre of *grid*; nothing is copied.

    Raises RasterError when GDAL can't build the virtual raster.
    """
    corners = grid.outline()
    x, y = sum(corner[0] for corner in corners) / 4, sum(corner[1] for corner in corners) / 4
    here, there = to_crs([(x, y), (x + by_x, y + by_y)], grid.crs_wkt, raster.grid.crs_wkt)
    x0, dx, rx, y0, ry, dy = raster.grid.geotransform
    source = open_dataset(raster.path)
    with gdal_errors(RasterError, f"{raster.name} can't be moved"):
        virtual = gdal.Translate("", source, format="VRT", outputSRS=raster.grid.crs_wkt)
        if virtual is not None:
            virtual.SetGeoTransform((x0 + there[0] - here[0], dx, rx, y0 + there[1] - here[1], ry, dy))
    return _described_as(raster, virtual, raster.grid.crs_wkt)


def _meets(first: Grid, second: Grid) -> bool:
    """Return True when the outlines of two grids overlap, as boxes in the CRS of the second."""
    points = to_crs(first.outline(), first.crs_wkt, second.crs_wkt)
    if not all(math.isfinite(value) for point in points for value in point):
        return False
    return all(
        min(point[axis] for point in points) < max(point[axis] for point in second.outline())
        and max(point[axis] for point in points) > min(point[axis] for point in second.outline())
        for axis in (0, 1)
    )


def _same_grid(first: Grid, second: Grid) -> bool:
    if (first.width, first.height) != (second.width, second.height) or not same_crs(first.crs_wkt, second.crs_wkt):
        return False
    pixel = max(abs(second.geotransform[1]), abs(second.geotransform[5]))
    return all(abs(a - b) < 1e-6 * pixel for a, b in zip(first.geotransform, second.geotransform))


def _described_as(raster: RasterInfo, virtual: gdal.Dataset | None, crs_wkt: str) -> RasterInfo:
    if virtual is None:
        raise RasterError(f"{raster.name} can't be resampled: GDAL gave no virtual raster.")
    for band in raster.bands:
        virtual.GetRasterBand(band.number).SetDescription(band.name)
    virtual.FlushCache()
    info = describe_raster(virtual.GetMetadata("xml:VRT")[0], crs_wkt)
    # what is known of each band beyond the file (product, sensor) stays known; blocks are those of the virtual raster
    kept = tuple(replace(old, block=new.block, nodata=new.nodata) for old, new in zip(raster.bands, info.bands))
    return replace(raster, path=info.path, grid=info.grid, bands=kept + info.bands[len(kept) :])
