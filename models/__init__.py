"""GeONNX's engine: everything about a model and running it over rasters. Knows no QGIS.

from geonnx.models import load_model, segment, SegmentOutputs
report = segment(load_model("model.onnx"), "scene.tif", SegmentOutputs("classes.tif"))
"""

from .feedback import Feedback
from .inputs import RasterInputs
from .model import Model, load_model
from .run import RunReport
from .settings import RunOptions, RunSettings, read_options
from .tasks.segment import SegmentOutputs, segment

__all__ = [
    "Feedback",
    "Model",
    "RasterInputs",
    "RunOptions",
    "RunReport",
    "RunSettings",
    "SegmentOutputs",
    "load_model",
    "read_options",
    "segment",
]
