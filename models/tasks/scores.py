"""Arithmetic on class scores: pure numpy, (class, row, column) in, pixels out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PROBABILITY_STEPS = 250
"""stored value of probability 1 in uint8 results"""
PROBABILITY_NODATA = 255
_TINY = np.float32(1e-12)


def softmax(scores: NDArray[Any]) -> NDArray[np.float32]:
    """Return probabilities over the first axis, shifted by the maximum so that no exponential overflows."""
    shifted = scores.astype(np.float32)
    shifted -= shifted.max(axis=0)
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=0)
    return shifted


def sigmoid(scores: NDArray[Any]) -> NDArray[np.float32]:
    """Return 1 / (1 + exp(-x)) for each score; written so that large negative scores don't overflow."""
    values = scores.astype(np.float32)
    with np.errstate(over="ignore"):
        np.negative(values, out=values)
        np.exp(values, out=values)
    values += 1
    return np.reciprocal(values, out=values)


def probabilities(scores: NDArray[Any], activation: str, temperature: float) -> NDArray[Any]:
    """Return the probabilities of scores (class, …) whose *activation* is still to be applied.

    Logits are divided by *temperature* first (Guo et al. 2017, "On calibration of modern neural networks");
    probabilities (*activation* ``none``) are taken back to logits for it, over all classes together or, where there is
    one score only, by itself.
    """
    if activation == "none" and temperature == 1:
        return scores
    values: NDArray[Any] = scores.astype(np.float32)
    if activation == "none":
        values = np.clip(values, _TINY, 1)
        odds_against = np.maximum(1 - values, _TINY) if len(values) == 1 else np.float32(1)
        values = np.log(values) - np.log(odds_against)
        activation = "sigmoid" if len(values) == 1 else "softmax"
    if temperature != 1:
        values /= np.float32(temperature)
    return softmax(values) if activation == "softmax" else sigmoid(values)


def best_class(scores: NDArray[Any]) -> tuple[NDArray[np.integer[Any]], NDArray[Any]]:
    """Return the index of the highest score of each pixel (the first one of equals), and that score.

    Plane by plane: several times faster than ``argmax`` over the first axis. A NaN anywhere makes the score NaN.
    """
    index: NDArray[Any] = np.zeros(scores.shape[1:], np.uint8 if len(scores) <= 256 else np.uint16)
    best = scores[0].copy()
    for number, plane in enumerate(scores[1:], start=1):
        np.copyto(index, number, where=plane > best, casting="unsafe")
        np.maximum(best, plane, out=best)
    return index, best


def entropy(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the Shannon entropy of each pixel over that of a uniform guess: 0 certain, 1 no idea.

    H = -sum(p ln p) / ln K (Shannon 1948).
    """
    count = len(probabilities)
    total = np.zeros(probabilities.shape[1:], np.float32)
    for plane in probabilities:
        total -= plane * np.log(np.maximum(plane, _TINY))
    total /= np.float32(np.log(max(count, 2)))
    return np.clip(total, 0, 1, out=total)


def quantise(probabilities: NDArray[Any]) -> NDArray[np.uint8]:
    """Return probabilities 0–1 as 0–250, rounded to the nearest step."""
    scaled = probabilities * np.float32(PROBABILITY_STEPS)
    scaled += np.float32(0.5)
    return scaled.astype(np.uint8)
