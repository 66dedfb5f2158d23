"""Which outputs of a model say what changed, and how each becomes probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..card.types import ClassSpec, ModelCard, OutputSpec
from ..errors import ModelError
from ..outputs import OutputLayout
from ..tasks import scores as arithmetic
from ..tasks.class_map import list_classes
from .coding import FromTo, binary_classes, numbered_classes
from .decode import BinaryDecoder, Decoder, FromToDecoder, KindsDecoder

Kind = Literal["one", "two", "scores", "numbers"]


@dataclass(frozen=True)
class OutputReader:
    """Turns one output of the network into probabilities (channel, row, column)."""

    kind: Kind
    activation: str
    temperature: float
    values: tuple[int, ...] = ()
    """class numbers that become a channel each, where the output holds numbers"""
    keep: int | None = None
    """the one channel of interest; None: all"""

    def read(self, scores: NDArray[Any]) -> NDArray[Any]:
        """Return probabilities; of class numbers, 1 for the number's own channel, NaN for numbers nobody listed."""
        if self.kind == "numbers":
            found = scores[0] == np.array(self.values).reshape(-1, 1, 1)
            channels: NDArray[Any] = np.where(found.any(axis=0), found.astype(np.float32), np.float32(np.nan))
        else:
            channels = arithmetic.probabilities(scores, self.activation, self.temperature)
        return channels if self.keep is None else channels[self.keep : self.keep + 1]


@dataclass(frozen=True)
class Reading:
    """How the outputs of a model are read: each of them, and all together."""

    readers: tuple[OutputReader, ...]
    decoder: Decoder

    @property
    def holds_numbers(self) -> bool:
        """True when an output gives class numbers without scores."""
        return any(reader.kind == "numbers" for reader in self.readers)


def change_outputs(card: ModelCard) -> tuple[OutputSpec, ...]:
    """Return the outputs that a change model is run for: change alone, or classes before, after and perhaps change.

    Raises ModelError when there are none.
    """
    by_role: dict[str, OutputSpec] = {}
    for spec in card.outputs:
        by_role.setdefault(spec.role, spec)
    if "before_classes" in by_role and "after_classes" in by_role:
        roles = ("before_classes", "after_classes", "change")
        return tuple(by_role[role] for role in roles if role in by_role)
    for role in ("change", "classes", "scores"):
        if role in by_role:
            return (by_role[role],)
    raise ModelError(
        f"{card.name} has no output of changes; its card should give one the geonnx:role change, or two the roles "
        "before_classes and after_classes."
    )


def read_outputs(
    outputs: Sequence[OutputSpec], layouts: Sequence[OutputLayout], threshold: float | None, name: str
) -> Reading:
    """Return how the outputs that `change_outputs` chose are read.

    *threshold* is the user's smallest probability of change; None: the card's for one score, none for classes. Raises
    ModelError when the card's classes do not fit the outputs.
    """
    if len(outputs) == 1:
        return _read_single(outputs[0], layouts[0], threshold, name)
    sides = [_read_classes(spec, layout, name) for spec, layout in zip(outputs[:2], layouts)]
    readers = [reader for reader, _ in sides]
    smallest = threshold
    if len(outputs) > 2:
        _, changed = binary_classes(outputs[2].classes)
        readers.append(_read_change(outputs[2], layouts[2], changed, name))
        smallest = outputs[2].threshold if threshold is None else threshold
    coding = FromTo(sides[0][1], sides[1][1])
    return Reading(tuple(readers), FromToDecoder(coding, smallest, has_change=len(outputs) > 2))


def _read_single(spec: OutputSpec, layout: OutputLayout, threshold: float | None, name: str) -> Reading:
    count = len(spec.classes) if spec.holds_numbers and spec.classes else layout.channels
    if count > 2:
        reader, kinds = _read_classes(spec, layout, name)
        return Reading((reader,), KindsDecoder(kinds, threshold))
    unchanged, changed = binary_classes(spec.classes)
    smallest = spec.threshold if threshold is None else threshold
    reader = _read_change(spec, layout, changed, name)
    return Reading((reader,), BinaryDecoder(unchanged, changed, smallest))


def _read_change(spec: OutputSpec, layout: OutputLayout, changed: ClassSpec, name: str) -> OutputReader:
    """Return the reader of an output that tells change from no change."""
    if spec.holds_numbers:
        unchanged, _ = binary_classes(spec.classes)
        return OutputReader("numbers", "none", 1.0, values=(unchanged.value, changed.value), keep=1)
    if layout.channels == 1:
        return OutputReader("one", spec.activation or "sigmoid", spec.temperature)
    if layout.channels != 2:
        raise ModelError(
            f"The change output of {name} has {layout.channels} channels; expected one score, or two for no change and "
            "change."
        )
    place = spec.classes.index(changed) if changed in spec.classes else 1
    return OutputReader("two", spec.activation or "softmax", spec.temperature, keep=place)


def _read_classes(spec: OutputSpec, layout: OutputLayout, name: str) -> tuple[OutputReader, tuple[ClassSpec, ...]]:
    """Return the reader of an output with one channel a class, and the classes."""
    if spec.holds_numbers:
        if not spec.classes:
            raise ModelError(
                f"The output '{spec.name}' of {name} gives class numbers, and nothing lists the classes: add "
                "classification:classes to its card."
            )
        values = tuple(item.value for item in spec.classes)
        return OutputReader("numbers", "none", 1.0, values=values), spec.classes
    if layout.channels == 1:
        raise ModelError(f"The output '{spec.name}' of {name} has one channel; expected one for each class.")
    classes = list_classes("scores", layout.channels, spec, name) if spec.classes else numbered_classes(layout.channels)
    return OutputReader("scores", spec.activation or "softmax", spec.temperature), classes
