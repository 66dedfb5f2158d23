"""geonnx:describemodel: the description that lies beside a model, made or corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..models.describe import Changes, describe
from ..models.inspect import describe_model, render_html
from ..models.model import load_model
from ..models.raster.sensors import common_name
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, translatable, translate
from .reports import MODEL_FACTS, log_page
from .schema_check import check_schema

OUTPUT = "OUTPUT"
OVERWRITE = "OVERWRITE"
SCHEMA = "SCHEMA"
UNCHANGED = "unchanged"
_TASKS = (UNCHANGED, "classify", "segment", "change", "clouds")
_ACTIVATIONS = (UNCHANGED, "softmax", "sigmoid", "none")
_TEXTS = (
    ("NAME", translatable("Name of the model")),
    ("BANDS", translatable("Bands in the model's order: names separated by commas, such as B04,B03,B02")),
    (
        "COMMON_NAMES",
        translatable("Common names of the bands, such as red,green,nir08, one for each band, separated by commas"),
    ),
    (
        "SCALING",
        translatable('Scaling of values as JSON, such as [{"type": "min-max", "minimum": 0, "maximum": 10000}]'),
    ),
    ("CLASSES", translatable("Classes, such as 0=water #0000ff, 1=land; or as JSON")),
    (
        "AXES",
        translatable(
            "Axes of the inputs, in the model's order, such as BCHW or BTCHW (B batch, T time, C bands, N pixels)"
        ),
    ),
    (
        "ROLES",
        translatable(
            "Roles of the inputs, in the model's order: image, before, after, series, sar, dates, latlon, gsd, …"
        ),
    ),
    ("LICENCE", translatable("Licence, such as CC-BY-4.0")),
    ("CITATION", translatable("Citation")),
    ("TRAINING_DATA", translatable("Training data: name or address")),
    ("DESCRIPTION", translatable("Description")),
)
_REAL, _WHOLE = QgsProcessingParameterNumber.Double, QgsProcessingParameterNumber.Integer
_NUMBERS = (
    ("GSD", translatable("Pixel size that the model was trained on (m)"), _REAL, 0.000001, 1e6),
    ("TRAINED_TILE", translatable("Tile size that the model was trained on (px)"), _WHOLE, 1, 16384),
    ("HALO", translatable("Overlap on each side of a tile (px)"), _WHOLE, 0, 16384),
    (
        "THRESHOLD",
        translatable("Smallest probability that counts as the class, for models with one score (0 to 1)"),
        _REAL,
        0,
        1,
    ),
    (
        "TEMPERATURE",
        translatable("Temperature by which scores are divided before the activation (number; 1: as they are)"),
        _REAL,
        0.000001,
        1e6,
    ),
)


class DescribeModelAlgorithm(GeonnxAlgorithm):
    """Writes a STAC MLM item beside a model."""

    ID = "describemodel"
    NAME = "Describe model"
    ICON = "describe"
    TAGS = ("onnx", "metadata", "model card", "STAC", "MLM", "sidecar", "classes", "bands", "scaling")
    SHORT = "Makes or corrects the description beside a model: task, bands, scaling, classes, pixel size, licence."
    HELP = (
        "Writes what a model expects and gives as a STAC item of the Machine Learning Model extension (MLM 1.5), by "
        "default beside the model, where every algorithm of this group finds it.\n\n"
        "It starts from all that is known already: an older description, an Esri model definition, the metadata inside "
        "of the ONNX file, the shapes of its tensors. Parameters that are left empty keep that; the others replace "
        "it.\n\n"
        "Scaling has the form of value_scaling in STAC MLM: a list with one step for all bands, or with one a band. "
        "Its types are min-max (minimum, maximum), z-score (mean, stddev), clip (minimum, maximum), clip-min "
        "(minimum), clip-max (maximum), offset (value is subtracted) and scale (values are divided by value); the JSON "
        "word null feeds values as they are stored.\n\n"
        "Activation is what is still to be applied to the model's output to get probabilities. The description is read "
        "back before it takes its name. A file with the JSON schema of MLM, if given, checks it too; that needs the "
        "Python package jsonschema."
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(shared.model_parameter())
        for name, label, options in (
            ("TASK", translatable("Task"), _TASKS),
            ("ACTIVATION", translatable("Activation still to be applied to the output"), _ACTIVATIONS),
        ):
            self.addParameter(
                QgsProcessingParameterEnum(
                    name, translate(label), options=list(options), defaultValue=UNCHANGED, usesStaticStrings=True
                )
            )
        for name, label in _TEXTS:
            self.addParameter(_text_parameter(name, label))
        for name, label, kind, low, high in _NUMBERS:
            self.addParameter(
                QgsProcessingParameterNumber(name, translate(label), kind, optional=True, minValue=low, maxValue=high)
            )
        self.addParameter(
            QgsProcessingParameterFile(
                SCHEMA, translate("JSON schema of STAC MLM to check against"), extension="json", optional=True
            )
        )
        self.addParameter(
            QgsProcessingParameterBoolean(OVERWRITE, translate("Replace a description that is there"), False)
        )
        self.addParameter(
            QgsProcessingParameterFileDestination(
                OUTPUT,
                translate("Description (empty: beside the model)"),
                translate("STAC items (*.json)"),
                optional=True,
                createByDefault=False,
            )
        )
        for name, text in (*MODEL_FACTS, ("VALIDATED", translatable("What the description was checked with"))):
            self.addOutput(QgsProcessingOutputString(name, translate(text)))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Write the description; return what it says."""
        changes = self._changes(parameters, context)
        schema = self.parameterAsFile(parameters, SCHEMA, context)
        with engine_errors():
            described = describe(
                self.parameterAsString(parameters, shared.MODEL, context),
                changes,
                self.parameterAsFileOutput(parameters, OUTPUT, context) or None,
                overwrite=self.parameterAsBoolean(parameters, OVERWRITE, context),
                check=(lambda item: check_schema(item, Path(schema))) if schema else None,
            )
            model = load_model(described.path)
            facts, page = describe_model(model), render_html(model)
        unknown = [name for name in changes.common_names if name and not common_name(name)]
        if unknown:
            text = translate("No common names of STAC, such as red or nir08, are: {}. Only bands called so match them.")
            feedback.pushWarning(text.format(", ".join(unknown)))
        for problem in facts["problems"]:
            feedback.pushWarning(problem)
        results: dict[str, Any] = {name: facts[name.lower()] for name, _ in MODEL_FACTS}
        results["VALIDATED"] = "read back; JSON schema" if schema else "read back"
        results[OUTPUT] = str(described.path)
        log_page(feedback, page)
        feedback.pushInfo(translate("Description: {}").format(described.path))
        return results

    def _changes(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Changes:
        text = {name: self.parameterAsString(parameters, name, context).strip() for name, _ in _TEXTS}
        chosen = {name: self.parameterAsEnumString(parameters, name, context) for name in ("TASK", "ACTIVATION")}
        numbers = {name: self._number(parameters, name, context) for name, *_ in _NUMBERS}
        return Changes(
            name=text["NAME"],
            description=text["DESCRIPTION"],
            task="" if chosen["TASK"] == UNCHANGED else chosen["TASK"],
            axes=_words(text["AXES"]),
            roles=_words(text["ROLES"]),
            bands=_words(text["BANDS"]),
            common_names=_places(text["COMMON_NAMES"]),
            scaling=text["SCALING"],
            classes=text["CLASSES"],
            activation="" if chosen["ACTIVATION"] == UNCHANGED else chosen["ACTIVATION"],
            threshold=numbers["THRESHOLD"],
            temperature=numbers["TEMPERATURE"],
            gsd_m=numbers["GSD"],
            tile_px=None if numbers["TRAINED_TILE"] is None else int(numbers["TRAINED_TILE"]),
            halo_px=None if numbers["HALO"] is None else int(numbers["HALO"]),
            licence=text["LICENCE"],
            citation=text["CITATION"],
            training_data=text["TRAINING_DATA"],
        )

    def _number(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> float | None:
        value = parameters.get(name)
        if value is None or not str(value).strip() or str(value) == "NULL":
            return None
        return float(self.parameterAsDouble(parameters, name, context))


def _places(text: str) -> tuple[str, ...]:
    """Return what stands between commas, nothing included."""
    return tuple(word.strip() for word in text.split(",")) if text.strip() else ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _text_parameter(name: str, label: str) -> QgsProcessingParameterDefinition:
    is_long = name in ("SCALING", "CLASSES", "DESCRIPTION", "CITATION")
    return QgsProcessingParameterString(name, translate(label), optional=True, multiLine=is_long)
