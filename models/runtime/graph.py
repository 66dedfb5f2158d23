"""Operators in front of and behind a network, in one graph with it: what numpy would do pixel by pixel, done by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .functions import subgraphs
from .safety import external_files
from .signature import read_proto

OLDEST_OPSET = 10
"""earlier ones slice and compare in other ways; nothing newer than 2019 writes them"""
_LARGEST_BYTES = 1 << 30
_PREFIX = "geonnx_"


class Graph:
    """A model to which operators are added. Names of what is added begin with ``geonnx_``."""

    def __init__(self, path: Path, content: bytes | None = None) -> None:
        """Read the model, or its *content* where that is not the file's; raise ModelError when nothing can be added."""
        import onnx  # noqa: PLC0415  (lazy: the toolbox must list its algorithms without it)

        self._onnx = onnx
        self._model = read_proto(path) if content is None else onnx.load_model_from_string(content)
        if path.stat().st_size > _LARGEST_BYTES:
            raise ModelError("it is larger than 1 GB")
        if external_files(self._model):
            raise ModelError("its weights lie in files of their own")
        self.opset = max(
            (item.version for item in self._model.opset_import if item.domain in ("", "ai.onnx")), default=0
        )
        if self.opset < OLDEST_OPSET:
            raise ModelError(f"it is written in opset {self.opset}, and {OLDEST_OPSET} is needed")
        if any(_PREFIX in name for node in self._model.graph.node for name in (*node.input, *node.output)):
            raise ModelError("it has operators of ours already")
        self._front: list[Any] = []
        self._back: list[Any] = []
        self._nodes = self._front
        self._count = 0

    def behind(self) -> None:
        """From now on, operators are added behind the network."""
        self._nodes = self._back

    def constant(self, value: NDArray[Any] | Sequence[int] | np.generic) -> str:
        """Add a constant; return its name. Sequences become int64 vectors."""
        array = value if isinstance(value, (np.ndarray, np.generic)) else np.array(value, np.int64)
        name = self._name()
        self._model.graph.initializer.append(self._onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add an operator with one output; return the output's name."""
        name = output or self._name()
        self._nodes.append(self._onnx.helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def cast(self, value: str, dtype: str) -> str:
        """Add a cast to a numpy type; return the name of what it gives."""
        return self.add("Cast", value, to=self._element_type(dtype))

    def reduce(self, operator: str, value: str, axis: int) -> str:
        """Add ``ReduceSum`` or ``ReduceMax`` over one axis, which is kept with the length 1."""
        since = {"ReduceSum": 13, "ReduceMax": 18}[operator]
        if self.opset >= since:
            return self.add(operator, value, self.constant([axis]), keepdims=1)
        return self.add(operator, value, axes=[axis], keepdims=1)

    def input(self, name: str, dtype: str, shape: Sequence[int | str]) -> str:
        """Add an input of the whole; return its full name."""
        full = _PREFIX + name
        info = self._onnx.helper.make_tensor_value_info(full, self._element_type(dtype), list(shape))
        self._model.graph.input.append(info)
        return full

    def drop_input(self, name: str) -> None:
        """Make an input of the network one that operators of ours give."""
        inputs = self._model.graph.input
        kept = [item for item in inputs if item.name != name]
        del inputs[:]
        inputs.extend(kept)

    def outputs(self, names: dict[str, str]) -> None:
        """Make *names* (value → numpy type) the only outputs; what no output needs is removed."""
        outputs = self._model.graph.output
        known = {item.name: item for item in outputs}
        del outputs[:]
        for name, dtype in names.items():
            outputs.append(
                known.get(name) or self._onnx.helper.make_tensor_value_info(name, self._element_type(dtype), None)
            )

    def serialise(self) -> bytes:
        """Return the whole as the bytes of an ONNX file."""
        graph = self._model.graph
        nodes = _needed([*self._front, *graph.node, *self._back], [item.name for item in graph.output])
        del graph.node[:]
        graph.node.extend(nodes)
        del graph.value_info[:]  # shapes of the network by itself
        return bytes(self._model.SerializeToString())

    def _name(self) -> str:
        self._count += 1
        return f"{_PREFIX}{self._count}"

    def _element_type(self, dtype: str) -> int:
        return int(self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


def _needed(nodes: list[Any], outputs: Iterable[str]) -> list[Any]:
    """Return the nodes, in their order, on which *outputs* depend."""
    wanted = set(outputs)
    kept = []
    for node in reversed(nodes):
        if wanted & set(node.output):
            wanted.update(read_by(node))
            kept.append(node)
    return kept[::-1]


def read_by(node: Any) -> set[str]:
    """Return the names that a node reads; those that graphs inside of it read from outside are among them."""
    names = set(node.input)
    for attribute in node.attribute:
        for graph in subgraphs(attribute):
            for inner in graph.node:
                names |= read_by(inner)
            names |= {item.name for item in graph.output}
    return names
