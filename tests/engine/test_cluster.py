"""Tiles on the workers of a cluster: the same pixels as here, whatever happens to the workers."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from geonnx.models import (
    ChangeOutputs,
    ClassifyOutputs,
    Feedback,
    RunOptions,
    RunSettings,
    SegmentOutputs,
    classify,
    detect_change,
    load_model,
    segment,
)
from geonnx.models.cluster import address as addresses
from geonnx.models.cluster import client as clients
from geonnx.models.cluster.address import ClusterAddress, parse_address
from geonnx.models.cluster.client import Connection
from geonnx.models.errors import Cancelled, DeviceError, SettingsError
from osgeo import gdal

from .. import change_models
from ..rasters import noise, read_raster, write_raster
from ..tiny_models import unet

pytest.importorskip("distributed", reason="distributed is not installed (pip install distributed)")

SIZE = (1100, 1500)
NAMES = ("classes", "probabilities", "confidence")
TILES = 33


def load_tool(root: Path) -> ModuleType:
    name = "geonnx_tools_local_cluster"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, root / "tools" / "local_cluster.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="module")
def start(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield what starts a cluster; all are stopped at the end."""
    started = []

    def begin(workers: int = 2, **more: Any) -> Any:
        started.append(load_tool(root).LocalCluster(tmp_path_factory.mktemp("cluster"), workers, **more))
        return started[-1]

    yield begin
    for cluster in started:
        cluster.stop()


@pytest.fixture(scope="module")
def cluster(start: Any) -> Any:
    return start()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    unet(folder / "m.onnx", classes=5, levels=2, mlm=True)
    values = noise(3, *SIZE)
    values[:, 300:900, 500:1200] = 0
    write_raster(folder / "a.tif", values, nodata=0)
    return folder


def outputs(folder: Path) -> SegmentOutputs:
    folder.mkdir(exist_ok=True)
    return SegmentOutputs(**{name: str(folder / f"{name}.tif") for name in NAMES})


def settings(**more: Any) -> RunSettings:
    return RunSettings(**{"tile_size": 256, "overlap": 16, **more})


def assert_same(first: Path, second: Path, names: tuple[str, ...] = NAMES) -> None:
    for name in names:
        a, b = gdal.Open(str(first / f"{name}.tif")), gdal.Open(str(second / f"{name}.tif"))
        assert a.GetGeoTransform() == b.GetGeoTransform()
        assert a.GetMetadata("GEONNX") == b.GetMetadata("GEONNX")
        assert (read_raster(first / f"{name}.tif") == read_raster(second / f"{name}.tif")).all()


class Ears:
    """Keeps what a run says, and does something once it has come so far."""

    def __init__(self, share: float = 2.0, then: Any = None) -> None:
        self.said: list[str] = []
        self.shares: list[float] = []
        self.is_cancelled = False
        self._share, self._then = share, then
        self.feedback = Feedback(self._progress, self.said.append, self.said.append, lambda: self.is_cancelled)

    def _progress(self, share: float) -> None:
        self.shares.append(share)
        if share > self._share:
            self._share = 2.0
            self._then()

    def stop(self) -> None:
        self.is_cancelled = True


@pytest.mark.parametrize("merge", ["crop", "blend"])
@pytest.mark.parametrize("options", [{}, {"fold": False}, {"tta": "flips"}], ids=str)
def test_the_same_pixels(cluster: Any, work: Path, tmp_path: Path, merge: str, options: dict[str, Any]) -> None:
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    common = {"merge": merge, "options": RunOptions(**options)}
    here = segment(model, raster, outputs(tmp_path / "here"), settings(device="cpu", **common))
    ears = Ears()
    there = segment(
        model,
        raster,
        outputs(tmp_path / "there"),
        settings(device=f"{cluster.device}?device=cpu", **common),
        feedback=ears.feedback,
    )
    assert_same(tmp_path / "here", tmp_path / "there")
    assert (here.tiles, here.provider) == (there.tiles, there.provider) == (here.tiles, "CPUExecutionProvider")
    assert ears.shares == sorted(ears.shares)
    assert ears.shares[-1] == 1
    met = [text for text in ears.said if text.startswith("Worker tcp://")]
    assert len(met) == 2  # both had something to do
    assert all("CPUExecutionProvider, onnxruntime" in text for text in met)


def test_part_of_a_resampled_raster(cluster: Any, work: Path, tmp_path: Path) -> None:
    """EXTENT, MASK (whose file no worker sees) and another pixel size."""
    from osgeo import ogr

    source = ogr.GetDriverByName("GPKG").CreateDataSource("/vsimem/mask.gpkg")
    reference = gdal.Open(str(work / "a.tif")).GetSpatialRef()
    layer = source.CreateLayer("mask", reference, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    triangle = "POLYGON((501000 5199000,511000 5197000,505000 5190500,501000 5199000))"
    feature.SetGeometry(ogr.CreateGeometryFromWkt(triangle))
    layer.CreateFeature(feature)
    del feature, layer, source
    model = unet(tmp_path / "m.onnx", classes=5, levels=2, mlm=True)
    card = json.loads(model.with_suffix(".json").read_text())
    card["properties"]["geonnx:gsd_m"] = 7.0
    model.with_suffix(".json").write_text(json.dumps(card))
    corners = ((500500.0, 5199500.0), (513000.0, 5190200.0))
    common = {"mask_path": "/vsimem/mask.gpkg", "extent": corners}
    for name, device in (("here", "cpu"), ("there", cluster.device)):
        segment(load_model(model), str(work / "a.tif"), outputs(tmp_path / name), settings(device=device, **common))
    gdal.Unlink("/vsimem/mask.gpkg")
    assert_same(tmp_path / "here", tmp_path / "there")
    assert len(np.unique(read_raster(tmp_path / "there" / "classes.tif"))) > 3


def test_relative_names(cluster: Any, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path / "here"), settings())
    monkeypatch.chdir(work)
    segment(load_model("m.onnx"), "a.tif", outputs(tmp_path / "there"), settings(device=cluster.device))
    assert_same(tmp_path / "here", tmp_path / "there")


def test_a_worker_is_killed(start: Any, work: Path, tmp_path: Path) -> None:
    own = start(2)
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    segment(model, raster, outputs(tmp_path / "here"), settings(device="cpu"))
    ears = Ears(0.2, own.kill_worker)
    report = segment(model, raster, outputs(tmp_path / "there"), settings(device=own.device), feedback=ears.feedback)
    assert len(own.workers) == 1
    assert report.tiles == TILES
    assert_same(tmp_path / "here", tmp_path / "there")
    # and one that comes while it runs helps
    ears = Ears(0.1, own.add_worker)
    segment(model, raster, outputs(tmp_path / "there"), settings(device=own.device), feedback=ears.feedback)
    assert_same(tmp_path / "here", tmp_path / "there")


def test_cancel_and_resume(cluster: Any, work: Path, tmp_path: Path) -> None:
    from distributed import Client

    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    common = {"device": cluster.device, "options": RunOptions(resume=True)}
    segment(model, raster, outputs(tmp_path / "here"), settings(options=RunOptions(resume=True)))
    ears = Ears(0.6)
    ears._then = ears.stop
    target = tmp_path / "there"
    with pytest.raises(Cancelled):
        segment(model, raster, outputs(target), settings(**common), feedback=ears.feedback)
    assert not [path for path in target.iterdir() if path.is_file()]
    with Client(cluster.address, set_as_default=False) as client:
        until = time.monotonic() + 20
        while any(client.processing().values()) and time.monotonic() < until:
            time.sleep(0.1)
        assert not any(client.processing().values())
        assert not any("tiles" in str(key) for keys in client.has_what().values() for key in keys)
    with pytest.raises(SettingsError, match="started with other DEVICE"):
        segment(model, raster, outputs(target), settings(options=RunOptions(resume=True)))
    ears = Ears()
    report = segment(model, raster, outputs(target), settings(**common), feedback=ears.feedback)
    assert any("goes on where it stopped" in text for text in ears.said)
    assert 0 < report.tiles < TILES
    assert_same(tmp_path / "here", target)


def test_memory_is_bounded(cluster: Any, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tiles there are, a few pieces of work are under way; and no more than that is kept anywhere."""
    under_way: list[int] = []
    original = Connection._next

    def count(self: Connection, done: Any, waiting: dict[int, Any]) -> int:
        under_way.append(len(waiting))
        return original(self, done, waiting)

    monkeypatch.setattr(Connection, "_next", count)
    many = settings(tile_size=96, device=cluster.device)
    segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), many)
    assert 2 <= max(under_way) <= 5  # two workers with a thread each


@pytest.mark.parametrize("kind", ["two dates", "segmentation of each"])
def test_change(cluster: Any, tmp_path: Path, kind: str) -> None:
    """Networks that are put together from a model's file, and pixels without a number, which the task counts."""
    path = tmp_path / "m.onnx"
    if kind == "two dates":
        change_models.difference(path, bands=3)
    else:
        change_models.land_cover(path)
    for name, seed in (("before", 1), ("after", 2)):
        values = ((noise(3, 300, 400, "float32", seed) - 0.5) * 8).astype(np.float32)
        write_raster(tmp_path / f"{name}.tif", values)
    found = []
    for name, device in (("here", "cpu"), ("there", cluster.device)):
        (tmp_path / name).mkdir()
        wanted = ChangeOutputs(str(tmp_path / name / "changes.tif"), str(tmp_path / name / "probabilities.tif"))
        rasters = str(tmp_path / "before.tif"), str(tmp_path / "after.tif")
        found.append(detect_change(load_model(path), *rasters, wanted, RunSettings(tile_size=64, device=device)))
    assert_same(tmp_path / "here", tmp_path / "there", ("changes", "probabilities"))
    assert found[0].areas == found[1].areas
    assert len(np.unique(read_raster(tmp_path / "there" / "changes.tif"))) > 1


def test_what_a_task_counts_comes_back(cluster: Any, tmp_path: Path) -> None:
    change_models.difference(tmp_path / "m.onnx", bands=2)
    before = noise(2, 200, 300, "float32", 1)
    after = noise(2, 200, 300, "float32", 2)
    after[0, 10:20, 30:70] = 3e38  # the network gives no number there
    before[0, 10:20, 30:70] = -3e38
    write_raster(tmp_path / "b.tif", before)
    write_raster(tmp_path / "a.tif", after)
    said = []
    for device in ("cpu", cluster.device):
        ears = Ears()
        detect_change(
            load_model(tmp_path / "m.onnx"), str(tmp_path / "b.tif"), str(tmp_path / "a.tif"),
            str(tmp_path / "change.tif"), RunSettings(tile_size=64, device=device), feedback=ears.feedback,
        )  # fmt: skip
        said.append([text for text in ears.said if "no number" in text])
    assert said[0] == said[1]


def test_weights_in_a_file_of_their_own(cluster: Any, tmp_path: Path) -> None:
    """Such a network is read by the workers themselves, once they have seen that it is the same."""
    import onnx

    path = unet(tmp_path / "plain.onnx", classes=4, levels=1, mlm=True)
    proto = onnx.load(str(path))
    target = tmp_path / "m.onnx"
    onnx.save(proto, str(target), save_as_external_data=True, location="m.weights", size_threshold=0)
    card = json.loads(path.with_suffix(".json").read_text())
    text = json.dumps(card).replace("plain.onnx", "m.onnx")
    target.with_suffix(".json").write_text(text)
    raster = write_raster(tmp_path / "a.tif", noise(3, 300, 400))
    for name, device in (("here", "cpu"), ("there", cluster.device)):
        segment(load_model(target), str(raster), outputs(tmp_path / name), RunSettings(tile_size=128, device=device))
    assert_same(tmp_path / "here", tmp_path / "there")


def test_a_worker_lacks_something(cluster: Any, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from geonnx.models.cluster import run as cluster_run

    original = cluster_run.make_job

    def run(**changes: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(cluster_run, "make_job", lambda *words: replace(original(*words), **changes))
            model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
            segment(model, raster, outputs(tmp_path), settings(device=cluster.device))

    def failing(match: str, **changes: Any) -> None:
        with pytest.raises(DeviceError, match=rf"^Worker tcp://127.0.0.1:\d+ {match}"):
            run(**changes)
        assert not list(tmp_path.iterdir())

    failing(r"has no file /data/a\.tif: put rasters where all machines see them", raster_files={"/data/a.tif": 4})
    failing(r"has another file .*a\.tif: expected 4 bytes, found \d+\.", raster_files={str(work / "a.tif"): 4})
    failing(r"has no file /data/m\.onnx, in which the model keeps", model_files={"/data/m.onnx": "00"})
    failing(r"has another file .*m\.onnx: its SHA-256 is not 00…\.", model_files={str(work / "m.onnx"): "00"})
    failing(r"has GeONNX \S+, and the run was started with 0\.0\.1", version="0.0.1")
    with pytest.raises(DeviceError, match=r"^The network that Worker tcp://\S+ got is damaged: its SHA-256 is not 00…"):
        run(network_sha256="00")
    with pytest.raises(DeviceError, match=r"^Worker tcp://\S+: DEVICE.*cuda:77"):
        device = f"{cluster.device}?device=cuda:77"
        segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), settings(device=device))


def test_workers_without_the_package(start: Any, work: Path, tmp_path: Path) -> None:
    own = start(0)
    own.add_worker(env={"PYTHONPATH": ""})
    with pytest.raises(DeviceError, match=r"A worker can't load what it needs \(No module named 'geonnx'\)"):
        segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), settings(device=own.device))


def test_a_scheduler_without_the_package(start: Any, work: Path, tmp_path: Path) -> None:
    own = start(1, env={"PYTHONPATH": ""})
    with pytest.raises(DeviceError, match=r"The scheduler tcp://\S+ can't read the work: it needs the same packages"):
        segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), settings(device=own.device))


def test_no_workers(start: Any, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = start(0)
    monkeypatch.setattr(clients, "_WARN_WITHOUT_WORKERS_S", 0.1)
    ears = Ears()

    def warn(text: str) -> None:
        ears.said.append(text)
        own.add_worker()

    monkeypatch.setattr(clients, "_COUNT_EVERY_S", 0.5)
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    segment(model, raster, outputs(tmp_path), settings(device=own.device), feedback=Feedback(warn=warn))
    assert any(f"The scheduler {own.address} has no workers; the run waits for them" in text for text in ears.said)
    own.kill_worker()
    monkeypatch.setattr(clients, "_GIVE_UP_WITHOUT_WORKERS_S", 1.0)
    with pytest.raises(DeviceError, match="has had no workers for 0 minutes"):
        segment(model, raster, outputs(tmp_path / "b"), settings(device=own.device))


def test_the_scheduler_is_lost(start: Any, work: Path, tmp_path: Path) -> None:
    own = start(1)
    ears = Ears(0.2, lambda: os.kill(own.scheduler.pid, signal.SIGKILL))
    with pytest.raises(DeviceError, match=r"The connection to the scheduler tcp://\S+ was lost"):
        segment(
            load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), settings(device=own.device),
            feedback=ears.feedback,
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_no_worker_survives() -> None:
    """As where memory is too small: Dask gives up after several workers were lost with the same tiles."""
    from types import SimpleNamespace

    from distributed import KilledWorker

    error = KilledWorker("key", SimpleNamespace(address="tcp://10.0.0.1:1"), 3)
    said = object.__new__(Connection)._explain(error)
    assert isinstance(said, DeviceError)
    assert "given to 4 workers, and each was lost with them" in str(said)


def test_no_scheduler(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_CONNECT_S", 1)
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    with pytest.raises(DeviceError, match=r"The scheduler tcp://127\.0\.0\.1:9 does not answer"):
        segment(model, raster, outputs(tmp_path), settings(device="dask://127.0.0.1:9"))
    with pytest.raises(DeviceError, match=r"/nowhere/scheduler\.json is not there: start the scheduler with"):
        segment(model, raster, outputs(tmp_path), settings(device="dask:///nowhere/scheduler.json"))
    monkeypatch.setattr(addresses.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(DeviceError, match="'distributed' is not installed: run 'pip install distributed'"):
        segment(model, raster, outputs(tmp_path), settings(device="dask://127.0.0.1:9"))
    assert not list(tmp_path.iterdir())


def test_a_scheduler_in_a_file(cluster: Any, work: Path, tmp_path: Path) -> None:
    device = f"dask://{cluster.scheduler_file}?device=cpu"
    report = segment(load_model(work / "m.onnx"), str(work / "a.tif"), outputs(tmp_path), settings(device=device))
    assert report.tiles == TILES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dask://host", ClusterAddress("tcp://host:8786", "", "auto")),
        (" DASK://Host:99?device=cuda:1 ", ClusterAddress("tcp://host:99", "", "cuda:1")),
        ("dask://[::1]:99?tls=yes", ClusterAddress("tls://[::1]:99", "", "auto")),
        ("dask:///Shared/s.json?device=openvino:gpu", ClusterAddress("", "/Shared/s.json", "openvino:gpu")),
    ],
)
def test_address(text: str, expected: ClusterAddress) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    "text",
    ["dask:", "dask://", "dask:///", "dask://host:port", "dask://host:99999", "dask://host/path", "dask://me@host",
     "dask://host?devise=cpu", "dask://host?device=dask://other", "dask://host?tls=maybe", "dask://host?tls=yes&tls=no",
     "dask:///s.json?tls=yes", "dask://host#1", "dask:host"],
)  # fmt: skip
def test_malformed_address(text: str) -> None:
    with pytest.raises(DeviceError, match=r"expected dask://host:8786 or dask:///shared/scheduler\.json"):
        parse_address(text)


def test_scenes_are_classified_here(work: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    from ..scene_models import mean_of_bands, write_card

    mean_of_bands(model)
    write_card(model)
    with pytest.raises(SettingsError, match="the chips of a scene are classified on one machine: use another DEVICE"):
        classify(
            load_model(model), str(work / "a.tif"), ClassifyOutputs(str(tmp_path / "o.gpkg")),
            RunSettings(device="dask://host"),
        )  # fmt: skip


def test_nothing_of_it_is_loaded_otherwise(root: Path, work: Path, tmp_path: Path) -> None:
    (tmp_path / "geonnx").symlink_to(root, target_is_directory=True)
    code = (
        "import sys\nfrom geonnx.models import *\n"
        f"segment(load_model({str(work / 'm.onnx')!r}), {str(work / 'a.tif')!r}, {str(tmp_path / 'o.tif')!r})\n"
        "assert not {'dask', 'distributed', 'tornado'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)})


def test_the_example_of_the_docs(cluster: Any, root: Path, work: Path, tmp_path: Path) -> None:
    scenes = [write_raster(tmp_path / f"s{n}.tif", noise(3, 200, 300, seed=n)) for n in range(3)]
    (tmp_path / "bad.tif").write_text("no raster")
    words = [cluster.address, str(work / "m.onnx"), str(tmp_path / "out"), *map(str, scenes), str(tmp_path / "bad.tif")]
    command = [sys.executable, str(root / "docs" / "examples" / "cluster.py"), *words]
    env = {**os.environ, "PYTHONPATH": str(cluster.packages)}

    def run() -> tuple[int, list[dict[str, Any]]]:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=120)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, lines = run()
    assert code == 1
    assert sorted("error" in line for line in lines) == [False, False, False, True]
    for scene in scenes:
        segment(load_model(work / "m.onnx"), str(scene), str(tmp_path / "here.tif"))
        expected = read_raster(tmp_path / "here.tif")
        assert (read_raster(tmp_path / "out" / f"{scene.stem}_classes.tif") == expected).all()
    code, lines = run()
    assert (code, len(lines)) == (1, 1)  # what is there is left out
