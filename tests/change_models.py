"""Tiny change models with known answers, and their cards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import helper

from .tiny_models import save

LAND = [(0, "forest", "#1b7837"), (1, "field", "#d8b365"), (2, "town", "#d7191c")]


def classes(listed: list[tuple[int, str, str]]) -> list[dict[str, Any]]:
    return [{"value": value, "name": name, "color_hint": color} for value, name, color in listed]


def image(name: str, shape: list[int], dims: list[str], role: str | None = None, **more: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": name,
        "bands": [],
        "input": {"shape": shape, "dim_order": dims, "data_type": "float32"},
        "pre_processing_function": None,
        "resize_type": None,
        **more,
    }
    return {**entry, "geonnx:role": role} if role else entry


def result(name: str, role: str, channels: int, listed: list[tuple[int, str, str]] = (), **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "tasks": ["change-detection"],
        "result": {
            "shape": [-1, channels, -1, -1], "dim_order": ["batch", "class", "height", "width"], "data_type": "float32",
        },
        "classification:classes": classes(list(listed)),
        "post_processing_function": None,
        "geonnx:role": role,
        **more,
    }  # fmt: skip


def write_card(
    model: Path, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]], *, task: str = "change", **more: Any
) -> Path:
    properties = {
        "datetime": None,
        "mlm:name": model.stem,
        "mlm:architecture": "tiny",
        "mlm:tasks": ["change-detection"],
        "mlm:framework": "ONNX",
        "mlm:input": inputs,
        "mlm:output": outputs,
        "geonnx:task": task,
        **more,
    }
    item = {
        "type": "Feature", "stac_version": "1.1.0", "id": model.stem, "geometry": None, "properties": properties,
        "stac_extensions": ["https://stac-extensions.github.io/mlm/v1.5.2/schema.json"], "links": [],
        "assets": {"model": {"href": model.name, "roles": ["mlm:model"], "mlm:artifact_type": "onnx"}},
    }  # fmt: skip
    model.with_suffix(".json").write_text(json.dumps(item))
    return model


BCHW = ["batch", "bands", "height", "width"]


def difference(path: Path, layout: str = "stacked", bands: int = 2, *, scores: int = 1, card: bool = True) -> Path:
    """Give the sum over the bands of after − before as the logit of change; with two scores 0 and that logit.

    *layout*: ``stacked`` (2C), ``named`` (two inputs), ``time`` (B T C H W).
    """
    free: list[Any] = ["n", bands, "h", "w"]
    if layout == "named":
        inputs = [("pre", "float32", free), ("post", "float32", free)]
        described = [image("pre", [-1, bands, -1, -1], BCHW), image("post", [-1, bands, -1, -1], BCHW)]
        nodes = []
    elif layout == "stacked":
        inputs = [("pair", "float32", ["n", 2 * bands, "h", "w"])]
        described = [image("pair", [-1, 2 * bands, -1, -1], BCHW, "before+after")]
        nodes = [helper.make_node("Split", ["pair", "halves"], ["pre", "post"], axis=1)]
    else:
        inputs = [("pair", "float32", ["n", 2, bands, "h", "w"])]
        described = [image("pair", [-1, 2, bands, -1, -1], ["batch", "time", "bands", "height", "width"])]
        nodes = [
            helper.make_node("Gather", ["pair", "first"], ["pre"], axis=1),
            helper.make_node("Gather", ["pair", "second"], ["post"], axis=1),
        ]
    weights = {
        "halves": np.array([bands, bands], np.int64),
        "first": np.array(0, np.int64),
        "second": np.array(1, np.int64),
        "axes": np.array([1], np.int64),
        "nothing": np.array(0, np.float32),
    }
    nodes += [
        helper.make_node("Sub", ["post", "pre"], ["gap"]),
        helper.make_node("ReduceSum", ["gap", "axes"], ["logit"], keepdims=1),
    ]
    if scores == 1:
        nodes.append(helper.make_node("Identity", ["logit"], ["change"]))
    else:
        nodes += [
            helper.make_node("Mul", ["logit", "nothing"], ["zero"]),
            helper.make_node("Concat", ["zero", "logit"], ["change"], axis=1),
        ]
    used = {name for node in nodes for name in node.input}
    save(
        path,
        nodes,
        inputs=inputs,
        outputs=[("change", "float32", ["n", scores, "h", "w"])],
        weights={name: value for name, value in weights.items() if name in used},
    )
    if card:
        write_card(path, described, [result("change", "change", scores)])
    return path


def semantic(path: Path, *, with_change: bool = False) -> Path:
    """Give three bands of each date as scores of the classes LAND; with change, the first band's gap as its logit."""
    free: list[Any] = ["n", 3, "h", "w"]
    nodes = [
        helper.make_node("Identity", ["before"], ["was"]),
        helper.make_node("Identity", ["after"], ["is"]),
    ]
    outputs = [("was", "float32", free), ("is", "float32", free)]
    described = [result("was", "before_classes", 3, LAND), result("is", "after_classes", 3, LAND)]
    weights = {}
    if with_change:
        nodes += [
            helper.make_node("Sub", ["after", "before"], ["gap"]),
            helper.make_node("Gather", ["gap", "first"], ["change"], axis=1),
        ]
        weights = {"first": np.array([0], np.int64)}
        outputs.append(("change", "float32", ["n", 1, "h", "w"]))
        described.append(result("change", "change", 1))
    save(
        path, nodes, inputs=[("before", "float32", free), ("after", "float32", free)], outputs=outputs, weights=weights
    )
    entries = [image(name, [-1, 3, -1, -1], BCHW) for name in ("before", "after")]
    return write_card(path, entries, described)


def land_cover(path: Path, *, numbers: bool = False) -> Path:
    """Give three bands of one date as scores of the classes LAND, or the number of the largest: segmentation."""
    node = helper.make_node("ArgMax", ["image"], ["land"], axis=1, keepdims=0) if numbers else (
        helper.make_node("Identity", ["image"], ["land"])
    )  # fmt: skip
    out = ("land", "int64", ["n", "h", "w"]) if numbers else ("land", "float32", ["n", 3, "h", "w"])
    save(path, [node], inputs=[("image", "float32", ["n", 3, "h", "w"])], outputs=[out])
    output = result("land", "classes", 3, LAND)
    if numbers:
        output["result"] = {
            "shape": [-1, -1, -1], "dim_order": ["batch", "height", "width"], "data_type": "int64",
        }  # fmt: skip
    return write_card(path, [image("image", [-1, 3, -1, -1], BCHW)], [output], task="segment")


def kinds(path: Path) -> Path:
    """Give after − before of three bands as scores of "no change", "cut" and "built"."""
    free: list[Any] = ["n", 3, "h", "w"]
    node = helper.make_node("Sub", ["after", "before"], ["kind"])
    save(
        path, [node], inputs=[("before", "float32", free), ("after", "float32", free)],
        outputs=[("kind", "float32", free)],
    )  # fmt: skip
    listed = [(7, "no change", "#eeeeee"), (3, "cut", "#a6611a"), (9, "built", "#ca0020")]
    entries = [image(name, [-1, 3, -1, -1], BCHW) for name in ("before", "after")]
    return write_card(path, entries, [result("kind", "change", 3, listed)])
