"""Change drawn by eye over both dates: in the cities kept aside what thresholds are chosen on, in the others to learn.

Simulated change can't tell how sure a network is of real change: sites are half green still, edges are mixed, and the
places transplanted are not. `drawn.json` holds areas that changed between the dates (sites, roads, new roofs, ground
that was opened or grew over) and areas that did not (forest, fields, water, quarters, factories), as row and column
at 10 m. They were drawn by the AI assistant that wrote these scripts, from both images in near infrared, red and green.
In the training cities most are patches that differ or that earlier networks called change, each judged by eye: change,
none, or left out. No training sees those of the cities kept aside. What lies outside of the areas has no label.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy import ndimage

from .prepare import Pair, read_pairs
from .simulate import IGNORED

AREAS = Path(__file__).with_name("drawn.json")
FACTORS = (1, 3)
"""pixel sizes that are scored, in multiples of 10 m"""
MARGIN_PX = 2
"""around changed areas, where nothing counts as unchanged"""
MIXED = 2 / 3
"""share of a coarser pixel that must have changed; one that stayed must have stayed wholly"""


def read_drawn(out: Path, factor: int, *, held_out: bool = True) -> list[tuple[Pair, np.ndarray]]:
    """Return pairs of the cities kept aside or of the others, and labels (H, W) int8: 1 changed, 0 not, or IGNORED."""
    areas = json.loads(AREAS.read_text(encoding="utf-8"))
    fine = {pair.city: pair.classes.shape[1:] for pair in read_pairs(out, 1, held_out=held_out)}
    return [
        (pair, coarsen(draw(areas[pair.city], *fine[pair.city]), factor))
        for pair in read_pairs(out, factor, held_out=held_out)
    ]


def draw(areas: dict[str, list], height: int, width: int) -> np.ndarray:
    """Return the labels (HEIGHT, WIDTH) of a city at 10 m: a pixel is where its centre is."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    changed, same = np.zeros((2, height, width), bool)
    for points in areas["changed"]:
        changed |= inside(np.array(points), rows, columns)
    for item in areas["changed_lines"]:
        changed |= distance(np.array(item["points"]), rows, columns) <= item["half_width"]
    for points in areas["same"]:
        same |= inside(np.array(points), rows, columns)
    labels = np.where(same, 0, IGNORED)
    labels[ndimage.binary_dilation(changed, iterations=MARGIN_PX)] = IGNORED
    labels[changed] = 1
    return labels.astype(np.int8)


def inside(corners: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return which points (…) lie in a polygon of corners (N, 2): those from which a ray crosses its edge oddly."""
    is_in = np.zeros(rows.shape, bool)
    for (top, left), (bottom, right) in zip(corners, np.roll(corners, -1, axis=0)):
        if top != bottom:
            edge = left + (rows - top) / (bottom - top) * (right - left)
            is_in ^= ((top > rows) != (bottom > rows)) & (columns < edge)
    return is_in


def distance(corners: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return how far points (…) are from a line along corners (N, 2)."""
    nearest = np.full(rows.shape, np.inf)
    for start, end in zip(corners, corners[1:]):
        down, along = end - start
        share = np.clip(((rows - start[0]) * down + (columns - start[1]) * along) / (down**2 + along**2), 0, 1)
        nearest = np.minimum(nearest, np.hypot(rows - start[0] - share * down, columns - start[1] - share * along))
    return nearest


def coarsen(labels: np.ndarray, factor: int) -> np.ndarray:
    """Return labels (H // FACTOR, W // FACTOR) of coarser pixels."""
    height, width = (side // factor for side in labels.shape)
    blocks = labels[: height * factor, : width * factor].reshape(height, factor, width, factor)
    coarse = np.where((blocks == 0).all((1, 3)), 0, IGNORED)
    return np.where((blocks == 1).mean((1, 3)) >= MIXED, 1, coarse).astype(np.int8)
