"""The panel: every page picks, maps bands, says what is missing, and makes a request that the algorithm accepts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.ui.panel.dock import RUNS, GeonnxDock
from geonnx.ui.panel.pages.classify import ZONES
from geonnx.ui.panel.pages.clouds import CLOUD_MODEL, MASKS, WITHOUT_MODEL
from geonnx.ui.panel.switch import WaySwitch
from geonnx.ui.runs.queue import RunQueue
from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingContext,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsSettings,
)
from qgis.gui import QgsCollapsibleGroupBoxBasic
from qgis.PyQt.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDropEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit

from .. import rasters
from . import examples
from .conftest import add_raster, add_vector, settle, wait_for

TASKS = ("segment", "classify", "change", "clouds")
MODELS = {"segment": "land", "classify": "scenes", "change": "change", "clouds": "clouds"}


@pytest.fixture
def queue(provider) -> Any:
    made = RunQueue()
    yield made
    made.stop()
    made.deleteLater()
    settle()


@pytest.fixture
def dock(qgis_iface, queue, models_folder, project, show) -> Any:
    """Return a maker of panels: the project is filled first."""
    made: list[GeonnxDock] = []
    QgsSettings().remove("geonnx/panel")

    def make() -> GeonnxDock:
        dock = GeonnxDock(qgis_iface, queue)
        dock.resize(340, 900)
        made.append(dock)
        return show(dock)

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def layers(project, example, qgis_iface) -> list[QgsRasterLayer]:
    """Return the three dates as layers, the first active."""
    added = [add_raster(project, path) for path in example.dates]
    qgis_iface.setActiveLayer(added[0])
    canvas = qgis_iface.mapCanvas()
    canvas.setDestinationCrs(added[0].crs())
    canvas.setExtent(added[0].extent())
    return added


def choose_model(page: Any, name: str) -> None:
    page.model.setModel(name)
    wait_for(lambda: page.model.facts() is not None and not page.model.is_reading(), what=f"the model {name}")


def wait_until_ready(page: Any) -> None:
    wait_for(lambda: not page.problems(), what=f"no problems, but {page.problems()}")


def wait_for_button(panel: Any, *, is_enabled: bool) -> None:
    """Wait for the bar: it is told a moment after the page knows, since it looks once at all that changed together."""
    button = panel.run_bar.run_button
    wait_for(lambda: button.isEnabled() == is_enabled, what=f"the button, which says {button.toolTip()!r}")


def fill(page: Any, task: str, layers: list[QgsRasterLayer]) -> None:
    if task == "clouds":
        page.inputs.rasters.add_layers(layers)
    choose_model(page, MODELS[task])


def assert_accepted(request: Any) -> None:
    """Ask the algorithm itself; it also has to know every name."""
    json.dumps(request.parameters)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(request.algorithm)
    assert set(request.parameters) <= {definition.name() for definition in algorithm.parameterDefinitions()}
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    is_fine, reason = algorithm.checkParameterValues(request.parameters, context)
    assert is_fine, reason


@pytest.mark.parametrize("task", TASKS)
def test_page_makes_a_request_that_the_algorithm_accepts(dock, layers, task):
    panel = dock()
    panel.show_task(task)
    page = panel.current_page()
    fill(page, task, layers)
    wait_until_ready(page)
    wait_for_button(panel, is_enabled=True)
    request = page.request()
    assert request.parameters["MODEL"] == MODELS[task]
    assert request.parameters["OUTPUT"] == QgsProcessing.TEMPORARY_OUTPUT
    assert layers[0].name() in request.title and request.group
    assert_accepted(request)


@pytest.mark.parametrize("task", TASKS)
def test_everything_at_once_is_accepted(dock, layers, task, tmp_path):
    panel = dock()
    panel.show_task(task)
    page = panel.current_page()
    fill(page, task, layers)
    suffixes = {"POLYGONS": "gpkg", "STATISTICS": "csv"}
    if task == "classify":
        suffixes["OUTPUT"] = "gpkg"
    for name in page.outputs.names():
        page.outputs.setWanted(name, True, str(tmp_path / f"{name}.{suffixes.get(name, 'tif')}"))
    for fields in (page.advanced.fields, page.more):
        for field in fields.fields.values() if fields is not None else ():
            move(field)
    page.advanced.options.setText('{"tta": "flips", "threads": 1, "compress": "ZSTD", "resume": true, "scale": 2.0}')
    wait_until_ready(page)
    request = page.request()
    assert_accepted(request)
    moved = {name for fields in (page.advanced.fields, page.more) if fields is not None for name in fields.fields}
    assert moved | set(page.outputs.names()) | {"OPTIONS"} <= set(request.parameters)
    assert json.loads(request.parameters["OPTIONS"]) == {
        "tta": "flips", "threads": 1, "compress": "ZSTD", "resume": True, "scale": 2.0,
    }  # fmt: skip


def move(field: Any) -> None:
    """Give a field a value that is not its default."""
    if isinstance(field.default, bool):
        field.write(not field.default)
    elif isinstance(field.widget, QComboBox):
        field.widget.setCurrentIndex(field.widget.count() - 1 - field.widget.currentIndex())
    else:
        field.write(field.widget.maximum() if (field.default or 0) >= 0 and field.widget.maximum() <= 1 else 7)
    assert field.parameters(), field.name


def test_two_choices_are_enough(dock, scene_layer):
    """The active layer and a model are there already: nothing is left but to press the button."""
    panel = dock()
    page = panel.current_page()
    assert page.TASK == "segment"
    assert page.inputs.raster.combo.currentLayer() is scene_layer
    wait_for(page.model.picker.model, what="a model that is chosen already")


def test_run_loads_the_map(dock, scene_layer, queue, example):
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    page.outputs.setWanted("CONFIDENCE", True)
    wait_until_ready(page)
    wait_for_button(panel, is_enabled=True)
    finished = []
    queue.runFinished.connect(finished.append)
    QTest.mouseClick(panel.run_bar.run_button, Qt.MouseButton.LeftButton)
    assert panel.current_page() is None, "the runs are shown"
    assert "(1)" in panel.bar.button(RUNS).accessibleName()
    wait_for(lambda: finished, what="the run")
    (run,) = finished
    assert run.state == "finished", (run.message, run.log)
    settle()
    assert "(" not in panel.bar.button(RUNS).accessibleName()
    values = examples.scene_values()
    found = rasters.read_raster(Path(run.results["OUTPUT"]))[0]
    expected = examples.land_classes(values)
    inside = np.zeros(found.shape, bool)
    inside[20:-1, 30:-1] = True
    np.testing.assert_array_equal(found[inside], expected[inside])
    names = [node.name() for node in QgsProject.instance().layerTreeRoot().children()]
    assert page.request().group in names
    panel.show_task("segment")
    assert panel.current_page() is page


def test_button_is_off_and_says_why(dock, project, example, queue):
    panel = dock()
    page = panel.current_page()
    wait_for_button(panel, is_enabled=False)
    assert "raster" in panel.run_bar.problem_label.text()
    panel.run()
    assert queue.runs() == []
    page.inputs.raster.setPath(str(example.raster))
    choose_model(page, "land")
    wait_until_ready(page)
    wait_for_button(panel, is_enabled=True)
    assert not panel.run_bar.problem_label.isVisible()
    assert page.request().parameters["INPUT"] == str(example.raster)
    page.inputs.raster.setPath(str(example.folder / "nowhere.tif"))
    wait_for(lambda: any("nowhere.tif" in problem for problem in page.problems()))
    wait_for_button(panel, is_enabled=False)


def test_layer_of_another_kind_is_explained(dock, scene_layer, project):
    layer = QgsRasterLayer("Point?crs=EPSG:4326", "streets", "wms")
    project.addMapLayer(layer)
    panel = dock()
    page = panel.current_page()
    page.inputs.raster.setLayer(layer)
    assert any("streets" in problem for problem in page.problems())


def test_bands_by_hand(dock, scene_layer):
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    wait_until_ready(page)
    assert "BANDS" not in page.request().parameters
    page.model.band_table.setBands("1,2,3")
    wait_until_ready(page)
    assert page.request().parameters["BANDS"] == "1,2,3"
    assert_accepted(page.request())


def test_raster_without_the_bands_of_the_model(dock, project, tmp_path, qgis_iface):
    path = rasters.write_raster(tmp_path / "one.tif", rasters.noise(1, 20, 20))
    qgis_iface.setActiveLayer(add_raster(project, path))
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    wait_for(lambda: any("bands of the layer" in problem for problem in page.problems()), what="what is missing")
    wait_for_button(panel, is_enabled=False)


def test_parts_of_the_raster(dock, scene_layer, project, example, qgis_iface):
    zones = add_vector(project, example.zones)
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    wait_until_ready(page)
    assert not {"EXTENT", "MASK"} & set(page.request().parameters)
    page.extent.setMode("canvas")
    extent = page.request().parameters["EXTENT"]
    corners = [float(value) for value in extent.split(" ")[0].split(",")]
    canvas = qgis_iface.mapCanvas().extent()
    assert corners == pytest.approx([canvas.xMinimum(), canvas.xMaximum(), canvas.yMinimum(), canvas.yMaximum()])
    assert extent.endswith("[EPSG:32633]")
    assert_accepted(page.request())
    page.extent.setMode("polygons")
    assert page.request().parameters["MASK"] == zones.id()
    assert_accepted(page.request())
    page.extent.setMode("layer")
    page.extent.layer.setLayer(zones)
    assert_accepted(page.request())
    page.extent.layer.setLayer(scene_layer)
    assert_accepted(page.request())
    page.extent.setMode("drawn")
    assert any("Draw" in problem for problem in page.problems())
    page.extent.setDrawn(QgsRectangle(500100, 5199000, 500900, 5199700))
    assert page.request().parameters["EXTENT"] == "500100,500900,5199000,5199700 [EPSG:32633]"
    assert_accepted(page.request())


def test_drawing_takes_and_gives_back_the_tool_of_the_map(dock, scene_layer, qgis_iface):
    panel = dock()
    field = panel.current_page().extent
    field.setMode("drawn")
    before = qgis_iface.mapCanvas().mapTool()
    QTest.mouseClick(field._draw_button, Qt.MouseButton.LeftButton)
    assert qgis_iface.mapCanvas().mapTool() is not before
    field.setMode("whole")
    assert qgis_iface.mapCanvas().mapTool() is before or before is None


def test_change_dates_and_swap(dock, layers):
    panel = dock()
    panel.show_task("change")
    page = panel.current_page()
    inputs = page.inputs
    assert inputs.before.combo.currentLayer() is layers[0]
    assert inputs.after.combo.currentLayer() in layers[1:], "not the same raster twice"
    inputs.after.setLayer(layers[1])
    wait_for(lambda: "2021" in inputs.after_date.text() and "2021" in inputs.before_date.text())
    assert not inputs.note.isVisible()
    QTest.mouseClick(inputs.swap_button, Qt.MouseButton.LeftButton)
    assert (inputs.before.combo.currentLayer(), inputs.after.combo.currentLayer()) == (layers[1], layers[0])
    assert inputs.note.isVisible(), "the earlier one stands as the later one now"
    inputs.after.setLayer(layers[1])
    assert any("same raster" in problem for problem in page.problems())


def test_change_swaps_files_too(dock, project, example):
    panel = dock()
    panel.show_task("change")
    inputs = panel.current_page().inputs
    inputs.before.setPath(str(example.raster))
    inputs.after.setPath(str(example.later))
    inputs.swap()
    assert inputs.parameters() == {"BEFORE": str(example.later), "AFTER": str(example.raster)}
    inputs.after.setPath(str(example.folder / "gone.tif"))
    wait_for(lambda: "read" in inputs.after_date.text())
    assert any("gone.tif" in problem for problem in inputs.problems())


def test_clouds_order_dates_and_target(dock, layers, example):
    panel = dock()
    panel.show_task("clouds")
    page = panel.current_page()
    inputs = page.inputs
    assert inputs.rasters.values() == [layers[0].id()], "the list begins with the active layer"
    inputs.rasters.clear()
    inputs.rasters.add_layers([layers[2], layers[0]])
    inputs.rasters.add_paths([str(example.dates[1])])
    wait_for(lambda: all(inputs.rasters.taken()))
    inputs.target.setCurrentIndex(1)
    assert page.request().parameters["TARGET"] == 0
    inputs.rasters.sort_by_date()
    assert inputs.rasters.values() == [layers[0].id(), str(example.dates[1]), layers[2].id()]
    assert page.request().parameters["TARGET"] == 2, "the chosen date stays chosen"
    tree = inputs.rasters.tree
    tree.setCurrentItem(tree.topLevelItem(2))
    QTest.keyClick(tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert inputs.rasters.values() == [layers[0].id(), layers[2].id(), str(example.dates[1])]
    assert page.request().parameters["TARGET"] == 1
    QTest.keyClick(tree, Qt.Key.Key_Delete)
    assert len(inputs.rasters.values()) == 2
    choose_model(page, "clouds")
    assert any("3" in problem for problem in page.problems()), "the model takes three dates"


def test_clouds_without_a_model(dock, layers, example):
    panel = dock()
    panel.show_task("clouds")
    page = panel.current_page()
    page.inputs.rasters.add_layers(layers)
    page.inputs.way.setWay(WITHOUT_MODEL)
    page.inputs.clouds.way.setWay(MASKS)
    assert page.problems()
    page.inputs.clouds.masks.add_paths([str(path) for path in example.masks])
    wait_until_ready(page)
    request = page.request()
    assert "MODEL" not in request.parameters
    assert request.parameters["CLOUD_MASKS"] == [str(path) for path in example.masks]
    assert_accepted(request)
    page.inputs.clouds.way.setWay(CLOUD_MODEL)
    page.inputs.clouds.picker.setModel("land")
    wait_until_ready(page)
    assert page.request().parameters["CLOUD_MODEL"] == "land"
    assert "CLOUD_MASKS" not in page.request().parameters
    assert_accepted(page.request())


def test_clouds_run_with_masks(dock, layers, example, queue):
    panel = dock()
    panel.show_task("clouds")
    page = panel.current_page()
    fill(page, "clouds", layers)
    page.inputs.clouds.way.setWay(MASKS)
    page.inputs.clouds.masks.add_paths([str(path) for path in example.masks])
    page.outputs.setWanted("UNCERTAINTY", True)
    wait_until_ready(page)
    run = queue.add(page.request())
    wait_for(lambda: run.is_over, 60)
    assert run.state == "finished", run.log
    assert run.results["DATES"] == list(examples.DAYS)


def test_classify_zones(dock, scene_layer, project, example, queue):
    zones = add_vector(project, example.zones)
    panel = dock()
    panel.show_task("classify")
    page = panel.current_page()
    choose_model(page, "scenes")
    wait_until_ready(page)
    assert "ZONES" not in page.request().parameters
    page.inputs.what.setWay(ZONES)
    assert page.request().parameters["ZONES"] == zones.id()
    wait_until_ready(page)
    run = queue.add(page.request())
    wait_for(lambda: run.is_over, 60)
    assert run.state == "finished", run.log
    assert sum(run.results["CLASS_COUNTS"].values()) == 3


def test_removed_layer_leaves_the_pages(dock, layers, project):
    panel = dock()
    panel.show_task("clouds")
    page = panel.current_page()
    page.inputs.rasters.add_layers(layers)
    gone = layers.pop().id()
    project.removeMapLayer(gone)
    settle()
    assert gone not in page.inputs.rasters.values()
    assert len(page.inputs.rasters.values()) == 2


def test_options_and_outputs_that_make_no_sense(dock, scene_layer, tmp_path):
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    wait_until_ready(page)
    options = page.advanced.options
    options.json.setText("{broken")
    assert any("JSON" in problem for problem in page.problems())
    options.json.setText('{"treads": 2}')
    assert any("treads" in problem for problem in page.problems())
    options.json.setText('{"threshold": 0.4}')
    wait_until_ready(page)
    assert json.loads(page.request().parameters["OPTIONS"]) == {"threshold": 0.4}
    options.json.clear()
    page.outputs.setWanted("OUTPUT", True, "map.tif")
    assert any("map.tif" in problem for problem in page.problems())
    page.outputs.setWanted("OUTPUT", True, str(tmp_path / "a.tif"))
    page.outputs.setWanted("CONFIDENCE", True, str(tmp_path / "a.tif"))
    assert any("a.tif" in problem for problem in page.problems())


def test_model_of_the_last_run_comes_first(dock, scene_layer, models_folder):
    shutil.copy(models_folder / "land.onnx", models_folder / "zzz.onnx")
    shutil.copy(models_folder / "land.json", models_folder / "zzz.json")
    card = json.loads((models_folder / "zzz.json").read_text())
    card["id"], card["assets"]["model"]["href"] = "zzz", "zzz.onnx"
    (models_folder / "zzz.json").write_text(json.dumps(card))
    try:
        page = dock().current_page()
        choose_model(page, "zzz")
        page.remember()
        next_time = dock().current_page()
        combo = next_time.model.picker.combo()
        wait_for(
            lambda: next_time.model.picker.model() == "zzz",
            what=f"zzz, not {next_time.model.picker.model()}, of {[combo.itemText(n) for n in range(combo.count())]}",
        )
    finally:
        for suffix in ("onnx", "json"):
            (models_folder / f"zzz.{suffix}").unlink()


@pytest.mark.parametrize("task", TASKS)
def test_every_field_has_a_tooltip_and_a_name_and_can_be_reached(dock, layers, task):
    panel = dock()
    panel.show_task(task)
    page = panel.current_page()
    fill(page, task, layers)
    settle()
    kinds = (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractButton)
    for kind in kinds:
        for widget in page.findChildren(kind):
            if isinstance(widget.parent(), (QAbstractSpinBox, QComboBox, QLineEdit)) or widget.isHidden():
                continue  # an inner part of a field
            if widget.objectName().startswith(("qt_", "collapseButton")) or not widget.isEnabled():
                continue
            owner = widget.parent()
            tip = widget.toolTip() or (owner.toolTip() if owner is not None else "")
            what = (type(widget).__name__, widget.objectName(), getattr(widget, "text", str)())
            assert tip, what


def test_rows_are_dragged_and_files_dropped(dock, project, example, tmp_path):
    panel = dock()
    panel.show_task("clouds")
    rasters_list = panel.current_page().inputs.rasters
    tree = rasters_list.tree
    drop(tree, files=[str(path) for path in example.dates])
    assert rasters_list.values() == [str(path) for path in example.dates]
    # what Qt does when a row is dropped above another one of the same list
    tree.insertTopLevelItem(0, tree.takeTopLevelItem(2))
    tree.reordered.emit()
    assert rasters_list.values()[0] == str(example.dates[2])
    field = panel.page("segment").inputs.raster
    drop(field, files=[str(example.raster)])
    assert field.choice().value == str(example.raster)


def drop(widget: Any, files: list[str]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in files])
    middle = QPointF(widget.rect().center())
    event = QDropEvent(
        middle, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    widget.dropEvent(event)
    settle()


def test_menu_of_the_list_offers_layers(dock, layers):
    panel = dock()
    panel.show_task("clouds")
    rasters_list = panel.current_page().inputs.rasters
    rasters_list.clear()
    rasters_list._menu.aboutToShow.emit()
    texts = [action.text() for action in rasters_list._menu.actions()]
    assert [layer.name() for layer in layers] == texts[1:4]
    rasters_list._menu.actions()[0].trigger()
    assert rasters_list.values() == [layer.id() for layer in layers]
    rasters_list._menu.aboutToShow.emit()
    assert not set(texts[:4]) & {action.text() for action in rasters_list._menu.actions()}


def test_preview_starts_from_the_page(dock, scene_layer, monkeypatch):
    panel = dock()
    page = panel.current_page()
    started = []
    monkeypatch.setattr(panel.preview, "start", started.append)
    page.model.setModel("")  # the one chosen to begin with may fit already
    wait_for(lambda: page.problems() and not page.is_waiting(), what="a problem that stays")
    panel.run_bar.controls.previewRequested.emit()
    assert not started, "something is missing"
    choose_model(page, "land")
    wait_until_ready(page)
    panel.run_bar.controls.previewRequested.emit()
    assert started == [page.request()]


def test_help_and_manager_are_asked_for(dock, scene_layer, monkeypatch):
    from geonnx.ui.panel import dock as dock_module

    topics = []
    monkeypatch.setattr(dock_module, "open_help", topics.append)
    panel = dock()
    QTest.mouseClick(panel.run_bar.help_button, Qt.MouseButton.LeftButton)
    assert topics == ["panel"]
    asked = []
    panel.manageRequested.connect(lambda: asked.append(True))
    panel.current_page().model.picker.manageRequested.emit()
    assert asked
    panel.reload_models()


def test_second_layer_becomes_the_later_image(dock, project, example):
    panel = dock()
    panel.show_task("change")
    inputs = panel.current_page().inputs
    first, second = (add_raster(project, path) for path in example.dates[:2])
    wait_for(lambda: inputs.after.combo.currentLayer() is not inputs.before.combo.currentLayer())
    assert {inputs.before.combo.currentLayer(), inputs.after.combo.currentLayer()} == {first, second}


@pytest.mark.parametrize("task", TASKS)
def test_page_fits_into_a_narrow_dock(dock, layers, project, example, task):
    """Nothing may be wider than the page: there is no scroll bar to reach it by."""
    add_vector(project, example.zones)
    panel = dock()
    panel.show_task(task)
    page = panel.current_page()
    room = page.fontMetrics().horizontalAdvance("n") * 40
    fits = [("empty", page.widget().minimumSizeHint().width())]
    fill(page, task, layers)
    wait_until_ready(page)
    for box in page.findChildren(QgsCollapsibleGroupBoxBasic):
        box.setCollapsed(False)
    for name in page.outputs.names():
        page.outputs.setWanted(name, True, "/somewhere/with/a/long/path/and a file with a long name of its own.gpkg")
    for way in [*page.findChildren(WaySwitch), page.extent]:
        combo = way.combo if isinstance(way, WaySwitch) else way.mode
        for index in range(combo.count()):
            combo.setCurrentIndex(index)
            settle()
            fits.append((combo.currentText(), page.widget().minimumSizeHint().width()))
    assert max(width for _, width in fits) <= room, (room, fits)


def test_new_layer_takes_the_place_of_a_base_map(dock, project, example):
    base_map = QgsRasterLayer("type=xyz&url=http://localhost/%7Bz%7D/%7Bx%7D/%7By%7D.png", "base map", "wms")
    project.addMapLayer(base_map)
    panel = dock()
    field = panel.current_page().inputs.raster
    assert field.choice().problem
    layer = add_raster(project, example.raster)
    wait_for(lambda: field.combo.currentLayer() is layer)
    add_raster(project, example.later)
    settle()
    assert field.combo.currentLayer() is layer, "a usable one stays"


def test_scale_and_offset_have_fields(dock, scene_layer):
    options = dock().current_page().advanced.options
    options.setText('{"scale": 0.0001, "offset": -0.1}')
    assert json.loads(options.text()) == {"scale": 0.0001, "offset": -0.1}
    options.setText("")
    assert options.text() == ""
    (field,) = [line for line in options.findChildren(QLineEdit) if line.placeholderText() == "1"]
    field.setText("0,5")
    assert json.loads(options.text()) == {"scale": 0.5}
    field.setText("much")
    assert any("scale" in problem for problem in options.problems())


@pytest.mark.parametrize("task", TASKS)
def test_tab_goes_from_top_to_bottom(dock, layers, task):
    panel = dock()
    panel.show_task(task)
    page = panel.current_page()
    fill(page, task, layers)
    wait_until_ready(page)
    for box in page.findChildren(QgsCollapsibleGroupBoxBasic):
        box.setCollapsed(False)
    settle()
    content = page.widget()
    seen, widget = [], content.nextInFocusChain()
    while widget is not content and len(seen) < 500:
        is_reached = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled()
        if is_reached and content.isAncestorOf(widget) and widget.focusProxy() is None:
            seen.append((widget.mapTo(content, QPoint(0, 0)).y(), type(widget).__name__))
        widget = widget.nextInFocusChain()
    tops = [top for top, _ in seen]
    slack = page.fontMetrics().height()  # what stands side by side need not begin at the same height
    assert len(tops) > 12
    wrong = [(one, other) for one, other in zip(seen, seen[1:]) if other[0] < one[0] - slack]
    assert not wrong


def test_preview_lays_the_map_over_the_canvas(dock, scene_layer):
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    wait_until_ready(page)
    wait_for(panel.run_bar.controls.button.isEnabled)
    said: list[str] = []
    panel.preview.finished.connect(said.append)
    panel.preview.failed.connect(lambda sentence: said.append(f"failed: {sentence}"))
    QTest.mouseClick(panel.run_bar.controls.button, Qt.MouseButton.LeftButton)
    wait_for(lambda: said, 60)
    assert not said[0].startswith("failed"), said
    assert panel.preview.shown.is_visible
    panel.stop()
    assert not panel.preview.shown.is_visible, "nothing of it stays on the map"


def test_copied_command_names_files_not_layers(dock, scene_layer, project, example):
    from geonnx.ui.runs.commands import as_qgis_process

    zones = add_vector(project, example.zones)
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    wait_until_ready(page)
    page.extent.setMode("layer")
    page.extent.layer.setLayer(zones)
    command = as_qgis_process(panel.request())
    assert str(example.raster) in command
    assert str(example.zones) in command
    assert zones.id() not in command
    assert scene_layer.id() not in command


def test_without_models_it_is_said_where_to_get_one(dock, layers, tmp_path, monkeypatch, models_folder) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("GEONNX_MODELS", str(empty))
    panel = dock()
    page = panel.page("segment")
    wait_for(lambda: any("no model for this yet" in problem for problem in page.problems()))
    for file in models_folder.glob("land.*"):
        shutil.copy(file, empty)
    panel.reload_models()
    wait_for(lambda: page.request().parameters["MODEL"] == "land", what="the model that was copied there")


def test_a_file_that_is_on_the_map_is_not_written_over_unasked(dock, scene_layer, project):
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    wait_until_ready(page)
    page.outputs.setWanted("OUTPUT", True, scene_layer.source())
    assert any("on the map already" in problem for problem in page.problems())
    page.outputs.setWanted("OUTPUT", True, "")
    assert not page.problems()


def test_the_button_takes_a_press_that_ends_an_edit(dock, scene_layer):
    panel = dock()
    page = panel.current_page()
    choose_model(page, "land")
    wait_until_ready(page)
    wait_for_button(panel, is_enabled=True)
    page.advanced.options.json.setText('{"threads": 2}')
    page.model.setOptions('{"threads": 2}')
    assert page.is_waiting()
    wait_for(lambda: panel.run_bar.problem_label.text() != "" or not page.is_waiting())
    assert panel.run_bar.run_button.isEnabled()


def test_a_page_begins_with_the_bundled_model_of_its_task(dock, layers, monkeypatch, tmp_path):
    """By rank: cloud masks are segmentation models too, but no land cover; the clouds page takes them as such."""
    from geonnx.models.catalog import entries

    for name, title, rank in (("s2-mask", "Clouds and their shadows", 2), ("s2-zland", "Land cover", 0)):
        card = examples.land_model(tmp_path / f"{name}.onnx").with_suffix(".json")
        item = json.loads(card.read_text())
        item["id"] = name
        item["properties"] |= {"mlm:name": title, "geonnx:rank": rank}
        card.write_text(json.dumps(item))
    monkeypatch.setattr(entries, "BUNDLED", tmp_path)
    QgsSettings().remove("geonnx/panel")
    panel = dock()
    panel.show_task("segment")
    wait_for(lambda: panel.current_page().model.facts() is not None, what="a model that is chosen by itself")
    assert panel.current_page().model.parameters()["MODEL"] == "s2-zland"
    panel.show_task("clouds")
    clouds = panel.current_page().inputs.clouds
    wait_for(clouds.picker.model, what="a cloud model that is chosen by itself")
    assert clouds.picker.model() == "s2-mask"
