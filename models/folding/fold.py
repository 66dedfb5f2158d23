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
from ..load import WindowReader, fill_tensors
from ..outputs import OutputLayout
from ..plan import Plan
from ..prepare import Prepared, try_network
from ..raster.grid import Window
from ..runtime.graph import Graph
from ..stages import MapTask
from .back import ClassBack, add_back
from .crop import crop_tensors
from .wrap import is_foldable, wrap

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
    if not is_foldable(plan.prepared):
        return plan, task
    is_as_large = all(layout.coarser == layout.finer == 1 for layout in plan.layouts)
    back = task.back(plan) if isinstance(task, FoldableTask) and is_as_large else None
    tiling = plan.tiling
    try:
        wrapped = wrap(
            plan.prepared,
            key=(back, plan.layouts, tiling.tile_width, tiling.tile_height),
            behind=None if back is None else lambda graph: _add_behind(graph, plan, back),
        )
        new_plan = replace(
            plan,
            prepared=wrapped.prepared,
            layouts=(_result_layout(back, plan.margin_px),) if back else plan.layouts,
            crops=bool(back and back.products),
        )
        new_task = task.behind(back) if back and isinstance(task, FoldableTask) else task
        if wrapped.is_new:
            _compare(plan, task, new_plan, new_task, feedback)
            wrapped.keep()
    except Cancelled:
        raise
    except GeonnxError as error:
        feedback.log(f"Pixels are scaled and classes chosen outside of the model's graph: {error}.")
        return plan, task
    plan.prepared.session.release()  # one network in memory is enough
    return new_plan, new_task


def fold_front(prepared: Prepared, window: Window, batch: int, feedback: Feedback) -> Prepared:
    """Return the run with pixels scaled in the model's graph; as it was where that can't be, with the reason told.

    A graph that is made for the first time is compared with the plain way on *window*.
    """
    if not is_foldable(prepared):
        return prepared
    try:
        wrapped = wrap(prepared, key="front")
        if wrapped.is_new:
            pixels = [WindowReader(prepared).read(window)[0]]
            plain, other = (
                try_network(each, fill_tensors(each, [window], pixels, batch), feedback)
                for each in (prepared, wrapped.prepared)
            )
            for spec, first, second in zip(prepared.outputs, plain, other):
                _require_same(spec.name, first, second, is_classes=False)
            wrapped.keep()
    except Cancelled:
        raise
    except GeonnxError as error:
        feedback.log(f"Pixels are scaled outside of the model's graph: {error}.")
        return prepared
    prepared.session.release()
    return wrapped.prepared


def _add_behind(graph: Graph, plan: Plan, back: ClassBack) -> dict[str, str]:
    """Add *back* behind the network; return the outputs of the whole, each with its type."""
    tiling = plan.tiling
    size = (tiling.tile_height + 2 * plan.margin_px, tiling.tile_width + 2 * plan.margin_px)
    add_back(graph, plan.prepared.outputs[0].name, plan.layouts[0], size, back)
    return {"geonnx_result": back.dtype if back.products else "float32"}


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
        _require_same(name, values, other[name], is_classes=name == "classes")


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


def _require_same(name: str, first: NDArray[Any], second: NDArray[Any], *, is_classes: bool) -> None:
    share = _difference(first, second, is_classes=is_classes)
    if share > _MOST_DIFFERENT:
        raise ModelError(f"with everything in one graph, {share:.2%} of the values of a tile ({name}) would differ")


def _difference(first: NDArray[Any], second: NDArray[Any], *, is_classes: bool) -> float:
    if is_classes or first.dtype.kind not in "f":
        allowed = 0 if is_classes else 1
        return float((np.abs(first.astype(np.int64) - second.astype(np.int64)) > allowed).mean())
    size = max(float(np.nanmax(np.abs(first), initial=0)), 1e-6)
    close = np.isclose(first, second, rtol=1e-3, atol=1e-4 * size, equal_nan=True)
    return float((~close).mean())
