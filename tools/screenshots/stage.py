"""A QGIS without a screen in which the scenes of this folder show their windows."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsMapLayer, QgsProject, QgsRasterLayer
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QEventLoop
from qgis.PyQt.QtWidgets import QWidget

ROOT = Path(__file__).resolve().parents[2]
_kept: list[Any] = []  # the application has to outlive all windows, those in tracebacks too


class StandIn:
    """What windows ask of QGIS's own interface."""

    def __init__(self, window: QWidget, canvas: QgsMapCanvas) -> None:
        self._window, self._canvas = window, canvas
        self._message_bar = QgsMessageBar(window)
        self._active: QgsMapLayer | None = None

    def mainWindow(self) -> QWidget:  # noqa: D102, N802 (as QGIS names it)
        return self._window

    def mapCanvas(self) -> QgsMapCanvas:  # noqa: D102, N802
        return self._canvas

    def messageBar(self) -> QgsMessageBar:  # noqa: D102, N802
        return self._message_bar

    def activeLayer(self) -> QgsMapLayer | None:  # noqa: D102, N802
        return self._active

    def setActiveLayer(self, layer: QgsMapLayer) -> None:  # noqa: D102, N802
        self._active = layer


class Stage:
    """What a scene has at hand; it makes windows, shows them and yields them one after the other."""

    def __init__(self, folder: Path, raster: Path, models: Path) -> None:
        self.folder = folder
        """scratch, empty at the start"""
        self.raster = raster
        """a raster with named bands and a style (`.qml`), some kilometres of a place"""
        self.dates: tuple[Path, ...] = tuple(sorted(raster.parent.glob("scene_*.tif")))
        """the same place on several dates, `raster` among them"""
        self.models = models
        """a folder of models with cards, one a task at least; `GEONNX_MODELS` names it"""
        self._window: QWidget | None = None
        self._iface: Any = None

    @property
    def iface(self) -> Any:
        """A stand-in for QGIS's main window, with a real map canvas, made when first asked for."""
        if self._iface is None:
            from qgis.PyQt.QtWidgets import QMainWindow

            self._window = QMainWindow()
            canvas = QgsMapCanvas(self._window)
            canvas.resize(640, 480)
            self._window.setCentralWidget(canvas)
            self._iface = StandIn(self._window, canvas)
        return self._iface

    def load(self, path: Path | None = None, name: str = "") -> QgsRasterLayer:
        """Add a raster (default: the example) to the project, with its style, and show it on the canvas."""
        path = path or self.raster
        layer = QgsRasterLayer(str(path), name or path.stem)
        if not layer.isValid():
            raise RuntimeError(f"can't open {path}")
        QgsProject.instance().addMapLayer(layer)
        canvas = self.iface.mapCanvas()
        canvas.setDestinationCrs(layer.crs())
        canvas.setLayers([layer])
        canvas.setExtent(layer.extent())
        self.iface.setActiveLayer(layer)
        return layer

    def settle(self, rounds: int = 6) -> None:
        """Let windows draw, and what was asked to be deleted go."""
        for _ in range(rounds):
            QCoreApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            time.sleep(0.01)

    def wait(self, condition: Callable[[], Any], seconds: float = 20) -> Any:
        """Let QGIS work until *condition* returns something true; return that."""
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                raise TimeoutError(f"waited {seconds:g} s for {condition}")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.01)

    def close(self) -> None:
        """Take everything away in the order that does not crash QGIS."""
        QgsApplication.taskManager().cancelAll()
        QgsProject.instance().clear()
        for widget in QgsApplication.topLevelWidgets():
            widget.close()
            widget.deleteLater()
        self._iface = self._window = None
        self.settle()


def load_package(name: str, folder: Path) -> types.ModuleType:
    """Load the repository's root as a package, whatever the clone's folder is called; the root stays off the path."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no package in {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load_tests_package() -> None:
    """Make ``tests.…`` importable, with what the tests use to make rasters and models."""
    package = types.ModuleType("tests")
    package.__path__ = [str(ROOT / "tests")]
    sys.modules["tests"] = package


@contextmanager
def qgis(theme: str, language: str = "en") -> Iterator[QgsApplication]:
    """Start a QGIS with Processing and our provider, drawn in a theme and with our texts in a language."""
    from themes import use_theme

    app = QgsApplication([], True)
    _kept.append(app)
    app.initQgis()
    use_theme(app, theme)
    plugins = Path(QgsApplication.pkgDataPath()) / "python" / "plugins"
    sys.path.append(str(plugins))
    load_package("geonnx", ROOT)
    load_tests_package()
    _kept.append(importlib.import_module("geonnx.ui.translation").install_translator(language))
    processing = importlib.import_module("processing.core.Processing")
    processing.Processing.initialize()
    provider = importlib.import_module("geonnx.processing.provider").GeonnxProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    try:
        yield app
    finally:
        app.processEvents()
