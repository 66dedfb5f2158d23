"""Which bands of a raster a model gets: by number, by name, or by the order when nothing has a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..card.types import InputSpec
from ..errors import RasterError, SettingsError
from .source import RasterInfo

# STAC common names of the Sentinel-2 MSI bands
SENTINEL2_COMMON_NAMES = {
    "b01": "coastal", "b02": "blue", "b03": "green", "b04": "red", "b05": "rededge071", "b06": "rededge075",
    "b07": "rededge078", "b08": "nir", "b8a": "nir08", "b09": "nir09", "b10": "cirrus", "b11": "swir16",
    "b12": "swir22",
}  # fmt: skip
_ONLY_SENTINEL2 = re.compile(r"b0[1-9]|b8a")


@dataclass(frozen=True)
class BandChoice:
    """The bands to read, in the model's order, and one sentence on how they were found."""

    numbers: tuple[int, ...]
    how: str
    is_assumed: bool = False
    """True when nothing but the order supports the choice"""


def choose_bands(spec: InputSpec, raster: RasterInfo, requested: str) -> BandChoice:
    """Return the bands of *raster* that fill the model input *spec*; *requested* is the user's BANDS, may be empty.

    Raises SettingsError when *requested* is wrong, RasterError when a band is missing or nothing tells which to take.
    """
    if requested.strip():
        numbers = _requested_bands(requested, raster)
        if spec.channels is not None and len(numbers) != spec.channels:
            raise SettingsError(
                f"BANDS names {len(numbers)} bands; the model takes {spec.channels}"
                + (f" ({', '.join(spec.band_names)})" if spec.bands else "")
                + f". {raster.name} has the bands {raster.list_bands()}."
            )
        return BandChoice(numbers, f"bands {', '.join(map(str, numbers))} as BANDS says")
    if spec.bands:
        names = band_names(raster)
        found = find_bands(spec.band_names, names)
        if None not in found:
            return BandChoice(
                tuple(number for number in found if number is not None),
                ", ".join(f"{wanted} = band {number}" for wanted, number in zip(spec.band_names, found)),
            )
        if any(names):
            missing = [name for name, number in zip(spec.band_names, found) if number is None]
            raise RasterError(
                f"The model needs the band{'s' if len(missing) > 1 else ''} {', '.join(missing)}; {raster.name} has "
                f"{raster.list_bands()}. Name the bands to use, in the model's order, with BANDS."
            )
    return _bands_by_order(spec, raster)


def _bands_by_order(spec: InputSpec, raster: RasterInfo) -> BandChoice:
    available = raster.data_bands
    wanted = spec.channels
    if wanted is not None and wanted != len(available):
        raise RasterError(
            f"The model takes {wanted} band{'s' if wanted != 1 else ''}"
            + (f" ({', '.join(spec.band_names)})" if spec.bands else "")
            + f"; {raster.name} has {len(available)}: {raster.list_bands()}. Say with BANDS which to use, in the "
            "model's order."
        )
    numbers = tuple(band.number for band in available)
    return BandChoice(numbers, "all bands in the order of the file", is_assumed=bool(spec.bands) or len(numbers) > 1)


def _requested_bands(requested: str, raster: RasterInfo) -> tuple[int, ...]:
    tokens = [token.strip() for token in requested.split(",")]
    numbers = []
    for token in tokens:
        if token.isdigit():
            number: int | None = int(token) if 1 <= int(token) <= len(raster.bands) else None
        else:
            number = find_bands([token], band_names(raster))[0]
        if number is None:
            raise SettingsError(
                f"BANDS asks for '{token}'; {raster.name} has the bands {raster.list_bands()}. Give their numbers or "
                "names, separated by commas."
            )
        numbers.append(number)
    return tuple(numbers)


def band_names(raster: RasterInfo) -> list[str]:
    """Return the name of every band, lower case; empty where the file gives none."""
    return [band.name.lower() for band in raster.bands]


def find_bands(wanted: Sequence[str], names: Sequence[str]) -> list[int | None]:
    """Return the number (from 1) of each wanted band among *names*, by name or by common name; None where absent."""
    is_sentinel2 = any(_ONLY_SENTINEL2.fullmatch(name) for name in names)
    common = [SENTINEL2_COMMON_NAMES.get(name, "") if is_sentinel2 else "" for name in names]
    found: list[int | None] = []
    for name in wanted:
        key = name.strip().lower()
        also = {SENTINEL2_COMMON_NAMES.get(_padded(key), key), _padded(key)} if is_sentinel2 else {key}
        number = next((i + 1 for i, name in enumerate(names) if name == key), None)
        if number is None:
            number = next((i + 1 for i, pair in enumerate(zip(names, common)) if also & (set(pair) - {""})), None)
        found.append(number)
    return found


def _padded(name: str) -> str:
    """Return ``b02`` for ``b2``: both spellings are used for Sentinel-2."""
    return f"b0{name[1]}" if re.fullmatch(r"b\d", name) else name
