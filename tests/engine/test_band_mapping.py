"""The table of bands: the same answers as a run, row by row, and why a band was not found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from geonnx.models import Feedback, load_model, segment

from .. import rasters, tiny_models

CLASSES = [(0, "dry"), (1, "green"), (2, "wet")]


def write_model(path: Path, bands: list[str], *, gsd_m: float | None = None, scale: float | None = None) -> Path:
    tiny_models.box(path, classes=len(bands))
    classes = [(number, f"class {number}") for number in range(len(bands))]
    scaling = [{"type": "scale", "value": scale}] if scale else None
    card = tiny_models.write_mlm(path, bands=bands, classes=classes, **({"scaling": scaling} if scaling else {}))
    item = json.loads(card.read_text())
    if gsd_m:
        item["properties"]["geonnx:gsd_m"] = gsd_m
    card.write_text(json.dumps(item))
    return path


def write_scene(path: Path, names: list[str] | None, high: int = 10000, bands: int = 4) -> Path:
    values = (rasters.noise(bands, 64, 64, "float32") * high).astype(np.uint16)
    return rasters.write_raster(path, values, names=names)


@pytest.fixture
def scene(tmp_path) -> Path:
    return write_scene(tmp_path / "scene.tif", ["B02", "B03", "B04", "B08"])


def map_bands(*arguments, **named):
    from geonnx.models.band_mapping import map_bands

    return map_bands(*map(str, arguments), **named)


def rows(mapping) -> list[tuple]:
    return [(row.wanted.name, row.number, row.how) for row in mapping.rows]


def test_bands_by_name_as_a_run_takes_them(tmp_path, scene):
    model = write_model(tmp_path / "m.onnx", ["B04", "B08", "B03"])
    mapping = map_bands(model, scene)
    assert rows(mapping) == [("B04", 3, "name"), ("B08", 4, "name"), ("B03", 2, "name")]
    assert mapping.is_complete
    assert (mapping.problems, mapping.notes) == ((), ())
    assert [band.name for band in mapping.bands] == ["B02", "B03", "B04", "B08"]
    assert mapping.raster == "scene.tif"


def test_bands_by_colour(tmp_path):
    model = write_model(tmp_path / "m.onnx", ["B04", "B08", "B03", "B02"])
    scene = write_scene(tmp_path / "s.tif", ["blue", "green", "red", "nir"])
    mapping = map_bands(model, scene)
    assert [row.number for row in mapping.rows] == [3, 4, 2, 1]
    assert [row.how for row in mapping.rows] == [f"common name {name}" for name in ("red", "nir", "green", "blue")]


def test_a_missing_band_has_its_reason_and_the_others_stay(tmp_path, scene):
    model = write_model(tmp_path / "m.onnx", ["B04", "B11", "B03"])
    mapping = map_bands(model, scene)
    assert rows(mapping) == [("B04", 3, "name"), ("B11", None, ""), ("B03", 2, "name")]
    assert not mapping.is_complete
    assert len(mapping.problems) == 1
    assert "needs the band B11" in mapping.problems[0]


def test_why_a_band_is_not_clear(tmp_path):
    model = write_model(tmp_path / "m.onnx", ["B05", "B11", "B12"])
    mapping = map_bands(model, write_scene(tmp_path / "s.tif", ["B2", "B3", "B5", "B7"]))
    assert [number for _, number, _ in rows(mapping)] == [None] * 3
    assert "mean other colours on Sentinel-2" in mapping.rows[0].problem


def test_the_order_of_a_nameless_raster_is_told(tmp_path):
    model = write_model(tmp_path / "m.onnx", ["B04", "B08", "B03"])
    scene = write_scene(tmp_path / "s.tif", None, bands=3)
    mapping = map_bands(model, scene)
    assert rows(mapping) == [("B04", 1, "order"), ("B08", 2, "order"), ("B03", 3, "order")]
    assert mapping.problems == ()
    assert "order of the file" in mapping.notes[0]


def test_wrong_number_of_nameless_bands(tmp_path):
    model = write_model(tmp_path / "m.onnx", ["B04", "B08", "B03"])
    mapping = map_bands(model, write_scene(tmp_path / "s.tif", None, bands=4))
    assert [number for _, number, _ in rows(mapping)] == [None] * 3
    assert "takes 3 bands" in mapping.problems[0]
    assert len(mapping.bands) == 4


def test_bands_that_the_user_chose(tmp_path, scene):
    model = write_model(tmp_path / "m.onnx", ["B04", "B11", "B03"])
    mapping = map_bands(model, scene, requested="3,4,B02")
    assert rows(mapping) == [("B04", 3, "BANDS"), ("B11", 4, "BANDS"), ("B03", 1, "BANDS")]
    assert mapping.problems == ()
    twice = map_bands(model, scene, requested="3,3,1")
    assert "more than once" in twice.rows[0].problem
    assert "more than once" in twice.rows[1].problem
    assert twice.rows[2].problem == ""
    for wrong in ("3,4", "3,4,9", "a,b,c"):
        mapping = map_bands(model, scene, requested=wrong)
        assert "BANDS" in mapping.problems[0]
        assert [number for _, number, _ in rows(mapping)] == [None] * 3


def test_another_pixel_size_is_a_note(tmp_path, scene):
    model = write_model(tmp_path / "m.onnx", ["B04", "B08", "B03"], gsd_m=30)
    mapping = map_bands(model, scene)
    assert mapping.problems == ()
    assert len(mapping.notes) == 1
    assert "10 m" in mapping.notes[0]
    assert "30 m" in mapping.notes[0]


@pytest.mark.parametrize(("sizes", "warns"), [((10, 30), False), ((4, 9.5), False), ((20, 30), True), ((0.1, 5), True)])
def test_pixels_beyond_what_the_model_was_trained_on(tmp_path, scene, sizes, warns):
    """Of a model that takes any size: a note in the panel, a warning of the run, and no resampling."""
    model = write_model(tmp_path / "m.onnx", ["B04", "B08", "B03"])
    card = model.with_suffix(".json")
    item = json.loads(card.read_text())
    item["properties"]["geonnx:gsd_range_m"] = list(sizes)
    card.write_text(json.dumps(item))
    said = []
    segment(load_model(model), str(scene), str(tmp_path / "o.tif"), feedback=Feedback(warn=said.append))
    low, high = sizes
    expected = f"measure 10 m, and m was trained on {low:g} to {high:g} m: expect more errors, or resample the raster."
    found = [note for note in map_bands(model, scene).notes if note.endswith(expected)]
    assert len(found) == warns
    assert [text for text in said if text.endswith(expected)] == found


def test_pixels_that_are_not_square_are_told_by_both_sides(tmp_path):
    scene = rasters.write_raster(
        tmp_path / "s.tif", np.ones((1, 20, 20), np.uint8), geotransform=(500000, 8.6, 0, 5200000, 0, -12.9)
    )
    model = write_model(tmp_path / "m.onnx", ["B04"])
    item = json.loads(model.with_suffix(".json").read_text())
    item["properties"]["geonnx:gsd_range_m"] = [10, 30]
    model.with_suffix(".json").write_text(json.dumps(item))
    assert "measure 8.6 × 12.9 m, and m was trained on 10 to 30 m" in map_bands(model, scene, requested="1").notes[0]


def test_no_raster_and_no_model(tmp_path):
    from geonnx.models.errors import ModelError

    model = write_model(tmp_path / "m.onnx", ["B04", "B08", "B03"])
    mapping = map_bands(model, "")
    assert [name for name, _, _ in rows(mapping)] == ["B04", "B08", "B03"]
    assert mapping.problems == ()
    mapping = map_bands(model, tmp_path / "missing.tif")
    assert len(mapping.rows) == 3
    assert "missing.tif" in mapping.problems[0]
    with pytest.raises(ModelError):
        map_bands(tmp_path / "none.onnx", "")


def test_a_model_that_names_no_bands(tmp_path, scene):
    model = tiny_models.argmax_numbers(tmp_path / "bare.onnx", bands=4)
    assert rows(map_bands(model, scene)) == [("", number, "order") for number in (1, 2, 3, 4)]
    mapping = map_bands(model, scene, requested="4,3,2,1")
    assert [number for _, number, _ in rows(mapping)] == [4, 3, 2, 1]


def test_the_table_says_what_a_run_takes(tmp_path, scene):
    from geonnx.models.inputs import RasterInputs, make_feeds, open_inputs
    from geonnx.models.model import load_model
    from geonnx.models.settings import RunSettings

    model = write_model(tmp_path / "m.onnx", ["B08", "B03", "B02"])
    card = load_model(model).card
    for requested in ("", "4,2,1", "1,1,3"):
        settings = RunSettings(bands=requested)
        (feed,) = make_feeds(open_inputs(RasterInputs((str(scene),)), card, settings, None), card, settings)
        mapping = map_bands(model, scene, requested=requested)
        assert tuple(row.number for row in mapping.rows) == feed.sources[0].bands.numbers


def test_values_of_another_scale_are_noticed(tmp_path):
    from geonnx.models.band_mapping import check_scaling
    from geonnx.models.settings import RunOptions

    model = str(write_model(tmp_path / "m.onnx", ["B04", "B08", "B03"], scale=10000))
    fine = str(write_scene(tmp_path / "fine.tif", ["B02", "B03", "B04", "B08"]))
    dark = str(write_scene(tmp_path / "dark.tif", ["B02", "B03", "B04", "B08"], high=8))
    assert check_scaling(model, fine) == ""
    assert "will be wrong" in check_scaling(model, dark)
    assert check_scaling(model, dark, options=RunOptions(scale=1250)) == ""
    assert check_scaling(model, str(tmp_path / "missing.tif")) == ""
