"""The plugin in a window: what it adds, when it makes it, and that nothing of it is left afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from pathlib import Path

import pytest
from geonnx.plugin import GeonnxPlugin
from geonnx.ui import desktop as desktop_module
from qgis.core import QgsApplication, QgsSettings
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, Qt, QTranslator
from qgis.PyQt.QtWidgets import QApplication, QMainWindow, QMenu, QPushButton, QToolBar

from .conftest import settle, wait_for

ROOT = Path(__file__).resolve().parents[2]


class Iface:
    """QGIS's window, as far as a plugin uses it."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.canvas = QgsMapCanvas(self.window)
        self.bar = QgsMessageBar(self.window)
        self.window.setCentralWidget(self.canvas)
        self.toolbar = QToolBar("Plugins", self.window)
        self.window.addToolBar(self.toolbar)
        self.menus: dict[str, QMenu] = {}
        self.factories: list[object] = []
        self.options: list[str] = []
        self.window.show()

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self.canvas

    def messageBar(self):
        return self.bar

    def activeLayer(self):
        return None

    def addPluginToMenu(self, name, action):
        self.menus.setdefault(name, QMenu(name, self.window)).addAction(action)

    def removePluginMenu(self, name, action):
        self.menus[name].removeAction(action)
        if not self.menus[name].actions():
            self.menus.pop(name).deleteLater()

    def addToolBarIcon(self, action):
        self.toolbar.addAction(action)

    def removeToolBarIcon(self, action):
        self.toolbar.removeAction(action)

    def registerOptionsWidgetFactory(self, factory):
        self.factories.append(factory)

    def unregisterOptionsWidgetFactory(self, factory):
        self.factories.remove(factory)

    def showOptionsDialog(self, _parent, page):
        self.options.append(page)

    def addDockWidget(self, area, dock):
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock):
        self.window.removeDockWidget(dock)

    def __getattr__(self, name):
        raise AttributeError(f"this test's QGIS has no {name}")


@pytest.fixture
def iface(qgis_app, qgis_processing):
    made = Iface()
    yield made
    made.window.close()
    made.window.deleteLater()
    settle()
    gc.collect()


@pytest.fixture(autouse=True)
def nothing_missing(monkeypatch):
    """Whatever the test's own Python has."""
    monkeypatch.setattr(desktop_module, "missing_modules", lambda: ())
    QgsSettings().remove("geonnx")
    yield
    QgsSettings().remove("geonnx")


@pytest.fixture
def plugin(iface):
    registry = QgsApplication.processingRegistry()
    other = registry.providerById("geonnx")
    if other is not None:  # another test's
        registry.removeProvider(other)
    made = GeonnxPlugin(iface)
    yield made
    made.unload()
    settle()


def entries(iface) -> list[str]:
    return [action.text() for action in iface.menus.get("GeONNX", QMenu()).actions()]


def ours() -> list[str]:
    """Return the windows of ours that exist."""
    return [
        type(widget).__name__ for widget in QApplication.allWidgets() if type(widget).__module__.startswith("geonnx.")
    ]


def test_menu_button_and_options_page(plugin, iface):
    plugin.initGui()
    assert entries(iface) == ["GeONNX panel", "Model manager…", "Settings…", "Install components…", "Help"]
    assert [action.text() for action in iface.toolbar.actions()] == ["GeONNX panel"]
    assert all(not action.icon().isNull() for action in iface.menus["GeONNX"].actions())
    assert [factory.title() for factory in iface.factories] == ["GeONNX"]
    assert QgsApplication.processingRegistry().providerById("geonnx") is not None


def test_nothing_is_made_before_it_is_wanted(plugin, iface):
    start = time.perf_counter()
    plugin.initGui()
    seconds = time.perf_counter() - start
    assert plugin.desktop.dock is None
    assert ours() == []
    assert seconds < 5, "a generous limit for a busy machine"


def test_the_button_shows_and_hides_the_panel(plugin, iface):
    plugin.initGui()
    action = plugin.desktop.panel_action
    action.trigger()
    settle()
    dock = plugin.desktop.dock
    assert dock.isVisible()
    assert action.isChecked()
    assert iface.window.dockWidgetArea(dock) == Qt.DockWidgetArea.RightDockWidgetArea
    action.trigger()
    settle()
    assert not dock.isVisible()
    assert not action.isChecked()
    action.trigger()
    settle()
    assert dock.isVisible()
    assert plugin.desktop.dock is dock, "one panel only"
    dock.close()
    settle()
    assert not action.isChecked()


@pytest.mark.parametrize(
    ("state", "log", "says"),
    [
        ("finished", [], "Finished; the results are on the map."),
        ("finished", [("warning", "Bands have no names.")], "Finished, with warnings: Bands have no names."),
        ("failed", [], "The raster can't be found."),
        ("cancelled", [], ""),
    ],
)
def test_the_end_of_a_run_is_told_where_the_panel_is_hidden(plugin, iface, state, log, says):
    from geonnx.ui.runs.request import RunRequest
    from geonnx.ui.runs.run import Run

    plugin.initGui()
    plugin.desktop.show_task("segment")
    run = Run(RunRequest("geonnx:segment", title="Scene – Land cover"), state=state, log=log)
    run.message = "The raster can't be found." if state == "failed" else ""
    iface.bar.clearWidgets()
    plugin.desktop.queue.runFinished.emit(run)
    assert iface.bar.currentItem() is None, "the panel shows it"
    plugin.desktop.panel_action.setChecked(False)
    plugin.desktop.queue.runFinished.emit(run)
    item = iface.bar.currentItem()
    assert (item.text() if item else "") == says
    assert not says or item.title() == "Scene – Land cover"


def test_tasks_can_be_opened(plugin):
    plugin.initGui()
    plugin.desktop.show_task("clouds")
    assert plugin.desktop.dock.current_page().TASK == "clouds"


def test_windows_open_and_come_back(plugin, iface):
    plugin.initGui()
    desktop = plugin.desktop
    for show, name in ((desktop.show_manager, "manager"), (desktop.show_installer, "installer")):
        show()
        settle()
        window = getattr(desktop, name)
        assert window.isVisible()
        window.close()
        show()
        assert getattr(desktop, name) is window
        assert window.isVisible()
    desktop.show_settings()
    assert iface.options == ["GeONNX"]
    desktop_module.show_help()
    settle()
    assert any("Help" in name for name in ours())


def test_loading_and_unloading_twice_leaves_nothing(iface, plugin):
    before = set(iface.window.children())
    translators = len(QCoreApplication.instance().findChildren(QTranslator))
    for _ in range(2):
        plugin.initGui()
        plugin.desktop.panel_action.trigger()
        plugin.desktop.show_manager()
        plugin.desktop.show_installer()
        settle()
        plugin.unload()
        settle()
        gc.collect()
        assert plugin.desktop is None
        assert iface.menus == {}
        assert iface.toolbar.actions() == []
        assert iface.factories == []
        assert QgsApplication.processingRegistry().providerById("geonnx") is None
        assert ours() == []
        left = [type(child).__name__ for child in set(iface.window.children()) - before]
        assert not [name for name in left if name not in ("QMenu", "QDockWidgetGroupWindow", "QTabBar")], left
    assert len(QCoreApplication.instance().findChildren(QTranslator)) == translators


def test_loading_again_after_unloading(iface, plugin):
    plugin.initGui()
    plugin.unload()
    plugin.initGui()
    plugin.initGui()
    assert len(entries(iface)) == 5


def test_what_is_missing_is_offered_once_at_start(plugin, iface, monkeypatch):
    monkeypatch.setattr(desktop_module, "missing_modules", lambda: ("onnxruntime", "onnx"))
    plugin.initGui()
    item = wait_for(iface.bar.currentItem)
    assert "needs onnxruntime and onnx" in item.text()
    (button,) = [button for button in item.findChildren(QPushButton) if button.text() == "Install…"]
    button.click()
    settle()
    assert plugin.desktop.installer.isVisible()
    assert iface.bar.currentItem() is None, "the offer goes when it is taken"
    plugin.unload()
    plugin.initGui()
    wait_for(lambda: not plugin.desktop._reader.is_busy)
    assert iface.bar.currentItem() is None, "not at every start"


def test_what_is_missing_is_offered_with_the_panel(plugin, iface, monkeypatch):
    monkeypatch.setattr(desktop_module, "missing_modules", lambda: ("onnxruntime",))
    QgsSettings().setValue("geonnx/install_offered", True)
    plugin.initGui()
    plugin.desktop.panel_action.trigger()
    item = wait_for(iface.bar.currentItem)
    iface.bar.popWidget(item)
    settle()
    assert plugin.desktop._offer is None


def test_without_a_window_there_are_only_algorithms(qgis_app, qgis_processing):
    registry = QgsApplication.processingRegistry()
    other = registry.providerById("geonnx")
    if other is not None:
        registry.removeProvider(other)
    plugin = GeonnxPlugin(None)
    plugin.initProcessing()
    assert registry.providerById("geonnx") is not None
    plugin.initGui()
    assert plugin.desktop is None
    plugin.unload()
    assert registry.providerById("geonnx") is None


def test_qgis_process_loads_no_windows():
    """What qgis_process imports of the plugin must work where no window can be."""
    code = (
        "import importlib.util, sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in {'qgis.gui', 'qgis.PyQt.QtWidgets', 'qgis._gui', 'qgis.utils'}:\n"
        "            raise ImportError(f'{name} is refused in this test')\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"spec = importlib.util.spec_from_file_location('geonnx', {str(ROOT / '__init__.py')!r},\n"
        f"    submodule_search_locations=[{str(ROOT)!r}])\n"
        "package = importlib.util.module_from_spec(spec)\n"
        "sys.modules['geonnx'] = package\n"
        "spec.loader.exec_module(package)\n"
        "from geonnx.plugin import GeonnxPlugin\n"
        "import geonnx.ui.translation\n"
        "GeonnxPlugin(None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
