"""How a run talks to whoever started it, without knowing who that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _ignore(_value: object) -> None:
    return None


def _ignore_tiles(_done: int, _total: int) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Feedback:
    """Callbacks of a run. They are called from the thread that started it; the defaults do nothing."""

    progress: Callable[[float], None] = _ignore
    """share of the work that is done, 0 to 1"""
    log: Callable[[str], None] = _ignore
    warn: Callable[[str], None] = _ignore
    cancelled: Callable[[], bool] = _never
    tiles: Callable[[int, int], None] = _ignore_tiles
    """how many tiles (chips, blocks) are done, and of how many in this part of the work"""

    def part(self, start: float, stop: float) -> Callable[[float], None]:
        """Return a progress callback for the part of the work between two shares."""
        return lambda share: self.progress(start + (stop - start) * share)
