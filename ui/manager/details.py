"""What is known of the chosen model, in tabs."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QLabel, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from ...models.catalog.trust import ChangedFileError
from ...processing.base import translate
from ..background import Reader
from ..library.colors import quiet_color
from ..library.facts import ModelFacts, model_text
from ..library.facts_view import ModelFactsView
from ..library.words import size_text, task_name
from .network_view import NetworkView
from .report_view import ReportView
from .shelf import ShelfItem, group_name
from .trial import Subject, takes_two_layers
from .trial_panel import TrialPanel
from .work import read_or_changed


class Details(QWidget):
    """Reads the chosen model in the background and shows it."""

    factsChanged = pyqtSignal(object)  # noqa: N815 (as Qt names signals)
    """ModelFacts, or None while they are not known"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader = Reader(self)
        self._item: ShelfItem | None = None
        self._facts: ModelFacts | None = None
        self.changed = ""
        """says that the model's file is not the one that was added; empty where it is"""
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.title.setWordWrap(True)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts_view = ModelFactsView()
        self.offer = QLabel()
        self.offer.setWordWrap(True)
        self.offer.setTextFormat(Qt.TextFormat.RichText)
        self.offer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.offer.setAccessibleName(translate("What the catalogue says"))
        self.network = NetworkView()
        self.report = ReportView()
        self.trial = TrialPanel(self._prepare)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for page, name, tip in (
            (
                _scrolled(self.facts_view, self.offer),
                translate("&Overview"),
                translate("What the model makes and what it needs"),
            ),
            (_scrolled(self.trial), translate("&Does it run?"), translate("Try the model on a layer of the project")),
            (self.network, translate("&Network"), translate("What goes into the network and what comes out")),
            (self.report, translate("&Report"), translate("Everything that is known of the model, on one page")),
        ):
            self.tabs.addTab(page, name)
            self.tabs.setTabToolTip(self.tabs.count() - 1, tip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.title)
        layout.addWidget(self.tabs, 1)
        self.set_item(None)

    def facts(self) -> ModelFacts | None:
        """Return what is known of the chosen model; None while it is being read, or can't be."""
        return self._facts

    def is_reading(self) -> bool:
        """Return True while the model is being read."""
        return self._reader.is_busy

    def set_item(self, item: ShelfItem | None, *, anew: bool = False, nothing: str = "") -> None:
        """Show a model; with *anew* it is read again, since its files may have changed.

        *nothing* is what to say where there is none.
        """
        if item == self._item and item is not None and not anew:
            return
        self._item, self.changed = item, ""
        self._reader.forget()
        self.trial.clear()
        self._set_facts(None)
        self.title.setText(self._title(item))
        is_here = item is not None and item.entry.path is not None
        self.offer.setVisible(item is not None and not is_here)
        for place in (1, 2, 3):
            self.tabs.setTabEnabled(place, is_here)
        if item is None:
            self.tabs.setCurrentIndex(0)
            self.facts_view.setMessage(
                nothing or translate("Choose a model at the left, or add one: drop a model file here.")
            )
        elif not is_here:
            self.tabs.setCurrentIndex(0)
            self.facts_view.setMessage("")
            self.offer.setText(offer_html(item, quiet_color(self.palette()).name()))
        else:
            self.facts_view.setMessage(translate("Reading the model…"))
            model = model_text(item.entry)
            self.report.set_model(model)
            self._reader.ask(lambda: read_or_changed(model), self._read, self._fail)

    def stop(self) -> None:
        """Stop what runs."""
        self._reader.forget()
        self.trial.stop()

    def _set_facts(self, facts: ModelFacts | None) -> None:
        self._facts = facts
        if facts is not None:
            self.facts_view.setFacts(facts)
            self.trial.set_two_layers(takes_two_layers(facts.card))
        self.network.set_card(facts.card if facts else None, facts.size_bytes if facts else None)
        self.trial.setEnabled(facts is not None)
        self.factsChanged.emit(facts)

    def _read(self, answer: ModelFacts | ChangedFileError) -> None:
        if isinstance(answer, ChangedFileError):
            self.changed = str(answer)
            self._fail(self.changed)
        else:
            self._set_facts(answer)

    def _fail(self, message: str) -> None:
        self._set_facts(None)
        self.facts_view.setMessage(message, is_problem=True)

    def _title(self, item: ShelfItem | None) -> str:
        if item is None:
            return f"<b>{escape(translate('No model is chosen'))}</b>"
        color = quiet_color(self.palette()).name()
        entry = item.entry
        parts = [entry.id, group_name(entry.source), task_name(entry.task)]
        line = " · ".join(escape(part) for part in parts if part)
        return f'<b>{escape(entry.name)}</b><br><span style="color:{color}">{line}</span>'

    def _prepare(self) -> Callable[[], Subject]:
        facts = self._facts
        if facts is None:
            raise RuntimeError("the button is enabled only when the model is known")
        subject = Subject(facts.model, facts.card)
        return lambda: subject


def offer_html(item: ShelfItem, quiet: str) -> str:
    """Return what a catalogue says of a model that is not here yet; *quiet* is the colour of labels."""
    entry = item.entry
    said = translate("not said")
    rows = (
        (translate("Licence"), entry.licence or said),
        (translate("Size"), size_text(entry.size) or said),
        (translate("Catalogue"), item.index),
    )
    cells = "".join(
        f'<tr><td style="color:{quiet}; padding-right:0.6em">{escape(name)}</td><td>{escape(value)}</td></tr>'
        for name, value in rows
    )
    newer = translate("An older version is on this computer; the download takes its place.")
    missing = translate("It is not on this computer yet: press Download. Every file is verified before it is used.")
    about = f"<p>{escape(entry.description)}</p>" if entry.description else ""
    return f"{about}<table>{cells}</table><p>{escape(newer if item.newer else missing)}</p>"


def _scrolled(*widgets: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    inner = QWidget()
    layout = QVBoxLayout(inner)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    area.setWidget(inner)
    return area
