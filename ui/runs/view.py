"""The list of runs, and below it what the chosen one found and said."""

from __future__ import annotations

from pathlib import PurePath

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEvent, QSize, Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...processing.base import translate
from ..library.colors import problem_color, warning_color
from .copy_button import CopyButton
from .log_view import LogView
from .queue import RunQueue
from .request import RunRequest
from .results_view import ResultsView
from .row import RunRow, write_in
from .run import FAILED, FINISHED, Run

_MOST_NOTICES = 3
_MOST_FOR_LIST = 0.45


class RunsView(QWidget):
    """Shows the runs of a queue, the newest on top."""

    def __init__(self, queue: RunQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._rows: dict[Run, tuple[QListWidgetItem, RunRow]] = {}
        self._is_size_chosen = False
        self.list = QListWidget(self)
        self.list.setAccessibleName(translate("Runs"))
        self.list.setMinimumHeight(self._least_list_height())
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.currentItemChanged.connect(self._choose)
        self.notices = QLabel(self)
        self.notices.setWordWrap(True)
        self.notices.setTextFormat(Qt.TextFormat.PlainText)
        self.notices.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notices.setMargin(self.fontMetrics().height() // 3)
        self.notices.hide()
        self.results = ResultsView(self)
        self.log = LogView(self)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(self.results, translate("Results"))
        self.tabs.addTab(self.log, translate("Log"))
        self._make_buttons()
        self._lay_out()
        for run in queue.runs():
            self._add(run)
        queue.runAdded.connect(self._add)
        queue.runChanged.connect(self._refresh)
        queue.runFinished.connect(self._finish)
        queue.runRemoved.connect(self._remove)
        self._refresh_buttons()

    def run(self) -> Run | None:
        """Return the chosen run."""
        item = self.list.currentItem()
        return next((run for run, (of_run, _) in self._rows.items() if of_run is item), None)

    def choose(self, run: Run) -> None:
        """Choose a run."""
        self.list.setCurrentItem(self._rows[run][0])

    def _make_buttons(self) -> None:
        self.cancel_button = self._button(
            translate("Cancel"), "/mTaskCancel.svg", translate("Stop the chosen run; nothing is written then")
        )
        self.again_button = self._button(
            translate("Run again"), "/mActionRefresh.svg", translate("Queue the chosen run once more, as it was")
        )
        self.folder_button = self._button(
            translate("Open folder"), "/mActionFileOpen.svg", translate("Open the folder that holds the results")
        )
        self.remove_button = self._button(
            translate("Remove"),
            "/mActionDeleteSelected.svg",
            translate("Take the chosen run off this list; files and layers stay"),
        )
        for button in (self.folder_button, self.remove_button):  # icons do in a narrow dock
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.copy_button = CopyButton(self._request, self)
        self.copy_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.cancel_button.clicked.connect(self._cancel)
        self.again_button.clicked.connect(self._again)
        self.folder_button.clicked.connect(self._open_folder)
        self.remove_button.clicked.connect(self._forget)

    def _button(self, text: str, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setIcon(QgsApplication.getThemeIcon(icon))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _lay_out(self) -> None:
        gap = self.fontMetrics().height() // 3
        buttons = QHBoxLayout()
        buttons.setSpacing(gap)
        for button in (self.cancel_button, self.again_button, self.copy_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.folder_button)
        buttons.addWidget(self.remove_button)
        top = QWidget()
        above = QVBoxLayout(top)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(gap)
        above.addWidget(self.list)
        above.addLayout(buttons)
        bottom = QWidget()
        below = QVBoxLayout(bottom)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(gap)
        below.addWidget(self.notices)
        below.addWidget(self.tabs, 1)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(top)
        self.splitter.addWidget(bottom)
        self.splitter.setStretchFactor(0, 2)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.splitterMoved.connect(self._keep_sizes)
        empty = QLabel(translate("No runs yet. Choose a task, a layer and a model, and press Run."))
        empty.setWordWrap(True)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setMargin(3 * gap)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(empty)
        self.stack.addWidget(self.splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stack)
        for first, second in (
            (self.list, self.cancel_button),
            (self.cancel_button, self.again_button),
            (self.again_button, self.copy_button),
            (self.copy_button, self.folder_button),
            (self.folder_button, self.remove_button),
            (self.remove_button, self.tabs),
        ):
            QWidget.setTabOrder(first, second)

    def _add(self, run: Run) -> None:
        row = RunRow(run, self.list)
        row.cancelRequested.connect(self._queue.cancel)
        item = QListWidgetItem()
        item.setData(Qt.ItemDataRole.AccessibleTextRole, run.request.name())
        self._rows[run] = (item, row)
        self.list.insertItem(0, item)
        self.list.setItemWidget(item, row)
        self._fit(run)
        self.list.setCurrentItem(item)
        self.stack.setCurrentIndex(1)

    def _fit(self, run: Run) -> None:
        item, row = self._rows[run]
        row.layout().activate()
        height = row.layout().sizeHint().height()
        if item.sizeHint().height() != height:
            item.setSizeHint(QSize(0, height))
            self._fit_list()

    def _fit_list(self) -> None:
        """Give the list the height of its rows, up to a part of the window, until the user says otherwise."""
        if self._is_size_chosen or not self._rows:
            return
        rows = sum(item.sizeHint().height() for item, _ in self._rows.values())
        buttons = self.cancel_button.sizeHint().height() + 3 * self.list.frameWidth() + self.fontMetrics().height() // 3
        height = self.splitter.height()
        top = min(max(rows, self._least_list_height()) + buttons, round(_MOST_FOR_LIST * height))
        self.splitter.setSizes([top, max(1, height - top)])

    def _least_list_height(self) -> int:
        return 5 * self.fontMetrics().height()

    def _keep_sizes(self, _position: int, _index: int) -> None:
        self._is_size_chosen = True

    def changeEvent(self, event: QEvent | None) -> None:
        """Write the warnings in the colours of another theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and hasattr(self, "stack"):
            self._show_notices(self.run())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Share the height between list and details anew."""
        super().resizeEvent(event)
        self._fit_list()

    def _refresh(self, run: Run) -> None:
        if run not in self._rows:
            return
        item, row = self._rows[run]
        row.refresh()
        item.setData(Qt.ItemDataRole.AccessibleTextRole, row.accessibleName())
        self._fit(run)
        if run is self.run():
            self.log.refresh()
            self._refresh_buttons()

    def _finish(self, run: Run) -> None:
        self._refresh(run)
        if run is self.run():
            self._show(run)

    def _remove(self, run: Run) -> None:
        item, row = self._rows.pop(run)
        self.results.forget(run)
        self.list.takeItem(self.list.row(item))
        row.deleteLater()
        self._fit_list()
        self.stack.setCurrentIndex(1 if self._rows else 0)

    def _choose(self, _item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        chosen = self.run()
        for run, (_, row) in self._rows.items():
            row.set_selected(run is chosen)
        self._show(chosen)

    def _show(self, run: Run | None) -> None:
        self.log.set_run(run)
        self.results.set_run(run)
        is_finished = run is not None and run.state == FINISHED
        self.tabs.setCurrentWidget(self.results if is_finished else self.log)
        self._refresh_buttons()

    def _refresh_buttons(self) -> None:
        run = self.run()
        self.cancel_button.setEnabled(run is not None and not run.is_over and not run.is_cancelling)
        for button in (self.again_button, self.copy_button):
            button.setEnabled(run is not None)
        self.remove_button.setEnabled(run is not None and run.is_over)
        self.folder_button.setEnabled(run is not None and bool(results_folder(run)))
        self._show_notices(run)

    def _show_notices(self, run: Run | None) -> None:
        """Say what the user should not miss, whichever page is open."""
        texts = [] if run is None else list(dict.fromkeys(run.warnings))
        is_failed = run is not None and run.state == FAILED
        if is_failed and run is not None:
            texts.insert(0, run.message)
        shown = texts[:_MOST_NOTICES]
        if len(texts) > len(shown):
            shown.append(translate("… and {} more in the log").format(len(texts) - len(shown)))
        self.notices.setVisible(bool(shown))
        self.notices.setText("\n".join(f"⚠ {text}" for text in shown))
        self.notices.setToolTip("\n\n".join(texts))
        write_in(self.notices, (problem_color if is_failed else warning_color)(self.palette()))

    def _request(self) -> RunRequest | None:
        run = self.run()
        return None if run is None else run.request

    def _cancel(self) -> None:
        run = self.run()
        if run is not None:
            self._queue.cancel(run)

    def _again(self) -> None:
        run = self.run()
        if run is not None:
            self._queue.add(run.request)

    def _forget(self) -> None:
        run = self.run()
        if run is not None:
            self._queue.remove(run)

    def _open_folder(self) -> None:
        run = self.run()
        if run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(results_folder(run)))


def results_folder(run: Run) -> str:
    """Return the folder of a run's main result; empty where there is none."""
    path = run.results.get("OUTPUT")
    return str(PurePath(path).parent) if run.state == FINISHED and isinstance(path, str) and path else ""
