"""``python -m eurosat_rgb.export OUT ZOO`` writes ``ZOO/eurosat-rgb.onnx`` from the trained state in OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from common.export import write_onnx

from .train import WHOLE_PX, train_network


def main() -> None:
    """Write the ONNX file."""
    out, zoo = map(Path, sys.argv[1:3])
    example = torch.zeros(2, 3, WHOLE_PX, WHOLE_PX)
    write_onnx(train_network(out), zoo / "eurosat-rgb.onnx", {"image": example}, {"scores": (0,)}, dynamic=(0,))


if __name__ == "__main__":
    main()
