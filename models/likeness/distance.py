"""How far windows lie from the training data: the Mahalanobis distance of their features."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..card.types import TrainingFeatures
from .features import make_features


def distances(measured: NDArray[np.float64], training: TrainingFeatures) -> NDArray[np.float64]:
    """Return the distance of each window (N, 4 C − 1), as `measure_window` gave it; above 1 is beyond the limit.

    Mahalanobis distance of the features, divided by that which 99 % of windows of unseen training places keep.
    """
    features = make_features(measured, np.array(training.unit), np.array(training.dark))
    whitened = (features - np.array(training.mean)) @ whitening_matrix(training).T
    return np.asarray(np.sqrt((whitened**2).sum(axis=-1)) / training.limit)


@lru_cache(maxsize=8)
def whitening_matrix(training: TrainingFeatures) -> NDArray[np.float64]:
    """Return the lower triangular matrix (F, F) that whitens features; not to be written to."""
    lower = np.zeros((len(training.mean),) * 2)
    lower[np.tril_indices(len(lower))] = training.whitening
    lower.setflags(write=False)
    return lower
