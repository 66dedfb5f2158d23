"""A run whose tiles are computed by the workers of a cluster. Merging, writing and counting stay here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from ..feedback import Feedback
from ..gaps import GapFinder
from ..plan import Plan
from ..raster.grid import Tile
from ..raster.sink import GeoTiffSink
from ..run import Progress, RunTiles, done_in, write_piece
from ..stages import ChosenTile, CountingTask, MapTask, TileChooser, TileJoiner
from .address import parse_address
from .client import Connection, connected
from .job import Greeting, TileResults, make_job

_PIECE_S = 2.0
"""how long a worker is to be busy with a piece of work: long against sending it, short for those who wait"""
_MOST_TILES = 64
_MOST_BYTES = 32 << 20
"""of the inputs of a piece of work, and roughly of its results"""
_PIECES_PER_THREAD = 4
"""at least, so that all workers end at about the same time"""


@dataclass
class _Crew:
    """Workers that were met in a run, and how fast they are."""

    plan: Plan
    feedback: Feedback
    found: dict[str, Greeting] = field(default_factory=dict)
    seen: int = 0
    seconds: float = 0.0

    def meet(self, result: TileResults) -> None:
        self.seen += result.seen
        self.seconds += result.seconds if result.seen else 0.0
        for text in result.warnings:
            self.feedback.warn(text)
        greeting = result.greeting
        if greeting is None or greeting.worker in self.found:
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

    def piece_size(self, threads: int) -> int:
        """Return how many tiles to send next: few enough to share them out evenly, and one at first."""
        if not self.seen:
            return max(1, self.plan.batch)
        even = len(self.plan.tiling) // (threads * _PIECES_PER_THREAD)
        fast = int(_PIECE_S * self.seen / max(self.seconds, 1e-6))
        return max(1, self.plan.batch, min(even, fast, _MOST_TILES, _MOST_BYTES // _tile_bytes(self.plan)))


@contextmanager
def open_cluster(plan: Plan, task: MapTask, gaps: GapFinder, feedback: Feedback) -> Iterator[RunTiles]:
    """Yield what does the same as `run_tiles` into some sinks, with the same pixels, on the workers that DEVICE names.

    The plan's session then says which execution provider runs the network there; after the run, all that did. *gaps*
    gets what the workers counted. Raises DeviceError when there is no scheduler, the first error of any worker,
    Cancelled when the user stops it.
    """
    address = parse_address(plan.prepared.settings.device)
    crew = _Crew(plan, feedback)
    job = make_job(plan, task, address.device)
    plan.prepared.session.release()  # it was loaded here only to be tried
    with connected(address, job, feedback) as connection:
        crew.meet(connection.greet())

        def run(sinks: Mapping[str, GeoTiffSink]) -> int:
            chooser, joiner = TileChooser(plan, done_in(plan, sinks)), TileJoiner(plan, task)
            progress = Progress(len(plan.tiling), feedback)
            pieces = _cut(plan, chooser, crew, connection)
            is_blended = plan.prepared.settings.merge == "blend"
            for found in connection.results(pieces, in_order=is_blended):
                _take(found, task, joiner, sinks)
                gaps.add(found.gaps)
                crew.meet(found)
                progress.step(found.tiles, found.seen)
            return progress.seen

        yield run


def _cut(plan: Plan, chooser: TileChooser, crew: _Crew, connection: Connection) -> Iterator[Sequence[ChosenTile]]:
    tiles: Iterator[Tile] = iter(plan.tiling.tiles(plan.swath))
    while piece := list(islice(tiles, crew.piece_size(connection.threads))):
        yield chooser.choose(piece)


def _take(found: TileResults, task: MapTask, joiner: TileJoiner, sinks: Mapping[str, GeoTiffSink]) -> None:
    for piece in found.pieces:
        write_piece(sinks, piece)
    for scored in found.scored:
        write_piece(sinks, joiner.join(scored))
    if isinstance(task, CountingTask):
        task.add_tally(found.tally)


def _tile_bytes(plan: Plan) -> int:
    tiling = plan.tiling
    channels = sum(layout.channels * layout.dates for layout in plan.layouts)
    return tiling.tile_width * tiling.tile_height * max(1, channels) * np.dtype(np.float32).itemsize
