"""What a scene model says of a chip: one head an output, from raw numbers to probabilities or values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..card.tensors import describe_shape
from ..card.types import ClassSpec, ModelCard, OutputSpec
from ..card.wrong_task import wrong_task
from ..errors import ModelError
from ..tasks import scores as arithmetic
from ..tasks.class_map import list_classes

Kind = Literal["single", "multi", "binary", "numbers", "values"]

_LARGEST_NUMBER = 65534


@dataclass(frozen=True)
class Head:
    """One output of the network, read as scores of whole chips.

    ``kind``: ``single``, one class of several; ``multi``, any number of labels; ``binary``, one score for two classes;
    ``numbers``, the number of a class; ``values``, numbers that are no classes, such as a share.
    """

    name: str
    """of the output"""
    kind: Kind
    classes: tuple[ClassSpec, ...]
    """empty for values, and for class numbers that nothing lists"""
    size: int
    """numbers that it gives a chip: probabilities of all classes, or values"""
    activation: str
    temperature: float
    thresholds: tuple[float, ...]
    """smallest probability of each label, or of the second class of a binary head"""

    def activate(self, raw: NDArray[Any]) -> NDArray[np.float32]:
        """Return probabilities or values (chip, number), float32, from the raw output of a batch.

        Raises ModelError for class numbers that no class can have.
        """
        table = raw.reshape(len(raw), -1)
        if self.kind == "numbers":
            return _check_numbers(table, self.name)
        if self.kind == "values":
            known = arithmetic.sigmoid(table) if self.activation == "sigmoid" else table
            return known.astype(np.float32, copy=False)
        if self.kind == "multi":  # labels know nothing of each other: each is a score by itself
            found = arithmetic.probabilities(table[np.newaxis], self.activation, self.temperature)[0]
        else:
            found = arithmetic.probabilities(table.T, self.activation, self.temperature).T
        if self.kind == "binary":
            found = np.concatenate([1 - found, found], axis=1)
        return found.astype(np.float32, copy=False)


def _check_numbers(table: NDArray[Any], name: str) -> NDArray[np.float32]:
    if not (table.min() >= 0 and table.max() <= _LARGEST_NUMBER):
        wrong = table.max() if table.min() >= 0 else table.min()
        raise ModelError(
            f"The model's output '{name}' gave the class number {wrong:g}; expected 0 to {_LARGEST_NUMBER}. Does it "
            "really hold class numbers?"
        )
    return table.astype(np.float32)


def choose_outputs(card: ModelCard) -> tuple[OutputSpec, ...]:
    """Return the outputs that tell something of a chip: first that of classes, then all others of classes or scores.

    Raises ModelError for models of another task, or without classes.
    """
    if card.task != "classify":
        raise wrong_task(card, "that classifies scenes")
    heads = [spec for spec in card.outputs if spec.role in ("classes", "scores")]
    first = next((spec for spec in heads if spec.role == "classes"), None)
    if first is None:
        raise ModelError(f"{card.name} has no output of classes; choose a model that classifies scenes.")
    return (first, *(spec for spec in heads if spec is not first))


def make_heads(
    card: ModelCard,
    outputs: Sequence[OutputSpec],
    results: Sequence[Any],
    batch: int,
    threshold: float | None,
) -> tuple[Head, ...]:
    """Return a head for each of *outputs* from what the network gave for *batch* empty chips.

    *threshold* is the user's; None: the card's. Raises ModelError when an output holds no numbers of whole chips, or
    another number of them than the card lists classes.
    """
    return tuple(_make_head(card, spec, result, batch, threshold) for spec, result in zip(outputs, results))


def _make_head(card: ModelCard, spec: OutputSpec, result: Any, batch: int, threshold: float | None) -> Head:
    channels = _channels(card, spec, result, batch)
    kind = _kind(spec, result, channels)
    classes: tuple[ClassSpec, ...] = ()
    if kind == "values":
        classes = spec.classes if len(spec.classes) == channels else ()
    else:
        of = "numbers" if kind == "numbers" else ("binary" if kind == "binary" else "scores")
        classes = list_classes(of, channels, spec, card.name)  # type: ignore[arg-type]
    # one score, or labels that know nothing of each other: a softmax over them has no meaning
    usual = {"single": spec.activation or "softmax", "values": spec.activation or "none", "numbers": "none"}
    alone = "none" if spec.activation == "none" else "sigmoid"
    thresholds: tuple[float, ...]
    if kind == "binary":
        chosen = classes[-1].threshold
        thresholds = (threshold if threshold is not None else (spec.threshold if chosen is None else chosen),)
    else:
        thresholds = tuple(
            threshold if threshold is not None else (spec.threshold if item.threshold is None else item.threshold)
            for item in classes
        )
    return Head(
        name=spec.name,
        kind=kind,
        classes=classes,
        size=2 if kind == "binary" else channels,
        activation=usual.get(kind, alone),
        temperature=spec.temperature,
        thresholds=thresholds,
    )


def _kind(spec: OutputSpec, result: NDArray[Any], channels: int) -> Kind:
    if spec.role == "scores":
        return "values"
    if channels == 1:
        return "numbers" if spec.holds_numbers or result.dtype.kind != "f" else "binary"
    return "multi" if spec.multi_label else "single"


def _channels(card: ModelCard, spec: OutputSpec, result: Any, batch: int) -> int:
    """Return how many numbers an output gives a chip; raise ModelError when it does not give numbers a chip."""
    if not isinstance(result, np.ndarray) or result.dtype.kind not in "iufb":
        found = f"a {type(result).__name__}" if not isinstance(result, np.ndarray) else f"{result.dtype.name} values"
        raise ModelError(f"The output '{spec.name}' of {card.name} is {found}; expected a number for each class.")
    shape = result.shape
    if not shape or shape[0] != batch or sum(size > 1 for size in shape[1:]) > 1 or 0 in shape:
        is_map = len(shape) in (3, 4, 5)
        raise ModelError(
            f"The output '{spec.name}' of {card.name} is {describe_shape(shape)} for {batch} chip(s); expected the "
            f"scores of whole chips, [{batch}, classes]."
            + (" It looks like a map: use 'Segment raster' for models that map pixels." if is_map else "")
        )
    return int(result.size // batch)
