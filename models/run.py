"""The run: read → infer → merge → finish → write, for every task that maps a raster to rasters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from .feedback import Feedback
from .memory import BatchRunner
from .plan import Plan
from .raster.grid import Tile, Window
from .raster.sink import GeoTiffSink
from .stages import (
    Batch,
    InferredBatch,
    MapTask,
    Piece,
    TileChooser,
    TileJoiner,
    TileLoader,
    Watch,
    infer_batch,
    score_tiles,
)

RunTiles = Callable[[Mapping[str, GeoTiffSink]], int]
"""runs all tiles into sinks; returns how many tiles the network saw"""
_LOG_EVERY_S = 10.0


@dataclass(frozen=True)
class RunReport:
    """What a run did."""

    tiles: int
    seconds: float
    mpix_per_second: float
    provider: str
    model_sha256: str
    unlike_share: float | None
    """of the image, what looks unlike the images that the model was trained on, 0 to 1; None when nothing tells"""


def run_tiles(
    plan: Plan, task: MapTask, sinks: Mapping[str, GeoTiffSink], feedback: Feedback, watch: Watch | None = None
) -> int:
    """Run the network over every tile of the plan and write the products; return how many tiles the network saw.

    *watch* is called for every tile that was read.
    Raises the first error of any stage, Cancelled when the user stops it.
    """
    chooser, loader, joiner = TileChooser(plan, done_in(plan, sinks)), TileLoader(plan, watch), TileJoiner(plan, task)
    progress = Progress(len(plan.tiling), feedback)
    network = BatchRunner(plan.prepared, feedback)

    def read(tiles: list[Tile]) -> Batch:
        return loader.load(chooser.choose(tiles))

    def write(batch: InferredBatch) -> None:
        for scored in score_tiles(plan, task, batch):
            write_piece(sinks, joiner.join(scored))

    def inferred(batch: InferredBatch) -> None:
        progress.step(len(batch.tiles), batch.seen)

    tiles = cut_into(plan.tiling.tiles(plan.swath), plan.batch)
    network.stream(tiles, read, partial(infer_batch, plan, task, network), write, inferred)
    return progress.seen


def done_in(plan: Plan, sinks: Mapping[str, GeoTiffSink]) -> Callable[[Window], bool]:
    """Return what says of a window on the raster's grid that all *sinks* have it already."""
    target = plan.tiling.target

    def is_done(used: Window) -> bool:
        place = Window(used.x - target.x, used.y - target.y, used.width, used.height)
        return all(sink.has(place) for sink in sinks.values())

    return is_done


def write_piece(sinks: Mapping[str, GeoTiffSink], piece: Piece | None) -> None:
    """Write a piece of the results."""
    if piece is None:
        return
    place, products = piece
    for name, sink in sinks.items():
        sink.write(place, None if products is None else products[name])


def cut_into(tiles: Iterable[Tile], size: int) -> Iterator[list[Tile]]:
    """Yield lists of *size* tiles; the last one may be shorter."""
    batch: list[Tile] = []
    for tile in tiles:
        batch.append(tile)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


class Progress:
    """Says how far the tiles are, and every few seconds how long the rest will take."""

    def __init__(self, total: int, feedback: Feedback) -> None:
        """Begin with none of *total* tiles."""
        self._total, self._feedback = total, feedback
        self._done = 0
        self.seen = 0
        """tiles that the network saw"""
        self._started = self._reported = time.monotonic()

    def step(self, tiles: int, seen: int) -> None:
        """Count *tiles* as done, *seen* of which the network saw."""
        self._done += tiles
        self.seen += seen
        self._feedback.progress(self._done / self._total)
        self._feedback.tiles(self._done, self._total)
        now = time.monotonic()
        if now - self._reported > _LOG_EVERY_S:
            self._reported = now
            rate = self._done / (now - self._started)
            left = (self._total - self._done) / rate
            self._feedback.log(f"{self._done} of {self._total} tiles, {rate:.1f} tiles/s, {left:.0f} s left.")
