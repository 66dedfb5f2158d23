"""Small valid models of all kinds, and ways to damage them."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from . import tiny_models

IMAGE = ("image", "float32", ["n", 3, "h", "w"])
MAP = ("map", "float32", ["n", 3, "h", "w"])


def seeds(folder: Path) -> dict[str, bytes]:
    """Return small models as bytes: plain ones, with subgraphs, with functions, with the metadata of other tools."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "seed.onnx"
    made = {
        "identity": tiny_models.identity(path, bands=3).read_bytes(),
        "fixed": tiny_models.identity(path, bands=3, size=16, batch=1).read_bytes(),
        "last": tiny_models.identity_last(path).read_bytes(),
        "box": tiny_models.box(path).read_bytes(),
        "numbers": tiny_models.argmax_numbers(path).read_bytes(),
        "logit": tiny_models.one_logit(path, squeeze=True).read_bytes(),
        "unet": tiny_models.unet(path, width=2, levels=1).read_bytes(),
        "choice": choice().SerializeToString(),
        "loop": loop().SerializeToString(),
        "function": function().SerializeToString(),
        "sizes": sizes().SerializeToString(),
    }
    for name, facts in METADATA.items():
        model = onnx.load_model_from_string(made["fixed"])
        helper.set_model_props(model, facts)
        made[name] = model.SerializeToString()
    path.unlink()
    return made


METADATA = {
    "deepness": {
        "model_type": '"Segmentor"', "class_names": '{"0": "a", "1": "b", "2": "c"}', "resolution": "10",
        "tiles_size": "16", "tiles_overlap": "15", "standardization_mean": "[0.4, 0.4, 0.4]",
        "standardization_std": "[0.2, 0.2, 0.2]", "seg_thresh": "0.5",
    },
    "ultralytics": {
        "task": "segment", "names": "{0: 'a', 1: 'b', 2: 'c'}", "stride": "32", "imgsz": "[16, 16]", "batch": "1",
        "author": "Ultralytics", "channels": "3", "description": "Ultralytics model", "version": "8.3.0",
    },
}  # fmt: skip


def _value(entry: tuple[str, str, list[Any]]) -> Any:
    return helper.make_tensor_value_info(entry[0], tiny_models.TYPES[entry[1]], entry[2])


def model_of(nodes: list[Any], weights: dict[str, Any] | None = None, **options: Any) -> onnx.ModelProto:
    """Return a model from `IMAGE` to `MAP`, unchecked."""
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()]
    graph = helper.make_graph(nodes, "hostile", [_value(IMAGE)], [_value(MAP)], tensors)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **options)


def choice(inner: list[Any] | None = None) -> onnx.ModelProto:
    """Return a model that chooses between two subgraphs."""
    branches = [
        helper.make_graph(nodes, f"branch{number}", [], [_value((f"out{number}", "float32", IMAGE[2]))])
        for number, nodes in enumerate(
            [inner or [helper.make_node("Relu", ["image"], ["out0"])], [helper.make_node("Neg", ["image"], ["out1"])]]
        )
    ]
    node = helper.make_node("If", ["yes"], ["map"], then_branch=branches[0], else_branch=branches[1])
    return model_of([node], {"yes": np.array(True)})


def loop(count: int = 2) -> onnx.ModelProto:
    """Return a model that negates the image *count* times."""
    body = helper.make_graph(
        [helper.make_node("Neg", ["before"], ["after"]), helper.make_node("Identity", ["go"], ["go_on"])],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            _value(("before", "float32", IMAGE[2])),
        ],
        [helper.make_tensor_value_info("go_on", TensorProto.BOOL, []), _value(("after", "float32", IMAGE[2]))],
    )
    node = helper.make_node("Loop", ["count", "yes", "image"], ["map"], body=body)
    return model_of([node], {"count": np.array(count, np.int64), "yes": np.array(True)})


def function(body: list[Any] | None = None) -> onnx.ModelProto:
    """Return a model whose only operator is a function of its own."""
    body = body or [helper.make_node("Relu", ["x"], ["y"])]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return model_of(
        [helper.make_node("twice", ["image"], ["map"], domain="local")],
        functions=[helper.make_function("local", "twice", ["x"], ["y"], body, opsets)],
    )


def sizes() -> onnx.ModelProto:
    """Return a model full of constants that say how large something is."""
    nodes = [
        helper.make_node("Pad", ["image", "pads"], ["padded"]),
        helper.make_node("Resize", ["padded", "", "scales"], ["larger"], mode="nearest"),
        helper.make_node("AveragePool", ["larger"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Slice", ["pooled", "start", "end", "axes"], ["cut"]),
        helper.make_node("Expand", ["one", "ones"], ["many"]),
        helper.make_node("ConstantOfShape", ["ones"], ["zero"]),
        helper.make_node("Add", ["many", "zero"], ["sum"]),
        helper.make_node("Tile", ["sum", "ones"], ["tiled"]),
        helper.make_node("Add", ["cut", "tiled"], ["map"]),
    ]
    weights = {
        "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64), "scales": np.array([1, 1, 2, 2], np.float32),
        "start": np.array([1, 1], np.int64), "end": np.array([-1, -1], np.int64), "axes": np.array([2, 3], np.int64),
        "one": np.array([1], np.float32), "ones": np.array([1, 1, 1, 1], np.int64),
    }  # fmt: skip
    return model_of(nodes, weights)


def external(folder: Path, location: str = "weights.bin", name: str = "far.onnx", **facts: str) -> Path:
    """Write a model whose 36 bytes of weights lie in another file, which is written where it is a plain name."""
    model = model_of([helper.make_node("Conv", ["image", "w"], ["map"])], {"w": np.eye(3, dtype=np.float32)})
    tensor = model.graph.initializer[0]
    tensor.dims[:] = [3, 3, 1, 1]
    raw = tensor.raw_data
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": "36", **facts}.items():
        tensor.external_data.add(key=key, value=value)
    (folder / "weights.bin").write_bytes(raw)
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


INTEGERS = [0, 1, 2, 3, 7, 16, 17, 255, 1000, 65537, 10**6, 2**31 - 1, 2**31, 2**62, -1, -2, -(2**31), -(2**63)]
TEXTS = [
    "", "image", "map", "ai.onnx.ml", "evil.ops", "Conv", "If", "Loop", "Cast", "Resize", "EPContext", "x" * 5000,
    "../../etc/passwd", "/dev/zero", "a\nb", "a\0b", "é", "[1e999]", "{" * 200, "null",
]  # fmt: skip
FLOATS = [0.0, -1.0, 1e30, float("nan"), float("inf"), -float("inf")]


def fields(message: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every set field of a protobuf message and of those inside it, with the message that holds it."""
    for field, value in message.ListFields():
        yield message, field
        if field.message_type is not None:
            for inner in [value] if hasattr(value, "ListFields") else value:
                yield from fields(inner)


def edit_field(message: Any, field: Any, pick: Any) -> None:
    """Change one field of a protobuf message; *pick* chooses from a list."""
    value = getattr(message, field.name)
    is_list = not isinstance(value, (str, bytes, int, float)) and not hasattr(value, "ListFields")
    action = pick(["set", "set", "set", "clear", "double"] if is_list else ["set", "set", "set", "clear"])
    if action == "clear" or (field.message_type is not None and action == "set"):
        if is_list and len(value):
            del value[pick(range(len(value)))]
        else:
            message.ClearField(field.name)
        return
    if action == "double":
        value.extend([copy.deepcopy(item) for item in list(value)[:50]])
        return
    options = {
        field.CPPTYPE_STRING: [b"", b"\xff\xfe", b"\0" * 64] if field.type == field.TYPE_BYTES else TEXTS,
        field.CPPTYPE_FLOAT: FLOATS, field.CPPTYPE_DOUBLE: FLOATS,
    }.get(field.cpp_type, INTEGERS)  # fmt: skip
    new = pick(options)
    if field.cpp_type in (field.CPPTYPE_INT32, field.CPPTYPE_ENUM):
        new = max(-(2**31), min(2**31 - 1, new))
    if field.cpp_type == field.CPPTYPE_UINT64:
        new = abs(new)
    try:
        if is_list and len(value):
            value[pick(range(len(value)))] = new
        elif not is_list:
            setattr(message, field.name, new)
    except ValueError:  # an enumeration that knows no such number
        message.ClearField(field.name)


def damage(raw: bytes, pick: Any, integers: Any) -> bytes:
    """Truncate, flip bits, overwrite, cut out or repeat a part of a file; *integers* gives one below its argument."""
    changed = bytearray(raw)
    for _ in range(pick([1, 1, 2, 5])):
        if not changed:
            break
        place = integers(len(changed))
        action = pick(["cut off", "flip", "flip", "flip", "overwrite", "cut out", "repeat"])
        if action == "cut off":
            del changed[place:]
        elif action == "flip":
            changed[place] ^= 1 << integers(8)
        elif action == "overwrite":
            changed[place] = pick([0, 1, 127, 128, 255])
        elif action == "cut out":
            del changed[place : place + integers(16) + 1]
        else:
            changed[place:place] = changed[place : place + integers(64) + 1]
    return bytes(changed)


def cards(folder: Path) -> dict[str, Any]:
    """Return descriptions of a model ``m.onnx`` with three bands and three classes, in several dialects."""
    model = tiny_models.identity(folder / "m.onnx", bands=3)
    scaling = [{"type": "z-score", "mean": 1, "stddev": 2}] * 3
    card = tiny_models.write_mlm(
        model,
        bands=["red", "green", "blue"],
        classes=[(0, "a"), (1, "b"), (2, "c")],
        scaling=scaling,
        activation="softmax",
        properties={"geonnx:gsd_m": 10, "geonnx:halo_px": 4, "geonnx:fill": 0, "license": "MIT", "gsd": 10},
    )
    mlm = json.loads(card.read_text())
    mlm["assets"]["model"].update({"file:size": 300, "raster:bands": [{"name": "red"}], "eo:bands": [{"name": "red"}]})
    mlm["properties"]["mlm:output"][0]["classification:classes"][0]["color_hint"] = [1, 2, 3]
    card.unlink()
    return {
        "mlm": mlm,
        "ukis": {
            "model": {"version": "1.0"},
            "data": {
                "in_channels": 3, "classes": 3, "target_size": [16, 16],
                "dataset_statistics": {"band_names": ["red", "green", "blue"], "img": [[0, 0, 0], [1, 1, 1]]},
            },
        },
        "emd": {
            "Framework": "ONNX", "ModelConfiguration": "x", "ModelFile": "m.onnx", "ModelType": "ImageClassification",
            "ImageHeight": 16, "ImageWidth": 16, "ExtractBands": [0, 1, 2], "DataRange": [0, 1], "BatchSize": 1,
            "Classes": [{"Value": value, "Name": str(value), "Color": [value, 2, 3]} for value in range(3)],
            "NormalizationStats": {"band_mean_values": [0, 0, 0], "band_std_values": [1, 1, 1]}, "Padding": 2,
        },
        "geoai": {
            "task": "segmentation", "input_height": 16, "input_width": 16, "input_channels": 3, "num_labels": 3,
            "id2label": {"0": "a", "1": "b", "2": "c"}, "output_names": ["map"],
        },
    }  # fmt: skip


ODD_VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 10**6, 10**400, 1e308, float("nan"), float("inf"), "", "x", "x" * 5000, "\ud800", "a\0b",
    "../../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/x", "/dev/zero", "\n", [], {}, [[]], [None],
    {"type": "processing", "expression": "__import__('os').abort()"}, {"name": "x", "expression": "b1"}, [0] * 3,
    [{"name": "a"}] * 3, {"0": "a"}, ["a", "b", "c"],
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a JSON value as (container, key)."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


def edit_card(card: Any, pick: Any) -> None:
    """Change or remove one place of a JSON value; *pick* chooses from a list."""
    found = list(places(card))
    if not found:
        return
    container, key = pick(found)
    if pick([True, False, False, False]) and isinstance(container, dict):
        del container[key]
    else:
        container[key] = copy.deepcopy(pick(ODD_VALUES))


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return buffer.getvalue()
