"""The run: read → infer → merge → finish → write, for every task that maps a raster to rasters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .feedback import Feedback
from .pipeline import run_pipeline
from .plan import Plan
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
    """row of the batch tensor; None when no pixel of the tile needs the network"""
    valid: NDArray[np.bool_] | None
    """over ``tile.read``: which pixels get a result; None: all"""


@dataclass(frozen=True)
class _Batch:
    tiles: list[_LoadedTile]
    tensor: NDArray[Any] | None
    scores: NDArray[Any] | None = None


def run_tiles(plan: Plan, task: MapTask, sinks: Mapping[str, GeoTiffSink], feedback: Feedback) -> int:
    """Run the network over every tile of the plan and write the products; return how many tiles the network saw.

    Raises the first error of any stage, Cancelled when the user stops it.
    """
    merger = make_merger(plan.settings.merge, plan.tiling)
    loader = _Loader(plan)
    target = plan.tiling.target
    total = len(plan.tiling)
    done = 0
    seen = 0
    started = reported = time.monotonic()

    def infer(batch: _Batch) -> _Batch:
        nonlocal done, seen, reported
        scores = None if batch.tensor is None else plan.session.run(batch.tensor)[0]
        seen += sum(loaded.place is not None for loaded in batch.tiles)
        done += len(batch.tiles)
        feedback.progress(done / total)
        now = time.monotonic()
        if now - reported > _LOG_EVERY_S:
            reported = now
            rate = done / (now - started)
            feedback.log(f"{done} of {total} tiles, {rate:.1f} tiles/s, {(total - done) / rate:.0f} s left.")
        return _Batch(batch.tiles, None, scores)

    def write(batch: _Batch) -> None:
        for loaded in batch.tiles:
            scores = None
            if loaded.place is not None and batch.scores is not None:
                scores = task.activate(_channels_first(batch.scores[loaded.place], plan.output_dims))
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
        self._reader: BandReader | None = None

    def load(self, tiles: list[Tile]) -> _Batch:
        """Return a batch with the tensor of all tiles in which some pixel needs the network."""
        plan = self._plan
        loaded: list[_LoadedTile] = []
        tensor: NDArray[Any] | None = None
        place = 0
        for tile in tiles:
            valid, values, result = self._read(tile)
            if values is None:
                loaded.append(_LoadedTile(tile, None, None))
                continue
            if tensor is None:
                count = plan.batch if plan.is_batch_fixed else len(tiles)
                shape = plan.preparation.tensor_shape(count, tile.read.height, tile.read.width)
                tensor = np.zeros(shape, plan.preparation.dtype)
            plan.preparation.write_tile(tensor[place], values, valid)
            loaded.append(_LoadedTile(tile, place, result))
            place += 1
        if tensor is not None and not plan.is_batch_fixed:
            tensor = tensor[:place]
        return _Batch(loaded, tensor)

    def _read(self, tile: Tile) -> tuple[NDArray[np.bool_] | None, NDArray[Any] | None, NDArray[np.bool_] | None]:
        """Return input validity, values (None: skip the tile) and result validity, all over ``tile.read``."""
        raster = self._plan.raster.grid.window
        used = self._merger.used(tile)
        inside = None
        if self._mask is not None:
            inside = self._mask.covers(used)
            if inside is None:
                return None, None, None
        if self._reader is None:
            self._reader = BandReader(self._plan.raster, self._plan.bands.numbers)
        window = tile.read.intersection(raster)
        values, valid = self._reader.read(window)
        beyond = ((0, tile.read.height - window.height), (0, tile.read.width - window.width))
        if any(after for _, after in beyond):
            values = np.pad(values, ((0, 0), *beyond), mode="symmetric")
            valid = None if valid is None else np.pad(valid, beyond, mode="symmetric")
        result = valid
        if inside is not None:
            result = np.zeros((tile.read.height, tile.read.width), bool)
            _slice(result, tile.read, used)[...] = inside
            if valid is not None:
                result &= valid
        if result is not None and not _slice(result, tile.read, used).any():
            return None, None, None
        return valid, values, result


def _slice(values: NDArray[Any], have: Window, want: Window) -> NDArray[Any]:
    return values[want.y - have.y : want.bottom - have.y, want.x - have.x : want.right - have.x]


def _crop_valid(loaded: _LoadedTile, window: Window) -> NDArray[np.bool_] | None:
    if loaded.place is None:
        # every pixel of the tile is invalid; neighbours may have left scores for some of them
        return np.zeros((window.height, window.width), bool)
    return None if loaded.valid is None else _slice(loaded.valid, loaded.tile.read, window)


def _channels_first(scores: NDArray[Any], dims: str) -> NDArray[Any]:
    """Return one tile's output as (channel, row, column)."""
    if dims == "BHW":
        return scores[np.newaxis]
    return scores.transpose(2, 0, 1) if dims == "BHWK" else scores
