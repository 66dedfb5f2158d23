"""The window that installs onnxruntime and onnx: looks around, proposes, installs, takes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QCloseEvent, QShowEvent
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from ...processing.base import translate
from ...processing.folders import profile_folder
from ...processing.network import network_proxies
from ...processing.site_packages import switch_back
from ..background import Reader
from ..devices.known import forget_machine
from ..help import add_help_button
from ..icon import icon
from . import words
from .activate import missing_modules, search_path, use_folder
from .form import InstallForm
from .pip_run import Installation
from .plan import Facts, Plan, download_command, make_plan
from .probe import FactsReader, packages_in


class InstallDialog(QDialog):
    """Proposes, installs and takes back. An installation goes on when the window is closed."""

    changed = pyqtSignal(str)
    """packages were installed or taken back; with a sentence for the user"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: Facts | None = None
        self._plan: Plan | None = None
        self._installation: Installation | None = None
        self._probe = FactsReader(self)
        self._reader = Reader(self)
        self._missing: tuple[str, ...] = ()
        self._after_change = ""  # what was done just before the facts were asked for again
        self._state = "looking"
        self.setWindowTitle(translate("Install components of GeONNX"))
        self.setWindowIcon(icon("geonnx"))
        self.form = InstallForm(self)
        self.form.edited.connect(self._replan)
        self._add_buttons()
        layout = QVBoxLayout(self)
        layout.addWidget(self.form, 1)
        layout.addWidget(self.buttons)
        self.resize(90 * self.fontMetrics().averageCharWidth(), 30 * self.fontMetrics().lineSpacing())
        self._set_state("looking")

    @property
    def is_running(self) -> bool:
        """Return True while packages are installed."""
        return self._installation is not None and self._installation.is_running

    @property
    def state(self) -> str:
        """Return what the window shows: looking, offer, running, done or failed."""
        return self._state

    def start_looking(self) -> None:
        """Find out what is there and propose something."""
        if self.is_running:
            return
        self._set_state("looking")

        def looked(missing: tuple[str, ...]) -> None:
            self._missing = missing
            self._probe.ask(self._propose, self._looking_failed)

        self._reader.ask(missing_modules, looked, self._looking_failed)

    def stop(self) -> None:
        """End everything; call it before the window is taken away for good."""
        self._probe.stop()
        self._reader.forget()
        if self._installation is not None:
            self._installation.cancel()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Look around when the window opens."""
        super().showEvent(event)
        if self._facts is None and not self.is_running:
            self.start_looking()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Let an installation go on, and look anew the next time."""
        if not self.is_running:
            self._facts = None
        super().closeEvent(event)

    def _add_buttons(self) -> None:
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        role = QDialogButtonBox.ButtonRole
        self.install = self._button(translate("&Install"), role.AcceptRole, self._start, "/mActionStart.svg")
        self.cancel = self._button(translate("&Cancel installation"), role.ActionRole, self._cancel, "/mActionStop.svg")
        self.undo = self._button(translate("&Undo"), role.ResetRole, self._undo, "/mActionUndo.svg")
        self.again = self._button(translate("Look a&gain"), role.ActionRole, self.start_looking, "/mActionRefresh.svg")
        self.install.setToolTip(translate("Run the command; what QGIS has is not touched"))
        self.cancel.setToolTip(translate("Stop; everything stays as it was"))
        self.undo.setToolTip(translate("Go back to what was installed before the last installation"))
        self.again.setToolTip(translate("Find out again what this computer and its Python have"))
        self.buttons.rejected.connect(self.close)
        add_help_button(self.buttons, "install")

    def _button(
        self, text: str, role: QDialogButtonBox.ButtonRole, action: Callable[[], None], theme_icon: str
    ) -> QPushButton:
        button = self.buttons.addButton(text, role)
        button.setIcon(QgsApplication.getThemeIcon(theme_icon))
        button.clicked.connect(lambda _checked: action())
        return button

    def _set_state(self, state: str, message: str = "") -> None:
        """Show what belongs to a state; *message* is told below the command."""
        self._state = state
        is_idle, is_running = state in ("offer", "done", "failed"), state == "running"
        obstacle = self._obstacle()
        self.form.show_state(
            is_idle=is_idle, is_running=is_running, message=message or obstacle, is_good=state == "done"
        )
        if state == "looking":
            self.form.heading.setText(translate("Looking at this computer …"))
        self.install.setVisible(not is_running)
        self.install.setEnabled(is_idle and self._plan is not None and not obstacle)
        self.install.setDefault(state in ("offer", "failed"))
        self.cancel.setVisible(is_running)
        self.cancel.setEnabled(is_running)
        self.undo.setVisible(is_idle and self._facts is not None and self._facts.can_undo)
        self.again.setVisible(not is_running)
        self.again.setEnabled(is_idle)
        self._grow()

    def _grow(self) -> None:
        """Make room for what is shown now."""
        layout = self.layout()
        for inner in (self.form.layout(), layout):
            inner.invalidate()
            inner.activate()
        needed = max(layout.totalHeightForWidth(self.width()), layout.totalMinimumSize().height())
        if needed > self.height():
            self.resize(self.width(), needed)

    def _obstacle(self) -> str:
        """Return why *Install* can't be pressed; empty when it can."""
        if self._plan is None:
            return ""
        if self._plan.problem:
            return self._plan.problem
        if self.form.is_offline() and not self.form.wheels():
            return translate(
                "Choose the folder with the wheels. The last command fetches them, on a computer with network."
            )
        return ""

    def _propose(self, facts: Facts) -> None:
        """Show what was found, with the best choice."""
        self._facts = facts
        message, self._after_change = self._after_change, ""
        self.form.show_facts(facts, self._missing)
        self._replan("done" if message else "offer", message)

    def _looking_failed(self, problem: str) -> None:
        self.form.heading.setText(translate("This computer could not be looked at."))
        self._set_state("failed", problem)

    def _replan(self, state: str = "offer", message: str = "") -> None:
        if self._facts is None or self.is_running:
            return
        name = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
        self._plan = make_plan(self._facts, self.form.kind(), name, self.form.wheels())
        self.form.show_plan(self._plan, download_command(self._facts, self.form.kind()))
        self._set_state(state, message)

    def _start(self) -> None:
        if self._plan is None or self.is_running:
            return
        home = profile_folder()
        self.form.log.clear()
        self._installation = Installation(
            self._plan, home, self, wheels=self.form.wheels(), search_path=search_path(home)
        )
        self._installation.line.connect(self.form.add_line)
        self._installation.progress.connect(self.form.show_progress)
        self._installation.ended.connect(self._ended)
        self._installation.start(proxy_variables())
        self.form.heading.setText(translate("Installing {} …").format(self._plan.requirements[0]))
        self._set_state("running")

    def _cancel(self) -> None:
        if self._installation is not None:
            self.cancel.setEnabled(False)
            self._installation.cancel()

    def _ended(self, state: str, message: str) -> None:
        installation, self._installation = self._installation, None
        if state == "done" and installation is not None:
            in_force = use_folder(profile_folder(), installation.target)
            self._changed(words.done_text(message, in_force=in_force))
            return
        if self._facts is not None:
            self.form.heading.setText(words.heading(self._facts, self._missing))
        # with another name for the next try
        self._replan("failed", message)

    def _undo(self) -> None:
        """Go back to the packages that were there before."""
        home = profile_folder()
        self._set_state("looking")

        def back() -> tuple[Path | None, tuple[tuple[str, str], ...]]:
            folder = switch_back(home)
            return folder, packages_in(folder) if folder is not None else ()

        def done(answer: tuple[Path | None, tuple[tuple[str, str], ...]]) -> None:
            folder, packages = answer
            in_force = use_folder(home, folder)
            self._changed(words.undone_text(packages, in_force=in_force))

        self._reader.ask(back, done, lambda problem: self._replan("failed", problem))

    def _changed(self, message: str) -> None:
        """Tell everybody, and show what there is now."""
        forget_machine()
        self._after_change = message
        self.changed.emit(message)
        self.start_looking()


def proxy_variables() -> dict[str, str]:
    """Return QGIS's proxy as pip takes it: in the environment, so that no password is in a command or a log."""
    proxies = network_proxies()
    if proxies is None:
        return {}
    names = {"http": "HTTP_PROXY", "https": "HTTPS_PROXY", "no_proxy": "NO_PROXY"}
    return {variable: proxies[key] for key, variable in names.items() if proxies.get(key)}
