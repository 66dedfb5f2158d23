"""Small rasters for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal, osr

UTM = 32633
NORTH_UP = (500000.0, 10.0, 0.0, 5200000.0, 0.0, -10.0)
SOUTH_UP = (500000.0, 10.0, 0.0, 5200000.0, 0.0, 10.0)
ROTATED = (500000.0, 8.0, 3.0, 5200000.0, 3.0, -8.0)
DEGREES = (14.5, 0.00011, 0.0, 46.9, 0.0, -0.00009)


def crs_wkt(epsg: int) -> str:
    """Return the WKT of an EPSG code."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    return str(reference.ExportToWkt())


def write_raster(
    path: Path,
    values: NDArray[Any],
    *,
    geotransform: tuple[float, ...] | None = NORTH_UP,
    epsg: int | None = UTM,
    nodata: float | None = None,
    names: list[str] | None = None,
    options: list[str] | None = None,
) -> Path:
    """Write an array (band, row, column) as GeoTIFF."""
    kind = gdal.GDT_Byte if values.dtype == np.uint8 else None
    if kind is None:
        from osgeo import gdal_array

        kind = gdal_array.NumericTypeCodeToGDALTypeCode(values.dtype.type)
    bands, height, width = values.shape
    if options is None and bands > 3:
        options = ["PHOTOMETRIC=MINISBLACK", "ALPHA=NO"]  # else GDAL takes the fourth of four byte bands for alpha
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, bands, kind, options=options or [])
    if geotransform is not None:
        dataset.SetGeoTransform(geotransform)
    if epsg is not None:
        dataset.SetProjection(crs_wkt(epsg))
    for number, plane in enumerate(values, start=1):
        band = dataset.GetRasterBand(number)
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if names:
            band.SetDescription(names[number - 1])
        band.WriteArray(plane)
    dataset.FlushCache()
    return path


def read_raster(path: Path) -> NDArray[Any]:
    """Return all bands (band, row, column)."""
    dataset = gdal.Open(str(path))
    values = dataset.ReadAsArray()
    return values if values.ndim == 3 else values[np.newaxis]


def noise(bands: int, height: int, width: int, dtype: str = "uint8", seed: int = 1) -> NDArray[Any]:
    """Return smooth noise over the range of the type, so that neighbouring pixels resemble each other."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((bands, height // 8 + 2, width // 8 + 2))
    rows = np.linspace(0, coarse.shape[1] - 1.001, height)
    columns = np.linspace(0, coarse.shape[2] - 1.001, width)
    r0, c0 = rows.astype(int), columns.astype(int)
    fr, fc = (rows - r0)[:, None], (columns - c0)[None, :]
    top = coarse[:, r0][:, :, c0] * (1 - fc) + coarse[:, r0][:, :, c0 + 1] * fc
    low = coarse[:, r0 + 1][:, :, c0] * (1 - fc) + coarse[:, r0 + 1][:, :, c0 + 1] * fc
    smooth = 0.85 * (top * (1 - fr) + low * fr) + 0.15 * rng.random((bands, height, width))
    if dtype.startswith("float"):
        return smooth.astype(dtype)
    high = min(np.iinfo(dtype).max, 10000)
    return (smooth * high).astype(dtype)
