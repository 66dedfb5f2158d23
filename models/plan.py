"""Everything that can be known before the first tile, found out and checked in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card.tensors import describe_shape
from .card.types import InputSpec, OutputSpec
from .errors import GeonnxError, ModelError, SettingsError
from .feedback import Feedback
from .model import Model
from .raster.bands import BandChoice, choose_bands
from .raster.grid import Grid, Tiling, Window, plan_tiles
from .raster.source import RasterInfo, describe_raster
from .raster.stack import stack_siblings
from .runtime.session import Session, open_session
from .scaling import Preparation, prepare_input
from .settings import RunSettings

_DEFAULT_TILE_PX = 512
_DEFAULT_HALO_SHARE = 16
_GPU_BATCH = 4
_SWATH_PX = 4096
_MIB = 1 << 20


@dataclass(frozen=True)
class Plan:
    """A run that is ready to start: which pixels go where, through which session."""

    model: Model
    raster: RasterInfo
    bands: BandChoice
    tiling: Tiling
    batch: int
    is_batch_fixed: bool
    """True when the network takes exactly ``batch`` tiles at a time"""
    preparation: Preparation
    session: Session
    settings: RunSettings
    output_dims: str
    """``BKHW``, ``BHWK`` or ``BHW`` of the map output, as a trial run gave it"""
    channels: int
    """size of the class axis; 1 without one"""

    @property
    def grid(self) -> Grid:
        """Grid of the result: the raster's own, cut to the extent."""
        return self.raster.grid.crop(self.tiling.target)

    @property
    def swath(self) -> int | None:
        """Tile columns to process before going back to the top; None: all.

        Only for files in blocks: a file in strips would be decoded again for every swath. Blending needs whole rows.
        """
        if self.settings.merge == "blend" or self._widest_block() >= self.raster.grid.width:
            return None
        return max(1, _SWATH_PX // (self.tiling.tile_width - 2 * self.tiling.overlap))

    def _widest_block(self) -> int:
        return max(self.raster.bands[number - 1].block[0] for number in self.bands.numbers)

    @property
    def read_cache_bytes(self) -> int:
        """Memory that holds what neighbouring tiles read twice: one row of tiles of a swath, with its blocks."""
        stride = self.tiling.tile_width - 2 * self.tiling.overlap
        block_height = max(self.raster.bands[number - 1].block[1] for number in self.bands.numbers)
        columns = self.raster.grid.width if self.swath is None else self.swath * stride + 2 * self._widest_block()
        rows = self.tiling.tile_height + 2 * block_height
        # other bands of a pixel-interleaved file come along with each block
        pixel_bytes = sum(np.dtype(band.dtype).itemsize for band in self.raster.bands)
        return columns * rows * pixel_bytes + 8 * _MIB


def make_plan(
    model: Model,
    input_path: str,
    settings: RunSettings,
    *,
    output: OutputSpec,
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
) -> Plan:
    """Check the model, the raster and the settings against each other, load the model and try it on an empty tile.

    *crs_wkt* is used instead of the raster's own CRS. Raises a GeonnxError that names the first thing that does
    not fit.
    """
    feedback = feedback or Feedback()
    spec = _image_input(model)
    raster, bands = _open_bands(spec, input_path, settings.bands, crs_wkt)
    feedback.log(f"Raster: {raster.name}, {raster.grid.width} × {raster.grid.height} px; bands: {bands.how}.")
    if bands.is_assumed:
        feedback.warn(
            f"Nothing says which bands of {raster.name} the model wants, so they are taken in the order of the file; "
            "set BANDS if the model was trained on another order."
            if not spec.bands
            else f"The bands of {raster.name} have no names; they are taken to be {', '.join(spec.band_names)}."
        )
    target = _target_window(raster, settings)
    width, height = _tile_size(spec, settings)
    overlap = _overlap(model, settings, min(width, height))
    tiling = plan_tiles(target, raster.grid.window, width, height, overlap)
    preparation = prepare_input(
        spec,
        [raster.bands[number - 1] for number in bands.numbers],
        fill=model.card.fill,
        scale=settings.options.scale,
        offset=settings.options.offset,
    )
    session = open_session(
        model.card.model_path,
        spec.name,
        (output.name,),
        device=settings.device,
        threads=settings.options.threads,
    )
    if session.warning:
        feedback.warn(session.warning)
    fixed_batch = spec.size("B")
    batch = _batch(spec, settings, session.provider, len(tiling))
    dims, channels = _try_tile(session, preparation, fixed_batch or 1, width, height, output, settings)
    return Plan(
        model, raster, bands, tiling, batch, fixed_batch is not None, preparation, session, settings, dims, channels
    )


def _image_input(model: Model) -> InputSpec:
    inputs = model.card.inputs
    image = model.card.input_with_role("image")
    if image is None or len(inputs) != 1:
        roles = ", ".join(f"{spec.name} ({spec.role})" for spec in inputs)
        raise ModelError(f"{model.card.name} takes {len(inputs)} inputs: {roles}; choose a model for single images.")
    if image.dims not in ("BCHW", "BHWC"):
        raise ModelError(
            f"{model.card.name} takes an input of {' '.join(image.dims)} {describe_shape(image.shape)}; "
            "expected an image, B C H W or B H W C."
        )
    return image


def _open_bands(spec: InputSpec, input_path: str, requested: str, crs_wkt: str | None) -> tuple[RasterInfo, BandChoice]:
    """Find the bands in the raster itself, else among the files of its scene that lie beside it."""
    raster = describe_raster(input_path, crs_wkt)
    try:
        return raster, choose_bands(spec, raster, requested)
    except GeonnxError:
        stack = stack_siblings(raster)
        if stack is None:
            raise
        return stack, choose_bands(spec, stack, requested)


def _target_window(raster: RasterInfo, settings: RunSettings) -> Window:
    if settings.extent is None:
        return raster.grid.window
    return raster.grid.window_of(list(settings.extent))


def _tile_size(spec: InputSpec, settings: RunSettings) -> tuple[int, int]:
    width, height = spec.size("W"), spec.size("H")
    wanted = settings.tile_size
    if wanted and any(size is not None and size != wanted for size in (width, height)):
        raise SettingsError(
            f"TILE_SIZE is {wanted} px; the model takes tiles of exactly {width or '?'} × {height or '?'} px. "
            "Leave TILE_SIZE at 0."
        )
    return width or wanted or height or _DEFAULT_TILE_PX, height or wanted or width or _DEFAULT_TILE_PX


def _overlap(model: Model, settings: RunSettings, tile: int) -> int:
    if settings.overlap >= 0:
        return settings.overlap
    if model.card.halo_px is not None:
        return model.card.halo_px
    return tile // _DEFAULT_HALO_SHARE


def _batch(spec: InputSpec, settings: RunSettings, provider: str, tiles: int) -> int:
    fixed = spec.size("B")
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
    preparation: Preparation,
    batch: int,
    width: int,
    height: int,
    output: OutputSpec,
    settings: RunSettings,
) -> tuple[str, int]:
    """Run the network once on an empty tile; return the axes of its output and the size of the class axis."""
    shape = preparation.tensor_shape(batch, height, width)
    try:
        result = session.run(np.zeros(shape, preparation.dtype))[0]
    except ModelError as error:
        raise SettingsError(
            f"The model can't take tiles of {width} × {height} px"
            + (" as TILE_SIZE asks" if settings.tile_size else "")
            + f"; try a TILE_SIZE that is a multiple of 32. {error}"
        ) from error
    return _map_axes(result, (batch, height, width), output)


def _map_axes(result: NDArray[Any], expected: tuple[int, int, int], output: OutputSpec) -> tuple[str, int]:
    batch, height, width = expected
    shape = result.shape
    fits: dict[str, Sequence[int]] = {}
    if len(shape) == 3:
        fits["BHW"] = shape
    if len(shape) == 4:
        fits["BKHW"] = (shape[0], shape[2], shape[3])
        fits["BHWK"] = shape[:3]
    matching = [dims for dims, sizes in fits.items() if tuple(sizes) == expected]
    if not matching:
        raise ModelError(
            f"The model's output '{output.name}' has the shape {describe_shape(shape)} for {batch} tile(s) of "
            f"{width} × {height} px; expected a map of the same size, B K H W, B H W K or B H W. Choose another model "
            "or TILE_SIZE."
        )
    dims = output.dims if output.dims in matching else matching[0]
    return dims, shape[dims.index("K")] if "K" in dims else 1
