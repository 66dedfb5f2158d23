"""A small residual network for chips of 64 × 64 px (He et al. 2016, with squeeze-and-excitation, Hu et al. 2018)."""

from __future__ import annotations

import torch
from torch import nn

WIDTHS = (24, 48, 96, 176)
BLOCKS = 2


class Excite(nn.Module):
    """Weighs channels by what the whole chip holds."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(width, width // 4), nn.Linear(width // 4, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the channels, weighed."""
        weight = torch.sigmoid(self.up(torch.relu(self.down(x.mean((2, 3))))))
        return x * weight[:, :, None, None]


class Block(nn.Module):
    """Two convolutions around which the input goes as well."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.inside = nn.Sequential(
            nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), Excite(width),
        )  # fmt: skip
        self.around: nn.Module = nn.Identity()
        if stride > 1 or before != width:
            self.around = nn.Sequential(
                nn.AvgPool2d(stride), nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sum of both ways."""
        return torch.relu(self.inside(x) + self.around(x))


def make_network(classes: int = 10) -> nn.Sequential:
    """Return the network: (B, 3, H, W), standardised bytes → logits (B, classes)."""
    layers: list[nn.Module] = [nn.Conv2d(3, WIDTHS[0], 3, 1, 1, bias=False), nn.BatchNorm2d(WIDTHS[0]), nn.ReLU()]
    for before, width in zip(WIDTHS, WIDTHS[1:]):
        layers += [Block(before, width, 2), *(Block(width, width, 1) for _ in range(BLOCKS - 1))]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(WIDTHS[-1], classes)]
    return nn.Sequential(*layers)
