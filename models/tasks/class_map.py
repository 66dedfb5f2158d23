"""From the scores of a network to class maps with probabilities, confidence and entropy, whatever the output holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..card.colors import default_color
from ..card.types import ClassSpec, OutputSpec
from ..errors import ModelError, SettingsError
from ..folding.back import ClassBack
from ..plan import Plan
from ..products import Finish, certainty_qml
from ..raster import style
from ..raster.counts import count_values
from ..raster.sink import SinkSpec
from ..stages import MapTask
from . import probability
from . import scores as arithmetic

Kind = Literal["scores", "binary", "numbers"]

_MOST_BYTE_CLASSES = 250


@dataclass
class ClassMapper:
    """From scores to the pixels of each product, for one kind of output. Counts the classes on the way."""

    kind: Kind
    activation: str
    temperature: float
    threshold: float
    classes: tuple[ClassSpec, ...]
    """empty when the model gives class numbers and nothing lists them"""
    products: tuple[str, ...]
    must_average: bool
    """True when scores of several tiles or variants are averaged, so that they have to be probabilities"""
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

    def activate(self, outputs: list[NDArray[Any]]) -> NDArray[Any]:
        """Return probabilities where a product or the averaging needs them, else the scores as they are."""
        (scores,) = outputs
        if self.kind == "numbers":
            return scores
        if self.kind == "scores" and not self.must_average and self.products == ("classes",):
            return scores  # the highest score is the highest probability
        return arithmetic.probabilities(scores, self.activation, self.temperature)

    def finish(
        self, scores: NDArray[Any], valid: NDArray[np.bool_] | None, spread: NDArray[np.float32] | None
    ) -> dict[str, NDArray[Any]]:
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
        products = {"classes": classes[np.newaxis]}
        if "probabilities" in self.products:
            products["probabilities"] = probability.store(scores, valid, self.probability_dtype)
        if "confidence" in self.products:
            products["confidence"] = probability.store(best[np.newaxis], valid, self.probability_dtype)
        if "entropy" in self.products:
            products["entropy"] = probability.store(
                arithmetic.entropy(scores)[np.newaxis], valid, self.probability_dtype
            )
        if "disagreement" in self.products and spread is not None:
            chosen = (
                spread if len(spread) == 1 else np.take_along_axis(spread, index[np.newaxis].astype(np.intp), axis=0)
            )
            products["disagreement"] = probability.store(chosen, valid, self.probability_dtype)
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

    def _count(self, classes: NDArray[Any]) -> None:
        for value, count in count_values(classes, (self.class_nodata, *self.counts)).items():
            if value != self.class_nodata:
                self.counts[value] = self.counts.get(value, 0) + count

    def back(self, plan: Plan) -> ClassBack | None:
        """Return what to put behind the network for these products; None for class numbers."""
        if self.kind == "numbers":
            return None
        is_coded = self.probability_dtype == "uint8" or self.products == ("classes",)
        return ClassBack(
            is_binary=self.kind == "binary",
            activation=self.activation,
            temperature=self.temperature,
            threshold=self.threshold,
            values=tuple(spec.value for spec in self.classes),
            dtype=self.class_dtype,
            nodata=self.class_nodata,
            products=self.products if is_coded and not plan.must_average else (),
        )

    def behind(self, back: ClassBack) -> MapTask:
        """Return the task that takes what the graph gives."""
        return FoldedClasses(self, back) if back.products else ActivatedClasses(self)

    def look_at(self, product: str, pixels: NDArray[Any]) -> None:
        """Count the classes of a piece of the map."""
        if product == "classes":
            self._count(pixels)

    def finish_of(self, product: str) -> Finish:
        """Return names, colours and style of a product."""
        if product == "classes":
            return class_raster_finish(self.final_classes(), self.counts)
        if product == "probabilities":
            return Finish()
        if product == "disagreement":  # of numbers from 0 to 1, the standard deviation is at most a half
            return Finish(qml=certainty_qml(high_is_sure=False, high=0.5))
        return Finish(qml=certainty_qml(high_is_sure=product == "confidence"))

    def sink_spec(self, product: str) -> SinkSpec:
        """Return what the raster of a product looks like."""
        if product == "classes":
            known = {spec.value: spec.color for spec in self.classes}
            colors = known or {value: default_color(value) for value in range(256)}
            return SinkSpec(self.class_dtype, self.class_nodata, ("class",), colors=colors)
        names = tuple(spec.name for spec in self.classes) if product == "probabilities" else (product,)
        return probability.sink_spec(names, self.probability_dtype)

    def final_classes(self) -> tuple[ClassSpec, ...]:
        """Return the classes of the map: the listed ones, and those that turned up without being listed."""
        listed = {spec.value for spec in self.classes}
        extra = [
            ClassSpec(value, f"class {value}", default_color(value))
            for value in sorted(self.counts)
            if value not in listed
        ]
        return (*self.classes, *extra)


@dataclass(frozen=True)
class ActivatedClasses:
    """A class mapper behind a graph that gives probabilities."""

    mapper: ClassMapper

    def activate(self, outputs: list[NDArray[Any]]) -> NDArray[Any]:
        """Return the probabilities as they are."""
        return outputs[0]

    def finish(
        self, scores: NDArray[Any], valid: NDArray[np.bool_] | None, spread: NDArray[np.float32] | None
    ) -> dict[str, NDArray[Any]]:
        """Return the pixels of each product."""
        return self.mapper.finish(scores, valid, spread)


@dataclass(frozen=True)
class FoldedClasses:
    """A class mapper behind a graph that gives finished products, one after the other on the channel axis."""

    mapper: ClassMapper
    back: ClassBack

    def activate(self, outputs: list[NDArray[Any]]) -> NDArray[Any]:
        """Return the products as they are."""
        return outputs[0]

    def finish(
        self, scores: NDArray[Any], valid: NDArray[np.bool_] | None, _spread: NDArray[np.float32] | None
    ) -> dict[str, NDArray[Any]]:
        """Return the pixels of each product, nodata where the network gave NaN or there is no data."""
        nodata = self.back.nodata
        place = self.back.products.index("classes")
        place += len(self.back.values) - 1 if "probabilities" in self.back.products[:place] else 0
        classes = scores[place]
        if valid is not None:
            classes = np.where(valid, classes, classes.dtype.type(nodata))
        missing = classes == nodata if len(scores) > 1 else None
        products: dict[str, NDArray[Any]] = {}
        first = 0
        for product in self.back.products:
            last = first + (len(self.back.values) if product == "probabilities" else 1)
            if product == "classes":
                products[product] = classes[np.newaxis]
            else:
                coded = scores[first:last].astype(np.uint8, copy=missing is not None)
                coded[:, missing] = arithmetic.PROBABILITY_NODATA
                products[product] = coded
            first = last
        return products


def class_raster_finish(classes: tuple[ClassSpec, ...], counts: dict[int, int]) -> Finish:
    """Return names, colours, attribute table and style of a class raster with *counts* pixels of each value."""
    if not classes:
        return Finish("NEAREST")
    return Finish(
        "NEAREST",
        tuple(style.category_names(classes)),
        style.attribute_table(classes, counts),
        style.class_raster_qml(classes),
    )


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
    settings, card, layout = plan.prepared.settings, plan.prepared.model.card, plan.layouts[0]
    kind: Kind = "scores"
    if layout.channels == 1:
        kind = "numbers" if output.holds_numbers else "binary"
    if kind == "numbers":
        asked = [name.upper() for name in products if name != "classes"]
        if asked:
            raise SettingsError(
                f"{card.name} gives class numbers without scores, so there is no {' or '.join(asked)}: leave it empty, "
                "or use a model that gives scores."
            )
        if plan.must_average:
            how = "MERGE=crop" if settings.merge == "blend" else "OPTIONS without tta and monte_carlo"
            raise SettingsError(f"{card.name} gives class numbers, which can't be averaged: use {how}.")
    if "disagreement" in products and len(plan.variants) == 1:
        raise SettingsError(
            'DISAGREEMENT is that of several runs of each tile: say OPTIONS={"tta": "flips"} (or "rotations", or '
            '"monte_carlo": 8), or leave it empty.'
        )
    return ClassMapper(
        kind=kind,
        activation=output.activation or ("sigmoid" if kind == "binary" else "softmax"),
        temperature=output.temperature,
        threshold=output.threshold if settings.options.threshold is None else settings.options.threshold,
        classes=list_classes(kind, layout.channels, output, card.name),
        products=products,
        must_average=plan.must_average,
        probability_dtype=settings.options.probability_dtype,
    )


def list_classes(kind: Kind, channels: int, output: OutputSpec, model_name: str) -> tuple[ClassSpec, ...]:
    """Return the classes of *channels* scores, named by the card or else by number; none for unlisted class numbers.

    Raises ModelError when the card lists another number of classes than the model gives scores.
    """
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
