"""Several devices side by side, and a run that can be stopped in the middle of a tile."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import (
    Feedback,
    RunOptions,
    RunSettings,
    SegmentOutputs,
    classify,
    detect_change,
    load_model,
    segment,
)
from geonnx.models.errors import Cancelled, DeviceError, ModelError
from geonnx.models.pipeline import run_aside, run_pipeline
from geonnx.models.runtime import session
from geonnx.models.runtime.devices import parse_devices
from geonnx.models.runtime.network import Network, Networks
from onnx import TensorProto, helper

from ..rasters import noise, read_raster, write_raster
from ..scene_models import mean_of_bands, write_card
from ..tiny_models import identity, save, unet

OFFERED = [
    "TensorrtExecutionProvider", "CUDAExecutionProvider", "DmlExecutionProvider", "OpenVINOExecutionProvider",
    "CPUExecutionProvider",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(("text", "expected"), [
    ("cuda:0,cuda:1", [("cuda:0", 0, ""), ("cuda:1", 1, "")]),
    (" CUDA , cuda:3 ", [("cuda", 0, ""), ("cuda:3", 3, "")]),
    ("directml:1, directml:0", [("directml:1", 1, ""), ("directml:0", 0, "")]),
    ("tensorrt:0,tensorrt:1", [("tensorrt:0", 0, ""), ("tensorrt:1", 1, "")]),
    ("openvino:gpu.0,openvino:gpu.1", [("openvino:gpu.0", 0, "GPU.0"), ("openvino:gpu.1", 0, "GPU.1")]),
    ("cpu,cpu,cpu", [("cpu", 0, "")] * 3),
    ("openvino", [("openvino", 0, "CPU")]),
    ("openvino:npu", [("openvino:npu", 0, "NPU")]),
])  # fmt: skip
def test_words(text: str, expected: list[tuple[str, int, str]]) -> None:
    requests = parse_devices(text, OFFERED)
    assert [(each.label, each.device_index, each.unit) for each in requests] == expected
    assert all(each.strict for each in requests)


@pytest.mark.parametrize(("text", "reason"), [
    ("cuda:0,cpu", "devices of one kind"),
    ("cuda:0,tensorrt:1", "devices of one kind"),
    ("openvino:cpu,openvino:gpu", "devices of one kind"),
    ("cuda:0,cuda:0", "names a device twice"),
    ("cuda,cuda:0", "names a device twice"),
    ("auto,cuda:1", "auto stands alone"),
    ("cuda:0,", "expected one of"),
    (",", "expected one of"),
    ("cpu:1", "expected one of"),
    ("coreml:0", "expected one of"),
    ("openvino:0", "expected one of"),
    ("openvino:tpu", "expected one of"),
    ("cuda:gpu", "expected one of"),
    ("cuda:", "expected one of"),
    ("cuda:0;cuda:1", "expected one of"),
])  # fmt: skip
def test_words_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(DeviceError, match=reason):
        parse_devices(text, OFFERED)


@pytest.mark.parametrize("device", ["cpu,cpu", "cpu,cpu,cpu"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"options": RunOptions(fold=False)},
        {"batch_size": 3, "merge": "blend"},
        {"options": RunOptions(tta="flips"), "overlap": 12},
    ],
)
def test_the_pixels_of_one_device(tmp_path: Path, device: str, settings: dict[str, Any]) -> None:
    model = unet(tmp_path / "m.onnx", classes=4, levels=2, mlm=True)
    values = noise(3, 333, 270)
    values[:, 60:200, 64:190] = 0  # tiles that the network does not see
    raster = write_raster(tmp_path / "a.tif", values, nodata=0)
    found = []
    for name in ("cpu", device):
        out = tmp_path / name.replace(",", "_")
        out.mkdir()
        outputs = SegmentOutputs(str(out / "c.tif"), probabilities=str(out / "p.tif"))
        report = segment(load_model(model), str(raster), outputs, RunSettings(tile_size=64, device=name, **settings))
        found.append((report.tiles, read_raster(out / "c.tif"), read_raster(out / "p.tif")))
    (tiles, classes, shares), (other_tiles, other_classes, other_shares) = found
    assert tiles == other_tiles
    assert (classes == other_classes).all() and (shares == other_shares).all()
    assert len(np.unique(classes)) > 2


def test_scenes_on_several_devices(tmp_path: Path) -> None:
    model = write_card(mean_of_bands(tmp_path / "mean.onnx"), ["a", "b", "c"])
    values = ((noise(3, 150, 210, "float32") - 0.5) * 12).astype(np.float32)
    raster = write_raster(tmp_path / "scene.tif", values)
    reports = [
        classify(load_model(model), str(raster), str(tmp_path / f"{number}.gpkg"),
                 RunSettings(device=device, tile_size=16, batch_size=2))
        for number, device in enumerate(("cpu", "cpu,cpu"))
    ]  # fmt: skip
    assert reports[0].class_counts == reports[1].class_counts and reports[0].tiles == reports[1].tiles > 20


def test_two_dates_on_several_devices_and_in_half_precision(tmp_path: Path) -> None:
    """A segmentation network that is run on each date: what stands for it is run by several threads, and converted."""
    model = unet(tmp_path / "m.onnx", classes=4, levels=2, mlm=True)
    first = write_raster(tmp_path / "a.tif", noise(3, 200, 220))
    second = write_raster(tmp_path / "b.tif", noise(3, 200, 220)[:, ::-1].copy())
    maps = []
    for number, (device, half) in enumerate((("cpu", False), ("cpu,cpu", False), ("cpu,cpu", True))):
        said: list[str] = []
        settings = RunSettings(device=device, tile_size=64, options=RunOptions(half=half))
        detect_change(load_model(model), str(first), str(second), str(tmp_path / f"{number}.tif"), settings,
                      feedback=Feedback(log=said.append))  # fmt: skip
        maps.append(read_raster(tmp_path / f"{number}.tif"))
        assert bool([text for text in said if text.startswith("Half precision")]) is half
    assert len(np.unique(maps[0])) > 2
    assert (maps[0] == maps[1]).all() and 0 <= (maps[0] != maps[2]).mean() < 0.01


class Slow:
    """Stands for onnxruntime's session on one device: takes its time, and says when it is in use twice at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.runs = 0
        self._busy = threading.Lock()

    def run(self, names: Any, tensors: dict[str, Any]) -> list[Any]:
        assert self._busy.acquire(blocking=False), "two runs on one device at the same time"
        try:
            time.sleep(self.seconds)
            self.runs += 1
            return [tensors["image"]]
        finally:
            self._busy.release()


def test_whichever_device_is_free_takes_the_next_batch() -> None:
    fast, slow = Slow(0.002), Slow(0.03)
    several = Networks([Network(fast, None), Network(slow, None)])
    written: list[int] = []
    seen: list[int] = []
    run_pipeline(
        range(60), lambda item: item, lambda item: several.run([], {"image": item})[0], written.append,
        cancelled=lambda: False, inferred=seen.append, lanes=2,
    )  # fmt: skip
    assert written == seen == list(range(60))
    assert fast.runs + slow.runs == 60 and slow.runs >= 2 and fast.runs > 2 * slow.runs


def test_a_slow_device_does_not_let_results_pile_up() -> None:
    alive = most = 0
    lock = threading.Lock()

    def infer(item: int) -> int:
        nonlocal alive, most
        with lock:
            alive += 1
            most = max(most, alive)
        time.sleep(0.3 if item == 0 else 0)
        return item

    def write(_item: int) -> None:
        nonlocal alive
        with lock:
            alive -= 1

    run_pipeline(range(200), lambda item: item, infer, write, cancelled=lambda: False, lanes=3)
    assert alive == 0 and most <= 2 * 3 + 3 + 3


def test_a_batch_keeps_to_its_thread_and_device() -> None:
    several = Networks([Network(Slow(0.001), None), Network(Slow(0.001), None)])
    taken: dict[int, set[int]] = {}

    def use() -> None:
        for _ in range(20):
            network = several._take()
            taken.setdefault(threading.get_ident(), set()).add(id(network))
            time.sleep(0.001)
            several._free.append(network)

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 2 and all(len(networks) == 1 for networks in taken.values())


@pytest.mark.parametrize("stage", ["read", "infer", "write", "inferred"])
def test_the_first_error_ends_all_lanes(stage: str) -> None:
    before = threading.active_count()

    def fail_at(name: str) -> Any:
        def step(item: int) -> int:
            if stage == name and item == 7:
                raise ValueError(name)
            return item

        return step

    with pytest.raises(ValueError, match=stage):
        run_pipeline(
            range(10**5), fail_at("read"), fail_at("infer"), fail_at("write"), cancelled=lambda: False,
            inferred=fail_at("inferred"), lanes=3,
        )  # fmt: skip
    assert threading.active_count() == before


def test_an_error_of_the_second_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = session._load
    opened: list[Any] = []

    class Broken:
        def run(self, *_args: Any) -> Any:
            raise RuntimeError("CUDA failure 700: an illegal memory access was encountered")

    def load_one(*args: Any) -> Any:
        opened.append(load(*args))
        if len(opened) % 2 == 0:  # the second device of every pair
            opened[-1].run = Broken().run
        return opened[-1]

    monkeypatch.setattr(session, "_load", load_one)
    model = identity(tmp_path / "m.onnx", bands=3)
    raster = write_raster(tmp_path / "a.tif", noise(3, 300, 300))
    before = threading.active_count()
    with pytest.raises(ModelError, match="illegal memory access"):
        segment(load_model(model), str(raster), str(tmp_path / "o.tif"), RunSettings(tile_size=32, device="cpu,cpu"))
    assert not (tmp_path / "o.tif").exists() and threading.active_count() == before


def slow_model(path: Path) -> Path:
    """Write a network of many operators that takes several seconds for a tile."""
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["m_in", "m_in"], ["product"]),
            helper.make_node("Tanh", ["product"], ["m_out"]),
            helper.make_node("Identity", ["keep_in"], ["keep_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("keep_in", TensorProto.BOOL, []),
            helper.make_tensor_value_info("m_in", TensorProto.FLOAT, [400, 400]),
        ],
        [
            helper.make_tensor_value_info("keep_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("m_out", TensorProto.FLOAT, [400, 400]),
        ],
    )
    nodes = [
        helper.make_node("ReduceMax", ["image"], ["top"], keepdims=0),
        helper.make_node("Mul", ["start", "top"], ["first"]),
        # a tile of zeros is what the network is tried on, and what shall not take long
        helper.make_node("Greater", ["top", "zero"], ["is_real"]),
        helper.make_node("Where", ["is_real", "many", "one"], ["count"]),
        helper.make_node("Loop", ["count", "yes", "first"], ["last"], body=body),
        helper.make_node("ReduceMax", ["last"], ["number"], keepdims=0),
        helper.make_node("Mul", ["number", "zero"], ["nothing"]),
        helper.make_node("Add", ["image", "nothing"], ["map"]),
    ]
    shape = ["n", 3, "h", "w"]
    weights = {
        "start": np.full((400, 400), 1e-3, np.float32), "zero": np.float32(0), "many": np.array(20000),
        "one": np.array(1), "yes": np.array(True),
    }  # fmt: skip
    return save(path, nodes, inputs=[("image", "float32", shape)], outputs=[("map", "float32", shape)], weights=weights)


@pytest.mark.parametrize("device", ["cpu", "cpu,cpu"])
@pytest.mark.parametrize("fold", [True, False])
def test_cancelled_in_the_middle_of_a_tile(tmp_path: Path, device: str, fold: bool) -> None:
    model = load_model(slow_model(tmp_path / "m.onnx"))
    raster = write_raster(tmp_path / "a.tif", noise(3, 200, 200))
    before = threading.active_count()
    main = threading.get_ident()
    asked: list[float] = []

    def cancelled() -> bool:
        assert threading.get_ident() == main  # feedback belongs to the thread that started the run
        asked.append(time.monotonic())
        return asked[-1] - asked[0] > 1

    settings = RunSettings(tile_size=64, device=device, options=RunOptions(fold=fold))
    started = time.monotonic()
    with pytest.raises(Cancelled):
        segment(model, str(raster), str(tmp_path / "o.tif"), settings, feedback=Feedback(cancelled=cancelled))
    assert 1 < time.monotonic() - started < 4
    assert threading.active_count() == before
    assert not (tmp_path / "o.tif").exists()


def test_a_stopped_network_runs_again(tmp_path: Path) -> None:
    """What `keep_networks` keeps has to be as good as new."""
    opened = session.open_session(slow_model(tmp_path / "m.onnx"), ("map",), device="cpu")
    image = {"image": np.ones((1, 3, 4, 4), np.float32)}
    started = time.monotonic()
    with pytest.raises(Cancelled):
        run_aside(
            lambda: opened.run(image), cancelled=lambda: time.monotonic() - started > 0.5, interrupt=opened.interrupt
        )
    assert time.monotonic() - started < 3
    zeros = {"image": np.zeros((1, 3, 4, 4), np.float32)}
    assert (opened.run(zeros)[0] == 0).all()


def test_run_aside() -> None:
    assert run_aside(lambda: 7, cancelled=lambda: False, interrupt=lambda: None) == 7
    with pytest.raises(ZeroDivisionError):
        run_aside(lambda: 1 // 0, cancelled=lambda: False, interrupt=lambda: None)


def count_threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
@pytest.mark.parametrize(("device", "threads"), [("cpu", 1), ("cpu", 2), ("cpu", 5), ("cpu,cpu", 2), ("cpu,cpu", 6)])
def test_threads(tmp_path: Path, device: str, threads: int) -> None:
    """*threads* is for all together: those of a run's lanes, and what each session of onnxruntime starts itself."""
    model = identity(tmp_path / "m.onnx")
    session.open_session(model, ("map",), device="cpu", threads=1)  # what onnxruntime starts once
    before = count_threads()
    opened = session.open_session(model, ("map",), device=device, threads=threads)
    assert count_threads() - before + opened.lanes == threads
    opened.release()
    assert count_threads() == before


def test_cores_that_the_process_may_not_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3}, raising=False)
    assert session.usable_cores() == 1
