"""Scene classification: an image in, polygons with the class of each chip or zone out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from osgeo import ogr

from ..chips.fields import HeadFields, cut_names, make_fields
from ..chips.grid import describe_edges
from ..chips.journal import PRODUCTS, ChipJournal, describe_cut
from ..chips.plan import ChipPlan, make_chip_plan
from ..chips.results import CHIPS_FIELD, CoarseRaster, GridWriter, ZoneWriter, open_coarse
from ..chips.run import ChipCounts, ChipKeeper, run_chips
from ..chips.settings import ChipSettings
from ..chips.zones import (
    ZoneLayer,
    average_chips,
    centre_chips,
    describe_outside,
    last_rows,
    open_zones,
    place_zones,
    require_some,
)
from ..destinations import check_destinations
from ..errors import SettingsError
from ..feedback import Feedback
from ..gaps import GapFinder
from ..inputs import RasterInputs
from ..likeness.meter import Likeness, Meter, open_meter
from ..likeness.shift_map import tell_likeness
from ..load import ReadTile
from ..model import Model
from ..provenance import describe_run
from ..raster import style
from ..raster.cache import block_cache
from ..raster.polygon_file import PolygonSink
from ..raster.polygon_style import longest_field_name, style_polygons, warn_of_shapefile
from ..raster.sink import build_overviews
from ..raster.staging import staging
from ..resume import open_journal
from ..run import RunReport
from ..settings import RunSettings
from ..stages import Watch
from ..words import counted
from .class_map import class_raster_finish

_MOST_STYLED_CLASSES = 250
_NO_CLASS = "no class"
_MOST_COMPARED = 400
"""chips of zones that are compared with the images of the training"""


@dataclass(frozen=True)
class ClassifyOutputs:
    """Where the results go; None: not wanted."""

    polygons: str
    """any vector format that GDAL writes, by its extension"""
    raster: str | None = None
    """GeoTIFF with a pixel for each cell of the grid"""


@dataclass(frozen=True)
class ClassifyReport(RunReport):
    """What a run did; ``tiles`` are the chips that the network saw."""

    chips_skipped: int
    """chips without enough data, or for which the network gave no numbers"""
    zones: int
    """0 without ZONES"""
    zones_without_class: int
    class_counts: dict[str, int]
    """polygons of each class; of several labels, each counts"""


def classify(
    model: Model,
    inputs: RasterInputs | str,
    outputs: ClassifyOutputs | str,
    settings: RunSettings | None = None,
    chips: ChipSettings | None = None,
    *,
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> ClassifyReport:
    """Classify chips of a raster, on a regular grid or for the zones of a polygon layer.

    *inputs* is any raster that GDAL opens, or one of the band files of a scene; several dates and radar images come as
    `RasterInputs`. *outputs* says where the polygons go (a plain path) and perhaps a coarse class raster; *chips* which
    parts of the raster are looked at. *crs_wkt* is used instead of the raster's own CRS. Cells of a grid have the
    raster's CRS, zones keep their own with shape and attributes. Raises a GeonnxError with one clear sentence; nothing
    is left behind then.
    """
    started = time.monotonic()
    settings, chips, feedback = settings or RunSettings(), chips or ChipSettings(), feedback or Feedback()
    wanted = ClassifyOutputs(outputs) if isinstance(outputs, str) else outputs
    rasters = RasterInputs((inputs,)) if isinstance(inputs, str) else inputs
    _check_outputs(wanted, rasters, settings, chips)
    with staging() as stage:
        polygons = stage.path_for(wanted.polygons)
        raster = stage.path_for(wanted.raster) if wanted.raster else None
        plan = make_chip_plan(model, rasters, settings, chips, crs_wkt=crs_wkt, feedback=feedback)
        meter = open_meter(plan.prepared, feedback, reads_missing=not chips.zones_path)
        shift_map = stage.path_for(settings.options.shift_map) if settings.options.shift_map else ""
        fields = make_fields(plan.heads, chips, varies=len(plan.variants) > 1)
        feedback.log(_describe(plan))
        warn_of_shapefile(wanted.polygons, [name for item in fields for name in item.names], feedback.warn)
        with open_journal(plan.prepared, describe_cut(plan, chips), PRODUCTS, wanted.polygons, stage) as journal:
            keeper = None if journal is None else ChipJournal(journal, plan)
            gaps = GapFinder(plan.prepared.images)
            longest = longest_field_name(wanted.polygons)
            run = _Run(plan, fields, replace(feedback, progress=feedback.part(0, 0.97)), keeper, meter, gaps, longest)
            if chips.zones_path:
                counts, written, zones = _classify_zones(run, chips, polygons)
            else:
                counts, written, zones = _classify_grid(run, polygons, raster)
        _say_counts(counts, written, feedback)
        likeness = run.likeness
        tell_likeness(plan.prepared, likeness, shift_map, feedback)
        for empty in gaps.warnings():
            feedback.warn(empty)
        taken = (*([wanted.raster] if wanted.raster else []), *rasters.paths)
        style_polygons(polygons, wanted.polygons, _style(fields[0], bool(zones)), taken, feedback.warn)
    feedback.progress(1.0)
    seconds = time.monotonic() - started
    return ClassifyReport(
        tiles=counts.seen,
        seconds=seconds,
        mpix_per_second=plan.grid.target.width * plan.grid.target.height / 1e6 / seconds,
        provider=plan.prepared.session.provider,
        model_sha256=model.sha256,
        unlike_share=None if likeness is None else likeness.share,
        chips_skipped=counts.empty + counts.broken,
        zones=zones,
        zones_without_class=zones - written if zones else 0,
        class_counts={fields[0].class_name(value): count for value, count in sorted(fields[0].counts.items())},
    )


@dataclass
class _Run:
    """What both ways of choosing chips need."""

    plan: ChipPlan
    fields: tuple[HeadFields, ...]
    feedback: Feedback
    keeper: ChipKeeper | None
    meter: Meter | None
    gaps: GapFinder
    longest_name: int | None
    """bytes that the format of the polygons allows for the name of a field"""
    likeness: Likeness | None = None
    """of the image to those of the training, once all chips were read"""

    def watch(self, chips: int = 0) -> Watch:
        """Return what is called for chips that were read; of more *chips* than enough, it compares some."""
        number = -1
        every = 1 if self.plan.prepared.settings.options.shift_map else max(1, chips // _MOST_COMPARED)

        def watch(tile: ReadTile) -> None:
            nonlocal number
            number += 1
            self.gaps.look_at(tile)
            if self.meter is not None and number % every == 0:
                self.meter.watch(tile.core, tile.reader)

        return watch

    def compare(self) -> None:
        """Find out how far the image lies from those of the training, once all chips were read."""
        self.likeness = None if self.meter is None else self.meter.finish(self.feedback)

    @property
    def names(self) -> dict[str, type]:
        """All fields that we make, in order, as the file calls them: cut here, those of zones can give way to them."""
        kinds = {name: kind for item in self.fields for name, kind in item.names.items()}
        return dict(zip(cut_names(kinds, self.longest_name), kinds.values()))

    def metadata(self) -> dict[str, str]:
        """Return what made the result."""
        grid = self.plan.grid
        return {
            **describe_run(self.plan.prepared),
            "CHIP_SIZE": f"{grid.width}x{grid.height}",
            "STRIDE": f"{grid.stride_x}x{grid.stride_y}",
            **({} if self.likeness is None else self.likeness.items()),
        }


def _check_outputs(outputs: ClassifyOutputs, inputs: RasterInputs, settings: RunSettings, chips: ChipSettings) -> None:
    if outputs.raster and chips.zones_path:
        raise SettingsError(
            "OUTPUT_RASTER has a pixel for each cell of a regular grid, and ZONES are none: leave one of them empty."
        )
    rasters = {"class raster": outputs.raster} if outputs.raster else {}
    sources = (*inputs.paths, *([chips.zones_path] if chips.zones_path else []))
    polygons = {"polygons": outputs.polygons}
    rasters.update(settings.rasters)
    check_destinations(rasters, polygons, sources, vectors=polygons, also=[settings.mask_path])


def _describe(plan: ChipPlan) -> str:
    card, grid = plan.prepared.model.card, plan.grid
    said = (
        f"Model: {card.name} ({card.dialect}) on {plan.prepared.session.provider}; chips of {grid.width} × "
        f"{grid.height} px, {plan.batch} at a time"
    )
    return said + (f", each run {len(plan.variants)} times." if len(plan.variants) > 1 else ".")


def _classify_grid(run: _Run, polygons: str, raster: str | None) -> tuple[ChipCounts, int, int]:
    """Write the cells of a regular grid; return what became of the chips, the number of polygons, and 0."""
    plan, grid = run.plan, run.plan.prepared.raster.grid
    run.feedback.log(f"{plan.grid.columns} × {plan.grid.rows} cells of {plan.grid.stride_x} × {plan.grid.stride_y} px.")
    if edges := describe_edges(plan.grid):
        run.feedback.log(edges)
    with _open_polygons(polygons, grid.crs_wkt, run.names, ogr.wkbPolygon) as sink, _open_raster(run, raster) as coarse:
        writer = GridWriter(plan, run.fields, sink, coarse)
        with block_cache(plan.read_cache_bytes):
            counts = run_chips(plan, plan.grid.chips(), len(plan.grid), writer, run.feedback, run.keeper, run.watch())
            run.compare()
        sink.close(run.metadata())
        if coarse is not None:
            _finish_raster(run, coarse)
    return counts, writer.written, 0


def _classify_zones(run: _Run, chips: ChipSettings, polygons: str) -> tuple[ChipCounts, int, int]:
    """Write the zones; return what became of the chips, the number of zones with a class, and of all zones."""
    plan, grid = run.plan, run.plan.prepared.raster.grid
    averages = chips.zone_mode == "average"
    own = (CHIPS_FIELD, *run.names)
    zones = open_zones(str(chips.zones_path), chips.zones_layer, own, run.longest_name)
    _say_renamed(zones, run.feedback)
    places = place_zones(zones, grid, keep_shapes=averages)
    inside = places.meeting(plan.grid.target) if averages else places.centred_in(plan.grid.target)
    if outside := describe_outside(zones, places, inside, chips.zone_mode):
        run.feedback.warn(outside)
    require_some(inside)
    if averages:
        found, total, last = average_chips(places, plan.grid, grid), len(plan.grid), last_rows(places, plan.grid)
    else:
        found, total, last = centre_chips(places, plan.grid), int(inside.sum()), inside.cumsum() - 1
    names = {**zones.fields, CHIPS_FIELD: int, **run.names}
    kind = ogr.wkbMultiPolygon25D if zones.is_3d else ogr.wkbMultiPolygon
    with _open_polygons(polygons, zones.crs_wkt, names, kind) as sink:
        writer = ZoneWriter(plan, run.fields, last)
        with block_cache(plan.read_cache_bytes):
            counts = run_chips(plan, found, total, writer, run.feedback, run.keeper, run.watch(total))
            run.compare()
        writer.write(zones, sink)
        sink.close(run.metadata())
    return counts, writer.written, len(places)


def _say_renamed(zones: ZoneLayer, feedback: Feedback) -> None:
    if zones.renamed:
        pairs = ", ".join(f"{old} → {new}" for old, new in zones.renamed.items())
        feedback.log(
            "Fields of ZONES that are called as fields of the result, or longer than its format allows, got another "
            f"name: {pairs}."
        )


@contextmanager
def _open_polygons(path: str, crs_wkt: str, names: dict[str, type], kind: int) -> Iterator[PolygonSink]:
    sink = PolygonSink(path, crs_wkt, names, geometry_type=kind)
    try:
        yield sink
    finally:
        sink.abandon()


@contextmanager
def _open_raster(run: _Run, path: str | None) -> Iterator[CoarseRaster | None]:
    if path is None:
        yield None
        return
    compress = run.plan.prepared.settings.options.compress
    coarse = open_coarse(path, run.plan.grid, run.plan.prepared.raster.grid, run.fields[0], compress, run.metadata())
    try:
        yield coarse
    finally:
        coarse.sink.abandon()


def _finish_raster(run: _Run, coarse: CoarseRaster) -> None:
    finish = class_raster_finish(run.fields[0].final_classes(), coarse.counts)
    coarse.sink.annotate(list(finish.categories), finish.table)
    coarse.sink.note({} if run.likeness is None else run.likeness.items())
    coarse.sink.close()
    if run.plan.prepared.settings.options.overviews:
        build_overviews(coarse.path, finish.overviews, Path(coarse.path).name)
    if finish.qml:
        style.write_qml(coarse.path, finish.qml)


def _say_counts(counts: ChipCounts, written: int, feedback: Feedback) -> None:
    for count, why in (
        (counts.empty, "left out: too few of their pixels hold data (MIN_DATA)"),
        (counts.masked, "outside of MASK"),
    ):
        if count:
            feedback.log(f"{counted(count, 'chip')} {why}.")
    if counts.broken:
        feedback.warn(f"For {counts.broken} chips the network gave no numbers (NaN); they get no class.")
    if not written:
        feedback.warn(
            "Nothing got a class: the raster has no data where it was to be classified, or MASK covers no pixel there."
        )


def _style(head: HeadFields, has_rest: bool) -> str:
    """Return the style of the polygons."""
    classes = head.final_classes()
    if len(classes) > _MOST_STYLED_CLASSES:
        classes = tuple(spec for spec in classes if spec.value in head.counts)
    is_open = has_rest or head.head.kind == "multi"
    return style.class_polygons_qml(classes, _NO_CLASS if is_open else "")
