"""Arithmetic of grids, windows and tiles: pure numbers, no files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import RasterError, SettingsError

GeoTransform = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels: left column, top row, width and height, all in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column to the right of the window."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row below the window."""
        return self.y + self.height

    def intersection(self, other: Window) -> Window:
        """Return what both windows cover; width or height is 0 when they don't meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width, height = min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        return Window(x, y, max(0, width), max(0, height))

    def slices(self, have: Window) -> tuple[slice, slice]:
        """Return rows and columns of this window in an array whose last two axes cover *have*."""
        return slice(self.y - have.y, self.bottom - have.y), slice(self.x - have.x, self.right - have.x)

    @property
    def empty(self) -> bool:
        """True when the window holds no pixel."""
        return self.width <= 0 or self.height <= 0


@dataclass(frozen=True)
class Grid:
    """Where the pixels of a raster lie: size in pixels, GDAL geotransform, CRS as WKT."""

    width: int
    height: int
    geotransform: GeoTransform
    crs_wkt: str

    @property
    def window(self) -> Window:
        """All pixels."""
        return Window(0, 0, self.width, self.height)

    def crop(self, window: Window) -> Grid:
        """Return the grid of a window: same pixels, origin moved by whole pixels."""
        x0, dx, rx, y0, ry, dy = self.geotransform
        origin_x = x0 + window.x * dx + window.y * rx
        origin_y = y0 + window.x * ry + window.y * dy
        return Grid(window.width, window.height, (origin_x, dx, rx, origin_y, ry, dy), self.crs_wkt)

    def outline(self) -> list[tuple[float, float]]:
        """Return the map coordinates of the four corners."""
        x0, dx, rx, y0, ry, dy = self.geotransform
        places = ((0, 0), (self.width, 0), (self.width, self.height), (0, self.height))
        return [(x0 + column * dx + row * rx, y0 + column * ry + row * dy) for column, row in places]

    def to_pixel(self, x: float, y: float) -> tuple[float, float]:
        """Return the (column, row) of map coordinates; whole numbers are pixel corners."""
        x0, dx, rx, y0, ry, dy = self.geotransform
        determinant = dx * dy - rx * ry
        return ((x - x0) * dy - (y - y0) * rx) / determinant, ((y - y0) * dx - (x - x0) * ry) / determinant

    def window_of(self, corners: list[tuple[float, float]]) -> Window:
        """Return the smallest window that covers the polygon of map coordinates *corners*, cut to the raster.

        Raises RasterError when the polygon lies outside the raster or covers nothing.
        """
        pixels = [self.to_pixel(x, y) for x, y in corners]
        columns, rows = [column for column, _ in pixels], [row for _, row in pixels]
        # coordinates typed or computed to meet a pixel edge may miss it by rounding
        tolerance = 1e-6
        left, top = math.floor(min(columns) + tolerance), math.floor(min(rows) + tolerance)
        right, bottom = math.ceil(max(columns) - tolerance), math.ceil(max(rows) - tolerance)
        window = Window(left, top, right - left, bottom - top).intersection(self.window)
        if window.empty:
            here = self.outline()
            raise RasterError(
                f"EXTENT lies at {_span(corners)}; the raster at {_span(here)} in its CRS. Choose an extent that "
                "overlaps the raster, and say its CRS if that is another one, as in 9.1,9.2,45.4,45.5 [EPSG:4326]."
            )
        return window


def _span(points: list[tuple[float, float]]) -> str:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return f"x {min(xs):.8g} to {max(xs):.8g}, y {min(ys):.8g} to {max(ys):.8g}"


@dataclass(frozen=True)
class Tile:
    """One run of the network: the pixels it reads and the pixels of the result that are its own.

    ``read`` may reach beyond the raster at the right and bottom; cores of all tiles cover the target exactly once.
    """

    read: Window
    core: Window
    column: int
    row: int


@dataclass(frozen=True)
class Axis:
    """The tiles along one axis: where each starts to read, and the cuts between cores."""

    starts: tuple[int, ...]
    cuts: tuple[int, ...]
    """len(starts) + 1 positions; core i is from cuts[i] to cuts[i + 1]"""


@dataclass(frozen=True)
class Tiling:
    """A plan that covers *target* with tiles of one size."""

    target: Window
    tile_width: int
    tile_height: int
    overlap: int
    columns: Axis
    rows: Axis

    def __len__(self) -> int:
        return len(self.columns.starts) * len(self.rows.starts)

    def tiles(self, swath: int | None = None) -> Iterator[Tile]:
        """Yield every tile, row by row inside swaths of *swath* tile columns (None: all columns).

        Swaths keep what has to stay in the read cache as narrow as the swath, however wide the raster is.
        """
        count = len(self.columns.starts)
        step = swath or count
        for first in range(0, count, step):
            for row in range(len(self.rows.starts)):
                for column in range(first, min(first + step, count)):
                    yield self.tile(column, row)

    def tile(self, column: int, row: int) -> Tile:
        """Return the tile at a place of the plan."""
        left, right = self.columns.cuts[column], self.columns.cuts[column + 1]
        top, bottom = self.rows.cuts[row], self.rows.cuts[row + 1]
        return Tile(
            read=Window(self.columns.starts[column], self.rows.starts[row], self.tile_width, self.tile_height),
            core=Window(left, top, right - left, bottom - top),
            column=column,
            row=row,
        )


def plan_tiles(target: Window, raster: Window, tile_width: int, tile_height: int, overlap: int) -> Tiling:
    """Cover *target* with tiles whose cores keep *overlap* pixels from every tile edge inside the raster.

    At the raster's own left and top edge a tile starts exactly there, so that the network pads as it did in training;
    at the right and bottom the last tile may reach beyond the raster. All tiles start a whole number of strides from
    the first one: with a stride divisible by the network's pooling, tiled and whole-image inference agree.
    Raises SettingsError when the overlap leaves no core.
    """
    for size, name in ((tile_width, "width"), (tile_height, "height")):
        if overlap < 0 or 2 * overlap >= size:
            raise SettingsError(
                f"OVERLAP is {overlap} px for a tile {name} of {size} px; expected 0 to {(size - 1) // 2} px, so that "
                "a part of the tile remains. Choose a smaller overlap or a larger TILE_SIZE."
            )
    columns = _plan_axis(target.x, target.right, raster.x, raster.right, tile_width, overlap)
    rows = _plan_axis(target.y, target.bottom, raster.y, raster.bottom, tile_height, overlap)
    return Tiling(target, tile_width, tile_height, overlap, columns, rows)


def _plan_axis(start: int, stop: int, raster_start: int, raster_stop: int, tile: int, overlap: int) -> Axis:
    stride = tile - 2 * overlap
    first = max(raster_start, start - overlap)
    # a target that ends inside the raster needs its halo there too
    needed = min(stop + overlap, raster_stop)
    count = 1 if first + tile >= needed else 1 + math.ceil((needed - first - tile) / stride)
    starts = tuple(first + index * stride for index in range(count))
    inner = tuple(begin + overlap for begin in starts[1:])
    return Axis(starts, (start, *inner, stop))
