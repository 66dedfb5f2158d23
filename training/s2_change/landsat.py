"""The Landsat pairs of Taizhou and Nanjing as reflectance, by the sensors' published calibration.

Digital numbers become radiance and top-of-atmosphere reflectance by the ranges and solar irradiances of Chander et al.
(2009, Remote Sensing of Environment 113, tables 3, 4 and 5). The sun's height comes from date, place and the time of
the overpass, about 10:00 for Landsat 7 and 9:45 for Landsat 5, mean solar time. Nothing is fitted to the images or to
the labels. The gain of Landsat 7's band 4 is not recorded beside the files: the high one is assumed in both years,
since with the low one the darkest water would reflect 7 % in near infrared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from osgeo import gdal

gdal.UseExceptions()


@dataclass(frozen=True)
class Sensor:
    """Calibration of the bands 1, 2, 3, 4, 5 and 7 (W m⁻² sr⁻¹ µm⁻¹)."""

    lowest: tuple[float, ...]
    """radiance of the digital number 1"""
    highest: tuple[float, ...]
    """radiance of the digital number 255"""
    sun: tuple[float, ...]
    """mean solar irradiance above the atmosphere, W m⁻² µm⁻¹"""
    hour: float
    """mean solar time of the overpass at these latitudes"""


ETM = Sensor(
    (-6.2, -6.4, -5.0, -5.1, -1.0, -0.35), (191.6, 196.5, 152.9, 157.4, 31.06, 10.80),
    (1997, 1812, 1533, 1039, 230.8, 84.90), 10.0,
)  # fmt: skip
TM = Sensor(
    (-1.52, -2.84, -1.17, -1.51, -0.37, -0.15), (193.0, 365.0, 264.0, 221.0, 30.2, 16.5),
    (1983, 1796, 1536, 1031, 220.0, 83.44), 9.75,
)  # fmt: skip


@dataclass(frozen=True)
class Samples:
    """A labelled pair."""

    name: str
    stored: np.ndarray
    """(2, 6, H, W) uint8 digital numbers"""
    reflectance: np.ndarray
    """(2, 6, H, W) float32"""
    known: np.ndarray
    """(H, W) bool: pixels with a label"""
    changed: np.ndarray
    """(H, W) bool"""


_PAIRS = {
    "Taizhou": (ETM, 32.5, ("2000TM", date(2000, 3, 17)), ("2003TM", date(2003, 2, 6))),
    "Nanjing": (
        TM, 32.0, ("LT51200382000124BJC00_Nanjing", date(2000, 5, 3)),
        ("LT51200382002193BJC00_Nanjing", date(2002, 7, 12)),
    ),
}  # fmt: skip


def sun_height(when: date, latitude: float, hour: float) -> float:
    """Return the sine of the sun's elevation (Cooper's declination; the equation of time is left out)."""
    declination = math.radians(23.45) * math.sin(2 * math.pi * (284 + when.timetuple().tm_yday) / 365)
    place, angle = math.radians(latitude), math.radians(15 * (hour - 12))
    return math.sin(place) * math.sin(declination) + math.cos(place) * math.cos(declination) * math.cos(angle)


def to_reflectance(stored: np.ndarray, sensor: Sensor, when: date, latitude: float) -> np.ndarray:
    """Return top-of-atmosphere reflectance (6, H, W) of digital numbers."""
    table = np.array((sensor.lowest, sensor.highest, sensor.sun), np.float32)[:, :, None, None]
    low, high, sun = table
    radiance = low + (stored - np.float32(1)) * (high - low) / 254
    distance = 1 - 0.01672 * math.cos(2 * math.pi * (when.timetuple().tm_yday - 4) / 365.25)
    return (math.pi * distance**2 * radiance / (sun * sun_height(when, latitude, sensor.hour))).astype(np.float32)


def read_samples(data: Path) -> list[Samples]:
    """Return both labelled pairs."""
    found = []
    for name, (sensor, latitude, *dates) in _PAIRS.items():
        folder = data / "landsat_cd_taizhou_nanjing" / name
        stored = [gdal.Open(str(folder / file)).ReadAsArray() for file, _ in dates]
        bands = [to_reflectance(values, sensor, when, latitude) for values, (_, when) in zip(stored, dates)]
        changed, same = (gdal.Open(str(folder / f"{kind}.bmp")).ReadAsArray() > 0 for kind in ("change", "unchanged"))
        # a pixel that both call theirs is left out
        found.append(Samples(name, np.stack(stored), np.stack(bands), changed ^ same, changed))
    return found
