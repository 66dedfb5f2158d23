"""Freed memory that the C library keeps for itself, given back to the system while a run goes on.

glibc serves GDAL's blocks, compressed tiles and tensors, each of another size, from the same heap; what lies free
between them can't be used again for larger ones, and a long run would grow by some per cent of holes.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable

_EVERY_S = 0.5
"""a call takes about a millisecond"""


def trim_heap() -> None:
    """Give freed memory back to the system where the C library can do so (glibc); nothing happens elsewhere."""
    if sys.platform.startswith("linux"):
        trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


class HeapKeeper:
    """Trims the heap now and then; to be called again and again."""

    def __init__(self) -> None:
        """Begin to count the time."""
        self._trimmed = time.monotonic()

    def look(self) -> None:
        """Trim the heap unless that was done a moment ago."""
        now = time.monotonic()
        if now - self._trimmed > _EVERY_S:
            self._trimmed = now
            trim_heap()
