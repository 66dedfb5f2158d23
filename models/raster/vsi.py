"""Folders and archives alike, through GDAL's virtual file systems: what lies in them, what a small text file says."""

from __future__ import annotations

import re
from pathlib import Path

from osgeo import gdal

from ..errors import RasterError
from .gdal_errors import gdal_errors

_LARGEST_TEXT = 8 << 20
_ARCHIVES = (
    (re.compile(r"\.zip$", re.IGNORECASE), "/vsizip/"),
    (re.compile(r"\.(tar|tar\.gz|tgz)$", re.IGNORECASE), "/vsitar/"),
)


def absolute(path: str) -> str:
    """Return a path that means the same from any folder; GDAL's virtual ones and addresses are left as they are."""
    return path if path.startswith("/vsi") or "://" in path else str(Path(path).absolute())


def absolute_file(path: str) -> str:
    """Return the absolute path of a file or folder that is there; whatever else GDAL opens is left as it is."""
    try:
        return absolute(path) if Path(path).exists() else path
    except (OSError, ValueError):  # no name of a file, but the text of a virtual raster
        return path


def archive_root(path: str) -> str | None:
    """Return the virtual folder that a zip or tar file holds; None when the path names no archive."""
    for pattern, prefix in _ARCHIVES:
        if pattern.search(path):
            return prefix + absolute(path).replace("\\", "/")
    return None


def is_folder(path: str) -> bool:
    """Return True for a folder, also inside an archive."""
    status = gdal.VSIStatL(path)
    return status is not None and bool(status.IsDirectory())


def names_in(folder: str) -> list[str]:
    """Return the names of what lies directly in a folder, sorted; empty when there is none."""
    return sorted(name for name in gdal.ReadDir(folder) or () if name not in (".", ".."))


def files_below(folder: str) -> list[str]:
    """Return the paths of all files below a folder, sorted."""
    found = gdal.ReadDirRecursive(folder) or ()
    return sorted(join(folder, name) for name in found if not name.endswith("/"))


def join(folder: str, name: str) -> str:
    """Return the path of *name* in a folder."""
    return f"{folder.rstrip('/')}/{name}"


def file_name(path: str) -> str:
    """Return the last part of a path, whichever way its slashes lean."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", maxsplit=1)[-1]


def parent(path: str) -> str:
    """Return the folder of a path."""
    # not pathlib: in /vsizip//data/scene.zip both slashes count
    return path.replace("\\", "/").rstrip("/").rpartition("/")[0]


def read_text(path: str) -> str:
    """Return the text of a small file; raise RasterError when it can't be read."""
    data = None
    with gdal_errors(RasterError, f"{file_name(path)} can't be read"):
        handle = gdal.VSIFOpenL(path, "rb")
        if handle is not None:
            data = gdal.VSIFReadL(1, _LARGEST_TEXT, handle)
            gdal.VSIFCloseL(handle)
    if data is None:
        raise RasterError(f"{file_name(path)} can't be read: check that the product is complete.")
    return bytes(data).decode("utf-8", errors="replace")
