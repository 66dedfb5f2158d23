"""What no date shows, filled from the clear pixels around: means in cells, spread to cells that have none.

Pull and push over a pyramid (Gortler, Grzeszczuk, Szeliski and Cohen 1996, The Lumigraph, section 3.4): means of four
cells in turn until every cell has one, and back, where a cell without any gets what lies between coarser ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from ..feedback import Feedback
from ..raster.blocks import block_windows, count_windows, edge_for
from ..raster.grid import Window
from .composite import DateReader
from .keep_clear import Restored, Restorer

_WINDOW_BYTES = 64 << 20
CELL_PX = 16
"""edge of a cell, which divides the windows of a pass; small against clouds, and one number for 256 pixels"""


class Surroundings:
    """Means of the clear pixels of a part of a grid, by cells."""

    def __init__(self, bands: int, part: Window) -> None:
        """Begin with nothing."""
        self._part = part
        rows, columns = -(-part.height // CELL_PX), -(-part.width // CELL_PX)
        self._totals = np.zeros((bands, rows, columns))
        self._counts = np.zeros((rows, columns))
        self._means: NDArray[np.float64] | None = None

    def add(self, window: Window, values: NDArray[np.float64], clear: NDArray[np.bool_]) -> None:
        """Add the *clear* pixels of a window whose left and top are those of a cell; values: (band, row, column)."""
        top, left = (window.y - self._part.y) // CELL_PX, (window.x - self._part.x) // CELL_PX
        counts = _sum_cells(clear[np.newaxis].astype(np.float64))[0]
        place = np.s_[..., top : top + counts.shape[0], left : left + counts.shape[1]]
        self._counts[place] += counts
        self._totals[place] += _sum_cells(np.where(clear, values, 0))

    @property
    def is_empty(self) -> bool:
        """True when no pixel was clear."""
        return not self._counts.any()

    def spread(self) -> None:
        """Give every cell a mean; to be called when all windows were added, unless nothing was clear."""
        self._means = _fill(self._totals, self._counts)

    def read(self, window: Window) -> NDArray[np.float64]:
        """Return values (band, row, column) for a window: interpolated between the centres of cells."""
        if self._means is None:
            raise RuntimeError("the means were not spread yet")
        rows = (np.arange(window.y, window.bottom) - self._part.y + 0.5) / CELL_PX - 0.5
        columns = (np.arange(window.x, window.right) - self._part.x + 0.5) / CELL_PX - 0.5
        return _interpolate(self._means, rows, columns)


class FilledReader:
    """Gives what another reader restores, and under clouds that no date sees through what is around."""

    def __init__(self, restorer: Restorer, surroundings: Surroundings) -> None:
        """Take what `gather_surroundings` found."""
        self._restorer, self._surroundings = restorer, surroundings

    def read(self, window: Window) -> Restored:
        """Return the pixels of a window; all of them are restored, some of them guessed."""
        found = self._restorer.read(window)
        values = np.where(found.valid, found.values, self._surroundings.read(window))
        return Restored(values, np.ones_like(found.valid), found.deviation, ~found.valid)


def gather_surroundings(
    target: DateReader, restorer: Restorer, bands: int, part: Window, pixel_bytes: int, feedback: Feedback
) -> Surroundings:
    """Return the means of what is clear on the *target* or restored from other dates; raises Cancelled.

    *pixel_bytes* is the memory that a pixel of a window takes.
    """
    found = Surroundings(bands, part)
    grid, edge_px = target.grid.crop(part), edge_for(pixel_bytes, _WINDOW_BYTES)
    total = count_windows(grid, edge_px)
    for done, place in enumerate(block_windows(grid, edge_px)):
        if feedback.cancelled():
            raise Cancelled
        window = Window(place.x + part.x, place.y + part.y, place.width, place.height)
        own = target.read(window)
        values, clear = own.values.astype(np.float64), own.clear
        if not clear.all():
            other = restorer.read(window)
            values, clear = np.where(clear, values, other.values), clear | other.valid
        found.add(window, values, clear)
        feedback.progress((done + 1) / total)
    if not found.is_empty:
        found.spread()
    return found


def _sum_cells(values: NDArray[np.float64], edge: int = CELL_PX) -> NDArray[np.float64]:
    """Return sums over cells of *edge* × *edge* px, the last of which may be smaller."""
    rows, columns = (np.arange(0, size, edge) for size in values.shape[1:])
    return np.add.reduceat(np.add.reduceat(values, rows, axis=1), columns, axis=2)


def _fill(totals: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each cell; where it has no pixel, what the coarser cells around say."""
    means = totals / np.maximum(counts, 1)
    empty = counts == 0
    if not empty.any():
        return means
    # a cell counts as one from here on, so that full cells do not outweigh those with a few pixels
    coarse = _fill(_sum_cells(np.where(empty, 0, means), 2), _sum_cells((~empty)[np.newaxis].astype(float), 2)[0])
    rows, columns = ((np.arange(size) + 0.5) / 2 - 0.5 for size in counts.shape)
    return np.where(empty, _interpolate(coarse, rows, columns), means)


def _interpolate(
    cells: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (band, row, column) at places between the cells, bilinear; beyond the outer centres their values."""
    low_rows, row_share = _neighbours(rows, cells.shape[1])
    low_columns, column_share = _neighbours(columns, cells.shape[2])
    high_rows = np.minimum(low_rows + 1, cells.shape[1] - 1)
    high_columns = np.minimum(low_columns + 1, cells.shape[2] - 1)
    share = row_share[:, np.newaxis]
    lines = cells[:, low_rows] * (1 - share) + cells[:, high_rows] * share
    return lines[:, :, low_columns] * (1 - column_share) + lines[:, :, high_columns] * column_share


def _neighbours(places: NDArray[np.float64], size: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    inside = np.clip(places, 0, size - 1)
    low = np.floor(inside).astype(np.intp)
    return low, inside - low
