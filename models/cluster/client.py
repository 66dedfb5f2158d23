"""The connection to a Dask scheduler: work goes out, a bounded number of results is under way, lost work is repeated.

The package `distributed` is optional, and imported when a cluster is used.
"""

from __future__ import annotations

import queue
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import Cancelled, DeviceError, GeonnxError
from ..feedback import Feedback
from ..stages import ChosenTile
from . import worker
from .address import ClusterAddress
from .job import Greeting, Job, TileResults, no_results

_CONNECT_S = 20
_REACH_S = 3
_POLL_S = 0.2
_COUNT_EVERY_S = 2.0
_WARN_WITHOUT_WORKERS_S = 10.0
_GIVE_UP_WITHOUT_WORKERS_S = 900.0
"""clusters that grow on demand need minutes for the first machine"""
_RETRIES = 2
"""of work that failed; that of a lost worker is repeated by Dask itself, several times"""


class Connection:
    """A client of a scheduler. Belongs to the thread that made it."""

    def __init__(self, address: ClusterAddress, feedback: Feedback) -> None:
        """Connect; raise DeviceError when the scheduler does not answer."""
        self._address, self._feedback = address, feedback
        self._client = _connect(address)
        self._counted = 0.0
        self._workers: dict[str, int] = {}
        self._without_since: float | None = None
        self._has_warned = False
        self._is_direct: bool | None = None

    @property
    def threads(self) -> int:
        """How many pieces of work the workers do at a time, all together; at least 1."""
        return max(1, sum(self._workers.values()))

    def share(self, job: Job) -> Any:
        """Return what stands for a job in the calls of its work."""
        import dask  # noqa: PLC0415  (comes with distributed)

        # the network travels once to each worker; Dask would warn of its size
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "4GiB"}):
            return self._client.submit(worker.hold, job, key=f"geonnx-job-{job.key}", pure=False)

    def greet(self, shared: Any) -> Greeting:
        """Wait for the first worker that loads the network of a job; return what it is.

        Raises a GeonnxError that says why it can't, Cancelled.
        """
        done: queue.SimpleQueue[int] = queue.SimpleQueue()
        future = self._client.submit(worker.greet, shared, pure=False, retries=_RETRIES)
        future.add_done_callback(lambda _future: done.put(0))
        with self._releasing({0: future}) as waiting:
            self._next(done, waiting)
            return self._fetch(future)  # type: ignore[no-any-return]

    def results(
        self, shared: Any, key: str, work: Iterable[Sequence[ChosenTile]], *, in_order: bool
    ) -> Iterator[TileResults]:
        """Yield what becomes of each piece of *work*, in its order or as it is done.

        About twice as many pieces are under way as the workers do at a time; with *in_order*, what is done too early
        waits on its worker. Raises a GeonnxError that says which worker could not go on, Cancelled.
        """
        done: queue.SimpleQueue[int] = queue.SimpleQueue()
        left = enumerate(work)
        ready: set[int] = set()
        with self._releasing({}) as waiting:
            while True:
                self._look()
                while len(waiting) < 2 * self.threads + 1 and (item := next(left, None)) is not None:
                    number, tiles = item
                    waiting[number] = self._start(shared, key, number, tiles, done)
                if not waiting:
                    return
                wanted = min(waiting) if in_order else None
                while not (ready if wanted is None else wanted in ready):
                    ready.add(self._next(done, waiting))
                number = min(ready) if wanted is None else wanted
                ready.discard(number)
                found = waiting.pop(number)
                yield found if isinstance(found, TileResults) else self._fetch(found)

    def close(self) -> None:
        """Disconnect; what is under way is dropped by the scheduler."""
        self._client.close()

    def _start(
        self, shared: Any, key: str, number: int, tiles: Sequence[ChosenTile], done: queue.SimpleQueue[int]
    ) -> Any:
        """Return what stands for the results of some tiles, or the results where there is nothing to do."""
        if not any(chosen.is_wanted for chosen in tiles):
            done.put(number)
            return no_results(tiles)
        name = (f"geonnx-tiles-{key}", number)
        call = worker.run_tiles_here, shared, tuple(tiles)
        future = self._client.submit(*call, key=name, pure=False, retries=_RETRIES)
        future.add_done_callback(lambda _future: done.put(number))
        return future

    @contextmanager
    def _releasing(self, waiting: dict[int, Any]) -> Iterator[dict[int, Any]]:
        """Drop what is still under way at the end of the block."""
        try:
            yield waiting
        finally:
            futures = [found for found in waiting.values() if not isinstance(found, TileResults)]
            if futures and self._client.status == "running":
                self._client.cancel(futures, force=True)

    def _next(self, done: queue.SimpleQueue[int], waiting: dict[int, Any]) -> int:
        """Wait for the next piece of work that is done; raise Cancelled, DeviceError when nothing can come any more."""
        while True:
            if self._feedback.cancelled():
                raise Cancelled
            try:
                return done.get(timeout=_POLL_S)
            except queue.Empty:
                self._look()
            if self._client.status == "closed" or any(_is_lost(found) for found in waiting.values()):
                raise self._lost()

    def _look(self) -> None:
        """Count the workers, now and then; raise DeviceError when there have been none for too long."""
        now = time.monotonic()
        if now - self._counted < _COUNT_EVERY_S or self._client.status != "running":
            return
        self._counted = now
        try:
            self._workers = dict(self._client.nthreads(callback_timeout=_COUNT_EVERY_S))
        except (OSError, TimeoutError):  # the scheduler is busy or gone; which of them shows soon
            return
        if self._workers:
            self._without_since = None
            return
        self._without_since = self._without_since or now
        waited = now - self._without_since
        if waited > _GIVE_UP_WITHOUT_WORKERS_S:
            raise DeviceError(
                f"The scheduler {self._address.name} has had no workers for {waited / 60:.0f} minutes: start some "
                "(dask worker), see docs/scale.md."
            )
        if waited > _WARN_WITHOUT_WORKERS_S and not self._has_warned:
            self._has_warned = True
            self._feedback.warn(
                f"The scheduler {self._address.name} has no workers; the run waits for them. Start some (dask worker), "
                "see docs/scale.md."
            )

    def _fetch(self, future: Any) -> Any:
        """Return the result of work that is done; raise what it raised, in words that say what to do."""
        if self._is_direct is None:
            self._look()
            self._is_direct = bool(self._workers) and _can_reach(next(iter(self._workers)))
        try:
            return self._client.gather(future, direct=self._is_direct)
        except GeonnxError:
            raise
        except BaseException as error:
            raise self._explain(error) from error

    def _explain(self, error: BaseException) -> BaseException:
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415

        if isinstance(error, KilledWorker):
            return DeviceError(
                f"The same tiles were given to {error.allowed_failures + 1} workers, and each was lost with them: "
                "their logs say why. Mostly their memory is too small: use a smaller TILE_SIZE, or larger workers."
            )
        if isinstance(error, (CancelledError, OSError)):
            return self._lost()
        text = " ".join(str(error).split())[:300]
        if isinstance(error, ImportError):
            return DeviceError(
                f"A worker can't load what it needs ({text}): install there what 'Install' in the README says, with "
                "the folder that holds the package named as it is here on PYTHONPATH; see docs/scale.md."
            )
        if "deserializ" in text:
            return DeviceError(
                f"The scheduler {self._address.name} can't read the work: it needs the same packages as the workers, "
                "with versions of Python and distributed as they are here; see docs/scale.md."
            )
        return error

    def _lost(self) -> DeviceError:
        return DeviceError(
            f"The connection to the scheduler {self._address.name} was lost, or the work was cancelled there. Repeat "
            'the call when it is back; with OPTIONS={"resume": true} it goes on where it stopped.'
        )


def _connect(address: ClusterAddress) -> Any:
    from distributed import Client  # noqa: PLC0415  (optional: only where a cluster is used)

    if address.scheduler_file and not Path(address.scheduler_file).is_file():
        raise DeviceError(
            f"{address.scheduler_file} is not there: start the scheduler with --scheduler-file, on a folder that this "
            "machine sees too."
        )
    place = {"scheduler_file": address.scheduler_file} if address.scheduler_file else {"address": address.scheduler}
    try:
        return Client(  # type: ignore[no-untyped-call]
            **place, timeout=_CONNECT_S, set_as_default=False, name="geonnx"
        )
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        text = " ".join(str(error).split())[:200]
        raise DeviceError(
            f"The scheduler {address.name} does not answer ({text or type(error).__name__}): check that it runs ('dask "
            "scheduler') and that this machine may connect to it."
        ) from error


def _is_lost(found: Any) -> bool:
    return not isinstance(found, TileResults) and found.status == "lost"


def _can_reach(address: str) -> bool:
    """Tell whether this machine can connect to a worker, so that results need not pass through the scheduler."""
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not parts.port:
        return False
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=_REACH_S):
            return True
    except OSError:
        return False


@contextmanager
def connected(address: ClusterAddress, feedback: Feedback) -> Iterator[Connection]:
    """Yield a connection to a scheduler; raise DeviceError when it does not answer."""
    connection = Connection(address, feedback)
    try:
        yield connection
    finally:
        connection.close()
