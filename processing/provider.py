"""The group "GeONNX" in the Processing toolbox."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .alg_add_model import AddModelAlgorithm
from .alg_assess_accuracy import AssessAccuracyAlgorithm
from .alg_classify import ClassifyAlgorithm
from .alg_compare_images import CompareImagesAlgorithm
from .alg_describe_model import DescribeModelAlgorithm
from .alg_detect_change import DetectChangeAlgorithm
from .alg_download_model import DownloadModelAlgorithm
from .alg_inspect_model import InspectModelAlgorithm
from .alg_list_models import ListModelsAlgorithm
from .alg_remove_clouds import RemoveCloudsAlgorithm
from .alg_segment import SegmentAlgorithm
from .base import icon_path, translate
from .folders import use_profile_folder

_ALGORITHMS = (
    ClassifyAlgorithm,
    SegmentAlgorithm,
    DetectChangeAlgorithm,
    RemoveCloudsAlgorithm,
    InspectModelAlgorithm,
    DescribeModelAlgorithm,
    ListModelsAlgorithm,
    DownloadModelAlgorithm,
    AddModelAlgorithm,
    AssessAccuracyAlgorithm,
    CompareImagesAlgorithm,
)


class GeonnxProvider(QgsProcessingProvider):
    """Lists our algorithms."""

    def loadAlgorithms(self) -> None:
        """Add one of each algorithm; from now on models may be named by their id."""
        use_profile_folder()
        for algorithm in _ALGORITHMS:
            self.addAlgorithm(algorithm())

    def id(self) -> str:
        """Return the first part of every algorithm id."""
        return "geonnx"

    def name(self) -> str:
        """Return the name in the toolbox."""
        return "GeONNX"

    def longName(self) -> str:
        """Return the name where there is more room."""
        return translate("GeONNX: ONNX models over rasters")

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        """Return the drawing of the plugin's icon."""
        return icon_path("geonnx")

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """Return the raster formats that we write: GeoTIFF only."""
        return ["tif", "tiff"]
