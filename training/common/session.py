"""A bare session of onnxruntime, as all shipped files are scored with."""

from __future__ import annotations

from pathlib import Path

import onnxruntime

Session = onnxruntime.InferenceSession


def open_session(path: Path, *, optimized: Path | None = None) -> Session:
    """Return a session on one core of the CPU; *optimized* gets the graph with its constants folded."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # whole images of many sizes: it would keep room for each
    if optimized is not None:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(optimized)
    return Session(str(path), options, providers=["CPUExecutionProvider"])
