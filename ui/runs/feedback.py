"""What a run says while it works, kept until the window asks for it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from qgis.core import QgsProcessingFeedback

INFO, WARNING, ERROR, COMMAND, DETAIL = "info", "warning", "error", "command", "detail"
"""levels of what a run says: plain, to be noticed, why it failed, what was called, for those who look closely"""


@dataclass(frozen=True)
class TileCount:
    """How far the tiles are, and how long the part of the work that they belong to takes already."""

    done: int
    total: int
    since_first_s: float
    """from the first report of this part to this one"""
    done_first: int
    """how many were done at the first report"""

    @property
    def tiles_per_second(self) -> float | None:
        """Tiles a second since the first report; None before the second one."""
        more = self.done - self.done_first
        return more / self.since_first_s if more > 0 and self.since_first_s > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """What the tiles that are left will take at this rate; None as long as it is not known."""
        rate = self.tiles_per_second
        return (self.total - self.done) / rate if rate and self.done < self.total else None


class RunFeedback(QgsProcessingFeedback):
    """Keeps what a run says: the run works in another thread, and a window looks a few times a second."""

    def __init__(self) -> None:
        super().__init__(False)
        self._said: deque[tuple[str, str]] = deque()
        self._tiles: TileCount | None = None
        self._first: tuple[float, int] = (0.0, 0)

    def take_messages(self) -> list[tuple[str, str]]:
        """Return (level, text) of what was said since the last call."""
        taken = []
        while self._said:
            taken.append(self._said.popleft())
        return taken

    @property
    def tiles(self) -> TileCount | None:
        """How far the tiles are; None as long as none was reported."""
        return self._tiles

    def report_tiles(self, done: int, total: int) -> None:
        """Take from the engine how many tiles are done."""
        now = time.monotonic()
        last = self._tiles
        if last is None or done < last.done or total != last.total:
            self._first = now, done
        began, done_first = self._first
        self._tiles = TileCount(done, total, now - began, done_first)

    def pushInfo(self, info: str) -> None:
        """Keep a message."""
        self._said.append((INFO, info))

    def pushWarning(self, warning: str) -> None:
        """Keep a warning."""
        self._said.append((WARNING, warning))

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N803 (as QGIS names it)
        """Keep an error."""
        self._said.append((ERROR, error))

    def pushCommandInfo(self, info: str) -> None:
        """Keep what was called."""
        self._said.append((COMMAND, info))

    def pushDebugInfo(self, info: str) -> None:
        """Keep a message for those who look closely."""
        self._said.append((DETAIL, info))

    def pushConsoleInfo(self, info: str) -> None:
        """Keep a line of another program."""
        self._said.append((DETAIL, info))

    def setProgressText(self, text: str) -> None:
        """Keep what is being done."""
        self._said.append((INFO, text))
