"""The bands of a model beside those of a layer: filled automatically, correctable, with what is wrong in red."""

from __future__ import annotations

from functools import partial
from html import escape

from qgis.PyQt.QtCore import QEvent, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ...models.band_mapping import BandMapping, check_scaling, map_bands
from ...models.errors import GeonnxError
from ...models.settings import RunOptions, read_options
from ...processing.base import translate
from ..background import Reader
from .band_rows import BandRows, row_name
from .colors import ok_color, problem_color, quiet_color, warning_color


class BandTable(QWidget):
    """Shows which band of a raster each band of a model gets, as a run would decide it, and lets the user correct it.

    The raster is looked at in the background.
    """

    bandsChanged = pyqtSignal(str)  # noqa: N815 (as Qt names signals)
    problemsChanged = pyqtSignal()  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = self._raster = self._options = ""
        self._crs_wkt: str | None = None
        self._requested = ""
        self._mapping: BandMapping | None = None
        self._failure = self._warning = ""
        self._reader = Reader(self)
        self._checker = Reader(self)
        self._build()
        self._draw()

    def setSources(self, model: str, raster: str, crs_wkt: str | None = None, options: str = "") -> None:
        """Show the bands of *model* beside those of *raster* (GDAL's name for it; empty: none yet).

        Another model or raster is matched automatically again. *crs_wkt* is used instead of the raster's own CRS;
        *options* is what OPTIONS says.
        """
        new = (model, raster, crs_wkt, options)
        if new == (self._model, self._raster, self._crs_wkt, self._options):
            return
        if (model, raster) != (self._model, self._raster):
            self._set_requested("")
            self._mapping = None
        self._model, self._raster, self._crs_wkt, self._options = new
        self._ask()

    def refresh(self) -> None:
        """Look at the model and the raster again: a card may have been edited."""
        self._ask()

    def bands(self) -> str:
        """Return what goes into BANDS; empty: matched automatically."""
        return self._requested

    def setBands(self, text: str) -> None:
        """Choose bands by number or name, in the model's order; empty: match them automatically."""
        if self._set_requested(str(text or "").strip()):
            self._ask()

    def problems(self) -> list[str]:
        """Return what keeps a run from starting, one sentence each."""
        if self._failure:
            return [self._failure]
        if self._mapping is None or not self._raster:
            return []
        missing = self._rows.missing()
        if missing and not self._requested and self._mapping.bands:
            return [missing_sentence(missing), *_reasons(self._mapping, missing)]
        return list(self._mapping.problems)

    def warnings(self) -> list[str]:
        """Return what will probably make a wrong map, though it can be run: values that are scaled in another way."""
        return [self._warning] if self._warning else []

    def notes(self) -> list[str]:
        """Return what is merely good to know: another pixel size, bands taken by their order."""
        if self._mapping is None:
            return []
        return [*self._mapping.notes, *(row.problem for row in self._mapping.rows if row.problem and row.number)]

    def mapping(self) -> BandMapping | None:
        """Return the bands as a run would take them; None while they are not known."""
        return self._mapping

    def isReading(self) -> bool:
        """Return True while the model or the raster is looked at."""
        return bool(self._reader.is_busy or self._checker.is_busy)

    def summary(self) -> str:
        """Return the state of the table in a few words."""
        if self._reader.is_busy:
            return translate("Looking at the bands …")
        if not self._model:
            return translate("Choose a model to see which bands it needs.")
        return "" if self._mapping is None or self.problems() else self._state(self._mapping)

    def _state(self, mapping: BandMapping) -> str:
        if not self._raster:
            return translate("The model needs these bands. Choose a layer to match them with.")
        if self._requested:
            return translate("Bands as you chose them.")
        if any(row.how == "order" for row in mapping.rows):
            return translate("Bands are taken in the order of the layer.")
        count = len(mapping.rows)
        return translate("The band was found.") if count == 1 else translate("All {} bands were found.").format(count)

    def changeEvent(self, event: QEvent | None) -> None:
        """Draw anew when the colours change, such as from light to dark."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and hasattr(self, "_messages"):
            self._draw()

    def _build(self) -> None:
        self._summary = QLabel(self)
        self._summary.setWordWrap(True)
        self._summary.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._automatic = QPushButton(translate("Match automatically"), self)
        self._automatic.setToolTip(translate("Forget the bands that were chosen by hand."))
        self._automatic.clicked.connect(lambda: self.setBands(""))
        self._rows = BandRows(self)
        self._rows.chosen.connect(self._take_choice)
        self._messages = QLabel(self)
        self._messages.setWordWrap(True)
        self._messages.setTextFormat(Qt.TextFormat.RichText)
        self._messages.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top = QHBoxLayout()
        top.addWidget(self._summary, 1)
        top.addWidget(self._automatic)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._rows)
        layout.addWidget(self._messages)

    def _ask(self) -> None:
        self._checker.forget()
        self._failure = self._warning = ""
        if not self._model:
            self._reader.forget()
            self._mapping = None
        else:
            work = partial(map_bands, self._model, self._raster, self._requested, self._crs_wkt)
            self._reader.ask(work, self._show, self._fail)
        self._draw()
        self.problemsChanged.emit()

    def _show(self, mapping: BandMapping) -> None:
        self._mapping = mapping
        self._failure = ""
        if self._raster and mapping.is_complete and not mapping.problems:
            work = partial(_check, self._model, self._raster, self._requested, self._crs_wkt, self._options)
            self._checker.ask(work, self._warn, self._warn_nothing)
        self._draw()
        self.problemsChanged.emit()

    def _fail(self, problem: str) -> None:
        self._mapping, self._failure = None, problem
        self._draw()
        self.problemsChanged.emit()

    def _warn(self, warning: str) -> None:
        self._warning = warning
        self._draw()
        self.problemsChanged.emit()

    def _warn_nothing(self, _problem: str) -> None:
        """Say nothing: a raster that can't be sampled tells so when it is run."""

    def _take_choice(self) -> None:
        """Take what the user chose in a row; the run gets it when every row has a band."""
        numbers = self._rows.numbers()
        if all(number is not None for number in numbers):
            self.setBands(",".join(map(str, numbers)))
            return
        self._draw_texts()
        self.problemsChanged.emit()

    def _set_requested(self, text: str) -> bool:
        if text == self._requested:
            return False
        self._requested = text
        self.bandsChanged.emit(text)
        return True

    def _draw(self) -> None:
        self._rows.setMapping(self._mapping, has_raster=bool(self._raster))
        last: QWidget = self._automatic
        for combo in self._rows.combos():  # made late, they would be the last that Tab reaches
            self.setTabOrder(last, combo)
            last = combo
        self._draw_texts()

    def _draw_texts(self) -> None:
        palette = self.palette()
        summary = self.summary()
        is_fine = bool(self._mapping and self._raster and not self._reader.is_busy and not self._warning)
        color = ok_color(palette) if is_fine else quiet_color(palette)
        self._summary.setText(f'<span style="color:{color.name()}">{escape(summary)}</span>' if summary else "")
        self._summary.setVisible(bool(summary))
        self._automatic.setVisible(bool(self._requested))
        parts = [
            *((text, problem_color(palette)) for text in self.problems()),
            *((text, warning_color(palette)) for text in self.warnings()),
            *((text, quiet_color(palette)) for text in self.notes()),
        ]
        self._messages.setText(
            "".join(f'<p style="margin:2px 0; color:{color.name()}">{escape(text)}</p>' for text, color in parts)
        )
        self._messages.setVisible(bool(parts))


def missing_sentence(names: list[str]) -> str:
    """Return what to do about bands of the model that have none of the layer."""
    if len(names) == 1:
        return translate("It is not clear which band of the layer is {}: choose it in the red row.").format(names[0])
    return translate("It is not clear which bands of the layer are {}: choose them in the red rows.").format(
        ", ".join(names)
    )


def _reasons(mapping: BandMapping, missing: list[str]) -> list[str]:
    """Return why bands that are still missing were not found, each reason once."""
    rows = [row for row in mapping.rows if row.number is None and row.problem and row_name(row) in missing]
    return list(dict.fromkeys(row.problem for row in rows))


def _check(model: str, raster: str, requested: str, crs_wkt: str | None, options: str) -> str:
    try:
        run_options = read_options(options)
    except GeonnxError:
        run_options = RunOptions()  # what is wrong with OPTIONS is said where it is entered
    return check_scaling(model, raster, requested, crs_wkt, run_options)
