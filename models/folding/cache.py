"""Graphs that were wrapped and compared once, kept so that the next run need not do it again."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from ..user_cache import user_cache
from ..version import VERSION

_MOST_FILES = 64
_LARGEST_BYTES = 200 << 20


def cache_folder() -> Path:
    """Return where graphs are kept: ``GEONNX_CACHE``, else a folder of the user's cache."""
    return user_cache() if os.environ.get("GEONNX_CACHE") else user_cache() / "graphs"


def load_graph(model_sha256: str, recipe: str) -> bytes | None:
    """Return the graph that was made from a model by *recipe*; None when it is not kept."""
    path = _path(model_sha256, recipe)
    try:
        data = path.read_bytes()
        os.utime(path)  # the least used go first
    except OSError:
        return None
    # the file begins with a digest of the rest: what was cut off by a full disk is made again
    return data[32:] if data[:32] == hashlib.sha256(data[32:]).digest() else None


def store_graph(model_sha256: str, recipe: str, graph: bytes) -> None:
    """Keep a graph; where that can't be, the next run makes it again."""
    if len(graph) > _LARGEST_BYTES:
        return
    path = _path(model_sha256, recipe)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(hashlib.sha256(graph).digest() + graph)
        part.replace(path)
        kept = sorted(path.parent.glob("*.graph"), key=lambda file: file.stat().st_mtime)
        for old in kept[:-_MOST_FILES]:
            old.unlink(missing_ok=True)
    except OSError:
        remove_quietly(part)


def remove_quietly(path: Path) -> None:
    """Delete a file if that can be done."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _path(model_sha256: str, recipe: str) -> Path:
    key = hashlib.sha256(f"{VERSION}\n{model_sha256}\n{recipe}".encode()).hexdigest()
    return cache_folder() / f"{key}.graph"
