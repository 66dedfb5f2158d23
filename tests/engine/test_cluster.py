"""Tiles on the workers of a cluster: the same pixels as here, whatever happens to the workers."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from geonnx.models import (
    ChangeOutputs,
    ClassifyOutputs,
    CloudInputs,
    Feedback,
    RunOptions,
    RunSettings,
    SegmentOutputs,
    classify,
    detect_change,
    load_model,
    remove_clouds,
    segment,
)
from geonnx.models.card.types import BandSpec, InputSpec, ModelCard, OutputSpec
from geonnx.models.cluster import address as addresses
from geonnx.models.cluster import client as clients
from geonnx.models.cluster import run as cluster_runs
from geonnx.models.cluster.address import ClusterAddress, parse_address
from geonnx.models.cluster.client import Connection
from geonnx.models.errors import Cancelled, DeviceError, SettingsError
from geonnx.models.model import Model, file_sha256
from onnx import helper
from osgeo import gdal

from .. import change_models
from ..rasters import noise, read_raster, write_raster
from ..tiny_models import identity, save, unet, write_mlm

pytest.importorskip("distributed", reason="distributed is not installed (pip install distributed)")

SIZE = (700, 900)
NAMES = ("classes", "probabilities", "confidence")
TILES = 28
"""of 30, two of which hold no data"""
ONE = RunOptions(threads=1)


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
    values[:, 250:650, 250:800] = 0
    write_raster(folder / "a.tif", values, nodata=0)
    return folder


def outputs(folder: Path) -> SegmentOutputs:
    folder.mkdir(exist_ok=True)
    return SegmentOutputs(**{name: str(folder / f"{name}.tif") for name in NAMES})


def settings(**more: Any) -> RunSettings:
    return RunSettings(**{"tile_size": 192, "overlap": 16, "options": ONE, **more})


def run(work: Path, target: Path, device: str, feedback: Feedback | None = None, **more: Any) -> Any:
    model, raster = load_model(work / "m.onnx"), str(work / "a.tif")
    return segment(model, raster, outputs(target), settings(device=device, **more), feedback=feedback)


@pytest.fixture(scope="module")
def here(work: Path) -> Path:
    """Return what the processor of this machine makes of it."""
    assert run(work, work / "here", "cpu").tiles == TILES
    return work / "here"


def assert_same(first: Path, second: Path, names: tuple[str, ...] = NAMES) -> None:
    for name in names:
        a, b = gdal.Open(str(first / f"{name}.tif")), gdal.Open(str(second / f"{name}.tif"))
        assert a.GetGeoTransform() == b.GetGeoTransform()
        assert a.GetMetadata("GEONNX") == b.GetMetadata("GEONNX")
        assert (read_raster(first / f"{name}.tif") == read_raster(second / f"{name}.tif")).all()


class Ears:
    """Keeps what a run says, and does something once it has come so far."""

    def __init__(self, share: float = 2.0, then: Callable[[], Any] | None = None) -> None:
        self.said: list[str] = []
        self.shares: list[float] = []
        self.stopped_at: float | None = None
        self._share, self._then = share, then or self.stop
        self.feedback = Feedback(
            self._progress, self.said.append, self.said.append, lambda: self.stopped_at is not None
        )

    def _progress(self, share: float) -> None:
        self.shares.append(share)
        if share > self._share:
            self._share = 2.0
            self._then()

    def stop(self) -> None:
        self.stopped_at = time.monotonic()


@pytest.mark.parametrize("merge", ["crop", "blend"])
@pytest.mark.parametrize("more", [{}, {"fold": False}, {"tta": "flips"}], ids=str)
def test_the_same_pixels(cluster: Any, work: Path, tmp_path: Path, merge: str, more: dict[str, Any]) -> None:
    common = {"merge": merge, "options": RunOptions(threads=1, **more)}
    alone = run(work, tmp_path / "here", "cpu", **common)
    ears = Ears()
    shared = run(work, tmp_path / "there", f"{cluster.device}&device=cpu", ears.feedback, **common)
    assert_same(tmp_path / "here", tmp_path / "there")
    assert (alone.tiles, alone.provider) == (shared.tiles, shared.provider) == (alone.tiles, "CPUExecutionProvider")
    assert ears.shares == sorted(ears.shares)
    assert ears.shares[-1] == 1
    met = [text for text in ears.said if text.startswith("Worker tcp://")]
    assert met and all("CPUExecutionProvider, onnxruntime" in text for text in met)


def test_part_of_a_resampled_raster(cluster: Any, work: Path, tmp_path: Path) -> None:
    """EXTENT, MASK (whose file no worker sees) and another pixel size."""
    from osgeo import ogr

    source = ogr.GetDriverByName("GPKG").CreateDataSource("/vsimem/mask.gpkg")
    reference = gdal.Open(str(work / "a.tif")).GetSpatialRef()
    layer = source.CreateLayer("mask", reference, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    triangle = "POLYGON((501000 5199000,508000 5198000,503000 5193500,501000 5199000))"
    feature.SetGeometry(ogr.CreateGeometryFromWkt(triangle))
    layer.CreateFeature(feature)
    del feature, layer, source
    model = unet(tmp_path / "m.onnx", classes=5, levels=2, mlm=True)
    card = json.loads(model.with_suffix(".json").read_text())
    card["properties"]["geonnx:gsd_m"] = 7.0
    model.with_suffix(".json").write_text(json.dumps(card))
    corners = ((500500.0, 5199500.0), (508500.0, 5193200.0))
    common = {"mask_path": "/vsimem/mask.gpkg", "extent": corners}
    for name, device in (("here", "cpu"), ("there", cluster.device)):
        segment(load_model(model), str(work / "a.tif"), outputs(tmp_path / name), settings(device=device, **common))
    gdal.Unlink("/vsimem/mask.gpkg")
    assert_same(tmp_path / "here", tmp_path / "there")
    assert len(np.unique(read_raster(tmp_path / "there" / "classes.tif"))) > 3


def test_a_fixed_batch(cluster: Any, tmp_path: Path) -> None:
    """Pieces of work that are not a whole number of batches."""
    model = identity(tmp_path / "m.onnx", bands=3, size=64, batch=4)
    write_mlm(model, bands=["red", "green", "blue"], classes=[(0, "a"), (1, "b"), (2, "c")], size=64)
    raster = write_raster(tmp_path / "a.tif", noise(3, 250, 330), names=["red", "green", "blue"])
    for name, device in (("here", "cpu"), ("there", cluster.device)):
        segment(load_model(model), str(raster), outputs(tmp_path / name), RunSettings(device=device))
    assert_same(tmp_path / "here", tmp_path / "there")


def test_relative_names(cluster: Any, work: Path, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)
    segment(load_model("m.onnx"), "a.tif", outputs(tmp_path / "there"), settings(device=cluster.device))
    assert_same(here, tmp_path / "there")


def test_a_worker_is_killed(start: Any, work: Path, here: Path, tmp_path: Path) -> None:
    own = start(2)
    ears = Ears(0.2, own.kill_worker)
    report = run(work, tmp_path / "there", own.device, ears.feedback)
    assert len(own.workers) == 1
    assert report.tiles == TILES
    assert_same(here, tmp_path / "there")
    # and one that comes while it runs helps; blended tiles are in order whoever had them
    ears = Ears(0.1, own.add_worker)
    run(work, tmp_path / "blended", own.device, ears.feedback, merge="blend")
    run(work, tmp_path / "alone", "cpu", merge="blend")
    assert_same(tmp_path / "alone", tmp_path / "blended")


def test_two_runs_at_once(start: Any, work: Path, here: Path, tmp_path: Path) -> None:
    """They share a worker with two threads, which keeps the network of one of them at a time."""
    own = start(0)
    own.add_worker("--nthreads", "2")
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda name: run(work, tmp_path / name, own.device), ("a", "b")))
    assert [report.tiles for report in reports] == [TILES, TILES]
    assert_same(here, tmp_path / "a")
    assert_same(here, tmp_path / "b")


def test_cancel_and_resume(cluster: Any, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import Client

    monkeypatch.setattr(cluster_runs, "_MOST_TILES", 2)
    options = {"options": RunOptions(threads=1, resume=True), "tile_size": 96}
    alone = run(work, tmp_path / "here", "cpu", **options)
    ears = Ears(0.8)  # the first block of 512 px is finished
    target = tmp_path / "there"
    with pytest.raises(Cancelled):
        run(work, target, cluster.device, ears.feedback, **options)
    assert ears.stopped_at is not None and time.monotonic() - ears.stopped_at < 2
    assert not [path for path in target.iterdir() if path.is_file()]
    with Client(cluster.address, set_as_default=False) as client:
        until = time.monotonic() + 20
        while (any(client.processing().values()) or any(client.has_what().values())) and time.monotonic() < until:
            time.sleep(0.1)
        assert not any(client.processing().values())
        assert not any(client.has_what().values())
    with pytest.raises(SettingsError, match="started with other DEVICE"):
        run(work, target, "cpu", **options)
    ears = Ears()
    report = run(work, target, cluster.device, ears.feedback, **options)
    assert any("goes on where it stopped" in text for text in ears.said)
    assert 0 < report.tiles < alone.tiles / 2
    assert_same(tmp_path / "here", target)


def test_what_is_kept_is_bounded(cluster: Any, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tiles there are, a few pieces of work are under way; and workers do not grow with their number."""
    under_way: list[int] = []
    original = Connection._next_done

    def count(self: Connection, waiting: dict[int, Any], *, in_order: bool) -> int:
        under_way.append(len(waiting))
        return original(self, waiting, in_order=in_order)

    def resident_mb() -> int:
        lines = [Path(f"/proc/{worker.pid}/status").read_text().splitlines() for worker in cluster.workers]
        return max(int(line.split()[1]) // 1024 for each in lines for line in each if line.startswith("VmRSS"))

    monkeypatch.setattr(Connection, "_next_done", count)
    monkeypatch.setattr(cluster_runs, "_MOST_TILES", 4)
    run(work, tmp_path, cluster.device, tile_size=192)
    before = resident_mb()
    seen = []
    for _ in range(3):
        run(work, tmp_path, cluster.device, tile_size=64)  # 600 tiles each, in 150 pieces
        seen.append(resident_mb())
    assert 2 <= max(under_way) <= 6  # three for each of two workers with a thread
    assert len(under_way) > 300
    assert max(seen) < before + 100


@pytest.mark.parametrize("kind", ["two dates", "segmentation of each"])
def test_change(cluster: Any, tmp_path: Path, kind: str) -> None:
    """Networks that are put together from a model's file."""
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
    assert (found[0].areas.matrix_ha == found[1].areas.matrix_ha).all()
    assert len(np.unique(read_raster(tmp_path / "there" / "changes.tif"))) > 1


def test_what_a_task_counts_comes_back(cluster: Any, tmp_path: Path) -> None:
    change_models.difference(tmp_path / "m.onnx", bands=2)
    before = noise(2, 200, 300, "float32", 1)
    after = noise(2, 200, 300, "float32", 2)
    after[:, 10:20, 30:70] = np.array([3e38, -3e38]).reshape(2, 1, 1)  # infinite both ways: the sum is no number
    before[:, 10:20, 30:70] = np.array([-3e38, 3e38]).reshape(2, 1, 1)
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
    assert said[0] == said[1] != []


@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_undeclared_gaps_are_told(cluster: Any, work: Path, tmp_path: Path, merge: str) -> None:
    values = noise(3, *SIZE) + 1
    values[:, 250:650, 250:800] = 0
    values[:, :3, :] = 255  # white, which is no gap
    raster = write_raster(tmp_path / "in.tif", values)
    said = []
    for name, device in (("here", "cpu"), ("there", cluster.device)):
        ears = Ears()
        common = settings(device=device, merge=merge)
        segment(load_model(work / "m.onnx"), str(raster), outputs(tmp_path / name), common, feedback=ears.feedback)
        said.append([text for text in ears.said if "are whole areas of" in text])
    assert said[0] == said[1]
    (sentence,) = said[0]
    assert sentence.startswith("About 35 % of in.tif are whole areas of 0 in every band")


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_clouds(cluster: Any, tmp_path: Path, merge: str, told: bool) -> None:
    """Three dates, of which the network gives the mean; where it is told clouds, with no data in their place."""
    paths = [
        write_raster(tmp_path / f"s_2020-0{month}-05.tif", noise(2, 200, 300, "uint16", month), names=["B02", "B03"])
        for month in (1, 2, 3)
    ]
    mask = np.zeros((1, 200, 300), np.uint8)
    mask[0, 40:90, 100:260] = 1
    masks = [write_raster(tmp_path / f"m_2020-0{month}-05.tif", mask) for month in (1, 2, 3)]
    model = save(
        tmp_path / "m.onnx",
        [helper.make_node("ReduceMean", ["image"], ["clear"], axes=[1], keepdims=0)],
        inputs=[("image", "float32", ["n", 3, 2, "h", "w"])],
        outputs=[("clear", "float32", ["n", 2, "h", "w"])],
    )
    bands = (BandSpec("B02"), BandSpec("B03"))
    taken = InputSpec("image", "BTCHW", (None, 3, 2, None, None), "float32", "series", bands)
    given = OutputSpec("clear", "BCHW", (None, 2, None, None), "float32", role="image")
    card = ModelCard("mean", "test", model, "clouds", (taken,), (given,), masked_clouds=told)
    inputs = CloudInputs(tuple(map(str, paths)), cloud_masks=tuple(map(str, masks)))
    for name, device in (("here", "cpu"), ("there", cluster.device)):
        (tmp_path / name).mkdir()
        how = RunSettings(tile_size=64, device=device, merge=merge)
        remove_clouds(Model(card, file_sha256(model)), inputs, str(tmp_path / name / "clear.tif"), how)
    assert_same(tmp_path / "here", tmp_path / "there", ("clear",))


def test_weights_in_a_file_of_their_own(cluster: Any, tmp_path: Path) -> None:
    """Such a network is read by the workers themselves, once they have seen that it is the same."""
    import onnx

    path = unet(tmp_path / "plain.onnx", classes=4, levels=1, mlm=True)
    proto = onnx.load(str(path))
    target = tmp_path / "m.onnx"
    onnx.save(proto, str(target), save_as_external_data=True, location="m.weights", size_threshold=64)
    text = path.with_suffix(".json").read_text().replace("plain.onnx", "m.onnx")
    target.with_suffix(".json").write_text(text)
    raster = write_raster(tmp_path / "a.tif", noise(3, 300, 400))
    for name, device in (("here", "cpu"), ("there", cluster.device)):
        segment(load_model(target), str(raster), outputs(tmp_path / name), RunSettings(tile_size=128, device=device))
    assert_same(tmp_path / "here", tmp_path / "there")


@pytest.mark.parametrize(
    ("match", "changes"),
    [
        (r"has no file /data/a\.tif: put rasters where all machines see them", {"raster_files": {"/data/a.tif": 4}}),
        (r"has another file .*a\.tif: expected 4 bytes, found \d+\.", {"raster_files": {"a.tif": 4}}),
        (r"has no file /data/m\.onnx, which the model is read from", {"model_files": {"/data/m.onnx": "00"}}),
        (r"has another file .*m\.onnx: its SHA-256 is not 00…\.", {"model_files": {"m.onnx": "00"}}),
        (r"has GeONNX \S+, and the run was started with 0\.0\.1", {"version": "0.0.1"}),
    ],
)
def test_a_worker_lacks_something(
    cluster: Any, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, match: str, changes: dict[str, Any]
) -> None:
    """Said before any work is done."""
    original = cluster_runs.make_job
    changes = {
        key: {str(work / name): value for name, value in found.items()} if isinstance(found, dict) else found
        for key, found in changes.items()
    }

    def other(*words: Any) -> Any:
        job = original(*words)
        return replace(job, needs=replace(job.needs, **changes))

    monkeypatch.setattr(cluster_runs, "make_job", other)
    monkeypatch.setattr(Connection, "results", None)
    with pytest.raises(DeviceError, match=rf"^Worker tcp://127.0.0.1:\d+ {match}"):
        run(work, tmp_path, cluster.device)
    assert not list(tmp_path.iterdir())


def test_a_worker_has_no_such_device(cluster: Any, work: Path, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"^Worker tcp://\S+: DEVICE.*cuda:77"):
        run(work, tmp_path, f"{cluster.device}&device=cuda:77")
    assert not list(tmp_path.iterdir())


def test_workers_without_the_package(start: Any, work: Path, tmp_path: Path) -> None:
    own = start(0)
    own.add_worker(env={"PYTHONPATH": ""})
    with pytest.raises(DeviceError, match=r"worker .* can't load what it needs \(.*No module named 'geonnx'"):
        run(work, tmp_path, own.device)


def test_workers_get_the_package_as_a_zip(start: Any, root: Path, work: Path, here: Path, tmp_path: Path) -> None:
    """As docs/scale.md says: the plugin's zip, uploaded once to a cluster that has the libraries only."""
    from distributed import Client

    own = start(0)
    own.add_worker(env={"PYTHONPATH": ""})
    archive = tmp_path / "geonnx.zip"
    subprocess.run([sys.executable, str(root / "tools" / "package.py"), str(archive)], check=True)
    with Client(own.address, set_as_default=False) as client:
        client.upload_file(str(archive))
    run(work, tmp_path / "there", own.device)
    assert_same(here, tmp_path / "there")


def test_no_workers(start: Any, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = start(0)
    bare = own.device.split("?")[0]
    started = time.monotonic()
    with pytest.raises(DeviceError, match=r"The scheduler tcp://\S+ has had no workers for 1 seconds: start some"):
        run(work, tmp_path / "none", f"{bare}?wait=1")
    assert time.monotonic() - started < 15
    ears = Ears()

    def log(text: str) -> None:
        ears.said.append(text)
        if "has no workers yet" in text:
            own.add_worker()

    run(work, tmp_path / "one", own.device, Feedback(log=log))
    assert any(f"The scheduler {own.address} has no workers yet; waiting" in text for text in ears.said)
    # all are lost in the middle
    monkeypatch.setattr(clients, "_LONGEST_WITHOUT_WORKERS_S", 1.0)
    monkeypatch.setattr(clients, "_COUNT_EVERY_S", 0.5)
    with pytest.raises(DeviceError, match="has had no workers for 1 seconds"):
        run(work, tmp_path / "b", f"{bare}?wait=1", Ears(0.2, own.kill_worker).feedback)
    assert not [path for path in (tmp_path / "b").iterdir() if path.is_file()]


def test_the_scheduler_is_lost(start: Any, work: Path, tmp_path: Path) -> None:
    own = start(1)
    ears = Ears(0.2, lambda: os.kill(own.scheduler.pid, signal.SIGKILL))
    with pytest.raises(DeviceError, match=r"The connection to the scheduler tcp://\S+ was lost"):
        run(work, tmp_path, own.device, ears.feedback)
    assert not list(tmp_path.iterdir())


def test_what_fails_is_tried_again(
    cluster: Any, work: Path, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice; then the first cause is reported."""
    original, fails = clients._fetch, {"left": 2}

    def fetch(future: Any) -> Any:
        found = original(future)
        if not fails["left"] or getattr(found, "tiles", 0) == 0:
            return found
        fails["left"] -= 1
        return ValueError(f"{fails['left']} left")

    monkeypatch.setattr(clients, "_fetch", fetch)
    report = run(work, tmp_path / "there", cluster.device)
    assert (report.tiles, fails["left"]) == (TILES, 0)
    assert_same(here, tmp_path / "there")
    monkeypatch.setattr(clients, "_PER_THREAD", 1)
    monkeypatch.setattr(Connection, "threads", 1)
    fails["left"] = 3
    with pytest.raises(DeviceError, match=r"^A worker failed: 2 left \(ValueError\)\.$"):
        run(work, tmp_path / "there", cluster.device)


def test_no_worker_survives() -> None:
    """As where memory is too small: Dask gives up after several workers were lost with the same tiles."""
    from distributed import KilledWorker

    error = KilledWorker("key", SimpleNamespace(address="tcp://10.0.0.1:1"), 3)
    said, is_final = object.__new__(Connection)._explain(error)
    assert isinstance(said, DeviceError) and is_final
    assert "given to 4 workers, and each was lost with them" in str(said)


def test_no_scheduler(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_CONNECT_S", 1)
    with pytest.raises(DeviceError, match=r"The scheduler tcp://127\.0\.0\.1:9 does not answer"):
        run(work, tmp_path, "dask://127.0.0.1:9")
    with pytest.raises(DeviceError, match=r"/nowhere/scheduler\.json is not there: start the scheduler with"):
        run(work, tmp_path, "dask:///nowhere/scheduler.json")
    monkeypatch.setattr(addresses.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(DeviceError, match="'distributed' is not installed: run 'pip install distributed'"):
        run(work, tmp_path, "dask://127.0.0.1:9")
    assert not list(tmp_path.iterdir())


def test_a_scheduler_in_a_file(cluster: Any, work: Path, tmp_path: Path) -> None:
    assert run(work, tmp_path, f"dask://{cluster.scheduler_file}?device=cpu").tiles == TILES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dask://host", ClusterAddress("tcp://host:8786", "", "auto")),
        (" DASK://Host:99?device=cuda:1 ", ClusterAddress("tcp://host:99", "", "cuda:1")),
        ("dask://[::1]:99?tls=yes", ClusterAddress("tls://[::1]:99", "", "auto")),
        ("dask:///Shared/s.json?device=openvino:gpu", ClusterAddress("", "/Shared/s.json", "openvino:gpu")),
        ("dask://host?wait=600", ClusterAddress("tcp://host:8786", "", "auto", 600)),
    ],
)
def test_address(text: str, expected: ClusterAddress) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    "text",
    ["dask:", "dask://", "dask:///", "dask://host:port", "dask://host:99999", "dask://host/path", "dask://me@host",
     "dask://host?devise=cpu", "dask://host?device=dask://other", "dask://host?tls=maybe", "dask://host?tls=yes&tls=no",
     "dask:///s.json?tls=yes", "dask://host#1", "dask:host", "dask://host?wait=soon", "dask://host?wait=-1"],
)  # fmt: skip
def test_malformed_address(text: str) -> None:
    with pytest.raises(DeviceError, match=r"expected dask://host:8786 or dask:///shared/scheduler\.json"):
        parse_address(text)


def test_scenes_are_classified_here(work: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    from ..scene_models import mean_of_bands, write_card

    mean_of_bands(model)
    write_card(model, ["field", "forest", "town"])
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

    def call() -> tuple[int, list[dict[str, Any]]]:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=120)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, lines = call()
    assert code == 1
    assert sorted("error" in line for line in lines) == [False, False, False, True]
    for scene in scenes:
        segment(load_model(work / "m.onnx"), str(scene), str(tmp_path / "here.tif"))
        expected = read_raster(tmp_path / "here.tif")
        assert (read_raster(tmp_path / "out" / f"{scene.stem}_classes.tif") == expected).all()
    code, lines = call()
    assert code == 1
    assert sum("skipped" in line for line in lines) == 3  # what is there is left out
