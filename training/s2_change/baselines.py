"""Ways of finding change that need no change model, to hold the models against.

Change-vector analysis (Bruzzone & Prieto 2000), PCA and k-means (Celik 2009), post-classification comparison.
"""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from .prepare import BANDS, Pair
from .simulate import SURE


def change_vectors(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the length (H, W) of the difference of bands (C, H, W) standardised date by date over the image."""
    parts = [
        (date - date.mean((1, 2), keepdims=True)) / date.std((1, 2), keepdims=True)
        for date in (before.astype(np.float64), after.astype(np.float64))
    ]
    return np.sqrt(((parts[1] - parts[0]) ** 2).sum(0))


def otsu(values: np.ndarray) -> float:
    """Return the threshold that separates two groups best (Otsu 1979)."""
    counts, edges = np.histogram(values, 256)
    centres = (edges[1:] + edges[:-1]) / 2
    low = np.cumsum(counts)
    total = np.cumsum(counts * centres)
    high = low[-1] - low
    with np.errstate(divide="ignore", invalid="ignore"):
        between = low * high * (total / low - (total[-1] - total) / high) ** 2
    return float(centres[int(np.nanargmax(between))])


def pca_kmeans(length: np.ndarray, side: int = 4, share: float = 0.9) -> np.ndarray:
    """Return changed pixels (H, W) of a difference image by two clusters of the main components of its blocks."""
    height, width = (size // side * side for size in length.shape)
    blocks = length[:height, :width].reshape(height // side, side, width // side, side)
    axes = PCA(share, svd_solver="full").fit(blocks.transpose(0, 2, 1, 3).reshape(-1, side * side))
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(length, (side // 2, side - 1 - side // 2), mode="reflect"), (side, side)
    )
    features = axes.transform(around.reshape(-1, side * side))
    clusters = KMeans(2, n_init=3, random_state=1).fit_predict(features).reshape(length.shape)
    return clusters == int(length[clusters == 1].mean() > length[clusters == 0].mean())


def land_cover_of(pairs: list[Pair], bands: tuple[str, ...]) -> Pipeline:
    """Return a pixel classifier of Dynamic World's classes, from reflectance (pixel, band) at 30 m of some pairs."""
    rng = np.random.default_rng(3)
    chosen = [BANDS.index(band) for band in bands]
    tables, targets = [], []
    for pair in pairs:
        for date in range(2):
            usable = (pair.classes[date] < 9) & (pair.confidence[date] >= SURE)
            table, classes = pair.reflectance[date][chosen][:, usable].T, pair.classes[date][usable]
            some = rng.choice(len(table), min(len(table), 3000), replace=False)
            tables.append(table[some])
            targets.append(classes[some])
    network = make_pipeline(StandardScaler(), MLPClassifier((48, 24), random_state=1, max_iter=40, tol=1e-3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged: it need not
        return network.fit(np.concatenate(tables), np.concatenate(targets))


def post_classification(model: Pipeline, before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return changed pixels (H, W), and the probability of change 1 − Σ p q of classes p before and q after."""
    shares = [model.predict_proba(date.reshape(len(date), -1).T) for date in (before, after)]
    changed = shares[0].argmax(1) != shares[1].argmax(1)
    return changed.reshape(before.shape[1:]), (1 - (shares[0] * shares[1]).sum(1)).reshape(before.shape[1:])
