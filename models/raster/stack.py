"""One file a band, as satellite products come: the files of a scene as one virtual raster, nothing copied."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from osgeo import gdal

from ..errors import RasterError
from .gdal_errors import gdal_errors
from .source import RasterInfo, describe_raster, open_dataset

# …_B02.tif, …_B8A_20m.jp2, …_SR_B4.TIF
_BAND_FILE = re.compile(r"(?P<before>.*[_.-])?(?P<band>B(?:\d{1,2}|8A))(?P<after>_\d+m)?", re.IGNORECASE)


def has_band_name(path: str) -> bool:
    """Return True when the file's name ends in a band's name, as in ``T32TNR_20161228T102432_B02.tif``."""
    return _BAND_FILE.fullmatch(Path(path).stem) is not None


def stack_siblings(picked: RasterInfo) -> RasterInfo | None:
    """Return the virtual stack of all band files of the scene that *picked* belongs to, on the grid of *picked*.

    Bands of another resolution are resampled bilinearly as they are read. None when there are no siblings. Raises
    RasterError when the files do not fit together.
    """
    path = Path(picked.path)
    match = _BAND_FILE.fullmatch(path.stem)
    _, dx, column_skew, _, row_skew, dy = picked.grid.geotransform
    if match is None or len(picked.bands) != 1 or column_skew or row_skew or dx < 0 or dy > 0:
        return None  # gdalbuildvrt knows north-up grids only
    files = _sibling_files(path, match.group("before") or "")
    if len(files) < 2:
        return None
    grid = picked.grid
    left, top = grid.geotransform[0], grid.geotransform[3]
    with gdal_errors(RasterError, f"the band files beside {path.name} can't be stacked"):
        stack = gdal.BuildVRT(
            "",
            [str(file) for file in files.values()],
            separate=True,
            resolution="user",
            xRes=dx,
            yRes=-dy,
            outputBounds=(left, top + grid.height * dy, left + grid.width * dx, top),
            resampleAlg="bilinear",
        )
    if stack is None or stack.RasterCount != len(files):
        raise RasterError(
            f"The {len(files)} band files beside {path.name} can't be stacked: they should be in one CRS. Build a "
            "virtual raster of the bands you need (gdalbuildvrt -separate) and give that."
        )
    for number, name in enumerate(files, start=1):
        stack.GetRasterBand(number).SetDescription(name)
        _copy_nodata(stack.GetRasterBand(number), str(files[name]))
    stack.FlushCache()
    info = describe_raster(stack.GetMetadata("xml:VRT")[0], grid.crs_wkt)
    return replace(info, name=f"{match.group('before') or ''}B*{path.suffix}")


def _copy_nodata(band: gdal.Band, file: str) -> None:
    source = open_dataset(file)  # kept by a name: a band does not keep its dataset open
    nodata = source.GetRasterBand(1).GetNoDataValue()
    if nodata is not None:
        band.SetNoDataValue(nodata)


def _sibling_files(path: Path, before: str) -> dict[str, Path]:
    """Return band name → file for the scene, in the order of the band names."""
    files: dict[str, Path] = {}
    for file in sorted(path.parent.glob(f"*{path.suffix}")):
        match = _BAND_FILE.fullmatch(file.stem)
        if match and (match.group("before") or "") == before:
            # a product may hold one band at several resolutions; the picked file's own resolution comes first
            name = match.group("band").upper()
            if name not in files or file == path:
                files[name] = file
    return files
