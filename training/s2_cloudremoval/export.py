"""``python -m s2_cloudremoval.export OUT ZOO`` calibrates the variance and writes ``ZOO/s2-cloudremoval.onnx``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from common.export import write_onnx
from torch import nn

from .prepare import TEST_PLACES, Place, read_places
from .score import benchmark_series, hide, padded, physical_series
from .train import train_network

NORMAL_SHARE = 0.6827
"""of normal errors, within one standard deviation"""
SEED = 11
TOLD = 1.0
"""see `CloudRemover.told`; chosen with the masks of s2-cloudmask on saclay_e and three cities of the training: with
1, clear pixels are harmed less and clouds removed as well as with 0; with 2 and more, what the masks miss stays"""
_EDGE_PX = 288


class Calibrated(nn.Module):
    """The network with its variance multiplied by one factor."""

    def __init__(self, network: nn.Module, factor: float) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("shift", torch.tensor(float(np.log(factor))))

    def forward(self, series: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what the network does."""
        clear, log_variance = self.network(series)
        return clear, log_variance + self.shift


def variance_factor(network: nn.Module, places: list[Place]) -> float:
    """Return what the variance is to be multiplied by so that 68 % of the errors under clouds lie within its root.

    Told of the clouds and not.

    The geometric mean of what is right for each of the *places*: how far a new place lies from the ones it learned from
    is better told by many.
    """
    return float(np.exp(np.mean([np.log(_factor_of(network, place)) for place in places])))


def _factor_of(network: nn.Module, place: Place) -> float:
    part = Place(place.name, place.reflectance[..., :_EDGE_PX, :_EDGE_PX], place.valid[:_EDGE_PX, :_EDGE_PX])
    ratios = []
    for put in (physical_series, benchmark_series):
        series = put(part, SEED)
        height, width = series.valid.shape
        for images in (series.cloudy, hide(series, series.masks)):
            with torch.no_grad():
                clear, log_variance = network(torch.from_numpy(padded(images))[None])
            for target, truth in enumerate(series.truth):
                error = np.abs(clear[0, target, :, :height, :width].numpy() - truth)
                spread = np.exp(0.5 * log_variance[0, target, :, :height, :width].numpy())
                ratios.append((error / spread)[:, series.masks[target] & series.valid].ravel())
    return float(np.quantile(np.concatenate(ratios), NORMAL_SHARE) ** 2)


def main() -> None:
    """Write the ONNX file."""
    out, zoo = map(Path, sys.argv[1:3])
    network = train_network(out)
    network.told = TOLD
    places = read_places(out)
    factor = variance_factor(network, [place for name, place in places.items() if name not in TEST_PLACES])
    print(f"variance x {factor:.3f}")
    write_onnx(
        Calibrated(network, factor), zoo / "s2-cloudremoval.onnx", {"series": torch.rand(1, 3, 10, 64, 96) * 0.3},
        {"clear": (0, 1, 3, 4), "logvariance": (0, 1, 3, 4)}, dynamic=(0, 1, 3, 4),
    )  # fmt: skip


if __name__ == "__main__":
    main()
