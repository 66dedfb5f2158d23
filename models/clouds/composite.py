"""Clouds filled without a model, from the clear pixels of other dates: what every model has to beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..card.types import BandSpec, InputSpec
from ..errors import RasterError
from ..gaps import GapFinder
from ..raster.band_match import match_bands
from ..raster.bands import choose_bands
from ..raster.grid import Window
from ..raster.source import BandInfo, BandReader, RasterInfo
from .keep_clear import Restored
from .masks import MaskReader, quality_rule
from .timeline import Moment, Timeline

Method = Literal["nearest", "median", "regression"]
_NO_SURFACE = ("AOT", "WVP")
"""bands of Sentinel-2 products that are about the air"""


@dataclass(frozen=True)
class Clear:
    """One date of a window: values in stored numbers of the target (band, row, column), and where they are clear."""

    values: NDArray[np.float32]
    clear: NDArray[np.bool_]


def temporal_median(dates: Sequence[Clear]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the median of the clear dates of each pixel (mean of the middle two), and which pixels have any.

    Band by band, dates in any order; a pixel without a clear date is 0.
    """
    clear = np.stack([date.clear for date in dates])
    count = clear.sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, np.maximum(count - 1, 0))
    result = np.empty(dates[0].values.shape, np.float32)
    for band, plane in enumerate(result):
        ranked = np.stack([date.values[band] for date in dates])
        ranked[~clear] = np.inf
        ranked.sort(axis=0)
        middle = np.take_along_axis(ranked, low[np.newaxis], axis=0) / 2
        middle += np.take_along_axis(ranked, high[np.newaxis], axis=0) / 2
        plane[...] = middle[0]
    result[:, count == 0] = 0
    return result, count > 0


def nearest_clear(dates: Sequence[Clear]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return each pixel from the first of *dates* (nearest first) that is clear there, and which pixels have any."""
    result = np.zeros(dates[0].values.shape, np.float32)
    found = np.zeros(dates[0].clear.shape, bool)
    for date in dates:
        takes = date.clear & ~found
        np.copyto(result, date.values, where=takes)
        found |= takes
    return result, found


_MERGES: dict[Method, Callable[[Sequence[Clear]], tuple[NDArray[np.float32], NDArray[np.bool_]]]] = {
    "median": temporal_median,
    "nearest": nearest_clear,
}


class CompositeReader:
    """Makes windows of the composite from all dates. One reader belongs to one thread."""

    def __init__(
        self,
        timeline: Timeline,
        bands: Sequence[tuple[int, ...]],
        method: Method,
        growth_px: int,
        *,
        with_target: bool,
        gaps: GapFinder | None = None,
    ) -> None:
        """Open the dates; *bands* are the numbers to read of each moment of the timeline, in the same order.

        Without the target, the composite shows what the others do, also where the target is clear: a seam needs that.
        *gaps* looks at what is read.
        """
        self._merge = _MERGES[method]
        numbers = {moment.place: chosen for moment, chosen in zip(timeline.moments, bands)}
        target = band_infos(timeline.target.raster, numbers[timeline.target.place])
        self._dates = [
            DateReader(moment, numbers[moment.place], target, growth_px, gaps)
            for moment in timeline.nearest_first()
            if with_target or moment.place != timeline.target.place
        ]

    def read(self, window: Window) -> Restored:
        """Return the composite of a window of the common grid; nothing where no date is clear."""
        values, found = self._merge([date.read(window) for date in self._dates])
        return Restored(values, found)


class DateReader:
    """Reads one date in the stored numbers of the target. One reader belongs to one thread."""

    def __init__(
        self,
        moment: Moment,
        numbers: tuple[int, ...],
        target: Sequence[BandInfo],
        growth_px: int,
        gaps: GapFinder | None = None,
    ) -> None:
        """Open the bands *numbers* of a date, which are to be in the numbers of the bands *target*, and its mask.

        *gaps* looks at what is read.
        """
        self.grid = moment.raster.grid
        self._raster, self._numbers, self._gaps = moment.raster, numbers, gaps
        self._reader = BandReader(moment.raster, numbers)
        self._mask = None if moment.mask is None else MaskReader(moment.mask, growth_px)
        pairs = [_conversion(band, wanted) for band, wanted in zip(band_infos(moment.raster, numbers), target)]
        self._factors = np.array([factor for factor, _ in pairs], np.float64).reshape(-1, 1, 1)
        self._shifts = np.array([shift for _, shift in pairs], np.float64).reshape(-1, 1, 1)

    def read(self, window: Window) -> Clear:
        """Return the pixels of a window of the common grid."""
        stored, valid = self._reader.read(window)
        clear = np.ones(stored.shape[1:], bool) if valid is None else valid
        if self._mask is not None:
            clear = clear & ~self._mask.read(window)
        if self._gaps is not None:
            self._gaps.look_at_window(self._raster, self._numbers, stored, clear)
        if (self._factors == 1).all() and not self._shifts.any():
            return Clear(stored.astype(np.float32), clear)
        return Clear((stored * self._factors + self._shifts).astype(np.float32), clear)


def _conversion(band: BandInfo, target: BandInfo) -> tuple[float, float]:
    """Return factor and shift from a band's stored numbers to the target's that mean the same."""
    if all((item.scale, item.offset) != (1.0, 0.0) for item in (band, target)):
        return band.scale / target.scale, (band.offset - target.offset) / target.scale
    return 1.0, band.harmonizing_offset - target.harmonizing_offset


def band_infos(raster: RasterInfo, numbers: Sequence[int]) -> tuple[BandInfo, ...]:
    """Return the bands of a raster that have these numbers, from 1."""
    return tuple(raster.bands[number - 1] for number in numbers)


def composite_bands(timeline: Timeline, requested: str) -> list[tuple[int, ...]]:
    """Return the bands to read of each moment: those that `target_bands` gives, and the same of the other dates.

    Raises SettingsError or RasterError when a date lacks one.
    """
    target = timeline.target.raster
    chosen = target_bands(target, requested)
    return [bands_like(target, chosen, moment.raster) for moment in timeline.moments]


def target_bands(target: RasterInfo, requested: str) -> tuple[int, ...]:
    """Return the bands that BANDS names of the target, else all that show the ground; raise SettingsError."""
    if requested.strip():
        free = InputSpec("image", "BCHW", (None,) * 4, "float32")
        return choose_bands(free, target, requested).numbers
    return surface_bands(target)


def bands_like(target: RasterInfo, chosen: tuple[int, ...], raster: RasterInfo) -> tuple[int, ...]:
    """Return the bands of a raster that have the names of the *chosen* of the target; the same numbers without names.

    Raises RasterError when it lacks one.
    """
    same = [(band.number, band.name) for band in target.data_bands]
    if [(band.number, band.name) for band in raster.data_bands] == same and max(chosen) <= len(raster.bands):
        return chosen
    bands = band_infos(target, chosen)
    named = all(band.has_own_name for band in bands)
    wanted = tuple(BandSpec(band.name, band.common_name, band.wavelength_um) for band in bands) if named else ()
    spec = InputSpec("image", "BCHW", (None, len(chosen), None, None), "float32", bands=wanted)
    try:
        return choose_bands(spec, raster, "").numbers
    except RasterError:
        raise RasterError(_explain_lack(target, wanted, raster)) from None


def _explain_lack(target: RasterInfo, wanted: Sequence[BandSpec], raster: RasterInfo) -> str:
    """Return why a date can't fill another: it lacks some of the *wanted* bands, or nothing says which they are."""
    day = "" if raster.acquired is None else f" of {raster.acquired.isoformat()}"
    found = match_bands(wanted, raster).found
    missing = ", ".join(spec.name for place, spec in enumerate(wanted) if place not in found)
    lack = f"lacks {missing}" if missing else "has other bands, without names to tell which"
    return (
        f"{raster.name}{day} {lack} (it has {raster.list_bands()}), and {target.name} is to be filled from it: name "
        "with BANDS those that all dates have, leave this date out, or take METHOD=regression, which predicts from "
        "other bands too."
    )


def surface_bands(raster: RasterInfo) -> tuple[int, ...]:
    """Return the numbers of the bands that show the ground."""
    return tuple(band.number for band in raster.data_bands if not _is_about_air_or_quality(band))


def _is_about_air_or_quality(band: BandInfo) -> bool:
    return band.is_categorical or band.name.upper() in _NO_SURFACE or quality_rule(band.name) is not None


def composite_pixel_bytes(timeline: Timeline, bands: Sequence[tuple[int, ...]]) -> int:
    """Return about how much memory a pixel of a window takes: every date as floats, and once more while sorting."""
    return sum(8 * len(numbers) for numbers in bands) + 16 * len(timeline.moments)
