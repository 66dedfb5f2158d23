"""geonnx:assessaccuracy: how well a class map agrees with a reference."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterField,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsRasterLayer,
    QgsVectorLayer,
)

from ..models.assess.accuracy import AREA_ESTIMATES as AREA_CHOICES
from ..models.assess.accuracy import RasterSource, VectorSource, assess_accuracy
from ..models.assess.accuracy_report import accuracy_page, describe_accuracy
from ..models.assess.accuracy_table import accuracy_csv
from ..models.assess.class_match import UNMATCHED as UNMATCHED_CHOICES
from ..models.destinations import check_report_destinations
from ..models.page import write_files
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, engine_feedback, translatable, translate
from .layers import raster_input
from .raster_parameters import RasterParameter
from .reports import add_report_parameters, log_page

INPUT = "INPUT"
REFERENCE = "REFERENCE"
FIELD = "FIELD"
CLASS_MAP = "CLASS_MAP"
UNMATCHED = "UNMATCHED"
AREA_ESTIMATES = "AREA_ESTIMATES"
BAND = "BAND"
REFERENCE_BAND = "REFERENCE_BAND"
OUTPUT = "OUTPUT"
OUTPUT_CSV = "OUTPUT_CSV"

_NUMBERS = (
    ("SAMPLES", translatable("Samples that were compared")),
    ("OVERALL_ACCURACY", translatable("Overall accuracy")),
    ("KAPPA", translatable("Cohen's kappa")),
    ("MACRO_F1", translatable("F1, mean over the classes")),
    ("MIOU", translatable("Intersection over union, mean over the classes")),
)
_TEXTS = (
    ("MACRO", translatable("Means over the classes")),
    ("WEIGHTED", translatable("Means over the classes, weighted by their reference samples")),
    ("PER_CLASS", translatable("Figures of each class")),
    ("MATRIX", translatable("Confusion matrix: rows are classes of the map, columns those of the reference")),
    ("AREAS", translatable("Area-adjusted accuracies and areas with confidence intervals")),
    ("LEFT_OUT", translatable("Samples that could not be used, by reason")),
    ("UNMATCHED", translatable("Reference classes that the map does not have")),
    ("NOTES", translatable("What to know of the figures")),
)
_VECTOR_FORMATS = ["gpkg", "shp", "geojson", "fgb"]


class AssessAccuracyAlgorithm(GeonnxAlgorithm):
    """Compares a class raster with a raster, polygons or points of known classes."""

    ID = "assessaccuracy"
    NAME = "Assess accuracy"
    ICON = "assess"
    GROUP = ("quality", "Quality")
    TAGS = (
        "confusion matrix", "error matrix", "kappa", "F1", "IoU", "user's accuracy", "producer's accuracy", "precision",
        "recall", "validation", "ground truth", "area estimation", "Olofsson", "confidence interval",
    )  # fmt: skip
    SHORT = "Compares a class map with reference data: accuracies, confusion matrix, areas with confidence intervals."
    HELP = (
        "Compares a class raster with a reference and writes a report: confusion matrix, overall accuracy, kappa, "
        "user's and producer's accuracy, F1 and IoU of each class, their macro and weighted means.\n\n"
        "The reference is a class raster (brought to the map's grid by nearest neighbour), polygons (all pixels whose "
        "centre is inside) or points (the pixel that holds the point), in any coordinate reference system. Polygons "
        "and points need the field that holds the class, as text or whole number. Pixels without data on either side "
        "are left out and counted.\n\n"
        "Classes are matched by name where both sides have names (capital letters, spaces, hyphens and underscores do "
        "not matter), else by number. Say what is meant where that is not right: forest=Trees;1=3;cloud= makes the "
        "reference's forest the map's Trees and its class 1 the map's 3, and leaves its cloud out. Reference classes "
        "that the map does not have are left out (leave_out), counted as errors (count_as_errors), or stop the run "
        "(refuse); they are listed in the report. Classes that only the map has count as errors.\n\n"
        "Area estimates follow Olofsson et al. (2014): from a random sample, each class of the map weighted by its "
        "mapped area, they give area-adjusted accuracies and areas in hectares with 95 % confidence intervals. 'auto' "
        "makes them for points only: all pixels of polygons or of a reference raster are no random sample. The mapped "
        "areas are those of the whole raster, or of the extent.\n\n"
        "The figures are in the JSON result of qgis_process, too."
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(RasterParameter(INPUT, translate("Class raster")))
        self.addParameter(
            QgsProcessingParameterMapLayer(
                REFERENCE,
                translate("Reference: class raster, polygons or points"),
                types=[QgsProcessing.TypeRaster, QgsProcessing.TypeVectorPolygon, QgsProcessing.TypeVectorPoint],
            )
        )
        self.addParameter(
            QgsProcessingParameterField(
                FIELD,
                translate("Field that holds the class (polygons and points)"),
                parentLayerParameterName=REFERENCE,
                optional=True,
            )
        )
        self.addParameter(
            QgsProcessingParameterString(
                CLASS_MAP,
                translate("Classes that are named differently, as reference=map (forest=Trees;1=3;cloud=)"),
                optional=True,
            )
        )
        for name, label, choices in (
            (UNMATCHED, translatable("Reference classes that the map does not have"), UNMATCHED_CHOICES),
            (AREA_ESTIMATES, translatable("Estimate areas from the sample (auto: for points)"), AREA_CHOICES),
        ):
            self.addParameter(
                QgsProcessingParameterEnum(
                    name, translate(label), options=list(choices), defaultValue=choices[0], usesStaticStrings=True
                )
            )
        for name, label in (
            (BAND, translatable("Band of the classes (number)")),
            (REFERENCE_BAND, translatable("Band of the classes in a reference raster (number)")),
        ):
            self.addParameter(QgsProcessingParameterNumber(name, translate(label), defaultValue=1, minValue=1))
        self.addParameter(
            QgsProcessingParameterExtent(shared.EXTENT, translate("Extent (empty: whole raster)"), optional=True)
        )
        add_report_parameters(self, OUTPUT, OUTPUT_CSV)
        for name, text in _NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, translate(text)))
        for name, text in _TEXTS:
            self.addOutput(QgsProcessingOutputString(name, translate(text)))

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take from the project what must not be touched from the background thread."""
        with engine_errors():
            self._raster = raster_input(self, parameters, INPUT, context)
            self._extent = shared.extent_corners(self, parameters, context, self._raster.crs)
            self._reference = self._find_reference(parameters, context, feedback)
        return True

    def _find_reference(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> RasterSource | VectorSource:
        layer = self.parameterAsLayer(parameters, REFERENCE, context)
        if isinstance(layer, QgsRasterLayer):
            raster = raster_input(self, parameters, REFERENCE, context)
            return RasterSource(raster.path, self.parameterAsInt(parameters, REFERENCE_BAND, context), raster.crs_wkt)
        if not isinstance(layer, QgsVectorLayer) or not layer.isValid():
            raise QgsProcessingException(
                translate(
                    "REFERENCE is '{}', which can't be loaded; expected a class raster, polygons or points."
                ).format(parameters.get(REFERENCE))
            )
        path, name = self.parameterAsCompatibleSourceLayerPathAndLayerName(
            parameters, REFERENCE, context, _VECTOR_FORMATS, "gpkg", feedback
        )
        crs = layer.crs()
        wkt = crs.toWkt(QgsCoordinateReferenceSystem.WKT_PREFERRED_GDAL) if crs.isValid() else None
        return VectorSource(str(path), self.parameterAsString(parameters, FIELD, context), str(name or ""), wkt)

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Compare; write report and table; return the figures."""
        writers = {OUTPUT: accuracy_page, OUTPUT_CSV: accuracy_csv}
        files = {name: self.parameterAsFileOutput(parameters, name, context) for name in writers}
        files = {name: path for name, path in files.items() if path}
        inputs = (self._raster.path, self._reference.path)
        with engine_errors():
            check_report_destinations(files.get(OUTPUT, ""), files.get(OUTPUT_CSV, ""), inputs)
            report = assess_accuracy(
                self._raster.path,
                self._reference,
                band=self.parameterAsInt(parameters, BAND, context),
                class_map=self.parameterAsString(parameters, CLASS_MAP, context),
                unmatched=self.parameterAsEnumString(parameters, UNMATCHED, context),
                area_estimates=self.parameterAsEnumString(parameters, AREA_ESTIMATES, context),
                extent=self._extent,
                crs_wkt=self._raster.crs_wkt,
                feedback=engine_feedback(feedback),
            )
            write_files({path: writers[name](report) for name, path in files.items()})
            log_page(feedback, accuracy_page(report))
        facts = describe_accuracy(report)
        return {**files, **{name: facts[name.lower()] for name, _ in (*_NUMBERS, *_TEXTS)}}
