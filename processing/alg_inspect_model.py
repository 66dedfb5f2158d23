"""geonnx:inspectmodel: what is known of a model."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
)

from ..models import load_model
from ..models.inspect import describe_model, render_html
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, translatable, translate
from .reports import MODEL_FACTS, log_page, write_page

OUTPUT = "OUTPUT"
_RESULTS = (
    *MODEL_FACTS,
    ("DIALECT", translatable("Kind of description")),
    ("INPUTS", translatable("Inputs")),
    ("OUTPUTS", translatable("Outputs")),
    ("ACCURACY", translatable("How good it is")),
    ("FIGURES", translatable("Measured figures")),
    ("CLASS_ACCURACY", translatable("Accuracy of each class")),
    ("RELIABILITY", translatable("Reliability of its confidence")),
    ("FAILURES", translatable("Where it fails")),
    ("TRAINING_SETS", translatable("What it learned from")),
    ("FORMS", translatable("Other forms of the model")),
)


class InspectModelAlgorithm(GeonnxAlgorithm):
    """Reads a model and its description without running it."""

    ID = "inspectmodel"
    NAME = "Inspect model"
    ICON = "inspect"
    TAGS = ("onnx", "metadata", "model card", "STAC", "MLM", "classes", "bands", "report")
    SHORT = "Shows what a model expects and gives: bands, scaling, classes, tensors, licence, and what is left open."
    HELP = (
        "Reads an ONNX model and the description beside it and writes a report: task, input and output tensors, bands "
        "in the model's order, scaling of values, classes with their colours, licence, SHA-256, and what the "
        "description leaves open or contradicts. The model is not run.\n\n"
        "Where the description says how good the model is, where it fails and what it learned from, as those of the "
        "bundled models do, the report shows it.\n\n"
        "The same facts are in the log, and in the JSON result of qgis_process (--json)."
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(shared.model_parameter())
        self.addParameter(
            QgsProcessingParameterFileDestination(
                OUTPUT, translate("Report"), translate("HTML files (*.html)"), optional=True
            )
        )
        for name, text in _RESULTS:
            self.addOutput(QgsProcessingOutputString(name, translate(text)))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Write the report; return the facts."""
        with engine_errors():
            model = load_model(self.parameterAsString(parameters, shared.MODEL, context))
            facts = describe_model(model)
            page = render_html(model)
        results: dict[str, Any] = {name: facts[name.lower()] for name, _ in _RESULTS}
        for problem in facts["problems"]:
            feedback.pushWarning(problem)
        log_page(feedback, page)
        return {**results, **write_page(self, parameters, OUTPUT, context, page)}
