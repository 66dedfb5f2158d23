"""Why an image looks unlike the training: two mistakes that its brightness alone gives away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from ..card.types import TrainingFeatures
from .distance import whitening_matrix
from .features import root_mean

_ALL_ORDERS = 5
"""bands up to which every order is tried"""
_MUCH_BETTER = 0.5
_TYPICAL = 3.0
"""root mean square of whitened numbers up to which an image passes for one of the training"""
_OFF_SCALE = 2.0
_OTHERWISE = (
    "Check bands, scaling and pixel size; where they are right, the image shows what the training images did not: "
    "another landscape or season, clouds, another sensor."
)


def explain(measured: NDArray[np.float64], training: TrainingFeatures, names: Sequence[str]) -> str:
    """Return a sentence that says what to check, for windows (N, 4 C − 1) as `measure_window` gave them.

    A scale or an order of bands is named when the brightness of the bands is far more usual with it. *names* are those
    of the bands, in the model's order.
    """
    bands = len(training.unit)
    unit, dark = np.array(training.unit), np.array(training.dark)
    usual = np.array(training.mean[:bands])
    lower = _whitening_of_means(training)

    def distance(bright: NDArray[np.float64]) -> float:
        roots = root_mean(bright + dark, unit, dark)
        return float(np.median(np.sqrt((((roots - usual) @ lower.T) ** 2).mean(axis=1))))

    bright = measured[:, :bands] - dark
    allowed = min(_TYPICAL, _MUCH_BETTER * distance(bright))
    factor = _factor(bright, usual**2 * unit)
    orders = {order: distance(bright[:, order]) for order in _orders(bands)}
    order = min(orders, key=lambda each: orders[each], default=())
    if order and orders[order] < allowed:
        pairs = [f"{names[old]} looks like {names[new]}" for new, old in enumerate(order) if old != new]
        return (
            f"In another order the brightness of its bands would be usual (what is read as {', '.join(pairs)}): check "
            "BANDS."
        )
    if factor and not 1 / _OFF_SCALE < factor < _OFF_SCALE and distance(bright / factor) < allowed:
        return (
            f"Its values are about {factor:.2g} times those of the training images: check how they are scaled "
            '(OPTIONS={"scale": …}).'
        )
    return _OTHERWISE


def _whitening_of_means(training: TrainingFeatures) -> NDArray[np.float64]:
    """Return what whitens the roots of means alone (C, C)."""
    # of whitening W the covariance is W⁻¹ W⁻ᵀ, and for a lower triangular W its first block is that of the first block
    bands = len(training.unit)
    return whitening_matrix(training)[:bands, :bands]


def _factor(bright: NDArray[np.float64], usual: NDArray[np.float64]) -> float:
    """Return how many times brighter the windows are than usual (the middle of all bands); 0: no light at all."""
    found = float(np.median(np.median(bright, axis=0) / np.where(usual > 0, usual, np.inf)))
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
