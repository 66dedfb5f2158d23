"""One figure more for a card, small enough that a test can measure it again through QGIS: ``python -m common.check``.

``python -m common.check DATA ZOO`` runs every model of ZOO that takes a scene, or two, of Sentinel-2 on one crop of
OSCD, with bare onnxruntime, and enters the figure ``check`` into its card. It says whether the plugin does what the
network does; how good the model is say the other figures, since the crop is among the data of the training.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from geonnx.models.card.read import read_card
from geonnx.models.card.types import InputSpec, ModelCard, OutputSpec
from geonnx.models.card.write import item_text

from .scenes import BANDS, NO_CLASS, Scene, read_scene

KEY = "check"
CITY, TOP, LEFT, SIZE_PX = "montpellier", 20, 40, 384
"""the crop: of the first date, of the second one too for models of change"""
_MASK_NAMES = {"cloud", "cloud shadow", "shadow"}


@dataclass(frozen=True)
class Crop:
    """A part of a scene."""

    stored: np.ndarray
    """(13, H, W) uint16, reflectance × 10000, in the order of ``scenes.BANDS``"""
    classes: np.ndarray
    """(H, W) uint8: land cover by Dynamic World, NO_CLASS where it says nothing"""


def read_crop(data: Path, date: int) -> Crop:
    """Return the crop of a date, 1 or 2."""
    scene: Scene = read_scene(data, CITY, date)
    part = np.s_[TOP : TOP + SIZE_PX, LEFT : LEFT + SIZE_PX]
    stored = np.rint(scene.reflectance[(slice(None), *part)] * 10000).astype(np.uint16)
    return Crop(stored, scene.classes[part])


def measure(card: ModelCard, crops: Sequence[Crop]) -> tuple[str, float, str] | None:
    """Return what is measured, its value and unit; None for models that are checked in another way."""
    output = next((spec for spec in card.outputs if spec.role in ("classes", "change")), None)
    if output is None or not all(name in BANDS for spec in card.inputs for name in spec.band_names):
        return None
    names = {item.name.lower() for item in output.classes}
    if card.task == "change":
        changed = run(card, output, crops)
        return "land called changed", score(changed, None), "%"
    if card.task == "segment" and len(card.inputs) == 1 and not names & _MASK_NAMES:
        return "agreement with Dynamic World", score(run(card, output, crops[:1]), crops[0].classes), "%"
    return None


def score(found: np.ndarray, truth: np.ndarray | None) -> float:
    """Return, in percent, how much of *found* is above 0 or, where there is one, equals the truth."""
    if truth is None:
        return round(100 * float((found > 0).mean()), 2)
    known = truth != NO_CLASS
    return round(100 * float((found == truth)[known].mean()), 2)


def run(card: ModelCard, output: OutputSpec, crops: Sequence[Crop]) -> np.ndarray:
    """Return the class values (H, W) that bare onnxruntime gives for the crop."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(card.model_path), options, providers=["CPUExecutionProvider"])
    pictures = {"image": crops[0], "before": crops[0], "after": crops[-1]}
    tensors = {spec.name: scaled(spec, pictures[spec.role].stored)[np.newaxis] for spec in card.inputs}
    (scores,) = session.run([output.name], tensors)
    logits = scores[0] / output.temperature
    if len(logits) == 1:
        likely = 1 / (1 + np.exp(-logits[0])) >= output.threshold
        return likely.astype(np.uint8)
    return np.array([item.value for item in output.classes], np.uint8)[logits.argmax(axis=0)]


def scaled(spec: InputSpec, stored: np.ndarray) -> np.ndarray:
    """Return the tensor (C, H, W) of stored values; only the scalings that the models of this folder have."""
    bands = stored[[BANDS.index(name) for name in spec.band_names]].astype(np.float32)
    steps = spec.scaling if len(spec.scaling) > 1 else spec.scaling * len(bands)
    for number, step in enumerate(steps):
        if step is not None and step.type == "z-score":
            bands[number] = (bands[number] - step.mean) / step.stddev
        elif step is not None and step.type == "scale":
            bands[number] /= step.value
        elif step is not None:
            raise ValueError(f"{spec.name} is scaled by {step.type}, which is not known here")
    return bands


def enter(path: Path, figure: dict[str, Any]) -> None:
    """Put a figure into a card, in place of an older one with its key."""
    item = json.loads(path.read_text(encoding="utf-8"))
    others = [known for known in item["properties"]["geonnx:figures"] if known["key"] != figure["key"]]
    item["properties"]["geonnx:figures"] = [*others, figure]
    path.write_text(item_text(item), encoding="utf-8")


def main() -> None:
    """Measure and write."""
    data, zoo = map(Path, sys.argv[1:3])
    crops: list[Crop] = []
    for path in sorted(zoo.glob("*.onnx")):
        card = read_card(path)
        crops = crops or [read_crop(data, date) for date in (1, 2)]
        found = measure(card, crops)
        if found is None:
            continue
        what, value, unit = found
        where = (
            f"a crop of OSCD {CITY} ({SIZE_PX} × {SIZE_PX} px, row {TOP}, column {LEFT}), which the model was trained "
            "on: the part that the plugin's own test runs"
        )
        enter(path.with_suffix(".json"), {"key": KEY, "what": what, "value": value, "unit": unit, "measured_on": where})
        print(f"{path.stem}: {what} {value} {unit}")


if __name__ == "__main__":
    main()
