"""Do the values of two dates compare? Their distributions band by band, over the pixels that both hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.grid import Window
from ..raster.source import RasterInfo
from .windows import read_pairs, spread_windows

WINDOW_PX = 128
ACROSS = 4
FEWEST_PIXELS = 100
# Distance that is worth a warning. Season, light and change give 0.04 to 0.27 in the bands of nine Sentinel-2 pairs and
# 0.16 to 0.40 in a pair of aerial images; another unit (a factor of 10 or more) gives 0.9 to 2.7 in the worst band, a
# factor of 2 gives 0.5 to 1.7 (docs/change.md has the figures).
FAR = 0.5
_QUANTILES = np.linspace(0.02, 0.98, 49)


@dataclass(frozen=True)
class BandGap:
    """How the values of one band differ between the dates."""

    name: str
    distance: float
    """mean distance of equal quantiles over the larger spread of the two dates (5 % to 95 %); 0: the same"""
    before_median: float
    after_median: float

    @property
    def is_far(self) -> bool:
        """True when the values are so far apart that a model sees change everywhere."""
        return self.distance > FAR


def sample_pair(
    before: RasterInfo, after: RasterInfo, numbers: tuple[tuple[int, ...], tuple[int, ...]], area: Window
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return stored values (band, pixel) of both dates where both hold data, from up to 16 windows of *area*.

    The rasters are on one grid. Raises RasterError when reading fails.
    """
    firsts = [np.empty((len(numbers[0]), 0), np.float32)]
    seconds = [np.empty((len(numbers[1]), 0), np.float32)]
    for pair in read_pairs(before, after, numbers, spread_windows(area, WINDOW_PX, ACROSS)):
        firsts.append(pair.before[:, pair.valid])
        seconds.append(pair.after[:, pair.valid])
    return np.concatenate(firsts, axis=1), np.concatenate(seconds, axis=1)


def compare_values(
    names: Sequence[str], before: Sequence[NDArray[np.floating]], after: Sequence[NDArray[np.floating]]
) -> tuple[BandGap, ...]:
    """Return how far apart the values (band, pixel) of each band are; empty when there are too few to tell.

    The distance is the 1-D Wasserstein distance of the middle 96 % of both distributions (the mean over equal
    quantiles of their difference), over the larger of the two spreads between the 5 % and 95 % quantiles: without unit,
    and hardly moved by real change of a few per cent of the pixels.
    """
    if before[0].size < FEWEST_PIXELS:
        return ()
    gaps = []
    for name, first, second in zip(names, before, after):
        one, other = np.quantile(first, _QUANTILES), np.quantile(second, _QUANTILES)
        spread = max(_spread(first), _spread(second))
        apart = float(np.abs(one - other).mean())
        distance = apart / spread if spread > 0 else (0.0 if apart == 0 else float(2 * FAR))
        gaps.append(BandGap(name, distance, float(np.median(first)), float(np.median(second))))
    return tuple(gaps)


def _spread(values: NDArray[np.floating]) -> float:
    low, high = np.quantile(values, (0.05, 0.95))
    return float(high - low)


def explain_gaps(gaps: Sequence[BandGap]) -> str:
    """Return a warning that names the worst band with its numbers; empty when all bands compare."""
    far = [gap for gap in gaps if gap.is_far]
    if not far:
        return ""
    worst = max(far, key=lambda gap: gap.distance)
    others = f" and {len(far) - 1} other band{'s' if len(far) > 2 else ''}" if len(far) > 1 else ""
    return (
        f"The values of BEFORE and AFTER are far apart in {worst.name}{others}: median {worst.before_median:.4g} "
        f"before and {worst.after_median:.4g} after, {worst.distance:.1f} times the spread of the values (up to "
        f"{FAR:g} is usual between seasons). Are both dates in the same unit and processing level? If not, "
        'convert one before the run, since OPTIONS={"scale": …} holds for both, or let MATCH_HISTOGRAMS bring AFTER to '
        "the values of BEFORE."
    )
