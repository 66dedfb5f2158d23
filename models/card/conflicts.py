"""Two descriptions of the same model: one sentence for everything on which they differ."""

from __future__ import annotations

from itertools import zip_longest

from .types import InputSpec, ModelCard, OutputSpec, Scaling


def find_conflicts(used: ModelCard, used_name: str, other: ModelCard, other_name: str) -> list[str]:
    """Return how *other* contradicts *used*; what only one of them says is no contradiction."""
    found = []
    for what, first, second in (
        ("the task", used.task, other.task),
        *_tensor_differences(used, other),
        ("the ground sampling distance", _metres(used.gsd_m), _metres(other.gsd_m)),
        ("the tile size", _pixels(used.tile_px), _pixels(other.tile_px)),
        ("the overlap on each side of a tile", _pixels(used.halo_px), _pixels(other.halo_px)),
    ):
        if first and second and first != second:
            found.append(
                f"{used_name} and {other_name} disagree on {what}: {first} against {second}; {used_name} is followed."
            )
    return found


def _tensor_differences(used: ModelCard, other: ModelCard) -> list[tuple[str, str, str]]:
    found = []
    for first in used.inputs:
        second = next((spec for spec in other.inputs if spec.name == first.name), None)
        if second is not None:
            found.append(("the bands", *_bands(first, second)))
            found.append(("the scaling of values", *_scalings(first, second)))
    for output in used.outputs:
        same = next((spec for spec in other.outputs if spec.name == output.name), None)
        if same is not None:
            found.append(_classes(output, same))
    return found


def _bands(first: InputSpec, second: InputSpec) -> tuple[str, str]:
    same = len(first.bands) == len(second.bands) and all(
        a.name.lower() == b.name.lower() or (a.common_name and a.common_name == b.common_name)
        for a, b in zip(first.bands, second.bands)
    )
    return ("", "") if same else (", ".join(first.band_names), ", ".join(second.band_names))


def _scalings(first: InputSpec, second: InputSpec) -> tuple[str, str]:
    count = first.channels or second.channels or max(len(first.scaling), len(second.scaling), 1)
    ours, theirs = (_expand(spec, count) for spec in (first, second))
    if not first.scaling or not second.scaling or ours == theirs:
        return "", ""
    for place, (a, b) in enumerate(zip_longest(ours, theirs)):
        if a != b:
            return f"{_describe(a)} (band {place + 1})", _describe(b)
    return "", ""


def _expand(spec: InputSpec, count: int) -> list[tuple[float, float, float, float] | None]:
    steps = spec.scaling * count if len(spec.scaling) == 1 else spec.scaling
    return [None if step is None else _affine(step) for step in steps]


def _affine(step: Scaling) -> tuple[float, float, float, float]:
    """Return clip limits, shift and divisor, rounded: other spellings of the same numbers are no conflict."""
    low = step.minimum if step.type in ("clip", "clip-min") else None
    high = step.maximum if step.type in ("clip", "clip-max") else None
    shift, divisor = 0.0, 1.0
    if step.type == "min-max":
        shift, divisor = step.minimum or 0.0, (step.maximum or 0.0) - (step.minimum or 0.0)
    elif step.type == "z-score":
        shift, divisor = step.mean or 0.0, step.stddev or 1.0
    elif step.type == "offset":
        shift = step.value or 0.0
    elif step.type == "scale":
        divisor = step.value or 1.0
    inf = float("inf")
    numbers = (-inf if low is None else low, inf if high is None else high, shift, divisor)
    return tuple(float(f"{value:.5g}") for value in numbers)  # type: ignore[return-value]


def _describe(step: tuple[float, float, float, float] | None) -> str:
    if step is None:
        return "as stored"
    low, high, shift, divisor = step
    text = "value" if abs(low) == abs(high) == float("inf") else f"value clipped to {low:g}…{high:g}"
    if shift:
        text = f"({text} {'-' if shift > 0 else '+'} {abs(shift):g})"
    return f"{text} / {divisor:g}" if divisor != 1 else text


def _classes(first: OutputSpec, second: OutputSpec) -> tuple[str, str, str]:
    ours, theirs = first.classes, second.classes
    if not ours or not theirs:
        return "the classes", "", ""
    if len(ours) != len(theirs):
        return "the number of classes", str(len(ours)), str(len(theirs))
    for a, b in zip(ours, theirs):
        if a.value != b.value or a.name.strip().lower() != b.name.strip().lower():
            return "the classes", f"{a.value} = {a.name}", f"{b.value} = {b.name}"
    return "the classes", "", ""


def _metres(value: float | None) -> str:
    return "" if value is None else f"{value:g} m"


def _pixels(value: int | None) -> str:
    return "" if value is None else f"{value} px"
