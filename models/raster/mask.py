"""Polygons as a mask: burnt window by window, never for the whole raster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal, ogr

from ..errors import RasterError
from .gdal_errors import gdal_errors, short_name
from .grid import Grid, Window
from .polygon_source import open_polygon_layer, polygon_of, require_meeting, require_polygons, transform_to
from .source import spatial_reference


class PolygonMask:
    """Polygons on a raster's grid. One mask belongs to one thread."""

    def __init__(self, path: str, layer: str, grid: Grid) -> None:
        """Load the polygons of a layer of *path* (empty: the first) and bring them to the CRS of *grid*.

        Raises RasterError when there are none, when they have no CRS, or when none meets the raster.
        """
        self._grid = grid
        self._reference = spatial_reference(grid.crs_wkt)
        self._store = ogr.GetDriverByName("Memory").CreateDataSource("mask")
        self._layer = self._store.CreateLayer("mask", self._reference, ogr.wkbUnknown)
        name = short_name(path)
        with gdal_errors(RasterError, f"the mask {name} can't be read"):
            self._load(path, layer, name)
        self._select(grid.window)
        meets = self._layer.GetFeatureCount() > 0
        require_meeting(self._layer_extent(), grid.outline(), meets, "MASK")

    def _load(self, path: str, layer_name: str, name: str) -> None:
        dataset, layer = open_polygon_layer(path, layer_name, "MASK")
        transform = transform_to(layer, self._grid.crs_wkt)
        for feature in layer:
            geometry = feature.GetGeometryRef()
            if geometry is None or geometry.GetDimension() != 2:
                continue
            geometry = geometry.Clone()
            if transform is not None and geometry.Transform(transform) != ogr.OGRERR_NONE:
                raise RasterError(f"A polygon of the mask {name} can't be brought to the raster's CRS.")
            burnt = ogr.Feature(self._layer.GetLayerDefn())
            burnt.SetGeometry(geometry)
            self._layer.CreateFeature(burnt)
        require_polygons(self._layer.GetFeatureCount(), path, "MASK")
        del layer, dataset

    def _layer_extent(self) -> tuple[float, float, float, float]:
        self._layer.SetSpatialFilter(None)
        left, right, bottom, top = self._layer.GetExtent()
        return left, right, bottom, top

    def _select(self, window: Window) -> None:
        self._layer.SetSpatialFilter(polygon_of(self._grid.crop(window).outline()))

    def covers(self, window: Window) -> NDArray[np.bool_] | None:
        """Return which pixels of *window* have their centre in a polygon (rows, columns); None when none has."""
        self._select(window)
        if self._layer.GetFeatureCount() == 0:
            return None
        target = gdal.GetDriverByName("MEM").Create("", window.width, window.height, 1, gdal.GDT_Byte)
        target.SetGeoTransform(self._grid.crop(window).geotransform)
        target.SetProjection(self._grid.crs_wkt)
        with gdal_errors(RasterError, "the polygons of MASK can't be burnt"):
            gdal.RasterizeLayer(target, [1], self._layer, burn_values=[1])
        burnt: NDArray[np.bool_] = target.GetRasterBand(1).ReadAsArray(0, 0, window.width, window.height) != 0
        return burnt if burnt.any() else None
