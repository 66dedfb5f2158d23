"""The last step: observed clear pixels stay, clouds get the restored ones, and the seam between them disappears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..gaps import GapFinder
from ..raster.blocks import grow
from ..raster.grid import Window
from ..raster.source import BandReader, RasterInfo
from .distance import capped_distance
from .masks import CloudMask, MaskReader
from .stored import StoredFormat


@dataclass(frozen=True)
class Restored:
    """A window of a restored image, in stored numbers of the target (band, row, column)."""

    values: NDArray[Any]
    valid: NDArray[np.bool_]
    """where there is a restored pixel"""
    deviation: NDArray[np.float32] | None = None
    """standard deviation of each value, in the same numbers"""
    guessed: NDArray[np.bool_] | None = None
    """which restored pixels no date shows: of use under clouds, not in gaps; None: none"""


class Restorer(Protocol):
    """Gives windows of a restored image, on the grid of the target."""

    def read(self, window: Window) -> Restored:
        """Return the pixels of a window."""


@dataclass
class Tally:
    """Pixels of a result, counted on the way."""

    pixels: int = 0
    """all inside of the polygons of MASK"""
    observed: int = 0
    """with data on the date to restore"""
    cloudy: int = 0
    """of the observed ones, those under clouds"""
    kept: int = 0
    """exactly as they were observed"""
    lost: int = 0
    """cloudy, and no date shows what to put in their place"""

    def add(self, **counts: NDArray[np.bool_]) -> None:
        """Add the true pixels of each mask to the count of its name."""
        for name, mask in counts.items():
            setattr(self, name, getattr(self, name) + int(np.count_nonzero(mask)))


def clear_weight(hidden: NDArray[np.bool_], feather_px: int) -> NDArray[np.float32]:
    """Return the share of the observation in each pixel, from the distance to the nearest *hidden* one.

    0 where hidden, rising evenly with the distance, 1 farther than *feather_px* (px).
    """
    distance = capped_distance(hidden, feather_px + 1)
    weight = distance / np.float32(feather_px + 1)
    weight[distance > feather_px] = 1
    return weight


@dataclass
class Composer:
    """Joins what was observed and what was restored, window by window. One composer belongs to one thread."""

    observed: RasterInfo
    numbers: tuple[int, ...]
    """bands of the observed raster, in the order of the result"""
    mask: CloudMask | None
    """clouds of the date to restore, where they are known"""
    keeps_clear: bool
    """False: all pixels are the restored ones, where there are any"""
    form: StoredFormat
    growth_px: int = 0
    feather_px: int = 0
    has_deviation: bool = False
    """True when the standard deviation is wanted too"""
    drops_lost: bool = False
    """True: clouds for which there is nothing else become nodata; False: they stay as observed"""
    tally: Tally = field(default_factory=Tally)
    gaps: GapFinder | None = None
    """looks at what is read of the observed raster"""

    def __post_init__(self) -> None:
        """Open the rasters."""
        self._reader = BandReader(self.observed, self.numbers)
        self._mask = None if self.mask is None else MaskReader(self.mask, self.growth_px)

    def compose(
        self, window: Window, restorer: Restorer, inside: NDArray[np.bool_] | None
    ) -> Mapping[str, NDArray[Any]]:
        """Return the pixels (band, row, column) of ``image``, and of ``uncertainty`` where the deviation is known.

        *inside* says which pixels get a result; None: all. Where nothing was restored, what was observed stays. The
        restorer is only asked for windows that have clouds or gaps in them or near them.
        """
        weight, observed, seen, cloudy = self._observe(window)
        if (weight == 1).all():
            nothing = np.zeros(seen.shape, bool)
            deviation = np.zeros(observed.shape, np.float32) if self.has_deviation else None
            restored = Restored(observed, nothing, deviation)
        else:
            restored = restorer.read(window)
        lost = cloudy & seen & ~restored.valid
        if restored.guessed is not None:
            lost |= cloudy & seen & restored.guessed
            restored = replace(restored, valid=restored.valid & (seen | ~restored.guessed))
        weight = np.where(restored.valid, weight, seen.astype(np.float32))
        wanted = np.ones(seen.shape, bool) if inside is None else inside
        valid = (restored.valid | (seen & ~lost if self.drops_lost else seen)) & wanted
        kept = (weight == 1) & seen
        self.tally.add(
            pixels=wanted, observed=seen & wanted, cloudy=cloudy & seen & wanted, kept=kept & ~lost & wanted,
            lost=lost & wanted,
        )  # fmt: skip
        mixed = np.where(seen, observed, 0) * weight.astype(np.float64)
        mixed += np.where(restored.valid, restored.values, 0) * (1 - weight.astype(np.float64))
        image = self.form.encode(mixed, valid)
        # to the last digit; except for the number that means no data here and did not there
        exact = observed.astype(image.dtype)
        np.copyto(image, exact, where=kept & valid & (exact != self.form.nodata))
        products: dict[str, NDArray[Any]] = {"image": image}
        if restored.deviation is not None:
            deviation = np.where(restored.valid, restored.deviation, 0) * (1 - weight)
            products["uncertainty"] = np.where(valid, deviation, np.float32(np.nan)).astype(np.float32)
        return products

    def _observe(
        self, window: Window
    ) -> tuple[NDArray[np.float32], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
        """Return weight, values, data and clouds of the observation in a window."""
        halo = self.feather_px + 1 if self.keeps_clear else 0
        grown = grow(window, halo, self.observed.grid.window)
        values, valid = self._reader.read(grown)
        inner = window.slices(grown)
        seen = np.ones(values.shape[1:], bool) if valid is None else valid
        cloudy = np.zeros(seen.shape, bool) if self._mask is None else self._mask.read(grown)
        if self.gaps is not None:
            self.gaps.look_at_window(self.observed, self.numbers, values[(..., *inner)], (seen & ~cloudy)[inner])
        zero = np.zeros(seen.shape, np.float32)
        weight = clear_weight(cloudy | ~seen, self.feather_px) if self.keeps_clear else zero
        return weight[inner], values[(..., *inner)], seen[inner], cloudy[inner]
