"""Dates in different units: reflectance from 0 to 1 among numbers up to 10000, say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..raster.sample import sample_pixels
from .timeline import Timeline

_FAR = 20.0
"""factor between medians that clouds and seasons don't make"""


def explain_units(timeline: Timeline, bands: Sequence[Sequence[int]]) -> str:
    """Return a warning when a date's values are of another order than the target's; else nothing.

    *bands* are the bands (from 1) of each date that are compared. Medians of physical values (stored × scale + offset)
    of a few windows are.
    """
    medians = []
    for moment, numbers in zip(timeline.moments, bands):
        band = moment.raster.bands[numbers[0] - 1]
        values = sample_pixels(moment.raster, (numbers[0],), moment.raster.grid.window)
        medians.append(abs(float(np.median(values)) * band.scale + band.offset) if values.size else None)
    own = medians[timeline.position]
    for moment, median in zip(timeline.moments, medians):
        if own and median and max(own / median, median / own) > _FAR:
            return (
                f"The values of {moment.raster.name} (median {median:.4g}) are of another order than those of "
                f"{timeline.target.raster.name} (median {own:.4g}): bring all dates to the same unit first, or what is "
                "filled in will be wrong."
            )
    return ""
