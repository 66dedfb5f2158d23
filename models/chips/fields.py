"""The attributes of a classified polygon: names that every vector format takes, and values from probabilities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..card.colors import default_color
from ..card.types import ClassSpec
from ..errors import SettingsError
from ..tasks import scores as arithmetic
from .heads import Head
from .settings import ChipSettings

USUAL_MOST_CLASSES = 100
_MOST_FIELDS = 1900
"""SQLite, and so GeoPackage, takes 2000 columns"""
_LONGEST_NAME = 60
RESERVED = ("fid", "ogc_fid", "geom", "geometry")


class FieldNames:
    """Gives out field names: letters, digits and underscores, no two alike in any case."""

    def __init__(self, taken: Iterable[str] = RESERVED, longest: int | None = None) -> None:
        """Begin with the names that are *taken*; *longest*: the bytes (UTF-8) to which names are cut, None: any."""
        self._taken = {name.lower() for name in taken}
        self._longest = longest

    def add(self, wanted: str, *, exactly: bool = False, ending: str = "") -> str:
        """Return a free name like *wanted*: *ending*, then a number too, is put behind it where it is taken.

        *exactly*: any letters.
        """
        base = wanted if exactly else (re.sub(r"\W+", "_", wanted).strip("_") or "field")[:_LONGEST_NAME]
        endings = chain(("", ending), (f"{ending}_{number}" for number in count(2)))
        name = next(name for name in (self._fit(base, end) for end in endings) if name.lower() not in self._taken)
        self._taken.add(name.lower())
        return name

    def _fit(self, base: str, ending: str) -> str:
        if self._longest is None:
            return base + ending
        return base.encode(errors="replace")[: self._longest - len(ending)].decode(errors="ignore") + ending


def cut_names(names: Iterable[str], longest: int | None) -> list[str]:
    """Return field names, no two alike, cut to *longest* bytes and told apart by numbers then; None: as they are."""
    given = FieldNames((), longest)
    return [given.add(name, exactly=True) for name in names]


@dataclass
class HeadFields:
    """The fields of one head. Counts the classes on the way."""

    head: Head
    names: Mapping[str, type]
    top: int
    """how many classes are told, the first included"""
    probabilities: bool
    varies: bool
    """True when chips are run in several variants, so that there is a disagreement"""
    counts: dict[int, int] = field(default_factory=dict)
    """polygons of each class value so far; of several labels, each counts"""

    def values(self, scores: NDArray[np.float32], spread: NDArray[np.float32] | None) -> tuple[Any, ...]:
        """Return the attributes from probabilities or values and their standard deviations over variants."""
        head = self.head
        if head.kind == "values":
            varied = spread if self.varies and spread is not None else ()
            return tuple(_number(value) for value in (*scores, *varied))
        if head.kind == "numbers":
            value = int(scores[0])
            self._count(value)
            return value, self.class_name(value)
        if head.kind == "binary":
            chosen = int(scores[1] >= head.thresholds[0])
            ranked = [chosen, 1 - chosen]
        else:
            ranked = [int(index) for index in np.argsort(-scores, kind="stable")]
        if head.kind == "multi":
            ranked = [index for index in ranked if scores[index] >= head.thresholds[index]]
        told: tuple[Any, ...] = self._top(scores, ranked)
        if head.kind == "multi":
            told += ("; ".join(head.classes[index].name for index in ranked), len(ranked))
        told += (_entropy(scores, head.kind),)
        if self.varies:
            told += (_number(spread[ranked[0]]) if spread is not None and ranked else None,)
        for index in ranked if head.kind == "multi" else ranked[:1]:
            self._count(head.classes[index].value)
        return (*told, *(_number(value) for value in scores)) if self.probabilities else told

    def _top(self, scores: NDArray[np.float32], ranked: Sequence[int]) -> tuple[Any, ...]:
        first = ranked[0] if ranked else None
        told: list[Any] = [None, None, None]
        if first is not None:
            chosen = self.head.classes[first]
            told = [chosen.value, chosen.name, _number(scores[first])]
        for place in range(1, self.top):
            index = ranked[place] if place < len(ranked) else None
            told += [None, None] if index is None else [self.head.classes[index].name, _number(scores[index])]
        return tuple(told)

    def nothing(self) -> tuple[None, ...]:
        """Return the attributes of a polygon without result."""
        return (None,) * len(self.names)

    def class_name(self, value: int) -> str:
        """Return the name of a class value."""
        return next((spec.name for spec in self.head.classes if spec.value == value), f"class {value}")

    def _count(self, value: int) -> None:
        self.counts[value] = self.counts.get(value, 0) + 1

    def final_classes(self) -> tuple[ClassSpec, ...]:
        """Return the listed classes, and those that turned up without being listed."""
        listed = {spec.value for spec in self.head.classes}
        extra = [value for value in sorted(self.counts) if value not in listed]
        return (*self.head.classes, *(ClassSpec(value, f"class {value}", default_color(value)) for value in extra))


def _number(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


def _entropy(probabilities: NDArray[np.float32], kind: str) -> float:
    """Return 0 for certain, 1 for no idea; of labels, the mean of each one's own."""
    if kind == "multi":
        pairs = np.stack([probabilities, 1 - probabilities])
        return float(arithmetic.entropy(pairs).mean())
    return float(arithmetic.entropy(probabilities[:, np.newaxis])[0])


def make_fields(heads: Sequence[Head], chips: ChipSettings, *, varies: bool) -> tuple[HeadFields, ...]:
    """Return the fields of all heads, those of the first without prefix.

    Raises SettingsError when there would be more fields than a vector file takes.
    """
    names = FieldNames()
    made = tuple(
        _head_fields(head, "" if index == 0 else f"{head.name}_", chips, varies, names)
        for index, head in enumerate(heads)
    )
    total = sum(len(item.names) for item in made)
    if total > _MOST_FIELDS:
        raise SettingsError(
            f"The polygons would have {total} fields; a GeoPackage takes {_MOST_FIELDS}. Use PROBABILITY_FIELDS=none, "
            "or a smaller TOP_K."
        )
    return made


def _head_fields(head: Head, prefix: str, chips: ChipSettings, varies: bool, names: FieldNames) -> HeadFields:
    fields: dict[str, type] = {}

    def add(name: str, kind: type) -> None:
        fields[names.add(prefix + name)] = kind

    if head.kind == "values":
        prefix = ""
        parts = [f"{head.name}_{spec.name}" for spec in head.classes]
        parts = parts or ([head.name] if head.size == 1 else [f"{head.name}_{n + 1}" for n in range(head.size)])
        for ending in ("", "_std") if varies else ("",):
            for part in parts:
                add(part + ending, float)
        return HeadFields(head, fields, 0, False, varies)
    add("class_id", int)
    add("class", str)
    if head.kind == "numbers":
        return HeadFields(head, fields, 1, False, varies)
    add("confidence", float)
    top = min(chips.top_k, head.size)
    for place in range(2, top + 1):
        add(f"top{place}_class", str)
        add(f"top{place}_confidence", float)
    if head.kind == "multi":
        add("labels", str)
        add("label_count", int)
    add("entropy", float)
    if varies:
        add("disagreement", float)
    is_few = head.size <= USUAL_MOST_CLASSES
    probabilities = chips.probabilities == "all" or (chips.probabilities == "auto" and is_few)
    for spec in head.classes if probabilities else ():
        add(f"p_{spec.name}", float)
    return HeadFields(head, fields, top, probabilities, varies)
