"""Polygons that get a class each: where their chips lie, and their own attributes for the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import ogr

from ..errors import RasterError
from ..raster.gdal_errors import short_name
from ..raster.grid import Grid, Tile, Window
from ..raster.polygon_source import (
    intersect,
    open_polygon_layer,
    polygon_of,
    read_shapes,
    require_meeting,
    require_polygons,
)
from .fields import RESERVED, FieldNames
from .grid import Chip, ChipGrid

PARAMETER = "ZONES"
_SLIVER = 1e-6
"""share of a zone or cell that only comes from the rounding of coordinates"""
_KINDS: dict[int, type] = {
    ogr.OFTInteger: int, ogr.OFTInteger64: np.int64, ogr.OFTReal: float, ogr.OFTString: str,
    ogr.OFTDate: date, ogr.OFTTime: time, ogr.OFTDateTime: datetime,
}  # fmt: skip


@dataclass(frozen=True)
class ZoneLayer:
    """A polygon layer, as its attributes go into the result."""

    path: str
    layer: str
    crs_wkt: str
    fields: dict[str, type]
    """names in the result → types; date, time and datetime come as text that GDAL reads"""
    sources: tuple[int, ...]
    """number of each in the layer"""
    is_3d: bool
    renamed: dict[str, str]
    """original → new name of fields that are called as one of ours, or too long for the result's format"""

    def rows(self) -> Iterator[tuple[bytes | None, tuple[Any, ...]]]:
        """Yield each feature, in the order of the layer: its polygons as WKB of a multipolygon, and its attributes."""
        dataset, layer = open_polygon_layer(self.path, self.layer, PARAMETER)
        kinds = tuple(self.fields.values())
        for feature in layer:
            yield (
                _multipolygon(feature.GetGeometryRef()),
                tuple(
                    None if not feature.IsFieldSetAndNotNull(index) else _value(feature, index, kind)
                    for index, kind in zip(self.sources, kinds)
                ),
            )
        del layer, dataset


def _value(feature: ogr.Feature, index: int, kind: type) -> Any:
    # lists and binary values become the text that GDAL makes of them
    return feature.GetField(index) if kind in (int, np.int64, float) else feature.GetFieldAsString(index)


def _multipolygon(geometry: ogr.Geometry | None) -> bytes | None:
    if geometry is None or geometry.GetDimension() != 2:
        return None
    linear = geometry.GetLinearGeometry() if geometry.HasCurveGeometry() else geometry.Clone()
    return bytes(ogr.ForceToMultiPolygon(linear).ExportToIsoWkb())


def open_zones(path: str, layer: str, own_fields: tuple[str, ...], longest: int | None = None) -> ZoneLayer:
    """Return what a polygon layer holds; *own_fields* are the names that the result uses itself.

    *longest* is how many bytes (UTF-8) the result's format allows for a name; None: enough for any.

    Raises RasterError when it can't be opened or has no CRS.
    """
    dataset, found = open_polygon_layer(path, layer, PARAMETER)
    definition = found.GetLayerDefn()
    names = FieldNames((*RESERVED, *own_fields), longest)
    ending = "_zone" if longest is None else "_z"
    fields: dict[str, type] = {}
    renamed: dict[str, str] = {}
    for index in range(definition.GetFieldCount()):
        field = definition.GetFieldDefn(index)
        name = field.GetName()
        given = names.add(name, exactly=True, ending=ending)
        if given != name:
            renamed[name] = given
        fields[given] = _KINDS.get(field.GetType(), str)
    zones = ZoneLayer(
        path=path,
        layer=layer,
        crs_wkt=found.GetSpatialRef().ExportToWkt(),
        fields=fields,
        sources=tuple(range(definition.GetFieldCount())),
        is_3d=bool(ogr.GT_HasZ(found.GetGeomType())),
        renamed=renamed,
    )
    del found, dataset
    return zones


@dataclass(frozen=True)
class ZonePlaces:
    """Where zones lie on a grid, in pixels."""

    boxes: NDArray[np.float64]
    """left, top, right, bottom of each (zone, 4); NaN for what is no polygon in the raster's CRS"""
    centres: NDArray[np.float64]
    """column and row of each centroid (zone, 2); NaN likewise"""
    shapes: tuple[bytes | None, ...]
    """WKB in the grid's CRS; empty when only centres are needed"""

    def __len__(self) -> int:
        return len(self.boxes)

    def meeting(self, window: Window) -> NDArray[np.bool_]:
        """Return which zones have a box that shares an area with *window*."""
        left, top, right, bottom = self.boxes.T
        with np.errstate(invalid="ignore"):
            return (left < window.right) & (right > window.x) & (top < window.bottom) & (bottom > window.y)

    def centred_in(self, window: Window) -> NDArray[np.bool_]:
        """Return which zones have their centroid in *window*."""
        x, y = self.centres.T
        with np.errstate(invalid="ignore"):
            return (x >= window.x) & (x < window.right) & (y >= window.y) & (y < window.bottom)


def place_zones(zones: ZoneLayer, grid: Grid, *, keep_shapes: bool) -> ZonePlaces:
    """Return where the zones lie on a grid; raise RasterError when there are none, or none meets the raster."""
    boxes, centres, shapes = [], [], []
    extent = [np.inf, -np.inf, np.inf, -np.inf]
    for shape in read_shapes(zones.path, zones.layer, PARAMETER, grid.crs_wkt):
        if keep_shapes:
            shapes.append(None if shape is None else bytes(shape.ExportToWkb()))
        if shape is None:
            boxes.append((np.nan,) * 4)
            centres.append((np.nan, np.nan))
            continue
        left, right, bottom, top = shape.GetEnvelope()
        extent = [min(extent[0], left), max(extent[1], right), min(extent[2], bottom), max(extent[3], top)]
        corners = [grid.to_pixel(x, y) for x in (left, right) for y in (bottom, top)]
        columns, rows = [column for column, _ in corners], [row for _, row in corners]
        boxes.append((min(columns), min(rows), max(columns), max(rows)))
        centre = shape.Centroid()
        centres.append(grid.to_pixel(centre.GetX(), centre.GetY()))
    require_polygons(int(np.isfinite([box[0] for box in boxes]).sum()), zones.path, PARAMETER)
    places = ZonePlaces(np.array(boxes, np.float64), np.array(centres, np.float64), tuple(shapes))
    left, right, bottom, top = extent
    require_meeting((left, right, bottom, top), grid.outline(), bool(places.meeting(grid.window).any()), PARAMETER)
    return places


def centre_chips(places: ZonePlaces, chips: ChipGrid) -> Iterator[Chip]:
    """Yield the chip around the centroid of each zone whose centroid lies in what is to be classified."""
    for number, zone in enumerate(np.flatnonzero(places.centred_in(chips.target))):
        x, y = places.centres[zone]
        read = chips.around(float(x), float(y))
        yield Chip(Tile(read, read.intersection(chips.raster), 0, number), number, ((int(zone), 1.0),))


def average_chips(places: ZonePlaces, chips: ChipGrid, grid: Grid) -> Iterator[Chip]:
    """Yield, row by row, the chips of all cells that share an area with a zone, weighted by that area.

    Areas are those in the raster's CRS. ``Chip.number`` is the cell's place in the whole grid.
    """
    for row in range(chips.rows):
        first, last = chips.cell(0, row), chips.cell(chips.columns - 1, row)
        strip = Window(first.x, first.y, last.right - first.x, first.height)
        owners: dict[int, list[tuple[int, float]]] = {}
        outlines: dict[int, ogr.Geometry] = {}  # of the cells of this row, since zones share them
        for zone in np.flatnonzero(places.meeting(strip)):
            for column, area in _areas_in_row(places, int(zone), chips, row, grid, outlines):
                owners.setdefault(column, []).append((int(zone), area))
        for column in sorted(owners):
            chip = chips.chip(column, row)
            yield Chip(chip.tile, chip.number, tuple(owners[column]))


def _areas_in_row(
    places: ZonePlaces, zone: int, chips: ChipGrid, row: int, grid: Grid, outlines: dict[int, ogr.Geometry]
) -> Iterator[tuple[int, float]]:
    """Yield the columns of a row of cells that a zone meets, with the area that they share, in map units²."""
    left, _, right, _ = places.boxes[zone]
    first = max(0, int((left - chips.target.x) // chips.stride_x))
    last = min(chips.columns - 1, int((right - chips.target.x) // chips.stride_x))
    for column in range(first, last + 1):
        if column not in outlines:
            outlines[column] = polygon_of(grid.crop(chips.cell(column, row)).outline())
    shape = ogr.CreateGeometryFromWkb(places.shapes[zone])
    least = _SLIVER * min(outlines[first].Area(), shape.Area())
    piece = shape
    if last > first:  # the part of a large zone in this row, once for all its cells
        begin, end = chips.cell(first, row), chips.cell(last, row)
        strip = Window(begin.x, begin.y, end.right - begin.x, begin.height)
        piece = intersect(shape, polygon_of(grid.crop(strip).outline()))
    for column in range(first, last + 1):
        cell = intersect(piece, outlines[column])
        area = cell.Area() if cell.GetDimension() == 2 else 0.0
        if area > least:
            yield column, float(area)


def last_rows(places: ZonePlaces, chips: ChipGrid) -> NDArray[np.int64]:
    """Return the last row of cells that may count for each zone; -1 for zones of which none does."""
    bottoms = np.where(places.meeting(chips.target), places.boxes[:, 3], -np.inf)
    rows = np.ceil((bottoms - chips.target.y) / chips.stride_y) - 1
    return np.where(np.isfinite(rows), np.clip(rows, 0, chips.rows - 1), -1).astype(np.int64)


def describe_outside(zones: ZoneLayer, places: ZonePlaces, inside: NDArray[np.bool_], mode: str) -> str:
    """Return one sentence about zones that get no chip because of where they lie; empty where all get one."""
    count = int((~inside).sum())
    if count == 0:
        return ""
    why = "have their centre outside of" if mode == "centre" else "do not meet"
    return (
        f"{count} of {len(places)} zones of {short_name(zones.path)} {why} the raster (or EXTENT), or are no polygons: "
        "they get no class."
    )


def require_some(inside: NDArray[np.bool_]) -> None:
    """Raise RasterError when no zone gets a chip at all."""
    if not inside.any():
        raise RasterError(
            "No zone has its centre in the raster (and in EXTENT): choose others, or ZONE_MODE=average, which takes "
            "whatever part of a zone lies there."
        )
