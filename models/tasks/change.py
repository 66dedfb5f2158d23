"""Change detection: two dates in, a map of what changed out, with probabilities, polygons and areas on request."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from ..change.coregister import Shift
from ..change.decode import FromToDecoder
from ..change.mapper import CHANGES, PAIRS, PROBABILITIES, ChangeMapper
from ..change.outputs import Reading, read_outputs
from ..change.scenes import ChangeSettings, Scenes, open_scenes
from ..change.transitions import (
    Areas,
    check_statistics_name,
    class_areas,
    measure_values,
    pair_areas,
    write_statistics,
)
from ..change.two_dates import TwoDates, as_two_dates
from ..destinations import check_destinations
from ..errors import Cancelled, SettingsError
from ..feedback import Feedback
from ..inputs import Raster, RasterInputs
from ..model import Model
from ..plan import Plan, make_plan
from ..products import Ran, finishing_cache_bytes, make_report, write_products
from ..raster import style
from ..raster.cache import block_cache
from ..raster.polygon_style import style_polygons
from ..raster.staging import Staging, staging
from ..raster.vectorize import polygonize
from ..run import RunReport
from ..settings import RunSettings
from ..words import counted


@dataclass(frozen=True)
class ChangeOutputs:
    """Where the results go; None: not wanted.

    Rasters are GeoTIFF, polygons any vector format that GDAL writes, statistics CSV or HTML by their extension.
    """

    changes: str
    probabilities: str | None = None
    polygons: str | None = None
    statistics: str | None = None
    min_area_m2: float = 0.0
    """polygons smaller than this are left out"""
    simplify: float = 0.0
    """tolerance in map units with which borders are simplified; neighbours keep sharing them"""

    def rasters(self) -> dict[str, str]:
        """Return product → path of the rasters that are wanted."""
        probabilities = {PROBABILITIES: self.probabilities} if self.probabilities else {}
        return {CHANGES: self.changes, **probabilities}


@dataclass(frozen=True)
class ChangeReport:
    """What a run did and found."""

    run: RunReport
    areas: Areas
    shift: Shift | None
    """of AFTER against BEFORE as they came, px of BEFORE; None when it can't be measured"""
    remaining_shift: Shift | None
    """what is left after AFTER was moved; None when it was not"""


def detect_change(
    model: Model,
    before: Raster,
    after: Raster,
    outputs: ChangeOutputs | str,
    settings: RunSettings | None = None,
    change: ChangeSettings | None = None,
    *,
    crs_wkt: str | None = None,
    after_crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> ChangeReport:
    """Map what changed between two rasters of one place.

    *model* is a change model, or a segmentation model, which is then run on each date. *before* and *after* are
    anything that GDAL opens, or band files of scenes; AFTER is brought to BEFORE's grid as it is read. *outputs* says
    which results go where (a plain path is the change raster); *crs_wkt* and *after_crs_wkt* are used instead of the
    rasters' own CRS. Results have BEFORE's grid, cut to the extent of the settings, and data where both dates have.
    Raises a GeonnxError with one clear sentence; nothing is left behind then.
    """
    started = time.monotonic()
    settings, change, feedback = settings or RunSettings(), change or ChangeSettings(), feedback or Feedback()
    if change.threshold is None and settings.options.threshold is not None:
        change = replace(change, threshold=settings.options.threshold)
    # in the provenance, and among what a run that goes on after a crash has to share with the one before
    settings = replace(settings, options=replace(settings.options, threshold=change.threshold))
    wanted = ChangeOutputs(outputs) if isinstance(outputs, str) else outputs
    pair = as_two_dates(model)
    inputs = [raster for raster in (before, after) if isinstance(raster, str)]
    _check_outputs(wanted, inputs, settings)
    for note in pair.notes:
        feedback.warn(note)
    with staging() as stage:
        # at once, so that a folder that can't be written to is known before any work
        polygons = stage.path_for(wanted.polygons) if wanted.polygons else ""
        statistics = stage.path_for(wanted.statistics) if wanted.statistics else ""
        crs = crs_wkt, after_crs_wkt
        scenes = open_scenes(pair, before, after, settings, change, crs_wkts=crs, feedback=feedback)
        plan = make_plan(
            pair.model,
            RasterInputs((scenes.before,), after=(scenes.after,)),
            settings,
            outputs=pair.outputs,
            feedback=feedback,
            open_network=pair.open_network,
        )
        reading = read_outputs(pair.outputs, plan.layouts, change.threshold, pair.model.card.name)
        _check_reading(reading, plan, wanted, change)
        task, ran, staged = _map(plan, reading, wanted, stage, _file_items(scenes, change), feedback)
        with block_cache(finishing_cache_bytes(plan.result_grid)):
            areas = _measure(staged, task, feedback)
            if statistics:
                write_statistics(statistics, areas, "Areas of change", _facts(pair, scenes, change, reading))
            if polygons:
                _write_polygons(polygons, staged, task, wanted, inputs, feedback)
    feedback.progress(1.0)
    return ChangeReport(make_report(plan, ran, started), areas, scenes.shift, scenes.remaining)


def _check_outputs(outputs: ChangeOutputs, inputs: list[str], settings: RunSettings) -> None:
    others = {name: path for name in ("polygons", "statistics") if (path := getattr(outputs, name))}
    vectors = [name for name in others if name == "polygons"]
    rasters = {**outputs.rasters(), **settings.rasters}
    check_destinations(rasters, others, inputs, vectors=vectors, also=[settings.mask_path])
    if outputs.statistics:
        check_statistics_name(outputs.statistics)
    if not (outputs.min_area_m2 >= 0 and outputs.simplify >= 0):
        raise SettingsError(
            f"MIN_AREA is {outputs.min_area_m2:g} m² and SIMPLIFY {outputs.simplify:g}; expected 0 or more for both."
        )


def _check_reading(reading: Reading, plan: Plan, wanted: ChangeOutputs, change: ChangeSettings) -> None:
    """Raise SettingsError for what class numbers without scores can't give."""
    if not reading.holds_numbers:
        return
    name = plan.prepared.model.card.name
    asked = [word for word, is_set in (
        ("THRESHOLD", change.threshold is not None), ("PROBABILITIES", wanted.probabilities is not None),
    ) if is_set]  # fmt: skip
    if asked:
        raise SettingsError(
            f"{name} gives class numbers without scores, so there is no {' or '.join(asked)}: leave it empty, or use a "
            "model that gives scores."
        )
    if plan.must_average:
        how = "MERGE=crop" if plan.prepared.settings.merge == "blend" else "OPTIONS without tta and monte_carlo"
        raise SettingsError(f"{name} gives class numbers, which can't be averaged: use {how}.")


def _map(
    plan: Plan, reading: Reading, wanted: ChangeOutputs, stage: Staging, items: dict[str, str], feedback: Feedback
) -> tuple[ChangeMapper, Ran, dict[str, str]]:
    """Run the network over all tiles; return what counted the changes, what became of tiles, the staged rasters."""
    products = wanted.rasters()
    passing = []
    if isinstance(reading.decoder, FromToDecoder) and wanted.statistics:
        passing.append(PAIRS)
    if wanted.polygons and not wanted.probabilities and not reading.holds_numbers:
        passing.append(PROBABILITIES)
    products.update({name: f"{wanted.changes}.{name}" for name in passing})
    dtype = plan.prepared.settings.options.probability_dtype
    task = ChangeMapper(reading, tuple(products), dtype, len(plan.variants) > 1, items)
    share = 0.8 if wanted.polygons else 0.97
    mapping = replace(feedback, progress=feedback.part(0, share))
    ran, staged = write_products(plan, task, products, stage, mapping, passing=passing)
    if not task.counts:
        feedback.warn(
            "No pixel has data on both dates where change was to be detected: the rasters meet, but one of them is "
            "empty there, or MASK covers no centre of a pixel."
        )
    if task.unexplained:
        feedback.warn(
            f"For {task.unexplained} pixels the model gave no number, or one that its card does not list; they have no "
            "data in the result."
        )
    return task, ran, staged


def _measure(staged: dict[str, str], task: ChangeMapper, feedback: Feedback) -> Areas:
    def step() -> None:
        if feedback.cancelled():
            raise Cancelled

    decoder = task.reading.decoder
    values = measure_values(staged[CHANGES], step)
    if PAIRS in staged and isinstance(decoder, FromToDecoder):
        return pair_areas(measure_values(staged[PAIRS], step), values, decoder.coding)
    return class_areas(values, task.classes(), decoder.unchanged_value())


def _write_polygons(
    path: str,
    staged: dict[str, str],
    task: ChangeMapper,
    wanted: ChangeOutputs,
    inputs: list[str],
    feedback: Feedback,
) -> None:
    decoder = task.reading.decoder
    unchanged = decoder.unchanged_value()
    classes = [spec for spec in task.classes() if spec.value != unchanged]
    pairs = {}
    if isinstance(decoder, FromToDecoder):
        pairs = {spec.value: pair for spec in classes if (pair := decoder.coding.pair(spec.value)) is not None}
    count = polygonize(
        staged[CHANGES],
        path,
        {spec.value: spec.name for spec in classes},
        confidence_path=staged.get(PROBABILITIES),
        confidence_field="probability",
        more_fields={
            "from": {value: pair[0].name for value, pair in pairs.items()},
            "to": {value: pair[1].name for value, pair in pairs.items()},
        },
        left_out=() if unchanged is None else (unchanged,),
        min_area_m2=wanted.min_area_m2,
        simplify=wanted.simplify,
        progress=feedback.part(0.8, 1.0),
        cancelled=feedback.cancelled,
    )
    feedback.log(f"{counted(count, 'polygon')} of change.")
    rasters = (*wanted.rasters().values(), *inputs)
    style_polygons(path, str(wanted.polygons), style.class_polygons_qml(classes), rasters, feedback.warn)


def _file_items(scenes: Scenes, change: ChangeSettings) -> dict[str, str]:
    """Return what the change raster says of the comparison, beside the provenance of every result."""
    items = {}
    if change.threshold is not None:
        items["CHANGE_THRESHOLD"] = f"{change.threshold:g}"
    if scenes.shift is not None:
        items["AFTER_SHIFT_PX"] = f"{scenes.shift.dx:.3f},{scenes.shift.dy:.3f}"
    if scenes.remaining is not None:
        items["AFTER_SHIFT_CORRECTED"] = "YES"
    if change.match_histograms:
        items["AFTER_HISTOGRAMS_MATCHED"] = "YES"
    return items


def _facts(pair: TwoDates, scenes: Scenes, change: ChangeSettings, reading: Reading) -> dict[str, str]:
    """Return what the page of statistics says of the run."""
    threshold = getattr(reading.decoder, "threshold", None)
    facts = {
        "Before": scenes.before.name,
        "After": scenes.after.name,
        "Model": pair.model.card.name + (", run on each date" if pair.is_comparison else ""),
        "Smallest probability of change": "none: the likeliest classes decide"
        if threshold is None
        else f"{threshold:g}",
        "Shift of after against before": "not measurable" if scenes.shift is None else scenes.shift.describe(),
    }
    if scenes.remaining is not None:
        facts["Shift left after correction"] = scenes.remaining.describe()
    if change.match_histograms:
        facts["Histograms"] = "after matched to before"
    return facts
