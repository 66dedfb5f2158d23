"""Areas of one value in rasters that declare no nodata, 0 above all: they are taken for ground, and hardly are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .feeds import ImageFeed
from .load import ReadTile
from .raster.source import RasterInfo

_STEP_PX = 8
"""every so many-th pixel of a row and of a column is looked at, which costs next to nothing"""
_WARN_SHARE = 0.001
_USUAL = -9999
"""what many programs write where there is nothing"""


class GapFinder:
    """Looks at pixels as they are read. `look_at` and `look_at_window` belong to one thread, `warnings` come after it.

    Rasters that declare a nodata value are left out, and what gives a single band: there 0 may be the level of the sea,
    or no class.
    """

    def __init__(self, images: Sequence[ImageFeed] = ()) -> None:
        """Begin without having seen anything; *images* are what tiles hold."""
        self._sources = [[(source.raster, source.bands.numbers) for source in feed.sources] for feed in images]
        self.counts: dict[str, GapCounts] = {}
        """what was seen, by the name of the raster"""

    def look_at(self, tile: ReadTile) -> None:
        """Count the pixels of a tile that hold such a value in every band."""
        inside = tile.core.slices(tile.window)
        for sources, image in zip(self._sources, tile.pixels):
            for (raster, numbers), values, valid in zip(sources, image.values, image.valid):
                shown = None if valid is None else valid[inside]
                self.look_at_window(raster, numbers, values[(slice(None), *inside)], shown)

    def look_at_window(
        self, raster: RasterInfo, numbers: Sequence[int], values: NDArray[Any], valid: NDArray[np.bool_] | None
    ) -> None:
        """Count the same in a window of the bands *numbers* (band, row, column); *valid* says which pixels are used."""
        if _declares_nothing(raster, numbers):
            self.counts.setdefault(raster.name, GapCounts()).add(values, valid)

    def add(self, others: Mapping[str, GapCounts]) -> None:
        """Add what another finder counted in other tiles of the same rasters."""
        for name, counts in others.items():
            self.counts.setdefault(name, GapCounts()).join(counts)

    def warnings(self, told: Collection[str] = ()) -> list[str]:
        """Return what was found, a sentence for each value; nothing of the rasters *told* of already."""
        found: dict[float, list[str]] = {}
        for name, counts in self.counts.items():
            for value, area in counts.areas.items():
                if name not in told and area.has_block and area.pixels >= _WARN_SHARE * counts.seen:
                    share = float(f"{100 * area.pixels / counts.seen:.2g}")
                    found.setdefault(value, []).append(f"{share:g} % of {name}")
        return [
            f"About {' and '.join(shares)} are whole areas of {value:.17g} in every band, and the file declares no "
            "nodata value: they are taken for ground. If they are gaps, declare it (gdal_edit.py -a_nodata "
            f"{value:.17g} FILE) and run it again."
            for value, shares in found.items()
        ]


@dataclass
class _Area:
    """Pixels that hold one value in every band."""

    pixels: int = 0
    has_block: bool = False
    """True when some of them lie side by side, as they do in gaps and hardly anywhere else"""


@dataclass
class GapCounts:
    """What was seen of a raster."""

    seen: int = 0
    areas: dict[float, _Area] = field(default_factory=dict)
    """by their value"""

    def add(self, values: NDArray[Any], valid: NDArray[np.bool_] | None) -> None:
        """Count pixels of a window (band, row, column)."""
        places = slice(_STEP_PX // 2, None, _STEP_PX)
        sample = values[:, places, places]
        self.seen += sample[0].size
        for value in _suspects(sample.dtype):
            same = sample[0] == value
            if not same.any():  # nearly always: the other bands need no look
                continue
            same = (sample == value).all(axis=0)
            if valid is not None:
                same &= valid[places, places]
            area = self.areas.setdefault(value, _Area())
            area.pixels += int(same.sum())
            in_column = same[:-2] & same[1:-1] & same[2:]
            nine = in_column[:, :-2] & in_column[:, 1:-1] & in_column[:, 2:]
            area.has_block = area.has_block or bool(nine.any())

    def join(self, other: GapCounts) -> None:
        """Count what *other* has seen as well."""
        self.seen += other.seen
        for value, theirs in other.areas.items():
            area = self.areas.setdefault(value, _Area())
            area.pixels += theirs.pixels
            area.has_block = area.has_block or theirs.has_block


def _suspects(dtype: np.dtype[Any]) -> Iterator[float]:
    """Return the values of a type that mean no data where anybody forgot to say so.

    Of bytes 0 alone: 255 is white.
    """
    yield 0
    if dtype.itemsize == 1:
        return
    limits: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    for value in (limits.min, limits.max, _USUAL):
        if value and limits.min <= value:
            yield value.item() if isinstance(value, np.generic) else value


def _declares_nothing(raster: RasterInfo, numbers: Sequence[int]) -> bool:
    return len(numbers) > 1 and all(raster.bands[number - 1].nodata is None for number in numbers)
