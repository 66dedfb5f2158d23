"""What `classify` writes: classes, probabilities, labels and values of chips on a grid, against plain numpy."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import onnx
import pandas as pd
import pytest
from geonnx.models import (
    ChipSettings,
    ClassifyOutputs,
    Feedback,
    RasterInputs,
    RunOptions,
    RunSettings,
    classify,
    load_model,
    segment,
)
from geonnx.models.errors import Cancelled, GeonnxError, ModelError, OutputError, SettingsError
from onnx import helper
from osgeo import gdal
from scipy.special import expit
from scipy.stats import entropy

from ..rasters import DEGREES, NORTH_UP, ROTATED, SOUTH_UP, noise, read_raster, write_raster
from ..scene_models import COLORS, mean_of_bands, softmax, write_card
from ..tiny_models import box, save

NAMES = ["open land", "forest & hedge", "water"]


def run(model: Path, raster: Any, out: Path, chips: ChipSettings | None = None, **extra: Any) -> Any:
    """Run into *out*/chips.gpkg; return the report, and the polygons as a table."""
    out.mkdir(exist_ok=True)
    report = classify(load_model(model), raster, str(out / "chips.gpkg"), extra.pop("settings", None), chips, **extra)
    return report, read(out / "chips.gpkg")


def read(path: Path) -> Any:
    return gpd.read_file(path, layer=path.stem)


def block_means(values: np.ndarray, size: int, stride: int | None = None) -> np.ndarray:
    """Return the mean of each band (chip, band) over windows that are moved inside, row by row; by itself."""
    stride = stride or size
    _, height, width = values.shape

    def starts(length: int) -> list[int]:
        middles = [(first + min(first + stride, length)) / 2 for first in range(0, length, stride)]
        return [max(0, min(int(np.floor(middle - size / 2)), length - size)) for middle in middles]

    return np.array(
        [
            values[:, y : y + size, x : x + size].astype(np.float64).mean(axis=(1, 2))
            for y in starts(height)
            for x in starts(width)
        ]
    )


@pytest.fixture
def scores(tmp_path: Path) -> tuple[Path, Path, np.ndarray]:
    """Return a model whose scores are band means, a raster that is no multiple of its chips, and its values."""
    values = ((noise(3, 150, 210, "float32") - 0.5) * 12).astype(np.float32)
    raster = write_raster(tmp_path / "scene.tif", values)
    return write_card(mean_of_bands(tmp_path / "mean.onnx"), NAMES, values=[3, 7, 9]), raster, values


@pytest.mark.parametrize(("size", "stride"), [(64, 0), (64, 25), (32, 50), (1, 30)])
def test_classes_and_probabilities(scores: Any, tmp_path: Path, size: int, stride: int) -> None:
    model, raster, values = scores
    report, table = run(model, str(raster), tmp_path / "out", ChipSettings(chip_size=size, stride=stride, top_k=2))
    wanted = softmax(block_means(values, size, stride or size))
    assert list(table.columns) == [
        "class_id", "class", "confidence", "top2_class", "top2_confidence", "entropy", "p_open_land", "p_forest_hedge",
        "p_water", "geometry",
    ]  # fmt: skip
    assert len(table) == len(wanted) == report.tiles
    np.testing.assert_allclose(table[["p_open_land", "p_forest_hedge", "p_water"]], wanted, atol=1e-5)
    order = np.argsort(-wanted, axis=1)
    assert list(table["class_id"]) == [[3, 7, 9][best] for best in order[:, 0]]
    assert list(table["class"]) == [NAMES[best] for best in order[:, 0]]
    assert list(table["top2_class"]) == [NAMES[second] for second in order[:, 1]]
    np.testing.assert_allclose(table["confidence"], wanted.max(axis=1), atol=1e-5)
    np.testing.assert_allclose(table["top2_confidence"], np.sort(wanted, axis=1)[:, 1], atol=1e-5)
    np.testing.assert_allclose(table["entropy"], entropy(wanted, axis=1) / np.log(3), atol=1e-4)
    assert report.class_counts == {NAMES[k]: n for k in range(3) if (n := int((order[:, 0] == k).sum()))}
    assert (report.chips_skipped, report.zones, report.zones_without_class) == (0, 0, 0)
    if (stride or size) <= size:
        assert table.union_all().area == pytest.approx(150 * 210 * 100)
        assert table.area.sum() == pytest.approx(150 * 210 * 100)
    assert len(set(order[:, 0])) == 3 or size != 1


@pytest.mark.parametrize("batch", [0, 1, 5])
@pytest.mark.parametrize("fixed", ["n", 1, 4])
def test_batches(tmp_path: Path, batch: int, fixed: Any) -> None:
    values = noise(3, 90, 90, "float32")
    raster = write_raster(tmp_path / "scene.tif", values)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=20, batch=fixed), NAMES)
    settings = RunSettings(batch_size=batch if fixed == "n" else 0)
    _, table = run(model, str(raster), tmp_path / "out", settings=settings)
    np.testing.assert_allclose(
        table[["p_open_land", "p_forest_hedge", "p_water"]], softmax(block_means(values, 20)), atol=1e-5
    )


@pytest.mark.parametrize("transform", [NORTH_UP, SOUTH_UP, ROTATED])
def test_any_geotransform(tmp_path: Path, transform: tuple[float, ...]) -> None:
    values = noise(3, 70, 100, "int16").astype(np.int16)
    raster = write_raster(tmp_path / "scene.tif", values, geotransform=transform)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=32), NAMES, scaling=1000)
    outputs = ClassifyOutputs(str(tmp_path / "chips.gpkg"), str(tmp_path / "coarse.tif"))
    classify(load_model(model), str(raster), outputs)
    table = read(tmp_path / "chips.gpkg")
    wanted = block_means(values, 32).argmax(axis=1)
    assert list(table["class_id"]) == list(wanted)
    pixel = abs(transform[1] * transform[5] - transform[2] * transform[4])
    assert table.union_all().area == pytest.approx(70 * 100 * pixel)
    assert table.geometry.is_valid.all()
    np.testing.assert_array_equal(read_raster(tmp_path / "coarse.tif")[0], wanted.reshape(3, 4))
    dataset = gdal.Open(str(tmp_path / "coarse.tif"))
    x0, dx, rx, y0, ry, dy = transform
    assert dataset.GetGeoTransform() == pytest.approx((x0, 32 * dx, 32 * rx, y0, 32 * ry, 32 * dy))
    # a pixel of the coarse raster is the cell of its polygon
    middles = table.iloc[[0, 5]].centroid
    inverse = gdal.InvGeoTransform(dataset.GetGeoTransform())
    for number, middle in zip((0, 5), middles):
        column, row = gdal.ApplyGeoTransform(inverse, middle.x, middle.y)
        assert (int(row), int(column)) == divmod(number, 4)


def test_degrees(tmp_path: Path) -> None:
    values = noise(3, 64, 64)
    raster = write_raster(tmp_path / "scene.tif", values, geotransform=DEGREES, epsg=4326)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=32), NAMES)
    _, table = run(model, str(raster), tmp_path / "out")
    assert table.crs.to_epsg() == 4326
    assert list(table["class_id"]) == list(block_means(values, 32).argmax(axis=1))
    assert table.total_bounds == pytest.approx([14.5, 46.9 - 64 * 0.00009, 14.5 + 64 * 0.00011, 46.9])


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 40), (40, 5), (63, 64)])
def test_smaller_than_a_chip(tmp_path: Path, height: int, width: int) -> None:
    values = noise(3, height, width, "float32")
    raster = write_raster(tmp_path / "scene.tif", values)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=64), NAMES)
    said: list[str] = []
    _, table = run(model, str(raster), tmp_path / "out", feedback=Feedback(log=said.append))
    mirrored = np.pad(values, ((0, 0), (0, 64 - height), (0, 64 - width)), mode="symmetric")
    wanted = softmax(mirrored.astype(np.float64).mean(axis=(1, 2)))
    assert len(table) == 1
    np.testing.assert_allclose(table[["p_open_land", "p_forest_hedge", "p_water"]].iloc[0], wanted, atol=1e-5)
    assert table.area[0] == pytest.approx(height * width * 100)
    assert any("filled by mirroring" in line for line in said)


def test_chips_without_data(tmp_path: Path) -> None:
    values = noise(3, 96, 96, "float32") + 1
    values[:, :32, :32] = 0  # nothing
    values[:, :17, 32:64] = 0  # more than half
    values[:, :16, 64:] = 0  # exactly half
    values[0, 32:64, :32] = np.nan
    raster = write_raster(tmp_path / "scene.tif", values, nodata=0)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=32), NAMES)
    outputs = ClassifyOutputs(str(tmp_path / "chips.gpkg"), str(tmp_path / "coarse.tif"))
    report = classify(load_model(model), str(raster), outputs)
    assert (report.tiles, report.chips_skipped) == (6, 3)
    assert len(read(tmp_path / "chips.gpkg")) == 6
    coarse = read_raster(tmp_path / "coarse.tif")[0]
    np.testing.assert_array_equal(coarse == 255, [[1, 1, 0], [1, 0, 0], [0, 0, 0]])
    # the share is a matter of taste; without any data there is nothing to say
    report, table = run(model, str(raster), tmp_path / "all", ChipSettings(min_data=0.0))
    assert (report.tiles, report.chips_skipped, len(table)) == (7, 2, 7)
    report, table = run(model, str(raster), tmp_path / "full", ChipSettings(min_data=1.0))
    assert (report.tiles, report.chips_skipped, len(table)) == (5, 4, 5)


def test_cells_without_data_of_their_own_get_no_class(tmp_path: Path) -> None:
    values = np.ones((3, 64, 64), np.uint8)
    values[:, :, :8] = 0
    raster = write_raster(tmp_path / "scene.tif", values, nodata=0)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=32), NAMES)
    report, table = run(model, str(raster), tmp_path / "out", ChipSettings(stride=8))
    assert report.chips_skipped == 8
    assert table.total_bounds[0] == 500080.0


def test_all_nodata(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "scene.tif", np.zeros((3, 50, 50), np.uint8), nodata=0)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=32), NAMES)
    said: list[str] = []
    report, table = run(model, str(raster), tmp_path / "out", feedback=Feedback(warn=said.append))
    assert (report.tiles, report.chips_skipped, len(table), report.class_counts) == (0, 4, 0, {})
    assert any(line.startswith("Nothing got a class") for line in said)
    assert list(table.columns)[:3] == ["class_id", "class", "confidence"]


def test_nan_of_the_network(tmp_path: Path) -> None:
    values = np.ones((3, 32, 64), np.float32)
    values[:, :, 32:] = -1
    raster = write_raster(tmp_path / "scene.tif", values)
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Log", ["mean"], ["scores"]),
    ]
    model = save(
        tmp_path / "log.onnx",
        nodes,
        inputs=[("image", "float32", ["n", 3, 32, 32])],
        outputs=[("scores", "float32", ["n", 3])],
    )
    said: list[str] = []
    report, table = run(write_card(model, NAMES), str(raster), tmp_path / "out", feedback=Feedback(warn=said.append))
    assert (report.tiles, report.chips_skipped, len(table)) == (2, 1, 1)
    assert any("gave no numbers" in line for line in said)


def test_extent_and_mask(tmp_path: Path, scores: Any) -> None:
    model, raster, values = scores
    left, top = 500000.0, 5200000.0
    corners = tuple((left + x * 10, top - y * 10) for x, y in ((20, 30), (120, 30), (120, 80), (20, 80)))
    settings = RunSettings(extent=corners)
    _, table = run(model, str(raster), tmp_path / "extent", ChipSettings(chip_size=32), settings=settings)
    assert len(table) == 4 * 2
    np.testing.assert_allclose(table.total_bounds, [left + 200, top - 800, left + 1200, top - 300])
    first = softmax(values[:, 30:62, 20:52].astype(np.float64).mean(axis=(1, 2)))
    assert table["confidence"][0] == pytest.approx(first.max(), abs=1e-5)

    from shapely.geometry import box as rectangle

    mask = gpd.GeoDataFrame(geometry=[rectangle(left + 330, top - 350, left + 345, top - 330)], crs=32633)
    mask.to_crs(4326).to_file(tmp_path / "mask.gpkg")
    settings = RunSettings(mask_path=str(tmp_path / "mask.gpkg"))
    report, table = run(model, str(raster), tmp_path / "mask", ChipSettings(chip_size=32), settings=settings)
    assert (len(table), report.chips_skipped) == (1, 0)
    np.testing.assert_allclose(table.total_bounds, [left + 320, top - 640, left + 640, top - 320])


def test_labels(tmp_path: Path) -> None:
    values = ((noise(4, 96, 128, "float32") - 0.5) * 10).astype(np.float32)
    raster = write_raster(tmp_path / "scene.tif", values)
    names = ["arable", "forest", "water", "urban"]
    model = mean_of_bands(tmp_path / "multi.onnx", bands=4, size=16)
    write_card(model, names, bands=4, output={"geonnx:activation": "sigmoid", "geonnx:threshold": 0.6})
    card = json.loads(model.with_suffix(".json").read_text())
    card["properties"]["mlm:output"][0]["classification:classes"][2]["geonnx:threshold"] = 0.2
    model.with_suffix(".json").write_text(json.dumps(card))
    report, table = run(model, str(raster), tmp_path / "out", ChipSettings(top_k=2))
    wanted = expit(block_means(values, 16))
    limits = np.array([0.6, 0.6, 0.2, 0.6])
    np.testing.assert_allclose(table[[f"p_{name}" for name in names]], wanted, atol=1e-5)
    for row, chance in zip(table.itertuples(), wanted):
        ranked = [k for k in np.argsort(-chance) if chance[k] >= limits[k]]
        assert row.labels == "; ".join(names[k] for k in ranked)
        assert row.label_count == len(ranked)
        if ranked:
            assert (row.class_id, row._2) == (ranked[0], names[ranked[0]])
            assert row.confidence == pytest.approx(chance[ranked[0]], abs=1e-5)
        else:
            assert pd.isna(row.class_id) and row._2 is None and pd.isna(row.confidence)
        assert row.top2_class == (names[ranked[1]] if len(ranked) > 1 else None)
        each = [entropy([p, 1 - p]) / np.log(2) for p in chance]
        assert row.entropy == pytest.approx(np.mean(each), abs=1e-4)
    counts = (wanted >= limits).sum(axis=0)
    assert report.class_counts == {name: int(n) for name, n in zip(names, counts) if n}
    assert {0, 1, 2} <= set(table["label_count"])
    assert 'label="no class"' in (tmp_path / "out" / "chips.qml").read_text()

    _, table = run(model, str(raster), tmp_path / "all", ChipSettings(threshold=0.3))
    assert list(table["label_count"]) == list((wanted >= 0.3).sum(axis=1))
    options = RunSettings(options=RunOptions(threshold=0.7))
    _, table = run(model, str(raster), tmp_path / "option", settings=options)
    assert list(table["label_count"]) == list((wanted >= 0.7).sum(axis=1))


@pytest.mark.parametrize("listed", [["burnt"], ["not burnt", "burnt"]])
def test_one_score(tmp_path: Path, listed: list[str]) -> None:
    values = ((noise(1, 64, 64, "float32") - 0.4) * 8).astype(np.float32)
    raster = write_raster(tmp_path / "scene.tif", values)
    model = mean_of_bands(tmp_path / "one.onnx", bands=1, size=16)
    write_card(
        model,
        listed,
        bands=1,
        values=[1] if len(listed) == 1 else [0, 1],
        output={"geonnx:activation": "sigmoid", "geonnx:threshold": 0.55},
    )
    _, table = run(model, str(raster), tmp_path / "out")
    chance = expit(block_means(values, 16)[:, 0])
    assert 0.1 < (chance >= 0.55).mean() < 0.9
    assert list(table["class_id"]) == list((chance >= 0.55).astype(int))
    assert set(table["class"]) == {"not burnt", "burnt"}
    np.testing.assert_allclose(table["p_burnt"], chance, atol=1e-5)
    np.testing.assert_allclose(table["confidence"], np.where(chance >= 0.55, chance, 1 - chance), atol=1e-5)
    _, table = run(model, str(raster), tmp_path / "other", ChipSettings(threshold=0.8))
    assert list(table["class_id"]) == list((chance >= 0.8).astype(int))


def test_class_numbers(tmp_path: Path) -> None:
    values = noise(3, 64, 64, "float32")
    raster = write_raster(tmp_path / "scene.tif", values)
    model = mean_of_bands(tmp_path / "numbers.onnx", size=16, end="ArgMax")
    report, table = run(model, str(raster), tmp_path / "out")
    wanted = block_means(values, 16).argmax(axis=1)
    assert list(table.columns) == ["class_id", "class", "geometry"]
    assert list(table["class_id"]) == list(wanted)
    assert list(table["class"]) == [f"class {number}" for number in wanted]
    assert sum(report.class_counts.values()) == 16
    with pytest.raises(SettingsError, match="gives class numbers, which can't be averaged"):
        run(model, str(raster), tmp_path / "out", settings=RunSettings(options=RunOptions(tta="flips")))


def several_heads(path: Path) -> Path:
    """Give class scores, a second head of two classes, a share and two more numbers, with the share first."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["zone"], axes=[2, 3], keepdims=0),
        helper.make_node("Slice", ["zone", "0", "2", "1"], ["use"]),
        helper.make_node("Slice", ["zone", "2", "3", "1"], ["share"]),
        helper.make_node("Slice", ["zone", "1", "3", "1"], ["more"]),
    ]
    numbers = {str(n): np.array([n], np.int64) for n in (0, 1, 2, 3)}
    return save(
        path,
        nodes,
        inputs=[("image", "float32", ["n", 3, 32, 32])],
        outputs=[
            ("share", "float32", ["n", 1]), ("zone", "float32", ["n", 3]), ("use", "float32", ["n", 2]),
            ("more", "float32", ["n", 2]),
        ],
        weights=numbers,
    )  # fmt: skip


def test_several_heads(tmp_path: Path) -> None:
    values = noise(3, 64, 96, "float32")
    raster = write_raster(tmp_path / "scene.tif", values)
    model = several_heads(tmp_path / "heads.onnx")
    write_card(model, NAMES, output={"name": "zone"})
    card = json.loads(model.with_suffix(".json").read_text())
    first = card["properties"]["mlm:output"][0]
    share = {"name": "share", "geonnx:role": "scores", "geonnx:activation": "sigmoid"}
    share["result"] = {"shape": [-1, 1], "dim_order": ["batch", "channel"], "data_type": "float32"}  # type: ignore[assignment]
    more = {**share, "name": "more", "geonnx:activation": "none", "result": {**first["result"], "shape": [-1, 2]}}
    use = {**first, "name": "use", "result": {**first["result"], "shape": [-1, 2]}}
    use["classification:classes"] = [{"value": 0, "name": "rural"}, {"value": 1, "name": "urban"}]
    card["properties"]["mlm:output"] = [share, first, use, more]
    model.with_suffix(".json").write_text(json.dumps(card))
    report, table = run(model, str(raster), tmp_path / "out", ChipSettings(top_k=1))
    assert list(table.columns) == [
        "class_id", "class", "confidence", "entropy", "p_open_land", "p_forest_hedge", "p_water", "share",
        "use_class_id", "use_class", "use_confidence", "use_entropy", "use_p_rural", "use_p_urban", "more_1", "more_2",
        "geometry",
    ]  # fmt: skip
    means = block_means(values, 32)
    np.testing.assert_allclose(table["confidence"], softmax(means).max(axis=1), atol=1e-5)
    np.testing.assert_allclose(table["use_p_urban"], softmax(means[:, :2])[:, 1], atol=1e-5)
    assert list(table["use_class"]) == [["rural", "urban"][k] for k in means[:, :2].argmax(axis=1)]
    np.testing.assert_allclose(table["share"], expit(means[:, 2]), atol=1e-5)
    np.testing.assert_allclose(table[["more_1", "more_2"]], means[:, 1:], atol=1e-5)
    assert sum(report.class_counts.values()) == 6
    settings = RunSettings(options=RunOptions(tta="flips"))
    _, varied = run(model, str(raster), tmp_path / "tta", ChipSettings(top_k=1), settings=settings)
    assert {"disagreement", "use_disagreement", "share_std", "more_2_std"} <= set(varied.columns)
    np.testing.assert_allclose(varied["share"], table["share"], atol=1e-5)


def test_temperature(tmp_path: Path, scores: Any) -> None:
    model, raster, values = scores
    wanted = softmax(block_means(values, 64) / 2.5)
    write_card(model, NAMES, output={"geonnx:temperature": 2.5})
    _, table = run(model, str(raster), tmp_path / "out", ChipSettings(chip_size=64))
    np.testing.assert_allclose(table[["p_open_land", "p_forest_hedge", "p_water"]], wanted, atol=1e-5)
    # a graph that ends in probabilities is calibrated all the same
    done = mean_of_bands(tmp_path / "done.onnx", end="Softmax")
    write_card(done, NAMES, output={"geonnx:temperature": 2.5})
    _, table = run(done, str(raster), tmp_path / "done", ChipSettings(chip_size=64))
    np.testing.assert_allclose(table[["p_open_land", "p_forest_hedge", "p_water"]], wanted, atol=1e-5)
    # and so is one that ends in labels
    labels = mean_of_bands(tmp_path / "labels.onnx", end="Sigmoid")
    write_card(labels, NAMES, output={"geonnx:temperature": 2.5})
    _, table = run(labels, str(raster), tmp_path / "labels", ChipSettings(chip_size=64))
    wanted = expit(block_means(values, 64) / 2.5)
    np.testing.assert_allclose(table[["p_open_land", "p_forest_hedge", "p_water"]], wanted, atol=1e-4)


def corner(path: Path) -> Path:
    """Give the upper left pixel of each band as that class's score: what is flipped matters."""
    nodes = [
        helper.make_node("Slice", ["image", "start", "end", "axes"], ["pixel"]),
        helper.make_node("Reshape", ["pixel", "shape"], ["scores"]),
    ]
    weights = {
        "start": np.array([0, 0], np.int64), "end": np.array([1, 1], np.int64), "axes": np.array([2, 3], np.int64),
        "shape": np.array([-1, 3], np.int64),
    }  # fmt: skip
    return save(
        path,
        nodes,
        inputs=[("image", "float32", ["n", 3, 16, 16])],
        outputs=[("scores", "float32", ["n", 3])],
        weights=weights,
    )


@pytest.mark.parametrize("tta", ["flips", "rotations"])
def test_disagreement_of_variants(tmp_path: Path, tta: Any) -> None:
    values = ((noise(3, 64, 64, "float32") - 0.5) * 6).astype(np.float32)
    raster = write_raster(tmp_path / "scene.tif", values)
    model = write_card(corner(tmp_path / "corner.onnx"), NAMES)
    _, table = run(model, str(raster), tmp_path / "out", settings=RunSettings(options=RunOptions(tta=tta)))
    for number, row in enumerate(table.to_dict("records")):
        y, x = (16 * part for part in divmod(number, 4))
        chip = values[:, y : y + 16, x : x + 16]
        each = softmax(np.array([chip[:, 0, 0], chip[:, 0, -1], chip[:, -1, 0], chip[:, -1, -1]]))
        mean, best = each.mean(axis=0), each.mean(axis=0).argmax()
        assert row["class"] == NAMES[best]
        assert row["confidence"] == pytest.approx(mean[best], abs=1e-5)
        assert row["disagreement"] == pytest.approx(each[:, best].std(), abs=1e-5)
        assert row["entropy"] == pytest.approx(entropy(mean) / np.log(3), abs=1e-4)


def test_many_classes(tmp_path: Path) -> None:
    names = [f"species {number}" for number in range(2500)]
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "weight"], ["scores"]),
    ]
    weight = np.random.default_rng(1).normal(size=(3, 2500)).astype(np.float32)
    model = save(
        tmp_path / "many.onnx",
        nodes,
        inputs=[("image", "float32", ["n", 3, 16, 16])],
        outputs=[("scores", "float32", ["n", 2500])],
        weights={"weight": weight},
    )
    write_card(model, names)
    values = noise(3, 48, 64, "float32")
    raster = write_raster(tmp_path / "scene.tif", values)
    outputs = ClassifyOutputs(str(tmp_path / "chips.gpkg"), str(tmp_path / "coarse.tif"))
    classify(load_model(model), str(raster), outputs, None, ChipSettings(top_k=5))
    table = read(tmp_path / "chips.gpkg")
    wanted = block_means(values, 16) @ weight
    assert not [name for name in table.columns if name.startswith("p_")]
    assert list(table["class_id"]) == list(wanted.argmax(axis=1))
    assert list(table["top5_class"]) == [names[k] for k in np.argsort(-wanted, axis=1)[:, 4]]
    np.testing.assert_array_equal(read_raster(tmp_path / "coarse.tif")[0].ravel(), wanted.argmax(axis=1))
    assert (tmp_path / "chips.qml").read_text().count("<category ") == len(set(table["class_id"]))
    with pytest.raises(SettingsError, match="a GeoPackage takes 1900"):
        run(model, str(raster), tmp_path / "out", ChipSettings(probabilities="all"))
    assert not list((tmp_path / "out").iterdir())


def test_probability_fields(tmp_path: Path) -> None:
    names = [f"k{number}" for number in range(120)]
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", bands=120, size=8), names, bands=120)
    raster = write_raster(tmp_path / "scene.tif", noise(120, 16, 16, "float32"))
    for wanted, count in (("auto", 0), ("all", 120), ("none", 0)):
        _, table = run(model, str(raster), tmp_path / wanted, ChipSettings(probabilities=wanted))  # type: ignore[arg-type]
        assert sum(name.startswith("p_") for name in table.columns) == count


def test_pixel_size_of_the_model(tmp_path: Path) -> None:
    values = np.repeat(np.repeat(noise(3, 40, 60, "float32"), 2, axis=1), 2, axis=2)  # 10 m, for a model of 20 m
    raster = write_raster(tmp_path / "scene.tif", values)
    model = write_card(mean_of_bands(tmp_path / "mean.onnx", size=20), NAMES, properties={"geonnx:gsd_m": 20})
    outputs = ClassifyOutputs(str(tmp_path / "chips.gpkg"), str(tmp_path / "coarse.tif"))
    classify(load_model(model), str(raster), outputs)
    table = read(tmp_path / "chips.gpkg")
    assert len(table) == 6
    assert table.area.unique() == pytest.approx([400.0**2])
    np.testing.assert_array_equal(table["class_id"], block_means(values, 40).argmax(axis=1))
    assert gdal.Open(str(tmp_path / "coarse.tif")).GetGeoTransform() == pytest.approx((5e5, 400, 0, 5.2e6, 0, -400))


def test_time_series(tmp_path: Path) -> None:
    nodes = [helper.make_node("ReduceMax", ["series"], ["top"], axes=[1], keepdims=0),
             helper.make_node("ReduceMean", ["top"], ["scores"], axes=[2, 3], keepdims=0)]  # fmt: skip
    model = save(
        tmp_path / "series.onnx",
        nodes,
        inputs=[("series", "float32", ["n", 3, 2, 16, 16])],
        outputs=[("scores", "float32", ["n", 2])],
    )
    dims = ["batch", "time", "bands", "height", "width"]
    entry = {"name": "series", "bands": [], "geonnx:role": "series"}
    entry["input"] = {"shape": [-1, 3, 2, 16, 16], "dim_order": dims, "data_type": "float32"}  # type: ignore[assignment]
    write_card(model, ["low", "high"], inputs=[entry])
    dates = [noise(2, 32, 32, "float32", seed=seed) for seed in (1, 2, 3)]
    paths = [str(write_raster(tmp_path / f"scene_2021-0{n + 1}-01.tif", values)) for n, values in enumerate(dates)]
    _, table = run(model, RasterInputs(tuple(paths)), tmp_path / "out")
    wanted = softmax(block_means(np.max(dates, axis=0), 16))
    np.testing.assert_allclose(table[["p_low", "p_high"]], wanted, atol=1e-5)


def test_radar_and_position_beside_the_image(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["optical"], ["first"], axes=[2, 3], keepdims=0),
        helper.make_node("ReduceMean", ["sar"], ["second"], axes=[2, 3], keepdims=0),
        helper.make_node("Concat", ["first", "second", "position"], ["scores"], axis=1),
    ]
    model = save(
        tmp_path / "three.onnx",
        nodes,
        inputs=[
            ("optical", "float32", ["n", 1, 16, 16]), ("sar", "float32", ["n", 1, 16, 16]),
            ("position", "float32", ["n", 2]),
        ],
        outputs=[("scores", "float32", ["n", 4])],
    )  # fmt: skip
    dims = {"shape": [-1, 1, 16, 16], "dim_order": ["batch", "bands", "height", "width"], "data_type": "float32"}
    position = {"shape": [-1, 2], "dim_order": ["batch", "channel"], "data_type": "float32"}
    entries = [
        {"name": "optical", "bands": [], "input": dims},
        {"name": "sar", "bands": [], "geonnx:role": "sar", "input": dims},
        {"name": "position", "bands": [], "geonnx:role": "latlon", "input": position},
    ]
    write_card(model, ["a", "b", "lat", "lon"], inputs=entries)
    optical, radar = noise(1, 40, 40, "float32"), noise(1, 40, 40, "float32", seed=5)
    place = {"geotransform": (14.0, 0.01, 0, 46.0, 0, -0.01), "epsg": 4326}
    inputs = RasterInputs(
        (str(write_raster(tmp_path / "optical.tif", optical * 30, **place)),),
        sar=(str(write_raster(tmp_path / "sar.tif", radar * 30, **place)),),
    )
    _, table = run(model, inputs, tmp_path / "out")
    starts = [(x, y) for y in (0, 16, 24) for x in (0, 16, 24)]
    wanted = [
        [*block, 46.0 - (y + 8) * 0.01, 14.0 + (x + 8) * 0.01]
        for block, (x, y) in zip(block_means(np.concatenate([optical, radar]) * 30, 16), starts)
    ]
    np.testing.assert_allclose(table[["p_a", "p_b", "p_lat", "p_lon"]], softmax(wanted), rtol=1e-3)


def test_a_bare_model(tmp_path: Path) -> None:
    values = ((noise(3, 64, 64, "float32") - 0.5) * 6).astype(np.float32)
    raster = write_raster(tmp_path / "scene.tif", values)
    for name, kinds in (("plain", {}), ("pooled", {"pooled": True}), ("labels", {"end": "Sigmoid"})):
        model = mean_of_bands(tmp_path / f"{name}.onnx", size=16, **kinds)  # type: ignore[arg-type]
        card = load_model(model).card
        assert card.task == "classify"
        _, table = run(model, str(raster), tmp_path / name)
        wanted = expit(block_means(values, 16)) if name == "labels" else softmax(block_means(values, 16))
        np.testing.assert_allclose(table[["p_class_0", "p_class_1", "p_class_2"]], wanted, atol=1e-5)
        assert ("labels" in table.columns) == (name == "labels")
    assert load_model(box(tmp_path / "map.onnx")).card.task == "segment"


def test_ultralytics_and_geoai_and_esri(tmp_path: Path) -> None:
    values = noise(3, 64, 64)
    raster = write_raster(tmp_path / "scene.tif", values)
    wanted = softmax(block_means(values, 32) / 255)
    model = mean_of_bands(tmp_path / "yolo.onnx", size=32, end="Softmax")
    proto = onnx.load(str(model))
    helper.set_model_props(proto, {"task": "classify", "names": str(dict(enumerate(NAMES))), "imgsz": "[32, 32]"})
    onnx.save(proto, str(model))
    _, table = run(model, str(raster), tmp_path / "yolo")
    np.testing.assert_allclose(table[["p_open_land", "p_forest_hedge", "p_water"]], wanted, atol=1e-5)

    model = mean_of_bands(tmp_path / "geoai.onnx", size=32)
    labels = {str(index): name for index, name in enumerate(NAMES)}
    described = {"task": "image-classification", "id2label": labels, "input_channels": 3, "output_names": ["scores"]}
    (tmp_path / "geoai.onnx.json").write_text(json.dumps(described))
    _, table = run(model, str(raster), tmp_path / "geoai")
    np.testing.assert_allclose(table[["p_open_land", "p_forest_hedge", "p_water"]], wanted, atol=1e-5)

    model = mean_of_bands(tmp_path / "esri.onnx", size=32)
    classes = [{"Value": k, "Name": name, "Color": [k, 2, 3]} for k, name in enumerate(NAMES)]
    emd = {"Framework": "ONNX", "ModelType": "ObjectClassification", "ModelFile": "esri.onnx", "Classes": classes}
    (tmp_path / "esri.emd").write_text(json.dumps({**emd, "ImageHeight": 32, "ImageWidth": 32}))
    _, table = run(tmp_path / "esri.emd", str(raster), tmp_path / "esri")
    assert set(table["class"]) <= set(NAMES)
    assert len(table) == 4


def test_style_and_provenance(scores: Any, tmp_path: Path) -> None:
    model, raster, _ = scores
    outputs = ClassifyOutputs(str(tmp_path / "chips.gpkg"), str(tmp_path / "coarse.tif"))
    report = classify(load_model(model), str(raster), outputs, None, ChipSettings(chip_size=64))
    qml = (tmp_path / "chips.qml").read_text()
    assert 'attr="class_id"' in qml
    assert 'value="7" label="forest &amp; hedge"' in qml
    assert '"27,120,55,255"' in qml  # #1b7837
    with sqlite3.connect(tmp_path / "chips.gpkg") as base:
        rows = base.execute("SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles")
        assert rows.fetchall() == [("chips", "geom", 1, qml)]
    dataset = gdal.OpenEx(str(tmp_path / "chips.gpkg"))
    made = dataset.GetMetadata("GEONNX")
    assert (made["MODEL_SHA256"], made["CHIP_SIZE"], made["STRIDE"]) == (report.model_sha256, "64x64", "64x64")
    coarse = gdal.Open(str(tmp_path / "coarse.tif"))
    band = coarse.GetRasterBand(1)
    assert coarse.GetMetadata("GEONNX")["CHIP_SIZE"] == "64x64"
    assert band.GetCategoryNames()[7] == "forest & hedge"
    assert tuple(band.GetColorTable().GetColorEntry(9)[:3]) == tuple(int(COLORS[2][k : k + 2], 16) for k in (1, 3, 5))
    table = band.GetDefaultRAT()
    counts = {table.GetValueAsString(row, 2): table.GetValueAsDouble(row, 1) for row in range(table.GetRowCount())}
    assert {name: int(count) for name, count in counts.items() if count} == report.class_counts
    assert 'type="paletted"' in (tmp_path / "coarse.qml").read_text()


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb"])
def test_formats(scores: Any, tmp_path: Path, suffix: str) -> None:
    model, raster, values = scores
    path = tmp_path / f"chips.{suffix}"
    classify(load_model(model), str(raster), str(path), None, ChipSettings(chip_size=64))
    dataset = gdal.OpenEx(str(path))
    layer = dataset.GetLayer(0)
    wanted = softmax(block_means(values, 64))
    found = sorted(float(feature.GetField("confidence")) for feature in layer)
    np.testing.assert_allclose(found, np.sort(wanted.max(axis=1)), atol=1e-5)
    assert (tmp_path / "chips.qml").is_file()


def test_one_name_for_polygons_and_raster(scores: Any, tmp_path: Path) -> None:
    model, raster, _ = scores
    outputs = ClassifyOutputs(str(tmp_path / "map.gpkg"), str(tmp_path / "map.tif"))
    classify(load_model(model), str(raster), outputs, None, ChipSettings(chip_size=64))
    assert "<rasterrenderer" in (tmp_path / "map.qml").read_text()  # the polygons' style is in the GeoPackage


def test_chip_sizes(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "scene.tif", noise(3, 64, 64, "float32"))
    fixed = write_card(mean_of_bands(tmp_path / "fixed.onnx", size=32), NAMES)
    for settings, chips in ((None, ChipSettings(chip_size=64)), (RunSettings(tile_size=64), None)):
        with pytest.raises(SettingsError, match="is 64 px; fixed takes chips of exactly 32 × 32 px"):
            run(fixed, str(raster), tmp_path / "out", chips, settings=settings)
    report, _ = run(
        fixed, str(raster), tmp_path / "out", ChipSettings(chip_size=32), settings=RunSettings(tile_size=64)
    )
    assert report.tiles == 4  # CHIP_SIZE counts, not TILE_SIZE
    said: list[str] = []
    free = write_card(mean_of_bands(tmp_path / "free.onnx"), NAMES)
    run(free, str(raster), tmp_path / "out", feedback=Feedback(warn=said.append))
    assert any("Nothing says how large the chips were" in line and "224 px" in line for line in said)
    tile = write_card(mean_of_bands(tmp_path / "tile.onnx"), NAMES, properties={"geonnx:tile_px": 16})
    assert run(tile, str(raster), tmp_path / "out")[0].tiles == 16


def test_models_of_other_kinds(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "scene.tif", noise(3, 64, 64, "float32"))
    with pytest.raises(ModelError, match="for the task 'segment'; expected one that classifies scenes: use 'Segment"):
        run(box(tmp_path / "map.onnx"), str(raster), tmp_path / "out")
    scene = write_card(mean_of_bands(tmp_path / "scene.onnx", size=32), NAMES)
    with pytest.raises(ModelError, match="for the task 'classify'"):
        segment(load_model(scene), str(raster), str(tmp_path / "out" / "map.tif"))
    claims = write_card(box(tmp_path / "claims.onnx", size=32), NAMES)
    card = json.loads(claims.with_suffix(".json").read_text())
    del card["properties"]["mlm:output"][0]["result"]
    claims.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="It looks like a map"):
        run(claims, str(raster), tmp_path / "out")
    with pytest.raises(ModelError, match="no output of classes"):
        run(
            write_card(mean_of_bands(tmp_path / "v.onnx", size=32), NAMES, output={"geonnx:role": "scores"}),
            str(raster),
            tmp_path / "out",
        )
    with pytest.raises(ModelError, match="lists 2 classes"):
        run(write_card(mean_of_bands(tmp_path / "two.onnx", size=32), NAMES[:2]), str(raster), tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_bad_outputs(scores: Any, tmp_path: Path) -> None:
    model, raster, _ = scores
    loaded = load_model(model)
    with pytest.raises(OutputError, match="no extension of a vector format"):
        classify(loaded, str(raster), str(tmp_path / "chips.xyz"))
    with pytest.raises(OutputError, match="should be a GeoTIFF"):
        classify(loaded, str(raster), ClassifyOutputs(str(tmp_path / "chips.gpkg"), str(tmp_path / "map.png")))
    with pytest.raises(OutputError, match="name of the input"):
        classify(loaded, str(raster), str(tmp_path / "scene.geojson"))
    with pytest.raises(SettingsError, match="OUTPUT_RASTER has a pixel for each cell"):
        outputs = ClassifyOutputs(str(tmp_path / "chips.gpkg"), str(tmp_path / "map.tif"))
        classify(loaded, str(raster), outputs, None, ChipSettings(zones_path="zones.gpkg"))


def test_cancelling_leaves_nothing(scores: Any, tmp_path: Path) -> None:
    model, raster, _ = scores
    out = tmp_path / "out"
    out.mkdir()
    done: list[float] = []
    feedback = Feedback(progress=done.append, cancelled=lambda: len(done) > 3)
    outputs = ClassifyOutputs(str(out / "chips.gpkg"), str(out / "map.tif"))
    settings = RunSettings(batch_size=1)
    with pytest.raises(Cancelled):
        classify(load_model(model), str(raster), outputs, settings, ChipSettings(chip_size=16), feedback=feedback)
    assert not list(out.iterdir())
    assert done == sorted(done)


def test_progress_ends_at_one(scores: Any, tmp_path: Path) -> None:
    model, raster, _ = scores
    done: list[float] = []
    run(model, str(raster), tmp_path / "out", ChipSettings(chip_size=16), feedback=Feedback(progress=done.append))
    assert done[-1] == 1.0
    assert done == sorted(done)


def test_a_network_that_takes_no_batch_after_all(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Reshape", ["mean", "shape"], ["scores"]),
    ]
    model = save(
        tmp_path / "single.onnx",
        nodes,
        inputs=[("image", "float32", ["n", 3, 16, 16])],
        outputs=[("scores", "float32", ["n", 3])],
        weights={"shape": np.array([1, 3], np.int64)},
    )
    values = noise(3, 64, 64, "float32")
    raster = write_raster(tmp_path / "scene.tif", values)
    _, table = run(write_card(model, NAMES), str(raster), tmp_path / "out")
    assert list(table["class_id"]) == list(block_means(values, 16).argmax(axis=1))


def test_a_network_without_batch_axis(tmp_path: Path) -> None:
    values = noise(3, 48, 64, "float32")
    raster = write_raster(tmp_path / "scene.tif", values)
    node = helper.make_node("ReduceMean", ["image"], ["scores"], axes=[1, 2], keepdims=0)
    model = save(
        tmp_path / "one.onnx",
        [node],
        inputs=[("image", "float32", [3, 16, 16])],
        outputs=[("scores", "float32", [3])],
    )
    dims = {"shape": [3, 16, 16], "dim_order": ["bands", "height", "width"], "data_type": "float32"}
    scores = {"shape": [3], "dim_order": ["class"], "data_type": "float32"}
    entry = {"name": "image", "bands": [], "input": dims}
    _, table = run(write_card(model, NAMES, inputs=[entry], output={"result": scores}), str(raster), tmp_path / "out")
    np.testing.assert_allclose(
        table[["p_open_land", "p_forest_hedge", "p_water"]], softmax(block_means(values, 16)), atol=1e-5
    )


def test_errors_are_ours(tmp_path: Path, scores: Any) -> None:
    model, _, _ = scores
    with pytest.raises(GeonnxError, match=r"missing\.tif can't be opened"):
        classify(load_model(model), str(tmp_path / "missing.tif"), str(tmp_path / "chips.gpkg"))
