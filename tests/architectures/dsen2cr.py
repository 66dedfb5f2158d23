"""DSen2-CR, for the ground under the clouds of one date, with radar.

Meraner, Ebel, Zhu, Schmitt (2020), Cloud removal in Sentinel-2 imagery using a deep residual neural network and
SAR-optical data fusion, ISPRS Journal 166: bands and radar stacked, residual blocks without normalisation whose
corrections are scaled by 0.1, and the cloudy image added at the end. Four blocks of 16 channels instead of 16 of 256.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .exporting import describe_input, describe_output, nn, settled, torch, write_card, write_onnx

BLOCKS = 4
REACH = 2 * BLOCKS + 2
"""how far the network sees, px: one for each 3 × 3 convolution"""


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, features: Any) -> Any:
        return features + 0.1 * self.body(features)


class Dsen2Cr(nn.Module):
    def __init__(self, bands: int, radar: int, width: int = 16) -> None:
        super().__init__()
        blocks = [Residual(width) for _ in range(BLOCKS)]
        self.body = nn.Sequential(
            nn.Conv2d(bands + radar, width, 3, padding=1), nn.ReLU(), *blocks, nn.Conv2d(width, bands, 3, padding=1)
        )

    def forward(self, optical: Any, sar: Any) -> Any:
        return optical + self.body(torch.cat([optical, sar], dim=1))


def export(path: Path, bands: Sequence[str], scaling: Any, radar: Sequence[str], radar_scaling: Any) -> Any:
    """Write the network: ``optical`` (B C H W), ``sar`` (B 2 H W, from decibels) → ``clear`` (B C H W); any size."""
    count, extra = len(bands), len(radar)
    examples = [torch.zeros(1, count, 32, 32), torch.zeros(1, extra, 32, 32)]
    network = settled(lambda: Dsen2Cr(count, extra), examples, seed=71)
    inputs = {"optical": "BCHW", "sar": "BCHW"}
    write_onnx(network, path, examples, inputs, {"clear": "BCHW"}, dynamic="BHW")
    shape = [-1, count, -1, -1]
    write_card(
        path,
        "clouds",
        [
            describe_input("optical", "BCHW", shape, bands=bands, value_scaling=scaling, role="image"),
            describe_input(
                "sar",
                "BCHW",
                [-1, extra, -1, -1],
                bands=radar,
                value_scaling=radar_scaling,
                role="sar",
                radar="db",
            ),
        ],
        [describe_output("clear", "BCHW", shape, role="image")],
    )
    return network
