"""The rarely used settings as fields, and the OPTIONS text that they make."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qgis.gui import QgsSpinBox
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QWidget

from ...models.errors import GeonnxError
from ...models.settings import RunOptions, read_options
from ...processing.base import translate
from .fields import shrink_spin_box
from .form import form_label
from .raster_field import shrink_combo
from .section import Section

_MOST_THREADS = 1024
_MOST_RUNS = 1000


@dataclass(frozen=True)
class _Option:
    key: str
    read: Callable[[], Any]
    write: Callable[[Any], None]


class OptionsSection(Section):
    """Builds OPTIONS; what is typed into the field for JSON wins over the other fields."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options: list[_Option] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._add_choices()
        self._add_numbers()
        self._add_switches()
        self.json = QLineEdit()
        self.json.setPlaceholderText('{"threshold": 0.6}')
        self.json.setToolTip(
            translate("Any option as JSON, as the help of the algorithm lists them; wins over the fields above")
        )
        self._add_row(translate("More as JSON"), self.json)
        self.json.textChanged.connect(self._tell)

    def values(self) -> dict[str, Any]:
        """Return the options that differ from the defaults; of broken JSON nothing."""
        chosen = {option.key: option.read() for option in self._options}
        typed = _read_object(self.json.text()) or {}
        merged = {key: value for key, value in chosen.items() if value != getattr(RunOptions(), key)}
        return {**merged, **typed}

    def text(self) -> str:
        """Return what goes into OPTIONS; empty for the defaults."""
        values = self.values()
        return json.dumps(values, ensure_ascii=False) if values else ""

    def setText(self, text: str) -> None:
        """Show what OPTIONS holds; what has no field of its own stands in the one for JSON."""
        given = _read_object(text) or {}
        for option in self._options:
            option.write(given.pop(option.key, getattr(RunOptions(), option.key)))
        self.json.setText(json.dumps(given, ensure_ascii=False) if given else "")

    def parameters(self) -> dict[str, Any]:
        """Return OPTIONS where something is chosen."""
        text = self.text()
        return {"OPTIONS": text} if text else {}

    def problems(self) -> list[str]:
        """Return what the engine would refuse."""
        if self.json.text().strip() and _read_object(self.json.text()) is None:
            return [translate('"More as JSON" is no JSON object; expected something like {}.').format('{"threads": 2}')]
        try:
            read_options(self.text())
        except GeonnxError as error:
            return [str(error)]
        return []

    def _add_choices(self) -> None:
        self._add_choice(
            "tta",
            translate("Run each tile several times"),
            translate("Tiles are also run flipped (4 runs) or flipped and turned (8 runs), and the answers averaged"),
            {"none": translate("no"), "flips": translate("flipped"), "rotations": translate("flipped and turned")},
        )
        self._add_choice(
            "compress",
            translate("Compression"),
            translate("How the result files are compressed, without loss"),
            {"DEFLATE": "Deflate", "ZSTD": "ZSTD", "LZW": "LZW", "NONE": translate("none")},
        )
        self._add_choice(
            "probability_dtype",
            translate("Probabilities as"),
            translate("0–250 in one byte, or exact numbers, which take four times the space"),
            {"uint8": translate("one byte"), "float32": translate("exact numbers")},
        )
        self._add_choice(
            "grid",
            translate("Pixels of the result"),
            translate("Where the raster was resampled to the pixel size of the model: whose pixels the result has"),
            {"raster": translate("those of the raster"), "model": translate("those of the model")},
        )

    def _add_numbers(self) -> None:
        self._add_number("threads", translate("CPU threads"), translate("all cores"), _MOST_THREADS)
        self._add_number("monte_carlo", translate("Runs with dropout"), translate("one, without"), _MOST_RUNS)

        self._add_factor(
            "scale",
            translate("Multiply values by"),
            "1",
            translate("Factor from the stored values to those that the model expects, such as 0.0001 for Sentinel-2"),
        )
        self._add_factor(
            "offset", translate("Add to values"), "0", translate("Added to the values after they were multiplied")
        )

    def _add_switches(self) -> None:
        self._add_switch(
            "resume",
            translate("Can be resumed after a crash"),
            translate("Finished blocks are kept on the disk; the same run, started again, goes on where it stopped"),
        )
        self._add_switch(
            "half",
            translate("Half precision on a GPU"),
            translate("Faster on many graphics cards; used only where it does not change the map"),
        )
        self._add_switch(
            "overviews", translate("Overviews"), translate("Smaller copies in the file, shown when zoomed out")
        )

    def _add_choice(self, key: str, label: str, tip: str, choices: dict[str, str]) -> None:
        combo = QComboBox()
        shrink_combo(combo)
        for value, text in choices.items():
            combo.addItem(text, value)
        combo.setToolTip(tip)

        def write(value: Any) -> None:
            if combo.findData(value) < 0:
                combo.addItem(str(value), value)
            combo.setCurrentIndex(combo.findData(value))

        write(getattr(RunOptions(), key))
        combo.currentIndexChanged.connect(self._tell)
        self._options.append(_Option(key, combo.currentData, write))
        self._add_row(label, combo)

    def _add_number(self, key: str, label: str, automatic: str, most: int) -> None:
        box = QgsSpinBox()
        box.setRange(0, most)
        box.setSpecialValueText(automatic)
        box.setClearValue(0, automatic)
        box.setToolTip(translate("0: {}").format(automatic))
        shrink_spin_box(box)
        box.valueChanged.connect(self._tell)
        self._options.append(_Option(key, box.value, box.setValue))
        self._add_row(label, box)

    def _add_factor(self, key: str, label: str, neutral: str, tip: str) -> None:
        field = QLineEdit()
        field.setPlaceholderText(neutral)
        field.setToolTip(tip)

        def read() -> Any:
            text = field.text().strip().replace(",", ".")
            try:
                return float(text) if text else None
            except ValueError:
                return text  # the engine says what is wrong with it

        field.textChanged.connect(self._tell)
        self._options.append(_Option(key, read, lambda value: field.setText("" if value is None else f"{value:g}")))
        self._add_row(label, field)

    def _add_switch(self, key: str, label: str, tip: str) -> None:
        box = QCheckBox()
        box.setToolTip(tip)
        box.setChecked(getattr(RunOptions(), key))
        box.toggled.connect(self._tell)
        self._options.append(_Option(key, box.isChecked, box.setChecked))
        self._add_row(label, box)

    def _add_row(self, label: str, widget: QWidget) -> None:
        widget.setAccessibleName(label)
        row = self._grid.rowCount()
        self._grid.addWidget(form_label(label, widget), row, 0)
        self._grid.addWidget(widget, row, 1)

    def _tell(self, *_: Any) -> None:
        self.changed.emit()


def _read_object(text: str) -> dict[str, Any] | None:
    """Return a JSON object; None where the text is none."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
