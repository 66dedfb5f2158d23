"""Areas of 0, -9999 or an extreme value in rasters that declare no nodata: told, where there are any."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import (
    ChangeOutputs,
    CloudInputs,
    CloudSettings,
    Feedback,
    RunSettings,
    classify,
    detect_change,
    load_model,
    remove_clouds,
    segment,
)
from osgeo import gdal

from ..rasters import noise, write_raster
from ..scene_models import mean_of_bands, write_card
from ..tiny_models import identity, write_mlm
from .test_clouds_told import mean_of_shown


def scene(height: int = 300, width: int = 400) -> Any:
    """Return a scene (3, H, W) of which a wedge, a tenth of it, was never seen."""
    values = noise(3, height, width, "uint16") + 1
    rows, columns = np.mgrid[:height, :width]
    values[:, columns / width < 0.2 * rows / height] = 0
    return values


def warnings_of(raster: Path, folder: Path, **settings: Any) -> list[str]:
    said: list[str] = []
    model = load_model(identity(folder / "m.onnx", bands=3))
    segment(model, str(raster), str(folder / "c.tif"), RunSettings(**settings), feedback=Feedback(warn=said.append))
    return [text for text in said if "are whole areas of" in text]


@pytest.mark.parametrize("settings", [{}, {"tile_size": 64}, {"tile_size": 128, "merge": "blend"}])
def test_a_gap_is_told(tmp_path: Path, settings: dict[str, Any]) -> None:
    (said,) = warnings_of(write_raster(tmp_path / "in.tif", scene()), tmp_path, **settings)
    share, _, rest = said.removeprefix("About ").partition(" % of ")
    assert 9.5 <= float(share) <= 10.5
    assert rest.startswith("in.tif are whole areas of 0 in every band, and the file declares no nodata value: ")


def test_what_is_declared_is_not_told(tmp_path: Path) -> None:
    for name, nodata in (("zero", 0), ("other", 65535)):
        assert warnings_of(write_raster(tmp_path / f"{name}.tif", scene(), nodata=nodata), tmp_path) == []
    masked = np.concatenate([scene(), 65535 * (scene()[:1] > 0).astype(np.uint16)])
    alpha = write_raster(tmp_path / "alpha.tif", masked, options=["PHOTOMETRIC=RGB", "ALPHA=YES"])
    assert warnings_of(alpha, tmp_path) == []


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("uint16", 65535),
        ("int16", -32768),
        ("int16", 32767),
        ("int16", -9999),
        ("int32", -9999),
        ("float32", -9999.0),
        ("float32", float(np.finfo(np.float32).min)),
        ("float32", float(np.finfo(np.float32).max)),
        ("float64", -9999.0),
    ],
)
def test_other_values_than_0(tmp_path: Path, dtype: str, value: float) -> None:
    values = np.where(scene() == 0, np.array(value, dtype), (scene() // 4).astype(dtype))
    raster = write_raster(tmp_path / "in.tif", values)
    (said,) = warnings_of(raster, tmp_path)
    assert f" % of in.tif are whole areas of {value:.17g} in every band, and " in said
    assert f"(gdal_edit.py -a_nodata {value:.17g} FILE)" in said
    dataset = gdal.Open(str(raster), gdal.GA_Update)
    for number in (1, 2, 3):
        dataset.GetRasterBand(number).SetNoDataValue(float(f"{value:.17g}"))
    dataset = None
    assert warnings_of(raster, tmp_path) == []


def test_two_values(tmp_path: Path) -> None:
    values = scene()
    values[:, :100] = 65535
    zero, full = warnings_of(write_raster(tmp_path / "in.tif", values), tmp_path)
    assert "areas of 0 in every band" in zero
    assert re.match("About 3[2-4] % of in.tif are whole areas of 65535 in every band", full)


def test_white_is_no_gap(tmp_path: Path) -> None:
    values = noise(3, 300, 400, "uint8")
    values[:, :100] = 255
    assert warnings_of(write_raster(tmp_path / "in.tif", values), tmp_path) == []


@pytest.mark.parametrize(("rows", "share"), [(300, "100"), (299, "100"), (290, "97")])
def test_nearly_all(tmp_path: Path, rows: int, share: str) -> None:
    values = noise(3, 300, 400, "uint16") + 1
    values[:, :rows] = 0
    (said,) = warnings_of(write_raster(tmp_path / "in.tif", values), tmp_path)
    assert said.startswith(f"About {share} % of in.tif are")


def test_dark_is_no_gap(tmp_path: Path) -> None:
    values = noise(3, 300, 400, "uint16") + 1
    values[0, :, :200] = 0
    assert warnings_of(write_raster(tmp_path / "one_band.tif", values), tmp_path) == []
    values[:, np.random.default_rng(1).random((300, 400)) < 0.2] = 0
    assert warnings_of(write_raster(tmp_path / "scattered.tif", values), tmp_path) == []


def test_on_either_date_of_a_change(tmp_path: Path) -> None:
    before = write_raster(tmp_path / "a.tif", scene())
    after = write_raster(tmp_path / "b.tif", scene()[:, ::-1])
    said: list[str] = []
    model = load_model(identity(tmp_path / "m.onnx", bands=3))
    wanted = ChangeOutputs(str(tmp_path / "c.tif"))
    detect_change(model, str(before), str(after), wanted, feedback=Feedback(warn=said.append))
    (found,) = [text for text in said if "areas of 0" in text]
    assert re.match(r"About (9.\d|10) % of a.tif and (9.\d|10) % of b.tif are whole areas of 0 in every band", found)


def test_chips(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", scene())
    said: list[str] = []
    model = load_model(write_card(mean_of_bands(tmp_path / "m.onnx", size=32), ["a", "b", "c"]))
    classify(model, str(raster), str(tmp_path / "c.gpkg"), feedback=Feedback(warn=said.append))
    assert any(" % of in.tif are whole areas of 0 in every band" in text for text in said), said


def clouds_without(folder: Path, values: list[Any], clouds: list[Any], how: CloudSettings) -> list[str]:
    """Return what is said of gaps while clouds of the last date are removed without a model."""
    days = ("2020-01-05", "2020-02-10", "2020-03-15")
    paths = tuple(str(write_raster(folder / f"s_{day}.tif", array)) for day, array in zip(days, values))
    masks = tuple(
        str(write_raster(folder / f"mask_{day}.tif", cloudy[np.newaxis].astype(np.uint8)))
        for day, cloudy in zip(days, clouds)
    )
    said: list[str] = []
    inputs = CloudInputs(paths, cloud_masks=masks)
    remove_clouds(None, inputs, str(folder / "c.tif"), clouds=how, feedback=Feedback(warn=said.append))
    return [text for text in said if "are whole areas of" in text]


@pytest.mark.parametrize(
    "how",
    [
        CloudSettings(),
        CloudSettings(method="median", keep_clear=False),
        CloudSettings(method="regression"),
        CloudSettings(lost="fill"),
    ],
    ids=["nearest", "median", "regression", "fill"],
)
def test_clouds_removed_without_a_model(tmp_path: Path, how: CloudSettings) -> None:
    clear, cloudy = np.zeros((300, 400), bool), np.zeros((300, 400), bool)
    cloudy[:200, 100:300] = True
    values = [scene(), noise(3, 300, 400, "uint16", seed=4) + 1, scene()[..., ::-1]]
    (said,) = clouds_without(tmp_path, values, [clear, clear, cloudy], how)
    assert " % of s_2020-01-05.tif" in said
    assert " % of s_2020-03-15.tif" in said
    assert "2020-02-10" not in said
    # what a mask says is cloudy is taken for nothing
    hidden = [(array == 0).all(axis=0) for array in values]
    assert clouds_without(tmp_path, values, [hidden[0], clear, cloudy | hidden[2]], how) == []


def test_gaps_that_the_cloud_model_met_are_told_once(tmp_path: Path) -> None:
    paths = tuple(str(write_raster(tmp_path / f"s_2020-0{n}-05.tif", scene())) for n in (1, 2))
    model = identity(tmp_path / "clouds.onnx", bands=3)
    write_mlm(model, bands=[], channels=3, classes=[(0, "clear"), (1, "cloud"), (2, "water")])
    said: list[str] = []
    inputs = CloudInputs(paths, cloud_model=load_model(model))
    remove_clouds(None, inputs, str(tmp_path / "c.tif"), feedback=Feedback(warn=said.append))
    (found,) = [text for text in said if "are whole areas of" in text]
    assert found.endswith("(The same for s_2020-02-05.tif.)")


@pytest.mark.parametrize(("told", "keep_clear"), [(True, True), (True, False), (False, True), (False, False)])
def test_gaps_are_told_by_one_of_two_models(tmp_path: Path, *, told: bool, keep_clear: bool) -> None:
    """The cloud model warns of what it ran over: all dates, the target alone, or, where clouds do not matter, none."""
    paths = tuple(
        str(write_raster(tmp_path / f"s_2020-0{n}-05.tif", scene(), names=["B02", "B03", "B04"])) for n in (1, 2, 3)
    )
    masks = identity(tmp_path / "clouds.onnx", bands=3)
    write_mlm(masks, bands=[], channels=3, classes=[(0, "clear"), (1, "cloud"), (2, "water")])
    said: list[str] = []
    remove_clouds(
        mean_of_shown(tmp_path, masked_clouds=told).model(), CloudInputs(paths, cloud_model=load_model(masks)),
        str(tmp_path / "c.tif"), clouds=CloudSettings(keep_clear=keep_clear), feedback=Feedback(warn=said.append),
    )  # fmt: skip
    gaps = " ".join(text for text in said if "are whole areas of" in text)
    assert [gaps.count(Path(path).name) for path in paths] == [1, 1, 1], gaps
