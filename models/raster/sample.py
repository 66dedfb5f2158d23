"""A few pixels from all over a raster, read cheaply."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .grid import Window
from .source import BandReader, RasterInfo

_WINDOW_PX = 128
# left and top of the sampled windows, as shares of the room there is
_PLACES = ((0.5, 0.5), (0.2, 0.2), (0.8, 0.8), (0.2, 0.8), (0.8, 0.2), (0.5, 0.05), (0.05, 0.5), (0.95, 0.55))
_BUDGET_PX = 4_000_000
"""pixels to decode, over all bands: some tens of milliseconds"""
_BUDGET_S = 0.06


def sample_pixels(raster: RasterInfo, numbers: tuple[int, ...], area: Window) -> NDArray[np.float32]:
    """Return the stored values of sampled pixels of *area* that hold data, (band, pixel), or what replaces them.

    Reads up to eight windows at full resolution, fewer where reading is dear.
    """
    started = time.monotonic()
    reader = BandReader(raster, numbers)
    parts = [np.empty((len(numbers), 0), np.float32)]
    for window in _windows(raster, numbers, area.intersection(raster.grid.window)):
        values, valid = reader.read(window)
        flat = values.reshape(len(values), -1)
        parts.append((flat if valid is None else flat[:, valid.ravel()]).astype(np.float32))
        # one window is read however slow the source is
        if time.monotonic() - started > _BUDGET_S and parts[-1].shape[1]:
            break
    sampled = np.concatenate(parts, axis=1)
    for plane, number in zip(sampled, numbers):
        lookup = raster.bands[number - 1].lookup
        if lookup is not None:
            plane[...] = lookup.apply(plane)
    return sampled


def _windows(raster: RasterInfo, numbers: tuple[int, ...], area: Window) -> Iterator[Window]:
    """Yield windows spread over *area*; as many, and as high, as what GDAL has to decode for them allows."""
    blocks = [raster.bands[number - 1].block for number in numbers]
    block_width, block_height = max(width for width, _ in blocks), max(height for _, height in blocks)
    room = _BUDGET_PX / len(blocks) / len(_PLACES)
    width = min(_WINDOW_PX, area.width)
    # a strip is decoded in its whole length for a few columns of it
    rows = int(room / max(block_width, width))
    height = max(1, min(_WINDOW_PX, area.height, max(rows, block_height)))
    cost = max(block_width, width) * max(block_height, height)
    count = max(1, min(len(_PLACES), int(_BUDGET_PX / len(blocks) / cost)))
    for across, down in _PLACES[:count]:
        x = area.x + int((area.width - width) * across)
        y = area.y + int((area.height - height) * down)
        left = _inside_block(x, width, block_width, area.x)
        top = _inside_block(y, height, block_height, area.y)
        yield Window(left, top, width, height)


def _inside_block(start: int, size: int, block: int, first: int) -> int:
    """Move a window back so that it does not reach into one block more than it must."""
    over = (start + size) % block
    return max(first, start - over) if size <= block and 0 < over < size else start
