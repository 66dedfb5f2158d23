"""Test-time augmentation: the same tile, flipped, turned or simply run again, and how far the answers lie apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card.types import InputSpec, ModelCard
from .errors import SettingsError
from .runtime.chance import draws_numbers
from .settings import RunOptions


@dataclass(frozen=True)
class Variant:
    """One of the eight ways in which a square can be laid down: first transposed, then flipped."""

    transposed: bool = False
    rows_flipped: bool = False
    columns_flipped: bool = False

    def apply(self, array: NDArray[Any], dims: str) -> NDArray[Any]:
        """Return *array*, whose axes *dims* names, with its axes H and W laid down so; contiguous."""
        if "H" not in dims or "W" not in dims:
            return array
        rows, columns = dims.index("H"), dims.index("W")
        if self.transposed:
            array = array.swapaxes(rows, columns)
        return np.ascontiguousarray(self._flip(array, rows, columns))

    def undo(self, array: NDArray[Any], dims: str) -> NDArray[Any]:
        """Return what `apply` made from an array."""
        if "H" not in dims or "W" not in dims:
            return array
        rows, columns = dims.index("H"), dims.index("W")
        array = self._flip(array, rows, columns)
        return array.swapaxes(rows, columns) if self.transposed else array

    def _flip(self, array: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
        axes = [axis for axis, flips in ((rows, self.rows_flipped), (columns, self.columns_flipped)) if flips]
        return np.flip(array, axes) if axes else array


def make_variants(options: RunOptions, card: ModelCard) -> tuple[Variant, ...]:
    """Return the variants that OPTIONS asks for: one, four flips or eight turns and flips, each run several times.

    Raises SettingsError when a model that draws no numbers by chance is to be run several times.
    """
    if options.monte_carlo > 1 and not draws_numbers(card.model_path):
        raise SettingsError(
            f"OPTIONS: monte_carlo is {options.monte_carlo}, and {card.name} draws no random numbers, so that all runs "
            'would be the same: export it with its dropout active, or use {"tta": "flips"}.'
        )
    transposed = (False, True) if options.tta == "rotations" else (False,)
    flipped = (False,) if options.tta == "none" else (False, True)
    variants = [Variant(turn, rows, columns) for turn in transposed for rows in flipped for columns in flipped]
    return tuple(variant for variant in variants for _ in range(max(1, options.monte_carlo)))


def check_variants(variants: tuple[Variant, ...], spec: InputSpec, width: int, height: int) -> None:
    """Raise SettingsError when tiles of the input *spec*, *width* × *height* px, can't be laid down so."""
    laid_down = [variant for variant in variants if variant != Variant()]
    if laid_down and "H" not in spec.dims:
        raise SettingsError(
            "OPTIONS: tta flips and turns tiles, and this model sees every pixel by itself; leave tta out."
        )
    if width != height and any(variant.transposed for variant in laid_down):
        raise SettingsError(
            f"OPTIONS: tta is rotations, and the model's tiles are {width} × {height} px; turning needs square ones. "
            'Use {"tta": "flips"}.'
        )


def average(variants: Iterable[NDArray[Any]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and standard deviation (of the population) over arrays of one shape, element by element.

    One pass, numerically stable (Welford 1962).
    """
    mean: NDArray[np.float32] | None = None
    squares: NDArray[np.float32] | None = None
    count = 0
    for values in variants:
        count += 1
        if mean is None or squares is None:
            mean = values.astype(np.float32)
            squares = np.zeros_like(mean)
            continue
        step = values - mean
        mean += step / np.float32(count)
        step *= values - mean
        squares += step
    if mean is None or squares is None:
        raise ValueError("nothing to average")
    squares /= np.float32(count)
    return mean, np.sqrt(squares, out=squares)
