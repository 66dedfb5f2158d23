"""One download: its progress, and the button that stops it."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from ...processing.base import translate
from .job import AlgorithmJob
from .shelf import ShelfItem


class DownloadBar(QWidget):
    """Downloads models one after the other with the algorithm, so that QGIS's network settings count."""

    finished = pyqtSignal(object, str)
    """the ShelfItem, and the sentence that says what went wrong (empty: nothing)"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: AlgorithmJob | None = None
        self._item: ShelfItem | None = None
        self._waiting: list[ShelfItem] = []
        self.label = QLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setAccessibleName(translate("Progress of the download"))
        self.stop_button = QToolButton()
        self.stop_button.setIcon(QgsApplication.getThemeIcon("/mTaskCancel.svg"))
        self.stop_button.setToolTip(translate("Stop the download; the next one goes on where it stopped."))
        self.stop_button.setAccessibleName(translate("Stop the download"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.label)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.stop_button)
        self.stop_button.clicked.connect(self.cancel)
        self.hide()

    def is_busy_with(self, item: ShelfItem | None) -> bool:
        """Return True when a model is being downloaded, or waits for it."""
        return item is not None and (item == self._item or item in self._waiting)

    def is_busy(self) -> bool:
        """Return True while anything is downloaded."""
        return self._job is not None

    def download(self, item: ShelfItem) -> None:
        """Download a model, after those that wait already."""
        if not self.is_busy_with(item):
            self._waiting.append(item)
            self._next()

    def cancel(self) -> None:
        """Stop the download and forget those that wait."""
        self._waiting.clear()
        if self._job is not None:
            self.label.setText(translate("Stopping…"))
            self._job.cancel()

    def _next(self) -> None:
        if self._job is not None or not self._waiting:
            return
        item = self._item = self._waiting.pop(0)
        self.label.setText(translate("Downloading {}").format(item.entry.name))
        self.bar.setValue(0)
        self.show()
        self._job = AlgorithmJob("geonnx:downloadmodel", {"MODEL": item.entry.id, "INDEX": item.index})
        self._job.progressed.connect(self._show_share)
        self._job.ended.connect(self._ended)
        self._job.start()

    def _show_share(self, share: float) -> None:
        self.bar.setValue(round(100 * share))

    def _ended(self, succeeded: bool, _results: dict[str, Any], message: str) -> None:
        item, self._job, self._item = self._item, None, None
        self.hide()
        self.finished.emit(item, "" if succeeded else message)
        self._next()
