"""Sentinel-2 products as ESA packs them: which file holds which band, and what stored numbers mean.

Facts: Sentinel-2 Products Specification Document (S2-PDGS-TAS-DI-PSD): reflectance = (DN + offset) / quantification,
DN 0 is no data; the offset (RADIO_ADD_OFFSET in L1C, BOA_ADD_OFFSET in L2A) came with processing baseline 04.00 on
25 January 2022 and with the reprocessing of the archive (Collection 1, baseline 05.00).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import RasterError
from .scene import Candidate, Scene
from .sensors import MSI, plain_name
from .stack import BandFile
from .vsi import file_name, files_below, join, names_in, parent, read_text

_MTD_NAME = re.compile(r"MTD_MSIL(1C|2A)\.xml|S2[A-D]_(?:OPER|USER)_MTD_SAFL(1C|2A)_.*\.xml", re.IGNORECASE)
_BAND_NAME = re.compile(
    r"(?P<scene>.*?)_(?P<band>B\d{2}|B8A|SCL|AOT|WVP)(?:_(?P<pixel>10|20|60)m)?\.(?:jp2|tiff?)", re.IGNORECASE
)
_OFFSETS_SINCE = 4.0
_UNKNOWN_BASELINE = 99.99
_NATIVE_M = {"B02": 10.0, "B03": 10.0, "B04": 10.0, "B08": 10.0, "B01": 60.0, "B09": 60.0, "B10": 60.0}
_BAND_IDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")


@dataclass(frozen=True)
class _Metadata:
    name: str
    level: str
    baseline: str
    quantification: float
    offsets: dict[str, float]
    """by plain band name; absent: 0"""
    other_quantification: dict[str, float]
    """of AOT and WVP"""


def is_metadata_file(path: str) -> bool:
    """Return True for ``MTD_MSIL2A.xml`` and its like."""
    return _MTD_NAME.fullmatch(file_name(path)) is not None


def find_product_folder(path: str) -> str | None:
    """Return the ``.SAFE`` folder (or an unpacked one of another name) that a file or folder lies in; None: in none."""
    folder = path
    for _ in range(6):
        if any(is_metadata_file(name) for name in names_in(folder)):
            return folder
        above = parent(folder)
        if above in (folder, ""):
            return None
        folder = above
    return None


def read_product(folder: str) -> Scene:
    """Read the product in *folder*; raise RasterError when it has no images or those of several tiles."""
    metadata = _read_metadata(folder)
    files = [path for path in files_below(join(folder, "GRANULE")) if "/IMG_DATA/" in path.replace("\\", "/")]
    granules = {path.replace("\\", "/").split("/GRANULE/")[-1].split("/")[0] for path in files}
    if len(granules) > 1:
        raise RasterError(
            f"{metadata.name} holds {len(granules)} tiles: choose a band file of one of them, below GRANULE: "
            f"{', '.join(sorted(granules))[:300]}."
        )
    candidates = _candidates(files, metadata)
    if not candidates:
        raise RasterError(f"{metadata.name} holds no images below GRANULE: is the download complete?")
    return Scene(metadata.name, MSI, metadata.level, metadata.baseline, candidates)


def read_granule(folder: str, picked: str) -> Scene:
    """Read the one tile of an older product, with several tiles, that the band file *picked* belongs to."""
    metadata = _read_metadata(folder)
    candidates = _candidates(files_below(parent(picked)), metadata)
    return Scene(metadata.name, MSI, metadata.level, metadata.baseline, candidates)


def _read_metadata(folder: str) -> _Metadata:
    mtd = next((name for name in names_in(folder) if is_metadata_file(name)), None)
    if mtd is None:
        raise RasterError(
            f"{file_name(folder)} holds no MTD_MSIL1C.xml or MTD_MSIL2A.xml: check the path of the product."
        )
    return _parse(read_text(join(folder, mtd)), file_name(folder))


def read_loose(picked: str) -> Scene | None:
    """Return the band files beside *picked* that belong to the same scene; None when its name is no band's.

    Nothing says what their numbers mean.
    """
    match = _BAND_NAME.fullmatch(file_name(picked))
    if match is None:
        return None
    scene = match.group("scene")
    suffix = file_name(picked).rsplit(".", 1)[-1].lower()
    files = [
        join(parent(picked), name)
        for name in names_in(parent(picked))
        if (other := _BAND_NAME.fullmatch(name)) and other.group("scene") == scene and name.lower().endswith(suffix)
    ]
    level = re.search(r"MSIL?_?(1C|2A)|_L(1C|2A)_", scene)
    candidates = _candidates(files, _Metadata(scene, "", "", 0.0, {}, {}))
    return Scene(scene, MSI, f"L{level.group(1) or level.group(2)}" if level else "", "", candidates)


def _candidates(files: list[str], metadata: _Metadata) -> tuple[Candidate, ...]:
    found = []
    for path in files:
        match = _BAND_NAME.fullmatch(file_name(path))
        if match is None:
            continue
        name = match.group("band").upper()
        pixel = match.group("pixel")
        # a product in which each band is there once does not write its resolution into the name
        pixel_m = float(pixel) if pixel else _NATIVE_M.get(name, 20.0)
        found.append(Candidate(_band_file(name, path, metadata), pixel_m))
    return tuple(found)


def _band_file(name: str, path: str, metadata: _Metadata) -> BandFile:
    if name == "SCL":
        return BandFile(name, path, nodata=0.0 if metadata.level else None, is_categorical=True)
    if name in ("AOT", "WVP"):
        return BandFile(name, path, scale=1 / metadata.other_quantification.get(name, 1.0))
    if not metadata.quantification:
        return BandFile(name, path)
    offset = metadata.offsets.get(plain_name(name), 0.0)
    return BandFile(
        name,
        path,
        nodata=0.0,
        scale=1 / metadata.quantification,
        offset=offset / metadata.quantification,
        harmonizing_offset=offset,
    )


def _parse(text: str, folder_name: str) -> _Metadata:
    uri = _first(text, r"PRODUCT_URI(?:_2A|_1C)?") or folder_name
    name = re.sub(r"\.SAFE$", "", uri)
    level = _first(text, "PROCESSING_LEVEL")
    match = re.search(r"(1C|2A)", level) or re.search(r"MSIL?_?(1C|2A)", uri)
    baseline = _first(text, "PROCESSING_BASELINE")
    if not baseline:
        named = re.search(r"_N(\d{2})(\d{2})_", name)
        baseline = f"{named.group(1)}.{named.group(2)}" if named else ""
    quantification = _first(text, r"(?:BOA_|L2A_BOA_)?QUANTIFICATION_VALUE")
    return _Metadata(
        name=name,
        level=f"L{match.group(1)}" if match else "",
        baseline=baseline,
        quantification=_positive(quantification, 10000.0),
        offsets=_offsets(text, baseline),
        other_quantification={
            key: _positive(_first(text, rf"(?:L2A_)?{key}_QUANTIFICATION_VALUE"), 1000.0) for key in ("AOT", "WVP")
        },
    )


def _offsets(text: str, baseline: str) -> dict[str, float]:
    """Return the offset of each band; before baseline 04.00 there is none, whatever the file says."""
    number = _positive(baseline, _UNKNOWN_BASELINE)
    if number < _OFFSETS_SINCE:
        return {}
    names = dict(enumerate(_BAND_IDS))
    for attributes in re.findall(r"<Spectral_Information ([^>]*)>", text):
        band_id = re.search(r'bandId="(\d+)"', attributes)
        physical = re.search(r'physicalBand="(B\w+)"', attributes)
        if band_id and physical:
            names[int(band_id.group(1))] = physical.group(1)
    found = re.findall(r'<(?:BOA|RADIO)_ADD_OFFSET band_id="(\d+)"\s*>\s*(-?\d+(?:\.\d+)?)\s*<', text)
    return {plain_name(names[int(band_id)]): float(value) for band_id, value in found if int(band_id) in names}


def _first(text: str, tag: str) -> str:
    match = re.search(rf"<(?:\w+:)?{tag}(?:\s[^>]*)?>([^<]*)<", text)
    return match.group(1).strip() if match else ""


def _positive(text: str, default: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return default
    return number if 0 < number < float("inf") else default
