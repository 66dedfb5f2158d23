"""Detect change: what differs between two dates."""

from __future__ import annotations

from html import escape
from typing import Any

from qgis.core import QgsMapLayer, QgsProject
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from ....processing.base import translate
from ...dates import DateBook, show_date
from ...library.colors import problem_color, quiet_color, warning_color
from ..choice import RasterChoice, is_usable_raster
from ..form import FieldsSection
from ..page import TaskPage
from ..raster_field import RasterField
from ..raster_list import project_rasters
from ..section import Section, caption, stack_widgets

_ALGORITHM = "geonnx:detectchange"


class TwoDates(Section):
    """The raster before and the one after, with their dates, and a button that exchanges them."""

    def __init__(self, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dates = dates
        self.before = RasterField(tip=translate("The earlier image; its pixels are those of the result"))
        self.after = RasterField(tip=translate("The later image; it is brought to the pixels of the earlier one"))
        self.before_date, self.after_date, self.note = QLabel(), QLabel(), QLabel()
        self.note.setWordWrap(True)
        self.swap_button = QToolButton()
        self.swap_button.setText("⇅ " + translate("Swap"))
        self.swap_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.swap_button.setToolTip(translate("Exchange the two images"))
        self.swap_button.clicked.connect(self.swap)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._choose_another)
        layout = stack_widgets(self)
        layout.addLayout(_title_row(caption(translate("&Before"), self.before), self.before_date))
        layout.addWidget(self.before)
        layout.addLayout(_title_row(caption(translate("&After"), self.after), self.after_date, self.swap_button))
        layout.addWidget(self.after)
        layout.addWidget(self.note)
        for field in (self.before, self.after):
            field.changed.connect(self._on_field)
        dates.learned.connect(self._on_date)
        QgsProject.instance().layersAdded.connect(self._on_layers_added)
        self._choose_another()
        self._on_field()

    def swap(self) -> None:
        """Exchange the two images."""
        fields = (self.before, self.after)
        (before, before_layer), (after, after_layer) = ((f.choice(), f.combo.currentLayer()) for f in fields)
        for field in fields:
            field.blockSignals(True)
        self.before.setChoice(after, after_layer)
        self.after.setChoice(before, before_layer)
        for field in fields:
            field.blockSignals(False)
        self._on_field()

    def parameters(self) -> dict[str, Any]:
        """Return BEFORE and AFTER."""
        before, after = self.before.choice(), self.after.choice()
        return {"BEFORE": before.value if before else "", "AFTER": after.value if after else ""}

    def problems(self) -> list[str]:
        """Return what is missing or can't be read."""
        problem = self.before.problem(
            translate("Choose the earlier image: a layer of the project, or a file with the button beside the list.")
        ) or self.after.problem(
            translate("Choose the later image: a layer of the project, or a file with the button beside the list.")
        )
        if problem:
            return [problem]
        before, after = self.before.choice(), self.after.choice()
        if before.source == after.source:
            return [translate("Before and after are the same raster: choose another one for one of them.")]
        facts = self._dates.facts(after.source)  # of the other one the table of bands tells it
        return [facts.problem] if facts and facts.problem else []

    def use_before(self, layer: QgsMapLayer) -> None:
        """Take a layer as the earlier image, and another one as the later."""
        self.before.setLayer(layer)
        self._choose_another()

    def _choose_another(self) -> None:
        """Do not begin with the same raster twice."""
        first = self.before.combo.currentLayer()
        if first is None or self.after.combo.currentLayer() is not first:
            return
        others = [layer for layer in project_rasters() if layer is not first and is_usable_raster(layer)]
        if others:
            self.after.setLayer(others[0])

    def _on_layers_added(self, _layers: Any) -> None:
        # both lists took the first layer of an empty project; they may not have the new ones yet
        self._later.start()

    def _on_field(self) -> None:
        choices = (self.before.choice(), self.after.choice())
        self._dates.look_up(choice.source for choice in choices if choice is not None)
        self._show_dates()
        self.changed.emit()

    def _on_date(self, _source: str) -> None:
        self._show_dates()
        self.changed.emit()

    def _show_dates(self) -> None:
        days = []
        for field, label in ((self.before, self.before_date), (self.after, self.after_date)):
            choice = field.choice()
            facts = self._dates.facts(choice.source) if choice else None
            color = quiet_color(self.palette())
            text = ""
            if facts is not None and facts.problem:
                text, color = translate("can't be read"), problem_color(self.palette())
            elif facts is not None:
                text = show_date(facts.taken) or translate("date unknown")
            elif choice is not None and not choice.problem:
                text = "…"
            label.setText(f'<span style="color:{color.name()}">{escape(text)}</span>')
            label.setToolTip(facts.problem if facts else "")
            days.append(facts.taken if facts else None)
        before, after = days
        is_reversed = before is not None and after is not None and after < before
        self.note.setVisible(is_reversed)
        if is_reversed:
            color = warning_color(self.palette()).name()
            text = translate("The image before is the later of the two: swap them?")
            self.note.setText(f'<span style="color:{color}">{escape(text)}</span>')


class ChangePage(TaskPage):
    """Maps what changed between two dates."""

    TASK = "change"
    ALGORITHM = _ALGORITHM
    inputs: TwoDates

    def __init__(self, iface: Any, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(iface, TwoDates(dates), parent)
        # the page of results shows it as a matrix, with what stayed as it was
        self.outputs.setWanted("STATISTICS", True)

    def main_raster(self) -> RasterChoice | None:
        """Return the earlier image: the bands hold for both."""
        return self.inputs.before.choice()

    def more_section(self) -> Section:
        """Return the threshold."""
        return FieldsSection(_ALGORITHM, ("THRESHOLD",))

    def advanced_names(self) -> tuple[str, ...]:
        """Return the finer settings."""
        return ("COREGISTER", "MATCH_HISTOGRAMS")

    def use_layer(self, layer: QgsMapLayer | None) -> None:
        """Take the layer as the earlier image."""
        if is_usable_raster(layer):
            self.inputs.use_before(layer)

    def verb(self) -> str:
        """Return the text of the button."""
        return translate("Find changes")


def _title_row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(widgets[0])
    row.addWidget(widgets[1])
    row.addStretch(1)
    for widget in widgets[2:]:
        row.addWidget(widget)
    return row
