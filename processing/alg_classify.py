"""geonnx:classify: the class of each chip of a raster, or of each polygon of a layer."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    NULL,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterVectorDestination,
)

from ..models import ChipSettings, ClassifyOutputs, RasterInputs, classify, load_model
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, engine_feedback, translatable, translate
from .layers import raster_input, raster_list
from .raster_parameters import RasterListParameter, RasterParameter
from .styling import StyleFromFile

INPUT = "INPUT"
SERIES = "SERIES"
SAR = "SAR"
ZONES = "ZONES"
ZONE_MODE = "ZONE_MODE"
CHIP_SIZE = "CHIP_SIZE"
STRIDE = "STRIDE"
TOP_K = "TOP_K"
THRESHOLD = "THRESHOLD"
MIN_DATA = "MIN_DATA"
PROBABILITY_FIELDS = "PROBABILITY_FIELDS"
OUTPUT = "OUTPUT"
OUTPUT_RASTER = "OUTPUT_RASTER"

ZONE_MODES = ("centre", "average")
PROBABILITIES = ("auto", "all", "none")


class ClassifyAlgorithm(GeonnxAlgorithm):
    """Runs a scene classification model over chips of a raster."""

    ID = "classify"
    NAME = "Classify scenes"
    ICON = "classify"
    TAGS = (
        "onnx", "deep learning", "neural network", "scene classification", "image classification", "chips", "patches",
        "multi-label", "zones", "local climate zones", "EuroSAT", "BigEarthNet", "inference", "machine learning", "AI",
    )  # fmt: skip
    SHORT = "Gives chips of a raster, or polygons of a layer, a class each with a model in ONNX format."
    HELP = (
        "Runs a model that tells the class of a whole image over small pieces of a raster, its chips, and writes "
        "polygons with class, confidence and probabilities.\n\n"
        "Without zones, cells of a regular grid get a class. A cell is as large as the stride, by default as large as "
        "a chip, and is classified by the chip around it. At the right and bottom edge, where cells are cut, chips are "
        "moved inside the raster so that they are whole ones; a raster smaller than a chip is filled up by mirroring "
        "it. The class raster has a pixel for each cell.\n\n"
        "With zones, each polygon gets a class and keeps its shape and attributes: by the chip around its centroid, or "
        "(average) by all chips of the grid that meet it, their probabilities weighted by the area that they share "
        "with it. Zones outside of the raster stay in the result, without class.\n\n"
        "Chips of which less than the given share of pixels holds data are left out, and so are those whose cell lies "
        "outside of the mask. Sizes are pixels of the model: where its description has a pixel size that is not the "
        "raster's, the raster is resampled.\n\n"
        "Fields: class_id, class, confidence (probability of the class), top2_class, top2_confidence and so on, "
        "entropy (0: certain, 1: no idea), p_ and the name of each class. Models with labels that do not exclude each "
        "other add labels and label_count, those that reach their threshold; the class is the likeliest of them. "
        "Further outputs of the model add fields that begin with their name. In several runs of each chip (options tta "
        "and monte_carlo), disagreement is the standard deviation of the probability of the class.\n\n"
        "What the model expects is read from its description, as 'Segment raster' says. Tile size stands for the chip "
        "size where that is 0; overlap and merge have no meaning for chips, and the option resume has no "
        "effect.\n\n" + shared.OPTIONS_HELP
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(RasterParameter(INPUT, translate("Raster")))
        self.addParameter(shared.model_parameter())
        for parameter in _chip_parameters():
            self.addParameter(parameter)
        shared.add_run_parameters(self)
        for parameter in _advanced_parameters():
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
            self.addParameter(parameter)
        self.addParameter(
            QgsProcessingParameterVectorDestination(
                OUTPUT, translate("Classified polygons"), QgsProcessing.TypeVectorPolygon
            )
        )
        self.addParameter(
            QgsProcessingParameterRasterDestination(
                OUTPUT_RASTER,
                translate("Classes, a pixel for each cell of the grid"),
                optional=True,
                createByDefault=False,
            )
        )
        shared.add_run_outputs(self)
        for name, text in (
            ("CHIPS_SKIPPED", translatable("Chips without enough data")),
            ("ZONES_WITHOUT_CLASS", translatable("Zones that got no class")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, translate(text)))
        self.addOutput(QgsProcessingOutputString("CLASS_COUNTS", translate("Polygons of each class")))

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
            zones_path, zones_layer = call.polygon_layer(ZONES)
            is_limited = parameters.get(THRESHOLD) not in (None, "", NULL)
            self._chips = ChipSettings(
                chip_size=self.parameterAsInt(parameters, CHIP_SIZE, context),
                stride=self.parameterAsInt(parameters, STRIDE, context),
                zones_path=zones_path,
                zones_layer=zones_layer,
                zone_mode=self.parameterAsEnumString(parameters, ZONE_MODE, context),
                top_k=self.parameterAsInt(parameters, TOP_K, context),
                threshold=self.parameterAsDouble(parameters, THRESHOLD, context) if is_limited else None,
                probabilities=self.parameterAsEnumString(parameters, PROBABILITY_FIELDS, context),
                min_data=self.parameterAsDouble(parameters, MIN_DATA, context),
            )
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the model; return the files and the figures of the run."""
        files = {name: self.parameterAsOutputLayer(parameters, name, context) for name in (OUTPUT, OUTPUT_RASTER)}
        files = {name: path for name, path in files.items() if path}
        with engine_errors():
            report = classify(
                load_model(self._model),
                self._inputs,
                ClassifyOutputs(files[OUTPUT], files.get(OUTPUT_RASTER)),
                self._settings,
                self._chips,
                crs_wkt=self._raster.crs_wkt,
                feedback=engine_feedback(feedback),
            )
        for path in files.values():
            StyleFromFile.attach(context, path)
        return {
            **files,
            **shared.run_results(report),
            "CHIPS_SKIPPED": report.chips_skipped,
            "ZONES_WITHOUT_CLASS": report.zones_without_class,
            "CLASS_COUNTS": report.class_counts,
        }


def _chip_parameters() -> list[QgsProcessingParameterDefinition]:
    return [
        QgsProcessingParameterFeatureSource(
            ZONES,
            translate("Zones: polygons to classify (empty: the cells of a regular grid)"),
            [QgsProcessing.TypeVectorPolygon],
            optional=True,
        ),
        QgsProcessingParameterEnum(
            ZONE_MODE,
            translate("A zone is classified by the chip around its centre, or by the average of all that meet it"),
            options=list(ZONE_MODES),
            defaultValue=ZONE_MODES[0],
            usesStaticStrings=True,
        ),
        QgsProcessingParameterNumber(
            CHIP_SIZE, translate("Chip size (px; 0: the model's own)"), defaultValue=0, minValue=0, maxValue=16384
        ),
        QgsProcessingParameterNumber(
            STRIDE,
            translate("Stride from chip to chip (px; 0: the chip size)"),
            defaultValue=0,
            minValue=0,
            maxValue=16384,
        ),
        QgsProcessingParameterNumber(
            TOP_K, translate("Likeliest classes to tell (classes)"), defaultValue=3, minValue=1, maxValue=500
        ),
        QgsProcessingParameterNumber(
            THRESHOLD,
            translate("Smallest probability of a label (0 to 1; empty: the model's own; for multi-label models)"),
            QgsProcessingParameterNumber.Double,
            optional=True,
            minValue=0.0,
            maxValue=1.0,
        ),
    ]


def _advanced_parameters() -> list[QgsProcessingParameterDefinition]:
    return [
        QgsProcessingParameterNumber(
            MIN_DATA,
            translate("Smallest share of a chip that has to hold data (0 to 1)"),
            QgsProcessingParameterNumber.Double,
            defaultValue=0.5,
            minValue=0.0,
            maxValue=1.0,
        ),
        QgsProcessingParameterEnum(
            PROBABILITY_FIELDS,
            translate("Probability of each class as fields (auto: up to 100 classes)"),
            options=list(PROBABILITIES),
            defaultValue=PROBABILITIES[0],
            usesStaticStrings=True,
        ),
        RasterListParameter(
            SERIES,
            translate("More dates of the raster, for time-series models (in any order)"),
            QgsProcessing.TypeRaster,
            optional=True,
        ),
        RasterListParameter(
            SAR, translate("Radar rasters, for models that take them"), QgsProcessing.TypeRaster, optional=True
        ),
    ]
