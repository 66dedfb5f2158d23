"""Functions that a model defines itself, out of standard operators: no code, but onnxruntime trusts their form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import ModelError
from .sizes import shorten

_LARGEST_EXPANSION = 1_000_000
_DEEPEST_CALLS = 100
FunctionKey = tuple[str, str, str]
"""domain, name, overload"""
Functions = dict[FunctionKey, Any]


def find_functions(proto: Any) -> Functions:
    """Return the functions (onnx.FunctionProto) of a model by what calls them."""
    return {(item.domain, item.name, _overload(item)): item for item in proto.functions}


def called_function(node: Any) -> FunctionKey:
    """Return the key under which a node's function would be found."""
    return (node.domain, node.op_type, _overload(node))


def subgraphs(attribute: Any) -> Iterator[Any]:
    """Yield the graphs (onnx.GraphProto) in an attribute of a node: branches of If, bodies of Loop and Scan."""
    if attribute.HasField("g"):
        yield attribute.g
    yield from attribute.graphs


def check_functions(graph: Any, functions: Functions, path: Path) -> None:
    """Check the form of every function and of every call.

    Raises ModelError for functions that call themselves, that unfold to more than a million operators, that make a
    value twice or nothing at all, and for calls with more inputs or outputs than the function has.
    """
    for function in functions.values():
        made = [*function.input, *(name for node in function.node for name in node.output if name)]
        if not function.output or len(set(made)) != len(made):
            raise ModelError(
                f"{path.name} holds a function '{shorten(function.name)}' that gives nothing or makes a value twice: "
                "the file is damaged. Export the model again."
            )
    sizes: dict[FunctionKey, int] = {}
    _count_operators(graph.node, functions, (), sizes, path)
    for key, function in functions.items():
        if key not in sizes:
            sizes[key] = _count_operators(function.node, functions, (key,), sizes, path)


def _count_operators(
    nodes: Any, functions: Functions, callers: tuple[FunctionKey, ...], sizes: dict[FunctionKey, int], path: Path
) -> int:
    """Return how many operators the nodes are once every function call is replaced by the function's body."""
    total = 0
    for node in nodes:
        total += 1
        for attribute in node.attribute:
            for graph in subgraphs(attribute):
                total += _count_operators(graph.node, functions, callers, sizes, path)
        key = called_function(node)
        if key in functions:
            _check_call(node, functions[key], path)
            if key in callers or len(callers) > _DEEPEST_CALLS:
                raise ModelError(
                    f"{path.name} holds a function '{shorten(node.op_type)}' that calls itself or nests too deeply; "
                    "onnxruntime can't run it: export the model again."
                )
            if key not in sizes:
                sizes[key] = _count_operators(functions[key].node, functions, (*callers, key), sizes, path)
            total += sizes[key]
        if total > _LARGEST_EXPANSION:
            raise ModelError(
                f"{path.name} unfolds to more than {_LARGEST_EXPANSION:,} operators; no usable model does."
            )
    return total


def _check_call(node: Any, function: Any, path: Path) -> None:
    if len(node.input) > len(function.input) or len(node.output) > len(function.output):
        raise ModelError(
            f"{path.name} calls its function '{shorten(node.op_type)}' with {len(node.input)} inputs and "
            f"{len(node.output)} outputs; it has {len(function.input)} and {len(function.output)}: the file is "
            "damaged. Export the model again."
        )


def _overload(item: Any) -> str:
    # only in onnx 1.16 and newer
    return str(getattr(item, "overload", ""))
