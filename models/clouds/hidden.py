"""Known clouds told to a model that wants it so: their pixels are fed as if they held no data, on every date."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..errors import Cancelled
from ..feedback import Feedback
from ..load import WindowReader
from ..plan import Plan
from ..prepare import Prepared
from ..raster.align import align_raster, pixel_size_m
from ..raster.blocks import block_windows
from ..raster.grid import Grid, Window
from ..raster.source import RasterInfo
from .masks import CloudMask, MaskReader
from .network import image_feed
from .results import open_polygons
from .timeline import Timeline


@dataclass(frozen=True)
class HiddenClouds:
    """The clouds of a date, grown by some pixels, for the reader of a run."""

    mask: CloudMask
    """on the grid of the run"""
    growth_px: int

    @property
    def raster(self) -> RasterInfo:
        """The raster of the mask."""
        return self.mask.raster

    @property
    def key(self) -> str:
        """What counts as cloud in it."""
        return repr((self.mask.rule, self.growth_px))

    @property
    def made_by(self) -> str:
        """What made it, where a cloud model did."""
        return self.mask.made_by

    def open(self) -> MaskReader:
        """Open the mask."""
        return MaskReader(self.mask, self.growth_px)


def hide_clouds(plan: Plan, timeline: Timeline, growth_px: int) -> Plan:
    """Return the plan with the clouds of all dates hidden from the network, *growth_px* farther than the masks say.

    A date without a mask is shown as it is. Results lie where they did: what is hidden holds data all the same.
    """
    prepared, feed = plan.prepared, image_feed(plan)
    moments = timeline.moments if len(feed.sources) > 1 else (timeline.target,)
    run_grid, grid = prepared.raster.grid, timeline.target.raster.grid
    sources = tuple(
        source if moment.mask is None else replace(source, hidden=_on_grid(moment.mask, growth_px, grid, run_grid))
        for source, moment in zip(feed.sources, moments)
    )
    feeds = tuple(replace(each, sources=sources) if each is feed else each for each in prepared.feeds)
    return replace(plan, prepared=replace(prepared, feeds=feeds))


def _on_grid(mask: CloudMask, growth_px: int, grid: Grid, run_grid: Grid) -> HiddenClouds:
    """Return the mask for a run on another grid than that of the date to restore, *grid*, on which it lies."""
    if (run_grid.width, run_grid.height) == (grid.width, grid.height):
        return HiddenClouds(mask, growth_px)
    ratio = math.sqrt(math.prod(pixel_size_m(grid)) / math.prod(pixel_size_m(run_grid)))
    # one more, since pixels beside a cloud were mixed with it when they were resampled
    grown = math.ceil(growth_px * ratio) + 1
    return HiddenClouds(replace(mask, raster=align_raster(mask.raster, run_grid, "nearest")), grown)


def unseen_share(prepared: Prepared, feedback: Feedback) -> float:
    """Return the share of the pixels with a result that hold data, but are hidden from the network on every date.

    The model makes them up from what is around them. Of those inside of the polygons of MASK; reads the rasters where
    something is hidden. Raises Cancelled.
    """
    settings, grid = prepared.settings, prepared.raster.grid
    polygons = open_polygons(settings, grid)
    number = next(place for place, feed in enumerate(prepared.images) if any(s.hidden for s in feed.sources))
    feed, reader = prepared.images[number], WindowReader(prepared)
    masks = [source.hidden.open() for source in feed.sources if source.hidden is not None]
    pixels = unseen = 0
    for window in _windows(prepared):
        if feedback.cancelled():
            raise Cancelled
        inside = None if polygons is None else polygons.covers(window)
        if polygons is not None and inside is None:
            continue
        wanted = np.ones((window.height, window.width), bool) if inside is None else inside
        pixels += int(wanted.sum())
        if not any(mask.read(window).any() for mask in masks):
            continue
        found, valid = reader.read(window)
        shown = [np.ones_like(wanted) if mask is None else mask for mask in found[number].shown]
        result = wanted if valid is None else wanted & valid
        unseen += int((result & ~np.logical_or.reduce(shown)).sum())
    return unseen / max(1, pixels)


def _windows(prepared: Prepared) -> Iterator[Window]:
    target = prepared.target
    for place in block_windows(prepared.raster.grid.crop(target)):
        yield Window(place.x + target.x, place.y + target.y, place.width, place.height)
