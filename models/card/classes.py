"""Lists of classes, in the many forms that cards give them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import ModelError
from .colors import default_color, parse_color
from .fields import number, text, whole
from .types import ClassSpec

_LARGEST_CLASS = 65534
"""65535 is the nodata value of uint16 class rasters"""


def read_classes(listed: object, what: str) -> tuple[ClassSpec, ...]:
    """Return classes from a list of objects (``value``, ``name``, ``color_hint``, …) or of names.

    Raises ModelError for values that can't be pixels of a class raster, or that are there twice.
    """
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise ModelError(f"The card's classes of {what} should be a list; found {listed!r:.80}.")
    return ordered(_read_class(item, index, what) for index, item in enumerate(listed))


def read_names(names: object, what: str) -> tuple[ClassSpec, ...]:
    """Return classes from ``{0: "water", …}``, ``{"0": "water"}`` or ``["water", …]``.

    Raises ModelError for anything else.
    """
    if isinstance(names, list):
        return read_classes([{"name": str(name)} for name in names], what)
    if not isinstance(names, dict):
        raise ModelError(f"The class names of {what} should be a list, or numbers and names; found {names!r:.80}.")
    found = []
    for key, name in names.items():
        if not str(key).strip().isdecimal() or len(str(key)) > 9:
            raise ModelError(f"The class names of {what} should have numbers as keys; found {key!r:.80}.")
        found.append({"value": int(key), "name": str(name)})
    return read_classes(found, what)


def ordered(classes: Iterable[ClassSpec]) -> tuple[ClassSpec, ...]:
    """Return classes in the order of their channels; raise ModelError when a value is there twice."""
    found = list(classes)
    values = [spec.value for spec in found]
    if len(set(values)) != len(values):
        raise ModelError(f"The card's classes use a value twice: {sorted(values)!r:.200}. Give each its own.")
    if sorted(values) == list(range(len(values))):
        # cards list classes in any order; when the values are 0…K-1 they are the channel numbers
        found.sort(key=lambda spec: spec.value)
    return tuple(found)


def read_threshold(value: object, what: str) -> float:
    """Return a probability between 0 and 1 from which on a class counts; raise ModelError for anything else."""
    threshold = number(value, f"geonnx:threshold of {what}")
    if not 0 < threshold < 1:
        raise ModelError(f"The card's geonnx:threshold of {what} is {threshold:g}; expected a number between 0 and 1.")
    return threshold


def make_class(
    value: int,
    name: str,
    color: object = None,
    description: str = "",
    what: str = "the model",
    threshold: float | None = None,
) -> ClassSpec:
    """Return one class with a colour; raise ModelError when no class raster can hold its value."""
    if not 0 <= value <= _LARGEST_CLASS:
        raise ModelError(f"The card's class value {value} of {what} is outside 0 to {_LARGEST_CLASS}.")
    return ClassSpec(
        value, name or f"class {value}", parse_color(color) or default_color(value), description, threshold
    )


def _read_class(item: object, index: int, what: str) -> ClassSpec:
    fields: dict[str, Any] = item if isinstance(item, dict) else {"name": str(item)}
    value = whole(fields.get("value", index), f"class value of {what}")
    name = text(fields.get("name")) or text(fields.get("title"))
    described = text(fields.get("description"))
    # the classification extension demands a description; one that only repeats the name says nothing
    description = "" if described == name else described
    color = fields.get("color_hint") or fields.get("color-hint") or fields.get("color")
    given = fields.get("geonnx:threshold")
    threshold = None if given is None else read_threshold(given, f"a class of {what}")
    return make_class(value, name or description, color, description if name else "", what, threshold)
