"""What STAC says of bands by name: STAC 1.1 ``bands``, ``eo:bands`` and ``raster:bands``, wherever they are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .types import BandSpec

_LISTS = ("bands", "eo:bands", "raster:bands")
_COMMON_NAMES = ("common_name", "eo:common_name", "geonnx:common_name")
_WAVELENGTHS = ("center_wavelength", "eo:center_wavelength")
_LONGEST_UM = 1e6
_MOST_BANDS = 65536


def collect_definitions(*holders: object) -> dict[str, BandSpec]:
    """Return name → definition from STAC objects (properties, assets, summaries, items, collections).

    What the first holder leaves open is filled from the later ones.
    """
    found: dict[str, BandSpec] = {}
    for holder in holders:
        for entry in _entries(holder):
            spec = read_definition(entry)
            if spec.name:
                found[spec.name] = merge(found[spec.name], spec) if spec.name in found else spec
    return found


def _entries(holder: object) -> Iterator[dict[str, Any]]:
    if not isinstance(holder, dict):
        return
    for key in _LISTS:
        listed = holder.get(key)
        if isinstance(listed, list):
            yield from (entry for entry in listed if isinstance(entry, dict))


def read_definition(entry: Mapping[str, Any]) -> BandSpec:
    """Return what an object says of one band; everything that it does not say stays empty."""
    name = entry.get("name")
    common = next((entry[key] for key in _COMMON_NAMES if isinstance(entry.get(key), str)), "")
    wavelength = next((entry[key] for key in _WAVELENGTHS if _is_wavelength(entry.get(key))), None)
    number = entry.get("geonnx:number")
    is_number = isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= _MOST_BANDS
    return BandSpec(
        name=name if isinstance(name, str) else "",
        common_name=common,
        wavelength_um=None if wavelength is None else float(wavelength),
        number=number if is_number else None,
    )


def _is_wavelength(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < _LONGEST_UM


def merge(first: BandSpec, second: BandSpec) -> BandSpec:
    """Return *first* with what it leaves open taken from *second*."""
    wavelength = second.wavelength_um if first.wavelength_um is None else first.wavelength_um
    return replace(
        first,
        common_name=first.common_name or second.common_name,
        wavelength_um=wavelength,
        number=first.number or second.number,
    )
