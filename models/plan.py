"""Everything that can be known before the first tile, found out and checked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card.types import InputSpec, ModelCard, OutputSpec
from .errors import ModelError, SettingsError
from .feedback import Feedback
from .feeds import ImageFeed
from .inputs import Feed, RasterInputs, make_feeds, open_inputs
from .model import Model
from .outputs import OutputLayout, map_layout, table_layout
from .raster.bands import BandChoice
from .raster.grid import Grid, Tile, Tiling, Window, plan_tiles
from .raster.source import RasterInfo
from .runtime.session import Session, open_session
from .settings import RunSettings
from .values import report_values

_DEFAULT_TILE_PX = 512
_TABLE_TILE_PX = 256
"""pixels of a pixel table have no neighbours: small tiles keep its memory small"""
_DEFAULT_HALO_SHARE = 16
_GPU_BATCH = 4
_SWATH_PX = 4096
_MIB = 1 << 20


@dataclass(frozen=True)
class Plan:
    """A run that is ready to start: which pixels go where, through which session."""

    model: Model
    feeds: tuple[Feed, ...]
    tiling: Tiling
    """tiles as the network's output covers them; it reads ``layout.margin_px`` more on each side"""
    batch: int
    fixed_rows: int | None
    """number of tiles (or pixels of a table) that the network takes at a time, where that is fixed"""
    session: Session
    settings: RunSettings
    layout: OutputLayout
    result_grid: Grid
    """where the results lie: the raster's own grid, cut to the extent, unless OPTIONS.grid is ``model``"""

    @property
    def images(self) -> tuple[ImageFeed, ...]:
        """The inputs that hold pixels."""
        return tuple(feed for feed in self.feeds if isinstance(feed, ImageFeed))

    @property
    def raster(self) -> RasterInfo:
        """The first raster, on the grid on which the network runs."""
        return self.images[0].sources[0].raster

    @property
    def bands(self) -> BandChoice:
        """Bands of the first raster."""
        return self.images[0].sources[0].bands

    @property
    def grid(self) -> Grid:
        """Grid on which the network runs, cut to the extent."""
        return self.raster.grid.crop(self.tiling.target)

    @property
    def regrids(self) -> bool:
        """True when results have to be brought back from the model's pixel size to the raster's."""
        return self.grid != self.result_grid

    @property
    def swath(self) -> int | None:
        """Tile columns to process before going back to the top; None: all.

        Only for files in blocks: a file in strips would be decoded again for every swath. Blending needs whole rows.
        """
        if self.settings.merge == "blend" or self._largest_block()[0] >= self.raster.grid.width:
            return None
        return max(1, _SWATH_PX // self._stride())

    def _stride(self) -> int:
        return self.tiling.tile_width - 2 * self.tiling.overlap

    def _largest_block(self) -> tuple[int, int]:
        blocks = [
            source.raster.bands[number - 1].block
            for feed in self.images
            for source in feed.sources
            for number in source.bands.numbers
        ]
        return max(width for width, _ in blocks), max(height for _, height in blocks)

    @property
    def read_cache_bytes(self) -> int:
        """Memory that holds what neighbouring tiles read twice: one row of tiles of a swath, with its blocks."""
        block_width, block_height = self._largest_block()
        columns = self.raster.grid.width if self.swath is None else self.swath * self._stride() + 2 * block_width
        rows = self.tiling.tile_height + 2 * self.layout.margin_px + 2 * block_height
        # other bands of a pixel-interleaved file come along with each block
        rasters = {source.raster.path: source.raster for feed in self.images for source in feed.sources}
        pixel_bytes = sum(np.dtype(band.dtype).itemsize for raster in rasters.values() for band in raster.bands)
        return columns * rows * pixel_bytes + 8 * _MIB


def make_plan(
    model: Model,
    inputs: RasterInputs,
    settings: RunSettings,
    *,
    output: OutputSpec,
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> Plan:
    """Check the model, the rasters and the settings against each other, load the model and try it on an empty tile.

    *crs_wkt* is used instead of the first raster's own CRS. Raises a GeonnxError that names the first thing that does
    not fit.
    """
    feedback = feedback or Feedback()
    card = model.card
    rasters = open_inputs(inputs, card, settings, crs_wkt)
    feeds = make_feeds(rasters, card, settings)
    images = [feed for feed in feeds if isinstance(feed, ImageFeed)]
    if not images:
        raise ModelError(f"{card.name} takes no image; expected a model that maps pixels.")
    _report_bands(images, feedback)
    grid = rasters.image[0].grid
    native = rasters.native
    wanted = native.grid.window if settings.extent is None else native.grid.window_of(list(settings.extent))
    is_resampled = (grid.width, grid.height) != (native.grid.width, native.grid.height)
    target = grid.window_of(native.grid.crop(wanted).outline()) if is_resampled else wanted
    if is_resampled:
        feedback.log(
            f"Resampled from {native.grid.width} × {native.grid.height} px to {grid.width} × {grid.height} px, the "
            f"{card.gsd_m:g} m that the model was trained on."
        )
    report_values(images, settings.options, target, feedback)
    session = open_session(
        card.model_path,
        (output.name,),
        device=settings.device,
        threads=settings.options.threads,
    )
    if session.warning:
        feedback.warn(session.warning)
    spec = images[0].spec
    width, height = _tile_size(spec, card, settings)
    fixed_rows = spec.size("N") if "N" in spec.dims else (spec.size("B") if "B" in spec.dims else 1)
    layout = _try_tile(session, feeds, fixed_rows, width, height, output, settings)
    overlap = _overlap(card, spec, settings, min(width, height))
    margin = layout.margin_px
    if margin:
        feedback.log(f"The network leaves out {margin} px on each side of a tile; tiles reach that much further.")
    tiling = plan_tiles(target, grid.window, width - 2 * margin, height - 2 * margin, overlap)
    return Plan(
        model=model,
        feeds=feeds,
        tiling=tiling,
        batch=_batch(spec, settings, session.provider, len(tiling)),
        fixed_rows=fixed_rows,
        session=session,
        settings=settings,
        layout=layout,
        result_grid=native.grid.crop(wanted) if settings.options.grid == "raster" else grid.crop(target),
    )


def _report_bands(images: list[ImageFeed], feedback: Feedback) -> None:
    for feed in images:
        for source in feed.sources:
            raster, bands = source.raster, source.bands
            feedback.log(f"Raster: {raster.name}, {raster.grid.width} × {raster.grid.height} px; bands: {bands.how}.")
            if not bands.is_assumed:
                continue
            names = ", ".join(feed.spec.band_names)
            feedback.warn(
                f"The bands of {raster.name} have no names; they are taken to be {names}."
                if names
                else f"Nothing says which bands of {raster.name} the model wants, so they are taken in the order of "
                "the file; set BANDS if the model was trained on another order."
            )


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


def _batch(spec: InputSpec, settings: RunSettings, provider: str, tiles: int) -> int:
    fixed = spec.size("B") if "B" in spec.dims else 1
    if fixed is not None:
        if settings.batch_size not in (0, fixed):
            raise SettingsError(
                f"BATCH_SIZE is {settings.batch_size}; the model takes exactly {fixed} at a time. Leave it at 0."
            )
        return fixed
    # on a CPU a batch only takes memory: the operators already use all cores for one tile
    chosen = settings.batch_size or (1 if provider == "CPUExecutionProvider" else _GPU_BATCH)
    return min(chosen, tiles)


def _try_tile(
    session: Session,
    feeds: tuple[Feed, ...],
    fixed_rows: int | None,
    width: int,
    height: int,
    output: OutputSpec,
    settings: RunSettings,
) -> OutputLayout:
    """Run the network once on an empty tile and return what its output looks like."""
    is_table = any(isinstance(feed, ImageFeed) and "N" in feed.spec.dims for feed in feeds)
    count = 1 if is_table else (fixed_rows or 1)
    tile = Tile(Window(0, 0, width, height), Window(0, 0, width, height), 0, 0)
    tensors: dict[str, NDArray[Any]] = {}
    for feed in feeds:
        if isinstance(feed, ImageFeed):
            tensors[feed.spec.name] = np.zeros(feed.shape(count, height, width), feed.dtype)
        else:
            tensors[feed.spec.name] = feed.fill(count, [tile], width * height)
    try:
        result = run_network(session, tensors, fixed_rows if is_table else None)
    except ModelError as error:
        raise SettingsError(
            f"The model can't take tiles of {width} × {height} px"
            + (" as TILE_SIZE asks" if settings.tile_size else "")
            + f"; try a TILE_SIZE that is a multiple of 32. {error}"
        ) from error
    if is_table:
        return table_layout(result, width * height, output.name)
    return map_layout(result, output, count, height, width)


def run_network(session: Session, tensors: Mapping[str, NDArray[Any]], fixed_rows: int | None) -> NDArray[Any]:
    """Return the class output for a batch; a pixel table is cut into pieces of *fixed_rows* where that is fixed."""
    if fixed_rows is None:
        return session.run(tensors)[0]
    rows = len(next(iter(tensors.values())))
    pieces = []
    for start in range(0, rows, fixed_rows):
        part = {name: tensor[start : start + fixed_rows] for name, tensor in tensors.items()}
        lacking = start + fixed_rows - rows
        if lacking > 0:
            part = {name: np.concatenate([rows_, rows_[-1:].repeat(lacking, axis=0)]) for name, rows_ in part.items()}
        pieces.append(session.run(part)[0])
    return np.concatenate(pieces)[:rows]
