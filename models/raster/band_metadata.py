"""What a file's metadata says of its bands: names, common names, centre wavelengths, sensor."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from osgeo import gdal

from .sensors import Sensor, common_name, find_sensor, short_band_name

_MICROMETRES = {
    "um": 1.0, "µm": 1.0, "μm": 1.0, "micrometer": 1.0, "micrometre": 1.0, "micron": 1.0,
    "nm": 1e-3, "nanometer": 1e-3, "nanometre": 1e-3, "m": 1e6, "meter": 1e6, "metre": 1e6,
}  # fmt: skip
_WAVELENGTH_KEYS = (
    "CENTRAL_WAVELENGTH_UM",
    "WAVELENGTH",
    "CENTRAL_WAVELENGTH",
    "CENTER_WAVELENGTH",
    "CENTRALWAVELENGTH",
)
_WIDTH_KEYS = ("FWHM_UM", "FWHM", "BANDWIDTH", "FULL_WIDTH_HALF_MAX")
_UNIT_KEYS = ("WAVELENGTH_UNITS", "WAVELENGTH_UNIT", "CENTRAL_WAVELENGTH_UNIT", "BANDWIDTH_UNIT")
_NAME_KEYS = ("BANDNAME", "BAND_NAME", "LONG_NAME")
_BAND_DOMAINS = ("", "ENVI", "IMAGERY")
_LONGEST_WAVELENGTH_UM = 1000.0
# names that GDAL or a program counted up: they say no more than the number does
_COUNTED_NAME = re.compile(r"(band|layer|channel|ch|bd)?[ _.-]*\d*", re.IGNORECASE)
# what GDAL calls the colours of bands; SWIR and the thermal ones from 3.10 on could be one of several common names
_COLOR_NAMES = ("red", "green", "blue", "pan", "coastal", "rededge", "nir")


@dataclass(frozen=True)
class BandMeaning:
    """What is known of a band besides its values."""

    name: str
    common_name: str = ""
    wavelength_um: float | None = None
    fwhm_um: float | None = None


def is_counted_name(name: str) -> bool:
    """Return True for names such as ``Band 1`` or ``layer_2``."""
    return _COUNTED_NAME.fullmatch(name.strip()) is not None


def read_sensor(dataset: gdal.Dataset, file_name: str) -> Sensor | None:
    """Return the sensor that a raster comes from; None when neither its name nor its metadata says so."""
    metadata = {
        key.upper(): str(value)
        for domain in _BAND_DOMAINS
        for key, value in (dataset.GetMetadata(domain) or {}).items()
    }
    names = [dataset.GetRasterBand(number + 1).GetDescription() for number in range(dataset.RasterCount)]
    return find_sensor(file_name, metadata, names)


def read_meaning(dataset: gdal.Dataset, number: int, sensor: Sensor | None, file_name: str) -> BandMeaning:
    """Return what band *number* is; a file of one band may be named after it."""
    band = dataset.GetRasterBand(number)
    metadata = {
        key.upper(): str(value) for domain in _BAND_DOMAINS for key, value in (band.GetMetadata(domain) or {}).items()
    }
    description = band.GetDescription().strip()
    color = gdal.GetColorInterpretationName(band.GetColorInterpretation()).lower()
    color = color if color in _COLOR_NAMES else ""
    own_name = next((metadata[key].strip() for key in _NAME_KEYS if metadata.get(key)), "")
    name = description or own_name or color
    if not name and dataset.RasterCount == 1:
        name = _name_in_file(file_name)
    wavelength, width = _wavelength(metadata)
    if wavelength is None:
        wavelength, width = _wavelength_in_list(dataset, number)
    return explain_band(
        BandMeaning(name, "" if description or own_name else color, wavelength, width), sensor, own_name
    )


def explain_band(meaning: BandMeaning, sensor: Sensor | None, own_name: str = "") -> BandMeaning:
    """Add what the sensor's table knows of a band, and the common name that its name or its wavelength means."""
    known = None
    if sensor is not None:
        names = (meaning.name, own_name, short_band_name(meaning.name), short_band_name(own_name))
        known = next((found for name in names if name and (found := sensor.band(name))), None)
    common = known.common_name if known else (common_name(meaning.name) or meaning.common_name)
    if known is None:
        return BandMeaning(meaning.name, common, meaning.wavelength_um, meaning.fwhm_um)
    if meaning.wavelength_um is not None:
        return BandMeaning(meaning.name, common, meaning.wavelength_um, meaning.fwhm_um or known.fwhm_um)
    return BandMeaning(meaning.name, common, known.wavelength_um, known.fwhm_um)


def _name_in_file(file_name: str) -> str:
    stem = file_name.rsplit(".", 1)[0]
    match = re.search(
        r"(?:^|[_.-])((?:(?:SR|ST)_)?B(?:\d{1,2}|8A)|SCL|AOT|WVP|QA_PIXEL|QA_RADSAT|VV|VH|HH|HV)(?:_\d+m)?$", stem
    )
    return match.group(1) if match else ""


def _wavelength(metadata: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Return centre and width in µm from upper-case metadata of a band."""
    value = next((metadata[key] for key in _WAVELENGTH_KEYS if key in metadata), "")
    width = next((metadata[key] for key in _WIDTH_KEYS if key in metadata), "")
    if "CENTRAL_WAVELENGTH_UM" in metadata:
        return _micrometres(value, "um"), _micrometres(width, "um")
    unit = next((metadata[key] for key in _UNIT_KEYS if key in metadata), "")
    centre = _micrometres(value, unit)
    if unit:
        return centre, _micrometres(width, unit)
    # without a unit, the size of the number tells: no sensor sees 100 µm, none sees 0.1 nm
    return centre, _micrometres(width, "nm" if (_number(value) or 0) > 100 else "um")


def _wavelength_in_list(dataset: gdal.Dataset, number: int) -> tuple[float | None, float | None]:
    """Return centre and width in µm from the lists of an ENVI header."""
    header = {key.upper(): str(value) for key, value in (dataset.GetMetadata("ENVI") or {}).items()}
    found: list[float | None] = []
    for key in ("WAVELENGTH", "FWHM"):
        items = header.get(key, "").strip(" {}").split(",")
        unit = header.get("WAVELENGTH_UNITS", "")
        found.append(_micrometres(items[number - 1], unit) if len(items) == dataset.RasterCount else None)
    return found[0], found[1]


def _micrometres(text: str, unit: str) -> float | None:
    number = _number(text)
    if number is None or number <= 0:
        return None
    factor = _MICROMETRES.get(unit.strip().lower().rstrip("s"))
    if factor is None:
        factor = 1e-3 if number > 100 else 1.0
    value = number * factor
    return value if value < _LONGEST_WAVELENGTH_UM else None


def _number(text: str) -> float | None:
    match = re.match(r"\s*([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)\s*(nm|um|µm)?\s*$", text)
    number = float(match.group(1)) if match else math.nan
    if match and match.group(2) == "nm":
        number /= 1000
    return number if math.isfinite(number) else None
