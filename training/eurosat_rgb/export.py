"""``python -m eurosat_rgb.export OUT ZOO`` writes ``ZOO/eurosat-rgb.onnx`` from the trained state in OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from common.export import write_onnx
from torch import nn

from .train import WHOLE_PX, statistics, train_network


class Saturated(nn.Module):
    """The network behind the end of the scale: 255 is the brightest that it has seen, reflectance goes farther."""

    def __init__(self, network: nn.Module, brightest: torch.Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("brightest", brightest)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return logits (B, 10) of standardised values (B, 3, 64, 64)."""
        return self.network(torch.minimum(image, self.brightest))


def main() -> None:
    """Write the ONNX file."""
    out, zoo = map(Path, sys.argv[1:3])
    pixels = torch.from_numpy(np.load(out / "chips.npz")["train_images"]).permute(0, 3, 1, 2)
    mean, spread = statistics(pixels)
    network = Saturated(train_network(out), (255 - mean) / spread).eval()
    example = torch.zeros(2, 3, WHOLE_PX, WHOLE_PX)
    write_onnx(network, zoo / "eurosat-rgb.onnx", {"image": example}, {"scores": (0,)}, dynamic=(0,))


if __name__ == "__main__":
    main()
