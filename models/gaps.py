"""Areas of 0 in rasters that declare no nodata: a network takes them for ground, and whoever made them hardly did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .feeds import ImageFeed, ImageSource
from .load import ReadTile

_STEP_PX = 8
"""every so many-th pixel of a row and of a column is looked at, which costs next to nothing"""
_WARN_SHARE = 0.001


class GapFinder:
    """Looks at tiles as they are read. `look_at` belongs to one thread, `warning` comes after it."""

    def __init__(self, images: Sequence[ImageFeed]) -> None:
        """Look at those rasters of *images* that declare no nodata.

        Those that give a single band are left out: there 0 may be the level of the sea, or no class.
        """
        self._wanted = [[_declares_nothing(source) for source in feed.sources] for feed in images]
        self._names = [[source.raster.name for source in feed.sources] for feed in images]
        self._counts: dict[str, _Counts] = {}

    def look_at(self, tile: ReadTile) -> None:
        """Count the pixels of a tile that are 0 in every band."""
        inside = tile.core.slices(tile.window)
        for wanted, names, image in zip(self._wanted, self._names, tile.pixels):
            for is_wanted, name, values, valid in zip(wanted, names, image.values, image.valid):
                if is_wanted:
                    counts = self._counts.setdefault(name, _Counts())
                    counts.add(values[(slice(None), *inside)], None if valid is None else valid[inside])

    def warning(self) -> str:
        """Return what was found in one sentence; nothing where no areas are 0."""
        shares = {name: counts.empty / counts.seen for name, counts in self._counts.items() if counts.has_area}
        found = [f"{100 * share:.2g} % of {name}" for name, share in shares.items() if share >= _WARN_SHARE]
        if not found:
            return ""
        return (
            f"About {' and '.join(found)} are whole areas of 0 in every band, and the file declares no nodata value: "
            "they are taken for ground. If they are gaps, declare it (gdal_edit.py -a_nodata 0 FILE) and run it again."
        )


@dataclass
class _Counts:
    """What was seen of a raster."""

    seen: int = 0
    empty: int = 0
    """pixels that are 0 in every band"""
    has_area: bool = False
    """True when some of them lie side by side, as they do in gaps and hardly anywhere else"""

    def add(self, values: NDArray[Any], valid: NDArray[np.bool_] | None) -> None:
        """Count pixels of a window (band, row, column)."""
        places = slice(_STEP_PX // 2, None, _STEP_PX)
        sample = values[:, places, places]
        empty = sample[0] == 0
        self.seen += empty.size
        if not empty.any():  # nearly always: the other bands need no look
            return
        empty = ~sample.any(axis=0)
        if valid is not None:
            empty &= valid[places, places]
        self.empty += int(empty.sum())
        in_column = empty[:-2] & empty[1:-1] & empty[2:]
        nine = in_column[:, :-2] & in_column[:, 1:-1] & in_column[:, 2:]
        self.has_area = self.has_area or bool(nine.any())


def _declares_nothing(source: ImageSource) -> bool:
    numbers = source.bands.numbers
    return len(numbers) > 1 and all(source.raster.bands[number - 1].nodata is None for number in numbers)
