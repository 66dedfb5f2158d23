"""JSON schemas for tests without a network: that of MLM from the shared data, and the parts of others that it uses.

The parts say what the published extensions demand of the fields that we write, in our own words.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_BASE = "https://stac-extensions.github.io"
MLM = f"{_BASE}/mlm/v1.5.2/schema.json"
_DRAFT = "http://json-schema.org/draft-07/schema#"
_NUMBER = {"type": "number"}
_TEXT = {"type": "string"}


def _extension(name: str, version: str, **parts: Any) -> dict[str, Any]:
    return {"$schema": _DRAFT, "$id": f"{_BASE}/{name}/v{version}/schema.json", **parts}


def _properties(**fields: Any) -> dict[str, Any]:
    """Return a schema of fields in the properties of an item."""
    return {"properties": {"properties": {"properties": fields}}}


_CLASS = {
    "type": "object",
    "required": ["value", "description"],
    "properties": {
        "value": {"type": "integer"},
        "description": _TEXT,
        "name": _TEXT,
        "color_hint": {"type": "string", "pattern": "^([0-9A-Fa-f]{6})$"},
    },
}
_DATA_TYPES = [
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "cint16", "cint32", "cfloat32", "cfloat64", "other",
]  # fmt: skip
_COMMON_NAMES = [
    "pan", "coastal", "blue", "green", "green05", "yellow", "red", "rededge", "rededge071", "rededge075", "rededge078",
    "nir", "nir08", "nir09", "cirrus", "swir16", "swir22", "lwir", "lwir11", "lwir12",
]  # fmt: skip
_BAND = {"properties": {"eo:common_name": {"enum": _COMMON_NAMES}, "eo:center_wavelength": _NUMBER}}
_ASSET = {
    "properties": {"file:checksum": {"type": "string", "pattern": "^[a-f0-9]+$"}, "file:size": {"type": "integer"}}
}
_PARTS = (
    _extension(
        "classification", "1.1.0",
        definitions={"fields": {"properties": {
            "classification:classes": {"type": "array", "uniqueItems": True, "minItems": 1, "items": _CLASS}}}},
    ),
    _extension(
        "processing", "1.1.0",
        definitions={"fields": {"properties": {
            "processing:expression": {"type": "object", "required": ["format", "expression"]}}}},
    ),
    _extension(
        "raster", "1.1.0", definitions={"bands": {"items": {"properties": {"data_type": {"enum": _DATA_TYPES}}}}}
    ),
    _extension("file", "2.1.0", properties={"assets": {"additionalProperties": _ASSET}}),
    _extension("eo", "2.0.0", **_properties(bands={"type": "array", "items": _BAND})),
    _extension("scientific", "1.0.0", **_properties(**{"sci:citation": _TEXT})),
    _extension("version", "1.2.0", **_properties(version=_TEXT)),
)  # fmt: skip


def load_schemas(shared_data: Path) -> dict[str, dict[str, Any]]:
    """Return address → schema of everything that our items name."""
    mlm = json.loads((shared_data / "mlm" / "schema.json").read_text())
    return {mlm["$id"]: mlm, **{part["$id"]: part for part in _PARTS}}
