"""The limit that a run is held against: the same tiles through ``session.run`` alone, nothing read or written.

Run as a process of its own: ``python bare.py MODEL BANDS TILE COUNT``; prints the seconds.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import onnxruntime


def main() -> None:
    """Time COUNT runs after one warm-up."""
    model, bands, tile, count = sys.argv[1], *map(int, sys.argv[2:5])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    batch = np.random.default_rng(1).random((1, bands, tile, tile), dtype=np.float32)
    session.run(None, {name: batch})
    started = time.perf_counter()
    for _ in range(count):
        session.run(None, {name: batch})
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
