"""The limit that a run is held against: the same tiles through ``session.run`` alone, nothing read or written.

Run as a process of its own: ``python bare.py MODEL TILE COUNT``; prints the seconds. MODEL is an ONNX file, or a
wrapped graph as GeONNX keeps them. With ``--numpy`` at the end, bytes are scaled before and the best class is chosen
after each run, both in numpy, as it is done where neither is part of the graph. With ``--bound DEVICE`` (``cuda``, or
``cpu`` to try it) inputs and outputs stay on the device: nothing is copied, so that only the network counts.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

TYPES = {
    "tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(uint16)": np.uint16, "tensor(bool)": np.bool_,
    "tensor(int64)": np.int64,
}  # fmt: skip


def load(path: Path) -> bytes:
    """Return the bytes of the ONNX file; graphs of ours begin with a digest."""
    data = path.read_bytes()
    return data[32:] if path.suffix == ".graph" else data


def make_input(info: Any, tile: int) -> np.ndarray:
    """Return a tensor for an input: one tile of chance values, everything valid, an eighth of the tile cropped off."""
    dtype = TYPES[info.type]
    if info.name == "geonnx_from":
        return np.full(2, tile // 16, np.int64)
    if info.name == "geonnx_to":
        return np.full(2, tile - tile // 16, np.int64)
    side = 1 if dtype is np.bool_ else tile
    last = len(info.shape) - 1
    shape = [
        size if isinstance(size, int) else (side if place >= last - 1 else 1) for place, size in enumerate(info.shape)
    ]
    values = np.random.default_rng(1).random(shape, dtype=np.float32)
    return (
        np.ones(shape, bool) if dtype is np.bool_ else (values if dtype is np.float32 else values * 200).astype(dtype)
    )


def bind(session: Any, batch: dict[str, np.ndarray], device: str) -> Callable[[], None]:
    """Return what runs the network on tensors that lie on the device, and waits for it."""
    binding = session.io_binding()
    for name, values in batch.items():
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(values, device, 0))
    for info in session.get_outputs():
        binding.bind_output(info.name, device)

    def run() -> None:
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()

    return run


def main() -> None:
    """Time COUNT runs after one warm-up."""
    model, tile, count = Path(sys.argv[1]), *map(int, sys.argv[2:4])
    more = sys.argv[4:]
    device = more[1] if more[:1] == ["--bound"] else ""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    if device == "cuda":
        onnxruntime.preload_dlls()
    providers = ["CUDAExecutionProvider"] if device == "cuda" else ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(load(model), options, providers=providers)
    if session.get_providers()[0] != providers[0]:
        sys.exit(f"{providers[0]} can't be used")
    batch = {info.name: make_input(info, tile) for info in session.get_inputs()}
    stored = {name: (values * 200).astype(np.uint8) for name, values in batch.items()}

    def in_numpy() -> None:
        scaled = {name: values.astype(np.float32) / np.float32(255) for name, values in stored.items()}
        session.run(None, scaled)[0][0].argmax(axis=0).astype(np.uint8)

    run = (
        in_numpy
        if more == ["--numpy"]
        else (bind(session, batch, device) if device else partial(session.run, None, batch))
    )
    run()
    started = time.perf_counter()
    for _ in range(count):
        run()
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
