"""The panel: pages for the tasks and the list of runs, one at a time."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ...processing.base import translate
from ..dates import DateBook
from ..help import open_help
from ..icon import icon
from ..preview.preview import Preview
from ..runs.queue import RunQueue
from ..runs.view import RunsView
from .page import TaskPage
from .pages.change import ChangePage
from .pages.classify import ClassifyPage
from .pages.clouds import CloudsPage
from .pages.segment import SegmentPage
from .run_bar import RunBar
from .task_bar import TaskBar

RUNS = "runs"
_PAGES: dict[str, type[TaskPage]] = {
    page.TASK: page for page in (SegmentPage, ClassifyPage, ChangePage, CloudsPage)
}  # fmt: skip


class GeonnxDock(QgsDockWidget):
    """Where a person chooses a layer and a model and starts a run."""

    manageRequested = pyqtSignal()  # noqa: N815 (as Qt names signals)
    """a page wants the model manager; call `reload_models` when it has changed something"""

    def __init__(self, iface: Any, queue: RunQueue, parent: QWidget | None = None) -> None:
        super().__init__(translate("GeONNX"), parent)
        self.setObjectName("GeonnxDock")
        self.iface = iface
        self.queue = queue
        self._dates = DateBook(self)
        self._pages: dict[str, TaskPage] = {}
        canvas = iface.mapCanvas() if iface is not None else None
        self.preview = Preview(canvas, self) if canvas is not None else None
        self.bar = TaskBar()
        self.runs_view = RunsView(queue)
        self.run_bar = RunBar(self.preview, self.request)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.runs_view)
        self._fill_bar()
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.bar)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.run_bar)
        self.setWidget(content)
        # many things change at once, such as when a model was read: one look at all of them is enough
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(0)
        self._look.timeout.connect(self._show_problems)
        self._connect()
        self.show_task("segment")

    def page(self, task: str) -> TaskPage:
        """Return the page of a task; it is made when it is wanted first."""
        if task not in self._pages:
            page = _PAGES[task](self.iface, self._dates)
            page.use_layer(self.iface.activeLayer() if self.iface is not None else None)
            page.changed.connect(self._look.start)
            page.manageRequested.connect(self.manageRequested)
            self._pages[task] = page
            self._stack.addWidget(page)
        return self._pages[task]

    def current_page(self) -> TaskPage | None:
        """Return the page of the task that is shown; None while the runs are."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, TaskPage) else None

    def show_task(self, task: str) -> None:
        """Bring the page of a task (``segment``, ``classify``, ``change``, ``clouds``) or ``runs`` to the front."""
        self.bar.setCurrent(task)
        if task == RUNS:
            self._stack.setCurrentWidget(self.runs_view)
            self.run_bar.hide()
            return
        page = self.page(task)
        self._stack.setCurrentWidget(page)
        self.run_bar.setVerb(page.verb())
        self.run_bar.show()
        self._show_problems()

    def request(self) -> Any:
        """Return the run that the page in front describes; None while the runs are in front."""
        page = self.current_page()
        return page.request() if page is not None else None

    def run(self) -> None:
        """Start the run of the page in front, if nothing is missing, and show how it goes."""
        page = self.current_page()
        if page is None or not page.may_run():
            self._show_problems()
            return
        page.remember()
        self.queue.add(page.request())
        self.show_task(RUNS)

    def reload_models(self) -> None:
        """Look at the lists of models again: there are others now."""
        for page in self._pages.values():
            page.reload_models()

    def stop(self) -> None:
        """Let go of the map; call it before the panel is deleted."""
        self._look.stop()
        if self.preview is not None:
            self.preview.close()
        for page in self._pages.values():
            page.stop()

    def _fill_bar(self) -> None:
        for task, text, tip in (
            ("segment", translate("Segment"), translate("a map of classes, pixel by pixel")),
            ("classify", translate("Classify"), translate("a class for each piece or polygon of an image")),
            ("change", translate("Change"), translate("what differs between two dates")),
            ("clouds", translate("Clouds"), translate("an image as it would be without clouds")),
        ):
            self.bar.add(task, text, icon(task), tip)
        runs_icon = QgsApplication.getThemeIcon("/mActionHistory.svg")
        self.bar.add(RUNS, translate("Runs"), runs_icon, translate("what was started here: progress, log and results"))

    def _connect(self) -> None:
        self.bar.chosen.connect(self.show_task)
        self.run_bar.runRequested.connect(self.run)
        self.run_bar.previewRequested.connect(self._start_preview)
        self.run_bar.helpRequested.connect(lambda: open_help("panel"))
        for signal in (self.queue.runAdded, self.queue.runChanged, self.queue.runFinished):
            signal.connect(self._count_runs)

    def _start_preview(self) -> None:
        page = self.current_page()
        if page is not None and self.preview is not None and not page.problems():
            self.preview.start(page.request())

    def _show_problems(self) -> None:
        page = self.current_page()
        if page is not None:
            self.run_bar.setProblems(page.problems(), is_waiting=page.is_waiting(), may_run=page.may_run())
            if self.run_bar.controls is not None and not page.problems():
                self.run_bar.controls.note_request(page.request())

    def _count_runs(self, _run: Any) -> None:
        count = sum(not run.is_over for run in self.queue.runs())
        name = translate("Runs")
        self.bar.button(RUNS).setFullText(translate("{} ({})").format(name, count) if count else name)
