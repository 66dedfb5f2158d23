"""The zip for the plugin store: what is in it, and that it works where it is unpacked."""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILDER = ROOT / "tools" / "package.py"
STORE_LIMIT = 25 * 1024 * 1024
STORE_KEYS = (
    "name",
    "description",
    "version",
    "qgisMinimumVersion",
    "author",
    "email",
    "about",
    "tracker",
    "repository",
)


def build(path: Path) -> Path:
    subprocess.run([sys.executable, str(BUILDER), str(path)], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return build(tmp_path_factory.mktemp("package") / "geonnx.zip")


@pytest.fixture(scope="module")
def names(package):
    with zipfile.ZipFile(package) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def unpacked(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return folder / "geonnx"


def add_model(path: Path) -> Path:
    """Write a tiny model: a 1 × 1 convolution from 3 bands to 2 class scores."""
    import onnx
    from onnx import TensorProto, helper

    weights = helper.make_tensor("w", TensorProto.FLOAT, [2, 3, 1, 1], [0.1, 0.2, 0.3, -0.1, -0.2, -0.3])
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "w"], ["scores"])],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, "height", "width"])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 2, "height", "width"])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def test_zip_has_one_folder_and_stays_under_the_limit_of_the_store(package, names):
    assert {name.split("/")[0] for name in names} == {"geonnx"}
    assert package.stat().st_size <= STORE_LIMIT


def test_zip_holds_what_the_store_asks_for(names):
    for name in (
        "LICENSE",
        "metadata.txt",
        "__init__.py",
        "plugin.py",
        "ui/icons/geonnx.svg",
        "processing/provider.py",
    ):
        assert f"geonnx/{name}" in names


def test_zip_holds_nothing_of_the_workshop(names):
    workshop = {"tests", "benchmarks", "training", "demo", "tools", "build", "__pycache__", "shared"}
    for name in names:
        parts = name.split("/")[1:]
        assert not workshop.intersection(parts[:1]) and "__pycache__" not in parts, name
        # the plugin store looks for this one: hashes of bundled models are no secrets
        assert parts == [".secrets.baseline"] or not any(part.startswith(".") for part in parts), name
        assert not name.endswith((".pyc", ".tmp", "/")), name


def test_zip_is_the_same_bytes_each_time(package, tmp_path):
    assert build(tmp_path / "again.zip").read_bytes() == package.read_bytes()


def test_metadata_is_complete_and_names_an_icon_that_is_there(unpacked):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(unpacked / "metadata.txt", encoding="utf-8")
    general = parser["general"]
    assert all(general.get(key) for key in STORE_KEYS)
    assert general["hasProcessingProvider"] == "yes"
    assert (general["qgisMinimumVersion"], general["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert "onnxruntime" in general["about"] and "onnx " in general["about"]
    assert (unpacked / general["icon"]).is_file()


def test_changelog_describes_the_version(unpacked):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(unpacked / "metadata.txt", encoding="utf-8")
    assert f"## [{parser['general']['version']}]" in (unpacked / "CHANGELOG.md").read_text(encoding="utf-8")


def test_unpacked_zip_lists_its_algorithms_and_runs(headless, unpacked, site_packages, tmp_path):
    qgis = headless.HeadlessQgis(tmp_path / "qgis", site_packages, plugin_source=unpacked)
    listed = qgis.call("list").stdout
    assert "geonnx:segment" in listed and "geonnx:inspectmodel" in listed
    model = add_model(tmp_path / "tiny.onnx")
    done = qgis("geonnx:inspectmodel", MODEL=model, OUTPUT=tmp_path / "report.html")
    assert done.code == 0, done.stderr
    assert (tmp_path / "report.html").stat().st_size > 0


def test_without_the_extra_packages_it_still_lists_and_says_how_to_get_them(headless, unpacked, tmp_path):
    probe = subprocess.run(["/usr/bin/python3", "-c", "import onnxruntime"], capture_output=True, check=False)
    if probe.returncode == 0:
        pytest.skip("the Python of QGIS has onnxruntime of its own here")
    qgis = headless.HeadlessQgis(tmp_path / "qgis", None, plugin_source=unpacked)
    assert "geonnx:segment" in qgis.call("list").stdout
    model = add_model(tmp_path / "tiny.onnx")
    done = qgis("geonnx:inspectmodel", MODEL=model, OUTPUT=tmp_path / "report.html")
    assert done.code == 1
    assert "onnx" in done.stderr and "Traceback" not in done.stderr
