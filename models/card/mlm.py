"""Reader of STAC MLM items and collections (Machine Learning Model extension, 1.0 to 1.5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast, get_args

from ..errors import ModelError
from ..runtime.signature import Signature
from . import stac
from .band_definitions import collect_definitions
from .fields import flag, number, objects, text, whole
from .mlm_tensors import read_inputs, read_outputs, said_tile_px
from .roles import IMAGE_ROLES
from .types import InputSpec, ModelCard, Task

_TASKS: dict[str, Task] = {
    "semantic-segmentation": "segment", "segmentation": "segment", "classification": "classify",
    "scene-classification": "classify",
}  # fmt: skip
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]")
_LARGEST_PX = 16384
_LARGEST_GSD_M = 1e6


def read_mlm(data: dict[str, Any], card_path: Path, onnx_path: Path, signature: Signature) -> ModelCard:
    """Build the card from an MLM item or collection; *signature* is what the ONNX file itself says.

    Raises ModelError when a part of it is malformed, contradicts the ONNX file, or would need code to be executed.
    """
    item = stac.as_item(data)
    properties = item["properties"]
    problems: list[str] = []
    entries = objects(properties.get("mlm:input"), "mlm:input")
    if not entries:
        raise ModelError(f"{card_path.name} describes no input (mlm:input is empty); add the model's bands and shape.")
    described = objects(properties.get("mlm:output"), "mlm:output")
    if not described:
        raise ModelError(f"{card_path.name} describes no output (mlm:output is empty); add the model's classes.")
    asset = stac.model_asset(item) or {}
    definitions = collect_definitions(
        properties, asset, *stac.assets(item).values(), *stac.collection_parts(item, card_path)
    )
    task = _task(properties, described, problems)
    inputs = read_inputs(entries, signature, task, definitions, problems)
    outputs = read_outputs(described, signature, _main_input(inputs), task, problems)
    return ModelCard(
        name=_name(properties) or onnx_path.stem,
        dialect=_dialect(item),
        model_path=onnx_path,
        card_path=card_path,
        task=task,
        inputs=inputs,
        outputs=outputs,
        gsd_m=_gsd(properties),
        gsd_range_m=_gsd_range(properties.get("geonnx:gsd_range_m")),
        tile_px=_whole_within(properties, "geonnx:tile_px", 1, _LARGEST_PX) or _tile(entries, inputs),
        halo_px=_whole_within(properties, "geonnx:halo_px", 0, _LARGEST_PX),
        fill=_optional(properties, "geonnx:fill", number) or 0.0,
        masked_clouds=flag(properties.get("geonnx:masked_clouds", False), "geonnx:masked_clouds"),
        description=text(properties.get("description")),
        licence=text(properties.get("geonnx:licence")) or text(properties.get("license")) or text(item.get("license")),
        citation=text(properties.get("sci:citation")),
        training_data=_training_data(properties, item),
        version=text(properties.get("version")),
        checksum=_sha256(asset.get("file:checksum"), problems),
        problems=tuple(problems),
    )


def mlm_name(name: str) -> str:
    """Return *name* as the pattern of ``mlm:name`` allows it: ASCII letters, digits, ``_.-`` and spaces."""
    if _NAME.fullmatch(name):
        return name
    plain = re.sub(r"[^a-zA-Z0-9_.\-]+", " ", name).strip(" _.-")
    plain = re.sub(r"^[^a-zA-Z]+", "", plain)
    return plain if _NAME.fullmatch(plain) else f"model {plain}".strip()


def _name(properties: dict[str, Any]) -> str:
    """Return the model's name; the title where ``mlm:name`` only is a plainer spelling of it."""
    name, title = text(properties.get("mlm:name")), text(properties.get("title"))
    return title if title and mlm_name(title) == name else name


def _main_input(inputs: tuple[InputSpec, ...]) -> InputSpec:
    return next((spec for spec in inputs if spec.role in IMAGE_ROLES and spec.role != "sar"), inputs[0])


def _tile(entries: list[dict[str, Any]], inputs: tuple[InputSpec, ...]) -> int | None:
    sizes = (said_tile_px(entry, spec) for entry, spec in zip(entries, inputs))
    return next((size for size in sizes if size is not None), None)


def _dialect(data: dict[str, Any]) -> str:
    listed = data.get("stac_extensions")
    for extension in listed if isinstance(listed, list) else ():
        match = re.search(r"/mlm/v(\d+\.\d+(?:\.\d+)?)/", str(extension))
        if match:
            return f"STAC MLM {match.group(1)}"
    return "STAC MLM"


def _task(properties: dict[str, Any], outputs: list[dict[str, Any]], problems: list[str]) -> Task:
    own = properties.get("geonnx:task")
    if own is not None:
        if own not in get_args(Task):
            raise ModelError(f"The card's geonnx:task is {own!r:.80}; expected one of {', '.join(get_args(Task))}.")
        return cast("Task", own)
    named = properties.get("mlm:tasks")
    listed = [named] if named else [entry.get("tasks") for entry in outputs]
    for name in (name for names in listed if isinstance(names, list) for name in names):
        if isinstance(name, str) and name in _TASKS:
            return _TASKS[name]
    problems.append(f"mlm:tasks is {named!r:.120}, none of which is a task of this tool; taken as segmentation.")
    return "segment"


def _training_data(properties: dict[str, Any], item: dict[str, Any]) -> str:
    said = text(properties.get("geonnx:training_data"))
    if said:
        return said
    links = (link for link in stac.links(item) if link.get("rel") == "derived_from")
    return ", ".join(text(link.get("href")) for link in links if text(link.get("href")))


def _gsd(properties: dict[str, Any]) -> float | None:
    gsd = _optional(properties, "geonnx:gsd_m", number)
    if gsd is not None and not 0 < gsd <= _LARGEST_GSD_M:
        raise ModelError(f"The card's geonnx:gsd_m is {gsd:g}; expected the size of a pixel in metres, above 0.")
    return gsd


def _gsd_range(said: object) -> tuple[float, float] | None:
    if said is None:
        return None
    sizes = [number(value, "geonnx:gsd_range_m") for value in said] if isinstance(said, list) else []
    if len(sizes) != 2 or not 0 < sizes[0] <= sizes[1] <= _LARGEST_GSD_M:
        raise ModelError(
            f"The card's geonnx:gsd_range_m is {said!r:.80}; expected the smallest and the largest size of a pixel in "
            "metres, such as [10, 30]."
        )
    return sizes[0], sizes[1]


def _whole_within(properties: dict[str, Any], key: str, low: int, high: int) -> int | None:
    value = _optional(properties, key, whole)
    if value is not None and not low <= value <= high:
        raise ModelError(f"The card's {key} is {value:.6g} px; expected {low} to {high}.")
    return None if value is None else int(value)


def _optional(properties: dict[str, Any], key: str, read: Callable[[object, str], float]) -> float | None:
    return None if properties.get(key) is None else read(properties[key], key)


def _sha256(checksum: object, problems: list[str]) -> str | None:
    """Return the SHA-256 of a STAC ``file:checksum`` (a multihash: 12 20 and 32 bytes in hexadecimal)."""
    if checksum is None:
        return None
    match = re.fullmatch(r"(?:1220)?([0-9a-f]{64})", str(checksum).lower())
    if match:
        return match.group(1)
    problems.append(f"file:checksum {str(checksum)[:20]}… is no SHA-256 and can't be verified.")
    return None
