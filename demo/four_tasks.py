"""All four tasks on the example: each step through ``qgis_process``, with its figures in one line, then maps of all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bundled import (
    CHANGE_MODEL,
    CLOUD_MODEL,
    CLOUD_REMOVAL_MODEL,
    COVER_MODEL,
    NOTES,
    SCENE_MODEL,
    SCENE_OPTIONS,
)
from common import OUT, open_qgis, remove_result, say
from example import CLOUDY_DAY, LATER_DAY, Example, example_scenes
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
    tell_quality,
)
from headless import HeadlessQgis
from maps import draw_maps

# patches of change below half a hectare are mostly mixed pixels at the borders of fields
LEAST_CHANGE_M2 = 5000


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


def steps(example: Example) -> list[Step]:
    """Return what is run, in order; each step takes results of those before it."""
    return [*cloud_steps(example), *map_steps(example)]


def cloud_steps(example: Example) -> list[Step]:
    """Return the steps that find clouds and take them away."""
    early = [path for day, path in example.dates.items() if day != LATER_DAY]
    return [
        Step(
            "clouds and shadows",
            "geonnx:segment",
            {"INPUT": example.dates[CLOUDY_DAY], "MODEL": CLOUD_MODEL},
            {"OUTPUT": CLOUDS, "POLYGONS": result("1_cloud_polygons.gpkg")},
            tell_clouds,
        ),
        Step(
            "clouds removed",
            "geonnx:removeclouds",
            {
                "INPUTS": early,
                "TARGET": early.index(example.dates[CLOUDY_DAY]),
                "MODEL": CLOUD_REMOVAL_MODEL,
                # the date in its name says which image this mask is of; the model finds the clouds of the others
                "CLOUD_MASKS": [CLOUDS],
                "CLOUD_MODEL": CLOUD_MODEL,
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


def map_steps(example: Example) -> list[Step]:
    """Return the steps that map land cover, chips and change."""
    return [
        Step(
            "land cover, by pixel",
            "geonnx:segment",
            {"INPUT": CLEARED, "MODEL": COVER_MODEL, "MIN_AREA": 500},
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
            lambda figures: tell_accuracy(figures, example),
        ),
        Step(
            "kind of scene, by chip",
            "geonnx:classify",
            {"INPUT": CLEARED, "MODEL": SCENE_MODEL, "OPTIONS": SCENE_OPTIONS},
            {"OUTPUT": CHIPS, "OUTPUT_RASTER": result("4_chips_raster.tif")},
            tell_chips,
        ),
        Step(
            f"change to {LATER_DAY}",
            "geonnx:detectchange",
            {
                "BEFORE": CLEARED,
                "AFTER": example.dates[LATER_DAY],
                "MODEL": CHANGE_MODEL,
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
    unlike = outcome.results.get("UNLIKE_SHARE")  # only where a network ran: see docs/trust.md
    unlike_note = "" if unlike is None else f"; {unlike:.0%} is unlike the training images"
    say(f"{step.title:<24} {step.algorithm:<22} {seconds:5.1f} s  {told}{unlike_note}")
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
    for note in NOTES:
        say(note)
    qgis, shown, start = open_qgis(), Shown(), time.monotonic()
    for step in steps(example):
        run_step(qgis, step, shown)
    seconds = time.monotonic() - start
    drawn = draw_maps(example, shown.facts, seconds)
    say(f"done in {seconds:.0f} s. Open these in QGIS; rasters and polygons bring their own style:")
    for path in sorted([*shown.files, *drawn]):
        print(f"  {path}")
    print(f"  scenes and their truth: {example.folder}")
    say(f"a picture of it all: {drawn[0]}")
    return 0
