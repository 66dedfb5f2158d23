"""Makes what was installed usable in the QGIS that runs, where that is possible."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

NEEDED = ("onnxruntime", "onnx")


def missing_modules(names: Iterable[str] = NEEDED) -> tuple[str, ...]:
    """Return those of the modules that can't be found; looks at the disk, so call it in the background."""
    return tuple(name for name in names if name not in sys.modules and not _is_found(name))


def search_path(home: Path) -> list[str]:
    """Return where QGIS looks for packages, without our own folders."""
    return [path for path in sys.path if path and not _is_ours(path, home)]


def use_folder(home: Path, folder: Path | None) -> bool:
    """Search *folder* (None: none) for packages from now on, in place of former ones; return True when it is in force.

    It is not when modules of a former folder are loaded: a library can't be exchanged while it runs, so QGIS has to be
    started again.
    """
    ours = [path for path in sys.path if _is_ours(path, home)]
    files = [str(getattr(sys.modules.get(name), "__file__", "") or "") for name in NEEDED]
    if any(_is_ours(file, home) and (folder is None or folder not in Path(file).parents) for file in files):
        return False
    for path in ours:
        if path != str(folder):
            sys.path.remove(path)
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))
    importlib.invalidate_caches()
    return True


def _is_ours(path: str, home: Path) -> bool:
    # an empty entry means the working folder
    return bool(path) and home in Path(path).parents


def _is_found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
