"""From the word the user writes for a device to the execution providers that onnxruntime shall try."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DeviceError
from .gpu_help import explain_package, installed_packages

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
TENSORRT = "TensorrtExecutionProvider"
DIRECTML = "DmlExecutionProvider"
COREML = "CoreMLExecutionProvider"
OPENVINO = "OpenVINOExecutionProvider"
_PROVIDERS = {
    "tensorrt": TENSORRT,
    "cuda": CUDA,
    "directml": DIRECTML,
    "coreml": COREML,
    "openvino": OPENVINO,
    "cpu": CPU,
}
# TensorRT is left out on purpose: it compiles the network for minutes before the first tile, so it is opt-in
_AUTO_ORDER = ("cuda", "directml", "coreml", "cpu")
_NUMBERED = ("tensorrt", "cuda", "directml")
_UNITS = r"(?:cpu|gpu|npu)(?:\.\d{1,2})?"


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
    unit: str = ""
    """OpenVINO's own name of the device: ``CPU``, ``GPU``, ``GPU.1``, ``NPU``"""

    @property
    def on_cpu(self) -> bool:
        """True when it is the processor, whose cores one tile keeps busy already."""
        return self.providers[0] == CPU or self.unit == "CPU"


def parse_devices(text: str, available: Sequence[str]) -> tuple[DeviceRequest, ...]:
    """Turn one device, or several of a kind such as ``cuda:0,cuda:1``, into requests; see `parse_device`.

    Raises DeviceError for what that refuses, for devices of different kinds, whose results differ in the last digits
    so that the map would depend on which of them was free, and for a graphics card that is named twice.
    """
    parts = text.split(",")
    if len(parts) == 1:
        return (parse_device(text, available),)
    requests = tuple(parse_device(part.strip() or "nothing", available) for part in parts)
    if any(not request.strict for request in requests):
        raise DeviceError(f"DEVICE is '{text}'; auto stands alone. Name every device, such as cuda:0,cuda:1.")
    kinds = {(request.providers, request.unit.split(".")[0]) for request in requests}
    if len(kinds) > 1:
        raise DeviceError(
            f"DEVICE is '{text}'; expected devices of one kind, such as cuda:0,cuda:1, since the results of different "
            "kinds differ in the last digits and no run could be repeated."
        )
    places = {(request.device_index, request.unit) for request in requests}
    if len(places) < len(requests) and not requests[0].on_cpu:
        raise DeviceError(f"DEVICE is '{text}', which names a device twice; name each once, such as cuda:0,cuda:1.")
    return requests


def parse_device(text: str, available: Sequence[str]) -> DeviceRequest:
    """Turn ``auto``, ``cpu``, ``cuda``, ``cuda:N``, … into a request; *available* is what onnxruntime offers here.

    Raises DeviceError for an unknown word or a device whose provider this onnxruntime does not have.
    """
    label = text.strip().lower() or "auto"
    if label == "auto":
        providers = tuple(_PROVIDERS[name] for name in _AUTO_ORDER if _PROVIDERS[name] in available)
        return DeviceRequest(label, providers, 0, strict=False)
    name, _, which = label.partition(":")
    has_detail = ":" in label
    fits = {
        **{numbered: re.fullmatch(r"\d{1,2}", which) for numbered in _NUMBERED},
        "openvino": re.fullmatch(_UNITS, which),
    }
    if name not in _PROVIDERS or (has_detail and not fits.get(name)):
        raise DeviceError(
            f"DEVICE is '{text}'; expected one of auto, {', '.join(_PROVIDERS)}, or cuda:N for the N-th GPU, "
            "openvino:gpu or openvino:npu, or several GPUs: cuda:0,cuda:1."
        )
    if _PROVIDERS[name] not in available:
        raise DeviceError(
            f"DEVICE is '{label}', but {explain_package(_PROVIDERS[name], installed_packages())}. Or use DEVICE=auto "
            f"or cpu; onnxruntime has {', '.join(available)} here."
        )
    if name == "openvino":
        # OpenVINO's own choice (AUTO) leaves all operators to onnxruntime's CPU code where there is no GPU
        return DeviceRequest(label, (OPENVINO,), 0, strict=True, unit=which.upper() or "CPU")
    return DeviceRequest(label, (_PROVIDERS[name],), int(which or 0), strict=True)
