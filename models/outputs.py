"""What an output of a network looks like, found by trying it, and how it becomes values of a tile's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card.tensors import describe_shape
from .card.types import OutputSpec
from .errors import ModelError


@dataclass(frozen=True)
class OutputLayout:
    """Axes and size of an output that is a map, relative to the input tile."""

    dims: str
    """``BKHW``, ``BHWK``, ``BHW``; ``BTKHW``, ``BKTHW``, ``BTHWK`` with dates; ``NK``, ``N`` for a row a pixel.

    K is the axis of classes, or of the bands of an image."""
    channels: int
    """size of the axis K; 1 without one"""
    dates: int = 1
    """size of the axis T; 1 without one"""
    coarser: int = 1
    """how many input pixels an output pixel spans along each axis"""
    finer: int = 1
    """how many output pixels an input pixel gives along each axis"""
    margin_px: int = 0
    """pixels that the network leaves out on each side of its input"""

    @property
    def is_same_size(self) -> bool:
        """True when an output pixel is an input pixel, and none is left out."""
        return self.coarser == self.finer == 1 and not self.margin_px

    def scores(self, output: NDArray[Any], place: int, height: int, width: int) -> NDArray[Any]:
        """Return the values (channel, row, column) of tile number *place*, *height* × *width* px without the margin.

        Where there are dates, all channels of the first date come first.
        """
        if self.dims.startswith("N"):
            rows = output[place * height * width : (place + 1) * height * width]
            return rows.reshape(height, width, self.channels).transpose(2, 0, 1)
        tile = output[place]
        if self.dims == "BHW":
            tile = tile[np.newaxis]
        else:
            kept = self.dims[1:]
            tile = tile.transpose([kept.index(dim) for dim in "TKHW" if dim in kept])
            tile = tile.reshape(-1, *tile.shape[-2:])
        if self.coarser > 1:
            return enlarge(tile, self.coarser)
        return reduce(tile, self.finer) if self.finer > 1 else tile


def table_layout(output: NDArray[Any], rows: int, name: str) -> OutputLayout:
    """Return the layout of a table output for *rows* pixels; raise ModelError when it is none."""
    if not isinstance(output, np.ndarray) or output.ndim not in (1, 2) or output.shape[0] != rows:
        raise ModelError(
            f"The model's output '{name}' is {_describe(output)} for {rows} pixels; expected a number, or a score for "
            "each class, a pixel. Classifiers from scikit-learn have to be exported with the option zipmap=False."
        )
    if output.dtype.kind not in "iufb":
        raise ModelError(
            f"The model's output '{name}' holds {output.dtype.name} values; expected class numbers or scores. Train "
            "the classifier on class numbers instead of names."
        )
    return OutputLayout("N", 1) if output.ndim == 1 else OutputLayout("NK", output.shape[1])


def map_layout(output: NDArray[Any], spec: OutputSpec, batch: int, height: int, width: int) -> OutputLayout:
    """Return the layout of a map output for *batch* tiles of *height* × *width* px.

    The map may be smaller or larger than the tile by a whole factor, or lack the same margin on all sides. Raises
    ModelError when it is neither.
    """
    scaled: OutputLayout | None = None
    for dims in _candidates(output, spec, batch):
        rows, columns = (output.shape[dims.index(axis)] for axis in "HW")
        channels = output.shape[dims.index("K")] if "K" in dims else 1
        dates = output.shape[dims.index("T")] if "T" in dims else 1
        if (rows, columns) == (height, width):
            return OutputLayout(dims, channels, dates)  # whatever other orders of axes would allow
        coarser, finer, margin = height // max(rows, 1), rows // height, height - rows
        if scaled is not None:
            continue
        if coarser > 1 and (rows * coarser, columns * coarser) == (height, width):
            scaled = OutputLayout(dims, channels, dates, coarser=coarser)
        elif finer > 1 and (rows, columns) == (height * finer, width * finer):
            scaled = OutputLayout(dims, channels, dates, finer=finer)
        elif rows > 1 and margin > 0 and margin % 2 == 0 and width - columns == margin:
            scaled = OutputLayout(dims, channels, dates, margin_px=margin // 2)
    if scaled is not None:
        return scaled
    raise ModelError(
        f"The model's output '{spec.name}' is {_describe(output)} for {batch} tile(s) of {width} × {height} px; "
        "expected a map (B K H W, B H W K, B H W or B T K H W) of the same size, of a whole fraction or multiple of "
        "it, or without a margin."
    )


def _candidates(output: NDArray[Any], spec: OutputSpec, batch: int) -> list[str]:
    """Return the orders of axes that the output may have, the card's own first."""
    possible = {3: ["BHW"], 4: ["BKHW", "BHWK"], 5: ["BTKHW", "BKTHW", "BTHWK"]}
    if not isinstance(output, np.ndarray) or output.ndim not in possible or output.shape[0] != batch:
        return []
    said = spec.dims.replace("C", "K")
    return sorted(possible[output.ndim], key=lambda dims: dims != said)


def _describe(output: Any) -> str:
    return describe_shape(output.shape) if isinstance(output, np.ndarray) else f"a {type(output).__name__}"


def enlarge(scores: NDArray[Any], factor: int) -> NDArray[Any]:
    """Return scores (class, row, column) with *factor* pixels for each: bilinear, or repeated for class numbers.

    Pixel centres keep their place (the ``half_pixel`` rule), edges are continued.
    """
    if scores.dtype.kind != "f":
        return scores.repeat(factor, axis=1).repeat(factor, axis=2)
    for axis in (1, 2):
        size = scores.shape[axis]
        position = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
        low = position.astype(int)
        high = np.minimum(low + 1, size - 1)
        shape = [1, 1, 1]
        shape[axis] = -1
        share = (position - low).astype(np.float32).reshape(shape)
        first = scores.take(low, axis=axis)
        scores = first + (scores.take(high, axis=axis) - first) * share
    return scores


def reduce(scores: NDArray[Any], factor: int) -> NDArray[Any]:
    """Return scores (class, row, column) with one pixel for *factor* × *factor*: the mean, or the middle number."""
    if scores.dtype.kind != "f":
        return scores[:, factor // 2 :: factor, factor // 2 :: factor]
    classes, height, width = scores.shape
    blocks = scores.reshape(classes, height // factor, factor, width // factor, factor)
    return blocks.mean(axis=(2, 4), dtype=np.float32)
