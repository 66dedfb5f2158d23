"""Whatever a user points at, as one raster: a plain file, or a satellite product as downloaded.

A product becomes a virtual raster of all its bands, built on the fly; nothing is copied and nothing is written.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ..errors import GeonnxError, RasterError
from . import landsat, sentinel2
from .gdal_errors import gdal_errors
from .grid import Grid
from .scene import Scene
from .sensors import MSI
from .source import RasterInfo, describe_raster
from .stack import BandFile, file_grid, is_north_up, stack_files
from .vsi import absolute, absolute_file, archive_root, file_name, is_folder, join, names_in, parent

# a part of a product that GDAL's own driver offers, as QGIS adds it: SENTINEL2_L2A:/data/MTD_MSIL2A.xml:10m:EPSG_32632
_GDAL_PART = re.compile(
    r"SENTINEL2_L(?:1C|2A)(?:_TILE)?:(?P<path>.+?\.(?:xml|zip)(?:/.*?\.xml)?):(?P<pixel>\d+)m(?::.*)?"
)
_PRODUCT_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".safe", ".xml", ".txt", ".json")


def is_product(path: str) -> bool:
    """Return True when a path names a product as a whole (folder, archive, metadata file) and not a raster file."""
    if _GDAL_PART.fullmatch(path):
        return True
    if not path.lower().endswith(_PRODUCT_SUFFIXES) and not is_folder(path):
        return False
    try:
        return _find_product(path) is not None
    except GeonnxError:
        return True  # what is wrong with it is said when it is opened


def open_raster(path: str, crs_wkt: str | None = None) -> RasterInfo:
    """Return what a file or a product holds; *crs_wkt* is used instead of its own CRS.

    A product's grid is that of its finest bands (of Landsat, without the panchromatic one). Raises RasterError.
    """
    path = absolute_file(path)  # virtual rasters and workers elsewhere are in other folders
    if not is_product(path):
        return _with_scene_values(describe_raster(path, crs_wkt))
    scene = _find_product(path)
    part = _GDAL_PART.fullmatch(path)
    if scene is None:
        return describe_raster(path, crs_wkt)
    pixel = float(part.group("pixel")) if part else None
    files = scene.choose(pixel, None)
    return _stack(scene, files, _finest_grid(scene, files, pixel), crs_wkt)


def open_siblings(picked: RasterInfo) -> RasterInfo | None:
    """Return all bands of the scene that the band file *picked* belongs to, on its grid; None when it is alone.

    Raises RasterError when the files do not fit together.
    """
    if picked.path.lstrip().startswith("<") or len(picked.bands) != 1 or not is_north_up(picked.grid):
        return None
    path = absolute(picked.path)
    scene = _scene_around(path)
    if scene is None:
        return None
    pixel = abs(picked.grid.geotransform[1])
    files = scene.choose(pixel, path)
    if len(files) < 2:
        return None
    stack = _stack(scene, files, picked.grid, picked.grid.crs_wkt)
    return replace(stack, name=f"{scene.name}_B*.{path.rsplit('.', 1)[-1]}")


def scene_files(path: str) -> list[str]:
    """Return the band files of the product that *path* names, or of the scene around it where it is a band file.

    Those are what `open_raster` and `open_siblings` may open by themselves; none where there is no scene.
    """
    if path.lstrip().startswith("<"):
        return []
    path = absolute_file(path)
    try:
        scene = _find_product(path) if is_product(path) else _scene_around(absolute(path))
    except GeonnxError:
        return []  # what is wrong with it is said when it is opened
    return [] if scene is None else [candidate.band.path for candidate in scene.candidates]


def _find_product(path: str) -> Scene | None:
    """Return the product that a folder, an archive or a metadata file stands for; None when it is none."""
    with gdal_errors(RasterError, f"{file_name(path)} can't be read") as messages:
        part = _GDAL_PART.fullmatch(path)
        place = part.group("path").replace("/vsizip/", "") if part else path
        root = archive_root(place) if ".zip/" not in place else f"/vsizip/{place}"
        scene = _read_product(root or absolute(place))
        if scene is not None:
            messages.clear()  # looking for what is not there is no failure
    return scene


def _read_product(place: str) -> Scene | None:
    if landsat.is_metadata_file(place):
        return landsat.read_around(place)
    if sentinel2.is_metadata_file(place):
        return sentinel2.read_product(parent(place))
    if not is_folder(place):
        return None
    for folder in (place, *_only_folder(place)):
        if any(sentinel2.is_metadata_file(name) for name in names_in(folder)):
            return sentinel2.read_product(folder)
        if landsat.holds_product(folder):
            return landsat.read_product(folder)
    return None


def _only_folder(folder: str) -> list[str]:
    """Return the one product folder in a folder or archive, where there is exactly one."""
    names = [name for name in names_in(folder) if is_folder(join(folder, name))]
    safe = [name for name in names if name.rstrip("/").upper().endswith(".SAFE")]
    chosen = safe or names
    return [join(folder, chosen[0].rstrip("/"))] if len(chosen) == 1 else []


def _scene_around(path: str) -> Scene | None:
    """Return the scene that a band file belongs to: its product, where that is around it, else the files beside it."""
    if landsat.is_band_file(path):
        return landsat.read_around(path)
    loose = sentinel2.read_loose(path)
    if loose is None:
        return None
    folder = sentinel2.find_product_folder(parent(path))
    if folder is None:
        return loose
    try:
        return sentinel2.read_product(folder)
    except RasterError:
        return sentinel2.read_granule(folder, path)


def _with_scene_values(raster: RasterInfo) -> RasterInfo:
    """Return a band file with what its product says of its values."""
    if len(raster.bands) != 1 or raster.path.lstrip().startswith("<"):
        return raster
    path = absolute(raster.path)
    if not (landsat.is_band_file(path) or sentinel2.find_product_folder(parent(path))):
        return raster
    scene = _scene_around(path)
    file = None if scene is None else next((c.band for c in scene.candidates if c.band.path == path), None)
    if scene is None or file is None:
        return raster
    return replace(raster, sensor=scene.sensor, level=scene.level, baseline=scene.baseline,
                   bands=(_valued(raster, file),))  # fmt: skip


def _valued(raster: RasterInfo, file: BandFile):  # type: ignore[no-untyped-def]
    band = raster.bands[0]
    return replace(
        band,
        name=band.name or file.name,
        nodata=file.nodata if band.nodata is None else band.nodata,
        scale=file.scale if band.scale == 1 else band.scale,
        offset=file.offset if band.offset == 0 else band.offset,
        harmonizing_offset=file.harmonizing_offset,
        is_categorical=file.is_categorical,
    )


def _finest_grid(scene: Scene, files: list[BandFile], pixel_m: float | None) -> Grid:
    sizes = {candidate.band.path: candidate.pixel_m or 0.0 for candidate in scene.candidates}
    colors = [file for file in files if not (scene.sensor is not MSI and file.name == "B8" and "B2" in _names(files))]
    spectral = [file for file in colors if not file.is_categorical] or colors
    return file_grid(min(spectral, key=lambda file: (sizes[file.path] != pixel_m, sizes[file.path])).path)


def _names(files: list[BandFile]) -> set[str]:
    return {file.name for file in files}


def _stack(scene: Scene, files: list[BandFile], grid: Grid, crs_wkt: str | None) -> RasterInfo:
    if not is_north_up(grid):
        raise RasterError(f"{scene.name} is rotated or stored upside down; expected a product as downloaded.")
    raster = stack_files(files, replace(grid, crs_wkt=crs_wkt or grid.crs_wkt), scene.name, scene.sensor)
    return replace(raster, level=scene.level, baseline=scene.baseline)
