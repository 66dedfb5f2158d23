"""From what was found on the machine to the devices that a user can choose, and to reasons why others can't be."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from ...models.runtime.devices import COREML, CUDA, DIRECTML, OPENVINO, TENSORRT
from ...models.runtime.machine import Gpu, Machine
from ...processing.base import translate

AUTO = "auto"
_GIGABYTE = 1 << 30


@dataclass(frozen=True)
class Choice:
    """One line of the list."""

    value: str
    """as DEVICE takes it"""
    label: str
    reason: str = ""
    """why it can't be used; empty when it can"""
    hint: str = ""

    @property
    def is_usable(self) -> bool:
        """Return True when a run on it would start."""
        return not self.reason


def list_choices(machine: Machine, platform: str = sys.platform, default: str = AUTO) -> tuple[Choice, ...]:
    """Return all devices of this kind of system, usable or not; *default* is the device of the user's settings."""
    processor = Choice("cpu", translate("Processor ({} cores)").format(machine.cores), hint=processor_text(machine))
    found = [processor, *_graphics(machine, platform)]
    return (_automatic(machine, found, default), *found)


def processor_text(machine: Machine) -> str:
    """Return processor, cores and memory."""
    memory = size_text(machine.memory_bytes)
    text = translate("{}, {} cores").format(machine.processor, machine.cores)
    return translate("{}, {} of memory").format(text, memory) if memory else text


def summary(machine: Machine) -> str:
    """Return one line that says what was found."""
    parts = [processor_text(machine)]
    parts += [_gpu_text(gpu) for gpu in machine.gpus.found] or [translate("no NVIDIA graphics card")]
    parts.append(
        translate("onnxruntime {}").format(machine.runtime) if machine.runtime else translate("no onnxruntime")
    )
    return "; ".join(parts) + "."


def gpu_reason(machine: Machine) -> str:
    """Return why NVIDIA's cards are not used; empty when they are."""
    trial = machine.trial("cuda")
    if trial is not None:
        return trial.reason
    driver = machine.gpus.driver
    if driver.error:
        return translate("NVIDIA's driver is missing: {}.").format(driver.error)
    if not machine.gpus.found:
        return translate("NVIDIA's driver finds no graphics card; in a container it has to be handed in.")
    return _not_offered(machine, "onnxruntime-gpu")


def size_text(size: int) -> str:
    """Return a size of memory for people; empty when it is unknown."""
    return translate("{:.0f} GB").format(size / _GIGABYTE) if size >= _GIGABYTE else ""


def _automatic(machine: Machine, found: list[Choice], default: str) -> Choice:
    if default != AUTO:
        return Choice(
            AUTO,
            translate("Automatic: {}, as set in the options").format(default),
            hint=translate("The default device of Settings ▸ Options ▸ GeONNX."),
        )
    order = ("cuda", "directml", "coreml", "cpu")
    best = next((choice for name in order for choice in found if choice.value == name and choice.is_usable), found[0])
    return Choice(
        AUTO,
        translate("Automatic: {}").format(best.label),
        hint=translate("The fastest that works. {}").format(summary(machine)),
    )


def _graphics(machine: Machine, platform: str) -> list[Choice]:
    choices: list[Choice] = []
    if platform in ("linux", "win32"):
        choices += _nvidia(machine)
    if platform == "win32":
        choices.append(
            _tried(machine, "directml", translate("Graphics card (DirectML)"), DIRECTML, "onnxruntime-directml")
        )
    if platform == "darwin":
        choices.append(_tried(machine, "coreml", translate("Apple graphics (Core ML)"), COREML, "onnxruntime"))
    if platform in ("linux", "win32"):
        openvino = "onnxruntime-openvino"
        choices.append(_tried(machine, "openvino", translate("Intel processor (OpenVINO)"), OPENVINO, openvino))
        if OPENVINO in machine.providers:
            choices.append(_tried(machine, "openvino:gpu", translate("Intel graphics (OpenVINO)"), OPENVINO, openvino))
    return choices


def _nvidia(machine: Machine) -> list[Choice]:
    gpus = machine.gpus.found
    if not gpus:
        return [Choice("cuda", translate("NVIDIA graphics card (CUDA)"), gpu_reason(machine))]
    choices = []
    for number, gpu in enumerate(gpus):
        device = f"cuda:{number}" if number else "cuda"
        trial = machine.trial(device)
        reason = gpu_reason(machine) if trial is None else trial.reason
        choices.append(Choice(device, _gpu_text(gpu), reason, translate("CUDA, card number {}").format(number)))
    if len(gpus) > 1:
        worst = next((choice.reason for choice in choices if choice.reason), "")
        devices = ",".join(f"cuda:{number}" for number in range(len(gpus)))
        choices.append(Choice(devices, translate("All {} NVIDIA cards").format(len(gpus)), worst))
    tensorrt = _tried(machine, "tensorrt", translate("NVIDIA graphics card (TensorRT)"), TENSORRT, "onnxruntime-gpu")
    hint = translate("Faster than CUDA, but compiles each model for minutes before its first run.")
    return [*choices, Choice(tensorrt.value, tensorrt.label, tensorrt.reason, hint)]


def _tried(machine: Machine, device: str, label: str, provider: str, package: str) -> Choice:
    trial = machine.trial(device)
    if trial is not None:
        return Choice(device, label, trial.reason)
    return Choice(device, label, _not_offered(machine, package) if provider != CUDA else gpu_reason(machine))


def _not_offered(machine: Machine, package: str) -> str:
    if machine.runtime_problem:
        return translate("onnxruntime is not installed: Plugins ▸ GeONNX ▸ Install components…")
    installed = " + ".join(f"{name} {version}" for name, version in machine.packages) or "onnxruntime"
    return translate("{} can't use this device; {} can: Plugins ▸ GeONNX ▸ Install components…").format(
        installed, package
    )


def _gpu_text(gpu: Gpu) -> str:
    size = size_text(gpu.memory_bytes)
    return translate("{} ({})").format(gpu.name, size) if size else gpu.name
