"""A labelled Landsat pair through the plugin's own ``detect_change``, with defaults, as a user would run it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from geonnx.models import ChangeSettings, RunSettings, detect_change, load_model
from osgeo import gdal, osr

from .landsat import Samples
from .prepare import LANDSAT_BANDS

PIXEL_M = 30
ZONE = 32650
"""EPSG of UTM zone 50 N: where exactly the pair lies does not matter"""


def detect(model_path: Path, samples: Samples, threshold: float | None = None) -> np.ndarray:
    """Return changed pixels (H, W) as a change model, or a land-cover model on both dates, sees them.

    The model needs its card. The plugin gets reflectance × 10000 as uint16 with the bands' names, as a user of
    Sentinel-2 has it.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{name}.tif") for name in ("before", "after", "change")]
        for path, bands in zip(paths, samples.reflectance):
            _write(path, bands)
        detect_change(
            load_model(model_path), *paths, settings=RunSettings(), change=ChangeSettings(threshold=threshold)
        )
        values = gdal.Open(paths[2]).ReadAsArray()
    return (values > 0) & (values != np.iinfo(values.dtype).max)


def _write(path: str, bands: np.ndarray) -> None:
    count, height, width = bands.shape
    raster = gdal.GetDriverByName("GTiff").Create(path, width, height, count, gdal.GDT_UInt16)
    raster.SetGeoTransform((600000.0, PIXEL_M, 0.0, 3600000.0, 0.0, -PIXEL_M))
    place = osr.SpatialReference()
    place.ImportFromEPSG(ZONE)
    raster.SetProjection(place.ExportToWkt())
    for number, (name, band) in enumerate(zip(LANDSAT_BANDS, bands), 1):
        raster.GetRasterBand(number).WriteArray(np.clip(band * 10000, 1, 65535).round().astype(np.uint16))
        raster.GetRasterBand(number).SetDescription(name)
    raster.FlushCache()
