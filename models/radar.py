"""Radar backscatter in decibels or as linear power: what a raster holds, and how it becomes what a model wants.

dB = 10 · log10(power). Power of 0 or less (noise subtracted, borders) has no decibels and counts as -50 dB, far below
the noise floor of Sentinel-1 (ESA, Sentinel-1 Product Specification: noise equivalent sigma zero at most -22 dB).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .card.types import InputSpec, RadarUnit
from .raster.sample import sample_pixels
from .raster.source import BandInfo, RasterInfo
from .scaling import BandTransform, RadarStep, band_steps, band_transform

POLARISATIONS = ("vv", "vh", "hh", "hv")
_DECIBEL_NAME = re.compile(r"(?<![a-z0-9])db(?![a-z0-9])|decibel", re.IGNORECASE)
_POWER_NAME = re.compile(r"(?<![a-z0-9])(lin|linear|power|intensity)(?![a-z0-9])", re.IGNORECASE)


def is_radar_name(name: str) -> bool:
    """Return True for names of radar bands, such as VV, VH_dB or Gamma0_HH."""
    words = re.split(r"[^a-z0-9]+", name.lower())
    return any(word in POLARISATIONS for word in words)


def radar_places(spec: InputSpec, count: int) -> tuple[int, ...]:
    """Return which of *count* bands of an input are radar: all of a radar input, else those named VV, VH, HH, HV."""
    if spec.role == "sar":
        return tuple(range(count))
    return tuple(place for place, band in enumerate(spec.bands[:count]) if is_radar_name(band.name))


def find_unit(raster: RasterInfo, band: BandInfo) -> tuple[RadarUnit, str]:
    """Return what the values of a radar band are, and by what that was found.

    The band's unit comes first, then its name and the file's (dB, lin, linear, power, intensity); else a sample of the
    values tells: most backscatter is below 1, so its decibels are negative, and power never is.
    """
    for text, source in ((band.unit, "its unit"), (band.name, "its name"), (raster.name, "the file's name")):
        plain = re.sub(r"[_\-.]", " ", text)
        if _DECIBEL_NAME.search(plain):
            return "db", source
        if _POWER_NAME.search(plain):
            return "power", source
    values = sample_pixels(raster, (band.number,), raster.grid.window)[0] * band.scale + band.offset
    values = values[values != 0]  # where nothing says otherwise, 0 is no data
    if values.size and float(np.median(values)) < 0:
        return "db", "its values, most of which are negative"
    return "power", "its values, most of which are not negative"


def radar_transforms(
    spec: InputSpec,
    raster: RasterInfo,
    bands: Sequence[BandInfo],
    transforms: tuple[BandTransform, ...],
    held: RadarUnit,
) -> tuple[BandTransform, ...]:
    """Return *transforms* with those of radar bands replaced where the model wants another unit than *raster* holds.

    *held* is what the user says that the raster holds; empty: found out by `find_unit`. Scale and offset of the file
    count, those of OPTIONS do not: they are about the optical image.
    """
    places = radar_places(spec, len(bands)) if spec.radar_unit else ()
    steps = band_steps(spec, len(bands))
    found = list(transforms)
    for place in places:
        band = bands[place]
        unit = held or find_unit(raster, band)[0]
        if unit == spec.radar_unit:
            found[place] = band_transform(steps[place], band.scale, band.offset)
        else:
            radar = RadarStep(spec.radar_unit, band.scale, band.offset)
            found[place] = replace(band_transform(steps[place], 1.0, 0.0), radar=radar)
    return tuple(found)


def explain_radar(spec: InputSpec, raster: RasterInfo, bands: Sequence[BandInfo], held: RadarUnit) -> str:
    """Return one sentence on how radar values are read; empty when the card does not say what it wants."""
    places = radar_places(spec, len(bands)) if spec.radar_unit else ()
    if not places:
        return ""
    names = {"db": "decibels", "power": "linear power", "": ""}
    unit, how = (held, "OPTIONS") if held else find_unit(raster, bands[places[0]])
    change = "as the model wants it" if unit == spec.radar_unit else f"converted to {names[spec.radar_unit]}"
    return f"Radar of {raster.name}: {names[unit]} by {how}, {change}."
