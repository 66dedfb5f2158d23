"""Do probabilities mean what they say? Temperature, calibration error and the reliability curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """What was right at which confidence, in BINS bins of equal width over 0–1; empty bins are left out."""

    confidence: tuple[float, ...]
    """mean of the highest probability in each bin"""
    accuracy: tuple[float, ...]
    """share that was right in each bin"""
    count: tuple[int, ...]

    @property
    def error(self) -> float:
        """Return the expected calibration error, 0–1 (Naeini et al. 2015; Guo et al. 2017)."""
        gaps = np.abs(np.subtract(self.confidence, self.accuracy))
        return float(np.average(gaps, weights=self.count))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature that makes the cross-entropy of logits (N, K) / temperature smallest (Guo et al. 2017)."""
    scores, target = torch.from_numpy(logits).double(), torch.from_numpy(labels).long()
    log_temperature = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(scores / log_temperature.exp(), target)
        loss.backward()
        return loss

    optimizer.step(closure)
    return float(log_temperature.exp().detach())


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> Reliability:
    """Return the reliability curve of probabilities (N, K) and labels (N,), numbers 0 … K − 1."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    filled = [number for number in range(BINS) if (bins == number).any()]
    return Reliability(
        confidence=tuple(float(confidence[bins == number].mean()) for number in filled),
        accuracy=tuple(float(right[bins == number].mean()) for number in filled),
        count=tuple(int((bins == number).sum()) for number in filled),
    )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities of logits (N, K)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
