"""Windows inside a QGIS that pytest-qgis starts: provider, example data, and a way to wait that is never a sleep."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QEventLoop, QSettings
from qgis.PyQt.QtWidgets import QWidget

from . import examples

_LIMIT_S = 20.0
_providers: list[Any] = []  # Python has to keep them, or QGIS is left with half an object


def settle(rounds: int = 5) -> None:
    """Let windows draw, and what was asked to be deleted go."""
    for _ in range(rounds):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait_for(condition: Callable[[], Any], seconds: float = _LIMIT_S, what: str = "") -> Any:
    """Let QGIS work until *condition* returns something true, and return that; fail after a generous limit."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds:g} s for {what or condition}"
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)


@pytest.fixture(scope="session", autouse=True)
def no_widget_outlives_qgis(qgis_app) -> Iterator[None]:
    """Free what tracebacks still hold: a layer or window that Python deletes after QGIS has ended crashes it."""
    yield
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    QgsApplication.taskManager().cancelAll()
    QgsProject.instance().clear()
    settle()
    registry = QgsApplication.processingRegistry()
    if registry.providerById("geonnx") is not None:
        registry.removeProvider("geonnx")
    gc.collect()


@pytest.fixture(scope="session", autouse=True)
def own_settings(qgis_app, tmp_path_factory) -> None:
    """Keep the settings of this session apart: those of pytest-qgis lie in the clone, for all that run at a time."""
    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


@pytest.fixture(scope="session", autouse=True)
def no_bundled_models(tmp_path_factory) -> Iterator[None]:
    """Hide the models that this version brings: lists hold what a test put there, whatever is trained next."""
    from geonnx.models.catalog import entries

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "BUNDLED", tmp_path_factory.mktemp("zoo"))
        yield


@pytest.fixture
def provider(qgis_app, qgis_processing) -> Any:
    """Return the provider, registered as the plugin does it; again where a test unloaded the plugin."""
    from geonnx.processing.provider import GeonnxProvider

    registry = QgsApplication.processingRegistry()
    if registry.providerById("geonnx") is None:
        _providers.append(GeonnxProvider())
        assert registry.addProvider(_providers[-1])
    return registry.providerById("geonnx")


@pytest.fixture(scope="session")
def example(tmp_path_factory) -> examples.Example:
    """Return rasters, masks, zones and a folder of models; do not change them."""
    return examples.make_example(tmp_path_factory.mktemp("example"))


@pytest.fixture
def models_folder(example, monkeypatch) -> Any:
    """Make the example's models those of the user, under the ids land, scenes, change and clouds."""
    monkeypatch.setenv("GEONNX_MODELS", str(example.models))
    return example.models


@pytest.fixture
def project(qgis_app, qgis_iface) -> Iterator[QgsProject]:
    """Return the project, without layers before and after."""
    QgsProject.instance().clear()
    yield QgsProject.instance()
    settle()
    qgis_iface._active_layer_id = None
    QgsProject.instance().clear()
    settle()


@pytest.fixture
def scene_layer(project, example, qgis_iface) -> QgsRasterLayer:
    """Return the example raster as the project's layer, active and filling the canvas."""
    layer = add_raster(project, example.raster)
    qgis_iface.setActiveLayer(layer)
    canvas = qgis_iface.mapCanvas()
    canvas.setDestinationCrs(layer.crs())
    canvas.setExtent(layer.extent())
    return layer


def add_raster(project: QgsProject, path: Any, name: str = "") -> QgsRasterLayer:
    """Add a raster to the project."""
    layer = QgsRasterLayer(str(path), name or str(path).rsplit(os.sep, 1)[-1].rsplit(".", 1)[0])
    assert layer.isValid(), path
    project.addMapLayer(layer)
    return layer


def add_vector(project: QgsProject, path: Any, name: str = "") -> QgsVectorLayer:
    """Add a vector layer to the project."""
    layer = QgsVectorLayer(str(path), name or "zones", "ogr")
    assert layer.isValid(), path
    project.addMapLayer(layer)
    return layer


@pytest.fixture
def show(qgis_app) -> Iterator[Callable[[QWidget], QWidget]]:
    """Return what shows a window, and closes and deletes it when the test ends, passed or not."""
    shown: list[QWidget] = []

    def show_widget(widget: QWidget) -> QWidget:
        shown.append(widget)
        widget.show()
        settle()
        return widget

    yield show_widget
    for widget in reversed(shown):
        try:
            widget.close()
            widget.deleteLater()
        except RuntimeError:  # its parent has gone already, and it with it
            continue
    shown.clear()
    settle()
    gc.collect()
