"""Landsat products as USGS packs them: which file holds which band, and what stored numbers mean.

Facts: USGS, Landsat 8-9 Collection 2 Level 2 Science Product Guide (LSDS-1619) and Landsat 4-7 (LSDS-1618): surface
reflectance = DN × 0.0000275 − 0.2, surface temperature = DN × 0.00341802 + 149 K, 0 is fill. Level 1: USGS, "Using the
USGS Landsat Level-1 Data Product": reflectance = (DN × REFLECTANCE_MULT + REFLECTANCE_ADD) / sin(sun elevation).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from ..errors import RasterError
from .scene import Candidate, Scene
from .sensors import MSI, find_sensor
from .stack import BandFile
from .vsi import file_name, join, names_in, parent, read_text

_MTL_NAME = re.compile(r"(?P<scene>.+)_MTL\.(?:txt|json|xml)", re.IGNORECASE)
_BAND_NAME = re.compile(
    r"(?P<scene>L[COTE](?:\d{2}_\w+_\d{6}_\d{8}_\d{8}_\d{2}_(?:T1|T2|RT|A1|A2)|\d{14}\w{5}))_"
    r"(?P<band>(?:SR_|ST_)?B\d{1,2}(?:_VCID_[12])?|QA_PIXEL|QA_RADSAT|SR_QA_AEROSOL|SR_CLOUD_QA)\.(?P<suffix>tiff?)",
    re.IGNORECASE,
)
_Groups = dict[str, dict[str, str]]
_LEVEL2_REFLECTANCE = (2.75e-05, -0.2)
_LEVEL2_TEMPERATURE = (0.00341802, 149.0)
_PAN_M, _OTHER_M = 15.0, 30.0


def is_metadata_file(path: str) -> bool:
    """Return True for ``…_MTL.txt``, ``…_MTL.json`` and ``…_MTL.xml``."""
    return _MTL_NAME.fullmatch(file_name(path)) is not None


def is_band_file(path: str) -> bool:
    """Return True for a band file with the product's name in front."""
    return _BAND_NAME.fullmatch(file_name(path)) is not None


def holds_product(folder: str) -> bool:
    """Return True when a folder holds the files of a Landsat product."""
    names = names_in(folder)
    return any(is_metadata_file(name) for name in names) or any(is_band_file(name) for name in names)


def read_product(folder: str, scene: str | None = None) -> Scene:
    """Read the product whose files lie in *folder*; *scene* is the beginning of their names, where there are several.

    Raises RasterError when there are no images or those of several scenes.
    """
    names = names_in(folder)
    matches = [match for name in names if (match := _BAND_NAME.fullmatch(name))]
    scenes = sorted({match.group("scene") for match in matches})
    if scene is None and len(scenes) > 1:
        raise RasterError(
            f"{file_name(folder)} holds {len(scenes)} Landsat scenes: choose a file of one of them: "
            f"{', '.join(scenes)[:300]}."
        )
    wanted = scene or (scenes[0] if scenes else "")
    groups = _metadata(folder, names, wanted)
    level = _level(groups, wanted)
    candidates = tuple(
        Candidate(_band_file(match.group("band").upper(), join(folder, match.group(0)), level, groups),
                  _PAN_M if level.startswith("L1") and match.group("band").upper() == "B8" else _OTHER_M)
        for match in matches if match.group("scene") == wanted
    )  # fmt: skip
    if not candidates:
        raise RasterError(f"{file_name(folder)} holds no band files of Landsat (…_B4.TIF): is the download complete?")
    sensor = find_sensor(wanted, groups.get("IMAGE_ATTRIBUTES", {}), ())
    if sensor is None or sensor is MSI:
        raise RasterError(f"{wanted} is of a Landsat sensor that this tool does not know: name the bands with BANDS.")
    return Scene(wanted, sensor, level, "", candidates)


def read_around(picked: str) -> Scene | None:
    """Return the scene that a band file or a metadata file belongs to; None when its name is no Landsat product's."""
    match = _BAND_NAME.fullmatch(file_name(picked)) or _MTL_NAME.fullmatch(file_name(picked))
    return read_product(parent(picked), match.group("scene")) if match else None


def _metadata(folder: str, names: list[str], scene: str) -> _Groups:
    for name in names:
        match = _MTL_NAME.fullmatch(name)
        if match and match.group("scene") == scene:
            text = read_text(join(folder, name))
            kind = name.lower().rsplit(".", 1)[-1]
            return {"txt": _parse_text, "json": _parse_json, "xml": _parse_xml}[kind](text)
    return {}


def _parse_text(text: str) -> _Groups:
    groups: _Groups = {}
    group = ""
    for key, value in re.findall(r"^\s*(\w+)\s*=\s*(.*?)\s*$", text, re.MULTILINE):
        if key == "GROUP":
            group = value
        elif key != "END_GROUP":
            groups.setdefault(group, {})[key] = value.strip('"')
    return groups


def _parse_xml(text: str) -> _Groups:
    groups: _Groups = {}
    group = ""
    for tag, value in re.findall(r"<(\w+)>([^<]*)", text):
        if value.strip():
            groups.setdefault(group, {})[tag] = value.strip()
        else:
            group = tag
    return groups


def _parse_json(text: str) -> _Groups:
    try:
        root: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    while isinstance(root, dict) and len(root) == 1:  # {"LANDSAT_METADATA_FILE": {…}}
        root = next(iter(root.values()))
    if not isinstance(root, dict):
        return {}
    return {
        str(group): {str(key): str(value) for key, value in values.items()}
        for group, values in root.items()
        if isinstance(values, dict)
    }


def _level(groups: _Groups, scene: str) -> str:
    for group in ("PRODUCT_CONTENTS", "PRODUCT_METADATA"):
        for key in ("PROCESSING_LEVEL", "DATA_TYPE"):
            if groups.get(group, {}).get(key):
                return groups[group][key]
    named = re.match(r"L\w\d{2}_(L[12]\w{2})_", scene)
    return named.group(1) if named else ""


def _band_file(name: str, path: str, level: str, groups: _Groups) -> BandFile:
    if "QA" in name:
        return BandFile(name, path, is_categorical=True)
    scale, offset = _conversion(name, level, groups) or (1.0, 0.0)
    return BandFile(name, path, nodata=0.0 if level else None, scale=scale, offset=offset)


def _conversion(name: str, level: str, groups: _Groups) -> tuple[float, float] | None:
    """Return scale and offset to reflectance (to kelvin for surface temperature); None when nothing says them."""
    number = re.sub(r"^(SR_|ST_)?B", "", name)
    if level.startswith("L2"):
        is_temperature = name.startswith("ST_")
        kind, usual = ("TEMPERATURE", _LEVEL2_TEMPERATURE) if is_temperature else ("REFLECTANCE", _LEVEL2_REFLECTANCE)
        group = groups.get(f"LEVEL2_SURFACE_{kind}_PARAMETERS", {})
        key = f"ST_B{number}" if is_temperature else number
        found = _pair(group, f"{kind}_MULT_BAND_{key}", f"{kind}_ADD_BAND_{key}")
        # the constants are the same for all of Collection 2: a file without its MTL means the same
        return found or usual
    group = groups.get("LEVEL1_RADIOMETRIC_RESCALING") or groups.get("RADIOMETRIC_RESCALING") or {}
    found = _pair(group, f"REFLECTANCE_MULT_BAND_{number}", f"REFLECTANCE_ADD_BAND_{number}")
    elevation = _number(groups.get("IMAGE_ATTRIBUTES", {}).get("SUN_ELEVATION"))
    if found is None or elevation is None or elevation <= 0:
        return None
    sine = math.sin(math.radians(elevation))
    return found[0] / sine, found[1] / sine


def _pair(group: dict[str, str], multiply: str, add: str) -> tuple[float, float] | None:
    scale, offset = _number(group.get(multiply)), _number(group.get(add))
    return None if not scale or offset is None else (scale, offset)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
