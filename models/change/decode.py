"""What the outputs of a change model mean, pixel by pixel: probabilities in, changes and their probability out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..card.types import ClassSpec
from ..tasks.scores import best_class
from .coding import NO_CHANGE, FromTo, find_unchanged


@dataclass(frozen=True)
class Decoded:
    """Changes of some pixels, (row, column) each."""

    values: NDArray[Any]
    """pixel values of the change raster"""
    probability: NDArray[np.float32]
    """of change, 0 to 1; NaN where the network gave none"""
    chosen: tuple[NDArray[np.float32], ...] = ()
    """probabilities of the classes chosen, one for each of ``band_names`` after the first"""
    pairs: NDArray[np.uint16] | None = None
    """1 + place before × number of classes after + place after, for maps with two sets of classes.

    Where the map says "no change", the class before is taken to have stayed.
    """


class Decoder(Protocol):
    """One kind of change model. It gets probabilities (channel, row, column)."""

    @property
    def dtype(self) -> str:
        """Type of the change raster."""

    @property
    def band_names(self) -> tuple[str, ...]:
        """Bands of the probability raster; the first is the probability of change."""

    def classes(self, values: Sequence[int] | None) -> tuple[ClassSpec, ...]:
        """Return the classes of the change raster; of a from–to map only those among *values*, None: all."""

    def unchanged_value(self) -> int | None:
        """Return the pixel value that means no change; None when every class is a change."""

    def decode(self, probabilities: NDArray[Any]) -> Decoded:
        """Return what changed."""


@dataclass(frozen=True)
class BinaryDecoder:
    """One channel: the probability of change."""

    unchanged: ClassSpec
    changed: ClassSpec
    threshold: float
    dtype: str = "uint8"
    band_names: tuple[str, ...] = ("change",)

    def classes(self, _values: Sequence[int] | None) -> tuple[ClassSpec, ...]:
        """Return both classes, in the order of their values."""
        return tuple(sorted((self.unchanged, self.changed), key=lambda spec: spec.value))

    def unchanged_value(self) -> int | None:
        """Return the value of "no change"."""
        return self.unchanged.value

    def decode(self, probabilities: NDArray[Any]) -> Decoded:
        """Return change where its probability reaches the threshold."""
        (probability,) = probabilities
        values = np.where(probability >= self.threshold, np.uint8(self.changed.value), np.uint8(self.unchanged.value))
        return Decoded(values, probability)


@dataclass(frozen=True)
class KindsDecoder:
    """A channel for each kind of change, one of which may mean no change."""

    kinds: tuple[ClassSpec, ...]
    threshold: float | None
    """smallest probability of change; None: the likeliest class decides"""
    band_names: tuple[str, ...] = ("change", "class")

    @property
    def dtype(self) -> str:
        """Type of the change raster."""
        values = [spec.value for spec in self.kinds]
        return "uint8" if len(values) <= 250 and max(values) < 255 else "uint16"

    def classes(self, _values: Sequence[int] | None) -> tuple[ClassSpec, ...]:
        """Return all classes of the card."""
        return self.kinds

    def unchanged_value(self) -> int | None:
        """Return the value of the class that means no change."""
        place = find_unchanged(self.kinds)
        return None if place is None else self.kinds[place].value

    def decode(self, probabilities: NDArray[Any]) -> Decoded:
        """Return the likeliest class; with a threshold the likeliest change where change is likely enough."""
        index, best = best_class(probabilities)
        place = find_unchanged(self.kinds)
        probability = np.ones_like(best) if place is None else 1 - probabilities[place]
        probability = np.where(np.isnan(best), np.float32(np.nan), probability)
        if self.threshold is not None and place is not None:
            changes = [number for number in range(len(self.kinds)) if number != place]
            of_changes, best_change = best_class(probabilities[changes])
            likely = probability >= self.threshold
            index = np.where(likely, np.array(changes)[of_changes], place)
            best = np.where(likely, best_change, probabilities[place])
        lookup = np.array([spec.value for spec in self.kinds], self.dtype)
        return Decoded(lookup[index], np.clip(probability, 0, 1), (best,))


@dataclass(frozen=True)
class FromToDecoder:
    """Classes before, then classes after, then perhaps one channel with the probability of change."""

    coding: FromTo
    threshold: float | None
    """smallest probability of change; None without a channel for it: other classes are a change"""
    has_change: bool
    band_names: tuple[str, ...] = ("change", "before", "after")

    @property
    def dtype(self) -> str:
        """Type of the change raster."""
        return self.coding.dtype

    def classes(self, values: Sequence[int] | None) -> tuple[ClassSpec, ...]:
        """Return "no change" and the changes that there are."""
        return self.coding.classes(values)

    def unchanged_value(self) -> int | None:
        """Return the value of "no change"."""
        return NO_CHANGE

    def decode(self, probabilities: NDArray[Any]) -> Decoded:
        """Return a change where the likeliest classes differ and change is likely enough."""
        count = len(self.coding.before)
        before, after = probabilities[:count], probabilities[count : count + len(self.coding.after)]
        codes = self.coding.codes()
        from_place, from_best = best_class(before)
        to_place, to_best = best_class(after)
        probability = probabilities[-1] if self.has_change else change_probability(before, after, codes == NO_CHANGE)
        values = codes[from_place, to_place]
        if self.threshold is not None:
            values = np.where(probability >= self.threshold, values, np.uint16(NO_CHANGE))
        stays = self.coding.stays()[from_place]
        to_place = np.where((values == NO_CHANGE) & (stays >= 0), stays, to_place)
        pairs = from_place.astype(np.int32) * len(self.coding.after) + to_place + 1
        broken = np.isnan(from_best) | np.isnan(to_best)
        probability = np.where(broken, np.float32(np.nan), probability)
        return Decoded(values.astype(self.dtype), probability, (from_best, to_best), pairs.astype(np.uint16))


def change_probability(before: NDArray[Any], after: NDArray[Any], is_same: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the probability that two dates show different classes, if each errs by itself.

    1 − Σ p_before(i) p_after(j) over the pairs (i, j) that are no change, for probabilities (class, row, column).
    """
    same = np.zeros(before.shape[1:], np.float32)
    for place, row in enumerate(is_same):
        for other in np.flatnonzero(row):
            same += (before[place] * after[other]).astype(np.float32)
    return np.clip(1 - same, 0, 1, out=same)
