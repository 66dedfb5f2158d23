"""What a user may choose about chips, checked before any work starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import SettingsError

ZoneMode = Literal["centre", "average"]
ProbabilityFields = Literal["auto", "all", "none"]

_LARGEST_PX = 16384


@dataclass(frozen=True)
class ChipSettings:
    """Which parts of a raster are classified, and what is told of each."""

    chip_size: int = 0
    """edge of a chip, px of the model (the raster's, unless the card has a pixel size); 0: the model's own"""
    stride: int = 0
    """edge of the cell that a chip stands for, px; 0: that of the chip, so that chips lie side by side"""
    zones_path: str | None = None
    """polygon file, each polygon of which gets a class; None: the cells of a regular grid do"""
    zones_layer: str = ""
    """layer of that file; empty: the first"""
    zone_mode: ZoneMode = "centre"
    """``centre``: the chip around the centroid; ``average``: all chips that meet the polygon, weighted by area"""
    top_k: int = 3
    """how many of the likeliest classes are told"""
    threshold: float | None = None
    """smallest probability of a label (multi-label models) or of the class (one-score models); None: the card's"""
    probabilities: ProbabilityFields = "auto"
    """fields ``p_<class>``: ``auto`` up to 100 classes, ``all``, ``none``"""
    min_data: float = 0.5
    """smallest share of a chip's pixels that have to hold data, 0 to 1"""

    def __post_init__(self) -> None:
        """Raise SettingsError for values that no run could use."""
        for name, size in (("CHIP_SIZE", self.chip_size), ("STRIDE", self.stride)):
            if not 0 <= size <= _LARGEST_PX:
                raise SettingsError(f"{name} is {size} px; expected 1 to {_LARGEST_PX}, or 0 for the usual one.")
        if self.zone_mode not in ("centre", "average"):
            raise SettingsError(f"ZONE_MODE is '{self.zone_mode}'; expected centre or average.")
        if self.top_k < 1:
            raise SettingsError(f"TOP_K is {self.top_k} classes; expected 1 or more.")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise SettingsError(f"THRESHOLD is {self.threshold:g}; expected a probability from 0 to 1.")
        if self.probabilities not in ("auto", "all", "none"):
            raise SettingsError(f"PROBABILITY_FIELDS is '{self.probabilities}'; expected auto, all or none.")
        if not 0 <= self.min_data <= 1:
            raise SettingsError(f"MIN_DATA is {self.min_data:g}; expected a share from 0 to 1.")
