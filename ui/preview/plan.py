"""The parameters of a preview: those of the request, for a small part, with the few results that are shown."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from qgis.core import QgsReferencedRectangle

from .area import Area

SEGMENT, CLASSIFY, CHANGE, CLOUDS = "geonnx:segment", "geonnx:classify", "geonnx:detectchange", "geonnx:removeclouds"
# where it lies, what the preview decides itself, and results that it does not show
_ELSEWHERE = frozenset((
    "EXTENT", "THRESHOLD", "PROBABILITIES", "CONFIDENCE", "ENTROPY", "DISAGREEMENT", "POLYGONS", "STATISTICS",
    "UNCERTAINTY", "MIN_AREA", "SIMPLIFY",
))  # fmt: skip


def preview_parameters(
    algorithm: str,
    parameters: Mapping[str, Any],
    destinations: Collection[str],
    area: Area,
    folder: Path,
    *,
    gives_scores: bool,
) -> dict[str, Any]:
    """Return what to run *algorithm* with, so that it writes into *folder* what a preview of *area* needs.

    *destinations* are the names of its outputs; *gives_scores* is False for models that give class numbers alone.
    """
    kept = {name: value for name, value in parameters.items() if name not in destinations}
    kept["EXTENT"] = QgsReferencedRectangle(area.extent, area.crs)
    if "OPTIONS" in kept:
        kept["OPTIONS"] = _options(str(kept["OPTIONS"] or ""))
    if algorithm == CHANGE and gives_scores:
        # what every pixel would be if it changed; the preview's own threshold decides whether it did
        kept["THRESHOLD"] = 0.0
    if algorithm == CLASSIFY:
        kept["PROBABILITY_FIELDS"] = "none"
    return kept | _outputs(algorithm, kept, folder, gives_scores)


def _outputs(algorithm: str, parameters: Mapping[str, Any], folder: Path, gives_scores: bool) -> dict[str, str]:
    names = {SEGMENT: "classes.tif", CHANGE: "change.tif", CLOUDS: "image.tif", CLASSIFY: "scenes.gpkg"}
    outputs = {"OUTPUT": names[algorithm]}
    if algorithm == SEGMENT and gives_scores:
        outputs["CONFIDENCE"] = "confidence.tif"
    if algorithm == CHANGE and gives_scores:
        outputs["PROBABILITIES"] = "probabilities.tif"
    if algorithm == CLASSIFY and not parameters.get("ZONES"):
        outputs["OUTPUT_RASTER"] = "cells.tif"  # its palette has the colours of the classes
    return {name: str(folder / file) for name, file in outputs.items()}


def _options(text: str) -> str:
    """Return the options without those that make no sense for results that are thrown away."""
    try:
        options = json.loads(text) if text.strip() else {}
    except ValueError:
        return text  # the algorithm says what is wrong with it
    if not isinstance(options, dict):
        return text
    for name in ("resume", "probability_dtype", "shift_map"):
        options.pop(name, None)
    return json.dumps(options | {"overviews": False})


def same_settings(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return True when two sets of parameters give the same preview, if of another part and with another threshold."""
    return _what_counts(one) == _what_counts(other)


def _what_counts(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in parameters.items()
        if name not in _ELSEWHERE and not name.startswith("OUTPUT") and value not in (None, "")
    }
