"""A small U-Net (Ronneberger et al. 2015) with batch normalisation and sums in place of stacked skips."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


def convolve(before: int, width: int, size: int = 3) -> nn.Sequential:
    """Return a convolution with batch normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(before, width, size, padding=size // 2, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
    )


class UNet(nn.Module):
    """(B, bands, H, W) → (B, outputs, H, W); height and width are multiples of 2 ** (len(widths) - 1)."""

    def __init__(self, bands: int, outputs: int, widths: Sequence[int] = (16, 32, 48, 64)) -> None:
        super().__init__()
        self.first = nn.Sequential(convolve(bands, widths[0]), convolve(widths[0], widths[0]))
        steps = list(zip(widths, widths[1:]))
        self.down = nn.ModuleList(nn.Sequential(convolve(a, b), convolve(b, b)) for a, b in steps)
        self.lift = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.up = nn.ModuleList(convolve(a, a) for a, _ in steps)
        self.last = nn.Conv2d(widths[0], outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return scores of every pixel."""
        x = self.first(x)
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(nn.functional.max_pool2d(x, 2))
        for lift, up, skip in zip(reversed(self.lift), reversed(self.up), reversed(skips)):
            x = nn.functional.interpolate(lift(x), scale_factor=2.0, mode="bilinear", align_corners=False)
            x = up(x + skip)
        return self.last(x)
