"""``python -m s2_landcover.int8 DATA OUT ZOO`` writes the int8 forms of both models, after their cards.

Calibrated on the middle of each city's first date, scored on that of its second date.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from common.int8 import make_form
from common.scenes import NO_CLASS
from common.session import Session

from .export import FORMS
from .network import BANDS
from .prepare import Sample, load_samples

SIZE_PX = 224
SCORED_ON = (
    f"middle {SIZE_PX} × {SIZE_PX} px of the second date of each OSCD city, as agreement with Dynamic World; images "
    "that the model was trained on"
)


def middle(sample: Sample, chosen: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return reflectance (1, C, H, W) and classes (H, W) of the middle of a scene."""
    top, left = ((size - SIZE_PX) // 2 for size in sample.classes.shape)
    part = np.s_[top : top + SIZE_PX, left : left + SIZE_PX]
    return sample.reflectance[chosen][(slice(None), *part)][None], sample.classes[part]


def main() -> None:
    """Write both files and enter them into the cards."""
    out, zoo = map(Path, sys.argv[2:4])
    samples = load_samples(out)
    for name, bands in FORMS.items():
        chosen = [BANDS.index(band) for band in bands]
        first, second = (
            [middle(item, chosen) for item in samples if item.name.endswith(f"_{date}")] for date in (1, 2)
        )

        def score(session: Session, crops: list[tuple[np.ndarray, np.ndarray]] = second) -> float:
            right = [
                (session.run(None, {"image": image})[0][0].argmax(axis=0) == classes)[classes != NO_CLASS]
                for image, classes in crops
            ]
            return 100 * float(np.concatenate(right).mean())

        batches = [{"image": image} for image, _ in first]
        make_form(zoo / f"{name}.onnx", batches, score, batches[0], SCORED_ON)


if __name__ == "__main__":
    main()
