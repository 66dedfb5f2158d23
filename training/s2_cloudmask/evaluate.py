"""Score the shipped files with bare onnxruntime: ``python -m s2_cloudmask.evaluate DATA OUT ZOO``.

Writes ``figures.json`` beside this file. The temperature is fitted on simulated crops that were kept aside.

No image of `unseen` was trained on. But from which optical depth on a cloud is called one (`prepare.THIN`, `THICK`) was
set in three tries, with the score on Landsat 5 in view: from about 0.7 on, the six-band form got an IoU of 0.783 there;
from 0.3 on, with rims, 0.678. So that score belongs to validation; a test apart from it is still to be found. In a
second round three more trainings, with more veils and haze, were looked at on all these images; none was better on
Landsat, on thin cloud and on clear ground at once, so what had been shipped before stayed as it was. In a third round
two more, chosen on other images (clouds smoothed so that the teacher sees them, places kept aside), were scored on all
of these once each. They find thin cloud (Boadella 0.40 and 0.72, with four bands 0.60 and 0.67) and lose the sharp
clouds of Landsat (0.69 and 0.77, with four bands 0.73 and 0.57); both were dropped.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import ukis_csmask
from common.calibrate import fit_temperature, reliability, softmax
from common.scenes import cities, read_scene
from common.session import Session, open_session

from . import teacher, unseen
from .export import FORMS
from .network import STEP_PX
from .sources import BANDS, CLASSES, CLOUD, SHADOW
from .train import KEPT_ASIDE

FIGURES = Path(__file__).with_name("figures.json")
ROUNDS, CALLS = 8, 6


@dataclass(frozen=True)
class Student:
    """One form, as it is shipped."""

    session: Session
    bands: int
    folder: Path = Path("teacher")
    """where the teacher's maps are kept"""

    def scores(self, image: np.ndarray) -> np.ndarray:
        """Return scores (3, H, W) of reflectance (bands, H, W) in one piece, as the plugin runs small rasters."""
        height, width = image.shape[1:]
        lacking = [(0, -size % STEP_PX) for size in (height, width)]
        padded = np.pad(image[: self.bands], ((0, 0), *lacking), mode="symmetric")
        found: np.ndarray = self.session.run(None, {"image": padded[None].astype(np.float32)})[0][0]
        return found[:, :height, :width]

    def map_image(self, image: np.ndarray) -> np.ndarray:
        """Return classes (H, W)."""
        found: np.ndarray = self.scores(image).argmax(axis=0)
        return found

    def ask(self, image: np.ndarray, *, at_surface: bool) -> np.ndarray:
        """Return the classes (H, W) that the teacher gives from the same bands."""
        return teacher.remember(image[: self.bands], self.folder, at_surface=at_surface)


def agreement(found: np.ndarray, true: np.ndarray, known: np.ndarray | None = None) -> dict[str, float]:
    """Return overlap (IoU), precision and recall of a mask."""
    if known is not None:
        found, true = found[known], true[known]
    both = float((found & true).sum())
    return {
        "iou": round(both / max(float((found | true).sum()), 1), 4),
        "precision": round(both / max(float(found.sum()), 1), 4),
        "recall": round(both / max(float(true.sum()), 1), 4),
    }


def shares(found: np.ndarray) -> dict[str, float]:
    """Return shares of all pixels that a map calls cloud and shadow."""
    return {"cloud": round(float((found == CLOUD).mean()), 5), "shadow": round(float((found == SHADOW).mean()), 5)}


def score_landsat(student: Student, data: Path) -> dict[str, Any]:
    """Return agreement of student and teacher with the reference mask of Landsat 5."""
    image, truth = unseen.landsat5(data)
    found = {}
    maps = {
        "student": student.map_image(image.reflectance),
        "teacher": student.ask(image.reflectance, at_surface=image.at_surface),
    }
    for name, classes in maps.items():
        found[name] = {
            "cloud": agreement(classes == CLOUD, truth.cloud),
            "shadow": agreement(classes == SHADOW, truth.shadow),
            "hidden": agreement(classes > 0, truth.cloud | truth.shadow),
            "overall_accuracy": round(
                float((classes == np.select([truth.cloud, truth.shadow], [CLOUD, SHADOW], 0)).mean()), 4
            ),
        }
    return found


def score_thin(student: Student, data: Path) -> dict[str, Any]:
    """Return agreement with the rule on the thin cloud of boadella, for each of its thresholds."""
    found: dict[str, Any] = {}
    image, _ = unseen.boadella_thin(data, unseen.BRIGHTER[0])
    own = student.map_image(image.reflectance)
    taught, taught_top = (student.ask(image.reflectance, at_surface=level) for level in (True, False))
    for brighter in unseen.BRIGHTER:
        truth = unseen.boadella_thin(data, brighter)[1]
        found[f"{brighter:g}"] = {
            "share": round(float(truth.cloud[truth.known].mean()), 4),
            "student": agreement(own == CLOUD, truth.cloud, truth.known),
            "teacher_l2a": agreement(taught == CLOUD, truth.cloud, truth.known),
            "teacher_l1c": agreement(taught_top == CLOUD, truth.cloud, truth.known),
        }
    return found


def score_shares(student: Student, images: list[unseen.Image], *, ask: bool = True) -> dict[str, Any]:
    """Return what the student, and the teacher if asked, call cloud and shadow."""
    found = {}
    for image in images:
        found[image.name] = {"student": shares(student.map_image(image.reflectance))}
        if ask:
            taught = student.ask(image.reflectance, at_surface=image.at_surface)
            found[image.name]["teacher"] = shares(taught)
    return found


def score_cities(student: Student, data: Path) -> dict[str, Any]:
    """Return false alarms in scenes of OSCD, all of them clear."""
    images = []
    for city in cities(data):
        for date in (1, 2):
            scene = read_scene(data, city, date)
            images.append(unseen.Image(f"{city} {date}", scene.bands(BANDS), False))
    return score_shares(student, images, ask=False)


def score_crops(student: Student, crops: Any, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Return scores (N, 3) and classes (N,) of a sample of pixels, and the overlap with what was simulated."""
    rng = np.random.default_rng(0)
    sampled, true_classes = [], []
    counts = np.zeros((3, 3), int)
    for number in chosen:
        image = crops["images"][number, : student.bands].astype(np.float32) / 10000
        labels = crops["labels"][number].astype(np.float32) / 255
        scores = student.session.run(None, {"image": image[None]})[0][0]
        target = np.stack([1 - labels[0] - labels[1], labels[0], labels[1]])
        # what is a matter of taste is no test
        plain = (labels[2] > 0.5) & (target.max(axis=0) > 0.7)
        true, own = target.argmax(axis=0)[plain], scores.argmax(axis=0)[plain]
        np.add.at(counts, (true, own), 1)
        places = rng.choice(len(true), min(2000, len(true)), replace=False)
        sampled.append(scores[:, plain].T[places])
        true_classes.append(true[places])
    overlap = {
        name.lower().replace(" ", "_"): {
            "iou": round(float(counts[k, k] / (counts[k].sum() + counts[:, k].sum() - counts[k, k])), 4),
            "precision": round(float(counts[k, k] / counts[:, k].sum()), 4),
            "recall": round(float(counts[k, k] / counts[k].sum()), 4),
            "count": int(counts[k].sum()),
        }
        for k, name in enumerate(CLASSES)
    }
    return np.concatenate(sampled), np.concatenate(true_classes), overlap


def time_both(student: Student) -> dict[str, float]:
    """Return median milliseconds for the same tile of 256 × 256 px, one core.

    Time of the processor, so that other programs do not count. Blocks of calls take turns, as tiles follow each
    other; the first call of a block is not counted.
    """
    rng = np.random.default_rng(0)
    folder = Path(ukis_csmask.__file__).parent
    taught = open_session(folder / f"model_{student.bands}b_l1c.onnx")
    image = rng.random((1, student.bands, teacher.TILE_PX, teacher.TILE_PX), dtype=np.float32)
    seconds: dict[str, list[float]] = {"student": [], "teacher": []}
    for _ in range(ROUNDS):
        for name, session in (("student", student.session), ("teacher", taught)):
            for call in range(CALLS):
                started = time.thread_time()
                session.run(None, {session.get_inputs()[0].name: image})
                if call:
                    seconds[name].append(time.thread_time() - started)
    own, other = (1000 * statistics.median(seconds[name]) for name in ("student", "teacher"))
    return {"student_ms": round(own, 2), "teacher_ms": round(other, 2), "times_faster": round(other / own, 1)}


def score_form(bands: int, data: Path, out: Path, path: Path, crops: Any) -> dict[str, Any]:
    """Return all figures of one form."""
    student = Student(open_session(path), bands, out / "teacher")
    usable = np.flatnonzero((bands == 6) | ~crops["snow"])
    aside = usable[usable < KEPT_ASIDE]
    scores, true, _ = score_crops(student, crops, aside[::2])
    temperature = fit_temperature(scores, true)
    scores, true, overlap = score_crops(student, crops, aside[1::2])
    curve = reliability(softmax(scores / temperature), true)
    return {
        "bytes": path.stat().st_size,
        "speed": time_both(student),
        "landsat5": score_landsat(student, data),
        "boadella_thin": score_thin(student, data),
        "eolearn_cloudy": score_shares(student, unseen.eolearn(data)[:2]),
        "clear": score_shares(student, unseen.clear(data) + (unseen.clear_four(data) if bands == 4 else [])),
        "cities_trained_on": score_cities(student, data),
        "simulated": overlap,
        "temperature": round(temperature, 4),
        "calibration_error": round(curve.error, 4),
        "calibration_error_without_temperature": round(reliability(softmax(scores), true).error, 4),
        "reliability": {"confidence": curve.confidence, "accuracy": curve.accuracy, "count": curve.count},
    }


def main() -> None:
    """Measure and write."""
    data, out, zoo = map(Path, sys.argv[1:4])
    stored = np.load(out / "crops.npz")
    crops = {name: stored[name] for name in stored}
    figures = {name: score_form(bands, data, out, zoo / f"{name}.onnx", crops) for bands, name in FORMS.items()}
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    print(FIGURES.read_text())


if __name__ == "__main__":
    main()
