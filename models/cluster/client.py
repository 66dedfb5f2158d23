"""The connection to a Dask scheduler: work goes out, a bounded number of results is under way, lost work is repeated.

The package `distributed` is optional, and imported when a cluster is used.
"""

from __future__ import annotations

import pkgutil
import queue
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Cancelled, DeviceError
from ..feedback import Feedback
from ..stages import ChosenTile
from . import worker
from .address import ClusterAddress
from .job import Job, TileResults, no_results
from .parcel import pack, unpack

_CONNECT_S = 10
_POLL_S = 0.1
_ANSWER_S = 2.0
"""to count or to tell workers something; the user waits"""
_CHECK_S = 60.0
_COUNT_EVERY_S = 2.0
_LONGEST_WITHOUT_WORKERS_S = 60.0
"""in the middle of a run; longer where DEVICE says so by ?wait="""
_PER_THREAD = 3
"""pieces of work that are under way for each thread of the workers"""
_TRIES = 3
"""of a piece of work that fails; that of a lost worker is repeated by Dask itself"""


@dataclass
class _Work:
    """A piece of work that is under way."""

    tiles: Sequence[ChosenTile]
    future: Any = None
    tries: int = 0
    cause: BaseException | None = None
    """why it failed the first time"""
    found: TileResults | None = None


class Connection:
    """A client of a scheduler, for one job. Belongs to the thread that made it."""

    def __init__(self, address: ClusterAddress, job: Job, feedback: Feedback) -> None:
        """Connect, and see whether the workers that are there can do the job.

        Raises DeviceError when the scheduler does not answer, has no workers or one of them lacks something.
        """
        self._address, self._job, self._feedback = address, job, feedback
        self._client = _connect(address)
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._counted = 0.0
        self._threads = 0
        self._without_since: float | None = None
        try:
            self._wait_for_workers()
            self._check_workers()
            self._shared = self._share()
        except BaseException:
            self.close()
            raise

    @property
    def threads(self) -> int:
        """How many pieces of work the workers do at a time, all together; at least 1."""
        return max(1, self._threads)

    def greet(self) -> TileResults:
        """Wait for the first worker that loads the network; return what it says. Raises as `results` does."""
        return next(self.results([[]], in_order=False))

    def results(self, work: Iterable[Sequence[ChosenTile]], *, in_order: bool) -> Iterator[TileResults]:
        """Yield what becomes of each piece of *work*, once, in its order or as it is done.

        About three pieces are under way for each thread of the workers. Raises the first error of a piece that failed
        several times, DeviceError when the scheduler or all workers are lost, Cancelled.
        """
        left = enumerate(work)
        waiting: dict[int, _Work] = {}
        try:
            while True:
                if self._feedback.cancelled():
                    raise Cancelled
                while len(waiting) < _PER_THREAD * self.threads and (item := next(left, None)) is not None:
                    number, tiles = item
                    waiting[number] = self._start(number, tiles)
                if not waiting:
                    return
                number = self._next_done(waiting, in_order=in_order)
                # gone from here before it is used, so that its memory is free as soon as possible
                yield waiting.pop(number).found or no_results([])
        finally:
            self._drop(waiting)

    def close(self) -> None:
        """Tell the workers that the job is over, and disconnect; what is under way is dropped."""
        with suppress(Exception):  # whoever can't be told finds out when the next job comes
            if self._client.status == "running":
                self._client.run(worker.close, self._job.key, on_error="ignore", callback_timeout=_ANSWER_S)
        self._client.close(timeout=_ANSWER_S)

    def _share(self) -> Any:
        """Send the job to the cluster, where it goes from worker to worker; return what stands for it."""
        import dask  # noqa: PLC0415  (comes with distributed)

        # the network may be in it, of whose size Dask would warn
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "4GiB"}):
            job = self._client.submit(bytes, pack(self._job), key=f"geonnx-job-{self._job.key}", pure=False)
        run_tiles = self._client.submit(
            pkgutil.resolve_name, f"{worker.__name__}:run_tiles", key=f"geonnx-code-{self._job.key}", pure=False
        )
        return run_tiles, job

    def _start(self, number: int, tiles: Sequence[ChosenTile]) -> _Work:
        work = _Work(tiles)
        if tiles and not any(chosen.is_wanted for chosen in tiles):
            work.found = no_results(tiles)
            self._done.put((number, work.found))
        else:
            self._submit(number, work)
        return work

    def _submit(self, number: int, work: _Work) -> None:
        from dask.utils import apply  # noqa: PLC0415

        work.tries += 1
        run_tiles, job = self._shared
        key = f"geonnx-tiles-{self._job.key}-{number}-{work.tries}-{len(work.tiles)}"
        words = [job, self._job.key, pack(tuple(work.tiles))]
        work.future = self._client.submit(apply, run_tiles, words, key=key, pure=False)
        work.future.add_done_callback(lambda future: self._done.put((number, _fetch(future))))

    def _next_done(self, waiting: dict[int, _Work], *, in_order: bool) -> int:
        """Wait for the next piece of work whose results are wanted."""
        while True:
            ready = [number for number, work in waiting.items() if work.found is not None]
            wanted = ready[:1] if not in_order else [number for number in ready if number == min(waiting)]
            if wanted:
                return wanted[0]
            number, found = self._wait()
            if number in waiting:
                self._take(number, waiting[number], found)

    def _take(self, number: int, work: _Work, found: Any) -> None:
        """Keep the results of a piece of work; do it again when it failed, or raise why."""
        if work.future is not None:
            work.future.release()
            work.future = None
        if isinstance(found, TileResults):
            work.found = found
            return
        error, is_final = self._explain(found)
        work.cause = work.cause or error
        if is_final or work.tries >= _TRIES:
            raise work.cause
        self._submit(number, work)

    def _wait(self) -> tuple[int, Any]:
        """Return the number of the next piece that is done, and what came of it."""
        while True:
            if self._feedback.cancelled():
                raise Cancelled
            try:
                return self._done.get(timeout=_POLL_S)
            except queue.Empty:
                if self._client.status != "running":
                    raise self._lost() from None
                self._count()

    def _drop(self, waiting: dict[int, _Work]) -> None:
        futures = [work.future for work in waiting.values() if work.future is not None]
        waiting.clear()
        if futures and self._client.status == "running":
            with suppress(Exception):  # the scheduler is gone: so is the work
                self._client.cancel(futures, force=True)

    def _wait_for_workers(self) -> None:
        has_said = False
        while True:
            self._counted = 0.0
            self._count(self._address.wait_s)
            if self._threads:
                return
            if not has_said:
                has_said = True
                self._feedback.log(f"The scheduler {self._address.name} has no workers yet; waiting for one.")
            if self._feedback.cancelled():
                raise Cancelled
            if self._client.status != "running":
                raise self._lost()
            time.sleep(_POLL_S)

    def _count(self, longest_s: float | None = None) -> None:
        """Count the workers, now and then; raise DeviceError when there have been none for too long."""
        now = time.monotonic()
        if now - self._counted < _COUNT_EVERY_S:
            return
        self._counted = now
        try:
            self._threads = sum(self._client.nthreads(callback_timeout=_ANSWER_S).values())
        except (OSError, TimeoutError):  # the scheduler is busy or gone; which of them shows soon
            return
        if self._threads:
            self._without_since = None
            return
        self._without_since = self._without_since or now
        most = max(_LONGEST_WITHOUT_WORKERS_S, self._address.wait_s) if longest_s is None else longest_s
        if now - self._without_since >= most:
            raise DeviceError(
                f"The scheduler {self._address.name} has had no workers for {most:.0f} seconds: start some (dask "
                "worker), or let DEVICE wait longer for them (?wait=600); see docs/scale.md."
            )

    def _check_workers(self) -> None:
        """Have each worker that is there look for what the job needs; raise DeviceError in the words of the first."""
        try:
            answers = self._client.run(
                worker.check, pack(self._job.needs), on_error="return", callback_timeout=_CHECK_S
            )
        except TimeoutError:
            raise DeviceError(
                f"Some workers of {self._address.name} did not say within {_CHECK_S:.0f} seconds whether they see the "
                "files of the run: check that their storage answers."
            ) from None
        for address, answer in answers.items():
            found = answer if isinstance(answer, BaseException) else unpack(answer)
            if isinstance(found, OSError):
                continue  # a worker that was lost just now
            if found is not None:
                raise self._explain(found, f"The worker {address}")[0]

    def _explain(self, found: Any, who: str = "A worker") -> tuple[BaseException, bool]:
        """Return what went wrong in words that say what to do, and whether another try is in vain."""
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415

        if isinstance(found, worker.Failure):
            return found.kind(found.text), False
        if isinstance(found, KilledWorker):
            return DeviceError(
                f"The same tiles were given to {found.allowed_failures + 1} workers, and each was lost with them: "
                "their logs say why. Mostly their memory is too small: use a smaller TILE_SIZE, or larger workers."
            ), True
        if isinstance(found, (CancelledError, OSError)):
            return self._lost(), True
        text = " ".join(str(found).split())[:300].rstrip(".")
        # what a worker can't even unpack comes as text
        if isinstance(found, ImportError) or "ModuleNotFoundError" in text:
            return DeviceError(
                f"{who} can't load what it needs ({text}): it needs GeONNX as the package "
                f"'{worker.__name__.split('.')[0]}' and what GeONNX needs without QGIS; see docs/scale.md."
            ), True
        return DeviceError(f"{who} failed: {text or type(found).__name__} ({type(found).__name__})."), False

    def _lost(self) -> DeviceError:
        return DeviceError(
            f"The connection to the scheduler {self._address.name} was lost, or the work was cancelled there. Repeat "
            'the call when it is back; with OPTIONS={"resume": true} it goes on where it stopped.'
        )


def _fetch(future: Any) -> Any:
    """Return the results of work that is done, or its error; called in a thread of Dask's own, so that nobody waits."""
    try:
        return unpack(future.result())
    except BaseException as error:  # noqa: BLE001  (whatever it is, the thread that waits has to see it)
        return error


def _connect(address: ClusterAddress) -> Any:
    from distributed import Client  # noqa: PLC0415  (optional: only where a cluster is used)

    if address.scheduler_file and not Path(address.scheduler_file).is_file():
        raise DeviceError(
            f"{address.scheduler_file} is not there: start the scheduler with --scheduler-file, on a folder that this "
            "machine sees too."
        )
    place = {"scheduler_file": address.scheduler_file} if address.scheduler_file else {"address": address.scheduler}
    try:
        return Client(**place, timeout=_CONNECT_S, set_as_default=False, name="geonnx")  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        text = " ".join(str(error).split())[:200]
        raise DeviceError(
            f"The scheduler {address.name} does not answer ({text or type(error).__name__}): check that it runs ('dask "
            "scheduler') and that this machine may connect to it."
        ) from error


@contextmanager
def connected(address: ClusterAddress, job: Job, feedback: Feedback) -> Iterator[Connection]:
    """Yield a connection to a scheduler for a job; raises as `Connection` does."""
    connection = Connection(address, job, feedback)
    try:
        yield connection
    finally:
        connection.close()
