"""Histogram matching: AFTER gets the distribution of values that BEFORE has, band by band, as it is read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..raster.lookup import Lookup
from ..raster.source import RasterInfo

_MOST_KNOTS = 4096


def match_bands(
    before: RasterInfo,
    after: RasterInfo,
    numbers: tuple[tuple[int, ...], tuple[int, ...]],
    samples: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> RasterInfo:
    """Return *after* with bands whose values are replaced as they are read; nodata stays nodata, nothing is copied.

    *numbers* are the bands of each, *samples* their stored values (band, pixel) where both hold data. The replaced
    values are stored values of *before*, so that its scale and offset hold for both.
    """
    bands = list(after.bands)
    for first, second, values, others in zip(*numbers, *samples):
        reference = before.bands[first - 1]
        bands[second - 1] = replace(
            bands[second - 1],
            lookup=matching_lookup(others, values),
            scale=reference.scale,
            offset=reference.offset,
            harmonizing_offset=reference.harmonizing_offset,
        )
    return replace(after, bands=tuple(bands))


def matching_lookup(values: NDArray[np.floating], reference: NDArray[np.floating]) -> Lookup:
    """Return what gives *values* the distribution of *reference*, both (pixel,) and not empty.

    Each value goes to that of equal rank: the quantile of the reference at the share of values that are not larger
    (Gonzalez & Woods, Digital Image Processing, "histogram specification"; scikit-image's match_histograms).
    """
    stored, ranks = _ranks(values)
    wanted, wanted_ranks = _ranks(reference)
    if len(stored) > _MOST_KNOTS:
        chosen = np.unique(np.searchsorted(ranks, np.linspace(0, 1, _MOST_KNOTS)).clip(0, len(stored) - 1))
        chosen = np.union1d(chosen, [0, len(stored) - 1])
        stored, ranks = stored[chosen], ranks[chosen]
    replaced = np.interp(ranks, wanted_ranks, wanted)
    return Lookup(tuple(stored.tolist()), tuple(replaced.tolist()))


def _ranks(values: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values that occur, rising, and the share of all values that are not larger."""
    found, counts = np.unique(values.astype(np.float64), return_counts=True)
    return found, np.cumsum(counts) / counts.sum()
