"""Words of messages: numbers of things, and what somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def counted(count: int, thing: str) -> str:
    """Return a number of things whose plural ends in s: 1 tile, 2 tiles."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def perhaps_meant(given: str, known: Sequence[str]) -> str:
    """End a sentence with the name that differs from *given* only in case, else the most alike; empty without one."""
    alike = difflib.get_close_matches(given.lower(), [name.lower() for name in known], n=1)
    meant = next((name for name in known if name.lower() in alike), "")
    return f"; perhaps {meant} is meant" if meant else ""
