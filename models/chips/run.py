"""The run over chips: read → infer → tell, each in its own thread."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..augment import average
from ..feedback import Feedback
from ..load import Pixels, ReadTile, WindowReader, fill_tensors
from ..memory import BatchRunner
from ..raster.grid import Window
from ..raster.mask import PolygonMask
from ..stages import Watch
from .grid import Chip
from .plan import ChipPlan

_LOG_EVERY_S = 10.0

Fate = Literal["told", "empty", "masked", "broken"]
"""of a chip: the network told something; too little data; outside of MASK; the network gave no numbers (NaN)"""


@dataclass(frozen=True)
class ChipResult:
    """What the network said of a chip."""

    chip: Chip
    scores: NDArray[np.float32] | None
    """probabilities and values of all heads, one after the other; None: no result"""
    spread: NDArray[np.float32] | None
    """their standard deviation over test-time variants; None without any"""
    fate: Fate = "told"


class ChipWriter(Protocol):
    """Takes the results."""

    def take(self, results: Sequence[ChipResult]) -> None:
        """Take the results of a batch, in order; called in a thread of its own."""


class ChipKeeper(Protocol):
    """Keeps results for a run that goes on later."""

    def restore(self, chips: Iterator[Chip]) -> Iterator[list[ChipResult]]:
        """Yield what an earlier run kept, taking its chips from *chips*."""

    def add(self, results: Sequence[ChipResult]) -> None:
        """Keep the results of a batch."""


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

    def add(self, results: Sequence[ChipResult], *, ran: bool = True) -> None:
        """Count the results of a batch; not *ran*: the network saw them in an earlier run."""
        fates = [result.fate for result in results]
        self.empty += fates.count("empty")
        self.masked += fates.count("masked")
        self.broken += fates.count("broken")
        self.seen += ran * (fates.count("told") + fates.count("broken"))


@dataclass(frozen=True)
class _Batch:
    chips: list[Chip]
    fates: list[Fate]
    """of the chips that the network does not see; ``told`` of the others, which are in the tensors in this order"""
    tensors: dict[str, NDArray[Any]]
    """by input name; empty when the network has nothing to do"""


def run_chips(
    plan: ChipPlan,
    chips: Iterable[Chip],
    total: int,
    writer: ChipWriter,
    feedback: Feedback,
    keeper: ChipKeeper | None = None,
    watch: Watch | None = None,
) -> ChipCounts:
    """Run the network over *chips*, whose numbers are below *total*, and hand the results on in order.

    Those that *keeper* has from an earlier run are handed on as they are; *watch* is called for every chip that was
    read. Raises the first error of any stage, Cancelled when the user stops it.
    """
    counts = ChipCounts()
    loader = _Loader(plan, watch)
    network = BatchRunner(plan.prepared, feedback)
    waiting = iter(chips)
    if keeper is not None:
        _restore(keeper, waiting, writer, counts, feedback)
    started = reported = time.monotonic()

    def write(results: list[ChipResult]) -> None:
        if keeper is not None:
            keeper.add(results)
        writer.take(results)

    def inferred(results: list[ChipResult]) -> None:
        nonlocal reported
        counts.add(results)
        share = (results[-1].chip.number + 1) / max(total, 1)
        feedback.progress(share)
        feedback.tiles(results[-1].chip.number + 1, total)
        now = time.monotonic()
        if now - reported > _LOG_EVERY_S:
            reported = now
            rate = counts.seen / (now - started)
            feedback.log(f"{counts.seen} chips, {rate:.1f} a second; {share:.0%} done.")

    network.stream(
        _batches(waiting, plan.batch), loader.load, lambda batch: _infer(plan, network, batch), write, inferred
    )
    return counts


def _restore(
    keeper: ChipKeeper, waiting: Iterator[Chip], writer: ChipWriter, counts: ChipCounts, feedback: Feedback
) -> None:
    restored = 0
    for results in keeper.restore(waiting):
        counts.add(results, ran=False)
        writer.take(results)
        restored += len(results)
    if restored:
        feedback.log(f"The run goes on where it stopped: {restored} chips are there already.")


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
    watch: Watch | None
    _mask: PolygonMask | None = None
    _reader: WindowReader | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        # loaded here, before any work starts, so that a mask that does not fit is known at once
        settings = self.plan.prepared.settings
        if settings.mask_path:
            self._mask = PolygonMask(settings.mask_path, settings.mask_layer, self.plan.prepared.raster.grid)

    def load(self, chips: list[Chip]) -> _Batch:
        """Return a batch with the tensors of all chips that the network is to see."""
        fates: list[Fate] = []
        windows: list[Window] = []
        pixels: list[list[Pixels]] = []
        for chip in chips:
            found = self._read(chip)
            fates.append(found if isinstance(found, str) else "told")
            if not isinstance(found, str):
                windows.append(chip.tile.read)
                pixels.append(found)
        tensors = fill_tensors(self.plan.prepared, windows, pixels, self.plan.batch) if windows else {}
        return _Batch(chips, fates, tensors)

    def _read(self, chip: Chip) -> list[Pixels] | Fate:
        if self._reader is None:
            self._reader = WindowReader(self.plan.prepared)
        read, core = chip.tile.read, chip.tile.core
        if self._mask is not None and self._mask.covers(core) is None:
            return "masked"
        pixels, valid = self._reader.read(read)
        if self.watch is not None:
            self.watch(ReadTile(core, read, pixels, self._reader))
        if valid is not None and (valid.mean() < self.plan.min_data or not valid[core.slices(read)].any()):
            return "empty"
        return pixels


def _infer(plan: ChipPlan, network: BatchRunner, batch: _Batch) -> list[ChipResult]:
    scores: NDArray[np.float32] = np.empty((0, 0), np.float32)
    spread: NDArray[np.float32] | None = None
    real = batch.fates.count("told")
    if batch.tensors and len(plan.variants) == 1:
        scores = _scores(plan, network, batch.tensors, real)
    elif batch.tensors:
        tensors = batch.tensors
        dims = {name: axes for feed in plan.prepared.images for name, axes in feed.dims.items()}
        scores, spread = average(
            _scores(plan, network, {name: way.apply(each, dims.get(name, "")) for name, each in tensors.items()}, real)
            for way in plan.variants
        )
    places = iter(range(real))
    return [
        ChipResult(chip, None, None, fate) if fate != "told" else _told(chip, next(places), scores, spread)
        for chip, fate in zip(batch.chips, batch.fates)
    ]


def _told(chip: Chip, place: int, scores: NDArray[np.float32], spread: NDArray[np.float32] | None) -> ChipResult:
    if not np.isfinite(scores[place]).all():
        return ChipResult(chip, None, None, "broken")
    return ChipResult(chip, scores[place], None if spread is None else spread[place])


def _scores(plan: ChipPlan, network: BatchRunner, tensors: dict[str, NDArray[Any]], count: int) -> NDArray[np.float32]:
    """Return what all heads say of the first *count* chips of a batch, (chip, number)."""
    outputs = network.run(tensors)
    if "B" not in plan.prepared.images[0].spec.dims:
        outputs = [output[np.newaxis] for output in outputs]
    return np.concatenate([head.activate(output[:count]) for head, output in zip(plan.heads, outputs)], axis=1)


def split_heads(plan: ChipPlan, values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the part of each head of a vector as `ChipResult` has it."""
    return np.split(values, np.cumsum([head.size for head in plan.heads])[:-1])
