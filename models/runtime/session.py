"""The only place that talks to onnxruntime."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DeviceError, DeviceMemoryError, ModelError
from .devices import CPU, DeviceRequest, parse_device
from .gpu_help import explain_failure, operators_elsewhere

_NO_MEMORY = re.compile(r"out of memory|failed to allocate memory|bad_alloc|CUDNN_STATUS_ALLOC_FAILED", re.IGNORECASE)
_FEW_ELSEWHERE = 0.2
"""operators on shapes run on the CPU on purpose"""
_kept: ContextVar[dict[Any, Any] | None] = ContextVar("_kept", default=None)
_DEVICE_INDEX_PROVIDERS = ("CUDAExecutionProvider", "TensorrtExecutionProvider", "DmlExecutionProvider")


@dataclass
class Session:
    """A network that is ready to run on a device."""

    handle: Any
    output_names: tuple[str, ...]
    provider: str
    """the execution provider that onnxruntime really chose, such as ``CPUExecutionProvider``"""
    runtime_version: str
    warning: str
    """why it is not the one hoped for; empty when it is"""

    def release(self) -> None:
        """Let go of the network and its memory; what ran it stays known."""
        self.handle = None

    def run(self, tensors: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the network on one batch, input name → tensor; return the outputs in the order of ``output_names``.

        Raises ModelError with onnxruntime's own reason when the network refuses the batch, DeviceMemoryError when the
        device has not the memory for it.
        """
        try:
            return self.handle.run(self.output_names, dict(tensors))  # type: ignore[no-any-return]
        except Exception as error:
            shapes = ", ".join(f"{name} {list(tensor.shape)}" for name, tensor in tensors.items())
            kind = DeviceMemoryError if _NO_MEMORY.search(str(error)) else ModelError
            raise kind(f"The model failed on {shapes}: {_reason(error)}.") from error


def import_onnxruntime() -> Any:
    """Import onnxruntime; raise DeviceError with the way to get it when it is not installed."""
    # since 1.31 it reports to its maker by default, and leaves an identifier on the disk; only asked once, at import
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime  # noqa: PLC0415  (lazy: the toolbox must list its algorithms without it)

        onnxruntime.set_default_logger_severity(4)  # what matters comes as an exception, and we say the rest
    except ImportError as error:
        raise DeviceError(
            f"The Python package 'onnxruntime' can't be loaded ({error}): run 'make install', or "
            "'pip install onnxruntime' ('onnxruntime-gpu' for NVIDIA cards) for the Python of QGIS."
        ) from None
    return onnxruntime


def open_session(
    model: Path | bytes, output_names: tuple[str, ...], *, device: str = "auto", threads: int = 0
) -> Session:
    """Load a model, a file or the bytes of one, on a device.

    *threads* is the number of CPU threads of one operator; 0 takes all cores. Raises DeviceError when a named device
    does not work, ModelError when onnxruntime refuses the model.
    """
    runtime = import_onnxruntime()
    request = parse_device(device, runtime.get_available_providers())
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # nothing: errors come as exceptions, warnings about single nodes help nobody
    # idle workers sleep instead of spinning, since reading and writing need the same cores
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    source, name = (model, "the wrapped model") if isinstance(model, bytes) else (str(model), model.name)
    kept = _kept.get()
    key = (hashlib.sha256(model).hexdigest() if isinstance(model, bytes) else _file_key(model), device, threads)
    handle = None if kept is None else kept.get(key)
    try:
        handle = handle or _load(runtime, source, options, request)
    except Exception as error:
        raise ModelError(
            f"onnxruntime {runtime.__version__} can't load {name}: {_reason(error)}. Update onnxruntime, or "
            "export the model again with standard operators."
        ) from error
    if kept is not None:
        kept[key] = handle
    provider = handle.get_providers()[0]
    wanted = request.providers[0]
    warning = ""
    if provider != wanted:
        reason = explain_failure(runtime, wanted)
        if request.strict:
            raise DeviceError(f"DEVICE={request.label} does not work here: {reason}. Use DEVICE=auto or cpu meanwhile.")
        warning = f"The model runs on {provider}, since {wanted} could not start: {reason}."
    elif provider != CPU:
        warning = _explain_elsewhere(handle, provider)
    return Session(handle, output_names, provider, str(runtime.__version__), warning)


def _load(runtime: Any, source: str | bytes, options: Any, request: DeviceRequest) -> Any:
    # onnxruntime prints advice; standard output belongs to the results of qgis_process
    with redirect_stdout(io.StringIO()):
        if request.providers[0] in ("CUDAExecutionProvider", "TensorrtExecutionProvider"):
            # finds CUDA and cuDNN where pip put them
            getattr(runtime, "preload_dlls", lambda: None)()
        return runtime.InferenceSession(source, options, providers=_provider_list(request, str(runtime.__version__)))


def _explain_elsewhere(handle: Any, provider: str) -> str:
    """Return a warning when a good part of the operators runs on the CPU all the same; else nothing."""
    total, elsewhere = operators_elsewhere(handle, provider)
    count = sum(elsewhere.values())
    if count <= _FEW_ELSEWHERE * total:
        return ""
    kinds = ", ".join(f"{kind} ({number})" for kind, number in sorted(elsewhere.items(), key=lambda item: -item[1])[:5])
    return (
        f"{count} of the model's {total} operators run on the CPU, since {provider} does not know them: {kinds}. The "
        "run is slower than it could be; export the model with other operators, or as float32."
    )


@contextmanager
def keep_networks() -> Iterator[None]:
    """Keep every network that is loaded in the block until its end: a loop over scenes loads each model once."""
    token = _kept.set({} if _kept.get() is None else _kept.get())
    try:
        yield
    finally:
        _kept.reset(token)


def _file_key(path: Path) -> tuple[str, int, int]:
    try:
        facts = path.stat()
    except OSError:  # onnxruntime says what is wrong with it
        return str(path), 0, 0
    return str(path.absolute()), facts.st_size, facts.st_mtime_ns


def _provider_list(request: DeviceRequest, version: str) -> list[Any]:
    chosen: list[Any] = [
        (name, {"device_id": request.device_index}) if name in _DEVICE_INDEX_PROVIDERS else name
        for name in request.providers
    ]
    if isinstance(chosen[0], tuple) and chosen[0][0] == "CUDAExecutionProvider" and _since(version, (1, 18)):
        # by default convolutions round their inputs to ten bits on newer cards; results shall be those of the CPU
        chosen[0][1]["use_tf32"] = "0"
    # onnxruntime runs single operators that a device lacks on the CPU
    return chosen if CPU in chosen else [*chosen, CPU]


def _since(version: str, first: tuple[int, int]) -> bool:
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return tuple(numbers) >= first


def _reason(error: Exception) -> str:
    """Return what onnxruntime says, without its prefixes, paths and source locations, on one line without full stop."""
    text = " ".join(str(error).split())
    text = text.split(" : ", 3)[-1] if text.startswith("[ONNXRuntimeError]") else text
    text = text.split("Status Message: ", 1)[-1].rsplit(", Error ", 1)[-1]
    text = re.sub(r"^Load model from .*? failed: ?", "", text)
    text = re.sub(r"^\S+\.(?:h|cc|cpp|cu):\d+ (?:.*\) |\w+ )?", "", text)
    return text[:300].rstrip(". ")


def run_dtype(name: str) -> np.dtype[Any]:
    """Return the numpy type of a tensor element type name; raise ModelError for types that no raster can fill."""
    if name in ("float16", "float32", "float64", "uint8", "int8", "uint16", "int16", "uint32", "int32", "int64"):
        return np.dtype(name)
    raise ModelError(f"The model takes values of type '{name}', which no raster holds; export it with float32 input.")
