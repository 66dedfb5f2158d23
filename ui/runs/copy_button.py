"""The button that copies a run as a command, a script or JSON."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication, QMenu, QToolButton, QWidget

from ...processing.base import translate
from .commands import as_json, as_python, as_qgis_process, notes
from .request import RunRequest

_SHOWN_MS = 4000


class CopyButton(QToolButton):
    """Offers three ways to write down the run that *get_request* returns, and puts the chosen one on the clipboard."""

    copied = pyqtSignal(str)
    """a sentence on what was copied, and what to do before it works elsewhere"""

    def __init__(self, get_request: Callable[[], RunRequest | None], parent: QWidget | None = None) -> None:
        """Make the button; nothing is asked of *get_request* before the user chooses."""
        super().__init__(parent)
        self._get_request = get_request
        self._text = translate("Copy")
        self.setText(self._text)
        self.setAccessibleName(translate("Copy this run"))
        self.setToolTip(translate("Copy this run as a command, a script or JSON, to repeat it without this window"))
        self.setIcon(QgsApplication.getThemeIcon("/mActionEditCopy.svg"))
        menu = QMenu(self)
        for label, tip, write in (
            (
                translate("Copy as qgis_process command"),
                translate("A line for a terminal; it runs without the QGIS window"),
                as_qgis_process,
            ),
            (translate("Copy as Python"), translate("A script for the Python console of QGIS"), as_python),
            (
                translate("Copy as JSON"),
                translate("Input for 'qgis_process run geonnx:… -' of QGIS 3.24 and newer"),
                as_json,
            ),
        ):
            action = menu.addAction(label)
            action.setToolTip(tip)
            action.triggered.connect(lambda _checked=False, write=write, label=label: self.copy(write, label))
        menu.setToolTipsVisible(True)
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._reset = QTimer(self)
        self._reset.setSingleShot(True)
        self._reset.setInterval(_SHOWN_MS)
        self._reset.timeout.connect(lambda: self.setText(self._text))

    def copy(self, write: Callable[[RunRequest], str], label: str) -> None:
        """Put the run on the clipboard as *write* writes it."""
        request = self._get_request()
        if request is None:
            return
        QApplication.clipboard().setText(write(request))
        self.setText(translate("Copied"))
        self._reset.start()
        self.copied.emit(" ".join([translate("{}: done.").format(label), *notes(request)]))
