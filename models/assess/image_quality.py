"""How close an image is to the true one: RMSE, MAE, PSNR, SSIM and SAM, as the cloud-removal literature gives them.

Reflectance from 0 to 1. RMSE and MAE over all bands and pixels together; PSNR = 20·log10(1 / RMSE); SSIM with the
Gaussian 11 × 11 window, mean over pixels, then over bands; SAM = mean angle between the two spectra of a pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Union

import numpy as np
from numpy.typing import NDArray

from ..clouds.masks import NOT_ZERO, MaskRule, class_names, given_rule, quality_rule
from ..errors import RasterError, SettingsError
from ..feedback import Feedback
from ..raster.align import align_raster
from ..raster.blocks import grow
from ..raster.grid import Window
from ..raster.products import open_raster
from ..raster.source import BandReader, RasterInfo
from .blocks import blocks
from .image_pair import ImagePair, PairReader, ValueScale, pair_images
from .ssim import RADIUS_PX, local_ssim, whole_windows

Raster = Union[str, RasterInfo]
WHOLE, CLOUDY, CLEAR = "whole", "cloudy", "clear"
_BRIGHT, _DARK = 1.5, 0.005
"""mean reflectances above and below which the numbers are hardly reflectances"""


@dataclass(frozen=True)
class QualityFigures:
    """The figures of one part of the image, of one band or all. None: nothing to compute it from."""

    pixels: int
    rmse: float | None
    mae: float | None
    psnr_db: float | None
    """None for equal images too, where it is infinite: `rmse` is 0 then"""
    ssim: float | None
    sam_deg: float | None
    """None for a single band"""
    ssim_pixels: int
    """pixels whose whole window holds data; the mean SSIM is over them"""
    sam_pixels: int
    """pixels that have a spectrum other than all zeros in both images"""


@dataclass(frozen=True)
class PartQuality:
    """One part of the image: ``whole``, ``cloudy`` (where the mask says so) or ``clear``."""

    name: str
    figures: QualityFigures
    """all bands together"""
    bands: tuple[QualityFigures, ...]


@dataclass(frozen=True)
class ImageComparison:
    """An image against its reference."""

    image: str
    reference: str
    bands: tuple[str, ...]
    parts: tuple[PartQuality, ...]
    """the whole image, then the cloudy and the clear part where there is a mask"""
    pixels: int
    """all pixels of the part of the raster that was looked at"""
    mean_reflectance: float | None
    """of the reference, over all bands and pixels that were compared"""
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> QualityFigures:
        """The figures of the whole image."""
        return self.parts[0].figures

    @property
    def cloudy(self) -> QualityFigures | None:
        """The figures of the part that the mask marks; None without a mask."""
        return self._part(CLOUDY)

    @property
    def clear(self) -> QualityFigures | None:
        """The figures of the part that the mask leaves; None without a mask."""
        return self._part(CLEAR)

    def _part(self, name: str) -> QualityFigures | None:
        return next((part.figures for part in self.parts if part.name == name), None)


def compare_images(
    image: Raster,
    reference: Raster,
    mask: Raster | None = None,
    *,
    bands: str = "",
    scale: ValueScale | None = None,
    reference_scale: ValueScale | None = None,
    extent: tuple[tuple[float, float], ...] | None = None,
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> ImageComparison:
    """Compare an image with the true one, over the whole and, with a *mask* of clouds (its band 1), both parts.

    Cloudy are the classes that are named so, what SCL and QA_PIXEL call so, and in any other mask all but 0.
    *scale* leads from stored numbers to reflectance and is taken for the reference too unless that has its own;
    without it the files' own scale and offset count. *bands* chooses bands of the image by number or name. *extent* is
    a polygon of map coordinates in the image's CRS: the smallest window around it is treated as if it were the whole
    image. *crs_wkt* is used instead of the image's own CRS. Reference and mask on another grid are resampled as they
    are read, bilinearly and to the nearest pixel. A pixel without data in any band of either image is left out; for
    SSIM also the pixels whose window reaches it or leaves the image. Pixels where the mask has no data belong to
    neither part. Memory does not depend on the size of the images.

    Raises RasterError or SettingsError when the images can't be compared, Cancelled when the user stops.
    """
    feedback = feedback or Feedback()
    scale = scale or ValueScale()
    first, second = _open(image, crs_wkt), _open(reference)
    pair = pair_images(first, second, bands, scale, reference_scale or scale)
    for note in pair.notes:
        feedback.warn(note)
    parts, foreign = _Parts(None, NOT_ZERO), ""
    if mask is not None:
        marked = _open(mask)
        rule, foreign = _mask_rule(marked)
        feedback.log(f"Mask {marked.name}: {rule.how}.")
        parts = _Parts(align_raster(marked, first.grid, "nearest"), rule)
    target = first.grid.window if extent is None else first.grid.window_of(list(extent))
    reader = PairReader(pair)
    sums = {name: _Sums(len(pair.band_names)) for name in parts.names}
    for window in blocks(target, feedback):
        _add_block(sums, parts, reader, window, target)
    return _summarize(pair, sums, target, foreign, feedback)


def _open(raster: Raster, crs_wkt: str | None = None) -> RasterInfo:
    return open_raster(raster, crs_wkt) if isinstance(raster, str) else raster


def _mask_rule(mask: RasterInfo) -> tuple[MaskRule, str]:
    """Return what band 1 of a mask means: SCL and QA_PIXEL by their names, classes by theirs, else all but 0.

    With it the begin of a sentence where it is a map of something else, by the names of its classes; else nothing.
    """
    named = quality_rule(mask.bands[0].name) or quality_rule(Path(mask.name).stem)
    if named is not None:
        return named, ""
    try:
        return given_rule(mask), ""
    except SettingsError:  # no mask of clouds; but it may well mark another part of the image
        names = class_names(mask.path)
    others = ", ".join(name for value, name in sorted(names.items()) if value != 0)[:200]
    zero = f"0 ({names[0]})" if names.get(0) else "0"
    return NOT_ZERO, (
        f"{mask.name}, given as MASK, is a class raster in which no class is named after clouds or shadows ({others}): "
        f"all its values but {zero} were taken for cloudy"
    )


class _Parts:
    """Which pixels belong to which part of the image."""

    def __init__(self, mask: RasterInfo | None, rule: MaskRule) -> None:
        self._rule = rule
        self.names = (WHOLE,) if mask is None else (WHOLE, CLOUDY, CLEAR)
        self._reader = None if mask is None else BandReader(mask, (1,))
        # masks often call 0 nodata, and mean clear; the 0 of scene classes is nodata
        self._zero_is_clear = mask is not None and mask.bands[0].nodata == 0 and 0 not in rule.values

    def read(self, window: Window, valid: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
        """Return the valid pixels of each part (rows, columns)."""
        if self._reader is None:
            return {WHOLE: valid}
        values, is_known = self._reader.read(window)
        marked = self._rule.cloudy(values[0], None)
        if is_known is None or self._zero_is_clear:
            return {WHOLE: valid, CLOUDY: valid & marked, CLEAR: valid & ~marked}
        return {WHOLE: valid, CLOUDY: valid & marked & is_known, CLEAR: valid & ~marked & is_known}


class _Sums:
    """What is added up over the blocks, for one part."""

    def __init__(self, bands: int) -> None:
        self.pixels = self.ssim_pixels = self.sam_pixels = 0
        self.squares, self.absolutes, self.ssim, self.reference = (np.zeros(bands) for _ in range(4))
        self.angles = 0.0


def _add_block(sums: dict[str, _Sums], parts: _Parts, reader: PairReader, window: Window, target: Window) -> None:
    read = grow(window, RADIUS_PX, target)
    image, reference, valid = reader.read(read)
    inside = window.slices(read)
    chosen = parts.read(window, valid[inside])
    difference = image[:, inside[0], inside[1]] - reference[:, inside[0], inside[1]]
    angles = _angles(image[:, inside[0], inside[1]], reference[:, inside[0], inside[1]])
    has_window = whole_windows(valid)
    # the pixels of this block that have a whole window inside what was read: the same everywhere but at the edges
    centres = Window(read.x + RADIUS_PX, read.y + RADIUS_PX, has_window.shape[1], has_window.shape[0])
    judged = centres.intersection(window)
    for name, pixels in chosen.items():
        part = sums[name]
        part.pixels += int(pixels.sum())
        part.squares += np.square(difference).sum(axis=(1, 2), where=pixels)
        part.absolutes += np.abs(difference).sum(axis=(1, 2), where=pixels)
        part.reference += reference[:, inside[0], inside[1]].sum(axis=(1, 2), where=pixels)
        has_angle = pixels & np.isfinite(angles)
        part.sam_pixels += int(has_angle.sum())
        part.angles += float(angles.sum(where=has_angle))
    if judged.empty:
        return
    counted = {
        name: pixels[judged.slices(window)] & has_window[judged.slices(centres)] for name, pixels in chosen.items()
    }
    for name, pixels in counted.items():
        sums[name].ssim_pixels += int(pixels.sum())
    for band, (plane, other) in enumerate(zip(image, reference)):
        similarity = local_ssim(plane, other)[judged.slices(centres)]
        for name, pixels in counted.items():
            sums[name].ssim[band] += similarity.sum(where=pixels)


def _angles(image: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angle between the spectra of each pixel in radians, NaN where one of them is all zeros.

    The arccosine of the cosine, in the form of Kahan that keeps its digits for small angles too.
    """
    lengths = [np.sqrt(np.square(values).sum(axis=0)) for values in (image, reference)]
    has_spectrum = (lengths[0] > 0) & (lengths[1] > 0)
    first, second = (values / np.where(has_spectrum, length, 1) for values, length in zip((image, reference), lengths))
    apart, together = (np.sqrt(np.square(values).sum(axis=0)) for values in (first - second, first + second))
    angles: NDArray[np.float64] = np.where(has_spectrum, 2 * np.arctan2(apart, together), np.nan)
    return angles


def _summarize(
    pair: ImagePair, sums: dict[str, _Sums], target: Window, foreign: str, feedback: Feedback
) -> ImageComparison:
    whole = sums[WHOLE]
    if not whole.pixels:
        raise RasterError(
            f"{pair.image.raster.name} and {pair.reference.raster.name} have no pixel where both hold data, so there "
            "is nothing to compare: give images of the same place, or another EXTENT."
        )
    mean = float(whole.reference.mean() / whole.pixels)
    notes = list(pair.notes)
    if foreign:
        share = sums[CLOUDY].pixels / max(1, sums[CLOUDY].pixels + sums[CLEAR].pixels)
        foreign += f", {share:.1%} of the pixels that were compared. Give a mask of the clouds if that is not meant."
    empty = (f"The {name} part holds no pixel." for name in sums if not sums[name].pixels)
    found = [_suspect(pair, mean), foreign, *empty]
    for note in filter(None, found):
        feedback.warn(note)
        notes.append(note)
    return ImageComparison(
        image=pair.image.raster.name,
        reference=pair.reference.raster.name,
        bands=pair.band_names,
        parts=tuple(_part(name, part) for name, part in sums.items()),
        pixels=target.width * target.height,
        mean_reflectance=mean,
        notes=tuple(notes),
    )


def _suspect(pair: ImagePair, mean: float) -> str:
    if _DARK < abs(mean) < _BRIGHT:
        return ""
    return (
        f"The mean of {pair.reference.raster.name} is {mean:.4g}; expected reflectance from 0 to 1, which PSNR and "
        "SSIM are meant for. Check SCALE and OFFSET."
    )


def _part(name: str, sums: _Sums) -> PartQuality:
    bands = len(sums.squares)
    single = [_figures(sums, slice(band, band + 1), None) for band in range(bands)]
    angle = math.degrees(sums.angles / sums.sam_pixels) if sums.sam_pixels and bands > 1 else None
    return PartQuality(name, _figures(sums, slice(None), angle), tuple(single))


def _figures(sums: _Sums, bands: slice, sam_deg: float | None) -> QualityFigures:
    rmse = mae = psnr = None
    if sums.pixels:
        rmse = math.sqrt(float(sums.squares[bands].mean()) / sums.pixels)
        mae = float(sums.absolutes[bands].mean()) / sums.pixels
        psnr = -20 * math.log10(rmse) if rmse > 0 else None
    return QualityFigures(
        pixels=sums.pixels,
        rmse=rmse,
        mae=mae,
        psnr_db=psnr,
        ssim=float(sums.ssim[bands].mean()) / sums.ssim_pixels if sums.ssim_pixels else None,
        sam_deg=sam_deg,
        ssim_pixels=sums.ssim_pixels,
        sam_pixels=sums.sam_pixels if sam_deg is not None else 0,
    )
