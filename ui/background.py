"""Work that reads files or waits for the network, away from the thread that draws the windows.

A window never opens a raster, a model or an address itself: it asks a :class:`Reader`, goes on, and is called back.
"""

from __future__ import annotations

import itertools
import logging
import threading
import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..models.errors import GeonnxError
from ..processing.base import translate

_log = logging.getLogger("geonnx")
_numbers = itertools.count(1)


class Reader(QObject):
    """Runs one thing at a time for a window; a newer request makes the answer to an older one unwanted.

    Give it the window as parent: answers that come after the window has gone are dropped.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._awaited = 0
        self._callbacks: tuple[Callable[[Any], None], Callable[[str], None]] | None = None
        self._office = _office()

    @property
    def is_busy(self) -> bool:
        """Return True while an answer is awaited."""
        return self._callbacks is not None

    def ask(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        """Call *work* in another thread, then *done* with what it returned, or *failed* with a sentence, in this one.

        *work* must not touch windows, layers or the project: take from them what it needs beforehand.
        """
        self._awaited = next(_numbers)
        self._callbacks = (done, failed)
        self._office.readers[self._awaited] = self
        # a daemon: a file server that does not answer must not keep QGIS from closing
        arguments = (self._office, self._awaited, work)
        threading.Thread(target=_work, args=arguments, daemon=True, name="geonnx reader").start()

    def forget(self) -> None:
        """Make the answer that is awaited unwanted."""
        self._awaited = 0
        self._callbacks = None

    def deliver(self, number: int, answer: Any, problem: str | None) -> None:
        """Hand on an answer if it is the one that is awaited; called in the thread of the windows."""
        if number != self._awaited or self._callbacks is None:
            return
        done, failed = self._callbacks
        self._callbacks = None
        if problem is None:
            done(answer)
        else:
            failed(problem)


class _Office(QObject):
    """Brings answers from the threads that found them into the thread of the windows.

    There is one, and it is never deleted: a window may go at any moment, and QGIS crashes when another thread is just
    then emitting a signal of something that belongs to it.
    """

    arrived = pyqtSignal(int, object, object)

    def __init__(self) -> None:
        super().__init__()
        self.readers: weakref.WeakValueDictionary[int, Reader] = weakref.WeakValueDictionary()
        self.arrived.connect(self._hand_out)  # queued: it is emitted in the worker's thread

    def _hand_out(self, number: int, answer: Any, problem: str | None) -> None:
        reader = self.readers.pop(number, None)
        if reader is not None and not sip.isdeleted(reader):
            reader.deliver(number, answer, problem)


@lru_cache(maxsize=1)
def _office() -> _Office:
    """Return the office; the first call has to come from the thread of the windows."""
    return _Office()


def _work(office: _Office, number: int, work: Callable[[], Any]) -> None:
    """Do the work and send the answer off; knows nothing of the window that waits for it."""
    answer, problem = None, None
    try:
        answer = work()
    except GeonnxError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 (a thread has nobody above it)
        _log.exception("unexpected error in the background")
        problem = translate("Unexpected error: {}: {}").format(type(error).__name__, error)
    office.arrived.emit(number, answer, problem)
