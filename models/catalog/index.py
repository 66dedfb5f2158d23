"""Catalogue indexes: what can be downloaded, from a JSON file on this computer or on the web.

An index is our own simple form, ``{"models": [{"id": …, "files": [{"url": …, "sha256": …}]}]}``, or a list, a
FeatureCollection or a single one of STAC MLM items. docs/catalog.md describes both.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from ..card.fields import text
from ..errors import DownloadError
from ..files import is_file
from .entries import BUNDLED, SUFFIXES, CatalogEntry, RemoteFile, is_id
from .fetch import TIMEOUT_S, fetch_bytes, is_web_address
from .index_item import MODEL_ROLE, item_assets, item_bands, item_classes, item_facts, read_sha256

INDEX_VARIABLE = "GEONNX_CATALOG"
FILE_ROLE = "geonnx:file"
"""of assets that belong to a model besides the model file, such as external data"""
_LARGEST_INDEX_BYTES = 16 << 20
_LARGEST_FILE_BYTES = 1 << 40


@dataclass
class _Default:
    address: str = ""


_default = _Default()


def set_default_index(address: str) -> None:
    """Choose the index that is used when none is named; the environment variable still wins, empty: the bundled one."""
    _default.address = address


def default_index() -> str:
    """Return the index to use when none is named: ``GEONNX_CATALOG``, else the chosen one, else the bundled one."""
    named = os.environ.get(INDEX_VARIABLE, "").strip() or _default.address
    bundled = BUNDLED / "catalog.json"
    return named or (str(bundled) if is_file(bundled) else "")


def read_index(
    source: str | Path,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    proxies: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUT_S,
    warn: Callable[[str], None] = lambda _text: None,
) -> tuple[CatalogEntry, ...]:
    """Return what a catalogue index offers; *source* is its http(s) address or its path.

    A model that is listed wrongly is left out, and *warn* gets a sentence that says why. Raises DownloadError when the
    index can't be fetched or understood, or nothing in it can be used; Cancelled when the user stops it.
    """
    address = str(source).strip()
    if not address:
        raise DownloadError(f"No catalogue is named: give the path or the address of one, or set {INDEX_VARIABLE}.")
    if is_web_address(address):
        raw = fetch_bytes(address, limit=_LARGEST_INDEX_BYTES, cancelled=cancelled, proxies=proxies, timeout=timeout)
    else:
        raw = _read_local(address)
    try:
        data = json.loads(raw.decode("utf-8-sig"))
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise DownloadError(
            f"{address} is no catalogue: expected JSON, a list of models or of STAC MLM items. Check the address."
        ) from None
    entries, problems = _usable(_items(data, address), address)
    if problems and not entries:
        more = f" So are {len(problems) - 1} more of its models." if len(problems) > 1 else ""
        raise DownloadError(f"{problems[0]}{more}")
    for problem in problems:
        warn(problem)
    return entries


def _usable(items: list[Any], address: str) -> tuple[tuple[CatalogEntry, ...], list[str]]:
    """Return the models that can be offered, and a sentence for each of the others."""
    found: list[CatalogEntry] = []
    problems: list[str] = []
    for number, item in enumerate(items, 1):
        try:
            found.append(_read_entry(item, number, address))
        except DownloadError as error:
            problems.append(str(error))
    ids = [entry.id for entry in found]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        # nothing tells which of them is meant
        problems.append(f"The catalogue {address} lists {', '.join(twice)} more than once: its makers must mend it.")
    return tuple(entry for entry in found if entry.id not in twice), problems


def _read_local(address: str) -> bytes:
    path = Path(address).expanduser()
    try:
        if path.stat().st_size > _LARGEST_INDEX_BYTES:
            raise DownloadError(f"The catalogue {address} is larger than 16 MB; expected a small JSON file.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DownloadError(
            f"The catalogue {address} can't be read ({reason}): give the path or the http(s) address of one."
        ) from None


def _items(data: Any, address: str) -> list[Any]:
    if isinstance(data, list):
        return data
    if isinstance(data, dict):
        for key in ("models", "features"):
            if isinstance(data.get(key), list):
                return list(data[key])
        if "properties" in data or "files" in data:
            return [data]
    raise DownloadError(
        f"{address} is no catalogue: expected a list of models or of STAC MLM items. Check the address."
    )


def _read_entry(item: Any, number: int, address: str) -> CatalogEntry:
    what = f"model number {number} of the catalogue {address}"
    if not isinstance(item, dict):
        raise DownloadError(f"Expected an object for {what}; found {type(item).__name__}.")
    if not is_id(text(item.get("id"))):
        raise DownloadError(
            f"The id of {what} is {item.get('id')!r:.80}; expected letters, digits, dots, hyphens and underscores."
        )
    what = f"model number {number} ('{item['id']}') of the catalogue {address}"
    return (
        _from_stac(item, what, address) if isinstance(item.get("properties"), dict) else _from_own(item, what, address)
    )


def _from_own(item: dict[str, Any], what: str, address: str) -> CatalogEntry:
    listed = item.get("files")
    if not isinstance(listed, list) or not listed or not all(isinstance(entry, dict) for entry in listed):
        raise DownloadError(f"The files of {what} should be a list of objects with url and sha256; it has none.")
    files = tuple(_read_file(entry, entry.get("urls", entry.get("url")), what, address) for entry in listed)
    return _entry(
        {
            "id": text(item.get("id")), "name": text(item.get("name")), "task": text(item.get("task")),
            "licence": text(item.get("licence")) or text(item.get("license")),
            "description": text(item.get("description")),
        },
        files, what, None,
    )  # fmt: skip


def _from_stac(item: dict[str, Any], what: str, address: str) -> CatalogEntry:
    models = {
        key: asset
        for key, asset in item_assets(item, MODEL_ROLE).items()
        if _last_part(asset.get("href")).lower().endswith(SUFFIXES)
    }
    if not models:
        raise DownloadError(f"No asset of {what} is an ONNX model: expected one with the role {MODEL_ROLE}.")
    key, asset = next(iter(models.items()))
    chosen = {key: asset, **item_assets(item, FILE_ROLE)}
    files = {
        name: _read_file(entry, entry.get("geonnx:pieces", entry.get("href")), what, address)
        for name, entry in chosen.items()
    }
    card = copy.deepcopy(item)
    for name, file in files.items():
        card["assets"][name]["href"] = file.name
        card["assets"][name].pop("geonnx:pieces", None)
    return _entry(item_facts(item), tuple(files.values()), what, card)


def _entry(
    facts: dict[str, str], files: tuple[RemoteFile, ...], what: str, card: dict[str, Any] | None
) -> CatalogEntry:
    models = [file for file in files if file.name.lower().endswith(SUFFIXES)]
    if not models:
        raise DownloadError(f"No file of {what} is a model: expected one that ends in {', '.join(SUFFIXES)}.")
    # an .emd leads to its .onnx, not the other way round
    main = next((file for file in models if file.name.lower().endswith(".emd")), models[0])
    sizes = [file.size for file in files]
    return CatalogEntry(
        id=facts["id"],
        name=facts["name"] or facts["id"],
        source="index",
        task=facts["task"],
        licence=facts["licence"],
        description=facts["description"],
        size=sum(size for size in sizes if size is not None) if None not in sizes else None,
        sha256=main.sha256,
        files=(main, *(file for file in files if file is not main)),
        card=card,
        bands=item_bands(card or {}),
        classes=item_classes(card or {}),
    )


def _read_file(entry: dict[str, Any], addresses: Any, what: str, index: str) -> RemoteFile:
    listed = addresses if isinstance(addresses, list) else [addresses]
    if not listed or not all(isinstance(url, str) and url.strip() for url in listed):
        raise DownloadError(f"A file of {what} has no address: expected a url.")
    size = entry.get("size", entry.get("file:size"))
    if size is not None and (
        not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < _LARGEST_FILE_BYTES
    ):
        raise DownloadError(f"The size of a file of {what} is {size!r:.40}; expected a number of bytes.")
    return RemoteFile(
        name=text(entry.get("name", entry.get("geonnx:name"))) or _last_part(listed[0]),
        urls=tuple(_absolute(url.strip(), index, what) for url in listed),
        sha256=read_sha256(entry.get("sha256", entry.get("file:checksum"))),
        size=size,
    )


def _last_part(address: object) -> str:
    try:
        return unquote(urlsplit(text(address)).path.rsplit("/", 1)[-1])
    except ValueError:
        return ""


def _absolute(url: str, index: str, what: str) -> str:
    """Return the address of a file; relative ones begin at the index."""
    try:
        if is_web_address(index):
            url = urljoin(index, url)
        if is_web_address(url):
            return url
        scheme = urlsplit(url).scheme
    except ValueError:
        raise DownloadError(f"{url:.200} is no address of a file of {what}.") from None
    relative = Path(url)
    if is_web_address(index) or scheme or relative.is_absolute() or ".." in relative.parts or "\\" in url:
        raise DownloadError(
            f"{url:.200}, a file of {what}, may not be fetched: expected an http or https address, or a path below the "
            "folder of a catalogue on this computer."
        )
    return str(Path(index).expanduser().absolute().parent / relative)


def choose_entry(entries: tuple[CatalogEntry, ...], model_id: str) -> CatalogEntry:
    """Return the model with that id; an empty id takes the only one.

    Raises DownloadError with the ids that there are.
    """
    chosen = [entry for entry in entries if entry.id == model_id or (not model_id and len(entries) == 1)]
    if chosen:
        return chosen[0]
    ids = ", ".join(entry.id for entry in entries[:30]) or "none"
    raise DownloadError(
        f"The catalogue has no model '{model_id}'; it has {ids}." if model_id else f"Choose one of the models {ids}."
    )
