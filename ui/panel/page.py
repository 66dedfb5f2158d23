"""What the pages of all tasks have in common: sections under each other, one request, one list of problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qgis.core import QgsMapLayer
from qgis.gui import QgsScrollArea
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QVBoxLayout, QWidget

from ...processing.base import translate
from ..extent import ExtentField
from ..library.facts import ModelFacts
from ..runs.request import RunRequest
from .advanced import AdvancedSection
from .choice import RasterChoice
from .folding import collapsible
from .model_section import ModelSection
from .outputs import OutputsSection
from .section import Section, caption


class TaskPage(QgsScrollArea):
    """From the inputs of a task to its results. The inputs are what the pages differ in."""

    changed = pyqtSignal()
    manageRequested = pyqtSignal()  # noqa: N815 (as Qt names signals)

    TASK = ""
    ALGORITHM = ""

    def __init__(self, iface: Any, inputs: Section, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.iface = iface
        self.inputs = inputs
        self.model = ModelSection(self.TASK)
        self.extent = ExtentField(iface.mapCanvas() if iface is not None else None)
        self.more = self.more_section()
        self.outputs = OutputsSection(self.ALGORITHM)
        self.advanced = AdvancedSection(self.ALGORITHM, self.advanced_names())
        self._lay_out()
        for part in (*self._sections(), self.extent):
            part.changed.connect(self._on_changed)
        inputs.changed.connect(self._on_inputs)
        self.advanced.changed.connect(self._on_options)
        self.model.factsChanged.connect(self.on_facts)
        self.model.manageRequested.connect(self.manageRequested)
        self._on_inputs()

    # what the pages differ in

    def main_raster(self) -> RasterChoice | None:
        """Return the raster whose bands are matched with those of the model."""
        raise NotImplementedError

    def more_section(self) -> Section | None:
        """Return a section between the model and the results, if the task has one."""
        return None

    def advanced_names(self) -> tuple[str, ...]:
        """Return the task's own parameters that stand under Advanced."""
        return ()

    def on_facts(self, facts: ModelFacts | None) -> None:
        """Show what the chosen model needs beside the main raster."""

    def uses_model(self) -> bool:
        """Return False where the task is to be done without a model."""
        return True

    def use_layer(self, layer: QgsMapLayer | None) -> None:
        """Take a layer of the map as the main input, if it is one that can be used."""

    def verb(self) -> str:
        """Return what the button that starts the run says."""
        return translate("Run")

    # what they share

    def request(self) -> RunRequest:
        """Return the run that the page describes now."""
        parameters: dict[str, Any] = {}
        for part in (*self._sections(), self.extent):
            if part is self.model and not self.uses_model():
                continue
            parameters.update(part.parameters())
        raster = self.main_raster()
        facts = self.model.facts() if self.uses_model() else None
        name = raster.name if raster else ""
        title = translate("{} – {}").format(name, facts.title) if facts else name
        return RunRequest(self.ALGORITHM, parameters, title=title, group=title)

    def problems(self) -> list[str]:
        """Return what keeps the run from starting, a sentence each; empty when it can start."""
        return list(self._find_problems())

    def is_waiting(self) -> bool:
        """Return True when nothing is missing but the answer of the background."""
        return self.problems() == [_looking()]

    def may_run(self) -> bool:
        """Return True when nothing is missing, or only what was known a moment ago is being looked at again.

        A press that ends an edit must not be lost because the answer to the edit is awaited; the run checks it too.
        """
        return not self.problems() or (self.is_waiting() and self.model.facts() is not None)

    def remember(self) -> None:
        """Keep for the next time what is worth it."""
        if self.uses_model():
            self.model.remember()

    def reload_models(self) -> None:
        """Look at the list of models again."""
        self.model.picker.reload()
        self.model.band_table.refresh()  # a card may have been edited

    def stop(self) -> None:
        """Let go of the map; call it before the window goes."""
        self.extent.stop()

    def _find_problems(self) -> Iterator[str]:
        seen = set()
        for part in (*self._sections(), self.extent):
            if part is self.model and not self.uses_model():
                continue
            for problem in part.problems():
                if problem not in seen:
                    seen.add(problem)
                    yield problem
        if not seen and self._is_looking():
            yield _looking()

    def _is_looking(self) -> bool:
        return self.uses_model() and self.model.is_reading()

    def _sections(self) -> tuple[Section, ...]:
        parts = (self.inputs, self.model, self.more, self.outputs, self.advanced)
        return tuple(part for part in parts if part is not None)

    def _lay_out(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.addWidget(self.inputs)
        layout.addWidget(self.model)
        layout.addWidget(caption(translate("Part of the raster"), self.extent))
        layout.addWidget(self.extent)
        if self.more is not None:
            layout.addWidget(self.more)
        layout.addWidget(collapsible(translate("Results"), self.outputs))
        layout.addWidget(collapsible(translate("Advanced"), self.advanced, is_collapsed=True))
        layout.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _on_inputs(self) -> None:
        self.model.setRaster(self.main_raster())

    def _on_options(self) -> None:
        self.model.setOptions(self.advanced.options_text())

    def _on_changed(self, *_: Any) -> None:
        self.changed.emit()


def _looking() -> str:
    return translate("The model and the bands are being looked at …")
