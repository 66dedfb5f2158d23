"""How a card says that values are scaled: STAC MLM ``value_scaling``, the older form, and writing it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, get_args

from ..errors import ModelError
from .fields import number
from .types import Scaling, ScalingType

SCALING_FIELDS: dict[str, tuple[str, ...]] = {
    "min-max": ("minimum", "maximum"), "z-score": ("mean", "stddev"), "clip": ("minimum", "maximum"),
    "clip-min": ("minimum",), "clip-max": ("maximum",), "offset": ("value",), "scale": ("value",),
}  # fmt: skip
# MLM 1.0 to 1.2 spell types with and without hyphens
_LEGACY_TYPES = {"min-max": "min-max", "minmax": "min-max", "z-score": "z-score", "zscore": "z-score", "clip": "clip"}


def read_scalings(listed: object, what: str) -> tuple[Scaling | None, ...]:
    """Return the steps of a ``value_scaling``: none, one for all bands, or one a band; *what* names it in errors.

    Raises ModelError for types that need code to be executed, and for numbers that can't be used.
    """
    if listed is None:
        return ()
    entries = listed if isinstance(listed, list) else [listed]
    steps = tuple(_read_scaling(item, what) for item in entries)
    if len(steps) == 1:
        return () if steps[0] is None else steps
    # the schema has no null inside of a list; a factor of 1 is its way to say "as it is"
    return tuple(None if step == Scaling("scale", value=1.0) else step for step in steps)


def _read_scaling(item: object, what: str) -> Scaling | None:
    if item is None:
        return None
    kind: Any = item.get("type") if isinstance(item, dict) else item
    if not isinstance(item, dict) or kind not in get_args(ScalingType):
        hint = "; expressions are never executed" if kind == "processing" else ""
        raise ModelError(
            f"The card's {what} has the type {kind!r:.80}{hint}; expected one of {', '.join(SCALING_FIELDS)}."
        )
    values = {name: number(item.get(name), f"{what}, {kind}, {name}") for name in SCALING_FIELDS[kind]}
    return check_scaling(Scaling(kind, **values), what)


def check_scaling(step: Scaling, what: str) -> Scaling:
    """Return *step*; raise ModelError when it would divide by zero or turns a range around."""
    if step.type == "min-max" and step.minimum == step.maximum:
        raise ModelError(f"The card's {what} has a minimum equal to its maximum, {step.minimum:g}.")
    if step.stddev == 0 or (step.type == "scale" and step.value == 0):
        raise ModelError(f"The card's {what} divides by zero; correct the card.")
    if step.type == "clip" and step.minimum is not None and step.maximum is not None and step.minimum > step.maximum:
        raise ModelError(
            f"The card's {what} clips from {step.minimum:g} to {step.maximum:g}; expected the smaller number first."
        )
    return step


def read_legacy_scalings(entry: dict[str, Any], what: str, problems: list[str]) -> tuple[Scaling | None, ...]:
    """Return the scaling of an MLM 1.0 to 1.2 input: ``norm_type``, ``statistics``, ``norm_clip``, ``norm_by_channel``.

    Raises ModelError when the kind is not one that can be applied, or its statistics are missing.
    """
    named = entry.get("norm_type")
    if named in (None, "none", "None"):
        return ()
    kind = _LEGACY_TYPES.get(str(named).lower().replace("_", "-"))
    if kind is None:
        raise ModelError(
            f"The card's norm_type of {what} is {named!r:.80}; expected min-max, z-score or clip: write it as "
            "value_scaling if one of its types means the same."
        )
    if kind == "clip":
        return _legacy_clip(entry, what, problems)
    low, high = ("mean", "stddev") if kind == "z-score" else ("minimum", "maximum")
    statistics = _statistics(entry.get("statistics"))
    first, second = (_numbers(statistics.get(name), f"statistics ({name}) of {what}") for name in (low, high))
    if not first or len(first) != len(second):
        raise ModelError(
            f"The card's {what} has the norm_type {named!r}, but its statistics do not give {low} and {high}: add "
            "them, or write value_scaling."
        )
    if entry.get("norm_by_channel") is False and len(set(zip(first, second))) > 1:
        problems.append(
            f"{what} says norm_by_channel = false, but has different statistics a band; they are applied band by band."
        )
    return tuple(
        check_scaling(_step(kind, **{low: a, high: b}), f"statistics of {what}") for a, b in zip(first, second)
    )


def _legacy_clip(entry: dict[str, Any], what: str, problems: list[str]) -> tuple[Scaling | None, ...]:
    # "supplies the value for each band that is used to divide each band before clipping values between 0 and 1"
    listed = entry.get("norm_clip", entry.get("norm_with_clip_values"))
    divisors = _numbers(listed, f"norm_clip of {what}")
    if not divisors:
        raise ModelError(f"The card's {what} has the norm_type 'clip' without norm_clip: add a number for each band.")
    problems.append(
        f"{what} divides by norm_clip and then clips to 0–1; the division is applied, the clipping is not: values "
        f"above {', '.join(f'{value:g}' for value in divisors[:4])} stay above 1."
    )
    return tuple(check_scaling(Scaling("scale", value=value), f"norm_clip of {what}") for value in divisors)


def _step(kind: str, **values: float) -> Scaling:
    return Scaling(kind, **values)  # type: ignore[arg-type]  # checked by the caller


def _statistics(value: object) -> dict[str, Any]:
    """Return statistics as one object of lists; some cards have a list with an object for each band."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return {key: [item.get(key) for item in value] for key in ("minimum", "maximum", "mean", "stddev")}
    return {}


def _numbers(value: object, what: str) -> list[float]:
    if value is None or (isinstance(value, list) and all(item is None for item in value)):
        return []
    return [number(item, what) for item in (value if isinstance(value, list) else [value])]


def scaling_json(scalings: Sequence[Scaling | None]) -> list[dict[str, Any]] | None:
    """Return *scalings* in the form of ``value_scaling``; None when values are fed as they are."""
    if all(step is None for step in scalings):
        return None
    return [_scaling_json(step or Scaling("scale", value=1.0)) for step in scalings]


def _scaling_json(step: Scaling) -> dict[str, Any]:
    return {key: value for key, value in asdict(step).items() if value is not None}
