"""Small fields for numbers, choices and switches, made from what an algorithm itself says of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    NULL,
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
)
from qgis.gui import QgsDoubleSpinBox, QgsSpinBox
from qgis.PyQt.QtGui import QFontMetrics
from qgis.PyQt.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QSizePolicy, QWidget

from ...processing.base import translate

_LARGEST = 2_000_000_000
_FEWEST_LETTERS = 12


@dataclass(frozen=True)
class FieldText:
    """How a parameter is named in the panel, in fewer words than in the toolbox."""

    label: str
    automatic: str = ""
    """what the smallest value stands for, where it has a meaning of its own"""
    suffix: str = ""
    """unit, with the space before it"""
    choices: Mapping[str, str] | None = None
    """words for the values of a choice"""


@dataclass(frozen=True)
class Field:
    """A widget and how its value is read and written."""

    name: str
    label: str
    widget: QWidget
    read: Callable[[], Any]
    write: Callable[[Any], None]
    changed: Any
    """signal of the widget"""
    default: Any

    def parameters(self) -> dict[str, Any]:
        """Return the parameter where it differs from its default."""
        value = self.read()
        return {} if value == self.default else {self.name: value}


def find_algorithm(algorithm_id: str) -> QgsProcessingAlgorithm:
    """Return an algorithm of the toolbox; raise LookupError when the provider is not registered."""
    found = QgsApplication.processingRegistry().algorithmById(algorithm_id)
    if found is None:
        raise LookupError(f"The algorithm {algorithm_id} is not registered: is the plugin loaded completely?")
    return found


def make_field(definition: QgsProcessingParameterDefinition, text: FieldText) -> Field:
    """Return the field for a parameter; raise TypeError for one that is neither number, choice nor switch."""
    if isinstance(definition, QgsProcessingParameterBoolean):
        field = _switch(definition, text)
    elif isinstance(definition, QgsProcessingParameterEnum):
        field = _choice(definition, text)
    elif isinstance(definition, QgsProcessingParameterNumber):
        is_whole = definition.dataType() == QgsProcessingParameterNumber.Integer
        field = _whole_number(definition, text) if is_whole else _number(definition, text)
    else:
        raise TypeError(f"{definition.name()} is neither a number, a choice nor a switch")
    field.widget.setToolTip(definition.description())
    field.widget.setAccessibleName(text.label)
    return field


def make_fields(algorithm_id: str, names: tuple[str, ...]) -> tuple[Field, ...]:
    """Return the fields for some parameters of an algorithm."""
    algorithm, texts = find_algorithm(algorithm_id), field_texts()
    return tuple(make_field(algorithm.parameterDefinition(name), texts[name]) for name in names)


def field_texts() -> dict[str, FieldText]:
    """Return the short names of the parameters, by parameter."""
    own = translate("the model's own")
    px = translate(" px")
    return {
        "TILE_SIZE": FieldText(translate("Tile size"), own, px),
        "OVERLAP": FieldText(translate("Overlap of tiles"), own, px),
        "MERGE": FieldText(
            translate("Where tiles overlap"),
            choices={"crop": translate("Cut (default)"), "blend": translate("Blend softly")},
        ),
        "BATCH_SIZE": FieldText(translate("Tiles at once"), translate("automatic")),
        "MIN_AREA": FieldText(translate("Smallest polygon"), translate("any size"), translate(" m²")),
        "SIMPLIFY": FieldText(translate("Simplify by"), translate("not at all"), translate(" map units")),
        "THRESHOLD": FieldText(translate("Smallest probability"), translate("as the model says")),
        "COREGISTER": FieldText(translate("Correct a shift between the dates")),
        "MATCH_HISTOGRAMS": FieldText(translate("Adapt the values of the later image")),
        "CHIP_SIZE": FieldText(translate("Size of a piece"), own, px),
        "STRIDE": FieldText(translate("Step from piece to piece"), translate("one piece"), px),
        "ZONE_MODE": FieldText(
            translate("A polygon is judged by"),
            choices={"centre": translate("the piece around its centre"), "average": translate("all pieces in it")},
        ),
        "TOP_K": FieldText(translate("Likeliest classes to tell")),
        "MIN_DATA": FieldText(translate("Share of a piece with data")),
        "PROBABILITY_FIELDS": FieldText(
            translate("Probability of each class"),
            choices={
                "auto": translate("up to 100 classes"), "all": translate("always"), "none": translate("never"),
            },
        ),
        "KEEP_CLEAR": FieldText(translate("Keep what was seen without clouds")),
        "METHOD": FieldText(
            translate("Fill from"),
            choices={
                "nearest": translate("the nearest clear date"), "median": translate("the median of all clear dates"),
                "regression": translate("linear regression on all clear dates"),
            },
        ),
        "FEATHER": FieldText(translate("Soft edge around clouds"), suffix=px),
        "GROW": FieldText(translate("Widen the cloud masks by"), suffix=px),
        "LOST_PIXELS": FieldText(
            translate("Cloudy on every date"),
            choices={
                "keep": translate("stays as it was seen"), "nodata": translate("becomes no data"),
                "fill": translate("is filled from around"),
            },
        ),
    }  # fmt: skip


def _switch(definition: QgsProcessingParameterBoolean, text: FieldText) -> Field:
    box = QCheckBox()
    default = bool(definition.defaultValue())
    box.setChecked(default)
    return Field(definition.name(), text.label, box, box.isChecked, box.setChecked, box.toggled, default)


def _choice(definition: QgsProcessingParameterEnum, text: FieldText) -> Field:
    combo = QComboBox()
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(6)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    words = text.choices or {}
    for option in definition.options():
        combo.addItem(words.get(option, option), option)

    def write(value: Any) -> None:
        combo.setCurrentIndex(combo.findData(value))

    write(definition.defaultValue())
    return Field(
        definition.name(), text.label, combo, combo.currentData, write, combo.currentIndexChanged,
        definition.defaultValue(),
    )  # fmt: skip


def _whole_number(definition: QgsProcessingParameterNumber, text: FieldText) -> Field:
    box = QgsSpinBox()
    box.setRange(int(max(definition.minimum(), -_LARGEST)), int(min(definition.maximum(), _LARGEST)))
    default = int(definition.defaultValue())
    box.setSuffix(text.suffix)
    _show_default(box, text, default)
    return Field(definition.name(), text.label, box, box.value, box.setValue, box.valueChanged, default)


def _number(definition: QgsProcessingParameterNumber, text: FieldText) -> Field:
    box = QgsDoubleSpinBox()
    is_share = definition.maximum() <= 1
    low, high = definition.minimum(), min(definition.maximum(), _LARGEST)
    step = 0.05 if is_share else 1.0
    is_optional = definition.defaultValue() in (None, NULL)
    box.setDecimals(2)
    box.setSingleStep(step)
    # one step below the smallest value stands for "nothing given"
    box.setRange(low - step if is_optional else low, high)
    box.setSuffix(text.suffix)
    default = None if is_optional else float(definition.defaultValue())
    _show_default(box, text, box.minimum() if is_optional else default)

    def read() -> float | None:
        value = box.value()
        return None if is_optional and value < low else value

    def write(value: float | None) -> None:
        box.setValue(box.minimum() if value is None else value)

    return Field(definition.name(), text.label, box, read, write, box.valueChanged, default)


def _show_default(box: Any, text: FieldText, default: float) -> None:
    """Show words in place of the smallest value, and let the button in the field go back to the default."""
    box.setSpecialValueText(text.automatic)
    box.setValue(default)
    box.setClearValue(default, text.automatic if default == box.minimum() else "")
    box.setShowClearButton(True)
    box.setExpressionsEnabled(False)
    shrink_spin_box(box)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


def shrink_spin_box(box: QAbstractSpinBox) -> None:
    """Let a field for a number become narrower than the words that stand for its smallest value."""
    box.setMinimumWidth(QFontMetrics(box.font()).horizontalAdvance("n") * _FEWEST_LETTERS)
