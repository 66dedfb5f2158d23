"""``python -m s2_cloudmask.int8 DATA OUT ZOO`` writes int8 forms of the models where they are a gain, after the cards.

Calibrated on the middle of OSCD scenes with simulated clouds, scored on the Landsat 5 image with the reference mask.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from common.clouds import SENTINEL2_UM, simulate_clouds
from common.int8 import make_form
from common.scenes import cities, read_scene
from common.session import Session

from . import unseen
from .export import FORMS
from .sources import BANDS, CLOUD, SHADOW
from .student import Student, agreement

SIZE_PX, COVER, SEED = 224, 0.4, 8
SCORED_ON = (
    "Landsat 5 image with the reference mask of ukis-csmask, as mean IoU of cloud and shadow; not trained on, but "
    "looked at in training"
)


def clouded_crops(data: Path) -> list[np.ndarray]:
    """Return reflectance (1, 6, H, W) of the middle of each scene, under simulated clouds."""
    rng = np.random.default_rng(SEED)
    crops = []
    for city in cities(data):
        for date in (1, 2):
            image = read_scene(data, city, date).bands(BANDS)
            top, left = ((size - SIZE_PX) // 2 for size in image.shape[1:])
            part = image[:, top : top + SIZE_PX, left : left + SIZE_PX]
            clouded = simulate_clouds(part, [SENTINEL2_UM[band] for band in BANDS], rng, cover=COVER)
            crops.append(clouded.reflectance[None].astype(np.float32))
    return crops


def main() -> None:
    """Write both files and enter them into the cards."""
    data, _, zoo = map(Path, sys.argv[1:4])
    crops = clouded_crops(data)
    image, truth = unseen.landsat5(data)
    for bands, name in FORMS.items():

        def score(session: Session, bands: int = bands) -> float:
            found = Student(session, bands).map_image(image.reflectance)
            pairs = ((CLOUD, truth.cloud), (SHADOW, truth.shadow))
            return 100 * float(np.mean([agreement(found == kind, true)["iou"] for kind, true in pairs]))

        batches = [{"image": crop[:, :bands]} for crop in crops]
        make_form(zoo / f"{name}.onnx", batches, score, batches[0], SCORED_ON)


if __name__ == "__main__":
    main()
