"""The folder for what can be made again: packages that were unpacked, wrapped graphs, compiled networks."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_cache() -> Path:
    """Return the user's cache folder, which need not exist: ``GEONNX_CACHE``, else the system's usual place."""
    named = os.environ.get("GEONNX_CACHE")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "geonnx"
