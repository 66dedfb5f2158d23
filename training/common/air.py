"""The light of the air over ten bands of Sentinel-2 of 10 and 20 m, and images without it: about what L2A is."""

from __future__ import annotations

import torch

MICROMETRES = torch.tensor((0.49, 0.56, 0.665, 0.705, 0.74, 0.783, 0.842, 0.865, 1.61, 2.19)).view(1, -1, 1, 1)
"""wavelengths of B02 B03 B04 B05 B06 B07 B08 B8A B11 B12"""
SMALLEST = 5e-4
"""reflectance that nothing falls below"""


def correct(images: torch.Tensor, share: float, rng: torch.Generator) -> torch.Tensor:
    """Make a *share* of the images (B, 10, H, W) what surface reflectance (L2A) is: without the light of the air.

    What is taken off is most of what the darkest hundredth of the image has in the blue, less in longer waves (dark
    object subtraction, Chavez 1988).
    """
    dark = torch.quantile(images.flatten(2)[:, :, ::16], 0.01, dim=2)[:, :, None, None]
    path = uniform(rng, 0.5, 0.95, len(images)) * torch.minimum(dark[:, :1] * falloff(rng, len(images)), dark)
    chosen = torch.rand((len(images), 1, 1, 1), generator=rng) < share
    return torch.where(chosen, images - path, images).clamp(min=SMALLEST)


def falloff(rng: torch.Generator, count: int) -> torch.Tensor:
    """Return how the light of the air falls with wavelength (B, 10, 1, 1), from haze (power 1) to clean air (4)."""
    return (MICROMETRES[:, :1] / MICROMETRES) ** uniform(rng, 1.0, 4.0, count)


def uniform(rng: torch.Generator, low: float, high: float, count: int = 1) -> torch.Tensor:
    """Return numbers (count, 1, 1, 1), evenly spread."""
    return low + (high - low) * torch.rand((count, 1, 1, 1), generator=rng)
