"""Score the shipped file with bare onnxruntime, once: ``python -m eurosat_rgb.evaluate DATA OUT ZOO``.

The temperature is fitted on the chips of the train part that were kept aside; everything else is measured on the
published validation part. Writes ``figures.json`` beside this file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from common.calibrate import fit_temperature, reliability, softmax
from common.session import Session, open_session

from .prepare import CLASSES
from .train import held_out, statistics

FIGURES = Path(__file__).with_name("figures.json")
BATCH = 200
CHECK = 9
"""one validation chip in so many is run through QGIS by the plugin's own test, which expects the same accuracy"""


def run(session: Session, pixels: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return logits (N, 10) of chips (N, 64, 64, 3) uint8."""
    scores = []
    for start in range(0, len(pixels), BATCH):
        images = (pixels[start : start + BATCH].transpose(0, 3, 1, 2).astype(np.float32) - mean) / spread
        scores.append(session.run(None, {"image": images})[0])
    return np.concatenate(scores)


def per_class(predicted: np.ndarray, labels: np.ndarray) -> dict[str, dict[str, float]]:
    """Return producer's accuracy (recall), user's accuracy (precision) and number of chips of each class."""
    table = {}
    for number, name in enumerate(CLASSES):
        hit = float(((predicted == number) & (labels == number)).sum())
        table[name] = {
            "producers_accuracy": round(hit / float((labels == number).sum()), 4),
            "users_accuracy": round(hit / max(float((predicted == number).sum()), 1), 4),
            "count": int((labels == number).sum()),
        }
    return table


def main() -> None:
    """Measure and write."""
    out, zoo = map(Path, sys.argv[2:4])
    chips = np.load(out / "chips.npz")
    train_pixels = chips["train_images"]
    mean, spread = (part.numpy() for part in statistics(torch.from_numpy(train_pixels).permute(0, 3, 1, 2)))
    session = open_session(zoo / "eurosat-rgb.onnx")
    kept = held_out(len(train_pixels))
    temperature = fit_temperature(run(session, train_pixels[kept], mean, spread), chips["train_labels"][kept])
    logits, labels = run(session, chips["val_images"], mean, spread), chips["val_labels"]
    curve, raw = reliability(softmax(logits / temperature), labels), reliability(softmax(logits), labels)
    predicted = logits.argmax(axis=1)
    confusion = np.zeros((len(CLASSES),) * 2, int)
    np.add.at(confusion, (labels, predicted), 1)
    figures = {
        "overall_accuracy": round(float((predicted == labels).mean()), 4),
        "calibration_error": round(curve.error, 4),
        "calibration_error_without_temperature": round(raw.error, 4),
        "temperature": round(temperature, 4),
        "chips": len(labels),
        "check_accuracy": round(float((predicted == labels)[::CHECK].mean()), 4),
        "check_chips": len(labels[::CHECK]),
        "classes": per_class(predicted, labels),
        "confusion": dict(zip(CLASSES, confusion.tolist())),
        "reliability": {"confidence": curve.confidence, "accuracy": curve.accuracy, "count": curve.count},
        "mean": mean.ravel().astype(float).round(3).tolist(),
        "stddev": spread.ravel().astype(float).round(3).tolist(),
    }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    print({key: value for key, value in figures.items() if not isinstance(value, (dict, list))})


if __name__ == "__main__":
    main()
