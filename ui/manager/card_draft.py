"""A model's description while somebody edits it: what stands in the fields, what is wrong with it, what changes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from ...models.card.classes import make_class, ordered
from ...models.card.types import BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec, Scaling
from ...models.card.value_scaling import read_scalings, scaling_json
from ...models.describe import Changes, read_json
from ...models.errors import GeonnxError
from ...models.inputs import image_input
from ...processing.base import translate

_LARGEST_CLASS = 65534


@dataclass(frozen=True)
class BandRow:
    """One band of the main image."""

    name: str
    common_name: str = ""


@dataclass(frozen=True)
class ClassRow:
    """One class; *value* is what was typed."""

    value: str
    name: str
    color: str
    origin: ClassSpec | None = None
    """the class that it was, which may say more"""


@dataclass(frozen=True)
class Draft:
    """What stands in the fields. Numbers are text: what was typed may be none."""

    name: str = ""
    description: str = ""
    task: str = "segment"
    bands: tuple[BandRow, ...] = ()
    scaling: str = ""
    """JSON in the form of ``value_scaling``; empty: values as they are stored"""
    classes: tuple[ClassRow, ...] = ()
    activation: str = ""
    """empty: not known"""
    threshold: str = ""
    temperature: str = ""
    gsd_m: str = ""
    tile_px: str = ""
    halo_px: str = ""
    fill: str = ""
    licence: str = ""
    citation: str = ""
    training_data: str = ""


@dataclass(frozen=True)
class _Number:
    """What a field with a number takes."""

    low: float
    high: float
    is_whole: bool = False
    excludes_ends: bool = False


NUMBERS = {
    "threshold": _Number(0, 1, excludes_ends=True),
    "temperature": _Number(0.001, 1000),
    "gsd_m": _Number(0.000001, 1e6),
    "tile_px": _Number(1, 16384, is_whole=True),
    "halo_px": _Number(0, 8192, is_whole=True),
    "fill": _Number(-1e30, 1e30),
}
_FORGETTABLE = ("description", "gsd_m", "tile_px", "halo_px", "fill", "licence", "citation", "training_data")


def draft_of(card: ModelCard) -> Draft:
    """Return the fields of a card."""
    output = main_output(card)
    image = image_input(card)
    scaling = scaling_json(image.scaling)
    return Draft(
        name=card.name,
        description=card.description,
        task=card.task,
        bands=tuple(BandRow(band.name, band.common_name) for band in _all_bands(image)),
        scaling=json.dumps(scaling) if scaling else "",
        classes=tuple(ClassRow(str(item.value), item.name, item.color, item) for item in output.classes),
        activation=output.activation or "",
        threshold=f"{output.threshold:g}",
        temperature=f"{output.temperature:g}",
        gsd_m=_text(card.gsd_m),
        tile_px=_text(card.tile_px),
        halo_px=_text(card.halo_px),
        fill=_text(card.fill),
        licence=card.licence,
        citation=card.citation,
        training_data=card.training_data,
    )


def problems_of(draft: Draft, card: ModelCard) -> dict[str, str]:
    """Return what is wrong, as field → sentence. What only reading the whole description can tell is not among it."""
    found = {
        "name": "" if draft.name.strip() else translate("The name is empty; give the model one."),
        "bands": _bands_problem(draft.bands, image_input(card)),
        "scaling": _scaling_problem(draft, image_input(card)),
        "classes": _classes_problem(draft.classes, main_output(card)),
        **{name: _number_problem(getattr(draft, name), kind) for name, kind in NUMBERS.items()},
    }
    return {name: problem for name, problem in found.items() if problem}


def changes_of(draft: Draft, card: ModelCard) -> Changes:
    """Return what differs from the card; call it only where `problems_of` finds nothing."""
    before = draft_of(card)

    def is_new(name: str) -> bool:
        if name == "scaling" and _steps(draft.scaling) == image_input(card).scaling:
            return False  # the same numbers, written otherwise
        return bool(getattr(draft, name) != getattr(before, name))

    texts = {
        name: getattr(draft, name).strip() if is_new(name) else ""
        for name in ("name", "description", "activation", "licence", "citation", "training_data", "task")
    }
    numbers: dict[str, Any] = {
        name: _value(getattr(draft, name), kind) if is_new(name) else None for name, kind in NUMBERS.items()
    }
    for name, usual in (("threshold", 0.5), ("temperature", 1.0)):
        if is_new(name) and numbers[name] is None:
            numbers[name] = usual
    are_bands_new = is_new("bands") and all(row.name.strip() for row in draft.bands)
    return Changes(
        **texts,
        **numbers,
        bands=tuple(row.name.strip() for row in draft.bands) if are_bands_new else (),
        common_names=tuple(row.common_name.strip() for row in draft.bands) if are_bands_new else (),
        scaling=(draft.scaling.strip() or "null") if is_new("scaling") else "",
        classes=_classes_json(draft.classes) if is_new("classes") and draft.classes else "",
        forget=tuple(name for name in _FORGETTABLE if is_new(name) and not getattr(draft, name).strip()),
    )


def main_output(card: ModelCard) -> OutputSpec:
    """Return the output that `describe` changes: the first."""
    return card.outputs[0]


def number_of(text: str) -> float | None:
    """Return a number as people type it, with a comma or a point; None where it is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _value(text: str, kind: _Number) -> float | int | None:
    value = number_of(text)
    return int(value) if value is not None and kind.is_whole else value


def _number_problem(text: str, kind: _Number) -> str:
    if not text.strip():
        return ""
    value = number_of(text)
    what = translate("a whole number") if kind.is_whole else translate("a number")
    if value is None or (kind.is_whole and value != int(value)):
        return translate("'{}' is not {}.").format(text.strip(), what)
    is_inside = kind.low < value < kind.high if kind.excludes_ends else kind.low <= value <= kind.high
    if is_inside:
        return ""
    if kind.excludes_ends:
        return translate("Expected a number between {:g} and {:g}; found {:g}.").format(kind.low, kind.high, value)
    return translate("Expected {} from {:g} to {:g}; found {:g}.").format(what, kind.low, kind.high, value)


def _all_bands(image: InputSpec) -> tuple[BandSpec, ...]:
    """Return the bands of an input; nameless ones where the card names none but their number is fixed."""
    return image.bands or tuple(BandSpec("") for _ in range(band_count(image) or 0))


def band_count(image: InputSpec) -> int | None:
    """Return how many bands a date of the image has to have; None where any number may do."""
    channels = image.size("C")
    if channels is None:
        return None
    if image.role == "before+after" and "T" not in image.dims:
        return channels // 2
    if image.role in ("series", "sar") and "T" not in image.dims:
        return len(image.bands) or None
    return channels


def _bands_problem(bands: tuple[BandRow, ...], image: InputSpec) -> str:
    named = [row.name.strip() for row in bands]
    if not any(named):
        return ""
    if not all(named):
        return translate("Band {} has no name; name all bands, or none.").format(named.index("") + 1)
    if any("," in name for name in named):
        return translate("A name of a band has a comma; leave it out.")
    twice = next((name for name in named if named.count(name) > 1), "")
    if twice:
        return translate("Two bands are called {}; give each its own name.").format(twice)
    wanted = band_count(image)
    if wanted is not None and len(named) != wanted:
        return translate("The model takes {} bands; there are {} in the list.").format(wanted, len(named))
    return ""


def _steps(scaling: str) -> tuple[Scaling | None, ...]:
    return read_scalings(read_json(scaling or "null", translate("The scaling")), translate("scaling"))


def _scaling_problem(draft: Draft, image: InputSpec) -> str:
    if not draft.scaling.strip():
        return ""
    try:
        steps = _steps(draft.scaling)
    except GeonnxError as error:
        return str(error)
    wanted = len(draft.bands) or band_count(image)
    if wanted is not None and len(steps) not in (0, 1, wanted):
        return translate("There are {} steps for {} bands; give one for all, or one a band.").format(len(steps), wanted)
    return ""


def _classes_problem(classes: tuple[ClassRow, ...], output: OutputSpec) -> str:
    for place, row in enumerate(classes, 1):
        value = number_of(row.value)
        if value is None or value != int(value) or not 0 <= value <= _LARGEST_CLASS:
            return translate("Class {}: the value is '{}'; expected a whole number from 0 to {}.").format(
                place, row.value, _LARGEST_CLASS
            )
        if not row.name.strip():
            return translate("Class {} has no name.").format(place)
    try:
        specs = ordered(make_class(_class_value(row), row.name, row.color) for row in classes)
    except GeonnxError:
        return translate("Two classes have the same value; give each its own.")
    if [item.name for item in specs] != [row.name for row in classes]:
        return translate(
            "The values 0 to {} are the places of the model's scores; list the classes in that order."
        ).format(len(classes) - 1)
    count = class_count(output)
    if classes and count is not None and count > 1 and len(classes) != count:
        return translate("The model gives {} scores, one a class; there are {} classes.").format(count, len(classes))
    return ""


def class_count(output: OutputSpec) -> int | None:
    """Return how many scores the model gives for each place; None where any number may be."""
    fits = "K" in output.dims and len(output.dims) == len(output.shape)
    return output.shape[output.dims.index("K")] if fits else None


def _class_value(row: ClassRow) -> int:
    return int(number_of(row.value) or 0)


def _classes_json(classes: tuple[ClassRow, ...]) -> str:
    listed = []
    for row in classes:
        entry: dict[str, Any] = {
            "value": _class_value(row), "name": row.name.strip(), "color_hint": row.color,
        }  # fmt: skip
        if row.origin is not None and row.origin.description:
            entry["description"] = row.origin.description
        if row.origin is not None and row.origin.threshold is not None:
            entry["geonnx:threshold"] = row.origin.threshold
        listed.append(entry)
    return json.dumps(listed)


def field_of(message: str) -> str:
    """Return the field to which a sentence of the engine belongs; empty where it is about no single one."""
    words: tuple[tuple[str, str], ...] = (
        ("value_scaling", "scaling"), ("scaling", "scaling"), ("class", "classes"), ("band", "bands"),
        ("activation", "activation"), ("threshold", "threshold"), ("temperature", "temperature"),
        ("gsd_m", "gsd_m"), ("tile", "tile_px"), ("halo", "halo_px"), ("fill", "fill"),
    )  # fmt: skip
    lowered = message.lower()
    return next((name for word, name in words if word in lowered), "")
