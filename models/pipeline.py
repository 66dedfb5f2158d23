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


def run_pipeline(
    items: Iterable[Item],
    read: Callable[[Item], Loaded],
    infer: Callable[[Loaded], Result],
    write: Callable[[Result], None],
    *,
    cancelled: Callable[[], bool],
) -> None:
    """Send every item through *read*, *infer* and *write*, in order, each stage in its own thread.

    *infer* runs in the calling thread. At most two items wait between two stages, which bounds the memory.
    The first exception of any stage stops all three and is raised here; Cancelled is raised when *cancelled* turns
    true. When this returns or raises, no thread is left.
    """
    stop = threading.Event()
    errors: list[BaseException] = []
    loaded, results = _Channel(stop), _Channel(stop)

    def infer_unless_cancelled(item: Loaded) -> Result:
        if cancelled():
            raise Cancelled
        return infer(item)

    def guarded(stage: Callable[[], None]) -> None:
        try:
            stage()
        except _Stopped:
            return
        except BaseException as error:  # noqa: BLE001  (whatever it is, the caller has to see it)
            errors.append(error)
            stop.set()

    others = [
        threading.Thread(target=guarded, args=(lambda: _feed(map(read, items), loaded),), daemon=True),
        threading.Thread(target=guarded, args=(lambda: _drain(results, write),), daemon=True),
    ]
    for thread in others:
        thread.start()
    guarded(lambda: _feed(map(infer_unless_cancelled, loaded.each()), results))
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]


def _feed(results: Iterable[object], target: _Channel) -> None:
    for result in results:
        target.put(result)
    target.put(_END)


def _drain(source: _Channel, write: Callable[[Any], None]) -> None:
    for result in source.each():
        write(result)
