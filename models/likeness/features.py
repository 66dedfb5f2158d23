"""What a window of an image looks like, in a few numbers that need no network.

The window holds what a network would see: the card's scaling applied, bands in the model's order, pixels of the model's
size. A window of C bands has 4 C − 1 features: of each band the root of its mean, the logarithm of its spread, the
logarithm of its roughness (steps between neighbours against the spread), and of each pair of neighbouring bands their
correlation. The root lies between the mean, in which bright places drown all others, and its logarithm, which hardly
sees a wrong scale: of the three it tells a wrong order of bands best (training/common/likeness_study.py).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WINDOW_PX = 64
"""edge of the windows that statistics are made of, where a model maker wants no other"""
FEWEST_SHARE = 0.5
"""of a window has to hold data; statistics of less are too uncertain"""
_SMOOTHEST = 0.05
"""spreads below this share of the usual one count as this: what is left is rounding and noise of the sensor"""
_MOST_CORRELATED = 0.999


def count_bands(features: int) -> int:
    """Return of how many bands a window with *features* features is: `measure_window` gives 4 C − 1."""
    return (features + 1) // 4


def measure_window(values: NDArray[np.floating], valid: NDArray[np.bool_] | None = None) -> NDArray[np.float64] | None:
    """Return mean, standard deviation and mean step of each band, then correlations of neighbouring bands (4 C − 1,).

    *values* are (C, H, W), *valid* (H, W) says which pixels hold data (None: all). None when they are less than
    `FEWEST_SHARE` of the window, or no two of them lie side by side, or a value is not finite. In the units of
    *values*; `make_features` makes them comparable.
    """
    bands, height, width = values.shape
    if height * width < 2 or (valid is not None and valid.mean() < FEWEST_SHARE):
        return None
    values = np.ascontiguousarray(values, np.float32)
    table = values.reshape(bands, -1) if valid is None else values[:, valid]
    mean = table.mean(axis=1, dtype=np.float64)
    centred = table - mean[:, np.newaxis].astype(np.float32)
    covariance = (centred @ centred.T).astype(np.float64) / table.shape[1]
    spread = np.sqrt(np.diagonal(covariance))
    step = _mean_step(values, valid)
    if step is None or not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        return None
    product = spread[:-1] * spread[1:]
    correlation = np.where(product > 0, np.diagonal(covariance, 1) / np.where(product > 0, product, 1), 0)
    return np.concatenate([mean, spread, step, correlation])


def _mean_step(values: NDArray[np.float32], valid: NDArray[np.bool_] | None) -> NDArray[np.float64] | None:
    """Return the mean absolute difference of neighbouring pixels with data, of each band; None when there are none."""
    total, count = np.zeros(len(values)), 0
    for before, after in ((np.s_[..., :-1], np.s_[..., 1:]), (np.s_[..., :-1, :], np.s_[..., 1:, :])):
        steps = np.abs(values[after] - values[before])
        if valid is None:
            total += steps.sum(axis=(1, 2), dtype=np.float64)
            count += steps[0].size
        else:
            both = valid[after] & valid[before]
            total += steps[:, both].sum(axis=1, dtype=np.float64)
            count += int(both.sum())
    return total / count if count else None


def make_features(
    measured: NDArray[np.float64], unit: NDArray[np.float64], dark: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return features (…, 4 C − 1) from what `measure_window` gave (…, 4 C − 1).

    *unit* (C,) is the usual spread of each band, *dark* (C,) the value of no light. Spreads and steps are compared as
    ratios, which a difference of logarithms is; correlations by Fisher's z.
    """
    bands = len(unit)
    mean, spread, step, correlation = np.split(measured, [bands, 2 * bands, 3 * bands], axis=-1)
    spread, step = np.hypot(spread / unit, _SMOOTHEST), np.hypot(step / unit, _SMOOTHEST)
    correlation = np.arctanh(np.clip(correlation, -_MOST_CORRELATED, _MOST_CORRELATED))
    return np.concatenate([root_mean(mean, unit, dark), np.log(spread), np.log(step / spread), correlation], axis=-1)


def root_mean(mean: NDArray[np.float64], unit: NDArray[np.float64], dark: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the root of means above *dark* in the usual spread of their band, with the sign of what is below."""
    bright = (mean - dark) / unit
    return np.asarray(np.copysign(np.sqrt(np.abs(bright)), bright))
