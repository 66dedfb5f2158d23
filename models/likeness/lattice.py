"""The windows in which an image is compared with the training: on a lattice of its own, whatever the tiles are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..raster.grid import Grid, Window

Place = tuple[int, int]
"""column and row of a window in the lattice"""
_ENOUGH = 120
"""windows that say with an error of 3 % which share of an image is odd"""
_GOLDEN = 0.618
"""rows are moved against each other by this share of the step, which spreads windows evenly"""


@dataclass(frozen=True)
class Lattice:
    """Windows side by side that cover *target*, from its upper left; those at the right and bottom may be cut."""

    target: Window
    """in pixels of the grid on which the network runs"""
    window_px: int

    @property
    def columns(self) -> int:
        """Number of windows side by side."""
        return -(-self.target.width // self.window_px)

    @property
    def rows(self) -> int:
        """Number of windows one above the other."""
        return -(-self.target.height // self.window_px)

    @property
    def largest(self) -> tuple[int, int]:
        """Width and height of the largest window, px: those of the target where it is smaller."""
        return min(self.window_px, self.target.width), min(self.window_px, self.target.height)

    def places(self) -> Iterator[Place]:
        """Yield all windows, row by row."""
        return ((column, row) for row in range(self.rows) for column in range(self.columns))

    def window(self, place: Place) -> Window:
        """Return the pixels of a window, cut to the target."""
        x, y = self.target.x + place[0] * self.window_px, self.target.y + place[1] * self.window_px
        return Window(x, y, self.window_px, self.window_px).intersection(self.target)

    def centred_in(self, core: Window) -> Iterator[Place]:
        """Yield the windows whose middle pixel lies in *core*: each in just one of the cores that cover the target."""
        part = core.intersection(self.target)
        if part.empty:
            return
        size = self.window_px
        for row in range((part.y - self.target.y) // size, (part.bottom - 1 - self.target.y) // size + 1):
            for column in range((part.x - self.target.x) // size, (part.right - 1 - self.target.x) // size + 1):
                window = self.window((column, row))
                x, y = window.x + window.width // 2, window.y + window.height // 2
                if part.x <= x < part.right and part.y <= y < part.bottom:
                    yield column, row

    def grid(self, grid: Grid) -> Grid:
        """Return the grid with one pixel a window; *grid* is that on which the network runs."""
        x0, dx, rx, y0, ry, dy = grid.crop(self.target).geotransform
        size = self.window_px
        return Grid(self.columns, self.rows, (x0, dx * size, rx * size, y0, ry * size, dy * size), grid.crs_wkt)


@dataclass(frozen=True)
class Sample:
    """Every so many-th window, spread evenly, without a list of them: images may have millions."""

    lattice: Lattice
    step: int

    @staticmethod
    def of(lattice: Lattice, windows: int) -> Sample:
        """Return a sample that is enough where *windows* of the lattice count."""
        return Sample(lattice, max(1, round(windows / _ENOUGH)))

    def __contains__(self, place: Place) -> bool:
        return place[0] % self.step == self._first(place[1])

    def places(self) -> Iterator[Place]:
        """Yield the windows, row by row."""
        for row in range(self.lattice.rows):
            for column in range(self._first(row), self.lattice.columns, self.step):
                yield column, row

    def _first(self, row: int) -> int:
        return (self.step // 2 + row * round(_GOLDEN * self.step)) % self.step
