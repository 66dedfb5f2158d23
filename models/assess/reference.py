"""What is true, as samples on the pixels of a class raster; here from another raster."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import RasterError, SettingsError
from ..raster.align import align_raster
from ..raster.class_styles import read_class_styles
from ..raster.grid import Grid, Window
from ..raster.source import BandReader, RasterInfo
from .class_match import ReferenceClass

Samples = tuple[NDArray[np.intp], NDArray[np.int64]]
"""positions in a flattened window, and the code of the reference class at each; a position may occur several times"""


class Reference(Protocol):
    """True classes on the pixels of a raster."""

    name: str
    kind: str
    """``raster``, ``polygons`` or ``points``"""
    notes: list[str]
    left_out: dict[str, int]
    """samples that can't be used, by reason, as far as they have been met"""

    def samples(self, window: Window) -> Samples:
        """Return the samples in a window; raise RasterError when they can't be read."""
        ...

    def classes(self, codes: list[int]) -> dict[int, ReferenceClass]:
        """Return what the reference calls the classes of *codes*."""
        ...


def whole_numbers(values: NDArray[Any], valid: NDArray[np.bool_] | None, name: str) -> NDArray[np.int64]:
    """Return pixel values as class numbers; raise RasterError when a valid one is no whole number."""
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    shown = values if valid is None else np.where(valid, values, 0)
    numbers = np.rint(shown).astype(np.int64)
    if not np.array_equal(numbers, shown):
        odd = float(shown[numbers != shown][0])
        raise RasterError(
            f"{name} holds the value {odd:.6g}; expected the whole numbers of classes. Give a class raster, or the "
            "BAND that holds the classes."
        )
    return numbers


class RasterReference:
    """Every pixel of another raster; brought to the class raster's grid by nearest neighbour."""

    kind = "raster"

    def __init__(self, raster: RasterInfo, band: int, grid: Grid) -> None:
        """Open band *band* (from 1) of the raster for reading on *grid*."""
        check_band(raster, band, "REFERENCE_BAND")
        self.name = raster.name
        self._names = read_class_styles(raster.path, band)
        aligned = align_raster(raster, grid, "nearest")
        self._reader = BandReader(aligned, (band,))
        self.left_out: dict[str, int] = {}
        self.notes = (
            [] if aligned is raster else [f"{raster.name} lies on another grid: each pixel takes its nearest value."]
        )

    def samples(self, window: Window) -> Samples:
        """Return all pixels that hold data."""
        values, valid = self._reader.read(window)
        codes = whole_numbers(values[0], valid, self.name).ravel()
        if valid is None:
            return np.arange(codes.size), codes
        places = np.flatnonzero(valid)
        count(self.left_out, "no data in the reference", codes.size - places.size)
        return places, codes[places]

    def classes(self, codes: list[int]) -> dict[int, ReferenceClass]:
        """Return names where the file has them, and the pixel values."""
        return {code: ReferenceClass(self._names[code].name if code in self._names else "", code) for code in codes}


def check_band(raster: RasterInfo, band: int, parameter: str) -> None:
    """Raise SettingsError when the raster has no such band."""
    if not 1 <= band <= len(raster.bands):
        raise SettingsError(
            f"{parameter} is {band}; {raster.name} has the bands {raster.list_bands()}. Give one of them."
        )


def count(counts: dict[str, int], reason: str, number: int) -> None:
    """Add to a reason's number, so that only those that occur are listed."""
    if number:
        counts[reason] = counts.get(reason, 0) + int(number)
