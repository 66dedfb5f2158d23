"""What the plugin adds to QGIS's window: menu, toolbar button, panel, options page; and takes away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qgis.core import Qgis, QgsApplication, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject, Qt
from qgis.PyQt.QtWidgets import QAction, QDialog, QPushButton

from ..processing.base import translate
from .background import Reader
from .icon import icon
from .settings.page import SettingsFactory
from .setup.activate import missing_modules

if TYPE_CHECKING:
    from .manager.dialog import ManagerDialog
    from .panel.dock import GeonnxDock
    from .runs.queue import RunQueue
    from .runs.run import Run
    from .setup.dialog import InstallDialog

MENU = "GeONNX"
_OFFERED = "geonnx/install_offered"


class Desktop(QObject):
    """Our part of the window. Panel and dialogs are made when they are wanted first, so that QGIS starts fast."""

    def __init__(self, iface: Any) -> None:
        super().__init__()
        self.iface = iface
        self.queue: RunQueue | None = None
        self.dock: GeonnxDock | None = None
        self.manager: ManagerDialog | None = None
        self.installer: InstallDialog | None = None
        self._reader = Reader(self)
        self._offer: Any = None
        self._model_widgets: Any = None
        self._settings_page = SettingsFactory(self.show_installer)
        self.panel_action = self._action(translate("GeONNX panel"), "geonnx", lambda: None)
        self.panel_action.setCheckable(True)
        self.panel_action.setToolTip(translate("Show or hide the GeONNX panel: maps by neural networks"))
        self.panel_action.toggled.connect(self._toggle_panel)
        theme = QgsApplication.getThemeIcon
        self.actions = [
            self.panel_action,
            self._action(translate("Model manager…"), "models", self.show_manager),
            self._action(translate("Settings…"), theme("/mActionOptions.svg"), self.show_settings),
            self._action(translate("Install components…"), theme("/mActionStart.svg"), self.show_installer),
            self._action(translate("Help"), theme("/mActionHelpContents.svg"), show_help),
        ]

    def start(self) -> None:
        """Add everything to the window."""
        from .library.wrapper import register_model_widget  # noqa: PLC0415 (only with a window)

        for action in self.actions:
            self.iface.addPluginToMenu(MENU, action)
        self.iface.addToolBarIcon(self.panel_action)
        self.iface.registerOptionsWidgetFactory(self._settings_page)
        self._model_widgets = register_model_widget()
        if not QgsSettings().value(_OFFERED, False, type=bool):
            self._look_for_missing(lambda: QgsSettings().setValue(_OFFERED, True))

    def stop(self) -> None:
        """Take everything away again; runs that are under way are stopped."""
        from .library.wrapper import unregister_model_widget  # noqa: PLC0415

        self._reader.forget()
        self._take_offer_back()
        for action in self.actions:
            self.iface.removePluginMenu(MENU, action)
        self.iface.removeToolBarIcon(self.panel_action)
        self.iface.unregisterOptionsWidgetFactory(self._settings_page)
        if self._model_widgets is not None:
            unregister_model_widget(self._model_widgets)
            self._model_widgets = None
        self._remove_windows()
        for action in self.actions:
            action.deleteLater()
        self.actions = []
        _delete_now()

    def show_task(self, task: str) -> None:
        """Open the panel with the page of a task."""
        self.panel_action.setChecked(True)
        if self.dock is not None:
            self.dock.show_task(task)

    def show_manager(self) -> None:
        """Open the model manager."""
        if self.manager is None:
            from .manager.dialog import ManagerDialog  # noqa: PLC0415 (made when it is wanted)

            self.manager = ManagerDialog(self.iface, self.iface.mainWindow())
            self.manager.libraryChanged.connect(self._library_changed)
            # it may have found files that were put into the models folder by hand
            self.manager.finished.connect(lambda _result: self._library_changed())
        _show(self.manager)

    def show_settings(self) -> None:
        """Open QGIS's options at our page."""
        self.iface.showOptionsDialog(self.iface.mainWindow(), self._settings_page.title())

    def show_installer(self) -> None:
        """Open the window that installs onnxruntime and onnx."""
        self._take_offer_back()
        if self.installer is None:
            from .setup.dialog import InstallDialog  # noqa: PLC0415 (made when it is wanted)

            self.installer = InstallDialog(self.iface.mainWindow())
            self.installer.changed.connect(self._components_changed)
        _show(self.installer)

    def _action(self, text: str, picture: Any, work: Callable[[], None]) -> QAction:
        action = QAction(icon(picture) if isinstance(picture, str) else picture, text, self.iface.mainWindow())
        action.setObjectName("geonnx" + "".join(letter for letter in text if letter.isalnum()))
        action.triggered.connect(lambda _checked: work())
        return action

    def _toggle_panel(self, is_on: bool) -> None:
        """Make the panel when it is wanted first; from then on QGIS keeps button and panel in step."""
        if not is_on or self.dock is not None:
            return
        from .panel.dock import GeonnxDock  # noqa: PLC0415 (made when it is wanted)
        from .runs.queue import RunQueue  # noqa: PLC0415

        self.queue = RunQueue(self)
        self.queue.runFinished.connect(self._tell_end)
        self.dock = GeonnxDock(self.iface, self.queue, self.iface.mainWindow())
        self.dock.manageRequested.connect(self.show_manager)
        self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.dock.setToggleVisibilityAction(self.panel_action)
        self.dock.setUserVisible(True)
        self._look_for_missing()

    def _tell_end(self, run: Run) -> None:
        """Say that a run is over where the panel, which shows it, can't be seen."""
        from .runs.notice import push_notice  # noqa: PLC0415 (there are runs by now)

        if self.dock is not None and not self.dock.isUserVisible():
            push_notice(self.iface.messageBar(), run)

    def _look_for_missing(self, offered: Callable[[], None] = lambda: None) -> None:
        """Offer to install what is missing, if anything is."""

        def looked(missing: tuple[str, ...]) -> None:
            if missing:
                self._push_offer(missing)
                offered()

        self._reader.ask(missing_modules, looked, lambda _problem: None)

    def _push_offer(self, missing: tuple[str, ...]) -> None:
        if self._offer is not None or (self.installer is not None and self.installer.isVisible()):
            return
        bar = self.iface.messageBar()
        text = translate("To run models, GeONNX needs {}. It can be installed in your QGIS profile.").format(
            translate(" and ").join(missing)
        )
        self._offer = bar.createMessage("GeONNX", text)
        button = QPushButton(translate("Install…"), self._offer)
        button.setToolTip(translate("See what is to be installed, and how"))
        button.clicked.connect(lambda _checked: self.show_installer())
        self._offer.layout().addWidget(button)
        self._offer.destroyed.connect(self._forget_offer)
        bar.pushWidget(self._offer, Qgis.MessageLevel.Info, 0)

    def _forget_offer(self, *_gone: object) -> None:
        self._offer = None

    def _take_offer_back(self) -> None:
        offer, self._offer = self._offer, None
        if offer is not None:
            self.iface.messageBar().popWidget(offer)

    def _components_changed(self, message: str) -> None:
        if self.installer is not None and not self.installer.isVisible():
            self.iface.messageBar().pushMessage("GeONNX", message, Qgis.MessageLevel.Success, 0)
        self._library_changed()

    def _library_changed(self) -> None:
        if self.dock is not None:
            self.dock.reload_models()

    def _remove_windows(self) -> None:
        if self.queue is not None:
            self.queue.stop()
        if self.installer is not None:
            self.installer.stop()
        if self.dock is not None:
            self.dock.stop()
            self.iface.removeDockWidget(self.dock)
        for window in (self.manager, self.installer, self.dock):
            if window is not None:
                window.close()
                window.deleteLater()
        self.manager, self.installer, self.dock, self.queue = None, None, None, None
        from .help import close_help  # noqa: PLC0415

        close_help()


def show_help() -> None:
    """Open the manual."""
    from .help import open_help  # noqa: PLC0415 (made when it is wanted)

    open_help("README")


def _show(window: QDialog) -> None:
    window.show()
    window.raise_()
    window.activateWindow()


def _delete_now() -> None:
    """Let go at once of what was asked to be deleted: the code of this plugin may be gone soon."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
