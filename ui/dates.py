"""When images were taken, found out in the background once for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from qgis.PyQt.QtCore import QDate, QLocale, QObject, pyqtSignal

from ..models.raster.dates import acquisition_date
from ..models.raster.products import open_raster
from .background import Reader

_LANES = 3
"""files read at the same time, so that one on a share that does not answer does not hold up the others"""


@dataclass(frozen=True)
class ImageFacts:
    """What opening a raster told."""

    taken: date | None = None
    """None: neither metadata nor names say it"""
    problem: str = ""
    """why the raster can't be used"""


def read_image(source: str, crs_wkt: str | None = None) -> ImageFacts:
    """Open a raster or product and find its date; call it in the background. Raises RasterError."""
    return ImageFacts(acquisition_date(open_raster(source, crs_wkt)))


class DateBook(QObject):
    """Knows the dates of the rasters that a window shows; asks for those that it does not know."""

    learned = pyqtSignal(str)
    """the source whose date is known now, or was found not to be readable"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts: dict[str, ImageFacts] = {}
        self._waiting: deque[str] = deque()
        self._asked: set[str] = set()
        self._lanes = [Reader(self) for _ in range(_LANES)]

    def look_up(self, sources: Iterable[str]) -> None:
        """Have the dates of rasters read that are not known yet; `learned` tells when one is."""
        for source in sources:
            if source and source not in self._asked:
                self._asked.add(source)
                self._waiting.append(source)
        self._go_on()

    def facts(self, source: str) -> ImageFacts | None:
        """Return what is known of a raster; None while it is being read."""
        return self._facts.get(source)

    def taken(self, source: str) -> date | None:
        """Return the date of a raster as far as it is known."""
        facts = self._facts.get(source)
        return facts.taken if facts else None

    def _go_on(self) -> None:
        for lane in self._lanes:
            if not self._waiting:
                return
            if not lane.is_busy:
                source = self._waiting.popleft()
                lane.ask(partial(read_image, source), partial(self._on_read, source), partial(self._on_failed, source))

    def _on_read(self, source: str, facts: Any) -> None:
        self._keep(source, facts)

    def _on_failed(self, source: str, problem: str) -> None:
        self._keep(source, ImageFacts(problem=problem))

    def _keep(self, source: str, facts: ImageFacts) -> None:
        self._facts[source] = facts
        if facts.problem:
            self._asked.discard(source)  # it may be there the next time
        self._go_on()
        self.learned.emit(source)


def show_date(day: date | None) -> str:
    """Return a date as the user's country writes it, with a year of four digits; empty for None."""
    if day is None:
        return ""
    locale = QLocale()
    pattern = locale.dateFormat(QLocale.FormatType.ShortFormat).replace("yyyy", "yy").replace("yy", "yyyy")
    return str(locale.toString(QDate(day.year, day.month, day.day), pattern))
