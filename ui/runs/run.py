"""A run as the windows see it: what was asked for, how far it is, what it said and what came out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from .feedback import ERROR, WARNING, RunFeedback, TileCount
from .request import RunRequest

WAITING, RUNNING, FINISHED, FAILED, CANCELLED = "waiting", "running", "finished", "failed", "cancelled"


@dataclass(eq=False)
class Run:
    """One run. Only the queue changes it."""

    request: RunRequest
    state: str = WAITING
    progress: float = 0.0
    """share of the work that is done, 0 to 1"""
    tiles_done: int = 0
    tiles_total: int = 0
    tiles_per_second: float | None = None
    seconds_left: float | None = None
    log: list[tuple[str, str]] = field(default_factory=list)
    """(level, text); the levels stand in feedback.py"""
    results: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    """why it failed"""
    is_cancelling: bool = False
    layer_ids: tuple[str, ...] = ()
    """layers of the project that were loaded from it"""
    started: float | None = None
    ended: float | None = None
    """by time.monotonic()"""

    @property
    def is_over(self) -> bool:
        """Return True once nothing happens any more."""
        return self.state in (FINISHED, FAILED, CANCELLED)

    @property
    def warnings(self) -> list[str]:
        """What the user should notice, in the order in which it was said."""
        return [text for level, text in self.log if level == WARNING]

    @property
    def seconds(self) -> float:
        """How long it has taken so far, or took."""
        if self.started is None:
            return 0.0
        return (time.monotonic() if self.ended is None else self.ended) - self.started

    def update(self, feedback: RunFeedback) -> None:
        """Take over what the work said since the last call."""
        self.log.extend(feedback.take_messages())
        # QGIS sends the bar back to 0 at times; a bar that goes backwards is read as a fault
        self.progress = max(self.progress, min(1.0, feedback.progress() / 100))
        tiles = feedback.tiles
        if tiles is not None:
            self.tiles_done, self.tiles_total = tiles.done, tiles.total
            self.tiles_per_second = tiles.tiles_per_second or self.tiles_per_second
        self.seconds_left = self._seconds_left(tiles)

    def _seconds_left(self, tiles: TileCount | None) -> float | None:
        """Return what the tiles that are left will take, else what the share of the work lets expect."""
        if tiles is not None and tiles.seconds_left is not None:
            return tiles.seconds_left
        is_known = 0.02 < self.progress < 1 and self.seconds > 1
        return self.seconds * (1 - self.progress) / self.progress if is_known else None

    def last_error(self) -> str:
        """Return the last error that was said; empty where there was none."""
        return next((text for level, text in reversed(self.log) if level == ERROR), "")
