"""One run of an algorithm in the background, whose results nobody but the preview sees."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
)
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...processing.base import translate


class _Listener(QgsProcessingFeedback):
    """Keeps what went wrong, to be said in one sentence; the rest of the log is not wanted."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: list[str] = []

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N803 (as QGIS names it)
        self.errors.append(error.strip())

    def pushInfo(self, info: str) -> None: ...

    def pushWarning(self, warning: str) -> None: ...


class BackgroundRun(QObject):
    """Runs an algorithm as a task of QGIS, into files of a folder. Nothing is loaded and nothing stands in the history.

    It keeps itself alive until the task has ended: QGIS would crash if context or feedback went before. A run that is
    *given up* still has to come to its end; then its folder is removed.
    """

    progressed = pyqtSignal(float)
    """0 to 1"""
    ended = pyqtSignal(bool, dict, str)
    """succeeded, results, and the sentence that says why not"""

    _alive: set[BackgroundRun] = set()  # noqa: RUF012 (shared on purpose)

    def __init__(self, algorithm: QgsProcessingAlgorithm, parameters: Mapping[str, Any], folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._algorithm, self._parameters = algorithm, dict(parameters)
        self._feedback = _Listener()
        self._context = QgsProcessingContext()
        self._context.setProject(QgsProject.instance())
        self._context.setFeedback(self._feedback)
        self._task: QgsProcessingAlgRunnerTask | None = None
        self._is_given_up = False

    def start(self) -> None:
        """Check the parameters and run; `ended` is emitted in any case, perhaps at once."""
        is_fine, reason = self._algorithm.checkParameterValues(self._parameters, self._context)
        if not is_fine:
            self._end(False, {}, reason)
            return
        self._task = QgsProcessingAlgRunnerTask(self._algorithm, self._parameters, self._context, self._feedback)
        if self._task.isCanceled():  # it could not be prepared
            self._end(False, {}, self._reason())
            return
        self._alive.add(self)
        self._task.executed.connect(self._executed)
        self._task.progressChanged.connect(self._progress)
        QgsApplication.taskManager().addTask(self._task)

    def give_up(self) -> None:
        """Cancel the run; nothing is heard of it any more."""
        self._is_given_up = True
        if self._task is None:
            discard(self.folder)
        else:
            self._feedback.cancel()
            self._task.cancel()

    def _progress(self, percent: float) -> None:
        if not self._is_given_up:
            self.progressed.emit(percent / 100)

    def _executed(self, succeeded: bool, results: dict[str, Any]) -> None:
        self._alive.discard(self)
        self._task = None
        if self._is_given_up:
            discard(self.folder)
        else:
            self._end(succeeded, results, "" if succeeded else self._reason())

    def _end(self, succeeded: bool, results: dict[str, Any], reason: str) -> None:
        if not succeeded:
            discard(self.folder)
        self.ended.emit(succeeded, results, reason)

    def _reason(self) -> str:
        return next((error for error in self._feedback.errors if error), translate("The preview failed."))


def discard(folder: Path) -> None:
    """Remove a folder of results in another thread."""
    threading.Thread(
        target=shutil.rmtree, args=(folder,), kwargs={"ignore_errors": True}, daemon=True, name="geonnx preview"
    ).start()
