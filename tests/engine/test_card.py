"""What is read of a model: STAC MLM, ukis-csmask, bare ONNX; and what is refused, with one clear sentence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from geonnx.models import load_model
from geonnx.models.card.colors import default_color, parse_color
from geonnx.models.card.read import read_card
from geonnx.models.card.types import Scaling
from geonnx.models.errors import GeonnxError, ModelError
from geonnx.models.inspect import describe_model, render_html
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper

from ..tiny_models import argmax_numbers, box, identity, identity_last, one_logit, save, write_mlm


def edited(card: Path, change: Any) -> Path:
    """Apply *change* to the JSON of a card."""
    item = json.loads(card.read_text())
    change(item)
    card.write_text(json.dumps(item))
    return card


def test_mlm(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    scaling = [
        {"type": "min-max", "minimum": 0, "maximum": 10000},
        {"type": "z-score", "mean": 3, "stddev": 2},
        {"type": "clip", "minimum": 0, "maximum": 1},
    ]
    card_path = write_mlm(
        model,
        bands=["B04", "B03", "B02"],
        classes=[(1, "vegetation"), (0, "background"), (2, "water")],
        scaling=scaling,
        activation="softmax",
        properties={"geonnx:gsd_m": 10, "geonnx:halo_px": 24, "geonnx:fill": -1, "license": "CC-BY-4.0"},
    )
    card = read_card(model)
    assert card == read_card(card_path)
    assert card.dialect == "STAC MLM 1.5.2"
    assert (card.task, card.gsd_m, card.halo_px, card.fill, card.licence) == ("segment", 10, 24, -1, "CC-BY-4.0")
    assert card.inputs[0].band_names == ("B04", "B03", "B02")
    assert card.inputs[0].scaling == (
        Scaling("min-max", minimum=0, maximum=10000),
        Scaling("z-score", mean=3, stddev=2),
        Scaling("clip", minimum=0, maximum=1),
    )
    # values 0…K-1 are channel numbers, in whatever order the classes are listed
    assert [spec.name for spec in card.outputs[0].classes] == ["background", "vegetation", "water"]
    assert card.outputs[0].activation == "softmax"
    assert card.problems == ()


@pytest.mark.parametrize("key", ["classification:classes", "classification_classes", "classes"])
def test_spellings_of_classes(tmp_path: Path, key: str) -> None:
    model = identity(tmp_path / "m.onnx", bands=2)

    def rename(item: Any) -> None:
        output = item["properties"]["mlm:output"][0]
        del output["classification:classes"]
        output[key] = [
            {"value": 10, "name": "a", "color_hint": "00FF7f"},
            {"value": 4, "title": "b", "color_hint": [1, 2, 255]},
        ]

    edited(write_mlm(model, bands=[], channels=2, classes=[(0, "x"), (1, "y")]), rename)
    classes = read_card(model).outputs[0].classes
    assert [(spec.value, spec.name, spec.color) for spec in classes] == [(10, "a", "#00ff7f"), (4, "b", "#0102ff")]


def set_input(key: str, value: Any) -> Any:
    return lambda item: item["properties"]["mlm:input"][0].__setitem__(key, value)


def set_output(key: str, value: Any) -> Any:
    return lambda item: item["properties"]["mlm:output"][0].__setitem__(key, value)


def set_property(key: str, value: Any) -> Any:
    return lambda item: item["properties"].__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_property("mlm:input", []), "describes no input"),
        (set_property("mlm:input", {"a": 1}), "mlm:input should be a list of objects"),
        (set_property("mlm:output", []), "describes no output"),
        (set_property("geonnx:task", "detect"), "geonnx:task is 'detect'; expected one of classify"),
        (set_property("geonnx:halo_px", 1.5), "geonnx:halo_px should be a whole number; found 1.5"),
        (set_property("geonnx:fill", "zero"), "geonnx:fill should be a number; found 'zero'"),
        (set_property("geonnx:gsd_m", float("inf")), "should be a number; found inf"),
        (set_property("geonnx:gsd_range_m", 10), "gsd_range_m is 10; expected the smallest and the largest size"),
        (set_property("geonnx:gsd_range_m", [10]), r"gsd_range_m is \[10\]; expected"),
        (set_property("geonnx:gsd_range_m", [30, 10]), r"gsd_range_m is \[30, 10\]; expected"),
        (set_property("geonnx:gsd_range_m", [0, 10]), r"gsd_range_m is \[0, 10\]; expected"),
        (set_property("geonnx:gsd_range_m", [1, "x"]), "should be a number; found 'x'"),
        (set_input("bands", ["a", "b"]), "names 2 bands .* takes 3"),
        (set_input("bands", [{"name": "n", "expression": "b1/b2"}]), "made by an expression, which is never executed"),
        (set_input("bands", [3, 4, 5]), "should be names; found 3"),
        (set_input("geonnx:role", "picture"), "geonnx:role .* is 'picture'"),
        (set_input("value_scaling", [{"type": "processing", "expression": "x"}]), "expressions are never executed"),
        (
            set_input("value_scaling", [{"type": "z-score", "mean": 1}]),
            "z-score, stddev should be a number; found None",
        ),
        (set_input("value_scaling", [{"type": "z-score", "mean": 1, "stddev": 0}]), "divides by zero"),
        (set_input("value_scaling", [{"type": "min-max", "minimum": 1, "maximum": 1}]), "minimum equal to its maximum"),
        (set_input("value_scaling", [{"type": "scale", "value": 2}] * 2), "2 value scalings for the 3 bands"),
        (set_input("norm_type", "min-max"), "value_scaling"),
        (set_output("classification:classes", [{"value": 0, "name": "a"}]), "lists 1 classes; .* has 3 class scores"),
        (set_output("classification:classes", [{"value": 0}, {"value": 0}, {"value": 1}]), "use a value twice"),
        (set_output("classification:classes", [{"value": -1}]), "class value -1"),
        (set_output("geonnx:activation", "relu"), "geonnx:activation .* is 'relu'"),
        (lambda item: item["properties"]["mlm:input"][0]["input"].update(dim_order=["a", "b"]), "dim_order"),
        (lambda item: item["properties"]["mlm:input"][0]["input"].update(dim_order=["batch"]), "1 dimensions"),
    ],
)
def test_malformed_cards_are_refused(tmp_path: Path, change: Any, message: str) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    card = write_mlm(model, bands=["r", "g", "b"], classes=[(0, "x"), (1, "y"), (2, "z")])
    item = json.loads(card.read_text())
    if message == "value_scaling":
        item["properties"]["mlm:input"][0]["value_scaling"] = None
    card.write_text(json.dumps(item))
    edited(card, change)
    with pytest.raises(ModelError, match=message):
        read_card(model)


def test_checksum(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=2)
    card = write_mlm(model, bands=[], channels=2, classes=[(0, "x"), (1, "y")])
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    edited(card, lambda item: item["assets"]["model"].__setitem__("file:checksum", "1220" + digest))
    assert load_model(model).sha256 == digest
    edited(card, lambda item: item["assets"]["model"].__setitem__("file:checksum", "1220" + "0" * 64))
    with pytest.raises(ModelError, match=r"is not the file that its card describes: expected SHA-256 0000"):
        load_model(model)


def test_contradictions_are_told_and_the_file_decides(tmp_path: Path) -> None:
    nodes = [helper.make_node("Softmax", ["image"], ["map"], axis=1)]
    shape = ["n", 2, "h", "w"]
    model = save(tmp_path / "m.onnx", nodes, inputs=[("image", "float32", shape)], outputs=[("map", "float32", shape)])
    card = write_mlm(model, bands=[], channels=2, classes=[(0, "x"), (1, "y")], activation="softmax")

    def change(item: Any) -> None:
        item["properties"]["mlm:input"][0]["input"]["data_type"] = "uint16"
        item["properties"]["mlm:input"][0]["pre_processing_function"] = {"format": "python", "expression": "os:system"}
        item["properties"]["mlm:tasks"] = ["object-detection"]

    edited(card, change)
    found = read_card(model)
    assert found.inputs[0].dtype == "float32"
    assert found.outputs[0].activation == "none"
    assert len(found.problems) == 4
    assert any("never executed" in problem for problem in found.problems)
    assert any("already ends in Softmax" in problem for problem in found.problems)


def test_mlm_examples_of_others(shared_data: Path, tmp_path: Path) -> None:
    """Cards made by others describe PyTorch weights: each is understood or refused in one sentence, none crashes."""
    model = identity(tmp_path / "any.onnx", bands=3)
    outcomes = {}
    for example in sorted((shared_data / "mlm" / "examples").glob("*.json")):
        (tmp_path / "any.json").write_text(example.read_text())
        try:
            outcomes[example.stem] = read_card(model).dialect
        except ModelError as error:
            outcomes[example.stem] = str(error)
    assert "lists 2 classes; the model's output 'map' has 3" in outcomes["item_basic"]
    assert "takes 3" in outcomes["item_raster_bands"]
    assert "never executed" in outcomes["item_bands_expression"]


@pytest.mark.parametrize(
    ("make", "dims", "output", "holds"),
    [
        (lambda path: identity(path, bands=3), "BCHW", "BKHW", False),
        (lambda path: identity(path, bands=3, size=64), "BCHW", "BKHW", False),
        (identity_last, "BHWC", "BHWK", False),
        (box, "BCHW", "BKHW", False),
        (argmax_numbers, "BCHW", "BHW", True),
        (lambda path: one_logit(path, squeeze=True), "BCHW", "BHW", False),
    ],
)
def test_bare_onnx(tmp_path: Path, make: Any, dims: str, output: str, holds: bool) -> None:
    card = read_card(make(tmp_path / "m.onnx"))
    assert card.dialect == "bare ONNX"
    assert card.inputs[0].dims == dims
    assert card.outputs[0].dims == output
    assert card.outputs[0].holds_numbers is holds
    assert any("No description was found" in problem for problem in card.problems)


def test_what_is_no_model(tmp_path: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("this is no model")
    whole = box(tmp_path / "whole.onnx")
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(whole.read_bytes()[:-40])
    other = tmp_path / "other.json"
    other.write_text('{"a": 1}')
    listed = tmp_path / "list.json"
    listed.write_text("[1]")
    cases = {
        "": "MODEL is empty",
        str(tmp_path / "none.onnx"): "there is none",
        str(text): "can't be read as ONNX",
        str(cut): "can't be read as ONNX",
        str(tmp_path / "model.pt"): r"should be an \.onnx file",
        str(other): "no known form of model description",
        str(listed): "expected an object",
    }
    for given_model, message in cases.items():
        with pytest.raises(ModelError, match=message):
            read_card(given_model)


def test_two_inputs_without_description(tmp_path: Path) -> None:
    node = helper.make_node("Add", ["before", "after"], ["map"])
    shape = ["n", 3, "h", "w"]
    model = save(
        tmp_path / "two.onnx",
        [node],
        inputs=[("before", "float32", shape), ("after", "float32", shape)],
        outputs=[("map", "float32", shape)],
    )
    with pytest.raises(ModelError, match=r"has 2 inputs \(before, after\) and no description"):
        read_card(model)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)
_KEYS = [
    "bands", "input", "value_scaling", "name", "result", "classification:classes", "geonnx:role", "geonnx:threshold",
    "geonnx:activation", "classes",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entry=st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=5),
    where=st.sampled_from(["mlm:input", "mlm:output", "geonnx:task", "geonnx:fill", "mlm:tasks"]),
    anything=_JSON,
    as_entry=st.booleans(),
)
def test_no_card_crashes(tmp_path: Path, entry: Any, where: str, anything: Any, as_entry: bool) -> None:
    model = tmp_path / "m.onnx"
    if not model.exists():
        identity(model, bands=3)
    card = write_mlm(model, bands=[], channels=3, classes=[(0, "x"), (1, "y"), (2, "z")])
    item = json.loads(card.read_text())
    if as_entry and where in ("mlm:input", "mlm:output"):
        item["properties"][where][0].update(entry)
    else:
        item["properties"][where] = anything
    card.write_text(json.dumps(item))
    try:
        describe_model(load_model(model))
    except GeonnxError as error:
        assert str(error).strip().endswith((".", ")", "?", "}"))


def test_inspection(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=2)
    write_mlm(
        model, bands=["red", "<b>nir</b>"], classes=[(0, "x"), (1, "y & z")], scaling=[{"type": "scale", "value": 4}]
    )
    loaded = load_model(model)
    facts = describe_model(loaded)
    assert json.loads(json.dumps(facts)) == facts
    assert facts["bands"] == ["red", "<b>nir</b>"]
    assert facts["classes"][1]["name"] == "y & z"
    assert facts["scaling"] == [{"type": "scale", "value": 4.0}]
    page = render_html(loaded)
    assert "&lt;b&gt;nir&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "scale: value 4" in page


def test_colors() -> None:
    colors = [default_color(index) for index in range(200)]
    assert len(set(colors[:20])) == 20
    assert all(parse_color(color) == color for color in colors)
    assert parse_color("#AABBCC") == "#aabbcc"
    assert parse_color([255, 0, 16]) == "#ff0010"
    assert parse_color("red") is None
    assert parse_color([1, 2]) is None
