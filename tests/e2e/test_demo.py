"""The demonstration as ``make demo`` runs it, and whether its results are true of what was drawn into the scenes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from .. import tiny_models

ROOT = Path(__file__).resolve().parents[2]
CLOUDY_DAY, LATER_DAY = "2024-06-18", "2025-06-20"
ZOO = ROOT / "models" / "zoo"
# what land is used for: fields are crops whether something grows on them or not
COVER_NAMES = {
    "Water": ("water", "shallows"),
    "Trees": ("forest", "hedge"),
    "Grass": ("meadow",),
    "Crops": ("wheat", "maize", "rape", "stubble", "soil"),
    "Built area": ("road", "roofs", "halls", "gardens"),
}
CLOUD_NAMES = ("Cloud", "Cloud shadow")


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
    return run_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def truth(scenes):
    drawn = scenes.draw_series()
    return drawn[CLOUDY_DAY], drawn[LATER_DAY]


def cover_values() -> dict[str, int]:
    """Return the value of each class of the model of land cover."""
    card = json.loads((ZOO / "s2-landcover.json").read_text(encoding="utf-8"))
    return {item["name"]: item["value"] for item in card["properties"]["mlm:output"][0]["classification:classes"]}


def true_class(scenes, scene) -> np.ndarray:
    """Return the class value of what each pixel is."""
    values = cover_values()
    found = [next(values[name] for name, covers in COVER_NAMES.items() if cover in covers) for cover in scenes.COVERS]
    return np.array(found)[scene.cover]


def class_names(path: Path) -> dict[str, int]:
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(1)
    band.GetMetadata()  # GDAL looks into .aux.xml no earlier
    return {name: value for value, name in enumerate(band.GetCategoryNames())}


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


def test_it_says_which_models_ran(demo):
    said = next(line for line in demo.said.splitlines() if "Models that ran" in line)
    for model in ("s2-cloudmask", "s2-cloudremoval", "s2-landcover", "eurosat-rgb", "s2-change"):
        assert f"{model} (" in said
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


@pytest.mark.parametrize(
    ("name", "names"),
    [
        (f"1_clouds_{CLOUDY_DAY}", CLOUD_NAMES),
        ("3_land_cover", COVER_NAMES),
        ("5_change", ("No change", "Change")),
    ],
)
def test_class_rasters_bring_names_and_colours_on_the_grid_of_the_scene(demo, name, names):
    scene = gdal.Open(str(demo.folder / "scenes" / f"scene_{CLOUDY_DAY}.tif"))
    dataset = gdal.Open(str(demo.folder / f"{name}.tif"))
    assert dataset.GetGeoTransform() == scene.GetGeoTransform()
    assert (dataset.RasterXSize, dataset.RasterYSize) == (scene.RasterXSize, scene.RasterYSize)
    assert dataset.GetSpatialRef().IsSame(scene.GetSpatialRef())
    band = dataset.GetRasterBand(1)
    assert band.GetColorTable() is not None
    band.GetMetadata()  # GDAL looks into .aux.xml no earlier
    found = set(band.GetCategoryNames())
    assert set(names) <= found
    assert (demo.folder / f"{name}.qml").exists()


def test_clouds_and_shadows_are_found(demo, truth):
    scene, found = truth[0], demo.read(f"1_clouds_{CLOUDY_DAY}.tif")
    names = class_names(demo.folder / f"1_clouds_{CLOUDY_DAY}.tif")
    clear_value, cloud_value, shadow_value = (names[name] for name in ("Clear", *CLOUD_NAMES))
    clear = scene.valid & (scene.cloud < 0.02) & (scene.shadow < 0.02)
    dark = scene.valid & (scene.cloud < 0.05) & (scene.shadow > 0.7)
    assert np.mean(found[scene.valid & (scene.cloud > 0.3)] == cloud_value) > 0.98
    assert np.mean(found[dark] == shadow_value) > 0.85
    assert np.mean(found[clear] == clear_value) > 0.96


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
    assert np.mean(left < 300) > 0.97 and np.mean(was < 500) < 0.02
    kept = (cleared == seen).all(axis=0) & scene.valid
    assert kept.mean() > 0.4  # far from clouds, to the last digit
    assert np.mean(kept & cloudy) < 0.001


def test_figures_of_the_cleared_image_are_those_of_the_arrays(demo, scenes, truth):
    scene, cleared = truth[0], demo.read(f"2_cleared_{CLOUDY_DAY}.tif")
    true = scene.without_clouds().integers()[[scenes.BANDS.index(name) for name in written_bands(demo)]]
    error = (cleared - true.astype(float))[:, scene.valid] / 10_000
    rmse = np.sqrt(np.mean(error**2))
    figures = table(demo.folder / "2_cleared_quality.csv")
    assert figures["whole", "", "rmse"] == pytest.approx(rmse, rel=1e-6)
    assert figures["whole", "", "psnr_db"] == pytest.approx(20 * np.log10(1 / rmse), rel=1e-6)
    assert figures["whole", "", "psnr_db"] > 37 and figures["cloudy", "", "psnr_db"] > 36


def test_land_cover_is_mostly_right_and_the_accuracy_is_that_of_the_arrays(demo, scenes, truth):
    scene, found = truth[0], demo.read("3_land_cover.tif")
    true, values = true_class(scenes, scene), cover_values()
    right = np.mean((found == true)[scene.valid])
    assert right > 0.78
    # drawn meadows look like crops to a network that knows real ones: of them nothing is asked
    for name, least in (("Water", 0.95), ("Trees", 0.85), ("Crops", 0.92), ("Built area", 0.8)):
        assert np.mean(found[scene.valid & (true == values[name])] == values[name]) > least, name
    figures = table(demo.folder / "3_land_cover_accuracy.csv")
    assert figures["overall", "", "", "overall_accuracy"] == pytest.approx(right, abs=1e-9)


def test_chips_of_drawn_land_get_sensible_classes(demo, scenes, truth):
    """Fields are most of the land, woods are woods, the town is a town: the network knows the drawn ones again."""
    cover, size = truth[0].cover, 64
    wood, town = (
        np.isin(cover, [scenes.COVERS.index(name) for name in COVER_NAMES[kind]]) & truth[0].valid
        for kind in ("Trees", "Built area")
    )
    source = ogr.Open(str(demo.folder / "4_chips.gpkg"))  # must outlive its layer
    west, north = scenes.ORIGIN
    woods, towns, classes = [], [], []
    for feature in source.GetLayer(0):
        left, _, _, top = feature.GetGeometryRef().GetEnvelope()
        column, row = round((left - west) / scenes.PIXEL), round((north - top) / scenes.PIXEL)
        part = np.s_[row : row + size, column : column + size]
        classes.append(feature["class"])
        assert 0 < feature["confidence"] <= 1
        if wood[part].mean() > 0.95:
            woods.append(feature["class"])
        if town[part].mean() > 0.5:
            towns.append(feature["class"])
    assert len(classes) > 200 and classes.count("Annual crop") > 0.5 * len(classes)
    assert len(woods) >= 15 and woods.count("Forest") > 0.7 * len(woods)
    assert len(towns) >= 4 and towns.count("Residential") + towns.count("Industrial") > 0.5 * len(towns)


def test_change_is_found_where_the_land_changed(demo, scenes, truth):
    before, after = (true_class(scenes, scene) for scene in truth)
    valid, found = truth[0].valid, demo.read("5_change.tif") == 1
    changed = (before != after) & valid
    assert np.mean(found[changed]) > 0.88
    assert np.mean(changed[found & valid]) > 0.8
    values = cover_values()
    for was, became in (("Trees", "Crops"), ("Crops", "Water"), ("Crops", "Built area")):
        kind = changed & (before == values[was]) & (after == values[became])
        assert np.mean(found[kind]) > 0.75, (was, became)
    assert "ha" in (demo.folder / "5_change_areas.html").read_text(encoding="utf-8")
    polygons = ogr.Open(str(demo.folder / "5_change_polygons.gpkg"))
    assert {feature["class"] for feature in polygons.GetLayer(0)} >= {"Change"}


def test_own_raster_with_own_model(demo, tmp_path):
    """A model whose card names no bands, so that BANDS counts: its class is the brightest band."""
    scene, model = demo.folder / "scenes" / f"scene_{LATER_DAY}.tif", tiny_models.box(tmp_path / "brightest.onnx")
    names = ((1, "blue"), (2, "red"), (3, "near infrared"))
    tiny_models.write_mlm(model, bands=[], channels=3, classes=list(names))
    bands, options = "B02,B04,B08", '{"scale": 0.0001}'
    shown = run_demo(tmp_path / "own", INPUT=str(scene), MODEL=str(model), BANDS=bands, OPTIONS=options)
    assert '"TILES"' in shown.said
    for name in ("classes.tif", "polygons.gpkg", "confidence.tif", "map.png"):
        assert (shown.folder / name).stat().st_size > 1000, name
    assert gdal.Open(str(shown.folder / "map.png")).RasterXSize >= 1600
    read = gdal.Open(str(scene)).ReadAsArray()[[1, 3, 7]]
    expected, found = read.argmax(axis=0) + 1, shown.read("classes.tif")
    assert np.mean((found == expected)[read.any(axis=0)]) > 0.95  # the model looks at 3 × 3 pixels


def test_own_raster_gets_the_bundled_model_that_its_bands_fit(demo, tmp_path):
    four = tmp_path / "four.tif"
    scene = str(demo.folder / "scenes" / f"scene_{LATER_DAY}.tif")
    gdal.Translate(str(four), scene, bandList=[2, 3, 4, 8], srcWin=[200, 200, 300, 300])
    shown = run_demo(tmp_path / "own", INPUT=str(four))
    assert "s2-landcover does not fit: " in shown.said and "MODEL=s2-landcover-4b" in shown.said
    assert (shown.folder / "classes.tif").exists()
