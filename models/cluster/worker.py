"""What a worker does: load the network of a run once, then read tiles, run the network over them and give back pixels.

Called by Dask, with functions named by their module, so that scheduler and workers need this package by the same name.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from ..errors import GeonnxError
from ..feedback import Feedback
from ..memory import BatchRunner
from ..plan import Plan, choose_batch
from ..raster.blend import make_merger
from ..raster.cache import block_cache
from ..raster.grid import Window
from ..runtime.session import Session
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
    infer_batch,
    score_tiles,
)
from .job import Greeting, Job, TileResults, check_files

_MOST_SESSIONS = 2
_MOST_RUNS = 4
Made = TypeVar("Made")


class _Kept:
    """The things that were made last, by a key; each is made once, however many threads ask for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], Made]) -> Made:
        with self._lock:
            if key not in self._things:
                while len(self._things) >= self._most:
                    self._things.popitem(last=False)
                self._things[key] = make()
            self._things.move_to_end(key)
            return self._things[key]  # type: ignore[no-any-return]


_sessions, _runs = _Kept(_MOST_SESSIONS), _Kept(_MOST_RUNS)


@dataclass
class _Run:
    """A job on this machine."""

    plan: Plan
    """with the network in its session"""
    network: BatchRunner
    greeting: Greeting
    said: list[str]
    """warnings that nobody was told yet"""
    loaders: list[TileLoader] = field(default_factory=list)
    """with open datasets, for whichever thread comes next"""

    @contextmanager
    def loader(self) -> Iterator[TileLoader]:
        """Lend a loader that no other thread has."""
        loader = self.loaders.pop() if self.loaders else TileLoader(self.plan)
        yield loader
        self.loaders.append(loader)


def hold(job: Job) -> Job:
    """Return a job as it is: Dask keeps it where it is needed, and makes it again when a worker is lost."""
    return job


def greet(job: Job) -> Greeting:
    """Load the network of a job; return what runs it here. Raises a GeonnxError when this worker can't do the job."""
    where = f"Worker {_address()}"
    with _said_of(where):
        return _open(job, where).greeting


def run_tiles_here(job: Job, tiles: Sequence[ChosenTile]) -> TileResults:
    """Run the network over tiles; the same tiles give the same results, wherever and however often they are run.

    Raises a GeonnxError that names the worker.
    """
    where = f"Worker {_address()}"
    with _said_of(where):
        return _run(_open(job, where), copy.copy(job.task), tiles)


def _run(run: _Run, task: MapTask, tiles: Sequence[ChosenTile]) -> TileResults:
    # tasks count in `finish`: each call has its own copy of the job's task
    plan = replace(run.plan, batch=choose_batch(run.plan.prepared, len(tiles)))
    finish = _Blended(plan, task) if plan.prepared.settings.merge == "blend" else _Cropped(plan, task)
    seen = 0

    def inferred(batch: InferredBatch) -> None:
        nonlocal seen
        seen += batch.seen

    with run.loader() as loader, block_cache(plan.read_cache_bytes):
        batches = [tiles[first : first + plan.batch] for first in range(0, len(tiles), plan.batch)]
        infer: Callable[[Batch], InferredBatch] = partial(infer_batch, plan, task, run.network)
        run.network.stream(batches, loader.load, infer, finish.take, inferred)
    said, run.said[:] = tuple(run.said), []
    tally = task.take_tally() if isinstance(task, CountingTask) else 0
    greeting = replace(run.greeting, warnings=said)
    return TileResults(len(tiles), seen, finish.pieces, finish.scored, tally, greeting)


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
                # no views, which would bring the whole tile along
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


def _open(job: Job, where: str) -> _Run:
    return _runs.get(job.key, lambda: _start(job, where))


def _start(job: Job, where: str) -> _Run:
    check_files(job, where)
    session = _sessions.get(_session_key(job), lambda: _load(job))
    prepared = replace(job.plan.prepared, session=replace(session, output_names=job.plan.prepared.session.output_names))
    plan = replace(job.plan, prepared=prepared)
    said = [f"{where}: {session.warning}"] if session.warning else []
    network = BatchRunner(prepared, Feedback(warn=lambda text: said.append(f"{where}: {text}")))
    return _Run(plan, network, Greeting(_address(), session.provider, session.runtime_version), said)


def _session_key(job: Job) -> tuple[Any, ...]:
    prepared = job.plan.prepared
    content = job.network_sha256 or tuple(job.model_files.items())
    opener = getattr(prepared.open_network, "__qualname__", "")
    threads = prepared.settings.options.threads
    return content, opener, prepared.session.output_names, job.device, threads, job.network.half


def _load(job: Job) -> Session:
    prepared = job.plan.prepared
    return prepared.open_network(
        job.network.model,
        prepared.session.output_names,
        device=job.device,
        threads=prepared.settings.options.threads,
        half=job.network.half,
    )


def _address() -> str:
    """Return the address of the worker that this code runs in."""
    from distributed import get_worker  # noqa: PLC0415  (optional: only where a cluster is used)

    return str(get_worker().address)


@contextmanager
def _said_of(where: str) -> Iterator[None]:
    """Have errors of the block begin with the worker's name."""
    try:
        yield
    except GeonnxError as error:
        if str(error).startswith(where):
            raise
        raise type(error)(f"{where}: {error}") from None
