"""From the word the user writes for a device to the execution providers that onnxruntime shall try."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DeviceError
from .gpu_help import explain_package, installed_packages

CPU = "CPUExecutionProvider"
_PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": CPU,
}
# TensorRT is left out on purpose: it compiles the network for minutes before the first tile, so it is opt-in
_AUTO_ORDER = ("cuda", "directml", "coreml", "cpu")


@dataclass(frozen=True)
class DeviceRequest:
    """What the user asked for, checked and in onnxruntime's terms."""

    label: str
    """the user's word, such as ``auto`` or ``cuda:1``"""
    providers: tuple[str, ...]
    """onnxruntime's provider names, best first"""
    device_index: int
    strict: bool
    """True when the device was named: anything else is an error, not a fallback"""


def parse_device(text: str, available: Sequence[str]) -> DeviceRequest:
    """Turn ``auto``, ``cpu``, ``cuda``, ``cuda:N``, … into a request; *available* is what onnxruntime offers here.

    Raises DeviceError for an unknown word or a device whose provider this onnxruntime does not have.
    """
    label = text.strip().lower() or "auto"
    if label == "auto":
        providers = tuple(_PROVIDERS[name] for name in _AUTO_ORDER if _PROVIDERS[name] in available)
        return DeviceRequest(label, providers, 0, strict=False)
    match = re.fullmatch(r"([a-z]+)(?::(\d{1,2}))?", label)
    if not match or match.group(1) not in _PROVIDERS or (match.group(2) and match.group(1) in ("cpu", "coreml")):
        raise DeviceError(
            f"DEVICE is '{text}'; expected one of auto, {', '.join(_PROVIDERS)}, or cuda:N for the N-th GPU."
        )
    name = match.group(1)
    if _PROVIDERS[name] not in available:
        raise DeviceError(
            f"DEVICE is '{label}', but {explain_package(_PROVIDERS[name], installed_packages())}. Or use DEVICE=auto "
            f"or cpu; onnxruntime has {', '.join(available)} here."
        )
    return DeviceRequest(label, (_PROVIDERS[name],), int(match.group(2) or 0), strict=True)
