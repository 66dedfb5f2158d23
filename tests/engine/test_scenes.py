"""The synthetic scene: what other tests and the demonstration rely on."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal


@pytest.fixture(scope="module")
def scene(scenes):
    return scenes.draw_scene(420, 360)


def test_same_seed_same_scene(scenes, scene):
    assert np.array_equal(scenes.draw_scene(420, 360).integers(), scene.integers())
    assert not np.array_equal(scenes.draw_scene(420, 360, seed=5).integers(), scene.integers())


def test_nodata_is_zero_where_there_is_nothing_and_nowhere_else(scene):
    numbers = scene.integers()
    assert not scene.valid.all() and scene.valid.mean() > 0.9
    assert np.array_equal((numbers == 0).all(axis=0), ~scene.valid)
    assert (numbers[:, scene.valid] > 0).all()


def test_clouds_are_bright_and_shadows_dark(scene):
    blue, near_infrared = scene.reflectance[0], scene.reflectance[3]
    thick = scene.valid & (scene.cloud > 0.9)
    sunny = scene.valid & (scene.cloud < 0.01) & (scene.shadow < 0.01)
    shaded = scene.valid & (scene.cloud < 0.01) & (scene.shadow > 0.9)
    assert min(thick.sum(), sunny.sum(), shaded.sum()) > 500
    assert blue[thick].mean() > 3 * blue[sunny].mean()
    assert near_infrared[shaded].mean() < 0.5 * near_infrared[sunny].mean()


def test_without_clouds_there_are_none(scenes):
    clear = scenes.draw_scene(200, 160, clouds=False)
    assert not clear.cloud.any() and not clear.shadow.any()
    assert clear.reflectance[0].max() < 0.4


def test_file_is_a_tiled_geotiff_with_named_bands(scenes, scene, tmp_path):
    dataset = gdal.Open(str(scenes.write_scene(tmp_path / "scene.tif", scene)))
    assert [dataset.GetRasterBand(i).GetDescription() for i in range(1, 7)] == list(scenes.BANDS)
    assert dataset.GetGeoTransform() == (456_780.0, 10.0, 0.0, 5_412_340.0, 0.0, -10.0)
    assert dataset.GetRasterBand(1).GetNoDataValue() == 0
    assert dataset.GetRasterBand(1).GetBlockSize() == [512, 512]
    assert np.array_equal(dataset.ReadAsArray(), scene.integers())
