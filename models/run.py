"""The run: read → infer → merge → finish → write, for every task that maps a raster to rasters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .augment import average
from .feedback import Feedback
from .folding.crop import crop_tensors
from .load import Pixels, WindowReader, fill_tensors
from .memory import BatchRunner
from .pipeline import run_pipeline
from .plan import Plan
from .raster.blend import make_merger
from .raster.grid import Tile, Window
from .raster.mask import PolygonMask
from .raster.sink import GeoTiffSink

_LOG_EVERY_S = 10.0


@dataclass(frozen=True)
class RunReport:
    """What a run did."""

    tiles: int
    seconds: float
    mpix_per_second: float
    provider: str
    model_sha256: str


class MapTask(Protocol):
    """What a task does with the outputs of the network."""

    def activate(self, outputs: list[NDArray[Any]]) -> NDArray[Any]:
        """Turn the raw outputs of a tile, each (channel, row, column), into one array (channel, row, column).

        Its values are averaged where tiles overlap and over test-time variants.
        """

    def finish(
        self, scores: NDArray[Any], valid: NDArray[np.bool_] | None, spread: NDArray[np.float32] | None
    ) -> dict[str, NDArray[Any]]:
        """Turn what `activate` gave, averaged, into the pixels (band, row, column) of each product.

        Nodata where not *valid*. *spread* is the standard deviation of each channel over test-time variants, None
        without any.
        """


@dataclass(frozen=True)
class _LoadedTile:
    tile: Tile
    place: int | None
    """number of the tile in the batch; None when no pixel of it needs the network"""
    valid: NDArray[np.bool_] | None
    """over ``tile.read``: which pixels get a result; None: all"""
    have: Window
    """the part of ``tile.read`` that the network's outputs cover"""


@dataclass(frozen=True)
class _Batch:
    tiles: list[_LoadedTile]
    tensors: dict[str, NDArray[Any]]
    """by input name; empty when the network has nothing to do"""


@dataclass(frozen=True)
class _Scored:
    tiles: list[_LoadedTile]
    outputs: list[NDArray[Any]]
    """of the network, for the whole batch"""
    averaged: list[NDArray[Any]]
    """in their place where there are test-time variants: means, then standard deviations, for each place"""


def run_tiles(plan: Plan, task: MapTask, sinks: Mapping[str, GeoTiffSink], feedback: Feedback) -> int:
    """Run the network over every tile of the plan and write the products; return how many tiles the network saw.

    Raises the first error of any stage, Cancelled when the user stops it.
    """
    merger = make_merger(plan.prepared.settings.merge, plan.tiling)
    target = plan.tiling.target

    def is_done(used: Window) -> bool:
        place = Window(used.x - target.x, used.y - target.y, used.width, used.height)
        return all(sink.has(place) for sink in sinks.values())

    loader = _Loader(plan, is_done)
    progress = _Progress(len(plan.tiling), feedback)
    network = BatchRunner(plan.prepared, feedback)
    seen = 0

    def infer(batch: _Batch) -> _Scored:
        nonlocal seen
        scored = _infer(plan, task, batch, network)
        seen += sum(loaded.place is not None for loaded in batch.tiles)
        progress.step(len(batch.tiles))
        return scored

    def write(batch: _Scored) -> None:
        for loaded in batch.tiles:
            window, final = merger.take(loaded.tile, _tile_scores(plan, task, batch, loaded), loaded.have)
            if window.empty:
                continue
            place = Window(window.x - target.x, window.y - target.y, window.width, window.height)
            if final is None:
                for sink in sinks.values():
                    sink.write(place, None)
                continue
            spread = None
            if len(plan.variants) > 1:
                final, spread = np.split(final, 2)
            products = task.finish(final, _crop_valid(loaded, window), spread)
            for name, sink in sinks.items():
                sink.write(place, products[name])

    run_pipeline(_batches(plan), loader.load, infer, write, cancelled=feedback.cancelled)
    return seen


def _infer(plan: Plan, task: MapTask, batch: _Batch, network: BatchRunner) -> _Scored:
    if not batch.tensors:
        return _Scored(batch.tiles, [], [])
    if len(plan.variants) == 1:
        return _Scored(batch.tiles, network.run(batch.tensors), [])
    dims = {name: axes for feed in plan.prepared.images for name, axes in feed.dims.items()}
    places = [loaded for loaded in batch.tiles if loaded.place is not None]

    def variants() -> Iterator[NDArray[Any]]:
        for variant in plan.variants:
            tensors = {name: variant.apply(tensor, dims.get(name, "")) for name, tensor in batch.tensors.items()}
            outputs = network.run(tensors)
            outputs = [variant.undo(output, layout.dims) for output, layout in zip(outputs, plan.layouts)]
            yield np.stack([_activate(plan, task, outputs, loaded) for loaded in places])

    means, spreads = average(variants())
    return _Scored(batch.tiles, [], [np.concatenate(pair) for pair in zip(means, spreads)])


def _tile_scores(plan: Plan, task: MapTask, batch: _Scored, loaded: _LoadedTile) -> NDArray[Any] | None:
    if loaded.place is None:
        return None
    return batch.averaged[loaded.place] if batch.averaged else _activate(plan, task, batch.outputs, loaded)


def _activate(plan: Plan, task: MapTask, outputs: list[NDArray[Any]], loaded: _LoadedTile) -> NDArray[Any]:
    have = loaded.have
    return task.activate(
        [
            layout.scores(output, loaded.place or 0, have.height, have.width)
            for layout, output in zip(plan.layouts, outputs)
        ]
    )


class _Progress:
    """Says how far the tiles are, and every few seconds how long the rest will take."""

    def __init__(self, total: int, feedback: Feedback) -> None:
        self._total, self._feedback = total, feedback
        self._done = 0
        self._started = self._reported = time.monotonic()

    def step(self, tiles: int) -> None:
        self._done += tiles
        self._feedback.progress(self._done / self._total)
        now = time.monotonic()
        if now - self._reported > _LOG_EVERY_S:
            self._reported = now
            rate = self._done / (now - self._started)
            left = (self._total - self._done) / rate
            self._feedback.log(f"{self._done} of {self._total} tiles, {rate:.1f} tiles/s, {left:.0f} s left.")


def _batches(plan: Plan) -> Iterator[list[Tile]]:
    batch: list[Tile] = []
    for tile in plan.tiling.tiles(plan.swath):
        batch.append(tile)
        if len(batch) == plan.batch:
            yield batch
            batch = []
    if batch:
        yield batch


class _Loader:
    """Reads batches: opens its datasets at the first call, in the thread that calls it."""

    def __init__(self, plan: Plan, is_done: Callable[[Window], bool]) -> None:
        self._plan, self._is_done = plan, is_done
        settings = plan.prepared.settings
        self._merger = make_merger(settings.merge, plan.tiling)
        # loaded here, before any work starts, so that a mask that does not fit is known at once
        self._mask = (
            PolygonMask(settings.mask_path, settings.mask_layer, plan.prepared.raster.grid)
            if settings.mask_path
            else None
        )
        self._reader: WindowReader | None = None

    def load(self, tiles: list[Tile]) -> _Batch:
        """Return a batch with the tensors of all tiles in which some pixel needs the network."""
        loaded: list[_LoadedTile] = []
        wanted: list[tuple[Window, list[Pixels]]] = []
        keep = self._keep(tiles)
        for tile in tiles:
            pixels, valid = self._read(tile)
            have = Window(tile.read.x + keep.x, tile.read.y + keep.y, keep.width, keep.height)
            loaded.append(_LoadedTile(tile, len(wanted) if pixels else None, valid, have))
            if pixels:
                wanted.append((tile.read, pixels))
        if not wanted:
            return _Batch(loaded, {})
        windows, read = zip(*wanted)
        tensors = fill_tensors(self._plan.prepared, windows, read, self._plan.batch)
        if self._plan.crops:
            tensors.update(crop_tensors(keep))
        return _Batch(loaded, tensors)

    def _keep(self, tiles: list[Tile]) -> Window:
        """Return the part of every tile, from its upper left, that the network's outputs have to cover."""
        if not self._plan.crops:
            return Window(0, 0, tiles[0].read.width, tiles[0].read.height)
        used = [(self._merger.used(tile), tile.read) for tile in tiles]
        left = min(window.x - read.x for window, read in used)
        top = min(window.y - read.y for window, read in used)
        right = max(window.right - read.x for window, read in used)
        bottom = max(window.bottom - read.y for window, read in used)
        return Window(left, top, right - left, bottom - top)

    def _read(self, tile: Tile) -> tuple[list[Pixels], NDArray[np.bool_] | None]:
        """Return the pixels of each image input (none: skip the tile), and which of ``tile.read`` get a result."""
        if self._reader is None:
            self._reader = WindowReader(self._plan.prepared)
        used = self._merger.used(tile)
        if self._is_done(used):
            return [], None
        inside = None
        if self._mask is not None:
            inside = self._mask.covers(used)
            if inside is None:
                return [], None
        margin = self._plan.margin_px
        read = tile.read
        pixels, valid = self._reader.read(
            Window(read.x - margin, read.y - margin, read.width + 2 * margin, read.height + 2 * margin)
        )
        if valid is not None and margin:
            valid = valid[margin:-margin, margin:-margin]
        if inside is not None:
            masked = np.zeros((read.height, read.width), bool)
            masked[used.slices(read)] = inside
            valid = masked if valid is None else valid & masked
        if valid is not None and not valid[used.slices(read)].any():
            return [], None
        return pixels, valid


def _crop_valid(loaded: _LoadedTile, window: Window) -> NDArray[np.bool_] | None:
    if loaded.place is None:
        # every pixel of the tile is invalid; neighbours may have left scores for some of them
        return np.zeros((window.height, window.width), bool)
    return None if loaded.valid is None else loaded.valid[window.slices(loaded.tile.read)]
