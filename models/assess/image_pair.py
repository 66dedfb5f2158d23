"""Two images to be compared: their bands side by side, on one grid, as reflectance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..card.types import BandSpec, InputSpec
from ..errors import RasterError, SettingsError
from ..raster.align import align_raster
from ..raster.band_match import match_bands
from ..raster.bands import choose_bands
from ..raster.grid import Window
from ..raster.source import BandInfo, BandReader, RasterInfo

_ANY_BANDS = InputSpec("image", "BCHW", (None, None, None, None), "float32")


@dataclass(frozen=True)
class ValueScale:
    """What the user says of stored numbers: reflectance = stored × scale + offset; None: what the file says."""

    scale: float | None = None
    offset: float | None = None

    def else_from(self, other: ValueScale) -> ValueScale:
        """Return what is said here, and of *other* what is not said here."""
        return ValueScale(
            other.scale if self.scale is None else self.scale, other.offset if self.offset is None else self.offset
        )

    @property
    def is_given(self) -> bool:
        """True when the user says anything."""
        return self.scale is not None or self.offset is not None


@dataclass(frozen=True)
class PairedImage:
    """One of the two images: which bands, and the factor and offset from stored numbers to reflectance of each."""

    raster: RasterInfo
    numbers: tuple[int, ...]
    formulas: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ImagePair:
    """The image and its reference on the image's grid, band by band."""

    image: PairedImage
    reference: PairedImage
    band_names: tuple[str, ...]
    notes: tuple[str, ...]
    """what had to be done to bring the two together"""


def pair_images(
    image: RasterInfo, reference: RasterInfo, requested: str, image_scale: ValueScale, reference_scale: ValueScale
) -> ImagePair:
    """Bring the reference to the image's grid and its bands to the image's order.

    *requested* names the image's bands to compare (numbers or names, with commas); empty: all but classes and bit
    masks. Raises RasterError or SettingsError when they can't be brought together.
    """
    notes = []
    numbers = _image_bands(image, requested)
    others, how = _reference_bands(image, numbers, reference, bool(requested.strip()))
    if how:
        notes.append(how)
    aligned = align_raster(reference, image.grid)
    if aligned is not reference:
        notes.append(
            f"{reference.name} lies on another grid than {image.name}: it was resampled bilinearly, which smooths it, "
            "and the figures are those of the resampled image."
        )
    return ImagePair(
        PairedImage(image, numbers, _formulas(image, numbers, image_scale, "SCALE")),
        PairedImage(aligned, others, _formulas(reference, others, reference_scale, "REFERENCE_SCALE")),
        tuple(image.bands[number - 1].name or f"band {number}" for number in numbers),
        tuple(notes),
    )


def _image_bands(image: RasterInfo, requested: str) -> tuple[int, ...]:
    if requested.strip():
        return choose_bands(_ANY_BANDS, image, requested).numbers
    numbers = tuple(band.number for band in image.data_bands if not band.is_categorical)
    if not numbers:
        raise RasterError(f"{image.name} holds no band that can be compared; it has {image.list_bands()}.")
    return numbers


def _reference_bands(
    image: RasterInfo, numbers: tuple[int, ...], reference: RasterInfo, is_requested: bool
) -> tuple[tuple[int, ...], str]:
    """Return the reference's bands in the order of the image's, and a note where only their order tells."""
    chosen = [image.bands[number - 1] for number in numbers]
    if all(band.has_own_name for band in chosen):
        found = match_bands([BandSpec(band.name) for band in chosen], reference).found
        if len(found) == len(chosen):
            return tuple(found[place].number for place in range(len(chosen))), ""
    if is_requested and max(numbers) <= len(reference.data_bands):
        return numbers, _mention_names(chosen, [reference.bands[number - 1] for number in numbers])
    others = [band for band in reference.data_bands if not band.is_categorical]
    if len(others) != len(chosen):
        raise RasterError(
            f"{image.name} has {len(chosen)} bands to compare ({image.list_bands()}), {reference.name} has "
            f"{len(others)} ({reference.list_bands()}); expected the same bands. Choose with BANDS which to compare."
        )
    return tuple(band.number for band in others), _mention_names(chosen, others)


def _mention_names(chosen: list[BandInfo], others: list[BandInfo]) -> str:
    if not any(band.has_own_name for band in chosen) or not any(band.has_own_name for band in others):
        return ""
    pairs = ", ".join(f"{a.name or a.number} with {b.name or b.number}" for a, b in zip(chosen, others))
    return f"The bands of the two images have different names and are compared in their order: {pairs}."


def _formulas(
    raster: RasterInfo, numbers: tuple[int, ...], given: ValueScale, parameter: str
) -> tuple[tuple[float, float], ...]:
    return tuple(_formula(raster.bands[number - 1], raster.name, given, parameter) for number in numbers)


def _formula(band: BandInfo, name: str, given: ValueScale, parameter: str) -> tuple[float, float]:
    if given.scale == 0:
        raise SettingsError(f"{parameter} is 0, which makes all values equal; expected a number such as 0.0001.")
    if given.is_given:
        return (1.0 if given.scale is None else given.scale), given.offset or 0.0
    if band.scale == 1 and band.offset == 0 and not band.dtype.startswith("float"):
        raise RasterError(
            f"Expected reflectance from 0 to 1; band {band.number} of {name} holds {band.dtype} numbers and the file "
            f"does not say their scale. Say it with {parameter}, such as 0.0001 for reflectance × 10000."
        )
    return band.scale, band.offset


class PairReader:
    """Reads windows of both images as reflectance. One reader belongs to one thread."""

    def __init__(self, pair: ImagePair) -> None:
        """Open both images."""
        self._sides = [(side, BandReader(side.raster, side.numbers)) for side in (pair.image, pair.reference)]

    def read(self, window: Window) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Return reflectances of the image and of the reference (band, row, column), and where both hold data.

        Values are 0 where one has no data in one of the bands. Raises RasterError when reading fails.
        """
        valid = np.ones((window.height, window.width), np.bool_)
        found = []
        for side, reader in self._sides:
            stored, has_data = reader.read(window)
            if has_data is not None:
                valid &= has_data
            found.append(_reflectance(stored, side.formulas))
        for values in found:
            values[:, ~valid] = 0
        return found[0], found[1], valid


def _reflectance(stored: NDArray[Any], formulas: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    factors, terms = np.array(formulas).T[:, :, np.newaxis, np.newaxis]
    values: NDArray[np.float64] = stored * factors
    values += terms
    return values
