"""What can compute on this machine: cores, memory, NVIDIA's cards, and whether onnxruntime really starts on each."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import GeonnxError
from .devices import COREML, CUDA, DIRECTML, OPENVINO, TENSORRT
from .gpu_help import Driver, installed_packages, read_driver
from .session import import_onnxruntime, open_session, usable_cores

_LONGEST_NAME = 256
_TINY = (
    # ONNX: y = Relu(x), float32 [1, 3, 8, 8], opset 13
    b'\x08\x08:K\n\x0c\n\x01x\x12\x01y"\x04Relu\x12\x01gZ\x1b\n\x01x\x12\x16\n\x14\x08\x01\x12\x10\n\x02\x08\x01\n\x02'
    b"\x08\x03\n\x02\x08\x08\n\x02\x08\x08b\x1b\n\x01y\x12\x16\n\x14\x08\x01\x12\x10\n\x02\x08\x01\n\x02\x08\x03\n\x02"
    b"\x08\x08\n\x02\x08\x08B\x04\n\x00\x10\r"
)
_TRIED = (
    ("cuda", CUDA), ("tensorrt", TENSORRT), ("directml", DIRECTML), ("coreml", COREML), ("openvino:gpu", OPENVINO),
    ("openvino", OPENVINO),
)  # fmt: skip


@dataclass(frozen=True)
class Gpu:
    """A graphics card of NVIDIA; its place in the list is the N of ``cuda:N``."""

    name: str
    memory_bytes: int


@dataclass(frozen=True)
class Gpus:
    """NVIDIA's driver and the cards that it finds."""

    driver: Driver
    found: tuple[Gpu, ...] = ()


@dataclass(frozen=True)
class Trial:
    """Whether a device works."""

    device: str
    """as DEVICE takes it"""
    reason: str = ""
    """why it does not; empty when it does"""


@dataclass(frozen=True)
class Machine:
    """All that was found."""

    processor: str
    cores: int
    """that this process may use"""
    memory_bytes: int
    """0: unknown"""
    gpus: Gpus
    runtime: str
    """version of onnxruntime; empty when it can't be loaded"""
    runtime_problem: str
    packages: tuple[tuple[str, str], ...]
    """packages of onnxruntime that are installed, with their versions"""
    providers: tuple[str, ...]
    """what onnxruntime offers"""
    trials: tuple[Trial, ...] = ()
    """devices beside the processor that onnxruntime offers, each tried"""

    def trial(self, device: str) -> Trial | None:
        """Return the trial of a device; None where it was not tried."""
        return next((trial for trial in self.trials if trial.device == device), None)


def read_machine() -> Machine:
    """Look at this machine and try every device that onnxruntime offers; takes up to seconds on the first call."""
    gpus = read_gpus()
    problem, version = "", ""
    providers: tuple[str, ...] = ()
    try:
        runtime = import_onnxruntime()
        version, providers = str(runtime.__version__), tuple(runtime.get_available_providers())
    except GeonnxError as error:
        problem = str(error)
    return Machine(
        processor=_processor(),
        cores=usable_cores(),
        memory_bytes=memory_bytes(),
        gpus=gpus,
        runtime=version,
        runtime_problem=problem,
        packages=tuple(installed_packages().items()),
        providers=providers,
        trials=tuple(try_device(device) for device, provider in _devices(gpus) if provider in providers),
    )


def try_device(device: str, start: Callable[..., Any] = open_session) -> Trial:
    """Start a network of one operator on a device, as a run would; say why that fails."""
    try:
        start(_TINY, ("y",), device=device, threads=1).release()
    except GeonnxError as error:
        return Trial(device, str(error))
    return Trial(device)


def read_gpus() -> Gpus:
    """Ask NVIDIA's driver for its cards, in the order in which CUDA numbers them."""
    driver = read_driver()
    if driver.error or not driver.devices:
        return Gpus(driver)
    try:
        library = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        return Gpus(driver, tuple(_read_gpu(library, number) for number in range(driver.devices)))
    except (OSError, AttributeError) as error:
        return Gpus(Driver(error=f"it does not answer ({error})", cuda=driver.cuda))


def _read_gpu(library: Any, number: int) -> Gpu:
    handle, size = ctypes.c_int(), ctypes.c_size_t()
    name = ctypes.create_string_buffer(_LONGEST_NAME)
    library.cuDeviceGet(ctypes.byref(handle), number)
    library.cuDeviceGetName(name, _LONGEST_NAME, handle)
    library.cuDeviceTotalMem_v2(ctypes.byref(size), handle)
    return Gpu(name.value.decode("utf-8", "replace") or f"GPU {number}", size.value)


def _devices(gpus: Gpus) -> list[tuple[str, str]]:
    """Return the devices to try with the providers that they need; each card of NVIDIA by its number."""
    others = [(f"cuda:{number}", CUDA) for number in range(1, len(gpus.found))]
    return [_TRIED[0], *others, *_TRIED[1:]]


def memory_bytes() -> int:
    """Return the memory of the machine; 0 where the system does not say."""
    if sys.platform == "win32":
        return _windows_memory()
    try:
        return int(os.sysconf("SC_PAGE_SIZE")) * int(os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return 0


def _windows_memory() -> int:
    """Return what GlobalMemoryStatusEx says."""

    class Status(ctypes.Structure):
        _fields_ = (
            *((name, ctypes.c_uint32) for name in ("length", "load")),
            *((name, ctypes.c_uint64) for name in ("total", "free", "page", "page_free", "own", "own_free", "more")),
        )

    status = Status()
    status.length = ctypes.sizeof(Status)
    kernel = getattr(ctypes, "windll", None)
    if kernel is None or not kernel.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return 0
    return int(status.total)


def _processor() -> str:
    """Return the processor's name as its maker writes it, or the kind of machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
