"""How changes are numbered, named and coloured in a change raster."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..card.colors import default_color, rgb
from ..card.types import ClassSpec
from ..errors import ModelError

NO_CHANGE = 0
"""pixel value of "no change" in rasters whose numbers are ours"""
_QUIET_COLOR = "#e6e6e6"
_BINARY_COLOR = "#d7191c"
# how much of a change's colour is that of what was there before: enough to tell changes into one class apart
_SHARE_OF_BEFORE = 0.3
_MOST_BYTE_CODES = 250
_MOST_CODES = 65534
_UNCHANGED_WORDS = {"nochange", "unchanged", "nonchange", "nochanges", "notchanged", "stable", "persistent"}


def means_no_change(name: str) -> bool:
    """Return True for class names such as ``no change``, ``unchanged`` and ``non-change``."""
    return re.sub(r"[^a-z]", "", name.lower()) in _UNCHANGED_WORDS


def binary_classes(listed: Sequence[ClassSpec]) -> tuple[ClassSpec, ClassSpec]:
    """Return "no change" and "change" as the card names them, or as we do; raise ModelError for more than two."""
    if not listed:
        return ClassSpec(NO_CHANGE, "no change", _QUIET_COLOR), ClassSpec(1, "change", _BINARY_COLOR)
    if len(listed) == 1:
        value = 0 if listed[0].value != 0 else 1
        return ClassSpec(value, "no change", _QUIET_COLOR), listed[0]
    if len(listed) > 2:
        raise ModelError(f"The card lists {len(listed)} classes for a model that tells change from no change.")
    first, second = listed
    return (second, first) if means_no_change(second.name) else (first, second)


def find_unchanged(classes: Sequence[ClassSpec]) -> int | None:
    """Return the place of the class that means no change: the one named so, else the one with the value 0."""
    for place, spec in enumerate(classes):
        if means_no_change(spec.name):
            return place
    return next((place for place, spec in enumerate(classes) if spec.value == NO_CHANGE), None)


@dataclass(frozen=True)
class FromTo:
    """The numbering of changes from one class to another.

    Class *i* before (its place in the card's list, from 0) and class *j* after give the pixel value ``i × K + j + 1``
    with K classes after. It depends on nothing but the two lists, so maps of all scenes of a model compare. Pairs that
    are no change (the same name before and after, or a class that itself means "no change") have the value 0.
    """

    before: tuple[ClassSpec, ...]
    after: tuple[ClassSpec, ...]

    def __post_init__(self) -> None:
        """Raise ModelError when there are more pairs than a raster of 16 bits can number."""
        if len(self.before) * len(self.after) > _MOST_CODES:
            raise ModelError(
                f"{len(self.before)} classes before and {len(self.after)} after make more changes than a change raster "
                f"can number ({_MOST_CODES})."
            )

    @property
    def dtype(self) -> str:
        """Type of the change raster: uint8, or uint16 above 250 pairs."""
        return "uint8" if len(self.before) * len(self.after) <= _MOST_BYTE_CODES else "uint16"

    def codes(self) -> NDArray[np.uint16]:
        """Return the pixel value of each pair, (before, after)."""
        count = len(self.before) * len(self.after)
        table = np.arange(1, count + 1, dtype=np.uint16).reshape(len(self.before), len(self.after))
        same = [[self._is_no_change(one, other) for other in self.after] for one in self.before]
        return np.where(np.array(same, bool), np.uint16(NO_CHANGE), table)

    @staticmethod
    def _is_no_change(one: ClassSpec, other: ClassSpec) -> bool:
        is_same = one.name.strip().casefold() == other.name.strip().casefold()
        return is_same or means_no_change(one.name) or means_no_change(other.name)

    def stays(self) -> NDArray[np.int32]:
        """Return for each class before the place of the same class after; -1 where there is none."""
        after = {spec.name.strip().casefold(): place for place, spec in enumerate(self.after)}
        return np.array([after.get(spec.name.strip().casefold(), -1) for spec in self.before], np.int32)

    def pair(self, value: int) -> tuple[ClassSpec, ClassSpec] | None:
        """Return what a pixel value changed from and to; None for no change."""
        if value == NO_CHANGE:
            return None
        return self.before[(value - 1) // len(self.after)], self.after[(value - 1) % len(self.after)]

    def classes(self, values: Collection[int] | None = None) -> tuple[ClassSpec, ...]:
        """Return "no change" and the changes among *values* (None: all that are possible), in the order of numbers."""
        found = [ClassSpec(NO_CHANGE, "no change", _QUIET_COLOR)]
        for value in sorted(int(code) for code in np.unique(self.codes())):
            pair = self.pair(value)
            if pair is not None and (values is None or value in values):
                found.append(ClassSpec(value, f"{pair[0].name} → {pair[1].name}", _blend(*pair)))
        return tuple(found)


def _blend(before: ClassSpec, after: ClassSpec) -> str:
    parts = [
        round(_SHARE_OF_BEFORE * one + (1 - _SHARE_OF_BEFORE) * other)
        for one, other in zip(rgb(before.color), rgb(after.color))
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def numbered_classes(count: int) -> tuple[ClassSpec, ...]:
    """Return classes known by number only."""
    return tuple(ClassSpec(index, f"class {index}", default_color(index)) for index in range(count))
