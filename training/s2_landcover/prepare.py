"""The scenes as arrays, with the teacher's known faults taken out: ``python -m s2_landcover.prepare DATA OUT``.

Writes ``OUT/scenes.npz``: for every scene ``<city>_<date>`` its bands, classes and confidence.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common.scenes import CLASSES, NO_CLASS, read_scenes

from .network import BANDS

SNOW = CLASSES.index("Snow and ice")
SCALE = 10000
CERTAIN = 250
FAULT_RULE = (
    "A pixel that the teacher calls snow and ice is left out unless it can be snow by the rule of Hall et al. (1995): "
    "(B03 − B11) / (B03 + B11) > 0.4, B08 > 0.11 and B03 > 0.10 (top-of-atmosphere reflectance)."
)


@dataclass(frozen=True)
class Sample:
    """A scene as the training reads it."""

    name: str
    """``<city>_<date>``"""
    bands: np.ndarray
    """(10, H, W) uint16, reflectance × 10000, in the order of BANDS"""
    classes: np.ndarray
    """(H, W) uint8, NO_CLASS where the teacher says nothing"""
    confidence: np.ndarray
    """(H, W) uint8, the teacher's highest probability × 250"""
    faulty: np.ndarray
    """(H, W) bool: what the teacher says here is known to be wrong"""

    @property
    def city(self) -> str:
        """Return where it is."""
        return self.name.rsplit("_", 1)[0]

    @property
    def reflectance(self) -> np.ndarray:
        """Return the bands as (10, H, W) float32, 0–1."""
        return self.bands.astype(np.float32) / SCALE

    @property
    def target(self) -> np.ndarray:
        """Return the classes (H, W) without what is faulty: what is learned and scored."""
        return np.where(self.faulty, NO_CLASS, self.classes).astype(np.uint8)


def false_snow(classes: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Return where (H, W) the teacher says snow and reflectance (10, H, W), 0–1, says that it can't be (FAULT_RULE)."""
    green, near_infrared, shortwave = (bands[BANDS.index(name)] for name in ("B03", "B08", "B11"))
    index = (green - shortwave) / np.maximum(green + shortwave, 1e-6)
    return (classes == SNOW) & ~((index > 0.4) & (near_infrared > 0.11) & (green > 0.10))


def load_samples(out: Path) -> list[Sample]:
    """Return all scenes as prepared, sorted by name."""
    parts = ("bands", "classes", "confidence", "faulty")
    with np.load(out / "scenes.npz") as arrays:
        names = sorted({key.rsplit(".", 1)[0] for key in arrays.files})
        return [Sample(name, *(arrays[f"{name}.{part}"] for part in parts)) for name in names]


def main() -> None:
    """Read, mark the faults, write."""
    data, out = map(Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for scene in read_scenes(data):
        name, bands = f"{scene.city}_{scene.date}", scene.bands(BANDS)
        faulty = false_snow(scene.classes, bands)
        arrays[f"{name}.bands"] = np.round(bands * SCALE).clip(0, 65535).astype(np.uint16)
        arrays[f"{name}.classes"] = scene.classes
        arrays[f"{name}.confidence"] = np.round(scene.confidence * CERTAIN).astype(np.uint8)
        arrays[f"{name}.faulty"] = faulty
        print(f"{name}: {faulty.sum()} of {(scene.classes != NO_CLASS).sum()} px left out as false snow")
    np.savez(out / "scenes.npz", **arrays)


if __name__ == "__main__":
    main()
