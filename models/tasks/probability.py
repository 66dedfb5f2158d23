"""Probabilities as rasters: bytes 0–250 of a 250th each, or floats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raster.sink import SinkSpec
from . import scores


def store(probabilities: NDArray[Any], valid: NDArray[np.bool_] | None, dtype: str) -> NDArray[Any]:
    """Return probabilities (band, row, column) as they are stored; nodata where not *valid* (None: all are).

    *dtype* is ``uint8`` (255 is nodata) or ``float32`` (NaN is).
    """
    if dtype == "float32":
        stored: NDArray[Any] = probabilities.astype(np.float32, copy=False)
        return stored if valid is None else np.where(valid, stored, np.float32(np.nan))
    if valid is not None:
        probabilities = np.where(valid, probabilities, np.float32(0))
    coded = scores.quantise(probabilities)
    return coded if valid is None else np.where(valid, coded, np.uint8(scores.PROBABILITY_NODATA))


def sink_spec(band_names: tuple[str, ...], dtype: str) -> SinkSpec:
    """Return what a raster of probabilities looks like."""
    if dtype == "float32":
        return SinkSpec("float32", float("nan"), band_names)
    return SinkSpec("uint8", scores.PROBABILITY_NODATA, band_names, scale=1 / scores.PROBABILITY_STEPS)
