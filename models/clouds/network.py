"""What a cloud removal network gives, and how it becomes an image in the numbers of the date that it restores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..card.types import InputSpec, ModelCard, OutputSpec, Scaling
from ..card.wrong_task import wrong_task
from ..errors import ModelError, SettingsError
from ..feeds import ImageFeed, ImageSource
from ..outputs import OutputLayout
from ..plan import Plan
from ..products import Finish
from ..radar import radar_places
from ..raster.sink import SinkSpec
from ..scaling import BandTransform, RadarStep, band_transform, stored_to_physical
from ..settings import RunOptions
from .stored import StoredFormat

_LARGEST_LOG = 80.0
"""exp of more does not fit into 32 bits"""


def image_output(card: ModelCard) -> OutputSpec:
    """Return the output that is the restored image; raise ModelError when the model has none."""
    if card.task != "clouds":
        raise wrong_task(card, "that removes clouds")
    output = next((spec for spec in card.outputs if spec.role == "image"), None)
    if output is None:
        raise ModelError(f"{card.name} has no output with the role 'image'; choose a model that gives an image.")
    return output


def variance_output(card: ModelCard) -> OutputSpec | None:
    """Return the output that says how sure the model is of the image; None where it has none."""
    return next((spec for spec in card.outputs if spec.role in ("variance", "logvariance")), None)


def restored_places(output: OutputSpec, spec: InputSpec, bands: int, channels: int, model_name: str) -> tuple[int, ...]:
    """Return which of the *bands* of one date the *channels* of an image are, in the order of the channels.

    Those that the card names, else all, else all but radar. Raises ModelError when their number does not fit.
    """
    if output.bands:
        names = [name.lower() for name in spec.band_names]
        unknown = [name for name in output.bands if name.lower() not in names]
        if unknown or len(output.bands) != channels:
            raise ModelError(
                f"The card of {model_name} says that its image has the bands {', '.join(output.bands)}; the image has "
                f"{channels} and the input {', '.join(spec.band_names) or 'no named bands'}: correct geonnx:bands."
            )
        return tuple(names.index(name.lower()) for name in output.bands)
    radar = radar_places(spec, bands)
    optical = tuple(place for place in range(bands) if place not in radar)
    for places in (tuple(range(bands)), optical):
        if len(places) == channels:
            return places
    raise ModelError(
        f"{model_name} gives an image of {channels} band(s) for an input of {bands}, and nothing says which they are: "
        "name them by geonnx:bands of the output in the card."
    )


@dataclass(frozen=True)
class ImageMapper:
    """From the outputs of the network to pixels of the restored image and of its standard deviation."""

    form: StoredFormat
    layouts: tuple[OutputLayout, ...]
    """of the image, and of its variance where that is wanted"""
    date: int
    """the date to take where the network gives several"""
    is_log: bool
    """True when the variance is given as its logarithm"""
    transforms: tuple[BandTransform, ...]
    """from stored numbers to the network's, a band; undone here"""

    def activate(self, outputs: list[NDArray[Any]]) -> NDArray[Any]:
        """Return the bands of the wanted date, then their variances (one, or one a band), as float32."""
        picked = [self._pick(values, layout) for values, layout in zip(outputs, self.layouts)]
        if len(picked) > 1 and self.is_log:
            picked[1] = np.exp(np.minimum(picked[1], np.float32(_LARGEST_LOG)))
        return np.concatenate(picked)

    def _pick(self, values: NDArray[Any], layout: OutputLayout) -> NDArray[np.float32]:
        date = self.date if layout.dates > 1 else 0
        return values[date * layout.channels : (date + 1) * layout.channels].astype(np.float32)

    def finish(
        self, scores: NDArray[Any], valid: NDArray[np.bool_] | None, spread: NDArray[np.float32] | None
    ) -> dict[str, NDArray[Any]]:
        """Return ``image`` in stored numbers, and ``uncertainty``: the standard deviation in the same numbers.

        Over several runs of a tile the variances add up: the mean of the variances and the variance of the means (law
        of total variance).
        """
        count = len(self.transforms)
        image = np.stack([_undo(plane, transform) for plane, transform in zip(scores, self.transforms)])
        products: dict[str, NDArray[Any]] = {"image": self.form.encode(image, valid)}
        variance = np.maximum(scores[count:], 0) if len(scores) > count else np.zeros((1, 1, 1), np.float32)
        if spread is not None:
            variance = variance + spread[:count] ** 2
        elif len(scores) == count:
            return products
        factors = np.array([abs(transform.factor) for transform in self.transforms], np.float32).reshape(-1, 1, 1)
        deviation = np.broadcast_to(np.sqrt(variance), image.shape) / factors
        broken = np.isnan(image).any(axis=0)
        if valid is not None:
            broken |= ~valid
        products["uncertainty"] = np.where(broken, np.float32(np.nan), deviation).astype(np.float32)
        return products

    def sink_spec(self, product: str) -> SinkSpec:
        """Return what the raster of a product looks like."""
        return self.form.image_spec() if product == "image" else self.form.uncertainty_spec()

    def finish_of(self, _product: str) -> Finish:
        """Return what the rasters get at the end: overviews."""
        return Finish("AVERAGE")

    def look_at(self, _product: str, _pixels: NDArray[Any]) -> None:
        """Nothing is counted."""


def _undo(plane: NDArray[Any], transform: BandTransform) -> NDArray[np.float64]:
    """Return the stored numbers that *transform* makes *plane* of; what it clips can't come back."""
    values = plane.astype(np.float64) / transform.factor + transform.shift
    if transform.radar is None:
        return values
    step = transform.radar
    back = RadarStep("power" if step.unit == "db" else "db")
    return (back.apply(values) - step.offset) / step.scale


def image_feed(plan: Plan) -> ImageFeed:
    """Return the input that gets the optical image."""
    return next(feed for feed in plan.prepared.images if feed.spec.role != "sar")


def output_transforms(
    output: OutputSpec, spec: InputSpec, source: ImageSource, places: Sequence[int], options: RunOptions
) -> tuple[BandTransform, ...]:
    """Return what turns stored numbers of the restored bands into the network's: the input's way, or the output's own.

    Raises ModelError when the card's scaling of the output fits neither one nor all of its bands.
    """
    if not output.scaling:
        return tuple(source.transforms[place] for place in places)
    if len(output.scaling) not in (1, len(places)):
        raise ModelError(
            f"The card gives {len(output.scaling)} scalings for the {len(places)} bands of the output '{output.name}'; "
            "expected one for all, or one a band: correct geonnx:scaling."
        )
    steps: Sequence[Scaling | None] = output.scaling if len(output.scaling) > 1 else output.scaling * len(places)
    numbers = [source.bands.numbers[place] for place in places]
    bands = [source.raster.bands[number - 1] for number in numbers]
    pairs = [stored_to_physical(spec, band, options.scale, options.offset) for band in bands]
    return tuple(band_transform(step, scale, offset) for step, (scale, offset) in zip(steps, pairs))


def make_mapper(
    plan: Plan, form: StoredFormat, places: Sequence[int], position: int, *, wants_deviation: bool
) -> ImageMapper:
    """Return what makes the image of date number *position* of those that the network got.

    Raises ModelError when the outputs do not fit the inputs, SettingsError when there is nothing to make the standard
    deviation of.
    """
    prepared = plan.prepared
    card, feed = prepared.model.card, image_feed(plan)
    layout = plan.layouts[0]
    if layout.dates not in (1, len(feed.sources)):
        raise ModelError(
            f"{card.name} gives images of {layout.dates} dates for {len(feed.sources)}; expected one, or one for each."
        )
    layouts = plan.layouts if wants_deviation else plan.layouts[:1]
    for other in layouts[1:]:
        if other.channels not in (1, layout.channels) or other.dates not in (1, layout.dates):
            raise ModelError(
                f"The variance of {card.name} has {other.channels} band(s) and {other.dates} date(s), its image "
                f"{layout.channels} and {layout.dates}; expected the same, or one band."
            )
    if wants_deviation and len(layouts) == 1 and len(plan.variants) == 1:
        raise SettingsError(
            f"{card.name} gives no variance, so there is no UNCERTAINTY: leave it empty, or have every tile run "
            'several times with OPTIONS={"tta": "flips"} (or "rotations", or "monte_carlo": 8).'
        )
    source = feed.sources[position if len(feed.sources) > 1 else 0]
    output = prepared.outputs[0]
    transforms = output_transforms(output, feed.spec, source, places, prepared.settings.options)
    is_log = len(layouts) > 1 and prepared.outputs[1].role == "logvariance"
    return ImageMapper(form, layouts, position, is_log, transforms)
