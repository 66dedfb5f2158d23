"""From a PyTorch network to an ONNX file with its STAC MLM card."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed (pip install torch)")
nn: Any = torch.nn
# small networks gain little from more, and threads that wait for each other by spinning starve other processes
torch.set_num_threads(1)

AXES = {"B": "batch", "T": "time", "C": "bands", "H": "height", "W": "width", "K": "class", "N": "pixel"}


def settled(make: Callable[[], Any], examples: Sequence[Any], *, seed: int) -> Any:
    """Return the network in evaluation mode, with weights of *seed* and statistics of batch normalisation from data.

    The statistics are those of *examples*, as training would leave them: activations keep a sensible size through all
    layers, so that outputs differ from pixel to pixel and a mistake in any layer's input shows.
    """
    torch.manual_seed(seed)
    network = make()
    norms = [layer for layer in network.modules() if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for layer in norms:
        layer.momentum = None  # the plain mean of all batches
        nn.init.normal_(layer.weight, 1.0, 0.2)
        nn.init.normal_(layer.bias, 0.0, 0.2)
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(*(torch.rand_like(example) if example.ndim > 2 else example for example in examples))
    return network.eval()


def write_onnx(
    network: Any, path: Path, examples: Sequence[Any], inputs: dict[str, str], outputs: dict[str, str], *, dynamic: str
) -> None:
    """Write the ONNX file; *inputs* and *outputs* are name → axes (``BCHW``); axes in *dynamic* take any size."""
    axes = {
        name: {place: AXES[axis] for place, axis in enumerate(dims) if axis in dynamic}
        for name, dims in {**inputs, **outputs}.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter by tracing is deprecated, and the fastest for tests
        torch.onnx.export(
            network,
            tuple(examples),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            dynamo=False,
        )


def describe_input(
    name: str, dims: str, shape: Sequence[int], *, bands: Sequence[str] = (), **more: Any
) -> dict[str, Any]:
    """Return an entry of ``mlm:input``; *more* are further fields, ``role`` and ``unit`` those of ``geonnx:``."""
    return {
        "name": name,
        "bands": list(bands),
        "input": {"shape": list(shape), "dim_order": [AXES[axis] for axis in dims], "data_type": "float32"},
        "value_scaling": None,
        "resize_type": None,
        "pre_processing_function": None,
        **_own_fields(more),
    }


def describe_output(
    name: str, dims: str, shape: Sequence[int], *, classes: Sequence[str | dict[str, Any]] = (), **more: Any
) -> dict[str, Any]:
    """Return an entry of ``mlm:output``; classes are numbered from 0."""
    entry: dict[str, Any] = {
        "name": name,
        "tasks": ["semantic-segmentation"],
        "result": {"shape": list(shape), "dim_order": [AXES[axis] for axis in dims], "data_type": "float32"},
        "post_processing_function": None,
        **_own_fields(more),
    }
    if classes:
        entry["classification:classes"] = [
            {"value": value, **(item if isinstance(item, dict) else {"name": item})}
            for value, item in enumerate(classes)
        ]
    return entry


def _own_fields(more: dict[str, Any]) -> dict[str, Any]:
    standard = ("value_scaling", "resize_type", "tasks")
    return {(name if name in standard else f"geonnx:{name}"): value for name, value in more.items()}


def write_card(
    path: Path, task: str, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]], **properties: Any
) -> None:
    """Write the STAC MLM item beside the ONNX file *path*; *properties* are ``geonnx:`` fields of the item."""
    item = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": ["https://stac-extensions.github.io/mlm/v1.5.2/schema.json"],
        "id": path.stem,
        "geometry": None,
        "properties": {
            "datetime": None,
            "mlm:name": path.stem,
            "mlm:architecture": path.stem,
            "mlm:tasks": ["semantic-segmentation"],
            "mlm:framework": "ONNX",
            "geonnx:task": task,
            "mlm:input": inputs,
            "mlm:output": outputs,
            **{f"geonnx:{name}": value for name, value in properties.items()},
        },
        "links": [],
        "assets": {
            "model": {
                "href": path.name,
                "type": "application/octet-stream; framework=onnx",
                "roles": ["mlm:model"],
                "mlm:artifact_type": "onnx",
            }
        },
    }
    path.with_suffix(".json").write_text(json.dumps(item, indent=1))
