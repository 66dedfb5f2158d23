"""A synthetic scene that looks like Sentinel-2, for tests and for the demonstration.

Land cover is laid out by noise and geometry (parcels of several crops, forest, a river, a town with roads), gets
typical top-of-atmosphere reflectance for each cover, and then clouds of several sizes and thicknesses with their
displaced shadows. The same seed gives the same scene. Numpy and GDAL only.

Reflectance values are typical ones, rounded, as found in published spectral libraries and in Sentinel-2 products.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()

BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")
WIDTH, HEIGHT = 1536, 1280
PIXEL = 10.0
ORIGIN = (456_780.0, 5_412_340.0)
EPSG = 32633
SEED = 20240618
SCALE = 10_000

# Surface reflectance in B02, B03, B04, B08, B11, B12
SPECTRA = {
    "water": (0.042, 0.066, 0.050, 0.032, 0.014, 0.010),
    "shallows": (0.060, 0.080, 0.070, 0.070, 0.045, 0.032),
    "forest": (0.022, 0.038, 0.022, 0.250, 0.105, 0.045),
    "wheat": (0.036, 0.066, 0.042, 0.380, 0.180, 0.085),
    "maize": (0.028, 0.058, 0.030, 0.450, 0.190, 0.080),
    "rape": (0.050, 0.125, 0.110, 0.420, 0.200, 0.105),
    "stubble": (0.085, 0.120, 0.165, 0.280, 0.350, 0.260),
    "soil": (0.080, 0.105, 0.135, 0.200, 0.270, 0.240),
    "meadow": (0.038, 0.072, 0.056, 0.330, 0.200, 0.105),
    "hedge": (0.026, 0.045, 0.028, 0.270, 0.120, 0.055),
    "road": (0.110, 0.115, 0.120, 0.145, 0.160, 0.145),
    "roofs": (0.066, 0.078, 0.092, 0.170, 0.185, 0.155),
    "halls": (0.170, 0.185, 0.200, 0.240, 0.250, 0.230),
    "gardens": (0.045, 0.068, 0.060, 0.270, 0.170, 0.100),
}
CROPS = ("wheat", "wheat", "maize", "maize", "rape", "stubble", "soil", "meadow", "meadow")
# What the air adds (Rayleigh scattering, haze) and what a thick cloud shows
PATH_REFLECTANCE = (0.062, 0.036, 0.020, 0.008, 0.002, 0.001)
CLOUD = (0.720, 0.690, 0.700, 0.730, 0.440, 0.320)
# Share of the light that still reaches the ground inside a cloud's shadow: the diffuse part, more in the blue
SHADOW_LIGHT = (0.46, 0.38, 0.32, 0.26, 0.20, 0.18)
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

    def paint(self, where: np.ndarray, cover: str, brightness: np.ndarray | float = 1.0) -> None:
        """Give a cover's spectrum to the pixels of ``where``, which may be a share between 0 and 1."""
        share = where.astype(np.float32)
        for band, value in enumerate(SPECTRA[cover]):
            self.surface[band] += share * (value * brightness - self.surface[band])

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
        """Paint a town: blocks of houses and gardens between streets, halls at the rim, open at its edges."""
        away = np.hypot(self.rows - row, self.columns - column) / radius + 0.16 * self.noise(1.6, 200)
        inside = away < 1.0
        u = (self.columns - column) * np.cos(angle) + (self.rows - row) * np.sin(angle)
        v = (self.rows - row) * np.cos(angle) - (self.columns - column) * np.sin(angle)
        house = self.rng.normal(0.0, 1.0, (512, 512)).astype(np.float32)
        roof = house[(u // 2.6).astype(int) % 512, (v // 3.4).astype(int) % 512]
        quarter = house[(u // 22).astype(int) % 512, (v // 17).astype(int) % 512]
        built = roof + 0.8 - 1.5 * away > 0.0
        self.paint(inside, "gardens", 1.0 + 0.12 * self.noise(0.4, 8))
        self.paint(inside & built, "roofs", np.clip(1.0 + 0.20 * roof, 0.5, 1.6))
        self.paint(inside & (quarter > 1.45) & (away > 0.45), "halls", np.clip(0.85 + 0.2 * roof, 0.6, 1.4))
        self.paint(inside & (quarter < -1.9), "meadow")
        self.paint(inside & (((u % 22) < 1.3) | ((v % 17) < 1.2)), "road")

    def roads(self, row: float, column: float) -> None:
        """Paint roads that leave the town, and a motorway that passes it."""
        height, width = self.shape
        for direction, bend in ((0.35, 0.0007), (2.25, -0.0006), (3.6, 0.0005), (5.3, -0.0009)):
            u = (self.columns - column) * np.cos(direction) + (self.rows - row) * np.sin(direction)
            v = (self.rows - row) * np.cos(direction) - (self.columns - column) * np.sin(direction)
            self.paint(0.9 * ((np.abs(v - bend * u * u) < 0.8) & (u > 0)), "road")
        motorway = height * 0.22 + 0.20 * height * (self.columns / width) ** 1.6
        self.paint(np.abs(self.rows - motorway) < 1.9, "road", 1.15)

    def land(self) -> np.ndarray:
        """Paint everything and return surface reflectance."""
        height, width = self.shape
        self.fields()
        self.forest()
        self.roads(0.38 * height, 0.60 * width)
        self.town(0.38 * height, 0.60 * width, 0.105 * height, 0.35)
        self.town(0.80 * height, 0.30 * width, 0.035 * height, -0.2)
        self.town(0.16 * height, 0.22 * width, 0.030 * height, 0.9)
        self.river()
        relief = 1.0 + 0.035 * self.noise(1.9, 400)
        return blur(np.clip(self.surface * relief, 0.002, 1.0))


@dataclass(frozen=True)
class CloudLayer:
    """One layer of cloud: opacity 0 to 1, brightness of its tops, and its height (1 is a low cumulus)."""

    opacity: np.ndarray
    brightness: np.ndarray
    height: float


def lit_tops(thickness: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the brightness of cloud tops: thicker is brighter, and slopes towards the sun are brighter still."""
    smooth = blur(blur(thickness))
    slope = np.roll(smooth, (2, 2), (0, 1)) - np.roll(smooth, (-2, -2), (0, 1))
    return np.clip(0.58 + 0.34 * smooth_step(thickness, low, high) + 0.20 * slope, 0.40, 1.12)


def cloud_layers(rng: np.random.Generator, shape: tuple[int, int]) -> list[CloudLayer]:
    """Return layers of cloud from low to high: small cumulus, towers, a thin veil."""
    rows, columns = np.indices(shape, dtype=np.float32)
    down, right = rows / shape[0], columns / shape[1]
    roughness = fractal_noise(rng, shape, 1.35, 90)
    towers = fractal_noise(rng, shape, 1.95, 380) + 0.13 * roughness - 1.5 * (right - 0.50) - 1.0 * (down - 0.45)
    cumulus = fractal_noise(rng, shape, 1.85, 85) + 0.08 * roughness + 1.5 * (right - 0.85) + 0.7 * (down - 0.75)
    veil = fractal_noise(rng, shape, 1.6, 420) + 2.6 * (down - 0.95)
    return [
        CloudLayer(blur(smooth_step(cumulus, 1.30, 1.95)), lit_tops(cumulus, 1.3, 2.6), 0.8),
        CloudLayer(blur(smooth_step(towers, 1.02, 1.60)), lit_tops(towers, 1.1, 3.0), 1.5),
        CloudLayer(0.42 * smooth_step(veil, 0.55, 1.9), np.full(shape, 0.85, np.float32), 2.4),
    ]


def add_clouds(surface: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put shadows on the land, air above it and clouds on top; return reflectance, cloud share and shadow share."""
    shape = (surface.shape[1], surface.shape[2])
    layers = cloud_layers(rng, shape)
    clear, sunlight = np.ones(shape, np.float32), np.ones(shape, np.float32)
    for layer in layers:
        step = (round(SHADOW_STEP[0] * layer.height), round(SHADOW_STEP[1] * layer.height))
        clear *= 1.0 - layer.opacity
        sunlight *= 1.0 - blur(blur(np.roll(layer.opacity, step, (0, 1))))
    shadow = 1.0 - sunlight
    seen = np.empty_like(surface)
    for band, ground in enumerate(surface):
        light = 1.0 - shadow * (1.0 - SHADOW_LIGHT[band])
        seen[band] = ground * light + PATH_REFLECTANCE[band]
        for layer in layers:
            seen[band] += layer.opacity * (CLOUD[band] * layer.brightness - seen[band])
    return seen, 1.0 - clear, shadow


def draw_scene(width: int = WIDTH, height: int = HEIGHT, seed: int = SEED, *, clouds: bool = True) -> Scene:
    """Draw a scene in memory."""
    surface = Painter((height, width), seed).land()
    rng = np.random.default_rng([seed, 1])
    nothing = np.zeros((height, width), np.float32)
    if clouds:
        reflectance, cloud, shadow = add_clouds(surface, rng)
    else:
        reflectance, cloud, shadow = surface + np.float32(PATH_REFLECTANCE)[:, None, None], nothing, nothing
    reflectance += rng.normal(0.0, 0.0018, reflectance.shape).astype(np.float32)
    # the edge of the swath crosses the scene's western side at a slant
    rows, columns = np.indices((height, width), dtype=np.float32)
    valid = columns >= 0.075 * width - 0.05 * width * rows / height
    return Scene(np.where(valid, np.clip(reflectance, 0.0001, 1.6), 0).astype(np.float32), cloud, shadow, valid)


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


def make_scene(
    path: str | Path, width: int = WIDTH, height: int = HEIGHT, seed: int = SEED, *, clouds: bool = True
) -> Path:
    """Draw a scene and write it; return its path."""
    return write_scene(path, draw_scene(width, height, seed, clouds=clouds))


if __name__ == "__main__":
    print(make_scene(sys.argv[1]))
