"""``geonnx:describemodel`` through the real ``qgis_process``: make, use, correct and refuse descriptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .. import rasters, tiny_models
from ..conftest import find_shared_data
from ..stac_schemas import MLM

CLASSES = "0=open land #d8b365, 1=forest & hedge #1b7837, 2=water #2166ac"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny_models.box(tmp_path / "land.onnx")


def test_describe_inspect_segment(qgis_process: Any, model: Path, tmp_path: Path) -> None:
    made = qgis_process(
        "geonnx:describemodel",
        MODEL=model,
        TASK="segment",
        BANDS="dry,green,wet",
        COMMON_NAMES="red, green, nir08",
        SCALING='[{"type": "scale", "value": 100}]',
        CLASSES=CLASSES,
        ACTIVATION="softmax",
        TEMPERATURE=2.5,
        GSD=10,
        HALO=2,
        LICENCE="CC-BY-4.0",
        CITATION="Somebody (2024)",
        TRAINING_DATA="made up",
    )
    assert made.code == 0, made.stderr
    assert made.results["OUTPUT"] == str(model.with_suffix(".json"))
    assert made.results["BANDS"] == ["dry", "green", "wet"]
    assert made.results["GSD_M"] == 10
    written = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))["properties"]
    assert written["mlm:output"][0]["geonnx:temperature"] == 2.5
    assert "nir08" in json.dumps(written)
    assert made.results["PROBLEMS"] == []
    assert made.results["VALIDATED"] == "read back"
    assert [item["color"] for item in made.results["CLASSES"]] == ["#d8b365", "#1b7837", "#2166ac"]

    seen = qgis_process("geonnx:inspectmodel", MODEL=model)
    for key in ("NAME", "TASK", "BANDS", "CLASSES", "SCALING", "GSD_M", "LICENCE", "SHA256"):
        assert seen.results[key] == made.results[key], key

    values = np.full((3, 40, 60), 40, np.uint8)
    for number in range(3):
        values[number, :, number * 20 : (number + 1) * 20] = 200
    # bands in another order than the model's: their names decide
    raster = rasters.write_raster(tmp_path / "scene.tif", values[[2, 0, 1]], names=["wet", "dry", "green"])
    ran = qgis_process("geonnx:segment", INPUT=raster, MODEL=model, OUTPUT=tmp_path / "classes.tif")
    assert ran.code == 0, ran.stderr
    found = rasters.read_raster(tmp_path / "classes.tif")[0]
    assert (found[20, 5], found[20, 30], found[20, 55]) == (0, 1, 2)


def test_the_log_has_what_text_mode_leaves_out_of_the_results(qgis_process: Any, model: Path) -> None:
    """QGIS prints a list of objects as nothing but commas there."""
    words = f"MODEL={model}", f"CLASSES={CLASSES}", "BANDS=dry,green,wet", "TASK=segment"
    made = qgis_process.call("run", "geonnx:describemodel", "--", *words)
    card = model.with_suffix(".json")
    item = json.loads(card.read_text(encoding="utf-8"))
    item["properties"]["geonnx:gsd_range_m"] = [10, 30]
    card.write_text(json.dumps(item), encoding="utf-8")
    seen = qgis_process.call("run", "geonnx:inspectmodel", "--", f"MODEL={model}")
    for done in (made, seen):
        assert done.code == 0, done.stderr
        assert "Value | Name\n0     | open land\n1     | forest & hedge\n2     | water\n" in done.stdout
        assert "  | Band  | Scaling\n1 | dry   | none\n" in done.stdout
    assert "Pixel size   | 10 to 30 m\n" in seen.stdout
    assert "GSD_RANGE_M:\t10, 30\n" in seen.stdout
    assert qgis_process("geonnx:inspectmodel", MODEL=model).results["GSD_RANGE_M"] == [10, 30]


def test_a_description_is_not_replaced_unasked(qgis_process: Any, model: Path) -> None:
    assert qgis_process("geonnx:describemodel", MODEL=model, CLASSES=CLASSES).code == 0
    path = model.with_suffix(".json")
    before = path.read_text(encoding="utf-8")
    refused = qgis_process("geonnx:describemodel", MODEL=model, GSD=30)
    assert refused.code == 1
    assert "is there already: set OVERWRITE" in refused.stdout + refused.stderr
    assert path.read_text(encoding="utf-8") == before
    done = qgis_process("geonnx:describemodel", MODEL=model, GSD=30, OVERWRITE="true")
    assert done.code == 0, done.stderr
    assert done.results["GSD_M"] == 30
    assert done.results["CLASSES"][2]["name"] == "water"


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"BANDS": "red,green"}, "names 2 bands (red, green); the model's input 'image' takes 3"),
        ({"SCALING": "half"}, "SCALING should be JSON"),
        ({"CLASSES": "a,b"}, "lists 2 classes"),
        ({"GSD": "0"}, "GSD is '0'; expected a number from 1e-06"),
        ({"TASK": "detect"}, "TASK is 'detect'; expected one of unchanged, classify"),
        ({"OUTPUT": "/nowhere/at/all.json"}, "can't be written"),
    ],
)
def test_refusals_are_one_sentence(qgis_process: Any, model: Path, parameters: dict[str, str], says: str) -> None:
    refused = qgis_process("geonnx:describemodel", MODEL=model, **parameters)
    text = refused.stdout + refused.stderr
    assert refused.code == 1
    assert says in text
    assert "Traceback" not in text
    assert not model.with_suffix(".json").exists()


def test_schema(qgis_process: Any, model: Path, tmp_path: Path) -> None:
    shared = find_shared_data()
    if shared is None:
        pytest.skip("no shared example data")
    schema = shared / "mlm" / "schema.json"
    assert json.loads(schema.read_text())["$id"] == MLM
    done = qgis_process("geonnx:describemodel", MODEL=model, CLASSES=CLASSES, BANDS="a,b,c", SCHEMA=schema)
    assert done.code == 0, done.stderr
    assert done.results["VALIDATED"] == "read back; JSON schema"
    strict = tmp_path / "strict.json"
    strict.write_text(json.dumps({"properties": {"properties": {"required": ["x:y"]}}}))
    refused = qgis_process(
        "geonnx:describemodel", MODEL=model, SCHEMA=strict, OUTPUT=tmp_path / "other.json", OVERWRITE="true"
    )
    assert refused.code == 1
    assert (
        "does not follow strict.json: 'x:y' is a required property (at properties)" in refused.stdout + refused.stderr
    )
    assert not (tmp_path / "other.json").exists()
