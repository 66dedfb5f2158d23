"""Runs one after the other, each through its Processing algorithm in a task of QGIS; results go onto the map."""

from __future__ import annotations

import logging
import time
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProject,
)
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QObject, QTimer, pyqtSignal

from ...processing.base import translate
from ..background import Reader
from .destinations import load_on_completion, open_results, wanted_destinations
from .feedback import COMMAND, ERROR, INFO, WARNING, RunFeedback
from .history import HistoryEntry
from .layer_group import add_group
from .log_text import log_as_html, parameters_as_text
from .preload import file_sources, offer, open_sources
from .ramp import draw_like_input, style_uncertainty
from .request import RunRequest
from .run import CANCELLED, FAILED, FINISHED, RUNNING, WAITING, Run
from .sources import pinned, portable

_log = logging.getLogger("geonnx")
_LOOK_EVERY_MS = 200
_STOP_WITHIN_S = 5.0


class _Job:
    """What a running run needs; QGIS keeps none of it alive."""

    def __init__(self, run: Run, algorithm: QgsProcessingAlgorithm) -> None:
        self.run = run
        self.algorithm = algorithm
        self.feedback = RunFeedback()
        self.context = QgsProcessingContext()
        self.context.setProject(QgsProject.instance())
        self.context.setFeedback(self.feedback)
        self.parameters = load_on_completion(algorithm, run.request.parameters, QgsProject.instance())
        self.history: HistoryEntry | None = None
        self.task: QgsProcessingAlgRunnerTask | None = None
        self.is_done = False
        """True once the task has ended, whatever the end was"""


class RunQueue(QObject):
    """The runs of this session. Make one for the plugin, and call `stop` before the plugin goes."""

    runAdded = pyqtSignal(object)  # noqa: N815 (as Qt names signals)
    runChanged = pyqtSignal(object)  # noqa: N815
    runFinished = pyqtSignal(object)  # noqa: N815
    """whatever the end was: finished, failed or cancelled; when finished, the layers are on the map"""
    runRemoved = pyqtSignal(object)  # noqa: N815

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin without runs."""
        super().__init__(parent)
        self._runs: list[Run] = []
        self._job: _Job | None = None
        self._reader = Reader(self)
        self._is_stopped = False
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_EVERY_MS)
        self._look.timeout.connect(self._update)
        QgsApplication.instance().aboutToQuit.connect(self.stop)

    def runs(self) -> list[Run]:
        """Return all runs, the oldest first."""
        return list(self._runs)

    def add(self, request: RunRequest) -> Run:
        """Queue a run; it starts when those before it are over, even if its rasters have left the project by then."""
        has_to_wait = any(not other.is_over for other in self._runs)
        run = Run(pinned(request) if has_to_wait else request)
        self._runs.append(run)
        self.runAdded.emit(run)
        QTimer.singleShot(0, self._start_next)
        return run

    def cancel(self, run: Run) -> None:
        """Stop a run; one that waits never starts. It is over within two seconds, and then `runFinished` says so."""
        if run.is_over:
            return
        if run.state == WAITING:
            self._end(run, CANCELLED)
        elif self._job is not None and self._job.run is run and not run.is_cancelling:
            self._cancel(self._job)

    def remove(self, run: Run) -> None:
        """Forget a run that is over; its files and layers stay."""
        if run.is_over and run in self._runs:
            self._runs.remove(run)
            self.runRemoved.emit(run)

    def stop(self) -> None:
        """Cancel everything and wait until nothing works any more: QGIS closes, or the plugin is switched off."""
        if self._is_stopped:
            return
        self._is_stopped = True
        for run in self.runs():
            self.cancel(run)
        job, end = self._job, time.monotonic() + _STOP_WITHIN_S
        # the work has to get at Python to stop itself, so it is not waited for in one piece
        while job is not None and self._job is job and time.monotonic() < end:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 20)
            time.sleep(0.01)
        self._reader.forget()
        self._look.stop()
        QgsApplication.instance().aboutToQuit.disconnect(self.stop)

    def _cancel(self, job: _Job) -> None:
        job.run.is_cancelling = True
        job.feedback.cancel()
        if job.task is not None:
            job.task.cancel()
        elif not job.is_done:  # its files are being opened, perhaps on a share that does not answer
            self._reader.forget()
            self._job = None
            self._end(job.run, CANCELLED)
            return
        self.runChanged.emit(job.run)

    def _start_next(self) -> None:
        waiting = next((run for run in self._runs if run.state == WAITING), None)
        if self._job is not None or waiting is None or self._is_stopped:
            return
        waiting.state, waiting.started = RUNNING, time.monotonic()
        request = waiting.request
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(request.algorithm)
        if algorithm is None:
            text = translate("There is no algorithm {}: is the plugin GeONNX switched on in Processing?")
            self._fail(waiting, text.format(request.algorithm))
            return
        job = self._job = _Job(waiting, algorithm)
        self.runChanged.emit(waiting)
        sources, home = file_sources(algorithm, request.parameters), QgsApplication.instance().thread()
        if not sources:
            self._launch(job, [])
            return
        self._reader.ask(
            lambda: open_sources(sources, home),
            lambda layers: self._launch(job, layers),
            lambda _problem: self._launch(job, []),  # the run says what is wrong with them
        )

    def _launch(self, job: _Job, layers: list[QgsMapLayer]) -> None:
        offer(job.context, layers)
        problem = self._start(job)
        if problem:
            self._fail(job.run, problem)
        else:
            self.runChanged.emit(job.run)

    def _fail(self, run: Run, problem: str) -> None:
        self._job = None
        run.message = problem
        if run.last_error() != problem:
            run.log.append((ERROR, problem))
        self._end(run, FAILED)

    def _start(self, job: _Job) -> str:
        """Start the task of a run; return why that is not possible, empty when it works."""
        run, algorithm, request = job.run, job.algorithm, job.run.request
        is_fine, reason = algorithm.checkParameterValues(job.parameters, job.context)
        if not is_fine:
            return str(reason)
        for line in parameters_as_text(portable(request).parameters):
            run.log.append((COMMAND, line))
        job.history = HistoryEntry(algorithm, request.parameters, job.context)
        # this prepares the run at once, in this thread, and may find out that it can't work
        task = QgsProcessingAlgRunnerTask(algorithm, job.parameters, job.context, job.feedback)
        if task.isCanceled():
            run.update(job.feedback)
            return run.last_error() or translate("The run could not be prepared; the log of QGIS says why.")
        task.setDescription(run.request.name())
        task.executed.connect(self._executed)
        job.task = task
        QgsApplication.taskManager().addTask(task)
        self._look.start()
        return ""

    def _update(self) -> None:
        if self._job is not None:
            self._job.run.update(self._job.feedback)
            self.runChanged.emit(self._job.run)

    def _executed(self, is_successful: bool, results: dict[str, Any]) -> None:
        job = self._job
        if job is None:
            return
        run = job.run
        job.task, job.is_done = None, True
        run.update(job.feedback)
        run.seconds_left = None
        self._look.stop()
        if not is_successful:
            if not job.feedback.isCanceled():
                run.message = run.last_error() or translate("The run failed; the log of QGIS says why.")
            # not yet: this is called by the task that is to go with the job
            QTimer.singleShot(0, lambda: self._finish(job, CANCELLED if job.feedback.isCanceled() else FAILED))
            return
        run.results = dict(results)
        tiles, seconds = results.get("TILES"), results.get("SECONDS")
        if tiles and seconds:
            run.tiles_per_second = tiles / seconds
        run.log.append((INFO, "\n".join([translate("Results:"), *parameters_as_text(results)])))
        run.log.append((INFO, translate("Finished in {:.1f} s.").format(run.seconds)))
        home = QgsApplication.instance().thread()
        uncertain = {str(results["UNCERTAINTY"]): style_uncertainty} if "UNCERTAINTY" in results else {}
        self._reader.ask(
            lambda: open_results(job.context, home, uncertain),
            lambda layers: self._show(job, layers),
            lambda problem: self._show(job, {}, problem),
        )

    def _show(self, job: _Job, layers: dict[str, Any], problem: str = "") -> None:
        """Put the layers of a run that succeeded onto the map."""
        run = job.run
        if self._is_stopped:  # the map goes as well
            return self._finish(job, FINISHED)
        names = {source: details.name for source, details in job.context.layersToLoadOnCompletion().items()}
        missing = [names.get(source, source) for source, layer in layers.items() if layer is None]
        if missing or problem:
            text = translate("These results were written, but can't be shown on the map: {}.").format(
                problem or ", ".join(missing)
            )
            run.log.append((WARNING, text))
        order = [run.results.get(name) for name in wanted_destinations(job.algorithm, run.request.parameters)]
        found = [layers[source] for source in order if layers.get(source) is not None]
        if found and run.request.algorithm == "geonnx:removeclouds":
            draw_like_input(found[0], run.request)
        run.layer_ids = add_group(QgsProject.instance(), run.request.group_name(), found)
        return self._finish(job, FINISHED)

    def _finish(self, job: _Job, state: str) -> None:
        if job.history is not None:
            job.history.finish(job.run.results, log_as_html(job.run.log))
        if self._job is job:
            self._job = None
        self._end(job.run, state)

    def _end(self, run: Run, state: str) -> None:
        run.state, run.ended = state, time.monotonic()
        run.is_cancelling = False
        if state == FINISHED:
            run.progress = 1.0
        elif run.message:
            _log.warning("%s: %s", run.request.name(), run.message)
        self.runChanged.emit(run)
        self.runFinished.emit(run)
        QTimer.singleShot(0, self._start_next)
