"""Segmentation: an image in, a map of classes out, with probabilities, confidence, entropy and polygons on request."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from ..card.types import OutputSpec
from ..card.wrong_task import wrong_task
from ..destinations import check_destinations
from ..errors import ModelError, SettingsError
from ..feedback import Feedback
from ..inputs import RasterInputs
from ..model import Model
from ..plan import make_plan
from ..products import finishing_cache_bytes, make_report, write_products
from ..raster import style
from ..raster.cache import block_cache
from ..raster.polygon_style import style_polygons
from ..raster.staging import staging
from ..raster.vectorize import polygonize
from ..run import RunReport
from ..settings import RunSettings, warn_of_threshold
from ..words import counted
from .class_map import ClassMapper, make_class_mapper

_PRODUCTS = ("classes", "probabilities", "confidence", "entropy", "disagreement")


@dataclass(frozen=True)
class SegmentOutputs:
    """Where the results go; None: not wanted. Rasters are GeoTIFF, polygons any vector format that GDAL writes."""

    classes: str
    probabilities: str | None = None
    confidence: str | None = None
    entropy: str | None = None
    disagreement: str | None = None
    """standard deviation of the class's probability over test-time variants"""
    polygons: str | None = None
    min_area_m2: float = 0.0
    """polygons smaller than this are left out"""
    simplify: float = 0.0
    """tolerance in map units with which borders are simplified; neighbours keep sharing them"""

    def rasters(self) -> dict[str, str]:
        """Return product → path of the rasters that are wanted."""
        return {name: path for name in _PRODUCTS if (path := getattr(self, name))}


def segment(
    model: Model,
    inputs: RasterInputs | str,
    outputs: SegmentOutputs | str,
    settings: RunSettings | None = None,
    *,
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> RunReport:
    """Map the classes of a raster.

    *inputs* is any raster that GDAL opens, or one of the band files of a scene; several dates and radar images come as
    `RasterInputs`. *outputs* says which results go where (a plain path is the class raster); *crs_wkt* is used instead
    of the raster's own CRS. The results have the first raster's grid, cut to the extent of the settings. Raises a
    GeonnxError with one clear sentence; nothing is left behind then.
    """
    started = time.monotonic()
    settings = settings or RunSettings()
    feedback = feedback or Feedback()
    wanted = SegmentOutputs(outputs) if isinstance(outputs, str) else outputs
    rasters = RasterInputs((inputs,)) if isinstance(inputs, str) else inputs
    _check_outputs(wanted, rasters, settings)
    output = _class_output(model)
    with staging() as stage:
        polygons = stage.path_for(wanted.polygons) if wanted.polygons else None
        plan = make_plan(model, rasters, settings, outputs=(output,), crs_wkt=crs_wkt, feedback=feedback)
        task = make_class_mapper(plan, output, tuple(wanted.rasters()))
        if settings.options.threshold is not None and task.kind != "binary":
            warn_of_threshold(feedback, model.card, "threshold of OPTIONS")
        tiles_feedback = replace(feedback, progress=feedback.part(0, 0.8 if polygons else 1.0))
        ran, staged = write_products(plan, task, wanted.rasters(), stage, tiles_feedback)
        warn_of_classes(task, feedback)
        if polygons:
            with block_cache(finishing_cache_bytes(plan.result_grid)):
                _write_polygons(polygons, staged, task, wanted, rasters, feedback)
    feedback.progress(1.0)
    return make_report(plan, ran, started)


def _check_outputs(outputs: SegmentOutputs, inputs: RasterInputs, settings: RunSettings) -> None:
    polygons = {"polygons": outputs.polygons} if outputs.polygons else {}
    rasters = {**outputs.rasters(), **settings.rasters}
    check_destinations(rasters, polygons, inputs.paths, vectors=polygons, also=[settings.mask_path])
    if not (outputs.min_area_m2 >= 0 and outputs.simplify >= 0):
        raise SettingsError(
            f"MIN_AREA is {outputs.min_area_m2:g} m² and SIMPLIFY {outputs.simplify:g}; expected 0 or more for both."
        )


def _class_output(model: Model) -> OutputSpec:
    if model.card.task != "segment":
        raise wrong_task(model.card, "for segmentation")
    output = next((spec for spec in model.card.outputs if spec.role == "classes"), None)
    if output is None:
        raise ModelError(f"{model.card.name} has no output of classes; choose a segmentation model.")
    return output


def warn_of_classes(task: ClassMapper, feedback: Feedback) -> None:
    """Warn of classes that the card does not list, and of a map without any."""
    unlisted = [spec.name for spec in task.final_classes()[len(task.classes) :]]
    if unlisted and task.classes:
        feedback.warn(f"The model gave class numbers that its card does not list: {', '.join(unlisted)}.")
    if not task.counts:
        feedback.warn(
            "No pixel got a class: the raster has no data where it was to be classified, or MASK covers no centre of a "
            "pixel."
        )


def _write_polygons(
    path: str,
    staged: dict[str, str],
    task: ClassMapper,
    wanted: SegmentOutputs,
    inputs: RasterInputs,
    feedback: Feedback,
) -> None:
    classes = task.final_classes()
    count = polygonize(
        staged["classes"],
        path,
        {spec.value: spec.name for spec in classes},
        confidence_path=staged.get("confidence"),
        min_area_m2=wanted.min_area_m2,
        simplify=wanted.simplify,
        progress=feedback.part(0.8, 1.0),
        cancelled=feedback.cancelled,
    )
    feedback.log(f"{counted(count, 'polygon')}.")
    rasters = (*wanted.rasters().values(), *inputs.paths)
    style_polygons(path, str(wanted.polygons), style.class_polygons_qml(classes), rasters, feedback.warn)
