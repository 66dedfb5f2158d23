"""Why an image looks unlike the training: two mistakes that the look of its bands gives away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from ..card.types import TrainingFeatures
from .distance import whitening_matrix
from .features import make_features

_ALL_ORDERS = 5
"""bands up to which every order is tried"""
_MUCH_BETTER = 2 / 3
"""of the distance as read. In OSCD cities that the statistics had not seen, putting swapped bands right left 0.6 of it
at most, and no order made the distance of right bands less (training/common/likeness_study.py)"""
_TYPICAL = 3.0
"""root mean square of whitened numbers up to which an image passes for one of the training"""
_OFF_SCALE = 2.0
_OTHERWISE = (
    "Check bands, scaling and pixel size; where they are right, the image shows what the training images did not: "
    "another landscape or season, clouds, another sensor."
)


def explain(
    measured: NDArray[np.float64], training: TrainingFeatures, names: Sequence[str], factors: Sequence[float] = ()
) -> str:
    """Return a sentence that says what to check, for windows (N, 4 C − 1) as `measure_window` gave them.

    A scale or an order of bands is named when the bands look far more usual with it. *names* are those of the bands, in
    the model's order; *factors* (C) is what the scaling multiplies the values of each with: none where it is the same.
    """
    light = _light(measured, training)
    factor = _factor(light, training)
    if factor and not 1 / _OFF_SCALE < factor < _OFF_SCALE and _is_usual(light / factor, light, training):
        return (
            f"Its values are about {factor:.2g} times those of the training images: check how they are scaled "
            '(OPTIONS={"scale": …}, which holds for all dates).'
        )
    if looks := explain_order(measured, training, names, factors):
        return f"In another order its bands would look usual ({looks}): check BANDS."
    return _OTHERWISE


def explain_order(
    measured: NDArray[np.float64], training: TrainingFeatures, names: Sequence[str], factors: Sequence[float] = ()
) -> str:
    """Return which bands look like which, as part of a sentence, where another order is far more usual; else nothing.

    As `explain` takes them.
    """
    light = _light(measured, training)
    scale = np.array(factors or (1.0,) * light.shape[-1])
    orders = {order: (light / scale)[..., order] * scale for order in _orders(light.shape[-1])}
    order = min(orders, key=lambda each: _distance(orders[each], training), default=())
    if not order or not _is_usual(orders[order], light, training):
        return ""
    pairs = [f"{names[old]} looks like {names[new]}" for new, old in enumerate(order) if old != new]
    return f"what is read as {', '.join(pairs)}"


def _light(measured: NDArray[np.float64], training: TrainingFeatures) -> NDArray[np.float64]:
    """Return means above dark, standard deviations and mean steps of each band (N, 3, C).

    Without the correlations: of bands that were not neighbours there is none.
    """
    bands = len(training.unit)
    light = measured[:, : 3 * bands].reshape(-1, 3, bands).copy()
    light[:, 0] -= training.dark
    return light


def _is_usual(mended: NDArray[np.float64], light: NDArray[np.float64], training: TrainingFeatures) -> bool:
    """Return True where windows pass for the training when *mended*, and far better than as they were read."""
    return _distance(mended, training) < min(_TYPICAL, _MUCH_BETTER * _distance(light, training))


def _distance(light: NDArray[np.float64], training: TrainingFeatures) -> float:
    """Return how far windows, as `_light` gives them, usually are from the training.

    Median over the windows of the root mean square of whitened features.
    """
    count = 3 * len(training.unit)
    measured = light.copy()
    measured[:, 0] += training.dark
    features = make_features(measured.reshape(-1, count), np.array(training.unit), np.array(training.dark))
    # of whitening W the covariance is W⁻¹ W⁻ᵀ, and for a lower triangular W its first block is that of the first block
    whitened = (features - training.mean[:count]) @ whitening_matrix(training)[:count, :count].T
    return float(np.median(np.sqrt((whitened**2).mean(axis=1))))


def _factor(light: NDArray[np.float64], training: TrainingFeatures) -> float:
    """Return how many times brighter windows are than usual (the middle of all bands); 0: no light at all."""
    unit = np.array(training.unit)
    usual = np.array(training.mean[: len(unit)]) ** 2 * unit
    found = float(np.median(np.median(light[:, 0], axis=0) / np.where(usual > 0, usual, np.inf)))
    return max(found, 0.0)


def _orders(bands: int) -> Iterator[tuple[int, ...]]:
    """Yield orders in which bands may have come by mistake."""
    plain = tuple(range(bands))
    if bands <= _ALL_ORDERS:
        yield from (order for order in permutations(plain) if order != plain)
        return
    yield plain[::-1]
    yield (*plain[1:], plain[0])
    yield (plain[-1], *plain[:-1])
    for first, second in combinations(plain, 2):
        swapped = list(plain)
        swapped[first], swapped[second] = second, first
        yield tuple(swapped)
