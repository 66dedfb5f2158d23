"""Options that are of no use in a run: refused or told, never silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geonnx.models import (
    ChipSettings,
    CloudInputs,
    Feedback,
    RunOptions,
    RunSettings,
    classify,
    detect_change,
    load_model,
    remove_clouds,
    segment,
)
from geonnx.models.errors import SettingsError
from geonnx.models.words import counted, perhaps_meant

from ..rasters import noise, write_raster
from ..scene_models import mean_of_bands, write_card
from ..tiny_models import identity, one_logit

WITHOUT_USE: list[tuple[dict[str, Any], str]] = [
    ({"cloud_bands": "1,2"}, "OPTIONS has cloud_bands, which is for the removal of clouds: leave it out"),
    ({"hide_clouds": True}, "OPTIONS has hide_clouds, which is for the removal of clouds"),
    ({"hide_clouds": False}, "OPTIONS has hide_clouds, which is for the removal of clouds"),
    ({"sar": "db"}, "OPTIONS has sar, .* and it takes none: leave it out"),
]


def options(**given: Any) -> RunSettings:
    return RunSettings(options=RunOptions(**given))


@pytest.mark.parametrize(("given", "message"), WITHOUT_USE)
def test_options_of_other_algorithms(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    raster, out = str(write_raster(tmp_path / "in.tif", noise(3, 64, 64))), str(tmp_path / "out.tif")
    pixels = load_model(identity(tmp_path / "m.onnx", bands=3))
    scenes = load_model(write_card(mean_of_bands(tmp_path / "s.onnx", size=32), ["a", "b", "c"]))
    with pytest.raises(SettingsError, match=message):
        segment(pixels, raster, out, options(**given))
    with pytest.raises(SettingsError, match=message):
        detect_change(pixels, raster, raster, out, options(**given))
    with pytest.raises(SettingsError, match=message):
        classify(scenes, raster, str(tmp_path / "out.gpkg"), options(**given))
    assert not Path(out).exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sar": "db"}, "OPTIONS has sar, .* without MODEL leave it out"),
        ({"threshold": 0.9}, "OPTIONS has threshold, .* leave it out"),
        ({"tta": "flips"}, "OPTIONS has tta, .* without MODEL leave it out"),
        ({"monte_carlo": 4}, "OPTIONS has monte_carlo, .* without MODEL leave it out"),
    ],
)
def test_clouds_without_a_model(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    raster = str(write_raster(tmp_path / "in.tif", noise(3, 64, 64)))
    with pytest.raises(SettingsError, match=message):
        remove_clouds(None, CloudInputs((raster, raster)), str(tmp_path / "out.tif"), options(**given))


def test_a_threshold_of_several_classes_is_told(tmp_path: Path) -> None:
    raster = str(write_raster(tmp_path / "in.tif", noise(3, 64, 64, "float32")))
    one = str(write_raster(tmp_path / "one.tif", noise(1, 64, 64, "float32")))
    said: list[str] = []
    feedback = Feedback(warn=lambda text: said.append(text) if "is not used" in text else None)
    out = str(tmp_path / "out.tif")
    segment(load_model(identity(tmp_path / "m.onnx", bands=3)), raster, out, options(threshold=0.9), feedback=feedback)
    (text,) = said
    assert "one class of several, the likeliest, so threshold of OPTIONS is not used" in text
    segment(load_model(one_logit(tmp_path / "l.onnx")), one, out, options(threshold=0.9), feedback=feedback)
    model = load_model(write_card(mean_of_bands(tmp_path / "s.onnx", size=32), ["a", "b", "c"]))
    polygons = str(tmp_path / "out.gpkg")
    classify(model, raster, polygons, options(threshold=0.9), feedback=feedback)
    classify(model, raster, polygons, options(threshold=0.9), ChipSettings(threshold=0.8), feedback=feedback)
    assert ["threshold of OPTIONS" in text for text in said] == [True, True, False]
    assert "so THRESHOLD is not used" in said[2]


def test_words() -> None:
    assert [counted(count, "tile") for count in (0, 1, 2)] == ["0 tiles", "1 tile", "2 tiles"]
    assert perhaps_meant("HALF", ["half", "int8"]) == "; perhaps half is meant"
    assert perhaps_meant("xyz", ["half", "int8"]) == ""
