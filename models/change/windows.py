"""The same windows of two rasters on one grid, spread over what both cover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raster.grid import Grid, Window
from ..raster.source import BandReader, RasterInfo, to_crs

# nearest wavelength that still counts as the same band, micrometres
_SAME_BAND_UM = 0.05
# bands that show edges well and that most sensors have, at their finest resolution
_PREFERRED = ("red", "green", "nir", "nir08", "blue")


@dataclass(frozen=True)
class PairWindow:
    """One window of both dates: values (band, row, column) in float32, and where both hold data (row, column)."""

    before: NDArray[np.float32]
    after: NDArray[np.float32]
    valid: NDArray[np.bool_]


def read_pairs(
    before: RasterInfo,
    after: RasterInfo,
    numbers: tuple[tuple[int, ...], tuple[int, ...]],
    windows: Iterator[Window],
) -> Iterator[PairWindow]:
    """Yield the windows of two rasters on one grid; *numbers* are the bands of each, from 1.

    Raises RasterError when reading fails.
    """
    readers = [BandReader(raster, bands) for raster, bands in zip((before, after), numbers)]
    for window in windows:
        parts = [reader.read(window) for reader in readers]
        valid = np.ones((window.height, window.width), bool)
        for _, seen in parts:
            if seen is not None:
                valid &= seen
        first, second = (_as_float(values) for values, _ in parts)
        yield PairWindow(first, second, valid)


def _as_float(values: NDArray[Any]) -> NDArray[np.float32]:
    converted: NDArray[np.float32] = values.astype(np.float32)
    return converted


def spread_windows(area: Window, size: int, across: int) -> Iterator[Window]:
    """Yield up to *across* × *across* windows of *size* px, evenly spread over *area*, that don't overlap much.

    An area smaller than a window gives one window of the area's own size.
    """
    lefts, tops = _starts(area.width, size, across), _starts(area.height, size, across)
    for top in tops:
        for left in lefts:
            yield Window(area.x + left, area.y + top, min(size, area.width), min(size, area.height))


def _starts(room: int, size: int, most: int) -> list[int]:
    """Return where windows start along an axis: as many as fit with at most half of each shared."""
    count = max(1, min(most, 1 + 2 * (room - size) // size)) if room > size else 1
    if count == 1:
        return [max(0, (room - size) // 2)]
    return [round(index * (room - size) / (count - 1)) for index in range(count)]


def shared_area(before: Grid, after: Grid) -> Window:
    """Return the window of *before*'s grid that *after* may cover; empty when it lies elsewhere."""
    points = [before.to_pixel(x, y) for x, y in to_crs(after.outline(), after.crs_wkt, before.crs_wkt)]
    columns, rows = [column for column, _ in points], [row for _, row in points]
    if not np.isfinite([*columns, *rows]).all():
        return before.window
    left, top = int(np.floor(min(columns))), int(np.floor(min(rows)))
    right, bottom = int(np.ceil(max(columns))), int(np.ceil(max(rows)))
    return Window(left, top, right - left, bottom - top).intersection(before.window)


def pair_bands(before: RasterInfo, after: RasterInfo) -> tuple[int, int]:
    """Return one band of each raster that shows the same: by common name, by wavelength, else the first of each."""
    by_name = {band.common_name: band.number for band in reversed(after.data_bands) if band.common_name}
    named = {band.common_name: band.number for band in reversed(before.data_bands) if band.common_name in by_name}
    for name in (*_PREFERRED, *named):
        if name in named:
            return named[name], by_name[name]
    gaps = [
        (abs(one.wavelength_um - other.wavelength_um), one.number, other.number)
        for one in before.data_bands
        for other in after.data_bands
        if one.wavelength_um is not None and other.wavelength_um is not None
    ]
    if gaps and min(gaps)[0] <= _SAME_BAND_UM:
        _, first, second = min(gaps)
        return first, second
    one, other = ((raster.data_bands or raster.bands)[0] for raster in (before, after))
    return one.number, other.number
