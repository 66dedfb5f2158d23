"""The cards of both forms: ``python -m s2_change.card DATA OUT ZOO``, after export and evaluate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common.air import correct
from common.card import COPERNICUS, Curve, Facts, Figure, TrainingSet, sentinel2, write_card
from geonnx.models.card.types import ClassSpec, InputSpec, OutputSpec, Scaling, TrainingFeatures
from geonnx.models.likeness.fit import cut_windows, fit_features

from .evaluate import BEST, FIGURES, TOA
from .export import FORMS
from .prepare import BANDS, HELD_OUT, MEAN, SPREAD, read_pairs
from .train import BATCH, MEMBERS, standardise

CLASSES = (ClassSpec(0, "No change", "#f2f2f2"), ClassSpec(1, "Change", "#d7191c"))
HALO_PX = 64
TILE_PX = 512
DATA = (
    TrainingSet(
        name="OSCD, images of seven cities (Sentinel-2 L1C)",
        citation="Daudt, Le Saux, Boulch & Gousseau (2018): Urban change detection for multispectral Earth observation"
        " using convolutional neural networks, IGARSS",
        licence="Copernicus Sentinel data: free use with attribution",
        attribution=f"{COPERNICUS} 2015–2018",
        href="https://rcdaudt.github.io/oscd/",
    ),
    TrainingSet(
        name="Dynamic World (land cover of these scenes, predicted by its model)",
        citation="Brown et al. (2022): Dynamic World, Near real-time global 10 m land use land cover mapping,"
        " Scientific Data 9, 251",
        licence="Apache-2.0 (model)",
        attribution="Land cover by Dynamic World, Google and World Resources Institute",
        href="https://dynamicworld.app/",
    ),
    TrainingSet(
        name="Areas of change and of none in these seven cities",
        citation="drawn by eye by the AI assistant that trained the model: training/s2_change/drawn.json",
        licence="GPL-2.0-or-later",
        attribution="GeONNX",
    ),
)
FAILURES = (
    "One building in the place of another was learned as change by one of the two networks only, and where the two"
    " buildings differ a lot; a road made wider is mostly not found.",
    "Borders of changed areas are as coarse as the land cover that the simulation of change was cut along.",
    "Clouds, their shadows and snow were not trained for, and look like change: mask them first.",
    "Harvest and growth count as no change by design; fields that stay under water, or bare soil for a year, may go"
    " either way.",
    "Shifts between the dates of more than one pixel turn edges into change: COREGISTER.",
    "It runs at the raster's own pixel size: pixels other than 10 to 30 m were not trained for, nor digital numbers"
    " that are not reflectance: give Landsat as reflectance × 10000.",
)


def training_features(out: Path, bands: tuple[str, ...], scaling: tuple[Scaling, ...]) -> TrainingFeatures:
    """Return the statistics of the training scenes at 10 m, as the network sees them.

    As they are (L1C), and as L2A would have them: haze of the training goes as far.
    """
    chosen = [BANDS.index(band) for band in bands]
    windows, places = [], []
    rng = torch.Generator().manual_seed(MEMBERS["state"].seed)
    for pair in read_pairs(out, 1, held_out=False):
        surface = correct(torch.from_numpy(pair.reflectance), 1.0, rng).numpy()
        for date in standardise(np.concatenate((pair.reflectance, surface)))[:, chosen]:
            found = list(cut_windows(date))
            windows += found
            places += [pair.city] * len(found)
    return fit_features(windows, places, scaling=scaling)


def make_figures(model: str, measured: dict[str, Any]) -> tuple[Figure, ...]:
    """Return the card's figures of one form."""
    found = []
    for place in ("Taizhou", "Nanjing"):
        part = measured[f"landsat_{place.lower()}"]
        value = part["ways"][f"{model}, {TOA}"]["f1"]
        bands = "six of the ten bands, the others missing" if model == "s2-change" else "four bands"
        found.append(
            Figure(
                f"f1_{place.lower()}", "F1 of change", value, "",
                f"Landsat TM/ETM+ pair of {place}, {part['pixels']} labelled pixels, {bands}, reflectance by the"
                " sensors' published calibration; not trained on, scored five times in all (a first network, the next,"
                " its threshold moved, networks that learned from change drawn by eye, and this one)",
            )
        )  # fmt: skip
    cities = " and ".join(city.capitalize() for city in HELD_OUT)
    for size in ("10 m", "30 m"):
        part = measured["drawn_held_out"]
        found.append(
            Figure(
                f"f1_drawn_{size[:2]}m", "F1 of change", part[f"{model}, {size}"]["f1"], "",
                f"{part[f'pixels, {size}']:,} pixels of {size} in {cities}, cities that no training saw, in areas of"
                " change and of none that the AI assistant that trained it drew by eye; threshold and networks were"
                " chosen on these and on simulated change; change vectors of 10 bands with their best threshold:"
                f" {part[f'change vectors, 10 bands, {size}, {BEST}']['f1']:.2f}",
            )
        )  # fmt: skip
    aside = (
        f"simulated change (what was built anew included) in {cities}, 150 chips of 96 px, cities that no training saw,"
        " but threshold and networks were chosen on it"
    )
    for size in ("10 m", "20 m", "30 m"):
        found.append(
            Figure(
                f"f1_simulated_{size[:2]}m", "F1 of change",
                measured["simulated_held_out"][f"{model}, {size}"]["f1"], "", f"{aside}, at {size}",
            )
        )  # fmt: skip
    series = measured["boadella"]["ways"][model]
    where = (
        f"{measured['boadella']['pairs']} pairs of clear dates 2020–2022 (L2A) at a reservoir in Spain, not trained"
        " on, but in view when threshold and networks were chosen"
    )
    found += [
        Figure("false_alarms", "land called changed", series["false_alarms_on_land"], "", f"{where}; land around it"),
        Figure(
            "water_change_found", "recall of water that came or went", series["water_change_found"], "",
            f"{where}; truth: the water index MNDWI",
        ),
    ]  # fmt: skip
    return tuple(found)


def against_change_vectors(model: str, measured: dict[str, Any]) -> str:
    """Return the sentence on what change-vector analysis reaches on the labelled pairs."""
    parts = []
    for place in ("Taizhou", "Nanjing"):
        ways = measured[f"landsat_{place.lower()}"]["ways"]
        own = ways[f"{model}, {TOA}"]
        six, four = (ways[f"change vectors, {bands} bands, {BEST}"]["f1"] for bands in (6, 4))
        both = f"{six:.2f}" if model == "s2-change" else f"{four:.2f} of the same four bands and {six:.2f} of six"
        parts.append(
            f"{place} {own['f1']:.2f} (precision {own['precision']:.2f}, recall {own['recall']:.2f}) against {both}"
        )
    return (
        "F1 on the labelled Landsat pairs and that of change vectors with the best threshold, which takes labels to"
        f" find: {'; '.join(parts)}. Most of what it gets wrong in Nanjing are false alarms, in Taizhou misses."
    )


def where_the_class_stayed(model: str, measured: dict[str, Any]) -> str:
    """Return the sentence on what is called change where a teacher sees the same land cover."""
    share = measured["real_pairs_held_out"]["ways"][model]["called_change_where_the_class_stayed"]
    return (
        f"In {' and '.join(city.capitalize() for city in HELD_OUT)} between 2015 and 2018, it calls"
        f" {share:.1%} of the ground changed whose class by Dynamic World stayed: false alarms and what was built anew."
    )


def facts(model: str, out: Path, measured: dict[str, Any]) -> Facts:
    """Return what the card of one form says."""
    bands = FORMS[model]
    scaling = tuple(
        Scaling("z-score", mean=round(float(MEAN[place]) * 10000, 1), stddev=round(float(SPREAD[place]) * 10000, 1))
        for place in map(BANDS.index, bands)
    )
    features = training_features(out, bands, scaling)
    dates = tuple(
        InputSpec(
            date, "BCHW", (), "", role=date, bands=sentinel2(*bands), scaling=scaling, training_features=features,
        )
        for date in ("before", "after")
    )  # fmt: skip
    curve = measured["reliability"][model]
    members = list(MEMBERS.values())
    figures = make_figures(model, measured)
    value = {figure.key: figure.value for figure in figures}
    form = "10 bands" if len(bands) == len(BANDS) else "blue, green, red and near infrared"
    return Facts(
        id=model,
        name=f"Land-cover change, Sentinel-2, {'10' if len(bands) == len(BANDS) else '4'} bands",
        task="change",
        rank=int(model.endswith("-4b")),
        target="s2-change",
        description=f"Finds where land cover changed between two dates, from {form} of Sentinel-2 (L1C or L2A, as"
        " reflectance × 10000) or of sensors like it, at 10 to 30 m: towns and quarries that grew, woods felled, water"
        " that came or went. Seasons, harvest, light and haze count as no change. The map is the same whichever date"
        " comes first.",
        inputs=dates,
        outputs=(
            OutputSpec(
                "change", "BKHW", (), "", role="change", classes=CLASSES, activation="sigmoid",
                threshold=measured["threshold"], temperature=curve["temperature"],
            ),
        ),
        gsd_range_m=(10.0, 30.0),
        gsd_m=None,  # pixels of 30 m score higher as they are than resampled to 10 m (figures.json)
        tile_px=TILE_PX,
        halo_px=HALO_PX,
        accuracy=f"F1 of change {value['f1_taizhou']:.2f} (Taizhou) and {value['f1_nanjing']:.2f} (Nanjing) on labelled"
        f" Landsat pairs, {value['f1_simulated_10m']:.2f} on simulated change in two cities kept aside;"
        f" {value['false_alarms']:.1%} of unchanged land called change at a place never seen.",
        figures=figures,
        failures=(
            *FAILURES, where_the_class_stayed(model, measured), against_change_vectors(model, measured),
        ),
        data=DATA,
        architecture=f"mean of {len(members)} siamese U-Nets",
        hyperparameters={
            "networks": len(members), "epochs": [member.epochs for member in members],
            "seeds": [member.seed for member in members], "steps": members[0].schedule.steps, "batch": BATCH,
            "rate": members[0].schedule.rate, "decay": members[0].schedule.decay,
        },
        reliability=Curve(
            measured_on="areas drawn by eye in the two cities kept aside, half of their blocks; the temperature was"
            " fitted on the other half, the threshold on both (8 % of these areas changed; where less changes, fewer"
            " of the likely pixels are change)",
            confidence=tuple(curve["confidence"]), accuracy=tuple(curve["accuracy"]), count=tuple(curve["count"]),
            error=curve["error"], error_before=curve["error_before"],
        ),
        citation="Daudt, Le Saux & Boulch (2018): Fully convolutional siamese networks for change detection, ICIP",
    )  # fmt: skip


def main() -> None:
    """Write both cards."""
    out, zoo = map(Path, sys.argv[2:4])
    measured = json.loads(FIGURES.read_text(encoding="utf-8"))
    for model in FORMS:
        print(write_card(zoo / f"{model}.onnx", facts(model, out, measured)))


if __name__ == "__main__":
    main()
