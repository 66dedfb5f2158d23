"""The only place that talks to onnxruntime."""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cluster.address import check_cluster, is_cluster
from ..errors import Cancelled, DeviceError, DeviceMemoryError, ModelError
from .compiled import compiled_folder
from .devices import CPU, CUDA, OPENVINO, TENSORRT, DeviceRequest, parse_devices
from .gpu_help import explain_failure, operators_elsewhere
from .network import Network, Networks
from .providers import Target, provider_list, set_session_options

_NO_MEMORY = re.compile(r"out of memory|failed to allocate memory|bad_alloc|CUDNN_STATUS_ALLOC_FAILED", re.IGNORECASE)
_ENDED = re.compile(r"terminate flag", re.IGNORECASE)
_FEW_ELSEWHERE = 0.2
"""operators on shapes run on the CPU on purpose"""
_CPU_RUNS = 2
"""while one tile waits for the slowest core at the end of an operator, the other goes on: no core stands idle"""
_silence = threading.Lock()
"""held while standard output is turned away, which is the whole process's: in turn, so that it is put back right"""
_kept: ContextVar[dict[Any, Any] | None] = ContextVar("_kept", default=None)


@dataclass(frozen=True)
class Elsewhere:
    """A network that the workers of a cluster are to load."""

    model: Path | bytes
    half: bool


@dataclass
class Session:
    """A network that is ready to run on a device, or on several side by side."""

    handle: Any
    output_names: tuple[str, ...]
    provider: str
    """the execution provider that onnxruntime really chose, such as ``CPUExecutionProvider``"""
    runtime_version: str
    warning: str
    """why it is not the one hoped for; empty when it is"""
    networks: tuple[Any, ...] = ()
    """the `Network` on each device"""
    on_cpu: bool = True
    """True when the processor computes, whose cores one tile keeps busy already"""
    runs: int = 1
    """batches that each network runs at a time"""
    elsewhere: Elsewhere | None = None
    """given where the workers of a cluster run the network, which is only tried here; `provider` is theirs then"""

    def runs_as(self, other: Session) -> None:
        """Take over what ran another session of the same run."""
        self.provider, self.runtime_version = other.provider, other.runtime_version

    @property
    def lanes(self) -> int:
        """How many batches run at a time, each in a thread of its own."""
        return max(1, len(self.networks)) * self.runs

    def release(self) -> None:
        """Let go of the network and its memory; what ran it stays known."""
        self.handle = None
        self.networks = ()

    def interrupt(self) -> None:
        """End what runs, from another thread: `run` raises Cancelled as soon as the current operator is done."""
        for network in self.networks:
            network.interrupt()

    def run(self, tensors: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the network on one batch, input name → tensor; return the outputs in the order of ``output_names``.

        Raises ModelError with onnxruntime's own reason when the network refuses the batch, DeviceMemoryError when the
        device has not the memory for it, Cancelled when it was interrupted. May be called by as many threads at a time
        as there are `lanes`.
        """
        try:
            return self.handle.run(self.output_names, dict(tensors))  # type: ignore[no-any-return]
        except Exception as error:
            if _ENDED.search(str(error)):
                raise Cancelled from None
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
    model: Path | bytes,
    output_names: tuple[str, ...],
    *,
    device: str = "auto",
    threads: int = 0,
    half: bool = False,
) -> Session:
    """Load a model, a file or the bytes of one, on a device, or on each of several (``cuda:0,cuda:1``).

    *threads* is the number of CPU threads of all devices together; 0 takes all cores that the process may use. *half*
    says that the model computes in float16. Raises DeviceError when a named device does not work, ModelError when
    onnxruntime refuses the model.
    """
    if is_cluster(device):
        address = check_cluster(device)
        tried = open_session(model, output_names, device="cpu", threads=threads, half=half)
        provider = f"the workers of a cluster ({address.device})"
        return replace(tried, provider=provider, elsewhere=Elsewhere(model, half))
    runtime = import_onnxruntime()
    version = str(runtime.__version__)
    requests = parse_devices(device, runtime.get_available_providers())
    share = max(1, (threads or usable_cores()) // len(requests))
    runs = min(_CPU_RUNS, share) if requests[0].providers[0] == CPU else 1
    # runs side by side share the workers: each has its own thread and those that are left
    share -= runs - 1
    key = hashlib.sha256(model).hexdigest() if isinstance(model, bytes) else _file_key(model)
    identity = f"{key}".encode()
    kept = _kept.get()
    networks = []
    warnings = []
    for place, request in enumerate(requests):
        target = Target(request, version, share, half, partial(compiled_folder, identity, half=half))
        own_key = (key, request, share, half, place)
        network = None if kept is None else kept.get(own_key)
        network = network or _load(runtime, model, target)
        if kept is not None:
            kept[own_key] = network
        networks.append(network)
        warnings.append(_check_device(runtime, network.inner, request))
    return Session(
        handle=networks[0] if len(networks) == 1 else Networks(networks, runs),
        output_names=output_names,
        provider=networks[0].inner.get_providers()[0],
        runtime_version=version,
        warning=" ".join(dict.fromkeys(text for text in warnings if text)),
        networks=tuple(networks),
        on_cpu=requests[0].on_cpu or networks[0].inner.get_providers()[0] == CPU,
        runs=runs,
    )


def usable_cores() -> int:
    """Return the number of cores that this process may use, which containers and batch systems limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load(runtime: Any, model: Path | bytes, target: Target) -> Network:
    """Load a model; raise ModelError when onnxruntime refuses it."""
    source, name = (model, "the wrapped model") if isinstance(model, bytes) else (str(model), model.name)
    options = runtime.SessionOptions()
    set_session_options(options, target)
    try:
        # onnxruntime prints advice; standard output belongs to the results of qgis_process
        with _silence, redirect_stdout(io.StringIO()):
            _find_libraries(runtime, target.request.providers[0])
            inner = runtime.InferenceSession(source, options, providers=provider_list(target))
    except Exception as error:
        raise ModelError(
            f"onnxruntime {target.version} can't load {name}: {_reason(error)}. Update onnxruntime, or "
            "export the model again with standard operators."
        ) from error
    return Network(inner, getattr(runtime, "RunOptions", None))


def _find_libraries(runtime: Any, provider: str) -> None:
    """Let the system find the libraries of a device where pip put them."""
    if provider in (CUDA, TENSORRT):
        getattr(runtime, "preload_dlls", lambda: None)()
    if provider == OPENVINO and sys.platform == "win32":
        with suppress(ImportError):
            from onnxruntime.tools import add_openvino_win_libs  # noqa: PLC0415  (only in the package for OpenVINO)

            add_openvino_win_libs.add_openvino_libs_to_path()


def _check_device(runtime: Any, handle: Any, request: DeviceRequest) -> str:
    """Return a warning when the network runs elsewhere, or in part; raise DeviceError when a named device is not used.

    *handle* is onnxruntime's session.
    """
    provider, wanted = handle.get_providers()[0], request.providers[0]
    if provider == wanted:
        return "" if provider == CPU else _explain_elsewhere(handle, request)
    if request.unit not in ("", "CPU"):
        reason = f"OpenVINO finds no {request.unit} on this machine; install Intel's driver for it"
    else:
        reason = explain_failure(runtime, wanted)
    if request.strict:
        raise DeviceError(f"DEVICE={request.label} does not work here: {reason}. Use DEVICE=auto or cpu meanwhile.")
    return f"The model runs on {provider}, since {wanted} could not start: {reason}."


def _explain_elsewhere(handle: Any, request: DeviceRequest) -> str:
    """Return a warning when a good part of the operators runs on the CPU all the same; else nothing.

    Raises DeviceError when all of them do on a device that was named.
    """
    provider = request.providers[0]
    total, elsewhere = operators_elsewhere(handle, provider)
    count = sum(elsewhere.values())
    if count <= _FEW_ELSEWHERE * total:
        return ""
    kinds = ", ".join(f"{kind} ({number})" for kind, number in sorted(elsewhere.items(), key=lambda item: -item[1])[:5])
    if count == total and request.strict:
        raise DeviceError(
            f"DEVICE={request.label} does not work for this model: {provider} takes none of its {total} operators "
            f"({kinds}), all would run on the CPU. Use DEVICE=auto or cpu."
        )
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
