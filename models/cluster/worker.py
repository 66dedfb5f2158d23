"""What a worker does: load the network of a run once, then read tiles, run the network over them and give back pixels.

Called by Dask through names, with bytes for arguments and results, so that the scheduler needs nothing of this package.
A worker keeps what it needs for one run, the last one, and lets go of it when the run ends.
"""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from ..errors import Cancelled, DeviceError, GeonnxError
from ..feedback import Feedback
from ..gaps import GapFinder
from ..memory import BatchRunner
from ..plan import Plan, choose_batch
from ..raster.blend import make_merger
from ..raster.cache import block_cache
from ..raster.grid import Window
from ..stages import (
    Batch,
    ChosenTile,
    CountingTask,
    InferredBatch,
    MapTask,
    Piece,
    ScoredTile,
    TileJoiner,
    TileLoader,
    Watch,
    infer_batch,
    score_tiles,
)
from ..tune import tune_batch
from .job import Greeting, Job, TileResults, check_requirements
from .parcel import pack, unpack

_REMEMBERED = 64


@dataclass(frozen=True)
class Failure:
    """An error of this package, to be raised where the run was started."""

    kind: type[GeonnxError]
    text: str


@dataclass
class _Run:
    """A job on this machine."""

    key: str
    plan: Plan
    """with the network in its session"""
    task: MapTask
    network: BatchRunner
    greeting: Greeting
    said: list[str]
    """warnings that nobody was told yet"""
    is_over: threading.Event
    loaders: list[TileLoader] = field(default_factory=list)
    """with open datasets, for whichever thread comes next"""

    @contextmanager
    def loader(self, watch: Watch) -> Iterator[TileLoader]:
        """Lend a loader that no other thread has; *watch* is called for every tile that it reads."""
        loader = self.loaders.pop() if self.loaders else TileLoader(self.plan)
        loader.watch = watch
        yield loader
        if not self.is_over.is_set():
            self.loaders.append(loader)


_lock = threading.Lock()
_runs: list[_Run] = []
"""the last run; empty when it is over"""
_over: deque[str] = deque(maxlen=_REMEMBERED)
"""keys of runs that are over: work of theirs that comes late must not load the network again"""


def check(needs: bytes, dask_worker: Any) -> bytes:
    """Look whether this machine has what a job needs; return None, or the Failure that says what is missing.

    Dask hands the worker over by the name of the argument.
    """
    where = f"Worker {dask_worker.address}"
    return _answer(where, lambda: check_requirements(unpack(needs), where))


def run_tiles(job: bytes, key: str, tiles: bytes) -> bytes:
    """Run the network over tiles; return `TileResults` or a `Failure`.

    The same tiles give the same results, wherever and however often they are run; with none, only the network is
    loaded.
    """
    where = f"Worker {_address()}"

    def work() -> TileResults:
        run = _open(job, key, where)
        return _run(run, copy.copy(run.task), unpack(tiles))

    return _answer(where, work)


def close(key: str) -> None:
    """End a run on this machine: what is under way stops within a tile, and the network goes."""
    # without the lock: another thread may be loading a network for minutes, and the worker has to answer meanwhile
    _over.append(key)
    for run in [run for run in _runs if run.key == key]:
        run.is_over.set()
        run.loaders.clear()
    _runs[:] = [run for run in _runs if run.key != key]


def _answer(where: str, work: Callable[[], Any]) -> bytes:
    """Return what *work* gives, or how it failed, as bytes: neither dask nor the scheduler has to understand it."""
    try:
        found = work()
    except Cancelled:
        found = Failure(DeviceError, f"{where} was told to stop.")
    except GeonnxError as error:
        text = str(error)
        found = Failure(type(error), text if text.startswith(where) else f"{where}: {text}")
    return pack(found, is_dense=isinstance(found, TileResults) and bool(found.scored))


def _run(run: _Run, task: MapTask, tiles: Sequence[ChosenTile]) -> TileResults:
    # tasks count in `finish`: each call has its own copy of the job's task
    started = time.monotonic()
    plan = run.plan
    finish = _Blended(plan, task) if plan.prepared.settings.merge == "blend" else _Cropped(plan, task)
    gaps = GapFinder(plan.prepared.images)
    seen = 0

    def inferred(batch: InferredBatch) -> None:
        nonlocal seen
        seen += batch.seen

    if tiles:
        with run.loader(gaps.look_at) as loader, block_cache(plan.read_cache_bytes):
            batches = [tiles[first : first + plan.batch] for first in range(0, len(tiles), plan.batch)]
            infer: Callable[[Batch], InferredBatch] = partial(infer_batch, plan, task, run.network)
            run.network.stream(batches, loader.load, infer, finish.take, inferred)
    said, run.said[:] = tuple(run.said), []
    return TileResults(
        len(tiles),
        seen,
        tuple(finish.pieces),
        tuple(finish.scored),
        task.take_tally() if isinstance(task, CountingTask) else 0,
        gaps.counts,
        time.monotonic() - started,
        run.greeting,
        said,
    )


class _Cropped:
    """Tiles that need none of their neighbours: their pixels are finished here."""

    def __init__(self, plan: Plan, task: MapTask) -> None:
        self._plan, self._task = plan, task
        self._joiner = TileJoiner(plan, task)
        self.pieces: list[Piece] = []
        self.scored: list[ScoredTile] = []

    def take(self, batch: InferredBatch) -> None:
        for scored in score_tiles(self._plan, self._task, batch):
            piece = self._joiner.join(scored)
            if piece is not None:
                place, products = piece
                # no views, which would keep the whole tile
                whole = products and {name: np.ascontiguousarray(values) for name, values in products.items()}
                self.pieces.append((place, whole))


class _Blended:
    """Tiles that are to be blended with others: their scores, as far as they count."""

    def __init__(self, plan: Plan, task: MapTask) -> None:
        self._plan, self._task = plan, task
        self._merger = make_merger("blend", plan.tiling)
        self.pieces: list[Piece] = []
        self.scored: list[ScoredTile] = []

    def take(self, batch: InferredBatch) -> None:
        for scored in score_tiles(self._plan, self._task, batch):
            self.scored.append(_cut(scored, self._merger.used(scored.tile)))


def _cut(scored: ScoredTile, used: Window) -> ScoredTile:
    if scored.scores is None:
        return replace(scored, have=used)
    area = used.slices(scored.have)
    valid = None if scored.valid is None else np.ascontiguousarray(scored.valid[area])
    return replace(scored, have=used, scores=np.ascontiguousarray(scored.scores[(..., *area)]), valid=valid)


def _open(data: bytes, key: str, where: str) -> _Run:
    """Return the run of a job: the one that is kept, or a new one in its place."""
    with _lock:
        kept = next((run for run in _runs if run.key == key), None)
        if kept is None and key not in _over:
            _runs.clear()  # first: two networks at a time may be more than the memory holds
            kept = _start(unpack(data), where)
            _runs.append(kept)
        if kept is None or key in _over:
            close(key)
            raise Cancelled
        return kept


def _start(job: Job, where: str) -> _Run:
    check_requirements(job.needs, where)
    prepared = job.plan.prepared
    session = prepared.open_network(
        job.network.model,
        prepared.session.output_names,
        device=job.device,
        threads=prepared.settings.options.threads,
        half=job.network.half,
    )
    is_over = threading.Event()
    said = [f"{where}: {session.warning}"] if session.warning else []
    feedback = Feedback(warn=lambda text: said.append(f"{where}: {text}"), cancelled=is_over.is_set)
    prepared = replace(prepared, session=session)
    batch = choose_batch(prepared, len(job.plan.tiling))  # for the device here
    plan = tune_batch(replace(job.plan, prepared=prepared, batch=batch), feedback)
    greeting = Greeting(_address(), session.provider, session.runtime_version)
    return _Run(job.key, plan, job.task, BatchRunner(plan.prepared, feedback), greeting, said, is_over)


def _address() -> str:
    """Return the address of the worker that this code runs in."""
    from distributed import get_worker  # noqa: PLC0415  (optional: only where a cluster is used)

    return str(get_worker().address)
