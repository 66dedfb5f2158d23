"""ResNet-18: He, Zhang, Ren, Sun (2016), Deep Residual Learning for Image Recognition, CVPR; an eighth of its width.

With a softmax over scene classes (as on EuroSAT), with a sigmoid a label (as on BigEarthNet), and with two heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .exporting import describe_input, describe_output, nn, settled, torch, write_card, write_onnx


class BasicBlock(nn.Module):
    """Two 3 × 3 convolutions beside a shortcut, which is projected where size or width change."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        is_same = stride == 1 and inputs == outputs
        projection = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Identity() if is_same else projection

    def forward(self, image: Any) -> Any:
        return torch.relu(self.body(image) + self.shortcut(image))


class ResNet(nn.Module):
    """One linear head for each number of *heads* on the mean features of the image."""

    def __init__(self, bands: int, heads: Sequence[int], width: int = 8) -> None:
        super().__init__()
        layers: list[Any] = [nn.Conv2d(bands, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        layers.append(nn.MaxPool2d(3, 2, 1))
        before = width
        for stage in range(4):
            wide = width * 2**stage
            layers += [BasicBlock(before, wide, 1 if stage == 0 else 2), BasicBlock(wide, wide, 1)]
            before = wide
        self.features = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.heads = nn.ModuleList(nn.Linear(before, count) for count in heads)
        for head in self.heads:
            nn.init.normal_(head.weight, 0, 0.5)  # scores of a trained network: some scenes are certain

    def forward(self, image: Any) -> Any:
        features = self.features(image)
        scores = tuple(head(features) for head in self.heads)
        return scores if len(scores) > 1 else scores[0]


def export(
    path: Path,
    bands: Sequence[str],
    scaling: Any,
    heads: dict[str, dict[str, Any]],
    *,
    size: int | None = None,
    seed: int = 31,
) -> Any:
    """Write the network: ``image`` (B C H W) → one output (B K) for each of *heads*, name → fields of the output.

    *size* fixes height and width; without it any size goes.
    """
    count, edge = len(bands), size or 64
    counts = [len(fields["classes"]) for fields in heads.values()]
    network = settled(lambda: ResNet(count, counts), [torch.zeros(16, count, edge, edge)], seed=seed)
    dynamic = "B" if size else "BHW"
    outputs = dict.fromkeys(heads, "BK")
    write_onnx(network, path, [torch.zeros(1, count, edge, edge)], {"image": "BCHW"}, outputs, dynamic=dynamic)
    shape = [-1, count, size or -1, size or -1]
    write_card(
        path,
        "classify",
        [describe_input("image", "BCHW", shape, bands=bands, value_scaling=scaling)],
        [
            describe_output(name, "BK", [-1, number], tasks=["scene-classification"], **fields)
            for (name, fields), number in zip(heads.items(), counts)
        ],
    )
    return network
