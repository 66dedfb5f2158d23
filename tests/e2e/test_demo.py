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
ZOO = ROOT / "models" / "zoo"
SPECTRAL = {
    "water": ("water", "shallows"),
    "forest": ("forest", "hedge"),
    "crops": ("wheat", "maize", "rape"),
    "grass": ("meadow", "gardens"),
    "bare soil": ("stubble", "soil"),
    "built-up": ("road", "roofs", "halls"),
}
# what land is used for: fields are crops whether something grows on them or not
DYNAMIC_WORLD = {
    "Water": ("water", "shallows"),
    "Trees": ("forest", "hedge"),
    "Grass": ("meadow",),
    "Crops": ("wheat", "maize", "rape", "stubble", "soil"),
    "Built area": ("road", "roofs", "halls", "gardens"),
}


def is_bundled(model: str) -> bool:
    return all((ZOO / f"{model}{suffix}").exists() for suffix in (".onnx", ".json"))


def cover_values() -> dict[int, tuple[str, ...]]:
    """Return class value → covers of the scenes, of the model of land cover that is shown."""
    if not is_bundled("s2-landcover"):
        return dict(enumerate(SPECTRAL.values(), 1))
    card = json.loads((ZOO / "s2-landcover.json").read_text())
    classes = card["properties"]["mlm:output"][0]["classification:classes"]
    return {item["value"]: DYNAMIC_WORLD[item["name"]] for item in classes if item["name"] in DYNAMIC_WORLD}


def cover_names() -> list[str]:
    return list(DYNAMIC_WORLD if is_bundled("s2-landcover") else SPECTRAL)


# a network that knows real scenes only may say less of drawn ones than a classifier made of their very spectra
LEAST_COVER = 0.6 if is_bundled("s2-landcover") else 0.85
CLOUD_NAMES = ("cloud", "cloud shadow")


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
    if not is_bundled("s2-cloudmask") and importlib.util.find_spec("ukis_csmask") is None:
        pytest.skip("ukis-csmask is not installed")
    return run_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def truth(scenes):
    drawn = scenes.draw_series()
    return drawn[CLOUDY_DAY], drawn[LATER_DAY]


def true_class(scenes, scene) -> np.ndarray:
    """Return the class value of what each pixel is."""
    values = [next(value for value, names in cover_values().items() if cover in names) for cover in scenes.COVERS]
    return np.array(values)[scene.cover]


def class_names(path: Path) -> dict[str, int]:
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(1)
    band.GetMetadata()  # GDAL looks into .aux.xml no earlier
    return {name.lower(): value for value, name in enumerate(band.GetCategoryNames())}


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
    for model, stand_in in (
        ("s2-cloudmask", "ukis-csmask"), ("s2-landcover", "land_cover.onnx, a classifier made of published spectra"),
        ("eurosat-rgb", "chip_cover.onnx, a classifier made of published spectra"),
        ("s2-cloudremoval", "nearest clear date, no network"),
    ):  # fmt: skip
        assert (f"{model}, a trained network" if is_bundled(model) else stand_in) in demo.said
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
    if name.startswith("1"):
        assert set(CLOUD_NAMES) <= {item.lower() for item in found}
    elif name.startswith("3"):
        assert set(cover_names()) <= found
    else:
        assert ("no change" in found and any("→" in item for item in found)) or is_bundled("s2-change")
    assert (demo.folder / f"{name}.qml").exists()


def test_clouds_and_shadows_are_found(demo, truth):
    scene, found = truth[0], demo.read(f"1_clouds_{CLOUDY_DAY}.tif")
    names = class_names(demo.folder / f"1_clouds_{CLOUDY_DAY}.tif")
    clear_value, cloud_value, shadow_value = (names[name] for name in ("clear", *CLOUD_NAMES))
    clear = scene.valid & (scene.cloud < 0.02) & (scene.shadow < 0.02)
    dark = scene.valid & (scene.cloud < 0.05) & (scene.shadow > 0.7)
    assert np.mean(found[scene.valid & (scene.cloud > 0.3)] == cloud_value) > 0.9
    assert np.mean(found[dark] == shadow_value) > 0.9
    assert np.mean(found[clear] == clear_value) > 0.9


def written_bands(demo) -> list[str]:
    dataset = gdal.Open(str(demo.folder / f"2_cleared_{CLOUDY_DAY}.tif"))
    return [dataset.GetRasterBand(number + 1).GetDescription() for number in range(dataset.RasterCount)]


def test_where_it_was_cloudy_the_ground_is_seen(demo, scenes, truth):
    scene, cleared = truth[0], demo.read(f"2_cleared_{CLOUDY_DAY}.tif")
    kept_bands = [scenes.BANDS.index(name) for name in written_bands(demo)]
    assert len(kept_bands) >= 10
    seen, true = (image.integers()[kept_bands] for image in (scene, scene.without_clouds()))
    assert cleared.dtype == np.uint16 and np.array_equal(cleared[0] == 0, ~scene.valid)
    cloudy = scene.valid & (scene.cloud > 0.3)
    left = np.abs(cleared[:, cloudy].astype(float) - true[:, cloudy]).mean(axis=0)
    was = np.abs(seen[:, cloudy].astype(float) - true[:, cloudy]).mean(axis=0)
    assert np.mean(left < 500) > 0.9 and np.mean(was < 500) < 0.1
    kept = (cleared == seen).all(axis=0) & scene.valid
    assert kept.mean() > 0.35  # far from clouds, to the last digit
    assert np.mean(kept & cloudy) < 0.02


def test_figures_of_the_cleared_image_are_those_of_the_arrays(demo, scenes, truth):
    scene, cleared = truth[0], demo.read(f"2_cleared_{CLOUDY_DAY}.tif")
    true = scene.without_clouds().integers()[[scenes.BANDS.index(name) for name in written_bands(demo)]]
    error = (cleared - true.astype(float))[:, scene.valid] / 10_000
    rmse = np.sqrt(np.mean(error**2))
    figures = table(demo.folder / "2_cleared_quality.csv")
    assert figures["whole", "", "rmse"] == pytest.approx(rmse, rel=1e-6)
    assert figures["whole", "", "psnr_db"] == pytest.approx(20 * np.log10(1 / rmse), rel=1e-6)
    assert figures["whole", "", "psnr_db"] > 30 and figures["cloudy", "", "psnr_db"] > 25


def test_land_cover_is_mostly_right_and_the_accuracy_is_that_of_the_arrays(demo, scenes, truth):
    scene, found = truth[0], demo.read("3_land_cover.tif")
    right = np.mean((found == true_class(scenes, scene))[scene.valid])
    assert right > LEAST_COVER
    figures = table(demo.folder / "3_land_cover_accuracy.csv")
    assert figures["overall", "", "", "overall_accuracy"] == pytest.approx(right, abs=1e-9)


@pytest.mark.skipif(is_bundled("eurosat-rgb"), reason="the classes of EuroSAT are no land cover of the scenes")
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
        right.append(list(SPECTRAL)[true - 1] == feature["class"])
        assert 0 < feature["confidence"] <= 1
    assert len(right) > 900
    assert np.mean(right) > 0.85


@pytest.mark.skipif(not is_bundled("eurosat-rgb"), reason="this version brings no model of scene classes")
def test_chips_of_drawn_land_get_sensible_classes(demo, scenes, truth):
    """Fields are most of the land, woods are woods: a model of real scenes knows the drawn ones again."""
    cover, size = truth[0].cover, 64
    wood = np.isin(cover, [scenes.COVERS.index(name) for name in ("forest", "hedge")]) & truth[0].valid
    source = ogr.Open(str(demo.folder / "4_chips.gpkg"))  # must outlive its layer
    west, north = scenes.ORIGIN
    woods, classes = [], []
    for feature in source.GetLayer(0):
        left, _, _, top = feature.GetGeometryRef().GetEnvelope()
        column, row = round((left - west) / scenes.PIXEL), round((north - top) / scenes.PIXEL)
        classes.append(feature["class"])
        if wood[row : row + size, column : column + size].mean() > 0.95:
            woods.append(feature["class"] == "Forest")
    assert len(woods) >= 5 and np.mean(woods) > 0.5
    assert classes.count("Annual crop") + classes.count("Permanent crop") > 0.3 * len(classes)


def test_change_is_found_where_the_land_changed(demo, scenes, truth):
    before, after = (true_class(scenes, scene) for scene in truth)
    valid, found = truth[0].valid, demo.read("5_change.tif")
    changed = (before != after) & valid
    is_trained = is_bundled("s2-change") or is_bundled("s2-landcover")
    assert np.mean(found[changed] > 0) > (0.4 if is_trained else 0.9)
    assert np.mean(changed[(found > 0) & valid]) > (0.4 if is_trained else 0.7)
    page = (demo.folder / "5_change_areas.html").read_text(encoding="utf-8")
    assert "ha" in page
    if is_trained:
        return
    felled = changed & (before == 2) & (after == 5)
    assert np.mean(found[felled] == 1 * len(SPECTRAL) + 4 + 1) > 0.9
    polygons = ogr.Open(str(demo.folder / "5_change_polygons.gpkg"))
    ends = {(feature["from"], feature["to"]) for feature in polygons.GetLayer(0)}
    assert {("forest", "bare soil"), ("crops", "water"), ("crops", "built-up")} <= ends
    assert all(name in page for name in SPECTRAL)


def test_cards_of_the_spectral_models_say_what_they_are(demo):
    for name, task in (("land_cover", "segment"), ("chip_cover", "classify")):
        card = json.loads((demo.folder / "models" / f"{name}.json").read_text())["properties"]
        assert card["geonnx:task"] == task and "not trained" in card["description"]
        assert [item["name"] for item in card["mlm:output"][0]["classification:classes"]] == list(SPECTRAL)


def test_own_raster_with_own_model(demo, tmp_path):
    scene, model = demo.folder / "scenes" / f"scene_{LATER_DAY}.tif", demo.folder / "models" / "land_cover.onnx"
    shown = run_demo(tmp_path / "own", INPUT=str(scene), MODEL=str(model))
    assert '"TILES"' in shown.said
    for name in ("classes.tif", "polygons.gpkg", "confidence.tif", "map.png"):
        assert (shown.folder / name).stat().st_size > 1000, name
    assert gdal.Open(str(shown.folder / "map.png")).RasterXSize >= 1600
    assert np.bincount(shown.read("classes.tif").ravel(), minlength=7)[1:7].min() > 1000


@pytest.mark.skipif(not is_bundled("s2-landcover-4b"), reason="this version brings no model of land cover for 4 bands")
def test_own_raster_gets_the_bundled_model_that_its_bands_fit(demo, tmp_path):
    four = tmp_path / "four.tif"
    scene = str(demo.folder / "scenes" / f"scene_{LATER_DAY}.tif")
    gdal.Translate(str(four), scene, bandList=[2, 3, 4, 8], srcWin=[200, 200, 300, 300])
    shown = run_demo(tmp_path / "own", INPUT=str(four))
    assert "s2-landcover does not fit: " in shown.said and "MODEL=s2-landcover-4b" in shown.said
    assert (shown.folder / "classes.tif").exists()
