"""Writing: a card becomes a STAC MLM item, which gives the same card again and passes the validators of others."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from geonnx.models import SegmentOutputs, load_model, segment
from geonnx.models.card.classes import ordered
from geonnx.models.card.mlm import mlm_name, read_mlm
from geonnx.models.card.read import read_card
from geonnx.models.card.tensors import image_input, map_output
from geonnx.models.card.types import (
    Activation,
    BandSpec,
    ClassSpec,
    InputSpec,
    ModelCard,
    OutputRole,
    OutputSpec,
    Scaling,
    Task,
)  # fmt: skip
from geonnx.models.card.write import differing_fields, item_text, make_item
from geonnx.models.catalog import entries
from geonnx.models.describe import Changes, describe, read_class_text
from geonnx.models.errors import GeonnxError, ModelError, OutputError, SettingsError
from geonnx.models.runtime.signature import Signature, TensorInfo
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from ..rasters import noise, read_raster, write_raster
from ..stac_schemas import load_schemas
from ..tiny_models import box, identity, identity_last, one_logit, save, write_mlm

SHA = "ab" * 32

# ---- generated cards

_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda text: text == text.strip() and text != ""
)
_NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-6)
_POSITIVE = st.floats(0.001, 1e5)
_STEPS = st.one_of(
    st.builds(lambda low, more: Scaling("min-max", minimum=low, maximum=low + more), _NUMBERS, _POSITIVE),
    st.builds(lambda low, more: Scaling("clip", minimum=low, maximum=low + more), _NUMBERS, _POSITIVE),
    st.builds(lambda mean, spread: Scaling("z-score", mean=mean, stddev=spread), _NUMBERS, _POSITIVE),
    st.builds(lambda value: Scaling("clip-min", minimum=value), _NUMBERS),
    st.builds(lambda value: Scaling("clip-max", maximum=value), _NUMBERS),
    st.builds(lambda value: Scaling("offset", value=value), _NUMBERS),
    st.builds(lambda value: Scaling("scale", value=value), _POSITIVE.filter(lambda value: value != 1)),
)
_SIZES = st.none() | st.integers(1, 300)


@st.composite
def scalings(draw: st.DrawFn, channels: int) -> tuple[Scaling | None, ...]:
    kind = draw(st.sampled_from(["none", "one", "each"]))
    if kind == "none":
        return ()
    if kind == "one" or channels == 1:
        return (draw(_STEPS),)
    found = tuple(draw(st.lists(st.none() | _STEPS, min_size=channels, max_size=channels)))
    return found if any(found) else ()


@st.composite
def image_inputs(draw: st.DrawFn, name: str, role: str) -> InputSpec:
    names = draw(st.lists(_WORDS, min_size=1, max_size=5, unique=True))
    commons = st.sampled_from(["red", "nir08", "swir16", "VV", ""])
    bands = tuple(
        BandSpec(band, draw(commons), draw(st.none() | st.floats(0.3, 15)), draw(st.none() | st.integers(1, 20)))
        for band in names
    )
    channels = len(bands)
    if draw(st.booleans()):
        bands = ()
    letters = {"series": ["BTCHW", "BCTHW", "NTC"]}.get(role, ["BCHW", "BHWC", "CHW", "NC"])
    dims = draw(st.sampled_from(letters))
    factor = 2 if role == "before+after" else 1
    shape = tuple(channels * factor if dim == "C" else draw(_SIZES) for dim in dims)
    tensor = TensorInfo(name, draw(st.sampled_from(["float32", "uint8", "float16", "int64", "uint16"])), shape)
    return image_input(
        tensor,
        dims=dims,
        role=role,  # type: ignore[arg-type]
        bands=bands,
        scaling=draw(scalings(channels * factor)),
        reflectance=draw(st.booleans()),
        resize=draw(st.sampled_from(["", "crop", "pad", "interpolation-cubic"])),
    )


@st.composite
def number_inputs(draw: st.DrawFn, name: str, role: str) -> InputSpec:
    shape = tuple(draw(st.lists(_SIZES, min_size=0, max_size=3)))
    unit = draw(st.sampled_from(["day_of_year", "days"])) if role == "dates" else ""
    return image_input(TensorInfo(name, "float32", shape), role=role, unit=unit)  # type: ignore[arg-type]


@st.composite
def class_lists(draw: st.DrawFn, count: int) -> tuple[ClassSpec, ...]:
    values = draw(st.lists(st.integers(0, 65534), min_size=count, max_size=count, unique=True))
    if draw(st.booleans()):
        values = list(range(count))
    colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
    return ordered(
        ClassSpec(value, name, draw(colors), draw(st.just("") | _WORDS.filter(lambda text, name=name: text != name)))
        for value, name in ((value, draw(_WORDS)) for value in values)
    )


@st.composite
def output_specs(draw: st.DrawFn, name: str, image: InputSpec) -> OutputSpec:
    role = draw(st.sampled_from(get_args(OutputRole)))
    channel = "C" if role in ("image", "variance", "logvariance") else "K"
    count = draw(st.integers(1, 6))
    letters = [f"B{channel}HW", f"BHW{channel}", "BHW", f"B{channel}"]
    dims = draw(st.sampled_from([f"N{channel}", "N"] if "N" in image.dims else letters))
    shape = tuple(count if dim == channel else draw(_SIZES) for dim in dims)
    made_by = draw(st.sampled_from(["Conv", "Softmax", "ArgMax"]))
    tensor = TensorInfo(name, draw(st.sampled_from(["float32", "int64"])), shape, made_by)
    has_classes = channel == "K" and "K" in dims and draw(st.booleans())
    return map_output(
        tensor,
        image,
        dims=dims,
        role=role,
        classes=draw(class_lists(count)) if has_classes else (),
        activation=draw(st.none() | st.sampled_from(get_args(Activation))),
        threshold=draw(st.sampled_from([0.5, 0.25, 0.875])),
        scaling=draw(scalings(2)),
    )


@st.composite
def cards(draw: st.DrawFn) -> tuple[ModelCard, Signature]:
    roles = draw(
        st.lists(
            st.sampled_from(["image", "before", "after", "before+after", "series", "sar"]),
            min_size=1,
            max_size=2,
            unique=True,
        )
    )
    inputs = [draw(image_inputs(f"in {place}", role)) for place, role in enumerate(roles)]
    for role in draw(st.lists(st.sampled_from(["dates", "latlon", "gsd", "wavelengths"]), max_size=2, unique=True)):
        inputs.append(draw(number_inputs(f"n/{role}", role)))
    # the same name stands for the same band in all inputs
    known: dict[str, BandSpec] = {}
    inputs = [
        replace(spec, bands=tuple(known.setdefault(band.name, band) for band in spec.bands)) for spec in inputs
    ]  # fmt: skip
    main = next((spec for spec in inputs if spec.role != "sar"), inputs[0])
    main = main if main.role in ("image", "before", "after", "before+after", "series") else inputs[0]
    outputs = [draw(output_specs(f"out{place}", main)) for place in range(draw(st.integers(1, 2)))]
    text = st.just("") | _WORDS
    card = ModelCard(
        name=draw(_WORDS),
        dialect="",
        model_path=Path("/models/x.onnx"),
        task=draw(st.sampled_from(get_args(Task))),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        gsd_m=draw(st.none() | st.floats(0.01, 1e5)),
        gsd_range_m=draw(st.none() | st.tuples(st.floats(0.01, 10), st.floats(10, 1e5))),
        tile_px=draw(st.none() | st.integers(1, 2048)),
        halo_px=draw(st.none() | st.integers(0, 512)),
        fill=draw(_NUMBERS),
        description=draw(text),
        licence=draw(text | st.just("CC-BY-4.0")),
        citation=draw(text),
        training_data=draw(text | st.just("https://example.org/data")),
        version=draw(text),
    )
    tensors = [tuple(TensorInfo(s.name, s.dtype, s.shape) for s in inputs)]
    made = [TensorInfo(s.name, s.dtype, s.shape, "Softmax" if s.activation == "none" else "Conv") for s in outputs]
    made = [
        replace(tensor, made_by="ArgMax" if s.holds_numbers and s.activation == "none" else tensor.made_by)
        for tensor, s in zip(made, outputs)
    ]
    return card, Signature(tensors[0], tuple(made), {})


def written(card: ModelCard) -> dict[str, Any]:
    return json.loads(item_text(make_item(card, Path("/models/x.json"), sha256=SHA, size=1234)))


@settings(max_examples=300, deadline=None)
@given(generated=cards())
def test_what_is_written_reads_back_as_the_same_card(generated: tuple[ModelCard, Signature]) -> None:
    card, signature = generated
    item = written(card)
    found = read_mlm(item, Path("/models/x.json"), card.model_path, signature)
    assert differing_fields(card, found) == []
    assert found.checksum == SHA
    # and what was read gives the same text again
    assert written(replace(found, checksum=None)) == item


@settings(max_examples=100, deadline=None)
@given(generated=cards())
def test_what_is_written_follows_the_schema(
    shared_schemas: dict[str, Any], generated: tuple[ModelCard, Signature]
) -> None:
    validate_with_pystac(written(generated[0]), shared_schemas)


@given(name=st.text(max_size=30))
def test_mlm_names(name: str) -> None:
    import re

    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]", mlm_name(name))


# ---- validators of others


@pytest.fixture(scope="session")
def shared_schemas(shared_data: Path) -> dict[str, Any]:
    return load_schemas(shared_data)


def validate_with_pystac(item: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Validate against STAC core and every extension that the item names; nothing is fetched."""
    pystac = pytest.importorskip("pystac", reason="pystac is not installed (pip install 'pystac[validation]')")
    from pystac.validation.stac_validator import JsonSchemaSTACValidator

    validator = JsonSchemaSTACValidator()
    validator.schema_cache.update(schemas)
    found = validator.validate(item, pystac.STACObjectType.ITEM, item["stac_version"], item["stac_extensions"])
    assert len(found) == 1 + len(item["stac_extensions"])


def full_card(folder: Path) -> Path:
    model = box(folder / "m.onnx")
    describe(
        model,
        Changes(
            name="Land cover (Ünïcode)",
            description="A test.",
            task="segment",
            bands=("B04", "B03", "B02"),
            scaling='[{"type": "min-max", "minimum": 0, "maximum": 10000}]',
            classes="0=open land #d8b365, 1=forest & hedge #1b7837; 2=water #2166ac",
            activation="softmax",
            gsd_m=10,
            halo_px=8,
            tile_px=128,
            licence="CC BY 4.0",
            citation="Somebody (2024)",
            training_data="https://example.org/data",
        ),
    )
    return model


def test_a_full_description(tmp_path: Path, shared_schemas: dict[str, Any]) -> None:
    model = full_card(tmp_path)
    card = read_card(model)
    assert card.problems == ()
    assert (card.name, card.licence, card.citation) == ("Land cover (Ünïcode)", "CC BY 4.0", "Somebody (2024)")
    assert (card.gsd_m, card.halo_px, card.tile_px) == (10, 8, 128)
    assert card.training_data == "https://example.org/data"
    assert [(spec.name, spec.color) for spec in card.outputs[0].classes] == [
        ("open land", "#d8b365"), ("forest & hedge", "#1b7837"), ("water", "#2166ac"),
    ]  # fmt: skip
    item = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    asset = item["assets"]["model"]
    assert asset["href"] == "./m.onnx"
    assert asset["file:checksum"] == "1220" + hashlib.sha256(model.read_bytes()).hexdigest()
    assert asset["file:size"] == model.stat().st_size
    assert load_model(model).card == card
    validate_with_pystac(item, shared_schemas)


def test_stac_model_reads_it(tmp_path: Path) -> None:
    stac_model = pytest.importorskip("stac_model.schema", reason="stac-model is not installed")
    import pystac

    path = full_card(tmp_path).with_suffix(".json")
    properties = json.loads(path.read_text(encoding="utf-8"))["properties"]
    found = stac_model.MLModelProperties(**properties)
    assert found.name == "Land cover n code"
    assert found.input[0].value_scaling[0].maximum == 10000
    assert [item.color_hint for item in found.output[0].classes] == ["D8B365", "1B7837", "2166AC"]
    item = pystac.Item.from_file(str(path))
    assert item.assets["model"].roles == ["mlm:model", "mlm:weights"]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda item: item["properties"].pop("mlm:name"),
        lambda item: item["properties"]["mlm:input"][0].pop("input"),
        lambda item: item["properties"]["mlm:output"][0]["classification:classes"][0].update(color_hint="#fff"),
        lambda item: item["assets"]["model"].pop("mlm:artifact_type"),
        lambda item: item["properties"].update(start_datetime=3),
    ],
)
def test_the_validators_do_validate(tmp_path: Path, shared_schemas: dict[str, Any], break_it: Any) -> None:
    item = json.loads(full_card(tmp_path).with_suffix(".json").read_text(encoding="utf-8"))
    break_it(item)
    with pytest.raises(Exception, match="Validation failed"):
        validate_with_pystac(item, shared_schemas)


# ---- making and correcting


def test_a_bare_model_gets_a_sidecar(tmp_path: Path) -> None:
    model = box(tmp_path / "m.onnx")
    raster = write_raster(tmp_path / "in.tif", noise(3, 60, 70, "uint8"))
    segment(load_model(model), str(raster), str(tmp_path / "before.tif"))
    described = describe(model, Changes(classes="a, b, c"))
    assert described.path == tmp_path / "m.json"
    assert read_card(model) == described.card
    segment(load_model(model), str(raster), SegmentOutputs(str(tmp_path / "after.tif")))
    assert (read_raster(tmp_path / "before.tif") == read_raster(tmp_path / "after.tif")).all()


def test_it_is_deterministic(tmp_path: Path) -> None:
    first = full_card(tmp_path).with_suffix(".json")
    text = first.read_text(encoding="utf-8")
    first.unlink()
    assert full_card(tmp_path).with_suffix(".json").read_text(encoding="utf-8") == text
    # describing it once more without changes changes nothing
    describe(tmp_path / "m.onnx", Changes(), overwrite=True)
    assert first.read_text(encoding="utf-8") == text


def test_only_what_is_named_is_corrected(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=2)
    path = write_mlm(model, bands=["red", "nir"], classes=[(0, "x"), (1, "y")], activation="sigmoid",
                     scaling=[{"type": "scale", "value": 4}], properties={"geonnx:halo_px": 3})  # fmt: skip
    item = json.loads(path.read_text())
    item["properties"].update(
        {"mlm:total_parameters": 12, "mlm:input_of_the_past": 1, "eo:cloud_cover": 3, "license": "MIT"}
    )
    item["properties"]["mlm:input"][0]["norm_by_channel"] = True
    item["geometry"] = {"type": "Point", "coordinates": [1, 2]}
    item["bbox"] = [1, 2, 1, 2]
    item["assets"]["notes"] = {"href": "notes.txt"}
    item["links"] = [{"rel": "about", "href": "https://example.org"}]
    path.write_text(json.dumps(item))
    before = read_card(model)
    with pytest.raises(OutputError, match="is there already: set OVERWRITE"):
        describe(model, Changes(gsd_m=10))
    describe(model, Changes(gsd_m=10), overwrite=True)
    after = read_card(model)
    assert differing_fields(before, after) == ["gsd_m"]
    new = json.loads(path.read_text())
    assert new["properties"]["mlm:total_parameters"] == 12
    assert new["properties"]["eo:cloud_cover"] == 3
    assert "mlm:input_of_the_past" not in new["properties"]
    assert "norm_by_channel" not in new["properties"]["mlm:input"][0]
    assert (new["bbox"], new["links"]) == ([1, 2, 1, 2], item["links"])
    assert new["assets"]["notes"] == {"href": "notes.txt"}


def test_other_dialects_become_mlm(tmp_path: Path) -> None:
    model = box(tmp_path / "m.onnx")
    geoai = {"task": "segmentation", "input_channels": 3, "id2label": {"0": "a", "1": "b", "2": "c"}}
    (tmp_path / "m.onnx.json").write_text(json.dumps(geoai))
    before = read_card(model)
    describe(model, Changes())
    after = read_card(model)
    assert (before.dialect, after.dialect) == ("geoai", "STAC MLM 1.5.2")
    assert differing_fields(before, after) == []
    assert after.problems == ()


def test_another_output(tmp_path: Path) -> None:
    model = box(tmp_path / "m.onnx")
    (tmp_path / "cards").mkdir()
    described = describe(model, Changes(classes="a,b,c"), tmp_path / "cards" / "mine.json")
    assert described.item["assets"]["model"]["href"] == "../m.onnx"
    assert read_card(described.path).model_path.resolve() == model.resolve()
    with pytest.raises(OutputError, match=r"should be a \.json file"):
        describe(model, Changes(), tmp_path / "mine.txt")
    with pytest.raises(OutputError, match="can't be written"):
        describe(model, Changes(), tmp_path / "nowhere" / "mine.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cards", "m.onnx"]


def test_bundled_descriptions_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo, own = tmp_path / "zoo", tmp_path / "own"
    zoo.mkdir()
    own.mkdir()
    monkeypatch.setattr(entries, "BUNDLED", zoo)
    model = box(zoo / "land.onnx")
    card = write_mlm(model, bands=["red", "green", "blue"], classes=[(n, str(n)) for n in range(3)])
    before = card.read_text()
    (tmp_path / "link").symlink_to(zoo, target_is_directory=True)
    for named, output in (
        ("land", None),
        (model, None),
        (tmp_path / "link" / "land.onnx", None),
        (model, zoo / "b.json"),
    ):
        with pytest.raises(OutputError, match="that come with the plugin, which are not changed: name an OUTPUT"):
            describe(named, Changes(gsd_m=20), output, overwrite=True)
    assert card.read_text() == before
    assert sorted(path.name for path in zoo.iterdir()) == ["land.json", "land.onnx"]
    assert describe("land", Changes(gsd_m=20), own / "land.json").card.gsd_m == 20
    assert read_card(own / "land.json").model_path.resolve() == model


def test_several_inputs_without_description(tmp_path: Path) -> None:
    shape = ["n", 3, "h", "w"]
    model = save(
        tmp_path / "two.onnx",
        [helper.make_node("Add", ["before", "after"], ["map"])],
        inputs=[("before", "float32", shape), ("after", "float32", shape)],
        outputs=[("map", "float32", shape)],
    )
    with pytest.raises(ModelError, match="has 2 inputs"):
        read_card(model)
    card = describe(model, Changes(task="change", bands=("r", "g", "b"))).card
    assert [(spec.role, spec.dims) for spec in card.inputs] == [("before", "BCHW"), ("after", "BCHW")]
    assert card.outputs[0].role == "change"
    card = describe(model, Changes(roles=("after", "before")), overwrite=True).card
    assert [spec.role for spec in card.inputs] == ["after", "before"]
    with pytest.raises(SettingsError, match="ROLES names 1 roles; the model has 2 inputs: before, after"):
        describe(model, Changes(roles=("image",)), overwrite=True)


def test_the_number_of_bands_may_tell_the_axes(tmp_path: Path) -> None:
    model = save(
        tmp_path / "m.onnx",
        [helper.make_node("Identity", ["x"], ["y"])],
        inputs=[("x", "float32", [1, 20, 20, 32])],
        outputs=[("y", "float32", [1, 20, 20, 32])],
    )
    assert read_card(model).inputs[0].dims == "BCHW"
    names = tuple(f"b{number}" for number in range(32))
    card = describe(model, Changes(bands=names)).card
    assert card.inputs[0].dims == "BHWC"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (Changes(bands=("a", "b")), ModelError, "names 2 bands .* takes 3"),
        (Changes(classes="a, b"), ModelError, "lists 2 classes; .* has 3 class scores"),
        (Changes(classes="0=a, 0=b, 1=c"), ModelError, "use a value twice"),
        (Changes(classes="70000=a, 0=b, 1=c"), ModelError, "class value 70000"),
        (Changes(classes="0="), SettingsError, "should read like '0=water #0000ff, 1=land'"),
        (Changes(classes="[1"), SettingsError, "CLASSES should be JSON"),
        (Changes(classes='{"a": "b"}'), SettingsError, "numbers as keys; found 'a'"),
        (Changes(scaling="divide by two"), SettingsError, "SCALING should be JSON"),
        (Changes(scaling='[{"type": "processing", "expression": "x"}]'), ModelError, "expressions are never executed"),
        (Changes(scaling='[{"type": "z-score", "mean": 0, "stddev": 0}]'), ModelError, "divides by zero"),
        (Changes(task="detect"), ModelError, "geonnx:task is 'detect'"),
        (Changes(gsd_m=-1), ModelError, "geonnx:gsd_m is -1"),
        (Changes(halo_px=-1), ModelError, "geonnx:halo_px is -1"),
        (Changes(roles=("picture",)), ModelError, "geonnx:role .* 'picture'"),
        (Changes(activation="relu"), ModelError, "geonnx:activation .* 'relu'"),
    ],
)
def test_refusals_leave_nothing(tmp_path: Path, changes: Changes, error: type[GeonnxError], message: str) -> None:
    model = box(tmp_path / "m.onnx")
    with pytest.raises(error, match=message):
        describe(model, changes)
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]


def test_a_check_can_refuse(tmp_path: Path) -> None:
    def check(item: dict[str, Any]) -> None:
        raise ModelError(f"no {item['id']}")

    with pytest.raises(ModelError, match="no m"):
        describe(box(tmp_path / "m.onnx"), Changes(), check=check)
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("water, land", [(0, "water", None), (1, "land", None)]),
        ("0=water #0000ff, 1=land", [(0, "water", "#0000ff"), (1, "land", None)]),
        ("10: dry land ; 20: wet #00FF00\n30=ice", [(10, "dry land", None), (20, "wet", "#00FF00"), (30, "ice", None)]),
        ('["a", "b, c"]', [(None, "a", None), (None, "b, c", None)]),
        ('{"3": "x"}', [(3, "x", None)]),
        ('[{"value": 4, "name": "n", "color_hint": "#010203"}]', [(4, "n", "#010203")]),
    ],
)
def test_class_texts(text: str, expected: Any) -> None:
    found = [(item.get("value"), item["name"], item.get("color_hint")) for item in read_class_text(text)]
    assert found == expected


@pytest.mark.parametrize("make", [lambda p: identity(p, bands=3), identity_last, box, one_logit])
def test_bare_models_keep_what_was_guessed(tmp_path: Path, make: Any, shared_schemas: dict[str, Any]) -> None:
    model = make(tmp_path / "m.onnx")
    before = read_card(model)
    described = describe(model, Changes())
    assert differing_fields(before, described.card) == []
    validate_with_pystac(described.item, shared_schemas)


def test_common_names_are_spelled_as_stac_does(tmp_path: Path) -> None:
    model = box(tmp_path / "m.onnx")
    with pytest.raises(SettingsError, match="say BANDS as well"):
        describe(model, Changes(common_names=("red", "green", "blue")))
    made = describe(model, Changes(bands=("a", "b", "c"), common_names=("RED", "", "NIR")))
    assert [band.common_name for band in made.card.inputs[0].bands] == ["red", "", "nir"]
    with pytest.raises(SettingsError, match="empty for a band without"):
        describe(model, Changes(common_names=("red",)), overwrite=True)
