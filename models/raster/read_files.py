"""The files behind a raster or layer: sources of virtual rasters, sidecar files, the other band files of a scene."""

from __future__ import annotations

from collections.abc import Iterator

from osgeo import gdal

from .products import scene_files


def read_files(path: str) -> Iterator[str]:
    """Yield each file that a run may read when it is given *path*, itself included, once.

    Virtual rasters are followed down to the files that they are made of. What can't be opened stands for itself.
    """
    found = {path, *scene_files(path)}
    waiting = list(found)
    while waiting:
        file = waiting.pop()
        yield file
        if file != path and not file.lower().endswith(".vrt"):
            continue  # not opened: there may be thousands
        new = set(_files_of(file)) - found
        found |= new
        waiting += new


def _files_of(path: str) -> list[str]:
    """Return the files that GDAL says a dataset is made of; a virtual one gives those that it names itself."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        dataset = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_VECTOR)
        return [] if dataset is None else dataset.GetFileList() or []
    except RuntimeError:  # with GDAL's exceptions switched on
        return []
    finally:
        gdal.PopErrorHandler()
