"""What the card of eurosat-rgb says: ``python -m eurosat_rgb.card DATA OUT ZOO``; figures come from figures.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from common.card import (
    COPERNICUS,
    ClassFigures,
    ClassTable,
    Curve,
    Facts,
    Figure,
    TrainingSet,
    sentinel2,
    write_card,
)
from geonnx.models.card.types import ClassSpec, InputSpec, OutputSpec, Scaling, TrainingFeatures
from geonnx.models.likeness.fit import cut_windows, fit_features
from scipy import ndimage

from .evaluate import FIGURES
from .prepare import CLASSES
from .train import SCHEDULE, held_out

NAMES = {
    "AnnualCrop": ("Annual crop", "#e8c95a"), "Forest": ("Forest", "#2e7d4f"),
    "HerbaceousVegetation": ("Herbaceous vegetation", "#a3c06b"), "Highway": ("Highway", "#5b5b66"),
    "Industrial": ("Industrial", "#a259a8"), "Pasture": ("Pasture", "#8fd05f"),
    "PermanentCrop": ("Permanent crop", "#c98b3d"), "Residential": ("Residential", "#d1483e"),
    "River": ("River", "#4f9be0"), "SeaLake": ("Sea or lake", "#23549e"),
}  # fmt: skip
"""of the data set → in the map, with its colour"""
VALIDATION = "published validation part of EuroSAT RGB, 5,400 chips that the model has not seen"
_TOLD = 4
_SAMPLE = 4
"""one training chip in so many is enough for the statistics of the training images"""
_SMOOTHING_PX = (0.0, 0.5, 0.8)
"""in turn over these: JPEG roughens the chips, above all their blue, and rasters without it are no other land"""


def main() -> None:
    """Write the card."""
    out, zoo = map(Path, sys.argv[2:4])
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    print(write_card(zoo / "eurosat-rgb.onnx", make_facts(figures, out / "chips.npz")))


def make_facts(figures: dict[str, Any], chips: Path) -> Facts:
    """Return all that is to be said."""
    classes = tuple(ClassSpec(number, *NAMES[name]) for number, name in enumerate(CLASSES))
    scaling = tuple(
        Scaling("z-score", mean=mean, stddev=spread) for mean, spread in zip(figures["mean"], figures["stddev"])
    )
    image = InputSpec(
        "image",
        "BCHW",
        (),
        "",
        bands=sentinel2("B04", "B03", "B02"),
        scaling=scaling,
        training_features=training_features(chips, scaling),
    )
    scores = OutputSpec(
        "scores", "BK", (), "", classes=classes, activation="softmax", temperature=figures["temperature"]
    )
    accuracy, error = 100 * figures["overall_accuracy"], 100 * figures["calibration_error"]
    return Facts(
        id="eurosat-rgb",
        name="EuroSAT scene classes (RGB)",
        task="classify",
        description=(
            "Says which of ten kinds of land a chip of 640 × 640 m shows, from red, green and blue of Sentinel-2 at "
            "10 m. It takes bytes as EuroSAT has them: reflectance 0 to 0.275 as 0 to 255. For Sentinel-2 products "
            '(reflectance × 10000) set OPTIONS={"scale": 0.0927}, for the true-colour image TCI about {"scale": 1.29}.'
        ),
        inputs=(image,),
        outputs=(scores,),
        gsd_m=10.0,
        halo_px=0,
        accuracy=f"{accuracy:.2f} % overall accuracy and {error:.2f} % calibration error on the {VALIDATION}",
        figures=(
            Figure("overall_accuracy", "overall accuracy", round(accuracy, 2), "%", VALIDATION),
            Figure("calibration_error", "expected calibration error", round(error, 2), "%", f"{VALIDATION}; 15 bins"),
            Figure(
                "check",
                "overall accuracy",
                round(100 * figures["check_accuracy"], 2),
                "%",
                f"every ninth of these chips, {figures['check_chips']}: the part that the plugin's own test runs",
            ),
        ),
        classes=ClassTable(
            VALIDATION,
            tuple(
                ClassFigures(NAMES[name][0], row["producers_accuracy"], row["users_accuracy"], row["count"])
                for name, row in figures["classes"].items()
            ),
        ),
        reliability=Curve(
            VALIDATION,
            *(tuple(figures["reliability"][part]) for part in ("confidence", "accuracy", "count")),
            error=figures["calibration_error"],
            error_before=figures["calibration_error_without_temperature"],
        ),
        failures=(
            "It always names one of its ten classes: desert, snow, wetland and burnt land get the nearest of them.",
            "Trained on cloud-free chips of Europe only: clouds and other continents are outside of what it knows.",
            "Other values than those of EuroSAT (a stretched picture, aerial photographs, pixels of another size) give "
            "confident nonsense.",
            most_confused(figures["confusion"]),
        ),
        data=(
            TrainingSet(
                "EuroSAT RGB, published train part",
                "Helber, Bischke, Dengel, Borth: EuroSAT: A Novel Dataset and Deep Learning Benchmark for Land Use and "
                "Land Cover Classification. IEEE J-STARS 12 (7), 2019",
                "MIT",
                f"EuroSAT (Helber et al. 2019). {COPERNICUS}",
                "https://github.com/phelber/EuroSAT",
            ),
        ),
        architecture="residual network with squeeze and excitation",
        hyperparameters={
            "epochs": SCHEDULE.epochs,
            "steps_per_epoch": SCHEDULE.steps,
            "highest_rate": SCHEDULE.rate,
            "weight_decay": SCHEDULE.decay,
            "optimizer": SCHEDULE.optimizer,
            "weight_average": SCHEDULE.average,
            "seed": SCHEDULE.seed,
            "pretrained_on": "nothing",
        },
    )


def most_confused(confusion: dict[str, list[int]]) -> str:
    """Return a sentence that names what is taken for what most often; of each class how often it is called which."""
    mistakes = [
        (row[place] / sum(row), NAMES[true][0], NAMES[called][0])
        for true, row in confusion.items()
        for place, called in enumerate(CLASSES)
        if called != true
    ]
    worst = sorted(mistakes, reverse=True)[:_TOLD]
    told = ", ".join(f"{true} is called {called} ({100 * share:.1f} %)" for share, true, called in worst)
    return f"Its most frequent mistakes on the validation part: {told}."


def training_features(chips: Path, scaling: tuple[Scaling, ...]) -> TrainingFeatures:
    """Return the statistics of chips of the train part, scaled as the card says."""
    pixels = np.load(chips)["train_images"]
    used = np.setdiff1d(np.arange(len(pixels)), held_out(len(pixels)))[::_SAMPLE]
    mean, spread = (np.array([getattr(step, part) for step in scaling]) for part in ("mean", "stddev"))
    windows = []
    for place, number in enumerate(used):
        width = _SMOOTHING_PX[place % len(_SMOOTHING_PX)]
        chip = ndimage.gaussian_filter(pixels[number].astype(np.float32), (width, width, 0))
        windows += cut_windows(((chip - mean) / spread).transpose(2, 0, 1))
    return fit_features(windows, scaling=scaling)


if __name__ == "__main__":
    main()
