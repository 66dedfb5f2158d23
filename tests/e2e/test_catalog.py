"""The catalogue through the real ``qgis_process``: list, download, add, run by id, refuse what changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from .. import rasters, tiny_models
from ..bad_server import BadServer, Page


@pytest.fixture
def server() -> Iterator[BadServer]:
    with BadServer() as running:
        yield running


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def qgis(headless, site_packages, tmp_path, home):
    extra = {"GEONNX_MODELS": str(home), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return headless.HeadlessQgis(tmp_path / "qgis", site_packages, extra_env=extra)


@pytest.fixture
def scene(tmp_path) -> Path:
    pixels = np.random.default_rng(1).integers(1, 200, (3, 40, 50), np.uint8)
    return rasters.write_raster(tmp_path / "scene.tif", pixels, names=["red", "green", "blue"])


def publish(server: BadServer, folder: Path) -> str:
    """Put a model on the server, split in two and on a bad line; return the address of its catalogue."""
    folder.mkdir()
    model = tiny_models.box(folder / "land.onnx")
    raw = model.read_bytes()
    card = tiny_models.write_mlm(model, bands=["red", "green", "blue"], classes=[(0, "a"), (1, "b"), (2, "c")])
    item = json.loads(card.read_text())
    item["properties"]["license"] = "CC-BY-4.0"
    item["assets"]["model"].update(
        {"href": "land.onnx", "file:checksum": "1220" + hashlib.sha256(raw).hexdigest(), "file:size": len(raw)}
    )

    def drop_twice(number: int, page: Page) -> None:
        page.drop_after = 200 if number <= 2 else None  # some versions of urllib3 keep nothing of so little

    server.pages["/land.onnx"] = Page(raw, change=drop_twice)
    server.pages["/moved"] = Page(status=302, location="/items.json")
    server.pages["/items.json"] = Page(json.dumps([item]).encode(), failures=1)
    return f"{server.url}/moved"


def last_line(outcome) -> str:
    lines = [line.strip() for line in outcome.stderr.splitlines() if line.strip()]
    assert outcome.code == 1, (outcome.stdout, outcome.stderr)
    assert "Traceback" not in outcome.stderr
    return lines[-1]


def test_from_the_catalogue_to_the_map(qgis, server, home, scene, tmp_path):
    index = publish(server, tmp_path / "made")
    listed = qgis("geonnx:listmodels", INDEX=index, OUTPUT=tmp_path / "models.html")
    assert listed.code == 0, listed.stderr
    (offered,) = [entry for entry in listed.results["MODELS"] if entry["source"] == "index"]
    assert (offered["id"], offered["is_downloaded"], offered["licence"]) == ("land", False, "CC-BY-4.0")
    assert "can be downloaded" in (tmp_path / "models.html").read_text(encoding="utf-8")
    assert listed.results["FOLDER"] == str(home)

    done = qgis("geonnx:downloadmodel", MODEL="land", INDEX=index)
    assert done.code == 0, done.stderr
    assert done.results["ID"] == "land"
    assert done.results["LICENCE"] == "CC-BY-4.0"
    assert Path(done.results["MODEL_FILE"]) == home / "downloaded" / "land" / "land.onnx"
    assert server.requests["/land.onnx"] > 1  # the line broke, and the download went on

    run = qgis("geonnx:segment", INPUT=scene, MODEL="land", OUTPUT=tmp_path / "classes.tif")
    assert run.code == 0, run.stderr
    assert run.results["MODEL_SHA256"] == done.results["MODEL_SHA256"]
    assert gdal.Open(str(tmp_path / "classes.tif")).RasterXSize == 50

    # somebody puts another model in its place
    tiny_models.identity(home / "downloaded" / "land" / "land.onnx", bands=3)
    (home / "downloaded" / "land" / "land.json").unlink()
    refused = qgis("geonnx:segment", INPUT=scene, MODEL="land", OUTPUT=tmp_path / "again.tif")
    assert "changed since it was added" in last_line(refused)
    assert not (tmp_path / "again.tif").exists()
    agreed = qgis("geonnx:addmodel", MODEL="land", ACCEPT_CHANGED=True)
    assert agreed.code == 0, agreed.stderr
    assert qgis("geonnx:segment", INPUT=scene, MODEL="land", OUTPUT=tmp_path / "again.tif").code == 0


def test_own_models_and_unknown_ids(qgis, home, scene, tmp_path):
    model = tiny_models.box(tmp_path / "my box.onnx")
    added = qgis("geonnx:addmodel", MODEL=model)
    assert added.code == 0, added.stderr
    assert added.results["ID"] == "my-box"
    model.unlink()
    facts = qgis("geonnx:inspectmodel", MODEL="my-box")
    assert facts.code == 0, facts.stderr
    unknown = qgis("geonnx:segment", INPUT=scene, MODEL="my-bix", OUTPUT=tmp_path / "x.tif")
    assert "no model in the catalogue. Known are" in last_line(unknown)
    assert "my-box" in last_line(unknown)
    listed = qgis("geonnx:listmodels")
    assert "my-box" in [entry["id"] for entry in listed.results["MODELS"]]
    assert listed.results["COUNT"] == len(listed.results["MODELS"])
    # without --json the results of a list show nothing: its log does
    lines = qgis.call("run", "geonnx:listmodels").stdout.splitlines()
    head = next(line for line in lines if line.startswith("Id "))
    (row,) = [line for line in lines if line.startswith("my-box ")]
    assert [cell.strip() for cell in head.split("|")][:5] == ["Id", "Task", "Bands", "Classes", "Size"]
    assert head.index("|") == row.index("|")


def test_downloads_that_fail(qgis, server, home, tmp_path):
    index = publish(server, tmp_path / "made")
    server.pages["/land.onnx"] = Page(b"x" * len(server.pages["/land.onnx"].body))
    wrong = qgis("geonnx:downloadmodel", MODEL="land", INDEX=index)
    assert "is not the file that the catalogue describes: expected SHA-256" in last_line(wrong)
    server.pages["/land.onnx"] = Page(status=302, location="file:///etc/passwd")
    assert "not http or https" in last_line(qgis("geonnx:downloadmodel", MODEL="land", INDEX=index))
    assert "has no model 'sea'; it has land" in last_line(qgis("geonnx:downloadmodel", MODEL="sea", INDEX=index))
    assert "HTTP 404" in last_line(qgis("geonnx:downloadmodel", MODEL=f"{server.url}/none.json"))
    assert qgis("geonnx:listmodels").results["FOLDER"] == str(home)
    assert not [entry for entry in qgis("geonnx:listmodels").results["MODELS"] if entry["source"] == "downloaded"]


def test_the_folder_of_the_profile(headless, site_packages, tmp_path):
    qgis = headless.HeadlessQgis(tmp_path / "qgis", site_packages, extra_env={"GEONNX_MODELS": ""})
    folder = Path(qgis("geonnx:listmodels").results["FOLDER"])
    assert folder.parts[-2:] == ("geonnx", "models")
    assert tmp_path / "qgis" / "profile" in folder.parents
