"""Crops of real clouds and of simulated ones, with their labels: ``python -m s2_cloudmask.prepare DATA OUT``.

Writes ``OUT/crops.npz``. Half of the crops show real clouds (`cloudy`). The others show clear real images under
simulated clouds: of random shapes, smooth or as sharp as pixels, or of the shapes of real ones.

Where a simulation is plain, its truth counts. How thin a cloud may be is a matter of taste: it is one where its optical
depth says so or the teacher does, which sees thin rims beside thick clouds, but hardly a veil. The teacher is the form
for four bands at the top of the atmosphere: that for six takes clear towns for cloud, those for surface reflectance see
less of thick simulated clouds. Faint shadows it decides by half; shadows that change nothing that could be seen (on
water) do not count where there is no haze, nor does haze that the teacher calls cloud.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from common.clouds import Clouded, Layer, random_layer, random_layers, simulate_clouds

from .choose import keep_clear
from .cloudy import Scene, cut_scene, cut_shape, read_scenes
from .ground import alter_ground, cut, saturate
from .packages import fetch, read_coast
from .sources import CLOUD, SHADOW, WAVELENGTHS_UM, Source, coarser, read_sources
from .teacher import TILE_PX, predict_tile

SIMULATED, REAL = 1600, 1600
"""numbers of crops"""
_SHARES = {"betsiboka": 0.45, "brandenburg": 0.2, "alabama": 0.15, "romania": 0.2}
"""of the real crops: few of the thinnest clouds, or haze becomes cloud"""
_SEED = 7
_HAZE = 0.2
"""optical depth of haze at most, before its evenly spread part: thicker haze is cloud to most eyes"""
_EVEN_HAZE = 0.6
"""optical depth of evenly spread haze at most, in images without cloud"""
_DECK = 2.0
"""optical depth of an even deck of cloud at least: a thinner one looks like haze"""
_SMOOTH_PX = (0.7, 3.0)
"""σ by which clouds are smoothed: of cumulus as sharp as pixels the teacher sees half where τ > 5, of smooth all"""
_SMALLEST_PX = 6
"""size of the largest clumps of cumulus at least"""
_THIN, _THICK = 0.15, 0.7
"""optical depths between which the simulation goes from clear to cloud; haze is none"""
_RIM = 0.03
"""optical depth up to which there is no cloud, whatever the teacher says"""
_FAINT, _DARK = 0.12, 0.5
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
    has_snow: bool = False
    has_infrared: bool = True


def make_crop(source: Source, shapes: list[Scene], rng: np.random.Generator) -> Crop:
    """Return a crop of a clear image with clouds on it, some of real *shapes*, or, three times in ten, without."""
    ground, has_snow = alter_ground(cut(source.reflectance, rng), source, rng)
    apart = 0.0 if source.is_landsat or rng.random() < 0.3 else None
    chance = rng.random()
    if chance < 0.3:
        layers = make_air(rng)
    elif chance < 0.62:
        layers = make_sky(rng, source.pixel_m, smooth=rng.random() < 0.6)
    else:
        layers = [shaped_layer(shapes, rng)]
    clouded = simulate_clouds(ground, WAVELENGTHS_UM, rng, pixel_m=source.pixel_m, parallax=apart, layers=layers)
    image = clouded.reflectance
    if source.pixel_m == 30 and rng.random() < 0.5:
        image = saturate(image, rng)
    image = image + rng.normal(0, 0.0015, image.shape).astype(np.float32)
    if rng.random() < 0.06:
        blank_edge(image, rng)
    stored = _store(image)
    return Crop(stored, make_labels(ground, clouded, stored), has_snow)


def make_sky(rng: np.random.Generator, pixel_m: float, *, smooth: bool) -> list[Layer]:
    """Return layers as they occur, now and then a veil over much of the image, or an overcast sky that is smooth."""
    chance = rng.random()
    if chance < 0.3:
        veil = random_layer(str(rng.choice(["stratus", "cirrus"])), rng, float(rng.uniform(0.3, 1)))
        layers = [replace(veil, depth=float(np.exp(rng.uniform(np.log(0.8), np.log(8)))))]
    elif chance < 0.4 and smooth:
        base = float(np.exp(rng.uniform(np.log(_DECK), np.log(12))))
        deck = random_layer(str(rng.choice(["stratus", "cirrus"])), rng, float(rng.uniform(0.3, 1)))
        layers = [replace(deck, base=base, depth=base * float(rng.uniform(0.1, 0.8)))]
    else:
        layers = random_layers(rng)
    return [
        replace(layer, depth=min(layer.depth, _HAZE))
        if layer.kind == "haze"
        else replace(
            layer,
            thin=float(rng.uniform(0, 1)),
            smooth_m=pixel_m * float(np.exp(rng.uniform(*np.log(_SMOOTH_PX)))) if smooth else 0.0,
            size_m=max(layer.size_m, _SMALLEST_PX * pixel_m),
        )
        for layer in layers
    ]


def make_air(rng: np.random.Generator) -> list[Layer]:
    """Return no layer, or haze: what is bright or pale all over is no cloud."""
    if rng.random() < 0.45:
        return []
    haze = random_layer("haze", rng)
    return [replace(haze, depth=float(rng.uniform(0, _HAZE / 2)), base=float(rng.uniform(0, _EVEN_HAZE)))]


def shaped_layer(shapes: list[Scene], rng: np.random.Generator) -> Layer:
    """Return a layer of clouds that have the shapes of real ones, of droplets or ice, at any height."""
    return replace(
        random_layer("cumulus", rng),
        thin=float(rng.uniform(0, 1)),
        ice=float(rng.choice([0, rng.random()])),
        height_m=float(rng.uniform(600, 7000)),
        shape=lambda canvas: cut_shape(shapes, canvas, rng),
    )


def make_labels(ground: np.ndarray, clouded: Clouded, stored: np.ndarray) -> np.ndarray:
    """Return the labels of a `Crop` whose image is *stored*."""
    depth = clouded.optical_depth - clouded.haze
    cloud = np.clip((depth - _THIN) / (_THICK - _THIN), 0, 1)
    shadow = np.clip((clouded.shadow - _FAINT) / (_DARK - _FAINT), 0, 1)
    counts = (stored > 0).any(axis=0)
    is_hazy = clouded.haze > _RIM
    if (depth > 0).any() or is_hazy.any():
        taught = predict_tile(stored[:4] / np.float32(10000), at_surface=False)
        counts &= ~(is_hazy & (depth <= _RIM) & (taught[CLOUD] > 0.4))
        cloud = np.where(depth > _RIM, np.maximum(cloud, taught[CLOUD]), 0)
        is_faint = (shadow > 0) & (shadow < 1)
        shadow = np.where(is_faint, (shadow + taught[SHADOW] / np.maximum(1 - taught[CLOUD], 0.1)) / 2, shadow)
    is_seen = np.abs(ground - clouded.reflectance).max(axis=0) > _SEEN
    counts &= is_seen | (clouded.shadow <= _FAINT) | (cloud >= 0.1)
    planes = np.stack([cloud, np.clip(shadow, 0, 1) * (1 - cloud), counts])
    return np.rint(np.clip(planes, 0, 1) * 255).astype(np.uint8)


def blank_edge(image: np.ndarray, rng: np.random.Generator) -> None:
    """Make a part of the crop 0, as it is beyond the edge of a scene; nothing is to be said there."""
    y, x = np.mgrid[:TILE_PX, :TILE_PX] - TILE_PX / 2
    turn = rng.uniform(0, 2 * np.pi)
    image[:, y * np.cos(turn) + x * np.sin(turn) > rng.uniform(0, 110)] = 0


def draw_source(sources: list[Source], rng: np.random.Generator) -> int:
    """Return the number of a source: two thirds OSCD, an eighth Landsat, an eighth BigEarthNet, some bright coast."""
    groups = ("oscd", "landsat", "bigearthnet", "coast")
    group = str(rng.choice(groups, p=(0.68, 0.125, 0.125, 0.07)))
    return int(rng.choice([number for number, source in enumerate(sources) if source.place.startswith(group)]))


def read_ground(data: Path, out: Path) -> list[Source]:
    """Return the clear images that clouds are put on."""
    coast = read_coast(fetch(out))
    return read_sources(data) + [Source("coast", coarser(coast, factor), 10.0 * factor, False) for factor in (1, 2, 3)]


def make_all(data: Path, out: Path) -> list[Crop]:
    """Return all crops; simulated ones first."""
    scenes, sources = read_scenes(out), read_ground(data, out)
    shapes = [scene for scene in scenes if scene.place != "romania"]
    rng = np.random.default_rng(_SEED)
    crops, started = [], time.monotonic()
    for number in range(SIMULATED):
        source = sources[draw_source(sources, rng)]
        crops.append(make_crop(source, shapes, np.random.default_rng((_SEED, number))))
        if number % 200 == 199:
            print(f"{number + 1} crops, {time.monotonic() - started:.0f} s", flush=True)
    for number in range(REAL):
        own = np.random.default_rng((_SEED, SIMULATED + number))
        place = str(own.choice(list(_SHARES), p=list(_SHARES.values())))
        there = [scene for scene in scenes if scene.place == place]
        scene = there[int(own.integers(len(there)))]
        image, labels = cut_scene(scene, own)
        crops.append(Crop(_store(image), labels, has_infrared=scene.has_infrared))
    return crops


def _store(image: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(image * 10000), 0, 65535).astype(np.uint16)


def main() -> None:
    """Make and write all crops."""
    data, out = map(Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    keep_clear(data, out)
    crops = make_all(data, out)
    np.savez(
        out / "crops.npz",
        images=np.stack([crop.image for crop in crops]),
        labels=np.stack([crop.labels for crop in crops]),
        snow=[crop.has_snow for crop in crops],
        infrared=[crop.has_infrared for crop in crops],
    )


if __name__ == "__main__":
    main()
