"""What a run says of the likeness of its image: sentences, and the raster that OPTIONS may ask for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..feedback import Feedback
from ..prepare import Prepared
from ..provenance import describe_run
from ..raster import style
from ..raster.sink import GeoTiffSink, SinkSpec
from .meter import Likeness

_COLORS = ("#2166ac", "#92c5de", "#f7f7f7", "#f4a582", "#b2182b")
"""white is the limit"""
_LABELS = ("as usual", "0.5", "1: the limit of 99 % of the training", "1.5", "2 or more")


def tell_likeness(prepared: Prepared, likeness: Likeness | None, staged_map: str, feedback: Feedback) -> None:
    """Say how far the image lies from the training, and write the map of it to *staged_map* (empty: not wanted)."""
    if likeness is None:
        if staged_map:
            feedback.warn("No window of the image holds enough data to be compared with the training: no shift_map.")
        return
    feedback.log(
        f"Compared with the training images: {likeness.beyond} of {likeness.windows} windows lie beyond the limit that "
        "99 % of those keep."
    )
    if likeness.warning:
        feedback.warn(likeness.warning)
    if staged_map and likeness.distances is not None:
        _write_map(prepared, likeness, likeness.distances, staged_map)
        feedback.log(f"How far each window lies from the training: {prepared.settings.options.shift_map}")


def _write_map(prepared: Prepared, likeness: Likeness, distances: NDArray[np.float32], path: str) -> None:
    """Write distances in limits as float32, one pixel a window, NaN where nothing was compared."""
    grid = likeness.lattice.grid(prepared.raster.grid)
    spec = SinkSpec("float32", float("nan"), ("distance from the training data (1: limit)",))
    sink = GeoTiffSink(
        path,
        grid,
        spec,
        compress=prepared.settings.options.compress.strip().upper(),
        metadata={**describe_run(prepared), **likeness.items()},
    )
    try:
        sink.write(grid.window, distances[np.newaxis])
        sink.close()
    finally:
        sink.abandon()
    style.write_qml(path, style.ramp_raster_qml(0, 2, _COLORS, _LABELS))
