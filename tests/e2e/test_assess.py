"""Assess accuracy and Compare images through the real ``qgis_process``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from .. import rasters

X0, DX, _, Y0, _, DY = rasters.NORTH_UP
NAMES = ["water", "trees", "built-up"]


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    truth = (rasters.noise(1, 40, 50, "float64", 2)[0] * 3).astype(np.uint8)
    mapped = np.where(np.random.default_rng(5).random(truth.shape) < 0.25, 1, truth).astype(np.uint8)
    path = rasters.write_raster(folder / "map.tif", mapped[np.newaxis], nodata=255)
    dataset = gdal.Open(str(path), gdal.GA_Update)
    dataset.GetRasterBand(1).SetCategoryNames(NAMES)
    del dataset
    return path, mapped, truth


def test_points_against_a_map(qgis_process, maps, tmp_path: Path) -> None:
    path, mapped, truth = maps
    rng = np.random.default_rng(3)
    places = list(zip(rng.integers(0, 40, 150).tolist(), rng.integers(0, 50, 150).tolist()))
    features = [
        {
            "type": "Feature",
            "properties": {"kind": NAMES[truth[row, column]].upper()},
            "geometry": {"type": "Point", "coordinates": [X0 + (column + 0.5) * DX, Y0 + (row + 0.5) * DY]},
        }
        for row, column in places
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    points = tmp_path / "points.geojson"
    points.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    done = qgis_process(
        "geonnx:assessaccuracy", INPUT=path, REFERENCE=points, FIELD="kind",
        OUTPUT=tmp_path / "report.html", OUTPUT_CSV=tmp_path / "table.csv",
    )  # fmt: skip
    assert done.code == 0, done.stderr + done.stdout
    expected = np.mean([mapped[place] == truth[place] for place in places])
    assert done.results["OVERALL_ACCURACY"] == pytest.approx(expected)
    assert done.results["SAMPLES"] == 150
    water = done.results["PER_CLASS"]["water"]
    assert water["support"] == sum(truth[place] == 0 for place in places)
    assert water["users_accuracy"] == pytest.approx(1)
    assert done.results["AREAS"]["total_ha"] == pytest.approx(20)
    assert done.results["AREAS"]["per_class"]["trees"]["area_ha_margin95"] > 0
    assert "Areas that the sample tells" in (tmp_path / "report.html").read_text(encoding="utf-8")
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        assert {row["section"] for row in csv.DictReader(file)} == {"overall", "class", "matrix", "area"}


def test_a_reference_without_its_field_is_one_clear_sentence(qgis_process, maps, tmp_path: Path) -> None:
    points = tmp_path / "points.geojson"
    points.write_text('{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}, '
                      '"geometry": {"type": "Point", "coordinates": [15, 46.9]}}]}')  # fmt: skip
    done = qgis_process("geonnx:assessaccuracy", INPUT=maps[0], REFERENCE=points, OUTPUT=tmp_path / "report.html")
    assert done.code == 1
    assert "FIELD is empty; say which field of points.geojson holds the class. It has the fields a." in (
        done.stdout + done.stderr
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "report.html").exists()


def test_images(qgis_process, tmp_path: Path) -> None:
    truth = rasters.noise(3, 40, 50, "uint16")
    image = np.clip(truth + np.random.default_rng(1).normal(0, 300, truth.shape), 1, 10000).astype(np.uint16)
    mask = (rasters.noise(1, 40, 50, "float64", 7) > 0.5).astype(np.uint8)
    a, b, m = (
        rasters.write_raster(tmp_path / f"{name}.tif", values)
        for name, values in (("a", image), ("b", truth), ("m", mask))
    )
    done = qgis_process(
        "geonnx:compareimages", INPUT=a, REFERENCE=b, MASK=m, SCALE="0.0001", OUTPUT=tmp_path / "report.html"
    )
    assert done.code == 0, done.stderr + done.stdout
    error = (image.astype(float) - truth) / 10000
    assert done.results["RMSE"] == pytest.approx(np.sqrt((error**2).mean()))
    assert done.results["PSNR"] == pytest.approx(-20 * np.log10(np.sqrt((error**2).mean())))
    assert done.results["PARTS"]["cloudy"]["mae"] == pytest.approx(np.abs(error[:, mask[0] == 1]).mean())
    assert (tmp_path / "report.html").is_file()


def test_the_log_has_what_text_mode_leaves_out_of_the_results(qgis_process, maps, tmp_path: Path) -> None:
    """QGIS prints objects as nothing there."""
    done = qgis_process.call("run", "geonnx:assessaccuracy", "--", f"INPUT={maps[0]}", f"REFERENCE={maps[0]}")
    assert done.code == 0, done.stderr
    assert "Class         | Reference samples | Mapped samples | User's accuracy | Producer's accuracy" in done.stdout
    assert "Weighted mean |                   |                | 100.0 %" in done.stdout
    image = rasters.write_raster(tmp_path / "a.tif", rasters.noise(2, 40, 50, "float32"))
    mask = rasters.write_raster(tmp_path / "m.tif", np.eye(40, 50, dtype=np.uint8)[np.newaxis])
    words = f"INPUT={image}", f"REFERENCE={image}", f"MASK={mask}"
    done = qgis_process.call("run", "geonnx:compareimages", "--", *words)
    assert done.code == 0, done.stderr
    assert "Part        | PSNR (dB) | SSIM   | SAM (°) | RMSE    | MAE     | Pixels\nWhole image | ∞" in done.stdout
    assert "Cloudy part | ∞         | 1.0000 | 0.00    | 0.00000 | 0.00000 | 40\n" in done.stdout
