"""The run over chips: read → infer → tell, each in its own thread."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..augment import average
from ..feedback import Feedback
from ..load import Pixels, WindowReader, fill_tensors
from ..memory import BatchRunner
from ..raster.grid import Window
from ..raster.mask import PolygonMask
from .grid import Chip
from .plan import ChipPlan

_LOG_EVERY_S = 10.0


@dataclass(frozen=True)
class ChipResult:
    """What the network said of a chip."""

    chip: Chip
    scores: NDArray[np.float32] | None
    """probabilities and values of all heads, one after the other; None: no result"""
    spread: NDArray[np.float32] | None
    """their standard deviation over test-time variants; None without any"""


class ChipWriter(Protocol):
    """Takes the results."""

    def take(self, results: Sequence[ChipResult]) -> None:
        """Take the results of a batch, in order; called in a thread of its own."""


@dataclass
class ChipCounts:
    """What became of the chips."""

    seen: int = 0
    """by the network"""
    empty: int = 0
    """without enough data"""
    masked: int = 0
    """outside of MASK"""
    broken: int = 0
    """for which the network gave no numbers (NaN)"""


@dataclass(frozen=True)
class _Batch:
    chips: list[Chip]
    places: list[int | None]
    """of each chip in the tensors; None: the network does not see it"""
    tensors: dict[str, NDArray[Any]]
    """by input name; empty when the network has nothing to do"""


@dataclass(frozen=True)
class _Inferred:
    results: list[ChipResult]
    seen: int
    """chips that went through the network"""
    broken: int
    """chips for which it gave no numbers"""


def run_chips(plan: ChipPlan, chips: Iterable[Chip], total: int, writer: ChipWriter, feedback: Feedback) -> ChipCounts:
    """Run the network over *chips*, whose numbers are below *total*, and hand the results on in order.

    Raises the first error of any stage, Cancelled when the user stops it.
    """
    counts = ChipCounts()
    loader = _Loader(plan, counts)
    network = BatchRunner(plan.prepared, feedback)
    started = reported = time.monotonic()

    def inferred(batch: _Inferred) -> None:
        nonlocal reported
        counts.seen += batch.seen
        counts.broken += batch.broken
        share = (batch.results[-1].chip.number + 1) / max(total, 1)
        feedback.progress(share)
        now = time.monotonic()
        if now - reported > _LOG_EVERY_S:
            reported = now
            rate = counts.seen / (now - started)
            feedback.log(f"{counts.seen} chips, {rate:.1f} a second; {share:.0%} done.")

    network.stream(
        _batches(chips, plan.batch),
        loader.load,
        lambda batch: _infer(plan, network, batch),
        lambda batch: writer.take(batch.results),
        inferred,
    )
    return counts


def _batches(chips: Iterable[Chip], size: int) -> Iterator[list[Chip]]:
    batch: list[Chip] = []
    for chip in chips:
        batch.append(chip)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass
class _Loader:
    """Reads batches: opens its datasets at the first call, in the thread that calls it."""

    plan: ChipPlan
    counts: ChipCounts
    _mask: PolygonMask | None = None
    _reader: WindowReader | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        # loaded here, before any work starts, so that a mask that does not fit is known at once
        settings = self.plan.prepared.settings
        if settings.mask_path:
            self._mask = PolygonMask(settings.mask_path, settings.mask_layer, self.plan.prepared.raster.grid)

    def load(self, chips: list[Chip]) -> _Batch:
        """Return a batch with the tensors of all chips that the network is to see."""
        places: list[int | None] = []
        windows: list[Window] = []
        pixels: list[list[Pixels]] = []
        for chip in chips:
            found = self._read(chip)
            places.append(None if found is None else len(windows))
            if found is not None:
                windows.append(chip.tile.read)
                pixels.append(found)
        tensors = fill_tensors(self.plan.prepared, windows, pixels, self.plan.batch) if windows else {}
        return _Batch(chips, places, tensors)

    def _read(self, chip: Chip) -> list[Pixels] | None:
        if self._reader is None:
            self._reader = WindowReader(self.plan.prepared)
        read, core = chip.tile.read, chip.tile.core
        if self._mask is not None and self._mask.covers(core) is None:
            self.counts.masked += 1
            return None
        pixels, valid = self._reader.read(read)
        if valid is not None and (valid.mean() < self.plan.min_data or not valid[core.slices(read)].any()):
            self.counts.empty += 1
            return None
        return pixels


def _infer(plan: ChipPlan, network: BatchRunner, batch: _Batch) -> _Inferred:
    scores: NDArray[np.float32] = np.empty((0, 0), np.float32)
    spread: NDArray[np.float32] | None = None
    real = sum(place is not None for place in batch.places)
    results: list[ChipResult] = []
    broken = 0
    if batch.tensors and len(plan.variants) == 1:
        scores = _scores(plan, network, batch.tensors, real)
    elif batch.tensors:
        tensors = batch.tensors
        dims = {name: axes for feed in plan.prepared.images for name, axes in feed.dims.items()}
        scores, spread = average(
            _scores(plan, network, {name: way.apply(each, dims.get(name, "")) for name, each in tensors.items()}, real)
            for way in plan.variants
        )
    for chip, place in zip(batch.chips, batch.places):
        if place is None:
            results.append(ChipResult(chip, None, None))
        elif not np.isfinite(scores[place]).all():
            broken += 1
            results.append(ChipResult(chip, None, None))
        else:
            results.append(ChipResult(chip, scores[place], None if spread is None else spread[place]))
    return _Inferred(results, real, broken)


def _scores(plan: ChipPlan, network: BatchRunner, tensors: dict[str, NDArray[Any]], count: int) -> NDArray[np.float32]:
    """Return what all heads say of the first *count* chips of a batch, (chip, number)."""
    outputs = network.run(tensors)
    if "B" not in plan.prepared.images[0].spec.dims:
        outputs = [output[np.newaxis] for output in outputs]
    return np.concatenate([head.activate(output[:count]) for head, output in zip(plan.heads, outputs)], axis=1)


def split_heads(plan: ChipPlan, values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the part of each head of a vector as `ChipResult` has it."""
    return np.split(values, np.cumsum([head.size for head in plan.heads])[:-1])
