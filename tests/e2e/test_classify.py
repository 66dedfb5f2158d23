"""``geonnx:classify`` through the real ``qgis_process``: a grid, zones in degrees, and a model of another kind."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from .. import rasters, scene_models, tiny_models

NAMES = ["open land", "forest & hedge", "water"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("classify")
    scene_models.write_card(scene_models.mean_of_bands(folder / "scenes.onnx", size=32), NAMES)
    tiny_models.box(folder / "map.onnx")
    rasters.write_raster(folder / "scene.tif", rasters.noise(3, 100, 130, "float32"))
    zones = gpd.GeoDataFrame(
        {"name": ["near", "far"]},
        geometry=[box(500100, 5199500, 500500, 5199900), box(600000, 5199500, 600400, 5199900)],
        crs=32633,
    )
    zones.to_crs(4326).to_file(folder / "zones.gpkg")
    return folder


def test_a_grid(qgis_process, folder: Path, tmp_path: Path) -> None:
    out, coarse = tmp_path / "chips.gpkg", tmp_path / "coarse.tif"
    done = qgis_process(
        "geonnx:classify",
        INPUT=folder / "scene.tif",
        MODEL=folder / "scenes.onnx",
        OUTPUT=out,
        OUTPUT_RASTER=coarse,
    )
    assert done.code == 0, done.stderr + done.stdout
    table = gpd.read_file(out, layer="chips")
    assert len(table) == 4 * 5
    np.testing.assert_array_equal(rasters.read_raster(coarse)[0].ravel(), table["class_id"])
    assert done.results["TILES"] == 20
    assert done.results["CHIPS_SKIPPED"] == 0
    assert done.results["CLASS_COUNTS"] == table["class"].value_counts().to_dict()
    json.dumps(done.results, allow_nan=False)


def test_zones(qgis_process, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "zones.gpkg"
    done = qgis_process(
        "geonnx:classify",
        INPUT=folder / "scene.tif",
        MODEL=folder / "scenes.onnx",
        ZONES=folder / "zones.gpkg",
        ZONE_MODE="average",
        OUTPUT=out,
    )
    assert done.code == 0, done.stderr + done.stdout
    table = gpd.read_file(out, layer="zones").set_index("name")
    assert table.loc["near", "chips"] == 4
    assert table.loc["near", "class"] in NAMES
    assert table.loc["far", "class"] is None
    assert done.results["ZONES_WITHOUT_CLASS"] == 1


def test_a_model_of_another_kind(qgis_process, folder: Path, tmp_path: Path) -> None:
    done = qgis_process(
        "geonnx:classify", INPUT=folder / "scene.tif", MODEL=folder / "map.onnx", OUTPUT=tmp_path / "chips.gpkg"
    )
    assert done.code == 1
    assert "use 'Segment raster' for it" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    assert not list(tmp_path.iterdir())
