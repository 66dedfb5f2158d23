"""``python -m s2_change.export OUT ZOO`` writes ``s2-change.onnx`` and ``s2-change-4b.onnx`` from the state in OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from common.export import write_onnx

from .network import with_bands
from .prepare import BANDS, FOUR_BANDS
from .train import train_network

FORMS = {"s2-change": BANDS, "s2-change-4b": FOUR_BANDS}
"""id → bands in the order that the model takes them"""


def main() -> None:
    """Write both forms; the smaller one is the larger one with the other bands missing."""
    out, zoo = map(Path, sys.argv[1:3])
    network = train_network(out)
    for name, bands in FORMS.items():
        form = with_bands(network, [BANDS.index(band) for band in bands])
        example = {date: torch.zeros(1, len(bands), 64, 64) for date in ("before", "after")}
        write_onnx(form, zoo / f"{name}.onnx", example, {"change": (0, 2, 3)})


if __name__ == "__main__":
    main()
