"""Stored values replaced by others, along straight lines between known ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Lookup:
    """A rising function of stored values: straight between its knots, level beyond them."""

    stored: tuple[float, ...]
    """rising, without repetition"""
    replaced: tuple[float, ...]

    def apply(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Return what takes the place of *values*; NaN stays NaN."""
        return np.interp(values, self.stored, self.replaced).astype(np.float32)
