"""The demonstration as ``make demo`` runs it, and whether its results are true of what was drawn into the scenes."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

ROOT = Path(__file__).resolve().parents[2]
CLOUDY_DAY, LATER_DAY = "2024-06-18", "2025-06-20"
CLOUD, SHADOW = 1, 2
COVERS = {
    "water": ("water", "shallows"),
    "forest": ("forest", "hedge"),
    "crops": ("wheat", "maize", "rape"),
    "grass": ("meadow", "gardens"),
    "bare soil": ("stubble", "soil"),
    "built-up": ("road", "roofs", "halls"),
}


@dataclass(frozen=True)
class Shown:
    folder: Path
    said: str

    def read(self, name: str) -> np.ndarray:
        return gdal.Open(str(self.folder / name)).ReadAsArray()


def run_demo(folder: Path, **settings: str) -> Shown:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GEONNX_DEMO_")}
    named = {f"GEONNX_DEMO_{name}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, str(ROOT / "demo" / "run.py")],
        env=kept | named | {"GEONNX_DEMO_OUT": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Shown(folder, done.stdout)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    if importlib.util.find_spec("ukis_csmask") is None:
        pytest.skip("ukis-csmask is not installed")
    return run_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def truth(scenes):
    drawn = scenes.draw_series()
    return drawn[CLOUDY_DAY], drawn[LATER_DAY]


def true_class(scenes, scene) -> np.ndarray:
    """Return the place in COVERS plus 1 of what each pixel is."""
    places = [
        next(place for place, names in enumerate(COVERS.values(), 1) if cover in names) for cover in scenes.COVERS
    ]
    return np.array(places)[scene.cover]


def table(path: Path) -> dict[tuple[str, ...], float]:
    """Return the figures of a CSV by the texts before them."""
    with path.open(encoding="utf-8-sig") as lines:
        rows = list(csv.reader(lines))[1:]
    return {tuple(row[:-1]): float(row[-1]) for row in rows if row and row[-1]}


def test_every_file_that_is_named_is_there(demo):
    named = [Path(line.strip()) for line in demo.said.splitlines() if line.startswith(f"  {demo.folder}")]
    assert len(named) > 20
    for path in named:
        assert path.stat().st_size > 500, path


def test_it_says_what_is_a_trained_network_and_what_is_not(demo):
    assert "no trained network" in demo.said
    for algorithm in ("segment", "removeclouds", "classify", "detectchange", "assessaccuracy", "compareimages"):
        assert f"geonnx:{algorithm}" in demo.said


@pytest.mark.parametrize(
    "name",
    ["overview", "0_scene_map", "1_clouds_map", "2_cleared_map", "3_land_cover_map", "4_chips_map", "5_change_map"],
)
def test_maps_show_something_and_are_wide_enough(demo, name):
    picture = gdal.Open(str(demo.folder / f"{name}.png"))
    assert picture.RasterXSize >= 1600
    assert picture.ReadAsArray().std() > 30


@pytest.mark.parametrize("name", [f"1_clouds_{CLOUDY_DAY}", "3_land_cover", "5_change"])
def test_class_rasters_bring_names_and_colours_on_the_grid_of_the_scene(demo, name):
    scene = gdal.Open(str(demo.folder / "scenes" / f"scene_{CLOUDY_DAY}.tif"))
    dataset = gdal.Open(str(demo.folder / f"{name}.tif"))
    assert dataset.GetGeoTransform() == scene.GetGeoTransform()
    assert (dataset.RasterXSize, dataset.RasterYSize) == (scene.RasterXSize, scene.RasterYSize)
    assert dataset.GetSpatialRef().IsSame(scene.GetSpatialRef())
    band = dataset.GetRasterBand(1)
    assert band.GetColorTable() is not None
    band.GetMetadata()  # GDAL looks into .aux.xml no earlier
    found = set(band.GetCategoryNames())
    wanted = {"cloud", "cloud shadow"} if name.startswith("1") else set(COVERS)
    assert ({"no change", "forest → bare soil"} if name.startswith("5") else wanted) <= found
    assert (demo.folder / f"{name}.qml").exists()


def test_clouds_and_shadows_are_found(demo, truth):
    scene, found = truth[0], demo.read(f"1_clouds_{CLOUDY_DAY}.tif")
    clear = scene.valid & (scene.cloud < 0.02) & (scene.shadow < 0.02)
    dark = scene.valid & (scene.cloud < 0.05) & (scene.shadow > 0.7)
    assert np.mean(found[scene.valid & (scene.cloud > 0.3)] == CLOUD) > 0.9
    assert np.mean(found[dark] == SHADOW) > 0.9
    assert np.mean(found[clear] == 0) > 0.9


def test_where_it_was_cloudy_the_ground_is_seen(demo, truth):
    scene, cleared = truth[0], demo.read(f"2_cleared_{CLOUDY_DAY}.tif")
    seen, true = scene.integers(), scene.without_clouds().integers()
    assert cleared.dtype == np.uint16 and np.array_equal(cleared[0] == 0, ~scene.valid)
    cloudy = scene.valid & (scene.cloud > 0.3)
    left = np.abs(cleared[:, cloudy].astype(float) - true[:, cloudy]).mean(axis=0)
    was = np.abs(seen[:, cloudy].astype(float) - true[:, cloudy]).mean(axis=0)
    assert np.mean(left < 500) > 0.9 and np.mean(was < 500) < 0.1
    kept = (cleared == seen).all(axis=0) & scene.valid
    assert kept.mean() > 0.35  # far from clouds, to the last digit
    assert np.mean(kept & cloudy) < 0.02
    names = gdal.Open(str(demo.folder / f"2_cleared_{CLOUDY_DAY}.tif"))
    assert [names.GetRasterBand(number).GetDescription() for number in range(1, 7)] == [
        "B02", "B03", "B04", "B08", "B11", "B12",
    ]  # fmt: skip


def test_figures_of_the_cleared_image_are_those_of_the_arrays(demo, truth):
    scene, cleared = truth[0], demo.read(f"2_cleared_{CLOUDY_DAY}.tif")
    error = (cleared - scene.without_clouds().integers().astype(float))[:, scene.valid] / 10_000
    rmse = np.sqrt(np.mean(error**2))
    figures = table(demo.folder / "2_cleared_quality.csv")
    assert figures["whole", "", "rmse"] == pytest.approx(rmse, rel=1e-6)
    assert figures["whole", "", "psnr_db"] == pytest.approx(20 * np.log10(1 / rmse), rel=1e-6)
    assert figures["whole", "", "psnr_db"] > 30 and figures["cloudy", "", "psnr_db"] > 25


def test_land_cover_is_mostly_right_and_the_accuracy_is_that_of_the_arrays(demo, scenes, truth):
    scene, found = truth[0], demo.read("3_land_cover.tif")
    right = np.mean((found == true_class(scenes, scene))[scene.valid])
    assert right > 0.85
    figures = table(demo.folder / "3_land_cover_accuracy.csv")
    assert figures["overall", "", "", "overall_accuracy"] == pytest.approx(right, abs=1e-9)


def test_chips_have_the_class_that_most_of_their_pixels_have(demo, scenes, truth):
    cover, size = true_class(scenes, truth[0]), 32
    source = ogr.Open(str(demo.folder / "4_chips.gpkg"))  # must outlive its layer
    west, north = scenes.ORIGIN
    right = []
    for feature in source.GetLayer(0):
        left, _, _, top = feature.GetGeometryRef().GetEnvelope()
        column, row = round((left - west) / scenes.PIXEL), round((north - top) / scenes.PIXEL)
        part = np.s_[row : row + size, column : column + size]
        true = np.bincount(cover[part][truth[0].valid[part]], minlength=7).argmax()
        right.append(list(COVERS)[true - 1] == feature["class"])
        assert 0 < feature["confidence"] <= 1
    assert len(right) > 900
    assert np.mean(right) > 0.85


def test_change_is_found_where_the_land_changed(demo, scenes, truth):
    before, after = (true_class(scenes, scene) for scene in truth)
    valid, found = truth[0].valid, demo.read("5_change.tif")
    changed = (before != after) & valid
    assert np.mean(found[changed] > 0) > 0.9
    assert np.mean(changed[(found > 0) & valid]) > 0.7
    felled = changed & (before == 2) & (after == 5)
    assert np.mean(found[felled] == 1 * len(COVERS) + 4 + 1) > 0.9
    polygons = ogr.Open(str(demo.folder / "5_change_polygons.gpkg"))
    ends = {(feature["from"], feature["to"]) for feature in polygons.GetLayer(0)}
    assert {("forest", "bare soil"), ("crops", "water"), ("crops", "built-up")} <= ends
    page = (demo.folder / "5_change_areas.html").read_text(encoding="utf-8")
    assert all(name in page for name in COVERS) and "ha" in page


def test_cards_of_the_spectral_models_say_what_they_are(demo):
    for name, task in (("land_cover", "segment"), ("chip_cover", "classify")):
        card = json.loads((demo.folder / "models" / f"{name}.json").read_text())["properties"]
        assert card["geonnx:task"] == task and "not trained" in card["description"]
        assert [item["name"] for item in card["mlm:output"][0]["classification:classes"]] == list(COVERS)


def test_own_raster_with_own_model(demo, tmp_path):
    scene, model = demo.folder / "scenes" / f"scene_{LATER_DAY}.tif", demo.folder / "models" / "land_cover.onnx"
    shown = run_demo(tmp_path / "own", INPUT=str(scene), MODEL=str(model))
    assert '"TILES"' in shown.said
    for name in ("classes.tif", "polygons.gpkg", "confidence.tif", "map.png"):
        assert (shown.folder / name).stat().st_size > 1000, name
    assert gdal.Open(str(shown.folder / "map.png")).RasterXSize >= 1600
    assert np.bincount(shown.read("classes.tif").ravel(), minlength=7)[1:7].min() > 1000
