"""``python -m s2_cloudremoval.export OUT ZOO`` calibrates the variance and writes ``ZOO/s2-cloudremoval.onnx``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from common.export import write_onnx
from torch import nn

from .prepare import VALIDATION_PLACES, Place, read_places
from .score import near_in_time, padded, physical_series
from .train import train_network

NORMAL_SHARE = 0.6827
"""of normal errors, within one standard deviation"""
SEEDS = (11, 12)
_EDGE_PX = 384


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
    """Return what the variance is to be multiplied by so that 68 % of the errors under clouds lie within its root."""
    ratios = []
    for place in places:
        part = Place(place.name, place.reflectance[..., :_EDGE_PX, :_EDGE_PX], place.valid[:_EDGE_PX, :_EDGE_PX])
        for seed in SEEDS:
            series = physical_series(part, seed)
            for target in range(len(series.truth)):
                chosen = series.only(near_in_time(target, len(series.truth), len(series.truth)))
                with torch.no_grad():
                    clear, log_variance, _, _ = network.restore(torch.from_numpy(padded(chosen.cloudy))[None], 0)
                height, width = chosen.valid.shape
                cloudy = chosen.masks[0] & chosen.valid
                error = np.abs(clear[0, 0, :, :height, :width].numpy() - chosen.truth[0])
                spread = np.exp(0.5 * log_variance[0, 0, :, :height, :width].numpy())
                ratios.append((error / spread)[:, cloudy].ravel())
    return float(np.quantile(np.concatenate(ratios), NORMAL_SHARE) ** 2)


def main() -> None:
    """Write the ONNX file."""
    out, zoo = map(Path, sys.argv[1:3])
    network = train_network(out)
    places = read_places(out)
    factor = variance_factor(network, [places[name] for name in VALIDATION_PLACES])
    print(f"variance x {factor:.3f}")
    write_onnx(
        Calibrated(network, factor), zoo / "s2-cloudremoval.onnx", {"series": torch.rand(1, 3, 10, 64, 96) * 0.3},
        {"clear": (0, 1, 3, 4), "logvariance": (0, 1, 3, 4)}, dynamic=(0, 1, 3, 4),
    )  # fmt: skip


if __name__ == "__main__":
    main()
