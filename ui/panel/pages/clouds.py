"""Remove clouds: the image of a date as it would be without them."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsMapLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QComboBox, QLabel, QWidget

from ....models.clouds.masks import is_cloudy_name
from ....models.inputs import dates_taken
from ....processing.base import translate
from ...dates import DateBook, show_date
from ...library.facts import ModelFacts
from ...library.picker import ModelPicker
from ..choice import RasterChoice, is_usable_raster
from ..companions import Companions
from ..form import FieldsSection
from ..page import TaskPage
from ..raster_field import shrink_combo
from ..raster_list import RasterList
from ..section import Section, caption, stack_widgets
from ..switch import WaySwitch

_ALGORITHM = "geonnx:removeclouds"
QUALITY, MASKS, CLOUD_MODEL = "quality", "masks", "model"
WITH_MODEL, WITHOUT_MODEL = "model", "dates"
_AUTOMATIC = -1


class TargetField(QComboBox):
    """Which date is restored: one of the list, or the one that the model restores."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(translate("The date that the result shows"))
        self.setAccessibleName(translate("Date to restore"))
        shrink_combo(self)
        self.setItems([])

    def setItems(self, items: list[tuple[str, str]]) -> None:
        """Offer dates, each with the value that tells it from the others when their order changes."""
        chosen = self.currentData()
        self.blockSignals(True)
        self.clear()
        self.addItem(translate("The model's own, else the latest"), "")
        for text, value in items:
            self.addItem(text, value)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        self.blockSignals(False)

    def number(self) -> int:
        """Return the place of the chosen date in the list, from 0; -1: automatic."""
        return self.currentIndex() - 1 if self.currentIndex() > 0 else _AUTOMATIC


class CloudKnowledge(Section):
    """From what it is known where clouds are."""

    def __init__(self, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.way = WaySwitch(
            translate("Where clouds are"), translate("Where clouds are known, what was seen clearly stays as it is")
        )
        self.masks = RasterList(
            dates, tip=translate("A cloud mask for each image, in the same order or with dates in their names")
        )
        self.picker = ModelPicker("segment", with_manager=False)
        self.picker.setToolTip(translate("A model that tells clouds from clear land; it is run on every date first"))
        self.way.add(QUALITY, translate("The images' own quality band, if any"))
        self.way.add(MASKS, translate("Cloud masks"), self.masks)
        self.way.add(CLOUD_MODEL, translate("A cloud model, run first"), self.picker)
        layout = stack_widgets(self)
        layout.addWidget(caption(translate("Where clouds are"), self.way.combo))
        layout.addWidget(self.way)
        self.way.changed.connect(self.changed)
        self.masks.changed.connect(self.changed)
        self.picker.modelChanged.connect(self._tell)
        self.picker.factsChanged.connect(self._tell)
        # the rows come one by one: look when all are there
        self._listed = QTimer(self)
        self._listed.setSingleShot(True)
        self._listed.setInterval(0)
        self._listed.timeout.connect(self._choose_first)
        self.picker.combo().model().rowsInserted.connect(lambda *_: self._listed.start())

    def _choose_first(self) -> None:
        """Begin with the first model whose name speaks of clouds: segmentation models of other kinds are listed too."""
        combo = self.picker.combo()
        rows = [(str(combo.itemData(row) or ""), combo.itemText(row)) for row in range(combo.count())]
        found = [model for model, name in rows if model and is_cloudy_name(name)]
        if found and not self.picker.model():
            self.picker.setModel(found[0])

    def parameters(self) -> dict[str, Any]:
        """Return CLOUD_MASKS or CLOUD_MODEL."""
        if self.way.way() == MASKS:
            return {"CLOUD_MASKS": self.masks.values()} if self.masks.values() else {}
        if self.way.way() == CLOUD_MODEL:
            return {"CLOUD_MODEL": self.picker.model()} if self.picker.model() else {}
        return {}

    def problems(self) -> list[str]:
        """Return what is missing."""
        if self.way.way() == MASKS:
            if not self.masks.values():
                return [translate("Add the cloud masks to their list, or choose another way to know the clouds.")]
            return self.masks.problems()
        if self.way.way() == CLOUD_MODEL:
            if not self.picker.model():
                return [translate("Choose the model that finds the clouds.")]
            return [self.picker.problem()] if self.picker.problem() else []
        return []

    def _tell(self, *_: Any) -> None:
        self.changed.emit()


class CloudInputs(Section):
    """The dates, the one to restore, where clouds are, and whether a model does it."""

    def __init__(self, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dates = dates
        self._facts: ModelFacts | None = None
        self.rasters = RasterList(
            dates, tip=translate("The images of one place; drag them to order, or use Alt and the arrow keys")
        )
        self.count_note = QLabel()
        self.count_note.setWordWrap(True)
        self.target = TargetField()
        self.clouds = CloudKnowledge(dates)
        self.companions = Companions(dates, with_series=False)
        self.method = FieldsSection(_ALGORITHM, ("METHOD",))
        self.way = WaySwitch(translate("How clouds are filled"), translate("By a model, or from the other dates alone"))
        self.way.add(WITH_MODEL, translate("Restored by a model"))
        self.way.add(WITHOUT_MODEL, translate("Filled from the other dates, without a model"), self.method)
        layout = stack_widgets(self)
        layout.addWidget(caption(translate("&Images of all dates"), self.rasters.tree))
        layout.addWidget(self.rasters)
        layout.addWidget(caption(translate("&Date to restore"), self.target))
        layout.addWidget(self.target)
        layout.addWidget(self.clouds)
        layout.addWidget(self.companions)
        layout.addWidget(caption(translate("How clouds are filled"), self.way.combo))
        layout.addWidget(self.way)
        layout.addWidget(self.count_note)
        self.rasters.changed.connect(self._on_rasters)
        self.target.currentIndexChanged.connect(self._tell)
        for part in (self.clouds, self.companions, self.method, self.way):
            part.changed.connect(self._tell)
        self._note()

    def uses_model(self) -> bool:
        """Return True where a model restores the image."""
        return self.way.way() == WITH_MODEL

    def setFacts(self, facts: ModelFacts | None) -> None:
        """Take what the model says of the number of dates."""
        if facts is not None or self._facts is None:
            self._facts = facts
        self.companions.setFacts(facts)
        self._note()

    def parameters(self) -> dict[str, Any]:
        """Return the inputs."""
        found: dict[str, Any] = {"INPUTS": self.rasters.values(), **self.clouds.parameters()}
        if self.target.number() != _AUTOMATIC:
            found["TARGET"] = self.target.number()
        if self.uses_model():
            return {**found, **self.companions.parameters()}
        return {**found, **self.method.parameters()}

    def problems(self) -> list[str]:
        """Return what is missing."""
        count = len(self.rasters.values())
        if not count:
            return [translate("Add the images of one or more dates.")]
        problems = self.rasters.problems()
        if not self.uses_model() and count < 2:
            problems.append(translate("Clouds can be filled from other dates only: add at least one more image."))
        wanted = self._dates_wanted()
        if self.uses_model() and wanted and count < wanted:
            problems.append(translate("The model takes {} dates: add {} more.").format(wanted, wanted - count))
        problems += self.clouds.problems()
        return problems + (self.companions.problems() if self.uses_model() else [])

    def _dates_wanted(self) -> int:
        spec = self._facts.card.input_with_role("series") if self._facts else None
        return (dates_taken(spec) or 0) if spec else 0

    def _note(self) -> None:
        wanted = self._dates_wanted() if self.uses_model() else 0
        self.count_note.setVisible(bool(wanted))
        self.count_note.setText(
            translate("The model takes {} dates; of more, those nearest in time are used.").format(wanted)
        )

    def _on_rasters(self) -> None:
        items = []
        for choice in self.rasters.choices():
            day = show_date(self._dates.taken(choice.source))
            items.append((f"{day} – {choice.name}" if day else choice.name, choice.value))
        self.target.setItems(items)
        self._tell()

    def _tell(self, *_: Any) -> None:
        self._note()
        self.changed.emit()


class CloudsPage(TaskPage):
    """Restores what clouds hide."""

    TASK = "clouds"
    ALGORITHM = _ALGORITHM
    inputs: CloudInputs

    def __init__(self, iface: Any, dates: DateBook, parent: QWidget | None = None) -> None:
        super().__init__(iface, CloudInputs(dates), parent)

    def main_raster(self) -> RasterChoice | None:
        """Return the first image: the bands hold for all."""
        choices = self.inputs.rasters.choices()
        return choices[0] if choices else None

    def uses_model(self) -> bool:
        """Return what is chosen."""
        return self.inputs.uses_model()

    def more_section(self) -> Section:
        """Return what happens to clear pixels."""
        return FieldsSection(_ALGORITHM, ("KEEP_CLEAR",))

    def advanced_names(self) -> tuple[str, ...]:
        """Return the finer settings."""
        return ("FEATHER", "GROW", "LOST_PIXELS")

    def on_facts(self, facts: ModelFacts | None) -> None:
        """Ask for what the model needs."""
        self.inputs.setFacts(facts)

    def use_layer(self, layer: QgsMapLayer | None) -> None:
        """Begin the list with the layer, as long as nothing is in it."""
        if is_usable_raster(layer) and not self.inputs.rasters.values():
            self.inputs.rasters.add_layers([layer])

    def reload_models(self) -> None:
        """Look at the lists of models again."""
        super().reload_models()
        self.inputs.clouds.picker.reload()

    def verb(self) -> str:
        """Return the text of the button."""
        return translate("Remove the clouds")

    def _on_inputs(self) -> None:
        self.model.setVisible(self.uses_model())
        super()._on_inputs()
