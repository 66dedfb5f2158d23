"""The live check whether a model runs on a layer."""

from __future__ import annotations

import time
from html import escape
from typing import Any

from qgis.core import QgsApplication, QgsRasterLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ...processing.base import translate
from ..background import Reader
from ..layer_filters import offer_rasters
from ..library.colors import ok_color, problem_color, warning_color
from ..panel.raster_field import shrink_combo
from .job import AlgorithmJob
from .trial import ALGORITHMS, Found, Prepare, Subject, read_found, trial_parameters

_MOST_CLASSES = 8


class TrialPanel(QWidget):
    """Runs a model on the middle of a layer, with the same algorithm that makes the map, and says what came out."""

    finished = pyqtSignal(bool)
    """whether it ran"""

    def __init__(self, prepare: Prepare, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prepare = prepare
        self._reader = Reader(self)
        self._job: AlgorithmJob | None = None
        self._subject: Subject | None = None
        self._started = 0.0
        self.layer_box = _layer_box(translate("The raster layer to try the model on."))
        self.second_box = _layer_box(translate("Another date of the same place."))
        self.second_box.setAllowEmptyLayer(True, translate("the same layer"))
        self.second_box.setCurrentIndex(0)  # setLayer(None) shows nothing at all
        self.second_label = QLabel(translate("&Second date"))
        self.second_label.setBuddy(self.second_box)
        self.button = QPushButton()
        self.button.setAutoDefault(False)  # Enter in another field must not start a run
        self.button.setToolTip(
            translate("Run the model on one tile in the middle of the layer. Nothing is added to the project.")
        )
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.answer = QLabel()
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.RichText)
        self.answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.answer.setAccessibleName(translate("Whether the model runs"))
        self._rest()
        self._arrange()
        self.button.clicked.connect(self._toggle)
        self.set_two_layers(False)

    def set_two_layers(self, is_two: bool) -> None:
        """Offer a second layer, for models that compare or combine dates."""
        self.second_label.setVisible(is_two)
        self.second_box.setVisible(is_two)

    def clear(self) -> None:
        """Forget the last answer; another model is asked about."""
        self.stop()
        self.answer.clear()

    def stop(self) -> None:
        """Stop a trial that is running."""
        self._reader.forget()
        if self._job is not None:
            self._job.ended.disconnect(self._ended)
            self._job.cancel()
        self._rest()

    def is_running(self) -> bool:
        """Return True while a trial runs."""
        return not self.bar.isHidden()

    def start(self) -> None:
        """Try the model on the layer that is chosen."""
        layer = self.layer_box.currentLayer()
        if layer is None:
            self._say(translate("Add a raster layer to the project first, then choose it here."), is_problem=True)
            return
        self.bar.show()
        self._name_button("/mActionStop.svg", translate("S&top"))
        self.answer.setText(escape(translate("Trying the model on the middle of {}…").format(layer.name())))
        self._reader.ask(self._prepare(), self._run, self._fail)

    def _arrange(self) -> None:
        label = QLabel(translate("&Layer"))
        label.setBuddy(self.layer_box)
        hint = QLabel(translate("Runs the model on one tile in the middle of a layer and says what it finds there."))
        hint.setWordWrap(True)
        grid = QGridLayout()
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.layer_box, 0, 1)
        grid.addWidget(self.second_label, 1, 0)
        grid.addWidget(self.second_box, 1, 1)
        grid.addWidget(self.button, 2, 1, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(hint)
        layout.addLayout(grid)
        layout.addWidget(self.bar)
        layout.addWidget(self.answer)
        layout.addStretch(1)

    def _toggle(self) -> None:
        if self.is_running():
            self.stop()
            self.answer.setText(escape(translate("Stopped.")))
        else:
            self.start()

    def _layers(self) -> list[QgsRasterLayer]:
        second = self.second_box.currentLayer() if not self.second_box.isHidden() else None
        return [layer for layer in (self.layer_box.currentLayer(), second) if layer is not None]

    def _run(self, subject: Subject) -> None:
        self._subject = subject
        layers = self._layers()
        if not layers:
            self._fail(translate("The layer is not in the project any more."))
            return
        self._started = time.monotonic()
        self._job = AlgorithmJob(ALGORITHMS[subject.card.task], trial_parameters(subject, layers))
        self._job.ended.connect(self._ended)
        self._job.start()

    def _ended(self, succeeded: bool, results: dict[str, Any], message: str) -> None:
        subject, self._job = self._subject, None
        if not succeeded or subject is None:
            self._fail(message)
            return
        seconds = time.monotonic() - self._started
        self._reader.ask(
            lambda: read_found(str(results["OUTPUT"]), subject.card.task),
            lambda found: self._tell(found, seconds, str(results.get("PROVIDER", ""))),
            self._fail,
        )

    def _tell(self, found: Found, seconds: float, provider: str) -> None:
        self._rest()
        if found.is_empty:
            text = translate("It runs, but the middle of this layer holds no data: nothing was found there.")
            self.answer.setText(f'<span style="color:{warning_color(self.palette()).name()}">{escape(text)}</span>')
        else:
            how = translate("{:.1f} seconds").format(seconds) + (f", {_device(provider)}" if provider else "")
            yes = translate("Yes, it runs on this layer ({}).").format(how)
            color = ok_color(self.palette()).name()
            self.answer.setText(f'<b style="color:{color}">{escape(yes)}</b><br>{escape(found_text(found))}')
        self.finished.emit(True)

    def _fail(self, message: str) -> None:
        self._rest()
        self._say(translate("No: {}").format(message), is_problem=True)
        self.finished.emit(False)

    def _say(self, text: str, *, is_problem: bool) -> None:
        color = problem_color(self.palette()).name() if is_problem else self.palette().windowText().color().name()
        self.answer.setText(f'<span style="color:{color}">{escape(text)}</span>')

    def _rest(self) -> None:
        self._job = None
        self.bar.hide()
        self._name_button("/mActionStart.svg", translate("&Try it"))

    def _name_button(self, icon: str, text: str) -> None:
        self.button.setIcon(QgsApplication.getThemeIcon(icon))
        self.button.setText(text)


def found_text(found: Found) -> str:
    """Return what a trial found, in one sentence."""
    if found.bands:
        return translate("It made an image with {} bands.").format(found.bands)
    listed = [f"{name} {share:.0%}" for name, share in zip(found.names[:_MOST_CLASSES], found.shares)]
    more = len(found.names) - len(listed)
    if more > 0:
        listed.append(translate("and {} more").format(more))
    return translate("Found in the middle: {}.").format(", ".join(listed))


def _device(provider: str) -> str:
    """Return what ran a model without the name that onnxruntime has for it."""
    return provider.replace("ExecutionProvider", "")


def _layer_box(tip: str) -> QgsMapLayerComboBox:
    box = QgsMapLayerComboBox()
    offer_rasters(box)
    box.setToolTip(tip)
    shrink_combo(box)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box
