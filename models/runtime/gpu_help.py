"""Why a GPU is not used: which of package, driver and libraries is missing, by name."""

from __future__ import annotations

import ctypes
import importlib.metadata
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino")
_WANTED = {
    "CUDAExecutionProvider": "onnxruntime-gpu",
    "TensorrtExecutionProvider": "onnxruntime-gpu",
    "DmlExecutionProvider": "onnxruntime-directml",
    "OpenVINOExecutionProvider": "onnxruntime-openvino",
}
_LIBRARIES = {"CUDAExecutionProvider": "providers_cuda", "TensorrtExecutionProvider": "providers_tensorrt"}
_CPU = "CPUExecutionProvider"
_NO_DEVICE = 100
"""CUDA_ERROR_NO_DEVICE"""


@dataclass(frozen=True)
class Driver:
    """What NVIDIA's driver says of itself."""

    error: str = ""
    """why it can't be loaded or started; empty when it can"""
    cuda: tuple[int, int] = (0, 0)
    """newest CUDA that it can run"""
    devices: int = 0


def installed_packages() -> dict[str, str]:
    """Return the onnxruntime packages of this Python with their versions."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def read_driver() -> Driver:
    """Ask NVIDIA's driver for its version and its devices."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return Driver(error=f"{name} is not there")
    code = library.cuInit(0)
    if code not in (0, _NO_DEVICE):
        return Driver(
            error=f"it does not start (cuInit gives {code}); restart the machine after an update of the driver"
        )
    version, count = ctypes.c_int(), ctypes.c_int()
    library.cuDriverGetVersion(ctypes.byref(version))
    if code == 0:
        library.cuDeviceGetCount(ctypes.byref(count))
    return Driver(cuda=(version.value // 1000, version.value % 1000 // 10), devices=count.value)


def missing_library(runtime: Any, provider: str) -> str:
    """Return the name of the first library that onnxruntime's part for *provider* looks for in vain; else nothing."""
    part = _LIBRARIES.get(provider)
    if part is None:
        return ""
    pattern = f"*onnxruntime_{part}*"
    for file in (Path(runtime.__file__).parent / "capi").glob(pattern):
        try:
            ctypes.CDLL(str(file))
        except OSError as error:
            match = re.match(r"(\S+?): cannot open shared object", str(error))
            return match.group(1) if match else " ".join(str(error).split())[:200]
    return ""


def explain_package(provider: str, packages: dict[str, str]) -> str:
    """Return what to install where *provider* is not among those that onnxruntime offers."""
    wanted = _WANTED.get(provider, "onnxruntime")
    listed = " and ".join(f"{name} {version}" for name, version in packages.items()) or "no package of it"
    if wanted in packages and len(packages) > 1:
        return (
            f"{listed} are both installed and overwrite each other: 'pip uninstall {' '.join(packages)}', then "
            f"'pip install {wanted}'"
        )
    if wanted == "onnxruntime" or wanted in packages:
        return f"{listed} is installed, which does not offer it on this system"
    return f"{listed} is installed: 'pip uninstall {' '.join(packages)}', then 'pip install {wanted}'"


def explain_failure(
    runtime: Any,
    provider: str,
    *,
    driver: Callable[[], Driver] = read_driver,
    library: Callable[[Any, str], str] = missing_library,
) -> str:
    """Return why *provider*, which onnxruntime offers, could not start, and what to do; half a sentence."""
    if provider not in _LIBRARIES:
        return "onnxruntime gives no reason; update the driver of the graphics card"
    built_for = _version(str(getattr(runtime, "cuda_version", "") or ""))
    found = driver()
    if found.error:
        return f"NVIDIA's driver is missing: {found.error}"
    if not found.devices:
        return "NVIDIA's driver finds no GPU; in a container it has to be handed in (--gpus all)"
    if built_for and found.cuda < (built_for[0], 0):
        return (
            f"the driver is too old: it runs CUDA {found.cuda[0]}.{found.cuda[1]}, and onnxruntime-gpu "
            f"{runtime.__version__} is built for CUDA {built_for[0]}; update the driver, or install an onnxruntime-gpu "
            f"for CUDA {found.cuda[0]}"
        )
    name = library(runtime, provider)
    if name:
        package = "tensorrt" if "nvinfer" in name else '"onnxruntime-gpu[cuda,cudnn]"'
        return f"the library {name} is not found; 'pip install {package}' brings it"
    return "the libraries are there and it does not start all the same; is another program using the whole GPU?"


def _version(text: str) -> tuple[int, int] | None:
    match = re.match(r"(\d+)\.(\d+)", text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def operators_elsewhere(handle: Any, provider: str) -> tuple[int, dict[str, int]]:
    """Return the number of a network's operators, and how many of each kind run on the CPU instead of *provider*.

    Nothing is known (0) where onnxruntime is too old to tell, or was not asked to keep it.
    """
    try:
        parts = handle.get_provider_graph_assignment_info()
    except (AttributeError, RuntimeError):
        return 0, {}
    total = 0
    elsewhere: dict[str, int] = {}
    for part in parts:
        for node in part.get_nodes():
            total += 1
            # what TensorRT leaves to CUDA is on the GPU all the same
            if part.ep_name == _CPU and provider != _CPU:
                elsewhere[node.op_type] = elsewhere.get(node.op_type, 0) + 1
    return total, elsewhere
