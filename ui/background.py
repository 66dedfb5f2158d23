"""Work that reads files or waits for the network, away from the thread that draws the windows.

A window never opens a raster, a model or an address itself: it asks a :class:`Reader`, goes on, and is called back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..models.errors import GeonnxError
from ..processing.base import translate

_log = logging.getLogger("geonnx")


class Reader(QObject):
    """Runs one thing at a time for a window; a newer request makes the answer to an older one unwanted.

    Give it the window as parent: answers that come after the window has gone are dropped.
    """

    answered = pyqtSignal(int, object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._newest = 0
        self._callbacks: tuple[Callable[[Any], None], Callable[[str], None]] | None = None
        self.answered.connect(self._deliver)  # queued: it is emitted in the worker's thread

    @property
    def is_busy(self) -> bool:
        """Return True while an answer is awaited."""
        return self._callbacks is not None

    def ask(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        """Call *work* in another thread, then *done* with what it returned, or *failed* with a sentence, in this one.

        *work* must not touch windows, layers or the project: take from them what it needs beforehand.
        """
        self._newest += 1
        self._callbacks = (done, failed)
        # a daemon: a file server that does not answer must not keep QGIS from closing
        threading.Thread(target=self._work, args=(self._newest, work), daemon=True, name="geonnx reader").start()

    def forget(self) -> None:
        """Make the answer that is awaited unwanted."""
        self._newest += 1
        self._callbacks = None

    def _work(self, number: int, work: Callable[[], Any]) -> None:
        answer, problem = None, None
        try:
            answer = work()
        except GeonnxError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 (a thread has nobody above it)
            _log.exception("unexpected error in the background")
            problem = translate("Unexpected error: {}: {}").format(type(error).__name__, error)
        try:
            self.answered.emit(number, answer, problem)
        except RuntimeError:  # the window, and this object with it, was deleted meanwhile
            _log.debug("nobody waits for the answer any more")

    def _deliver(self, number: int, answer: Any, problem: str | None) -> None:
        if number != self._newest or self._callbacks is None:
            return
        done, failed = self._callbacks
        self._callbacks = None
        if problem is None:
            done(answer)
        else:
            failed(problem)
