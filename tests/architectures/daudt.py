"""FC-EF and FC-Siam-diff, for change between two dates.

Daudt, Le Saux, Boulch (2018), Fully Convolutional Siamese Networks for Change Detection, ICIP.

Four poolings with 2, 2, 3 and 3 convolutions, batch normalisation, dropout, transposed convolutions on the way up, as
in the paper; a quarter of its width. FC-EF sees both dates stacked; FC-Siam-diff runs one encoder over each date and
hands on the absolute difference of their features.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .exporting import describe_input, describe_output, nn, settled, torch, write_card, write_onnx

DEPTHS = (2, 2, 3, 3)
CHANGE = {"name": "change", "value": 1}
REACH = 144
"""how far the networks see, px: 129 rounded up"""
STRIDE = 16
"""tiles that start a multiple of this apart see the same pooling cells"""


def convolutions(inputs: int, outputs: int, depth: int) -> Any:
    """Return *depth* 3 × 3 convolutions, each with normalisation, ReLU and dropout."""
    layers: list[Any] = []
    for place in range(depth):
        layers += [nn.Conv2d(inputs if place == 0 else outputs, outputs, 3, padding=1)]
        layers += [nn.BatchNorm2d(outputs), nn.ReLU(), nn.Dropout2d(0.2)]
    return nn.Sequential(*layers)


class Encoder(nn.Module):
    """Gives the features of each level, finest first; the next level works on them pooled."""

    def __init__(self, bands: int, width: int) -> None:
        super().__init__()
        widths = [bands, *(width * 2**level for level in range(4))]
        self.levels = nn.ModuleList(convolutions(a, b, depth) for a, b, depth in zip(widths, widths[1:], DEPTHS))

    def forward(self, image: Any) -> list[Any]:
        features = []
        for level in self.levels:
            features.append(level(image))
            image = nn.functional.max_pool2d(features[-1], 2)
        return [*features, image]


class Decoder(nn.Module):
    """Goes from the pooled features of the last level back to full size, joining those of each level."""

    def __init__(self, width: int, scores: int) -> None:
        super().__init__()
        ups, joins = [], []
        for level in reversed(range(4)):
            wide, narrow = width * 2**level, width * 2 ** max(level - 1, 0)
            ups.append(nn.ConvTranspose2d(wide, wide, 3, stride=2, padding=1, output_padding=1))
            joins.append(convolutions(2 * wide, wide, DEPTHS[level] - 1))
            joins[-1].append(nn.Conv2d(wide, narrow if level else scores, 3, padding=1))
            if level:
                joins[-1].extend([nn.BatchNorm2d(narrow), nn.ReLU()])
        nn.init.normal_(joins[-1][-1].weight, 0, 1)  # as sure of themselves as trained networks
        self.ups, self.joins = nn.ModuleList(ups), nn.ModuleList(joins)

    def forward(self, deepest: Any, skips: Sequence[Any]) -> Any:
        for up, join, skip in zip(self.ups, self.joins, reversed(skips)):
            deepest = join(torch.cat([up(deepest), skip], dim=1))
        return deepest


class FcEf(nn.Module):
    """Early fusion: both dates on the channel axis, one logit out."""

    def __init__(self, bands: int, width: int) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(2 * bands, width), Decoder(width, 1)

    def forward(self, both: Any) -> Any:
        *skips, deepest = self.encoder(both)
        return self.decoder(deepest, skips)


class FcSiamDiff(nn.Module):
    """Two inputs, one encoder; logits of "no change" and "change" out."""

    def __init__(self, bands: int, width: int) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(bands, width), Decoder(width, 2)

    def forward(self, before: Any, after: Any) -> Any:
        first, second = self.encoder(before), self.encoder(after)
        skips = [torch.abs(a - b) for a, b in zip(first[:-1], second[:-1])]
        return self.decoder(second[-1], skips)


def export_fc_ef(path: Path, bands: Sequence[str], scaling: Any) -> Any:
    """Write FC-EF: ``pair`` (B 2C H W, before first) → ``change`` (B 1 H W, a logit)."""
    count = len(bands)
    examples = [torch.zeros(1, 2 * count, 64, 64)]
    network = settled(lambda: FcEf(count, 4), [torch.zeros(4, 2 * count, 64, 64)], seed=11)
    write_onnx(network, path, examples, {"pair": "BCHW"}, {"change": "BKHW"}, dynamic="BHW")
    shape = [-1, 2 * count, -1, -1]
    write_card(
        path,
        "change",
        [describe_input("pair", "BCHW", shape, bands=bands, value_scaling=scaling, role="before+after")],
        [describe_output("change", "BKHW", [-1, 1, -1, -1], classes=[CHANGE], activation="sigmoid", role="change")],
    )
    return network


def export_fc_siam_diff(path: Path, bands: Sequence[str], scaling: Any) -> Any:
    """Write FC-Siam-diff: ``before``, ``after`` (B C H W) → ``change`` (B 2 H W, logits)."""
    count = len(bands)
    network = settled(lambda: FcSiamDiff(count, 4), [torch.zeros(4, count, 64, 64)] * 2, seed=12)
    examples = [torch.zeros(1, count, 64, 64)] * 2
    inputs = {"before": "BCHW", "after": "BCHW"}
    write_onnx(network, path, examples, inputs, {"change": "BKHW"}, dynamic="BHW")
    shape = [-1, count, -1, -1]
    write_card(
        path,
        "change",
        [describe_input(role, "BCHW", shape, bands=bands, value_scaling=scaling, role=role) for role in inputs],
        [
            describe_output(
                "change",
                "BKHW",
                [-1, 2, -1, -1],
                classes=["no change", "change"],
                activation="softmax",
                role="change",
            )
        ],
    )
    return network
