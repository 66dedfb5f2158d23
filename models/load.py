"""Reads the pixels of windows from all rasters of a run, and fills the input tensors of a batch with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .feeds import ImageFeed, ImageSource
from .prepare import Prepared
from .raster.grid import Window
from .raster.source import BandReader


@dataclass(frozen=True)
class Pixels:
    """What one image input gets for a window, date by date."""

    values: list[NDArray[Any]]
    """raw values (band, row, column) in the raster's own type"""
    valid: list[NDArray[np.bool_] | None]
    """which pixels (row, column) hold data; None: all"""
    shown: list[NDArray[np.bool_] | None]
    """which pixels the network gets to see, those with data that nothing hides; None: all"""

    def seen(self, feed: ImageFeed) -> NDArray[np.bool_] | None:
        """Return which pixels hold data (None: all): on any date of a series, on both dates of a comparison."""
        if feed.spec.role != "series":
            return _all_valid(self.valid)
        if any(valid is None for valid in self.valid):
            return None
        return np.logical_or.reduce([valid for valid in self.valid if valid is not None])


class WindowReader:
    """Reads windows. Opens its own datasets, so that one reader belongs to the thread that makes it."""

    def __init__(self, prepared: Prepared) -> None:
        """Open every raster; raise RasterError when one can't be opened."""
        self._prepared = prepared
        self._readers = [[_SourceReader(source) for source in feed.sources] for feed in prepared.images]

    def read(self, window: Window) -> tuple[list[Pixels], NDArray[np.bool_] | None]:
        """Return the pixels of each image input, and which pixels of the window hold data in all of them (None: all).

        The window may reach beyond the raster, which is mirrored there; it has to touch it.
        """
        raster = self._prepared.raster.grid.window
        pixels = [
            Pixels(*map(list, zip(*(reader.read(window, raster) for reader in readers)))) for readers in self._readers
        ]
        return pixels, _all_valid([image.seen(feed) for image, feed in zip(pixels, self._prepared.images)])


@dataclass(frozen=True)
class ReadTile:
    """A tile that was just read, for those who look at the image on the way."""

    core: Window
    """the pixels that it stands for"""
    window: Window
    """what was read: more than the core, and perhaps beyond the raster"""
    pixels: Sequence[Pixels]
    """of each image input in the window"""
    reader: WindowReader
    """what has just read them"""


def fill_tensors(
    prepared: Prepared, windows: Sequence[Window], pixels: Sequence[list[Pixels]], batch: int
) -> dict[str, NDArray[Any]]:
    """Return the input tensors, by name, of windows of one size whose pixels were read.

    Networks with a fixed batch get *batch* places, of which the last may stay empty.
    """
    count = batch if not prepared.is_table and prepared.fixed_rows is not None else len(windows)
    height, width = pixels[0][0].values[0].shape[1:]
    images = iter(range(len(prepared.images)))
    tensors: dict[str, NDArray[Any]] = {}
    for feed in prepared.feeds:
        if not isinstance(feed, ImageFeed):
            tensors[feed.spec.name] = feed.fill(count, windows, height * width)
            continue
        number = next(images)
        tensors.update(
            feed.tensors(count, [found[number].values for found in pixels], [found[number].shown for found in pixels])
        )
    return tensors


def _all_valid(masks: Sequence[NDArray[np.bool_] | None]) -> NDArray[np.bool_] | None:
    known = [mask for mask in masks if mask is not None]
    return np.logical_and.reduce(known) if known else None


class _SourceReader:
    """Reads one date, and what is hidden of it."""

    def __init__(self, source: ImageSource) -> None:
        self._bands = BandReader(source.raster, source.bands.numbers)
        self._hidden = None if source.hidden is None else source.hidden.open()

    def read(
        self, window: Window, raster: Window
    ) -> tuple[NDArray[Any], NDArray[np.bool_] | None, NDArray[np.bool_] | None]:
        """Return values, which pixels hold data, and which are shown (None: all); mirrored beyond the raster."""
        inside = window.intersection(raster)
        values, valid = self._bands.read(inside)
        shown = valid
        if self._hidden is not None:
            hidden = self._hidden.read(inside)
            if hidden.any():
                shown = ~hidden if valid is None else valid & ~hidden
        if inside == window:
            return values, valid, shown
        beyond = (
            (inside.y - window.y, window.bottom - inside.bottom),
            (inside.x - window.x, window.right - inside.right),
        )
        valid, shown = (None if mask is None else np.pad(mask, beyond, mode="symmetric") for mask in (valid, shown))
        return np.pad(values, ((0, 0), *beyond), mode="symmetric"), valid, shown
