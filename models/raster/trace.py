"""Outlines of labelled regions along the pixel edges, as rings of grid corners.

Corners are whole numbers: column 0 to width, row 0 to height. Every ring keeps its region on the right when the rows
are drawn downwards. Where a region touches itself across a corner, the outline is led so that holes become rings of
their own: polygons and holes are valid by construction, for 4-connected regions.

GDAL's Polygonize traces as well, but gives the neighbours' outlines apart from each other, without the junctions that
simplifying shared borders needs, and in an order that depends on its version.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# directions as drawn downwards, clockwise; also the bits of the edges at a corner
EAST, SOUTH, WEST, NORTH = range(4)
_FALLING_SAME = 16
_RISING_SAME = 32
_CHECK_EVERY = 2**18
_BATCH = 2**18


@dataclass(frozen=True)
class Corners:
    """All grid corners where an outline turns or meets another, row by row; arrays of one entry a corner."""

    x: NDArray[Any]
    y: NDArray[Any]
    flags: NDArray[np.uint8]
    """bits 0–3: there is an edge to the east, south, west, north; 4, 5: the pixels on a diagonal are one region"""
    label: NDArray[np.int32]
    """label of the pixel to the lower right"""
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.x)

    def is_node(self) -> NDArray[np.bool_]:
        """Return which corners are junctions of three or four edges, or on the raster's frame: these never move."""
        degree = np.array([bin(bits).count("1") for bits in range(16)], np.uint8)[self.flags & 15]
        at_frame = (self.x == 0) | (self.x == self.width) | (self.y == 0) | (self.y == self.height)
        nodes: NDArray[np.bool_] = (degree > 2) | at_frame
        return nodes


@dataclass(frozen=True)
class Rings:
    """Closed outlines, grouped by region with the outer ring first; all rings' corners in one flat array."""

    corners: NDArray[Any]
    """index into Corners; the first of a ring is not repeated at its end"""
    headings: NDArray[np.int8]
    """direction in which the outline leaves each corner"""
    starts: NDArray[np.int64]
    """where each ring starts in *corners*; one more entry for the end"""
    labels: NDArray[np.int32]
    """region of each ring"""

    def select(self, wanted: NDArray[np.bool_]) -> Rings:
        """Return the rings with some of their corners only (a mask over ``corners``)."""
        if not len(self.corners):
            return self
        counts = np.add.reduceat(wanted, self.starts[:-1], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(counts)])
        return Rings(self.corners[wanted], self.headings[wanted], starts, self.labels)


def find_corners(strips: Iterable[tuple[int, NDArray[np.int32]]], width: int, height: int) -> Corners:
    """Return the corners of a label raster that comes in strips, each beginning with the last row of the one above.

    The first strip begins with row −1, all zeros. Label 0 is no region.
    """
    parts: list[tuple[NDArray[Any], ...]] = []
    # the corners are what takes memory: the smallest type that holds them
    dtype = np.uint16 if max(width, height) < 2**16 else np.int32
    for first_row, labels in strips:
        parts.append(_strip_corners(labels, first_row, dtype))
        if first_row + len(labels) == height:
            parts.append(_strip_corners(np.concatenate([labels[-1:], np.zeros_like(labels[-1:])]), height - 1, dtype))
    x, y, flags, label = (np.concatenate(column) for column in zip(*parts))
    return Corners(x, y, flags, label, width, height)


def _strip_corners(labels: NDArray[np.int32], first_row: int, dtype: type[np.integer[Any]]) -> tuple[NDArray[Any], ...]:
    """Return x, y, flags and label of the corners on the lines between the rows of a strip."""
    padded = np.pad(labels, ((0, 0), (1, 1)))
    across = padded[:, 1:] != padded[:, :-1]
    along = padded[1:] != padded[:-1]
    north, south, west, east = across[:-1], across[1:], along[:, :-1], along[:, 1:]
    where = np.flatnonzero((north | south) & (west | east))
    lines = labels.shape[1] + 1
    row, x = where // lines, where % lines
    upper_left, upper_right = padded[row, x], padded[row, x + 1]
    lower_left, lower_right = padded[row + 1, x], padded[row + 1, x + 1]
    flags = (
        (upper_right != lower_right).astype(np.uint8)
        | (lower_left != lower_right).astype(np.uint8) << SOUTH
        | (upper_left != lower_left).astype(np.uint8) << WEST
        | (upper_left != upper_right).astype(np.uint8) << NORTH
        | (upper_left == lower_right).astype(np.uint8) * np.uint8(_FALLING_SAME)
        | (upper_right == lower_left).astype(np.uint8) * np.uint8(_RISING_SAME)
    ).astype(np.uint8)
    return x.astype(dtype), (row + first_row + 1).astype(dtype), flags, lower_right


def follow_rings(corners: Corners, step: Callable[[float], None]) -> Rings:
    """Return the rings of all regions; *step* is told the finished part and may raise."""
    path, starts = _walk(_following_edges(corners), corners, step)
    step(1.0)
    labels = corners.label[path[starts[:-1]] >> 2]
    # the topmost edge of a region is on its outer ring, and rings were found from the top: a stable order keeps it
    order = np.argsort(labels, kind="stable")
    lengths = np.diff(starts)[order]
    new_starts = np.concatenate([[0], np.cumsum(lengths)])
    sources = starts[:-1][order]
    ordered, headings = np.empty_like(path), np.empty(len(path), np.int8)
    for begin, end in batch_ranges(new_starts):
        edges = path[spread_ranges(sources[begin:end], lengths[begin:end])]
        ordered[new_starts[begin] : new_starts[end]] = edges >> 2
        headings[new_starts[begin] : new_starts[end]] = edges & 3
    return Rings(ordered, headings, new_starts, labels[order])


def batch_ranges(starts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cut a flat array of rows that begin at *starts* (and end at its last entry) into batches of whole rows.

    Yields first row and end row; every batch has at least one row and otherwise at most _BATCH entries.
    """
    begin, count = 0, len(starts) - 1
    while begin < count:
        end = int(np.searchsorted(starts, starts[begin] + _BATCH, side="right")) - 1
        end = min(max(end, begin + 1), count)
        yield begin, end
        begin = end


def spread_ranges(starts: NDArray[Any], lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Return the ranges start … start + length − 1, one after the other in one array."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    spread: NDArray[np.int64] = np.repeat(starts - (ends - lengths), lengths) + np.arange(total)
    return spread


def _following_edges(corners: Corners) -> NDArray[Any]:
    """Return for each directed edge (4 × its corner + direction) the next one with the same region on the right."""
    count = len(corners)
    dtype = np.int32 if 4 * count < 2**31 else np.int64
    turns = _turn_table().astype(dtype)
    following: NDArray[Any] = np.zeros(4 * count, dtype)

    def link(direction: int, start: NDArray[Any], end: NDArray[Any]) -> None:
        following[4 * start + direction] = 4 * end + turns[corners.flags[end], direction]

    # of two corners that follow each other on a row of corners, both know of the edge between them, if there is one
    here: NDArray[np.integer[Any]] = np.flatnonzero(corners.flags & (1 << EAST)).astype(dtype)
    link(EAST, here, here + 1)
    link(WEST, here + 1, here)
    # 16 bits are sorted in linear time
    column = corners.x if corners.x.dtype == np.uint16 else corners.x.astype(np.int32)
    by_column = np.argsort(column, kind="stable").astype(dtype)
    flags = corners.flags[by_column]
    upper, lower = by_column[flags & (1 << SOUTH) != 0], by_column[flags & (1 << NORTH) != 0]
    del here, by_column, flags
    link(SOUTH, upper, lower)
    link(NORTH, lower, upper)
    return following


def _turn_table() -> NDArray[np.int64]:
    """Return, for the flags of a corner and the heading of arrival, the heading of departure."""
    table = np.zeros((64, 4), np.int64)
    for flags in range(64):
        for heading in range(4):
            right, left = (heading + 1) % 4, (heading + 3) % 4
            # arriving eastward or westward, the own pixel and the one across the corner lie on the rising diagonal
            same = _RISING_SAME if heading in (EAST, WEST) else _FALLING_SAME
            choices = (left,) if flags & 15 == 15 and flags & same else (right, heading, left)
            table[flags, heading] = next((choice for choice in choices if flags & (1 << choice)), 0)
    return table


def _walk(
    following: NDArray[Any], corners: Corners, step: Callable[[float], None]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Follow every ring from its first edge eastward; return all directed edges in turn, and where rings start.

    *following* is used up.
    """
    first_edges = np.flatnonzero((corners.flags & 1 << EAST != 0) & (corners.label > 0)) * 4
    # plain sequential following of links is as fast in the interpreter as ranking a linked list is in numpy
    links = following.data
    path = array("i" if following.dtype == np.int32 else "q")
    starts = array("q")
    append = path.append
    check = _CHECK_EVERY
    for first_edge in first_edges:
        if links[first_edge] < 0:
            continue
        starts.append(len(path))
        edge = int(first_edge)
        # a link is taken out as it is followed, so that a ring ends where it began
        following_edge = links[edge]
        while following_edge >= 0:
            links[edge] = -1
            append(edge)
            edge = following_edge
            following_edge = links[edge]
        if len(path) > check:
            check = len(path) + _CHECK_EVERY
            step(len(path) / len(following))
    starts.append(len(path))
    return np.frombuffer(path, following.dtype) if path else np.empty(0, np.int64), np.array(starts)


def drop_straight(rings: Rings) -> Rings:
    """Return the rings without the corners where they go straight on, which only neighbours turn at."""
    if not len(rings.corners):
        return rings
    before = np.roll(rings.headings, 1)
    before[rings.starts[:-1]] = rings.headings[rings.starts[1:] - 1]
    return rings.select(before != rings.headings)
