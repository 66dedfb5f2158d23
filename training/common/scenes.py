"""Real scenes of Sentinel-2 with a teacher's land cover: the image part of OSCD, 9 cities at two dates each.

Images: modified Copernicus Sentinel data 2015-2018 (Daudt et al., IGARSS 2018), L1C. Land cover: predictions of the
Dynamic World model (Brown et al. 2022) on the grid of B02.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from osgeo import gdal

gdal.UseExceptions()

BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
CLASSES = (
    "Water", "Trees", "Grass", "Flooded vegetation", "Crops", "Shrub and scrub", "Built area", "Bare ground",
    "Snow and ice",
)  # fmt: skip
"""of Dynamic World, numbered from 0"""
NO_CLASS = 255
_PLACES = {"brasilia": "Brasília", "lasvegas": "Las Vegas", "milano": "Milan", "saclay_e": "Saclay"}
"""where more than the first letter is to be changed"""


@dataclass(frozen=True)
class Scene:
    """A city at a date, all bands on the grid of its 10 m bands (of the first date, so that two dates lie together)."""

    city: str
    date: int
    """1 or 2"""
    reflectance: np.ndarray
    """(13, H, W) float32, top of atmosphere, in the order of BANDS; 0 where the scene has no data"""
    valid: np.ndarray
    """(H, W) bool: every band has data"""
    classes: np.ndarray
    """(H, W) uint8: number in CLASSES, NO_CLASS where the teacher says nothing"""
    confidence: np.ndarray
    """(H, W) float32, 0–1: the teacher's highest probability"""

    def bands(self, names: tuple[str, ...]) -> np.ndarray:
        """Return reflectance (len(names), H, W) of some bands."""
        return self.reflectance[[BANDS.index(name) for name in names]]


def cities(data: Path) -> tuple[str, ...]:
    """Return the names of all cities, sorted."""
    return tuple(sorted(path.name for path in (data / "oscd").iterdir() if path.is_dir()))


def place_name(city: str) -> str:
    """Return what people call a city, for cards: ``lasvegas`` is Las Vegas."""
    return _PLACES.get(city, city.capitalize())


def read_scene(data: Path, city: str, date: int) -> Scene:
    """Return a scene; bands of 20 m and 60 m are brought to 10 m bilinearly."""
    grid = gdal.Open(str(_band_file(data, city, 1, "B02")))
    planes = [_on_grid(_band_file(data, city, date, name), grid, "bilinear") for name in BANDS]
    raw = np.concatenate(planes).astype(np.float32)
    valid = (raw > 0).all(axis=0)
    labels = _on_grid(data / "dynamic_world_labels" / f"{city}_{date}.tif", grid, "near", outside=NO_CLASS)
    return Scene(
        city=city,
        date=date,
        reflectance=np.where(valid, raw / 10000, 0).astype(np.float32),
        valid=valid,
        classes=np.where(valid, labels[0], NO_CLASS).astype(np.uint8),
        confidence=np.where(labels[1] == NO_CLASS, 0, labels[1] / 250).astype(np.float32),
    )


def read_scenes(data: Path) -> list[Scene]:
    """Return every scene of every city."""
    return [read_scene(data, city, date) for city in cities(data) for date in (1, 2)]


def _band_file(data: Path, city: str, date: int, band: str) -> Path:
    (path,) = (data / "oscd" / city / str(date)).glob(f"*_{band}.tif")
    return path


def _on_grid(path: Path, grid: gdal.Dataset, resampling: str, *, outside: int = 0) -> np.ndarray:
    left, dx, _, top, _, dy = grid.GetGeoTransform()
    width, height = grid.RasterXSize, grid.RasterYSize
    warped = gdal.Warp(
        "", str(path), format="MEM", resampleAlg=resampling, dstSRS=grid.GetProjection(), width=width, height=height,
        outputBounds=(left, top + dy * height, left + dx * width, top), dstNodata=outside,
    )  # fmt: skip
    return warped.ReadAsArray().reshape(-1, height, width)
