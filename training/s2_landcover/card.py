"""What the cards of both forms say: ``python -m s2_landcover.card DATA OUT ZOO``; figures come from figures.json."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common.air import correct
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
from common.scenes import CLASSES, place_name
from geonnx.models.card.types import ClassSpec, InputSpec, OutputSpec, Scaling, TrainingFeatures
from geonnx.models.likeness.fit import cut_windows, fit_features

from .evaluate import FIGURES
from .export import FORMS
from .network import BANDS
from .prepare import load_samples
from .train import BATCH, FINISH, SCHEDULE, SIZE_PX

COLORS = ("#419bdf", "#397d49", "#88b053", "#7a87c6", "#e49635", "#dfc35a", "#c4281b", "#a59b8f", "#b39fe1")
"""those of Dynamic World, so that maps look alike"""
TITLES = {
    "s2-landcover": "Land cover, Sentinel-2, 10 bands",
    "s2-landcover-4b": "Land cover, 4 bands (blue, green, red, near infrared)",
}
LEFT_OUT = (
    "the nine OSCD cities at two dates (3.1 million pixels a date), each scored by a network trained on the other "
    "eight; truth is what Dynamic World says of the same image, without its false snow; settings were chosen with "
    "Chongqing, Montpellier and Norcia left out, the weights of classes after a look at Las Vegas"
)
_LOOKED = "not seen in training, but looked at once before the weights of classes were set"
POINTS = f"97 labelled points in Leipzig, made by people; pasture may be grass or crops; {_LOOKED}"
PATCH = (
    "Slovenian land use (1 × 1 km, 9,945 pixels, three clear days of 2015), made by people; forest alone is 76.4 % of "
    f"it; {_LOOKED}"
)
RESERVOIR = (
    "five clear days of surface reflectance (L2A) at a reservoir in Spain, against (B03 − B11) / (B03 + B11) > 0; "
    f"{_LOOKED}"
)
FAILURES = (
    "Built area spreads, over small fields and gardens most: in cities left out of training it took about 30 % of "
    "the crops and of the bare ground.",
    "Grass, shrub and flooded vegetation are seldom found: grass in full green becomes trees or crops, dry grass and "
    "shrub become crops or built area.",
    "A landscape unlike the nine cities that it learned from is named after the nearest that it knows: with Las Vegas "
    "left out of training, 31 % of its bare ground became other classes (25 % with 4 bands), mostly built area.",
    "It repeats its teacher, Dynamic World, its errors too: shadows between high buildings become water.",
    "Where the teacher itself is not sure the two agree little more often than not: along borders, in scattered "
    "settlements between trees and fields, among grass, shrub and crops.",
    "Snow and ice was learned from simulated snow only and has not been seen on real snow.",
    "Clouds and their shadows have no class; mask them first.",
    "Beside areas without data the first two pixels are often wrong: with 10 bands a third of them becomes water, with "
    "4 a tenth.",
)
SCALE = 10000.0
HALO_PX = 48
"""measured on beihai: 0.03 % of the pixels at the border of a tile change when the tile is moved; at 32 px 0.3 %"""


def main() -> None:
    """Write both cards."""
    out, zoo = map(Path, sys.argv[2:4])
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    for name, bands in FORMS.items():
        print(write_card(zoo / f"{name}.onnx", make_facts(name, bands, figures, out)))


def make_facts(name: str, bands: Sequence[str], all_figures: dict[str, Any], out: Path) -> Facts:
    """Return all that is to be said of a form."""
    figures = all_figures[name]
    curve = figures["calibration"]
    scaling = (Scaling("scale", value=SCALE),)
    image = InputSpec(
        "image", "BCHW", (), "", bands=sentinel2(*bands), scaling=scaling,
        training_features=training_features(out, bands, scaling),
    )  # fmt: skip
    scores = OutputSpec(
        "scores", "BKHW", (), "", classes=tuple(map(ClassSpec, range(len(CLASSES)), CLASSES, COLORS)),
        activation="softmax", temperature=curve["temperature"],
    )  # fmt: skip
    left_out = figures["left_out_cities"]
    mean = {key: 100 * share for key, share in left_out["mean_over_cities"].items()}
    return Facts(
        id=name,
        name=TITLES[name],
        task="segment",
        rank=int(name.endswith("-4b")),
        target="s2-landcover",
        description=(
            f"Nine classes of land cover at 10 m from {len(bands)} bands of Sentinel-2: those of Dynamic World, from "
            "which it learned. For products as they are stored: reflectance × 10000, L1C (top of atmosphere) or L2A "
            "(surface). The 1000 that products hold since 2022 are taken off where the product's own metadata say so; "
            'of loose files say it yourself: OPTIONS={"offset": -1000}.'
        ),
        inputs=(image,),
        outputs=(scores,),
        gsd_m=10.0,
        halo_px=HALO_PX,
        tile_px=512,
        accuracy=(
            f"{mean['agreement']:.1f} % of pixels as Dynamic World has them, {mean['agreement_where_sure']:.1f} % "
            f"where Dynamic World is sure, mean over nine cities left out of training in turn"
        ),
        figures=_figures(figures, mean),
        classes=ClassTable(
            f"All pixels of {LEFT_OUT}",
            tuple(
                ClassFigures(kind, row["producers_accuracy"], row["users_accuracy"], row["count"])
                for kind, row in left_out["classes"].items()
            ),
        ),
        reliability=Curve(
            f"{curve['pixels']:,} pixels of {LEFT_OUT}; each city at the temperature of the other eight",
            *(tuple(curve["reliability"][part]) for part in ("confidence", "accuracy", "count")),
            error=curve["calibration_error"],
            error_before=curve["calibration_error_without_temperature"],
        ),
        failures=FAILURES,
        data=(
            TrainingSet(
                "OSCD images, nine cities",
                "Daudt, Le Saux, Boulch, Gousseau: Urban Change Detection for Multispectral Earth Observation Using "
                "Convolutional Neural Networks. IGARSS 2018",
                "Copernicus Sentinel data terms: free use with attribution",
                f"{COPERNICUS} 2015–2018",
                "https://rcdaudt.github.io/oscd/",
            ),
            TrainingSet(
                "Dynamic World predictions",
                "Brown et al.: Dynamic World, Near real-time global 10 m land use land cover mapping. Scientific Data "
                "9, 251, 2022",
                "Apache-2.0 (model)",
                "Land cover learned from predictions of Dynamic World, by Google and the World Resources Institute",
                "https://github.com/google/dynamicworld",
            ),
        ),
        architecture="U-Net at half resolution",
        hyperparameters={
            "epochs": SCHEDULE.epochs, "epochs_with_holes": FINISH.epochs, "steps_per_epoch": SCHEDULE.steps,
            "batch": BATCH, "crop_px": SIZE_PX,
            "highest_rate": SCHEDULE.rate, "weight_decay": SCHEDULE.decay, "optimizer": SCHEDULE.optimizer,
            "weight_average": SCHEDULE.average, "seed": SCHEDULE.seed, "left_out_of_labels": all_figures["fault_rule"],
        },
        citation="Learned from Dynamic World (Brown et al. 2022) on images of OSCD (Daudt et al. 2018)",
    )  # fmt: skip


def _figures(figures: dict[str, Any], mean: dict[str, float]) -> tuple[Figure, ...]:
    """Return the measured numbers of a form."""
    what = {
        "agreement": "agreement with the teacher, mean over cities",
        "agreement_with_faults": "the same with the teacher's false snow counted as right",
        "agreement_weighted_by_confidence": "the same, each pixel weighted by the teacher's confidence",
        "agreement_where_sure": "the same where the teacher's confidence is at least 0.5",
    }
    found = [Figure(key, text, round(mean[key], 2), "%", LEFT_OUT) for key, text in what.items()]
    cities = figures["left_out_cities"]["cities"]
    found += [
        Figure(f"agreement_{city}", f"agreement with the teacher in {place_name(city)}",
               round(100 * row["agreement"], 2), "%", LEFT_OUT)
        for city, row in cities.items()
    ]  # fmt: skip
    found.append(
        Figure("slovenia", "overall accuracy", round(100 * figures["slovenia"]["overall_accuracy"], 2), "%", PATCH)
    )
    water = figures["reservoir_l2a"]["intersection_over_union_of_water"]
    found.append(Figure("water_l2a", "intersection over union of water", round(100 * water, 2), "%", RESERVOIR))
    if "leipzig" in figures:
        found.append(
            Figure("leipzig", "overall accuracy", round(100 * figures["leipzig"]["overall_accuracy"], 2), "%", POINTS)
        )
    return tuple(found)


def training_features(out: Path, bands: Sequence[str], scaling: tuple[Scaling, ...]) -> TrainingFeatures:
    """Return the statistics of all training scenes, as they are (L1C) and as the training makes them L2A.

    The limit is that of cities which the statistics have not seen.
    """
    chosen = [BANDS.index(band) for band in bands]
    windows: list[np.ndarray] = []
    places: list[str] = []
    rng = torch.Generator().manual_seed(SCHEDULE.seed)
    for sample in load_samples(out):
        surface = correct(torch.from_numpy(sample.reflectance)[None], 1.0, rng)[0].numpy()
        found = [*cut_windows(sample.reflectance[chosen]), *cut_windows(surface[chosen])]
        windows += found
        places += [sample.city] * len(found)
    return fit_features(windows, places, scaling=scaling)


if __name__ == "__main__":
    main()
