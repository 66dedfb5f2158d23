"""``python -m s2_cloudmask.int8 DATA OUT ZOO`` writes the int8 forms of both models, after their cards.

Calibrated on crops of the training, scored on the Landsat 5 image with the reference mask.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from common.int8 import Session, make_form

from . import unseen
from .evaluate import Student, agreement
from .export import FORMS
from .sources import CLOUD, SHADOW
from .train import KEPT_ASIDE

_CALIBRATION = 24
"""crops"""
SCORED_ON = (
    "Landsat 5 image with the reference mask of ukis-csmask, as mean IoU of cloud and shadow; not seen in training"
)


def main() -> None:
    """Write both files and enter them into the cards."""
    data, out, zoo = map(Path, sys.argv[1:4])
    crops = np.load(out / "crops.npz", mmap_mode="r")["images"][KEPT_ASIDE : KEPT_ASIDE + _CALIBRATION]
    image, truth = unseen.landsat5(data)
    for bands, name in FORMS.items():

        def score(session: Session, bands: int = bands) -> float:
            found = Student(session, bands).map_image(image.reflectance)
            pairs = ((CLOUD, truth.cloud), (SHADOW, truth.shadow))
            return 100 * float(np.mean([agreement(found == kind, true)["iou"] for kind, true in pairs]))

        batches = [{"image": crop[None, :bands].astype(np.float32) / 10000} for crop in crops]
        make_form(zoo / f"{name}.onnx", batches, score, batches[0], SCORED_ON)


if __name__ == "__main__":
    main()
