"""geonnx:addmodel: a model of the user's own gets an id."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterString,
)

from ..models.catalog.adding import add_model
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, translatable, translate
from .folders import chosen_models_folder

MODEL_ID = "MODEL_ID"
ACCEPT_CHANGED = "ACCEPT_CHANGED"
_RESULTS = (
    ("ID", translatable("Id, to be given as MODEL")),
    ("MODEL_FILE", translatable("Model file")),
    ("MODEL_SHA256", translatable("SHA-256 of the model")),
)


class AddModelAlgorithm(GeonnxAlgorithm):
    """Adds a model file to the models folder, or agrees with one that changed there."""

    ID = "addmodel"
    NAME = "Add model"
    ICON = "add"
    TAGS = ("onnx", "catalogue", "install model", "import", "trust", "checksum", "SHA-256")
    SHORT = "Adds a model to the models folder, so that it can be named by its id, and remembers its checksum."
    HELP = (
        "Copies a model with its description and weights into the models folder. It can be named by its id in every "
        "algorithm afterwards.\n\n"
        "The SHA-256 of the model is remembered. When the file changes later, algorithms refuse it until you agree: "
        "run this algorithm with the model's id and 'Accept a changed model'. The same switch replaces a model that "
        "was added before under the same id."
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(shared.model_parameter())
        self.addParameter(
            QgsProcessingParameterString(MODEL_ID, translate("Id (empty: the name of the file)"), optional=True)
        )
        self.addParameter(
            QgsProcessingParameterBoolean(ACCEPT_CHANGED, translate("Accept a changed model"), defaultValue=False)
        )
        for name, text in _RESULTS:
            self.addOutput(QgsProcessingOutputString(name, translate(text)))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Add the model; return its id, path and hash."""
        folder = chosen_models_folder()
        with engine_errors():
            entry = add_model(
                self.parameterAsString(parameters, shared.MODEL, context),
                folder,
                model_id=self.parameterAsString(parameters, MODEL_ID, context).strip(),
                accept_changed=self.parameterAsBoolean(parameters, ACCEPT_CHANGED, context),
            )
        feedback.pushInfo(translate("MODEL={} names it from now on.").format(entry.id))
        return {"ID": entry.id, "MODEL_FILE": str(entry.path or ""), "MODEL_SHA256": entry.sha256}
