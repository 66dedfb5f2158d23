"""GeONNX's engine: everything about a model and running it over rasters. Knows no QGIS.

from geonnx.models import load_model, segment, SegmentOutputs
report = segment(load_model("model.onnx"), "scene.tif", SegmentOutputs("classes.tif"))
"""

from .assess.accuracy import RasterSource, VectorSource, assess_accuracy
from .assess.image_pair import ValueScale
from .assess.image_quality import compare_images
from .change.scenes import ChangeSettings
from .chips.settings import ChipSettings
from .clouds.request import CloudInputs, CloudOutputs, CloudReport, CloudSettings
from .feedback import Feedback
from .inputs import RasterInputs
from .model import Model, load_model
from .run import RunReport
from .runtime.session import keep_networks
from .settings import RunOptions, RunSettings, read_options
from .tasks.change import ChangeOutputs, ChangeReport, detect_change
from .tasks.classify import ClassifyOutputs, ClassifyReport, classify
from .tasks.clouds import remove_clouds
from .tasks.segment import SegmentOutputs, segment

__all__ = [
    "ChangeOutputs",
    "ChangeReport",
    "ChangeSettings",
    "ChipSettings",
    "ClassifyOutputs",
    "ClassifyReport",
    "CloudInputs",
    "CloudOutputs",
    "CloudReport",
    "CloudSettings",
    "Feedback",
    "Model",
    "RasterInputs",
    "RasterSource",
    "RunOptions",
    "RunReport",
    "RunSettings",
    "SegmentOutputs",
    "ValueScale",
    "VectorSource",
    "assess_accuracy",
    "classify",
    "compare_images",
    "detect_change",
    "keep_networks",
    "load_model",
    "read_options",
    "remove_clouds",
    "segment",
]
