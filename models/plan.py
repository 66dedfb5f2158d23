"""How a raster is cut into tiles for a network, found out by trying it on one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .augment import Variant, check_variants, make_variants
from .card.types import InputSpec, ModelCard, OutputSpec
from .errors import Cancelled, DeviceMemoryError, GeonnxError, ModelError, SettingsError
from .feedback import Feedback
from .inputs import RasterInputs
from .model import Model
from .outputs import OutputLayout, map_layout, table_layout
from .precision import spread_over, use_half
from .prepare import Prepared, empty_tensors, prepare, try_network
from .raster.grid import Grid, Tiling, Window, plan_tiles
from .runtime.session import Session, open_session
from .settings import RunSettings
from .words import counted

_DEFAULT_TILE_PX = 512
_TABLE_TILE_PX = 256
"""pixels of a pixel table have no neighbours: small tiles keep its memory small"""
_DEFAULT_HALO_SHARE = 16
_MULTIPLE_PX = 32
_SMALLEST_TILE_PX = 64
"""on a device without enough memory; what networks halve several times they divide evenly"""
_GPU_BATCH = 4
_SWATH_PX = 4096
_MIB = 1 << 20


@dataclass(frozen=True)
class Plan:
    """A run that is ready to start: which pixels go where."""

    prepared: Prepared
    tiling: Tiling
    """tiles as the network's outputs cover them; it reads ``margin_px`` more on each side"""
    batch: int
    layouts: tuple[OutputLayout, ...]
    """one for each of ``prepared.outputs``"""
    variants: tuple[Variant, ...]
    """ways in which every tile is run; more than one for test-time augmentation"""
    crops: bool = False
    """True when the graph itself crops the overlap off, and gives finished products"""

    @property
    def margin_px(self) -> int:
        """Pixels that the network leaves out on each side of its input."""
        return self.layouts[0].margin_px

    @property
    def grid(self) -> Grid:
        """Grid on which the network runs, cut to the extent."""
        return self.prepared.raster.grid.crop(self.tiling.target)

    @property
    def result_grid(self) -> Grid:
        """Grid of the results."""
        return self.prepared.result_grid

    @property
    def regrids(self) -> bool:
        """True when results have to be brought back from the model's pixel size to the raster's."""
        return self.grid != self.result_grid

    @property
    def must_average(self) -> bool:
        """True when scores of a pixel are averaged over tiles or variants, so that they have to be probabilities."""
        return self.prepared.settings.merge == "blend" or len(self.variants) > 1

    @property
    def swath(self) -> int | None:
        """Tile columns to process before going back to the top; None: all.

        Only for files in blocks: a file in strips would be decoded again for every swath. Blending needs whole rows.
        """
        is_striped = self._largest_block()[0] >= self.prepared.raster.grid.width
        if self.prepared.settings.merge == "blend" or is_striped:
            return None
        return max(1, _SWATH_PX // self._stride())

    def _stride(self) -> int:
        return self.tiling.tile_width - 2 * self.tiling.overlap

    def _largest_block(self) -> tuple[int, int]:
        blocks = [
            source.raster.bands[number - 1].block
            for feed in self.prepared.images
            for source in feed.sources
            for number in source.bands.numbers
        ]
        return max(width for width, _ in blocks), max(height for _, height in blocks)

    @property
    def read_cache_bytes(self) -> int:
        """Memory that holds what neighbouring tiles read twice: one row of tiles of a swath, with its blocks."""
        block_width, block_height = self._largest_block()
        width = self.prepared.raster.grid.width
        around = 2 * (self.tiling.overlap + self.margin_px)
        columns = width if self.swath is None else _blocked(self.swath * self._stride() + around, block_width)
        rows = _blocked(self.tiling.tile_height + 2 * self.margin_px, block_height)
        # other bands of a pixel-interleaved file come along with each block
        sources = [source for feed in self.prepared.images for source in feed.sources]
        rasters = {raster.path: raster for source in sources for raster in source.rasters}
        pixel_bytes = sum(np.dtype(band.dtype).itemsize for raster in rasters.values() for band in raster.bands)
        return columns * rows * pixel_bytes + 8 * _MIB


def _blocked(length_px: int, block_px: int) -> int:
    """Return the pixels of the blocks that so many pixels can meet, wherever they begin."""
    return ((length_px - 2) // block_px + 2) * block_px


def make_plan(
    model: Model,
    inputs: RasterInputs,
    settings: RunSettings,
    *,
    outputs: Sequence[OutputSpec],
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
    open_network: Callable[..., Session] = open_session,
) -> Plan:
    """Prepare a run of the model (see `prepare`) whose *outputs* are maps, and cut the raster into tiles for it.

    The network is tried on an empty tile. Raises a GeonnxError that names the first thing that does not fit.
    """
    feedback = feedback or Feedback()
    prepared = prepare(
        model, inputs, settings, outputs=outputs, crs_wkt=crs_wkt, feedback=feedback, open_network=open_network
    )
    spec = prepared.images[0].spec
    width, height = _tile_size(spec, model.card, settings)
    variants = make_variants(settings.options, model.card)
    check_variants(variants, spec, width, height)
    usual = width, height
    width, height, layouts = _find_tile(prepared, width, height, feedback)
    margin = layouts[0].margin_px
    overlap = _overlap(model.card, spec, settings, min(width, height))
    if (width, height) != usual:
        # the raster is smaller than a tile, or the device's memory is: whatever overlap was meant, a core has to remain
        overlap = min(overlap, max(0, (min(width, height) - 2 * margin - 1) // 2))
    if margin:
        feedback.log(f"The network leaves out {margin} px on each side of a tile; tiles reach that much further.")
    grid = prepared.raster.grid
    tiling = plan_tiles(prepared.target, grid.window, width - 2 * margin, height - 2 * margin, overlap)
    plan = Plan(prepared, tiling, choose_batch(prepared, len(tiling)), layouts, variants)
    if settings.options.half:
        plan = _in_half(plan, open_network, feedback)
    feedback.log(
        f"Model: {model.card.name} ({model.card.dialect}) on {prepared.session.provider}; "
        f"{counted(len(tiling), 'tile')} of {tiling.tile_width} × {tiling.tile_height} px, "
        f"overlap {overlap} px, merged by {settings.merge}"
        + (f", each run {len(variants)} times." if len(variants) > 1 else ".")
    )
    return plan


def _in_half(plan: Plan, open_network: Callable[..., Session], feedback: Feedback) -> Plan:
    """Return the plan with a network in float16, if that is accurate enough."""
    tiling, margin = plan.tiling, plan.margin_px
    size = (tiling.tile_height, tiling.tile_width)
    columns = len(tiling.columns.starts)
    reads = [tiling.tile(number % columns, number // columns).read for number in spread_over(len(tiling))]
    windows = [
        Window(read.x - margin, read.y - margin, read.width + 2 * margin, read.height + 2 * margin) for read in reads
    ]

    def unpack(outputs: list[NDArray[Any]]) -> list[NDArray[Any]]:
        return [layout.scores(output, 0, *size) for layout, output in zip(plan.layouts, outputs)]

    return replace(plan, prepared=use_half(plan.prepared, windows, plan.batch, unpack, open_network, feedback))


def _tile_size(spec: InputSpec, card: ModelCard, settings: RunSettings) -> tuple[int, int]:
    width, height = spec.size("W"), spec.size("H")
    wanted = settings.tile_size
    if wanted and any(size is not None and size != wanted for size in (width, height)):
        raise SettingsError(
            f"TILE_SIZE is {wanted} px; the model takes tiles of exactly {width or '?'} × {height or '?'} px. "
            "Leave TILE_SIZE at 0."
        )
    usual = _TABLE_TILE_PX if "N" in spec.dims else (card.tile_px or _DEFAULT_TILE_PX)
    return width or wanted or height or usual, height or wanted or width or usual


def _overlap(card: ModelCard, spec: InputSpec, settings: RunSettings, tile: int) -> int:
    if settings.overlap >= 0:
        return settings.overlap
    if "N" in spec.dims:
        return 0
    if card.halo_px is not None:
        return card.halo_px
    return tile // _DEFAULT_HALO_SHARE


def choose_batch(prepared: Prepared, tiles: int) -> int:
    """Return how many of *tiles* go through the network at a time; raise SettingsError for a BATCH_SIZE that can't."""
    wanted = prepared.settings.batch_size
    fixed = None if prepared.is_table else prepared.fixed_rows
    if fixed is not None:
        if wanted not in (0, fixed):
            raise SettingsError(f"BATCH_SIZE is {wanted}; the model takes exactly {fixed} at a time. Leave it at 0.")
        return fixed
    # on a CPU a batch only takes memory: the operators already use all cores for one tile
    chosen = wanted or _usual_batch(prepared.session)
    return min(chosen, tiles)


def _usual_batch(session: Session) -> int:
    # TensorRT compiles the network again for every other size of a batch
    return 1 if session.on_cpu or session.provider == "TensorrtExecutionProvider" else _GPU_BATCH


def _find_tile(
    prepared: Prepared, width: int, height: int, feedback: Feedback
) -> tuple[int, int, tuple[OutputLayout, ...]]:
    """Return the size of a tile that the network takes and the device has memory for, and what the outputs look like.

    Where the size is left open, a raster smaller than a tile is run as it is if the network takes any size, else in the
    next multiple of 32 px: what is mirrored beyond its edge would change the answer and take time.
    """
    spec = prepared.images[0].spec
    is_free = not prepared.settings.tile_size and spec.size("W") is None and spec.size("H") is None
    grid = prepared.raster.grid
    if is_free and not prepared.is_table and grid.width <= width and grid.height <= height:
        rounded = min(width, _round_up(grid.width)), min(height, _round_up(grid.height))
        for size in ((grid.width, grid.height), rounded):
            found = _try_smaller(prepared, *size, feedback)
            if found is not None and (size == rounded or all(layout.is_same_size for layout in found)):
                return *size, found
    while True:
        try:
            return width, height, _try_tile(prepared, width, height, feedback)
        except DeviceMemoryError:
            if not is_free or min(width, height) < 2 * _SMALLEST_TILE_PX:
                raise
            smaller = min(width, height) // 2 // _SMALLEST_TILE_PX * _SMALLEST_TILE_PX
            feedback.warn(
                f"The device has not enough memory for a tile of {width} × {height} px; tiles of {smaller} px are used."
            )
            width = height = smaller


def _round_up(size: int) -> int:
    return -(-size // _MULTIPLE_PX) * _MULTIPLE_PX


def _try_smaller(prepared: Prepared, width: int, height: int, feedback: Feedback) -> tuple[OutputLayout, ...] | None:
    try:
        return _try_tile(prepared, width, height, feedback)
    except Cancelled:
        raise
    except GeonnxError:
        return None


def _try_tile(prepared: Prepared, width: int, height: int, feedback: Feedback) -> tuple[OutputLayout, ...]:
    """Run the network once on an empty tile and return what its outputs look like."""
    count = 1 if prepared.is_table else (prepared.fixed_rows or 1)
    tensors = empty_tensors(prepared.feeds, count, width, height)
    try:
        results = try_network(prepared, tensors, feedback)
    except DeviceMemoryError:
        raise
    except ModelError as error:
        raise SettingsError(
            f"The model can't take tiles of {width} × {height} px"
            + (" as TILE_SIZE asks" if prepared.settings.tile_size else "")
            + f"; try a TILE_SIZE that is a multiple of 32. {error}"
        ) from error
    layouts = tuple(
        table_layout(result, width * height, spec.name)
        if prepared.is_table
        else map_layout(result, spec, count, height, width)
        for result, spec in zip(results, prepared.outputs)
    )
    if len({layout.margin_px for layout in layouts}) > 1:
        named = ", ".join(f"{spec.name}: {layout.margin_px}" for spec, layout in zip(prepared.outputs, layouts))
        raise ModelError(
            f"The outputs of {prepared.model.card.name} leave out margins of different width ({named} px); export the "
            "model so that they have the same size."
        )
    return layouts
