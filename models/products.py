"""The rasters that a run writes: from the first block to overviews, names, colours and style."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal

from .cluster.run import open_cluster
from .errors import Cancelled
from .feedback import Feedback
from .folding.fold import fold
from .gaps import GapFinder
from .likeness.meter import Likeness, Meter, open_meter
from .likeness.shift_map import tell_likeness
from .load import ReadTile
from .plan import Plan
from .provenance import describe_run
from .raster import style
from .raster.cache import block_cache
from .raster.grid import Grid
from .raster.journal import Journal
from .raster.regrid import regrid
from .raster.sink import BLOCK_PX, GeoTiffSink, SinkSpec, build_overviews, check_compression
from .raster.staging import Staging
from .resume import open_journal
from .run import RunReport, RunTiles, run_tiles
from .stages import MapTask
from .tune import tune_batch

# viridis: even steps of lightness, readable for colour-blind people; entropy runs the other way, so that light is sure
_CERTAINTY_COLORS = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")


@dataclass(frozen=True)
class Ran:
    """What became of the tiles of a run."""

    tiles: int
    """that the network saw"""
    likeness: Likeness | None
    """of the image to those of the training; None when nothing tells"""

    @property
    def items(self) -> dict[str, str]:
        """What results say of it in their metadata."""
        return {} if self.likeness is None else self.likeness.items()


@dataclass(frozen=True)
class Finish:
    """What a raster gets once all its pixels are there."""

    overviews: Literal["NEAREST", "AVERAGE"] = "AVERAGE"
    categories: tuple[str, ...] = ()
    """class names by pixel value"""
    table: gdal.RasterAttributeTable | None = None
    qml: str = ""
    """style that lies beside the file; empty: none"""


class RasterTask(MapTask, Protocol):
    """A task whose products are rasters."""

    def sink_spec(self, product: str) -> SinkSpec:
        """Return what the raster of a product looks like."""

    def finish_of(self, product: str) -> Finish:
        """Return what the raster gets at the end; called when all pixels of all products were seen."""

    def look_at(self, product: str, pixels: NDArray[Any]) -> None:
        """See the final pixels (band, row, column) of a piece of a product; each pixel that may hold data, once."""


def write_products(
    plan: Plan,
    task: RasterTask,
    products: Mapping[str, str],
    stage: Staging,
    feedback: Feedback,
    *,
    passing: Collection[str] = (),
    resume_beside: str = "",
    until: Staging | None = None,
    gaps_told: Collection[str] = (),
) -> tuple[Ran, dict[str, str]]:
    """Run the network over all tiles into the rasters *products* (name → final path).

    Returns what became of the tiles, and where the rasters are staged until *stage* publishes them.
    The image is compared with those of the training on the way, with a warning where it is unlike them.
    Those named in *passing* are needed on the way only: they lie beside a result that stays, and go with *stage*.
    The journal that OPTIONS may ask for lies beside *resume_beside*, or beside the first of *products*; it goes when
    the files of *until* (else of *stage*) are in place. Of undeclared gaps in the rasters named in *gaps_told* an
    earlier run has warned. *feedback*'s progress goes to 1. Raises the first error of any stage, Cancelled when the
    user stops it.
    """
    staged = {name: stage.path_for(path) for name, path in products.items() if name not in passing}
    staged.update({name: stage.scratch_for(f"{products[name]}~") for name in passing})
    meter, gaps = open_meter(plan.prepared, feedback), GapFinder(plan.prepared.images)
    shift_map = (until or stage).path_for(map_path) if (map_path := plan.prepared.settings.options.shift_map) else ""
    tiles_feedback = replace(feedback, progress=feedback.part(0, 0.97))
    beside = resume_beside or next(iter(products.values()))
    with open_journal(plan.prepared, _cut(plan), products, beside, until or stage) as journal:
        if plan.regrids:
            on_model_grid = {name: stage.scratch_for(path) for name, path in products.items()}
            ran = _run(plan, task, on_model_grid, journal, meter, gaps, tiles_feedback)
            _regrid(plan, task, on_model_grid, staged, ran, feedback)
        else:
            ran = _run(plan, task, staged, journal, meter, gaps, tiles_feedback)
    # finishing reads rows of blocks of the results, two rasters at most at a time
    with block_cache(finishing_cache_bytes(plan.result_grid)):
        for name, path in staged.items():
            if name in passing:
                continue
            finish = task.finish_of(name)
            if plan.prepared.settings.options.overviews:
                build_overviews(path, finish.overviews, Path(products[name]).name)
            if finish.qml:
                style.write_qml(path, finish.qml)
    tell_likeness(plan.prepared, ran.likeness, shift_map, feedback)
    for empty in gaps.warnings(gaps_told):
        feedback.warn(empty)
    feedback.progress(1.0)
    return ran, staged


def finishing_cache_bytes(grid: Grid) -> int:
    """Return the block cache that reading results of one byte a pixel row by row needs."""
    return 3 * BLOCK_PX * grid.width


def make_report(plan: Plan, ran: Ran, started: float) -> RunReport:
    """Return the figures of a run that began at *started* (``time.monotonic()``)."""
    seconds = time.monotonic() - started
    return RunReport(
        tiles=ran.tiles,
        seconds=seconds,
        mpix_per_second=plan.result_grid.width * plan.result_grid.height / 1e6 / seconds,
        provider=plan.prepared.session.provider,
        model_sha256=plan.prepared.model.sha256,
        unlike_share=None if ran.likeness is None else ran.likeness.share,
    )


def certainty_qml(*, high_is_sure: bool, high: float = 1.0) -> str:
    """Return the style of a raster that says how sure a model is, from 0 to *high*; light is sure."""
    colors = _CERTAINTY_COLORS if high_is_sure else _CERTAINTY_COLORS[::-1]
    labels = [f"{value:g}" for value in np.linspace(0, high, len(colors))]
    return style.ramp_raster_qml(0, high, colors, labels)


def _cut(plan: Plan) -> dict[str, Any]:
    """Return how the raster is cut into tiles and these are joined, for the journal."""
    tiling = plan.tiling
    return {
        "TILE_SIZE": [tiling.tile_width, tiling.tile_height],
        "OVERLAP": tiling.overlap,
        "MERGE": plan.prepared.settings.merge,
    }


def _run(
    plan: Plan,
    task: RasterTask,
    paths: Mapping[str, str],
    journal: Journal | None,
    meter: Meter | None,
    gaps: GapFinder,
    feedback: Feedback,
) -> Ran:
    """Run the network over all tiles into rasters on its own grid."""
    folded, inner = fold(plan, task, feedback)
    is_elsewhere = folded.prepared.session.elsewhere is not None
    with (
        open_cluster(folded, inner, gaps, feedback)
        if is_elsewhere
        else _open_here(folded, inner, meter, gaps, feedback) as run
    ):
        plan.prepared.session.runs_as(folded.prepared.session)
        with (
            _open_sinks(plan, plan.grid, task, paths, is_final=not plan.regrids, journal=journal) as sinks,
            block_cache(plan.read_cache_bytes),
        ):
            if journal is not None:
                _restore(journal, sinks, feedback)
            seen = run(sinks)
            ran = Ran(seen, None if meter is None else meter.finish(feedback))
            for sink in sinks.values():
                sink.note(ran.items)
        plan.prepared.session.runs_as(folded.prepared.session)
    return ran


def _open_here(
    plan: Plan, task: MapTask, meter: Meter | None, gaps: GapFinder, feedback: Feedback
) -> AbstractContextManager[RunTiles]:
    tuned = tune_batch(plan, feedback)

    def watch(tile: ReadTile) -> None:
        gaps.look_at(tile)
        if meter is not None:
            meter.watch(tile.core, tile.reader)

    return nullcontext(lambda sinks: run_tiles(tuned, task, sinks, feedback, watch))


def _restore(journal: Journal, sinks: Mapping[str, GeoTiffSink], feedback: Feedback) -> None:
    count = 0
    for product, key, stored in journal.read():
        sinks[product].restore(key, stored)
        count += 1
    if count:
        feedback.log(f"The run goes on where it stopped: {count} blocks of 512 × 512 px are there already.")


def _regrid(
    plan: Plan, task: RasterTask, sources: Mapping[str, str], paths: Mapping[str, str], ran: Ran, feedback: Feedback
) -> None:
    """Bring results from the model's pixels to those of the raster."""

    def step() -> None:
        if feedback.cancelled():
            raise Cancelled

    with _open_sinks(plan, plan.result_grid, task, paths, is_final=True) as sinks, block_cache(0):
        for product, sink in sinks.items():
            regrid(sources[product], sink, plan.result_grid, step=step)
            sink.note(ran.items)


@contextmanager
def _open_sinks(
    plan: Plan,
    grid: Grid,
    task: RasterTask,
    paths: Mapping[str, str],
    *,
    is_final: bool,
    journal: Journal | None = None,
) -> Iterator[dict[str, GeoTiffSink]]:
    """Yield a raster in the making for each product; finish them when the block ends well, else let go of them.

    The task looks at the pixels of the final ones; finished blocks go to the *journal*.
    """
    metadata = {
        **describe_run(plan.prepared),
        "TILE_SIZE": f"{plan.tiling.tile_width}x{plan.tiling.tile_height}",
        "OVERLAP": str(plan.tiling.overlap),
        "MERGE": plan.prepared.settings.merge,
    }
    compress = check_compression(plan.prepared.settings.options.compress)
    sinks: dict[str, GeoTiffSink] = {}
    try:
        for product, path in paths.items():
            sinks[product] = GeoTiffSink(
                path,
                grid,
                task.sink_spec(product),
                compress=compress,
                metadata=metadata,
                inspect=partial(task.look_at, product) if is_final else None,
                keep=partial(journal.add, product) if journal is not None else None,
            )
        yield sinks
        for product, sink in sinks.items():
            finish = task.finish_of(product)
            sink.annotate(list(finish.categories), finish.table)
            sink.close()
    finally:
        for sink in sinks.values():
            sink.abandon()
