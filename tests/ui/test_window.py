"""A real QGIS window on a virtual screen: the result as the user sees it, and the dialog of the algorithm.

The pictures are kept in ``build/screenshots`` for people to look at.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import Any

import pytest
from osgeo import gdal
from qgis.PyQt.QtWidgets import QApplication

from .. import scenes, tiny_models
from ..e2e.conftest import load_headless

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "screenshots"
SCENE_SIZE = (768, 640)
TIMEOUT_S = 400  # a machine that does other things as well


def find_model(folder: Path) -> tuple[Path, dict[str, str]]:
    """Return the trained cloud model where it is installed, else a tiny one; and colours by class name."""
    found = importlib.util.find_spec("ukis_csmask")
    if found is not None and found.submodule_search_locations:
        colors = {"clear": "#dddddd", "cloud": "#e66100", "cloud shadow": "#5d3a9b"}
        return Path(found.submodule_search_locations[0]) / "model_6b_l1c.onnx", colors
    bands = list(scenes.BANDS)
    model = tiny_models.box(folder / "bands.onnx", classes=len(bands))
    card = tiny_models.write_mlm(model, bands=bands, classes=[(n, f"mostly {name}") for n, name in enumerate(bands)])
    classes = json.loads(card.read_text())["properties"]["mlm:output"][0]["classification:classes"]
    from geonnx.models.card.colors import default_color

    return model, {spec["name"]: default_color(spec["value"]) for spec in classes}


@pytest.fixture(scope="module")
def colors(tmp_path_factory) -> dict[str, str]:
    return find_model(tmp_path_factory.mktemp("model"))[1]


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, Any]:
    """Start QGIS, let it do the job, and return what it saw."""
    program = shutil.which("qgis.bin") or shutil.which("qgis")
    if program is None:
        pytest.skip("the desktop application of QGIS is not installed")
    if not os.environ.get("DISPLAY"):
        pytest.skip("no screen: run `make test-ui`")
    folder = tmp_path_factory.mktemp("window")
    PICTURES.mkdir(parents=True, exist_ok=True)
    model, _ = find_model(folder)
    out = folder / "out"
    out.mkdir()
    job = {
        "scene": str(scenes.make_scene(folder / "scene.tif", *SCENE_SIZE)),
        "parameters": {
            "MODEL": str(model),
            "OPTIONS": '{"scale": 0.0001}',
            "OUTPUT": str(out / "classes.tif"),
            "CONFIDENCE": str(out / "confidence.tif"),
            "POLYGONS": str(out / "polygons.gpkg"),
        },
        "pictures": str(PICTURES),
        "answer": str(folder / "answer.json"),
    }
    (folder / "job.json").write_text(json.dumps(job))
    profile = folder / "qgis"
    profile.mkdir()
    qgis = load_headless().HeadlessQgis(profile, Path(sysconfig.get_path("purelib")))
    settings = profile / "profile" / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.write_text(quiet_settings(settings.read_text()))
    environment = qgis.environment() | {"QT_QPA_PLATFORM": "xcb", "GEONNX_UI_JOB": str(folder / "job.json")}
    for name in ("QGIS_OPTIONS_PATH", "QGIS_PREFIX_PATH"):  # pytest-qgis sets them for its own QGIS
        environment.pop(name, None)
    script = ROOT / "tests" / "ui" / "in_qgis.py"
    said = run_qgis([program, "--nologo", "--noversioncheck", "--code", str(script)], environment, folder)
    answer = folder / "answer.json"
    assert answer.is_file(), f"QGIS gave no answer: {said}"
    found = json.loads(answer.read_text())
    assert "error" not in found, found["error"]
    return found


def run_qgis(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """Run QGIS to its end; return its exit code and what it said."""
    log = folder / "qgis.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + TIMEOUT_S
        while process.poll() is None and time.monotonic() < deadline:
            # QGIS asks whoever owns the screen's clipboard, which other tests have made this process, and waits for it
            if QApplication.instance() is not None:
                QApplication.processEvents()
            time.sleep(0.05)
        if process.poll() is None:
            process.kill()
            process.wait()
    return f"exit code {process.returncode}\n{log.read_text(errors='replace')}"


def quiet_settings(text: str) -> str:
    """Return the profile's settings with everything off that opens by itself or asks the network."""
    return text + (
        "\n[qgis]\ncheckVersion=false\nshowTips322=false\nnewsfeed\\disabled=true\n"
        "\n[core]\nNewsFeed\\httpsfeedqgisorg\\disabled=true\n"
    )


def test_result_loads_with_its_classes(seen, colors):
    assert "geonnx" in seen["plugins"]
    assert seen["renderer"] == "paletted"
    for name in ("OUTPUT", "CONFIDENCE", "POLYGONS"):
        assert Path(seen["results"][name]).is_file()
    assert seen["results"]["TILES"] > 1


def test_layer_tree_lists_layers_and_class_names(seen, colors):
    texts = [text for _, text in seen["tree"]]
    layers = [text for depth, text in seen["tree"] if depth == 0]
    assert {"Classes", "Confidence", "Class polygons", "Scene"} <= set(layers)
    start = texts.index("Classes")
    below = [text for depth, text in seen["tree"][start + 1 :] if depth > 0]
    for name in colors:
        assert name in below, below


def test_canvas_shows_the_colors_of_the_classes(seen, colors):
    picture = gdal.Open(seen["canvas"]).ReadAsArray()
    assert picture.shape[1] > 400
    assert picture.shape[2] > 600
    classes = gdal.Open(seen["results"]["OUTPUT"])
    shares = dict.fromkeys(colors, 0.0)
    band = classes.GetRasterBand(1)
    numbers = band.ReadAsArray()
    total = (numbers != band.GetNoDataValue()).sum()
    red, green, blue = picture[:3].astype(int)
    drawn_in_all = 0
    for value, (name, color) in enumerate(colors.items()):
        expected = (numbers == value).sum() / total
        r, g, b = (int(color[i : i + 2], 16) for i in (1, 3, 5))
        drawn = ((red == r) & (green == g) & (blue == b)).sum()
        drawn_in_all += drawn
        shares[name] = drawn
        assert expected == 0 or drawn > 0, f"{name} has {expected:.1%} of the map, but its colour {color} is not drawn"
    for value, name in enumerate(colors):
        expected = (numbers == value).sum() / total
        assert abs(shares[name] / drawn_in_all - expected) < 0.03, (name, expected, shares)


def test_window_has_a_picture(seen):
    picture = gdal.Open(seen["window"])
    assert picture.RasterXSize >= 1400
    assert picture.ReadAsArray().std() > 20


def test_dialog_shows_every_parameter_with_its_unit(seen):
    texts = " | ".join(seen["dialog_labels"])
    for part in ("Raster", "Model", "Bands", "Extent", "Mask", "(px", "(m²)", "(map units", "Device", "Classes"):
        assert part in texts, texts
    for path in seen["dialog_pictures"]:
        assert gdal.Open(path).ReadAsArray().std() > 5
    assert seen["dialog_too_wide_px"] == 0, "the dialog has to be scrolled sideways"
