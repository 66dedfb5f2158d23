"""What becomes of the results of chips: polygons of the grid's cells with a coarse raster, or zones with classes."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..card.colors import default_color
from ..raster.grid import Grid, Window
from ..raster.polygon_file import PolygonSink, Row
from ..raster.sink import GeoTiffSink, SinkSpec
from .fields import HeadFields
from .grid import ChipGrid
from .plan import ChipPlan
from .run import ChipResult, split_heads
from .zones import ZoneLayer

CHIPS_FIELD = "chips"
_MOST_BYTE_CLASSES = 250


def attributes(plan: ChipPlan, fields: Sequence[HeadFields], scores: Any, spread: Any) -> tuple[Any, ...]:
    """Return the attributes of a polygon, head by head; None for each without *scores*."""
    if scores is None:
        return tuple(value for item in fields for value in item.nothing())
    spreads = [None] * len(fields) if spread is None else split_heads(plan, spread)
    parts = zip(fields, split_heads(plan, scores), spreads)
    return tuple(value for item, told, varied in parts for value in item.values(told, varied))


@dataclass
class GridWriter:
    """Writes a polygon for each chip with a result, and its class into the coarse raster."""

    plan: ChipPlan
    fields: Sequence[HeadFields]
    sink: PolygonSink
    coarse: CoarseRaster | None
    written: int = 0

    def take(self, results: Sequence[ChipResult]) -> None:
        """Write the results of a batch."""
        self.sink.write(self._rows(results))

    def _rows(self, results: Sequence[ChipResult]) -> Iterator[Row]:
        grid = self.plan.prepared.raster.grid
        for result in results:
            told = attributes(self.plan, self.fields, result.scores, result.spread)
            if self.coarse is not None:
                self.coarse.put(result.chip.tile.column, result.chip.tile.row, told[0])
            if result.scores is not None:
                self.written += 1
                yield cell_wkb(grid, result.chip.tile.core), told


def cell_wkb(grid: Grid, window: Window) -> bytes:
    """Return a window of pixels as a polygon in map coordinates, counter-clockwise (little-endian WKB)."""
    corners = grid.crop(window).outline()
    _, dx, rx, _, ry, dy = grid.geotransform
    if dx * dy - rx * ry < 0:
        corners.reverse()
    closed = [*corners, corners[0]]
    return struct.pack("<BIII10d", 1, 3, 1, 5, *(number for corner in closed for number in corner))


@dataclass
class CoarseRaster:
    """A class raster with a pixel for each cell, filled row by row."""

    path: str
    grid: Grid
    known: Mapping[int, str]
    """colours of the classes; empty when nothing lists them"""
    sink: GeoTiffSink
    dtype: str
    counts: dict[int, int] = field(default_factory=dict)
    """pixels of each class value so far"""
    _row: NDArray[Any] | None = None

    def put(self, column: int, row: int, value: int | None) -> None:
        """Take the class of a cell, in the order of the grid; None: no class."""
        nodata = np.iinfo(self.dtype).max
        if self._row is None:
            self._row = np.full((1, 1, self.grid.width), nodata, self.dtype)
        if value is not None:
            self._row[0, 0, column] = value
            self.counts[value] = self.counts.get(value, 0) + 1
        if column == self.grid.width - 1:
            self.sink.write(Window(0, row, self.grid.width, 1), self._row)
            self._row = None


def open_coarse(
    path: str, chips: ChipGrid, raster: Grid, head: HeadFields, compress: str, metadata: Mapping[str, str]
) -> CoarseRaster:
    """Create the raster of a grid's cells; raise OutputError when that fails."""
    known = {spec.value: spec.color for spec in head.head.classes}
    is_small = bool(known) and len(known) <= _MOST_BYTE_CLASSES and max(known) < 255
    dtype = "uint8" if is_small else "uint16"
    colors = known or {value: default_color(value) for value in range(256)}
    spec = SinkSpec(dtype, float(np.iinfo(dtype).max), ("class",), colors=colors)
    grid = chips.coarse(raster)
    return CoarseRaster(path, grid, known, GeoTiffSink(path, grid, spec, compress=compress, metadata=metadata), dtype)


@dataclass
class _Sum:
    """What the chips of a zone say so far, weighted."""

    scores: NDArray[np.float64]
    spread: NDArray[np.float64]
    weight: float = 0.0
    chips: int = 0


@dataclass
class ZoneWriter:
    """Averages the chips of each zone, and writes all zones at the end. Holds the attributes of the finished ones."""

    plan: ChipPlan
    fields: Sequence[HeadFields]
    last_rows: NDArray[np.int64]
    """by zone: after which row of chips it is finished"""
    written: int = 0
    """zones with a class"""
    _open: dict[int, _Sum] = field(default_factory=dict)
    _finished: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    def take(self, results: Sequence[ChipResult]) -> None:
        """Add the results of a batch to their zones."""
        for result in results:
            if result.scores is not None:
                for zone, weight in result.chip.owners:
                    self._add(zone, weight, result)
        row = results[-1].chip.tile.row
        for zone in [zone for zone in self._open if self.last_rows[zone] < row]:
            self._finish(zone)

    def _add(self, zone: int, weight: float, result: ChipResult) -> None:
        scores = np.asarray(result.scores, np.float64)
        found = self._open.setdefault(zone, _Sum(np.zeros_like(scores), np.zeros_like(scores)))
        found.scores += weight * scores
        if result.spread is not None:
            found.spread += weight * result.spread
        found.weight += weight
        found.chips += 1

    def _finish(self, zone: int) -> None:
        found = self._open.pop(zone)
        scores = (found.scores / found.weight).astype(np.float32)
        spread = (found.spread / found.weight).astype(np.float32)
        self._finished[zone] = (found.chips, *attributes(self.plan, self.fields, scores, spread))
        self.written += 1

    def write(self, zones: ZoneLayer, sink: PolygonSink) -> None:
        """Write every zone with its own attributes and what was found, in the order of the layer."""
        for zone in list(self._open):
            self._finish(zone)
        nothing = (0, *attributes(self.plan, self.fields, None, None))
        sink.write(
            (shape, (*own, *self._finished.get(zone, nothing))) for zone, (shape, own) in enumerate(zones.rows())
        )
