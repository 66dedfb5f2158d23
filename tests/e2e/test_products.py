"""Satellite products given to the real ``qgis_process`` as they come from the download."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .. import products, rasters, tiny_models


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """Make a model that gives the number of the larger of red and near infrared; it wants them × 10000."""
    path = tiny_models.argmax_numbers(tmp_path_factory.mktemp("model") / "larger.onnx", bands=2)
    tiny_models.write_mlm(
        path,
        bands=["red", "nir"],
        classes=[(0, "red"), (1, "near infrared")],
        dims=["batch", "height", "width"],
    )
    card = path.with_suffix(".json")
    item = json.loads(card.read_text())
    item["properties"]["mlm:output"][0]["result"] |= {"shape": [-1, -1, -1], "data_type": "int64"}
    card.write_text(json.dumps(item))
    return path


def expected_map(red: Any, nir: Any) -> Any:
    return (nir > red).astype(np.uint8)


WAYS = {
    "safe-folder": str,
    "safe-metadata": lambda root: str(root / "MTD_MSIL2A.xml"),
    "safe-zip": lambda root: str(products.zip_folder(root)),
    "band-file": lambda root: str(next(root.rglob("*_B04_10m.*"))),
    "gdal-part": lambda root: f"SENTINEL2_L2A:{root}/MTD_MSIL2A.xml:10m:EPSG_32632",
}


@pytest.mark.parametrize("way", WAYS)
def test_sentinel2(qgis_process, model: Path, tmp_path: Path, way: str) -> None:
    root = products.sentinel2(tmp_path)
    out = tmp_path / "map.tif"
    done = qgis_process("geonnx:segment", INPUT=WAYS[way](root), MODEL=model, OUTPUT=out)
    assert done.code == 0, done.stderr + done.stdout
    wanted = expected_map(products.band_values("B04", 10), products.band_values("B08", 10))
    assert 0.1 < wanted.mean() < 0.9
    np.testing.assert_array_equal(rasters.read_raster(out)[0], wanted)


def test_sentinel2_extent_in_another_crs(qgis_process, model: Path, tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path)
    out = tmp_path / "map.tif"
    extent = f"{products.LEFT + 200},{products.LEFT + 500},{products.TOP - 400},{products.TOP - 100} [EPSG:32632]"
    done = qgis_process("geonnx:segment", INPUT=root, MODEL=model, OUTPUT=out, EXTENT=extent)
    assert done.code == 0, done.stderr + done.stdout
    wanted = expected_map(products.band_values("B04", 10), products.band_values("B08", 10))
    np.testing.assert_array_equal(rasters.read_raster(out)[0], wanted[10:40, 20:50])


@pytest.mark.parametrize("way", ["folder", "tar", "MTL"])
def test_landsat(qgis_process, model: Path, tmp_path: Path, way: str) -> None:
    root = products.landsat(tmp_path)
    path = {"folder": root, "tar": products.tar_folder(root), "MTL": next(root.glob("*_MTL.txt"))}[way]
    out = tmp_path / "map.tif"
    done = qgis_process("geonnx:segment", INPUT=path, MODEL=model, OUTPUT=out)
    assert done.code == 0, done.stderr + done.stdout
    wanted = expected_map(products.band_values("SR_B4", 30), products.band_values("SR_B5", 30))
    np.testing.assert_array_equal(rasters.read_raster(out)[0], wanted)


def test_what_is_no_raster_is_refused_as_before(qgis_process, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nothing.tif", tmp_path / "nothing.SAFE"):
        done = qgis_process("geonnx:segment", INPUT=path, MODEL=model, OUTPUT=tmp_path / "map.tif")
        assert done.code != 0
        assert "Traceback" not in done.stdout + done.stderr
        assert not (tmp_path / "map.tif").exists()


def test_a_broken_product_is_one_clear_sentence(qgis_process, model: Path, tmp_path: Path) -> None:
    (tmp_path / "S2.SAFE").mkdir()
    (tmp_path / "S2.SAFE" / "MTD_MSIL2A.xml").write_text("<x/>")
    done = qgis_process("geonnx:segment", INPUT=tmp_path / "S2.SAFE", MODEL=model, OUTPUT=tmp_path / "map.tif")
    assert done.code == 1
    assert "S2 holds no images below GRANULE: is the download complete?" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
