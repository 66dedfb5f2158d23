"""Which devices are offered on which machine, and what the list does with them."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from geonnx.models.errors import DeviceError
from geonnx.models.runtime.gpu_help import Driver
from geonnx.models.runtime.machine import Gpu, Gpus, Machine, Trial, memory_bytes, read_machine, try_device
from geonnx.ui.devices import known
from geonnx.ui.devices import picker as picker_module
from geonnx.ui.devices.choices import gpu_reason, list_choices, summary
from geonnx.ui.devices.picker import DevicePicker
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QComboBox, QLabel

from .conftest import settle, wait_for

CPU = "CPUExecutionProvider"
PLAIN = Machine(
    "A processor", 8, 16 << 30, Gpus(Driver("libcuda.so.1 is not there")), "1.26.0", "", (("onnxruntime", "1.26.0"),),
    (CPU,),
)  # fmt: skip
CARDS = Gpus(Driver(cuda=(12, 4), devices=2), (Gpu("Big card", 24 << 30), Gpu("Small card", 8 << 30)))
UNUSED = replace(PLAIN, gpus=CARDS)
GPU = replace(
    UNUSED,
    packages=(("onnxruntime-gpu", "1.26.0"),),
    providers=("TensorrtExecutionProvider", "CUDAExecutionProvider", CPU),
    trials=(Trial("cuda"), Trial("cuda:1"), Trial("tensorrt", "libnvinfer.so.10 is not found")),
)


@pytest.fixture(autouse=True)
def forgotten():
    known.forget_machine()
    yield
    known.forget_machine()


@pytest.fixture
def picker(qgis_app):
    made = DevicePicker()
    made.told = []
    made.deviceChanged.connect(made.told.append)
    yield made
    made.close()
    made.deleteLater()
    settle()


def usable(machine: Machine, platform: str = "linux") -> list[str]:
    return [choice.value for choice in list_choices(machine, platform) if choice.is_usable]


def combo(picker: DevicePicker) -> QComboBox:
    return picker.findChild(QComboBox)


def test_only_what_works_can_be_chosen():
    assert usable(PLAIN) == ["auto", "cpu"]
    assert usable(UNUSED) == ["auto", "cpu"]
    assert usable(GPU) == ["auto", "cpu", "cuda", "cuda:1", "cuda:0,cuda:1"]
    mac = replace(PLAIN, providers=("CoreMLExecutionProvider", CPU), trials=(Trial("coreml"),))
    assert usable(mac, "darwin") == ["auto", "cpu", "coreml"]
    directml = replace(PLAIN, providers=("DmlExecutionProvider", CPU), trials=(Trial("directml"),))
    assert usable(directml, "win32") == ["auto", "cpu", "directml"]


def test_automatic_says_what_it_takes():
    assert list_choices(PLAIN, "linux")[0].label == "Automatic: Processor (8 cores)"
    assert list_choices(GPU, "linux")[0].label == "Automatic: Big card (24 GB)"
    assert "cpu" in list_choices(GPU, "linux", default="cpu")[0].label


@pytest.mark.parametrize(
    ("machine", "part"),
    [
        (PLAIN, "libcuda.so.1 is not there"),
        (replace(PLAIN, gpus=Gpus(Driver(cuda=(12, 4)))), "finds no graphics card"),
        (UNUSED, "onnxruntime 1.26.0 can't use this device; onnxruntime-gpu can"),
        (replace(UNUSED, runtime="", runtime_problem="no module"), "onnxruntime is not installed"),
        (replace(GPU, trials=(Trial("cuda", "libcudnn.so.9 is not found"),)), "libcudnn.so.9"),
        (GPU, ""),
    ],
)
def test_why_a_card_is_not_used(machine, part):
    reason = gpu_reason(machine)
    assert part in reason
    assert bool(reason) == bool(part)


def test_the_summary_names_memory():
    text = summary(GPU)
    for part in (
        "A processor, 8 cores, 16 GB of memory",
        "Big card (24 GB)",
        "Small card (8 GB)",
        "onnxruntime 1.26.0",
    ):
        assert part in text
    assert "no NVIDIA graphics card" in summary(PLAIN)


def test_this_machine_is_found():
    machine = read_machine()
    assert machine.cores >= 1
    assert machine.memory_bytes == memory_bytes() > 1 << 28
    assert CPU in machine.providers
    assert machine.processor


def test_a_device_is_tried_as_a_run_would_use_it():
    assert try_device("cpu") == Trial("cpu")

    def refuse(*_words, **_options):
        raise DeviceError("DEVICE=cuda does not work here.")

    assert try_device("cuda", refuse).reason == "DEVICE=cuda does not work here."


def test_nothing_is_looked_for_until_the_list_is_seen(picker, monkeypatch):
    threads: list[str] = []

    def look(*, again: bool = False) -> Machine:
        threads.append(threading.current_thread().name)
        return GPU

    monkeypatch.setattr(picker_module, "find_machine", look)
    settle()
    assert threads == []
    assert picker.device() == "auto"
    picker.show()
    wait_for(lambda: picker.machine() is not None)
    assert threads == ["geonnx reader"], "not in the windows' thread"
    assert combo(picker).count() == 7, "TensorRT and OpenVINO are shown, greyed"


def test_unusable_ones_are_grey_and_say_why(picker):
    picker._take(UNUSED)
    row = combo(picker).findData("cuda")
    assert not combo(picker).model().item(row).isEnabled()
    assert "onnxruntime-gpu can" in combo(picker).itemData(row, Qt.ItemDataRole.ToolTipRole)


def test_choosing_tells_once(picker):
    picker._take(GPU)
    combo(picker).activated.emit(combo(picker).findData("cuda:1"))
    assert picker.device() == "cuda:1"
    picker.setDevice("cuda:1")
    assert picker.told == ["cuda:1"]
    picker.setDevice("")
    assert picker.told == ["cuda:1", "auto"]


def test_a_choice_that_does_not_work_stays_and_is_red(picker):
    picker.setDevice("cuda")
    assert picker.device() == "cuda"
    assert picker.problem() == ""
    picker._take(UNUSED)
    assert picker.device() == "cuda"
    assert "onnxruntime-gpu" in picker.problem()
    label = picker.findChild(QLabel)
    assert label.text() == picker.problem()


def test_what_is_not_in_the_list_can_be_set(picker):
    picker.setDevice("dask://host:8786")
    picker._take(PLAIN)
    assert picker.device() == "dask://host:8786"
    assert combo(picker).currentText() == "dask://host:8786"


def test_a_failure_is_told_and_auto_remains(picker, monkeypatch):
    def fail(*, again: bool = False) -> Machine:
        raise DeviceError("The driver hangs.")

    monkeypatch.setattr(picker_module, "find_machine", fail)
    picker.show()
    wait_for(lambda: picker.findChild(QLabel).text() == "The driver hangs.")
    assert picker.device() == "auto"


def test_the_user_s_default_is_named(picker):
    QgsSettings().setValue("geonnx/device", "cpu")
    try:
        picker._take(GPU)
        assert combo(picker).itemText(0) == "Automatic: cpu, as set in the options"
    finally:
        QgsSettings().remove("geonnx/device")


def test_looking_once_is_enough_for_all_lists(monkeypatch):
    calls: list[int] = []
    monkeypatch.setattr(known, "read_machine", lambda: calls.append(1) or PLAIN)
    assert known.known_machine() is None
    assert known.find_machine() is known.find_machine() is known.known_machine()
    assert len(calls) == 1
    known.find_machine(again=True)
    assert len(calls) == 2
