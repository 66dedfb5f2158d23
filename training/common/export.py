"""From a trained network to the ONNX file that is shipped."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

OPSET = 17
_SMALL = 256
"""tensors of fewer values keep their precision: they are nothing beside the rest"""


def write_onnx(
    network: nn.Module, path: Path, inputs: Mapping[str, torch.Tensor], outputs: Mapping[str, tuple[int, ...]],
    *, dynamic: tuple[int, ...] = (0, 2, 3),
) -> None:  # fmt: skip
    """Write an ONNX file; inputs are name → example, outputs name → those axes that take any size.

    *dynamic* are the axes of every input that take any size. The weights are stored in half the bytes (`halve`).
    """
    axes = {name: {axis: f"axis_{axis}" for axis in dynamic} for name in inputs}
    axes |= {name: {axis: f"axis_{axis}" for axis in places} for name, places in outputs.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # the exporter by tracing is deprecated; the newer one needs packages that PyTorch does not bring
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(), tuple(inputs.values()), str(path), input_names=list(inputs), output_names=list(outputs),
            dynamic_axes=axes, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    model = onnx.load(str(path))
    halve(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def halve(model: onnx.ModelProto) -> None:
    """Store large float32 weights as float16, each behind a Cast: half the file, computed as float32 as before.

    The runtime folds the casts away when it loads the model. Raises ValueError where a weight is too large for float16.
    """
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        if tensor.data_type != onnx.TensorProto.FLOAT or int(np.prod(tensor.dims)) < _SMALL:
            continue
        values = numpy_helper.to_array(tensor).astype(np.float16)
        if not np.isfinite(values).all():
            raise ValueError(f"{tensor.name} does not fit into float16")
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values, f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
