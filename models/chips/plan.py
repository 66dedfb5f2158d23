"""How a raster is cut into chips for a network, found out by trying it on empty ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..augment import Variant, check_variants, make_variants
from ..card.types import ModelCard
from ..cluster.address import is_cluster
from ..errors import DeviceMemoryError, ModelError, SettingsError
from ..feedback import Feedback
from ..folding.fold import fold_front
from ..inputs import RasterInputs
from ..model import Model
from ..plan import choose_batch
from ..precision import spread_over, use_half
from ..prepare import Prepared, empty_tensors, prepare, try_network
from ..runtime.session import open_session
from ..settings import RunSettings, warn_of_threshold
from .grid import ChipGrid
from .heads import Head, choose_outputs, make_heads
from .settings import ChipSettings

_DEFAULT_CHIP_PX = 224
_CPU_BATCH_PX = 1 << 16
_GPU_BATCH_PX = 1 << 22
_LARGEST_BATCH = 256
_MIB = 1 << 20


@dataclass(frozen=True)
class ChipPlan:
    """A run that is ready to start."""

    prepared: Prepared
    heads: tuple[Head, ...]
    """one for each of ``prepared.outputs``; the first is one of classes"""
    grid: ChipGrid
    batch: int
    variants: tuple[Variant, ...]
    """ways in which every chip is run; more than one for test-time augmentation"""
    min_data: float

    @property
    def read_cache_bytes(self) -> int:
        """Memory that holds the blocks that chips side by side share: those of one row of chips."""
        sources = [source for feed in self.prepared.images for source in feed.sources]
        blocks = [source.raster.bands[number - 1].block for source in sources for number in source.bands.numbers]
        rows = self.grid.height + 2 * max(height for _, height in blocks)
        rasters = {source.raster.path: source.raster for source in sources}
        pixel_bytes = sum(np.dtype(band.dtype).itemsize for raster in rasters.values() for band in raster.bands)
        return self.grid.raster.width * rows * pixel_bytes + 8 * _MIB


def make_chip_plan(
    model: Model,
    inputs: RasterInputs,
    settings: RunSettings,
    chips: ChipSettings,
    *,
    crs_wkt: str | None,
    feedback: Feedback,
) -> ChipPlan:
    """Check model, rasters and settings against each other, load the network and try it on empty chips.

    Raises a GeonnxError that names the first thing that does not fit.
    """
    card = model.card
    if is_cluster(settings.device):
        raise SettingsError(
            f"DEVICE is {settings.device}, and the chips of a scene are classified on one machine: use another DEVICE. "
            "To share out many scenes see docs/scale.md."
        )
    outputs = choose_outputs(card)
    prepared = prepare(model, inputs, settings, outputs=outputs, crs_wkt=crs_wkt, feedback=feedback)
    if prepared.is_table:
        raise ModelError(f"{card.name} sees single pixels, no chips: use 'Segment raster' for it.")
    width, height = _chip_size(prepared, settings, chips, feedback)
    variants = make_variants(settings.options, card)
    check_variants(variants, prepared.images[0].spec, width, height)
    grid = ChipGrid(
        target=prepared.target,
        raster=prepared.raster.grid.window,
        width=width,
        height=height,
        stride_x=chips.stride or width,
        stride_y=chips.stride or height,
    )
    threshold = settings.options.threshold if chips.threshold is None else chips.threshold
    batch, heads = _try_chips(prepared, grid, threshold, feedback)
    _check_heads(card, heads, len(variants) > 1, chips, threshold, feedback)
    if settings.options.half:
        prepared = _in_half(prepared, grid, batch, feedback)
    prepared = fold_front(prepared, grid.chip(grid.columns // 2, grid.rows // 2).tile.read, batch, feedback)
    return ChipPlan(prepared, heads, grid, batch, variants, chips.min_data)


def _in_half(prepared: Prepared, grid: ChipGrid, batch: int, feedback: Feedback) -> Prepared:
    """Return the run with a network in float16, if that is accurate enough."""
    windows = [grid.chip(number % grid.columns, number // grid.columns).tile.read for number in spread_over(len(grid))]

    def unpack(outputs: list[NDArray[Any]]) -> list[NDArray[Any]]:
        has_batch = "B" in prepared.images[0].spec.dims
        return [(output[0] if has_batch else output).reshape(-1, 1) for output in outputs]

    return use_half(prepared, windows, batch, unpack, open_session, feedback)


def _chip_size(prepared: Prepared, settings: RunSettings, chips: ChipSettings, feedback: Feedback) -> tuple[int, int]:
    card = prepared.model.card
    specs = [feed.spec for feed in prepared.images]
    width = next((size for spec in specs if (size := spec.size("W"))), None)
    height = next((size for spec in specs if (size := spec.size("H"))), None)
    wanted = chips.chip_size or settings.tile_size
    if wanted and any(size not in (None, wanted) for size in (width, height)):
        name = "CHIP_SIZE" if chips.chip_size else "TILE_SIZE"
        raise SettingsError(
            f"{name} is {wanted} px; {card.name} takes chips of exactly {width or '?'} × {height or '?'} px. Leave "
            f"{name} at 0, and choose STRIDE for smaller or larger steps. If the model was trained on another pixel "
            "size than the raster's, say it in the card (geonnx:gsd_m): the raster is resampled then."
        )
    usual = card.tile_px
    if not (width or height or wanted or usual):
        usual = _DEFAULT_CHIP_PX
        feedback.warn(
            f"Nothing says how large the chips were that {card.name} was trained on; {usual} px are taken. Say it by "
            "CHIP_SIZE, or in the model's description."
        )
    either = wanted or usual or _DEFAULT_CHIP_PX
    return width or wanted or height or either, height or wanted or width or either


def _try_chips(
    prepared: Prepared, grid: ChipGrid, threshold: float | None, feedback: Feedback
) -> tuple[int, tuple[Head, ...]]:
    """Run the network on empty chips; return how many it takes at a time, and what it says of each."""
    batch = _batch(prepared, grid)
    while True:
        tensors = empty_tensors(prepared.feeds, batch, grid.width, grid.height)
        try:
            results = try_network(prepared, tensors, feedback)
            if batch > 1 and any(len(result.shape) == 0 or len(result) != batch for result in results):
                raise ModelError("The number of results is not that of the chips.")
        except ModelError as error:
            if batch > 1 and prepared.fixed_rows is None and not prepared.settings.batch_size:
                # some networks say that they take any batch and do not
                batch = batch // 2 if isinstance(error, DeviceMemoryError) else 1
                continue
            raise SettingsError(
                f"The model can't take chips of {grid.width} × {grid.height} px; choose another CHIP_SIZE. {error}"
            ) from error
        if "B" not in prepared.images[0].spec.dims:
            results = [result[np.newaxis] for result in results]
        return batch, make_heads(prepared.model.card, prepared.outputs, results, batch, threshold)


def _batch(prepared: Prepared, grid: ChipGrid) -> int:
    if prepared.settings.batch_size or prepared.fixed_rows is not None:
        return choose_batch(prepared, max(1, prepared.settings.batch_size))
    room = _CPU_BATCH_PX if prepared.session.on_cpu else _GPU_BATCH_PX
    return max(1, min(room // (grid.width * grid.height), _LARGEST_BATCH))


def _check_heads(
    card: ModelCard,
    heads: tuple[Head, ...],
    varies: bool,
    chips: ChipSettings,
    threshold: float | None,
    feedback: Feedback,
) -> None:
    averages = bool(chips.zones_path) and chips.zone_mode == "average"
    for head in heads:
        if head.kind == "numbers" and (varies or averages):
            how = "ZONE_MODE=centre" if averages else "OPTIONS without tta and monte_carlo"
            raise SettingsError(
                f"The output '{head.name}' of {card.name} gives class numbers, which can't be averaged: use {how}."
            )
    if threshold is not None and not any(head.kind in ("multi", "binary") for head in heads):
        warn_of_threshold(feedback, card, "threshold of OPTIONS" if chips.threshold is None else "THRESHOLD")
