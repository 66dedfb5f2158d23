"""How a restored image is stored: as the date that it restores is, so that it can take its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, RasterError
from ..raster.sink import WRITABLE_DTYPES, BandLook, SinkSpec
from ..raster.source import BandInfo, RasterInfo


@dataclass(frozen=True)
class StoredFormat:
    """Type, nodata value and bands of a result. Everything is in stored numbers; scale and offset only describe them.

    ``bands`` are those of the restored date, in the order of the result.
    """

    raster: RasterInfo
    bands: tuple[BandInfo, ...]
    dtype: str
    nodata: float | None
    """None: every pixel holds data"""
    acquired: str = ""
    """date of the restored image, as 2021-06-26"""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """what the result says of its making"""

    def encode(self, values: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[Any]:
        """Return *values* (band, row, column; stored numbers, not yet rounded) in the result's type.

        They are rounded and cut to the range of the type, and never become the nodata value; where not *valid*, they
        do. NaN counts as not valid; without a nodata value, floats without data are NaN. Raises ModelError when whole
        numbers would have to say that there is no data and have no nodata value.
        """
        dtype = np.dtype(self.dtype)
        broken = np.isnan(values).any(axis=0)  # as when it was read: a pixel without data in one band has none
        if valid is not None:
            broken |= ~valid
        if dtype.kind == "f":
            stored = values.astype(dtype)
        else:
            low, high = _limits(dtype, self.nodata)
            stored = np.clip(np.rint(np.where(broken, low, values)), low, high).astype(dtype)
        if self.nodata is not None and not math.isnan(self.nodata):
            nodata = dtype.type(self.nodata)
            stored[stored == nodata] = _neighbour(nodata, dtype)
        if broken.any():
            if self.nodata is None and dtype.kind != "f":
                raise ModelError(
                    "The model gave no number (NaN) for some pixels, and the image has no nodata value to say so: give "
                    "the image one (gdal_edit.py -a_nodata), or check how its values are scaled for the model."
                )
            stored[:, broken] = dtype.type(math.nan if self.nodata is None else self.nodata)
        return stored

    def image_spec(self) -> SinkSpec:
        """Return what the raster of the image looks like."""
        looks = tuple(BandLook(band.scale, band.offset, band.unit, _items(band)) for band in self.bands)
        return self._spec(self.dtype, self.nodata, looks)

    def uncertainty_spec(self) -> SinkSpec:
        """Return what the raster of standard deviations looks like: stored numbers as float32, with the same scale."""
        looks = tuple(BandLook(abs(band.scale), 0.0, band.unit) for band in self.bands)
        return self._spec("float32", math.nan, looks)

    def _spec(self, dtype: str, nodata: float | None, looks: tuple[BandLook, ...]) -> SinkSpec:
        names = tuple(band.name for band in self.bands)
        return SinkSpec(dtype, nodata, names, looks=looks, file_items=self.file_items(), provenance=self.provenance)

    def file_items(self) -> dict[str, str]:
        """Return metadata of the file by which later steps know sensor and date."""
        items = {"SENSOR": self.raster.sensor.name if self.raster.sensor else "", "ACQUISITION_DATE": self.acquired}
        return {key: value for key, value in items.items() if value}


def _items(band: BandInfo) -> dict[str, dict[str, str]]:
    """Return the metadata by which later steps know what a band sees and how its numbers compare to older ones."""
    imagery = {"CENTRAL_WAVELENGTH_UM": band.wavelength_um, "FWHM_UM": band.fwhm_um}
    own = {"HARMONIZING_OFFSET": band.harmonizing_offset or None}
    named = {"IMAGERY": imagery, "GEONNX": own}
    return {
        domain: {key: repr(value) for key, value in items.items() if value is not None}
        for domain, items in named.items()
    }


def stored_format(raster: RasterInfo, numbers: Sequence[int], *, has_gaps: bool, acquired: str = "") -> StoredFormat:
    """Return how a result with the bands *numbers* of *raster* is stored.

    *has_gaps* is True when pixels of the result may hold no data; then a nodata value is chosen where the raster has
    none: NaN, the smallest number of a signed type, 0 of an unsigned one. Raises RasterError for types that are not
    written.
    """
    bands = tuple(raster.bands[number - 1] for number in numbers)
    dtype = np.result_type(*(np.dtype(band.dtype) for band in bands))
    if dtype.name not in WRITABLE_DTYPES:
        held = ", ".join(sorted({band.dtype for band in bands}))
        raise RasterError(
            f"The bands of {raster.name} hold {held} numbers, and the result has to hold them all; expected one of "
            f"{', '.join(WRITABLE_DTYPES)}. Convert the raster first."
        )
    nodata = next((band.nodata for band in bands if band.nodata is not None and _holds(dtype, band.nodata)), None)
    if nodata is None and has_gaps:
        nodata = math.nan if dtype.kind == "f" else float(np.iinfo(dtype).min)
    return StoredFormat(raster, bands, dtype.name, nodata, acquired)


def _holds(dtype: np.dtype[Any], value: float) -> bool:
    if dtype.kind == "f":
        return True
    if not math.isfinite(value) or value != int(value):
        return False
    limits = np.iinfo(dtype)
    return bool(limits.min <= value <= limits.max)


def _limits(dtype: np.dtype[Any], nodata: float | None) -> tuple[float, float]:
    limits = np.iinfo(dtype)
    low, high = limits.min, limits.max
    return float(low + (nodata == low)), float(high - (nodata == high))


def _neighbour(nodata: Any, dtype: np.dtype[Any]) -> Any:
    """Return the number next to the nodata value that the type can hold, towards zero from the ends of the range."""
    if dtype.kind == "f":
        return np.nextafter(nodata, dtype.type(0)) if nodata else np.finfo(dtype).tiny
    return nodata - 1 if nodata == np.iinfo(dtype).max else nodata + 1
