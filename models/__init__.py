"""GeONNX's engine: everything about a model and running it over rasters. Knows no QGIS.

from geonnx.models import load_model, segment, SegmentOutputs
report = segment(load_model("model.onnx"), "scene.tif", SegmentOutputs("classes.tif"))
"""

from .change.scenes import ChangeSettings
from .chips.settings import ChipSettings
from .feedback import Feedback
from .inputs import RasterInputs
from .model import Model, load_model
from .run import RunReport
from .runtime.session import keep_networks
from .settings import RunOptions, RunSettings, read_options
from .tasks.change import ChangeOutputs, ChangeReport, detect_change
from .tasks.classify import ClassifyOutputs, ClassifyReport, classify
from .tasks.segment import SegmentOutputs, segment

__all__ = [
    "ChangeOutputs",
    "ChangeReport",
    "ChangeSettings",
    "ChipSettings",
    "ClassifyOutputs",
    "ClassifyReport",
    "Feedback",
    "Model",
    "RasterInputs",
    "RunOptions",
    "RunReport",
    "RunSettings",
    "SegmentOutputs",
    "classify",
    "detect_change",
    "keep_networks",
    "load_model",
    "read_options",
    "segment",
]
