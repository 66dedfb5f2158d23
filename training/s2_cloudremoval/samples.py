"""Series to learn from: real pairs of dates, more dates made of them, and simulated clouds on all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from common.clouds import SENTINEL2_UM, fractal, random_layer, simulate_clouds
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter

from .prepare import BANDS, Place

Image = NDArray[np.float32]
WAVELENGTHS_UM = tuple(SENTINEL2_UM[band] for band in BANDS)
_AIR = np.array([0.075, 0.05, 0.03, 0.025, 0.02, 0.018, 0.015, 0.013, 0.004, 0.003], np.float32)
"""about what the air adds at the top of the atmosphere, in the order of BANDS"""


@dataclass(frozen=True)
class Sample:
    """One series of a place."""

    cloudy: Image
    """(T, 10, H, W) reflectance; the first date is the one to restore"""
    truth: Image
    """(10, H, W): the first date without clouds"""
    harmless: Image
    """(T, H, W), 0–1: how little the clouds change each pixel"""


def draw_sample(places: list[Place], dates: int, size: int, rng: np.random.Generator) -> Sample:
    """Return a series of so many dates over *size* px, under clouds, some with gaps (all bands 0)."""
    clear = make_dates(_draw_ground(places, size, rng), dates, rng)
    cloudy = np.stack([put_clouds(image, number == 0, rng) for number, image in enumerate(clear)])
    harmless = np.stack([harm_free(one, other) for one, other in zip(cloudy, clear)])
    missing = make_gaps(harmless, rng)
    cloudy, harmless = np.where(missing[:, None], np.float32(0), cloudy), np.where(missing, 0, harmless)
    return Sample(cloudy, clear[0], harmless)


def _draw_ground(places: list[Place], size: int, rng: np.random.Generator) -> Image:
    """Return two dates (2, 10, size, size) of a place, or of parts of two; as if of other soils and plants."""
    weights = np.array([place.valid.size**0.5 for place in places])
    chosen = [places[number] for number in rng.choice(len(places), 2, p=weights / weights.sum())]
    pair = _crop(chosen[0], size, rng)
    if rng.random() < 0.25:
        mask = _patches(pair.shape[2:], rng)
        pair = pair * (1 - mask) + _crop(chosen[1], size, rng) * mask
    if rng.random() < 0.5:
        pair = pair * _gains(rng, 2.5)
    return pair


def make_gaps(harmless: Image, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return pixels (T, H, W) without data: clouds that somebody masked, the edge of a swath, or mostly nothing.

    Masks are of any strictness, from thick clouds alone to the faintest rims, and now and then a date has none.
    """
    missing = np.zeros(harmless.shape, bool)
    draw = rng.random()
    if draw < 0.45:
        side = int(rng.choice([1, 3, 5, 9]))
        grown = minimum_filter(harmless, (1, side, side))
        missing |= (grown < np.exp(-(rng.uniform(0.3, 4) ** 2))) & (rng.random((len(harmless), 1, 1)) < 0.9)
    elif draw < 0.55:
        _, height, width = harmless.shape
        rows, columns = np.indices((height, width)) - rng.integers(20, height - 20)
        turn = rng.uniform(0, 2 * np.pi)
        beyond = rows * np.cos(turn) + columns * np.sin(turn) > 0
        missing[int(rng.integers(len(harmless)))] |= beyond
    return missing


def harm_free(cloudy: Image, clear: Image) -> Image:
    """Return 1 where clouds and shadows change nothing, towards 0 where they change a lot, (H, W).

    exp(−d²), where d is the mean change of the bands in parts of what is tolerable: 0.01 and 15 % of the reflectance.
    """
    change = (np.abs(cloudy - clear) / (0.01 + 0.15 * np.maximum(clear, 0))).mean(axis=0)
    return np.exp(-(np.minimum(change, 5) ** 2)).astype(np.float32)


def put_clouds(image: Image, is_target: bool, rng: np.random.Generator) -> Image:
    """Return an image under clouds of any kind and share; other dates than the one to restore are often clear.

    Two fifths are no physical clouds: something bright of any spectrum, with any rim and shadow.
    """
    draw = rng.random()
    if draw < (0.04 if is_target else 0.3):
        return image
    if draw > 0.95:
        layers = [random_layer(str(rng.choice(["stratus", "cumulus"])), rng, float(rng.uniform(0.9, 1.0)))]
        return simulate_clouds(image, WAVELENGTHS_UM, rng, layers=layers).reflectance
    cover = float(rng.uniform(0.1, 0.75))
    if rng.random() < 0.4:
        return _veil(image, cover, rng)
    return simulate_clouds(image, WAVELENGTHS_UM, rng, cover=cover).reflectance


def _veil(image: Image, cover: float, rng: np.random.Generator) -> Image:
    _, height, width = image.shape
    field = fractal((height, width), rng.uniform(2.2, 3.6), rng)
    opacity = np.clip((field - np.quantile(field, 1 - cover)) / rng.uniform(0.05, 1.5), 0, 1)
    down, right = (int(value) for value in rng.integers(-20, 21, 2))
    ground = image * (1 - np.float32(rng.uniform(0.1, 0.7)) * np.roll(opacity, (down, right), (0, 1)))
    tilt = np.interp(np.linspace(0, 2, len(image)), range(3), rng.uniform(0.6, 1.0, 3))[:, None, None]
    bright = rng.uniform(0.3, 0.9) * tilt * (1 + rng.uniform(0, 0.2) * fractal((height, width), 2.5, rng))
    return (opacity * np.clip(bright, 0.1, 1.3) + (1 - opacity) * ground).astype(np.float32)


def make_dates(pair: Image, dates: int, rng: np.random.Generator) -> Image:
    """Return *dates* clear images (T, 10, H, W) of a place from two real ones; the first is real but for its light.

    Each other one is the same date again, the other date, or parts of both, with a difference of season, light, place
    (below a pixel) and noise.
    """
    own, other = pair if rng.random() < 0.5 else pair[::-1]
    found = [own]
    for number in range(1, dates):
        kind = rng.random()
        if number == 1 and kind < 0.5:
            found.append(other)
            continue
        if kind < 0.35:
            image = own
        elif kind < 0.65:
            image = other
        else:
            mask = _patches(own.shape[1:], rng)
            image = own * (1 - mask) + other * mask
        image = image + season(image, rng)
        if rng.random() < 0.5:
            image = _shifted(image, rng)
        found.append(np.maximum(image * _gains(rng) + _offsets(rng), 0.0005))
    series = np.stack(found)
    if rng.random() < 0.4:  # like an image at the surface: less of the air's own light
        share = np.float32(rng.uniform(0.3, 1.0))
        air = np.minimum(_AIR, 0.9 * np.quantile(series[:, :, ::8, ::8], 0.005, axis=(0, 2, 3)).astype(np.float32))
        series = np.maximum(series - share * air[:, None, None], 0.0005) * np.float32(rng.uniform(1.0, 1.2))
    noise = rng.standard_normal(series.shape, np.float32)
    return (series + 0.001 * noise).clip(0.0001, 1.6).astype(np.float32)


def season(image: Image, rng: np.random.Generator) -> Image:
    """Return a difference (10, H, W) that depends on the spectrum of each pixel in a random smooth way."""
    centred = (image - image.mean(axis=(1, 2), keepdims=True)) / (image.std(axis=(1, 2), keepdims=True) + 0.01)
    width = 4
    inner = rng.standard_normal((width, len(image))).astype(np.float32) * np.float32(0.5)
    hidden = np.tanh(np.einsum("kb,bhw->khw", inner, centred) + rng.standard_normal((width, 1, 1)).astype(np.float32))
    # neighbouring bands change together: a coarse random curve along the bands
    curve = rng.standard_normal((4, width))
    places = np.linspace(0, 3, len(image))
    outer = np.stack([np.interp(places, range(4), curve[:, number]) for number in range(width)], axis=1)
    strength = np.exp(rng.uniform(np.log(0.003), np.log(0.035)))
    level = np.sqrt(image.mean(axis=(1, 2), keepdims=True) / 0.15)
    return (strength * level * np.einsum("bk,khw->bhw", outer, hidden)).astype(np.float32)


def _crop(place: Place, size: int, rng: np.random.Generator) -> Image:
    """Return two dates (2, 10, size, size) of a random part, turned and mirrored at random."""
    _, _, height, width = place.reflectance.shape
    for _ in range(20):
        row, column = rng.integers(height - size + 1), rng.integers(width - size + 1)
        window = (slice(row, row + size), slice(column, column + size))
        if place.valid[window].mean() > 0.9:
            break
    part = place.reflectance[(slice(None), slice(None), *window)]
    part = np.rot90(part, int(rng.integers(4)), (2, 3))
    return np.ascontiguousarray(part[..., :: int(rng.choice([-1, 1]))])


def _patches(shape: tuple[int, ...], rng: np.random.Generator) -> Image:
    field = fractal((shape[0], shape[1]), rng.uniform(1.8, 3.5), rng)
    return np.clip((field - rng.uniform(-0.7, 0.7)) * rng.uniform(3, 20) + 0.5, 0, 1).astype(np.float32)


def _shifted(image: Image, rng: np.random.Generator) -> Image:
    """Return the image moved by up to 0.7 px, bilinearly."""
    for axis in (1, 2):
        share = np.float32(rng.uniform(-0.7, 0.7))
        image = (1 - abs(share)) * image + abs(share) * np.roll(image, int(np.sign(share)), axis)
    return image


def _gains(rng: np.random.Generator, strength: float = 1.0) -> Image:
    curve = np.interp(np.linspace(0, 3, len(BANDS)), range(4), rng.normal(0, 0.05, 4))
    return np.exp(strength * (rng.normal(0, 0.06) + curve))[:, None, None].astype(np.float32)


def _offsets(rng: np.random.Generator) -> Image:
    return (_AIR * np.float32(rng.normal(0, 0.15)) + rng.normal(0, 0.002, len(BANDS)))[:, None, None].astype(np.float32)
