"""From a card to the STAC MLM item that says the same: the sidecar of a model, for us and for other tools.

The same card gives the same text. What STAC MLM 1.5 has no field for goes into ``geonnx:`` fields (docs/cards.md).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import OutputError
from .mlm import mlm_name
from .stac import model_asset
from .training_features import KEY, training_features_json
from .types import BandSpec, ClassSpec, InputSpec, ModelCard, OutputSpec, Task
from .value_scaling import scaling_json

MLM_SCHEMA = "https://stac-extensions.github.io/mlm/v1.5.2/schema.json"
_EO_SCHEMA = "https://stac-extensions.github.io/eo/v2.0.0/schema.json"
_FILE_SCHEMA = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
_SCIENTIFIC_SCHEMA = "https://stac-extensions.github.io/scientific/v1.0.0/schema.json"
_VERSION_SCHEMA = "https://stac-extensions.github.io/version/v1.2.0/schema.json"
_OURS = (MLM_SCHEMA, _EO_SCHEMA, _FILE_SCHEMA, _SCIENTIFIC_SCHEMA, _VERSION_SCHEMA)
# a closed list in the schema; geonnx:task says what it really is
_TASKS: dict[Task, str] = {
    "classify": "scene-classification", "segment": "semantic-segmentation", "change": "semantic-segmentation",
    "clouds": "generative",
}  # fmt: skip
_COMMON_NAMES = {
    "pan", "coastal", "blue", "green", "green05", "yellow", "red", "rededge", "rededge071", "rededge075", "rededge078",
    "nir", "nir08", "nir09", "cirrus", "swir16", "swir22", "lwir", "lwir11", "lwir12",
}  # fmt: skip
_DATA_TYPES = {
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
}  # fmt: skip
_DIM_NAMES = {"B": "batch", "T": "time", "H": "height", "W": "width", "K": "class", "N": "pixel"}
_LONG_LIST = re.compile(r"\[\n\s+((?:-?[\d.eE+-]+,\s+){8,}-?[\d.eE+-]+)\n\s+\]")
"""as ``json`` lays it out; no text in JSON holds line breaks"""
# made from the card; all other fields of ours say what no card holds (figures, failures, sources), and stay
_MADE_OURS = {
    "geonnx:task", "geonnx:licence", "geonnx:training_data", "geonnx:gsd_m", "geonnx:gsd_range_m", "geonnx:tile_px",
    "geonnx:halo_px", "geonnx:fill", "geonnx:masked_clouds",
}  # fmt: skip
# fields of an older sidecar that stay: known to MLM 1.5 for items, and not made from the card
_KEPT_MLM = {
    "mlm:architecture", "mlm:memory_size", "mlm:total_parameters", "mlm:pretrained", "mlm:pretrained_source",
    "mlm:batch_size_suggestion", "mlm:accelerator", "mlm:accelerator_constrained", "mlm:accelerator_summary",
    "mlm:accelerator_count", "mlm:hyperparameters",
}  # fmt: skip


def make_item(
    card: ModelCard, item_path: Path, *, sha256: str, size: int, older: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the MLM item of *card*, to be stored in *item_path*; *sha256* and *size* (bytes) are the model file's.

    *older* is an item that it takes the place of: what the card has no field for is kept from there.
    """
    older = older or {}
    bands = _band_definitions(card.inputs)
    extensions = [MLM_SCHEMA, _FILE_SCHEMA]
    if any(key.startswith("eo:") for band in bands for key in band):
        extensions.append(_EO_SCHEMA)
    if card.citation:
        extensions.append(_SCIENTIFIC_SCHEMA)
    if card.version:
        extensions.append(_VERSION_SCHEMA)
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [*extensions, *_kept_extensions(older)],
        "id": str(older.get("id") or card.model_path.stem),
        "geometry": older.get("geometry"),
        **{key: older[key] for key in ("bbox", "collection") if key in older},
        "properties": {**_kept_properties(older), **_properties(card, bands)},
        "assets": {
            **_kept_assets(older),
            "model": {
                "href": _href(card.model_path, item_path),
                "title": card.name,
                "type": "application/octet-stream; framework=onnx",
                "roles": ["mlm:model", "mlm:weights"],
                "mlm:artifact_type": "onnx",
                "file:checksum": f"1220{sha256}",
                "file:size": size,
                # STAC 1.1 allows bands in properties, where MLM wants them, only when an asset names them too
                **({"bands": [{"name": band["name"]} for band in bands]} if bands else {}),
            },
        },
        "links": _links(card, older),
    }


def item_text(item: dict[str, Any]) -> str:
    """Return an item as the text of its file; long lists of numbers stay on one line."""
    text = json.dumps(item, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return _LONG_LIST.sub(lambda found: "[" + re.sub(r",\s+", ", ", found[1]) + "]", text)


def _href(model_path: Path, item_path: Path) -> str:
    try:
        relative = os.path.relpath(model_path, item_path.parent)
    except ValueError:  # another drive of Windows
        return model_path.resolve().as_uri()
    href = Path(relative).as_posix()
    return href if href.startswith("../") else f"./{href}"


def _kept_extensions(older: dict[str, Any]) -> list[str]:
    listed = older.get("stac_extensions")
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    ours = {re.sub(r"/v[^/]*/", "/", name) for name in _OURS}
    return [name for name in names if re.sub(r"/v[^/]*/", "/", name) not in ours]


def _kept_properties(older: dict[str, Any]) -> dict[str, Any]:
    found = older.get("properties")
    found = found if isinstance(found, dict) else {}
    own = {"bands", "title", "description", "license", "version", "sci:citation", *_MADE_OURS}
    kept = {
        key: value
        for key, value in found.items()
        if (key in _KEPT_MLM or not key.startswith("mlm:")) and key not in own
    }
    return {
        "datetime": None,
        "start_datetime": "1900-01-01T00:00:00Z",
        "end_datetime": "9999-12-31T23:59:59Z",
        "mlm:architecture": "unknown",
        **kept,
    }


def _kept_assets(older: dict[str, Any]) -> dict[str, Any]:
    listed = older.get("assets")
    model = model_asset(older) if older else None
    assets = listed if isinstance(listed, dict) else {}
    return {key: asset for key, asset in assets.items() if asset is not model and key != "model"}


def _links(card: ModelCard, older: dict[str, Any]) -> list[Any]:
    listed = older.get("links")
    links = [link for link in listed if isinstance(link, dict)] if isinstance(listed, list) else []
    sources = {link.get("href") for link in links if link.get("rel") == "derived_from"}
    if re.fullmatch(r"https?://\S+", card.training_data) and card.training_data not in sources:
        links.append({"rel": "derived_from", "href": card.training_data})
    return links


def _properties(card: ModelCard, bands: list[dict[str, Any]]) -> dict[str, Any]:
    name = mlm_name(card.name)
    task = _TASKS[card.task]
    optional = {
        "title": card.name if card.name != name else "",
        "description": card.description,
        "license": card.licence if re.fullmatch(r"[\w\-.+]+", card.licence, re.ASCII) else "other" * bool(card.licence),
        "geonnx:licence": "" if re.fullmatch(r"[\w\-.+]*", card.licence, re.ASCII) else card.licence,
        "version": card.version,
        "sci:citation": card.citation,
        "bands": bands,
        "geonnx:training_data": card.training_data,
        "geonnx:gsd_m": card.gsd_m,
        "geonnx:gsd_range_m": list(card.gsd_range_m or ()),
        "geonnx:tile_px": card.tile_px,
        "geonnx:halo_px": card.halo_px,
        "geonnx:fill": card.fill or None,
        "geonnx:masked_clouds": card.masked_clouds or None,
    }
    return {
        "mlm:name": name,
        "mlm:tasks": [task],
        "mlm:framework": "ONNX",
        "mlm:input": [_input(spec) for spec in card.inputs],
        "mlm:output": [_output(spec, task) for spec in card.outputs],
        "geonnx:task": card.task,
        **{key: value for key, value in optional.items() if value not in (None, "", [])},
    }


def _band_definitions(inputs: Sequence[InputSpec]) -> list[dict[str, Any]]:
    """Return every named band once, as STAC 1.1 describes bands."""
    found: dict[str, dict[str, Any]] = {}
    for band in (band for spec in inputs for band in spec.bands):
        found.setdefault(band.name, {}).update(_band(band))
    return list(found.values())


def _band(band: BandSpec) -> dict[str, Any]:
    common = "eo:common_name" if band.common_name in _COMMON_NAMES else "geonnx:common_name"
    said = {common: band.common_name, "eo:center_wavelength": band.wavelength_um, "geonnx:number": band.number}
    return {"name": band.name, **{key: value for key, value in said.items() if value not in (None, "")}}


def _structure(dims: str, shape: tuple[int | None, ...], dtype: str, channel: str) -> dict[str, Any]:
    if dims and len(dims) == len(shape):
        order = [channel if dim == "C" else _DIM_NAMES[dim] for dim in dims]
    else:  # not known before a run; the schema wants some name for each
        order = [f"axis-{'abcdefghijkl'[place]}" for place in range(min(len(shape), 12))]
    return {
        "shape": [-1 if size is None else size for size in shape] or [1],
        "dim_order": order or ["scalar"],
        "data_type": dtype if dtype in _DATA_TYPES else "other",
    }


def _input(spec: InputSpec) -> dict[str, Any]:
    entry = {
        "name": spec.name,
        "bands": list(spec.band_names),
        "input": _structure(spec.dims, spec.shape, spec.dtype, "bands" if spec.bands else "channel"),
        "value_scaling": scaling_json(spec.scaling),
        "resize_type": spec.resize or None,
        "geonnx:role": spec.role,
    }
    if spec.unit:
        entry["geonnx:unit"] = spec.unit
    if spec.reflectance:
        entry["geonnx:values"] = "reflectance"
    if spec.radar_unit:
        entry["geonnx:radar" if spec.reflectance else "geonnx:values"] = spec.radar_unit
    if spec.training_features is not None:
        entry[KEY] = training_features_json(spec.training_features)
    return entry


def _output(spec: OutputSpec, task: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": spec.name,
        "tasks": [task],
        "result": _structure(spec.dims, spec.shape, spec.dtype, "channel"),
        "classification:classes": [_class(item) for item in spec.classes],
        "geonnx:role": spec.role,
    }
    if spec.activation is not None:
        entry["geonnx:activation"] = spec.activation
    if spec.threshold != 0.5:
        entry["geonnx:threshold"] = spec.threshold
    if spec.temperature != 1:
        entry["geonnx:temperature"] = spec.temperature
    # where probabilities are each class's own, a reader takes several labels for meant unless it is told otherwise
    may_be_taken_so = task == _TASKS["classify"] and len(spec.classes) > 1 and spec.activation in ("sigmoid", "none")
    if spec.multi_label or may_be_taken_so:
        entry["geonnx:multi_label"] = spec.multi_label
    if spec.scaling:
        entry["geonnx:scaling"] = scaling_json(spec.scaling)
    if spec.bands:
        entry["geonnx:bands"] = list(spec.bands)
    if spec.date is not None:
        entry["geonnx:date"] = spec.date
    return entry


def _class(spec: ClassSpec) -> dict[str, Any]:
    # the classification extension wants a description, and colours in capitals without #
    entry: dict[str, Any] = {
        "value": spec.value,
        "name": spec.name,
        "description": spec.description or spec.name,
        "color_hint": spec.color[1:].upper(),
    }
    return entry if spec.threshold is None else {**entry, "geonnx:threshold": spec.threshold}


def differing_fields(card: ModelCard, read_back: ModelCard) -> list[str]:
    """Return the names of the fields that were not read back as they were written.

    Not compared: where the description came from, the checksum, and what is open.
    """
    ignored = {"dialect", "card_path", "checksum", "problems", "model_path"}
    first, second = asdict(card), asdict(read_back)
    return [key for key in first if key not in ignored and first[key] != second[key]]


def refresh_checksum(card_path: Path, before: str, after: str) -> None:
    """Replace a SHA-256 in a description by that of the model as it is now; raise OutputError when that fails."""
    try:
        text = card_path.read_text(encoding="utf-8-sig")
        part = card_path.with_name(f".{card_path.name}.part")
        part.write_text(re.sub(re.escape(before), after, text, flags=re.IGNORECASE), encoding="utf-8")
        part.replace(card_path)
    except OSError as error:
        raise OutputError(f"The checksum in {card_path} can't be renewed: {error.strerror}.") from None
