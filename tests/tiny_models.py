"""Tiny ONNX models with known answers, built on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "float16": TensorProto.FLOAT16,
    "uint8": TensorProto.UINT8, "uint16": TensorProto.UINT16, "int16": TensorProto.INT16, "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
}  # fmt: skip
Shape = list[Any]


def save(
    path: Path,
    nodes: list[onnx.NodeProto],
    *,
    inputs: list[tuple[str, str, Shape]],
    outputs: list[tuple[str, str, Shape]],
    weights: dict[str, NDArray[Any]] | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a graph; inputs and outputs are (name, numpy type name, shape)."""
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TYPES[dtype], shape) for name, dtype, shape in inputs],
        [helper.make_tensor_value_info(name, TYPES[dtype], shape) for name, dtype, shape in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if metadata:
        helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def identity(path: Path, dtype: str = "float32", bands: int = 1, size: int | None = None, batch: Any = "n") -> Path:
    """Give back what comes in, B C H W."""
    shape = [batch, bands, size or "h", size or "w"]
    node = helper.make_node("Identity", ["image"], ["map"])
    return save(path, [node], inputs=[("image", dtype, shape)], outputs=[("map", dtype, shape)])


def identity_last(path: Path, dtype: str = "float32", bands: int = 3) -> Path:
    """Give back what comes in, B H W C."""
    shape = ["n", "h", "w", bands]
    node = helper.make_node("Identity", ["image"], ["map"])
    return save(path, [node], inputs=[("image", dtype, shape)], outputs=[("map", dtype, shape)])


def argmax_numbers(path: Path, bands: int = 3) -> Path:
    """Give the number of the largest band, B H W, int64."""
    node = helper.make_node("ArgMax", ["image"], ["map"], axis=1, keepdims=0)
    return save(
        path,
        [node],
        inputs=[("image", "float32", ["n", bands, "h", "w"])],
        outputs=[("map", "int64", ["n", "h", "w"])],
    )


def cast_numbers(path: Path, dtype: str = "uint16") -> Path:
    """Give the pixel values themselves as class numbers, B H W, int64."""
    nodes = [
        helper.make_node("Squeeze", ["image", "axis"], ["plane"]),
        helper.make_node("Cast", ["plane"], ["map"], to=TensorProto.INT64),
    ]
    return save(
        path,
        nodes,
        inputs=[("image", dtype, ["n", 1, "h", "w"])],
        outputs=[("map", "int64", ["n", "h", "w"])],
        weights={"axis": np.array([1], np.int64)},
    )


def box(path: Path, classes: int = 3, size: int | None = None) -> Path:
    """Give the mean of a 3 × 3 neighbourhood of each band as that class's score: receptive field 1 px to each side."""
    weight = np.zeros((classes, 1, 3, 3), np.float32) + np.float32(1 / 9)
    node = helper.make_node("Conv", ["image", "weight"], ["map"], group=classes, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    shape = ["n", classes, size or "h", size or "w"]
    return save(
        path,
        [node],
        inputs=[("image", "float32", shape)],
        outputs=[("map", "float32", shape)],
        weights={"weight": weight},
    )


def one_logit(path: Path, *, squeeze: bool = False) -> Path:
    """Give the first band as the logit of one class, B 1 H W or B H W."""
    if squeeze:
        nodes = [helper.make_node("Squeeze", ["image", "axis"], ["map"])]
        out: Shape = ["n", "h", "w"]
        weights = {"axis": np.array([1], np.int64)}
    else:
        nodes = [helper.make_node("Neg", ["image"], ["flipped"]), helper.make_node("Neg", ["flipped"], ["map"])]
        out, weights = ["n", 1, "h", "w"], {}
    return save(
        path,
        nodes,
        inputs=[("image", "float32", ["n", 1, "h", "w"])],
        outputs=[("map", "float32", out)],
        weights=weights,
    )


def unet(
    path: Path, *, bands: int = 3, classes: int = 6, width: int = 8, levels: int = 3, seed: int = 7, mlm: bool = False
) -> Path:
    """Write a small U-Net (Ronneberger et al. 2015) with random weights: two 3 × 3 convolutions a level, skips.

    Size: dynamic, a multiple of 2**levels. Its receptive field reaches `unet_reach(levels)` px to each side.
    """
    rng = np.random.default_rng(seed)
    nodes: list[onnx.NodeProto] = []
    weights: dict[str, NDArray[Any]] = {"twice": np.array([1, 1, 2, 2], np.float32)}

    def conv(source: str, name: str, from_channels: int, to_channels: int, kernel: int = 3, relu: bool = True) -> str:
        spread = np.sqrt(2 / (from_channels * kernel * kernel))
        weights[f"{name}.w"] = (rng.standard_normal((to_channels, from_channels, kernel, kernel)) * spread).astype(
            np.float32
        )
        weights[f"{name}.b"] = (rng.standard_normal(to_channels) * 0.05).astype(np.float32)
        out = f"{name}.conv" if relu else name
        nodes.append(
            helper.make_node(
                "Conv",
                [source, f"{name}.w", f"{name}.b"],
                [out],
                kernel_shape=[kernel, kernel],
                pads=[kernel // 2] * 4,
            )
        )
        if relu:
            nodes.append(helper.make_node("Relu", [out], [name]))
        return name

    skips = []
    current, channels = "image", bands
    for level in range(levels):
        wide = width * 2**level
        current = conv(conv(current, f"down{level}a", channels, wide), f"down{level}b", wide, wide)
        skips.append((current, wide))
        channels = wide
        nodes.append(helper.make_node("MaxPool", [current], [f"pool{level}"], kernel_shape=[2, 2], strides=[2, 2]))
        current = f"pool{level}"
    wide = width * 2**levels
    current = conv(conv(current, "middle_a", channels, wide), "middle_b", wide, wide)
    channels = wide
    for level in reversed(range(levels)):
        skip, wide = skips[level]
        nodes.append(
            helper.make_node(
                "Resize",
                [current, "", "twice"],
                [f"up{level}"],
                mode="nearest",
                nearest_mode="floor",
                coordinate_transformation_mode="asymmetric",
            )
        )
        nodes.append(helper.make_node("Concat", [f"up{level}", skip], [f"join{level}"], axis=1))
        current = conv(conv(f"join{level}", f"out{level}a", channels + wide, wide), f"out{level}b", wide, wide)
        channels = wide
    conv(current, "logits", channels, classes, kernel=1, relu=False)
    save(
        path,
        nodes,
        inputs=[("image", "float32", ["n", bands, "h", "w"])],
        outputs=[("logits", "float32", ["n", classes, "h", "w"])],
        weights=weights,
    )
    if mlm:
        write_mlm(
            path,
            bands=[],
            classes=[(index, f"land {index}") for index in range(classes)],
            scaling=[{"type": "scale", "value": 255}],
            channels=bands,
            activation="softmax",
        )
    return path


def unet_reach(levels: int) -> int:
    """Return how far the receptive field of `unet` reaches, px: two 3 × 3 convolutions down and up each level."""
    reach = 0
    for level in range(levels):
        reach += 4 * 2**level  # two convolutions on the way down, two on the way up
        reach += 2**level  # pooling and nearest upsampling look at pixels of the same cell
    return reach + 2 * 2**levels


def write_mlm(
    onnx_path: Path,
    *,
    bands: list[str],
    classes: list[tuple[int, str]],
    scaling: list[dict[str, Any]] | None = None,
    channels: int | None = None,
    activation: str | None = None,
    properties: dict[str, Any] | None = None,
    size: int = -1,
    dims: list[str] | None = None,
) -> Path:
    """Write a STAC MLM item beside a model."""
    count = len(bands) or channels
    output: dict[str, Any] = {
        "name": "classes",
        "tasks": ["semantic-segmentation"],
        "result": {
            "shape": [-1, len(classes), size, size],
            "dim_order": dims or ["batch", "class", "height", "width"],
            "data_type": "float32",
        },
        "classification:classes": [{"value": value, "name": name} for value, name in classes],
        "post_processing_function": None,
    }
    if activation:
        output["geonnx:activation"] = activation
    item = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": ["https://stac-extensions.github.io/mlm/v1.5.2/schema.json"],
        "id": onnx_path.stem,
        "geometry": None,
        "properties": {
            "datetime": None,
            "mlm:name": onnx_path.stem,
            "mlm:architecture": "tiny",
            "mlm:tasks": ["semantic-segmentation"],
            "mlm:framework": "ONNX",
            "mlm:input": [
                {
                    "name": "image",
                    "bands": bands,
                    "input": {
                        "shape": [-1, count, size, size],
                        "dim_order": ["batch", "bands", "height", "width"],
                        "data_type": "float32",
                    },
                    "value_scaling": scaling,
                    "resize_type": None,
                    "pre_processing_function": None,
                }
            ],
            "mlm:output": [output],
            **(properties or {}),
        },
        "links": [],
        "assets": {
            "model": {
                "href": onnx_path.name,
                "type": "application/octet-stream; framework=onnx",
                "roles": ["mlm:model"],
                "mlm:artifact_type": "onnx",
            }
        },
    }
    path = onnx_path.with_suffix(".json")
    path.write_text(json.dumps(item, indent=1))
    return path
