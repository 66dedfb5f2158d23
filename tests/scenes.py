"""Synthetic scenes that look like Sentinel-2, for tests and for the demonstration: one date, or several of one place.

Land cover is laid out by noise and geometry (parcels of several crops, forest, a river, a town with roads), gets
typical top-of-atmosphere reflectance for each cover, and then clouds of several sizes and thicknesses with their
displaced shadows. Further dates show the same land under another sky, a little drier or hazier, and after a year with
real changes: a housing area, an industrial estate, felled forest, a new lake. The same seed gives the same scenes, and
what is true is known of every pixel. Numpy and GDAL only.

All 13 bands are drawn on the grid of 10 m, as level 1C has them: with the light of the air, and with the water vapour
that hides the ground at 0.945 and 1.375 um. Reflectance values are typical ones, rounded, as found in published
spectral libraries and in Sentinel-2 products.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()

BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
WIDTH, HEIGHT = 1536, 1280
PIXEL = 10.0
ORIGIN = (456_780.0, 5_412_340.0)
EPSG = 32633
SEED = 20240618
SCALE = 10_000

# Surface reflectance in the order of BANDS: wheat turns ripe, maize does not cover the soil yet, meadows were mown
SPECTRA = {
    "water": (0.040, 0.042, 0.066, 0.050, 0.040, 0.034, 0.033, 0.032, 0.028, 0.026, 0.020, 0.014, 0.010),
    "shallows": (0.052, 0.060, 0.080, 0.070, 0.075, 0.070, 0.070, 0.070, 0.066, 0.062, 0.055, 0.045, 0.032),
    "forest": (0.018, 0.022, 0.038, 0.022, 0.055, 0.170, 0.225, 0.250, 0.270, 0.270, 0.200, 0.105, 0.045),
    "wheat": (0.050, 0.060, 0.090, 0.105, 0.150, 0.220, 0.250, 0.270, 0.295, 0.300, 0.280, 0.270, 0.175),
    "maize": (0.052, 0.062, 0.085, 0.095, 0.135, 0.205, 0.235, 0.250, 0.275, 0.280, 0.270, 0.255, 0.185),
    "rape": (0.046, 0.055, 0.105, 0.100, 0.150, 0.270, 0.310, 0.335, 0.360, 0.350, 0.300, 0.235, 0.135),
    "stubble": (0.072, 0.085, 0.120, 0.165, 0.200, 0.230, 0.255, 0.280, 0.305, 0.320, 0.340, 0.350, 0.260),
    "soil": (0.068, 0.080, 0.105, 0.135, 0.155, 0.172, 0.187, 0.200, 0.218, 0.230, 0.260, 0.270, 0.240),
    "meadow": (0.038, 0.045, 0.078, 0.070, 0.115, 0.220, 0.265, 0.285, 0.310, 0.310, 0.270, 0.235, 0.135),
    "hedge": (0.022, 0.026, 0.045, 0.028, 0.062, 0.185, 0.245, 0.270, 0.290, 0.280, 0.200, 0.120, 0.055),
    "road": (0.104, 0.110, 0.115, 0.120, 0.126, 0.132, 0.138, 0.145, 0.150, 0.152, 0.158, 0.160, 0.145),
    "roofs": (0.060, 0.066, 0.078, 0.092, 0.110, 0.135, 0.155, 0.170, 0.180, 0.180, 0.185, 0.185, 0.155),
    "halls": (0.160, 0.170, 0.185, 0.200, 0.208, 0.218, 0.228, 0.240, 0.245, 0.248, 0.250, 0.250, 0.230),
    "gardens": (0.039, 0.045, 0.068, 0.060, 0.095, 0.195, 0.245, 0.270, 0.285, 0.280, 0.220, 0.170, 0.100),
}
# The numbers in Scene.cover
COVERS = tuple(SPECTRA)
VEGETATION = ("forest", "hedge", "wheat", "maize", "rape", "meadow", "gardens")
CROPS = ("wheat", "wheat", "maize", "maize", "rape", "stubble", "soil", "meadow", "meadow")
# What the air adds (Rayleigh scattering, haze) and what a thick cloud shows
PATH_REFLECTANCE = (
    0.090, 0.062, 0.036, 0.020, 0.016, 0.013, 0.010, 0.008, 0.007, 0.003, 0.0012, 0.002, 0.001,
)  # fmt: skip
# Share of the light that water vapour lets through to the ground and back: little at 0.945 um, next to none at 1.375 um
TRANSMISSION = (1.0,) * 9 + (0.32, 1e-5, 1.0, 1.0)
# What dry weather does to green plants: more red and short-wave infrared, less near infrared
DRYNESS = (0.03, 0.03, 0.02, 0.08, 0.05, -0.03, -0.05, -0.05, -0.05, -0.05, 0.00, 0.06, 0.08)
CLOUD = (0.740, 0.720, 0.690, 0.700, 0.710, 0.720, 0.730, 0.730, 0.730, 0.720, 0.600, 0.440, 0.320)
# Share of the light that still reaches the ground inside a cloud's shadow: the diffuse part, more in the blue
SHADOW_LIGHT = (0.50, 0.46, 0.38, 0.32, 0.31, 0.29, 0.27, 0.26, 0.25, 0.24, 0.20, 0.20, 0.18)
# Shadow of a cloud, in pixels (rows, columns) for a height of 1: the morning sun stands in the south-east
SHADOW_STEP = (-46, -38)


@dataclass(frozen=True)
class Scene:
    """Reflectance at the top of the atmosphere, and the truth behind it."""

    reflectance: np.ndarray
    """float32, bands × rows × columns; 0 where there is no data."""
    cloud: np.ndarray
    """Share of a pixel's light that comes from cloud, 0 to 1."""
    shadow: np.ndarray
    """Share of direct sunlight that clouds take from the ground, 0 to 1."""
    valid: np.ndarray
    """False in the strip without data."""
    clear: np.ndarray
    """The same reflectance without clouds and shadows."""
    cover: np.ndarray
    """uint8, what most of each pixel is: a place in ``COVERS``."""

    def without_clouds(self) -> Scene:
        """Return what would have been seen under a clear sky, down to the noise."""
        nothing = np.zeros_like(self.cloud)
        return replace(self, reflectance=self.clear, cloud=nothing, shadow=nothing)

    def integers(self) -> np.ndarray:
        """Return what the file holds: uint16 reflectance × 10000, 0 only where there is no data."""
        numbers = np.clip(np.rint(self.reflectance * SCALE), 1, 65_535)
        return np.where(self.valid, numbers, 0).astype(np.uint16)


def fractal_noise(rng: np.random.Generator, shape: tuple[int, int], slope: float, longest: float) -> np.ndarray:
    """Return noise with a power-law spectrum, mean 0 and deviation 1; no waves longer than ``longest`` pixels."""
    rows = np.fft.fftfreq(shape[0])[:, None]
    columns = np.fft.rfftfreq(shape[1])[None, :]
    frequency = np.maximum(np.hypot(rows, columns), 1.0 / longest)
    phase = rng.standard_normal((2, *frequency.shape))
    noise = np.fft.irfft2((phase[0] + 1j * phase[1]) * frequency**-slope, s=shape)
    return ((noise - noise.mean()) / noise.std()).astype(np.float32)


def smooth_step(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return 0 below ``low``, 1 above ``high`` and a smooth rise between."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def blur(image: np.ndarray) -> np.ndarray:
    """Return the image as an optical system sees it: a small binomial filter over the last two axes."""
    for axis in (-2, -1):
        image = 0.5 * image + 0.25 * (np.roll(image, 1, axis) + np.roll(image, -1, axis))
    return image


class Painter:
    """Lays out the land: a picture of surface reflectance, painted cover by cover."""

    def __init__(self, shape: tuple[int, int], seed: int) -> None:
        """Start with bare fields; everything else is painted over them."""
        self.rng = np.random.default_rng(seed)
        self.shape = shape
        self.rows, self.columns = np.indices(shape, dtype=np.float32)
        self.surface = np.zeros((len(BANDS), *shape), np.float32)
        self.cover = np.zeros(shape, np.uint8)
        self.relief: np.ndarray | float = 1.0

    def paint(self, where: np.ndarray, cover: str, brightness: np.ndarray | float = 1.0) -> None:
        """Give a cover's spectrum to the pixels of ``where``, which may be a share between 0 and 1."""
        share = where.astype(np.float32)
        for band, value in enumerate(SPECTRA[cover]):
            self.surface[band] += share * (value * brightness - self.surface[band])
        self.cover[share > 0.5] = COVERS.index(cover)

    def is_any(self, covers: Sequence[str]) -> np.ndarray:
        """Return where the land is one of some covers."""
        return np.isin(self.cover, [COVERS.index(cover) for cover in covers])

    def noise(self, slope: float, longest: float) -> np.ndarray:
        """Return fractal noise over the whole picture."""
        return fractal_noise(self.rng, self.shape, slope, longest)

    def fields(self) -> None:
        """Paint parcels: farm blocks with their own directions, cut into strips of one crop each."""
        block = self.nearest_seed(max(4, self.shape[0] * self.shape[1] // 26_000))
        count = int(block.max()) + 1
        angle = self.rng.uniform(-0.6, 0.6, count).astype(np.float32)[block]
        long_side = self.rng.uniform(45, 120, count).astype(np.float32)[block]
        short_side = self.rng.uniform(14, 42, count).astype(np.float32)[block]
        along = (self.columns * np.cos(angle) + self.rows * np.sin(angle)) / long_side
        across = (self.rows * np.cos(angle) - self.columns * np.sin(angle)) / short_side
        parcel = (
            block * 7_919 + np.floor(along).astype(int) * 104_729 + np.floor(across).astype(int) * 1_299_709
        ) % 4_093
        crop = self.rng.integers(0, len(CROPS), 4_093)[parcel]
        brightness = self.rng.normal(1.0, 0.10, 4_093).astype(np.float32)[parcel] + 0.05 * self.noise(1.2, 60)
        rows_of_plants = 1.0 + 0.02 * np.sin(across * short_side * 2.1)
        for number, cover in enumerate(CROPS):
            self.paint(crop == number, cover, brightness * rows_of_plants)
        edge = np.minimum(
            np.minimum(across % 1, 1 - across % 1) * short_side, np.minimum(along % 1, 1 - along % 1) * long_side
        )
        self.paint((edge < 1.1) & (parcel % 3 == 0), "hedge")
        self.paint((edge < 0.9) & (parcel % 3 == 1), "stubble", 0.9)

    def nearest_seed(self, count: int) -> np.ndarray:
        """Return for every pixel the number of the nearest of ``count`` random points, bent a little by noise."""
        rows = self.rows + 9 * self.noise(1.8, 300)
        columns = self.columns + 9 * self.noise(1.8, 300)
        nearest = np.zeros(self.shape, np.int64)
        best = np.full(self.shape, np.inf, np.float32)
        points = self.rng.uniform(0, 1, (count, 2)) * self.shape
        for number, (row, column) in enumerate(points.astype(np.float32)):
            distance = (rows - row) ** 2 + (columns - column) ** 2
            closer = distance < best
            nearest[closer] = number
            best[closer] = distance[closer]
        return nearest

    def forest(self) -> None:
        """Paint woods with ragged edges and rough crowns."""
        wood = smooth_step(self.noise(1.7, 520), 0.62, 0.68)
        crowns = 1.0 + 0.16 * self.noise(0.3, 6) + 0.10 * self.noise(1.0, 40)
        self.paint(wood, "forest", np.clip(crowns, 0.55, 1.5))

    def river(self) -> None:
        """Paint a winding river with shallows and trees on its banks."""
        height, width = self.shape
        x = self.columns / width
        middle = height * (0.60 + 0.085 * np.sin(7.1 * x + 0.4) + 0.035 * np.sin(17.0 * x + 2.0)) - 0.13 * height * x
        slope = np.abs(np.gradient(middle[0]))[None, :]
        distance = np.abs(self.rows - middle) / np.hypot(1.0, slope)
        half = 9.0 + 3.0 * np.sin(11.0 * x + 1.0) + 0.8 * self.noise(1.2, 90)
        banks = half + 7.0 + 6.0 * self.noise(1.3, 120)
        self.paint(distance < banks, "forest", np.clip(1.05 + 0.15 * self.noise(0.3, 6), 0.6, 1.5))
        self.paint(distance < half + 1.2, "shallows")
        self.paint(smooth_step(half - distance, 0.0, 2.5), "water", 1.0 + 0.06 * self.noise(1.5, 200))

    def town(self, row: float, column: float, radius: float, angle: float) -> None:
        """Paint a town: houses, trees and gardens between bent streets, halls at the rim, open at its edges."""
        away = np.hypot(self.rows - row, self.columns - column) / radius + 0.16 * self.noise(1.6, 200)
        inside = away < 1.0
        u = (self.columns - column) * np.cos(angle) + (self.rows - row) * np.sin(angle) + 3.0 * self.noise(1.8, 150)
        v = (self.rows - row) * np.cos(angle) - (self.columns - column) * np.sin(angle) + 3.0 * self.noise(1.8, 150)
        house = self.rng.normal(0.0, 1.0, (512, 512)).astype(np.float32)
        roof = house[(u // 2.6).astype(int) % 512, (v // 3.4).astype(int) % 512]
        quarter = house[(u // 22).astype(int) % 512, (v // 17).astype(int) % 512]
        built = roof + 0.8 - 1.5 * away > 0.0
        self.paint(inside, "gardens", 1.0 + 0.12 * self.noise(0.4, 8))
        self.paint(0.5 * (inside & (self.noise(0.6, 8) > 0.0)), "hedge")  # trees; the land is a garden still
        self.paint(inside & built, "roofs", np.clip(1.0 + 0.20 * roof, 0.5, 1.6))
        self.paint(inside & (quarter > 1.45) & (away > 0.45), "halls", np.clip(0.85 + 0.2 * roof, 0.6, 1.4))
        self.paint(inside & (quarter < -1.9), "meadow")
        self.paint(inside & (((u % 9) < 1.0) | ((v % 7) < 1.0)), "road")

    def roads(self, row: float, column: float) -> None:
        """Paint roads that leave the town, and a motorway that passes it."""
        height, width = self.shape
        for direction, bend in ((0.35, 0.0007), (2.25, -0.0006), (3.6, 0.0005), (5.3, -0.0009)):
            u = (self.columns - column) * np.cos(direction) + (self.rows - row) * np.sin(direction)
            v = (self.rows - row) * np.cos(direction) - (self.columns - column) * np.sin(direction)
            self.paint(0.9 * ((np.abs(v - bend * u * u) < 0.8) & (u > 0)), "road")
        motorway = height * 0.22 + 0.20 * height * (self.columns / width) ** 1.6
        self.paint(np.abs(self.rows - motorway) < 1.9, "road", 1.15)

    def roomiest(self, covers: Sequence[str], radius: int) -> tuple[float, float]:
        """Return the middle of the square of 2 × ``radius`` px that has most of some covers; of equals the innermost.

        The strip at the left, where scenes have no data, counts less.
        """
        height, width = self.shape
        sums = np.pad(self.is_any(covers).astype(np.int64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        side = 2 * radius
        share = (sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]) / side**2
        rows, columns = np.indices(share.shape)
        away = np.hypot((rows + radius) / height - 0.5, (columns + radius) / width - 0.55)
        row, column = np.unravel_index(np.argmax(share - 0.12 * away), share.shape)
        return float(row + radius), float(column + radius)

    def block(self, row: float, column: float, half: tuple[float, float], angle: float) -> np.ndarray:
        """Return where a turned rectangle lies; ``half`` are its half sides in pixels."""
        u = (self.columns - column) * np.cos(angle) + (self.rows - row) * np.sin(angle)
        v = (self.rows - row) * np.cos(angle) - (self.columns - column) * np.sin(angle)
        return (np.abs(u) < half[0]) & (np.abs(v) < half[1])

    def lake(self, row: float, column: float, radius: float) -> None:
        """Paint a lake with a shallow rim."""
        away = radius * (1.0 + 0.10 * self.noise(1.6, 120)) - np.hypot(self.rows - row, self.columns - column)
        self.paint(away > -1.5, "shallows")
        self.paint(smooth_step(away, 0.0, 2.5), "water")

    def estate(self, row: float, column: float, radius: float, angle: float) -> None:
        """Paint an industrial estate: halls in rows, with roads between them."""
        inside = self.block(row, column, (1.5 * radius, radius), angle)
        v = (self.rows - row) * np.cos(angle) - (self.columns - column) * np.sin(angle)
        self.paint(inside, "halls", 1.0 + 0.05 * self.noise(0.6, 12))
        self.paint(inside & (v % 9 < 2.2), "road")

    def change(self) -> None:
        """Change the land as some years do: new housing, an industrial estate, felled forest, a lake."""
        open_land = (*CROPS, "hedge")
        size = min(self.shape)
        for share, angle in ((0.048, 0.4), (0.036, -0.7)):
            row, column = self.roomiest(("forest",), round(share * size))
            felled = self.block(row, column, (1.25 * share * size, 0.8 * share * size), angle)
            self.paint(felled, "soil", 1.0 + 0.08 * self.noise(0.8, 20))
        self.lake(*self.roomiest(open_land, round(0.060 * size)), 0.046 * size)
        self.estate(*self.roomiest(open_land, round(0.055 * size)), 0.034 * size, 0.25)
        self.town(*self.roomiest(open_land, round(0.060 * size)), 0.055 * size, -0.5)

    def lay_out(self) -> None:
        """Paint everything."""
        height, width = self.shape
        self.fields()
        self.forest()
        self.roads(0.38 * height, 0.60 * width)
        self.town(0.38 * height, 0.60 * width, 0.105 * height, 0.35)
        self.town(0.80 * height, 0.30 * width, 0.035 * height, -0.2)
        self.town(0.16 * height, 0.22 * width, 0.030 * height, 0.9)
        self.river()
        self.relief = 1.0 + 0.035 * self.noise(1.9, 400)

    def view(self, dryness: float = 0.0) -> np.ndarray:
        """Return surface reflectance as a sensor resolves it; green plants change by ``dryness`` × ``DRYNESS``."""
        light = self.relief * np.ones_like(self.surface)
        if dryness:
            green = self.is_any(VEGETATION)
            for band, change in enumerate(DRYNESS):
                light[band][green] *= 1.0 + dryness * change
        return blur(np.clip(self.surface * light, 0.002, 1.0))

    def land(self) -> np.ndarray:
        """Paint everything and return surface reflectance."""
        self.lay_out()
        return self.view()


@dataclass(frozen=True)
class CloudLayer:
    """One layer of cloud: opacity 0 to 1, brightness of its tops, and its height (1 is a low cumulus)."""

    opacity: np.ndarray
    brightness: np.ndarray
    height: float


@dataclass(frozen=True)
class Sky:
    """Where clouds are, and how many."""

    seed: int
    mirrored: tuple[bool, bool] = (False, False)
    """upside down, left to right: big clouds are in the north-west and small ones in the south-east, unless mirrored"""
    fewer: float = 0.0
    """how much thicker the air's moisture has to be for clouds: about 0.5 halves them"""


def lit_tops(thickness: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the brightness of cloud tops: thicker is brighter, and slopes towards the sun are brighter still."""
    smooth = blur(blur(thickness))
    slope = np.roll(smooth, (2, 2), (0, 1)) - np.roll(smooth, (-2, -2), (0, 1))
    return np.clip(0.58 + 0.34 * smooth_step(thickness, low, high) + 0.20 * slope, 0.40, 1.12)


def cloud_layers(
    rng: np.random.Generator, shape: tuple[int, int], mirrored: tuple[bool, bool] = (False, False), fewer: float = 0.0
) -> list[CloudLayer]:
    """Return layers of cloud from low to high: small cumulus, towers, a thin veil."""
    rows, columns = np.indices(shape, dtype=np.float32)
    down, right = rows / shape[0], columns / shape[1]
    down, right = (1.0 - share if turned else share for share, turned in zip((down, right), mirrored))
    roughness = fractal_noise(rng, shape, 1.35, 90)
    towers = fractal_noise(rng, shape, 1.95, 380) + 0.13 * roughness - 1.5 * (right - 0.50) - 1.0 * (down - 0.45)
    cumulus = fractal_noise(rng, shape, 1.85, 85) + 0.08 * roughness + 1.5 * (right - 0.85) + 0.7 * (down - 0.75)
    veil = fractal_noise(rng, shape, 1.6, 420) + 2.6 * (down - 0.95)
    cumulus, towers, veil = cumulus - fewer, towers - fewer, veil - fewer
    return [
        CloudLayer(blur(smooth_step(cumulus, 1.30, 1.95)), lit_tops(cumulus, 1.3, 2.6), 0.8),
        CloudLayer(blur(smooth_step(towers, 1.02, 1.60)), lit_tops(towers, 1.1, 3.0), 1.5),
        CloudLayer(0.42 * smooth_step(veil, 0.55, 1.9), np.full(shape, 0.85, np.float32), 2.4),
    ]


def add_clouds(
    surface: np.ndarray, layers: Sequence[CloudLayer], haze: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put shadows on the land, air above it and clouds on top; return reflectance, cloud share and shadow share."""
    shape = (surface.shape[1], surface.shape[2])
    clear, sunlight = np.ones(shape, np.float32), np.ones(shape, np.float32)
    for layer in layers:
        step = (round(SHADOW_STEP[0] * layer.height), round(SHADOW_STEP[1] * layer.height))
        clear *= 1.0 - layer.opacity
        sunlight *= 1.0 - blur(blur(np.roll(layer.opacity, step, (0, 1))))
    shadow = 1.0 - sunlight
    seen = np.empty_like(surface)
    for band, ground in enumerate(surface):
        light = 1.0 - shadow * (1.0 - SHADOW_LIGHT[band])
        seen[band] = ground * light * TRANSMISSION[band] + PATH_REFLECTANCE[band] * haze
        for layer in layers:
            # the higher a cloud, the less water vapour is above it
            passed = TRANSMISSION[band] ** (0.5 ** (2.0 * layer.height))
            seen[band] += layer.opacity * (CLOUD[band] * layer.brightness * passed - seen[band])
    return seen, 1.0 - clear, shadow


def observe(
    surface: np.ndarray, cover: np.ndarray, layers: Sequence[CloudLayer], rng: np.random.Generator, haze: float = 1.0
) -> Scene:
    """Return the scene that a sensor sees of the land through air and clouds, with its noise."""
    height, width = cover.shape
    seen, cloud, shadow = add_clouds(surface, layers, haze)
    clear, _, _ = add_clouds(surface, (), haze)
    noise = rng.normal(0.0, 0.0018, seen.shape).astype(np.float32)
    # the edge of the swath crosses the scene's western side at a slant
    rows, columns = np.indices((height, width), dtype=np.float32)
    valid = columns >= 0.075 * width - 0.05 * width * rows / height
    seen, clear = (
        np.where(valid, np.clip(image + noise, 0.0001, 1.6), 0).astype(np.float32) for image in (seen, clear)
    )
    return Scene(seen, cloud, shadow, valid, clear, cover.copy())


def draw_scene(width: int = WIDTH, height: int = HEIGHT, seed: int = SEED, *, clouds: bool = True) -> Scene:
    """Draw a scene in memory."""
    painter = Painter((height, width), seed)
    surface, rng = painter.land(), np.random.default_rng([seed, 1])
    layers = cloud_layers(rng, painter.shape) if clouds else []
    return observe(surface, painter.cover, layers, rng)


@dataclass(frozen=True)
class Visit:
    """One date of a series."""

    day: str
    """as 2024-06-18"""
    sky: Sky | None = None
    """None: not a cloud"""
    sun: float = 1.0
    """light on the ground, against that of a scene alone"""
    haze: float = 1.0
    """light from the air, against that of a scene alone"""
    dryness: float = 0.0
    """of the plants: 0 fresh, 1 after weeks without rain"""
    changed: bool = False
    """after the changes of the land"""


SERIES = (
    Visit("2024-06-08", Sky(20, (True, True), 0.40), sun=0.98, haze=1.08),
    Visit("2024-06-18", Sky(1)),
    Visit("2024-06-28", Sky(6, (False, True), 0.40), sun=1.01, haze=0.94, dryness=0.4),
    Visit("2025-06-20", sun=0.99, haze=1.04, dryness=0.2, changed=True),
)
SERIES_WIDTH, SERIES_HEIGHT = 1120, 960


def draw_series(
    visits: Sequence[Visit] = SERIES, width: int = SERIES_WIDTH, height: int = SERIES_HEIGHT, seed: int = SEED
) -> dict[str, Scene]:
    """Draw the same place on several dates, in memory; return day → scene."""
    painter = Painter((height, width), seed)
    painter.lay_out()
    scenes = {}
    for visit in sorted(visits, key=lambda visit: visit.changed):
        if visit.changed and not any(done.changed for done in visits if done.day in scenes):
            painter.change()
        number = int(visit.day.replace("-", ""))
        rng = np.random.default_rng([seed, number])
        growth = 1.0 + 0.02 * fractal_noise(rng, painter.shape, 1.4, 60)
        surface = painter.view(visit.dryness) * (visit.sun * growth)
        layers = (
            []
            if visit.sky is None
            else cloud_layers(
                np.random.default_rng([seed, visit.sky.seed]), painter.shape, visit.sky.mirrored, visit.sky.fewer
            )
        )
        scenes[visit.day] = observe(surface, painter.cover, layers, rng, visit.haze)
    return {visit.day: scenes[visit.day] for visit in visits}


def write_scene(path: str | Path, scene: Scene) -> Path:
    """Write a scene as a tiled GeoTIFF of uint16 reflectance × 10000 with band names, UTM, nodata 0."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = scene.integers()
    _, height, width = numbers.shape
    options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE", "PREDICTOR=2", "INTERLEAVE=BAND"]
    driver = gdal.GetDriverByName("GTiff")
    dataset = driver.Create(str(path), width, height, len(BANDS), gdal.GDT_UInt16, [*options, "PHOTOMETRIC=MINISBLACK"])
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(EPSG)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((ORIGIN[0], PIXEL, 0.0, ORIGIN[1], 0.0, -PIXEL))
    dataset.SetMetadataItem(
        "TIFFTAG_IMAGEDESCRIPTION", "Synthetic scene in the likeness of Sentinel-2, reflectance x 10000"
    )
    for number, name in enumerate(BANDS, 1):
        band = dataset.GetRasterBand(number)
        band.SetDescription(name)
        band.SetNoDataValue(0)
        band.WriteArray(numbers[number - 1])
    dataset.FlushCache()
    return path


def make_series(
    folder: str | Path,
    visits: Sequence[Visit] = SERIES,
    width: int = SERIES_WIDTH,
    height: int = SERIES_HEIGHT,
    seed: int = SEED,
) -> dict[str, Path]:
    """Draw several dates and write each as ``scene_<day>.tif``; return day → path."""
    drawn = draw_series(visits, width, height, seed)
    return {day: write_scene(Path(folder) / f"scene_{day}.tif", scene) for day, scene in drawn.items()}


def make_scene(
    path: str | Path, width: int = WIDTH, height: int = HEIGHT, seed: int = SEED, *, clouds: bool = True
) -> Path:
    """Draw a scene and write it; return its path."""
    return write_scene(path, draw_scene(width, height, seed, clouds=clouds))


if __name__ == "__main__":
    print(make_scene(sys.argv[1]))
