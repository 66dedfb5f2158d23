"""SSCD-l, for semantic change: land cover at both dates, and where it changed.

Ding, Guo, Liu, Mou, Zhang, Bruzzone (2022), Bi-Temporal Semantic Reasoning for the Semantic Change Detection in HR
Remote Sensing Images, IEEE TGRS 60.

One encoder over both dates, one head of land cover on each date's features, and a change block of residual units on the
features of both; all at a quarter of the size, brought back by bilinear interpolation. Narrow, and a shallow encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .daudt import CHANGE
from .exporting import describe_input, describe_output, nn, settled, torch, write_card, write_onnx
from .resnet import BasicBlock

REACH = 40
"""how far the network sees, px: 37 rounded up"""
STRIDE = 4


class Sscd(nn.Module):
    def __init__(self, bands: int, classes: int, width: int = 8) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(bands, width, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            BasicBlock(width, 2 * width, 2),
            BasicBlock(2 * width, 2 * width, 1),
        )
        self.cover = nn.Conv2d(2 * width, classes, 1)
        self.change = nn.Sequential(
            BasicBlock(4 * width, 2 * width, 1),
            BasicBlock(2 * width, 2 * width, 1),
            nn.Conv2d(2 * width, width, 1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 1, 1),
        )

    def forward(self, before: Any, after: Any) -> tuple[Any, Any, Any]:
        first, second = self.encoder(before), self.encoder(after)
        small = (self.cover(first), self.cover(second), self.change(torch.cat([first, second], dim=1)))
        size = before.shape[2:]
        one, two, three = (
            nn.functional.interpolate(item, size, mode="bilinear", align_corners=False) for item in small
        )
        return one, two, three


def export(path: Path, bands: Sequence[str], classes: Sequence[str], scaling: Any) -> Any:
    """Write it: ``im1``, ``im2`` → ``cover1``, ``cover2`` (B K H W, logits), ``changed`` (B 1 H W, a logit)."""
    count, shape = len(bands), [-1, len(bands), -1, -1]
    network = settled(lambda: Sscd(count, len(classes)), [torch.zeros(4, count, 64, 64)] * 2, seed=21)
    write_onnx(
        network,
        path,
        [torch.zeros(1, count, 64, 64)] * 2,
        {"im1": "BCHW", "im2": "BCHW"},
        {"cover1": "BKHW", "cover2": "BKHW", "changed": "BKHW"},
        dynamic="BHW",
    )
    cover = {"classes": classes, "activation": "softmax"}
    scores = [-1, len(classes), -1, -1]
    write_card(
        path,
        "change",
        [
            describe_input(name, "BCHW", shape, bands=bands, value_scaling=scaling, role=role)
            for name, role in (("im1", "before"), ("im2", "after"))
        ],
        [
            describe_output("cover1", "BKHW", scores, role="before_classes", **cover),
            describe_output("cover2", "BKHW", scores, role="after_classes", **cover),
            describe_output("changed", "BKHW", [-1, 1, -1, -1], role="change", activation="sigmoid", classes=[CHANGE]),
        ],
    )
    return network
