"""Classify scenes: a class for each piece of a raster, or for each polygon of a layer."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsMapLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtWidgets import QWidget

from ....processing.base import translate
from ...dates import DateBook
from ...layer_filters import offer_polygons
from ...library.facts import ModelFacts
from ..choice import RasterChoice, is_usable_raster
from ..form import FieldsSection
from ..page import TaskPage
from ..raster_field import shrink_combo
from ..section import Section, caption, stack_widgets
from ..switch import WaySwitch
from .segment import RasterInputs

_ALGORITHM = "geonnx:classify"
GRID, ZONES = "grid", "zones"


class ZoneFields(Section):
    """The layer whose polygons get a class, and how."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer = QgsMapLayerComboBox()
        offer_polygons(self.layer)
        self.layer.setToolTip(translate("Each polygon of this layer gets a class and keeps its shape and attributes"))
        self.layer.setAccessibleName(translate("Polygon layer"))
        shrink_combo(self.layer)
        self.mode = FieldsSection(_ALGORITHM, ("ZONE_MODE",))
        layout = stack_widgets(self)
        layout.addWidget(self.layer)
        layout.addWidget(self.mode)
        self.layer.layerChanged.connect(self._tell)
        self.mode.changed.connect(self.changed)

    def parameters(self) -> dict[str, Any]:
        """Return ZONES, and ZONE_MODE where it is not the default."""
        layer = self.layer.currentLayer()
        return {"ZONES": layer.id(), **self.mode.parameters()} if layer is not None else {}

    def problems(self) -> list[str]:
        """Return what is missing."""
        if self.layer.currentLayer() is None:
            return [translate("The project has no polygon layer: add one, or classify the cells of a regular grid.")]
        return []

    def _tell(self, *_: Any) -> None:
        self.changed.emit()


class ClassifyInputs(RasterInputs):
    """A raster, and what of it gets a class."""

    def __init__(self, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(dates, parent)
        self.what = WaySwitch(translate("What gets a class"), translate("Which pieces of the raster get a class each"))
        self.zones = ZoneFields()
        self.what.add(GRID, translate("Cells of a regular grid"))
        self.what.add(ZONES, translate("Polygons of a layer"), self.zones)
        # how large a piece is holds for polygons as well
        self.sizes = FieldsSection(_ALGORITHM, ("CHIP_SIZE", "STRIDE"))
        self.layout().addWidget(caption(translate("What gets a class"), self.what.combo))
        self.layout().addWidget(self.what)
        self.layout().addWidget(self.sizes)
        for part in (self.what, self.zones, self.sizes):
            part.changed.connect(self.changed)

    def parameters(self) -> dict[str, Any]:
        """Return the raster and the pieces."""
        zones = self.zones.parameters() if self.what.way() == ZONES else {}
        return {**super().parameters(), **zones, **self.sizes.parameters()}

    def problems(self) -> list[str]:
        """Return what is missing."""
        return [*super().problems(), *(self.zones.problems() if self.what.way() == ZONES else [])]


class ClassifyPage(TaskPage):
    """Tells the class of pieces of a raster."""

    TASK = "classify"
    ALGORITHM = _ALGORITHM
    inputs: ClassifyInputs

    def __init__(self, iface: Any, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(iface, ClassifyInputs(dates), parent)

    def main_raster(self) -> RasterChoice | None:
        """Return the raster that is cut into pieces."""
        return self.inputs.raster.choice()

    def advanced_names(self) -> tuple[str, ...]:
        """Return the finer settings."""
        return ("TOP_K", "THRESHOLD", "MIN_DATA", "PROBABILITY_FIELDS")

    def on_facts(self, facts: ModelFacts | None) -> None:
        """Ask for more dates and radar images when the model takes them."""
        self.inputs.companions.setFacts(facts)

    def use_layer(self, layer: QgsMapLayer | None) -> None:
        """Take the layer as the raster."""
        if is_usable_raster(layer):
            self.inputs.raster.setLayer(layer)

    def verb(self) -> str:
        """Return the text of the button."""
        return translate("Classify scenes")
