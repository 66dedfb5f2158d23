"""geonnx:removeclouds: the image of a date as it would be without clouds."""

from __future__ import annotations

from typing import Any, get_args

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
)

from ..models import CloudInputs, CloudOutputs, CloudReport, CloudSettings, load_model, remove_clouds
from ..models.clouds.request import Lost
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, engine_feedback, translatable, translate
from .layers import raster_input, raster_list
from .model_parameter import ModelParameter
from .raster_parameters import RasterListParameter
from .styling import StyleFromFile

INPUTS = "INPUTS"
SAR = "SAR"
CLOUD_MASKS = "CLOUD_MASKS"
CLOUD_MODEL = "CLOUD_MODEL"
TARGET = "TARGET"
KEEP_CLEAR = "KEEP_CLEAR"
METHOD = "METHOD"
FEATHER = "FEATHER"
GROW = "GROW"
LOST_PIXELS = "LOST_PIXELS"
OUTPUT = "OUTPUT"
UNCERTAINTY = "UNCERTAINTY"

METHODS = ("nearest", "median", "regression")
_LARGEST_PX = 512


class RemoveCloudsAlgorithm(GeonnxAlgorithm):
    """Runs a cloud removal model over the dates of a place, or composes them without one."""

    ID = "removeclouds"
    NAME = "Remove clouds"
    ICON = "clouds"
    TAGS = (
        "onnx", "deep learning", "neural network", "cloud removal", "cloud-free", "gap filling", "time series",
        "composite", "temporal median", "linear regression", "Sentinel-1", "Sentinel-2", "Landsat", "SAR", "AI",
    )  # fmt: skip
    SHORT = "Restores a date's image under clouds with a model in ONNX format, or from clear pixels of other dates."
    HELP = (
        "Writes the image of one date as it would be without clouds, with the grid, type, scale, offset, nodata value "
        "and band names of that date.\n\n"
        "The inputs are one date for models that take one, else several in any order: dates are read from metadata, "
        "names of files or of folders. Where nothing says them, the order of the list is that of time. The date to "
        "restore is counted in the order of the list, from 0; -1 is the date that the model restores, else the latest. "
        "A model that takes fewer dates than there are gets those nearest in time, clear ones first.\n\n"
        "Without a model, clouds are filled from the nearest clear date, by the median of all clear dates, or by "
        "linear regression: all bands of the date to restore are predicted from all bands of each other date, as both "
        "show clearly elsewhere, and the predictions are averaged. Regression follows season and light and was closest "
        "to the truth in tests; nearest shows what was really observed. This is what a model has to beat.\n\n"
        "Where clouds are is known from the cloud masks (one for each raster in the same order, or matched by the "
        "dates in their names; all but 0 is cloudy, or the classes named cloud, shadow and cirrus of a class raster), "
        "from a cloud model that is run on the dates first, or from the quality band of the product (Sentinel-2 SCL, "
        "Landsat QA_PIXEL). Then pixels observed without clouds stay exactly as they are, and the restored image fades "
        "in over the seam; gaps without data are filled too. Without a model, what is cloudy on every date stays as "
        "observed, becomes no data, or is filled smoothly from what is clear around it (lost pixels). Without "
        "knowing, all pixels are the model's. A model whose description asks for it gets the clouds of all dates as "
        "pixels without data; then it fills what is cloudy on every date.\n\n"
        'OPTIONS={"hide_clouds": true} hides known clouds from any model in this way, false from none.\n\n'
        "Bands hold for the model, and by the names that it gives them for the cloud model too. "
        'OPTIONS={"cloud_bands": "2,3,4"} names those of the cloud model where that is not enough.\n\n'
        "Radar images are in decibels or linear power; they are converted to what the model's description asks for. "
        'OPTIONS={"sar": "db"} or "power" says what they hold, where their values do not show it.\n\n'
        "The uncertainty is the standard deviation of each value in the numbers of the image, from the variance that "
        "the model gives, or from several runs of each tile (options tta and monte_carlo); 0 where the observation was "
        "kept.\n\n"
        "What the model expects is read from its description, as 'Segment raster' says.\n\n" + shared.OPTIONS_HELP
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(
            RasterListParameter(INPUTS, translate("Rasters of the dates (in any order)"), QgsProcessing.TypeRaster)
        )
        model = shared.model_parameter()
        model.setFlags(model.flags() | QgsProcessingParameterDefinition.FlagOptional)
        model.setDescription(translate("Model (empty: clouds are filled from the other dates)"))
        self.addParameter(model)
        for parameter in _cloud_parameters():
            self.addParameter(parameter)
        shared.add_run_parameters(self)
        for parameter in _advanced_parameters():
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
            self.addParameter(parameter)
        self.addParameter(QgsProcessingParameterRasterDestination(OUTPUT, translate("Image without clouds")))
        self.addParameter(
            QgsProcessingParameterRasterDestination(
                UNCERTAINTY, translate("Standard deviation of each value"), optional=True, createByDefault=False
            )
        )
        shared.add_run_outputs(self)
        self.addOutput(QgsProcessingOutputString("DATES", translate("Dates that were used")))
        self.addOutput(QgsProcessingOutputString("TARGET_DATE", translate("Date that was restored")))
        for name, text in (
            ("CLOUDY_SHARE", translatable("Cloudy share of the pixels of that date")),
            ("KEPT_SHARE", translatable("Share of pixels that KEEP_CLEAR left as they were observed (0 without it)")),
            ("LOST_SHARE", translatable("Share of pixels that are clear on no date (left out where unknown)")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, translate(text)))

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take from the project what must not be touched from the background thread."""
        with engine_errors():
            images, sar, masks = (raster_list(self, parameters, name, context) for name in (INPUTS, SAR, CLOUD_MASKS))
            given = parameters.get(INPUTS)
            first = given[0] if isinstance(given, (list, tuple)) and given else given
            self._first = raster_input(self, {**parameters, INPUTS: first}, INPUTS, context)
            call = shared.RunParameters(self, parameters, context, feedback)
            self._model, self._settings = call.model(), call.settings(self._first.crs)
            self._cloud_model = str(self.parameterAsString(parameters, CLOUD_MODEL, context))
            self._rasters = images, sar, masks
            self._clouds = CloudSettings(
                target=self.parameterAsInt(parameters, TARGET, context),
                keep_clear=self.parameterAsBool(parameters, KEEP_CLEAR, context),
                method=self.parameterAsEnumString(parameters, METHOD, context),
                feather_px=self.parameterAsInt(parameters, FEATHER, context),
                lost=self.parameterAsEnumString(parameters, LOST_PIXELS, context),
                grow_px=self.parameterAsInt(parameters, GROW, context),
            )
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Remove the clouds; return the files and the figures of the run."""
        files = {name: self.parameterAsOutputLayer(parameters, name, context) for name in (OUTPUT, UNCERTAINTY)}
        files = {name: path for name, path in files.items() if path}
        images, sar, masks = self._rasters
        with engine_errors():
            report = remove_clouds(
                load_model(self._model) if self._model.strip() else None,
                CloudInputs(images, sar, masks, load_model(self._cloud_model) if self._cloud_model.strip() else None),
                CloudOutputs(files[OUTPUT], files.get(UNCERTAINTY)),
                self._settings,
                self._clouds,
                crs_wkt=self._first.crs_wkt,
                feedback=engine_feedback(feedback),
            )
        for path in files.values():
            StyleFromFile.attach(context, path)
        return {**files, **shared.run_results(report.run), **_cloud_results(report)}


def _cloud_results(report: CloudReport) -> dict[str, Any]:
    """Return what is special about this run under its output names; a share that is not known is left out."""
    shares = {
        "CLOUDY_SHARE": report.cloudy_share,
        "KEPT_SHARE": report.kept_share,
        "LOST_SHARE": report.lost_share,
    }
    known = {name: round(share, 6) for name, share in shares.items() if share is not None}
    return {"DATES": list(report.dates), "TARGET_DATE": report.target, **known}


def _cloud_parameters() -> list[QgsProcessingParameterDefinition]:
    return [
        RasterListParameter(
            CLOUD_MASKS,
            translate("Cloud masks, one for each raster (empty: by the cloud model or the products' quality bands)"),
            QgsProcessing.TypeRaster,
            optional=True,
        ),
        ModelParameter(
            CLOUD_MODEL,
            translate("Cloud model for dates without mask (.onnx, .json, .emd, .dlpk, or an id of the catalogue)"),
            optional=True,
            fileFilter=translate("Models (*.onnx *.json *.emd *.dlpk);;All files (*)"),
        ),
        QgsProcessingParameterNumber(
            TARGET,
            translate("Date to restore (number in the list of rasters, from 0; -1: the model's own, else the latest)"),
            defaultValue=-1,
            minValue=-1,
            maxValue=9999,
        ),
        QgsProcessingParameterBoolean(
            KEEP_CLEAR, translate("Keep pixels that were observed without clouds"), defaultValue=True
        ),
        QgsProcessingParameterEnum(
            METHOD,
            translate("Without a model: nearest clear date, median of all clear dates, or regression on them"),
            options=list(METHODS),
            defaultValue=METHODS[0],
            usesStaticStrings=True,
        ),
    ]


def _advanced_parameters() -> list[QgsProcessingParameterDefinition]:
    return [
        RasterListParameter(
            SAR,
            translate("Radar rasters, for models that take them (one for each date, or matched by dates)"),
            QgsProcessing.TypeRaster,
            optional=True,
        ),
        QgsProcessingParameterNumber(
            FEATHER, translate("Width of the seam around clouds (px)"), defaultValue=8, minValue=0, maxValue=_LARGEST_PX
        ),
        QgsProcessingParameterNumber(
            GROW,
            translate("Clouds reach farther than their masks say by (px)"),
            defaultValue=0,
            minValue=0,
            maxValue=_LARGEST_PX,
        ),
        QgsProcessingParameterEnum(
            LOST_PIXELS,
            translate("Pixels that are cloudy on every date: kept as observed, no data, or filled from around"),
            options=list(get_args(Lost)),
            defaultValue=get_args(Lost)[0],
            usesStaticStrings=True,
        ),
    ]
