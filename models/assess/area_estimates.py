"""Areas and accuracies from a random sample, each stratum of the map weighted by its area.

Olofsson, Foody, Herold, Stehman, Woodcock and Wulder (2014): Good practices for estimating area and assessing accuracy
of land change. Remote Sensing of Environment 148:42-57; the numbers in brackets are the equations there. The strata are
the classes of the map. Right for a stratified random sample with these strata, and for a simple random one
(post-stratified); not for all pixels of polygons or of a wall-to-wall reference, which are no random sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Z95 = 1.96
M2_PER_HA = 10_000.0


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error; None where the sample can't tell."""

    value: float | None
    standard_error: float | None

    @property
    def margin95(self) -> float | None:
        """Half the width of the 95 % confidence interval."""
        return None if self.standard_error is None else _Z95 * self.standard_error

    def times(self, factor: float) -> Estimate:
        """Return the estimate in another unit."""
        return Estimate(
            None if self.value is None else self.value * factor,
            None if self.standard_error is None else self.standard_error * factor,
        )


@dataclass(frozen=True)
class ClassEstimate:
    """One class: its mapped area, and the area and the accuracies that the sample tells."""

    mapped_ha: float
    area_ha: Estimate
    users_accuracy: Estimate
    producers_accuracy: Estimate


@dataclass(frozen=True)
class AreaEstimates:
    """The stratified estimates for the part of the map whose classes hold samples."""

    total_ha: float
    """area of all strata with samples: what the estimates are about"""
    overall_accuracy: Estimate
    classes: tuple[ClassEstimate, ...]
    """in the order of the matrix"""
    proportions: NDArray[np.float64]
    """the matrix as shares of the area: rows are classes of the map, columns those of the reference"""
    unsampled: tuple[int, ...]
    """classes that are mapped and hold no sample: the estimates say nothing of their area"""
    undersampled: tuple[int, ...]
    """classes with one sample only, for which no error can be computed: there are no standard errors then"""


def estimate_areas(matrix: NDArray[np.int64], mapped_m2: NDArray[np.float64]) -> AreaEstimates | None:
    """Return the estimates from a matrix of sample counts (map, reference) and the mapped area of each class in m².

    None when no mapped class holds a sample.
    """
    sizes = matrix.sum(axis=1)
    sampled = (sizes > 0) & (mapped_m2 > 0)
    if not sampled.any():
        return None
    total = float(mapped_m2[sampled].sum())
    weights = np.where(sampled, mapped_m2, 0) / total
    shares = matrix / np.where(sampled, sizes, 1)[:, np.newaxis]  # of each stratum's sample
    shares[~sampled] = 0
    proportions = weights[:, np.newaxis] * shares  # (4)
    unsampled = tuple(int(place) for place in np.flatnonzero((sizes == 0) & (mapped_m2 > 0)))
    undersampled = tuple(int(place) for place in np.flatnonzero(sampled & (sizes == 1)))
    spread = _Spread(weights, shares, np.where(sampled, sizes - 1, 1)) if not undersampled else None
    classes = tuple(
        _estimate_class(place, total, float(mapped_m2[place]), proportions, spread, place in unsampled)
        for place in range(len(matrix))
    )
    return AreaEstimates(
        total_ha=total / M2_PER_HA,
        overall_accuracy=Estimate(float(np.trace(proportions)), None if spread is None else spread.overall()),
        classes=classes,
        proportions=proportions,
        unsampled=unsampled,
        undersampled=undersampled,
    )


def _estimate_class(
    place: int,
    total_m2: float,
    mapped_m2: float,
    proportions: NDArray[np.float64],
    spread: _Spread | None,
    is_unsampled: bool,
) -> ClassEstimate:
    correct = float(proportions[place, place])
    mapped, true = float(proportions[place].sum()), float(proportions[:, place].sum())
    area = Estimate(true, None if spread is None else spread.area(place))  # (9), (10)
    users = Estimate(None, None)
    if mapped > 0:
        users = Estimate(correct / mapped, None if spread is None else spread.users(place))  # (2)
    producers = Estimate(None, None)
    if true > 0 and not is_unsampled:  # without its own stratum nothing could be right
        producers = Estimate(correct / true, None if spread is None else spread.producers(place, true))  # (3)
    return ClassEstimate(mapped_m2 / M2_PER_HA, area.times(total_m2 / M2_PER_HA), users, producers)


@dataclass(frozen=True)
class _Spread:
    """The standard errors. Weights and shares of strata without samples are 0."""

    weights: NDArray[np.float64]
    shares: NDArray[np.float64]
    freedom: NDArray[np.int64]
    """sample size of each stratum less one"""

    def _variances(self, place: int) -> NDArray[np.float64]:
        """Return the variance of each stratum's share of the reference class *place*."""
        share = self.shares[:, place]
        variances: NDArray[np.float64] = share * (1 - share) / self.freedom
        return variances

    def overall(self) -> float:
        correct = np.diagonal(self.shares)
        return float(np.sqrt((self.weights**2 * correct * (1 - correct) / self.freedom).sum()))  # (5)

    def users(self, place: int) -> float:
        return float(np.sqrt(self._variances(place)[place]))  # (6)

    def producers(self, place: int, true: float) -> float:
        """Return the error for a class that covers the share *true* of the area."""
        accuracy = self.weights[place] * self.shares[place, place] / true
        parts = self.weights**2 * self._variances(place)
        others = parts.sum() - parts[place]
        return float(np.sqrt(((1 - accuracy) ** 2 * parts[place] + accuracy**2 * others) / true**2))  # (7)

    def area(self, place: int) -> float:
        return float(np.sqrt((self.weights**2 * self._variances(place)).sum()))  # (10)
