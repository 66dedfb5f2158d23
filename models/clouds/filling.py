"""What fills clouds without a model: one of the composites, and what is around where no date shows anything."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..gaps import GapFinder
from ..raster.cache import block_cache
from ..raster.grid import Window
from ..raster.sink import BLOCK_PX
from .compare_values import explain_units
from .composite import (
    CompositeReader,
    DateReader,
    band_infos,
    composite_bands,
    composite_pixel_bytes,
    target_bands,
)
from .keep_clear import Restorer
from .regression import RegressionReader
from .request import Request
from .results import pass_cache_bytes
from .surroundings import FilledReader, gather_surroundings
from .timeline import Timeline

_LEARNING_SHARE = 0.4
"""of what is left of a run, for a pass over the dates before the last one"""


@dataclass(frozen=True)
class Composite:
    """What fills clouds without a model."""

    restorer: Restorer
    numbers: tuple[int, ...]
    """bands of the target, in the order of the result"""
    pixel_bytes: int
    """memory that a pixel of a window takes"""
    begun: float
    """share of the run that is done"""
    gaps: GapFinder
    """looks at all that is read of the dates"""
    fills_lost: bool = False
    """True when pixels that no date shows get what is around them"""


def check_bands(request: Request, timeline: Timeline) -> None:
    """Raise SettingsError or RasterError when a date lacks bands that `open_composite` will read."""
    if request.clouds.method == "regression":
        target_bands(timeline.target.raster, request.settings.bands)  # of other dates any bands say something
    else:
        composite_bands(timeline, request.settings.bands)


def open_composite(request: Request, timeline: Timeline, part: Window, begun: float) -> Composite:
    """Return what fills clouds on a *part* of the target's grid; what has to be learned for it is learned here.

    *begun* is the share of the run that is done already. Raises SettingsError or RasterError when a date lacks bands,
    Cancelled.
    """
    rasters = [moment.raster for moment in timeline.moments]
    with block_cache(pass_cache_bytes(rasters, BLOCK_PX)):
        return _open(request, timeline, part, begun)


def _open(request: Request, timeline: Timeline, part: Window, begun: float) -> Composite:
    clouds, feedback, requested = request.clouds, request.feedback, request.settings.bands
    restorer: Restorer
    gaps = GapFinder()
    if clouds.method == "regression":
        restorer = RegressionReader(timeline, requested, clouds.grow_px, with_target=not clouds.keep_clear, gaps=gaps)
        until = begun + (1 - begun) * _LEARNING_SHARE
        restorer.learn(part, replace(feedback, progress=feedback.part(begun, until)))
        begun = until
        numbers, pixel_bytes = restorer.numbers, restorer.pixel_bytes
        plain = timeline.only([timeline.target, *restorer.as_they_are])
        _compare_units(request, plain, composite_bands(plain, requested))
    else:
        bands = composite_bands(timeline, requested)
        _compare_units(request, timeline, bands)
        numbers, pixel_bytes = bands[timeline.position], composite_pixel_bytes(timeline, bands)
        restorer = CompositeReader(
            timeline, bands, clouds.method, clouds.grow_px, with_target=not clouds.keep_clear, gaps=gaps
        )
    if clouds.lost == "fill":
        infos = band_infos(timeline.target.raster, numbers)
        target = DateReader(timeline.target, numbers, infos, clouds.grow_px, gaps)
        until = begun + (1 - begun) * _LEARNING_SHARE
        step = replace(feedback, progress=feedback.part(begun, until))
        around = gather_surroundings(target, restorer, len(numbers), part, pixel_bytes, step)
        if not around.is_empty:
            return Composite(FilledReader(restorer, around), numbers, pixel_bytes, until, gaps, fills_lost=True)
    return Composite(restorer, numbers, pixel_bytes, begun, gaps)


def _compare_units(request: Request, timeline: Timeline, bands: list[tuple[int, ...]]) -> None:
    if warning := explain_units(timeline, bands):
        request.feedback.warn(warning)
