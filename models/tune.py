"""How many tiles a device takes at a time, found out by trying: too few leave it idle, too many only take memory."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Cancelled, DeviceMemoryError
from .feedback import Feedback
from .plan import Plan
from .prepare import run_network
from .stages import ChosenTile, TileLoader

_SIZES = (1, 2, 4, 8, 16, 32)
_FEWEST_TILES = 64
"""a run of fewer is over before the measurement pays"""
_MOST_BYTES = 512 << 20
"""of the inputs and outputs of a batch; several of them are under way at a time"""
_GOOD_ENOUGH = 1.05
_WORSE = 1.2
_BUDGET_S = 3.0
_ROUNDS = 2


def tune_batch(plan: Plan, feedback: Feedback) -> Plan:
    """Return the plan with the batch that is fastest on its device, as far as nothing else says what it is.

    On a CPU, where one tile keeps all cores busy, it stays as it is; also for few tiles, and for a run that may go on
    after a crash: on a GPU, results of other batches may differ in the last digits. Raises Cancelled.
    """
    prepared = plan.prepared
    is_said = prepared.settings.batch_size > 0 or prepared.fixed_rows is not None
    if is_said or prepared.session.on_cpu or prepared.settings.options.resume or len(plan.tiling) < _FEWEST_TILES:
        return plan
    tensors = _one_tile(plan)
    if not tensors:
        return plan
    found = measure_batches(plan, tensors, feedback)
    if not found:
        return plan
    best = min(found.values())
    chosen = min(size for size, seconds in found.items() if seconds <= _GOOD_ENOUGH * best)
    figures = ", ".join(f"{size}: {seconds * 1000:.1f}" for size, seconds in found.items())
    feedback.log(f"{chosen} tile(s) at a time (milliseconds a tile by size of the batch: {figures}).")
    return replace(plan, batch=min(chosen, len(plan.tiling)))


def measure_batches(plan: Plan, tensors: Mapping[str, NDArray[Any]], feedback: Feedback) -> dict[int, float]:
    """Return size of the batch → seconds a tile, for the sizes that fit and are worth trying.

    *tensors* are those of one tile. Raises Cancelled.
    """
    prepared = plan.prepared
    batched = {name for feed in prepared.feeds for name, dims in feed.dims.items() if dims[:1] in ("B", "N")}
    found: dict[int, float] = {}
    started = time.perf_counter()
    for size in _SIZES:
        if feedback.cancelled():
            raise Cancelled
        batch = {
            name: np.concatenate([tensor] * size) if name in batched else tensor for name, tensor in tensors.items()
        }
        try:
            outputs = run_network(prepared.session, batch)  # the first run of a size makes plans and takes memory
            seconds = min(_timed(plan, batch) for _ in range(_ROUNDS)) / size
        except DeviceMemoryError:
            break
        found[size] = seconds
        used = sum(array.nbytes for array in (*batch.values(), *outputs))
        is_late = time.perf_counter() - started > _BUDGET_S
        if is_late or 2 * used > _MOST_BYTES or seconds > _WORSE * min(found.values()):
            break
    return found


def _timed(plan: Plan, batch: Mapping[str, NDArray[Any]]) -> float:
    started = time.perf_counter()
    run_network(plan.prepared.session, batch)
    return time.perf_counter() - started


def _one_tile(plan: Plan) -> dict[str, NDArray[Any]]:
    """Return the tensors of a tile in the middle of the raster; nothing where none of it needs the network."""
    columns, rows = len(plan.tiling.columns.starts), len(plan.tiling.rows.starts)
    tile = plan.tiling.tile(columns // 2, rows // 2)
    return TileLoader(replace(plan, batch=1)).load([ChosenTile(tile)]).tensors
