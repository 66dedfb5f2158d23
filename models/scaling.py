"""From stored pixel values to what the network was trained on: clip, scale, fill where there is no data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card.types import InputSpec, RadarUnit, Scaling
from .errors import RasterError
from .raster.lookup import Lookup
from .raster.source import BandInfo
from .runtime.session import run_dtype

_LEAST_POWER = 1e-5


@dataclass(frozen=True)
class RadarStep:
    """``stored * scale + offset`` as decibels instead of power, or as power instead of decibels (see `radar`)."""

    unit: RadarUnit
    """what comes out: ``db`` or ``power``"""
    scale: float = 1.0
    offset: float = 0.0

    def apply(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Return the values in the other unit; power of 0 or less counts as -50 dB."""
        values = stored.astype(np.float64) * self.scale + self.offset
        if self.unit == "power":
            return np.asarray(np.power(10.0, values / 10.0))
        return np.asarray(10.0 * np.log10(np.maximum(values, _LEAST_POWER)))


@dataclass(frozen=True)
class BandTransform:
    """``clip(stored, low, high)``, then ``(… - shift) * factor``: every MLM scaling on stored values of one band.

    With *radar*, that comes before, and the rest is about what it gives.
    """

    low: float = -np.inf
    high: float = np.inf
    shift: float = 0.0
    factor: float = 1.0
    lookup: Lookup | None = None
    """what takes the place of stored values first; None: they themselves"""
    radar: RadarStep | None = None

    @property
    def changes_nothing(self) -> bool:
        """True when values pass as they are."""
        return self == BandTransform()


def band_transform(scaling: Scaling | None, scale: float, offset: float) -> BandTransform:
    """Compose the file's own ``physical = stored * scale + offset`` with the card's scaling of physical values.

    Both are affine, so one subtraction and one multiplication do; clips are moved to stored values.
    """
    low, high, shift, factor = -np.inf, np.inf, 0.0, 1.0
    if scaling is not None:
        if scaling.type in ("clip", "clip-min") and scaling.minimum is not None:
            low = scaling.minimum
        if scaling.type in ("clip", "clip-max") and scaling.maximum is not None:
            high = scaling.maximum
        if scaling.type == "min-max" and scaling.minimum is not None and scaling.maximum is not None:
            shift, factor = scaling.minimum, 1 / (scaling.maximum - scaling.minimum)
        if scaling.type == "z-score" and scaling.mean is not None and scaling.stddev is not None:
            shift, factor = scaling.mean, 1 / scaling.stddev
        if scaling.type == "offset" and scaling.value is not None:
            shift = scaling.value
        if scaling.type == "scale" and scaling.value is not None:
            factor = 1 / scaling.value
    if scale == 1 and offset == 0:
        return BandTransform(low, high, shift, factor)
    low, high = (low - offset) / scale, (high - offset) / scale
    return BandTransform(min(low, high), max(low, high), (shift - offset) / scale, factor * scale)


def write_plane(
    view: NDArray[Any],
    stored: NDArray[Any],
    transform: BandTransform,
    valid: NDArray[np.bool_] | None,
    fill: float,
) -> None:
    """Fill *view*, one band of an input tensor, from *stored* values; pixels that are not *valid* get *fill*."""
    rounds = view.dtype.kind in "iu"
    if transform.lookup is not None:
        stored = transform.lookup.apply(stored)
    if transform.changes_nothing:
        view[...] = stored
    else:
        # half floats and integers have not the digits to compute in
        direct = view.dtype.kind == "f" and view.dtype.itemsize >= 4
        work = view if direct else np.empty(stored.shape, np.float32)
        _transform(stored, transform, work)
        if rounds:
            limits = np.iinfo(view.dtype)
            work = np.clip(np.rint(work), limits.min, limits.max)
        if work is not view:
            view[...] = work
    if valid is not None:
        view[~valid] = fill


def _transform(stored: NDArray[Any], transform: BandTransform, out: NDArray[Any]) -> None:
    out[...] = stored if transform.radar is None else transform.radar.apply(stored)
    if transform.low > -np.inf or transform.high < np.inf:
        np.clip(out, transform.low, transform.high, out=out)
    if transform.shift:
        out -= out.dtype.type(transform.shift)
    if transform.factor != 1:
        out *= out.dtype.type(transform.factor)


def band_transforms(
    spec: InputSpec, bands: list[BandInfo], *, scale: float | None, offset: float | None
) -> tuple[BandTransform, ...]:
    """Work out how *bands* (in the model's order) become the values of the input *spec*.

    *scale* and *offset* are the user's, from stored values to those that the card's scaling expects; None: the file's
    own where the model wants reflectance, else stored values as they are. Raises RasterError when integers would be
    taken for reflectance, or when the tensor's type can't hold the band's values.
    """
    dtype = run_dtype(spec.dtype)
    transforms = []
    for band, step in zip(bands, band_steps(spec, len(bands))):
        band_scale, band_offset = stored_to_physical(spec, band, scale, offset)
        transform = band_transform(step, band_scale, band_offset)
        if band.lookup is not None:
            transform = replace(transform, lookup=band.lookup)
        if transform.changes_nothing and dtype.kind in "iu" and not np.can_cast(np.dtype(band.dtype), dtype):
            raise RasterError(
                f"The model takes {dtype.name} values; band {band.number} holds {band.dtype}, whose values may not "
                f"fit. Convert the raster to {dtype.name} first, or give the model a card with value_scaling."
            )
        transforms.append(transform)
    return tuple(transforms)


def band_steps(spec: InputSpec, count: int) -> tuple[Scaling | None, ...]:
    """Return the card's scaling of each of *count* bands; None: as it is."""
    return spec.scaling if len(spec.scaling) > 1 else (spec.scaling or (None,)) * count


def stored_to_physical(
    spec: InputSpec, band: BandInfo, scale: float | None, offset: float | None
) -> tuple[float, float]:
    """Return factor and offset from stored numbers to the values that the card's scaling is about.

    The user's come first. A card in reflectance gets the product's or the file's own; any other gets stored numbers,
    without what Sentinel-2's processing baseline 04.00 adds to them: scenes of all baselines should mean the same.
    Raises RasterError when integers would be taken for reflectance.
    """
    if scale is not None or offset is not None:
        return (1.0 if scale is None else scale), offset or 0.0
    if not spec.reflectance:
        return 1.0, band.harmonizing_offset
    if band.scale == 1 and band.offset == 0 and band.dtype == "uint8":
        raise RasterError(
            f"The model expects reflectance from 0 to 1; band {band.number} holds bytes from 0 to 255, as pictures for "
            "the eye (TCI) do, and the file does not say their scale. Give the bands as the product stores them, or "
            'the OPTIONS={"scale": …} that brings the bytes to reflectance.'
        )
    if band.scale == 1 and band.offset == 0 and not band.dtype.startswith("float"):
        raise RasterError(
            f"The model expects reflectance from 0 to 1; band {band.number} holds {band.dtype} numbers and the file "
            'does not say their scale. Say it: OPTIONS={"scale": 0.0001} for Sentinel-2 and other products that store '
            "reflectance × 10000."
        )
    return band.scale, band.offset
