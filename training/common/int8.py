"""The same network with bytes in its convolutions: a second file that some processors compute faster.

A model's ``int8.py`` (``python -m <model>.int8 DATA OUT ZOO``) gives the images to calibrate with and the images to
score on; `make_form` writes ``<id>.int8.onnx`` and enters it into the card, if it is faster here and loses little.
Weights are int8 with a scale a channel, activations uint8 with a scale a tensor, found on the images (Jacob et al.
2018, "Quantization and training of neural networks for efficient integer-arithmetic-only inference").
"""

from __future__ import annotations

import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from geonnx.models.card.write import item_text
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from .session import Session, open_session

MOST_LOSS = 0.5
"""percentage points"""
LEAST_GAIN = 1.2
"""times as fast, at least"""
_ROUNDS = 9
Tensors = Mapping[str, np.ndarray]


class _Reader(CalibrationDataReader):
    """Hands batches to onnxruntime, one by one."""

    def __init__(self, batches: Iterable[Tensors]) -> None:
        self._batches: Iterator[Tensors] = iter(batches)

    def get_next(self) -> Tensors | None:
        """Return the next batch; None after the last."""
        return next(self._batches, None)


def quantize(path: Path, batches: Iterable[Tensors], output: Path) -> None:
    """Write the int8 form of an ONNX file, calibrated on batches."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        open_session(path, optimized=plain)  # weights are stored as float16 behind casts
        quantize_static(
            str(plain), str(output), _Reader(batches), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        )  # fmt: skip


def times_faster(first: Session, second: Session, batch: Tensors) -> float:
    """Return how many times as fast as the first the second is, medians of runs in turn on one core."""
    seconds: dict[int, list[float]] = {0: [], 1: []}
    for turn in range(_ROUNDS + 1):
        for place, session in enumerate((first, second)):
            start = time.perf_counter()
            session.run(None, dict(batch))
            if turn:  # the first run takes memory
                seconds[place].append(time.perf_counter() - start)
    return statistics.median(seconds[0]) / statistics.median(seconds[1])


def make_form(
    path: Path, batches: Iterable[Tensors], score: Callable[[Session], float], timed: Tensors, measured_on: str
) -> dict[str, Any] | None:
    """Write the int8 form beside an ONNX file and enter it into its card; None, and no file, where it is no gain.

    *score* returns the main figure of a session in percent, *measured_on* says on what.
    """
    output = path.with_name(f"{path.stem}.int8.onnx")
    quantize(path, batches, output)
    exact, rough = open_session(path), open_session(output)
    loss, gain = score(exact) - score(rough), times_faster(exact, rough, timed)
    print(f"{output.name}: {loss:+.3f} points lost, {gain:.2f} × as fast, {output.stat().st_size} bytes")
    form = None
    if loss < MOST_LOSS and gain >= LEAST_GAIN:
        content = output.read_bytes()
        form = {
            "href": f"./{output.name}",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "precision": "int8",
            "devices": ["cpu"],
            "loss": round(loss, 3),
            "measured_on": measured_on,
            "times_faster": round(gain, 2),
        }
    else:
        output.unlink()
    _enter(path.with_suffix(".json"), form)
    return form


def _enter(card: Path, form: dict[str, Any] | None) -> None:
    item = json.loads(card.read_text(encoding="utf-8"))
    item["properties"].pop("geonnx:forms", None)
    if form is not None:
        item["properties"]["geonnx:forms"] = [form]
    card.write_text(item_text(item), encoding="utf-8")
