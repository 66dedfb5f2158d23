"""The OSCD pairs at three pixel sizes, ready to cut chips from.

``python -m s2_change.prepare DATA OUT`` writes ``OUT/pairs.npz``: of every city both dates, with the teacher's land
cover. Pixel sizes of 10, 20 and 30 m (means of blocks) let one network serve Sentinel-2 and Landsat alike.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common.scenes import CLASSES, NO_CLASS, Scene, cities, read_scene

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
FOUR_BANDS = ("B02", "B03", "B04", "B08")
LANDSAT_BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")
"""what stands for the bands 1, 2, 3, 4, 5 and 7 of the Thematic Mapper"""
MEAN = np.array([0.140, 0.132, 0.140, 0.158, 0.206, 0.231, 0.223, 0.248, 0.228, 0.165], np.float32)
SPREAD = np.array([0.039, 0.050, 0.077, 0.071, 0.068, 0.076, 0.080, 0.083, 0.101, 0.090], np.float32)
"""mean and standard deviation of BANDS over the training scenes, reflectance"""
HELD_OUT = ("chongqing", "montpellier")
"""cities that no training sees: settings, threshold and temperature are chosen on them"""
FACTORS = (1, 2, 3)
"""pixel sizes, in multiples of 10 m"""


@dataclass(frozen=True)
class Pair:
    """A place at two dates, at one pixel size."""

    city: str
    reflectance: np.ndarray
    """(2, 10, H, W) float32, top of atmosphere, in the order of BANDS"""
    classes: np.ndarray
    """(2, H, W) uint8: Dynamic World's classes"""
    confidence: np.ndarray
    """(2, H, W) float32: the teacher's, times the share of the class in a coarser pixel"""


def main() -> None:
    """Read, coarsen, write."""
    data, out = map(Path, sys.argv[1:3])
    arrays = {}
    for city in cities(data):
        scenes = [read_scene(data, city, date) for date in (1, 2)]
        for factor in FACTORS:
            parts = [coarsen(scene, factor) for scene in scenes]
            for name, values in zip(("reflectance", "classes", "confidence"), zip(*parts)):
                arrays[f"{city}_{factor}_{name}"] = np.stack(values)
        print(city, scenes[0].valid.shape)
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "pairs.npz", **arrays)


def coarsen(scene: Scene, factor: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return reflectance × 10000 (10, H, W) uint16, classes and confidence (H, W) of a scene, FACTOR times coarser."""
    bands = scene.bands(BANDS)
    height, width = (side // factor for side in scene.valid.shape)
    window = np.s_[..., : height * factor, : width * factor]

    def mean(values: np.ndarray) -> np.ndarray:
        blocks = values[window].reshape(*values.shape[:-2], height, factor, width, factor)
        return blocks.mean(axis=(-3, -1), dtype=np.float32)

    known = np.where(scene.valid, scene.classes, NO_CLASS)
    weights = np.stack([mean(np.where(known == number, scene.confidence, 0)) for number in range(len(CLASSES))])
    confidence = weights.max(axis=0)
    classes = np.where(confidence > 0, weights.argmax(axis=0), NO_CLASS)
    stored = np.clip(mean(bands) * 10000, 0, 65535).round().astype(np.uint16)
    return stored, classes.astype(np.uint8), confidence.astype(np.float16)


def read_pairs(out: Path, factor: int, *, held_out: bool) -> list[Pair]:
    """Return the pairs of the training cities, or of those kept aside."""
    arrays = np.load(out / "pairs.npz")
    names = sorted({key.rsplit("_", 2)[0] for key in arrays})
    return [
        Pair(
            city=city,
            reflectance=arrays[f"{city}_{factor}_reflectance"].astype(np.float32) / 10000,
            classes=arrays[f"{city}_{factor}_classes"],
            confidence=arrays[f"{city}_{factor}_confidence"].astype(np.float32),
        )
        for city in names
        if (city in HELD_OUT) == held_out
    ]


if __name__ == "__main__":
    main()
