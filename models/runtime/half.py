"""A model in half precision: weights and the heavy operators in float16, all else, inputs and outputs as they were."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError
from .graph import read_by
from .safety import external_files
from .signature import read_proto

_FLOAT, _HALF = 1, 10
"""onnx.TensorProto.DataType"""
_LARGEST_HALF = float(np.finfo(np.float16).max)
_LARGEST_BYTES = 1 << 30
_SUFFIX = ".float16"
_ALL: tuple[int, ...] = ()
_STARTS = {"Conv", "ConvTranspose", "MatMul", "Gemm"}
"""what takes the time: always converted"""
# converted where what they work on is in float16 already; which of the inputs hold such values. Sums and means over
# many pixels (ReduceMean, GlobalAveragePool, Softmax, normalisations by statistics) are left out: they lose most.
_FOLLOWS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("Relu", "LeakyRelu", "PRelu", "Elu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Clip"), _ALL),
    **dict.fromkeys(("Gelu", "Mish", "Softplus", "Add", "Sub", "Mul", "Div", "Neg", "Abs", "Min", "Max", "Sum"), _ALL),
    **dict.fromkeys(("Concat", "Identity", "Transpose", "Flatten", "DepthToSpace", "SpaceToDepth"), _ALL),
    **dict.fromkeys(("MaxPool", "AveragePool", "BatchNormalization"), _ALL),
    **dict.fromkeys(("Reshape", "Squeeze", "Unsqueeze", "Slice", "Split", "Expand", "Tile", "Gather"), (0,)),
    **dict.fromkeys(("Resize", "Upsample"), (0,)),
    "Pad": (0, 2),
    "Where": (1, 2),
}


def to_half(path: Path) -> bytes:
    """Return the ONNX file in *path* with its heavy operators, and what lies between them, in float16.

    Inputs and outputs keep their names and types. Raises ModelError, with the reason as half a sentence, when there is
    nothing to convert or the file can't be.
    """
    import onnx  # noqa: PLC0415  (lazy: the toolbox must list its algorithms without it)

    proto = read_proto(path)
    if external_files(proto):
        raise ModelError("its weights lie in files of their own")
    if path.stat().st_size > _LARGEST_BYTES:
        raise ModelError("it is larger than 1 GB")
    try:
        inferred = onnx.shape_inference.infer_shapes(proto)
    except Exception:  # noqa: BLE001  (protobuf raises different types for the different builds)
        raise ModelError("the types of its values can't be told") from None
    conversion = _Conversion(onnx, proto.graph, inferred.graph)
    if not conversion.converted:
        raise ModelError("nothing heavy in it computes in float32")
    conversion.apply()
    return bytes(proto.SerializeToString())


class _Conversion:
    """Finds out which operators are converted, then puts casts wherever the two precisions meet."""

    def __init__(self, onnx: Any, graph: Any, inferred: Any) -> None:
        self._onnx, self._graph = onnx, graph
        self._weights = {tensor.name: tensor for tensor in graph.initializer}
        self._types = {tensor.name: tensor.data_type for tensor in graph.initializer}
        for info in (*inferred.input, *inferred.value_info, *inferred.output):
            self._types[info.name] = info.type.tensor_type.elem_type
        self._fits: dict[str, bool] = {}
        made: set[str] = set()
        self.converted: dict[int, tuple[int, ...]] = {}
        """number of the operator → which of its inputs become float16"""
        for number, node in enumerate(graph.node):
            places = self._places(node, made)
            if places:
                self.converted[number] = places
                made.update(self._halves_of(node))

    def _places(self, node: Any, made: set[str]) -> tuple[int, ...]:
        """Return which inputs of an operator become float16; none when it stays as it is."""
        if node.domain not in ("", "ai.onnx") or node.op_type not in (*_STARTS, *_FOLLOWS):
            return ()
        wanted = _FOLLOWS.get(node.op_type, _ALL)
        places = tuple(place for place, name in enumerate(node.input) if name and (wanted == _ALL or place in wanted))
        names = [node.input[place] for place in places]
        if not all(self._types.get(name) == _FLOAT and self._is_small(name) for name in names):
            return ()
        is_trained_on = node.op_type == "BatchNormalization" and len(node.output) > 1
        if is_trained_on or (node.op_type not in _STARTS and made.isdisjoint(names)):
            return ()
        return places

    def _is_small(self, name: str) -> bool:
        """Tell whether all numbers of a weight fit into float16; what is no weight is seen when the network runs."""
        if name not in self._weights:
            return True
        if name not in self._fits:
            values = self._onnx.numpy_helper.to_array(self._weights[name])
            self._fits[name] = bool(np.abs(values).max(initial=0) <= _LARGEST_HALF)
        return self._fits[name]

    def _halves_of(self, node: Any) -> list[str]:
        """Return the outputs of a converted operator that are float16 then; the indices of MaxPool are not."""
        return [name for name in node.output if name and self._types.get(name, _FLOAT) == _FLOAT]

    def apply(self) -> None:
        """Rewrite the graph."""
        graph = self._graph
        in_float = self._names_in_float()
        halves: dict[str, str] = {}
        nodes: list[Any] = []
        for number, node in enumerate(graph.node):
            if number not in self.converted:
                nodes.append(node)
                continue
            converted = self._onnx.NodeProto()
            converted.CopyFrom(node)
            for place in self.converted[number]:
                name = node.input[place]
                if name not in halves:
                    halves[name] = self._half_of(name, nodes)
                converted.input[place] = halves[name]
            nodes.append(converted)
            wanted = self._halves_of(node)
            for place, name in enumerate(node.output):
                if name not in wanted:
                    continue
                halves[name] = converted.output[place] = self._free_name(name)
                if name in in_float:
                    nodes.append(self._cast(halves[name], name, _FLOAT))
        del graph.node[:]
        graph.node.extend(nodes)
        del graph.value_info[:]
        self._drop_weights(nodes)

    def _names_in_float(self) -> set[str]:
        """Return the values that something needs in float32: operators that stay, graphs inside of them, outputs."""
        names = {item.name for item in self._graph.output}
        for number, node in enumerate(self._graph.node):
            places = self.converted.get(number)
            if places is None:
                names |= read_by(node)
            else:
                names.update(name for place, name in enumerate(node.input) if place not in places)
        return names

    def _half_of(self, name: str, nodes: list[Any]) -> str:
        """Make a float32 value available in float16: weights are converted, all else is cast when it runs."""
        half = self._free_name(name)
        if name in self._weights:
            values = self._onnx.numpy_helper.to_array(self._weights[name]).astype(np.float16)
            self._graph.initializer.append(self._onnx.numpy_helper.from_array(values, half))
        else:
            nodes.append(self._cast(name, half, _HALF))
        return half

    def _free_name(self, name: str) -> str:
        half = name + _SUFFIX
        while half in self._types:
            half += _SUFFIX
        self._types[half] = _HALF
        return half

    def _cast(self, value: str, output: str, to: int) -> Any:
        return self._onnx.helper.make_node("Cast", [value], [output], to=to)

    def _drop_weights(self, nodes: Iterable[Any]) -> None:
        """Remove the float32 weights that nothing needs any more."""
        graph = self._graph
        needed = {name for node in nodes for name in read_by(node)} | {item.name for item in graph.output}
        # older files list weights among the inputs, too; without its weight such a one would have to be given
        needed |= {item.name for item in graph.input}
        kept = [tensor for tensor in graph.initializer if tensor.name in needed]
        del graph.initializer[:]
        graph.initializer.extend(kept)
