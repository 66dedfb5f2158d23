"""Models are files from strangers: what is looked at before onnxruntime sees one.

Nothing here runs the model. Refused are custom operators, functions that call themselves or grow without bounds,
weights that are missing or cut off, files outside of the model's folder, and tensors of absurd sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ModelError
from .external import check_external_tensor, is_external
from .functions import Functions, called_function, check_functions, find_functions, subgraphs
from .loops import check_loops
from .sizes import check_constant_sizes, check_tensor_sizes, check_weight, shorten

LARGEST_FILE_BYTES = (1 << 31) - 1
"""of protobuf, and so of an ONNX file without its external data"""
_LONGEST_NAME = 200
# what plain onnxruntime itself brings; any other domain needs a library of code
_DOMAINS = {
    "", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview", "ai.onnx.preview.training", "com.microsoft",
    "com.microsoft.nchwc", "com.ms.internal.nhwc",
}  # fmt: skip
# operators that hand over to code or to compiled programs of another kind, which nobody can check
_OPAQUE_OPERATORS = {"EPContext", "Snpe", "PyOp", "PythonOp", "PythonOpGrad", "ATen", "ExternalOp"}


@dataclass(frozen=True)
class _Part:
    """A graph, subgraph or function body: its nodes, and the names that they may use besides their own outputs."""

    nodes: Any
    tensors: tuple[Any, ...]
    """initialisers, and the values and indices of sparse ones"""
    names: frozenset[str]
    outputs: tuple[str, ...]


def check_model(proto: Any, path: Path) -> None:
    """Check the parsed model in *path* (onnx.ModelProto, external data not loaded) before anything runs it.

    Raises ModelError that names the first thing that no honest model has, or that can't be run safely.
    """
    _check_text(proto, path)
    functions = find_functions(proto)
    check_functions(proto.graph, functions, path)
    for part in _parts(proto):
        for node in part.nodes:
            _check_operator(node, functions, path)
        for tensor in (*part.tensors, *(tensor for node in part.nodes for tensor in _attribute_tensors(node))):
            if is_external(tensor):
                check_external_tensor(tensor, path)
            else:
                check_weight(tensor, path)
        _check_names(part, path)
        check_constant_sizes(part.nodes, part.tensors, path)
        check_loops(part.nodes, part.tensors, path)
    weights = {tensor.name for tensor in proto.graph.initializer}
    check_tensor_sizes([value for value in proto.graph.input if value.name not in weights], proto.graph.output, path)


def external_files(proto: Any) -> tuple[str, ...]:
    """Return the locations, relative to the model's folder, of the files that hold weights, each once."""
    found: dict[str, None] = {}
    for part in _parts(proto):
        for tensor in (*part.tensors, *(tensor for node in part.nodes for tensor in _attribute_tensors(node))):
            if is_external(tensor):
                found.update({entry.value: None for entry in tensor.external_data if entry.key == "location"})
    return tuple(found)


def _parts(proto: Any) -> Iterator[_Part]:
    """Yield the main graph, every function, and every subgraph (If, Loop, Scan) of them."""
    yield from _graph_parts(proto.graph, frozenset())
    for function in proto.functions:
        names = frozenset((*function.input, *(name for node in function.node for name in node.output)))
        yield _Part(function.node, (), names, tuple(function.output))
        yield from _subgraph_parts(function.node, names)


def _graph_parts(graph: Any, outer: frozenset[str]) -> Iterator[_Part]:
    sparse = tuple(tensor for item in graph.sparse_initializer for tensor in (item.values, item.indices))
    tensors = (*graph.initializer, *sparse)
    names = outer.union(
        (value.name for value in graph.input),
        (tensor.name for tensor in tensors),
        (name for node in graph.node for name in node.output),
    )
    yield _Part(graph.node, tensors, names, tuple(value.name for value in graph.output))
    yield from _subgraph_parts(graph.node, names)


def _subgraph_parts(nodes: Any, names: frozenset[str]) -> Iterator[_Part]:
    # protobuf itself refuses more than a hundred levels, so this recursion is shallow
    for node in nodes:
        for attribute in node.attribute:
            for graph in subgraphs(attribute):
                yield from _graph_parts(graph, names)


def _attribute_tensors(node: Any) -> Iterator[Any]:
    for attribute in node.attribute:
        if attribute.HasField("t"):
            yield attribute.t
        yield from attribute.tensors
        if attribute.HasField("sparse_tensor"):
            yield from (attribute.sparse_tensor.values, attribute.sparse_tensor.indices)
        for sparse in attribute.sparse_tensors:
            yield from (sparse.values, sparse.indices)


def _check_text(proto: Any, path: Path) -> None:
    """Refuse names that are no text: protobuf hands over bytes where a file holds broken UTF-8."""
    ends = [value.name for value in (*proto.graph.input, *proto.graph.output)]
    texts = [*ends, proto.producer_name, proto.producer_version, *(entry.domain for entry in proto.opset_import)]
    texts += [dim.dim_param for value in proto.graph.input for dim in value.type.tensor_type.shape.dim]
    texts += [text for prop in proto.metadata_props for text in (prop.key, prop.value)]
    texts += [text for item in proto.functions for text in (item.domain, item.name, *item.input, *item.output)]
    for part in _parts(proto):
        texts += [*part.outputs, *(tensor.name for tensor in part.tensors)]
        texts += [text for node in part.nodes for text in (node.op_type, node.domain, *node.input, *node.output)]
        tensors = (*part.tensors, *(tensor for node in part.nodes for tensor in _attribute_tensors(node)))
        texts += [text for item in tensors for entry in item.external_data for text in (entry.key, entry.value)]
    if not all(isinstance(text, str) for text in texts):
        raise ModelError(f"{path.name} is damaged: some of its names are no text. Copy or download it again.")
    for name in ends:
        if len(name) > _LONGEST_NAME or not name.isprintable():
            raise ModelError(
                f"{path.name} names an input or output '{shorten(name)}'; expected at most {_LONGEST_NAME} printable "
                "characters. Export the model again."
            )


def _check_operator(node: Any, functions: Functions, path: Path) -> None:
    if called_function(node) in functions:
        return
    if node.domain not in _DOMAINS:
        raise ModelError(
            f"{path.name} uses the operator '{shorten(node.op_type)}' of the domain '{shorten(node.domain)}', which "
            "needs a library of custom operators; none is ever loaded: export the model with standard operators."
        )
    if node.op_type in _OPAQUE_OPERATORS:
        raise ModelError(
            f"{path.name} uses the operator '{node.op_type}', which hands over to code that can't be checked and is "
            "never run: export the model with standard operators."
        )


def _check_names(part: _Part, path: Path) -> None:
    """Refuse nodes and outputs that use what no part of the graph makes or holds."""
    wanted = [(name, f"its operator '{shorten(node.op_type)}'") for node in part.nodes for name in node.input]
    wanted += [(name, "its output") for name in part.outputs]
    for name, user in wanted:
        if name and name not in part.names:
            raise ModelError(
                f"{path.name} is not complete: {user} needs '{shorten(name)}', which the file does not hold. "
                "Were the weights left out? Export the model again."
            )
