"""All four tasks on the example: each step through ``qgis_process``, with its figures in one line, then maps of all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bundled import (
    CLOUD_REMOVAL,
    Chosen,
    bundled,
    change,
    cloud_mask,
    land_cover,
    method_note,
    scene_classes,
)
from common import OUT, open_qgis, remove_result, say
from example import CLOUDY_DAY, LATER_DAY, Example, copy_cloud_model, example_models, example_scenes
from figures import (
    ACCURACY,
    CHANGE,
    CHANGE_POLYGONS,
    CHIPS,
    CLEARED,
    CLOUDS,
    COVER,
    QUALITY,
    Figures,
    result,
    tell_accuracy,
    tell_change,
    tell_chips,
    tell_cleared,
    tell_clouds,
    tell_cover,
    tell_description,
    tell_quality,
)
from headless import HeadlessQgis
from maps import draw_maps

# patches of change below half a hectare are mostly mixed pixels at the borders of fields
LEAST_CHANGE_M2 = 5000
CLOUD_GSD_M = 20
CLOUD_CARD = OUT / "models" / "clouds.json"


@dataclass(frozen=True)
class Step:
    """One call of ``qgis_process``."""

    title: str
    algorithm: str
    parameters: dict[str, Any]
    outputs: dict[str, Path]
    tell: Callable[[Figures], str]
    """writes the key figures of the result in some words"""


@dataclass
class Shown:
    """What the steps found, for the maps and the summary."""

    facts: dict[Path, str] = field(default_factory=dict)
    """main result → what was told of it"""
    files: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class Cast:
    """Which model does what."""

    clouds: Chosen
    removal: Chosen | None
    """None: the nearest clear date, without a network"""
    cover: Chosen
    chips: Chosen
    change: Chosen

    @property
    def note(self) -> str:
        """What is a trained network and what is not."""
        removal = self.removal or Chosen("", "nearest clear date", kind="no network")
        used = {"clouds": self.clouds, "their removal": removal, "land cover": self.cover, "chips": self.chips}
        return method_note([*used.items(), ("change", self.change)])


def choose_models() -> Cast:
    """Return the bundled models, with stand-ins where one is missing."""
    pixel_model, chip_model = example_models()
    cover = land_cover(pixel_model)
    return Cast(cloud_mask(CLOUD_CARD), bundled(CLOUD_REMOVAL), cover, scene_classes(chip_model), change(cover))


def steps(example: Example, cast: Cast) -> list[Step]:
    """Return what is run, in order; each step takes results of those before it."""
    return [*cloud_steps(example, cast), *map_steps(example, cast)]


def cloud_steps(example: Example, cast: Cast) -> list[Step]:
    """Return the steps that find clouds and take them away."""
    early = [path for day, path in example.dates.items() if day != LATER_DAY]
    mask, removal = cast.clouds, cast.removal
    found = [
        Step(
            "clouds and shadows",
            "geonnx:segment",
            {"INPUT": example.dates[CLOUDY_DAY], "MODEL": mask.model, "OPTIONS": mask.options},
            {"OUTPUT": CLOUDS, "POLYGONS": result("1_cloud_polygons.gpkg")},
            tell_clouds,
        ),
        Step(
            "clouds removed",
            "geonnx:removeclouds",
            {
                "INPUTS": early,
                "TARGET": early.index(example.dates[CLOUDY_DAY]),
                "MODEL": removal.model if removal else None,
                # the date in its name says which image this mask is of; the model finds the clouds of the others
                "CLOUD_MASKS": [CLOUDS],
                "CLOUD_MODEL": mask.model,
                "OPTIONS": None if removal else mask.options,
                "GROW": 3,
            },
            {"OUTPUT": CLEARED},
            tell_cleared,
        ),
        Step(
            "compared with the truth",
            "geonnx:compareimages",
            {"INPUT": CLEARED, "REFERENCE": example.clear_truth, "MASK": CLOUDS, "SCALE": 0.0001},
            {"OUTPUT": QUALITY, "OUTPUT_CSV": result("2_cleared_quality.csv")},
            tell_quality,
        ),
    ]
    if mask.is_bundled:
        return found
    describe = Step(
        "cloud model described",
        "geonnx:describemodel",
        # its makers' file does not say that it was made for coarser pixels: at 10 m it takes woods for shadows
        {"MODEL": copy_cloud_model(), "GSD": CLOUD_GSD_M, "OVERWRITE": True},
        {"OUTPUT": CLOUD_CARD},
        tell_description,
    )
    return [describe, *found]


def map_steps(example: Example, cast: Cast) -> list[Step]:
    """Return the steps that map land cover, chips and change."""
    return [
        Step(
            "land cover, by pixel",
            "geonnx:segment",
            {"INPUT": CLEARED, "MODEL": cast.cover.model, "OPTIONS": cast.cover.options, "MIN_AREA": 500},
            {
                "OUTPUT": COVER,
                "CONFIDENCE": result("3_land_cover_confidence.tif"),
                "POLYGONS": result("3_land_cover_polygons.gpkg"),
            },
            tell_cover,
        ),
        Step(
            "compared with the truth",
            "geonnx:assessaccuracy",
            {"INPUT": COVER, "REFERENCE": example.cover_truth(CLOUDY_DAY)},
            {"OUTPUT": ACCURACY, "OUTPUT_CSV": result("3_land_cover_accuracy.csv")},
            tell_accuracy,
        ),
        Step(
            "land cover, by chip",
            "geonnx:classify",
            {"INPUT": CLEARED, "MODEL": cast.chips.model, "OPTIONS": cast.chips.options},
            {"OUTPUT": CHIPS, "OUTPUT_RASTER": result("4_chips_raster.tif")},
            tell_chips,
        ),
        Step(
            f"change to {LATER_DAY}",
            "geonnx:detectchange",
            {
                "BEFORE": CLEARED,
                "AFTER": example.dates[LATER_DAY],
                "MODEL": cast.change.model,
                "OPTIONS": cast.change.options,
                # two maps differ where either is wrong: only what both are sure of counts
                "THRESHOLD": 0.9 if cast.change is cast.cover else None,
                "MIN_AREA": LEAST_CHANGE_M2,
            },
            {
                "OUTPUT": CHANGE,
                "PROBABILITIES": result("5_change_probabilities.tif"),
                "POLYGONS": CHANGE_POLYGONS,
                "STATISTICS": result("5_change_areas.html"),
            },
            lambda figures: tell_change(figures, example),
        ),
    ]


def run_step(qgis: HeadlessQgis, step: Step, shown: Shown) -> None:
    """Run a step and tell its figures; end where it fails."""
    start = time.monotonic()
    outcome = qgis(step.algorithm, timeout=3600, **step.parameters, **step.outputs)
    seconds = time.monotonic() - start
    if outcome.code != 0:
        print(outcome.stdout, outcome.stderr, sep="\n", file=sys.stderr)
        sys.exit(f"demo: {step.algorithm} failed with exit code {outcome.code}")
    told = step.tell(outcome.results)
    say(f"{step.title:<24} {step.algorithm:<22} {seconds:5.1f} s  {told}")
    shown.facts[step.outputs["OUTPUT"]] = told
    shown.files += list(step.outputs.values())


def remove_old_results() -> None:
    """Take away what an earlier run left."""
    for path in (*OUT.glob("[0-9]_*"), OUT / "overview.png"):
        remove_result(path)


def show_four_tasks() -> int:
    """Run the demonstration; return the exit code."""
    OUT.mkdir(parents=True, exist_ok=True)
    remove_old_results()
    example = example_scenes()
    cast = choose_models()
    say(cast.note)
    qgis, shown, start = open_qgis(), Shown(), time.monotonic()
    for step in steps(example, cast):
        run_step(qgis, step, shown)
    seconds = time.monotonic() - start
    labels = {
        CLOUDS: cast.clouds.label, COVER: cast.cover.label, CHIPS: cast.chips.label, CHANGE: cast.change.label,
        CLEARED: cast.removal.label if cast.removal else "nearest clear date (no network)",
    }  # fmt: skip
    drawn = draw_maps(example, shown.facts, labels, cast.note, seconds)
    say(f"done in {seconds:.0f} s. Open these in QGIS; rasters and polygons bring their own style:")
    for path in sorted([*shown.files, *drawn]):
        print(f"  {path}")
    print(f"  scenes and their truth: {example.folder}; models: {OUT / 'models'}")
    say(f"a picture of it all: {drawn[0]}")
    return 0
