"""What a model's card says, in plain words and with its classes in their colours."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from ...models.card.types import ClassSpec
from ...processing.base import translate
from . import words
from .colors import problem_color, quiet_color, warning_color
from .facts import ModelFacts

_MOST_CLASSES = 24
_SPACE = "\N{NO-BREAK SPACE}"
_GAP = f"{_SPACE}{_SPACE} "


class ModelFactsView(QWidget):
    """Shows the facts of one model; a *compact* view has room for one or two lines only."""

    def __init__(self, parent: QWidget | None = None, *, compact: bool = False) -> None:
        super().__init__(parent)
        self._compact = compact
        self._facts: ModelFacts | None = None
        self._message = ("", False)
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._label.setAccessibleName(translate("What is known about the model"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._draw()

    def setFacts(self, facts: ModelFacts | None) -> None:
        """Show a model; None shows nothing."""
        self._facts, self._message = facts, ("", False)
        self._draw()

    def setMessage(self, text: str, *, is_problem: bool = False) -> None:
        """Show a sentence in place of a model: what is awaited, or what is wrong with it."""
        self._facts, self._message = None, (text, is_problem)
        self._draw()

    def facts(self) -> ModelFacts | None:
        """Return what is shown."""
        return self._facts

    def html(self) -> str:
        """Return what is shown as HTML."""
        return str(self._label.text())

    def changeEvent(self, event: QEvent | None) -> None:
        """Draw anew when the colours change, such as from light to dark."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and hasattr(self, "_label"):
            self._draw()

    def _draw(self) -> None:
        text, is_problem = self._message
        if self._facts is not None:
            html = (compact_html if self._compact else facts_html)(self._facts, self.palette())
            self._label.setToolTip(facts_html(self._facts, self.palette()) if self._compact else "")
        else:
            color = problem_color(self.palette()) if is_problem else quiet_color(self.palette())
            html = f'<span style="color:{color.name()}">{escape(text)}</span>' if text else ""
            self._label.setToolTip("")
        if html != self._label.text():
            self._label.setText(html)
        self._label.setVisible(bool(html))


def facts_html(facts: ModelFacts, palette: QPalette) -> str:
    """Return all facts of a model as HTML: a table of what it makes and needs, and what its description leaves open."""
    card = facts.card
    rows = [
        (translate("Makes"), escape(words.makes(facts))),
        (translate("Classes"), class_chips(facts.classes, palette)),
        (translate("Needs"), escape(words.needs(facts))),
        (translate("Pixel size"), escape(words.pixel_text(card))),
        (translate("Values"), escape(words.values_text(facts.image))),
        (translate("Accuracy"), escape(facts.accuracy or translate("not said"))),
        (translate("Licence"), escape(facts.licence or translate("not said"))),
        (translate("Trained on"), escape(card.training_data)),
        (translate("Version"), escape(card.version)),
        (translate("File"), _file(facts)),
    ]
    color = quiet_color(palette).name()
    cells = "".join(
        f'<tr><td style="color:{color}; padding-right:0.6em">{escape(name)}</td><td>{value}</td></tr>'
        for name, value in rows
        if value
    )
    about = f'<p style="margin:0 0 4px 0">{escape(card.description)}</p>' if card.description else ""
    return f'{about}<table cellspacing="0" cellpadding="1">{cells}</table>{_notes(facts.problems, palette)}'


def compact_html(facts: ModelFacts, palette: QPalette) -> str:
    """Return the most important facts of a model in two or three lines of HTML."""
    parts = [words.task_name(facts.task), words.bands_text(facts.image)]
    if facts.card.gsd_m is not None or facts.card.gsd_range_m is not None:
        parts.append(translate("pixels of {}").format(words.pixel_text(facts.card)))
    if facts.licence:
        parts.append(facts.licence)
    lines = [f'<span style="color:{quiet_color(palette).name()}">{escape(" · ".join(parts))}</span>']
    if facts.classes:
        lines.append(class_chips(facts.classes, palette))
    if facts.problems:
        many = translate("The model's description leaves {} points open: {}")
        text = facts.problems[0] if len(facts.problems) == 1 else many.format(len(facts.problems), facts.problems[0])
        lines.append(f'<span style="color:{warning_color(palette).name()}">{escape(text)}</span>')
    return "<br>".join(lines)


def class_chips(classes: Iterable[ClassSpec], palette: QPalette) -> str:
    """Return classes as HTML: a square in the colour of each beside its name, which stays in one piece."""
    listed = list(classes)
    chips = [
        f'<span style="background-color:{item.color}; color:{item.color}">{_SPACE * 4}</span>{_SPACE}'
        + escape(item.name).replace(" ", _SPACE)
        for item in listed[:_MOST_CLASSES]
    ]
    if len(listed) > _MOST_CLASSES:
        more = translate("and {} more").format(len(listed) - _MOST_CLASSES)
        chips.append(f'<span style="color:{quiet_color(palette).name()}">{escape(more)}</span>')
    return _GAP.join(chips)


def _file(facts: ModelFacts) -> str:
    card = facts.card
    described = card.card_path.name if card.card_path and card.card_path.name != card.model_path.name else card.dialect
    parts = [card.model_path.name, words.size_text(facts.size_bytes), translate("described by {}").format(described)]
    return escape(", ".join(part for part in parts if part))


def _notes(problems: Iterable[str], palette: QPalette) -> str:
    color = warning_color(palette).name()
    return "".join(f'<p style="margin:4px 0 0 0; color:{color}">{escape(text)}</p>' for text in problems)
