"""Behind a network that scores classes: crop, activation, the best class, and products in the coding of the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..outputs import OutputLayout
from ..runtime.graph import Graph

PROBABILITY_STEPS = 250
_TINY = 1e-12
_MANY_CLASSES = 32


@dataclass(frozen=True)
class ClassBack:
    """What to do with class scores behind the network."""

    is_binary: bool
    """one score for the second of two classes"""
    activation: str
    temperature: float
    threshold: float
    values: tuple[int, ...]
    """pixel value of each class"""
    dtype: str
    """of the class raster"""
    nodata: int
    products: tuple[str, ...]
    """in the order of the channels of the one output; empty: only the probabilities, as they are (float32)"""


def add_back(graph: Graph, output: str, layout: OutputLayout, size: tuple[int, int], back: ClassBack) -> None:
    """Make the network's scores the channels that the task wants, (B, channel, H, W), cut to what is asked for."""
    value, axis, rows = _as_map(graph, output, layout, size)
    value = graph.cast(value, "float32")
    if not back.products:
        _last(graph, _probabilities(graph, value, axis, back), axis)
        return
    window = graph.input("from", "int64", [2]), graph.input("to", "int64", [2]), graph.constant([rows, rows + 1])
    cropped = graph.add("Slice", value, *window)
    if back.is_binary:
        _last(graph, _binary_products(graph, cropped, axis, back), axis)
        return
    if axis == 1 and layout.channels >= _MANY_CLASSES:
        # a convolution takes the sum of many classes in the blocks in which the network's last one left them
        ones = graph.constant(np.ones((1, layout.channels, 1, 1), np.float32))
        total = graph.add("Slice", graph.add("Conv", value, ones, kernel_shape=[1, 1]), *window)
    else:
        total = graph.reduce("ReduceSum", cropped, axis)
    _last(graph, _score_products(graph, cropped, total, axis, back), axis)


def _as_map(graph: Graph, output: str, layout: OutputLayout, size: tuple[int, int]) -> tuple[str, int, int]:
    """Return the scores with a batch, two sides and a class axis; the place of that axis and of the rows."""
    height, width = size
    if layout.dims.startswith("N"):
        return graph.add("Reshape", output, graph.constant([-1, height, width, layout.channels])), 3, 1
    if layout.dims == "BHW":
        inner = (height - 2 * layout.margin_px, width - 2 * layout.margin_px)
        return graph.add("Reshape", output, graph.constant([-1, 1, *inner])), 1, 2
    return (output, 1, 2) if layout.dims == "BKHW" else (output, 3, 1)


def _last(graph: Graph, value: str, axis: int) -> None:
    if axis == 3:
        value = graph.add("Transpose", value, perm=[0, 3, 1, 2])
    graph.add("Identity", value, output="geonnx_result")


def _tempered(graph: Graph, value: str, back: ClassBack) -> str:
    if back.temperature == 1:
        return value
    return graph.add("Div", value, graph.constant(np.float32(back.temperature)))


def _probabilities(graph: Graph, value: str, axis: int, back: ClassBack) -> str:
    if back.activation == "none":
        return value
    value = _tempered(graph, value, back)
    if back.activation == "sigmoid" or back.is_binary:
        return graph.add("Sigmoid", value)
    # onnxruntime's own Softmax over the class axis of a map is ten times slower
    powers = graph.add("Exp", graph.add("Sub", value, graph.reduce("ReduceMax", value, axis)))
    return graph.add("Div", powers, graph.reduce("ReduceSum", powers, axis))


def _binary_products(graph: Graph, value: str, axis: int, back: ClassBack) -> str:
    yes = _probabilities(graph, value, axis, back)
    no = graph.add("Sub", graph.constant(np.float32(1)), yes)
    both = graph.add("Concat", no, yes, axis=axis)
    is_no = graph.add("Less", yes, graph.constant(np.float32(back.threshold)))
    index = graph.add("Where", is_no, graph.constant(np.int64(0)), graph.constant(np.int64(1)))
    chosen = graph.add("Where", is_no, no, yes)
    return _code(graph, index, yes, {"probabilities": both, "confidence": chosen}, axis, back)


def _score_products(graph: Graph, value: str, total: str, axis: int, back: ClassBack) -> str:
    """Return the products of class scores; *total* is their sum, which a NaN anywhere makes one."""
    index = graph.add("ArgMax", value, axis=axis, keepdims=1)
    wanted: dict[str, str] = {}
    if set(back.products) != {"classes"}:
        shares = _probabilities(graph, value, axis, back)
        wanted = {"probabilities": shares}
        if "confidence" in back.products:
            wanted["confidence"] = graph.reduce("ReduceMax", shares, axis)
    return _code(graph, index, total, wanted, axis, back)


def _code(graph: Graph, index: str, total: str, shares: Mapping[str, str], axis: int, back: ClassBack) -> str:
    """Return all products in the coding of the results, one after the other on the class axis."""
    if back.values != tuple(range(len(back.values))):
        classes = graph.add("Gather", graph.constant(np.array(back.values, np.int32)), index)
    else:
        classes = graph.cast(index, "int32")
    broken = graph.add("IsNaN", total)
    classes = graph.cast(graph.add("Where", broken, graph.constant(np.int32(back.nodata)), classes), back.dtype)
    parts = []
    for product in back.products:
        if product == "classes":
            parts.append(classes)
            continue
        value = (
            _entropy(graph, shares["probabilities"], axis, len(back.values))
            if product == "entropy"
            else shares[product]
        )
        coded = graph.add("Mul", value, graph.constant(np.float32(PROBABILITY_STEPS)))
        coded = graph.cast(graph.add("Add", coded, graph.constant(np.float32(0.5))), "int32")
        parts.append(graph.cast(coded, back.dtype))
    return parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=axis)


def _entropy(graph: Graph, shares: str, axis: int, count: int) -> str:
    safe = graph.add("Max", shares, graph.constant(np.float32(_TINY)))
    total = graph.reduce("ReduceSum", graph.add("Mul", shares, graph.add("Log", safe)), axis)
    value = graph.add("Div", total, graph.constant(np.float32(-np.log(max(count, 2)))))
    value = graph.add("Max", value, graph.constant(np.float32(0)))
    return graph.add("Min", value, graph.constant(np.float32(1)))
