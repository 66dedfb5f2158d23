"""``python -m eurosat_rgb.int8 DATA OUT ZOO`` writes ``eurosat-rgb.int8.onnx``, after the card.

Calibrated on chips of the train part, scored on the published validation part.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from common.int8 import make_form
from common.session import Session

from .card import VALIDATION
from .evaluate import FIGURES, run

_CALIBRATION = 80
"""one chip of the train part in so many"""
_BATCH = 8


def main() -> None:
    """Write the file and enter it into the card."""
    out, zoo = map(Path, sys.argv[2:4])
    chips, figures = np.load(out / "chips.npz"), json.loads(FIGURES.read_text(encoding="utf-8"))
    mean, spread = (np.float32(figures[name]).reshape(3, 1, 1) for name in ("mean", "stddev"))
    used = chips["train_images"][::_CALIBRATION]
    pixels, labels = chips["val_images"], chips["val_labels"]

    def scale(images: np.ndarray) -> np.ndarray:
        return (images.transpose(0, 3, 1, 2).astype(np.float32) - mean) / spread

    def score(session: Session) -> float:
        return 100 * float((run(session, pixels, mean, spread).argmax(axis=1) == labels).mean())

    batches = [{"image": scale(used[start : start + _BATCH])} for start in range(0, len(used), _BATCH)]
    make_form(zoo / "eurosat-rgb.onnx", batches, score, {"image": scale(used[:32])}, VALIDATION)


if __name__ == "__main__":
    main()
