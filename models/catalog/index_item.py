"""The few facts that a catalogue shows of a STAC MLM item, read leniently: cards are checked when a model is used."""

from __future__ import annotations

import re
from typing import Any

from ..card.fields import text
from ..card.mlm import mlm_name

_TASKS = {
    "semantic-segmentation": "segment", "segmentation": "segment", "classification": "classify",
    "scene-classification": "classify",
}  # fmt: skip
MODEL_ROLE = "mlm:model"


def item_facts(item: dict[str, Any]) -> dict[str, str]:
    """Return id, name, task, licence and description of an item; empty where it does not say."""
    properties = item.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    tasks = properties.get("mlm:tasks")
    tasks = tasks if isinstance(tasks, list) else []
    named = [_TASKS[task] for task in tasks if isinstance(task, str) and task in _TASKS]
    return {
        "id": text(item.get("id")),
        "name": _name(properties),
        "task": text(properties.get("geonnx:task")) or (named[0] if named else ""),
        "licence": text(properties.get("license")) or text(item.get("license")),
        "description": text(properties.get("description")),
    }


def _name(properties: dict[str, Any]) -> str:
    """Return the model's name; the title where ``mlm:name``, which only allows ASCII, is a plainer spelling of it."""
    name, title = text(properties.get("mlm:name")), text(properties.get("title"))
    return title if title and mlm_name(title) == name else name


def item_bands(item: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the bands of the first input that has any."""
    return next(filter(None, (_names(entry.get("bands")) for entry in _entries(item, "mlm:input"))), ())


def item_classes(item: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the classes of the first output that has any."""
    keys = ("classification:classes", "classification_classes")
    return next(filter(None, (_names(entry.get(key)) for entry in _entries(item, "mlm:output") for key in keys)), ())


def _entries(item: dict[str, Any], key: str) -> list[dict[str, Any]]:
    properties = item.get("properties")
    entries = properties.get(key) if isinstance(properties, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _names(listed: object) -> tuple[str, ...]:
    """Return the names of bands or classes, each a text or an object with a name."""
    entries = listed if isinstance(listed, list) else []
    return tuple(text(entry.get("name")) if isinstance(entry, dict) else text(entry) for entry in entries)


def item_rank(item: dict[str, Any]) -> int:
    """Return the item's place in lists; 0 where it does not say."""
    properties = item.get("properties")
    rank = properties.get("geonnx:rank") if isinstance(properties, dict) else None
    return rank if isinstance(rank, int) else 0


def item_assets(item: dict[str, Any], role: str) -> dict[str, dict[str, Any]]:
    """Return the assets of an item that have the given role, by key."""
    assets = item.get("assets")
    return {
        key: asset
        for key, asset in (assets.items() if isinstance(assets, dict) else ())
        if isinstance(asset, dict) and isinstance(asset.get("roles"), list) and role in asset["roles"]
    }


def item_checksum(item: dict[str, Any]) -> str:
    """Return the SHA-256 of the item's model asset; empty when it has none."""
    for asset in item_assets(item, MODEL_ROLE).values():
        return read_sha256(asset.get("file:checksum"))
    return ""


def read_sha256(value: object) -> str:
    """Return a SHA-256 as lower-case hexadecimal, from that or from a STAC multihash (1220 before it); else empty."""
    match = re.fullmatch(r"(?:1220)?([0-9a-f]{64})", text(value).strip().lower())
    return match.group(1) if match else ""
