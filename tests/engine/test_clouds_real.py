"""Cloud removal on real dates: Sentinel-2 of a reservoir, int16, in degrees, no band names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from geonnx.models import CloudInputs, CloudSettings, RunSettings, remove_clouds
from osgeo import gdal
from scipy.ndimage import distance_transform_edt

from ..rasters import read_raster, write_raster

DAYS = ("2020-09-14", "2021-07-16", "2021-07-21", "2022-03-08")


def test_reservoir_from_its_other_dates(shared_data: Path, tmp_path: Path) -> None:
    """Discs of cloud on every date; the filled image is that of numpy, and far closer to the truth than none at all."""
    paths = [shared_data / "boadella" / f"Boadella_{day}.tif" for day in DAYS]
    values = [read_raster(path) for path in paths]
    grid = gdal.Open(str(paths[0]))
    height, width = values[0].shape[1:]
    rows, columns = np.mgrid[:height, :width]
    clouded, masks, clouds = [], [], []
    for number, (day, array) in enumerate(zip(DAYS, values)):
        cloudy = np.hypot(rows - 90 - 70 * number, columns - 120 - 50 * number) < 60
        clouds.append(cloudy)
        where = {"geotransform": grid.GetGeoTransform(), "epsg": 4326}
        bright = np.where(cloudy, 7000, array).astype(np.int16)
        clouded.append(str(write_raster(tmp_path / f"s_{day}.tif", bright, **where)))
        masks.append(str(write_raster(tmp_path / f"m_{day}.tif", cloudy[np.newaxis].astype(np.uint8), **where)))
    inputs = CloudInputs(tuple(clouded[::-1]), cloud_masks=tuple(masks))
    report = remove_clouds(
        None, inputs, str(tmp_path / "out.tif"), RunSettings(), CloudSettings(target=2, feather_px=4)
    )
    assert report.target == "2021-07-16"
    got = read_raster(tmp_path / "out.tif").astype(np.float64)
    # nearest to 16 July 2021: 21 July 2021 (5 days), 8 March 2022 (235), 14 September 2020 (305)
    filled = np.where(clouds[2], np.where(clouds[3], values[0], values[3]), values[2]).astype(np.float64)
    distance = distance_transform_edt(~clouds[1])
    weight = np.where(distance > 4, 1, distance / 5)
    np.testing.assert_array_equal(got, np.rint(weight * values[1] + (1 - weight) * filled))
    truth = values[1].astype(np.float64)
    error, without = (np.sqrt(((image - truth)[:, clouds[1]] ** 2).mean()) / 10000 for image in (got, 7000))
    assert 20 * np.log10(1 / error) > 25
    assert 20 * np.log10(1 / without) < 10
