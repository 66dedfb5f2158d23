"""A second pass over a result: window by window, what was observed and what was restored become the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..errors import Cancelled
from ..feedback import Feedback
from ..raster.blocks import block_windows, count_windows
from ..raster.grid import Grid, Window
from ..raster.mask import PolygonMask
from ..raster.sink import GeoTiffSink, SinkSpec
from ..raster.source import BandReader, describe_raster
from .keep_clear import Composer, Restored, Restorer


class ScratchReader:
    """Reads what a network made of a part of the grid, from rasters that were written for it."""

    def __init__(self, image_path: str, deviation_path: str | None, part: Window) -> None:
        """Open the rasters, which cover *part* of the grid of the target."""
        self._part = part
        self._image = _all_bands(image_path)
        self._deviation = None if deviation_path is None else _all_bands(deviation_path)

    def read(self, window: Window) -> Restored:
        """Return the pixels of a window of the target's grid, inside of the part."""
        place = Window(window.x - self._part.x, window.y - self._part.y, window.width, window.height)
        values, valid = self._image.read(place)
        deviation = None if self._deviation is None else self._deviation.read(place)[0]
        return Restored(values, np.ones(values.shape[1:], bool) if valid is None else valid, deviation)


def _all_bands(path: str) -> BandReader:
    raster = describe_raster(path)
    return BandReader(raster, tuple(band.number for band in raster.bands))


@dataclass(frozen=True)
class Writing:
    """What a second pass writes, and how."""

    grid: Grid
    """of the target"""
    part: Window
    """of that grid, which the results cover"""
    paths: Mapping[str, str]
    """product → file"""
    specs: Mapping[str, SinkSpec]
    metadata: Mapping[str, str]
    compress: str
    edge_px: int


def write_composed(
    writing: Writing, composer: Composer, restorer: Restorer, polygons: PolygonMask | None, feedback: Feedback
) -> int:
    """Write the products of all windows; return how many windows there were.

    Raises Cancelled when the user stops it, RasterError or OutputError when a file can't be read or written.
    """
    part, grid = writing.part, writing.grid.crop(writing.part)
    total = count_windows(grid, writing.edge_px)
    with _open_sinks(writing, grid) as sinks:
        for done, place in enumerate(block_windows(grid, writing.edge_px)):
            if feedback.cancelled():
                raise Cancelled
            window = Window(place.x + part.x, place.y + part.y, place.width, place.height)
            inside = None if polygons is None else polygons.covers(window)
            if polygons is not None and inside is None:
                for sink in sinks.values():
                    sink.write(place, None)
            else:
                pixels = composer.compose(window, restorer, inside)
                for product, sink in sinks.items():
                    sink.write(place, pixels[product])
            feedback.progress((done + 1) / total)
            feedback.tiles(done + 1, total)
    return total


@contextmanager
def _open_sinks(writing: Writing, grid: Grid) -> Iterator[dict[str, GeoTiffSink]]:
    """Yield a raster in the making for each product; finish them when the block ends well, else let go of them."""
    sinks: dict[str, GeoTiffSink] = {}
    try:
        for product, path in writing.paths.items():
            spec = writing.specs[product]
            sinks[product] = GeoTiffSink(path, grid, spec, compress=writing.compress, metadata=writing.metadata)
        yield sinks
        for sink in sinks.values():
            sink.close()
    finally:
        for sink in sinks.values():
            sink.abandon()
