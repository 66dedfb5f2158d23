"""One run of a Processing algorithm in the background, for windows that need its answer."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
)
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...processing.base import translate

# a task holds pointers into its job: it lives until the task has ended, also when the window that started it is gone
_running: set[AlgorithmJob] = set()


class _Listener(QgsProcessingFeedback):
    """Keeps what a run says; it is called in the thread of the run."""

    def __init__(self) -> None:
        super().__init__(False)
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.infos: list[str] = []

    def pushWarning(self, warning: str) -> None:
        self.warnings.append(warning)

    def pushInfo(self, info: str) -> None:
        self.infos.append(info)

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N803 (as QGIS names it)
        self.errors.append(error)


class AlgorithmJob(QObject):
    """Runs an algorithm with a task of QGIS, so that windows stay usable."""

    progressed = pyqtSignal(float)
    """share that is done, 0 to 1"""
    ended = pyqtSignal(bool, object, str)
    """whether it went well, the results (a dictionary), and the sentence that says why not"""

    def __init__(self, algorithm: str, parameters: dict[str, Any]) -> None:
        super().__init__()
        self._id = algorithm
        self._parameters = parameters
        self._feedback = _Listener()
        self._feedback.progressChanged.connect(self._report)
        self._context = QgsProcessingContext()
        self._context.setProject(QgsProject.instance())
        self._context.setFeedback(self._feedback)
        self._algorithm: Any = None
        self._task: Any = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the run warned of."""
        return tuple(self._feedback.warnings)

    def start(self) -> None:
        """Start; `ended` is emitted in any case, at once where the parameters can't be used."""
        self._algorithm = QgsApplication.processingRegistry().createAlgorithmById(self._id)
        if self._algorithm is None:
            self._end(False, {}, translate("The algorithm {} is not there: is the plugin enabled?").format(self._id))
            return
        is_fine, message = self._algorithm.checkParameterValues(self._parameters, self._context)
        if not is_fine:
            self._end(False, {}, message)
            return
        self._task = QgsProcessingAlgRunnerTask(self._algorithm, self._parameters, self._context, self._feedback)
        if self._task.isCanceled():  # it was prepared already, and that failed
            self._end(False, {}, self._sentence())
            return
        _running.add(self)
        self._task.executed.connect(self._executed)
        QgsApplication.taskManager().addTask(self._task)

    def cancel(self) -> None:
        """Ask the run to stop; `ended` follows."""
        self._feedback.cancel()
        if self._task is not None and self in _running:
            self._task.cancel()

    @property
    def is_cancelled(self) -> bool:
        """Return True when somebody asked it to stop."""
        return bool(self._feedback.isCanceled())

    def _report(self, percent: float) -> None:
        self.progressed.emit(percent / 100)

    def _executed(self, succeeded: bool, results: dict[str, Any]) -> None:
        _running.discard(self)
        if succeeded and not self.is_cancelled:
            self._end(True, results, "")
        else:
            self._end(False, results, translate("It was cancelled.") if self.is_cancelled else self._sentence())

    def _sentence(self) -> str:
        listed = self._feedback.errors
        return listed[-1] if listed else translate("It failed, and nothing says why; the log messages may.")

    def _end(self, succeeded: bool, results: dict[str, Any], message: str) -> None:
        self._task = None
        self.ended.emit(succeeded, results, message)
