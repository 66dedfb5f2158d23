"""What one place may look like: turned, a little larger, hazier, darker, processed to surface reflectance, under snow.

And with holes: the edge of a swath, clouds that somebody masked.

Everything is drawn from a `torch.Generator`, so that an interrupted training goes on with the same batches.
"""

from __future__ import annotations

import math

import torch
from common.air import SMALLEST, falloff, uniform
from common.scenes import NO_CLASS
from torch import nn

from .network import BANDS
from .prepare import SNOW

WATER, TREES = 0, 1
SNOW_CONFIDENCE = 0.8

_FRESH = torch.tensor((0.93, 0.93, 0.92, 0.91, 0.90, 0.88, 0.86, 0.84, 0.12, 0.08)).view(1, -1, 1, 1)
"""reflectance of snow of medium grain in BANDS (after Warren 1982 and Dozier 1989): bright but for the shortwave"""
GAIN, TILT, BAND, PATH, NOISE = 0.1, 0.06, 0.03, 0.006, 0.0015
"""standard deviations: of logarithms of gains, of reflectance at 0.49 µm, of reflectance"""


def cut(
    bands: torch.Tensor, teacher: torch.Tensor, size: int, zoom: float, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a part (10, size, size) of a scene and of the teacher (2, size, size), turned and mirrored at random.

    *teacher* is class and confidence. Height and width are stretched by up to exp(*zoom*), each on its own: the scenes
    lie in degrees, where a pixel is up to a third narrower than high; those that come later lie in metres.
    """
    edges = bands.shape[1:]
    height, width = (min(round(size * math.exp(float(uniform(rng, -zoom, zoom)))), edge) for edge in edges)
    top, left = (int(torch.randint(edge - part + 1, (), generator=rng)) for edge, part in zip(edges, (height, width)))
    window = (slice(None), slice(top, top + height), slice(left, left + width))
    image = nn.functional.interpolate(bands[window][None], (size, size), mode="bilinear", align_corners=False)[0]
    target = nn.functional.interpolate(teacher[window][None], (size, size), mode="nearest")[0]
    turns, mirrored = (int(torch.randint(most, (), generator=rng)) for most in (4, 2))
    image, target = torch.rot90(image, turns, (1, 2)), torch.rot90(target, turns, (1, 2))
    return (image.flip(2), target.flip(2)) if mirrored else (image, target)


def jitter(images: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Return reflectance (B, 10, H, W) under another sun and air: gain, tilt over the spectrum, haze, noise."""
    count = len(images)
    tilt = torch.linspace(-1, 1, len(BANDS)).view(1, -1, 1, 1)
    gain = GAIN * normal(rng, count) + TILT * normal(rng, count) * tilt + BAND * normal(rng, count, len(BANDS))
    path = PATH * normal(rng, count) * falloff(rng, count)
    noise = torch.randn(images.shape, generator=rng) * NOISE
    return (images * gain.exp() + path + noise).clamp(min=SMALLEST)


def snow(
    images: torch.Tensor, teacher: torch.Tensor, share: float, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Lay snow over smooth patches of a *share* of the images, where there are no trees and no water.

    The scenes hold no true snow at all: without this, the class would never be learned.
    """
    images, teacher = images.clone(), teacher.clone()
    for number in torch.nonzero(torch.rand(len(images), generator=rng) < share).flatten().tolist():
        classes, confidence = teacher[number]
        relief = torch.randn((1, 1, 6, 6), generator=rng)
        relief = nn.functional.interpolate(relief, classes.shape, mode="bicubic", align_corners=True)[0]
        cover = torch.sigmoid(8 * (relief + uniform(rng, -1.0, 1.0)[0])) * ((classes != WATER) & (classes != TREES))
        light = float(uniform(rng, 0.55, 1.0)) * (1 + 0.05 * torch.randn(cover.shape, generator=rng))
        images[number] = images[number] * (1 - cover) + _FRESH[0] * light * cover
        covered = cover[0] > 0.5
        classes[covered], confidence[covered] = SNOW, SNOW_CONFIDENCE
    return images, teacher


def blank(
    images: torch.Tensor, teacher: torch.Tensor, share: float, rng: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Take the data (all bands 0, no class) from parts of a *share* of the images, large ones and holes.

    Otherwise what lies beside a pixel without data would look like a shore: nothing else is so dark.
    """
    images, teacher = images.clone(), teacher.clone()
    for number in torch.nonzero(torch.rand(len(images), generator=rng) < share).flatten().tolist():
        cells = int(torch.randint(2, 12, (), generator=rng))
        relief = torch.randn((1, 1, cells, cells), generator=rng)
        relief = nn.functional.interpolate(relief, images.shape[2:], mode="bilinear", align_corners=True)[0, 0]
        nothing = relief > uniform(rng, 0.0, 1.5)[0, 0]
        images[number, :, nothing] = 0
        teacher[number, 0, nothing] = NO_CLASS
    return images, teacher


def normal(rng: torch.Generator, count: int, bands: int = 1) -> torch.Tensor:
    """Return standard normal numbers (count, bands, 1, 1)."""
    return torch.randn((count, bands, 1, 1), generator=rng)
