"""Crops with simulated clouds and what should be said of them: ``python -m s2_cloudmask.prepare DATA OUT``.

Writes ``OUT/crops.npz``. Where the simulation is plain, its truth counts; where clouds or shadows are so thin that
opinions differ, the teacher decides half of it (its four-band form, which keeps clear ground clear). Shadows that
change nothing that could be seen (on water) do not count.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from common.clouds import Clouded, Layer, fractal, random_layer, random_layers, simulate_clouds
from scipy import ndimage

from .sources import CLOUD, SHADOW, WAVELENGTHS_UM, Source, read_sources
from .teacher import TILE_PX, predict_tile

CROPS = 1600
SEED = 7
_RAYLEIGH = np.array([0.069, 0.041, 0.020, 0.008, 0.001, 0.0], np.float32)
"""brightness of the air in WAVELENGTHS_UM, which images of surface reflectance lack"""
_SNOW = np.array([0.80, 0.82, 0.80, 0.72, 0.12, 0.08], np.float32)
"""reflectance of medium-grained snow in WAVELENGTHS_UM (Warren 1982, Reviews of Geophysics 20)"""
_SOIL = np.array([0.12, 0.18, 0.26, 0.33, 0.42, 0.38], np.float32)
"""reflectance of dry sandy soil in WAVELENGTHS_UM (Baumgardner et al. 1985, Advances in Agronomy 38)"""
_SATURATED = ((0.30, 0.55), (0.5, 0.8), (0.45, 0.75), (0.6, 0.9), (0.6, 0.9), (0.6, 0.9))
"""where the bands of Landsat 5 and 7 end, about, depending on gain and sun (Chander et al. 2009)"""
THIN, THICK = 0.15, 0.6
"""optical depths between which it is a matter of taste whether there is a cloud; haze is none"""
_HAZE = 0.2
"""optical depth of haze at most, before its evenly spread part: thicker haze is cloud to most eyes"""
FAINT, DARK = 0.12, 0.5
"""shares of the direct light lost between which it is a matter of taste whether there is a shadow"""
_SEEN = 0.008
"""change of reflectance below which a shadow can't be seen"""


@dataclass(frozen=True)
class Crop:
    """One training example."""

    image: np.ndarray
    """(6, 256, 256) uint16, reflectance × 10000"""
    labels: np.ndarray
    """(3, 256, 256) uint8: probability of cloud × 255, of shadow × 255, and how much the pixel counts × 255"""
    has_snow: bool


def make_crop(source: Source, rng: np.random.Generator) -> Crop:
    """Return a crop of a clear image with clouds on it, or, one time in four, without."""
    ground, has_snow = alter_ground(cut(source.reflectance, rng), source, rng)
    if rng.random() < 1 / 4:
        nothing = np.zeros(ground.shape[1:], np.float32)
        clouded = Clouded(ground, nothing, nothing, nothing, nothing)
    else:
        apart = 0.0 if source.is_landsat or rng.random() < 0.3 else None
        pixel_m = source.pixel_m * float(rng.uniform(0.8, 1.25))
        clouded = simulate_clouds(ground, WAVELENGTHS_UM, rng, pixel_m=pixel_m, parallax=apart, layers=make_sky(rng))
    labels = make_labels(ground, clouded, at_surface=source.at_surface)
    image = clouded.reflectance
    if source.is_landsat or (source.pixel_m == 30 and rng.random() < 0.5):
        image = np.minimum(image, np.array([rng.uniform(*ends) for ends in _SATURATED], np.float32)[:, None, None])
    image = image + rng.normal(0, 0.0015, image.shape).astype(np.float32)
    if rng.random() < 0.06:
        blank_edge(image, labels, rng)
    return Crop(np.clip(np.rint(image * 10000), 0, 65535).astype(np.uint16), labels, has_snow)


def make_sky(rng: np.random.Generator) -> list[Layer]:
    """Return layers as they occur, now and then a veil over much of the image: thin, without a rim."""
    if rng.random() < 0.15:
        veil = random_layer(str(rng.choice(["stratus", "cirrus"])), rng, float(rng.uniform(0.3, 1)))
        return [replace(veil, depth=float(np.exp(rng.uniform(np.log(0.8), np.log(8)))))]
    layers = random_layers(rng)
    return [replace(layer, depth=min(layer.depth, _HAZE)) if layer.kind == "haze" else layer for layer in layers]


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
    are few, and what else the Earth looks like must not be taken for clouds.
    """
    has_snow = source.has_snow
    if not source.at_surface and rng.random() < 0.5:
        ground = remove_air(ground, rng)
    tilt = rng.normal(0, 0.12) * (np.array(WAVELENGTHS_UM) - 1)[:, None, None]
    gain = np.exp(rng.normal(0, 0.22) + tilt + rng.normal(0, 0.06, (len(ground), 1, 1))).astype(np.float32)
    ground = np.maximum(ground * gain, 0)
    if rng.random() < 0.15:
        ground = make_desert(ground, rng)
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


def make_desert(ground: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return bare soil or sand with the pattern of the ground."""
    light = ground[:3].mean(axis=0)
    pattern = (np.maximum(light, 0.01) / max(float(light.mean()), 0.01)) ** rng.uniform(0.3, 1.0)
    soil = _SOIL[:, None, None] * np.exp(rng.normal(0.15, 0.35) + rng.normal(0, 0.08, (len(ground), 1, 1)))
    share = rng.uniform(0.5, 1.0)
    return (ground * (1 - share) + soil * pattern * share).astype(np.float32)


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


def make_labels(ground: np.ndarray, clouded: Clouded, *, at_surface: bool) -> np.ndarray:
    """Return the labels of a `Crop`."""
    cloud = np.clip((clouded.optical_depth - clouded.haze - THIN) / (THICK - THIN), 0, 1)
    shadow = np.clip((clouded.shadow - FAINT) / (DARK - FAINT), 0, 1)
    if cloud.any() or shadow.any():
        taught = predict_tile(clouded.reflectance[:4], at_surface=at_surface)
        thin = (cloud > 0) & (cloud < 1)
        cloud = np.where(thin, (cloud + taught[CLOUD]) / 2, cloud)
        faint = (shadow > 0) & (shadow < 1)
        shadow = np.where(faint, (shadow + taught[SHADOW] / np.maximum(1 - taught[CLOUD], 0.1)) / 2, shadow)
    seen = np.abs(ground - clouded.reflectance).max(axis=0) > _SEEN
    weight = np.where((clouded.shadow > FAINT) & (cloud < 0.1) & ~seen, 0, 1)
    planes = np.stack([cloud, np.clip(shadow, 0, 1) * (1 - cloud), weight])
    return np.rint(np.clip(planes, 0, 1) * 255).astype(np.uint8)


def blank_edge(image: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> None:
    """Make a part of the crop 0, as it is beyond the edge of a scene; nothing is to be said there."""
    y, x = np.mgrid[:TILE_PX, :TILE_PX] - TILE_PX / 2
    turn = rng.uniform(0, 2 * np.pi)
    outside = y * np.cos(turn) + x * np.sin(turn) > rng.uniform(0, 110)
    image[:, outside] = 0
    labels[:, outside] = 0


def choose(sources: list[Source], rng: np.random.Generator) -> int:
    """Return the number of a source: three quarters OSCD, an eighth Landsat, an eighth BigEarthNet."""
    groups = ("oscd", "taizhou", "bigearthnet")
    group = str(rng.choice(groups, p=(0.75, 0.125, 0.125)))
    return int(rng.choice([number for number, source in enumerate(sources) if source.place.startswith(group)]))


def main() -> None:
    """Make all crops."""
    data, out = map(Path, sys.argv[1:3])
    sources = read_sources(data)
    rng = np.random.default_rng(SEED)
    images = np.zeros((CROPS, 6, TILE_PX, TILE_PX), np.uint16)
    labels = np.zeros((CROPS, 3, TILE_PX, TILE_PX), np.uint8)
    snow = np.zeros(CROPS, bool)
    chosen = np.array([choose(sources, rng) for _ in range(CROPS)])
    started = time.monotonic()
    for number, source in enumerate(chosen):
        crop = make_crop(sources[source], np.random.default_rng((SEED, number)))
        images[number], labels[number], snow[number] = crop.image, crop.labels, crop.has_snow
        if number % 200 == 199:
            print(f"{number + 1} crops, {time.monotonic() - started:.0f} s", flush=True)
    out.mkdir(parents=True, exist_ok=True)
    places = np.array([sources[number].place for number in chosen])
    np.savez(out / "crops.npz", images=images, labels=labels, places=places, snow=snow)
    shares = [float((labels[:, plane] > 127).mean()) for plane in range(2)]
    print(f"{CROPS} crops, cloud {shares[0]:.1%}, shadow {shares[1]:.1%} of all pixels")


if __name__ == "__main__":
    main()
