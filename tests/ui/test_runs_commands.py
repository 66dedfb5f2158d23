"""Copied commands: the real programs run them and give the same pixels."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from qgis.core import Qgis, QgsVectorLayer
from qgis.PyQt.QtWidgets import QApplication

from .. import rasters
from ..e2e.conftest import load_headless
from .conftest import add_raster, wait_for

TIMEOUT_S = 240


@pytest.fixture(scope="module")
def headless(tmp_path_factory):
    """QGIS without a window, under the name that commands have."""
    folder = tmp_path_factory.mktemp("qgis")
    module = load_headless()
    qgis = module.HeadlessQgis(folder, Path(sysconfig.get_path("purelib")))
    (folder / "bin").mkdir()
    program = folder / "bin" / "qgis_process"
    program.write_text(f'#!/bin/sh\nexec "{module.SCRIPT}" "$@"\n')
    program.chmod(0o755)
    return folder, qgis


def run_shell(headless, command: str, folder: Path, stdin: str | None = None):
    home, qgis = headless
    environment = qgis.environment()
    environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment['PATH']}"
    for name in ("QGIS_OPTIONS_PATH", "QGIS_PREFIX_PATH"):  # pytest-qgis sets them for its own QGIS
        environment.pop(name, None)
    done = subprocess.run(
        ["sh", "-c", command], env=environment, cwd=folder, input=stdin, capture_output=True, text=True,
        timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def awkward(project, example, tmp_path):
    """Return a scene whose name a shell would take apart, as a layer; and a model beside it."""
    import shutil

    folder = tmp_path / 'my $HOME & it\'s "here"'
    folder.mkdir()
    scene = folder / "scene (1).tif"
    shutil.copy(example.raster, scene)
    return add_raster(project, scene, "Scene"), folder


def make_request(layer, example, output, **more):
    from geonnx.ui.runs.request import RunRequest

    return RunRequest(
        "geonnx:segment",
        {
            "INPUT": layer.id(),
            "MODEL": str(example.models / "land.onnx"),
            "BANDS": "",
            "EXTENT": "500300,502500,5198000,5199700 [EPSG:32633]",
            "TILE_SIZE": 64,
            "OPTIONS": '{"threads": 1, "compress": "ZSTD"}',
            "OUTPUT": output,
            "CONFIDENCE": None,
        },
    )


@pytest.fixture
def expected(provider, awkward, example, tmp_path):
    """Return the pixels that our own window gets."""
    from geonnx.ui.runs.queue import RunQueue

    layer, _ = awkward
    queue = RunQueue()
    run = queue.add(make_request(layer, example, str(tmp_path / "expected.tif")))
    wait_for(lambda: run.is_over, 60)
    queue.stop()
    assert run.state == "finished", run.log
    return rasters.read_raster(tmp_path / "expected.tif")


def test_copied_command_runs_in_a_shell_and_gives_the_same_pixels(headless, awkward, example, expected, tmp_path):
    from geonnx.ui.runs.commands import as_qgis_process

    layer, folder = awkward
    command = as_qgis_process(make_request(layer, example, str(folder / "out 1.tif")))
    assert command.startswith("qgis_process run geonnx:segment -- INPUT=") or "'INPUT=" in command
    run_shell(headless, command, tmp_path)
    assert np.array_equal(rasters.read_raster(folder / "out 1.tif"), expected)


def test_temporary_results_get_a_name_in_the_command(headless, awkward, example, expected, tmp_path):
    from geonnx.ui.runs.commands import as_qgis_process

    layer, _ = awkward
    run_shell(headless, as_qgis_process(make_request(layer, example, "TEMPORARY_OUTPUT")), tmp_path)
    assert np.array_equal(rasters.read_raster(tmp_path / "segment_output.tif"), expected)


def test_copied_json_runs_through_standard_input(headless, awkward, example, expected, tmp_path):
    from geonnx.ui.runs.commands import as_json

    layer, folder = awkward
    text = as_json(make_request(layer, example, str(folder / "json.tif")))
    assert json.loads(text)["inputs"]["TILE_SIZE"] == 64
    if Qgis.QGIS_VERSION_INT >= 32400:
        run_shell(headless, "qgis_process run geonnx:segment -", tmp_path, text)
    else:  # it reads no standard input yet: the same dictionary through Processing
        import processing

        processing.run("geonnx:segment", json.loads(text)["inputs"])
    assert np.array_equal(rasters.read_raster(folder / "json.tif"), expected)


def test_copied_python_gives_the_same_pixels(provider, awkward, example, expected, tmp_path, capsys):
    from geonnx.ui.runs.commands import as_python

    layer, folder = awkward
    script = as_python(make_request(layer, example, str(folder / "python.tif")))
    exec(compile(script, "copied", "exec"), {})
    assert np.array_equal(rasters.read_raster(folder / "python.tif"), expected)
    assert "MODEL_SHA256" in capsys.readouterr().out


def test_lists_are_repeated_and_layers_are_sources(provider, project, example):
    from geonnx.ui.runs.commands import as_json, as_qgis_process
    from geonnx.ui.runs.request import RunRequest

    dates = [add_raster(project, path).id() for path in example.dates]
    request = RunRequest(
        "geonnx:removeclouds", {"INPUTS": dates, "KEEP_CLEAR": True, "OUTPUT": "/tmp/out.tif", "SAR": []}
    )
    words = as_qgis_process(request, windows=False).split()
    assert words[:4] == ["qgis_process", "run", "geonnx:removeclouds", "--"]
    assert words[4:7] == [f"INPUTS={path}" for path in example.dates]
    assert words[7:] == ["KEEP_CLEAR=true", "OUTPUT=/tmp/out.tif"]
    assert json.loads(as_json(request))["inputs"]["INPUTS"] == [str(path) for path in example.dates]


def test_memory_layer_is_explained(provider, project):
    from geonnx.ui.runs.commands import as_python, as_qgis_process, notes
    from geonnx.ui.runs.request import RunRequest

    layer = QgsVectorLayer("Polygon?crs=EPSG:4326", "My area", "memory")
    project.addMapLayer(layer)
    request = RunRequest("geonnx:segment", {"INPUT": "a.tif", "MASK": layer.id()})
    (note,) = notes(request)
    assert "My area" in note
    assert "My_area.gpkg" in note
    assert as_qgis_process(request, windows=False).splitlines()[0] == f"# {note}"
    assert "MASK=My_area.gpkg" in as_qgis_process(request)
    assert as_python(request).startswith("# The layer")


def test_other_crs_than_the_files_is_said(provider, project, example):
    from geonnx.ui.runs.commands import notes
    from geonnx.ui.runs.request import RunRequest
    from qgis.core import QgsCoordinateReferenceSystem

    layer = add_raster(project, example.raster)
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32634"))
    (note,) = notes(RunRequest("geonnx:segment", {"INPUT": layer.id()}))
    assert "EPSG:32634" in note


def test_windows_gets_double_quotes(provider):
    from geonnx.ui.runs.commands import as_qgis_process
    from geonnx.ui.runs.request import RunRequest

    request = RunRequest(
        "geonnx:segment", {"INPUT": r"C:\my data\a.tif", "OPTIONS": '{"threads": 2}', "OUTPUT": r"C:\out.tif"}
    )
    assert as_qgis_process(request, windows=True) == (
        'qgis_process-qgis.bat run geonnx:segment -- "INPUT=C:\\my data\\a.tif" '
        '"OPTIONS={\\"threads\\": 2}" OUTPUT=C:\\out.tif\n'
    )


def test_button_copies_what_the_page_says_at_that_moment(provider, show, example):
    from geonnx.ui.runs.commands import as_json
    from geonnx.ui.runs.copy_button import CopyButton
    from geonnx.ui.runs.request import RunRequest

    requests = [RunRequest("geonnx:segment", {"INPUT": "a.tif"})]
    button = show(CopyButton(lambda: requests[-1]))
    said = []
    button.copied.connect(said.append)
    requests.append(RunRequest("geonnx:segment", {"INPUT": "b.tif"}))
    actions = button.menu().actions()
    assert [action.text() for action in actions] == [
        "Copy as qgis_process command", "Copy as Python", "Copy as JSON",
    ]  # fmt: skip
    assert all(action.toolTip() for action in actions)
    actions[0].trigger()
    assert QApplication.clipboard().text() == "qgis_process run geonnx:segment -- INPUT=b.tif\n"
    actions[2].trigger()
    assert QApplication.clipboard().text() == as_json(requests[-1])
    assert len(said) == 2
    assert button.text() == "Copied"
