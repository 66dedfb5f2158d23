"""A run in the list: its title, a bar, how fast it is and what is left, and the newest warning."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEvent, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QGridLayout, QProgressBar, QToolButton, QWidget

from ...processing.base import translate
from ..library.colors import ok_color, problem_color, quiet_color, text_color, warning_color
from .elided import ElidedLabel
from .run import FAILED, FINISHED, RUNNING, Run
from .status import state_text, status_text


class RunRow(QWidget):
    """Shows one run; call `refresh` when it changed."""

    cancelRequested = pyqtSignal(object)  # noqa: N815 (as Qt names signals)

    def __init__(self, run: Run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self.is_selected = False
        # scene and model stand at its two ends
        self._title = ElidedLabel(run.request.name(), self, Qt.TextElideMode.ElideMiddle)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(max(4, self.fontMetrics().height() // 2))
        self._bar.setToolTip(translate("Share of the work that is done"))
        self._state = ElidedLabel("", self)
        self._notice = ElidedLabel("", self)
        self._cancel = QToolButton(self)
        self._cancel.setIcon(QgsApplication.getThemeIcon("/mTaskCancel.svg"))
        self._cancel.setAutoRaise(True)
        self._cancel.setToolTip(translate("Cancel this run; nothing is written then"))
        self._cancel.setAccessibleName(translate("Cancel {}").format(run.request.name()))
        self._cancel.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the button below the list is the keyboard's
        self._cancel.clicked.connect(lambda: self.cancelRequested.emit(self.run))
        layout = QGridLayout(self)
        space = self.fontMetrics().height() // 3
        layout.setContentsMargins(2 * space, space, space, space)
        layout.setVerticalSpacing(max(1, space // 2))
        layout.addWidget(self._title, 0, 0)
        layout.addWidget(self._cancel, 0, 1, 3, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._bar, 1, 0)
        layout.addWidget(self._state, 2, 0)
        layout.addWidget(self._notice, 3, 0, 1, 2)
        self.refresh()

    def refresh(self) -> None:
        """Show how the run stands now."""
        run = self.run
        self._bar.setVisible(run.state == RUNNING)
        self._cancel.setVisible(not run.is_over)
        self._cancel.setEnabled(not run.is_cancelling)
        # until the first share of the work is known, the bar only says that something happens
        self._bar.setRange(0, 1000 if run.progress > 0 or run.is_over else 0)
        self._bar.setValue(round(1000 * run.progress))
        self._state.setText(status_text(run))
        warnings = run.warnings
        self._notice.setVisible(bool(warnings))
        if warnings:
            more = translate("{} warnings: ").format(len(warnings)) if len(warnings) > 1 else translate("Warning: ")
            self._notice.setText(more + warnings[-1])
            self._notice.setToolTip("\n\n".join(warnings))
        self.setAccessibleName(f"{run.request.name()}, {state_text(run)}, {self._state.text()}")
        self._color()

    def set_selected(self, is_selected: bool) -> None:
        """Write in the colours of a selected line, or in those of the others."""
        self.is_selected = is_selected
        self._color()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme and the window's focus."""
        if event is not None and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ActivationChange):
            self._color_if_made()
        super().changeEvent(event)

    def _color_if_made(self) -> None:
        if hasattr(self, "_cancel"):  # Qt sends such events while the widgets are made
            self._color()

    def _color(self) -> None:
        parent = self.parentWidget()
        palette = self.palette() if parent is None else parent.palette()
        if self.is_selected:
            text = palette.color(QPalette.ColorRole.HighlightedText)
            colors = (text, text, text)
        else:
            state = {FAILED: problem_color(palette), FINISHED: ok_color(palette)}.get(self.run.state)
            text = text_color(palette)
            colors = (text, state or quiet_color(palette), warning_color(palette))
        for label, color in zip((self._title, self._state, self._notice), colors):
            write_in(label, color)


def write_in(label: QWidget, color: QColor) -> None:
    """Give a label the colour of its text."""
    palette = label.palette()
    if palette.color(QPalette.ColorRole.WindowText) != color:
        palette.setColor(QPalette.ColorRole.WindowText, color)
        label.setPalette(palette)
