"""The parameters that all algorithms with a model share, and how they become the engine's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterDistance,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..models.run import RunReport
from ..models.settings import RunSettings, read_options
from .base import translatable, translate
from .folders import use_user_defaults
from .model_parameter import ModelParameter

MODEL = "MODEL"
BANDS = "BANDS"
EXTENT = "EXTENT"
MASK = "MASK"
TILE_SIZE = "TILE_SIZE"
OVERLAP = "OVERLAP"
MERGE = "MERGE"
BATCH_SIZE = "BATCH_SIZE"
DEVICE = "DEVICE"
OPTIONS = "OPTIONS"
MIN_AREA = "MIN_AREA"
SIMPLIFY = "SIMPLIFY"

OPTIONS_HELP = (
    'More options (JSON): "scale" and "offset" from stored values to the values the model expects, "threads", '
    '"compress" (DEFLATE, ZSTD, …), "threshold" (one-score models), "probability_dtype" ("uint8" or "float32"), '
    '"overviews" (true or false), "grid" ("raster": results have the pixels of the raster; "model": those that the '
    'raster was resampled to for the model), "tta" ("flips" or "rotations": tiles are also run flipped, or flipped '
    'and turned, and the answers averaged), "monte_carlo" (number of runs of models with active dropout), "resume" '
    '(true: after a crash the same call goes on where it stopped), "half" (true: float16 on a GPU, unless that changes '
    'the map), "int8" (false: bundled models always in float32), "fold" (false: scaling outside of the model\'s '
    'graph), "sar" '
    '("db" or "power": what radar rasters hold), "shift_map" (a GeoTIFF: how far each part of the image lies '
    "from what the model was trained on)."
)
MERGES = ("crop", "blend")
_POLYGON_FORMATS = ["gpkg", "shp", "geojson", "fgb"]


def model_parameter() -> ModelParameter:
    """Return the parameter that names the model."""
    return ModelParameter(
        MODEL,
        translate("Model (.onnx, .json, .emd, .dlpk, or an id of the catalogue)"),
        fileFilter=translate("Models (*.onnx *.json *.emd *.dlpk);;All files (*)"),
    )


def add_run_parameters(algorithm: QgsProcessingAlgorithm) -> None:
    """Add what decides how a model is run: part of the raster first, tiling and device as advanced parameters."""
    algorithm.addParameter(
        QgsProcessingParameterString(
            BANDS,
            translate("Bands in the model's order: numbers or names, with commas (empty: matched by name)"),
            optional=True,
        )
    )
    algorithm.addParameter(
        QgsProcessingParameterExtent(EXTENT, translate("Extent (empty: whole raster)"), optional=True)
    )
    algorithm.addParameter(
        QgsProcessingParameterFeatureSource(
            MASK,
            translate("Mask: only inside these polygons"),
            [QgsProcessing.TypeVectorPolygon],
            optional=True,
        )
    )
    for parameter in _advanced_parameters():
        parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.FlagAdvanced)
        algorithm.addParameter(parameter)


def _advanced_parameters() -> list[QgsProcessingParameterDefinition]:
    return [
        QgsProcessingParameterNumber(
            TILE_SIZE, translate("Tile size (px; 0: the model's own)"), defaultValue=0, minValue=0, maxValue=16384
        ),
        QgsProcessingParameterNumber(
            OVERLAP,
            translate("Overlap on each side of a tile (px; -1: the model's own, else a sixteenth of the tile)"),
            defaultValue=-1,
            minValue=-1,
        ),
        QgsProcessingParameterEnum(
            MERGE,
            translate("How overlaps are joined"),
            options=list(MERGES),
            defaultValue=MERGES[0],
            usesStaticStrings=True,
        ),
        QgsProcessingParameterNumber(
            BATCH_SIZE,
            translate("Batch size (tiles; 0: chosen for the device)"),
            defaultValue=0,
            minValue=0,
            maxValue=1024,
        ),
        QgsProcessingParameterString(
            DEVICE,
            translate(
                "Device (auto, cpu, cuda, cuda:0,cuda:1, tensorrt, directml, coreml, openvino, dask://host:8786)"
            ),
            defaultValue="auto",
        ),
        QgsProcessingParameterString(
            OPTIONS,
            translate('More options as JSON, such as {"scale": 0.0001, "threads": 2}'),
            optional=True,
        ),
    ]


def add_polygon_parameters(algorithm: QgsProcessingAlgorithm, raster: str) -> None:
    """Add which polygons are written, and how exactly; *raster* is the parameter whose CRS has the units."""
    algorithm.addParameter(
        QgsProcessingParameterNumber(
            MIN_AREA,
            translate("Smallest polygon (m²)"),
            QgsProcessingParameterNumber.Double,
            defaultValue=0.0,
            minValue=0.0,
        )
    )
    algorithm.addParameter(
        QgsProcessingParameterDistance(
            SIMPLIFY,
            translate("Simplify polygons (map units; 0: exact pixel edges)"),
            defaultValue=0.0,
            parentParameterName=raster,
            minValue=0.0,
        )
    )


def add_run_outputs(algorithm: QgsProcessingAlgorithm) -> None:
    """Declare the figures that every run returns beside its files."""
    for name, text in (
        ("TILES", translatable("Tiles that the network saw")),
        ("SECONDS", translatable("Duration (s)")),
        ("MPIX_PER_SECOND", translatable("Speed (megapixels per second)")),
        ("UNLIKE_SHARE", translatable("Share of the image that is unlike the training images, 0 to 1")),
    ):
        algorithm.addOutput(QgsProcessingOutputNumber(name, translate(text)))
    algorithm.addOutput(QgsProcessingOutputString("PROVIDER", translate("Execution provider that ran the model")))
    algorithm.addOutput(QgsProcessingOutputString("MODEL_SHA256", translate("SHA-256 of the model")))


def run_results(report: RunReport) -> dict[str, Any]:
    """Return the figures of a run under their output names."""
    unlike = {} if report.unlike_share is None else {"UNLIKE_SHARE": round(report.unlike_share, 4)}
    return {
        **unlike,
        "TILES": report.tiles,
        "SECONDS": round(report.seconds, 3),
        "MPIX_PER_SECOND": round(report.mpix_per_second, 3),
        "PROVIDER": report.provider,
        "MODEL_SHA256": report.model_sha256,
    }


def extent_corners(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    crs: QgsCoordinateReferenceSystem,
) -> tuple[tuple[float, float], ...] | None:
    """Return the outline of EXTENT in another CRS; None where the whole raster is meant.

    Raises QgsProcessingException for an empty extent.
    """
    if not parameters.get(EXTENT):
        return None
    rectangle = algorithm.parameterAsExtent(parameters, EXTENT, context)
    if rectangle.isEmpty() or not rectangle.isFinite():
        raise QgsProcessingException(translate("EXTENT is empty; expected xmin,xmax,ymin,ymax with room between them."))
    outline = algorithm.parameterAsExtentGeometry(parameters, EXTENT, context, crs)
    return tuple((vertex.x(), vertex.y()) for vertex in outline.vertices())


@dataclass(frozen=True)
class RunParameters:
    """Reads the shared parameters of one algorithm call."""

    algorithm: QgsProcessingAlgorithm
    parameters: dict[str, Any]
    context: QgsProcessingContext
    feedback: QgsProcessingFeedback

    def model(self) -> str:
        """Return what the user gave as the model."""
        return str(self.algorithm.parameterAsString(self.parameters, MODEL, self.context))

    def settings(self, crs: QgsCoordinateReferenceSystem) -> RunSettings:
        """Return the engine's settings with the user's defaults; *crs* is the raster's, to which the extent is brought.

        Raises SettingsError for values out of range, QgsProcessingException for an empty extent.
        """
        algorithm, parameters, context = self.algorithm, self.parameters, self.context
        mask_path, mask_layer = self.polygon_layer(MASK)
        settings = RunSettings(
            bands=algorithm.parameterAsString(parameters, BANDS, context),
            extent=extent_corners(algorithm, parameters, context, crs),
            mask_path=mask_path,
            mask_layer=mask_layer,
            tile_size=algorithm.parameterAsInt(parameters, TILE_SIZE, context),
            overlap=algorithm.parameterAsInt(parameters, OVERLAP, context),
            merge=algorithm.parameterAsEnumString(parameters, MERGE, context),
            batch_size=algorithm.parameterAsInt(parameters, BATCH_SIZE, context),
            device=algorithm.parameterAsString(parameters, DEVICE, context),
            options=read_options(algorithm.parameterAsString(parameters, OPTIONS, context)),
        )
        settings, said = use_user_defaults(settings)
        if said:
            self.feedback.pushInfo(said)
        return settings

    def polygon_layer(self, name: str) -> tuple[str | None, str]:
        """Return file and layer of a parameter that takes polygons, None and nothing where it is left empty.

        Only selected features, when the user says so. Call it in the main thread (``prepareAlgorithm``).
        """
        if not self.parameters.get(name):
            return None, ""
        path, layer = self.algorithm.parameterAsCompatibleSourceLayerPathAndLayerName(
            self.parameters,
            name,
            self.context,
            _POLYGON_FORMATS,
            "gpkg",
            self.feedback,  # QGIS crashes without feedback
        )
        return str(path), str(layer or "")
