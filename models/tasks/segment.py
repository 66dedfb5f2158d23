"""Segmentation: an image in, a map of classes out, with probabilities, confidence, entropy and polygons on request."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from osgeo import gdal

from ..card.types import OutputSpec
from ..errors import Cancelled, ModelError, OutputError, SettingsError
from ..feedback import Feedback
from ..inputs import RasterInputs
from ..model import Model
from ..plan import Plan, make_plan
from ..raster import style
from ..raster.cache import block_cache
from ..raster.grid import Grid
from ..raster.polygon_file import find_vector_driver
from ..raster.regrid import regrid
from ..raster.sink import BLOCK_PX, GeoTiffSink, build_overviews, check_compression
from ..raster.staging import staging
from ..raster.vectorize import polygonize
from ..run import RunReport, run_tiles
from ..settings import RunSettings, changed_options
from ..version import VERSION
from .class_map import ClassMapper, make_class_mapper

_PRODUCTS = ("classes", "probabilities", "confidence", "entropy")
# viridis: even steps of lightness, readable for colour-blind people; entropy runs the other way, so that light is sure
_CERTAINTY_COLORS = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")
_CERTAINTY_LABELS = ("0", "0.25", "0.5", "0.75", "1")


@dataclass(frozen=True)
class SegmentOutputs:
    """Where the results go; None: not wanted. Rasters are GeoTIFF, polygons any vector format that GDAL writes."""

    classes: str
    probabilities: str | None = None
    confidence: str | None = None
    entropy: str | None = None
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
    _check_outputs(wanted, (*rasters.image, *rasters.after, *rasters.sar))
    compress = check_compression(settings.options.compress)
    output = _class_output(model)
    for problem in model.card.problems:
        feedback.warn(problem)
    with staging() as stage:
        staged = {name: stage.path_for(path) for name, path in wanted.rasters().items()}
        polygons = stage.path_for(wanted.polygons) if wanted.polygons else None
        plan = make_plan(model, rasters, settings, output=output, crs_wkt=crs_wkt, feedback=feedback)
        task = make_class_mapper(plan, output, tuple(wanted.rasters()))
        feedback.log(
            f"Model: {model.card.name} ({model.card.dialect}) on {plan.session.provider}; {len(plan.tiling)} tiles of "
            f"{plan.tiling.tile_width} × {plan.tiling.tile_height} px, overlap {plan.tiling.overlap} px, "
            f"merged by {settings.merge}."
        )
        tiles_feedback = replace(feedback, progress=feedback.part(0, 0.75 if wanted.polygons else 0.97))
        if plan.regrids:
            on_model_grid = {name: stage.scratch_for(path) for name, path in wanted.rasters().items()}
            seen = _run(plan, task, on_model_grid, compress, tiles_feedback)
            _regrid(plan, task, on_model_grid, staged, compress, feedback)
        else:
            seen = _run(plan, task, staged, compress, tiles_feedback)
        _warn_of_classes(task, feedback)
        # finishing reads rows of blocks of the results, two rasters at most at a time
        with block_cache(3 * BLOCK_PX * plan.result_grid.width):
            _finish_rasters(staged, task, wanted, settings)
            if polygons:
                _write_polygons(polygons, staged, task, wanted, feedback)
    seconds = time.monotonic() - started
    feedback.progress(1.0)
    return RunReport(
        tiles=seen,
        seconds=seconds,
        mpix_per_second=plan.result_grid.width * plan.result_grid.height / 1e6 / seconds,
        provider=plan.session.provider,
        model_sha256=model.sha256,
    )


def _check_outputs(outputs: SegmentOutputs, input_paths: tuple[str, ...]) -> None:
    rasters = [Path(path).expanduser().absolute() for path in outputs.rasters().values()]
    resolved = [*rasters, *([Path(outputs.polygons).expanduser().absolute()] if outputs.polygons else [])]
    if len({path.with_suffix("") for path in rasters}) != len(rasters) or len(set(resolved)) != len(resolved):
        # styles and statistics lie beside each result under its name without extension
        raise OutputError("Two outputs have the same name: give each its own, as class.tif and confidence.tif.")
    for name, path in outputs.rasters().items():
        if Path(path).suffix.lower() not in (".tif", ".tiff"):
            raise OutputError(f"The {name} output should be a GeoTIFF ending in .tif; found '{path}'.")
    if outputs.polygons:
        find_vector_driver(outputs.polygons)
    stems = {path.with_suffix("") for path in resolved}
    for input_path in input_paths:
        source = Path(input_path).expanduser().absolute()
        if source in resolved:
            raise OutputError(f"The output {input_path} is the input itself: choose another name.")
        if source.with_suffix("") in stems:
            raise OutputError(
                f"An output has the name of the input {input_path}, whose style and statistics would be replaced: "
                "choose another name."
            )
    if not (outputs.min_area_m2 >= 0 and outputs.simplify >= 0):
        raise SettingsError(
            f"MIN_AREA is {outputs.min_area_m2:g} m² and SIMPLIFY {outputs.simplify:g}; expected 0 or more for both."
        )


def _class_output(model: Model) -> OutputSpec:
    if model.card.task != "segment":
        raise ModelError(
            f"{model.card.name} is a model for the task '{model.card.task}'; expected one for segmentation."
        )
    output = next((spec for spec in model.card.outputs if spec.role == "classes"), None)
    if output is None:
        raise ModelError(f"{model.card.name} has no output of classes; choose a segmentation model.")
    return output


def _run(plan: Plan, task: ClassMapper, paths: dict[str, str], compress: str, feedback: Feedback) -> int:
    """Run the network over all tiles into rasters on its own grid; return the number of tiles."""
    with _open_sinks(plan, plan.grid, task, paths, compress) as sinks, block_cache(plan.read_cache_bytes):
        return run_tiles(plan, task, sinks, feedback)


def _regrid(
    plan: Plan,
    task: ClassMapper,
    sources: dict[str, str],
    paths: dict[str, str],
    compress: str,
    feedback: Feedback,
) -> None:
    """Bring results from the model's pixels to those of the raster, and count the classes there."""
    task.counts.clear()

    def step() -> None:
        if feedback.cancelled():
            raise Cancelled

    with _open_sinks(plan, plan.result_grid, task, paths, compress) as sinks, block_cache(0):
        for product, sink in sinks.items():
            inspect = task.count if product == "classes" else _ignore
            regrid(sources[product], sink, plan.result_grid, inspect=inspect, step=step)


def _ignore(_values: object) -> None:
    return None


@contextmanager
def _open_sinks(
    plan: Plan, grid: Grid, task: ClassMapper, paths: dict[str, str], compress: str
) -> Iterator[dict[str, GeoTiffSink]]:
    """Yield a raster in the making for each product; finish them when the block ends well, else let go of them."""
    metadata = _provenance(plan)
    sinks: dict[str, GeoTiffSink] = {}
    try:
        for product, path in paths.items():
            sinks[product] = GeoTiffSink(path, grid, task.sink_spec(product), compress=compress, metadata=metadata)
        yield sinks
        if classes := task.final_classes():
            sinks["classes"].annotate(style.category_names(classes), style.attribute_table(classes, task.counts))
        for sink in sinks.values():
            sink.close()
    finally:
        for sink in sinks.values():
            sink.abandon()


def _warn_of_classes(task: ClassMapper, feedback: Feedback) -> None:
    unlisted = [spec.name for spec in task.final_classes()[len(task.classes) :]]
    if unlisted and task.classes:
        feedback.warn(f"The model gave class numbers that its card does not list: {', '.join(unlisted)}.")
    if not task.counts:
        feedback.warn(
            "No pixel got a class: the raster has no data where it was to be classified, or MASK covers no centre of a "
            "pixel."
        )


def _finish_rasters(staged: dict[str, str], task: ClassMapper, wanted: SegmentOutputs, settings: RunSettings) -> None:
    if settings.options.overviews:
        for product, path in staged.items():
            method = "NEAREST" if product == "classes" else "AVERAGE"
            build_overviews(path, method, Path(wanted.rasters()[product]).name)
    if classes := task.final_classes():
        style.write_qml(staged["classes"], style.class_raster_qml(classes))
    for product, colors in (("confidence", _CERTAINTY_COLORS), ("entropy", _CERTAINTY_COLORS[::-1])):
        if product in staged:
            style.write_qml(staged[product], style.ramp_raster_qml(0, 1, colors, _CERTAINTY_LABELS))


def _write_polygons(
    path: str, staged: dict[str, str], task: ClassMapper, wanted: SegmentOutputs, feedback: Feedback
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
    feedback.log(f"{count} polygons.")
    if Path(path).with_suffix("") not in {Path(raster).with_suffix("") for raster in staged.values()}:
        # where a raster has the same name, the style beside it is the raster's
        style.write_qml(path, style.class_polygons_qml(classes))


def _provenance(plan: Plan) -> dict[str, str]:
    """Return what made the result, for the metadata domain GEONNX."""
    card, settings = plan.model.card, plan.settings
    described = {
        "MODEL": card.name,
        "MODEL_VERSION": card.version,
        "MODEL_FILE": card.model_path.name,
        "MODEL_SHA256": plan.model.sha256,
        "MODEL_LICENCE": card.licence,
        "MODEL_DIALECT": card.dialect,
        "INPUT": ",".join(source.raster.name for feed in plan.images for source in feed.sources),
        "BANDS": ",".join(map(str, plan.bands.numbers)),
        "TILE_SIZE": f"{plan.tiling.tile_width}x{plan.tiling.tile_height}",
        "OVERLAP": str(plan.tiling.overlap),
        "MERGE": settings.merge,
        "OPTIONS": json.dumps(changed_options(settings.options)),
        "MASK": Path(settings.mask_path).name if settings.mask_path else "",
        "PROVIDER": plan.session.provider,
        "GEONNX_VERSION": VERSION,
        "ONNXRUNTIME_VERSION": plan.session.runtime_version,
        "GDAL_VERSION": gdal.VersionInfo("RELEASE_NAME"),
    }
    return {key: value for key, value in described.items() if value}
