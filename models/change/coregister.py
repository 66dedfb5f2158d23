"""Do two dates lie on each other? Their shift, measured on a few windows, and its correction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..raster.align import align_raster, move_raster
from ..raster.grid import Window
from ..raster.source import RasterInfo
from .phase import PairShift, edges, find_shift
from .windows import PairWindow, pair_bands, read_pairs, shared_area, spread_windows

WARN_PX = 0.5
_WINDOWS_PX = (256, 192, 128)
_SMALLEST_PX = 32
_ACROSS = 3
_LEAST_DATA = 0.9
# unrelated pictures stay below 9, the weakest window of 8 Sentinel-2 pairs has 18
_LEAST_QUALITY = 12.0
# windows that disagree with the median by more have found something else
_AGREES_PX = 1.5


@dataclass(frozen=True)
class Shift:
    """How far AFTER lies from BEFORE, in pixels of BEFORE: the median over windows."""

    dx: float
    """positive: what is in both lies further right in AFTER"""
    dy: float
    """positive: further down"""
    spread: float | None
    """median distance of the windows' own shifts from it, px; None where there is one window only"""
    windows: int
    """number of windows that it comes from"""

    @property
    def length(self) -> float:
        """Its length in pixels."""
        return float(np.hypot(self.dx, self.dy))

    def describe(self) -> str:
        """Return the measurement as words: ``0.42 px to the right and 1.10 px down (± 0.05 px, 9 windows)``."""
        across = f"{abs(self.dx):.2f} px to the {'right' if self.dx >= 0 else 'left'}"
        down = f"{abs(self.dy):.2f} px {'down' if self.dy >= 0 else 'up'}"
        count = f"{self.windows} window{'s' if self.windows > 1 else ''}"
        spread = "" if self.spread is None else f"± {self.spread:.2f} px, "
        return f"{across} and {down} ({spread}{count})"


def measure_shift(before: RasterInfo, after: RasterInfo, part: Window | None = None) -> Shift | None:
    """Return how far *after* is shifted against *before*, whatever the CRS, pixel size and sensor of each.

    Up to nine windows of 256 px (128 px in small scenes) of one band of each are compared, all from *part* (a window of
    *before*; None: all).
    None when no window has data and structure enough in both, or when the windows contradict each other.
    Raises RasterError when the rasters lie in different places or can't be read.
    """
    aligned = align_raster(after, before.grid)
    area = shared_area(before.grid, after.grid)
    if part is not None and not area.intersection(part).empty:
        area = area.intersection(_grown(part, _WINDOWS_PX[0]))
    if min(area.width, area.height) < _SMALLEST_PX:
        return None
    first, second = pair_bands(before, after)
    # as large as lets two lie side by side along each axis: one window alone says nothing of how sure it is
    side = next((size for size in _WINDOWS_PX if 2 * min(area.width, area.height) >= 3 * size), _WINDOWS_PX[-1])
    windows = spread_windows(area, side, _ACROSS)
    found = [_compare(pair) for pair in read_pairs(before, aligned, ((first,), (second,)), windows)]
    return _agree([shift for shift in found if shift is not None])


def _grown(part: Window, size: int) -> Window:
    """Return a window that is at least *size* px wide and high around the same centre."""
    width, height = max(part.width, size), max(part.height, size)
    return Window(part.x - (width - part.width) // 2, part.y - (height - part.height) // 2, width, height)


def _compare(pair: PairWindow) -> PairShift | None:
    if pair.valid.mean() < _LEAST_DATA:
        return None
    first, second = pair.before[0], pair.after[0]
    shift = find_shift(first, second, pair.valid)
    if shift.quality < _LEAST_QUALITY:
        # other sensors and seasons: the edges are still where they were
        shift = find_shift(edges(first, pair.valid), edges(second, pair.valid), pair.valid)
    return shift if shift.quality >= _LEAST_QUALITY else None


def _agree(shifts: list[PairShift]) -> Shift | None:
    if not shifts:
        return None
    points = np.array([(shift.dx, shift.dy) for shift in shifts])
    near = np.hypot(*(points - np.median(points, axis=0)).T) <= _AGREES_PX
    if 2 * near.sum() <= len(points):
        return None
    points = points[near]
    middle = np.median(points, axis=0)
    spread = float(np.median(np.hypot(*(points - middle).T))) if len(points) > 1 else None
    return Shift(float(middle[0]), float(middle[1]), spread, len(points))


def correct_shift(before: RasterInfo, after: RasterInfo, shift: Shift) -> RasterInfo:
    """Return *after* moved so that it lies on *before*: another geotransform, no pixel is copied or resampled.

    Raises RasterError when GDAL can't build the virtual raster.
    """
    _, dx, rx, _, ry, dy = before.grid.geotransform
    by_x, by_y = -(shift.dx * dx + shift.dy * rx), -(shift.dx * ry + shift.dy * dy)
    return move_raster(after, by_x, by_y, before.grid)
