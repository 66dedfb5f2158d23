"""Puts what happens to pixels before and after the network into its graph, where it costs a tenth of what numpy takes.

In front: cast, clip, scaling, fill where there is no data, order of axes. Behind, for maps of classes: the crop of the
overlap, activation, the best class, and probabilities, confidence and entropy in the coding of the result. A run does
the same with it and without; a model that can't be wrapped runs without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .errors import GeonnxError, ModelError
from .feedback import Feedback
from .feeds import FoldedInput, ImageFeed
from .fold_cache import load_graph, store_graph
from .fold_crop import crop_tensors
from .load import WindowReader, fill_tensors
from .outputs import OutputLayout
from .plan import Plan
from .prepare import run_network
from .raster.grid import Window
from .run import MapTask
from .runtime.graph import Graph
from .runtime.session import open_session
from .scaling import BandTransform

Product = Literal["classes", "probabilities", "confidence", "entropy"]
PROBABILITY_STEPS = 250
_TINY = 1e-12


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


@runtime_checkable
class FoldableTask(Protocol):
    """A task that can say what to put behind the network, and go on from there."""

    def back(self, plan: Plan) -> ClassBack | None:
        """Return what to put behind the network; None where that is nothing."""

    def behind(self, back: ClassBack) -> MapTask:
        """Return the task that takes the output of the graph in place of the network's."""


def fold(plan: Plan, task: MapTask, feedback: Feedback) -> tuple[Plan, MapTask]:
    """Return the plan and the task that do the same with everything in one graph; the same ones where that can't be.

    A graph that is made for the first time is compared with the plain way on a tile. Says why when nothing is folded.
    """
    prepared = plan.prepared
    if not prepared.settings.options.fold:
        return plan, task
    if prepared.is_table and prepared.fixed_rows is not None:
        return plan, task  # cut into pieces call by call
    has_lookup = any(item.lookup for feed in prepared.images for source in feed.sources for item in source.transforms)
    if has_lookup or not prepared.runs_as_stored:
        return plan, task  # matched histograms, and segmentation networks that are run on two dates
    is_as_large = all(layout.coarser == layout.finer == 1 for layout in plan.layouts)
    back = task.back(plan) if isinstance(task, FoldableTask) and is_as_large else None
    try:
        folded = tuple(
            replace(feed, folded=_folded_input(feed, number)) if isinstance(feed, ImageFeed) else feed
            for number, feed in enumerate(prepared.feeds)
        )
        recipe = _recipe(plan, back)
        graph = load_graph(prepared.model.sha256, recipe)
        is_new = graph is None
        if graph is None:
            graph = build_graph(plan, back)
        session = open_session(
            graph,
            ("geonnx_result",) if back else tuple(spec.name for spec in prepared.outputs),
            device=prepared.settings.device,
            threads=prepared.settings.options.threads,
        )
        new_plan = replace(
            plan,
            prepared=replace(prepared, feeds=folded, session=session),
            layouts=(_result_layout(back, plan.margin_px),) if back else plan.layouts,
            crops=bool(back and back.products),
        )
        new_task = task.behind(back) if back and isinstance(task, FoldableTask) else task
        if is_new:
            _compare(plan, task, new_plan, new_task)
            store_graph(prepared.model.sha256, recipe, graph)
    except GeonnxError as error:
        feedback.log(f"Pixels are scaled and classes chosen outside of the model's graph: {error}.")
        return plan, task
    prepared.session.release()  # one network in memory is enough
    return new_plan, new_task


def build_graph(plan: Plan, back: ClassBack | None) -> bytes:
    """Return the ONNX file of the network with everything around it.

    Raises ModelError, with the reason as half a sentence, when the model can't be wrapped.
    """
    prepared = plan.prepared
    graph = Graph(prepared.model.card.model_path)
    for number, feed in enumerate(prepared.feeds):
        if isinstance(feed, ImageFeed):
            _add_front(graph, feed, number)
    graph.behind()
    if back is None:
        graph.outputs({spec.name: spec.dtype for spec in prepared.outputs})
        return graph.serialise()
    tiling = plan.tiling
    size = (tiling.tile_height + 2 * plan.margin_px, tiling.tile_width + 2 * plan.margin_px)
    _add_back(graph, prepared.outputs[0].name, plan.layouts[0], size, back)
    graph.outputs({"geonnx_result": back.dtype if back.products else "float32"})
    return graph.serialise()


def _recipe(plan: Plan, back: ClassBack | None) -> str:
    """Return a text that differs wherever the graph does."""
    feeds = [
        (feed.spec, feed.dtype.name, feed.fill, [(source.transforms, _raw_dtype(feed)) for source in feed.sources])
        for feed in plan.prepared.images
    ]
    tiling = plan.tiling
    outputs = [spec.name for spec in plan.prepared.outputs]
    return repr((feeds, back, plan.layouts, tiling.tile_width, tiling.tile_height, outputs))


def _raw_dtype(feed: ImageFeed) -> np.dtype[Any]:
    """Return the type that holds the stored values of all bands of an input."""
    bands = [
        np.dtype(source.raster.bands[number - 1].dtype) for source in feed.sources for number in source.bands.numbers
    ]
    return np.result_type(*bands)


def _folded_input(feed: ImageFeed, number: int) -> FoldedInput:
    return FoldedInput(f"geonnx_raw{number}", f"geonnx_valid{number}", _raw_dtype(feed))


def _add_front(graph: Graph, feed: ImageFeed, number: int) -> None:
    """Make stored values (B, dates × bands, H, W) and their validity (B, dates, H, W) the network's input tensor."""
    dates, bands = len(feed.sources), feed.bands
    raw_dtype = _raw_dtype(feed)
    raw = graph.input(f"raw{number}", raw_dtype.name, ["geonnx_b", dates * bands, "geonnx_h", "geonnx_w"])
    valid = graph.input(f"valid{number}", "bool", ["geonnx_vb", dates, "geonnx_vh", "geonnx_vw"])
    transforms = [transform for source in feed.sources for transform in source.transforms]
    is_plain = all(transform.changes_nothing for transform in transforms)
    work = "float32"
    if is_plain and feed.dtype.kind in "iu":  # Where knows few types
        work = "int32" if np.can_cast(feed.dtype, np.int32) else "int64"
    value = raw if raw_dtype.name == work else graph.cast(raw, work)
    if not is_plain:
        value = _scale(graph, value, transforms)
        if feed.dtype.kind in "iu":
            limits = np.iinfo(feed.dtype)
            value = graph.add("Round", value)
            value = graph.add("Max", value, graph.constant(np.float32(limits.min)))
            value = graph.add("Min", value, graph.constant(np.float32(limits.max)))
    fill = graph.constant(np.dtype(work).type(feed.fill))
    if dates > 1:
        # one mask a date, for all of its bands
        value = graph.add("Reshape", value, graph.constant([0, dates, bands, -1]))
        valid = graph.add("Reshape", valid, graph.constant([0, dates, 1, -1]))
    value = graph.add("Where", valid, value, fill)
    if feed.dtype.name != work:
        value = graph.cast(value, feed.dtype.name)
    _arrange(graph, value, raw, feed, dates)
    graph.drop_input(feed.spec.name)


def _scale(graph: Graph, value: str, transforms: list[BandTransform]) -> str:
    def per_band(numbers: list[float]) -> str:
        row = np.array(numbers, np.float32)
        shape = () if (row == row[0]).all() else (1, -1, 1, 1)
        return graph.constant(row[:1].reshape(()) if shape == () else row.reshape(shape))

    lows = [transform.low for transform in transforms]
    highs = [transform.high for transform in transforms]
    if max(lows) > -np.inf:
        value = graph.add("Max", value, per_band(lows))
    if min(highs) < np.inf:
        value = graph.add("Min", value, per_band(highs))
    if any(transform.shift for transform in transforms):
        value = graph.add("Sub", value, per_band([transform.shift for transform in transforms]))
    if any(transform.factor != 1 for transform in transforms):
        value = graph.add("Mul", value, per_band([transform.factor for transform in transforms]))
    return value


def _arrange(graph: Graph, value: str, raw: str, feed: ImageFeed, dates: int) -> None:
    """Bring the axes (B, T, C, rows and columns together) or (B, C, H, W) into the order of the network's input."""
    dims = feed.spec.dims
    if dates > 1 or "T" in dims:
        size = graph.add("Shape", raw)
        sides = graph.add("Slice", size, graph.constant([2]), graph.constant([4]))
        parts = [graph.constant([-1])]
        parts += [graph.constant([dates, feed.bands] if "T" in dims else [dates * feed.bands])]
        shape = graph.add("Concat", *parts, sides, axis=0)
        value = graph.add("Reshape", value, shape)
    have = "BTCHW" if "T" in dims else "BCHW"
    if "N" in dims:
        rest = dims.replace("N", "")
        value = graph.add("Transpose", value, perm=[have.index(dim) for dim in f"BHW{rest}"])
        sizes = {"T": dates, "C": feed.bands if "T" in dims else dates * feed.bands}
        graph.add("Reshape", value, graph.constant([-1, *(sizes[dim] for dim in rest)]), output=feed.spec.name)
        return
    wanted = dims if "B" in dims else f"B{dims}"
    if wanted != have:
        value = graph.add("Transpose", value, perm=[have.index(dim) for dim in wanted])
    if "B" in dims:
        graph.add("Identity", value, output=feed.spec.name)
    elif graph.opset >= 13:
        graph.add("Squeeze", value, graph.constant([0]), output=feed.spec.name)
    else:
        graph.add("Squeeze", value, axes=[0], output=feed.spec.name)


def _add_back(graph: Graph, output: str, layout: OutputLayout, size: tuple[int, int], back: ClassBack) -> None:
    """Make the network's scores the channels that the task wants, (B, channel, H, W), cut to what is asked for."""
    value, axis, rows = _as_map(graph, output, layout, size)
    if back.products:
        value = graph.add(
            "Slice", value, graph.input("from", "int64", [2]), graph.input("to", "int64", [2]),
            graph.constant([rows, rows + 1]),
        )  # fmt: skip
    value = graph.cast(value, "float32")
    if not back.products:
        _last(graph, _probabilities(graph, value, axis, back), axis, "float32")
    elif back.is_binary:
        _last(graph, _binary_products(graph, value, axis, back), axis, back.dtype)
    else:
        _last(graph, _score_products(graph, value, axis, back), axis, back.dtype)


def _as_map(graph: Graph, output: str, layout: OutputLayout, size: tuple[int, int]) -> tuple[str, int, int]:
    """Return the scores with a batch, two sides and a class axis; the place of that axis and of the rows."""
    height, width = size
    if layout.dims.startswith("N"):
        return graph.add("Reshape", output, graph.constant([-1, height, width, layout.channels])), 3, 1
    if layout.dims == "BHW":
        inner = (height - 2 * layout.margin_px, width - 2 * layout.margin_px)
        return graph.add("Reshape", output, graph.constant([-1, 1, *inner])), 1, 2
    return (output, 1, 2) if layout.dims == "BKHW" else (output, 3, 1)


def _last(graph: Graph, value: str, axis: int, dtype: str) -> None:
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


def _score_products(graph: Graph, value: str, axis: int, back: ClassBack) -> str:
    index = graph.add("ArgMax", value, axis=axis, keepdims=1)
    # a NaN anywhere makes the sum one
    total = graph.reduce("ReduceSum", value, axis)
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


def _result_layout(back: ClassBack, margin_px: int) -> OutputLayout:
    per_product = {"probabilities": len(back.values)}
    channels = sum(per_product.get(product, 1) for product in back.products)
    return OutputLayout("BKHW", channels or (1 if back.is_binary else len(back.values)), margin_px=margin_px)


def _compare(plan: Plan, task: MapTask, folded: Plan, folded_task: MapTask) -> None:
    """Run the middle tile both ways; raise ModelError when the results differ by more than rounding does."""
    tiling = plan.tiling
    tile = tiling.tile(len(tiling.columns.starts) // 2, len(tiling.rows.starts) // 2)
    plain = _products(plan, task, tile.read, is_finished=folded.crops)
    other = _products(folded, folded_task, tile.read, is_finished=folded.crops)
    for name, values in plain.items():
        share = _difference(values, other[name], is_classes=name == "classes")
        if share > _MOST_DIFFERENT:
            raise ModelError(f"with everything in one graph, {share:.2%} of the values of a tile ({name}) would differ")


_MOST_DIFFERENT = 0.001


def _products(plan: Plan, task: MapTask, read: Window, *, is_finished: bool) -> dict[str, NDArray[Any]]:
    prepared = plan.prepared
    margin = plan.margin_px
    window = Window(read.x - margin, read.y - margin, read.width + 2 * margin, read.height + 2 * margin)
    pixels, _ = WindowReader(prepared).read(window)
    tensors = fill_tensors(prepared, [window], [pixels], plan.batch)
    if plan.crops:
        tensors.update(crop_tensors(Window(0, 0, read.width, read.height)))
    outputs = run_network(prepared.session, tensors, prepared.fixed_rows if prepared.is_table else None)
    scores = task.activate(
        [layout.scores(output, 0, read.height, read.width) for layout, output in zip(plan.layouts, outputs)]
    )
    return task.finish(scores, None, None) if is_finished else {"scores": scores}


def _difference(first: NDArray[Any], second: NDArray[Any], *, is_classes: bool) -> float:
    if is_classes or first.dtype.kind not in "f":
        allowed = 0 if is_classes else 1
        return float((np.abs(first.astype(np.int64) - second.astype(np.int64)) > allowed).mean())
    size = max(float(np.nanmax(np.abs(first), initial=0)), 1e-6)
    close = np.isclose(first, second, rtol=1e-3, atol=1e-4 * size, equal_nan=True)
    return float((~close).mean())
