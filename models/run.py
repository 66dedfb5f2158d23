"""The run: read → infer → merge → finish → write, for every task that maps a raster to rasters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .feedback import Feedback
from .feeds import ImageFeed
from .pipeline import run_pipeline
from .plan import Plan, run_network
from .raster.blend import make_merger
from .raster.grid import Tile, Window
from .raster.mask import PolygonMask
from .raster.sink import GeoTiffSink
from .raster.source import BandReader

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
    """What a task does with the scores of the network."""

    def activate(self, scores: NDArray[Any]) -> NDArray[Any]:
        """Turn raw scores (channel, row, column) into what may be averaged between tiles."""

    def finish(self, scores: NDArray[Any], valid: NDArray[np.bool_] | None) -> dict[str, NDArray[Any]]:
        """Turn final scores into the pixels (band, row, column) of each product; nodata where not *valid*."""


@dataclass(frozen=True)
class _LoadedTile:
    tile: Tile
    place: int | None
    """number of the tile in the batch; None when no pixel of it needs the network"""
    valid: NDArray[np.bool_] | None
    """over ``tile.read``: which pixels get a result; None: all"""


@dataclass(frozen=True)
class _Batch:
    tiles: list[_LoadedTile]
    tensors: dict[str, NDArray[Any]]
    """by input name; empty when the network has nothing to do"""
    output: NDArray[Any] | None = None


def run_tiles(plan: Plan, task: MapTask, sinks: Mapping[str, GeoTiffSink], feedback: Feedback) -> int:
    """Run the network over every tile of the plan and write the products; return how many tiles the network saw.

    Raises the first error of any stage, Cancelled when the user stops it.
    """
    merger = make_merger(plan.settings.merge, plan.tiling)
    loader = _Loader(plan)
    target = plan.tiling.target
    total = len(plan.tiling)
    fixed_rows = plan.fixed_rows if "N" in plan.images[0].spec.dims else None
    done = 0
    seen = 0
    started = reported = time.monotonic()

    def infer(batch: _Batch) -> _Batch:
        nonlocal done, seen, reported
        output = run_network(plan.session, batch.tensors, fixed_rows) if batch.tensors else None
        seen += sum(loaded.place is not None for loaded in batch.tiles)
        done += len(batch.tiles)
        feedback.progress(done / total)
        now = time.monotonic()
        if now - reported > _LOG_EVERY_S:
            reported = now
            rate = done / (now - started)
            feedback.log(f"{done} of {total} tiles, {rate:.1f} tiles/s, {(total - done) / rate:.0f} s left.")
        return _Batch(batch.tiles, {}, output)

    def write(batch: _Batch) -> None:
        for loaded in batch.tiles:
            scores = None
            if loaded.place is not None and batch.output is not None:
                read = loaded.tile.read
                scores = task.activate(plan.layout.scores(batch.output, loaded.place, read.height, read.width))
            window, final = merger.take(loaded.tile, scores)
            if window.empty:
                continue
            place = Window(window.x - target.x, window.y - target.y, window.width, window.height)
            if final is None:
                for sink in sinks.values():
                    sink.write(place, None)
                continue
            products = task.finish(final, _crop_valid(loaded, window))
            for name, sink in sinks.items():
                sink.write(place, products[name])

    run_pipeline(_batches(plan), loader.load, infer, write, cancelled=feedback.cancelled)
    return seen


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
    """Reads batches: opens its own datasets at the first call, in the thread that calls it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._merger = make_merger(plan.settings.merge, plan.tiling)
        settings = plan.settings
        # loaded here, before any work starts, so that a mask that does not fit is known at once
        self._mask = (
            PolygonMask(settings.mask_path, settings.mask_layer, plan.raster.grid) if settings.mask_path else None
        )
        self._readers: list[list[BandReader]] = []

    def load(self, tiles: list[Tile]) -> _Batch:
        """Return a batch with the tensors of all tiles in which some pixel needs the network."""
        plan = self._plan
        if not self._readers:
            self._readers = [
                [BandReader(source.raster, source.bands.numbers) for source in feed.sources] for feed in plan.images
            ]
        loaded: list[_LoadedTile] = []
        wanted: list[tuple[Tile, list[_Pixels]]] = []
        for tile in tiles:
            pixels, valid = self._read(tile)
            loaded.append(_LoadedTile(tile, len(wanted) if pixels else None, valid))
            if pixels:
                wanted.append((tile, pixels))
        return _Batch(loaded, self._fill(wanted) if wanted else {})

    def _fill(self, wanted: list[tuple[Tile, list[_Pixels]]]) -> dict[str, NDArray[Any]]:
        plan = self._plan
        is_fixed = plan.images[0].spec.size("B") is not None
        count = plan.batch if is_fixed else len(wanted)
        height, width = wanted[0][1][0].values[0].shape[1:]
        images = iter(range(len(plan.images)))
        tensors: dict[str, NDArray[Any]] = {}
        for feed in plan.feeds:
            if not isinstance(feed, ImageFeed):
                tensors[feed.spec.name] = feed.fill(count, [tile for tile, _ in wanted], height * width)
                continue
            number = next(images)
            tensor = np.zeros(feed.shape(count, height, width), feed.dtype)
            for place, (_, pixels) in enumerate(wanted):
                feed.write(tensor, place, pixels[number].values, pixels[number].valid)
            tensors[feed.spec.name] = tensor
        return tensors

    def _read(self, tile: Tile) -> tuple[list[_Pixels], NDArray[np.bool_] | None]:
        """Return the pixels of each image input (none: skip the tile), and which of ``tile.read`` get a result."""
        used = self._merger.used(tile)
        inside = None
        if self._mask is not None:
            inside = self._mask.covers(used)
            if inside is None:
                return [], None
        margin = self._plan.layout.margin_px
        read = tile.read
        grown = Window(read.x - margin, read.y - margin, read.width + 2 * margin, read.height + 2 * margin)
        raster = self._plan.raster.grid.window
        pixels = [
            _Pixels(*zip(*(_read_padded(reader, grown, raster) for reader in readers))) for readers in self._readers
        ]
        valid = _all_valid([image.seen(feed) for image, feed in zip(pixels, self._plan.images)])
        if valid is not None and margin:
            valid = valid[margin:-margin, margin:-margin]
        if inside is not None:
            masked = np.zeros((read.height, read.width), bool)
            masked[used.slices(read)] = inside
            valid = masked if valid is None else valid & masked
        if valid is not None and not valid[used.slices(read)].any():
            return [], None
        return pixels, valid


@dataclass(frozen=True)
class _Pixels:
    """What one image input gets for a tile, date by date."""

    values: list[NDArray[Any]]
    valid: list[NDArray[np.bool_] | None]

    def seen(self, feed: ImageFeed) -> NDArray[np.bool_] | None:
        """Return which pixels hold data (None: all): on any date of a series, on both dates of a comparison."""
        if feed.spec.role != "series":
            return _all_valid(self.valid)
        if any(valid is None for valid in self.valid):
            return None
        return np.logical_or.reduce([valid for valid in self.valid if valid is not None])


def _all_valid(masks: Sequence[NDArray[np.bool_] | None]) -> NDArray[np.bool_] | None:
    known = [mask for mask in masks if mask is not None]
    return np.logical_and.reduce(known) if known else None


def _read_padded(reader: BandReader, window: Window, raster: Window) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Read a window that may reach beyond the raster; there the raster is mirrored."""
    inside = window.intersection(raster)
    values, valid = reader.read(inside)
    if inside == window:
        return values, valid
    beyond = (
        (inside.y - window.y, window.bottom - inside.bottom),
        (inside.x - window.x, window.right - inside.right),
    )
    values = np.pad(values, ((0, 0), *beyond), mode="symmetric")
    return values, None if valid is None else np.pad(valid, beyond, mode="symmetric")


def _crop_valid(loaded: _LoadedTile, window: Window) -> NDArray[np.bool_] | None:
    if loaded.place is None:
        # every pixel of the tile is invalid; neighbours may have left scores for some of them
        return np.zeros((window.height, window.width), bool)
    return None if loaded.valid is None else loaded.valid[window.slices(loaded.tile.read)]
