"""geonnx:segment: the classes of a raster."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterVectorDestination,
)

from ..models import RasterInputs, SegmentOutputs, load_model, segment
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, engine_feedback, translatable, translate
from .layers import raster_input, raster_list
from .raster_parameters import RasterListParameter, RasterParameter
from .styling import StyleFromFile

INPUT = "INPUT"
SERIES = "SERIES"
SAR = "SAR"
OUTPUT = "OUTPUT"
PROBABILITIES = "PROBABILITIES"
CONFIDENCE = "CONFIDENCE"
ENTROPY = "ENTROPY"
DISAGREEMENT = "DISAGREEMENT"
POLYGONS = "POLYGONS"


class SegmentAlgorithm(GeonnxAlgorithm):
    """Runs a segmentation model over a raster."""

    ID = "segment"
    NAME = "Segment raster"
    ICON = "segment"
    TAGS = (
        "onnx", "deep learning", "neural network", "semantic segmentation", "land cover", "classification", "inference",
        "machine learning", "AI", "cloud mask",
    )  # fmt: skip
    SHORT = "Maps the classes of a raster with a segmentation model in ONNX format."
    HELP = (
        "Runs a segmentation model over a raster and writes a map of classes with the raster's own grid.\n\n"
        "The model is an .onnx file or an id of the catalogue. What it expects (bands, scaling of values, pixel size, "
        "classes) is read from the description beside it, a STAC MLM item with the same name ending in .json, from the "
        "metadata of Deepness and Ultralytics, from Esri .emd and .dlpk, or from the JSON of geoai and ukis-csmask; "
        "without one the values are fed as they are. 'Inspect model' shows what is known of a model.\n\n"
        "Bands are matched by name, common name (red, nir08) or wavelength. When each band is a file of its own "
        "(Sentinel-2, Landsat), choose any of them: the others beside it are found, and its pixels are those of the "
        "result. Products also open as downloaded: a .SAFE folder or its zip, MTD_MSIL2A.xml, a Landsat tar, folder or "
        "MTL file.\n\n"
        "The class raster carries colours, class names, an attribute table and overviews. Probabilities have a band a "
        "class; confidence is the probability of the chosen class; entropy is 0 where the model is certain and 1 where "
        "it has no idea; disagreement is the standard deviation of the chosen class's probability over the runs of the "
        "options tta and monte_carlo. They are stored as 0-250 with the scale 1/250 set in the band; 255 is no data. "
        "Polygons follow the pixel edges exactly unless they are simplified; neighbours keep sharing their border "
        "then.\n\n" + shared.OPTIONS_HELP
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(RasterParameter(INPUT, translate("Raster")))
        self.addParameter(shared.model_parameter())
        shared.add_run_parameters(self)
        for name, label in (
            (SERIES, translatable("More dates of the raster, for time-series models (in any order)")),
            (SAR, translatable("Radar rasters, for models that take them")),
        ):
            parameter = RasterListParameter(name, translate(label), QgsProcessing.TypeRaster, optional=True)
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
            self.addParameter(parameter)
        shared.add_polygon_parameters(self, INPUT)
        self.addParameter(QgsProcessingParameterRasterDestination(OUTPUT, translate("Classes")))
        for name, label in (
            (PROBABILITIES, translatable("Class probabilities")),
            (CONFIDENCE, translatable("Confidence")),
            (ENTROPY, translatable("Entropy")),
            (DISAGREEMENT, translatable("Disagreement of several runs")),
        ):
            self.addParameter(
                QgsProcessingParameterRasterDestination(name, translate(label), optional=True, createByDefault=False)
            )
        self.addParameter(
            QgsProcessingParameterVectorDestination(
                POLYGONS,
                translate("Class polygons"),
                QgsProcessing.TypeVectorPolygon,
                optional=True,
                createByDefault=False,
            )
        )
        shared.add_run_outputs(self)

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take from the project what must not be touched from the background thread."""
        with engine_errors():
            self._raster = raster_input(self, parameters, INPUT, context)
            self._inputs = RasterInputs(
                (self._raster.path, *raster_list(self, parameters, SERIES, context)),
                sar=raster_list(self, parameters, SAR, context),
            )
            call = shared.RunParameters(self, parameters, context, feedback)
            self._model, self._settings = call.model(), call.settings(self._raster.crs)
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the model; return the files and the figures of the run."""
        files = {
            name: self.parameterAsOutputLayer(parameters, name, context)
            for name in (OUTPUT, PROBABILITIES, CONFIDENCE, ENTROPY, DISAGREEMENT, POLYGONS)
        }
        files = {name: path for name, path in files.items() if path}
        outputs = SegmentOutputs(
            classes=files[OUTPUT],
            probabilities=files.get(PROBABILITIES),
            confidence=files.get(CONFIDENCE),
            entropy=files.get(ENTROPY),
            disagreement=files.get(DISAGREEMENT),
            polygons=files.get(POLYGONS),
            min_area_m2=self.parameterAsDouble(parameters, shared.MIN_AREA, context),
            simplify=self.parameterAsDouble(parameters, shared.SIMPLIFY, context),
        )
        with engine_errors():
            report = segment(
                load_model(self._model),
                self._inputs,
                outputs,
                self._settings,
                crs_wkt=self._raster.crs_wkt,
                feedback=engine_feedback(feedback),
            )
        for path in files.values():
            StyleFromFile.attach(context, path)
        return {**files, **shared.run_results(report)}
