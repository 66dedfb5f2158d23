"""How a graph that crops is told what to keep of a tile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raster.grid import Window


def crop_tensors(keep: Window) -> dict[str, NDArray[Any]]:
    """Return the inputs of a graph that crops, for what to keep of a tile's result."""
    return {
        "geonnx_from": np.array([keep.y, keep.x], np.int64),
        "geonnx_to": np.array([keep.bottom, keep.right], np.int64),
    }
