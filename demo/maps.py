"""The maps of the four tasks: what is on each, and what is written beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bundled import CHANGE_MODEL, CLOUD_MODEL, CLOUD_REMOVAL_MODEL, COVER_MODEL, NOTES, SCENE_MODEL
from common import OUT, draw
from example import CLOUDY_DAY, LATER_DAY, Example
from figures import ACCURACY, CHANGE, CHANGE_POLYGONS, CHIPS, CLEARED, CLOUDS, COVER, QUALITY


def draw_maps(example: Example, facts: Mapping[Path, str], seconds: float) -> list[Path]:
    """Draw the overview and a map for each task; return the paths, the overview first.

    ``facts`` are what the steps told of their main results.
    """
    overview = OUT / "overview.png"
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
            "text": f"geonnx:segment with {CLOUD_MODEL}",
            "layers": [{"kind": "classes", "path": str(CLOUDS), "opacity": 0.6}, {"kind": "scene", "path": before}],
            "legend_path": str(CLOUDS),
        },
        {
            "heading": f"2  Remove clouds: {CLOUDY_DAY} as if clear",
            "text": f"geonnx:removeclouds with {CLOUD_REMOVAL_MODEL}",
            "layers": [cleared],
            "note": [*facts[CLEARED].split("; "), *facts[QUALITY].split("; ")],
        },
        {
            "heading": "3  Segment: land cover, pixel by pixel",
            "text": f"geonnx:segment with {COVER_MODEL}",
            "layers": [{"kind": "classes", "path": str(COVER), "opacity": 0.85}, cleared],
            "legend_path": str(COVER),
            "note": [facts[ACCURACY]],
        },
        {
            "heading": "4  Classify: kind of scene, chip by chip",
            "text": f"geonnx:classify with {SCENE_MODEL}",
            "layers": [{"kind": "chips", "path": str(CHIPS), "opacity": 0.6}, cleared],
            "legend_kind": "chips",
            "legend_path": str(CHIPS),
        },
        {
            "heading": f"5  Detect change: until {LATER_DAY}",
            "text": f"geonnx:detectchange with {CHANGE_MODEL}, over the later date",
            "layers": [
                {"kind": "outlines", "path": str(CHANGE_POLYGONS)},
                {"kind": "classes", "path": str(CHANGE), "opacity": 0.9},
                {"kind": "scene", "path": after},
            ],
            "legend_path": str(CHANGE),
            "note": [facts[CHANGE].split("; ")[1]],
        },
    ]
    names = ("0_scene", "1_clouds", "2_cleared", "3_land_cover", "4_chips", "5_change")
    for name, panel in zip(names, panels):
        panel |= {"like": str(example.clear_truth), "file": str(OUT / f"{name}_map.png")}
    page = {
        "output": str(overview),
        "title": "GeONNX: classify, segment, detect change, remove clouds",
        "subtitle": "every step through qgis_process, on the processor, in one chain",
        "notes": [*NOTES, f"All steps together: {seconds:.0f} s."],
        "panels": panels,
    }
    plan = OUT / "qgis" / "overview.json"
    plan.write_text(json.dumps(page, indent=2), encoding="utf-8")
    draw("render_overview.py", str(plan))
    return [overview, *(Path(panel["file"]) for panel in panels)]


def date_roles(example: Example) -> dict[str, str]:
    """Return what each date is for."""
    roles = {CLOUDY_DAY: "to be cleared of clouds", LATER_DAY: "no clouds; some of the land has changed"}
    return {day: roles.get(day, "clouds elsewhere; helps to fill") for day in example.dates}
