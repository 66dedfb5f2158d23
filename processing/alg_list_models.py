"""geonnx:listmodels: the models that can be named by an id."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from ..models.catalog.entries import list_models, models_folder
from ..models.catalog.index import read_index
from ..models.catalog.report import catalog_lines, describe_entries, merge_entries, render_catalog
from .base import GeonnxAlgorithm, engine_errors, translate
from .network import network_proxies, network_timeout
from .reports import write_page

INDEX = "INDEX"
OUTPUT = "OUTPUT"


class ListModelsAlgorithm(GeonnxAlgorithm):
    """Lists bundled, downloaded and the user's models, and what a catalogue offers."""

    ID = "listmodels"
    NAME = "List models"
    ICON = "models"
    TAGS = ("onnx", "catalogue", "model zoo", "available models", "installed models", "licence")
    SHORT = "Lists the models that can be named by their id: bundled, downloaded, your own, and those of a catalogue."
    HELP = (
        "Lists every model that MODEL takes by its id: those that come with the plugin, those that were downloaded, "
        "and your own in the models folder, which is geonnx/models in the QGIS profile unless the environment variable "
        "GEONNX_MODELS names another.\n\n"
        "With the address or path of a catalogue index, a JSON file, what it offers for download is listed too; the "
        "network is not used otherwise. The log lists the models; more of each is in the JSON result of qgis_process "
        "(--json), and in an HTML table."
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(
            QgsProcessingParameterString(
                INDEX, translate("Catalogue index: address or path of a JSON file (empty: none)"), optional=True
            )
        )
        self.addParameter(
            QgsProcessingParameterFileDestination(
                OUTPUT,
                translate("Table of models"),
                translate("HTML files (*.html)"),
                optional=True,
                createByDefault=False,
            )
        )
        self.addOutput(QgsProcessingOutputString("MODELS", translate("Models")))
        self.addOutput(QgsProcessingOutputNumber("COUNT", translate("Number of models")))
        self.addOutput(QgsProcessingOutputString("FOLDER", translate("Models folder")))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Return the list and write the table."""
        index = self.parameterAsString(parameters, INDEX, context).strip()
        with engine_errors():
            entries = list_models()
            if index:
                offered = read_index(
                    index,
                    cancelled=feedback.isCanceled,
                    proxies=network_proxies(),
                    timeout=network_timeout(),
                    warn=feedback.pushWarning,
                )
                entries = merge_entries(entries, offered)
            models = describe_entries(entries)
            page, lines = render_catalog(entries), catalog_lines(entries)
        for line in lines:
            feedback.pushInfo(line)
        results: dict[str, Any] = {"MODELS": models, "COUNT": len(models), "FOLDER": str(models_folder() or "")}
        return {**results, **write_page(self, parameters, OUTPUT, context, page)}
