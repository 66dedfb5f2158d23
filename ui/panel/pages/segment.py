"""Segment raster: a class for each pixel."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsMapLayer
from qgis.PyQt.QtWidgets import QWidget

from ....processing.base import translate
from ...dates import DateBook
from ...library.facts import ModelFacts
from ..choice import RasterChoice, is_usable_raster
from ..companions import Companions
from ..page import TaskPage
from ..raster_field import RasterField
from ..section import Section, caption, stack_widgets


class RasterInputs(Section):
    """One raster, and what else a model may need: more dates of it, radar images."""

    def __init__(self, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.raster = RasterField(tip=translate("The image that is mapped; its pixels are those of the result"))
        self.companions = Companions(dates)
        layout = stack_widgets(self)
        layout.addWidget(caption(translate("&Raster"), self.raster))
        layout.addWidget(self.raster)
        layout.addWidget(self.companions)
        self.raster.changed.connect(self.changed)
        self.companions.changed.connect(self.changed)

    def parameters(self) -> dict[str, Any]:
        """Return INPUT, and SERIES and SAR where the model takes them."""
        choice = self.raster.choice()
        return {"INPUT": choice.value if choice else "", **self.companions.parameters()}

    def problems(self) -> list[str]:
        """Return what is missing."""
        problem = self.raster.problem(
            translate("Choose a raster: a layer of the project, or a file or product with the button beside the list.")
        )
        return [problem] if problem else self.companions.problems()


class SegmentPage(TaskPage):
    """Maps the classes of a raster."""

    TASK = "segment"
    ALGORITHM = "geonnx:segment"
    inputs: RasterInputs

    def __init__(self, iface: Any, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(iface, RasterInputs(dates), parent)

    def main_raster(self) -> RasterChoice | None:
        """Return the raster that is mapped."""
        return self.inputs.raster.choice()

    def on_facts(self, facts: ModelFacts | None) -> None:
        """Ask for more dates and radar images when the model takes them."""
        self.inputs.companions.setFacts(facts)

    def use_layer(self, layer: QgsMapLayer | None) -> None:
        """Take the layer as the raster."""
        if is_usable_raster(layer):
            self.inputs.raster.setLayer(layer)

    def verb(self) -> str:
        """Return the text of the button."""
        return translate("Make the map")
