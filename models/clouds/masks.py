"""Which pixels of a date are cloudy: what the values of a mask mean, and windows of it on the grid of the run.

Facts: Sentinel-2 scene classification: ESA, Sentinel-2 Level-2A Algorithm Theoretical Basis Document
(S2-PDGS-MPC-ATBD-L2A), classes 0 no data, 1 saturated, 3 cloud shadow, 8 and 9 cloud of medium and high probability,
10 thin cirrus. Landsat Collection 2 QA_PIXEL: USGS, Landsat 8-9 Level 2 Science Product Guide (LSDS-1619), bits 0 fill,
1 dilated cloud, 2 cirrus, 3 cloud, 4 cloud shadow (LSDS-1618 for Landsat 4-7: bit 2 unused).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal

from ..errors import RasterError, SettingsError
from ..raster.align import align_raster
from ..raster.blocks import grow
from ..raster.class_styles import read_class_styles
from ..raster.gdal_errors import gdal_errors
from ..raster.grid import Grid, Window
from ..raster.source import BandInfo, BandReader, RasterInfo, describe_raster, open_dataset
from .distance import capped_distance

SCL_CLOUDY = (0, 1, 3, 8, 9, 10)
QA_PIXEL_CLOUDY = 0b11111
_SCL_NAMES = re.compile(r"(^|_)SCL(_\d+m)?$", re.IGNORECASE)
_QA_PIXEL_NAMES = re.compile(r"(^|_)QA_PIXEL$", re.IGNORECASE)
_CLOUDY_NAME = re.compile(r"cloud|cirrus|shadow|haze|\bfog\b", re.IGNORECASE)
_CLEAR_NAME = re.compile(
    r"clear|cloud[ _-]?(free|less)|(no|not|non|without)[ _-]*(cloud|shadow)|"
    r"(terrain|topographic|cast|building)[ _-]*shadow|under[ _-]?cloud",
    re.IGNORECASE,
)
_EMPTY_NAME = re.compile(r"(class )?-?\d+", re.IGNORECASE)
"""says no more than the value itself, as in maps of models without names of classes"""


@dataclass(frozen=True)
class MaskRule:
    """What the values of a mask mean: cloudy values, or bits any of which means cloudy; neither: all but zero."""

    how: str
    """the middle of a sentence for the log"""
    values: tuple[int, ...] = ()
    bits: int = 0

    def cloudy(self, stored: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
        """Return where *stored* values mean clouds; where a mask says nothing (nodata, NaN), a pixel counts as clear.

        For classes and bits that mean "no data" by themselves, the rule knows them.
        """
        if stored.dtype.kind == "f":
            stored = np.where(np.isfinite(stored), stored, 0)
        if self.values:
            return np.isin(stored, self.values)
        if self.bits:
            return (stored.astype(np.int64) & self.bits) != 0
        cloudy: NDArray[np.bool_] = stored != 0
        return cloudy if nodata is None else cloudy & (stored != nodata)


NOT_ZERO = MaskRule("all but 0 is cloudy")
SCL_RULE = MaskRule("scene classes 3, 8, 9, 10 (0, 1: no data)", SCL_CLOUDY)
QA_PIXEL_RULE = MaskRule("bits of fill, dilated cloud, cirrus, cloud and shadow", bits=QA_PIXEL_CLOUDY)


def quality_rule(name: str) -> MaskRule | None:
    """Return what the values of a quality band of that name mean; None for names of other bands."""
    if _SCL_NAMES.search(name):
        return SCL_RULE
    return QA_PIXEL_RULE if _QA_PIXEL_NAMES.search(name) else None


def is_cloudy_name(name: str) -> bool:
    """Return True for names of classes that hide the ground: cloud, thin cirrus, cloud shadow, and their like."""
    return bool(_CLOUDY_NAME.search(name)) and not _CLEAR_NAME.search(name)


def class_rule(names: dict[int, str]) -> MaskRule | None:
    """Return the rule for a class raster; None where none of its classes is named after clouds or shadows."""
    cloudy = tuple(value for value, name in sorted(names.items()) if is_cloudy_name(name))
    if not cloudy:
        return None
    return MaskRule(", ".join(f"{value} {names[value]}" for value in cloudy)[:200], cloudy)


def given_rule(raster: RasterInfo) -> MaskRule:
    """Return what the values of one of CLOUD_MASKS mean: classes by their names, else all but 0 is cloudy.

    Raises SettingsError for maps of something else: those whose values other than 0 have names, none of which is that
    of a cloud or a shadow.
    """
    names = class_names(raster.path)
    rule = class_rule(names)
    if rule is not None:
        return rule
    others = [name for value, name in sorted(names.items()) if value != 0 and not _EMPTY_NAME.fullmatch(name)]
    if others:
        raise SettingsError(
            f"CLOUD_MASKS should say where the clouds are; found {raster.name}, a class raster in which no class is "
            f"named after clouds or shadows ({', '.join(others)[:200]}): give a mask in which all but 0 is cloudy, or "
            "one with classes named cloud, shadow, cirrus or haze."
        )
    return NOT_ZERO


def class_names(path: str) -> dict[int, str]:
    """Return the names of the classes of a raster's first band."""
    return {value: style.name for value, style in read_class_styles(path).items()}


@dataclass(frozen=True)
class CloudMask:
    """The mask of one date on the grid of the run."""

    raster: RasterInfo
    rule: MaskRule
    source: str
    """where it comes from, for the log"""
    made_by: str = ""
    """what decided its pixels, where a cloud model of this run made it; empty: it was there before"""

    def cloudy_share(self) -> float:
        """Return about how much of the raster is cloudy, from one reading of at most 512 × 512 pixels."""
        dataset = open_dataset(self.raster.path)
        band, grid = dataset.GetRasterBand(1), self.raster.grid
        size = {"buf_xsize": min(grid.width, 512), "buf_ysize": min(grid.height, 512)}
        with gdal_errors(RasterError, f"{self.raster.name} can't be read"):
            stored = band.ReadAsArray(0, 0, grid.width, grid.height, **size)
        return float(self.rule.cloudy(stored, self.raster.bands[0].nodata).mean())


def make_mask(raster: RasterInfo, number: int, grid: Grid, rule: MaskRule, source: str, made_by: str = "") -> CloudMask:
    """Return band *number* (from 1) of a raster as a mask on *grid*, by nearest neighbour where it lies on another.

    Raises RasterError when it lies elsewhere.
    """
    band = raster.bands[number - 1]
    picked = raster if len(raster.bands) == 1 else _only_band(raster, band)
    return CloudMask(align_raster(picked, grid, "nearest"), rule, source, made_by)


def _only_band(raster: RasterInfo, band: BandInfo) -> RasterInfo:
    source = open_dataset(raster.path)
    with gdal_errors(RasterError, f"{raster.name} can't be read"):
        virtual = gdal.Translate("", source, format="VRT", bandList=[band.number])
        text = "" if virtual is None else virtual.GetMetadata("xml:VRT")[0]
    info = describe_raster(text, raster.grid.crs_wkt)
    return RasterInfo(info.path, raster.name, info.grid, info.bands[:1])


class MaskReader:
    """Reads windows of a mask, with clouds grown by some pixels. One reader belongs to one thread."""

    def __init__(self, mask: CloudMask, growth_px: int = 0) -> None:
        """Open the mask; clouds reach *growth_px* farther than it says."""
        self._mask = mask
        self._growth_px = growth_px
        self._reader = BandReader(mask.raster, (1,))

    def read(self, window: Window) -> NDArray[np.bool_]:
        """Return which pixels (row, column) of a window inside of the raster are cloudy."""
        grown = grow(window, self._growth_px, self._mask.raster.grid.window)
        stored, _ = self._reader.read(grown)
        cloudy = self._mask.rule.cloudy(stored[0], self._mask.raster.bands[0].nodata)
        if self._growth_px:
            cloudy = capped_distance(cloudy, self._growth_px + 1) <= self._growth_px
        return cloudy[window.slices(grown)]
