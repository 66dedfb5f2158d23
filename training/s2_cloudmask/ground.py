"""The ground under the clouds: real images, in many lights and with much on them that is not there."""

from __future__ import annotations

import numpy as np
from common.clouds import fractal
from scipy import ndimage

from .sources import WAVELENGTHS_UM, Source
from .teacher import TILE_PX

_RAYLEIGH = np.array([0.069, 0.041, 0.020, 0.008, 0.001, 0.0], np.float32)
"""brightness of the air in WAVELENGTHS_UM, which images of surface reflectance lack"""
_SATURATED = ((0.30, 0.55), (0.5, 0.8), (0.45, 0.75), (0.6, 0.9), (0.6, 0.9), (0.6, 0.9))
"""where the bands of Landsat 5 and 7 end, about, depending on gain and sun (Chander et al. 2009)"""
_SNOW = np.array([0.80, 0.82, 0.80, 0.72, 0.12, 0.08], np.float32)
"""reflectance of medium-grained snow in WAVELENGTHS_UM (Warren 1982, Reviews of Geophysics 20)"""
_SOIL = np.array([0.12, 0.18, 0.26, 0.33, 0.42, 0.38], np.float32)
"""reflectance of dry sandy soil in WAVELENGTHS_UM (Baumgardner et al. 1985, Advances in Agronomy 38)"""
_PALE = np.array([0.26, 0.31, 0.36, 0.40, 0.43, 0.36], np.float32)
"""the same of pale, limy soil"""


def cut(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a random piece (C, 256, 256), turned and mirrored; small images are mirrored at their edges."""
    lacking = [max(TILE_PX - size, 0) for size in image.shape[1:]]
    if any(lacking):
        image = np.pad(image, ((0, 0), *((some // 2, some - some // 2) for some in lacking)), mode="symmetric")
    top, left = (int(rng.integers(size - TILE_PX + 1)) for size in image.shape[1:])
    piece = image[:, top : top + TILE_PX, left : left + TILE_PX]
    piece = np.rot90(piece, int(rng.integers(4)), (1, 2))
    return np.ascontiguousarray(piece[:, :, ::-1] if rng.random() < 0.5 else piece)


def alter_ground(ground: np.ndarray, source: Source, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Return the ground in another light, and whether there is snow on it.

    Half of the images with air lose it; some become desert or are flooded, others get snow or bright roofs: the places
    are few, and what else the Earth looks like must not be taken for clouds. Desert and lakes have the light of the air
    also where it was taken off. That is wrong, but four networks taught without it were no better (`choose`: 0.73 to
    0.80, and 0.77 with six bands), so the files that are shipped were not made anew.
    """
    has_snow = source.has_snow
    if not source.at_surface and rng.random() < 0.5:
        ground = remove_air(ground, rng)
    tilt = rng.normal(0, 0.12) * (np.array(WAVELENGTHS_UM) - 1)[:, None, None]
    gain = np.exp(rng.normal(0, 0.22) + tilt + rng.normal(0, 0.06, (len(ground), 1, 1))).astype(np.float32)
    ground = np.maximum(ground * gain, 0)
    if rng.random() < 0.2:
        ground = make_desert(ground, rng, has_air=not source.at_surface)
    if rng.random() < 0.2:
        ground = add_water(ground, rng, has_air=not source.at_surface)
    chance = rng.random()
    if chance < 0.06:
        has_snow = True
        field = fractal(ground.shape[1:], rng.uniform(2.5, 3.5), rng) + 4 * (ground[3] - ground[3].mean())
        share = np.clip((field - rng.normal()) * rng.uniform(1, 6), 0, 1)
        snow = (
            _SNOW[:, None, None] * np.float32(rng.uniform(0.5, 1.1)) * (1 + 0.08 * fractal(ground.shape[1:], 2.5, rng))
        )
        ground = ground * (1 - share) + snow * share
    elif chance < 0.2:
        for _ in range(int(rng.integers(1, 30))):
            high, wide = (int(size) for size in np.exp(rng.uniform(np.log(2), np.log(30), 2)))
            top, left = (int(place) for place in rng.integers(0, TILE_PX - 30, 2))
            paint = rng.uniform(0.2, 0.8) * (1 + rng.normal(0, 0.15, (len(ground), 1, 1)))
            ground[:, top : top + high, left : left + wide] = paint + rng.normal(0, 0.01, (1, high, wide))
    return np.maximum(ground, 0).astype(np.float32), has_snow


def remove_air(ground: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the ground about as it is in products of surface reflectance (dark object subtraction, Chavez 1988)."""
    darkest = np.quantile(ground, 0.005, axis=(1, 2)).astype(np.float32)
    air = np.minimum(_RAYLEIGH, 0.95 * darkest) * np.float32(rng.uniform(0.4, 1.0))
    return (ground - air[:, None, None]) / (1 - 1.3 * air[:, None, None])


def saturate(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an image (6, H, W) as old sensors store it: nothing is brighter than where their bands end."""
    return np.minimum(image, np.array([rng.uniform(*ends) for ends in _SATURATED], np.float32)[:, None, None])


def make_desert(ground: np.ndarray, rng: np.random.Generator, *, has_air: bool) -> np.ndarray:
    """Return bare soil or sand, red to pale, with the pattern of the ground."""
    light = ground[:3].mean(axis=0)
    pattern = (np.maximum(light, 0.01) / max(float(light.mean()), 0.01)) ** rng.uniform(0.3, 1.0)
    pale = rng.uniform(0, 1)
    soil = (_SOIL * (1 - pale) + _PALE * pale)[:, None, None]
    soil = soil * np.exp(rng.normal(0.05, 0.35) + rng.normal(0, 0.08, (len(ground), 1, 1)))
    desert = soil * pattern
    if has_air:
        desert = desert + (_RAYLEIGH * rng.uniform(0.7, 1.3))[:, None, None]
    share = rng.uniform(0.5, 1.0)
    return (ground * (1 - share) + desert * share).astype(np.float32)


def add_water(ground: np.ndarray, rng: np.random.Generator, *, has_air: bool) -> np.ndarray:
    """Return the ground with lakes of clear or muddy water: as dark as shadows, and as ragged."""
    field = fractal(ground.shape[1:], rng.uniform(3.0, 4.5), rng)
    wet = ndimage.uniform_filter((field > rng.uniform(-1, 1.5)).astype(np.float32), 2)
    water = np.array([0.03, 0.035, 0.025, 0.012, 0.004, 0.003]) * rng.uniform(0.3, 1.3)
    water = water + rng.beta(0.8, 3) * np.array([0.10, 0.15, 0.17, 0.08, 0.015, 0.008])
    if has_air:
        water = water + _RAYLEIGH * rng.uniform(0.7, 1.3)
    # wind and the sun's glint: the same in all bands, and smooth
    glint = rng.exponential(0.006) * (1 + 0.3 * fractal(ground.shape[1:], 3.0, rng))
    return (ground * (1 - wet) + (water[:, None, None] + glint) * wet).astype(np.float32)
