"""Rasters that only some models take beside the main one: more dates, radar images."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...models.card.types import InputSpec
from ...models.inputs import dates_taken
from ...processing.base import translate
from ..dates import DateBook
from ..library.facts import ModelFacts
from .raster_list import RasterList
from .section import Section, caption, stack_widgets


class Companions(Section):
    """Fills SERIES and SAR; hidden where the model takes neither."""

    def __init__(self, dates: DateBook, parent: QWidget | None = None, *, with_series: bool = True) -> None:
        """*with_series*: False where the main input is a list of dates itself."""
        super().__init__(parent)
        self._with_series = with_series
        self._facts: ModelFacts | None = None
        self.series = RasterList(dates, tip=translate("Other dates of the same place, in any order"))
        self.sar = RasterList(dates, tip=translate("Radar images of the same place, such as Sentinel-1"))
        self._series_note = _note()
        self._series_box = _box(translate("More dates"), self.series, self._series_note)
        self._sar_box = _box(translate("Radar images"), self.sar, None)
        layout = stack_widgets(self)
        layout.addWidget(self._series_box)
        layout.addWidget(self._sar_box)
        self.series.changed.connect(self.changed)
        self.sar.changed.connect(self.changed)
        self.setFacts(None)

    def setFacts(self, facts: ModelFacts | None) -> None:
        """Show the lists that a model needs; while it is being read they stay as they are."""
        if facts is None and self._facts is not None:
            return
        self._facts = facts
        self._series_box.setVisible(self._takes("series"))
        self._sar_box.setVisible(self._takes("sar"))
        self.setVisible(self._takes("series") or self._takes("sar"))
        wanted = self._wanted_dates()
        if wanted:
            self._series_note.setText(
                translate("The model takes {} dates, that of the raster above counted.").format(wanted)
            )
        else:
            self._series_note.setText(translate("The model takes any number of dates."))
        self.changed.emit()

    def parameters(self) -> dict[str, Any]:
        """Return the lists that the model takes."""
        found = {}
        if self._takes("series") and self.series.values():
            found["SERIES"] = self.series.values()
        if self._takes("sar") and self.sar.values():
            found["SAR"] = self.sar.values()
        return found

    def problems(self) -> list[str]:
        """Return what the model still needs."""
        problems = []
        wanted = self._wanted_dates()
        given = len(self.series.values()) + 1
        if self._takes("series"):
            if wanted and given != wanted:
                problems.append(
                    translate("The model takes {} dates and there are {}: change the list of more dates.").format(
                        wanted, given
                    )
                )
            problems += self.series.problems()
        if self._takes("sar"):
            if not self.sar.values():
                problems.append(translate("The model needs radar images as well: add them to the list."))
            problems += self.sar.problems()
        return problems

    def _spec(self, role: str) -> InputSpec | None:
        if self._facts is None or (role == "series" and not self._with_series):
            return None
        return self._facts.card.input_with_role(role)

    def _takes(self, role: str) -> bool:
        return self._spec(role) is not None

    def _wanted_dates(self) -> int:
        spec = self._spec("series")
        return (dates_taken(spec) or 0) if spec else 0


def _box(title: str, content: RasterList, note: QLabel | None) -> QWidget:
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(caption(title, content.tree))
    if note is not None:
        layout.addWidget(note)
    layout.addWidget(content)
    return box


def _note() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label
