"""A small siamese U-Net: one encoder sees each date, what it finds is compared at every scale.

After the fully convolutional siamese networks of Daudt et al. (2018), with two differences. What the dates have in
common and how they differ is put together as |a − b| and a + b, so that the map is the same whichever date comes
first. And the network is shown how the bands differ *beyond what they differ by all around*: light, haze and season
shift a whole neighbourhood, change does not. The neighbourhood is about 700 m, not the tile: no seams, given a halo.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from common.unet import convolve
from torch import nn

WIDTHS = (24, 40, 56, 72)
STRIDE, REACH = 8, 9
"""the neighbourhood is REACH × REACH cells of STRIDE × STRIDE pixels"""


class ChangeNet(nn.Module):
    """Two dates (B, bands, H, W), standardised reflectance → logits of change (B, 1, H, W).

    Height and width are multiples of 8. Bands that are missing hold 0 at both dates.
    """

    def __init__(self, bands: int, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        steps = list(zip(widths, widths[1:]))
        self.first = nn.Sequential(convolve(bands, widths[0]), convolve(widths[0], widths[0]))
        self.down = nn.ModuleList(nn.Sequential(convolve(a, b), convolve(b, b)) for a, b in steps)
        self.compare = nn.ModuleList(convolve(2 * width, width, 1) for width in widths)
        self.unusual = nn.Sequential(convolve(3 * bands, widths[1], 1), convolve(widths[1], widths[0], 1))
        self.lift = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.up = nn.ModuleList(convolve(a, a) for a, _ in steps)
        self.last = nn.Conv2d(widths[0], 1, 1)

    def forward(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        """Return logits of change."""
        x = self.first(torch.cat((before, after)))
        levels = [self._compare(0, x)]
        for number, down in enumerate(self.down, 1):
            x = down(nn.functional.max_pool2d(x, 2))
            levels.append(self._compare(number, x))
        levels[0] = levels[0] + self.unusual(unusual(before, after))
        x = levels[-1]
        for lift, up, level in zip(reversed(self.lift), reversed(self.up), reversed(levels[:-1])):
            x = nn.functional.interpolate(lift(x), scale_factor=2.0, mode="bilinear", align_corners=False)
            x = up(x + level)
        return self.last(x)

    def _compare(self, level: int, both: torch.Tensor) -> torch.Tensor:
        before, after = both.chunk(2)
        return self.compare[level](torch.cat(((after - before).abs(), after + before), dim=1))


def unusual(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Return (B, 3 · bands, H, W): differences, differences beyond the neighbourhood's, and these over their mean."""
    difference = after - before
    beyond = (difference - neighbourhood(difference)).abs()
    return torch.cat((difference.abs(), beyond, beyond / (neighbourhood(beyond) + 0.1)), dim=1)


def neighbourhood(values: torch.Tensor) -> torch.Tensor:
    """Return the mean of values around each pixel, smoothly interpolated between cells."""
    cells = nn.functional.avg_pool2d(values, STRIDE)
    cells = nn.functional.avg_pool2d(cells, REACH, 1, REACH // 2, count_include_pad=False)
    return nn.functional.interpolate(cells, scale_factor=float(STRIDE), mode="bilinear", align_corners=False)


def with_bands(network: ChangeNet, kept: Sequence[int]) -> ChangeNet:
    """Return the same network for some of its bands only, the others being missing (0 at both dates)."""
    small = ChangeNet(len(kept), WIDTHS)
    state = dict(network.state_dict())
    bands = network.first[0][0].in_channels
    state["first.0.0.weight"] = state["first.0.0.weight"][:, list(kept)]
    places = [part * bands + band for part in range(3) for band in kept]
    state["unusual.0.0.weight"] = state["unusual.0.0.weight"][:, places]
    small.load_state_dict(state)
    return small.eval()
