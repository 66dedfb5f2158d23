"""Why a GPU is not used: each cause is said by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from geonnx.models import Feedback, RunOptions, RunSettings, load_model, segment
from geonnx.models.errors import DeviceError
from geonnx.models.runtime import devices, gpu_help, session
from geonnx.models.runtime.compiled import compiled_folder
from geonnx.models.runtime.gpu_help import Driver, explain_failure, explain_package, operators_elsewhere

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import identity, unet

CUDA = "CUDAExecutionProvider"
GPU_RUNTIME = SimpleNamespace(cuda_version="13.0", __version__="1.31.1")


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ({"onnxruntime": "1.31.1"}, "'pip uninstall onnxruntime', then 'pip install onnxruntime-gpu'"),
        ({"onnxruntime": "1.31.1", "onnxruntime-gpu": "1.31.1"}, "are both installed and overwrite each other"),
        ({"onnxruntime-gpu": "1.31.1"}, "does not offer it on this system"),
        ({}, "no package of it is installed"),
    ],
)
def test_package(packages: dict[str, str], expected: str) -> None:
    assert expected in explain_package(CUDA, packages)


@pytest.mark.parametrize(
    ("driver", "library", "expected"),
    [
        (Driver("libcuda.so.1 is not there"), "", "NVIDIA's driver is missing: libcuda.so.1 is not there"),
        (Driver("", (13, 0), 0), "", "finds no GPU"),
        (Driver("", (12, 4), 1), "", "the driver is too old: it runs CUDA 12.4, and onnxruntime-gpu 1.31.1 is built"),
        (Driver("", (13, 0), 1), "libcublasLt.so.13", "the library libcublasLt.so.13 is not found"),
        (Driver("", (13, 1), 2), "libnvinfer.so.10", "'pip install tensorrt' brings it"),
        (Driver("", (13, 0), 1), "", "does not start all the same"),
    ],
)
def test_driver_and_libraries(driver: Driver, library: str, expected: str) -> None:
    said = explain_failure(GPU_RUNTIME, CUDA, driver=lambda: driver, library=lambda _runtime, _provider: library)
    assert expected in said


def test_what_is_true_here() -> None:
    """Whatever this machine is, asking must not fail."""
    driver = gpu_help.read_driver()
    assert driver.error or driver.cuda >= (1, 0)
    assert "onnxruntime" in " ".join(gpu_help.installed_packages())


class FakeHandle:
    """A session whose operators lie where the test says, and that takes so many tiles at most."""

    def __init__(self, providers: list[str], nodes: dict[str, list[str]]) -> None:
        self.providers, self.nodes = providers, nodes

    def get_providers(self) -> list[str]:
        return self.providers

    def get_provider_graph_assignment_info(self) -> list[Any]:
        return [
            SimpleNamespace(
                ep_name=name, get_nodes=lambda kinds=kinds: [SimpleNamespace(op_type=kind) for kind in kinds]
            )
            for name, kinds in self.nodes.items()
        ]


def fake_runtime(
    monkeypatch: pytest.MonkeyPatch, handle: FakeHandle, offered: list[str], version: str = "1.31.1"
) -> list[tuple[Any, list[Any]]]:
    """Let a runtime that offers these providers give *handle*; return what it was asked for: options and providers."""
    real = session.import_onnxruntime()
    asked: list[tuple[Any, list[Any]]] = []

    def make(_source: Any, options: Any, providers: list[Any]) -> FakeHandle:
        asked.append((options, providers))
        return handle

    def preload() -> None:
        print("advice that must not reach standard output")

    runtime = SimpleNamespace(
        get_available_providers=lambda: offered,
        SessionOptions=real.SessionOptions,
        InferenceSession=make,
        preload_dlls=preload,
        __version__=version,
        __file__="/nowhere/__init__.py",
        cuda_version="13.0",
    )
    monkeypatch.setattr(session, "import_onnxruntime", lambda: runtime)
    return asked


def test_fallback_is_a_warning_and_a_named_device_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = identity(tmp_path / "m.onnx")
    fake_runtime(monkeypatch, FakeHandle(["CPUExecutionProvider"], {}), [CUDA, "CPUExecutionProvider"])
    monkeypatch.setattr(session, "explain_failure", lambda _runtime, _provider: "the library libx.so.1 is not found")
    opened = session.open_session(model, ("map",))
    assert opened.warning == (
        "The model runs on CPUExecutionProvider, since CUDAExecutionProvider could not start: the library libx.so.1 is "
        "not found."
    )
    with pytest.raises(DeviceError, match=r"DEVICE=cuda:1 does not work here: the library libx\.so\.1 is not found"):
        session.open_session(model, ("map",), device="cuda:1")
    assert capsys.readouterr().out == ""


def test_operators_on_the_cpu_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = identity(tmp_path / "m.onnx")
    nodes = {CUDA: ["Conv"] * 12, "CPUExecutionProvider": ["NonZero"] * 6 + ["Loop"]}
    fake_runtime(monkeypatch, FakeHandle([CUDA], nodes), [CUDA, "CPUExecutionProvider"])
    said = session.open_session(model, ("map",)).warning
    assert "7 of the model's 19 operators run on the CPU" in said and "NonZero (6), Loop (1)" in said
    few = {CUDA: ["Conv"] * 12, "CPUExecutionProvider": ["Shape"]}
    fake_runtime(monkeypatch, FakeHandle([CUDA], few), [CUDA, "CPUExecutionProvider"])
    assert session.open_session(model, ("map",)).warning == ""


def test_a_named_device_that_takes_no_operator_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = identity(tmp_path / "m.onnx")
    fake_runtime(monkeypatch, FakeHandle([CUDA], {"CPUExecutionProvider": ["Loop", "NonZero"]}), [CUDA])
    with pytest.raises(DeviceError, match=r"CUDAExecutionProvider takes none of its 2 operators \(Loop \(1\), NonZero"):
        session.open_session(model, ("map",), device="cuda")
    assert "2 of the model's 2 operators" in session.open_session(model, ("map",)).warning


def test_operators_that_tensorrt_leaves_to_cuda_are_on_the_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = {"TensorrtExecutionProvider": ["Conv"] * 3, CUDA: ["NonZero"] * 9}
    fake_runtime(monkeypatch, FakeHandle(["TensorrtExecutionProvider"], nodes), ["TensorrtExecutionProvider", CUDA])
    assert session.open_session(identity(tmp_path / "m.onnx"), ("map",), device="tensorrt").warning == ""


CPU = "CPUExecutionProvider"
PLAIN_CUDA = {"device_id": "0", "cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}


@pytest.mark.parametrize(("device", "version", "half", "expected"), [
    ("cuda", "1.31.1", False, [("CUDAExecutionProvider", PLAIN_CUDA), CPU]),
    ("cuda:2", "1.17.0", False,
     [("CUDAExecutionProvider", {"device_id": "2", "cudnn_conv_algo_search": "HEURISTIC"}), CPU]),
    ("directml:1", "1.24.1", False, [("DmlExecutionProvider", {"device_id": "1"}), CPU]),
    ("tensorrt", "1.16.0", True, [
        ("TensorrtExecutionProvider", {
            "device_id": "0", "trt_fp16_enable": "True", "trt_engine_cache_enable": "True",
            "trt_engine_cache_path": "FOLDER", "trt_timing_cache_enable": "True"}),
        ("CUDAExecutionProvider", {"device_id": "0", "cudnn_conv_algo_search": "HEURISTIC"}), CPU]),
    ("tensorrt:1", "1.31.1", False, [
        ("TensorrtExecutionProvider", {
            "device_id": "1", "trt_engine_cache_enable": "True", "trt_engine_cache_path": "FOLDER",
            "trt_timing_cache_enable": "True", "trt_timing_cache_path": "ABOVE"}),
        ("CUDAExecutionProvider", {**PLAIN_CUDA, "device_id": "1"}), CPU]),
    ("coreml", "1.19.2", False, ["CoreMLExecutionProvider", CPU]),
    ("coreml", "1.20.0", True,
     [("CoreMLExecutionProvider", {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"}), CPU]),
    ("coreml", "1.24.1", True, [
        ("CoreMLExecutionProvider", {
            "ModelFormat": "MLProgram", "MLComputeUnits": "ALL", "AllowLowPrecisionAccumulationOnGPU": "1",
            "ModelCacheDirectory": "FOLDER"}), CPU]),
    ("openvino", "1.24.1", True,
     [("OpenVINOExecutionProvider", {"device_type": "CPU", "precision": "FP32", "num_of_threads": "3"}), CPU]),
    ("openvino:gpu", "1.24.1", False,
     [("OpenVINOExecutionProvider", {"device_type": "GPU", "precision": "FP32", "cache_dir": "FOLDER"}), CPU]),
    ("openvino:gpu.1", "1.24.1", True,
     [("OpenVINOExecutionProvider", {"device_type": "GPU.1", "precision": "FP16", "cache_dir": "FOLDER"}), CPU]),
    ("openvino:npu", "1.24.1", False,
     [("OpenVINOExecutionProvider", {"device_type": "NPU", "precision": "FP16", "cache_dir": "FOLDER"}), CPU]),
    ("openvino", "1.17.1", False, [("OpenVINOExecutionProvider", {"device_type": "CPU_FP32"}), CPU]),
    ("cpu", "1.31.1", True, [CPU]),
    ("auto", "1.31.1", False,
     [("CUDAExecutionProvider", PLAIN_CUDA), ("DmlExecutionProvider", {"device_id": "0"}),
      ("CoreMLExecutionProvider", {
          "ModelFormat": "MLProgram", "MLComputeUnits": "ALL", "AllowLowPrecisionAccumulationOnGPU": "0",
          "ModelCacheDirectory": "FOLDER"}), CPU]),
])  # fmt: skip
def test_what_onnxruntime_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, version: str, half: bool, expected: list[Any]
) -> None:
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "cache"))
    offered = [*devices._PROVIDERS.values()]
    first = expected[0] if isinstance(expected[0], str) else expected[0][0]
    asked = fake_runtime(monkeypatch, FakeHandle([first], {}), offered, version)
    opened = session.open_session(identity(tmp_path / "m.onnx"), ("map",), device=device, threads=3, half=half)
    ((options, providers),) = asked
    found = [
        (
            name,
            {
                key: value.replace(str(folder), "FOLDER").replace(str(folder.parent), "ABOVE")
                for key, value in more.items()
            },
        )
        for folder in [next(iter((tmp_path / "cache" / "compiled").glob("*")), Path("/none/none"))]
        for name, more in (each if isinstance(each, tuple) else (each, {}) for each in providers)
    ]
    assert [each if each[1] else each[0] for each in found] == expected
    # two tiles at a time on a processor: each has its own thread, and those that the session has beside it
    assert options.intra_op_num_threads == 4 - opened.runs and options.inter_op_num_threads == 1
    assert options.use_deterministic_compute
    assert not options.enable_mem_pattern and options.enable_cpu_mem_arena
    assert options.execution_mode.name == "ORT_SEQUENTIAL"
    assert opened.on_cpu is (device in ("cpu", "openvino"))


def test_compiled_networks_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorRT finds its engines by names in the graph: the same graph with other weights must not find them."""
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "cache"))
    asked = fake_runtime(
        monkeypatch, FakeHandle(["TensorrtExecutionProvider"], {}), ["TensorrtExecutionProvider", CUDA]
    )
    first = unet(tmp_path / "a.onnx", classes=3, levels=1, seed=1).read_bytes()
    second = unet(tmp_path / "b.onnx", classes=3, levels=1, seed=2).read_bytes()
    for content, half in ((first, False), (second, False), (first, True), (first, False)):
        session.open_session(content, ("map",), device="tensorrt", half=half)
    folders = [providers[0][1]["trt_engine_cache_path"] for _, providers in asked]
    assert folders[0] == folders[3] and len(set(folders)) == 3 and all(Path(folder).is_dir() for folder in folders)
    (tmp_path / "file").touch()
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "file" / "cache"))  # can't be made: nothing is kept
    session.open_session(first, ("map",), device="tensorrt")
    assert asked[-1][1][0][1] == {"device_id": "0"}


def test_old_compiled_networks_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path))
    (tmp_path / "compiled" / "mine").mkdir(parents=True)
    made = [compiled_folder(str(number).encode(), half=False) for number in range(40)]
    for number, folder in enumerate(made):
        if folder is not None and folder.exists():
            (folder / "engine").write_bytes(b"1")
            os.utime(folder, (number, number))
    first = compiled_folder(b"9", half=False)  # used again: not the oldest any more
    for number in range(40, 60):
        compiled_folder(str(number).encode(), half=False)
    left = {path.name for path in (tmp_path / "compiled").iterdir()}
    assert len(left) == 33 and "mine" in left and first is not None and first.name in left


def test_several_gpus_are_opened_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fake_runtime(monkeypatch, FakeHandle([CUDA], {}), [CUDA, CPU])
    opened = session.open_session(identity(tmp_path / "m.onnx"), ("map",), device="cuda:0,cuda:3", threads=8)
    assert [providers[0][1]["device_id"] for _, providers in asked] == ["0", "3"]
    assert [options.intra_op_num_threads for options, _ in asked] == [4, 4]
    assert opened.lanes == 2 and opened.provider == CUDA and not opened.on_cpu
    fake_runtime(monkeypatch, FakeHandle([CPU], {}), [CUDA, CPU])
    monkeypatch.setattr(session, "explain_failure", lambda _runtime, _provider: "its fan is loud")
    with pytest.raises(DeviceError, match="DEVICE=cuda:0 does not work here: its fan is loud"):
        session.open_session(identity(tmp_path / "m.onnx"), ("map",), device="cuda:0,cuda:3")


def test_openvino_without_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_runtime(monkeypatch, FakeHandle([CPU], {}), ["OpenVINOExecutionProvider", CPU])
    with pytest.raises(DeviceError, match=r"OpenVINO finds no GPU\.1 on this machine; install Intel's driver for it"):
        session.open_session(identity(tmp_path / "m.onnx"), ("map",), device="openvino:gpu.1")


@pytest.mark.parametrize("fold", [True, False])
def test_openvino_gives_the_classes_of_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fold: bool) -> None:
    """Runs where onnxruntime-openvino takes the place of onnxruntime."""
    if "OpenVINOExecutionProvider" not in session.import_onnxruntime().get_available_providers():
        pytest.skip("this onnxruntime is not the one for OpenVINO")
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "cache"))
    model = unet(tmp_path / "m.onnx", classes=5, levels=2, mlm=True)
    raster = write_raster(tmp_path / "a.tif", noise(3, 300, 280))
    maps = []
    for device in ("cpu", "openvino", "openvino,openvino"):
        warned: list[str] = []
        out = tmp_path / f"{device}.tif"
        settings = RunSettings(device=device, tile_size=64, options=RunOptions(fold=fold))
        report = segment(load_model(model), str(raster), str(out), settings, feedback=Feedback(warn=warned.append))
        assert report.provider == (CPU if device == "cpu" else "OpenVINOExecutionProvider")
        assert not [text for text in warned if "Provider" in text]
        maps.append(read_raster(out))
    assert (maps[0] != maps[1]).mean() < 1e-4 and (maps[1] == maps[2]).all()
    with pytest.raises(DeviceError, match="OpenVINO finds no NPU"):
        session.open_session(model, ("map",), device="openvino:npu")


def test_real_assignment_and_old_versions(tmp_path: Path) -> None:
    opened = session.open_session(identity(tmp_path / "m.onnx"), ("map",), device="cpu")
    total, elsewhere = operators_elsewhere(opened.handle.inner, "CPUExecutionProvider")
    is_told = hasattr(opened.handle.inner, "get_provider_graph_assignment_info")  # since onnxruntime 1.24
    assert (total >= 1) is is_told and not elsewhere
    assert operators_elsewhere(SimpleNamespace(), CUDA) == (0, {})
    assert opened.run({"image": np.zeros((1, 1, 3, 3), np.float32)})[0].shape == (1, 1, 3, 3)


def test_nothing_of_onnxruntime_on_standard_output(root: Path, tmp_path: Path) -> None:
    """A device that does not work is one sentence on our side, and no line of onnxruntime's on any stream."""
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1])\n"
        "from geonnx.models.runtime.session import open_session\n"
        "from geonnx.models.errors import DeviceError\n"
        "from pathlib import Path\n"
        "try: open_session(Path(sys.argv[2]), ('map',), device='directml')\n"
        "except DeviceError as error: print(json.dumps(str(error)))\n"
    )
    (tmp_path / "geonnx").symlink_to(root, target_is_directory=True)
    model = identity(tmp_path / "m.onnx")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), str(model)], capture_output=True, text=True, check=True
    )
    assert "onnxruntime-directml" in json.loads(done.stdout)
    assert done.stderr == ""
