"""From the scores of a network to class maps with probabilities, confidence and entropy, whatever the output holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..card.colors import default_color
from ..card.types import ClassSpec, OutputSpec
from ..errors import ModelError, SettingsError
from ..plan import Plan
from ..raster.sink import SinkSpec
from . import scores as arithmetic

Kind = Literal["scores", "binary", "numbers"]

_MOST_BYTE_CLASSES = 250


@dataclass
class ClassMapper:
    """From scores to the pixels of each product, for one kind of output. Counts the classes on the way."""

    kind: Kind
    activation: str
    threshold: float
    classes: tuple[ClassSpec, ...]
    """empty when the model gives class numbers and nothing lists them"""
    products: tuple[str, ...]
    must_average: bool
    """True when scores of several tiles are averaged, so that they have to be probabilities"""
    probability_dtype: str
    counts: dict[int, int] = field(default_factory=dict)
    """pixels of each class value so far"""

    @property
    def class_dtype(self) -> str:
        """Type of the class raster: uint8, or uint16 above 250 classes or where 255 is a class."""
        values = [spec.value for spec in self.classes]
        return "uint8" if values and len(values) <= _MOST_BYTE_CLASSES and max(values) < 255 else "uint16"

    @property
    def class_nodata(self) -> int:
        """The largest value of the class raster's type; never a class."""
        return int(np.iinfo(self.class_dtype).max)

    def activate(self, scores: NDArray[Any]) -> NDArray[Any]:
        """Return probabilities where a product or the averaging needs them, else the scores as they are."""
        if self.activation == "none" or self.kind == "numbers":
            return scores
        if self.kind == "binary":
            return arithmetic.sigmoid(scores)
        if not self.must_average and self.products == ("classes",):
            return scores  # the highest score is the highest probability
        return arithmetic.softmax(scores) if self.activation == "softmax" else arithmetic.sigmoid(scores)

    def finish(self, scores: NDArray[Any], valid: NDArray[np.bool_] | None) -> dict[str, NDArray[Any]]:
        """Return the pixels (band, row, column) of each product."""
        if self.kind == "numbers":
            classes = self._check_numbers(scores[0], valid)
        else:
            if self.kind == "binary":
                scores = np.concatenate([1 - scores, scores])
                index: NDArray[Any] = (scores[1] >= self.threshold).astype(np.uint8)
                best = np.where(index, scores[1], scores[0])
            else:
                index, best = arithmetic.best_class(scores)
            valid = _also_finite(valid, best)
            lookup = np.array([spec.value for spec in self.classes], self.class_dtype)
            classes = index if np.array_equal(lookup, np.arange(len(lookup))) else lookup[index]
        classes = classes.astype(self.class_dtype, copy=False)
        if valid is not None:
            classes = np.where(valid, classes, classes.dtype.type(self.class_nodata))
        self.count(classes)
        products = {"classes": classes[np.newaxis]}
        if "probabilities" in self.products:
            products["probabilities"] = self._store(scores, valid)
        if "confidence" in self.products:
            products["confidence"] = self._store(best[np.newaxis], valid)
        if "entropy" in self.products:
            products["entropy"] = self._store(arithmetic.entropy(scores)[np.newaxis], valid)
        return products

    def _check_numbers(self, numbers: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[Any]:
        shown = numbers if valid is None else numbers[valid]
        if shown.size and not (shown.min() >= 0 and shown.max() < self.class_nodata):
            wrong = shown.min() if not shown.min() >= 0 else shown.max()
            raise ModelError(
                f"The model gave the class number {wrong:g}; expected 0 to {self.class_nodata - 1}. Is the output "
                "really a map of class numbers?"
            )
        if valid is not None:
            numbers = np.where(valid, numbers, 0)
        return numbers

    def _store(self, probabilities: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[Any]:
        if self.probability_dtype == "float32":
            stored: NDArray[Any] = probabilities.astype(np.float32, copy=False)
            return stored if valid is None else np.where(valid, stored, np.float32(np.nan))
        if valid is not None:
            probabilities = np.where(valid, probabilities, np.float32(0))
        coded = arithmetic.quantise(probabilities)
        return coded if valid is None else np.where(valid, coded, np.uint8(arithmetic.PROBABILITY_NODATA))

    def count(self, classes: NDArray[Any]) -> None:
        """Add the pixels of a piece of the map to the counts."""
        found = np.bincount(classes.ravel())
        for value in np.flatnonzero(found):
            if value != self.class_nodata:
                self.counts[int(value)] = self.counts.get(int(value), 0) + int(found[value])

    def sink_spec(self, product: str) -> SinkSpec:
        """Return what the raster of a product looks like."""
        if product == "classes":
            known = {spec.value: spec.color for spec in self.classes}
            colors = known or {value: default_color(value) for value in range(256)}
            return SinkSpec(self.class_dtype, self.class_nodata, ("class",), colors=colors)
        names = tuple(spec.name for spec in self.classes) if product == "probabilities" else (product,)
        if self.probability_dtype == "float32":
            return SinkSpec("float32", float("nan"), names)
        return SinkSpec("uint8", arithmetic.PROBABILITY_NODATA, names, scale=1 / arithmetic.PROBABILITY_STEPS)

    def final_classes(self) -> tuple[ClassSpec, ...]:
        """Return the classes of the map: the listed ones, and those that turned up without being listed."""
        listed = {spec.value for spec in self.classes}
        extra = [
            ClassSpec(value, f"class {value}", default_color(value))
            for value in sorted(self.counts)
            if value not in listed
        ]
        return (*self.classes, *extra)


def _also_finite(valid: NDArray[np.bool_] | None, best: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Take pixels for which the network gave NaN as without result."""
    broken = np.isnan(best)
    if not broken.any():
        return valid
    return ~broken if valid is None else valid & ~broken


def make_class_mapper(plan: Plan, output: OutputSpec, products: tuple[str, ...]) -> ClassMapper:
    """Return what turns the scores of a plan into *products*; raise SettingsError for products that it can't give.

    Raises ModelError when the card's classes do not fit what the network gives.
    """
    settings = plan.settings
    kind: Kind = "scores"
    if plan.layout.channels == 1:
        kind = "numbers" if output.holds_numbers else "binary"
    if kind == "numbers":
        asked = [name.upper() for name in products if name != "classes"]
        if asked:
            raise SettingsError(
                f"{plan.model.card.name} gives class numbers without scores, so there is no {' or '.join(asked)}: "
                "leave it empty, or use a model that gives scores."
            )
        if settings.merge == "blend":
            raise SettingsError(f"{plan.model.card.name} gives class numbers, which can't be averaged: use MERGE=crop.")
    classes = _classes(kind, plan.layout.channels, output, plan.model.card.name)
    return ClassMapper(
        kind=kind,
        activation=output.activation or ("sigmoid" if kind == "binary" else "softmax"),
        threshold=output.threshold if settings.options.threshold is None else settings.options.threshold,
        classes=classes,
        products=products,
        must_average=settings.merge == "blend",
        probability_dtype=settings.options.probability_dtype,
    )


def _classes(kind: Kind, channels: int, output: OutputSpec, model_name: str) -> tuple[ClassSpec, ...]:
    listed = output.classes
    if kind == "numbers":
        return listed
    count = 2 if kind == "binary" else channels
    if not listed:
        return tuple(ClassSpec(index, f"class {index}", default_color(index)) for index in range(count))
    if kind == "binary" and len(listed) == 1:
        background = 0 if listed[0].value != 0 else 1
        return (ClassSpec(background, f"not {listed[0].name}", default_color(0)), listed[0])
    if len(listed) != count:
        raise ModelError(
            f"The card of {model_name} lists {len(listed)} classes, but the model gave {count} class scores: "
            "correct the card's list of classes."
        )
    return listed
