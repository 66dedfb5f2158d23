"""How each input tensor of a model is filled for a tile: from bands of rasters, or from a few numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .card.types import InputSpec
from .errors import RasterError
from .raster.bands import BandChoice
from .raster.grid import Window
from .raster.source import RasterInfo
from .scaling import BandTransform, write_plane


class OpenMask(Protocol):
    """A mask that is open for reading. Belongs to one thread."""

    def read(self, window: Window) -> NDArray[np.bool_]:
        """Return which pixels (row, column) of a window inside of the raster are marked."""


class PixelMask(Protocol):
    """Marks pixels of a raster, from another raster on the same grid. Can be sent to other machines."""

    @property
    def raster(self) -> RasterInfo:
        """What it is read from."""

    @property
    def key(self) -> str:
        """Text that differs wherever other marks are made of the same raster."""

    @property
    def made_by(self) -> str:
        """What decided the pixels of the raster, where the run made it itself; empty: it was there before."""

    def open(self) -> OpenMask:
        """Open the raster."""


@dataclass(frozen=True)
class ImageSource:
    """One date of one image input: a raster on the run's grid, the bands to read, how their values are scaled."""

    raster: RasterInfo
    bands: BandChoice
    transforms: tuple[BandTransform, ...]
    hidden: PixelMask | None = None
    """pixels that the network gets as if they held no data; the result is as if they did"""

    @property
    def rasters(self) -> tuple[RasterInfo, ...]:
        """All rasters that are read for it."""
        return (self.raster,) if self.hidden is None else (self.raster, self.hidden.raster)


@dataclass(frozen=True)
class FoldedInput:
    """Inputs of a graph that scales pixels itself: stored values, and which of them hold data."""

    raw_name: str
    """tensor of stored values, (B, dates × bands, H, W)"""
    valid_name: str
    """tensor of booleans, (B, dates, H, W), or (1, dates, 1, 1) where all pixels hold data; empty: they always do"""
    dtype: np.dtype[Any]
    """of the stored values"""


@dataclass(frozen=True)
class ImageFeed:
    """An input tensor that holds pixels."""

    spec: InputSpec
    sources: tuple[ImageSource, ...]
    """one a date, oldest first; one where the tensor has no time"""
    dtype: np.dtype[Any]
    fill: float
    folded: FoldedInput | None = None
    """given where the graph fills the tensor from stored values"""

    @property
    def bands(self) -> int:
        """Bands of one date."""
        return len(self.sources[0].transforms)

    @property
    def dims(self) -> dict[str, str]:
        """Axes of the tensors that `tensors` makes, by their name."""
        if self.folded is None:
            return {self.spec.name: self.spec.dims}
        valid = {self.folded.valid_name: "BTHW"} if self.folded.valid_name else {}
        return {self.folded.raw_name: "BCHW", **valid}

    def tensors(
        self,
        count: int,
        values: Sequence[list[NDArray[Any]]],
        valid: Sequence[list[NDArray[np.bool_] | None]],
    ) -> dict[str, NDArray[Any]]:
        """Return the tensors for *count* tiles from raw values (band, row, column) and valid pixels of each date.

        The last places stay empty where fewer tiles were read.
        """
        height, width = values[0][0].shape[1:]
        if self.folded is not None:
            return self._stored(self.folded, count, values, valid)
        tensor = np.zeros(self.shape(count, height, width), self.dtype)
        for place, (stored, seen) in enumerate(zip(values, valid)):
            self.write(tensor, place, stored, seen)
        return {self.spec.name: tensor}

    def _stored(
        self,
        folded: FoldedInput,
        count: int,
        values: Sequence[list[NDArray[Any]]],
        valid: Sequence[list[NDArray[np.bool_] | None]],
    ) -> dict[str, NDArray[Any]]:
        height, width = values[0][0].shape[1:]
        dates = len(self.sources)
        if count == dates == 1:
            raw = values[0][0][np.newaxis].astype(folded.dtype, copy=False)
        else:
            raw = np.zeros((count, dates * self.bands, height, width), folded.dtype)
            for place, stored in enumerate(values):
                np.concatenate(stored, out=raw[place], casting="unsafe")
        is_whole = all(seen is None for tile in valid for seen in tile)
        if not folded.valid_name:
            if not is_whole:
                raise RasterError(f"{self.sources[0].raster.name} changed while it was read: repeat the run.")
            return {folded.raw_name: raw}
        if is_whole:
            return {folded.raw_name: raw, folded.valid_name: np.ones((1, dates, 1, 1), bool)}
        mask = np.ones((count, dates, height, width), bool)
        for place, tile in enumerate(valid):
            for date, seen in enumerate(tile):
                if seen is not None:
                    mask[place, date] = seen
        return {folded.raw_name: raw, folded.valid_name: mask}

    def shape(self, count: int, height: int, width: int) -> tuple[int, ...]:
        """Return the tensor's shape for *count* tiles; a pixel table has a row a pixel."""
        is_stacked = "T" not in self.spec.dims
        sizes = {
            "B": count,
            "N": count * height * width,
            "T": len(self.sources),
            "C": self.bands * (len(self.sources) if is_stacked else 1),
            "H": height,
            "W": width,
        }
        return tuple(sizes[dim] for dim in self.spec.dims)

    def planes(self, tensor: NDArray[Any], place: int, height: int, width: int) -> list[list[NDArray[Any]]]:
        """Return, date by date and band by band, the (row, column) views of tile number *place* of a batch."""
        dims = self.spec.dims
        if "N" in dims:
            tile = tensor[place * height * width : (place + 1) * height * width]
        elif "B" in dims:
            tile = tensor[place]
        else:
            tile = tensor
        rest = dims.replace("B", "")
        return [[_plane(tile, rest, date, band, self.bands, (height, width)) for band in range(self.bands)]
                for date in range(len(self.sources))]  # fmt: skip

    def write(
        self,
        tensor: NDArray[Any],
        place: int,
        values: list[NDArray[Any]],
        valid: list[NDArray[np.bool_] | None],
    ) -> None:
        """Fill tile number *place* from raw values (band, row, column) and valid pixels of each date."""
        height, width = values[0].shape[1:]
        for views, source, stored, seen in zip(self.planes(tensor, place, height, width), self.sources, values, valid):
            for view, plane, transform in zip(views, stored, source.transforms):
                write_plane(view, plane, transform, seen, self.fill)


def _plane(tile: NDArray[Any], dims: str, date: int, band: int, bands: int, size: tuple[int, int]) -> NDArray[Any]:
    """Return the view of one band of one date; with no time axis, dates follow each other on the band axis."""
    channel = band if "T" in dims else date * bands + band
    index = tuple({"C": channel, "T": date}.get(dim, slice(None)) for dim in dims)
    view = tile[index]
    if "N" in dims:
        view.shape = size  # the rows of the table are the pixels of the tile, row by row; never a copy
        return view
    return view.T if dims.index("W") < dims.index("H") else view


@dataclass(frozen=True)
class ValueFeed:
    """An input tensor that holds a few numbers: position, date, pixel size, wavelengths."""

    spec: InputSpec
    values: Callable[[Window], NDArray[np.float64]]
    """the numbers for what a tile reads, as a vector"""
    dtype: np.dtype[Any]

    @property
    def dims(self) -> dict[str, str]:
        """Axes of the tensor, by its name."""
        return {self.spec.name: self.spec.dims}

    def fill(self, count: int, tiles: Sequence[Window], rows_per_tile: int) -> NDArray[Any]:
        """Return the tensor for a batch of *count* places, of which the first are what *tiles* read.

        A batch axis (B) or a pixel axis (N, *rows_per_tile* for each tile) repeats the numbers; without one the
        numbers are those of the first tile.
        """
        dims = self.spec.dims
        rows = [self.values(tile) for tile in tiles]
        rows += [rows[-1]] * (count - len(rows))
        if dims[:1] == "B":
            table = np.stack(rows)
        elif dims[:1] == "N":
            table = np.repeat(np.stack(rows), rows_per_tile, axis=0)
        else:
            return rows[0].reshape(_numbers_shape(self.spec, rows[0].size)).astype(self.dtype)
        return table.reshape(len(table), *_numbers_shape(self.spec, rows[0].size)[1:]).astype(self.dtype)


def _numbers_shape(spec: InputSpec, size: int) -> tuple[int, ...]:
    """Return the shape of the numbers: the first axis that may hold them does, all others have the length 1."""
    start = 1 if spec.dims[:1] in ("B", "N") else 0
    shape = [1] * len(spec.shape)
    for axis in range(start, len(spec.shape)):
        if spec.shape[axis] in (None, size):
            shape[axis] = size
            break
    return tuple(shape)
