"""The stages of a run, tile by tile: choose → read → infer → merge → finish. Where they run is up to the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .augment import average
from .folding.crop import crop_tensors
from .load import Pixels, ReadTile, WindowReader, fill_tensors
from .memory import BatchRunner
from .plan import Plan
from .raster.blend import make_merger
from .raster.grid import Tile, Window
from .raster.mask import PolygonMask

Piece = tuple[Window, Optional[dict[str, "NDArray[Any]"]]]
"""a place in the results, and the pixels (band, row, column) of each product there; None: no data"""


Watch = Callable[[ReadTile], None]
"""sees every tile that was read"""


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


@runtime_checkable
class CountingTask(Protocol):
    """A task that counts something in `finish`, which may happen on other machines."""

    def take_tally(self) -> int:
        """Return what was counted since the last call."""

    def add_tally(self, count: int) -> None:
        """Add what another copy of the task counted."""


@dataclass(frozen=True)
class ChosenTile:
    """A tile, and which of its pixels are wanted at all."""

    tile: Tile
    is_wanted: bool = True
    """False when no pixel of it needs the network, whatever the raster holds"""
    inside: NDArray[np.bool_] | None = None
    """over the pixels that the tile is used for: which get a result; None: all"""


@dataclass(frozen=True)
class LoadedTile:
    """A tile that was read."""

    tile: Tile
    place: int | None
    """number of the tile in the batch; None when no pixel of it needs the network"""
    valid: NDArray[np.bool_] | None
    """over ``tile.read``: which pixels get a result; None: all"""
    have: Window
    """the part of ``tile.read`` that the network's outputs cover"""


@dataclass(frozen=True)
class Batch:
    """Tiles for one run of the network."""

    tiles: list[LoadedTile]
    tensors: dict[str, NDArray[Any]]
    """by input name; empty when the network has nothing to do"""


@dataclass(frozen=True)
class InferredBatch:
    """What the network gave for a batch."""

    tiles: list[LoadedTile]
    outputs: list[NDArray[Any]]
    """of the network, for the whole batch"""
    averaged: list[NDArray[Any]]
    """in their place where there are test-time variants: means, then standard deviations, for each place"""

    @property
    def seen(self) -> int:
        """How many tiles the network saw."""
        return sum(loaded.place is not None for loaded in self.tiles)


@dataclass(frozen=True)
class ScoredTile:
    """What `MapTask.activate` made of a tile, with test-time variants followed by their standard deviations."""

    tile: Tile
    have: Window
    """the pixels that scores and mask cover: all that the tile is used for, and perhaps more of ``tile.read``"""
    scores: NDArray[Any] | None
    """(channel, row, column); None when no pixel gets a result"""
    valid: NDArray[np.bool_] | None
    """(row, column): which pixels get a result; None: all that have scores"""


class TileChooser:
    """Says which tiles are worth reading. Belongs to one thread at a time."""

    def __init__(self, plan: Plan, is_done: Callable[[Window], bool]) -> None:
        """Load the mask, if there is one; *is_done* says of a window on the raster's grid that it has its result.

        Raises RasterError when the mask can't be used.
        """
        settings = plan.prepared.settings
        self._is_done = is_done
        self._merger = make_merger(settings.merge, plan.tiling)
        # loaded here, before any work starts, so that a mask that does not fit is known at once
        self._mask = (
            PolygonMask(settings.mask_path, settings.mask_layer, plan.prepared.raster.grid)
            if settings.mask_path
            else None
        )

    def choose(self, tiles: Sequence[Tile]) -> list[ChosenTile]:
        """Return the tiles with what is known of them before they are read."""
        return [self._choose(tile) for tile in tiles]

    def _choose(self, tile: Tile) -> ChosenTile:
        used = self._merger.used(tile)
        if self._is_done(used):
            return ChosenTile(tile, is_wanted=False)
        if self._mask is None:
            return ChosenTile(tile)
        inside = self._mask.covers(used)
        return ChosenTile(tile, inside is not None, inside)


class TileLoader:
    """Reads batches. Opens its datasets at the first call; belongs to one thread at a time."""

    def __init__(self, plan: Plan, watch: Watch | None = None) -> None:
        """Read what *plan* says; *watch* is called for every tile that was read, and may be set anew."""
        self._plan, self.watch = plan, watch
        self._merger = make_merger(plan.prepared.settings.merge, plan.tiling)
        self._reader: WindowReader | None = None

    def load(self, tiles: Sequence[ChosenTile]) -> Batch:
        """Return a batch with the tensors of all tiles in which some pixel needs the network."""
        loaded: list[LoadedTile] = []
        wanted: list[tuple[Window, list[Pixels]]] = []
        keep = self._keep(tiles)
        for chosen in tiles:
            tile = chosen.tile
            pixels, valid = self._read(chosen) if chosen.is_wanted else ([], None)
            have = Window(tile.read.x + keep.x, tile.read.y + keep.y, keep.width, keep.height)
            loaded.append(LoadedTile(tile, len(wanted) if pixels else None, valid, have))
            if pixels:
                wanted.append((tile.read, pixels))
        if not wanted:
            return Batch(loaded, {})
        windows, read = zip(*wanted)
        tensors = fill_tensors(self._plan.prepared, windows, read, self._plan.batch)
        if self._plan.crops:
            tensors.update(crop_tensors(keep))
        return Batch(loaded, tensors)

    def _keep(self, tiles: Sequence[ChosenTile]) -> Window:
        """Return the part of every tile, from its upper left, that the network's outputs have to cover."""
        if not self._plan.crops:
            read = tiles[0].tile.read
            return Window(0, 0, read.width, read.height)
        used = [(self._merger.used(chosen.tile), chosen.tile.read) for chosen in tiles]
        left = min(window.x - read.x for window, read in used)
        top = min(window.y - read.y for window, read in used)
        right = max(window.right - read.x for window, read in used)
        bottom = max(window.bottom - read.y for window, read in used)
        return Window(left, top, right - left, bottom - top)

    def _read(self, chosen: ChosenTile) -> tuple[list[Pixels], NDArray[np.bool_] | None]:
        """Return the pixels of each image input (none: skip the tile), and which of ``tile.read`` get a result."""
        if self._reader is None:
            self._reader = WindowReader(self._plan.prepared)
        read, used = chosen.tile.read, self._merger.used(chosen.tile)
        margin = self._plan.margin_px
        window = Window(read.x - margin, read.y - margin, read.width + 2 * margin, read.height + 2 * margin)
        pixels, valid = self._reader.read(window)
        if self.watch is not None:
            self.watch(ReadTile(chosen.tile.core, window, pixels, self._reader))
        if valid is not None and margin:
            valid = valid[margin:-margin, margin:-margin]
        if chosen.inside is not None:
            masked = np.zeros((read.height, read.width), bool)
            masked[used.slices(read)] = chosen.inside
            valid = masked if valid is None else valid & masked
        if valid is not None and not valid[used.slices(read)].any():
            return [], None
        return pixels, valid


def infer_batch(plan: Plan, task: MapTask, network: BatchRunner, batch: Batch) -> InferredBatch:
    """Run the network over a batch, for every test-time variant."""
    if not batch.tensors:
        return InferredBatch(batch.tiles, [], [])
    if len(plan.variants) == 1:
        return InferredBatch(batch.tiles, network.run(batch.tensors), [])
    dims = {name: axes for feed in plan.prepared.images for name, axes in feed.dims.items()}
    places = [loaded for loaded in batch.tiles if loaded.place is not None]

    def variants() -> Iterator[NDArray[Any]]:
        for variant in plan.variants:
            tensors = {name: variant.apply(tensor, dims.get(name, "")) for name, tensor in batch.tensors.items()}
            outputs = network.run(tensors)
            outputs = [variant.undo(output, layout.dims) for output, layout in zip(outputs, plan.layouts)]
            yield np.stack([_activate(plan, task, outputs, loaded) for loaded in places])

    means, spreads = average(variants())
    return InferredBatch(batch.tiles, [], [np.concatenate(pair) for pair in zip(means, spreads)])


def score_tiles(plan: Plan, task: MapTask, batch: InferredBatch) -> Iterator[ScoredTile]:
    """Yield every tile of a batch with its scores."""
    for loaded in batch.tiles:
        have = loaded.have
        if loaded.place is None:
            yield ScoredTile(loaded.tile, have, None, None)
            continue
        scores = batch.averaged[loaded.place] if batch.averaged else _activate(plan, task, batch.outputs, loaded)
        valid = None if loaded.valid is None else loaded.valid[have.slices(loaded.tile.read)]
        yield ScoredTile(loaded.tile, have, scores, valid)


def _activate(plan: Plan, task: MapTask, outputs: list[NDArray[Any]], loaded: LoadedTile) -> NDArray[Any]:
    have = loaded.have
    return task.activate(
        [
            layout.scores(output, loaded.place or 0, have.height, have.width)
            for layout, output in zip(plan.layouts, outputs)
        ]
    )


class TileJoiner:
    """Joins tiles and makes the products of pixels whose scores are final."""

    def __init__(self, plan: Plan, task: MapTask) -> None:
        """Merge as the settings say; blended tiles have to come in the order of the plan."""
        self._task = task
        self._has_variants = len(plan.variants) > 1
        self._merger = make_merger(plan.prepared.settings.merge, plan.tiling)
        self._target = plan.tiling.target

    def join(self, scored: ScoredTile) -> Piece | None:
        """Take a tile; return the pixels that are finished with it, placed in the target; None: there are none."""
        window, final = self._merger.take(scored.tile, scored.scores, scored.have)
        if window.empty:
            return None
        place = Window(window.x - self._target.x, window.y - self._target.y, window.width, window.height)
        if final is None:
            return place, None
        spread = None
        if self._has_variants:
            final, spread = np.split(final, 2)
        return place, self._task.finish(final, _valid_in(scored, window), spread)


def _valid_in(scored: ScoredTile, window: Window) -> NDArray[np.bool_] | None:
    if scored.scores is None:
        # every pixel of the tile is invalid; neighbours may have left scores for some of them
        return np.zeros((window.height, window.width), bool)
    return None if scored.valid is None else scored.valid[window.slices(scored.have)]
