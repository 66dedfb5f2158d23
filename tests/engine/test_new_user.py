"""What people who tried the tool for the first time ran into; each case failed before it was mended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geonnx.models import Feedback, RasterInputs, RunSettings, load_model, segment
from geonnx.models.catalog.adding import add_model
from geonnx.models.describe import Changes, describe
from geonnx.models.errors import ModelError, RasterError, SettingsError
from onnx import helper

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import identity, save, write_mlm


def series_model(path: Path) -> Path:
    """Write a model of a series and its dates that nothing describes: the mean over time, plus the dates' sum × 0."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("ReduceSum", ["dates", "all"], ["days"], keepdims=0),
        helper.make_node("Mul", ["days", "zero"], ["none"]),
        helper.make_node("Add", ["mean", "none"], ["map"]),
    ]
    return save(
        path,
        nodes,
        inputs=[("image", "float32", ["n", "t", 3, "h", "w"]), ("dates", "float32", ["n", "t"])],
        outputs=[("map", "float32", ["n", 3, "h", "w"])],
        weights={"all": np.array([0, 1], np.int64), "zero": np.zeros(1, np.float32)},
    )


def test_a_series_model_can_be_described_from_nothing(tmp_path: Path) -> None:
    model = series_model(tmp_path / "series.onnx")
    with pytest.raises(ModelError, match="no description"):
        load_model(model)
    changes = Changes(
        task="segment", axes=("BTCHW", "BT"), roles=("series", "dates"), bands=("a", "b", "c"), classes="x, y, z"
    )
    describe(model, changes)
    dates = [noise(3, 40, 50, "uint8", seed=seed) for seed in (1, 2)]
    paths = tuple(
        str(write_raster(tmp_path / f"s_2020010{number}.tif", values, names=["a", "b", "c"]))
        for number, values in enumerate(dates, start=1)
    )
    segment(load_model(model), RasterInputs(paths), str(tmp_path / "out.tif"), RunSettings(tile_size=32))
    expected = (dates[0].astype(float) + dates[1]).argmax(axis=0)
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif")[0], expected)


@pytest.mark.parametrize(
    ("axes", "message"), [(("BTCHW",), "AXES has 1 entries; the model has 2"), (("X", "BT"), "AXES has 'X'")]
)
def test_wrong_axes(tmp_path: Path, axes: tuple[str, ...], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        describe(series_model(tmp_path / "series.onnx"), Changes(task="segment", axes=axes))


@pytest.mark.parametrize("classes", ["-1=a,1=b,2=c", "0=a #zzz,1=b,2=c"])
def test_typing_errors_do_not_become_names(tmp_path: Path, classes: str) -> None:
    with pytest.raises(SettingsError, match="CLASSES should read like"):
        describe(identity(tmp_path / "m.onnx", bands=3), Changes(classes=classes))


def test_a_changed_model_with_a_checksum_in_its_card_can_be_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    describe(identity(tmp_path / "m.onnx", bands=3), Changes(classes="x, y, z"))
    entry = add_model(tmp_path / "m.onnx", folder, model_id="mine")
    added = entry.path
    assert added is not None
    identity(added.with_suffix(".onnx"), bands=3, batch="another")
    with pytest.raises(ModelError, match="ACCEPT_CHANGED"):
        load_model("mine", folder)
    add_model("mine", folder, accept_changed=True)
    assert load_model("mine", folder).card.problems == ()


def test_a_date_from_elsewhere_is_refused(tmp_path: Path) -> None:
    here = write_raster(tmp_path / "here_20200101.tif", noise(3, 40, 50))
    there = write_raster(tmp_path / "there_20200102.tif", noise(3, 40, 50), geotransform=(900000, 10, 0, 5e6, 0, -10))
    far = write_raster(
        tmp_path / "far_20200102.tif", noise(3, 40, 50), geotransform=(120, 0.1, 0, 30, 0, -0.1), epsg=4326
    )
    model = series_model(tmp_path / "series.onnx")
    describe(model, Changes(task="segment", axes=("BTCHW", "BT"), roles=("series", "dates"), classes="x, y, z"))
    for other in (there, far):
        with pytest.raises(RasterError, match="lies elsewhere than the first raster"):
            segment(load_model(model), RasterInputs((str(here), str(other))), str(tmp_path / "out.tif"))


@pytest.mark.parametrize(
    "scaling", [[{"type": "scale", "value": 10000}], [{"type": "z-score", "mean": 1200, "stddev": 400}]]
)
def test_bytes_in_a_model_of_larger_numbers_are_questioned(tmp_path: Path, scaling: list[dict[str, object]]) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 200, 200, "uint8"))
    model = identity(tmp_path / "m.onnx", bands=3)
    write_mlm(model, bands=[], channels=3, classes=[(0, "a"), (1, "b"), (2, "c")], scaling=scaling)
    warnings: list[str] = []
    segment(load_model(model), str(raster), str(tmp_path / "o.tif"), feedback=Feedback(warn=warnings.append))
    assert any("the map will be wrong" in text for text in warnings), warnings
