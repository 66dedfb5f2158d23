"""Scenes of the installer, the device picker and the options page. Nothing is installed: facts are made up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from qgis.PyQt.QtWidgets import QWidget

CARD = "NVIDIA RTX A4000 Laptop GPU"
LOG = """Looking in indexes: https://pypi.org/simple
Collecting onnxruntime<2,>=1.16
  Downloading onnxruntime-1.23.2-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl (17.4 MB)
Collecting onnx<2,>=1.15
  Downloading onnx-1.19.1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl (18.2 MB)
Collecting flatbuffers (from onnxruntime<2,>=1.16)
  Downloading flatbuffers-25.9.23-py2.py3-none-any.whl (30 kB)"""


def scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield each state worth looking at."""
    yield from installer_scenes(stage)
    yield from device_scenes(stage)
    yield from settings_scenes(stage)


def installer_scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield the installer's states, by the same calls that the installer makes itself."""
    from geonnx.ui.setup.dialog import InstallDialog
    from geonnx.ui.setup.plan import Facts, PythonFacts

    python = PythonFacts("/usr/bin/python3", (3, 11), "24.1", (("numpy", "1.24.2"),))
    home = "/home/anna/.local/share/QGIS/QGIS3/profiles/default/geonnx"
    facts = Facts("linux", "x86_64", python, "1.24.2", home)
    card = replace(facts, gpus=(CARD,), cuda=(12, 4))

    dialog = InstallDialog()
    dialog.start_looking = lambda: None
    dialog._missing = ("onnxruntime", "onnx")
    dialog.show()
    yield "installer_looking", dialog
    dialog._propose(facts)
    yield "installer_offer", dialog
    dialog._propose(card)
    yield "installer_offer_gpu", dialog
    dialog._propose(replace(facts, python=replace(python, pip="")))
    yield "installer_no_pip", dialog
    dialog._propose(facts)
    dialog.form.sources.setCurrentIndex(1)
    yield "installer_offline", dialog
    dialog.form.sources.setCurrentIndex(0)
    for line in LOG.splitlines():
        dialog.form.add_line(line)
    dialog._set_state("running")
    dialog.form.heading.setText("Installing onnxruntime>=1.16,<2 …")
    dialog.form.show_progress(0.62)
    yield "installer_running", dialog
    dialog.form.add_line("ERROR: Could not find a version that satisfies the requirement onnx<2,>=1.15")
    dialog._ended(
        "failed",
        "The package index could not be reached. Check the network and the proxy (Settings ▸ Options ▸ Network), or "
        "install without network: choose 'Folder with wheels' above. Nothing was changed.",
    )
    yield "installer_failed", dialog
    dialog._missing = ()
    dialog._after_change = (
        "Installed: onnxruntime 1.23.2 (AzureExecutionProvider, CPUExecutionProvider), onnx 1.19.1. It can be used now."
    )
    dialog._propose(replace(facts, own_packages=(("onnx", "1.19.1"), ("onnxruntime", "1.23.2")), can_undo=True))
    yield "installer_done", dialog
    dialog.stop()
    dialog.close()
    dialog.deleteLater()


def device_scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield the device picker on several machines, as narrow as in a dock."""
    from geonnx.models.runtime.gpu_help import Driver
    from geonnx.models.runtime.machine import Gpu, Gpus, Machine, Trial
    from geonnx.ui.devices.picker import DevicePicker

    plain = Machine(
        "AMD Ryzen 7 5800H with Radeon Graphics", 16, 32 << 30, Gpus(Driver("libcuda.so.1 is not there")), "1.23.2", "",
        (("onnxruntime", "1.23.2"),), ("AzureExecutionProvider", "CPUExecutionProvider"),
    )  # fmt: skip
    gpus = Gpus(Driver(cuda=(12, 4), devices=1), (Gpu(CARD, 8 << 30),))
    unused = replace(plain, gpus=gpus)
    works = replace(
        unused,
        packages=(("onnxruntime-gpu", "1.26.0"),),
        runtime="1.26.0",
        providers=("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"),
        trials=(Trial("cuda"), Trial("tensorrt", "the library libnvinfer.so.10 is not found")),
    )
    for name, machine in (("no_card", plain), ("card_unused", unused), ("card", works)):
        picker = DevicePicker()
        picker._take(machine)
        picker.resize(33 * picker.fontMetrics().averageCharWidth(), picker.sizeHint().height())
        picker.show()
        stage.settle()
        picker.resize(picker.width(), picker.heightForWidth(picker.width()))
        yield f"devices_{name}", picker
        if name == "card_unused":
            picker.setDevice("cuda")
            yield "devices_card_chosen", picker
        picker._combo.showPopup()
        stage.settle()
        yield f"devices_{name}_list", picker._combo.view().window()
        picker._combo.hidePopup()
        picker.close()
        picker.deleteLater()


def settings_scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield the options page, right and wrong."""
    from geonnx.ui.settings.page import SettingsPage
    from geonnx.ui.settings.store import UserSettings

    # the usual case: no variable that wins over a setting
    for name in ("GEONNX_MODELS", "GEONNX_CACHE"):
        os.environ.pop(name, None)
    page = SettingsPage(None, lambda: None)
    page.resize(70 * page.fontMetrics().averageCharWidth(), 38 * page.fontMetrics().lineSpacing())
    page.show()
    stage.wait(lambda: page.form.device.machine() is not None)
    yield "settings", page
    page.form.setSettings(
        UserSettings("models", "/proc/geonnx", "cuda", 4, ("https://example.org/catalog.json", "ftp://example.org/x"))
    )
    stage.wait(lambda: len(page.form.problems()) >= 2)
    yield "settings_wrong", page
    page.close()
    page.deleteLater()
