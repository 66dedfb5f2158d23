"""Choosing the model, what its card says, and which band of the raster each of its bands gets."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsSettings
from qgis.gui import QgsCollapsibleGroupBoxBasic
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ...processing.base import translate
from ..library.band_table import BandTable
from ..library.facts import ModelFacts
from ..library.facts_view import ModelFactsView
from ..library.picker import ModelPicker
from .choice import RasterChoice
from .folding import collapsible
from .section import Section, caption, stack_widgets

_LAST_MODEL = "geonnx/panel/last_model/{}"
_LONGEST_TITLE = 34


class ModelSection(Section):
    """Fills MODEL and BANDS."""

    factsChanged = pyqtSignal(object)  # noqa: N815 (as Qt names signals)
    manageRequested = pyqtSignal()  # noqa: N815 (as Qt names signals)

    def __init__(self, task: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task = task
        self._raster: RasterChoice | None = None
        self._options = ""
        self._is_touched = False
        self.picker = ModelPicker(task, self)
        self.summary_view = ModelFactsView(self, compact=True)
        self.facts_view = ModelFactsView(self)
        self.band_table = BandTable(self)
        self._facts_box = collapsible(translate("More about the model"), self.facts_view, is_collapsed=True)
        self._bands_box = BandsBox(self.band_table)
        layout = stack_widgets(self)
        layout.addWidget(caption(translate("&Model"), self.picker))
        layout.addWidget(self.picker)
        layout.addWidget(self.summary_view)
        layout.addWidget(self._facts_box)
        layout.addWidget(self._bands_box)
        self.picker.modelChanged.connect(self._on_model)
        self.picker.factsChanged.connect(self._on_facts)
        self.picker.manageRequested.connect(self.manageRequested)
        self.band_table.bandsChanged.connect(self._tell)
        self.band_table.problemsChanged.connect(self._tell)
        self._show_facts()
        # the rows come one by one: which is the best of them is known when all are there
        self._listed = QTimer(self)
        self._listed.setSingleShot(True)
        self._listed.setInterval(0)
        self._listed.timeout.connect(self._choose_first)
        self.picker.combo().model().rowsInserted.connect(lambda *_: self._listed.start())

    def facts(self) -> ModelFacts | None:
        """Return what is known of the model."""
        return self.picker.facts()

    def setRaster(self, raster: RasterChoice | None) -> None:
        """Match the bands with those of another raster."""
        self._raster = raster
        self._match()

    def setOptions(self, options: str) -> None:
        """Check the scaling of values as OPTIONS changes it."""
        self._options = options
        self._match()

    def setModel(self, model: str) -> None:
        """Choose a model by id or path."""
        self._is_touched = True
        self.picker.setModel(model)

    def is_reading(self) -> bool:
        """Return True while the model or the bands of the raster are being looked at."""
        return self.picker.isReading() or self.band_table.isReading()

    def parameters(self) -> dict[str, Any]:
        """Return MODEL, and BANDS where they were chosen by hand."""
        found = {"MODEL": self.picker.model()}
        if self.band_table.bands():
            found["BANDS"] = self.band_table.bands()
        return found

    def problems(self) -> list[str]:
        """Return what keeps the model from being run on the raster."""
        if not self.picker.model() and self.picker.hasNone():
            return [
                translate(
                    "There is no model for this yet: drop a model file on the list of models, browse for one, or look "
                    "for more in the model manager (the button at its right)."
                )
            ]
        if not self.picker.model():
            return [translate("Choose a model.")]
        if self.picker.problem():
            return [self.picker.problem()]
        return self.band_table.problems()

    def remember(self) -> None:
        """Offer this model first the next time that QGIS starts."""
        QgsSettings().setValue(_LAST_MODEL.format(self._task), self.picker.model())

    def _choose_first(self) -> None:
        """Choose the model of the last run, else the first that suits, until the user chooses one."""
        self.changed.emit()  # there may be models now where there were none
        if self._is_touched or self.picker.model():
            return
        last = str(QgsSettings().value(_LAST_MODEL.format(self._task), "") or "")
        combo = self.picker.combo()
        listed = [str(combo.itemData(row) or "") for row in range(combo.count())]
        listed = [model for model in listed if model]
        if last in listed:
            self.picker.setModel(last)
        elif listed:
            self.picker.setModel(listed[0])

    def _on_model(self, model: str) -> None:
        if model:
            self._is_touched = True
        self._match()
        self._show_facts()
        self.changed.emit()

    def _on_facts(self, facts: ModelFacts | None) -> None:
        self._show_facts()
        self.factsChanged.emit(facts)
        self.changed.emit()

    def _show_facts(self) -> None:
        facts = self.picker.facts()
        problem = self.picker.problem()
        is_known = facts is not None and not problem
        self._facts_box.setVisible(is_known)
        self._bands_box.setVisible(bool(self.picker.model()) and not problem)
        self.summary_view.setVisible(bool(self.picker.model()))
        if is_known:
            self.summary_view.setFacts(facts)
            self.facts_view.setFacts(facts)
        else:
            self.summary_view.setMessage(problem or translate("Reading the model …"), is_problem=bool(problem))

    def _match(self) -> None:
        raster = self._raster
        self.band_table.setSources(
            self.picker.model(),
            raster.source if raster else "",
            raster.crs_wkt if raster else None,
            self._options,
        )

    def _tell(self, *_: Any) -> None:
        self.changed.emit()


class BandsBox(QgsCollapsibleGroupBoxBasic):
    """The table of bands, folded up as long as all is well with it; its title says how things stand."""

    def __init__(self, table: BandTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._was_fine = True
        layout = QVBoxLayout(self)
        layout.addWidget(table)
        self.setToolTip(translate("Which band of the raster the model gets as which of its own"))
        self.setCollapsed(True)
        self._follow()
        table.problemsChanged.connect(self._follow)
        table.bandsChanged.connect(self._follow)

    def _follow(self, *_: Any) -> None:
        table = self._table
        is_fine = not table.problems() and not table.warnings()
        if table.isReading():
            self.setTitle(translate("Bands"))
            return
        summary = table.summary() if is_fine else translate("please look")
        # a title is never broken into lines: a long one would make the panel wide
        is_short = 0 < len(summary) <= _LONGEST_TITLE
        self.setTitle(translate("Bands: {}").format(summary) if is_short else translate("Bands"))
        # it opens by itself when something is wrong, and stays as the user wants it otherwise
        if self._was_fine and not is_fine:
            self.setCollapsed(False)
        self._was_fine = is_fine
