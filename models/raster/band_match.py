"""Which band of a raster is the one that a model names: by name, by common name, by centre wavelength."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..card.types import BandSpec
from .sensors import COMMON_RANGES, ETM, MSI, OLI, common_name, plain_name, sensor_of_names, short_band_name
from .source import BandInfo, RasterInfo

TOLERANCE_UM = 0.02
"""how far a centre wavelength may lie from the wanted one where the raster does not say the band's width"""
TOLERANCE_SHARE = 0.03
"""the same for long waves, as a share of the wavelength"""
_TIE_UM = 1e-4
_NOMINAL_UM = {band.common_name: band.wavelength_um for sensor in (ETM, OLI, MSI) for band in sensor.bands}
# one sensor's name for what another calls by a narrower one
_FAMILIES = (("nir", "nir08"), ("rededge", "rededge071", "rededge075", "rededge078"), ("lwir", "lwir11", "lwir12"))
_BARE_NUMBER = re.compile(r"b\d+", re.IGNORECASE)


@dataclass(frozen=True)
class BandMatch:
    """One band that a model takes, and the band of the raster that it gets."""

    name: str
    """what the model calls it; empty when it has no names"""
    number: int
    """band of the raster, from 1"""
    how: str
    """``name``, ``common name red``, ``wavelength 0.665 µm``, ``BANDS``, ``order``"""


@dataclass(frozen=True)
class Wanted:
    """What is known of a band that a model takes."""

    name: str
    common_name: str
    wavelength_um: float | None


@dataclass
class Matching:
    """The matches found so far, by position in the model's order, and why others were not made."""

    found: dict[int, BandMatch] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    """places for which several bands fit equally well"""

    def is_free(self, band: BandInfo) -> bool:
        """Return True when no band of the model has the raster's band yet."""
        return all(match.number != band.number for match in self.found.values())


def match_bands(specs: Sequence[BandSpec], raster: RasterInfo) -> Matching:
    """Find the model's bands in a raster.

    First by name, then by common name, then by wavelength. Only a name may take a band of the raster twice; where two
    bands fit equally well, none is taken.
    """
    wanted = _explain(specs)
    matching = Matching()
    for place, want in enumerate(wanted):
        _match_name(place, want, raster, matching)
    for is_same in (True, False):
        for place, want in enumerate(wanted):
            if place not in matching.found and place not in matching.refused and want.common_name:
                _match_common_name(place, want, raster, matching, is_same)
    _match_wavelengths(wanted, raster, matching)
    for place, want in enumerate(wanted):
        if place not in matching.found:
            _explain_bare_number(want, raster, matching)
    return matching


def _explain(specs: Sequence[BandSpec]) -> list[Wanted]:
    sensor = sensor_of_names(spec.name for spec in specs)
    wanted = []
    for spec in specs:
        known = sensor.band(spec.name) if sensor else None
        common = common_name(spec.common_name) or common_name(spec.name) or (known.common_name if known else "")
        wavelength = spec.wavelength_um or (known.wavelength_um if known else None)
        wanted.append(Wanted(spec.name, common, wavelength))
    return wanted


def _match_name(place: int, want: Wanted, raster: RasterInfo, matching: Matching) -> None:
    for same in (_same_text, _same_product_name):
        for band in raster.data_bands:
            if same(want.name, band.name, raster) and not _contradicts(want, band):
                matching.found[place] = BandMatch(want.name, band.number, "name")
                return


def _same_text(wanted: str, name: str, _raster: RasterInfo) -> bool:
    return bool(name) and wanted.strip().lower() == name.lower()


def _same_product_name(wanted: str, name: str, raster: RasterInfo) -> bool:
    """Return True for ``B4`` and ``B04`` or ``SR_B4``; they mean the same only where the sensor is known."""
    short = short_band_name(name)
    if not short or raster.sensor is None:
        return False
    return plain_name(short_band_name(wanted) or wanted) == plain_name(short)


def _contradicts(want: Wanted, band: BandInfo) -> bool:
    """Return True when the same name means another colour: B4 is red for Sentinel-2, near infrared for Landsat 5."""
    if not want.common_name or not band.common_name:
        return False
    return want.common_name != band.common_name and not _is_related(want.common_name, band.common_name)


def _is_related(first: str, second: str) -> bool:
    return any(first in family and second in family for family in _FAMILIES)


def _match_common_name(place: int, want: Wanted, raster: RasterInfo, matching: Matching, is_same: bool) -> None:
    candidates = [
        band
        for band in raster.data_bands
        if band.common_name
        and (band.common_name == want.common_name if is_same else _is_related(band.common_name, want.common_name))
        and matching.is_free(band)
    ]
    if len(candidates) == 1:
        how = f"common name {candidates[0].common_name}"
        matching.found[place] = BandMatch(want.name, candidates[0].number, how)
    elif candidates and want.wavelength_um is None:
        matching.refused.add(place)
        matching.reasons.append(f"{want.name} could be {_list(candidates)}")


def _match_wavelengths(wanted: Sequence[Wanted], raster: RasterInfo, matching: Matching) -> None:
    nearest: dict[int, tuple[float, int, BandInfo]] = {}
    for place, want in enumerate(wanted):
        if place in matching.found or place in matching.refused:
            continue
        near = sorted(
            ((distance, band.number, band) for band in raster.data_bands if matching.is_free(band)
             and (distance := _distance(want, band)) is not None),
            key=lambda item: item[:2],
        )  # fmt: skip
        if len(near) > 1 and near[1][0] - near[0][0] < _TIE_UM:
            matching.reasons.append(f"{want.name} lies equally near to {_list([near[0][2], near[1][2]])}")
        elif near:
            nearest[place] = near[0]
    for place, (_, number, band) in sorted(nearest.items(), key=lambda item: item[1][0]):
        if matching.is_free(band):
            matching.found[place] = BandMatch(wanted[place].name, number, f"wavelength {band.wavelength_um:.4g} µm")
        else:
            matching.reasons.append(f"{wanted[place].name} is nearest to {_list([band])}, which another band has taken")


def _distance(want: Wanted, band: BandInfo) -> float | None:
    """Return how far the centres lie from each other, µm; None when that is too far or one is unknown."""
    if band.wavelength_um is None or band.is_categorical or _contradicts(want, band):
        return None
    if want.wavelength_um is not None:
        half_width = band.fwhm_um / 2 if band.fwhm_um else max(TOLERANCE_UM, TOLERANCE_SHARE * want.wavelength_um)
        distance = abs(band.wavelength_um - want.wavelength_um)
        return distance if distance <= half_width + _TIE_UM / 10 else None
    if want.common_name not in COMMON_RANGES:
        return None
    low, high = COMMON_RANGES[want.common_name]
    if not low <= band.wavelength_um <= high:
        return None
    return abs(band.wavelength_um - _NOMINAL_UM.get(want.common_name, (low + high) / 2))


def _explain_bare_number(want: Wanted, raster: RasterInfo, matching: Matching) -> None:
    """Say why ``B5`` was not taken for the model's ``B05``: it is another colour on every other sensor."""
    if raster.sensor is not None:
        return
    bare = [band for band in raster.data_bands if _BARE_NUMBER.fullmatch(band.name)]
    if bare and (want.common_name or _BARE_NUMBER.fullmatch(want.name)):
        reason = (
            "band numbers mean other colours on Sentinel-2 than on each Landsat, and nothing says which sensor it is"
        )
        if reason not in matching.reasons:
            matching.reasons.append(reason)


def _list(bands: Sequence[BandInfo]) -> str:
    return " or ".join(f"band {band.number}" + (f" ({band.name})" if band.name else "") for band in bands)
