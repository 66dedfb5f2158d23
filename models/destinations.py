"""Where results go, checked before any work starts."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path

from .errors import OutputError
from .raster.gdal_errors import short_name
from .raster.polygon_file import check_polygon_format
from .raster.read_files import read_files
from .raster.staging import COMPANIONS

_HTML, _CSV = (".html", ".htm"), (".csv",)


def check_destinations(
    rasters: Mapping[str, str],
    others: Mapping[str, str],
    inputs: Iterable[str],
    *,
    vectors: Iterable[str] = (),
    also: Iterable[str | None] = (),
) -> None:
    """Raise OutputError when results could not be written as they are named, or would replace each other or an input.

    *rasters* and *others* map what a result is called to its path; *vectors* names those of *others* that are vector
    layers. *inputs* are rasters and layers, whose styles and statistics beside them stay as well; *also* are other
    files that are read.
    """
    for name, path in rasters.items():
        if Path(path).suffix.lower() not in (".tif", ".tiff"):
            raise OutputError(f"The {name} output should be a GeoTIFF ending in .tif; found '{path}'.")
    for name in vectors:
        check_polygon_format(others[name])
    raster_paths = [_resolved(path) for path in rasters.values()]
    results = [*raster_paths, *(_resolved(path) for path in others.values())]
    if len({path.with_suffix("") for path in raster_paths}) != len(raster_paths) or len(set(results)) != len(results):
        # styles and statistics lie beside each result under its name without extension
        raise OutputError("Two outputs have the same name: give each its own, as class.tif and confidence.tif.")
    # a GeoPackage holds its style itself
    stems = {path.with_suffix("") for path in results if path.suffix.lower() != ".gpkg"}
    for read in also:
        if read and _resolved(read) in results:
            raise OutputError(f"The output {read} is one of the files that the run reads: choose another name.")
    for read in inputs:
        source = _resolved(read)
        if source in results:
            raise OutputError(f"The output {read} is the input itself: choose another name.")
        if source.with_suffix("") in stems:
            raise OutputError(
                f"An output has the name of the input {read}, whose style and statistics would be replaced: choose "
                "another name."
            )
    _refuse_lost_files(results, [*inputs, *filter(None, also)])


def check_report_destinations(page: str, table: str, inputs: Iterable[str]) -> None:
    """Raise OutputError when a page or a table would replace each other or an input, or are no .html and .csv.

    Either may be empty: not wanted.
    """
    for path, suffixes, what in ((page, _HTML, "report"), (table, _CSV, "table")):
        if path and Path(path).suffix.lower() not in suffixes:
            raise OutputError(f"The {what} should be a file ending in {suffixes[0]}; found '{path}'.")
    read = {_resolved(path) for path in inputs}
    for path in filter(None, (page, table)):
        if _resolved(path) in read:
            raise OutputError(f"The output {path} is one of the inputs: choose another name.")
    _refuse_lost_files([_resolved(path) for path in (page, table) if path], inputs)


def _refuse_lost_files(results: Iterable[Path], reads: Iterable[str]) -> None:
    """Raise OutputError when a result would replace a file that an input is made of, or another one of its scene."""
    replaced = {}
    for result in results:
        for file in (str(result), *(f"{result}{suffix}" for suffix in COMPANIONS)):
            identity = _identity(file)
            if identity is not None:
                replaced[identity] = file
    # mostly nothing is replaced, and then nothing has to be opened
    for read in reads if replaced else ():
        for file in read_files(read):
            if (lost := replaced.get(_identity(file))) is not None:
                raise OutputError(
                    f"The output would replace {Path(lost).name}, which the input {short_name(read)} is made of or "
                    "which belongs to its scene: choose another name."
                )


def _identity(path: str) -> Hashable:
    """Return what tells a file from all others, however its path is written; None when there is none."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):  # a virtual one of GDAL, or no path at all
        return None
    # some network drives number no files
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.normcase(os.path.realpath(path))


def _resolved(path: str) -> Path:
    """Return the path of the file itself, past all links."""
    return Path(os.path.realpath(Path(path).expanduser()))
