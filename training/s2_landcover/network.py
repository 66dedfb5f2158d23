"""One small U-Net behind two stems: one takes ten bands, the other the four that nearly every sensor has."""

from __future__ import annotations

import torch
from common.unet import UNet, convolve
from torch import nn

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
FOUR = ("B02", "B03", "B04", "B08")
WIDTHS = (48, 72, 96, 128)
CLASSES = 9
DROPPED = 0.1
"""share of the deepest features that a training step does without"""
STEP_PX = 2 ** len(WIDTHS)
"""height and width that the network takes are multiples of this"""

_STRETCH = {
    "B02": (1.7417268007636313, 2.023298706048351),
    "B03": (1.7261204997060209, 2.038905204308012),
    "B04": (1.6798346251414997, 2.179592821212937),
    "B05": (1.7734969472909623, 2.2890068333026603),
    "B06": (2.289154079164943, 2.6171674549378166),
    "B07": (2.382939712192371, 2.773418590375327),
    "B08": (2.3828939530384052, 2.7578332604178284),
    "B8A": (2.3828939530384052, 2.7578332604178284),
    "B11": (2.1952484264967844, 2.789092484314204),
    "B12": (1.554812948247501, 2.4140534947492487),
}
"""how the teacher sees each band (Brown et al. 2022, github.com/google/dynamicworld): offset and scale of a logarithm;
the teacher does not see B8A, which is stretched as B08 here"""


class Stretch(nn.Module):
    """Reflectance (B, bands, H, W), 0–1 → the teacher's own view of it, moved to −2 … 2.

    ``sigmoid(5 (ln(50 r + 1) − offset) / scale − 1)``: brightness of all that grows is spread, glare is flattened.
    """

    def __init__(self, bands: tuple[str, ...]) -> None:
        super().__init__()
        values = torch.tensor([_STRETCH[band] for band in bands])
        self.register_buffer("offset", values[:, 0].view(1, -1, 1, 1))
        self.register_buffer("scale", values[:, 1].view(1, -1, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the stretched bands."""
        x = torch.log(torch.relu(x) * 50 + 1)
        return torch.sigmoid((x - self.offset) / self.scale * 5 - 1) * 4 - 2


class LandCover(nn.Module):
    """Both forms: ``forward(ten, four)`` gives the scores of both, one below the other.

    Stems go to half the resolution, the U-Net works there, and each of its pixels gives the scores of four: land cover
    of this teacher is smooth, and full resolution costs most of the time.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.ten, self.four = (nn.Sequential(Stretch(bands), shrink(len(bands), widths[0])) for bands in (BANDS, FOUR))
        self.trunk = UNet(widths[0], 4 * CLASSES, widths)
        self.trunk.first = convolve(widths[0], widths[0])
        self.trunk.down[-1].append(nn.Dropout2d(DROPPED))
        self.spread = nn.PixelShuffle(2)

    def forward(self, ten: torch.Tensor, four: torch.Tensor) -> torch.Tensor:
        """Return scores (B10 + B4, 9, H, W) of reflectance (B10, 10, H, W) and (B4, 4, H, W)."""
        return self.spread(self.trunk(torch.cat((self.ten(ten), self.four(four)))))

    def form(self, bands: int) -> nn.Sequential:
        """Return the network of one form: (B, bands, H, W) reflectance → scores (B, 9, H, W)."""
        return nn.Sequential(self.ten if bands == len(BANDS) else self.four, self.trunk, self.spread)


def shrink(before: int, width: int) -> nn.Sequential:
    """Return a convolution to half the resolution, with batch normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(before, width, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
    )
