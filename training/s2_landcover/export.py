"""``python -m s2_landcover.export OUT ZOO`` writes both forms: ``s2-landcover.onnx`` and ``s2-landcover-4b.onnx``."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from common.export import write_onnx

from .network import BANDS, FOUR, LandCover
from .train import train_network

FORMS = {"s2-landcover": BANDS, "s2-landcover-4b": FOUR}
_EXAMPLE_PX = 64


def write_forms(network: LandCover, folder: Path) -> None:
    """Write the ONNX files of both forms into a folder."""
    for name, bands in FORMS.items():
        example = torch.zeros(2, len(bands), _EXAMPLE_PX, _EXAMPLE_PX)
        write_onnx(network.form(len(bands)), folder / f"{name}.onnx", {"image": example}, {"scores": (0, 2, 3)})


def main() -> None:
    """Write what has seen all cities."""
    out, zoo = map(Path, sys.argv[1:3])
    write_forms(train_network(out, None), zoo)


if __name__ == "__main__":
    main()
