"""The lower edge of the panel: what is still missing, the preview, and the button that starts the run."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ...processing.base import translate
from ..library.colors import problem_color
from ..preview.controls import PreviewControls
from ..preview.preview import Preview
from ..runs.copy_button import CopyButton
from ..runs.request import RunRequest
from .folding import collapsible

_LONGEST = 240


class RunBar(QWidget):
    """Starts what the current page describes, once nothing is missing."""

    runRequested = pyqtSignal()  # noqa: N815 (as Qt names signals)
    previewRequested = pyqtSignal()  # noqa: N815 (as Qt names signals)
    helpRequested = pyqtSignal()  # noqa: N815 (as Qt names signals)

    def __init__(
        self, preview: Preview | None, get_request: Callable[[], RunRequest], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.problem_label = QLabel()
        self.problem_label.setWordWrap(True)
        self.problem_label.setTextFormat(Qt.TextFormat.PlainText)
        self.problem_label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.run_button = QPushButton(QgsApplication.getThemeIcon("/mActionStart.svg"), "")
        font = self.run_button.font()
        font.setBold(True)
        self.run_button.setFont(font)
        self.run_button.setMinimumHeight(self.run_button.fontMetrics().height() * 2)
        self.run_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.run_button.setShortcut("Ctrl+Return")
        self.copy_button = CopyButton(get_request)
        self.copy_button.copied.connect(self._say)
        self.help_button = QToolButton()
        self.help_button.setIcon(QgsApplication.getThemeIcon("/mActionHelpContents.svg"))
        self.help_button.setToolTip(translate("Help on this panel"))
        self.help_button.setAccessibleName(translate("Help"))
        for button in (self.copy_button, self.help_button):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setMinimumHeight(self.run_button.minimumHeight())
        self.controls = PreviewControls(preview) if preview is not None else None
        layout = QVBoxLayout(self)
        layout.addWidget(self.problem_label)
        if self.controls is not None:
            layout.addWidget(collapsible(translate("Preview"), self.controls, is_collapsed=True))
            self.controls.previewRequested.connect(self.previewRequested)
        row = QHBoxLayout()
        for button in (self.run_button, self.copy_button, self.help_button):
            row.addWidget(button)
        layout.addLayout(row)
        self.run_button.clicked.connect(self.runRequested)
        self.help_button.clicked.connect(self.helpRequested)

    def setVerb(self, text: str) -> None:
        """Name what the button does."""
        self.run_button.setText(text)
        self.run_button.setShortcut("Ctrl+Return")  # setting the text takes it away

    def setProblems(self, problems: list[str], *, is_waiting: bool = False, may_run: bool = False) -> None:
        """Let the run start when there is nothing to say, else say the first of the problems.

        *is_waiting*: what is said is no problem, it takes a moment only. *may_run*: the run may start all the same.
        """
        self.run_button.setEnabled(may_run or not problems)
        first = problems[0] if problems else ""
        if self.controls is not None:
            self.controls.set_problem(first)
        text = first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…"
        if len(problems) > 1:
            text += " " + translate("({} more)").format(len(problems) - 1)
        self._show(text, is_problem=not is_waiting)
        self.problem_label.setToolTip("\n".join(problems))
        self.run_button.setToolTip(
            first or translate("Start the run with these settings (Ctrl+Return); QGIS can be used meanwhile")
        )

    def _say(self, sentence: str) -> None:
        self._show(sentence, is_problem=False)

    def _show(self, text: str, *, is_problem: bool) -> None:
        palette = QgsApplication.palette()
        if is_problem:
            palette.setColor(palette.ColorRole.WindowText, problem_color(palette))
        self.problem_label.setPalette(palette)
        self.problem_label.setText(text)
        self.problem_label.setVisible(bool(text))
