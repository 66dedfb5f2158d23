"""The log of a run, with colours as in the toolbox."""

from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QTimer
from qgis.PyQt.QtGui import QTextCursor
from qgis.PyQt.QtWidgets import QTextEdit, QWidget

from ...processing.base import translate
from .log_text import level_color, line_as_html
from .run import Run


class LogView(QTextEdit):
    """Shows one run's log and follows it; text can be marked and copied with mouse and keyboard."""

    _shown = 0
    """how many messages stand in it"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAccessibleName(translate("Log of the run"))
        self.setToolTip(translate("What the run said; warnings and errors are in colour"))
        self.setPlaceholderText(translate("The run has not said anything yet."))
        self._run: Run | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._write_again)

    def set_run(self, run: Run | None) -> None:
        """Show the log of another run."""
        self._run, self._shown = run, 0
        self.clear()
        self.refresh()

    def refresh(self) -> None:
        """Add what was said since the last call; the view stays where the reader has scrolled to."""
        if self._run is None or len(self._run.log) <= self._shown:
            return
        bar = self.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - self.fontMetrics().height()
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        for level, text in self._run.log[self._shown :]:
            if not self.document().isEmpty():
                cursor.insertBlock()
            cursor.insertHtml(line_as_html(level, text, level_color(level, self.palette())))
        self._shown = len(self._run.log)
        if is_at_end:
            bar.setValue(bar.maximum())

    def changeEvent(self, event: QEvent | None) -> None:
        """Write the log anew in the colours of another theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and self._shown:
            self._again.start()

    def _write_again(self) -> None:
        self.set_run(self._run)
