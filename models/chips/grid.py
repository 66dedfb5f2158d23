"""Chips on a regular grid: the cells that a raster is divided into, and the pixels that the network sees for each.

A cell is STRIDE pixels wide and high; cells start at the upper left corner of what is to be classified and cover it
exactly once, those at the right and bottom edge perhaps cut. The chip of a cell has the network's size and lies around
the middle of the cell, moved inside of the raster where it would stick out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..raster.grid import Grid, Tile, Window

_ROUNDING_PX = 1e-6


@dataclass(frozen=True)
class Chip:
    """One look of the network: ``tile.read`` are the pixels that it sees, ``tile.core`` those that it speaks for."""

    tile: Tile
    number: int
    """place in the order of the run, from 0"""
    owners: tuple[tuple[int, float], ...] = ()
    """zones that it counts for, with its weight in each; empty when it stands for its own cell"""


@dataclass(frozen=True)
class ChipGrid:
    """Cells over *target* and a chip for each. All sizes in pixels of the grid that the network runs on."""

    target: Window
    """what is to be classified; inside of *raster*"""
    raster: Window
    width: int
    height: int
    """size of a chip"""
    stride_x: int
    stride_y: int
    """size of a cell"""

    @property
    def columns(self) -> int:
        """Number of cells side by side."""
        return -(-self.target.width // self.stride_x)

    @property
    def rows(self) -> int:
        """Number of cells one above the other."""
        return -(-self.target.height // self.stride_y)

    def __len__(self) -> int:
        return self.columns * self.rows

    def cell(self, column: int, row: int) -> Window:
        """Return the pixels of a cell, cut to the target."""
        whole = Window(
            self.target.x + column * self.stride_x, self.target.y + row * self.stride_y, self.stride_x, self.stride_y
        )
        return whole.intersection(self.target)

    def around(self, x: float, y: float) -> Window:
        """Return the chip around a place (column, row in pixels; whole numbers are corners), moved inside the raster.

        A raster that is smaller than a chip is at the chip's upper left.
        """
        return Window(
            _start(x, self.width, self.raster.width),
            _start(y, self.height, self.raster.height),
            self.width,
            self.height,
        )

    def chip(self, column: int, row: int) -> Chip:
        """Return the chip of a cell. It speaks for what it sees of it: all, unless cells are larger than chips."""
        cell = self.cell(column, row)
        read = self.around(cell.x + cell.width / 2, cell.y + cell.height / 2)
        return Chip(Tile(read, cell.intersection(read), column, row), row * self.columns + column)

    def chips(self) -> Iterator[Chip]:
        """Yield all chips, row by row."""
        for row in range(self.rows):
            for column in range(self.columns):
                yield self.chip(column, row)

    def cut_cells(self) -> tuple[int, int]:
        """Return width of the cells in the last column and height of those in the last row, px."""
        last = self.cell(self.columns - 1, self.rows - 1)
        return last.width, last.height

    def coarse(self, grid: Grid) -> Grid:
        """Return the grid of a raster with a pixel for each cell; *grid* is that of the raster."""
        x0, dx, rx, y0, ry, dy = grid.crop(self.target).geotransform
        across, down = self.stride_x, self.stride_y
        transform = (x0, dx * across, rx * down, y0, ry * across, dy * down)
        return Grid(self.columns, self.rows, transform, grid.crs_wkt)


def _start(centre: float, size: int, available: int) -> int:
    """Return where a chip starts along an axis, so that its middle is as near to *centre* as it can be."""
    # of two that are equally near the first, however coordinates were rounded
    wanted = math.ceil(centre - size / 2 - 0.5 - _ROUNDING_PX)
    return max(0, min(wanted, available - size))


def describe_edges(chips: ChipGrid) -> str:
    """Return one sentence about chips and cells that do not fit the raster; empty where all do."""
    raster = chips.raster
    if chips.width > raster.width or chips.height > raster.height:
        return (
            f"The raster has {raster.width} × {raster.height} px, less than a chip of {chips.width} × {chips.height} "
            "px: what lacks is filled by mirroring it."
        )
    width, height = chips.cut_cells()
    if (width, height) == (chips.stride_x, chips.stride_y):
        return ""
    return (
        f"{chips.target.width} × {chips.target.height} px are no multiple of {chips.stride_x} × {chips.stride_y} px: "
        f"the cells of the last column are {width} px wide, those of the last row {height} px high; their chips are "
        "whole ones, moved inside the raster."
    )
