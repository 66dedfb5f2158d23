"""Three stages side by side: read the next items while the network runs and the last results are written."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from .errors import Cancelled

Item = TypeVar("Item")
Loaded = TypeVar("Loaded")
Result = TypeVar("Result")

_END = object()
_POLL_S = 0.1
_DEPTH = 2


class _Stopped(Exception):
    """Another stage has failed; its error is the one to report."""


class _Channel:
    """A bounded queue between two stages that neither fills nor starves for ever once the pipeline has stopped."""

    def __init__(self, stop: threading.Event) -> None:
        self._items: queue.Queue[Any] = queue.Queue(_DEPTH)
        self._stop = stop

    def put(self, item: object) -> None:
        while not self._stop.is_set():
            try:
                return self._items.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
        raise _Stopped

    def get(self) -> Any:
        while not self._stop.is_set():
            try:
                return self._items.get(timeout=_POLL_S)
            except queue.Empty:
                continue
        raise _Stopped

    def each(self) -> Iterator[Any]:
        while (item := self.get()) is not _END:
            yield item


class _Lanes:
    """Hands items to several threads, whichever is free, and puts what they make of them back into the old order."""

    def __init__(
        self, source: _Channel, target: _Channel, lanes: int, done: queue.SimpleQueue[Any], stop: threading.Event
    ) -> None:
        self._items = enumerate(source.each())
        self._target, self._done, self._stop = target, done, stop
        self._taking = threading.Lock()
        self._changed = threading.Condition()
        self._waiting: dict[int, Any] = {}
        self._next = 0
        self._most_ahead = 2 * lanes
        self._busy = lanes

    def run(self, work: Callable[[Any], Any]) -> None:
        """Take items until there are none; to be called by as many threads as there are lanes."""
        while True:
            with self._taking:
                number, item = next(self._items, (-1, None))
            if number < 0:
                break
            self._give(number, work(item))
        with self._changed:
            self._busy -= 1
            is_last = not self._busy
        if is_last:
            self._target.put(_END)

    def _give(self, number: int, result: object) -> None:
        with self._changed:
            # one slow lane: the others wait, else their results would pile up
            while number >= self._next + self._most_ahead:
                if self._stop.is_set():
                    raise _Stopped
                self._changed.wait(_POLL_S)
            self._waiting[number] = result
            while self._next in self._waiting:
                ready = self._waiting.pop(self._next)
                self._next += 1
                self._done.put(ready)
                self._target.put(ready)
            self._changed.notify_all()


def _nothing(*_values: object) -> None:
    return None


def run_pipeline(
    items: Iterable[Item],
    read: Callable[[Item], Loaded],
    infer: Callable[[Loaded], Result],
    write: Callable[[Result], None],
    *,
    cancelled: Callable[[], bool],
    inferred: Callable[[Result], None] = _nothing,
    lanes: int = 1,
    interrupt: Callable[[], None] = _nothing,
) -> None:
    """Send every item through *read*, *infer* and *write*, in order, each stage in its own thread.

    *infer* runs in as many threads as there are *lanes*; *inferred* is called with what it gave, in order, in the
    calling thread, which otherwise waits. At most two items wait between two stages, which bounds the memory.
    The first exception of any stage stops all three and is raised here; Cancelled is raised when *cancelled* turns
    true. *interrupt* is called then, again and again, to end what *infer* is at. When this returns or raises, no
    thread is left.
    """
    stop = threading.Event()
    errors: list[BaseException] = []
    loaded, results = _Channel(stop), _Channel(stop)
    done: queue.SimpleQueue[Any] = queue.SimpleQueue()
    work = _Lanes(loaded, results, lanes, done, stop)

    def guarded(stage: Callable[[], None]) -> None:
        try:
            stage()
        except _Stopped:
            return
        except BaseException as error:  # noqa: BLE001  (whatever it is, the caller has to see it)
            errors.append(error)
            stop.set()

    def drain() -> None:
        for result in results.each():
            write(result)
        done.put(_END)

    stages = [lambda: _feed(map(read, items), loaded), drain, *[lambda: work.run(infer)] * lanes]
    threads = [threading.Thread(target=guarded, args=(stage,), daemon=True) for stage in stages]
    for thread in threads:
        thread.start()
    guarded(lambda: _watch(done, stop, cancelled, inferred))
    _wait(threads, stop, interrupt)
    if errors:
        raise errors[0]


def run_aside(work: Callable[[], Result], *, cancelled: Callable[[], bool], interrupt: Callable[[], None]) -> Result:
    """Return what *work* gives, run in a thread of its own, so that a user who cancels need not wait for its end.

    Raises what it raises; Cancelled when *cancelled* turns true, after *interrupt* has ended it.
    """
    found: list[Result] = []
    run_pipeline(
        [None], lambda item: item, lambda _item: work(), found.append, cancelled=cancelled, interrupt=interrupt
    )
    return found[0]


def _wait(threads: Iterable[threading.Thread], stop: threading.Event, interrupt: Callable[[], None]) -> None:
    for thread in threads:
        while thread.is_alive():
            if stop.is_set():
                interrupt()
            thread.join(_POLL_S)


def _feed(results: Iterable[object], target: _Channel) -> None:
    for result in results:
        target.put(result)
    target.put(_END)


def _watch(
    done: queue.SimpleQueue[Any], stop: threading.Event, cancelled: Callable[[], bool], inferred: Callable[[Any], None]
) -> None:
    """Report what is done, until all of it is written, another stage fails or the user stops the run."""
    while not stop.is_set():
        if cancelled():
            raise Cancelled
        try:
            result = done.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if result is _END:
            return
        inferred(result)
        del result  # its memory is the next one's
