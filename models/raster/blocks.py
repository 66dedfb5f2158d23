"""The order in which a raster is gone through when nothing has to be kept between windows."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .grid import Grid, Window
from .sink import BLOCK_PX

_SMALLEST_EDGE_PX = 64


def block_windows(grid: Grid, edge_px: int = BLOCK_PX) -> Iterator[Window]:
    """Yield windows of at most *edge_px*, which divides a block of our GeoTIFFs; block by block.

    So only one block of a result is open at a time, however wide the raster is.
    """
    for y in range(0, grid.height, BLOCK_PX):
        for x in range(0, grid.width, BLOCK_PX):
            block = Window(x, y, BLOCK_PX, BLOCK_PX).intersection(grid.window)
            for row in range(block.y, block.bottom, edge_px):
                for column in range(block.x, block.right, edge_px):
                    yield Window(column, row, edge_px, edge_px).intersection(block)


def count_windows(grid: Grid, edge_px: int = BLOCK_PX) -> int:
    """Return how many windows `block_windows` yields."""
    return sum(1 for _ in block_windows(grid, edge_px))


def edge_for(bytes_per_pixel: int, budget_bytes: int) -> int:
    """Return the edge of square windows that take about *budget_bytes*: a block's edge, or a half, a quarter of it."""
    fitting = math.isqrt(max(1, budget_bytes // max(1, bytes_per_pixel)))
    edge = BLOCK_PX
    while edge > max(fitting, _SMALLEST_EDGE_PX):
        edge //= 2
    return edge


def grow(window: Window, px: int, limit: Window) -> Window:
    """Return *window* with *px* more on each side, cut to *limit*."""
    return Window(window.x - px, window.y - px, window.width + 2 * px, window.height + 2 * px).intersection(limit)
