"""EuroSAT RGB (Helber et al. 2019) as arrays: the published train and validation parts, nothing else.

``python -m eurosat_rgb.prepare DATA OUT`` reads ``eurosat_rgb_trainval.zip`` and ``.csv`` of DATA and writes
``OUT/chips.npz``.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = (
    "AnnualCrop", "Forest", "HerbaceousVegetation", "Highway", "Industrial", "Pasture", "PermanentCrop", "Residential",
    "River", "SeaLake",
)  # fmt: skip
"""in the order of the data set, which is that of the network's scores"""


def main() -> None:
    """Decode all chips."""
    data, out = map(Path, sys.argv[1:3])
    with (data / "eurosat_rgb_trainval.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts: dict[str, tuple[list[np.ndarray], list[int]]] = {"train": ([], []), "val": ([], [])}
    with zipfile.ZipFile(data / "eurosat_rgb_trainval.zip") as archive:
        for row in rows:
            images, labels = parts[row["split"]]
            images.append(np.asarray(Image.open(io.BytesIO(archive.read(row["file"]))).convert("RGB")))
            labels.append(CLASSES.index(row["class"]))
    out.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for name, (images, labels) in parts.items():
        arrays[f"{name}_images"], arrays[f"{name}_labels"] = np.stack(images), np.array(labels, np.int64)
        print(f"{name}: {len(labels)} chips, {np.bincount(labels).tolist()} of each class")
    np.savez(out / "chips.npz", **arrays)


if __name__ == "__main__":
    main()
