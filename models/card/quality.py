"""What a card says of how good its model is, where it fails and what it learned from (docs/cards.md).

No run needs any of it, and a card may come from a stranger: what is malformed is left out, and never an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..errors import ModelError
from .fields import number, read_json_object, whole

_MOST = 100
"""entries of a list that are read; more is no help to a reader"""
_LONGEST = 2000
"""characters of a text that are read"""

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """A number that was measured."""

    key: str
    what: str
    value: float
    unit: str = ""
    measured_on: str = ""


@dataclass(frozen=True)
class ClassAccuracy:
    """How right the model is on a class; shares of 0 to 1, None where the card does not say."""

    name: str
    producers_accuracy: float | None
    """of what there is, how much is found"""
    users_accuracy: float | None
    """of what is said, how much is right"""
    count: int | None = None
    """of what there is: pixels, chips"""


@dataclass(frozen=True)
class ClassTable:
    """How right the model is on each class, and on what that was measured."""

    measured_on: str
    classes: tuple[ClassAccuracy, ...]


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions of about one confidence: how often they are right, 0 to 1 both, and how many there were."""

    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True)
class ReliabilityCurve:
    """Do probabilities mean what they say? With the temperature applied."""

    measured_on: str
    bins: tuple[ReliabilityBin, ...]
    error: float | None
    """expected calibration error, 0 to 1"""
    error_before: float | None
    """the same without the temperature"""


@dataclass(frozen=True)
class TrainingSet:
    """Something that the model learned from."""

    name: str
    citation: str = ""
    licence: str = ""
    attribution: str = ""
    href: str = ""
    """an address of the web, or empty"""


@dataclass(frozen=True)
class OtherForm:
    """Another file that computes the same, as far as it is told; `forms.read_forms` reads those that run."""

    href: str
    precision: str = ""
    devices: tuple[str, ...] = ()
    loss: float | None = None
    """percentage points of the main figure"""
    measured_on: str = ""
    times_faster: float | None = None


@dataclass(frozen=True)
class Quality:
    """All that a card says of how good its model is; empty where it says nothing."""

    accuracy: str = ""
    """the main figures in a sentence"""
    figures: tuple[Figure, ...] = ()
    class_accuracy: ClassTable | None = None
    reliability: ReliabilityCurve | None = None
    failures: tuple[str, ...] = ()
    training_sets: tuple[TrainingSet, ...] = ()
    forms: tuple[OtherForm, ...] = ()


def read_quality(card_path: Path | None) -> Quality:
    """Return what a description says; nothing where it is no STAC item or can't be read."""
    if card_path is None or card_path.suffix.lower() != ".json":
        return Quality()
    try:
        said = read_json_object(card_path).get("properties")
    except ModelError:
        return Quality()  # the card itself was read; this is an extra
    if not isinstance(said, dict):
        return Quality()
    return Quality(
        accuracy=_accuracy(said.get("geonnx:accuracy")),
        figures=_each(said.get("geonnx:figures"), _figure),
        class_accuracy=_class_table(said.get("geonnx:class_accuracy")),
        reliability=_reliability(said.get("geonnx:reliability")),
        failures=_texts(said.get("geonnx:failures")),
        training_sets=_each(said.get("geonnx:training_sets"), _training_set),
        forms=_each(said.get("geonnx:forms"), _form),
    )


def quality_json(quality: Quality) -> dict[str, Any]:
    """Return the same as plain data: lists, objects, texts and numbers; every key is always there."""
    table = quality.class_accuracy
    return {
        "accuracy": quality.accuracy,
        "figures": [asdict(item) for item in quality.figures],
        "class_accuracy": {"measured_on": table.measured_on, "classes": [asdict(item) for item in table.classes]}
        if table
        else {},
        "reliability": _reliability_json(quality.reliability) if quality.reliability else {},
        "failures": list(quality.failures),
        "training_sets": [asdict(item) for item in quality.training_sets],
        "forms": [asdict(item) | {"devices": list(item.devices)} for item in quality.forms],
    }


def _reliability_json(curve: ReliabilityCurve) -> dict[str, Any]:
    """Return a curve as the card has it: a list each of confidence, accuracy and count."""
    parts = {name: [getattr(item, name) for item in curve.bins] for name in ("confidence", "accuracy", "count")}
    return {"measured_on": curve.measured_on, **parts, "error": curve.error, "error_before": curve.error_before}


def _accuracy(said: object) -> str:
    """Return a sentence, or figures by name as one."""
    if not isinstance(said, dict):
        return _text(said)
    parts = ((_text(name).replace("_", " "), _figure_by_name(value)) for name, value in islice(said.items(), _MOST))
    return ", ".join(f"{name} {value}" for name, value in parts if value)


def _figure_by_name(value: object) -> str:
    found = _number(value)
    return _text(value) if found is None else f"{found:.4g}"


def _figure(entry: dict[str, Any]) -> Figure | None:
    what, value = _text(entry.get("what")), _number(entry.get("value"))
    if not what or value is None:
        return None
    return Figure(_text(entry.get("key")), what, value, _text(entry.get("unit")), _text(entry.get("measured_on")))


def _class_table(said: object) -> ClassTable | None:
    if not isinstance(said, dict):
        return None
    classes = _each(said.get("classes"), _class_accuracy)
    return ClassTable(_text(said.get("measured_on")), classes) if classes else None


def _class_accuracy(entry: dict[str, Any]) -> ClassAccuracy | None:
    name = _text(entry.get("name"))
    producers, users = _share(entry.get("producers_accuracy")), _share(entry.get("users_accuracy"))
    if not name or (producers is None and users is None):
        return None
    return ClassAccuracy(name, producers, users, _count(entry.get("count")))


def _reliability(said: object) -> ReliabilityCurve | None:
    if not isinstance(said, dict):
        return None
    lists = [said.get(name) for name in ("confidence", "accuracy", "count")]
    columns = [each[:_MOST] if isinstance(each, list) else [] for each in lists]
    read = ((_share(confidence), _share(accuracy), _count(count)) for confidence, accuracy, count in zip(*columns))
    bins = tuple(
        ReliabilityBin(confidence, accuracy, count)
        for confidence, accuracy, count in read
        if confidence is not None and accuracy is not None and count is not None
    )
    error = _share(said.get("error"))
    if not bins and error is None:
        return None
    return ReliabilityCurve(_text(said.get("measured_on")), bins, error, _share(said.get("error_before")))


def _training_set(entry: dict[str, Any]) -> TrainingSet | None:
    name = _text(entry.get("name"))
    if not name:
        return None
    return TrainingSet(
        name=name,
        citation=_text(entry.get("citation")),
        licence=_text(entry.get("licence")),
        attribution=_text(entry.get("attribution")),
        href=_address(entry.get("href")),
    )


def _form(entry: dict[str, Any]) -> OtherForm | None:
    href = _text(entry.get("href")).removeprefix("./")
    if not href:
        return None
    return OtherForm(
        href=href,
        precision=_text(entry.get("precision")),
        devices=_texts(entry.get("devices")),
        loss=_number(entry.get("loss")),
        measured_on=_text(entry.get("measured_on")),
        times_faster=_number(entry.get("times_faster")),
    )


def _each(said: object, read: Callable[[dict[str, Any]], T | None]) -> tuple[T, ...]:
    """Return what *read* makes of the objects of a list."""
    entries = said[:_MOST] if isinstance(said, list) else ()
    found = (read(entry) for entry in entries if isinstance(entry, dict))
    return tuple(item for item in found if item is not None)


def _texts(said: object) -> tuple[str, ...]:
    entries = said[:_MOST] if isinstance(said, list) else ()
    return tuple(found for found in map(_text, entries) if found)


def _text(value: object) -> str:
    """Return a text on one line, without characters that do not show or that turn the direction of writing."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: _LONGEST + 1].split())
    shown = "".join(character for character in line if character.isprintable())
    return shown if len(value) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _address(value: object) -> str:
    """Return an address of the web; empty for any other kind, which a click must not follow."""
    address = _text(value)
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc and " " not in address else ""


def _number(value: object) -> float | None:
    try:
        return number(value, "")
    except ModelError:
        return None


def _share(value: object) -> float | None:
    found = _number(value)
    return found if found is not None and 0 <= found <= 1 else None


def _count(value: object) -> int | None:
    try:
        found = whole(value, "")
    except ModelError:
        return None
    return found if found >= 0 else None
