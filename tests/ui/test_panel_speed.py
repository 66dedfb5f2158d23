"""The panel never waits: not for a huge layer, not for a file server that does not answer."""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from geonnx.models.errors import GeonnxError
from geonnx.ui import dates
from geonnx.ui.library import band_table, picker
from geonnx.ui.panel.dock import GeonnxDock
from geonnx.ui.runs.queue import RunQueue
from osgeo import gdal
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication

from . import examples
from .conftest import add_raster, settle, wait_for

TASKS = ("segment", "classify", "change", "clouds")
LIMIT_S = 0.3
ROUNDS = 5
_guarded: dict[str, Any] = {"folders": (), "found": []}
_hooked: list[bool] = []


@pytest.fixture
def queue(provider) -> Any:
    made = RunQueue()
    yield made
    made.stop()
    made.deleteLater()
    settle()


@pytest.fixture
def open_panel(qgis_iface, queue, models_folder, project, show) -> Any:
    made: list[GeonnxDock] = []
    QgsSettings().remove("geonnx/panel")

    def make() -> GeonnxDock:
        panel = GeonnxDock(qgis_iface, queue)
        panel.resize(360, 800)
        made.append(panel)
        return show(panel)

    yield make
    for panel in made:
        panel.stop()


def test_panel_opens_at_once_on_a_huge_layer(qgis_iface, queue, models_folder, project, example, tmp_path, show):
    layer = add_raster(project, examples.write_huge(tmp_path / "huge_2021-06-26.vrt", example.raster))
    assert layer.width() == layer.height() == 50_000
    qgis_iface.setActiveLayer(layer)
    for task in TASKS:
        seconds = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            panel = GeonnxDock(qgis_iface, queue)
            panel.show_task(task)
            panel.show()
            QApplication.processEvents()
            seconds.append(time.perf_counter() - started)
            show(panel)
            panel.stop()
        print(f"{task}: {statistics.median(seconds):.3f} s, {max(seconds):.3f} s at most")
        # a panel that opens on a page other than the first has made two pages
        assert statistics.median(seconds) < (LIMIT_S if task == "segment" else 2 * LIMIT_S), seconds


def guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Note every look at one of the guarded folders from the thread that draws windows."""
    if not _guarded["folders"] or event not in ("open", "os.listdir", "os.scandir", "socket.connect"):
        return
    if threading.current_thread() is threading.main_thread():
        note(event, arguments[0] if event != "socket.connect" else "network")


def note(what: str, path: Any) -> None:
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else str(path)
    if text == "network" or any(text.startswith(folder) for folder in _guarded["folders"]):
        _guarded["found"].append((what, text, "".join(traceback.format_stack(limit=12))))


@pytest.fixture
def watched(monkeypatch, example, models_folder) -> Any:
    """Watch for access to the example data in the main thread; return what was seen."""
    if not _hooked:
        sys.addaudithook(guard)  # stays for good, but looks at nothing without folders
        _hooked.append(True)

    def watch(module: Any, name: str) -> None:
        original = getattr(module, name)

        def watching(path: Any, *arguments: Any, **named: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                note(name, path)
            return original(path, *arguments, **named)

        monkeypatch.setattr(module, name, watching)

    for module, name in ((os, "stat"), (os, "lstat"), (gdal, "OpenEx"), (gdal, "Open")):
        watch(module, name)
    zoo = Path(picker.__file__).parents[2] / "models" / "zoo"
    _guarded.update(folders=(str(example.folder), str(zoo)), found=[])
    yield _guarded["found"]
    _guarded.update(folders=(), found=[])


@pytest.mark.parametrize("task", TASKS)
def test_no_file_is_touched_in_the_thread_that_draws(open_panel, project, example, qgis_iface, watched, task):
    layers = [add_raster(project, path) for path in example.dates]
    watched.clear()  # that was QGIS itself, as when a user loads a layer
    qgis_iface.setActiveLayer(layers[0])
    panel = open_panel()
    panel.show_task(task)
    page = panel.current_page()
    if task == "clouds":
        page.inputs.rasters.add_layers(layers[:2])
        page.inputs.rasters.add_paths([str(example.dates[2])])
        wait_for(lambda: all(page.inputs.rasters.taken()))
    page.model.setModel({"segment": "land", "classify": "scenes"}.get(task, task))
    wait_for(lambda: not page.problems(), what=str(page.problems()))
    page.extent.setMode("canvas")
    page.request()
    settle()
    assert not watched, watched[0]


def test_guard_sees_what_it_is_for(example, watched):
    (example.folder / "models" / "land.json").read_text()
    list(example.models.iterdir())
    assert {"open", "os.listdir"} & {what for what, _, _ in watched}


def test_windows_go_on_while_a_file_server_does_not_answer(open_panel, project, example, qgis_iface, monkeypatch):
    """Every way to a file blocks until the end of the test; the panel is used meanwhile."""
    released, threads = threading.Event(), []

    def blocked(*_arguments: Any, **_named: Any) -> Any:
        threads.append(threading.current_thread())
        released.wait(60)
        raise GeonnxError("the file server is gone")

    layers = [add_raster(project, path) for path in example.dates]
    qgis_iface.setActiveLayer(layers[0])
    for module, name in (
        (dates, "read_image"), (picker, "read_facts"), (picker, "list_choices"), (band_table, "map_bands"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, blocked)
    beats: list[float] = []
    timer = QTimer()
    timer.setInterval(20)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    try:
        panel = open_panel()
        for task in TASKS:
            panel.show_task(task)
            page = panel.current_page()
            page.model.setModel("land")
            settle()
            assert page.problems(), "nothing is known yet, so nothing can be run"
            assert not panel.run_bar.run_button.isEnabled()
        page.inputs.rasters.add_paths([str(example.dates[1])])
        wait_for(lambda: len(beats) > 5)
        assert threads and threading.main_thread() not in threads
        assert max(later - earlier for earlier, later in zip(beats, beats[1:])) < 5
    finally:
        released.set()
        timer.stop()
    change = panel.page("change")
    wait_for(lambda: not change.model.is_reading())
    assert change.problems()


def test_pipe_in_place_of_a_file(open_panel, project, tmp_path):
    """A pipe that nobody writes to blocks whoever opens it."""
    pipe = tmp_path / "scene_2021-06-26.tif"
    os.mkfifo(pipe)
    panel = open_panel()
    panel.show_task("change")
    page = panel.current_page()
    started = time.perf_counter()
    page.inputs.before.setPath(str(pipe))
    page.inputs.after.setPath(str(pipe))
    page.model.setModel(str(pipe))
    settle()
    assert time.perf_counter() - started < 5
    assert page.problems()
    # let go of whoever waits
    descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    settle()
    os.close(descriptor)
