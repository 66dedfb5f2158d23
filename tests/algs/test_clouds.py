"""``geonnx:removeclouds`` as the toolbox calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from osgeo import gdal
from qgis.core import QgsProcessingAlgorithm, QgsRasterLayer

from .. import rasters, tiny_models
from .conftest import Runner

DAYS = ("2021-06-26", "2021-07-16", "2022-03-08")
BANDS = ["B02", "B03", "B04"]
SHAPE = (48, 60)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make three dates with masks, and a model that gives the first of three dates with a variance of 4."""
    for number, day in enumerate(DAYS):
        values = rasters.noise(3, *SHAPE, "int16", seed=number)
        rasters.write_raster(tmp_path / f"s2_{day}.tif", values, names=BANDS)
        cloudy = np.zeros((1, *SHAPE), np.uint8)
        cloudy[0, 10 * number : 10 * number + 15, 20:40] = 1
        rasters.write_raster(tmp_path / f"mask_{day}.tif", cloudy)
    write_model(tmp_path / "model.onnx")
    return tmp_path


def write_model(path: Path) -> Path:
    """Write a sequence model with its card, as a model maker would."""
    tiny_models.save(
        path,
        [
            helper.make_node("Gather", ["series", "first"], ["clear"], axis=1),
            helper.make_node("Mul", ["clear", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "four"], ["variance"]),
        ],
        inputs=[("series", "float32", ["n", 3, 3, "h", "w"])],
        outputs=[("clear", "float32", ["n", 3, "h", "w"]), ("variance", "float32", ["n", 3, "h", "w"])],
        weights={"first": np.array(0, np.int64), "zero": np.array(0, np.float32), "four": np.array(4, np.float32)},
    )
    order = ["batch", "channel", "height", "width"]
    result = {"shape": [-1, 3, -1, -1], "dim_order": order, "data_type": "float32"}
    item = json.loads(tiny_models.write_mlm(path, bands=BANDS, classes=[]).read_text())
    item["properties"] |= {
        "geonnx:task": "clouds",
        "mlm:input": [
            {
                "name": "series",
                "bands": BANDS,
                "input": {
                    "shape": [-1, 3, 3, -1, -1],
                    "dim_order": ["batch", "time", "bands", "height", "width"],
                    "data_type": "float32",
                },
                "value_scaling": [{"type": "scale", "value": 10}],
            }
        ],
        "mlm:output": [
            {"name": "clear", "tasks": ["generative"], "result": result, "geonnx:role": "image"},
            {"name": "variance", "tasks": ["generative"], "result": result, "geonnx:role": "variance"},
        ],
    }
    path.with_suffix(".json").write_text(json.dumps(item))
    return path


def images(place: Path, order: tuple[int, ...] = (0, 1, 2)) -> list[str]:
    return [str(place / f"s2_{DAYS[number]}.tif") for number in order]


def masks(place: Path) -> list[str]:
    return [str(place / f"mask_{day}.tif") for day in DAYS]


def values(place: Path, number: int) -> np.ndarray:
    return rasters.read_raster(place / f"s2_{DAYS[number]}.tif")


def cloudy(place: Path, number: int) -> np.ndarray:
    return rasters.read_raster(place / f"mask_{DAYS[number]}.tif")[0] != 0


def test_model_with_masks_and_uncertainty(run: Runner, place: Path, out: Path) -> None:
    results = run(
        "geonnx:removeclouds",
        INPUTS=images(place, (2, 0, 1)),
        CLOUD_MASKS=masks(place),
        MODEL=str(place / "model.onnx"),
        TARGET=2,
        FEATHER=0,
        OUTPUT=str(out / "clear.tif"),
        UNCERTAINTY=str(out / "sd.tif"),
    )
    hidden = cloudy(place, 1)
    np.testing.assert_array_equal(
        rasters.read_raster(out / "clear.tif"), np.where(hidden, values(place, 0), values(place, 1))
    )
    np.testing.assert_allclose(rasters.read_raster(out / "sd.tif")[1], np.where(hidden, 20, 0))
    assert results["DATES"] == list(DAYS)
    assert results["TARGET_DATE"] == DAYS[1]
    assert results["CLOUDY_SHARE"] == pytest.approx(hidden.mean(), abs=1e-6)
    assert results["KEPT_SHARE"] == pytest.approx(1 - hidden.mean(), abs=1e-6)
    assert "LOST_SHARE" not in results  # the model is not told the clouds of the other dates
    assert results["TILES"] == 1
    assert results["PROVIDER"] == "CPUExecutionProvider"
    json.dumps(results, allow_nan=False)
    dataset = gdal.Open(str(out / "clear.tif"))
    provenance = dataset.GetMetadata("GEONNX")
    assert provenance["TARGET_DATE"] == DAYS[1]
    assert provenance["MODEL_SHA256"] == results["MODEL_SHA256"]


def test_layers_of_a_project_without_a_model(run: Runner, place: Path, out: Path) -> None:
    layers = [QgsRasterLayer(path, Path(path).stem) for path in images(place)]
    for layer in layers:
        run.project.addMapLayer(layer)
    results = run(
        "geonnx:removeclouds",
        INPUTS=[layer.id() for layer in layers],
        CLOUD_MASKS=masks(place),
        FEATHER=0,
        OUTPUT=str(out / "clear.tif"),
    )
    first, second, third = (cloudy(place, number) for number in range(3))
    nearest = np.where(second, np.where(first, values(place, 2), values(place, 0)), values(place, 1))
    np.testing.assert_array_equal(rasters.read_raster(out / "clear.tif"), np.where(third, nearest, values(place, 2)))
    assert results["MODEL_SHA256"] == ""
    results = run(
        "geonnx:removeclouds", INPUTS=images(place), CLOUD_MASKS=masks(place), METHOD="median", TARGET=0,
        KEEP_CLEAR=False, OUTPUT=str(out / "median.tif"),
    )  # fmt: skip
    stack = np.stack([np.where(cloudy(place, n), np.nan, values(place, n)) for n in range(3)])
    np.testing.assert_array_equal(rasters.read_raster(out / "median.tif"), np.rint(np.nanmedian(stack, axis=0)))
    assert results["TARGET_DATE"] == DAYS[0]


def test_regression_with_what_is_lost_filled(run: Runner, place: Path, out: Path) -> None:
    """The first date is the second by half and 100 more, so that is found; what both hide is like its surroundings."""
    first = values(place, 1) // 2 * 2
    rasters.write_raster(place / f"s2_{DAYS[0]}.tif", first, names=BANDS)
    rasters.write_raster(place / f"s2_{DAYS[1]}.tif", (first // 2 + 100).astype(np.int16), names=BANDS)
    results = run(
        "geonnx:removeclouds", INPUTS=images(place)[:2], CLOUD_MASKS=masks(place)[:2], METHOD="regression", FEATHER=0,
        LOST_PIXELS="fill", OUTPUT=str(out / "clear.tif"),
    )  # fmt: skip
    found, lost = rasters.read_raster(out / "clear.tif"), cloudy(place, 0) & cloudy(place, 1)
    np.testing.assert_allclose(found[:, ~lost], (first // 2 + 100)[:, ~lost], atol=2)
    assert results["LOST_SHARE"] == pytest.approx(lost.mean(), abs=1e-6)
    assert found[:, lost].std() < found[:, ~lost].std()


def test_extent_in_degrees(run: Runner, place: Path, out: Path) -> None:
    run(
        "geonnx:removeclouds", INPUTS=images(place), CLOUD_MASKS=masks(place), FEATHER=0, OUTPUT=str(out / "part.tif"),
        EXTENT="500100,500300,5199700,5199900 [EPSG:32633]",
    )  # fmt: skip
    run("geonnx:removeclouds", INPUTS=images(place), CLOUD_MASKS=masks(place), FEATHER=0, OUTPUT=str(out / "all.tif"))
    whole = rasters.read_raster(out / "all.tif")
    np.testing.assert_array_equal(rasters.read_raster(out / "part.tif"), whole[:, 10:30, 10:30])


def test_what_is_wrong_is_said(run: Runner, place: Path, out: Path) -> None:
    for wrong, message in (
        ({"TARGET": 7}, "TARGET is 7; 3 raster"),
        ({"CLOUD_MASKS": []}, "Nothing says where the clouds of 2022-03-08 are"),
        ({"MODEL": str(place / "model.onnx"), "INPUTS": images(place)[:2]}, "takes 3 dates at a time; 2 given"),
        ({"UNCERTAINTY": str(out / "u.tif")}, "UNCERTAINTY is what a model says"),
        ({"OPTIONS": '{"hide_clouds": true}'}, "without MODEL leave it out"),
        ({"OPTIONS": '{"cloud_bands": ["B02", "B03"]}'}, "names the bands of a CLOUD_MODEL; none is given"),
        ({"BANDS": "B02,B08"}, "BANDS asks for 'B08'"),
    ):
        given = {"INPUTS": images(place), "CLOUD_MASKS": masks(place), "OUTPUT": str(out / "clear.tif"), **wrong}
        if "MODEL" in wrong:
            given["CLOUD_MASKS"] = masks(place)[:2]
        run.feedback.errors.clear()
        with pytest.raises(AssertionError):
            run("geonnx:removeclouds", **given)
        assert [text for text in run.feedback.errors if message in text], run.feedback.errors
    assert not list(out.iterdir())


def test_model_is_optional_and_inputs_are_not(provider) -> None:
    algorithm: QgsProcessingAlgorithm = provider.algorithm("removeclouds")
    optional = {item.name(): bool(item.flags() & item.FlagOptional) for item in algorithm.parameterDefinitions()}
    assert optional["MODEL"] and not optional["INPUTS"]
