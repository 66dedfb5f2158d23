"""Counts of pairs of classes, and pixels and areas of the classes of a map, added up block by block."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from ..errors import RasterError

_MOST_PAIRS = 1 << 20
"""size of a table of counts that is filled faster than the pairs are sorted"""
_MOST_CLASSES = 1000


class Tally:
    """What occurs how often. Values are class numbers of any size and sign."""

    def __init__(self) -> None:
        """Start empty."""
        self.pairs: dict[tuple[int, int], int] = defaultdict(int)
        """samples by (value of the map, code of the reference)"""
        self.pixels: dict[int, int] = defaultdict(int)
        """pixels by value of the map"""
        self.areas_m2: dict[int, float] = defaultdict(float)

    def add_pairs(self, mapped: NDArray[np.int64], codes: NDArray[np.int64]) -> None:
        """Count samples: two arrays of one length. Raises RasterError when there are too many classes."""
        if not mapped.size:
            return
        low, lowest = int(mapped.min()), int(codes.min())
        height, width = int(mapped.max()) - low + 1, int(codes.max()) - lowest + 1
        if height * width <= _MOST_PAIRS:
            counts = np.bincount((mapped - low) * width + (codes - lowest))
            found = np.flatnonzero(counts)
            values = np.stack([found // width + low, found % width + lowest], axis=1)
            counts = counts[found]
        else:
            values, counts = np.unique(np.stack([mapped, codes], axis=1), axis=0, return_counts=True)
        for (value, code), number in zip(values.tolist(), counts.tolist()):
            self.pairs[value, code] += number
        self._check("the reference", {code for _, code in self.pairs})

    def add_pixels(self, mapped: NDArray[np.int64], areas_m2: NDArray[np.float64]) -> None:
        """Count pixels of the map and their areas, two arrays of one length; raise RasterError for too many classes."""
        if not mapped.size:
            return
        values, places = np.unique(mapped, return_inverse=True) if _spread(mapped) > _MOST_PAIRS else _ranged(mapped)
        pixels = np.bincount(places, minlength=len(values))
        areas = np.bincount(places, weights=areas_m2, minlength=len(values))
        for value, number, area in zip(values.tolist(), pixels.tolist(), areas.tolist()):
            if number:
                self.pixels[value] += number
                self.areas_m2[value] += area
        self._check("the map", set(self.pixels))

    def _check(self, what: str, found: set[int]) -> None:
        if len(found) > _MOST_CLASSES:
            raise RasterError(
                f"More than {_MOST_CLASSES} different values are in {what}; expected the numbers of classes. Give a "
                "class raster, or the band that holds the classes."
            )


def _spread(values: NDArray[np.int64]) -> int:
    return int(values.max()) - int(values.min()) + 1


def _ranged(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all numbers of the range and each value's place among them, without sorting."""
    low = int(values.min())
    return np.arange(low, int(values.max()) + 1), values - low
