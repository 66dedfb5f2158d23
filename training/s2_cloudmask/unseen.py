"""Real images that no network is trained on, and what is known of their clouds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from osgeo import gdal
from s2_change.landsat import read_samples
from scipy import ndimage

gdal.UseExceptions()

_BOADELLA_BANDS = (1, 2, 3, 7, 10, 11)
_BOADELLA_SUMMER = ("2020-06-21", "2021-07-16", "2021-07-21")
BOADELLA_CLEAR = ("2020-06-21", "2020-09-14", "2021-07-16", "2021-07-21", "2022-03-08", "2022-06-01")
BOADELLA_THIN = "2021-06-26"
BRIGHTER = (0.04, 0.06, 0.08)
"""how much brighter the blue band has to be than on clear summer dates to count as thin cloud: the rule's thresholds"""
_EOLEARN_BANDS = (1, 2, 3, 7, 11, 12)


@dataclass(frozen=True)
class Image:
    """An image that is tested on."""

    name: str
    reflectance: np.ndarray
    """(6 or 4, H, W) float32, 0–1"""
    at_surface: bool


@dataclass(frozen=True)
class Truth:
    """What is known of an image, (H, W) bool each."""

    cloud: np.ndarray
    shadow: np.ndarray
    known: np.ndarray
    """where the others say something"""


def landsat5(data: Path) -> tuple[Image, Truth]:
    """Return the Landsat 5 image with the reference mask of ukis-csmask: 30 m, top of the atmosphere."""
    stored = np.load(data / "ukis_landsat5" / "landsat5.npz")
    mask = stored["msk"][..., 0]
    image = Image("landsat 5", stored["img"].transpose(2, 0, 1).copy(), False)
    return image, Truth(mask == 4, mask == 0, np.ones(mask.shape, bool))


def read_boadella(data: Path, day: str) -> np.ndarray:
    """Return surface reflectance (6, H, W) of a date."""
    stored = gdal.Open(str(data / "boadella" / f"Boadella_{day}.tif")).ReadAsArray()
    return stored[list(_BOADELLA_BANDS)].astype(np.float32) / 10000


def boadella_thin(data: Path, brighter: float) -> tuple[Image, Truth]:
    """Return the date with thin cloud, and where blue land is brighter than on the median of clear summer dates.

    A rule, not a reference; water, which changes its colour, is left out.
    """
    usual = np.median([read_boadella(data, day) for day in _BOADELLA_SUMMER], axis=0)
    image = read_boadella(data, BOADELLA_THIN)
    change = ndimage.median_filter((image - usual)[0], 5)
    land = ndimage.binary_erosion(usual[3] > 0.1, iterations=3)
    nothing = np.zeros(land.shape, bool)
    return Image(f"boadella {BOADELLA_THIN}", image, True), Truth(change > brighter, nothing, land)


def eolearn(data: Path) -> list[Image]:
    """Return five small images: the first two under cloud everywhere, the others clear, as the eye has it."""
    images = np.load(data / "eolearn" / "REFERENCE_SCENES.npy").transpose(0, 3, 1, 2)[:, list(_EOLEARN_BANDS)]
    return [Image(f"eolearn {number}", image.copy(), False) for number, image in enumerate(images)]


def clear(data: Path) -> list[Image]:
    """Return images without any cloud, of six bands, of places apart from the training's."""
    found = [Image(f"boadella {day}", read_boadella(data, day), True) for day in BOADELLA_CLEAR]
    nanjing = next(pair for pair in read_samples(data) if pair.name == "Nanjing")
    found += [Image(f"nanjing {date}", image, False) for date, image in zip((1, 2), nanjing.reflectance)]
    return found + eolearn(data)[2:]


def clear_four(data: Path) -> list[Image]:
    """Return clear images of which only four bands are there."""
    fields = gdal.Open(str(data / "ftw_test" / "inference-img.tif")).ReadAsArray().astype(np.float32) / 10000
    town = gdal.Open(str(data / "leipzig_s2_points" / "leipzig_raster.tif")).ReadAsArray() / np.float32(10000)
    return [
        Image("ftw 1", fields[[2, 1, 0, 3]], True),
        Image("ftw 2", fields[[6, 5, 4, 7]], True),
        Image("leipzig", town[[0, 1, 2, 5]], True),
    ]
