"""How far each pixel is from the nearest marked one, up to a limit: exact, in numpy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def capped_distance(marked: NDArray[np.bool_], cap_px: int) -> NDArray[np.float32]:
    """Return the Euclidean distance (px, between centres) of each pixel to the nearest *marked* one, at most *cap_px*.

    Marked pixels have 0. The distance along columns comes first, then the smallest sum of squares over the columns
    nearby (Meijster, Roerdink, Hesselink 2000), which needs only ``2 * cap_px + 1`` shifts. A pixel farther than
    *cap_px* from the edge of the array has the same distance as in any larger array.
    """
    if cap_px <= 0 or not marked.any():
        return np.where(marked, np.float32(0), np.float32(max(cap_px, 0)))
    far = np.float32(cap_px) ** 2
    along_columns = np.full(marked.shape, np.float32(cap_px))
    for shift in range(cap_px - 1, 0, -1):
        along_columns[shift:][marked[:-shift]] = shift
        along_columns[:-shift][marked[shift:]] = shift
    along_columns[marked] = 0
    squares = np.minimum(along_columns**2, far)
    nearest = squares.copy()
    for shift in range(1, min(cap_px, marked.shape[1])):
        step = np.float32(shift) ** 2
        np.minimum(nearest[:, shift:], squares[:, :-shift] + step, out=nearest[:, shift:])
        np.minimum(nearest[:, :-shift], squares[:, shift:] + step, out=nearest[:, :-shift])
    return np.sqrt(np.minimum(nearest, far))
