"""Which band of which sensor sees what: product names, STAC common names, centre wavelengths.

Common names and their ranges: STAC Electro-Optical extension 2.0 (stac-extensions/eo, README.md, "Common Band Names").
Sentinel-2 MSI: ESA, Sentinel-2 Spectral Response Functions 3.0 (COPE-GSEG-EOPG-TN-15-0007), means of Sentinel-2A.
Landsat TM, ETM+, OLI/TIRS: USGS, "What are the band designations for the Landsat satellites?", middle and width of the
ranges. PlanetScope: Planet, "PlanetScope 8-band asset: band order, wavelengths, and metadata" and, for 4 bands, the
Imagery Product Specification (PS2.SD). NAIP needs no table: cameras differ from year to year, names say all there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SensorBand:
    """One band of a sensor."""

    name: str
    """as products write it, such as ``B04`` or ``B4``"""
    common_name: str
    wavelength_um: float
    fwhm_um: float


@dataclass(frozen=True)
class Sensor:
    """A kind of camera."""

    name: str
    bands: tuple[SensorBand, ...]

    def band(self, name: str) -> SensorBand | None:
        """Return the band of that name, zero-padded or not (``B4``, ``b04``, ``B08A``); None when there is none."""
        wanted = plain_name(name)
        return next((band for band in self.bands if plain_name(band.name) == wanted), None)


def _sensor(name: str, *bands: tuple[str, str, float, float]) -> Sensor:
    return Sensor(name, tuple(SensorBand(*band) for band in bands))


MSI = _sensor(
    "Sentinel-2 MSI",
    ("B01", "coastal", 0.4427, 0.021), ("B02", "blue", 0.4924, 0.066), ("B03", "green", 0.5598, 0.036),
    ("B04", "red", 0.6646, 0.031), ("B05", "rededge071", 0.7041, 0.015), ("B06", "rededge075", 0.7405, 0.015),
    ("B07", "rededge078", 0.7828, 0.020), ("B08", "nir", 0.8328, 0.106), ("B8A", "nir08", 0.8647, 0.021),
    ("B09", "nir09", 0.9451, 0.020), ("B10", "cirrus", 1.3735, 0.031), ("B11", "swir16", 1.6137, 0.091),
    ("B12", "swir22", 2.2024, 0.175),
)  # fmt: skip
TM = _sensor(
    "Landsat TM",
    ("B1", "blue", 0.485, 0.07), ("B2", "green", 0.56, 0.08), ("B3", "red", 0.66, 0.06), ("B4", "nir", 0.83, 0.14),
    ("B5", "swir16", 1.65, 0.20), ("B6", "lwir", 11.45, 2.1), ("B7", "swir22", 2.215, 0.27),
)  # fmt: skip
ETM = _sensor(
    "Landsat ETM+",
    ("B1", "blue", 0.485, 0.07), ("B2", "green", 0.56, 0.08), ("B3", "red", 0.66, 0.06), ("B4", "nir", 0.835, 0.13),
    ("B5", "swir16", 1.65, 0.20), ("B6", "lwir", 11.45, 2.1), ("B7", "swir22", 2.22, 0.26), ("B8", "pan", 0.71, 0.38),
)  # fmt: skip
OLI = _sensor(
    "Landsat OLI",
    ("B1", "coastal", 0.443, 0.016), ("B2", "blue", 0.482, 0.060), ("B3", "green", 0.5615, 0.057),
    ("B4", "red", 0.6545, 0.037), ("B5", "nir08", 0.865, 0.028), ("B6", "swir16", 1.6085, 0.085),
    ("B7", "swir22", 2.2005, 0.187), ("B8", "pan", 0.5895, 0.173), ("B9", "cirrus", 1.3735, 0.021),
    ("B10", "lwir11", 10.895, 0.59), ("B11", "lwir12", 12.005, 1.01),
)  # fmt: skip
PLANETSCOPE_8 = _sensor(
    "PlanetScope, 8 bands",
    ("coastal_blue", "coastal", 0.4415, 0.021), ("blue", "blue", 0.490, 0.050), ("green_i", "green05", 0.531, 0.036),
    ("green", "green", 0.565, 0.036), ("yellow", "yellow", 0.610, 0.020), ("red", "red", 0.665, 0.030),
    ("rededge", "rededge071", 0.705, 0.016), ("nir", "nir", 0.865, 0.040),
)  # fmt: skip
PLANETSCOPE_4 = _sensor(
    "PlanetScope, 4 bands",
    ("blue", "blue", 0.4855, 0.043), ("green", "green", 0.545, 0.056), ("red", "red", 0.630, 0.080),
    ("nir", "nir", 0.820, 0.080),
)  # fmt: skip

COMMON_RANGES = {
    "coastal": (0.40, 0.45), "blue": (0.45, 0.53), "green": (0.51, 0.60), "green05": (0.51, 0.55),
    "yellow": (0.58, 0.62), "red": (0.62, 0.69), "rededge": (0.69, 0.79), "rededge071": (0.69, 0.73),
    "rededge075": (0.73, 0.76), "rededge078": (0.76, 0.79), "nir": (0.76, 1.00), "nir08": (0.80, 0.90),
    "nir09": (0.90, 1.00), "cirrus": (1.35, 1.40), "swir16": (1.55, 1.75), "swir22": (2.08, 2.35),
    "lwir": (10.4, 12.5), "lwir11": (10.5, 11.5), "lwir12": (11.5, 12.5), "pan": (0.40, 1.00),
}  # fmt: skip
"""range of centre wavelengths, µm, that STAC gives each common name"""

_OTHER_SPELLINGS = {
    "aerosol": "coastal", "coastalaerosol": "coastal", "coastalblue": "coastal", "ultrablue": "coastal",
    "greeni": "green05", "green1": "green05", "greenii": "green",
    "rededge1": "rededge071", "rededge2": "rededge075", "rededge3": "rededge078", "vre1": "rededge071",
    "vre2": "rededge075", "vre3": "rededge078", "nearinfrared": "nir", "nir1": "nir", "nir2": "nir08",
    "nirnarrow": "nir08", "narrownir": "nir08", "watervapour": "nir09", "watervapor": "nir09", "swir1": "swir16",
    "swir2": "swir22", "swir161": "swir16", "panchromatic": "pan",
}  # fmt: skip

_BY_FILE_NAME: tuple[tuple[re.Pattern[str], Sensor], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), sensor)
    for pattern, sensor in (
        (r"HLS\.L30\.", OLI),  # names its bands B02 … like Sentinel-2, but counts them as Landsat does
        (r"HLS\.S30\.|(?<![A-Z0-9])S2[A-D]_|MSIL[12][AC]|(?<![A-Z0-9])T\d{2}[C-X][A-Z]{2}_\d{8}T\d{6}", MSI),
        (r"(?<![A-Z0-9])L[CO](?:0[89]_|[89]\d{13})", OLI),
        (r"(?<![A-Z0-9])LE(?:07_|7\d{13})", ETM),
        (r"(?<![A-Z0-9])LT(?:0[45]_|[45]\d{13})", TM),
        (r"_(?:AnalyticMS|Visual)?(?:_SR)?_8b(?:_|\.|$)", PLANETSCOPE_8),
        (r"_3B_AnalyticMS(?:_SR)?(?:_|\.|$)", PLANETSCOPE_4),
    )
)
_BY_METADATA: tuple[tuple[re.Pattern[str], Sensor], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), sensor)
    for pattern, sensor in (
        (r"sentinel[-_ ]?2", MSI),
        (r"landsat[-_ ]?[89]|^OLI|landsat OLI", OLI), (r"landsat[-_ ]?7|^ETM|landsat ETM", ETM),
        (r"landsat[-_ ]?[45](?!\d)|^TM$|landsat TM", TM), (r"^PSB\.SD", PLANETSCOPE_8), (r"^PS2", PLANETSCOPE_4),
    )
)  # fmt: skip
_METADATA_KEYS = (
    "SPACECRAFT_ID", "SPACECRAFT_NAME", "DATATAKE_1_SPACECRAFT_NAME", "SATELLITEID", "PLATFORM", "MISSION",
    "SENSOR_ID", "SENSOR", "SENSOR_TYPE", "INSTRUMENT",
)  # fmt: skip
# only Sentinel-2 pads its band numbers, or has a band 8A
_SENTINEL2_NAME = re.compile(r"b0[1-9]|b0?8a", re.IGNORECASE)
_SHORT_NAME = re.compile(r"(?:^|[\s_.-])(B(?:\d{1,2}|0?8A))(?:_VCID_[12])?(?:_\d+m)?(?=$|[\s,;])", re.IGNORECASE)


def plain_name(name: str) -> str:
    """Return a band's name in one spelling: ``b4`` for ``B04``, ``b8a`` for ``B08A``; other names in lower case."""
    lower = name.strip().lower()
    match = re.fullmatch(r"b0*(\d+a?)", lower)
    return f"b{match.group(1)}" if match else lower


def short_band_name(name: str) -> str:
    """Return the product's band in a longer name: ``B4`` of ``SR_B4`` or ``B4, central wavelength 665 nm``.

    Empty when there is none.
    """
    match = _SHORT_NAME.search(name)
    return match.group(1).upper() if match else ""


def common_name(name: str) -> str:
    """Return the STAC common name that a band's name means by itself; empty when it means none."""
    joined = re.sub(r"[\s_.-]", "", name).lower()
    return joined if joined in COMMON_RANGES else _OTHER_SPELLINGS.get(joined, "")


def sensor_of_names(names: Iterable[str]) -> Sensor | None:
    """Return Sentinel-2's sensor when the band names can be of no other; None when they say nothing."""
    return MSI if any(_SENTINEL2_NAME.fullmatch(short_band_name(name)) for name in names) else None


def find_sensor(file_name: str, metadata: Mapping[str, str], band_names: Iterable[str]) -> Sensor | None:
    """Return the sensor that an image comes from, by its file's name, its metadata or its bands' names; None: unknown.

    *metadata* has upper-case keys.
    """
    for pattern, sensor in _BY_FILE_NAME:
        if pattern.search(file_name):
            return sensor
    is_mss = any(metadata.get(key, "").strip().upper() == "MSS" for key in _METADATA_KEYS)
    for key in () if is_mss else _METADATA_KEYS:  # Landsat 1 to 5 carried it; its bands are others again
        for pattern, sensor in _BY_METADATA:
            if pattern.search(metadata.get(key, "").strip()):
                return sensor
    return sensor_of_names(band_names)
