"""Runs: through the real algorithms in the background, one after the other, results on the map."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from qgis.core import QgsApplication, QgsProcessingContext, QgsProject
from qgis.gui import QgsGui

from .. import rasters
from ..engine.test_several_devices import slow_model
from . import examples
from .conftest import add_raster, add_vector, wait_for


@pytest.fixture
def queue(provider, project):
    from geonnx.ui.runs.queue import RunQueue

    made = RunQueue()
    yield made
    made.stop()
    made.deleteLater()


def request(parameters, algorithm="geonnx:segment", title="", group=""):
    from geonnx.ui.runs.request import RunRequest

    return RunRequest(algorithm, parameters, title, group)


def segment_parameters(example, out: Path, **more):
    return {
        "INPUT": str(example.raster),
        "MODEL": str(example.models / "land.onnx"),
        "TILE_SIZE": 64,
        "OVERLAP": 2,
        "DEVICE": "cpu",
        "OUTPUT": str(out / "classes.tif"),
        **more,
    }


def ended(queue, run):
    wait_for(lambda: run.is_over, 60, run.state)
    wait_for(lambda: queue._job is None or queue._job.run is not run)
    return run


def test_run_gives_the_pixels_of_the_model_and_stands_in_a_group(queue, project, example, tmp_path, qgis_iface):
    layer = add_raster(project, example.raster, "Scene")
    finished = []
    queue.runFinished.connect(finished.append)
    parameters = segment_parameters(
        example, tmp_path, INPUT=layer.id(), CONFIDENCE=str(tmp_path / "confidence.tif"),
        POLYGONS=str(tmp_path / "polygons.gpkg"), ENTROPY="TEMPORARY_OUTPUT",
    )  # fmt: skip
    run = queue.add(request(parameters, title="Land cover", group="Scene – Land cover"))
    assert run.state == "waiting"
    ended(queue, run)
    assert (run.state, run.message) == ("finished", "")
    assert finished == [run]
    assert run.progress == 1
    assert run.results["TILES"] > 4
    assert run.tiles_per_second > 0
    assert run.tiles_done == run.tiles_total > 4
    written = rasters.read_raster(Path(run.results["OUTPUT"]))[0]
    expected = examples.land_classes(examples.scene_values(1))
    inner = (slice(20, -5), slice(30, -5))
    assert np.array_equal(written[inner], expected[inner])
    group = project.layerTreeRoot().children()[0]
    assert group.name() == "Scene – Land cover"
    names = [node.layer().name() for node in group.findLayers()]
    assert names == ["Class polygons", "Classes", "Confidence", "Entropy"]
    assert [node.layer().name() for node in group.findLayers() if node.itemVisibilityChecked()] == ["Classes"]
    assert set(run.layer_ids) == {node.layer().id() for node in group.findLayers()}
    assert project.layerTreeRoot().children()[1].name() == "Scene"


def test_layers_have_the_styles_of_the_toolbox(queue, project, example, tmp_path):
    parameters = segment_parameters(
        example, tmp_path, CONFIDENCE="TEMPORARY_OUTPUT", POLYGONS=str(tmp_path / "polygons.gpkg")
    )
    run = ended(queue, queue.add(request(parameters)))
    assert run.state == "finished", run.log
    layers = {project.mapLayer(layer).name(): project.mapLayer(layer) for layer in run.layer_ids}
    classes = {entry.value: (entry.label, entry.color.name()) for entry in layers["Classes"].renderer().classes()}
    assert classes == {value: (name, color) for value, name, color in examples.LAND}
    assert layers["Confidence"].renderer().type() == "singlebandpseudocolor"
    assert layers["Class polygons"].renderer().type() == "categorizedSymbol"
    main = QgsApplication.instance().thread()
    assert all(layer.thread() is main or layer.thread() == main for layer in layers.values())


def test_second_group_of_the_same_name_is_numbered(queue, project, example, tmp_path):
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        queue.add(request(segment_parameters(example, tmp_path / str(number)), group="Land"))
    for run in queue.runs():
        ended(queue, run)
    assert [group.name() for group in project.layerTreeRoot().children()] == ["Land (2)", "Land"]


def test_runs_wait_for_each_other(queue, example, tmp_path):
    seen = []
    queue.runChanged.connect(lambda run: seen.append([one.state for one in queue.runs()]))
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        queue.add(request(segment_parameters(example, tmp_path / str(number))))
    for run in queue.runs():
        ended(queue, run)
    assert [run.state for run in queue.runs()] == ["finished"] * 3
    assert all(states.count("running") <= 1 for states in seen)


def test_wrong_parameters_are_said_before_anything_starts(queue, example, tmp_path):
    run = ended(queue, queue.add(request(segment_parameters(example, tmp_path, TILE_SIZE="many"))))
    assert run.state == "failed"
    assert "TILE_SIZE is 'many'" in run.message
    assert ("error", run.message) in run.log
    assert not (tmp_path / "classes.tif").exists()


def test_unknown_raster_and_model_fail_with_a_sentence(queue, example, tmp_path):
    first = ended(queue, queue.add(request(segment_parameters(example, tmp_path, INPUT=str(tmp_path / "no.tif")))))
    second = ended(queue, queue.add(request(segment_parameters(example, tmp_path, MODEL=str(tmp_path / "no.onnx")))))
    third = ended(queue, queue.add(request({}, algorithm="geonnx:nothing")))
    assert [run.state for run in (first, second, third)] == ["failed"] * 3
    assert "no.tif" in first.message
    assert "no.onnx" in second.message
    assert "geonnx:nothing" in third.message


def test_queue_goes_on_after_a_failure(queue, example, tmp_path):
    bad = queue.add(request(segment_parameters(example, tmp_path, MODEL="nowhere.onnx")))
    good = queue.add(request(segment_parameters(example, tmp_path)))
    assert (ended(queue, bad).state, ended(queue, good).state) == ("failed", "finished")


def slow_parameters(tmp_path: Path):
    """Return what runs a network that thinks for long about every tile."""
    model = slow_model(tmp_path / "slow.onnx")
    raster = rasters.write_raster(tmp_path / "scene.tif", rasters.noise(3, 512, 512), nodata=0)
    return {"INPUT": str(raster), "MODEL": str(model), "DEVICE": "cpu", "OUTPUT": str(tmp_path / "slow.tif")}


def test_cancel_acts_within_two_seconds_in_the_middle_of_a_slow_network(queue, project, tmp_path):
    run = queue.add(request(slow_parameters(tmp_path)))
    waiting = queue.add(request(slow_parameters(tmp_path)))
    wait_for(lambda: run.state == "running" and run.log)
    # the network is at work once its first lines are said; the window lives on meanwhile
    wait_for(lambda: run.seconds > 3)
    queue.cancel(waiting)
    assert waiting.state == "cancelled"
    began = time.monotonic()
    queue.cancel(run)
    assert run.is_cancelling
    wait_for(lambda: run.is_over)
    assert time.monotonic() - began < 2
    assert run.state == "cancelled"
    assert run.message == ""
    assert not (tmp_path / "slow.tif").exists()
    assert not project.mapLayers()
    assert waiting.started is None


def test_closing_qgis_ends_a_run_that_works(queue, project, tmp_path):
    run = queue.add(request(slow_parameters(tmp_path)))
    wait_for(lambda: run.state == "running" and run.seconds > 1)
    began = time.monotonic()
    queue.stop()
    assert time.monotonic() - began < 5
    assert run.state == "cancelled"
    later = queue.add(request(slow_parameters(tmp_path)))
    wait_for(lambda: True)
    assert later.state == "waiting"


def test_run_stands_in_the_history_of_processing(queue, project, example, tmp_path, monkeypatch):
    from geonnx.ui.runs import history

    layer = add_raster(project, example.raster, "Scene")
    kept: list = []
    if hasattr(QgsGui, "historyProviderRegistry"):

        class Registry:
            def providerById(self, _name):
                return object()

            def addEntry(self, _provider, entry):
                kept.append(entry)
                return 1, True

            def updateEntry(self, _number, entry):
                kept.append(entry)

        class Gui:
            historyProviderRegistry = staticmethod(Registry)  # noqa: N815

        monkeypatch.setattr(history, "QgsGui", Gui)
    else:
        from processing.core.ProcessingLog import ProcessingLog

        monkeypatch.setattr(ProcessingLog, "addToLog", staticmethod(kept.append))
    run = ended(queue, queue.add(request(segment_parameters(example, tmp_path, INPUT=layer.id()))))
    assert run.state == "finished", run.log
    command = kept[0] if isinstance(kept[0], str) else kept[0]["python_command"]
    assert command.startswith('processing.run("geonnx:segment"')
    assert str(tmp_path / "classes.tif") in command
    if not isinstance(kept[0], str):
        assert kept[0]["algorithm_id"] == "geonnx:segment"
        assert kept[-1]["results"]["TILES"] == run.results["TILES"]


def test_change_and_clouds_and_classes_of_scenes_run_too(queue, project, example, tmp_path):
    before, after = add_raster(project, example.raster), add_raster(project, example.later)
    zones = add_vector(project, example.zones)
    dates = [add_raster(project, path).id() for path in example.dates]
    masks = [add_raster(project, path).id() for path in example.masks]
    model = {task: str(example.models / f"{task}.onnx") for task in ("change", "clouds", "scenes")}
    runs = [
        queue.add(request({"BEFORE": before.id(), "AFTER": after.id(), "MODEL": model["change"],
                           "OUTPUT": "TEMPORARY_OUTPUT", "STATISTICS": "TEMPORARY_OUTPUT"}, "geonnx:detectchange")),
        queue.add(request({"INPUTS": dates, "CLOUD_MASKS": masks, "MODEL": model["clouds"], "TARGET": 0,
                           "OUTPUT": "TEMPORARY_OUTPUT", "UNCERTAINTY": "TEMPORARY_OUTPUT"}, "geonnx:removeclouds")),
        queue.add(request({"INPUT": before.id(), "MODEL": model["scenes"], "ZONES": zones.id(),
                           "OUTPUT": "TEMPORARY_OUTPUT"}, "geonnx:classify")),
    ]  # fmt: skip
    for run in runs:
        ended(queue, run)
    assert [run.state for run in runs] == ["finished"] * 3, [run.log for run in runs]
    assert all(run.tiles_done == run.tiles_total > 0 for run in runs)
    names = [[project.mapLayer(layer).name() for layer in run.layer_ids] for run in runs]
    assert names == [["Change"], ["Image without clouds", "Standard deviation of each value"], ["Classified polygons"]]
    groups = [node.name() for node in project.layerTreeRoot().children()][:3]
    assert groups == ["Classify scenes", "Remove clouds", "Detect change"]


def test_warnings_are_kept_apart(queue, example, tmp_path):
    run = ended(queue, queue.add(request(segment_parameters(example, tmp_path, OPTIONS='{"scale": 1e-9}'))))
    assert run.state == "finished", run.log
    assert all(isinstance(text, str) for text in run.warnings)
    assert ("command", "TILE_SIZE = 64") in run.log


def test_removed_layer_is_a_failure_with_a_reason(queue, project, example, tmp_path):
    layer = add_raster(project, example.raster)
    parameters = segment_parameters(example, tmp_path, INPUT=layer.id())
    project.removeMapLayer(layer.id())
    run = ended(queue, queue.add(request(parameters)))
    assert run.state == "failed"
    assert run.message


def test_a_run_that_waits_does_without_the_layer(queue, project, example, tmp_path):
    layer = add_raster(project, example.raster, "Scene")
    (tmp_path / "second").mkdir()
    first = queue.add(request(segment_parameters(example, tmp_path, INPUT=layer.id())))
    second = queue.add(request(segment_parameters(example, tmp_path / "second", INPUT=layer.id())))
    ended(queue, first)
    project.removeMapLayer(layer.id())
    ended(queue, second)
    assert (second.state, second.message) == ("finished", "")


def test_only_what_is_over_can_be_removed(queue, example, tmp_path):
    removed = []
    queue.runRemoved.connect(removed.append)
    run = queue.add(request(segment_parameters(example, tmp_path)))
    queue.remove(run)
    assert queue.runs() == [run]
    ended(queue, run)
    queue.remove(run)
    assert (queue.runs(), removed) == ([], [run])
    assert QgsProject.instance().mapLayers()


def test_file_that_does_not_answer_stops_neither_the_window_nor_cancelling(queue, example, tmp_path, monkeypatch):
    from geonnx.ui.runs import queue as module

    answers, asked = threading.Event(), []

    def hang(sources, _home):
        asked.append([source for source, _ in sources])
        answers.wait(60)
        return []

    monkeypatch.setattr(module, "open_sources", hang)
    run = queue.add(request(segment_parameters(example, tmp_path, MASK=str(example.zones))))
    wait_for(lambda: asked)
    assert run.state == "running"
    assert asked == [[str(example.raster), str(example.zones)]]
    queue.cancel(run)
    assert run.state == "cancelled"
    monkeypatch.undo()
    answers.set()
    following = queue.add(request(segment_parameters(example, tmp_path)))
    assert ended(queue, following).state == "finished"
    assert run.state == "cancelled"


def test_files_opened_beforehand_are_those_that_processing_uses(provider, example, tmp_path):
    from geonnx.ui.runs.preload import file_sources, offer, open_sources

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geonnx:segment")
    parameters = segment_parameters(example, tmp_path)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    layers = open_sources(file_sources(algorithm, parameters), QgsApplication.instance().thread())
    ids = [layer.id() for layer in layers]
    offer(context, layers)
    assert algorithm.checkParameterValues(parameters, context) == (True, "")
    assert algorithm.parameterAsRasterLayer(parameters, "INPUT", context).id() in ids
    assert list(context.temporaryLayerStore().mapLayers()) == ids


def test_image_without_clouds_is_drawn_like_the_one_with_them(queue, project, example):
    from qgis.core import QgsMultiBandColorRenderer

    dates = [add_raster(project, path) for path in example.dates]
    dates[1].setRenderer(QgsMultiBandColorRenderer(dates[1].dataProvider(), 4, 3, 2))
    parameters = {
        "INPUTS": [date.id() for date in dates], "CLOUD_MASKS": [str(path) for path in example.masks], "TARGET": 1,
        "MODEL": str(example.models / "clouds.onnx"), "OUTPUT": "TEMPORARY_OUTPUT", "UNCERTAINTY": "TEMPORARY_OUTPUT",
    }  # fmt: skip
    run = ended(queue, queue.add(request(parameters, "geonnx:removeclouds")))
    assert run.state == "finished", run.log
    image, deviation = map(project.mapLayer, run.layer_ids)
    assert [image.renderer().redBand(), image.renderer().greenBand()] == [4, 3]
    assert deviation.renderer().type() == "singlebandpseudocolor"
