"""A U-Net (Ronneberger et al. 2015) that works at half the resolution and below: clouds are soft, and time is short.

Widths are multiples of 8, which processors take at once. Of each pixel at half the resolution four are made (Shi et al.
2016, "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural network"). On
the way up there are convolutions at half the resolution, for the rims, and at a sixteenth of it, for what lies about
them; in between there are none, which saves time.
"""

from __future__ import annotations

import torch
from common.unet import convolve
from torch import nn

WIDTHS = (16, 32, 32, 64, 96)
"""channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution"""
STEP_PX = 2 ** len(WIDTHS)
"""height and width that the network takes are multiples of this"""


def shrink(before: int, width: int) -> nn.Sequential:
    """Return a convolution to half the resolution."""
    return nn.Sequential(nn.Conv2d(before, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))


class CloudMask(nn.Module):
    """Reflectance (B, bands, H, W), 0–1 → scores (B, 3, H, W) of clear, cloud and shadow before the softmax."""

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.stem = shrink(bands, WIDTHS[0])
        steps = list(zip(WIDTHS, WIDTHS[1:]))
        self.down = nn.ModuleList(nn.Sequential(shrink(a, b), convolve(b, b)) for a, b in steps)
        self.lift = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.up = nn.ModuleList(nn.ReLU() if level in (1, 2) else convolve(a, a) for level, (a, _) in enumerate(steps))
        self.last = nn.Conv2d(WIDTHS[0], 3 * 2 * 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scores. The root spreads dark values, where shadows are, and presses bright ones."""
        x = self.stem(torch.relu(x).sqrt())
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(x)
        for lift, up, skip in zip(reversed(self.lift), reversed(self.up), reversed(skips)):
            x = up(enlarge(lift(x)) + skip)
        return nn.functional.pixel_shuffle(self.last(x), 2)


def enlarge(x: torch.Tensor) -> torch.Tensor:
    """Return twice the size, bilinearly."""
    return nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
