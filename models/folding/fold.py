"""Puts what happens to pixels before and after the network into its graph, where it costs a tenth of what numpy takes.

In front: cast, clip, scaling, fill where there is no data, order of axes. Behind, for maps of classes: the crop of the
overlap, activation, the best class, and probabilities, confidence and entropy in the coding of the result. A run does
the same with it and without; a model that can't be wrapped runs without.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, GeonnxError, ModelError
from ..feedback import Feedback
from ..feeds import FoldedInput, ImageFeed
from ..load import WindowReader, fill_tensors
from ..outputs import OutputLayout
from ..plan import Plan
from ..prepare import try_network
from ..raster.grid import Window
from ..raster.source import BandReader
from ..runtime.graph import Graph
from ..runtime.session import open_session
from ..stages import MapTask
from .back import ClassBack, add_back
from .cache import load_graph, store_graph
from .crop import crop_tensors
from .front import add_front, raw_dtype

_MOST_DIFFERENT = 0.001
"""share of the values of a tile; ties between scores may tip"""


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
    if prepared.settings.options.monte_carlo > 1:
        return plan, task  # what is drawn by chance can't be compared
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
        wrapped = replace(plan, prepared=replace(prepared, feeds=folded))
        recipe = _recipe(wrapped, back)
        graph = load_graph(prepared.model.sha256, recipe)
        is_new = graph is None
        if graph is None:
            graph = build_graph(wrapped, back)
        session = open_session(
            graph,
            ("geonnx_result",) if back else tuple(spec.name for spec in prepared.outputs),
            device=prepared.settings.device,
            threads=prepared.settings.options.threads,
            half=prepared.half is not None,
        )
        new_plan = replace(
            plan,
            prepared=replace(prepared, feeds=folded, session=session),
            layouts=(_result_layout(back, plan.margin_px),) if back else plan.layouts,
            crops=bool(back and back.products),
        )
        new_task = task.behind(back) if back and isinstance(task, FoldableTask) else task
        if is_new:
            _compare(plan, task, new_plan, new_task, feedback)
            store_graph(prepared.model.sha256, recipe, graph)
    except Cancelled:
        raise
    except GeonnxError as error:
        feedback.log(f"Pixels are scaled and classes chosen outside of the model's graph: {error}.")
        return plan, task
    prepared.session.release()  # one network in memory is enough
    return new_plan, new_task


def build_graph(plan: Plan, back: ClassBack | None) -> bytes:
    """Return the ONNX file of the network with everything around it; the plan's feeds say what it gets.

    Raises ModelError, with the reason as half a sentence, when the model can't be wrapped.
    """
    prepared = plan.prepared
    graph = Graph(prepared.model.card.model_path, prepared.half)
    for number, feed in enumerate(prepared.feeds):
        if isinstance(feed, ImageFeed):
            add_front(graph, feed, number)
    graph.behind()
    if back is None:
        graph.outputs({spec.name: spec.dtype for spec in prepared.outputs})
        return graph.serialise()
    tiling = plan.tiling
    size = (tiling.tile_height + 2 * plan.margin_px, tiling.tile_width + 2 * plan.margin_px)
    add_back(graph, prepared.outputs[0].name, plan.layouts[0], size, back)
    graph.outputs({"geonnx_result": back.dtype if back.products else "float32"})
    return graph.serialise()


def _recipe(plan: Plan, back: ClassBack | None) -> str:
    """Return a text that differs wherever the graph does."""
    feeds = [
        (
            feed.spec,
            feed.dtype.name,
            feed.fill,
            feed.folded,
            [(source.transforms, raw_dtype(feed)) for source in feed.sources],
        )
        for feed in plan.prepared.images
    ]
    tiling = plan.tiling
    outputs = [spec.name for spec in plan.prepared.outputs]
    precision = "float16" if plan.prepared.half else ""
    return repr((feeds, back, plan.layouts, tiling.tile_width, tiling.tile_height, outputs, precision))


def _folded_input(feed: ImageFeed, number: int) -> FoldedInput:
    is_complete = all(BandReader(source.raster, source.bands.numbers).is_complete for source in feed.sources)
    return FoldedInput(f"geonnx_raw{number}", "" if is_complete else f"geonnx_valid{number}", raw_dtype(feed))


def _result_layout(back: ClassBack, margin_px: int) -> OutputLayout:
    per_product = {"probabilities": len(back.values)}
    channels = sum(per_product.get(product, 1) for product in back.products)
    return OutputLayout("BKHW", channels or (1 if back.is_binary else len(back.values)), margin_px=margin_px)


def _compare(plan: Plan, task: MapTask, folded: Plan, folded_task: MapTask, feedback: Feedback) -> None:
    """Run the middle tile both ways; raise ModelError when the results differ by more than rounding does."""
    tiling = plan.tiling
    tile = tiling.tile(len(tiling.columns.starts) // 2, len(tiling.rows.starts) // 2)
    plain = _products(plan, task, tile.read, feedback, is_finished=folded.crops)
    other = _products(folded, folded_task, tile.read, feedback, is_finished=folded.crops)
    for name, values in plain.items():
        share = _difference(values, other[name], is_classes=name == "classes")
        if share > _MOST_DIFFERENT:
            raise ModelError(f"with everything in one graph, {share:.2%} of the values of a tile ({name}) would differ")


def _products(
    plan: Plan, task: MapTask, read: Window, feedback: Feedback, *, is_finished: bool
) -> dict[str, NDArray[Any]]:
    prepared = plan.prepared
    margin = plan.margin_px
    window = Window(read.x - margin, read.y - margin, read.width + 2 * margin, read.height + 2 * margin)
    pixels, _ = WindowReader(prepared).read(window)
    tensors = fill_tensors(prepared, [window], [pixels], plan.batch)
    if plan.crops:
        tensors.update(crop_tensors(Window(0, 0, read.width, read.height)))
    outputs = try_network(prepared, tensors, feedback)
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
