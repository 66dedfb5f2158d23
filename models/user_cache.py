"""The folder for what can be made again: packages that were unpacked, wrapped graphs, compiled networks."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

CACHE_VARIABLE = "GEONNX_CACHE"


@dataclass
class _Chosen:
    folder: Path | None = None


_chosen = _Chosen()


def set_user_cache(folder: Path | None) -> None:
    """Choose the cache folder (None: the system's usual place); the environment variable still wins."""
    _chosen.folder = folder


def user_cache() -> Path:
    """Return the cache folder, which need not exist: ``GEONNX_CACHE``, else the chosen one, else the usual place."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    return _chosen.folder or _usual_place()


def _usual_place() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "geonnx"
