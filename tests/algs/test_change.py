"""``geonnx:detectchange`` as the toolbox calls it: layers, figures, styles, clear errors."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsPalettedRasterRenderer,
    QgsProcessingException,
    QgsProcessingOutputLayerDefinition,
    QgsRasterLayer,
    QgsVectorLayer,
)

from .. import change_models, rasters

HEIGHT, WIDTH = 90, 120


@pytest.fixture
def call(run, tmp_path, out):
    """Return a runner of the algorithm with two dates and a from–to model."""
    for name, seed in (("before", 1), ("after", 2)):
        rasters.write_raster(tmp_path / f"{name}.tif", values(seed))
    change_models.semantic(tmp_path / "semantic.onnx")
    change_models.difference(tmp_path / "binary.onnx", bands=3)
    change_models.land_cover(tmp_path / "land.onnx")

    def detect(**parameters: Any) -> dict[str, Any]:
        defaults = {
            "BEFORE": str(tmp_path / "before.tif"),
            "AFTER": str(tmp_path / "after.tif"),
            "MODEL": str(tmp_path / "semantic.onnx"),
            "OUTPUT": str(out / "change.tif"),
        }
        return run("geonnx:detectchange", **(defaults | parameters))

    return detect


def values(seed: int) -> np.ndarray:
    return ((rasters.noise(3, HEIGHT, WIDTH, "float32", seed) - 0.5) * 8).astype(np.float32)


def expected_change() -> np.ndarray:
    was, became = values(1).argmax(0), values(2).argmax(0)
    return np.where(was != became, was * 3 + became + 1, 0)


@pytest.mark.parametrize("model", ["semantic", "land"])
def test_files_and_figures(call, out, tmp_path, model):
    results = call(
        MODEL=str(tmp_path / f"{model}.onnx"), PROBABILITIES=str(out / "p.tif"), POLYGONS=str(out / "polygons.gpkg"),
        STATISTICS=str(out / "areas.csv"), MIN_AREA=1000,
    )  # fmt: skip
    expected = expected_change()
    assert np.array_equal(rasters.read_raster(Path(results["OUTPUT"]))[0], expected)
    assert results["CHANGED_HA"] == pytest.approx((expected > 0).sum() / 100)
    assert results["TOTAL_HA"] == pytest.approx(HEIGHT * WIDTH / 100)
    assert results["CHANGED_SHARE"] == pytest.approx((expected > 0).mean(), abs=1e-6)
    assert {"TILES", "SECONDS", "MPIX_PER_SECOND", "PROVIDER", "MODEL_SHA256"} <= set(results)
    assert all(isinstance(results[name], (int, float)) for name in results if name.startswith(("SHIFT", "CHANGED")))
    layer = QgsVectorLayer(results["POLYGONS"], "p", "ogr")
    assert {"class_id", "class", "from", "to", "area_m2", "probability"} <= set(layer.fields().names())
    assert layer.featureCount() > 0
    rows = list(csv.reader(Path(results["STATISTICS"]).read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][1:4] == ["forest", "field", "town"]
    probabilities = QgsRasterLayer(results["PROBABILITIES"], "p")
    assert probabilities.bandCount() == 3 and "before" in probabilities.bandName(2)


def test_threshold_empty_and_given(call, out, tmp_path):
    shares = [
        call(MODEL=str(tmp_path / "binary.onnx"), THRESHOLD=threshold)["CHANGED_SHARE"]
        for threshold in (None, 0.5, 0, 0.95)
    ]
    assert shares[0] == shares[1] > shares[3] > 0
    assert shares[2] == 1
    assert Path(out / "change.tif").is_file()


def test_results_open_with_names_and_colours(call, run):
    def loaded(name: str) -> QgsProcessingOutputLayerDefinition:
        return QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", run.project)

    call(OUTPUT=loaded("change"), POLYGONS=loaded("polygons"), STATISTICS="TEMPORARY_OUTPUT")
    raster, polygons = sorted(run.load_results(), key=lambda layer: isinstance(layer, QgsVectorLayer))
    assert isinstance(raster.renderer(), QgsPalettedRasterRenderer)
    labels = {item.value: item.label for item in raster.renderer().classes()}
    assert labels[0] == "no change" and labels[2] == "forest → field"
    renderer = polygons.renderer()
    assert isinstance(renderer, QgsCategorizedSymbolRenderer)
    assert "forest → field" in [category.label() for category in renderer.categories()]
    assert "no change" not in [category.label() for category in renderer.categories()]


def test_crs_that_the_layers_have_on_the_map(call, run, tmp_path):
    """Both files lack a CRS or have a wrong one; the user gave the layers the right one."""
    layers = {}
    for name, seed in (("BEFORE", 1), ("AFTER", 2)):
        path = rasters.write_raster(tmp_path / f"wrong_{name}.tif", values(seed), epsg=32632)
        layers[name] = QgsRasterLayer(str(path), name)
        layers[name].setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
        run.project.addMapLayer(layers[name])
    results = call(**layers)
    assert np.array_equal(rasters.read_raster(Path(results["OUTPUT"]))[0], expected_change())
    assert QgsRasterLayer(results["OUTPUT"], "c").crs().authid() == "EPSG:32633"
    one_wrong = call(BEFORE=layers["BEFORE"])  # the same place only with the CRS of the layer
    assert np.array_equal(rasters.read_raster(Path(one_wrong["OUTPUT"]))[0], expected_change())


def test_advanced_options_and_warnings(call, run, tmp_path):
    picture = rasters.noise(3, 300, 300, "float32", 5)
    rasters.write_raster(tmp_path / "one.tif", picture[:, 10:290, 10:290])
    rasters.write_raster(tmp_path / "two.tif", picture[:, 8:288, 13:293] * 100)
    parameters = {
        "BEFORE": str(tmp_path / "one.tif"), "AFTER": str(tmp_path / "two.tif"), "MODEL": str(tmp_path / "binary.onnx"),
    }  # fmt: skip
    results = call(**parameters)
    assert results["SHIFT_X"] == pytest.approx(-3, abs=0.1) and results["SHIFT_Y"] == pytest.approx(2, abs=0.1)
    assert any("shifted against BEFORE by" in warning for warning in run.feedback.warnings)
    assert any("far apart" in warning for warning in run.feedback.warnings)
    assert "SHIFT_LEFT" not in results
    run.feedback.warnings.clear()
    results = call(**parameters, COREGISTER=True, MATCH_HISTOGRAMS=True)
    assert results["SHIFT_LEFT"] < 0.1
    assert not [warning for warning in run.feedback.warnings if "shifted" in warning or "far apart" in warning]


def test_errors_are_one_sentence(call, tmp_path, out):
    far = rasters.write_raster(
        tmp_path / "far.tif", values(2), geotransform=(700000.0, 10.0, 0.0, 5100000.0, 0.0, -10.0)
    )
    with pytest.raises((QgsProcessingException, AssertionError), match="lies elsewhere than the first raster"):
        call(AFTER=str(far))
    with pytest.raises((QgsProcessingException, AssertionError), match=r"ending in \.csv or \.html"):
        call(STATISTICS=str(out / "areas.xlsx"))
    assert list(out.iterdir()) == []
