"""What is true, from polygons or points."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from osgeo import gdal, ogr

from ..errors import RasterError
from ..raster.gdal_errors import gdal_errors
from ..raster.grid import Grid, Window
from ..raster.source import spatial_reference
from .class_match import ReferenceClass
from .features import FeatureFile
from .reference import Reference, Samples, count


def open_vector_reference(
    path: str, layer: str, field: str, grid: Grid, target: Window, crs_wkt: str | None = None
) -> Reference:
    """Return the polygons or points of a layer (empty: the first) of *path*, classes as *field* says.

    *target* is the part of the grid that counts; *crs_wkt* is used instead of the layer's own CRS. Raises RasterError
    when the layer can't be read, has no CRS or lies elsewhere, SettingsError when the field is missing or holds no
    classes.
    """
    file = FeatureFile(path, layer, field, crs_wkt)
    return PointReference(file, grid, target) if file.is_points else PolygonReference(file, grid, target)


class PolygonReference:
    """Polygons with a class each: all pixels whose centre lies inside."""

    kind = "polygons"

    def __init__(self, file: FeatureFile, grid: Grid, target: Window) -> None:
        """Read the polygons; raise RasterError when none meets the *target*."""
        self.name = file.name
        self.notes: list[str] = []
        self.left_out: dict[str, int] = {}
        self._labels, self._grid = file.labels, grid
        reference = spatial_reference(grid.crs_wkt)
        self._store = ogr.GetDriverByName("Memory").CreateDataSource("reference")
        self._layer = self._store.CreateLayer("reference", reference, ogr.wkbUnknown)
        self._layer.CreateField(ogr.FieldDefn("code", ogr.OFTInteger))
        unnamed = 0
        for item in file.features(grid.crs_wkt):
            if item.code is None:
                unnamed += 1
                continue
            kept = ogr.Feature(self._layer.GetLayerDefn())
            kept.SetGeometry(item.geometry)
            kept.SetField(0, item.code)
            self._layer.CreateFeature(kept)
        if unnamed:
            self.notes.append(f"{unnamed} polygons of {file.name} have no class in FIELD and were left out.")
        if not self._select(target):
            self._layer.SetSpatialFilter(None)
            raise _elsewhere(file.name, self._layer.GetExtent(), grid.crop(target))

    def _select(self, window: Window) -> set[int]:
        """Filter the polygons that meet a window; return their classes."""
        ring = ogr.Geometry(ogr.wkbLinearRing)
        corners = self._grid.crop(window).outline()
        for x, y in (*corners, corners[0]):
            ring.AddPoint_2D(x, y)
        outline = ogr.Geometry(ogr.wkbPolygon)
        outline.AddGeometry(ring)
        self._layer.SetAttributeFilter(None)
        self._layer.SetSpatialFilter(outline)
        self._layer.ResetReading()
        return {feature.GetFieldAsInteger(0) for feature in self._layer}

    def samples(self, window: Window) -> Samples:
        """Return the pixels in polygons of one class; those in polygons of several are left out."""
        labels = np.full(window.width * window.height, -1, np.int64)
        covers = np.zeros(labels.shape, np.uint16)
        for code in sorted(self._select(window)):
            self._layer.SetAttributeFilter(f"code = {code}")
            target = gdal.GetDriverByName("MEM").Create("", window.width, window.height, 1, gdal.GDT_Byte)
            target.SetGeoTransform(self._grid.crop(window).geotransform)
            target.SetProjection(self._grid.crs_wkt)
            with gdal_errors(RasterError, f"the polygons of {self.name} can't be burnt"):
                gdal.RasterizeLayer(target, [1], self._layer, burn_values=[1])
            inside = target.GetRasterBand(1).ReadAsArray(0, 0, window.width, window.height).ravel() != 0
            labels[inside] = code
            covers += inside
        count(self.left_out, "in polygons of several classes", int((covers > 1).sum()))
        places = np.flatnonzero(covers == 1)
        return places, labels[places]

    def classes(self, codes: list[int]) -> dict[int, ReferenceClass]:
        """Return what FIELD says."""
        return self._labels.classes(codes)


class PointReference:
    """Points with a class each: the pixel that holds the point. Several points in a pixel are several samples."""

    kind = "points"

    def __init__(self, file: FeatureFile, grid: Grid, target: Window) -> None:
        """Read the points; those outside of *target* are left out. Raises RasterError when none is inside."""
        self.name = file.name
        self.notes: list[str] = []
        self.left_out: dict[str, int] = {}
        self._labels = file.labels
        places, codes, extent = [], [], []
        for item in file.features(grid.crs_wkt):
            for x, y in _points(item.geometry):
                extent.append((x, y))
                column, row = grid.to_pixel(x, y)
                is_inside = target.x <= column < target.right and target.y <= row < target.bottom
                if item.code is None:
                    count(self.left_out, "points without a class in FIELD", 1)
                elif not is_inside:
                    count(self.left_out, "points outside the map", 1)
                else:
                    places.append((math.floor(row), math.floor(column)))
                    codes.append(item.code)
        if not places:
            xs, ys = zip(*extent) if extent else ((math.nan,), (math.nan,))
            raise _elsewhere(file.name, (min(xs), max(xs), min(ys), max(ys)), grid.crop(target))
        self._rows, self._columns = np.array(places, np.int64).T
        self._codes = np.array(codes, np.int64)
        twice = len(places) - len(set(places))
        if twice:
            self.notes.append(f"{twice} points lie in a pixel with another point; each is a sample of its own.")

    def samples(self, window: Window) -> Samples:
        """Return the points in the window."""
        rows, columns = self._rows - window.y, self._columns - window.x
        inside = (rows >= 0) & (rows < window.height) & (columns >= 0) & (columns < window.width)
        return (rows[inside] * window.width + columns[inside]).astype(np.intp), self._codes[inside]

    def classes(self, codes: list[int]) -> dict[int, ReferenceClass]:
        """Return what FIELD says."""
        return self._labels.classes(codes)


def _points(geometry: ogr.Geometry) -> Iterator[tuple[float, float]]:
    if geometry.GetGeometryCount():
        for index in range(geometry.GetGeometryCount()):
            yield from _points(geometry.GetGeometryRef(index))
    elif not geometry.IsEmpty():
        yield geometry.GetX(), geometry.GetY()


def _elsewhere(name: str, extent: tuple[float, float, float, float], grid: Grid) -> RasterError:
    left, right, bottom, top = extent
    xs, ys = zip(*grid.outline())
    return RasterError(
        f"Nothing of {name} that has a class lies on the map: {name} lies at x {left:.10g} to {right:.10g}, y "
        f"{bottom:.10g} to {top:.10g}, the map at x {min(xs):.10g} to {max(xs):.10g}, y {min(ys):.10g} to "
        f"{max(ys):.10g} in its CRS. Choose another reference, or correct its CRS."
    )
