"""Models and descriptions from strangers: what is refused, and that nothing crashes, hangs or runs code.

Whatever might crash runs in another process (see ``loader_process``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from geonnx.models import load_model
from geonnx.models.card.limits import check_limits
from geonnx.models.card.read import read_card
from geonnx.models.errors import ModelError
from geonnx.models.runtime import signature as signature_module
from geonnx.models.runtime.signature import read_signature
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from .. import hostile
from ..loader_process import CRASH, HANG, LoaderProcess
from ..tiny_models import box, identity, write_mlm

FUZZ = settings(
    max_examples=250,
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoaderProcess]:
    with LoaderProcess(tmp_path_factory.mktemp("cache")) as process:
        yield process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def seeds(folder: Path) -> dict[str, bytes]:
    made = hostile.seeds(folder / "seeds")
    return {**made, "far": hostile.external(folder).read_bytes()}


@pytest.fixture(scope="module")
def cards(folder: Path) -> dict[str, Any]:
    return hostile.cards(folder)


def save(model: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path


def check_outcome(outcome: tuple[str, str]) -> str:
    """Check that a model ran or was refused in one sentence; return the sentence."""
    kind, words = outcome
    assert kind in ("ran", "refused"), words
    assert "\n" not in words
    assert len(words) <= 1210
    assert kind == "ran" or len(words) > 20
    return words


# Fuzzing


@FUZZ
@given(data=st.data())
def test_damaged_models(data: st.DataObject, loader: LoaderProcess, folder: Path, seeds: dict[str, bytes]) -> None:
    raw = seeds[data.draw(st.sampled_from(sorted(seeds)))]
    damaged = hostile.damage(
        raw, lambda options: data.draw(st.sampled_from(options)), lambda limit: data.draw(st.integers(0, limit - 1))
    )
    path = folder / "damaged.onnx"
    path.write_bytes(damaged)
    check_outcome(loader.load(path, card=data.draw(st.booleans())))


@FUZZ
@given(data=st.data())
def test_models_with_odd_fields(
    data: st.DataObject, loader: LoaderProcess, folder: Path, seeds: dict[str, bytes]
) -> None:
    model = onnx.load_model_from_string(seeds[data.draw(st.sampled_from(sorted(seeds)))])
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(hostile.fields(model))
        if places:
            number = data.draw(st.integers(0, len(places) - 1))
            hostile.edit_field(*places[number], lambda options: data.draw(st.sampled_from(options)))
    path = save(model, folder / "odd.onnx")
    check_outcome(loader.load(path, card=data.draw(st.booleans())))


@settings(FUZZ, max_examples=60)
@given(raw=st.binary(max_size=200), suffix=st.sampled_from([".onnx", ".json", ".emd", ".dlpk"]))
def test_random_bytes(raw: bytes, suffix: str, loader: LoaderProcess, folder: Path) -> None:
    path = folder / f"random{suffix}"
    path.write_bytes(raw)
    assert loader.load(path)[0] == "refused" and check_outcome(loader.load(path))


@FUZZ
@given(data=st.data())
def test_odd_cards(data: st.DataObject, loader: LoaderProcess, folder: Path, cards: dict[str, Any]) -> None:
    kind = data.draw(st.sampled_from(sorted(cards)))
    card = json.loads(json.dumps(cards[kind]))
    if data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 3))):
            hostile.edit_card(card, lambda options: data.draw(st.sampled_from(options)))
        raw = json.dumps(card).encode()
    else:
        raw = hostile.damage(
            json.dumps(card).encode(),
            lambda options: data.draw(st.sampled_from(options)),
            lambda limit: data.draw(st.integers(0, limit - 1)),
        )
    names = {"emd": "m.emd", "geoai": "m.onnx.json"}
    path = folder / names.get(kind, "m.json")
    path.write_bytes(raw)
    try:
        beside = kind == "geoai" or data.draw(st.booleans())
        check_outcome(loader.load(folder / "m.onnx" if beside else path))
    finally:
        path.unlink()


@settings(FUZZ, max_examples=120)
@given(data=st.data())
def test_damaged_packages(data: st.DataObject, loader: LoaderProcess, folder: Path, cards: dict[str, Any]) -> None:
    files = {"m.emd": json.dumps(cards["emd"]).encode(), "m.onnx": (folder / "m.onnx").read_bytes()}
    path = folder / "p.dlpk"
    path.write_bytes(
        hostile.damage(
            hostile.zipped(files),
            lambda options: data.draw(st.sampled_from(options)),
            lambda limit: data.draw(st.integers(0, limit - 1)),
        )
    )
    check_outcome(loader.load(path))


def test_the_loader_process_tells_crashes_and_hangs(tmp_path: Path) -> None:
    """Else the tests above would prove nothing."""
    good = identity(tmp_path / "good.onnx", bands=3)
    with LoaderProcess(tmp_path) as process:
        assert process.load(good) == ("ran", "")
        assert process.load(CRASH) == ("crashed", "exit code -11")
        assert process.load(good) == ("ran", "")
        process.seconds = 0.2
        assert process.load(HANG)[0] == "hung"
        process.seconds = 20
        assert process.load(good) == ("ran", "")


def test_seeds_run(loader: LoaderProcess, folder: Path, seeds: dict[str, bytes]) -> None:
    for name, raw in seeds.items():
        (folder / "seed.onnx").write_bytes(raw)
        assert loader.load(folder / "seed.onnx", card=False) == ("ran", ""), name


# What fuzzing found, and what it would need luck to find


def node(kind: str, *inputs: str, domain: str = "", out: str = "map", **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(kind, list(inputs), [out], domain=domain, **attributes)


def function_model(inputs: list[str], outputs: list[str], body: list[Any], **extra: list[Any]) -> onnx.ModelProto:
    model = hostile.function()
    model.functions[0].ClearField("node")
    model.functions[0].node.extend(body)
    del model.functions[0].input[:], model.functions[0].output[:]
    model.functions[0].input.extend(inputs)
    model.functions[0].output.extend(outputs)
    for name, nodes in extra.items():
        more = model.functions.add(domain="local", name=name, input=["x"], output=["y"])
        more.node.extend(nodes)
        more.opset_import.extend(model.functions[0].opset_import)
    return model


def weightless() -> onnx.ModelProto:
    model = hostile.model_of([node("Conv", "image", "w")], {"w": np.ones((3, 3, 1, 1), np.float32)})
    model.graph.initializer[0].ClearField("raw_data")
    return model


def cut_weights() -> onnx.ModelProto:
    model = hostile.model_of([node("Conv", "image", "w")], {"w": np.ones((3, 3, 1, 1), np.float32)})
    model.graph.initializer[0].raw_data = b"\0" * 20
    return model


def with_shape(*sizes: Any, output: bool = False) -> onnx.ModelProto:
    model = hostile.model_of([node("Relu", "image")])
    value = model.graph.output[0] if output else model.graph.input[0]
    value.type.tensor_type.ClearField("shape")
    value.CopyFrom(helper.make_tensor_value_info(value.name, TensorProto.FLOAT, list(sizes)))
    return model


def bomb() -> onnx.ModelProto:
    """Return a small file whose functions unfold to 2 ** 60 operators."""
    steps = {
        f"f{number}": [
            helper.make_node(f"f{number + 1}", ["x"], ["a"], domain="local"),
            helper.make_node(f"f{number + 1}", ["a"], ["y"], domain="local"),
        ]
        for number in range(60)
    }
    steps["f60"] = [node("Relu", "x", out="y")]
    return function_model(["x"], ["y"], [helper.make_node("f0", ["x"], ["y"], domain="local")], **steps)


def broken_text() -> onnx.ModelProto:
    raw = hostile.model_of([node("Relu", "image")]).SerializeToString()
    return onnx.load_model_from_string(raw.replace(b"image", b"im\xff\xfee"))


def changed(model: onnx.ModelProto, change: Any) -> onnx.ModelProto:
    change(model)
    return model


CASES: list[tuple[str, Any, str]] = [
    ("custom-domain", lambda: hostile.model_of([node("Steal", "image", domain="evil.ops")]),
     r"operator 'Steal' of the domain 'evil\.ops', which needs a library of custom operators; none is ever loaded"),
    ("custom-in-branch", lambda: hostile.choice([node("Steal", "image", domain="evil.ops", out="out0")]), "'evil.ops'"),
    ("custom-in-function", lambda: hostile.function([node("Steal", "x", domain="evil.ops", out="y")]), "'evil.ops'"),
    ("extensions", lambda: hostile.model_of([node("Foo", "image", domain="ai.onnx.contrib")]), "'ai.onnx.contrib'"),
    ("engine-blob", lambda: hostile.model_of([node("EPContext", "image", domain="com.microsoft")]),
     "'EPContext', which hands over to code that can't be checked"),
    ("python-op", lambda: hostile.model_of([node("PythonOp", "image", domain="com.microsoft")]), "'PythonOp'"),
    ("self-call", lambda: hostile.function([helper.make_node("twice", ["x"], ["y"], domain="local")]),
     "function 'twice' that calls itself"),
    ("function-bomb", bomb, "unfolds to more than 1,000,000 operators"),
    ("function-without-output", lambda: function_model(["x", "y"], [], [node("Relu", "x", out="y")]),  # a segfault
     "function 'twice' that gives nothing or makes a value twice"),
    ("function-fewer-outputs", lambda: changed(hostile.function(), lambda m: m.graph.node[0].output.append("more")),
     r"calls its function 'twice' with 1 inputs and 2 outputs; it has 1 and 1"),
    ("missing-weights", lambda: hostile.model_of([node("Conv", "image", "layer.weight")]),
     r"not complete: its operator 'Conv' needs 'layer\.weight', which the file does not hold"),
    ("missing-in-branch", lambda: hostile.choice([node("Add", "image", "bias", out="out0")]), "needs 'bias'"),
    ("missing-output", lambda: changed(hostile.model_of([node("Relu", "image")]),
     lambda m: setattr(m.graph.output[0], "name", "nowhere")), "its output needs 'nowhere'"),
    ("empty-weights", weightless, r"holds 0 of the 9 values of the weights 'w'"),
    ("cut-weights", cut_weights, r"holds 20 of the 36 bytes of the weights 'w'"),
    ("negative-weights", lambda: changed(weightless(), lambda m: m.graph.initializer[0].dims.append(-4)),
     "gives the weights 'w' a negative size"),
    ("tile-of-a-million", lambda: with_shape(1, 3, 10**6, 10**6),
     r"input 'image' of 1 × 3 × 1000000 × 1000000; expected at most 65536 in each dimension"),
    ("too-many-bands", lambda: with_shape(1, 65537, "h", "w"), r"1 × 65537 × \? × \?; expected at most 65536"),
    ("huge-batch", lambda: with_shape(10**9, 3, "h", "w"), "expected at most 65536"),
    ("tile-too-large", lambda: with_shape(16, 12, 16384, 16384), r"192 GiB for one call of the model; expected at"),
    ("output-too-large", lambda: with_shape(1, 3, 10**6, 10**6, output=True), r"11,176 GiB for one call of the model"),
    ("no-input", lambda: changed(hostile.model_of([node("Constant", value_float=1.0)]),
     lambda m: m.graph.ClearField("input")), "takes no input"),
    ("endless-loop", lambda: hostile.loop(2**62), r"a loop that does not end in 100,000 turns"),  # a hang
    ("huge-constant", lambda: changed(hostile.sizes(), lambda m: _set(m, "ones", [10**6, 10**6, 1, 1])),
     r"absurd size with its operator '(Expand|ConstantOfShape|Tile)'"),
    ("huge-zoom", lambda: changed(hostile.sizes(), lambda m: _set(m, "scales", [1, 1, 1e6, 1e6])), "operator 'Resize'"),
    ("huge-pad", lambda: changed(hostile.sizes(), lambda m: _set(m, "pads", [0, 0, 10**9, 0, 0, 0, 0, 0])), "'Pad'"),
    ("broken-text", broken_text, "some of its names are no text"),  # protobuf hands over bytes
    ("long-name", lambda: changed(hostile.model_of([node("Relu", "image")]), _rename), r"printable characters"),
]  # fmt: skip


def _set(model: onnx.ModelProto, name: str, values: list[Any]) -> None:
    for tensor in model.graph.initializer:
        if tensor.name == name:
            dtype = np.float32 if tensor.data_type == TensorProto.FLOAT else np.int64
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.array(values, dtype), name))


def _rename(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = model.graph.node[0].input[0] = "line\nbreak"


@pytest.mark.parametrize(("make", "says"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_models_that_are_refused(tmp_path: Path, make: Any, says: str) -> None:
    path = save(make(), tmp_path / "m.onnx")
    with pytest.raises(ModelError, match=says) as caught:
        read_signature(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError):
        load_model(path)


def test_what_honest_models_hold_is_allowed(tmp_path: Path) -> None:
    """Operators of onnxruntime's own domains, functions, and loops that mean "while"."""
    for domain, kind in (("com.microsoft", "FastGelu"), ("ai.onnx.ml", "Binarizer"), ("ai.onnx", "Relu")):
        model = hostile.model_of([node(kind, "image", domain=domain)])
        read_signature(save(model, tmp_path / "m.onnx"))
    read_signature(save(hostile.function(), tmp_path / "m.onnx"))
    loop = hostile.loop(2**62)
    body = loop.graph.node[0].attribute[0].g
    body.node[1].CopyFrom(helper.make_node("Less", ["turn", "turn"], ["go_on"]))
    read_signature(save(loop, tmp_path / "m.onnx"))


@pytest.mark.parametrize(
    "location",
    ["../weights.bin", "/etc/passwd", "a/../../weights.bin", "C:\\weights.bin", "\\\\server\\weights.bin", "..\\w.bin",
     "", "link.bin", "linked/weights.bin", "*/_ORT_MEM_ADDR_/*", "a\0b", "x" * 5000],
)  # fmt: skip
def test_weights_outside_of_the_folder(tmp_path: Path, location: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    path = hostile.external(home, location)
    (home / "weights.bin").rename(tmp_path / "weights.bin")
    (home / "link.bin").symlink_to(tmp_path / "weights.bin")
    (home / "linked").symlink_to(tmp_path)
    with pytest.raises(ModelError, match=r"outside of its folder and never opened|which is not there"):
        load_model(path)


def test_weights_in_other_files(tmp_path: Path) -> None:
    path = hostile.external(tmp_path)
    load_model(path)
    weights = tmp_path / "weights.bin"
    weights.rename(tmp_path / "inside.bin")
    with pytest.raises(ModelError, match=r"far\.onnx keeps weights in weights\.bin, which is not there: put that file"):
        load_model(path)
    weights.symlink_to(tmp_path / "inside.bin")  # a link that stays in the folder does no harm
    load_model(path)
    (tmp_path / "inside.bin").write_bytes(bytes(30))
    with pytest.raises(ModelError, match=r"weights\.bin beside far\.onnx is cut off: it has 30 bytes, .* end at 36"):
        load_model(path)
    weights.unlink()
    os.mkfifo(weights)
    with pytest.raises(ModelError, match="which is not there"):
        load_model(path)
    weights.unlink()
    for facts, says in (
        ({"offset": "-1"}, "gives '-1' as the offset"),
        ({"offset": "9" * 30}, "as the offset"),
        ({"length": "x"}, "gives 'x' as the length"),
        ({"length": "35"}, r"take 35 bytes of weights\.bin; their shape needs 36"),
        ({"offset": "4"}, "is cut off"),
    ):
        with pytest.raises(ModelError, match=says):
            load_model(hostile.external(tmp_path, **facts))


def test_weights_in_attributes_are_looked_at_too(tmp_path: Path) -> None:
    model = hostile.model_of([node("Constant", value=helper.make_tensor("c", TensorProto.FLOAT, [1], [1.0]))])
    tensor = model.graph.node[0].attribute[0].t
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    with pytest.raises(ModelError, match="outside of its folder"):
        read_signature(save(model, tmp_path / "m.onnx"))


def test_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(3 << 30)  # takes no room on the disk
    with pytest.raises(ModelError, match=r"has 3\.0 GiB; an ONNX file holds at most 2 GiB"):
        read_signature(path)
    monkeypatch.setattr(signature_module, "LARGEST_FILE_BYTES", 10)
    with pytest.raises(ModelError, match="at most 2 GiB"):
        read_signature(box(tmp_path / "box.onnx"))


def test_no_card_runs_code(tmp_path: Path) -> None:
    """Expressions, functions, pickles and text that Python could evaluate stay text."""
    mark = tmp_path / "was-here"
    code = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    model = identity(tmp_path / "m.onnx", bands=3)
    classes = [(0, "a"), (1, "b"), (2, "c")]
    card = write_mlm(model, bands=["r", "g", "b"], classes=classes)
    item = json.loads(card.read_text())
    entry = item["properties"]["mlm:input"][0]
    entry["pre_processing_function"] = {"format": "python", "expression": code}
    item["properties"]["mlm:output"][0]["post_processing_function"] = {"format": "python", "expression": code}
    card.write_text(json.dumps(item))
    read_card(model)
    entry["value_scaling"] = [{"type": "processing", "format": "python", "expression": code}]
    card.write_text(json.dumps(item))
    with pytest.raises(ModelError, match="never executed"):
        read_card(model)
    card.unlink()
    for facts in hostile.METADATA.values():
        proto = onnx.load(str(model))
        helper.set_model_props(
            proto, {key: code if key in ("names", "class_names") else text for key, text in facts.items()}
        )
        try:
            read_card(save(proto, tmp_path / "told.onnx"))
        except ModelError:
            continue
    assert not mark.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"geonnx:halo_px": 10**9}, r"1e\+09 px; expected 0 to|1,000,000,000 px; expected 0 to"),
        ({"geonnx:halo_px": -1}, "-1 px; expected 0 to"),
        ({"geonnx:gsd_m": -10}, "-10"),
        ({"geonnx:gsd_m": 0}, "gsd_m is 0|pixel size of 0 m"),
        ({"geonnx:fill": 10**400}, "geonnx:fill should be a number"),
    ],
)
def test_absurd_numbers_in_cards(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    write_mlm(model, bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")], properties=changes)
    with pytest.raises(ModelError, match=says):
        load_model(model)


def test_limits_of_every_dialect(tmp_path: Path) -> None:
    """Readers may let a number through; nothing that runs a model does."""
    card = read_card(identity(tmp_path / "m.onnx", bands=3))
    check_limits(card)
    for change, says in (
        ({"tile_px": 10**6}, "tile size of 1,000,000 px; expected 1 to 16384"),
        ({"tile_px": 0}, "tile size of 0 px"),
        ({"halo_px": 10**6}, "overlap on each side of a tile of 1,000,000 px; expected 0 to 8192"),
        ({"gsd_m": -10.0}, "pixel size of -10 m"),
        ({"gsd_m": 1e9}, "at most 1,000,000 m"),
        (
            {"inputs": (replace(card.inputs[0], shape=(None, 70000, None, None)),)},
            "number of bands of 70,000; expected",
        ),
        (
            {"inputs": (replace(card.inputs[0], shape=(99, 99, None, None)),), "tile_px": 16384},
            "wants tiles of 9,801 GiB",
        ),
    ):
        with pytest.raises(ModelError, match=says):
            check_limits(replace(card, **change))


def test_broken_unicode_in_a_card(tmp_path: Path) -> None:
    """A lone surrogate is valid JSON, but could be written nowhere."""
    model = identity(tmp_path / "m.onnx", bands=3)
    card = write_mlm(model, bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")])
    card.write_text(card.read_text().replace('"a"', '"\\ud800"'))
    with pytest.raises(ModelError, match="no Unicode text"):
        load_model(model)


@pytest.mark.parametrize("roles", [3, True, None, "mlm:model", [["mlm:model"]], {}])
def test_odd_roles_and_extensions(tmp_path: Path, roles: Any) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    card = write_mlm(model, bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")])
    item = json.loads(card.read_text())
    item["assets"]["model"]["roles"] = item["stac_extensions"] = roles
    item["assets"]["model"]["href"] = "x" * 5000
    card.write_text(json.dumps(item))
    assert load_model(model).card.dialect.startswith("STAC MLM")


def test_messages_are_one_line_of_bearable_length() -> None:
    assert str(ModelError("a\nb\0c\ud800")) == "a b c?"
    text = str(ModelError("x" * 99999 + " do this."))
    assert len(text) <= 1200
    assert text.endswith("do this.")
