"""How the overlap of neighbouring tiles becomes one result: cut it in the middle, or fade from one to the other."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .grid import Tile, Tiling, Window

Merge = Literal["crop", "blend"]
Finished = tuple[Window, "NDArray[Any] | None"]


class Merger(Protocol):
    """Takes the scores of tiles in the order of the plan and hands out pixels whose scores are final."""

    def used(self, tile: Tile) -> Window:
        """Return the pixels of the target to which the tile contributes."""

    def take(self, tile: Tile, scores: NDArray[Any] | None, have: Window) -> Finished:
        """Take scores (class, row, column) over *have* (None: nothing valid there); return finished pixels.

        *have* lies in ``tile.read`` and covers what the tile is used for.
        """


class Crop:
    """Every pixel takes the scores of the tile in whose core it lies."""

    def used(self, tile: Tile) -> Window:
        """Return the core of the tile."""
        return tile.core

    def take(self, tile: Tile, scores: NDArray[Any] | None, have: Window) -> Finished:
        """Return the core of the tile as it is."""
        return tile.core, None if scores is None else scores[(..., *tile.core.slices(have))]


class Blend:
    """Scores fade linearly around the cut between two tiles; weights of a pixel sum to one and are never zero.

    The fade is as wide as the overlap on one side of a tile: half of what neighbours share, so that the outermost
    pixels of a tile, which saw least of their surroundings, are left out. At the edge of the target a tile counts
    fully. Tiles have to come row by row over the full width. Memory: the fade below one row of tiles.
    """

    def __init__(self, tiling: Tiling) -> None:
        """Prepare for the tiles of a plan."""
        self._tiling = tiling
        stride = min(tiling.tile_width, tiling.tile_height) - 2 * tiling.overlap
        # at most two tiles may meet along each axis
        self._half = min(max(tiling.overlap // 2, min(tiling.overlap, 1)), stride // 2)
        self._right: NDArray[Any] | None = None
        self._below: NDArray[Any] | None = None

    def used(self, tile: Tile) -> Window:
        """Return the core and the fades around it, as far as they lie in the target."""
        half, core = self._half, tile.core
        grown = Window(core.x - half, core.y - half, core.width + 2 * half, core.height + 2 * half)
        return grown.intersection(self._tiling.target)

    def take(self, tile: Tile, scores: NDArray[Any] | None, have: Window) -> Finished:
        """Add the tile to what its neighbours left, and return the pixels that no later tile will touch."""
        used, target = self.used(tile), self._tiling.target
        has_right, has_below = tile.core.right < target.right, tile.core.bottom < target.bottom
        width = tile.core.right - self._half - used.x if has_right else used.width
        height = tile.core.bottom - self._half - used.y if has_below else used.height

        total = None if scores is None else self._weighted(tile, used, scores, have)
        if self._right is not None and tile.column > 0:
            total = _add(total, self._right, used)
        if self._below is not None and tile.row > 0:
            # only the finished columns: the neighbour at the right takes the others with its own
            above = self._below[:, : used.height, used.x - target.x : used.x - target.x + width]
            if above.any():
                total = _add(total, above, used)
        self._right = total[:, :, width:].copy() if total is not None and has_right else None
        if has_below:
            self._keep_below(total, used, width, height)
        return Window(used.x, used.y, width, height), None if total is None else total[:, :height, :width]

    def _weighted(self, tile: Tile, used: Window, scores: NDArray[Any], have: Window) -> NDArray[Any]:
        total = scores[(..., *used.slices(have))].astype(np.float32)
        target, core = self._tiling.target, tile.core
        total *= self._weights(used.x, used.right, core.x, core.right, target.x, target.right)
        total *= self._weights(used.y, used.bottom, core.y, core.bottom, target.y, target.bottom)[:, np.newaxis]
        return total

    def _weights(
        self, start: int, stop: int, core_start: int, core_stop: int, first: int, last: int
    ) -> NDArray[np.float32]:
        """Return the weights along one axis from *start* to *stop*: linear across each cut that has a neighbour."""
        position = np.arange(start, stop, dtype=np.float32) + 0.5
        weights = np.ones(stop - start, np.float32)
        if self._half and core_start > first:
            weights *= np.clip((position - core_start) / (2 * self._half) + 0.5, 0, 1)
        if self._half and core_stop < last:
            weights *= 1 - np.clip((position - core_stop) / (2 * self._half) + 0.5, 0, 1)
        return weights

    def _keep_below(self, total: NDArray[Any] | None, used: Window, width: int, height: int) -> None:
        target = self._tiling.target
        if self._below is None:
            if total is None:
                return
            self._below = np.zeros((total.shape[0], 2 * self._half, target.width), np.float32)
        kept = self._below[:, :, used.x - target.x : used.x - target.x + width]
        kept[...] = 0.0
        if total is not None:
            rows = total[:, height:, :width]
            kept[:, : rows.shape[1]] = rows


def _add(total: NDArray[Any] | None, part: NDArray[Any], used: Window) -> NDArray[Any]:
    """Add *part* at the upper left of *total*, which covers *used*."""
    if total is None:
        total = np.zeros((part.shape[0], used.height, used.width), np.float32)
    total[:, : part.shape[1], : part.shape[2]] += part
    return total


def make_merger(merge: Merge, tiling: Tiling) -> Merger:
    """Return the merger of that name."""
    return Blend(tiling) if merge == "blend" else Crop()
