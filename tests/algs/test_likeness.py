"""What the toolbox says of images that are unlike those of the training: figure, warning, map."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from geonnx.models.card.training_features import training_features_json
from geonnx.models.likeness.fit import cut_windows, fit_features
from qgis.core import QgsRasterLayer

from .. import rasters
from ..tiny_models import argmax_numbers, write_mlm


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a model of three bands that knows what its training looked like."""
    path = argmax_numbers(tmp_path / "m.onnx", 3)
    card = write_mlm(path, bands=["B02", "B03", "B08"], classes=[(0, "a"), (1, "b"), (2, "c")])
    windows = [window for seed in range(12) for window in cut_windows(rasters.noise(3, 256, 256, "float32", seed))]
    item = json.loads(card.read_text())
    item["properties"]["mlm:input"][0]["geonnx:training_features"] = training_features_json(fit_features(windows))
    card.write_text(json.dumps(item))
    return path


def test_results_and_map(run, model, out):
    names = ["B02", "B03", "B08"]
    usual = rasters.write_raster(out / "usual.tif", rasters.noise(3, 300, 300, "float32", 50), names=names)
    odd = rasters.write_raster(out / "odd.tif", 3 * rasters.noise(3, 300, 300, "float32", 50), names=names)
    results = run("geonnx:segment", INPUT=str(usual), MODEL=str(model), OUTPUT=str(out / "a.tif"))
    assert results["UNLIKE_SHARE"] < 0.1
    options = json.dumps({"shift_map": str(out / "map.tif")})
    results = run("geonnx:segment", INPUT=str(odd), MODEL=str(model), OUTPUT=str(out / "b.tif"), OPTIONS=options)
    assert results["UNLIKE_SHARE"] > 0.9
    assert (rasters.read_raster(out / "map.tif")[0, :4, :4] > 1).mean() > 0.9
    layer = QgsRasterLayer(str(out / "map.tif"), "map")
    assert layer.isValid()
    assert layer.renderer().type() == "singlebandpseudocolor"
    assert np.isclose(layer.renderer().classificationMax(), 2)
