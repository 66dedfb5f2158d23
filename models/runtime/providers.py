"""What onnxruntime is told of a device: options of its execution providers and of a session, by onnxruntime's version.

An option that a version does not know makes it fall back to the CPU, so each is given from the version on that has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .devices import COREML, CPU, CUDA, DIRECTML, OPENVINO, TENSORRT, DeviceRequest

_Options = dict[str, str]


@dataclass(frozen=True)
class Target:
    """A network on a device, as far as options depend on it."""

    request: DeviceRequest
    version: str
    """of onnxruntime"""
    threads: int
    """CPU threads of one operator"""
    half: bool
    """True when the network is in float16"""
    compiled: Callable[[], Path | None]
    """gives the folder in which this network is kept once it was compiled for a device (None: there is none)"""

    def since(self, *first: int) -> bool:
        """Tell whether onnxruntime is this version or a newer one."""
        return tuple(int(part) for part in self.version.split(".")[:2] if part.isdigit()) >= first


def provider_list(target: Target) -> list[Any]:
    """Return onnxruntime's ``providers`` for a network, best first, the CPU last."""
    names = list(target.request.providers)
    if TENSORRT in names and CUDA not in names:
        names.insert(names.index(TENSORRT) + 1, CUDA)  # what TensorRT does not know stays on the GPU
    if CPU not in names:
        names.append(CPU)  # onnxruntime runs single operators that a device lacks on the CPU
    makers = {CUDA: _cuda, TENSORRT: _tensorrt, DIRECTML: _numbered, COREML: _coreml, OPENVINO: _openvino}
    found = [(name, makers[name](target) if name in makers else {}) for name in names]
    return [(name, options) if options else name for name, options in found]


def set_session_options(options: Any, target: Target) -> None:
    """Set the options (onnxruntime.SessionOptions) of a session."""
    options.intra_op_num_threads = target.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # nothing: errors come as exceptions, warnings about single nodes help nobody
    # a run that goes on after a crash has to give the same pixels
    options.use_deterministic_compute = True
    # idle workers sleep instead of spinning, since reading and writing need the same cores
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    # one block for all values of a run would lie beside the blocks of the first run: a third to two fifths more memory
    # for the same speed. DirectML can't do with it at all; nor could it with branches side by side, which is not usual.
    options.enable_mem_pattern = False


def _numbered(target: Target) -> _Options:
    return {"device_id": str(target.request.device_index)}


def _cuda(target: Target) -> _Options:
    # the usual search times all algorithms and takes the fastest, which may be another one in the next run
    options = {**_numbered(target), "cudnn_conv_algo_search": "HEURISTIC"}
    if target.since(1, 18):
        # by default convolutions round their inputs to ten bits on newer cards; results shall be those of the CPU
        options["use_tf32"] = "0"
    return options


def _tensorrt(target: Target) -> _Options:
    options = _numbered(target)
    if target.half:
        options["trt_fp16_enable"] = "True"
    folder = target.compiled()
    if folder is None:
        return options
    # engines are found again by the names in a graph, not by its weights: hence a folder for each network
    options.update(trt_engine_cache_enable="True", trt_engine_cache_path=str(folder), trt_timing_cache_enable="True")
    if target.since(1, 17):
        # how long single operators take is the same for all networks on a card
        options["trt_timing_cache_path"] = str(folder.parent)
    return options


def _coreml(target: Target) -> _Options:
    if not target.since(1, 20):
        return {}
    # the older format (NeuralNetwork) computes in float16 wherever it likes; this one keeps to the types of the graph
    options = {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"}
    if target.since(1, 21):
        options["AllowLowPrecisionAccumulationOnGPU"] = "1" if target.half else "0"
        folder = target.compiled()
        if folder is not None:
            options["ModelCacheDirectory"] = str(folder)
    return options


def _openvino(target: Target) -> _Options:
    unit = target.request.unit or "CPU"
    kind = unit.split(".")[0]
    # of itself it takes float16 where the device has it; the NPU has nothing else
    precision = "FP16" if kind == "NPU" or (kind == "GPU" and target.half) else "FP32"
    if not target.since(1, 19):
        return {"device_type": f"{unit}_{precision}"}
    options = {"device_type": unit, "precision": precision}
    if kind == "CPU":
        options["num_of_threads"] = str(target.threads)
        return options
    folder = target.compiled()
    if folder is not None:
        options["cache_dir"] = str(folder)
    return options
