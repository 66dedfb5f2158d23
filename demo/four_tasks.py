"""All four tasks on the example: each step through ``qgis_process``, with its figures in one line, then maps of all."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from common import CLOUD_MODEL, CLOUD_OPTIONS, OUT, draw, open_qgis, remove_result, say
from example import CLOUDY_DAY, LATER_DAY, Example, copy_cloud_model, example_models, example_scenes
from headless import HeadlessQgis
from osgeo import gdal

METHOD_NOTE = (
    "Clouds are found by a trained network (ukis-csmask). Land cover, chips and change come from a classic "
    "maximum-likelihood classifier made of published spectra and written as ONNX: it is no trained network."
)
# patches of change below half a hectare are mostly mixed pixels at the borders of fields
LEAST_CHANGE_M2 = 5000
CLOUD_GSD_M = 20
Figures = dict[str, Any]


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

    facts: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def result(name: str) -> Path:
    """Return the path of a result."""
    return OUT / name


CLOUDS = result(f"1_clouds_{CLOUDY_DAY}.tif")
CLEARED = result(f"2_cleared_{CLOUDY_DAY}.tif")
COVER = result("3_land_cover.tif")
CHIPS = result("4_chips.gpkg")
CHANGE = result("5_change.tif")
CHANGE_POLYGONS = result("5_change_polygons.gpkg")


def read_band(path: Path) -> np.ndarray:
    """Return the first band of a small raster."""
    dataset = gdal.Open(str(path))
    return dataset.GetRasterBand(1).ReadAsArray()


def nodata_value(path: Path) -> float | None:
    """Return the number that means no data in the first band."""
    dataset = gdal.Open(str(path))
    return dataset.GetRasterBand(1).GetNoDataValue()


def class_shares(path: Path) -> dict[int, float]:
    """Return value → share of the pixels with data of a class raster."""
    values, counts = np.unique(read_band(path), return_counts=True)
    known = {int(value): int(count) for value, count in zip(values, counts) if value != nodata_value(path)}
    return {value: count / sum(known.values()) for value, count in known.items()}


def tell_description(figures: Figures) -> str:
    """Tell what is known of the model."""
    return f"{figures['NAME']}: {', '.join(figures['BANDS'])} in pixels of {figures['GSD_M']:g} m"


def tell_clouds(_figures: Figures) -> str:
    """Tell how much is cloudy."""
    shares = class_shares(CLOUDS)
    return f"{shares.get(1, 0):.1%} cloud and {shares.get(2, 0):.1%} shadow"


def tell_cleared(figures: Figures) -> str:
    """Tell what became of the pixels; those that no date shows at all are no loss."""
    never = float(np.mean(read_band(CLEARED) == nodata_value(CLEARED)))
    lost = figures["LOST_SHARE"] - never
    return (
        f"{figures['CLOUDY_SHARE']:.1%} was cloudy, filled from {len(figures['DATES']) - 1} other dates; "
        f"{figures['KEPT_SHARE']:.1%} kept as observed, {lost:.1%} under clouds on every date"
    )


def tell_quality(figures: Figures) -> str:
    """Tell how close the cleared image is to the true one."""
    cloudy = figures["PARTS"]["cloudy"]
    return (
        f"whole image PSNR {figures['PSNR']:.1f} dB, SSIM {figures['SSIM']:.3f}; "
        f"cloudy part PSNR {cloudy['psnr_db']:.1f} dB, spectral angle {cloudy['sam_deg']:.1f}°"
    )


def tell_cover(figures: Figures) -> str:
    """Tell how fast it went."""
    return f"{len(class_shares(COVER))} classes, {figures['MPIX_PER_SECOND']:.1f} megapixels a second"


def tell_accuracy(figures: Figures) -> str:
    """Tell how right the map is."""
    return (
        f"overall accuracy {figures['OVERALL_ACCURACY']:.1%}, kappa {figures['KAPPA']:.2f}, mIoU {figures['MIOU']:.2f}"
    )


def tell_chips(figures: Figures) -> str:
    """Tell how many there are and of what."""
    counts = figures["CLASS_COUNTS"]
    most = max(counts, key=counts.__getitem__)
    return f"{sum(counts.values())} chips of 320 m, most of them {most} ({counts[most]})"


def tell_change(figures: Figures, example: Example) -> str:
    """Tell how much changed, and how much of it is true."""
    before, after = (read_band(example.cover_truth(day)) for day in (CLOUDY_DAY, LATER_DAY))
    truth, found = before != after, (read_band(CHANGE) > 0) & (read_band(CHANGE) != nodata_value(CHANGE))
    return (
        f"{figures['CHANGED_HA']:,.0f} of {figures['TOTAL_HA']:,.0f} ha changed ({figures['CHANGED_SHARE']:.1%}); "
        f"{found[truth].mean():.0%} of the true change found, {truth[found].mean():.0%} of what was found is true"
    )


def steps(example: Example) -> list[Step]:
    """Return what is run, in order; each step takes results of those before it."""
    pixel_model, chip_model = example_models()
    cloud_card = OUT / "models" / "clouds.json"
    early = [path for day, path in example.dates.items() if day != LATER_DAY]
    return [
        Step(
            "cloud model described",
            "geonnx:describemodel",
            # its makers' file does not say that it was made for coarser pixels: at 10 m it takes woods for shadows
            {"MODEL": copy_cloud_model(), "GSD": CLOUD_GSD_M, "OVERWRITE": True},
            {"OUTPUT": cloud_card},
            tell_description,
        ),
        Step(
            "clouds and shadows",
            "geonnx:segment",
            {"INPUT": example.dates[CLOUDY_DAY], "MODEL": cloud_card, "OPTIONS": CLOUD_OPTIONS},
            {"OUTPUT": CLOUDS, "POLYGONS": result("1_cloud_polygons.gpkg")},
            tell_clouds,
        ),
        Step(
            "clouds removed",
            "geonnx:removeclouds",
            {
                "INPUTS": early,
                "TARGET": early.index(example.dates[CLOUDY_DAY]),
                # the date in its name says which image this mask is of; the model finds the clouds of the others
                "CLOUD_MASKS": [CLOUDS],
                "CLOUD_MODEL": cloud_card,
                "OPTIONS": CLOUD_OPTIONS,
                "GROW": 3,
            },
            {"OUTPUT": CLEARED},
            tell_cleared,
        ),
        Step(
            "compared with the truth",
            "geonnx:compareimages",
            {"INPUT": CLEARED, "REFERENCE": example.clear_truth, "MASK": CLOUDS, "SCALE": 0.0001},
            {"OUTPUT": result("2_cleared_quality.html"), "OUTPUT_CSV": result("2_cleared_quality.csv")},
            tell_quality,
        ),
        Step(
            "land cover, by pixel",
            "geonnx:segment",
            {"INPUT": CLEARED, "MODEL": pixel_model, "MIN_AREA": 500},
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
            {"OUTPUT": result("3_land_cover_accuracy.html"), "OUTPUT_CSV": result("3_land_cover_accuracy.csv")},
            tell_accuracy,
        ),
        Step(
            "land cover, by chip",
            "geonnx:classify",
            {"INPUT": CLEARED, "MODEL": chip_model},
            {"OUTPUT": CHIPS, "OUTPUT_RASTER": result("4_chips_raster.tif")},
            tell_chips,
        ),
        Step(
            f"change to {LATER_DAY}",
            "geonnx:detectchange",
            {
                "BEFORE": CLEARED,
                "AFTER": example.dates[LATER_DAY],
                "MODEL": pixel_model,
                "THRESHOLD": 0.9,
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
    shown.facts.append(told)
    shown.files += list(step.outputs.values())


def draw_maps(example: Example, shown: Shown, seconds: float) -> Path:
    """Draw the overview and a map for each task; return the path of the overview."""
    overview = OUT / "overview.png"
    facts = shown.facts[1:]
    before, after = str(example.dates[CLOUDY_DAY]), str(example.dates[LATER_DAY])
    cleared = {"kind": "scene", "path": str(CLEARED)}
    panels: list[dict[str, Any]] = [
        {
            "heading": f"A cloudy date, {CLOUDY_DAY}",
            "text": "synthetic, in the likeness of Sentinel-2; 10 m pixels, 11 × 10 km",
            "layers": [{"kind": "scene", "path": before}],
            "note": [f"{day}: {name}" for day, name in date_roles(example).items()],
        },
        {
            "heading": "1  Segment: clouds and their shadows",
            "text": f"geonnx:segment with {CLOUD_MODEL} (ukis-csmask)",
            "layers": [{"kind": "classes", "path": str(CLOUDS), "opacity": 0.6}, {"kind": "scene", "path": before}],
            "legend_path": str(CLOUDS),
        },
        {
            "heading": f"2  Remove clouds: {CLOUDY_DAY} as if clear",
            "text": "geonnx:removeclouds, nearest clear date (no network)",
            "layers": [cleared],
            "note": [facts[1].split("; ")[0], facts[1].split("; ")[1], *facts[2].split("; ")],
        },
        {
            "heading": "3  Segment: land cover, pixel by pixel",
            "text": "geonnx:segment with land_cover.onnx",
            "layers": [{"kind": "classes", "path": str(COVER), "opacity": 0.85}, cleared],
            "legend_path": str(COVER),
            "note": [facts[4]],
        },
        {
            "heading": "4  Classify: main land cover, chip by chip",
            "text": "geonnx:classify with chip_cover.onnx",
            "layers": [{"kind": "chips", "path": str(CHIPS), "opacity": 0.6}, cleared],
            "legend_kind": "chips",
            "legend_path": str(CHIPS),
        },
        {
            "heading": f"5  Detect change: until {LATER_DAY}",
            "text": "geonnx:detectchange with land_cover.onnx on both dates, over the later one",
            "layers": [
                {"kind": "outlines", "path": str(CHANGE_POLYGONS)},
                {"kind": "classes", "path": str(CHANGE), "opacity": 0.9},
                {"kind": "scene", "path": after},
            ],
            "legend_path": str(CHANGE),
            "note": [facts[6].split("; ")[1]],
        },
    ]
    names = ("0_scene", "1_clouds", "2_cleared", "3_land_cover", "4_chips", "5_change")
    for name, panel in zip(names, panels):
        panel |= {"like": str(example.clear_truth), "file": str(OUT / f"{name}_map.png")}
    page = {
        "output": str(overview),
        "title": "GeONNX: classify, segment, detect change, remove clouds",
        "subtitle": "every step through qgis_process, on the processor, in one chain",
        "notes": [METHOD_NOTE, f"All steps together: {seconds:.0f} s."],
        "panels": panels,
    }
    plan = OUT / "qgis" / "overview.json"
    plan.write_text(json.dumps(page, indent=2), encoding="utf-8")
    draw("render_overview.py", str(plan))
    shown.files += [overview, *(Path(panel["file"]) for panel in panels)]
    return overview


def date_roles(example: Example) -> dict[str, str]:
    """Return what each date is for."""
    roles = {CLOUDY_DAY: "to be cleared of clouds", LATER_DAY: "no clouds; some of the land has changed"}
    return {day: roles.get(day, "clouds elsewhere; helps to fill") for day in example.dates}


def remove_old_results() -> None:
    """Take away what an earlier run left."""
    for path in (*OUT.glob("[0-9]_*"), OUT / "overview.png"):
        remove_result(path)


def show_four_tasks() -> int:
    """Run the demonstration; return the exit code."""
    OUT.mkdir(parents=True, exist_ok=True)
    remove_old_results()
    example = example_scenes()
    say(METHOD_NOTE)
    qgis, shown, start = open_qgis(), Shown(), time.monotonic()
    for step in steps(example):
        run_step(qgis, step, shown)
    seconds = time.monotonic() - start
    overview = draw_maps(example, shown, seconds)
    say(f"done in {seconds:.0f} s. Open these in QGIS; rasters and polygons bring their own style:")
    for path in sorted(shown.files):
        print(f"  {path}")
    print(f"  scenes and their truth: {example.folder}; models: {OUT / 'models'}")
    say(f"a picture of it all: {overview}")
    return 0
