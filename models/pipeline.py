"""Three stages side by side: read the next items while the network runs and the last results are written."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .errors import Cancelled

Item = TypeVar("Item")
Loaded = TypeVar("Loaded")
Result = TypeVar("Result")

_END = object()
_POLL_S = 0.1


def run_pipeline(
    items: Iterable[Item],
    read: Callable[[Item], Loaded],
    infer: Callable[[Loaded], Result],
    write: Callable[[Result], None],
    *,
    depth: int = 2,
    cancelled: Callable[[], bool],
) -> None:
    """Send every item through *read*, *infer* and *write*, in order, each stage in its own thread.

    *infer* runs in the calling thread. At most *depth* items wait between two stages, which bounds the memory.
    The first exception of any stage stops all three and is raised here; Cancelled is raised when *cancelled* turns
    true. When this returns or raises, no thread is left.
    """
    stop = threading.Event()
    first_error: list[BaseException] = []
    loaded: queue.Queue[Any] = queue.Queue(depth)
    results: queue.Queue[Any] = queue.Queue(depth)

    def fail(error: BaseException) -> None:
        first_error.append(error)
        stop.set()

    def read_all() -> None:
        try:
            for item in items:
                if stop.is_set():
                    return
                _put(loaded, read(item), stop)
            _put(loaded, _END, stop)
        except BaseException as error:  # noqa: BLE001  (whatever it is, the caller has to see it)
            fail(error)

    def write_all() -> None:
        try:
            while (result := _get(results, stop)) is not _END:
                write(result)
        except BaseException as error:  # noqa: BLE001  (whatever it is, the caller has to see it)
            fail(error)

    threads = [threading.Thread(target=stage, name=stage.__name__, daemon=True) for stage in (read_all, write_all)]
    for thread in threads:
        thread.start()
    try:
        while (item := _get(loaded, stop)) is not _END:
            if cancelled():
                raise Cancelled
            _put(results, infer(item), stop)
        _put(results, _END, stop)
        threads[1].join()
    except BaseException as error:  # noqa: BLE001  (re-raised below, once the threads have ended)
        fail(error)
    finally:
        if first_error:
            stop.set()
        for thread in threads:
            thread.join()
    if first_error:
        raise first_error[0]


def _put(target: queue.Queue[Any], item: object, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            target.put(item, timeout=_POLL_S)
        except queue.Full:
            continue
        return


def _get(source: queue.Queue[Any], stop: threading.Event) -> Any:
    """Return the next item; the end mark when the pipeline stops."""
    while not stop.is_set():
        try:
            return source.get(timeout=_POLL_S)
        except queue.Empty:
            continue
    return _END
