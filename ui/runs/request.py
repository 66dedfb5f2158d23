"""What is to be run: an algorithm of ours with its parameters, and how its results are called on the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...processing.base import translate

TITLES = {
    "geonnx:segment": "Segment raster",
    "geonnx:classify": "Classify scenes",
    "geonnx:detectchange": "Detect change",
    "geonnx:removeclouds": "Remove clouds",
}
"""how the algorithms are called; the same texts as in the toolbox"""


@dataclass(frozen=True)
class RunRequest:
    """One run. Everything in it can be written as JSON, so that it can be copied, kept and started again."""

    algorithm: str
    """id, such as ``geonnx:segment``"""
    parameters: dict[str, Any] = field(default_factory=dict)
    """by name, as Processing takes them; layers as ids of the project's layers or as sources"""
    title: str = ""
    """what the list of runs calls it; empty: the algorithm's name"""
    group: str = ""
    """name of the layer group for the results; empty: the title"""

    def name(self) -> str:
        """Return the title, or the algorithm's name where there is none."""
        return self.title or translate(TITLES.get(self.algorithm, self.algorithm))

    def group_name(self) -> str:
        """Return the name of the group for the results."""
        return self.group or self.name()
