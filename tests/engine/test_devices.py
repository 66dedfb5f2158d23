"""Why a GPU is not used: each cause is said by name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from geonnx.models.errors import DeviceError
from geonnx.models.runtime import gpu_help, session
from geonnx.models.runtime.gpu_help import Driver, explain_failure, explain_package, operators_elsewhere

from ..tiny_models import identity

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


def fake_runtime(monkeypatch: pytest.MonkeyPatch, handle: FakeHandle, offered: list[str]) -> None:
    real = session.import_onnxruntime()

    def preload() -> None:
        print("advice that must not reach standard output")

    runtime = SimpleNamespace(
        get_available_providers=lambda: offered,
        SessionOptions=real.SessionOptions,
        InferenceSession=lambda *_args, **_more: handle,
        preload_dlls=preload,
        __version__="1.31.1",
        __file__="/nowhere/__init__.py",
        cuda_version="13.0",
    )
    monkeypatch.setattr(session, "import_onnxruntime", lambda: runtime)


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


def test_real_assignment_and_old_versions(tmp_path: Path) -> None:
    opened = session.open_session(identity(tmp_path / "m.onnx"), ("map",), device="cpu")
    total, elsewhere = operators_elsewhere(opened.handle, "CPUExecutionProvider")
    assert total >= 1 and not elsewhere
    assert operators_elsewhere(SimpleNamespace(), CUDA) == (0, {})
    assert opened.run({"image": np.zeros((1, 1, 3, 3), np.float32)})[0].shape == (1, 1, 3, 3)


def test_nothing_of_onnxruntime_on_standard_output(root: Path, tmp_path: Path) -> None:
    """A device that does not work is one sentence on our side, and no line of onnxruntime's on any stream."""
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1])\n"
        "from geonnx.models.runtime.session import open_session\n"
        "from geonnx.models.errors import DeviceError\n"
        "from pathlib import Path\n"
        "try: open_session(Path(sys.argv[2]), ('map',), device='openvino')\n"
        "except DeviceError as error: print(json.dumps(str(error)))\n"
    )
    (tmp_path / "geonnx").symlink_to(root, target_is_directory=True)
    model = identity(tmp_path / "m.onnx")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), str(model)], capture_output=True, text=True, check=True
    )
    assert "onnxruntime-openvino" in json.loads(done.stdout)
    assert done.stderr == ""
