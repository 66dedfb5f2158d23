"""What a preview found, as small arrays: from them the image for any threshold is made at once, without the network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

SCORE_STEPS = 250
"""a score of 1, as the engine stores it; above: no score"""


@dataclass(frozen=True)
class Placement:
    """Where the pixels of an array lie: geotransform and CRS."""

    geotransform: tuple[float, ...]
    crs_wkt: str

    def corner(self, column: float, row: float) -> tuple[float, float]:
        """Return the map coordinates of a corner of a pixel."""
        x0, dx, rx, y0, ry, dy = self.geotransform
        return x0 + column * dx + row * rx, y0 + column * ry + row * dy


@dataclass(frozen=True)
class Label:
    """The name of a class at a place of the map."""

    x: float
    y: float
    width: float
    """of what it names, in the units of the map"""
    text: str
    score: int
    """as in `ClassPicture.scores`"""


@dataclass(frozen=True)
class ClassPicture:
    """Classes, each pixel with a score if the model gives any."""

    places: NDArray[np.uint16]
    """place in ``colors`` by (row, column); 0 is drawn by nothing"""
    colors: NDArray[np.uint32]
    """0xAARRGGBB"""
    names: tuple[str, ...]
    placement: Placement
    scores: NDArray[np.uint8] | None = None
    """0 to 250, 255 for none; a pixel is drawn where its score reaches the threshold"""
    decided: NDArray[np.bool_] | None = None
    """which pixels are drawn as long as there is no threshold; None: all"""
    usual_threshold: float | None = None
    """where the threshold starts; None: without one"""
    labels: tuple[Label, ...] = ()

    @property
    def has_scores(self) -> bool:
        """True when a threshold makes a difference."""
        return self.scores is not None

    def pixels(self, threshold: float | None) -> NDArray[np.uint32]:
        """Return 0xAARRGGBB by (row, column), without pixels whose score is below the threshold."""
        places = self.places
        if threshold is not None and self.scores is not None:
            places = np.where(self.scores >= stored_score(threshold), places, np.uint16(0))
        elif self.decided is not None:
            places = np.where(self.decided, places, np.uint16(0))
        return self.colors.take(places)


@dataclass(frozen=True)
class ImagePicture:
    """A restored image, as it looks on the map."""

    argb: NDArray[np.uint32]
    placement: Placement
    has_scores: bool = False
    usual_threshold: float | None = None
    labels: tuple[Label, ...] = ()

    def pixels(self, _threshold: float | None) -> NDArray[np.uint32]:
        """Return 0xAARRGGBB by (row, column)."""
        return self.argb


Picture = Union[ClassPicture, ImagePicture]


def stored_score(score: float) -> int:
    """Return the smallest number that stands for a score of at least *score*."""
    return max(0, min(SCORE_STEPS, math.ceil(score * SCORE_STEPS - 1e-9)))


def argb(red: Any, green: Any, blue: Any, alpha: Any = 255) -> Any:
    """Return 0xAARRGGBB of numbers or arrays from 0 to 255; what is transparent has no colour."""
    parts = [np.asarray(part, np.uint32) for part in (alpha, red, green, blue)]
    value = (parts[0] << 24) | (parts[1] << 16) | (parts[2] << 8) | parts[3]
    return np.where(parts[0] > 0, value, np.uint32(0)).astype(np.uint32)
