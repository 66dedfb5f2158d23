"""``geonnx:detectchange`` through the real ``qgis_process``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from .. import change_models, rasters


def test_change_of_two_dates_in_degrees_and_metres(qgis_process, tmp_path):
    before = ((rasters.noise(3, 90, 120, "float32", 1) - 0.5) * 8).astype(np.float32)
    after = ((rasters.noise(3, 90, 120, "float32", 2) - 0.5) * 8).astype(np.float32)
    rasters.write_raster(tmp_path / "before.tif", before)
    rasters.write_raster(tmp_path / "after.tif", after)
    model = change_models.land_cover(tmp_path / "land.onnx")
    out = tmp_path / "out"
    out.mkdir()
    outcome = qgis_process(
        "geonnx:detectchange", BEFORE=str(tmp_path / "before.tif"), AFTER=str(tmp_path / "after.tif"),
        MODEL=str(model), THRESHOLD=0.6, OUTPUT=str(out / "change.tif"), POLYGONS=str(out / "change.gpkg"),
        STATISTICS=str(out / "areas.html"),
    )  # fmt: skip
    assert outcome.code == 0, outcome.stderr
    results = outcome.results
    odds = [np.exp(values) / np.exp(values).sum(0) for values in (before, after)]
    was, became = (side.argmax(0) for side in odds)
    expected = np.where((was != became) & (1 - (odds[0] * odds[1]).sum(0) >= 0.6), was * 3 + became + 1, 0)
    assert np.array_equal(rasters.read_raster(Path(results["OUTPUT"]))[0], expected)
    assert results["CHANGED_HA"] == pytest.approx((expected > 0).sum() / 100, abs=1e-5)
    assert results["CHANGED_SHARE"] == pytest.approx((expected > 0).mean(), abs=1e-5)
    assert ">108.00</td>" in (out / "areas.html").read_text(encoding="utf-8")
    assert "NaN" not in json.dumps(results)
    assert not list(out.glob(".geonnx*"))


def test_no_overlap_is_one_clear_sentence(qgis_process, tmp_path):
    rasters.write_raster(tmp_path / "before.tif", rasters.noise(3, 30, 30))
    rasters.write_raster(
        tmp_path / "after.tif", rasters.noise(3, 30, 30), geotransform=(700000.0, 10.0, 0.0, 5100000.0, 0.0, -10.0)
    )
    outcome = qgis_process(
        "geonnx:detectchange", BEFORE=str(tmp_path / "before.tif"), AFTER=str(tmp_path / "after.tif"),
        MODEL=str(change_models.land_cover(tmp_path / "land.onnx")), OUTPUT=str(tmp_path / "change.tif"),
    )  # fmt: skip
    assert outcome.code == 1
    assert "after.tif lies elsewhere than the first raster" in outcome.stderr + outcome.stdout
    assert not (tmp_path / "change.tif").exists()
