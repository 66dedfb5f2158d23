"""Images that are unlike what a model was trained on: the statistics, what a run says of them, and the map."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from geonnx.models import (
    ChipSettings,
    CloudInputs,
    CloudSettings,
    Feedback,
    RasterInputs,
    RunOptions,
    RunSettings,
    SegmentOutputs,
    classify,
    detect_change,
    load_model,
    read_options,
    remove_clouds,
    segment,
)
from geonnx.models.card.read import read_card
from geonnx.models.card.training_features import KEY, training_features_json
from geonnx.models.card.types import BandSpec, InputSpec, OutputSpec, Scaling, TrainingFeatures
from geonnx.models.card.write import differing_fields, item_text, make_item
from geonnx.models.describe import Changes, describe
from geonnx.models.errors import Cancelled, GeonnxError, ModelError, OutputError, SettingsError
from geonnx.models.likeness.distance import distances, whitening_matrix
from geonnx.models.likeness.explain import explain, explain_order
from geonnx.models.likeness.features import count_bands, make_features, measure_window
from geonnx.models.likeness.fit import cut_windows, fit_features, shrunk_covariance
from geonnx.models.likeness.lattice import Lattice, Sample
from geonnx.models.raster.grid import Window
from onnx import helper
from osgeo import gdal
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import mahalanobis
from shapely.geometry import box as rectangle
from sklearn.covariance import LedoitWolf

from .. import change_models
from ..rasters import NORTH_UP, ROTATED, crs_wkt, noise, read_raster, write_raster
from ..scene_models import mean_of_bands
from ..scene_models import write_card as write_scene_card
from ..tiny_models import argmax_numbers, identity, write_mlm
from .test_clouds import Network

LEVELS = (0.06, 0.15, 0.4)
BANDS = ["B02", "B03", "B08"]
SCALING = [{"type": "scale", "value": 10000}]


def place(seed: int, height: int = 320, width: int = 384) -> Any:
    """Return reflectance (3, H, W) of an invented place: bands of their own level that share most of their texture."""
    rng = np.random.default_rng(seed)
    common, own = noise(1, height, width, "float32", seed), noise(3, height, width, "float32", seed + 1000)
    texture = 0.5 + rng.uniform(0.6, 1.0) * (0.7 * common + 0.3 * own)
    return (rng.uniform(0.8, 1.25) * np.array(LEVELS)[:, None, None] * texture).astype(np.float32)


def looks(*seeds: int, **size: int) -> tuple[Any, list[int]]:
    """Return the windows of some places, and which place each is of."""
    found = [np.stack(list(cut_windows(place(seed, **size)))) for seed in seeds]
    return np.concatenate(found), [seed for seed, windows in zip(seeds, found) for _ in windows]


@pytest.fixture(scope="module")
def training() -> TrainingFeatures:
    """Return the statistics of twelve places."""
    return fit_features(*looks(*range(12)))


def with_features(model: Path, training: TrainingFeatures, *inputs: int) -> Path:
    """Add statistics to the card of a model, for some of its inputs (none said: the first)."""
    path = model.with_suffix(".json")
    item = json.loads(path.read_text())
    for number in inputs or (0,):
        item["properties"]["mlm:input"][number][KEY] = training_features_json(training)
    path.write_text(json.dumps(item))
    return model


@pytest.fixture
def model(tmp_path: Path, training: TrainingFeatures) -> Path:
    """Return a model of three bands whose card has the statistics."""
    path = argmax_numbers(tmp_path / "m.onnx", 3)
    write_mlm(path, bands=BANDS, classes=[(0, "a"), (1, "b"), (2, "c")], scaling=SCALING)
    return with_features(path, training)


def stored(values: Any) -> Any:
    return np.round(values * 10000).astype(np.uint16)


class Said:
    """What a run says."""

    def __init__(self) -> None:
        self.logs: list[str] = []
        self.warnings: list[str] = []
        self.feedback = Feedback(log=self.logs.append, warn=self.warnings.append)

    @property
    def unlike(self) -> list[str]:
        return [text for text in self.warnings if "looks unlike" in text]


def run(model: Path, raster: Path, folder: Path, shift_map: bool = True, **settings: Any) -> tuple[Any, Said]:
    """Segment into *folder*/c.tif, with the map s.tif."""
    folder.mkdir(exist_ok=True)
    said = Said()
    options = settings.pop("options", {})
    if shift_map:
        options["shift_map"] = str(folder / "s.tif")
    run_settings = RunSettings(options=RunOptions(**options), **settings)
    report = segment(load_model(model), str(raster), str(folder / "c.tif"), run_settings, feedback=said.feedback)
    return report, said


def items(path: Path) -> dict[str, str]:
    return dict(gdal.Open(str(path)).GetMetadata("GEONNX"))


# the statistics


def test_measured_by_hand() -> None:
    values = noise(3, 20, 30, "float32")
    measured = measure_window(values)
    assert measured is not None
    np.testing.assert_allclose(measured[:3], values.mean(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(measured[3:6], values.std(axis=(1, 2)), rtol=1e-4)
    across, down = np.abs(np.diff(values, axis=2)), np.abs(np.diff(values, axis=1))
    steps = (across.sum(axis=(1, 2)) + down.sum(axis=(1, 2))) / (across[0].size + down[0].size)
    np.testing.assert_allclose(measured[6:9], steps, rtol=1e-5)
    matrix = np.corrcoef(values.reshape(3, -1))
    np.testing.assert_allclose(measured[9:], [matrix[0, 1], matrix[1, 2]], atol=1e-4)
    assert len(measured) == 11
    assert count_bands(11) == 3


def test_without_data_nothing_counts() -> None:
    values = noise(2, 16, 16, "float32")
    valid = np.ones((16, 16), bool)
    valid[:, 10:] = False
    whole = measure_window(values[..., :10])
    spoilt = values.copy()
    spoilt[..., 10:] = 99
    np.testing.assert_allclose(measure_window(spoilt, valid), whole, rtol=1e-5)
    assert measure_window(values, np.zeros((16, 16), bool)) is None
    half = np.zeros((16, 16), bool)
    half[:, :7] = True
    assert measure_window(values, half) is None
    spoilt[0, 0, 0] = np.nan
    assert measure_window(spoilt, valid) is None
    assert measure_window(values[:, :1, :1]) is None
    # half of a window, but no two pixels side by side
    assert measure_window(values, np.indices((16, 16)).sum(axis=0) % 2 == 0) is None


def test_flat_windows_have_features() -> None:
    measured = measure_window(np.full((3, 8, 8), 0.2, np.float32))
    assert measured is not None
    features = make_features(measured, np.full(3, 0.01), np.zeros(3))
    assert np.isfinite(features).all()
    np.testing.assert_allclose(features[:3], np.sqrt(20), rtol=1e-5)
    negative = make_features(-measured, np.full(3, 0.01), np.zeros(3))
    np.testing.assert_allclose(negative[:3], -features[:3])


@pytest.mark.parametrize("count", [15, 60, 2000])
def test_covariance_as_scikit_learn(count: int) -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(count, 11)) @ rng.normal(size=(11, 11)) + 3
    scale = features.std(axis=0)
    expected = LedoitWolf().fit(features / scale).covariance_ * np.outer(scale, scale)
    np.testing.assert_allclose(shrunk_covariance(features), expected, rtol=1e-6, atol=1e-8)


def test_distance_as_scipy(training: TrainingFeatures) -> None:
    measured, _ = looks(50, 51)
    features = make_features(measured, np.array(training.unit), np.array(training.dark))
    inverse = np.linalg.inv(whitening_matrix(training))
    precision = np.linalg.inv(inverse @ inverse.T)
    expected = [mahalanobis(row, np.array(training.mean), precision) / training.limit for row in features]
    np.testing.assert_allclose(distances(measured, training), expected, rtol=1e-3)
    # and the covariance is that of the windows
    table, _ = looks(*range(12))
    unit = np.median(table[:, 3:6], axis=0)
    np.testing.assert_allclose(training.unit, unit, rtol=1e-4)
    covariance = shrunk_covariance(make_features(table, unit, np.zeros(3)))
    np.testing.assert_allclose(inverse @ inverse.T, covariance, rtol=1e-3, atol=1e-3 * np.abs(covariance).max())


def test_the_limit_is_that_of_places_left_out() -> None:
    many, places = looks(*range(12))
    told = fit_features(many, places)
    by_chance = fit_features(many)
    assert told.limit > by_chance.limit, "places of one's own are harder than windows of the same places"
    unseen, _ = looks(*range(100, 112))
    assert (distances(unseen, told) > 1).mean() < 0.05
    assert (distances(many, told) > 1).mean() <= 0.01


def test_dark_is_what_the_scaling_makes_of_no_light() -> None:
    many, places = looks(*range(12))
    plain = fit_features(many, places)
    assert plain.dark == (0, 0, 0)
    scalings = (
        Scaling("z-score", mean=0.1, stddev=0.5), Scaling("min-max", minimum=0.2, maximum=1.2), None,
    )  # fmt: skip
    shifted = many.copy()
    shifted[:, :3] = (shifted[:, :3] - [0.1, 0.2, 0]) / [0.5, 1, 1]
    shifted[:, 3:9] /= np.tile([0.5, 1, 1], 2)
    scaled = fit_features(shifted, places, scaling=scalings)
    np.testing.assert_allclose(scaled.dark, [-0.2, -0.2, 0], atol=1e-9)
    np.testing.assert_allclose(distances(shifted, scaled), distances(many, plain), rtol=1e-2, atol=1e-2)


def test_too_few_windows() -> None:
    many, places = looks(1)
    with pytest.raises(SettingsError, match=r"There are 5 windows to make statistics of; expected at least 22 for 3"):
        fit_features(many[:5])
    with pytest.raises(SettingsError, match="30 windows, and 30 places of 1 names; expected one for each"):
        fit_features(many, places)


def test_bands_without_any_texture() -> None:
    table = np.zeros((60, 11))
    table[:, :3] = np.random.default_rng(0).random((60, 3))
    training = fit_features(table)
    assert np.isfinite(distances(table, training)).all()
    assert np.isfinite(distances(np.zeros((1, 11)), fit_features(np.zeros((60, 11))))).all()


# the card


def test_card_and_back(model: Path, training: TrainingFeatures) -> None:
    card = read_card(model)
    assert card.inputs[0].training_features == training
    item = make_item(card, model.with_suffix(".json"), sha256="0" * 64, size=1)
    text = item_text(item)
    assert max(map(len, text.splitlines())) < 2000
    assert any(
        line.strip().startswith('"whitening": [') and line.rstrip(",").endswith("]") for line in text.split("\n")
    )
    assert json.loads(text) == item
    model.with_suffix(".json").write_text(text)
    assert differing_fields(card, read_card(model)) == []


def test_other_bands_or_scaling_have_no_statistics(model: Path, training: TrainingFeatures) -> None:
    same = Changes(bands=tuple(BANDS), scaling=json.dumps(SCALING), licence="MIT")
    assert describe(model, same, overwrite=True).card.inputs[0].training_features == training
    for change in (Changes(bands=("B02", "B04", "B08")), Changes(scaling='[{"type": "scale", "value": 255}]')):
        text = model.with_suffix(".json").read_text()
        assert describe(model, change, overwrite=True).card.inputs[0].training_features is None
        model.with_suffix(".json").write_text(text)


BROKEN: list[tuple[str, Any, str]] = [
    ("unit", [0.1, 0.2], "should have 7 numbers as mean; found 11 numbers|should have 2 numbers as dark"),
    ("unit", [], "should have a number for each band as unit; found 0 numbers"),
    ("unit", "x", "should have a number for each band as unit; found 'x'"),
    ("unit", [0.1, 0.2, 0], "should have units above 0"),
    ("unit", [0.1, 0.2, None], "unit in .* should be a number; found None"),
    ("mean", [1.0] * 10, "should have 11 numbers as mean; found 10 numbers"),
    ("mean", [1.0] * 10 + [float("nan")], "mean in .* should be a number; found nan"),
    ("whitening", [1.0] * 65, "should have 66 numbers as whitening; found 65"),
    ("whitening", [0.0] * 66, "should have a diagonal of whitening above 0"),
    ("whitening", None, "should have 66 numbers as whitening; found None"),
    ("limit", 0, "should have a limit above 0"),
    ("limit", float("inf"), "limit in .* should be a number; found inf"),
    ("window_px", 1, "should have window_px from 2 to 1024"),
    ("window_px", 64.5, "should be a whole number; found 64.5"),
    ("count", "many", "count in .* should be a number; found 'many'"),
]


@pytest.mark.parametrize(("key", "value", "message"), BROKEN)
def test_malformed_statistics(model: Path, key: str, value: Any, message: str) -> None:
    path = model.with_suffix(".json")
    item = json.loads(path.read_text())
    item["properties"]["mlm:input"][0][KEY][key] = value
    path.write_text(json.dumps(item))
    with pytest.raises(ModelError, match=message) as caught:
        read_card(model)
    assert "\n" not in str(caught.value)


def test_statistics_that_are_none(model: Path) -> None:
    path = model.with_suffix(".json")
    item = json.loads(path.read_text())
    entry = item["properties"]["mlm:input"][0]
    other = copy.deepcopy(item)
    other["properties"]["mlm:input"][0][KEY]["version"] = 2
    path.write_text(json.dumps(other))
    card = read_card(model)
    assert card.inputs[0].training_features is None
    assert any("are of version 2, and 1 is known here" in problem for problem in card.problems)
    entry[KEY] = [1, 2]
    path.write_text(json.dumps(item))
    with pytest.raises(ModelError, match=r"should be an object; found \[1, 2\]"):
        read_card(model)


def test_statistics_of_other_bands(tmp_path: Path, training: TrainingFeatures) -> None:
    path = identity(tmp_path / "four.onnx", bands=4)
    write_mlm(path, bands=["B02", "B03", "B04", "B08"], classes=[(n, str(n)) for n in range(4)])
    with_features(path, training)
    with pytest.raises(ModelError, match="should have the bands of the input, 4"):
        read_card(path)
    # a card that names no bands: only the run knows how many there are
    write_mlm(path, bands=[], channels=4, classes=[(n, str(n)) for n in range(4)])
    with_features(path, training)
    raster = write_raster(tmp_path / "in.tif", noise(4, 100, 100, "float32"))
    report, said = run(path, raster, tmp_path / "out", shift_map=False)
    assert report.unlike_share is None
    assert any("has statistics of 3 bands for 'image', which takes 4" in text for text in said.warnings)


# a run


def test_an_image_like_the_training(model: Path, tmp_path: Path, training: TrainingFeatures) -> None:
    values = stored(place(200))
    raster = write_raster(tmp_path / "in.tif", values, names=BANDS)
    report, said = run(model, raster, tmp_path / "out")
    assert report.unlike_share is not None
    assert report.unlike_share < 0.05
    assert said.unlike == []
    assert any("of 30 windows lie beyond the limit" in text for text in said.logs)
    expected = distances(np.stack(list(cut_windows(values / np.float32(10000)))), training).reshape(5, 6)
    got = read_raster(tmp_path / "out" / "s.tif")
    assert got.dtype == np.float32
    np.testing.assert_allclose(got[0], expected, rtol=1e-3)
    assert items(tmp_path / "out" / "c.tif")["UNLIKE_SHARE"] == f"{report.unlike_share:.4f}"
    assert items(tmp_path / "out" / "s.tif")["UNLIKE_WINDOWS"] == "30"
    assert (tmp_path / "out" / "s.qml").exists()
    assert "shift_map" not in items(tmp_path / "out" / "c.tif")["OPTIONS"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda values: values[::-1], r"what is read as B08 looks like B02, B02 looks like B08\): check BANDS"),
        (lambda values: values[[2, 0, 1]], "read as B03 looks like B02, B08 looks like B03, B02 looks like B08"),
        (lambda values: values // 100, r"about 0\.0\d+ times those of the training images: check how they are scaled"),
        (lambda values: values * 5, r"about [456]\S* times those of the training"),
        (lambda values: np.random.default_rng(0).permutation(values.reshape(3, -1).T).T.reshape(values.shape),
         "Check bands, scaling and pixel size; where they are right"),
    ],
)  # fmt: skip
def test_what_is_wrong(model: Path, tmp_path: Path, wrong: Any, message: str) -> None:
    raster = write_raster(tmp_path / "in.tif", np.ascontiguousarray(wrong(stored(place(201)))), names=BANDS)
    report, said = run(model, raster, tmp_path / "out", shift_map=False)
    assert report.unlike_share > 0.9
    assert len(said.unlike) == 1
    assert "of the image looks unlike what m was trained on (30 of 30 windows of 64 px" in said.unlike[0]
    assert re.search(message, said.unlike[0]), said.unlike[0]
    assert not (tmp_path / "out" / "s.tif").exists()


@pytest.mark.parametrize(("height", "width", "size"), [(60, 50, "50 × 60 px"), (60, 60, "60 px"), (64, 64, "64 px")])
def test_the_windows_of_a_small_image(model: Path, tmp_path: Path, height: int, width: int, size: str) -> None:
    raster = write_raster(tmp_path / "in.tif", stored(8 * place(207, height, width)), names=BANDS)
    _, said = run(model, raster, tmp_path / "out", shift_map=False)
    assert f"(1 of 1 windows of {size} that were compared)" in said.unlike[0]


def test_a_wrong_order_within_the_limit(model: Path, tmp_path: Path, training: TrainingFeatures) -> None:
    """No window lies beyond the limit, and still the bands look like each other's."""
    with_features(model, replace(training, limit=100 * training.limit))
    values = stored(place(201))
    for name, image, expected in (
        ("right", values, []),
        ("wrong", np.ascontiguousarray(values[::-1]), [
            "The bands of wrong.tif look as if they were in another order than those that m was trained on (what is "
            "read as B08 looks like B02, B02 looks like B08): check BANDS."
        ]),
    ):  # fmt: skip
        raster = write_raster(tmp_path / f"{name}.tif", image, names=BANDS)
        report, said = run(model, raster, tmp_path / name, shift_map=False)
        assert report.unlike_share == 0
        assert [text for text in said.warnings if "order than" in text] == expected


def test_the_order_of_bands_that_are_alike_in_brightness() -> None:
    """Spread and roughness tell it, and the scaling of each band is undone before bands change places."""

    def image(seed: int) -> Any:
        rough = noise(3, 320, 384, "float32", seed)
        smooth = gaussian_filter(rough, (0, 2, 2))
        light = np.random.default_rng(seed).uniform(0.8, 1.25)
        return light * (1000 + np.stack([100 * rough[0], 400 * rough[1], 900 * smooth[2]]))

    shift, factors = np.array([900.0, 1100, 1000])[:, None, None], np.array([1 / 50, 1 / 300, 1 / 120])[:, None, None]
    scaling = [Scaling("z-score", mean=m, stddev=1 / f) for m, f in zip(shift.ravel(), factors.ravel())]
    seen = [list(cut_windows((image(seed) - shift) * factors)) for seed in range(12)]
    features = fit_features(
        np.concatenate(seen), [seed for seed, windows in enumerate(seen) for _ in windows], scaling=scaling
    )
    right, wrong = image(99), image(99)[[2, 0, 1]]
    for stored_values, expected in (
        (right, ""), (wrong, "what is read as B03 looks like B02, B08 looks like B03, B02 looks like B08"),
    ):  # fmt: skip
        measured = np.stack(list(cut_windows((stored_values - shift) * factors)))
        assert explain_order(measured, features, BANDS, factors.ravel().tolist()) == expected


def test_the_tiles_do_not_matter(model: Path, tmp_path: Path) -> None:
    values = stored(place(202, 500, 430))
    values[:, 200:260, 100:300] = 0
    raster = write_raster(tmp_path / "in.tif", values, nodata=0, names=BANDS)
    first: Any = None
    for number, more in enumerate(
        [{}, {"tile_size": 32, "overlap": 0}, {"tile_size": 100, "overlap": 13}, {"tile_size": 96, "overlap": 40},
         {"options": {"fold": False}, "tile_size": 128, "batch_size": 3}]
    ):  # fmt: skip
        report, _ = run(model, raster, tmp_path / f"out{number}", **more)
        got = read_raster(tmp_path / f"out{number}" / "s.tif")[0], report.unlike_share
        first = first or got
        np.testing.assert_array_equal(got[0], first[0])
        assert got[1] == first[1]
    report, _ = run(model, raster, tmp_path / "none", shift_map=False)
    assert report.unlike_share == first[1]
    assert np.isnan(first[0]).sum() > 0, "windows in the gap, and slivers at the edge"
    assert first[0].shape == (8, 7)
    assert np.isnan(first[0][7]).all() == (500 - 7 * 64 < 32)


def test_a_large_image_is_sampled(model: Path, tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", stored(place(203, 2000, 2100)), names=BANDS, options=["TILED=YES"])
    report, _ = run(model, raster, tmp_path / "out", shift_map=False)
    few = int(items(tmp_path / "out" / "c.tif")["UNLIKE_WINDOWS"])
    assert 100 <= few < 140
    mapped, _ = run(model, raster, tmp_path / "map")
    assert np.isfinite(read_raster(tmp_path / "map" / "s.tif")).sum() == 31 * 33
    assert mapped.unlike_share == report.unlike_share


def test_place_of_the_map(model: Path, tmp_path: Path) -> None:
    values = stored(place(204))
    for name, transform in (("north", NORTH_UP), ("rotated", ROTATED)):
        raster = write_raster(tmp_path / f"{name}.tif", values, geotransform=transform, names=BANDS)
        run(model, raster, tmp_path / name)
        dataset = gdal.Open(str(tmp_path / name / "s.tif"))
        x0, dx, rx, y0, ry, dy = transform
        assert dataset.GetGeoTransform() == pytest.approx((x0, dx * 64, rx * 64, y0, ry * 64, dy * 64))
        assert dataset.GetSpatialRef().IsSame(gdal.Open(str(raster)).GetSpatialRef())
        assert np.isnan(dataset.GetRasterBand(1).GetNoDataValue())
    np.testing.assert_array_equal(
        read_raster(tmp_path / "north" / "s.tif"), read_raster(tmp_path / "rotated" / "s.tif")
    )
    # an extent: windows begin at its corner
    part = ((500000 + 640, 5200000 - 640), (500000 + 3840, 5200000 - 640), (500000 + 3840, 5200000 - 3200),
            (500000 + 640, 5200000 - 3200))  # fmt: skip
    run(model, tmp_path / "north.tif", tmp_path / "part", extent=part)
    dataset = gdal.Open(str(tmp_path / "part" / "s.tif"))
    assert dataset.GetGeoTransform() == (500640.0, 640.0, 0.0, 5199360.0, 0.0, -640.0)
    assert (dataset.RasterXSize, dataset.RasterYSize) == (5, 4)
    np.testing.assert_array_equal(dataset.ReadAsArray(), read_raster(tmp_path / "north" / "s.tif")[0, 1:, 1:])


def test_pixels_of_the_model(model: Path, tmp_path: Path) -> None:
    path = model.with_suffix(".json")
    item = json.loads(path.read_text())
    item["properties"]["geonnx:gsd_m"] = 10
    path.write_text(json.dumps(item))
    fine = stored(place(205)).repeat(2, axis=1).repeat(2, axis=2)
    raster = write_raster(tmp_path / "in.tif", fine, geotransform=(500000.0, 5.0, 0.0, 5200000.0, 0.0, -5.0),
                          names=BANDS)  # fmt: skip
    report, said = run(model, raster, tmp_path / "out")
    assert any("Resampled from 768 × 640 px to 384 × 320 px" in text for text in said.logs)
    dataset = gdal.Open(str(tmp_path / "out" / "s.tif"))
    assert dataset.GetGeoTransform() == pytest.approx((500000.0, 640.0, 0.0, 5200000.0, 0.0, -640.0))
    assert (dataset.RasterXSize, dataset.RasterYSize) == (6, 5)
    assert items(tmp_path / "out" / "c.tif")["UNLIKE_SHARE"] == f"{report.unlike_share:.4f}"


@pytest.mark.parametrize("kind", ["gap", "nan", "int16", "tiny", "small", "empty"])
def test_odd_rasters(model: Path, tmp_path: Path, kind: str) -> None:
    values = stored(place(206))
    more: dict[str, Any] = {}
    compared: int | None = 30
    if kind == "gap":
        values[:, :, 100:] = 0
        more, compared = {"nodata": 0}, 10
    if kind == "nan":
        values = values.astype(np.float32)
        values[1, :128, :] = np.nan
        compared = 18
    if kind == "int16":
        values = values.astype(np.int16)
        values[:, 0, 0] = -999
        more = {"nodata": -999}
    if kind == "tiny":
        values, compared = values[:, :1, :1], None
    if kind == "small":
        values, compared = values[:, :40, :300], 4
    if kind == "empty":
        values[...] = 0
        more, compared = {"nodata": 0}, None
    raster = write_raster(tmp_path / "in.tif", np.ascontiguousarray(values), names=BANDS, **more)
    options = {"scale": 1} if kind == "nan" else {}
    report, said = run(model, raster, tmp_path / "out", options=dict(options))
    assert said.unlike == []
    if compared is None:
        assert report.unlike_share is None
        assert any("No window of the image holds enough data" in text for text in said.warnings)
        assert not (tmp_path / "out" / "s.tif").exists()
        assert "UNLIKE_SHARE" not in items(tmp_path / "out" / "c.tif")
        assert not any("compared with the training" in text for text in said.logs)
        _, said = run(model, raster, tmp_path / "plain", shift_map=False, options=options)
        assert not any("training" in text for text in said.warnings)
        (sentence,) = [text for text in said.logs if "training" in text]
        why = {
            "empty": "no window of 64 × 64 px has data in half of its pixels or more.",
            "tiny": "its 1 × 1 px do not hold even half of a window of 64 × 64 px.",
        }
        assert sentence == f"The image is not compared with the training images: {why[kind]}"
    else:
        assert int(items(tmp_path / "out" / "c.tif")["UNLIKE_WINDOWS"]) == compared
        assert np.isfinite(read_raster(tmp_path / "out" / "s.tif")).sum() == compared


@pytest.mark.parametrize(
    ("windows", "odd", "warns"),
    [(6, 1, False), (6, 2, True), (2, 1, False), (2, 2, True), (1, 1, True), (30, 3, False)],
)
def test_one_odd_window_of_few_is_chance(
    model: Path, tmp_path: Path, training: TrainingFeatures, windows: int, odd: int, warns: bool
) -> None:
    values = stored(place(216))
    found = [distances(measured, training) for measured in cut_windows(values / np.float32(10000))]
    assert max(found) < 1, "only windows that are made odd may be"
    values = values[:, : 64 * (windows // 6 or 1), : 64 * min(windows, 6)]
    for number in range(odd):
        values[:, :64, 64 * number : 64 * (number + 1)] = values[::-1, :64, 64 * number : 64 * (number + 1)]
    raster = write_raster(tmp_path / "in.tif", np.ascontiguousarray(values), names=BANDS)
    report, said = run(model, raster, tmp_path / "out", shift_map=False)
    assert report.unlike_share == pytest.approx(odd / windows)
    assert any(f"training images: {odd} of {windows} windows lie beyond" in text for text in said.logs)
    assert len(said.unlike) == warns


def test_only_inside_of_the_mask(model: Path, tmp_path: Path) -> None:
    values = stored(place(207))
    values[:, :, 192:] = values[::-1, :, 192:]
    raster = write_raster(tmp_path / "in.tif", values, names=BANDS)
    west = gpd.GeoDataFrame(geometry=[rectangle(500000, 5200000 - 3200, 500000 + 1920, 5200000)], crs=crs_wkt(32633))
    west.to_file(tmp_path / "west.gpkg")
    report, said = run(model, raster, tmp_path / "out", mask_path=str(tmp_path / "west.gpkg"))
    assert said.unlike == []
    assert report.unlike_share < 0.1
    np.testing.assert_array_equal(np.isfinite(read_raster(tmp_path / "out" / "s.tif")[0]), np.indices((5, 6))[1] < 3)
    report, said = run(model, raster, tmp_path / "all", shift_map=False)
    assert report.unlike_share == pytest.approx(0.5, abs=0.1)
    assert said.unlike[0].startswith(f"{report.unlike_share:.0%} of the image looks unlike")


def test_after_a_crash(model: Path, tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", stored(place(208, 1100, 1100)), names=BANDS)
    whole, _ = run(model, raster, tmp_path / "whole", tile_size=128)
    done = [0.0]
    stop = Feedback(progress=lambda share: done.__setitem__(0, share), cancelled=lambda: done[0] > 0.6)
    (tmp_path / "out").mkdir()
    options = RunOptions(resume=True, shift_map=str(tmp_path / "out" / "s.tif"))
    settings, target = RunSettings(tile_size=128, options=options), str(tmp_path / "out" / "c.tif")
    with pytest.raises(Cancelled):
        segment(load_model(model), str(raster), target, settings, feedback=stop)
    said = Said()
    report = segment(load_model(model), str(raster), target, settings, feedback=said.feedback)
    assert any("goes on where it stopped" in text for text in said.logs)
    assert report.tiles < whole.tiles
    assert report.unlike_share == whole.unlike_share
    np.testing.assert_array_equal(read_raster(tmp_path / "out" / "s.tif"), read_raster(tmp_path / "whole" / "s.tif"))


def test_on_a_cluster(model: Path, tmp_path: Path, root: Path) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed (pip install distributed)")
    from .test_cluster import load_tool  # that module is skipped as a whole without it

    raster = write_raster(tmp_path / "in.tif", stored(place(215, 700, 700)), names=BANDS)
    here, _ = run(model, raster, tmp_path / "here", tile_size=128)
    (tmp_path / "cluster").mkdir()
    started = load_tool(root).LocalCluster(tmp_path / "cluster", 1)
    try:
        there, _ = run(model, raster, tmp_path / "there", tile_size=128, device=started.device)
    finally:
        started.stop()
    assert there.unlike_share == here.unlike_share
    np.testing.assert_array_equal(read_raster(tmp_path / "here" / "s.tif"), read_raster(tmp_path / "there" / "s.tif"))
    assert items(tmp_path / "there" / "c.tif")["UNLIKE_SHARE"] == items(tmp_path / "here" / "c.tif")["UNLIKE_SHARE"]


def test_nothing_without_statistics(tmp_path: Path) -> None:
    path = argmax_numbers(tmp_path / "m.onnx", 3)
    write_mlm(path, bands=BANDS, classes=[(0, "a"), (1, "b"), (2, "c")], scaling=SCALING)
    raster = write_raster(tmp_path / "in.tif", stored(place(209)), names=BANDS)
    report, said = run(path, raster, tmp_path / "out", shift_map=False)
    assert report.unlike_share is None
    assert not any("training" in text for text in [*said.logs, *said.warnings])
    with pytest.raises(SettingsError, match="asks for shift_map, and the card of m has no statistics"):
        run(path, raster, tmp_path / "map")
    assert list((tmp_path / "map").iterdir()) == []


def test_names_of_the_map(model: Path, tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", stored(place(210)), names=BANDS)
    for name, message in (
        (str(tmp_path / "s.png"), "The shift map output should be a GeoTIFF ending in .tif"),
        (str(tmp_path / "in.tif"), "is the input itself"),
        (str(tmp_path / "c.tif"), "Two outputs have the same name"),
        (str(tmp_path / "none" / "s.tif"), "does not exist: create it"),
    ):
        settings = RunSettings(options=read_options(json.dumps({"shift_map": name})))
        with pytest.raises(OutputError, match=message):
            segment(load_model(model), str(raster), str(tmp_path / "c.tif"), settings)
    assert not (tmp_path / "c.tif").exists()
    with pytest.raises(SettingsError, match="shift_map should be text; found 3"):
        read_options('{"shift_map": 3}')


# the other tasks


def test_both_dates_of_a_change(tmp_path: Path, training: TrainingFeatures) -> None:
    path = argmax_numbers(tmp_path / "m.onnx", 3)
    write_mlm(path, bands=BANDS, classes=[(0, "a"), (1, "b"), (2, "c")], scaling=SCALING)
    with_features(path, training)
    good = write_raster(tmp_path / "good.tif", stored(place(211)), names=BANDS)
    bad = write_raster(tmp_path / "bad.tif", np.ascontiguousarray(stored(place(211))[::-1]), names=BANDS)
    said = Said()
    options = RunOptions(shift_map=str(tmp_path / "s.tif"))
    settings = RunSettings(options=options)
    report = detect_change(load_model(path), str(good), str(bad), str(tmp_path / "c.tif"), settings,
                           feedback=said.feedback)  # fmt: skip
    assert report.run.unlike_share > 0.9
    assert "that were compared, most in bad.tif)" in said.unlike[0]
    assert "check BANDS" in said.unlike[0]
    assert (read_raster(tmp_path / "s.tif") > 1).mean() > 0.9
    said = Said()
    report = detect_change(load_model(path), str(good), str(good), str(tmp_path / "d.tif"), feedback=said.feedback)
    assert said.unlike == []


def test_stacked_dates(tmp_path: Path, training: TrainingFeatures) -> None:
    path = change_models.difference(tmp_path / "m.onnx", bands=3)
    card = json.loads(path.with_suffix(".json").read_text())
    card["properties"]["mlm:input"][0]["value_scaling"] = SCALING
    path.with_suffix(".json").write_text(json.dumps(card))
    with_features(path, training)
    good = write_raster(tmp_path / "good.tif", stored(place(212)))
    bad = write_raster(tmp_path / "bad.tif", stored(place(212)) // 50)
    said = Said()
    report = detect_change(load_model(path), str(good), str(bad), str(tmp_path / "c.tif"), feedback=said.feedback)
    assert report.run.unlike_share > 0.9
    assert "most in bad.tif" in said.unlike[0]
    assert "times those of the training images" in said.unlike[0]


def test_chips_and_zones(tmp_path: Path, training: TrainingFeatures) -> None:
    path = mean_of_bands(tmp_path / "m.onnx")
    with_features(write_scene_card(path, ["a", "b", "c"], scaling=10000), training)
    values = stored(place(213))
    values[:, :, 192:] = values[::-1, :, 192:]
    raster = write_raster(tmp_path / "in.tif", values, names=BANDS)
    for number, chips in enumerate((ChipSettings(chip_size=64), ChipSettings(chip_size=48, stride=90))):
        said = Said()
        options = RunOptions(shift_map=str(tmp_path / f"s{number}.tif"))
        report = classify(load_model(path), str(raster), str(tmp_path / f"c{number}.gpkg"),
                          RunSettings(options=options), chips, feedback=said.feedback)  # fmt: skip
        assert report.unlike_share == pytest.approx(0.5, abs=0.1)
        assert len(said.unlike) == 1
        assert f'"UNLIKE_SHARE": "{report.unlike_share:.4f}"' in str(metadata_of(tmp_path / f"c{number}.gpkg"))
    np.testing.assert_array_equal(read_raster(tmp_path / "s0.tif"), read_raster(tmp_path / "s1.tif"))
    west = gpd.GeoDataFrame(geometry=[rectangle(500000 + x, 5200000 - 640, 500000 + x + 640, 5200000)
                                      for x in (0, 640)], crs=crs_wkt(32633))  # fmt: skip
    west.to_file(tmp_path / "zones.gpkg")
    said = Said()
    chips = ChipSettings(chip_size=64, zones_path=str(tmp_path / "zones.gpkg"))
    report = classify(load_model(path), str(raster), str(tmp_path / "z.gpkg"), None, chips, feedback=said.feedback)
    assert report.unlike_share == 0
    assert said.unlike == []
    assert any("0 of 2 windows" in text for text in said.logs)


def metadata_of(path: Path) -> str:
    return json.dumps(gdal.OpenEx(str(path)).GetMetadata("GEONNX"))


def test_the_best_date_of_a_series(tmp_path: Path, training: TrainingFeatures) -> None:
    spec = InputSpec(
        "x", "BTCHW", (None, None, 3, None, None), "float32", role="series",
        bands=tuple(BandSpec(name) for name in BANDS), scaling=(Scaling("scale", value=10000.0),),
        training_features=training,
    )  # fmt: skip
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=0)]
    output = OutputSpec("y", "BCHW", (None, 3, None, None), "float32", role="image", date=-1)
    model = Network(tmp_path, [spec], nodes, [output]).model()
    good, cloudy = stored(place(214)), np.full((3, 320, 384), 9000, np.uint16)
    paths = [
        str(write_raster(tmp_path / f"s_{day}.tif", values, names=BANDS))
        for day, values in (("2020-01-01", good), ("2020-02-01", cloudy), ("2020-03-01", good))
    ]
    said = Said()
    report = remove_clouds(model, CloudInputs(tuple(paths)), str(tmp_path / "out.tif"),
                           RunSettings(options=RunOptions(shift_map=str(tmp_path / "s.tif"))),
                           CloudSettings(keep_clear=False), feedback=said.feedback)  # fmt: skip
    assert report.run.unlike_share < 0.1
    assert said.unlike == []
    assert read_raster(tmp_path / "s.tif").shape == (1, 5, 6)
    report = remove_clouds(model, CloudInputs((paths[1], paths[1])), str(tmp_path / "bad.tif"), None,
                           CloudSettings(keep_clear=False), feedback=said.feedback)  # fmt: skip
    assert report.run.unlike_share == 1
    with pytest.raises(SettingsError, match="without MODEL leave it out"):
        remove_clouds(None, CloudInputs(tuple(paths)), str(tmp_path / "none.tif"),
                      RunSettings(options=RunOptions(shift_map=str(tmp_path / "t.tif"))))  # fmt: skip


# parts


def test_each_window_has_one_tile() -> None:
    target = Window(7, 3, 333, 270)
    lattice = Lattice(target, 64)
    found: list[Any] = []
    for y in range(0, 300, 50):
        for x in range(0, 400, 37):
            found += lattice.centred_in(Window(x, y, 37, 50))
    assert sorted(found) == sorted((c, r) for c in range(6) for r in range(5))
    assert lattice.window((5, 4)) == Window(327, 259, 13, 14)
    assert list(lattice.centred_in(Window(1000, 1000, 5, 5))) == []


def test_samples_are_spread() -> None:
    for width, height in ((640, 640), (64 * 47, 64 * 47), (64 * 300, 64 * 100), (64 * 3000, 64), (64, 64)):
        lattice = Lattice(Window(0, 0, width, height), 64)
        count = lattice.columns * lattice.rows
        sample = Sample.of(lattice, count)
        chosen = list(sample.places())
        assert set(chosen) == {place for place in lattice.places() if place in sample}
        assert min(count, 80) <= len(chosen) <= 180
        for side in ((0, 0), (1, 0), (0, 1), (1, 1)):
            quarter = [p for p in chosen if (2 * p[0] >= lattice.columns, 2 * p[1] >= lattice.rows) == side]
            assert count < 200 or lattice.rows == 1 or 0.2 < len(quarter) / len(chosen) < 0.3


def test_explanation_keeps_to_what_is_clear(training: TrainingFeatures) -> None:
    measured, _ = looks(220)
    assert explain(measured, training, BANDS).startswith("Check bands, scaling")
    dark = measured.copy()
    dark[:, :9] *= 1e-9
    assert "times those of the training" in explain(dark, training, BANDS)
    black = np.zeros_like(measured)
    assert explain(black, training, BANDS).startswith("Check bands, scaling")


def test_one_band_and_many(training: TrainingFeatures) -> None:
    rng = np.random.default_rng(0)
    for bands in (1, 13):
        levels = rng.uniform(0.1, 1, bands)[:, None, None]
        common = [noise(1, 256, 256, "float32", seed) for seed in range(40)]
        images = [(c + noise(bands, 256, 256, "float32", 99 + n)) * levels for n, c in enumerate(common)]
        many = np.concatenate([np.stack(list(cut_windows(image))) for image in images])
        stats = fit_features(many, [n for n in range(40) for _ in range(16)])
        assert len(stats.mean) == 4 * bands - 1
        assert (distances(many, stats) > 1).mean() < 0.02
        told = explain(np.stack(list(cut_windows(images[0] * 1000))), stats, [str(n) for n in range(bands)])
        assert "times those of the training" in told


def test_errors_are_one_sentence(model: Path, tmp_path: Path) -> None:
    with pytest.raises(GeonnxError) as caught:
        segment(load_model(model), RasterInputs((str(tmp_path / "no.tif"),)), SegmentOutputs(str(tmp_path / "c.tif")))
    assert "\n" not in str(caught.value)
