"""geonnx:downloadmodel: a model of a catalogue, verified."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterString,
)

from ..models import load_model
from ..models.catalog.download import download
from ..models.catalog.index import choose_entry, default_index, read_index
from .base import GeonnxAlgorithm, engine_errors, translatable, translate
from .folders import chosen_models_folder
from .network import network_proxies, network_timeout

MODEL = "MODEL"
INDEX = "INDEX"
_RESULTS = (
    ("ID", translatable("Id, to be given as MODEL")),
    ("MODEL_FILE", translatable("Model file")),
    ("MODEL_SHA256", translatable("SHA-256 of the model")),
    ("LICENCE", translatable("Licence")),
)


class DownloadModelAlgorithm(GeonnxAlgorithm):
    """Downloads a model into the models folder."""

    ID = "downloadmodel"
    NAME = "Download model"
    ICON = "download"
    TAGS = ("onnx", "catalogue", "model zoo", "fetch", "install model", "STAC", "MLM")
    SHORT = "Downloads a model of a catalogue into the models folder and verifies it."
    HELP = (
        "Downloads a model with its description and weights. It lies in the models folder afterwards and can be named "
        "by its id in every algorithm.\n\n"
        "The catalogue is a JSON file on this computer or on the web: a list of models with the addresses, SHA-256 and "
        "sizes of their files, or of STAC MLM items whose assets have them. Without one, the catalogue in the "
        "environment variable GEONNX_CATALOG is used. An address of a catalogue with one model may be given in place "
        "of the id.\n\n"
        "Every file is verified by its SHA-256 before the model can be used; a model without one is not downloaded. A "
        "download that broke off goes on where it stopped. The proxy and the timeout are those of QGIS's network "
        "settings."
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(
            QgsProcessingParameterString(MODEL, translate("Id of the model, or address of a catalogue with one model"))
        )
        self.addParameter(
            QgsProcessingParameterString(
                INDEX, translate("Catalogue index: address or path of a JSON file (empty: the default)"), optional=True
            )
        )
        for name, text in _RESULTS:
            self.addOutput(QgsProcessingOutputString(name, translate(text)))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Download the model; return its id, path, hash and licence."""
        wanted = self.parameterAsString(parameters, MODEL, context).strip()
        index = self.parameterAsString(parameters, INDEX, context).strip()
        network: dict[str, Any] = {
            "cancelled": feedback.isCanceled, "proxies": network_proxies(), "timeout": network_timeout(),
        }  # fmt: skip
        folder = chosen_models_folder()
        with engine_errors():
            if not index and wanted.lower().endswith(".json"):
                wanted, index = "", wanted
            entry = choose_entry(read_index(index or default_index(), warn=feedback.pushWarning, **network), wanted)
            path = download(
                entry,
                folder,
                progress=lambda share: feedback.setProgress(100 * share),
                log=feedback.pushInfo,
                **network,
            )
            model = load_model(path, folder)
        if entry.licence:
            feedback.pushInfo(translate("Licence: {}").format(entry.licence))
        return {
            "ID": entry.id, "MODEL_FILE": str(path), "MODEL_SHA256": model.sha256,
            "LICENCE": entry.licence or model.card.licence,
        }  # fmt: skip
