"""Real cloudy images, what teachers see on them, and the shapes of their clouds.

The labels are the teachers': ukis-csmask in its forms for four and for six bands; at the Betsiboka s2cloudless too,
whose map comes with the image; in Romania, where bands are missing, its forms for four bands at the top of the
atmosphere and at the surface, and Sen2Cor. Where they differ, a pixel counts less. Of clouds of random shapes alone a
network learns too little: one found 4 % of the altocumulus over Alabama that the teacher sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common.clouds import SCATTER
from scipy import ndimage

from .ground import remove_air
from .packages import fetch, read_alabama, read_betsiboka, read_brandenburg, read_romania
from .sources import CLOUD, SHADOW
from .teacher import TILE_PX, map_probabilities

ASIDE = {"betsiboka": 3, "brandenburg": 0, "alabama": 1}
"""the quarter of each image, row by row, that nothing is trained on; of Romania it is every fourth date

They are parts of what is trained on, not other places: candidates are compared on them, and no more is claimed.
"""
_DOUBTFUL = (
    1, 13, 17, 18, 19, 20, 39, 40, 41, 42, 44, 62, 71, 75, 76, 77, 78, 79, 82, 96, 101, 106, 108, 111, 127, 128, 130,
    131, 133, 136, 137, 138,
)  # fmt: skip
"""dates of Romania whose scene classes are wrong, as the eye has it, or that show snow"""
_CLOUDS, _SHADE, _SNOW = (8, 9, 10), 3, 11
"""Sen2Cor's classes"""
_GROUND = 0.16
"""highest reflectance of the ground in blue that is believed below clouds"""
_GROUND_DEPTH = 0.25
"""optical depth below which it may be a brighter ground and no cloud"""


@dataclass(frozen=True)
class Scene:
    """A cloudy image, or a part of one."""

    place: str
    image: np.ndarray
    """(6, H, W) float32 reflectance"""
    taught: np.ndarray
    """(3, H, W) float32: probability of cloud, of shadow, and how far the teachers agree, 0–1"""
    depth: np.ndarray
    """(H, W) float32 optical depth of the clouds, about"""
    at_surface: bool = False
    has_infrared: bool = True
    """False where the last two bands are missing, and 0"""


def read_scenes(out: Path, *, aside: bool = False) -> list[Scene]:
    """Return what is trained on, or what is kept aside. What the teachers see is kept in OUT."""
    folder = fetch(out)
    taught = out / "taught.npz"
    if not taught.exists():
        begun = taught.with_name("taught~.npz")
        np.savez(begun, **dict(teach_all(folder)))
        begun.rename(taught)
    kept = np.load(taught)
    found = []
    for place, image in (("betsiboka", read_betsiboka(folder)[0]), ("brandenburg", read_brandenburg(folder)),
                         ("alabama", read_alabama(folder))):  # fmt: skip
        # what is bright and no cloud to any teacher, a beach, is ground
        depth = optical_depth(image[0]) * np.clip((kept[place][0] - 0.12) / 0.3, 0, 1)
        height, width = (size // 2 for size in depth.shape)
        for quarter in range(4):
            if (quarter == ASIDE[place]) == aside:
                row, column = divmod(quarter, 2)
                window = (..., slice(row * height, (row + 1) * height), slice(column * width, (column + 1) * width))
                found.append(Scene(place, image[window], kept[place][window], depth[window]))
    images, classes = read_romania(folder)
    for number, chosen in enumerate(choose_dates(images, classes)):
        if (number % 4 == 1) == aside:
            image = np.concatenate([images[chosen], np.zeros((2, 100, 100), np.float32)])
            depth = np.zeros((100, 100), np.float32)
            found.append(Scene("romania", image, kept[f"romania {chosen}"], depth, True, False))
    return found


def choose_dates(images: np.ndarray, classes: np.ndarray) -> list[int]:
    """Return the dates of Romania with believable classes, all with clouds and an eighth of those without, no snow."""
    cloudy, snow = (np.isin(classes, kinds).mean((1, 2)) for kinds in (_CLOUDS, _SNOW))
    return [
        number
        for number in range(len(classes))
        if number not in _DOUBTFUL and snow[number] < 0.02 and (cloudy[number] > 0.02 or number % 8 == 0)
        and (images[number].max(0) > 0).all()
    ]  # fmt: skip


def teach_all(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield, for each image, what the teachers say: see `Scene.taught`."""
    image, vote = read_betsiboka(folder)
    cloud, shadow, agreed = teach(image)
    both = (2 * cloud + vote) / 3
    apart = np.maximum(1 - agreed, 0.75 * np.abs(vote - cloud))
    yield "betsiboka", np.stack([both, np.minimum(shadow, 1 - both), 1 - apart]).astype(np.float32)
    for place, image in (("brandenburg", read_brandenburg(folder)), ("alabama", read_alabama(folder))):
        yield place, teach(image)
    images, classes = read_romania(folder)
    margin = (TILE_PX - 100) // 2
    inside = (..., slice(margin, margin + 100), slice(margin, margin + 100))
    for number in choose_dates(images, classes):
        wide = np.pad(images[number], ((0, 0), (margin, margin), (margin, margin)), mode="symmetric")
        votes = [map_probabilities(wide, at_surface=level)[inside] for level in (False, True)]
        cloud, shadow = (np.isin(classes[number], kinds) for kinds in (_CLOUDS, _SHADE))
        votes.append(np.stack([~(cloud | shadow), cloud, shadow]).astype(np.float32))
        mean = np.mean(votes, axis=0)
        apart = np.abs(np.stack(votes)[:, CLOUD] - mean[CLOUD]).max(0)
        yield f"romania {number}", np.stack([mean[CLOUD], mean[SHADOW], 1 - apart]).astype(np.float32)


def teach(image: np.ndarray) -> np.ndarray:
    """Return what both forms of ukis-csmask say of an image at the top of the atmosphere: see `Scene.taught`."""
    votes = np.stack([map_probabilities(image[:bands], at_surface=False) for bands in (4, 6)])
    mean = votes.mean(0)
    return np.stack([mean[CLOUD], mean[SHADOW], 1 - np.abs(votes[0] - votes[1]).max(0)]).astype(np.float32)


def optical_depth(blue: np.ndarray) -> np.ndarray:
    """Return how thick clouds are, by how much brighter blue is than the darkest around, as `common.clouds` has it."""
    dark = ndimage.minimum_filter(ndimage.gaussian_filter(blue, 1.0), 101)
    ground = np.minimum(ndimage.gaussian_filter(dark, 40), _GROUND)
    low, high = np.zeros_like(blue), np.full_like(blue, 0.95)
    for _ in range(25):  # the reflectance of the cloud alone, by halving
        middle = (low + high) / 2
        is_above = middle + (1 - middle) ** 2 * ground / (1 - middle * ground) > blue
        low, high = np.where(is_above, low, middle), np.where(is_above, middle, high)
    return np.maximum(low / (1 - low) / SCATTER - _GROUND_DEPTH, 0).astype(np.float32)


def cut_scene(scene: Scene, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a crop (6, 256, 256) of a scene, as it is or enlarged up to 2.5 times, and its labels.

    Scenes smaller than a crop are enlarged until they fill it, or mirrored. The labels (3, 256, 256) uint8 are those of
    `prepare.Crop`.
    """
    height, width = scene.depth.shape
    zoom = float(np.exp(rng.uniform(0, np.log(2.5)))) if rng.random() < 0.6 else 1.0
    size = min(int(np.ceil(TILE_PX / zoom)) + 2, height, width)
    top, left = int(rng.integers(height - size + 1)), int(rng.integers(width - size + 1))
    planes = np.concatenate([scene.image, scene.taught])[:, top : top + size, left : left + size]
    if zoom > 1:
        planes = ndimage.zoom(planes, (1, TILE_PX / size * 1.02, TILE_PX / size * 1.02), order=1)
    planes = planes[:, :TILE_PX, :TILE_PX]
    lacking = [TILE_PX - side for side in planes.shape[1:]]
    planes = np.pad(planes, ((0, 0), *((0, some) for some in lacking)), mode="symmetric")
    if scene.at_surface:  # small images: so that not all of them begin at the same edge
        planes = np.roll(planes, tuple(rng.integers(0, some + 1) for some in lacking), (1, 2))
    image, (cloud, shadow, agreed) = planes[:6], planes[6:]
    if not scene.at_surface and rng.random() < 0.45:
        image = np.maximum(remove_air(image, rng), 0)
    image = image * np.exp(rng.normal(0, 0.1)).astype(np.float32)
    image = image + rng.normal(0, 0.0015, image.shape).astype(np.float32)
    labels = np.clip(np.stack([cloud, shadow, 2 * agreed - 0.6]), 0, 1)
    return image, np.rint(labels * 255).astype(np.uint8)


def cut_shape(scenes: list[Scene], canvas: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return the optical depths of real clouds on a canvas (H, W): turned, mirrored, enlarged, thinner or thicker."""
    scene = scenes[int(rng.integers(len(scenes)))]
    field = np.rot90(scene.depth, int(rng.integers(4)))[:, :: int(rng.choice([-1, 1]))]
    zoom = float(np.exp(rng.uniform(0, np.log(3.0)))) if rng.random() < 0.65 else 1.0
    size = [min(int(np.ceil(side / zoom)) + 2, have) for side, have in zip(canvas, field.shape)]
    top, left = (int(rng.integers(have - take + 1)) for take, have in zip(size, field.shape))
    field = field[top : top + size[0], left : left + size[1]]
    if zoom > 1:
        field = ndimage.zoom(field, zoom, order=1)
    lacking = [(0, max(side - have, 0)) for side, have in zip(canvas, field.shape)]
    field = np.pad(field, lacking, mode="symmetric")[: canvas[0], : canvas[1]]
    return np.maximum(field, 0) * np.float32(np.exp(rng.uniform(-0.7, 0.4)))
