"""One figure more for a card, small enough that a test can measure it again through QGIS: ``python -m common.check``.

``python -m common.check DATA ZOO`` runs every model of ZOO that takes Sentinel-2 on a few real pixels, with bare
onnxruntime, and enters the figure ``check`` into its card. It says whether the plugin does what the network does; how
good the model is say the other figures, since the pixels may be among the data of the training. Maps of land cover and
change are of one crop of OSCD; for the removal of clouds a disc of a clear date of eo-learn is made as bright as cloud.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from geonnx.models.card.read import read_card
from geonnx.models.card.types import InputSpec, ModelCard, OutputSpec
from geonnx.models.card.write import item_text

from .card import Figure
from .scenes import BANDS, NO_CLASS, Scene, place_name, read_scene
from .session import open_session

KEY = "check"
CITY, TOP, LEFT, SIZE_PX = "montpellier", 20, 40, 384
"""the crop: of the first date, of the second one too for models of change"""
CLOUD_DATES, CLOUD_TARGET, CLOUD_PX = (2, 3, 4), 1, 96
"""of the eo-learn scenes: the clear ones, which of them is clouded, and the edge of the part that is used"""
_CLOUD_VALUE, _CLOUD_RADIUS = 7000, 18
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


@dataclass(frozen=True)
class Clouded:
    """Dates of one place, one of them with a drawn cloud."""

    stored: np.ndarray
    """(T, 13, H, W) uint16, reflectance × 10000, in the order of ``scenes.BANDS``"""
    truth: np.ndarray
    """(13, H, W) uint16: the clouded date without its cloud"""
    cloud: np.ndarray
    """(H, W) bool"""

    def psnr(self, restored: np.ndarray, names: Sequence[str]) -> float:
        """Return the peak signal-to-noise ratio under the cloud, dB, of bands (C, H, W), reflectance × 10000."""
        truth = self.truth[[BANDS.index(name) for name in names]].astype(np.float64)
        error = (restored - truth)[:, self.cloud] / 10000
        return round(float(-10 * np.log10(np.mean(error**2))), 2)


def read_clouded(data: Path) -> Clouded:
    """Return dates of eo-learn with a disc of one of them as bright as cloud."""
    scenes = np.load(data / "eolearn" / "REFERENCE_SCENES.npy")[list(CLOUD_DATES)].transpose(0, 3, 1, 2)
    stored = np.rint(scenes[..., :CLOUD_PX, :CLOUD_PX] * 10000).clip(1, 65535).astype(np.uint16)
    rows, columns = np.indices((CLOUD_PX, CLOUD_PX)) - CLOUD_PX // 2
    cloud = np.hypot(rows, columns) < _CLOUD_RADIUS
    truth = stored[CLOUD_TARGET].copy()
    stored[CLOUD_TARGET][:, cloud] = _CLOUD_VALUE
    return Clouded(stored, truth, cloud)


def check_removal(card: ModelCard, data: Path) -> Figure | None:
    """Return the figure of a model that takes a series; None for others."""
    output = next((spec for spec in card.outputs if spec.role == "image"), None)
    (spec, *others) = card.inputs
    if output is None or others or spec.dims != "BTCHW" or output.dims != "BTCHW":
        return None
    dates = read_clouded(data)
    tensor = np.stack([scaled(spec, date) for date in dates.stored])[np.newaxis]
    (clear,) = open_session(card.model_path).run([output.name], {spec.name: tensor})
    # undone: the models of this folder divide by 10000
    value = dates.psnr(clear[0, CLOUD_TARGET] * 10000, spec.band_names)
    where = (
        f"{CLOUD_PX} × {CLOUD_PX} px of three clear dates of eo-learn, Slovenia, with a disc of the second as bright "
        "as cloud, inside of it: the part that the plugin's own test runs"
    )
    return Figure(KEY, "PSNR", value, "dB", where)


def check_map(card: ModelCard, data: Path) -> Figure | None:
    """Return the figure of a model of land cover or change; None for others."""
    if card.task not in ("segment", "change") or not all(
        name in BANDS for spec in card.inputs for name in spec.band_names
    ):
        return None
    found = measure(card, [read_crop(data, date) for date in (1, 2)])
    where = (
        f"a crop of OSCD {place_name(CITY)} ({SIZE_PX} × {SIZE_PX} px, row {TOP}, column {LEFT}), which may be among "
        "the data of the training: the part that the plugin's own test runs"
    )
    return None if found is None else Figure(KEY, *found, where)


def measure(card: ModelCard, crops: Sequence[Crop]) -> tuple[str, float, str] | None:
    """Return what is measured, its value and unit; None for models that are checked in another way."""
    output = next((spec for spec in card.outputs if spec.role in ("classes", "change")), None)
    if output is None:
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
    pictures = {"image": crops[0], "before": crops[0], "after": crops[-1]}
    tensors = {spec.name: scaled(spec, pictures[spec.role].stored)[np.newaxis] for spec in card.inputs}
    (scores,) = open_session(card.model_path).run([output.name], tensors)
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


def enter(path: Path, figure: Figure) -> None:
    """Put a figure into a card, in place of an older one with its key."""
    item = json.loads(path.read_text(encoding="utf-8"))
    others = [known for known in item["properties"]["geonnx:figures"] if known["key"] != figure.key]
    item["properties"]["geonnx:figures"] = [*others, asdict(figure)]
    path.write_text(item_text(item), encoding="utf-8")


def main() -> None:
    """Measure and write."""
    data, zoo = map(Path, sys.argv[1:3])
    for path in sorted(zoo.glob("*.onnx")):
        if not path.with_suffix(".json").exists():
            continue  # another form of a model, or one that has no card yet
        card = read_card(path)
        figure = check_removal(card, data) if card.task == "clouds" else check_map(card, data)
        if figure is not None:
            enter(path.with_suffix(".json"), figure)
            print(f"{path.stem}: {figure.what} {figure.value} {figure.unit}")


if __name__ == "__main__":
    main()
