"""What stored numbers mean to a model, said before a run; and a look at a few pixels, whether they can be meant."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card.types import InputSpec, Scaling
from .errors import RasterError
from .feedback import Feedback
from .feeds import ImageFeed, ImageSource
from .radar import explain_radar
from .raster.bands import describe_band
from .raster.dates import find_date
from .raster.grid import Window
from .raster.sample import sample_pixels
from .raster.sensors import MSI
from .raster.source import BandInfo, RasterInfo
from .scaling import band_steps, stored_to_physical
from .settings import RunOptions

_FEWEST_PIXELS = 50
_MOST_BAD = 0.5
_FAR_SIGMA = 6.0
_FLAT_SIGMA = 0.05
_FLAT_SHARE = 0.001
_DARK_SHARE = 0.03
"""8-bit numbers divided by 10000, as Sentinel-2 needs, stay below it"""
_NARROW_SIGMA, _OFF_SIGMA = 0.5, 1.5
"""a whole image off the mean and squeezed together: 8-bit numbers in a model of 16-bit ones"""
_BRIGHTEST = 2.0
"""reflectance, and values divided by a ``scale``, seldom lie above this even over clouds"""
_DARKEST = 0.02
_BYTE = "uint8"
_MOST_OF_BYTES = 255
_TOO_FEW = 4
"""times what bytes reach: a model that expects more was not trained on bytes"""
_ALL_OR_NOTHING = 0.9
"""more of a band of transparency is 0 or its largest value; edges that were resampled lie between"""
_OFFSETS_SINCE = date(2022, 1, 25)
_SENTINEL2_FILE = re.compile(r"(^|_)T\d{2}[A-Z]{3}_\d{8}T\d{6}")
_MOST_NAMED = 3
_USED_TO = "so that they mean what they did before baseline 04.00"


@dataclass(frozen=True)
class _Guess:
    """One usual mistake: values whose largest lies in a range may be meant times a factor."""

    above: float
    upto: float
    factor: float
    question: str


_GUESSES = (
    _Guess(255, 65535, 0.0001, "is the image stored as reflectance × 10000?"),
    _Guess(1.01, 255, 1 / 255, "is the image stored as bytes from 0 to 255?"),
    _Guess(0, 3, 10000, "is the image reflectance from 0 to 1, and the model made for reflectance × 10000?"),
    _Guess(0, 1.01, 255, "is the image scaled to 0 to 1, and the model made for bytes from 0 to 255?"),
)


@dataclass(frozen=True)
class _Misfit:
    """Values of a raster that are not what the card expects."""

    found: str
    """as the beginning of a sentence, *lead* its middle"""
    lead: str
    options: str
    """what mends it, where OPTIONS can"""
    factor: float = 0.0
    """what stored values have to be multiplied by; 0: not known"""

    def tell(self) -> str:
        """Return the warning for a raster that OPTIONS can mend."""
        return f"{self.found} {self.lead} say {self.options}."

    def tell_of_one(self, others: Sequence[str]) -> str:
        """Return the warning for one of several rasters, where the OPTIONS for it would spoil the *others*."""
        how = f"-ot Float32 -scale 0 1 0 {self.factor:.6g}" if self.factor else "-scale"
        named = ", ".join(others[:_MOST_NAMED]) + (" …" if len(others) > _MOST_NAMED else "")
        return (
            f"{self.found} {self.lead} convert this raster before the run, by gdal_translate {how} or the raster "
            f'calculator: OPTIONS={{"scale": …}} would change {named} too.'
        )


def report_values(images: Sequence[ImageFeed], options: RunOptions, target: Window, feedback: Feedback) -> None:
    """Say how the values of each image are read, and warn where a sample lies far outside what the model expects.

    *target* is the part that will be processed.
    """
    said = set()
    sources = [(feed.spec, source) for feed in images for source in feed.sources]
    misfits = [_find_misfit(spec, source, options, target) for spec, source in sources]
    for place, (spec, source) in enumerate(sources):
        sentence = explain_values(spec, source, options)
        if sentence not in said:
            said.add(sentence)
            feedback.log(sentence)
            bands = [source.raster.bands[number - 1] for number in source.bands.numbers]
            if radar := explain_radar(spec, source.raster, bands, options.sar):
                feedback.log(radar)
        warnings = (
            _transparency(source, target),
            _unknown_baseline(spec, source.raster, options),
            _tell_misfit(place, sources, misfits),
        )
        for warning in filter(None, warnings):
            feedback.warn(warning)


def _tell_misfit(
    place: int, sources: Sequence[tuple[InputSpec, ImageSource]], misfits: Sequence[_Misfit | None]
) -> str:
    """Return the warning for one of all rasters of a run: OPTIONS hold for every one but radar (`radar_transforms`)."""
    misfit = misfits[place]
    if misfit is None:
        return ""
    own = sources[place][1].raster
    others = [
        source.raster.name
        for (spec, source), other in zip(sources, misfits)
        if source.raster is not own
        and not (spec.role == "sar" and spec.radar_unit)
        and (other is None or other.options != misfit.options)
    ]
    return misfit.tell_of_one(others) if others else misfit.tell()


def explain_values(spec: InputSpec, source: ImageSource, options: RunOptions) -> str:
    """Return one sentence: how stored numbers become the values that the card's scaling is applied to."""
    raster = source.raster
    bands = [raster.bands[number - 1] for number in source.bands.numbers]
    formulas = {stored_to_physical(spec, band, options.scale, options.offset) for band in bands}
    formula = _formula(*next(iter(formulas))) if len(formulas) == 1 else "with a scale and an offset for each band"
    baseline = f"processing baseline {raster.baseline}" if raster.baseline else raster.level
    of_product = f" ({raster.sensor.name}, {baseline})" if raster.sensor and baseline else " (as the file says)"
    if options.scale is not None or options.offset is not None:
        return f"Values of {raster.name}: {formula}, as OPTIONS says."
    if spec.reflectance and formulas == {(1.0, 0.0)}:
        return f"Values of {raster.name}: taken to be reflectance as they are."
    if spec.reflectance:
        return f"Values of {raster.name}: reflectance = {formula}{of_product}."
    if formulas != {(1.0, 0.0)}:
        return (
            f"Values of {raster.name}: {formula}{of_product}, {_USED_TO}; say "
            'OPTIONS={"offset": 0} if the model was trained on numbers from after it.'
        )
    unused = any(band.scale != 1 or band.offset != 0 for band in bands)
    return f"Values of {raster.name}: stored numbers as they are" + (
        "; the scale and offset that the file gives them are not applied, since the model's description does not ask "
        "for reflectance." if unused else "."
    )  # fmt: skip


def _formula(scale: float, offset: float) -> str:
    text = "stored number" + (f" × {scale:g}" if scale != 1 else "")
    return text + (f" {'+' if offset > 0 else '−'} {abs(offset):g}" if offset else "")


def _transparency(source: ImageSource, target: Window) -> str:
    """Return a warning where a band that is marked as transparency holds what may be data; else nothing.

    Raises RasterError where it holds nothing but transparency.
    """
    raster = source.raster
    for place, number in enumerate(source.bands.numbers):
        band = raster.bands[number - 1]
        if not band.is_alpha:
            continue
        stored = sample_pixels(raster, (number,), target)
        named = f"{raster.name}, {_name(source, place, band)}: that band is marked as transparency (alpha)"
        if stored.size and np.isin(stored, (0, stored.max())).mean() > _ALL_OR_NOTHING:
            raise RasterError(
                f"{named}, and is no more than that, 0 or {stored.max():g} throughout: give a raster that has the "
                "model's bands, or use a model of those that this one has."
            )
        return (
            f"{named}, and its values vary, so they are taken for data: the map will be wrong if they are none; "
            f"gdal_edit.py -colorinterp_{number} undefined {raster.name} takes the mark off."
        )
    return ""


def _unknown_baseline(spec: InputSpec, raster: RasterInfo, options: RunOptions) -> str:
    is_said = options.scale is not None or options.offset is not None
    is_picture = all(band.dtype == _BYTE for band in raster.data_bands)
    if is_said or is_picture or spec.reflectance or raster.sensor is not MSI or raster.baseline:
        return ""
    day = find_date(raster.name) if _SENTINEL2_FILE.search(raster.name) else None
    if day is None or day < _OFFSETS_SINCE:
        return ""
    return (
        f"{raster.name} is from {day}, and without its MTD_MSI….xml nothing says whether its numbers hold the 1000 "
        'that processing baseline 04.00 adds; they are taken as they are. Say OPTIONS={"offset": -1000} if they do.'
    )


def check_values(spec: InputSpec, source: ImageSource, options: RunOptions, target: Window) -> str:
    """Return a warning with numbers when most sampled values lie far outside what the card expects; else nothing.

    Reads up to eight small windows at full resolution, fewer where reading is dear.
    """
    misfit = _find_misfit(spec, source, options, target)
    return "" if misfit is None else misfit.tell()


def _find_misfit(spec: InputSpec, source: ImageSource, options: RunOptions, target: Window) -> _Misfit | None:
    numbers = source.bands.numbers
    bands = [source.raster.bands[number - 1] for number in numbers]
    steps = band_steps(spec, len(bands))
    if not spec.reflectance and all(step is None or step.type == "offset" for step in steps):
        return None
    formulas = [stored_to_physical(spec, band, options.scale, options.offset) for band in bands]
    if bytes_found := _bytes_for_numbers(spec, source, steps, formulas):
        return bytes_found
    stored = sample_pixels(source.raster, numbers, target)
    if stored.shape[1] < _FEWEST_PIXELS:
        return None
    values = [
        plane * scale + offset if transform.radar is None else transform.radar.apply(plane)
        for plane, (scale, offset), transform in zip(stored, formulas, source.transforms)
    ]
    found = [_misfit(step, spec.reflectance, plane) for step, plane in zip(steps, values)]
    bad = [place for place, text in enumerate(found) if text]
    if not bad:
        return None
    first = bad[0]
    also = f" (and {len(bad) - 1} of the other bands likewise)" if len(bad) > 1 else ""
    name = _name(source, first, bands[first])
    text = (
        f"{source.raster.name}, {name}: {found[first]}, median {np.median(values[first]):.4g}{also}: the map will be "
        "wrong if this is not meant;"
    )
    return _Misfit(text, *_advise(spec, steps, values, formulas))


def _bytes_for_numbers(
    spec: InputSpec, source: ImageSource, steps: Sequence[Scaling | None], formulas: Sequence[tuple[float, float]]
) -> _Misfit | None:
    """Return what is wrong where bytes, whatever they hold, can't be what the card expects; else nothing."""
    types = {source.raster.bands[number - 1].dtype for number in source.bands.numbers}
    if types != {_BYTE} or any(transform.radar or transform.lookup for transform in source.transforms):
        return None
    expected = max(_usual_maximum(step, spec.reflectance) for step in steps)
    if _TOO_FEW * max(_MOST_OF_BYTES * scale + offset for scale, offset in formulas) >= expected:
        return None
    kind = "reflectance" if spec.reflectance else "such as reflectance × 10000"
    return _Misfit(
        f"{source.raster.name} holds bytes from 0 to 255, as pictures for the eye (TCI) do, and the model expects "
        f"values up to about {float(f'{expected:.2g}'):g} ({kind}): the map will be wrong if this is not meant;",
        "give the bands as the product stores them, or",
        'the OPTIONS={"scale": …} that brings the bytes to such values',
    )


def _usual_maximum(step: Scaling | None, is_reflectance: bool) -> float:
    """Return about the largest value that the card expects of one band; 0 where it does not say."""
    if step is not None and step.type == "z-score" and step.mean is not None and step.stddev is not None:
        return step.mean + 2 * abs(step.stddev)
    if step is not None and step.type in ("min-max", "clip", "clip-max") and step.maximum is not None:
        return step.maximum
    if step is not None and step.type == "scale" and step.value is not None:
        return abs(step.value)
    return 1.0 if is_reflectance else 0.0


def _name(source: ImageSource, place: int, band: BandInfo) -> str:
    matches = source.bands.matches
    wanted = matches[place].name if place < len(matches) else ""
    own = describe_band(band)
    return f"{own} as {wanted}" if wanted and wanted.lower() != band.name.lower() else own


def _misfit(step: Scaling | None, is_reflectance: bool, values: NDArray[Any]) -> str:
    """Return what is wrong with the values of one band, as the middle of a sentence; empty when nothing is."""
    if step is not None and step.type == "z-score" and step.mean is not None and step.stddev is not None:
        return _misfit_of_spread(step.mean, abs(step.stddev), values)
    low, high, word = -math.inf, math.inf, "training"
    if step is not None and step.type in ("min-max", "clip", "clip-min", "clip-max"):
        low = step.minimum if step.minimum is not None else low
        high = step.maximum if step.maximum is not None else high
    elif step is not None and step.type == "scale" and step.value is not None:
        low, high, word = -_BRIGHTEST * abs(step.value), _BRIGHTEST * abs(step.value), "sensible"
        for share in (_FLAT_SHARE, _DARK_SHARE):
            if np.abs(values).max() < share * abs(step.value) and values.any():
                return f"divided by {step.value:g} as the model's description says, nothing above {share:g} is left"
    elif is_reflectance:
        low, high, word = -_BRIGHTEST, _BRIGHTEST, "sensible"
    for share, side, limit in (
        ((values > high).mean(), "above", high), ((values < low).mean(), "below", low),
    ):  # fmt: skip
        if share > _MOST_BAD:
            end = "maximum" if side == "above" else "minimum"
            return f"{share:.0%} of the values lie {side} the {word} {end} {limit:g}"
    spread = high - low
    if step is not None and step.type == "min-max" and values.max() - values.min() < _FLAT_SHARE * spread:
        return f"all values lie within {_FLAT_SHARE:.1%} of the training range, {low:g} to {high:g}"
    return ""


def _misfit_of_spread(mean: float, sigma: float, values: NDArray[Any]) -> str:
    scores = (values - mean) / sigma
    for share, side in (((scores > _FAR_SIGMA).mean(), "above"), ((scores < -_FAR_SIGMA).mean(), "below")):
        if share > _MOST_BAD:
            return f"{share:.0%} of the values lie more than 6 standard deviations {side} the training mean {mean:g}"
    low, high = np.percentile(scores, (1, 99))
    if high - low < _FLAT_SIGMA:
        return f"all values lie within {_FLAT_SIGMA:g} standard deviations of each other (training mean {mean:g})"
    if high - low < _NARROW_SIGMA and min(abs(low), abs(high)) > _OFF_SIGMA:
        return (
            f"all values lie {low:.1f} to {high:.1f} standard deviations from the training mean {mean:g}, closer "
            "together than any image the model was trained on"
        )
    return ""


def _advise(
    spec: InputSpec,
    steps: Sequence[Scaling | None],
    values: Sequence[NDArray[Any]],
    formulas: Sequence[tuple[float, float]],
) -> tuple[str, str, float]:
    """Return the question whose yes would explain the values, the OPTIONS that mend them, and the factor (0: none)."""
    largest = max(float(plane.max()) for plane in values)
    for guess in _GUESSES if len(set(formulas)) == 1 else ():
        tried = [plane * guess.factor for plane in values]
        if guess.above < largest <= guess.upto and all(
            _fits(step, spec.reflectance, plane) for step, plane in zip(steps, tried)
        ):
            scale, offset = formulas[0]
            also = f', "offset": {offset * guess.factor:.6g}' if offset else ""
            mends = f'OPTIONS={{"scale": {scale * guess.factor:.6g}{also}}}'
            return f"{guess.question} Then", mends, 0.0 if offset else guess.factor
    return (
        "compare the image with the value_scaling of the model's description, and",
        'the OPTIONS={"scale": …, "offset": …} that bring them together',
        0.0,
    )


def _fits(step: Scaling | None, is_reflectance: bool, values: NDArray[Any]) -> bool:
    """Return True when values agree with the card well enough to propose what made them."""
    if step is not None and step.type == "scale" and step.value is not None:
        return _DARKEST < np.abs(values).max() / abs(step.value) < _BRIGHTEST
    return not _misfit(step, is_reflectance, values)
