"""Warnings that are the same for several rasters of a run, said once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from .feedback import Feedback

_NUMBER = re.compile(r"\d[\d.,e]*")
_MOST_NAMED = 3


@contextmanager
def once_for_all(feedback: Feedback, names: Collection[str]) -> Iterator[Feedback]:
    """Yield a feedback that keeps warnings until the block ends; then those that differ by raster alone are said once.

    The first of them is said, with the other rasters. *names* are those of all rasters; they and numbers may differ.
    """
    said: list[str] = []
    try:
        yield replace(feedback, warn=said.append)
    finally:
        longest_first = sorted(set(names), key=len, reverse=True)
        raster = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        alike: dict[str, list[str]] = {}
        for text in said:
            alike.setdefault(_NUMBER.sub("#", raster.sub("", text)), []).append(text)
        for texts in alike.values():
            named = dict.fromkeys(match.group() for match in map(raster.search, texts) if match is not None)
            feedback.warn(texts[0] + _the_same_for([name for name in named if name not in texts[0]]))


def _the_same_for(names: list[str]) -> str:
    if not names:
        return ""
    which = ", ".join(names) if len(names) <= _MOST_NAMED else f"{len(names)} other rasters"
    return f" (The same for {which}.)"
