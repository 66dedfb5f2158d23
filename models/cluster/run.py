"""A run whose tiles are computed by the workers of a cluster. Merging, writing and counting stay here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from ..feedback import Feedback
from ..plan import Plan
from ..raster.sink import GeoTiffSink
from ..run import Progress, RunTiles, cut_into, done_in, write_piece
from ..stages import CountingTask, MapTask, TileChooser, TileJoiner
from .address import parse_address
from .client import connected
from .job import Greeting, TileResults, make_job

_MOST_TILES = 32
"""in a piece of work"""
_MOST_BYTES = 32 << 20
"""of the results of a piece of work, roughly"""
_PIECES_PER_THREAD = 4
"""at least, so that all workers end at about the same time"""


@dataclass(frozen=True)
class _Crew:
    """Workers that were met in a run."""

    plan: Plan
    feedback: Feedback
    found: dict[str, Greeting] = field(default_factory=dict)

    def meet(self, greeting: Greeting | None) -> None:
        if greeting is None:
            return
        for text in greeting.warnings:
            self.feedback.warn(text)
        if greeting.worker in self.found:
            return
        first = next(iter(self.found.values()), greeting)
        self.found[greeting.worker] = greeting
        session = self.plan.prepared.session
        session.provider = ", ".join(dict.fromkeys(greeting.provider for greeting in self.found.values()))
        session.runtime_version = first.runtime_version
        self.feedback.log(f"Worker {greeting.worker}: {greeting.provider}, onnxruntime {greeting.runtime_version}.")
        if (greeting.provider, greeting.runtime_version) != (first.provider, first.runtime_version):
            self.feedback.warn(
                f"Worker {greeting.worker} runs the network by {greeting.provider} of onnxruntime "
                f"{greeting.runtime_version}, others by {first.provider} of {first.runtime_version}: results may "
                "differ in the last digits, depending on which worker had which tile."
            )


@contextmanager
def open_cluster(plan: Plan, task: MapTask, feedback: Feedback) -> Iterator[RunTiles]:
    """Yield what does the same as `run_tiles` into some sinks, with the same pixels, on the workers that DEVICE names.

    The plan's session then says which execution provider runs the network there; after the run, all that did. Raises
    DeviceError when there is no scheduler, the first error of any worker, Cancelled when the user stops it.
    """
    address = parse_address(plan.prepared.settings.device)
    crew = _Crew(plan, feedback)
    job = make_job(plan, task, address.device)
    with connected(address, feedback) as connection:
        shared = connection.share(job)
        crew.meet(connection.greet(shared))

        def run(sinks: Mapping[str, GeoTiffSink]) -> int:
            chooser, joiner = TileChooser(plan, done_in(plan, sinks)), TileJoiner(plan, task)
            progress = Progress(len(plan.tiling), feedback)
            pieces = cut_into(plan.tiling.tiles(plan.swath), _piece_size(plan, connection.threads))
            is_blended = plan.prepared.settings.merge == "blend"
            for found in connection.results(shared, job.key, map(chooser.choose, pieces), in_order=is_blended):
                _take(found, task, joiner, sinks)
                crew.meet(found.greeting)
                progress.step(found.tiles, found.seen)
            return progress.seen

        yield run


def _take(found: TileResults, task: MapTask, joiner: TileJoiner, sinks: Mapping[str, GeoTiffSink]) -> None:
    for piece in found.pieces:
        write_piece(sinks, piece)
    for scored in found.scored:
        write_piece(sinks, joiner.join(scored))
    if isinstance(task, CountingTask):
        task.add_tally(found.tally)


def _piece_size(plan: Plan, threads: int) -> int:
    """Return how many tiles to send at a time: few enough to share them out evenly and to keep results small."""
    tiling = plan.tiling
    channels = sum(layout.channels * layout.dates for layout in plan.layouts)
    tile_bytes = tiling.tile_width * tiling.tile_height * channels * np.dtype(np.float32).itemsize
    even = len(tiling) // (threads * _PIECES_PER_THREAD)
    return max(1, min(even, _MOST_BYTES // tile_bytes, _MOST_TILES))
