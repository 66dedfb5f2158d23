"""A small siamese U-Net: one encoder sees each date, what it finds is compared at every scale.

After the fully convolutional siamese networks of Daudt et al. (2018), with two differences. What the dates have in
common and how they differ is put together as |a − b| and a + b, so that the map is the same whichever date comes
first. And the network is shown each date, and how the dates differ, also *against what is usual all around*: light,
haze and season shift a whole neighbourhood and stretch its contrast, change does not. The neighbourhood is about 100
pixels wide and not the tile, so that tiles have no seams, given a halo.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from common.unet import convolve
from torch import nn

WIDTHS = (24, 40, 56, 72)
STRIDE, REACH = 8, 13
"""the neighbourhood is REACH × REACH cells of STRIDE × STRIDE pixels"""
FLOOR = 0.1
"""smallest contrast of a neighbourhood, in standardised reflectance: below it there is only noise"""
LIMIT = 6.0
"""of values over their contrast"""


class ChangeNet(nn.Module):
    """Two dates (B, bands, H, W), standardised reflectance → logits of change (B, 1, H, W).

    Height and width are multiples of 8. Bands that are missing hold 0 at both dates.
    """

    def __init__(self, bands: int, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        steps = list(zip(widths, widths[1:]))
        self.first = nn.Sequential(convolve(2 * bands, widths[0]), convolve(widths[0], widths[0]))
        self.down = nn.ModuleList(nn.Sequential(convolve(a, b), convolve(b, b)) for a, b in steps)
        self.compare = nn.ModuleList(convolve(2 * width, width, 1) for width in widths)
        self.unusual = nn.Sequential(convolve(4 * bands, widths[1], 1), convolve(widths[1], widths[0], 1))
        self.lift = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.up = nn.ModuleList(convolve(a, a) for a, _ in steps)
        self.last = nn.Conv2d(widths[0], 1, 1)

    def forward(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        """Return logits of change."""
        dates = torch.cat((before, after))
        mean, contrast = neighbourhood(dates)
        usual = ((dates - mean) / contrast).clamp(-LIMIT, LIMIT)
        x = self.first(torch.cat((dates, usual), dim=1))
        levels = [self._compare(0, x)]
        for number, down in enumerate(self.down, 1):
            x = down(nn.functional.max_pool2d(x, 2))
            levels.append(self._compare(number, x))
        levels[0] = levels[0] + self.unusual(differences(dates, mean, contrast, usual))
        x = levels[-1]
        for lift, up, level in zip(reversed(self.lift), reversed(self.up), reversed(levels[:-1])):
            x = nn.functional.interpolate(lift(x), scale_factor=2.0, mode="bilinear", align_corners=False)
            x = up(x + level)
        return self.last(x)

    def _compare(self, level: int, both: torch.Tensor) -> torch.Tensor:
        before, after = both.chunk(2)
        return self.compare[level](torch.cat(((after - before).abs(), after + before), dim=1))


def differences(dates: torch.Tensor, mean: torch.Tensor, contrast: torch.Tensor, usual: torch.Tensor) -> torch.Tensor:
    """Return (B, 4 · bands, H, W): how the dates (2 B, bands, H, W) differ.

    As they are; beyond their neighbourhoods' means; the same over the contrast of both; each over its own contrast.
    """
    plain = _step(dates).abs()
    beyond = _step(dates - mean).abs()
    shared = contrast.square().unflatten(0, (2, -1)).mean(0).sqrt()
    return torch.cat((plain, beyond, (beyond / shared).clamp(max=LIMIT), _step(usual).abs()), dim=1)


def _step(both: torch.Tensor) -> torch.Tensor:
    before, after = both.chunk(2)
    return after - before


def neighbourhood(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and standard deviation (at least FLOOR) of values around each pixel, smooth between cells."""

    def around(some: torch.Tensor) -> torch.Tensor:
        cells = nn.functional.avg_pool2d(some, STRIDE)
        cells = nn.functional.avg_pool2d(cells, REACH, 1, REACH // 2, count_include_pad=False)
        return nn.functional.interpolate(cells, scale_factor=float(STRIDE), mode="bilinear", align_corners=False)

    mean = around(values)
    return mean, ((around(values.square()) - mean.square()).clamp(min=0) + FLOOR**2).sqrt()


class Mean(nn.Module):
    """The mean of the logits of several networks."""

    def __init__(self, networks: Sequence[ChangeNet]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        """Return logits of change."""
        return torch.stack([network(before, after) for network in self.networks]).mean(0)


def with_bands(network: ChangeNet, kept: Sequence[int]) -> ChangeNet:
    """Return the same network for some of its bands only, the others being missing (0 at both dates)."""
    small = ChangeNet(len(kept), WIDTHS)
    state = dict(network.state_dict())
    bands = network.first[0][0].in_channels // 2
    for name, parts in (("first.0.0.weight", 2), ("unusual.0.0.weight", 4)):
        places = [part * bands + band for part in range(parts) for band in kept]
        state[name] = state[name][:, places]
    small.load_state_dict(state)
    return small.eval()
