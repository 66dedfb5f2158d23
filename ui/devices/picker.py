"""Choosing what computes: a list of what was found, with reasons for what can't be used."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEvent, Qt, pyqtSignal
from qgis.PyQt.QtGui import QBrush, QPalette, QShowEvent, QStandardItem, QStandardItemModel
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QStyledItemDelegate, QToolButton, QVBoxLayout, QWidget

from ...models.runtime.machine import Machine
from ...processing.base import translate
from ..background import Reader
from ..library.colors import problem_color, quiet_color
from ..library.elided_combo import ElidedCombo
from ..settings import store
from .choices import AUTO, Choice, gpu_reason, list_choices, summary
from .known import find_machine, known_machine


class DevicePicker(QWidget):
    """Lists the devices of this machine once it is shown; until then, and without an answer, only ``auto``."""

    deviceChanged = pyqtSignal(str)  # noqa: N815 (as Qt names signals)

    def __init__(self, parent: QWidget | None = None, *, for_settings: bool = False) -> None:
        """Make the picker; *for_settings* is the one that sets the user's default itself."""
        super().__init__(parent)
        self._for_settings = for_settings
        self._reader = Reader(self)
        self._machine: Machine | None = None
        self._choices: tuple[Choice, ...] = ()
        self._failure = ""
        self._device = AUTO
        self._combo = ElidedCombo(self)
        self._combo.setAccessibleName(translate("Device"))
        self._items = QStandardItemModel(self._combo)
        self._combo.setModel(self._items)
        # a menu, as some styles draw the list, has hardly readable disabled entries on dark ground
        self._combo.setItemDelegate(QStyledItemDelegate(self._combo))
        self._combo.activated.connect(self._choose)
        self._again = QToolButton(self)
        self._again.setIcon(QgsApplication.getThemeIcon("/mActionRefresh.svg"))
        self._again.setAutoRaise(True)
        self._again.setToolTip(translate("Look again for devices, after a driver or a package was installed"))
        self._again.setAccessibleName(translate("Look again for devices"))
        self._again.clicked.connect(lambda: self.refresh(again=True))
        self._note = QLabel(self)
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._arrange()
        self._show()

    def device(self) -> str:
        """Return the device as DEVICE takes it."""
        return self._device

    def setDevice(self, device: str) -> None:
        """Choose a device; one that is not in the list is added to it."""
        wanted = device.strip() or AUTO
        changed, self._device = wanted != self._device, wanted
        self._show()
        if changed:
            self.deviceChanged.emit(wanted)

    def problem(self) -> str:
        """Return why the chosen device can't be used; empty when it can, or nobody knows yet."""
        return next((choice.reason for choice in self._choices if choice.value == self._device), "")

    def machine(self) -> Machine | None:
        """Return what was found; None while nobody knows."""
        return self._machine

    def refresh(self, *, again: bool = False) -> None:
        """Find out in the background what there is."""
        self._note.setText(translate("Looking for devices …"))
        self._again.setEnabled(False)
        self._reader.ask(lambda: find_machine(again=again), self._take, self._fail)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Look at the machine when the list is seen for the first time."""
        if self._machine is None and not self._reader.is_busy:
            known = known_machine()
            if known is None:
                self.refresh()
            else:
                self._take(known)
        super().showEvent(event)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_note()
        super().changeEvent(event)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo, 1)
        row.addWidget(self._again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self._note)
        self.setFocusProxy(self._combo)

    def _take(self, machine: Machine) -> None:
        self._machine, self._failure = machine, ""
        self._again.setEnabled(True)
        self._show()

    def _fail(self, problem: str) -> None:
        self._failure = problem
        self._again.setEnabled(True)
        self._show()

    def _choose(self, row: int) -> None:
        device = str(self._items.item(row).data(Qt.ItemDataRole.UserRole))
        if device != self._device:
            self.setDevice(device)

    def _listed(self) -> tuple[Choice, ...]:
        if self._machine is None:
            found: tuple[Choice, ...] = (Choice(AUTO, translate("Automatic")),)
        else:
            default = AUTO if self._for_settings else store.read().device
            found = list_choices(self._machine, default=default)
        if self._device in {choice.value for choice in found}:
            return found
        return (*found, Choice(self._device, self._device))

    def _show(self) -> None:
        self._choices = self._listed()
        self._items.clear()
        for choice in self._choices:
            item = QStandardItem(choice.label)
            item.setData(choice.value, Qt.ItemDataRole.UserRole)
            item.setToolTip(choice.reason or choice.hint or choice.label)
            item.setEnabled(choice.is_usable)
            if not choice.is_usable:  # some dark themes leave what is disabled as bright as the rest
                item.setForeground(QBrush(quiet_color(QPalette(self.palette()))))
            self._items.appendRow(item)
        chosen = next(row for row, choice in enumerate(self._choices) if choice.value == self._device)
        self._combo.setCurrentIndex(chosen)
        self._combo.setToolTip(
            "\n".join(part for part in (translate("What computes."), self._items.item(chosen).toolTip()) if part)
        )
        self._show_note()

    def _show_note(self) -> None:
        palette = QPalette(self.palette())
        problem = self._failure or self.problem()
        color = problem_color(palette) if problem else quiet_color(palette)
        note = QPalette(palette)
        note.setColor(QPalette.ColorRole.WindowText, color)
        self._note.setPalette(note)
        if self._reader.is_busy:
            return
        self._note.setText(problem or self._found_text())

    def _found_text(self) -> str:
        if self._machine is None:
            return ""
        reason = gpu_reason(self._machine) if self._machine.gpus.found else ""
        unused = translate("The NVIDIA card is not used: {}").format(reason) if reason else ""
        return " ".join(part for part in (summary(self._machine), unused) if part)
