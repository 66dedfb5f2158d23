"""U-Net: Ronneberger, Fischer, Brox (2015), U-Net: Convolutional Networks for Biomedical Image Segmentation, MICCAI.

Two levels instead of four and padded convolutions, with batch normalisation and bilinear upsampling, as the field uses
it today.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .exporting import nn, settled, torch, write_onnx

REACH = 32
"""how far the network sees, px: two convolutions at each size down and up, pooling and upsampling; 29 rounded up"""
STRIDE = 4
"""tiles that start a multiple of this apart see the same pooling cells"""


class Block(nn.Sequential):
    def __init__(self, inputs: int, outputs: int) -> None:
        layers: list[Any] = []
        for width in (inputs, outputs):
            layers += [nn.Conv2d(width, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        super().__init__(*layers)


class UNet(nn.Module):
    def __init__(self, bands: int, classes: int, width: int = 8) -> None:
        super().__init__()
        self.down1, self.down2 = Block(bands, width), Block(width, 2 * width)
        self.middle = Block(2 * width, 4 * width)
        self.pool, self.up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.up2, self.up1 = Block(6 * width, 2 * width), Block(3 * width, width)
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, image: Any) -> Any:
        first = self.down1(image)
        second = self.down2(self.pool(first))
        deep = self.middle(self.pool(second))
        second = self.up2(torch.cat([self.up(deep), second], dim=1))
        return self.head(self.up1(torch.cat([self.up(second), first], dim=1)))


def make(bands: int = 4, classes: int = 5, *, seed: int = 3) -> Any:
    """Return the network with weights by chance."""
    return settled(lambda: UNet(bands, classes), [torch.zeros(4, bands, 64, 64)], seed=seed)


def export(path: Path, network: Any, bands: int = 4) -> None:
    """Write the network; image and classes have any height, width and batch. The caller writes the card."""
    write_onnx(network, path, [torch.zeros(1, bands, 64, 64)], {"image": "BCHW"}, {"classes": "BKHW"}, dynamic="BHW")
