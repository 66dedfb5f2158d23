"""Cloud removal through the real ``qgis_process``: a product, a model with its card, JSON results, a chain."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from osgeo import gdal

from .. import products, rasters, tiny_models

DAYS = ("2021-06-26", "2021-07-16", "2022-03-08")
BANDS = ["B02", "B03", "B04"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for number, day in enumerate(DAYS):
        rasters.write_raster(tmp_path / f"s2_{day}.tif", rasters.noise(3, 70, 90, "uint16", seed=number), names=BANDS)
        cloudy = np.zeros((1, 70, 90), np.uint8)
        cloudy[0, 20 * number : 20 * number + 15, 20:40] = 1
        rasters.write_raster(tmp_path / f"mask_{day}.tif", cloudy)
    return tmp_path


def test_without_a_model(qgis_process, place: Path) -> None:
    out = place / "clear.tif"
    images = [str(place / f"s2_{day}.tif") for day in DAYS]
    masks = [str(place / f"mask_{day}.tif") for day in DAYS]
    done = qgis_process("geonnx:removeclouds", INPUTS=images, CLOUD_MASKS=masks, TARGET=1, FEATHER=0, OUTPUT=out)
    assert done.code == 0, done.stderr + done.stdout
    cloudy = rasters.read_raster(Path(masks[1]))[0] != 0
    wanted = np.where(cloudy, rasters.read_raster(Path(images[0])), rasters.read_raster(Path(images[1])))
    np.testing.assert_array_equal(rasters.read_raster(out), wanted)
    assert done.results["DATES"] == list(DAYS)
    assert done.results["TARGET_DATE"] == DAYS[1]
    assert done.results["CLOUDY_SHARE"] == pytest.approx(300 / 6300, abs=1e-6)
    assert done.results["LOST_SHARE"] == 0


def test_a_product_with_its_own_quality_band(qgis_process, tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path)
    path = tiny_models.save(
        tmp_path / "plus.onnx",
        [helper.make_node("Add", ["image", "amount"], ["clear"])],
        inputs=[("image", "float32", ["n", 3, "h", "w"])],
        outputs=[("clear", "float32", ["n", 3, "h", "w"])],
        weights={"amount": np.array(100, np.float32)},
    )
    item = json.loads(
        tiny_models.write_mlm(path, bands=BANDS, classes=[], properties={"geonnx:task": "clouds"}).read_text()
    )
    result = {"shape": [-1, 3, -1, -1], "dim_order": ["batch", "channel", "height", "width"], "data_type": "float32"}
    item["properties"]["mlm:output"] = [{"name": "clear", "tasks": ["generative"], "result": result}]
    path.with_suffix(".json").write_text(json.dumps(item))
    out = tmp_path / "clear.tif"
    done = qgis_process("geonnx:removeclouds", INPUTS=[str(root)], MODEL=path, FEATHER=0, OUTPUT=out)
    assert done.code == 0, done.stderr + done.stdout
    cloudy = np.isin(products.band_values("SCL", 20).repeat(2, 0).repeat(2, 1), (0, 1, 3, 8, 9, 10))
    values = np.stack([products.band_values(name, 10) for name in BANDS])
    np.testing.assert_array_equal(rasters.read_raster(out), np.where(cloudy, values + 100, values))
    assert gdal.Open(str(out)).GetRasterBand(1).GetScale() == 0.0001


def test_known_clouds_are_told_to_a_model(qgis_process, place: Path) -> None:
    """The network gives the brightest that it is shown: no cloud, where masks and the card say that they are hidden."""
    path = tiny_models.save(
        place / "brightest.onnx",
        [helper.make_node("ReduceMax", ["series"], ["clear"], axes=[1], keepdims=0)],
        inputs=[("series", "float32", ["n", "t", 3, "h", "w"])],
        outputs=[("clear", "float32", ["n", 3, "h", "w"])],
    )
    item = json.loads(tiny_models.write_mlm(path, bands=BANDS, classes=[]).read_text())
    axes = ["batch", "bands", "height", "width"]
    series = {"shape": [-1, -1, 3, -1, -1], "dim_order": ["batch", "time", *axes[1:]], "data_type": "float32"}
    result = {"shape": [-1, 3, -1, -1], "dim_order": ["batch", "channel", *axes[2:]], "data_type": "float32"}
    item["properties"] |= {
        "geonnx:task": "clouds",
        "geonnx:masked_clouds": True,
        "mlm:input": [{"name": "series", "bands": BANDS, "input": series, "value_scaling": None}],
        "mlm:output": [{"name": "clear", "tasks": ["generative"], "result": result}],
    }
    path.with_suffix(".json").write_text(json.dumps(item))
    images = [str(place / f"s2_{day}.tif") for day in DAYS]
    masks = [str(place / f"mask_{day}.tif") for day in DAYS]
    cloudy = [rasters.read_raster(Path(mask))[0] != 0 for mask in masks]
    values = [rasters.read_raster(Path(image)) for image in images]
    for image, array, mask in zip(images, values, cloudy):
        array[:, mask] = 50000
        rasters.write_raster(Path(image), array, names=BANDS)
    out = place / "clear.tif"
    done = qgis_process(
        "geonnx:removeclouds", INPUTS=images, CLOUD_MASKS=masks, MODEL=path, TARGET=1, FEATHER=0, OUTPUT=out
    )
    assert done.code == 0, done.stderr + done.stdout
    shown = np.stack([np.where(mask, 0, array) for array, mask in zip(values, cloudy)])
    wanted = np.where(cloudy[1], shown.max(axis=0), values[1])
    np.testing.assert_array_equal(rasters.read_raster(out), wanted)
    assert done.results["LOST_SHARE"] == 0


def test_what_is_wrong_is_one_line(qgis_process, place: Path) -> None:
    images = [str(place / f"s2_{day}.tif") for day in DAYS]
    done = qgis_process("geonnx:removeclouds", INPUTS=images, OUTPUT=place / "clear.tif")
    assert done.code != 0
    assert "Nothing says where the clouds of 2022-03-08 are" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    assert not (place / "clear.tif").exists()
