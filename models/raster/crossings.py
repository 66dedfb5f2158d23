"""Finds straight lines between grid corners that cross or touch where they should not, exactly, in whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .trace import spread_ranges

CELL = 8
"""side of the cells that lines are sorted into, in pixels"""
_BAND_CELLS = 128
_ROUNDING = 1e-6


def find_crossings(
    x: NDArray[Any],
    y: NDArray[Any],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    suspect: NDArray[np.bool_],
    step: Callable[[], None],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of lines, at least one of them *suspect*, that meet elsewhere than at one common end.

    Lines go from corner *start* to corner *stop*, indices into *x* and *y*; lines with a common end are at fault where
    they run over each other. *step* is called now and then and may raise.
    """
    found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    top, bottom = np.minimum(y[start], y[stop]), np.maximum(y[start], y[stop])
    lowest = int(bottom.max(initial=0))
    for first_cell in range(0, lowest // CELL + 1, _BAND_CELLS):
        step()
        last_cell = first_cell + _BAND_CELLS - 1
        inside = np.flatnonzero((bottom >= first_cell * CELL - 1) & (top <= (last_cell + 1) * CELL + 1))
        if not suspect[inside].any():
            continue
        index, cell_x, cell_y = cover_cells(x, y, start[inside], stop[inside], CELL, (_ROUNDING, _ROUNDING))
        in_band = (cell_y >= first_cell) & (cell_y <= last_cell)
        line = inside[index[in_band]]
        key = (cell_y[in_band] - first_cell) * (2**32) + cell_x[in_band]
        watched = np.isin(key, key[suspect[line]])
        line, key = line[watched], key[watched]
        order = np.argsort(key, kind="stable")
        found += _check_cells(x, y, start, stop, suspect, line[order], key[order])
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])


def _check_cells(
    x: NDArray[Any],
    y: NDArray[Any],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    suspect: NDArray[np.bool_],
    line: NDArray[np.int64],
    key: NDArray[np.int64],
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Compare every line with the next one in its cell, then with the one after that, and so on."""
    found = []
    at = np.arange(len(line))
    distance = 0
    while len(at):
        distance += 1
        at = at[at + distance < len(line)]
        at = at[key[at + distance] == key[at]]
        first, second = line[at], line[at + distance]
        pairs = (first != second) & (suspect[first] | suspect[second])
        first, second = first[pairs], second[pairs]
        faulty = _meet(x, y, start[first], stop[first], start[second], stop[second])
        found.append((first[faulty], second[faulty]))
    return found


def _meet(
    x: NDArray[Any],
    y: NDArray[Any],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    c: NDArray[np.int64],
    d: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return which lines a–b and c–d meet elsewhere than at one common end."""
    common = [a == c, a == d, b == c, b == d]
    shared = np.sum(common, axis=0)
    faulty = shared > 1
    one = np.flatnonzero(shared == 1)
    if len(one):
        a1, b1, c1, d1 = a[one], b[one], c[one], d[one]
        meeting = np.where(common[0][one] | common[1][one], a1, b1)
        first, second = a1 + b1 - meeting, c1 + d1 - meeting
        ux, uy, vx, vy = (axis[end] - axis[meeting] for end, axis in ((first, x), (first, y), (second, x), (second, y)))
        faulty[one] = (ux * vy == uy * vx) & (ux * vx + uy * vy > 0)
    none = np.flatnonzero(shared == 0)
    if len(none):
        faulty[none] = _touch(x, y, a[none], b[none], c[none], d[none])
    return faulty


def _touch(x: NDArray[Any], y: NDArray[Any], a: Any, b: Any, c: Any, d: Any) -> NDArray[np.bool_]:
    """Return which lines a–b and c–d have a point in common."""
    overlap = np.ones(len(a), bool)
    for axis in (x, y):
        overlap &= np.minimum(axis[a], axis[b]) <= np.maximum(axis[c], axis[d])
        overlap &= np.minimum(axis[c], axis[d]) <= np.maximum(axis[a], axis[b])

    def side(p: Any, q: Any, r: Any) -> NDArray[np.int64]:
        px, py = x[p].astype(np.int64), y[p].astype(np.int64)
        sign: NDArray[np.int64] = np.sign((x[q] - px) * (y[r] - py) - (y[q] - py) * (x[r] - px))
        return sign

    touching: NDArray[np.bool_] = overlap & (side(a, b, c) * side(a, b, d) <= 0) & (side(c, d, a) * side(c, d, b) <= 0)
    return touching


def cover_cells(
    x: NDArray[Any],
    y: NDArray[Any],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    cell: int,
    reach: tuple[float, float],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return (line, cell column, cell row) for all cells within *reach* (columns, rows in pixels) of the lines.

    Some cells may come twice, and some a little farther off too; columns and rows may be −1 or beyond the raster.
    """
    sx, sy = x[start], y[start]
    dx, dy = x[stop].astype(np.int64) - sx, y[stop].astype(np.int64) - sy
    pieces = np.maximum(1, -(-np.maximum(np.abs(dx), np.abs(dy)) // cell))
    line = np.repeat(np.arange(len(start)), pieces)
    number = spread_ranges(np.zeros(len(start), np.int64), pieces)
    bounds = []
    for origin, delta, margin in ((sx, dx, reach[0]), (sy, dy, reach[1])):
        one = origin[line] + delta[line] * number / pieces[line]
        other = origin[line] + delta[line] * (number + 1) / pieces[line]
        bounds.append(np.floor((np.minimum(one, other) - margin) / cell).astype(np.int64))
        bounds.append(np.floor((np.maximum(one, other) + margin) / cell).astype(np.int64))
    left, right, top, bottom = bounds
    columns = right - left + 1
    counts = columns * (bottom - top + 1)
    index = np.repeat(np.arange(len(line)), counts)
    place = spread_ranges(np.zeros(len(line), np.int64), counts)
    return line[index], left[index] + place % columns[index], top[index] + place // columns[index]
