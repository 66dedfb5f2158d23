"""The demonstration as ``make demo`` runs it, and whether the model finds what was drawn into the scene."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

ROOT = Path(__file__).resolve().parents[2]
CLOUD, SHADOW = 1, 2


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    if importlib.util.find_spec("ukis_csmask") is None:
        pytest.skip("ukis-csmask is not installed")
    folder = tmp_path_factory.mktemp("demo")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GEONNX_DEMO_")}
    command = [sys.executable, str(ROOT / "demo" / "run.py")]
    done = subprocess.run(
        command, env=kept | {"GEONNX_DEMO_OUT": str(folder)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_demo_leaves_what_it_promises(demo):
    for name in ("classes.tif", "polygons.gpkg", "confidence.tif", "map.png"):
        assert (demo / name).stat().st_size > 1000, name
    polygons = ogr.Open(str(demo / "polygons.gpkg"))  # must outlive its layer
    assert polygons.GetLayer(0).GetFeatureCount() > 10


def test_map_shows_the_scene_and_is_wide_enough(demo):
    picture = gdal.Open(str(demo / "map.png"))
    assert picture.RasterXSize >= 1600
    assert picture.ReadAsArray().std() > 30


def test_classes_lie_on_the_grid_of_the_scene(demo):
    scene, classes = gdal.Open(str(demo / "scene.tif")), gdal.Open(str(demo / "classes.tif"))
    assert classes.GetGeoTransform() == scene.GetGeoTransform()
    assert (classes.RasterXSize, classes.RasterYSize) == (scene.RasterXSize, scene.RasterYSize)
    assert classes.GetSpatialRef().IsSame(scene.GetSpatialRef())


def test_model_finds_the_clouds_and_shadows_that_were_drawn(demo, scenes):
    truth = scenes.draw_scene()
    classes = gdal.Open(str(demo / "classes.tif"))  # must outlive its band
    band = classes.GetRasterBand(1)
    found = band.ReadAsArray()
    assert np.array_equal(found == band.GetNoDataValue(), ~truth.valid)
    cloudy = truth.valid & (truth.cloud > 0.3)
    clear = truth.valid & (truth.cloud < 0.02) & (truth.shadow < 0.02)
    dark = truth.valid & (truth.cloud < 0.05) & (truth.shadow > 0.7)
    assert np.mean(found[cloudy] == CLOUD) > 0.9
    assert np.mean(found[dark] == SHADOW) > 0.6
    assert np.mean(found[clear] == 0) > 0.8
