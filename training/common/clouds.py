"""Clouds, haze and their shadows put on clear images, so that the truth under and about them is known.

Each layer is a field of optical depth with a power spectrum 1 / f^β (Cahalan & Snider 1989 measured β = 5/3 along a
line of marine stratocumulus, 8/3 in the plane), thresholded to the wanted cover. From optical depth to reflectance:

- Reflectance of a cloud without absorption: R = γτ / (1 + γτ), γ = 0.13 (Lacis & Hansen 1974; the two-stream
  solution for an asymmetry of 0.85). Absorption lowers it towards the reflectance of a very thick cloud, which is
  near 1 up to 1 µm, less at 1.6 µm and least at 2.2 µm, for ice far more than for water (Nakajima & King 1990;
  Platnick et al. 2017). Where a cloud is thin, light is scattered once, and less is absorbed than where it is scattered
  often (`Layer.thin`). Thin haze has τ ~ λ^−α (Ångström 1929) and so is bluish; in clouds α is near 0.
- Ground under it: T² · ground / (1 − R · ground), T = 1 − R less absorption, with multiple reflections (Liou 2002).
  Light that is scattered on the way up comes from the surroundings: detail fades with exp(−(1 − g²) τ), the
  remainder after the forward peak is cut off (delta scaling, Joseph et al. 1976).
- Light wanders sideways in a cloud before it leaves: what a satellite sees of it is smooth up to some hundred metres
  (Marshak et al. 1995; the scale break in Landsat images, Davis et al. 1997), and the sensor smooths once more
  (`Layer.smooth_m`).
- Gas above the cloud: at 0.945 µm water vapour darkens low clouds, at 1.375 µm it hides them; cirrus is above it
  (Gao et al. 1993).
- Shadow: the direct light is lost by the cloud's transmission, that of the sky remains: a share that falls with the
  wavelength. The brightness of the air itself (Rayleigh, Hansen & Travis 1974; never more than the darkest pixels of
  the image) is not darkened, which makes shadows of images at the top of the atmosphere bluish.
- The bands of Sentinel-2 look at a cloud one after another, at slightly different angles (Frantz et al. 2018): a cloud
  lies elsewhere in each, the more so the higher it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

Plane = NDArray[np.float32]

SENTINEL2_UM = {
    "B01": 0.443, "B02": 0.493, "B03": 0.560, "B04": 0.665, "B05": 0.704, "B06": 0.741, "B07": 0.783, "B08": 0.833,
    "B8A": 0.865, "B09": 0.945, "B10": 1.374, "B11": 1.614, "B12": 2.202,
}  # fmt: skip
"""central wavelengths of Sentinel-2A, µm"""
KINDS = ("cumulus", "stratus", "cirrus", "haze")
SCATTER = 0.13
"""γ: how strongly a cloud reflects by its optical depth"""
_FORWARD = 0.28
"""1 − g²: share of the optical depth that is left when the forward peak counts as not scattered"""
_PARALLAX_TIME = {
    0.493: 0.0, 0.833: 0.12, 0.560: 0.26, 1.374: 0.41, 0.665: 0.49, 0.704: 0.60, 1.614: 0.69, 0.741: 0.73, 0.783: 0.82,
    0.865: 0.93, 2.202: 0.96, 0.443: 0.98, 0.945: 1.0,
}  # fmt: skip
"""when a band looks at a place, 0 first, 1 last, by wavelength"""
_BASE_TO_HEIGHT = 0.022
"""of the first and the last band of Sentinel-2"""
# reflectance of very thick clouds of droplets and of ice, by wavelength
_UM = (0.4, 0.87, 1.0, 1.24, 1.38, 1.61, 2.2)
_WATER = (1.0, 0.99, 0.97, 0.94, 0.90, 0.80, 0.62)
_ICE = (1.0, 0.98, 0.96, 0.85, 0.75, 0.45, 0.32)
# share of light from the sky, and from other clouds, of all light, by wavelength
_SKY_UM = (0.443, 0.493, 0.56, 0.665, 0.865, 1.61, 2.2)
_SKY = (0.42, 0.34, 0.26, 0.19, 0.13, 0.08, 0.07)


@dataclass(frozen=True)
class Clouded:
    """An image with simulated clouds, and what is known about them; all planes are (H, W) float32."""

    reflectance: Plane
    """(C, H, W)"""
    optical_depth: Plane
    """of clouds and haze together at 0.55 µm, 0 where there is none"""
    opacity: Plane
    """share of the ground's detail in the red that is hidden, 0–1"""
    shadow: Plane
    """share of the direct light that is lost to clouds elsewhere, 0–1; also given where a cloud lies above it"""
    haze: Plane
    """optical depth of haze alone at 0.55 µm"""


@dataclass(frozen=True)
class Layer:
    """One kind of cloud at one height."""

    kind: str
    cover: float
    """share of the image with some of it, 0–1"""
    depth: float
    """optical depth near its thickest places"""
    height_m: float
    ice: float
    """0 droplets, 1 ice"""
    slope: float
    """β of the power spectrum of the plane"""
    softness: float
    """exponent of how the depth grows from the rim inwards: below 1 steep, above 1 soft"""
    stretch: float
    """ratio of sizes along and across the streaks"""
    angstrom: float
    size_m: float = np.inf
    """of the largest clumps: above it the field has no order"""
    base: float = 0.0
    """optical depth that is everywhere, as under an overcast sky"""
    thin: float = 1.0
    """absorption where it is thin, beside that where it is thick: the exponent of the reflectance of a thick cloud"""
    smooth_m: float = 0.0
    """over which light that wanders in the cloud evens it out, as σ of a Gaussian"""
    shape: Callable[[tuple[int, int]], Plane] | None = None
    """what gives the optical depth (H, W) of a canvas instead of a random field"""


def random_layer(kind: str, rng: np.random.Generator, cover: float | None = None) -> Layer:
    """Return a layer of one of KINDS, covering *cover* of the image or any share."""
    draw = rng.uniform
    share = cover if cover is not None else float(rng.beta(1.2, 1.6))
    if kind == "cumulus":
        depth, height = float(np.exp(draw(np.log(4), np.log(60)))), draw(600, 4000)
        size = float(np.exp(draw(np.log(300), np.log(6000))))
        return Layer(kind, share, depth, height, 0.0, draw(2.7, 3.6), draw(0.5, 1.2), draw(1, 1.8), 0.0, size)
    if kind == "stratus":
        depth, height = float(np.exp(draw(np.log(2), np.log(40)))), draw(400, 5000)
        return Layer(kind, share, depth, height, draw(0, 0.3), draw(2.8, 3.8), draw(0.7, 1.6), draw(1, 3), 0.0)
    if kind == "cirrus":
        depth, height = float(np.exp(draw(np.log(0.4), np.log(5)))), draw(6500, 12000)
        return Layer(kind, share, depth, height, 1.0, draw(3.2, 4.2), draw(1.0, 2.0), draw(1.2, 5), draw(0, 0.2))
    depth = float(np.exp(draw(np.log(0.1), np.log(0.8))))
    return Layer("haze", max(share, 0.7), depth, draw(300, 1500), 0.0, draw(3.4, 4.2), draw(1, 2), 1.0, draw(0.7, 1.4))


def random_layers(rng: np.random.Generator, cover: float | None = None) -> list[Layer]:
    """Return one or two layers as they occur together; the first holds *cover* where it is given."""
    kind = str(rng.choice(["cumulus", "stratus", "cirrus"], p=[0.5, 0.28, 0.22]))
    layers = [random_layer(kind, rng, cover)]
    second = rng.random()
    if second < 0.15 and kind != "cirrus":
        layers.append(random_layer("cirrus", rng))
    elif second < 0.3:
        layers.append(random_layer("haze", rng))
    elif second < 0.4 and kind != "cumulus":
        layers.append(random_layer("cumulus", rng, float(rng.uniform(0, 0.3))))
    return layers


def simulate_clouds(
    reflectance: NDArray[np.floating], wavelengths_um: Sequence[float], rng: np.random.Generator, *,
    cover: float | None = None, layers: Sequence[Layer] | None = None, pixel_m: float = 10.0,
    parallax: float | None = None,
) -> Clouded:  # fmt: skip
    """Put clouds on reflectance (C, H, W), 0–1, at the top of the atmosphere or at the surface.

    *cover* is the share of the image that the main layer hides a little or wholly (any, if None); *layers* says all
    that there is. *parallax*: 0 bands see clouds at the same place (Landsat), 1 as far apart as Sentinel-2's ever do;
    None draws it. The same generator gives the same clouds. A crop of 13 × 256 × 256 takes about 30 ms.
    """
    image = np.array(reflectance, dtype=np.float32)
    height, width = image.shape[1:]
    chosen = list(layers) if layers is not None else random_layers(rng, cover)
    chosen.sort(key=lambda layer: layer.height_m)
    sun, slant = rng.uniform(0, 2 * np.pi), np.tan(np.radians(rng.uniform(20, 65)))
    apart = float(rng.uniform(-1, 1)) if parallax is None else parallax * float(rng.choice([-1, 1]))
    planes = [_make_layer(layer, (height, width), sun, slant, apart, wavelengths_um, pixel_m, rng) for layer in chosen]

    light = np.ones((height, width), np.float32)
    for plane in planes:
        if plane.layer.kind != "haze":
            light *= plane.light
    if (light < 1).any():
        air = _air(image, wavelengths_um)
        fill = rng.uniform(0.7, 1.7)
        for band, um in enumerate(wavelengths_um):
            sky = min(float(np.interp(um, _SKY_UM, _SKY)) * fill, 0.6)
            image[band] = air[band] + (image[band] - air[band]) * (sky + (1 - sky) * light)
    depth, haze, seen = (np.full((height, width), value, np.float32) for value in (0, 0, 1))
    for plane in planes:
        _cover(image, plane, wavelengths_um, rng)
        here = plane.at(0.0)
        depth += here
        if plane.layer.kind == "haze":
            haze += here
        seen *= np.exp(-_FORWARD * here) * (1 - _reflect(here)) ** 2
    return Clouded(image, depth, 1 - seen, 1 - light, haze)


@dataclass(frozen=True)
class _Plane:
    """A layer's field on a canvas that is larger than the image, and where the image lies on it."""

    layer: Layer
    depth: Plane
    """optical depth on the canvas"""
    relief: Plane
    """brightness on the canvas: sides that face the sun are brighter"""
    light: Plane
    """(H, W) share of the direct light that passes to the ground of the image"""
    top: int
    left: int
    shape: tuple[int, int]
    shifts: tuple[int, ...]
    """rows by which each band sees it displaced"""

    def at(self, shift: float, of_relief: bool = False) -> Plane:
        """Return the field over the image, displaced by some rows."""
        row = self.top + round(shift)
        source = self.relief if of_relief else self.depth
        return source[row : row + self.shape[0], self.left : self.left + self.shape[1]]


def _make_layer(
    layer: Layer, shape: tuple[int, int], sun: float, slant: float, apart: float, wavelengths: Sequence[float],
    pixel_m: float, rng: np.random.Generator,
) -> _Plane:  # fmt: skip
    height, width = shape
    reach = layer.height_m * slant / pixel_m
    # shadows of high clouds fall out of a small image: nearer ones are as good, and the canvas stays small
    reach = min(reach, 0.6 * max(shape))
    down, right = round(reach * np.cos(sun)), round(reach * np.sin(sun))
    span = _BASE_TO_HEIGHT * layer.height_m / pixel_m * apart
    shifts = tuple(round(span * (_time(um) - 0.4)) for um in wavelengths)
    margin = max((abs(shift) for shift in shifts), default=0)
    canvas = (height + abs(down) + 2 * margin, width + abs(right))
    if layer.shape is not None:
        depth = layer.shape(canvas)
    else:
        field = fractal(canvas, layer.slope, rng, stretch=layer.stretch, size=layer.size_m / pixel_m)
        if layer.kind == "cumulus":
            field += rng.uniform(0, 0.12) * fractal(canvas, 2.3, rng)
        depth = _depth(field, layer, rng)
    if layer.smooth_m:
        depth = ndimage.gaussian_filter(depth, layer.smooth_m / pixel_m, truncate=2.5)
    # the light that reaches a pixel (r, c) comes through the cloud at (r, c) - (down, right)
    top, left = max(down, 0) + margin, max(right, 0)
    above = depth[top - down : top - down + height, left - right : left - right + width]
    light = 1 / (1 + SCATTER * above * rng.uniform(1.0, 2.2)) * np.exp(-0.12 * np.minimum(above, 12.0))
    # the sun is a disc of half a degree: the edge of a shadow is as wide as 1/107 of the way through the air
    light = ndimage.uniform_filter(light, max(round(layer.height_m * (1 + slant**2) ** 0.5 / 107 / pixel_m), 1))
    return _Plane(layer, depth, _relief(depth, sun, rng), light.astype(np.float32), top, left, shape, shifts)


def _depth(field: Plane, layer: Layer, rng: np.random.Generator) -> Plane:
    """Return optical depth of a standardised field: none below the quantile that leaves the layer's cover."""
    sample = field[::4, ::4]
    rim, thick = np.quantile(sample, [1 - min(max(layer.cover, 0.0), 1.0), 0.995])
    inside = np.maximum((field - rim) / max(float(thick - rim), 0.3), 0)
    depth = layer.base + layer.depth * inside**layer.softness
    if layer.kind == "haze":
        depth += layer.depth * rng.uniform(0, 1)
    return depth.astype(np.float32)


def _relief(depth: Plane, sun: float, rng: np.random.Generator) -> Plane:
    """Return brightness around 1: slopes that face the sun are brighter, those behind darker."""
    tops = np.log1p(depth)
    step = 2
    slope = np.zeros_like(tops)
    # the sun stands where shadows do not fall: towards (-cos, -sin)
    slope[step:-step] += np.cos(sun) * (tops[2 * step :] - tops[: -2 * step])
    slope[:, step:-step] += np.sin(sun) * (tops[:, 2 * step :] - tops[:, : -2 * step])
    return np.clip(1 + rng.uniform(0.05, 0.35) * slope, 0.7, 1.3).astype(np.float32)


def _cover(image: Plane, plane: _Plane, wavelengths: Sequence[float], rng: np.random.Generator) -> None:
    """Put a layer over the image, in place."""
    layer = plane.layer
    bright = rng.uniform(0.8, 1.1)
    droplets = rng.uniform(0.85, 1.1)
    surround = _box_mean(image, 16)
    vapour = float(np.interp(layer.height_m, (0, 2000, 5000, 10000), (0.25, 0.5, 0.85, 0.98)))
    cirrus = float(np.interp(layer.height_m, (0, 3000, 6000, 9000, 12000), (0.0, 0.005, 0.15, 0.55, 0.85)))
    cache: dict[int, tuple[Plane, Plane, Plane]] = {}
    for band, um in enumerate(wavelengths):
        shift = plane.shifts[band]
        if layer.angstrom > 0 or shift not in cache:
            depth = plane.at(shift) * np.float32((um / 0.55) ** -layer.angstrom)
            cache[shift] = _reflect(depth), np.exp(-_FORWARD * depth), plane.at(shift, of_relief=True)
        white, detail, relief = cache[shift]
        water, ice = (float(np.interp(um, _UM, thick)) for thick in (_WATER, _ICE))
        thick = 1 - (1 - (water * (1 - layer.ice) + ice * layer.ice)) * droplets if um > 1 else 1.0
        gas = vapour if 0.93 < um < 0.96 else cirrus if 1.35 < um < 1.40 else 1.0
        tint = bright * gas * rng.uniform(0.97, 1.03) * thick
        absorbed = 1 - (1 - thick) * white
        # 1 where the cloud is thick, more where it is thin
        more = np.float32(thick ** (layer.thin - 1))
        scattered = white * more / (1 + white * (more - 1))
        ground = detail * image[band] + (1 - detail) * surround[band]
        through = ((1 - white) * absorbed) ** 2
        image[band] = np.float32(tint) * scattered * relief + through * ground / (1 - white * np.clip(ground, 0, 1))


def _reflect(depth: Plane) -> Plane:
    """Return the reflectance of a cloud without absorption."""
    scaled = np.float32(SCATTER) * depth
    return scaled / (1 + scaled)


def _air(image: Plane, wavelengths: Sequence[float]) -> list[float]:
    """Return the brightness of the air itself in every band, at most that of the darkest pixels."""
    found = []
    for band, um in enumerate(wavelengths):
        values = image[band, ::4, ::4]
        filled = values[values > 0]
        darkest = float(np.quantile(filled, 0.01)) if filled.size else 0.0
        rayleigh = 0.4 * 0.00864 * um ** -(3.916 + 0.074 * um + 0.05 / um)
        found.append(max(min(rayleigh, 0.9 * darkest), 0.0))
    return found


def _box_mean(image: Plane, block: int) -> Plane:
    """Return each band averaged over blocks of pixels, as large as the image again."""
    bands, height, width = image.shape
    rows, columns = max(height // block, 1), max(width // block, 1)
    cut = image[:, : rows * (height // rows), : columns * (width // columns)]
    means = cut.reshape(bands, rows, height // rows, columns, width // columns).mean(axis=(2, 4))
    # linear in both directions, so that no block is seen
    y = np.clip((np.arange(height) + 0.5) * rows / height - 0.5, 0, rows - 1)
    x = np.clip((np.arange(width) + 0.5) * columns / width - 0.5, 0, columns - 1)
    down, across = _weights(y, rows), _weights(x, columns)
    return np.matmul(down, np.matmul(means, across.T))


def _weights(place: NDArray[np.float64], count: int) -> Plane:
    """Return the matrix (places, count) of linear interpolation."""
    return np.maximum(1 - np.abs(place[:, None] - np.arange(count)[None]), 0).astype(np.float32)


def _time(um: float) -> float:
    nearest = min(_PARALLAX_TIME, key=lambda known: abs(known - um))
    return _PARALLAX_TIME[nearest]


def fractal(
    shape: tuple[int, int], slope: float, rng: np.random.Generator, *, stretch: float = 1.0, size: float = np.inf
) -> Plane:
    """Return a field (H, W) of mean 0 and deviation 1 whose power falls with frequency as f^−slope.

    *stretch* draws it out in a random direction. Nothing is longer than *size* pixels, or than the longer side.
    """
    height, width = (fft.next_fast_len(size, real=True) for size in shape)
    longest = max(height, width)
    y = np.fft.fftfreq(height).astype(np.float32)[:, None] * longest
    x = np.fft.rfftfreq(width).astype(np.float32)[None] * longest
    if stretch > 1:
        turn = rng.uniform(0, np.pi)
        y, x = (
            (y * np.cos(turn) + x * np.sin(turn)) * np.float32(stretch**0.5),
            (x * np.cos(turn) - y * np.sin(turn)) / np.float32(stretch**0.5),
        )
    squared = y * y + x * x
    squared[0, 0] = 1
    if size < longest:
        # von Kármán's spectrum: flat below the frequency of the largest clumps
        squared += np.float32((longest / size) ** 2)
    noise = rng.standard_normal((height, width), dtype=np.float32)
    spectrum = fft.rfft2(noise) * squared ** np.float32(-slope / 4)
    spectrum[0, 0] = 0
    field = fft.irfft2(spectrum, s=(height, width))[: shape[0], : shape[1]]
    return ((field - field.mean()) / max(float(field.std()), 1e-6)).astype(np.float32)
