"""Tiny models that classify scenes, with known answers, and readers of what `classify` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import helper

from .tiny_models import save

COLORS = ("#d8b365", "#1b7837", "#2166ac", "#762a83")


def mean_of_bands(
    path: Path,
    *,
    bands: int = 3,
    size: int | None = None,
    batch: Any = "n",
    end: str = "",
    pooled: bool = False,
) -> Path:
    """Give the mean of each band over the chip as that class's score, B K; *end* is one more operator.

    *pooled* keeps the axes of height and width with length 1.
    """
    last = "mean" if end else "scores"
    nodes = [helper.make_node("ReduceMean", ["image"], [last], axes=[2, 3], keepdims=int(pooled))]
    if end:
        more: dict[str, Any] = {"axis": 1}
        if end == "ArgMax":
            more["keepdims"] = 0
        nodes.append(helper.make_node(end, [last], ["scores"], **({} if end == "Sigmoid" else more)))
    shape: list[Any] = [batch] if end == "ArgMax" else [batch, bands, *([1, 1] if pooled else [])]
    return save(
        path,
        nodes,
        inputs=[("image", "float32", [batch, bands, size or "h", size or "w"])],
        outputs=[("scores", "int64" if end == "ArgMax" else "float32", shape)],
    )


def write_card(
    model: Path,
    names: list[str],
    *,
    bands: int = 3,
    output: dict[str, Any] | None = None,
    more_outputs: list[dict[str, Any]] | None = None,
    properties: dict[str, Any] | None = None,
    scaling: float | None = None,
    values: list[int] | None = None,
    inputs: list[dict[str, Any]] | None = None,
) -> Path:
    """Write the STAC MLM item of a scene model beside it."""
    values = values or list(range(len(names)))
    classes = [
        {"value": value, "name": name, "color_hint": COLORS[index % len(COLORS)]}
        for index, (value, name) in enumerate(zip(values, names))
    ]
    image = {
        "name": "image",
        "bands": [],
        "input": {
            "shape": [-1, bands, -1, -1],
            "dim_order": ["batch", "bands", "height", "width"],
            "data_type": "float32",
        },
        "value_scaling": None if scaling is None else [{"type": "scale", "value": scaling}],
    }
    scores = {
        "name": "scores",
        "tasks": ["scene-classification"],
        "result": {"shape": [-1, len(names)], "dim_order": ["batch", "class"], "data_type": "float32"},
        "classification:classes": classes,
        "geonnx:activation": "softmax",
        **(output or {}),
    }
    item = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": ["https://stac-extensions.github.io/mlm/v1.5.2/schema.json"],
        "id": model.stem,
        "geometry": None,
        "properties": {
            "mlm:name": model.stem,
            "mlm:architecture": "tiny",
            "mlm:tasks": ["scene-classification"],
            "mlm:input": inputs or [image],
            "mlm:output": [scores, *(more_outputs or [])],
            **(properties or {}),
        },
        "links": [],
        "assets": {"model": {"href": model.name, "roles": ["mlm:model"], "mlm:artifact_type": "onnx"}},
    }
    model.with_suffix(".json").write_text(json.dumps(item))
    return model


def softmax(scores: Any) -> Any:
    """Return probabilities over the last axis, in double precision."""
    shifted = np.exp(np.asarray(scores, np.float64) - np.max(scores, axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)
