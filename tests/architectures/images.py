"""The images that the networks are given: uint16 reflectance × 10000 with holes, as files and as scaled arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rasters import noise, write_raster

BANDS = ("B02", "B03", "B04", "B08")
NUMBERS = 10000
"""stored number of reflectance 1"""
SCALE = [{"type": "scale", "value": NUMBERS}]


def draw(height: int, width: int, seed: int, *, hole: tuple[slice, slice] | None = None) -> NDArray[np.uint16]:
    """Return an image (band, row, column) of stored numbers from 1; 0, no data, in the hole."""
    values = noise(len(BANDS), height, width, "uint16", seed=seed) // 2 + 1
    if hole:
        values[(slice(None), *hole)] = 0
    return values.astype(np.uint16)


def write(path: Path, values: NDArray[Any]) -> str:
    """Write an image with its band names, 0 as nodata."""
    return str(write_raster(path, values, nodata=0, names=list(BANDS)))


def scaled(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return what the network gets: reflectance, 0 where there is no data; a batch axis in front."""
    return (values.astype(np.float32) / NUMBERS)[np.newaxis]
