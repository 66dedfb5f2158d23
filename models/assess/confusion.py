"""From a confusion matrix to the figures of agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ClassAgreement:
    """How one class of the map agrees with the reference. None: undefined, since nothing was mapped or found as it."""

    support: int
    """samples that are this class in the reference"""
    mapped: int
    """samples that are this class in the map"""
    correct: int
    users_accuracy: float | None
    """precision: the share of what is mapped as the class that is it"""
    producers_accuracy: float | None
    """recall: the share of what is the class that is mapped as it"""
    f1: float | None
    iou: float | None


@dataclass(frozen=True)
class MeanAgreement:
    """Means over the classes; a class for which a figure is undefined is left out of that figure's mean."""

    users_accuracy: float | None
    producers_accuracy: float | None
    f1: float | None
    iou: float | None


@dataclass(frozen=True)
class Agreement:
    """All figures of a confusion matrix."""

    samples: int
    overall_accuracy: float
    kappa: float | None
    """Cohen's; None when map and reference hold one and the same class only, where chance alone explains all"""
    classes: tuple[ClassAgreement, ...]
    macro: MeanAgreement
    """every class counts the same"""
    weighted: MeanAgreement
    """classes count by their support"""


def measure_agreement(matrix: NDArray[np.int64]) -> Agreement:
    """Return the figures of a square matrix of counts: rows are classes of the map, columns those of the reference.

    At least one sample is expected.
    """
    total = int(matrix.sum())
    mapped, support, correct = matrix.sum(axis=1), matrix.sum(axis=0), np.diagonal(matrix)
    observed = float(correct.sum()) / total
    expected = float((mapped / total * (support / total)).sum())
    classes = tuple(_agreement(*(int(value) for value in values)) for values in zip(support, mapped, correct))
    return Agreement(
        samples=total,
        overall_accuracy=observed,
        kappa=(observed - expected) / (1 - expected) if expected < 1 else None,
        classes=classes,
        macro=_means(classes, [1] * len(classes)),
        weighted=_means(classes, [int(value) for value in support]),
    )


def _agreement(support: int, mapped: int, correct: int) -> ClassAgreement:
    return ClassAgreement(
        support=support,
        mapped=mapped,
        correct=correct,
        users_accuracy=_share(correct, mapped),
        producers_accuracy=_share(correct, support),
        f1=_share(2 * correct, mapped + support),
        iou=_share(correct, mapped + support - correct),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _means(classes: Sequence[ClassAgreement], weights: Sequence[int]) -> MeanAgreement:
    return MeanAgreement(
        _mean([item.users_accuracy for item in classes], weights),
        _mean([item.producers_accuracy for item in classes], weights),
        _mean([item.f1 for item in classes], weights),
        _mean([item.iou for item in classes], weights),
    )


def _mean(values: Sequence[float | None], weights: Sequence[int]) -> float | None:
    pairs = [(value, weight) for value, weight in zip(values, weights) if value is not None and weight]
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs) if pairs else None
