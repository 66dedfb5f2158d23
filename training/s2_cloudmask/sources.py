"""Clear real images that clouds are put on, and the names of bands and classes.

Every image was looked at: none has a cloud. So what the simulation leaves alone is clear, whatever the teacher says:
its six-band form calls up to 19 % of the clear OSCD cities cloud at 10 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from common.scenes import read_scenes
from osgeo import gdal
from s2_change.landsat import ETM, read_samples, to_reflectance

gdal.UseExceptions()

BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")
WAVELENGTHS_UM = (0.493, 0.560, 0.665, 0.833, 1.614, 2.202)
CLASSES = ("Clear", "Cloud", "Cloud shadow")
CLEAR, CLOUD, SHADOW = range(3)
ASIDE = (
    "oscd beihai", "oscd chongqing", "landsat taizhou 2", "landsat olinda",
    "bigearthnet S2A_MSIL2A_20170617T113321_36_85", "bigearthnet S2B_MSIL2A_20180421T114349_47_56",
    "bigearthnet S2B_MSIL2A_20180502T093039_43_14",
)  # fmt: skip
"""places, and a date of Taizhou, that are never trained on: candidates are chosen on them"""
SNOW = ("S2A_MSIL2A_20180510T94033_19_86",)
"""patches of BigEarthNet that show snow: four bands can't tell it from cloud"""


@dataclass(frozen=True)
class Source:
    """A clear image."""

    place: str
    reflectance: np.ndarray
    """(6, H, W) float32 in the order of BANDS"""
    pixel_m: float
    at_surface: bool
    """reflectance of the surface (L2A), not of the top of the atmosphere"""
    is_landsat: bool = False
    has_snow: bool = False


def read_sources(data: Path, *, aside: bool = False) -> list[Source]:
    """Return the images that clouds are put on for training, or those of the places kept aside.

    Coarser copies of Sentinel-2 follow the image that they are made of.
    """
    found = []
    for scene in read_scenes(data):
        image = scene.bands(BANDS)
        found += [Source(f"oscd {scene.city}", coarser(image, factor), 10.0 * factor, False) for factor in (1, 2, 3)]
    for folder in sorted((data / "bigearthnet_tiny" / "tiny").iterdir()):
        image = read_patch(folder)
        found.append(Source(f"bigearthnet {folder.name}", image, 10.0, True, has_snow=folder.name in SNOW))
    taizhou = next(pair for pair in read_samples(data) if pair.name == "Taizhou")
    for number, image in enumerate(taizhou.reflectance, 1):
        found.append(Source(f"landsat taizhou {number}", image, 30.0, False, is_landsat=True))
    found.append(Source("landsat olinda", read_olinda(data), 30.0, False, is_landsat=True))
    return [source for source in found if (source.place in ASIDE) == aside]


def read_olinda(data: Path) -> np.ndarray:
    """Return the Landsat 7 image of Olinda (6, H, W). Its date is not recorded: a day in winter is assumed."""
    stored = gdal.Open(str(data / "stars_l7" / "L7_ETMs.tif")).ReadAsArray()
    return to_reflectance(stored, ETM, date(2000, 8, 1), -8.0)


def coarser(image: np.ndarray, factor: int) -> np.ndarray:
    """Return an image (C, H, W) averaged over squares of *factor* pixels; what does not fill a square is left out."""
    bands, height, width = image.shape
    cut = image[:, : height // factor * factor, : width // factor * factor]
    return cut.reshape(bands, height // factor, factor, width // factor, factor).mean(axis=(2, 4), dtype=np.float32)


def read_patch(folder: Path) -> np.ndarray:
    """Return a patch of BigEarthNet (6, 120, 120), surface reflectance, bands of 20 m brought to 10 m bilinearly."""
    planes = []
    for band in BANDS:
        dataset = gdal.Open(str(folder / f"{folder.name}_{band}.tif"))
        planes.append(dataset.ReadAsArray(buf_xsize=120, buf_ysize=120, resample_alg=gdal.GRIORA_Bilinear))
    return np.stack(planes).astype(np.float32) / 10000


def read_chips(data: Path) -> list[Source]:
    """Return six chips of EuroSAT, fields and forest of 64 × 64 px, which are kept aside too."""
    found = []
    for path in sorted((data / "eurosat_ms_small").rglob("*.tif")):
        # B8A comes last
        image = gdal.Open(str(path)).ReadAsArray()[[1, 2, 3, 7, 10, 11]].astype(np.float32) / 10000
        found.append(Source(f"eurosat {path.stem}", image, 10.0, False))
    return found
