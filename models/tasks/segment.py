"""Segmentation: an image in, a map of classes out, with probabilities, confidence, entropy and polygons on request."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal

from ..card.colors import default_color
from ..card.types import ClassSpec, OutputSpec
from ..errors import ModelError, OutputError, SettingsError
from ..feedback import Feedback
from ..model import Model
from ..plan import Plan, make_plan
from ..raster import style
from ..raster.cache import block_cache
from ..raster.sink import BLOCK_PX, GeoTiffSink, SinkSpec, build_overviews, check_compression
from ..raster.staging import Staging, staging
from ..raster.vectorize import polygonize
from ..run import RunReport, run_tiles
from ..settings import RunSettings
from . import scores as arithmetic

Kind = Literal["scores", "binary", "numbers"]

_MOST_BYTE_CLASSES = 250
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


@dataclass
class SegmentTask:
    """From scores to pixels of each product, for one kind of output."""

    kind: Kind
    activation: str
    threshold: float
    classes: tuple[ClassSpec, ...]
    """empty when the model gives class numbers and nothing lists them"""
    products: tuple[str, ...]
    must_average: bool
    """True when scores of several tiles are averaged, so that they have to be probabilities"""
    probability_dtype: str
    counts: dict[int, int] = field(default_factory=dict)
    """pixels of each class value so far"""

    @property
    def class_dtype(self) -> str:
        """Type of the class raster: uint8, or uint16 above 250 classes or where 255 is a class."""
        values = [spec.value for spec in self.classes]
        return "uint8" if values and len(values) <= _MOST_BYTE_CLASSES and max(values) < 255 else "uint16"

    @property
    def class_nodata(self) -> int:
        """The largest value of the class raster's type; never a class."""
        return int(np.iinfo(self.class_dtype).max)

    def activate(self, scores: NDArray[Any]) -> NDArray[Any]:
        """Return probabilities where a product or the averaging needs them, else the scores as they are."""
        if self.activation == "none" or self.kind == "numbers":
            return scores
        if self.kind == "binary":
            return arithmetic.sigmoid(scores)
        if not self.must_average and self.products == ("classes",):
            return scores  # the highest score is the highest probability
        return arithmetic.softmax(scores) if self.activation == "softmax" else arithmetic.sigmoid(scores)

    def finish(self, scores: NDArray[Any], valid: NDArray[np.bool_] | None) -> dict[str, NDArray[Any]]:
        """Return the pixels (band, row, column) of each product."""
        if self.kind == "numbers":
            classes = self._check_numbers(scores[0], valid)
        else:
            if self.kind == "binary":
                scores = np.concatenate([1 - scores, scores])
                index: NDArray[Any] = (scores[1] >= self.threshold).astype(np.uint8)
                best = np.where(index, scores[1], scores[0])
            else:
                index, best = arithmetic.best_class(scores)
            valid = _also_finite(valid, best)
            lookup = np.array([spec.value for spec in self.classes], self.class_dtype)
            classes = index if np.array_equal(lookup, np.arange(len(lookup))) else lookup[index]
        classes = classes.astype(self.class_dtype, copy=False)
        if valid is not None:
            classes = np.where(valid, classes, classes.dtype.type(self.class_nodata))
        self._count(classes)
        products = {"classes": classes[np.newaxis]}
        if "probabilities" in self.products:
            products["probabilities"] = self._store(scores, valid)
        if "confidence" in self.products:
            products["confidence"] = self._store(best[np.newaxis], valid)
        if "entropy" in self.products:
            products["entropy"] = self._store(arithmetic.entropy(scores)[np.newaxis], valid)
        return products

    def _check_numbers(self, numbers: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[Any]:
        shown = numbers if valid is None else numbers[valid]
        if shown.size and not (shown.min() >= 0 and shown.max() < self.class_nodata):
            wrong = shown.min() if not shown.min() >= 0 else shown.max()
            raise ModelError(
                f"The model gave the class number {wrong:g}; expected 0 to {self.class_nodata - 1}. Is the output "
                "really a map of class numbers?"
            )
        if valid is not None:
            numbers = np.where(valid, numbers, 0)
        return numbers

    def _store(self, probabilities: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[Any]:
        if self.probability_dtype == "float32":
            stored: NDArray[Any] = probabilities.astype(np.float32, copy=False)
            return stored if valid is None else np.where(valid, stored, np.float32(np.nan))
        if valid is not None:
            probabilities = np.where(valid, probabilities, np.float32(0))
        coded = arithmetic.quantise(probabilities)
        return coded if valid is None else np.where(valid, coded, np.uint8(arithmetic.PROBABILITY_NODATA))

    def _count(self, classes: NDArray[Any]) -> None:
        found = np.bincount(classes.ravel())
        for value in np.flatnonzero(found):
            if value != self.class_nodata:
                self.counts[int(value)] = self.counts.get(int(value), 0) + int(found[value])

    def sink_spec(self, product: str) -> SinkSpec:
        """Return what the raster of a product looks like."""
        if product == "classes":
            known = {spec.value: spec.color for spec in self.classes}
            colors = known or {value: default_color(value) for value in range(256)}
            return SinkSpec(self.class_dtype, self.class_nodata, ("class",), colors=colors)
        names = tuple(spec.name for spec in self.classes) if product == "probabilities" else (product,)
        if self.probability_dtype == "float32":
            return SinkSpec("float32", float("nan"), names)
        return SinkSpec("uint8", arithmetic.PROBABILITY_NODATA, names, scale=1 / arithmetic.PROBABILITY_STEPS)

    def final_classes(self) -> tuple[ClassSpec, ...]:
        """Return the classes of the map: the listed ones, and those that turned up without being listed."""
        listed = {spec.value for spec in self.classes}
        extra = [
            ClassSpec(value, f"class {value}", default_color(value))
            for value in sorted(self.counts)
            if value not in listed
        ]
        return (*self.classes, *extra)


def _also_finite(valid: NDArray[np.bool_] | None, best: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Take pixels for which the network gave NaN as without result."""
    broken = np.isnan(best)
    if not broken.any():
        return valid
    return ~broken if valid is None else valid & ~broken


def segment(
    model: Model,
    input_path: str,
    outputs: SegmentOutputs | str,
    settings: RunSettings | None = None,
    *,
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> RunReport:
    """Map the classes of a raster.

    *input_path* is any raster that GDAL opens, or one of the band files of a scene; *outputs* says which results go
    where (a plain path is the class raster); *crs_wkt* is used instead of the raster's own CRS. The results have the
    raster's grid, cut to the extent of the settings. Raises a GeonnxError with one clear sentence; nothing is left
    behind then.
    """
    started = time.monotonic()
    settings = settings or RunSettings()
    feedback = feedback or Feedback()
    wanted = SegmentOutputs(outputs) if isinstance(outputs, str) else outputs
    _check_outputs(wanted, input_path, settings)
    compress = check_compression(settings.options.compress)
    output = _class_output(model)
    for problem in model.card.problems:
        feedback.warn(problem)
    with staging() as stage:
        staged = {name: stage.path_for(path) for name, path in wanted.rasters().items()}
        plan = make_plan(model, input_path, settings, output=output, crs_wkt=crs_wkt, feedback=feedback)
        task = _make_task(plan, output, wanted)
        feedback.log(
            f"Model: {model.card.name} ({model.card.dialect}) on {plan.session.provider}; {len(plan.tiling)} tiles of "
            f"{plan.tiling.tile_width} × {plan.tiling.tile_height} px, overlap {plan.tiling.overlap} px, "
            f"merged by {settings.merge}."
        )
        seen = _write_rasters(plan, task, staged, wanted, compress, feedback)
        # finishing reads rows of blocks of the results, two rasters at most at a time
        with block_cache(3 * BLOCK_PX * plan.grid.width):
            _finish_rasters(staged, task, wanted, settings)
            if wanted.polygons:
                _write_polygons(stage, staged, task, wanted, feedback)
    seconds = time.monotonic() - started
    target = plan.tiling.target
    feedback.progress(1.0)
    return RunReport(
        tiles=seen,
        seconds=seconds,
        mpix_per_second=target.width * target.height / 1e6 / seconds,
        provider=plan.session.provider,
        model_sha256=model.sha256,
    )


def _check_outputs(outputs: SegmentOutputs, input_path: str, settings: RunSettings) -> None:
    paths = [*outputs.rasters().values(), *([outputs.polygons] if outputs.polygons else [])]
    resolved = [Path(path).expanduser().absolute() for path in paths]
    if len({path.with_suffix("") for path in resolved}) != len(resolved):
        # styles and statistics lie beside each result under its name without extension
        raise OutputError("Two outputs have the same name: give each its own, as class.tif and confidence.tif.")
    for name, path in outputs.rasters().items():
        if Path(path).suffix.lower() not in (".tif", ".tiff"):
            raise OutputError(f"The {name} output should be a GeoTIFF ending in .tif; found '{path}'.")
    if Path(input_path).expanduser().absolute() in resolved:
        raise OutputError(f"The output {input_path} is the input itself: choose another name.")
    if outputs.min_area_m2 < 0 or outputs.simplify < 0:
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


def _make_task(plan: Plan, output: OutputSpec, wanted: SegmentOutputs) -> SegmentTask:
    settings = plan.settings
    kind: Kind = "scores"
    if plan.channels == 1:
        kind = "numbers" if output.holds_numbers else "binary"
    products = tuple(wanted.rasters())
    if kind == "numbers":
        asked = [name.upper() for name in products if name != "classes"]
        if asked:
            raise SettingsError(
                f"{plan.model.card.name} gives class numbers without scores, so there is no {' or '.join(asked)}: "
                "leave it empty, or use a model that gives scores."
            )
        if settings.merge == "blend":
            raise SettingsError(f"{plan.model.card.name} gives class numbers, which can't be averaged: use MERGE=crop.")
    classes = _classes(kind, plan.channels, output, plan.model.card.name)
    return SegmentTask(
        kind=kind,
        activation=output.activation or ("sigmoid" if kind == "binary" else "softmax"),
        threshold=output.threshold if settings.options.threshold is None else settings.options.threshold,
        classes=classes,
        products=products,
        must_average=settings.merge == "blend",
        probability_dtype=settings.options.probability_dtype,
    )


def _classes(kind: Kind, channels: int, output: OutputSpec, model_name: str) -> tuple[ClassSpec, ...]:
    listed = output.classes
    if kind == "numbers":
        return listed
    count = 2 if kind == "binary" else channels
    if not listed:
        return tuple(ClassSpec(index, f"class {index}", default_color(index)) for index in range(count))
    if kind == "binary" and len(listed) == 1:
        background = 0 if listed[0].value != 0 else 1
        return (ClassSpec(background, f"not {listed[0].name}", default_color(0)), listed[0])
    if len(listed) != count:
        raise ModelError(
            f"The card of {model_name} lists {len(listed)} classes, but the model gave {count} class scores: "
            "correct the card's list of classes."
        )
    return listed


def _write_rasters(
    plan: Plan,
    task: SegmentTask,
    staged: dict[str, str],
    wanted: SegmentOutputs,
    compress: str,
    feedback: Feedback,
) -> int:
    metadata = _provenance(plan)
    sinks: dict[str, GeoTiffSink] = {}
    names = {product: Path(path).name for product, path in wanted.rasters().items()}
    tiles_end = 0.75 if wanted.polygons else 0.97
    tiles_feedback = Feedback(feedback.part(0, tiles_end), feedback.log, feedback.warn, feedback.cancelled)
    try:
        for product, path in staged.items():
            sinks[product] = GeoTiffSink(
                path, plan.grid, task.sink_spec(product), compress=compress, metadata=metadata, name=names[product]
            )
        with block_cache(plan.read_cache_bytes):
            seen = run_tiles(plan, task, sinks, tiles_feedback)
        classes = task.final_classes()
        if classes:
            sinks["classes"].annotate(style.category_names(classes), style.attribute_table(classes, task.counts))
        for sink in sinks.values():
            sink.close()
    finally:
        for sink in sinks.values():
            sink.abandon()
    unlisted = [spec.name for spec in classes[len(task.classes) :]]
    if unlisted and task.classes:
        feedback.warn(f"The model gave class numbers that its card does not list: {', '.join(unlisted)}.")
    if not task.counts:
        feedback.warn("No pixel got a class: the raster has no data where it was to be classified.")
    return seen


def _finish_rasters(staged: dict[str, str], task: SegmentTask, wanted: SegmentOutputs, settings: RunSettings) -> None:
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
    stage: Staging, staged: dict[str, str], task: SegmentTask, wanted: SegmentOutputs, feedback: Feedback
) -> None:
    path = stage.path_for(wanted.polygons or "")
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
        "INPUT": plan.raster.name,
        "BANDS": ",".join(map(str, plan.bands.numbers)),
        "TILE_SIZE": f"{plan.tiling.tile_width}x{plan.tiling.tile_height}",
        "OVERLAP": str(plan.tiling.overlap),
        "MERGE": settings.merge,
        "PROVIDER": plan.session.provider,
        "GDAL_VERSION": gdal.VersionInfo("RELEASE_NAME"),
    }
    return {key: value for key, value in described.items() if value}
