"""Warnings that are the same for several dates of a series, said once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ..feedback import Feedback
from .timeline import Moment

_NUMBER = re.compile(r"\d[\d.,e]*")


@contextmanager
def once_for_all_dates(feedback: Feedback, moments: Sequence[Moment]) -> Iterator[Feedback]:
    """Yield a feedback that keeps warnings until the block ends; then those that differ by date alone are said once.

    The first of them is said, with the number of dates. Names, dates and numbers are what may differ.
    """
    said: list[str] = []
    try:
        yield replace(feedback, warn=said.append)
    finally:
        for text, count in _count_alike(said, moments):
            others = f" (The same for {count - 1} other date{'s' if count > 2 else ''}.)" if count > 1 else ""
            feedback.warn(f"{text}{others}")


def _count_alike(said: Sequence[str], moments: Sequence[Moment]) -> list[tuple[str, int]]:
    names = sorted({name for moment in moments for name in (moment.raster.name, moment.label)}, key=len, reverse=True)
    either = re.compile("|".join(map(re.escape, names)))
    found: dict[str, list[str]] = {}
    for text in said:
        found.setdefault(_NUMBER.sub("#", either.sub("", text)), []).append(text)
    return [(texts[0], len(texts)) for texts in found.values()]
