"""Statistics of the images that a model was trained on, for its card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..card.types import Scaling, TrainingFeatures
from ..errors import SettingsError
from ..scaling import band_transform
from .distance import distances
from .features import WINDOW_PX, count_bands, make_features, measure_window

LIMIT_SHARE = 0.99
"""of windows of places that were left out of the fit lie within the limit"""
_DIGITS = 5
_FEWEST_GROUPS = 2
_FOLDS = 5
_LEAST_VARIANCE = 1e-9


def cut_windows(
    image: NDArray[np.floating], valid: NDArray[np.bool_] | None = None, window_px: int = WINDOW_PX
) -> Iterator[NDArray[np.float64]]:
    """Yield what `measure_window` says of each whole window of an image (C, H, W) that holds enough data.

    *image* is what the network sees: scaled as its card says, at the pixel size of the model.
    """
    for top in range(0, image.shape[1] - window_px + 1, window_px):
        for left in range(0, image.shape[2] - window_px + 1, window_px):
            area = np.s_[top : top + window_px, left : left + window_px]
            measured = measure_window(image[(slice(None), *area)], None if valid is None else valid[area])
            if measured is not None:
                yield measured


def fit_features(
    measured: Iterable[NDArray[np.float64]],
    places: Sequence[object] | None = None,
    *,
    scaling: Sequence[Scaling | None] = (),
    window_px: int = WINDOW_PX,
) -> TrainingFeatures:
    """Return the statistics of windows, each as `measure_window` gave it.

    *scaling* is what the card says of the input: nothing, one entry for all bands or one a band. It tells which value
    the network gets where there is no light.
    *places* says of each window where it is from, so that the limit is that of places which the fit has not seen: the
    99th percentile of the distances of windows of each place to the statistics of all others. Without places (None)
    five random parts take their stead. Raises SettingsError when there are too few windows for their bands.
    """
    table = np.stack(list(measured)) if not isinstance(measured, np.ndarray) else measured
    bands = count_bands(table.shape[1])
    if len(table) < 2 * table.shape[1]:
        raise SettingsError(
            f"There are {len(table)} windows to make statistics of; expected at least {2 * table.shape[1]} for "
            f"{bands} bands: give more images, or use smaller windows."
        )
    names = np.random.default_rng(0).integers(_FOLDS, size=len(table)) if places is None else _numbered(places)
    if len(names) != len(table) or len(np.unique(names)) < _FEWEST_GROUPS:
        raise SettingsError(
            f"There are {len(table)} windows, and {len(names)} places of {len(np.unique(names))} names; expected one "
            "for each window, and two names or more."
        )
    dark = _dark(scaling, bands)
    left_out = np.empty(len(table))
    for name in np.unique(names):
        others = _fit(table[names != name], dark, window_px)
        left_out[names == name] = distances(table[names == name], others)
    limit = f"{np.quantile(left_out, LIMIT_SHARE):.{_DIGITS}g}"
    return replace(_fit(table, dark, window_px), limit=float(limit))


def _dark(scaling: Sequence[Scaling | None], bands: int) -> NDArray[np.float64]:
    """Return what 0 becomes in each band."""
    steps = tuple(scaling) if len(scaling) > 1 else (tuple(scaling) or (None,)) * bands
    transforms = [band_transform(step, 1.0, 0.0) for step in steps]
    return np.array([(min(max(0.0, way.low), way.high) - way.shift) * way.factor for way in transforms])


def _numbered(places: Sequence[object]) -> NDArray[np.int64]:
    order = {name: number for number, name in enumerate(dict.fromkeys(places))}
    return np.array([order[name] for name in places], np.int64)


def _fit(table: NDArray[np.float64], dark: NDArray[np.float64], window_px: int) -> TrainingFeatures:
    """Return the statistics with a limit of 1."""
    bands = count_bands(table.shape[1])
    unit = np.median(table[:, bands : 2 * bands], axis=0)
    # a band that is flat in most windows: any spread will do, so that nothing is divided by 0
    unit = np.where(unit > 0, unit, max(float(unit.max()), 1e-6))
    features = make_features(table, unit, dark)
    covariance = shrunk_covariance(features)
    # |L⁻¹ (x − mean)| with covariance = L Lᵀ is the Mahalanobis distance
    whitening = np.linalg.inv(np.linalg.cholesky(covariance))
    return TrainingFeatures(
        window_px=window_px,
        unit=_rounded(unit),
        dark=_rounded(dark),
        mean=_rounded(features.mean(axis=0)),
        whitening=_rounded(whitening[np.tril_indices(len(whitening))]),
        limit=1.0,
        count=len(table),
    )


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)


def shrunk_covariance(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance (F, F) of features (N, F), drawn towards a multiple of the identity.

    By as much as makes its expected error smallest (Ledoit and Wolf 2004, "A well-conditioned estimator for
    large-dimensional covariance matrices", equations 9 to 14); features are standardised for it, so that their units
    do not matter.
    """
    count, size = features.shape
    scale = features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    centred = (features - features.mean(axis=0)) / scale
    sample = centred.T @ centred / count
    target = np.trace(sample) / size
    apart = ((sample - target * np.eye(size)) ** 2).sum()
    error = ((centred**2).T @ (centred**2) / count - sample**2).sum() / count
    share = 1.0 if apart <= 0 else float(np.clip(error / apart, 0.0, 1.0))
    # features that are the same everywhere would make it singular
    shrunk = (1 - share) * sample + (share * target + _LEAST_VARIANCE) * np.eye(size)
    return np.asarray(shrunk * np.outer(scale, scale))
