"""geonnx:detectchange: what changed between two dates."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    NULL,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterVectorDestination,
)

from ..models import ChangeOutputs, ChangeReport, ChangeSettings, detect_change, load_model
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, engine_feedback, translatable, translate
from .layers import raster_input
from .raster_parameters import RasterParameter
from .styling import StyleFromFile

BEFORE = "BEFORE"
AFTER = "AFTER"
THRESHOLD = "THRESHOLD"
COREGISTER = "COREGISTER"
MATCH_HISTOGRAMS = "MATCH_HISTOGRAMS"
OUTPUT = "OUTPUT"
PROBABILITIES = "PROBABILITIES"
POLYGONS = "POLYGONS"
STATISTICS = "STATISTICS"

_FIGURES = (
    ("CHANGED_HA", translatable("Changed area (ha)")),
    ("TOTAL_HA", translatable("Area with data on both dates (ha)")),
    ("CHANGED_SHARE", translatable("Changed share of it (0 to 1)")),
    ("SHIFT_X", translatable("Shift of AFTER to the right of BEFORE (px of BEFORE)")),
    ("SHIFT_Y", translatable("Shift of AFTER downwards (px of BEFORE)")),
    ("SHIFT_SPREAD", translatable("How far the windows differ in that shift (px)")),
    ("SHIFT_LEFT", translatable("Shift that is left after COREGISTER (px)")),
)


class DetectChangeAlgorithm(GeonnxAlgorithm):
    """Runs a change model over two rasters, or a segmentation model over each."""

    ID = "detectchange"
    NAME = "Detect change"
    ICON = "change"
    TAGS = (
        "onnx", "deep learning", "neural network", "change detection", "land-cover change", "from-to", "two dates",
        "bitemporal", "post-classification comparison", "co-registration", "AI",
    )  # fmt: skip
    SHORT = "Maps what changed between two rasters with a change model, or with a segmentation model run on both."
    HELP = (
        "Compares two rasters of one place and writes a map of change with the grid of BEFORE. AFTER may have another "
        "CRS, pixel size, extent or type: it is brought to that grid as it is read. There are results where both "
        "dates have data.\n\n"
        "The model is one for change: binary (change or not), from–to (classes before and after, perhaps change as "
        "well), or one whose classes are kinds of change. It takes both dates on the channel axis, as two inputs or on "
        "a time axis. A segmentation model works too: it is run on each date and its classes are compared. BANDS holds "
        "for both dates.\n\n"
        'In a from–to map 0 is "no change" and every change has a number of its own: place of the class before × '
        'number of classes + place of the class after + 1, places counted from 0. Its name is "forest → town". Binary '
        "maps have 0 and 1, or the values of the model's description.\n\n"
        "THRESHOLD is the smallest probability of change. Left empty, models with one score use that of their "
        "description (else 0.5), and classes are compared as they are. The first band of the probabilities is that of "
        "change; from–to maps add the probability of the class chosen before and of that after. For classes of two "
        "dates that err independently it is the probability that they differ. They are stored as 0-250 with the scale "
        "1/250 set in the band; 255 is no data. Polygons have the fields from, to, area_m2 and probability (the mean). "
        "The statistics are a matrix of areas in hectares with totals, as CSV or HTML by the file's extension.\n\n"
        "How well AFTER lies on BEFORE is measured on a few windows (phase correlation, to a tenth of a pixel) and "
        "said; more than half a pixel is a warning, since edges are then taken for change. COREGISTER moves AFTER by a "
        "shift that the whole scene shares. Values that are far apart on the two dates are a warning as well; "
        "MATCH_HISTOGRAMS gives AFTER the distribution of values of BEFORE, band by band. Do not use it where much of "
        "the area changed.\n\n" + shared.OPTIONS_HELP
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(RasterParameter(BEFORE, translate("Raster before")))
        self.addParameter(RasterParameter(AFTER, translate("Raster after")))
        self.addParameter(shared.model_parameter())
        self.addParameter(
            QgsProcessingParameterNumber(
                THRESHOLD,
                translate("Smallest probability of change (0 to 1; empty: as the model says)"),
                QgsProcessingParameterNumber.Double,
                optional=True,
                minValue=0.0,
                maxValue=1.0,
            )
        )
        shared.add_run_parameters(self)
        for name, label in (
            (COREGISTER, translatable("Move AFTER onto BEFORE by the measured shift of the whole scene")),
            (MATCH_HISTOGRAMS, translatable("Match the values of AFTER to those of BEFORE, band by band")),
        ):
            parameter = QgsProcessingParameterBoolean(name, translate(label), defaultValue=False)
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
            self.addParameter(parameter)
        shared.add_polygon_parameters(self, BEFORE)
        self._add_destinations()
        shared.add_run_outputs(self)
        for name, text in _FIGURES:
            self.addOutput(QgsProcessingOutputNumber(name, translate(text)))

    def _add_destinations(self) -> None:
        self.addParameter(QgsProcessingParameterRasterDestination(OUTPUT, translate("Change")))
        self.addParameter(
            QgsProcessingParameterRasterDestination(
                PROBABILITIES, translate("Probability of change"), optional=True, createByDefault=False
            )
        )
        self.addParameter(
            QgsProcessingParameterVectorDestination(
                POLYGONS,
                translate("Polygons of change"),
                QgsProcessing.TypeVectorPolygon,
                optional=True,
                createByDefault=False,
            )
        )
        self.addParameter(
            QgsProcessingParameterFileDestination(
                STATISTICS,
                translate("Areas of change"),
                translate("CSV files (*.csv);;HTML files (*.html)"),
                optional=True,
                createByDefault=False,
            )
        )

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take from the project what must not be touched from the background thread."""
        with engine_errors():
            self._before = raster_input(self, parameters, BEFORE, context)
            self._after = raster_input(self, parameters, AFTER, context)
            call = shared.RunParameters(self, parameters, context, feedback)
            self._model, self._settings = call.model(), call.settings(self._before.crs)
            is_threshold_given = parameters.get(THRESHOLD) not in (None, "", NULL)
            self._change = ChangeSettings(
                threshold=self.parameterAsDouble(parameters, THRESHOLD, context) if is_threshold_given else None,
                coregister=self.parameterAsBool(parameters, COREGISTER, context),
                match_histograms=self.parameterAsBool(parameters, MATCH_HISTOGRAMS, context),
            )
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the model; return the files and the figures of the run."""
        files = {
            name: self.parameterAsOutputLayer(parameters, name, context) for name in (OUTPUT, PROBABILITIES, POLYGONS)
        }
        files[STATISTICS] = self.parameterAsFileOutput(parameters, STATISTICS, context)
        files = {name: path for name, path in files.items() if path}
        outputs = ChangeOutputs(
            changes=files[OUTPUT],
            probabilities=files.get(PROBABILITIES),
            polygons=files.get(POLYGONS),
            statistics=files.get(STATISTICS),
            min_area_m2=self.parameterAsDouble(parameters, shared.MIN_AREA, context),
            simplify=self.parameterAsDouble(parameters, shared.SIMPLIFY, context),
        )
        with engine_errors():
            report = detect_change(
                load_model(self._model),
                self._before.path,
                self._after.path,
                outputs,
                self._settings,
                self._change,
                crs_wkt=self._before.crs_wkt,
                after_crs_wkt=self._after.crs_wkt,
                feedback=engine_feedback(feedback),
            )
        for path in files.values():
            StyleFromFile.attach(context, path)
        return {**files, **shared.run_results(report.run), **_figures(report)}


def _figures(report: ChangeReport) -> dict[str, float]:
    """Return the figures of a comparison under their output names; what was not measured is left out."""
    areas, shift, left = report.areas, report.shift, report.remaining_shift
    figures = {
        "CHANGED_HA": round(areas.changed_ha, 6),
        "TOTAL_HA": round(areas.total_ha, 6),
        "CHANGED_SHARE": round(areas.changed_share, 6),
    }
    if shift is not None:
        figures.update(SHIFT_X=round(shift.dx, 3), SHIFT_Y=round(shift.dy, 3))
        if shift.spread is not None:
            figures["SHIFT_SPREAD"] = round(shift.spread, 3)
    if left is not None:
        figures["SHIFT_LEFT"] = round(left.length, 3)
    return figures
