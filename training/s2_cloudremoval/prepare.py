"""Clear dates of eleven places as arrays: ``python -m s2_cloudremoval.prepare DATA OUT`` writes ``OUT/<place>.npz``.

Ten bands of Sentinel-2 on the 10 m grid. Nine OSCD cities at two dates each (L1C), the Boadella reservoir at five clear
dates (L2A, without 2021-06-26 and 2022-06-01, which have clouds) and the three clear ones of eo-learn's reference
scenes (L1C; the darkest of the five, as in benchmarks/clouds_baseline.py).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import scenes
from osgeo import gdal

gdal.UseExceptions()

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
"""what the network takes, in its order: those of 10 m and 20 m, which L1C and L2A products both have"""
SCALE = 10000
"""stored number of reflectance 1"""
BOADELLA_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
BOADELLA_CLEAR = ("2020-06-21", "2020-09-14", "2021-07-16", "2021-07-21", "2022-03-08")
BOADELLA_CLOUDY = ("2021-06-26", "2022-06-01")
VALIDATION_PLACES = ("saclay_e",)
"""settings are chosen on these; never trained on, never scored"""
TEST_PLACES = ("boadella", "eolearn", "montpellier", "rio")
"""the places of benchmarks/clouds_baseline.py: scored, never trained on"""


@dataclass(frozen=True)
class Place:
    """All clear dates of a place, oldest first."""

    name: str
    reflectance: np.ndarray
    """(dates, 10, H, W) float32, in the order of BANDS; 0 where any date has no data"""
    valid: np.ndarray
    """(H, W) bool: every date has data"""


def read_boadella(data: Path, days: tuple[str, ...] = BOADELLA_CLEAR) -> np.ndarray:
    """Return reflectance (days, 10, H, W) of the reservoir."""
    chosen = [BOADELLA_BANDS.index(band) for band in BANDS]
    dates = [gdal.Open(str(data / "boadella" / f"Boadella_{day}.tif")).ReadAsArray()[chosen] for day in days]
    return np.stack(dates).astype(np.float32) / SCALE


def read_eolearn(data: Path) -> np.ndarray:
    """Return reflectance (5, 10, 101, 100) of eo-learn's reference scenes, the two cloudy ones among them."""
    chosen = [scenes.BANDS.index(band) for band in BANDS]
    images = np.load(data / "eolearn" / "REFERENCE_SCENES.npy").transpose(0, 3, 1, 2)
    return images[:, chosen].astype(np.float32)


def clear_eolearn(images: np.ndarray) -> np.ndarray:
    """Return which of the reference scenes are clear: the three that are darkest in the visible, in their order."""
    return np.sort(np.argsort(images[:, :3].mean(axis=(1, 2, 3)))[:3])


def read_places(out: Path) -> dict[str, Place]:
    """Return what `main` wrote, by name."""
    places = {}
    for path in sorted(out.glob("place_*.npz")):
        arrays = np.load(path)
        name = path.stem.removeprefix("place_")
        places[name] = Place(name, arrays["stored"].astype(np.float32) / SCALE, arrays["valid"])
    return places


def training_places(places: dict[str, Place]) -> list[Place]:
    """Return the places to learn from."""
    return [place for name, place in places.items() if name not in (*VALIDATION_PLACES, *TEST_PLACES)]


def main() -> None:
    """Read everything and write it."""
    data, out = map(Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    found = {}
    for city in scenes.cities(data):
        pair = [scenes.read_scene(data, city, date) for date in (1, 2)]
        found[city] = (np.stack([scene.bands(BANDS) for scene in pair]), pair[0].valid & pair[1].valid)
    boadella, references = read_boadella(data), read_eolearn(data)
    found["boadella"] = (boadella, (boadella > 0).any(axis=1).all(axis=0))  # water may have bands of 0
    eolearn = references[clear_eolearn(references)]
    found["eolearn"] = (eolearn, np.ones(eolearn.shape[-2:], bool))
    for name, (images, valid) in found.items():
        stored = np.clip(np.rint(np.where(valid, images, 0) * SCALE), 0, 65535).astype(np.uint16)
        np.savez(out / f"place_{name}.npz", stored=stored, valid=valid)
        print(f"{name}: {len(stored)} dates, {stored.shape[2]} x {stored.shape[3]} px, {valid.mean():.1%} with data")


if __name__ == "__main__":
    main()
