"""STAC objects around a model: items, collections, assets, links; where the described file lies on this computer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..errors import ModelError
from ..files import exists, is_file
from .fields import read_json_object, text

_MOST_FILES = 200
"""JSON files of a folder that are looked at, to find the one that describes a model"""
_LARGEST_NEIGHBOUR_BYTES = 4 << 20
_MODEL_ROLES = ("mlm:model", "mlm:weights")


def is_mlm(data: dict[str, Any]) -> bool:
    """Return True when the JSON object is a STAC item or collection with fields of the MLM extension."""
    if data.get("type") == "Collection":
        listed = data.get("stac_extensions")
        is_listed = isinstance(listed, list) and any("/mlm/" in str(name) for name in listed)
        return is_listed or model_asset(as_item(data)) is not None or _has_mlm(as_item(data)["properties"])
    return _has_mlm(data.get("properties"))


def _has_mlm(properties: object) -> bool:
    return isinstance(properties, dict) and any(str(key).startswith("mlm:") for key in properties)


def as_item(data: dict[str, Any]) -> dict[str, Any]:
    """Return a collection in the form of an item: fields of the model lie in summaries, the collection or its assets.

    An item is returned as it is.
    """
    if data.get("type") != "Collection":
        return data
    summaries = _object(data.get("summaries"))
    assets_ = {**_object(data.get("item_assets")), **_object(data.get("assets"))}
    own = {key: value for key, value in data.items() if key.startswith(("mlm:", "geonnx:", "sci:"))}
    own.update({key: data[key] for key in ("description", "title", "version", "bands") if key in data})
    fields = {
        key: value
        for asset in assets_.values()
        if isinstance(asset, dict) and _is_model(asset)
        for key, value in asset.items()
        if key.startswith("mlm:")
    }
    return {**data, "properties": {**fields, **summaries, **own}, "assets": assets_}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def assets(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the assets that are objects."""
    return {key: asset for key, asset in _object(item.get("assets")).items() if isinstance(asset, dict)}


def links(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the links that are objects."""
    listed = item.get("links")
    return [link for link in listed if isinstance(link, dict)] if isinstance(listed, list) else []


def _is_model(asset: dict[str, Any]) -> bool:
    roles = asset.get("roles")
    return isinstance(roles, list) and any(role in roles for role in _MODEL_ROLES)


def model_asset(item: dict[str, Any]) -> dict[str, Any] | None:
    """Return the asset that is the model: an ONNX file before any other with a role of MLM."""
    found = [asset for asset in assets(item).values() if _is_model(asset)]
    onnx = [asset for asset in found if _file_name(text(asset.get("href"))).lower().endswith(".onnx")]
    return next(iter(onnx or found), None)


def _file_name(href: str) -> str:
    try:
        path = urlsplit(href).path
    except ValueError:
        return ""
    return unquote(path).replace("\\", "/").rsplit("/", 1)[-1]


def local_path(href: str, folder: Path) -> Path | None:
    """Return where *href* of a JSON file in *folder* points on this computer; None for an address elsewhere.

    Shares of other computers (``//server/…``) are such an address: merely asking for them may send credentials there.
    """
    if href.replace("\\", "/").startswith("//"):
        return None
    try:
        parts = urlsplit(href)
        if not href or "\0" in href or (parts.scheme and len(parts.scheme) > 1 and parts.scheme != "file"):
            return None
        if parts.scheme == "file" and parts.netloc not in ("", "localhost"):
            return None
        plain = unquote(parts.path) if parts.scheme == "file" else href
        if plain.startswith("//"):
            return None
        path = folder / plain
        if not exists(path):
            path = folder / unquote(plain)
    except (OSError, ValueError):
        return None
    return path


def _is_file(path: Path | None) -> bool:
    try:
        return path is not None and is_file(path)
    except (OSError, ValueError):
        return False


def model_path(data: dict[str, Any], card_path: Path) -> Path:
    """Return the ONNX file on this computer that the item or collection describes.

    That is its model asset, a file of that name beside the description where the address is a remote one, else the
    file of the description's own name. Raises ModelError when none of them is there, or it is no ONNX file.
    """
    asset = model_asset(as_item(data)) or {}
    href = text(asset.get("href"))
    local = local_path(href, card_path.parent)
    name = _file_name(href)
    beside = card_path.parent / name if name.lower().endswith(".onnx") else None
    same_name = card_path.with_suffix(".onnx")
    for path in (local, beside, same_name):
        if path is not None and path.suffix.lower() == ".onnx" and _is_file(path):
            return path
    if name and not name.lower().endswith(".onnx"):
        raise ModelError(
            f"{card_path.name} describes '{href:.200}', which is no ONNX file: export that model to ONNX and put it "
            f"beside the description as {same_name.name}."
        )
    wanted = beside.name if beside is not None and local is None else same_name.name
    raise ModelError(
        f"{card_path.name} describes a model at '{href[:200] or 'no address'}', which is not on this computer: "
        f"put the ONNX file beside the description as {wanted}."
    )


def follow_items(data: dict[str, Any], card_path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return the MLM items on this computer that a collection links to."""
    found = []
    for link in [link for link in links(data) if link.get("rel") == "item"][:_MOST_FILES]:
        path = local_path(text(link.get("href")), card_path.parent)
        if path is not None and _is_file(path) and (item := _read_neighbour(path)) is not None:
            found.append((path, item))
    return found


def collection_parts(item: dict[str, Any], card_path: Path) -> list[dict[str, Any]]:
    """Return what the local collection of an item says of bands: its summaries, item assets and itself."""
    for link in links(item):
        if link.get("rel") != "collection":
            continue
        path = local_path(text(link.get("href")), card_path.parent)
        if path is None or not _is_file(path) or path == card_path:
            continue
        try:
            data = read_json_object(path)
        except ModelError:
            continue
        view = as_item({**data, "type": "Collection"})
        return [view["properties"], *assets(view).values(), data]
    return []


def find_descriptions(onnx_path: Path) -> list[Path]:
    """Return MLM items and collections in the model's folder, then above it, whose model asset is this very file."""
    found = []
    folder = onnx_path.parent
    for place in dict.fromkeys((folder, folder.resolve().parent)):
        for path in _json_files(place):
            data = _read_neighbour(path)
            if data is None:
                continue
            if describes(data, path, onnx_path) and "mlm:input" in as_item(data)["properties"]:
                found.append(path)
    return found


def _json_files(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".json")
    except OSError:
        return
    yield from names[:_MOST_FILES]


def _read_neighbour(path: Path) -> dict[str, Any] | None:
    """Return the JSON of a file that nobody named; None when it has nothing to do with MLM or can't be read."""
    try:
        if path.stat().st_size > _LARGEST_NEIGHBOUR_BYTES or b"mlm:" not in path.read_bytes():
            return None
        data = read_json_object(path)
    except (OSError, ModelError):
        return None
    return data if is_mlm(data) else None


def describes(data: dict[str, Any], card_path: Path, onnx_path: Path) -> bool:
    """Return True when a model asset of the description is *onnx_path*, or a remote file of that name, copied here."""
    for asset in assets(as_item(data)).values():
        href = text(asset.get("href"))
        if not _is_model(asset) or _file_name(href) != onnx_path.name:
            continue
        local = local_path(href, card_path.parent)
        if local is None:
            if card_path.parent.resolve() == onnx_path.parent.resolve():
                return True
        elif _is_file(local) and local.resolve() == onnx_path.resolve():
            return True
    return False
