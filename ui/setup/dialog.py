"""The window that installs onnxruntime and onnx: what is proposed and why, the command, the log, the way back."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from qgis.core import QgsApplication
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QCloseEvent, QFont, QFontDatabase, QPalette
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...processing.base import translate
from ...processing.folders import profile_folder
from ...processing.network import network_proxies
from ...processing.site_packages import switch_back
from ..background import Reader
from ..devices.known import forget_machine
from ..help import add_help_button
from ..icon import icon
from ..library.colors import ok_color, problem_color
from . import words
from .activate import missing_modules, search_path, use_folder
from .pip_run import Installation
from .plan import Facts, Kind, Plan, download_command, make_plan, possible_kinds, recommend
from .probe import FactsReader, packages_in

_MOST_LOG_LINES = 5000
_ANY_HEIGHT = 16777215
"""Qt's QWIDGETSIZE_MAX"""


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
        self.setWindowTitle(translate("Install components of GeONNX"))
        self.setWindowIcon(icon("geonnx"))
        self._make_widgets()
        self._arrange()
        self._set_state("looking")

    def start_looking(self) -> None:
        """Find out what is there and propose something."""
        if self.is_running:
            return
        self._set_state("looking")

        def looked(missing: tuple[str, ...]) -> None:
            self._missing = missing
            self._probe.ask(self._propose, self._looking_failed)

        self._reader.ask(missing_modules, looked, self._looking_failed)

    @property
    def is_running(self) -> bool:
        """Return True while packages are installed."""
        return self._installation is not None and self._installation.is_running

    @property
    def state(self) -> str:
        """Return what the window shows: looking, offer, running, done or failed."""
        return self._state

    def stop(self) -> None:
        """End everything; call it before the window is taken away for good."""
        self._probe.stop()
        self._reader.forget()
        if self._installation is not None:
            self._installation.cancel()

    def showEvent(self, event: object) -> None:
        """Look around when the window opens."""
        super().showEvent(event)
        if self._facts is None and not self.is_running:
            self.start_looking()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Let an installation go on, and look anew the next time."""
        if not self.is_running:
            self._facts = None
        super().closeEvent(event)

    def _make_widgets(self) -> None:
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setStyleHint(QFont.StyleHint.Monospace)
        self.heading = _text_label(self)
        font = self.heading.font()
        font.setBold(True)
        self.heading.setFont(font)
        self.reasons = _text_label(self)
        self.kinds = QComboBox(self)
        self.kinds.setToolTip(translate("Which form of onnxruntime to install; only one can be there at a time"))
        self.kinds.currentIndexChanged.connect(lambda _row: self._replan())
        self.sources = QComboBox(self)
        self.sources.addItem(translate("Package index (needs the network)"), "index")
        self.sources.addItem(translate("Folder with wheels (no network needed)"), "folder")
        self.sources.setToolTip(translate("Where pip takes the packages from"))
        self.sources.currentIndexChanged.connect(lambda _row: self._replan())
        self.wheels = QgsFileWidget(self)
        self.wheels.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.wheels.setToolTip(translate("The folder into which the wheels were downloaded on another computer"))
        self.wheels.lineEdit().setPlaceholderText(translate("Folder with the wheels"))
        self.wheels.setFocusProxy(self.wheels.lineEdit())
        self.wheels.fileChanged.connect(lambda _path: self._replan())
        self.command = _code_field(self, fixed, 4, translate("The exact command that is run"))
        self.elsewhere = _code_field(self, fixed, 4, translate("Command for a computer with network"))
        self.log = _code_field(self, fixed, 9, translate("What pip says"))
        self.log.setMaximumBlockCount(_MOST_LOG_LINES)
        self.log.setMaximumHeight(_ANY_HEIGHT)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.status = _text_label(self)

    def _arrange(self) -> None:
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows = (
            (translate("&Package"), self.kinds, self.kinds),
            (translate("&From"), _stacked(self, self.sources, self.wheels), self.sources),
            (translate("Co&mmand"), _with_copy(self, self.command), self.command),
            (translate("&Download"), _with_copy(self, self.elsewhere), self.elsewhere),
        )
        self._rows: dict[QWidget, tuple[QWidget, QLabel]] = {}
        for text, field, buddy in rows:
            label = QLabel(text, self)
            label.setBuddy(buddy)
            label.setToolTip(buddy.toolTip())
            self.form.addRow(label, field)
            self._rows[buddy] = (field, label)
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
        layout = QVBoxLayout(self)
        for item in (self.heading, self.reasons):
            layout.addWidget(item)
        layout.addLayout(self.form)
        for item in (self.status, self.progress):
            layout.addWidget(item)
        layout.addWidget(self.log, 1)
        self._filler = QWidget(self)
        self._filler.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        layout.addWidget(self._filler)
        layout.addWidget(self.buttons)
        letter = self.fontMetrics().averageCharWidth()
        self.resize(90 * letter, 30 * self.fontMetrics().lineSpacing())

    def _button(self, text: str, role: QDialogButtonBox.ButtonRole, action: object, theme_icon: str) -> QPushButton:
        button = self.buttons.addButton(text, role)
        button.setIcon(QgsApplication.getThemeIcon(theme_icon))
        button.clicked.connect(lambda _checked: action())
        return button

    def _set_state(self, state: str, message: str = "") -> None:
        """Show what belongs to a state; *message* is told below the command."""
        self._state = state
        is_idle = state in ("offer", "done", "failed")
        plan = self._plan
        is_folder = self.sources.currentData() == "folder"
        for widget in (self.kinds, self.sources, self.wheels):
            widget.setEnabled(is_idle)
        self.wheels.setVisible(is_folder)
        for widget in self._rows[self.elsewhere]:
            widget.setVisible(is_folder)
        self.install.setVisible(state != "running")
        self.install.setEnabled(is_idle and plan is not None and not self._obstacle())
        self.install.setDefault(state in ("offer", "failed"))
        self.cancel.setVisible(state == "running")
        self.undo.setVisible(is_idle and self._facts is not None and self._facts.can_undo)
        self.again.setVisible(state != "running")
        self.again.setEnabled(is_idle)
        self.progress.setVisible(state in ("looking", "running"))
        self.progress.setRange(0, 0)
        self.log.setVisible(state == "running" or self.log.blockCount() > 1)
        self._filler.setVisible(not self.log.isVisibleTo(self))
        if state == "looking":
            self.heading.setText(translate("Looking at this computer …"))
        self._say(message or self._obstacle(), "done" if state == "done" else "failed")
        self._grow()

    def _grow(self) -> None:
        """Make room for what is shown now."""
        layout = self.layout()
        layout.activate()
        needed = max(layout.totalHeightForWidth(self.width()), layout.totalMinimumSize().height())
        if needed > self.height():
            self.resize(self.width(), needed)

    def _obstacle(self) -> str:
        if self._plan is None:
            return ""
        if self._plan.problem:
            return self._plan.problem
        if self.sources.currentData() == "folder" and not self.wheels.filePath().strip():
            return translate(
                "Choose the folder with the wheels. The last command fetches them, on a computer with network."
            )
        return ""

    def _say(self, text: str, state: str) -> None:
        palette = QPalette(self.palette())
        color = ok_color(palette) if state == "done" else problem_color(palette)
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self.status.setPalette(palette)
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def _propose(self, facts: Facts) -> None:
        """Show what was found, with the best choice."""
        self._facts = facts
        message, state = self._after_change, "done" if self._after_change else "offer"
        self._after_change = ""
        best = recommend(facts)
        self.kinds.blockSignals(True)
        self.kinds.clear()
        for kind in possible_kinds(facts):
            self.kinds.addItem(words.kind_text(kind, facts.platform, is_best=kind == best), kind)
        self.kinds.blockSignals(False)
        self.heading.setText(words.heading(facts, self._missing))
        self._replan(state, message)

    _after_change = ""
    """what was done just before the facts were asked for again"""

    def _looking_failed(self, problem: str) -> None:
        self.heading.setText(translate("This computer could not be looked at."))
        self._set_state("failed", problem)

    def _replan(self, state: str = "offer", message: str = "") -> None:
        if self._facts is None or self.is_running:
            return
        kind: Kind = self.kinds.currentData()
        name = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
        self._plan = make_plan(self._facts, kind, name, self._wheels())
        self.command.setPlainText(self._plan.command)
        self.elsewhere.setPlainText(download_command(self._facts, kind))
        self.reasons.setText(words.reasons_html(self._plan))
        self._set_state(state, message)

    def _wheels(self) -> str:
        return self.wheels.filePath().strip() if self.sources.currentData() == "folder" else ""

    def _start(self) -> None:
        if self._plan is None or self.is_running:
            return
        self.log.clear()
        home = profile_folder()
        self._installation = Installation(self._plan, home, self, wheels=self._wheels(), search_path=search_path(home))
        self._installation.line.connect(self._log)
        self._installation.progress.connect(self._show_progress)
        self._installation.ended.connect(self._ended)
        self._installation.start(proxy_variables())
        self._set_state("running")
        self.heading.setText(translate("Installing {} …").format(self._plan.requirements[0]))

    def _cancel(self) -> None:
        if self._installation is not None:
            self.cancel.setEnabled(False)
            self._installation.cancel()

    def _log(self, text: str) -> None:
        self.log.appendPlainText(text)
        bar = self.log.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _show_progress(self, share: float) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(1000 * share))

    def _ended(self, state: str, message: str) -> None:
        installation, self._installation = self._installation, None
        self.cancel.setEnabled(True)
        if state == "done" and installation is not None:
            in_force = use_folder(profile_folder(), installation.target)
            self._changed(words.done_text(message, in_force=in_force))
            return
        if self._facts is not None:
            self.heading.setText(words.heading(self._facts, self._missing))
        # another name for the next try
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


def _text_label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _code_field(parent: QWidget, font: QFont, lines: int, tooltip: str) -> QPlainTextEdit:
    field = QPlainTextEdit(parent)
    field.setReadOnly(True)
    field.setTabChangesFocus(True)
    field.setFont(font)
    margin = round(2 * field.document().documentMargin())
    field.setFixedHeight(lines * field.fontMetrics().lineSpacing() + field.frameWidth() * 2 + margin)
    field.setToolTip(tooltip)
    field.setAccessibleName(tooltip)
    return field


def _stacked(parent: QWidget, *widgets: QWidget) -> QWidget:
    box = QWidget(parent)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    return box


def _with_copy(parent: QWidget, field: QPlainTextEdit) -> QWidget:
    """Return the field with a button that copies its text."""
    box = QWidget(parent)
    button = QToolButton(box)
    button.setIcon(QgsApplication.getThemeIcon("/mActionEditCopy.svg"))
    button.setAutoRaise(True)
    button.setToolTip(translate("Copy the command"))
    button.setAccessibleName(translate("Copy the command"))
    button.clicked.connect(lambda _checked: QgsApplication.clipboard().setText(field.toPlainText()))
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(field)
    layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    return box
