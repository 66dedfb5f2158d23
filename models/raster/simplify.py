"""Simplifies the outlines of all regions at once, so that neighbours keep their shared borders.

Outlines are cut into arcs at the junctions (where three or four edges meet, and on the raster's frame), and each arc
is simplified once, by Douglas and Peucker's rule, for both of its sides. The result is then checked exactly, in whole
numbers, for everything that could make it another map: arcs that cross or touch, another order of arcs around a
junction, an island on the other side of its shore, a ring turned inside out. Arcs at fault get half the tolerance
until nothing is at fault; an arc with all its corners never is. Junctions never move and no region vanishes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .components import connected_components
from .crossings import CELL, cover_cells, find_crossings
from .grid import GeoTransform
from .trace import Corners, Rings, batch_ranges, spread_ranges

_LAST_LEVEL = 7
"""at level n the tolerance is divided by 2ⁿ; at the last one all corners are kept"""
_BATCH = 2**20

Step = Callable[[float], None]


@dataclass(frozen=True)
class _Arcs:
    """Stretches of outline between junctions, each once; islands are arcs that end where they start."""

    corners: NDArray[np.int64]
    """index into Corners, both ends included, all arcs in one flat array"""
    starts: NDArray[np.int64]
    """where each arc starts in *corners*; one more entry for the end"""
    headings: NDArray[np.int64]
    """(arc, 2): direction in which the arc leaves its first and its last corner"""
    of_piece: NDArray[np.int64]
    """arc of each piece of a ring"""
    ring_of_piece: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def first(self) -> NDArray[np.int64]:
        """Corner where each arc starts."""
        return self.corners[self.starts[:-1]]

    @property
    def last(self) -> NDArray[np.int64]:
        """Corner where each arc ends."""
        return self.corners[self.starts[1:] - 1]


@dataclass(frozen=True)
class _Chords:
    """The straight pieces of the simplified arcs."""

    start: NDArray[np.int64]
    """position in the arcs' corners"""
    stop: NDArray[np.int64]
    arc: NDArray[np.int64]

    @property
    def skips(self) -> NDArray[np.bool_]:
        """Which chords leave out corners."""
        return self.stop - self.start > 1


class _Plane:
    """Corner coordinates on the grid, and distances between them in map units."""

    def __init__(self, corners: Corners, transform: GeoTransform, tolerance: float) -> None:
        # differences and products need room; 32 bits hold coordinates, products are widened where they are made
        self.x, self.y = corners.x.astype(np.int32), corners.y.astype(np.int32)
        self.width, self.height = corners.width, corners.height
        _, self.dx, self.rx, _, self.ry, self.dy = transform
        self.tolerance = tolerance
        determinant = abs(self.dx * self.dy - self.rx * self.ry)
        # how many columns and rows a circle of the tolerance reaches
        self.reach_x = tolerance * float(np.hypot(self.dy, self.rx)) / determinant
        self.reach_y = tolerance * float(np.hypot(self.dx, self.ry)) / determinant

    def squared_distance(
        self, point: NDArray[np.int64], start: NDArray[np.int64], stop: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the squared distance in map units of corners from the straight lines start–stop."""
        px, py = self._map(point, start)
        sx, sy = self._map(stop, start)
        length = sx * sx + sy * sy
        along = np.clip((px * sx + py * sy) / np.where(length > 0, length, 1), 0, 1)
        squared: NDArray[np.float64] = (px - along * sx) ** 2 + (py - along * sy) ** 2
        return squared

    def _map(self, point: NDArray[np.int64], origin: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        column, row = self.x[point] - self.x[origin], self.y[point] - self.y[origin]
        return column * self.dx + row * self.rx, column * self.ry + row * self.dy


def simplify_rings(corners: Corners, rings: Rings, transform: GeoTransform, tolerance: float, step: Step) -> Rings:
    """Return the rings with fewer corners, none of those left out farther than *tolerance* (map units) from the rest.

    *step* is told the finished part and may raise.
    """
    if not len(rings.corners):
        return rings
    plane = _Plane(corners, transform, tolerance)
    arcs = _cut_arcs(rings, corners)
    levels = np.where(np.diff(arcs.starts) > 2, 0, _LAST_LEVEL)
    orientation = _ring_areas(plane, rings) > 0
    stays = np.zeros(len(arcs.corners), bool)
    stays[arcs.starts[:-1]] = stays[arcs.starts[1:] - 1] = True
    kept = stays.copy()
    changed = levels < _LAST_LEVEL
    unchecked = changed.copy()
    done = 0.0
    while changed.any():
        _simplify_arcs(plane, arcs, np.flatnonzero(changed), levels, kept)
        unchecked |= changed
        chords = _chords_of(arcs, kept)
        at_fault = _thin_arcs(plane, arcs, chords) | _turned_rings(plane, arcs, rings, kept, orientation)
        at_fault |= _twisted_junctions(plane, corners, arcs, kept)
        # the checks above cost little: the others wait until these are content
        if not (at_fault & (levels < _LAST_LEVEL)).any():
            suspect = unchecked[chords.arc]
            at_fault = _crossing_arcs(plane, arcs, chords, suspect, levels, step, done)
            at_fault |= _jumped_islands(plane, arcs, chords, suspect & chords.skips)
            unchecked[:] = False
        changed = at_fault & (levels < _LAST_LEVEL)
        levels[changed] += 1
        done += (1 - done) / 2
        step(done)
    is_kept = np.zeros(len(corners), bool)
    is_kept[arcs.corners[kept]] = True
    return rings.select(is_kept[rings.corners])


def _cut_arcs(rings: Rings, corners: Corners) -> _Arcs:
    """Cut all rings at the junctions, islands at their topmost corner; keep one of two equal pieces."""
    lengths = np.diff(rings.starts)
    ring = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    cut = corners.is_node()[rings.corners]
    lonely = ~np.logical_or.reduceat(cut, rings.starts[:-1])
    topmost = np.minimum.reduceat(rings.corners, rings.starts[:-1])
    cut |= lonely[ring] & (rings.corners == topmost[ring])
    cut_at = np.flatnonzero(cut)
    ring_of_piece = ring[cut_at].astype(np.int64)
    del ring, cut
    # a piece reaches to the next cut of its ring, the last one around to the first
    first_of_ring = np.searchsorted(ring_of_piece, np.arange(len(lengths)))
    following = np.arange(1, len(cut_at) + 1)
    following[np.append(first_of_ring[1:], len(cut_at)) - 1] = first_of_ring
    piece_length = cut_at[following] - cut_at
    piece_length += np.where(piece_length <= 0, lengths[ring_of_piece], 0)
    before_end = _wrap(cut_at + piece_length - 1, ring_of_piece, rings)
    first_edge = 4 * rings.corners[cut_at].astype(np.int64) + rings.headings[cut_at]
    back = (rings.headings[before_end].astype(np.int64) + 2) % 4
    back_edge = 4 * rings.corners[cut_at[following]].astype(np.int64) + back
    _, chosen, of_piece = np.unique(np.minimum(first_edge, back_edge), return_index=True, return_inverse=True)
    counts = piece_length[chosen] + 1
    positions = _wrap(spread_ranges(cut_at[chosen], counts), np.repeat(ring_of_piece[chosen], counts), rings)
    starts = np.concatenate([[0], np.cumsum(counts)])
    headings = np.stack([rings.headings[cut_at[chosen]].astype(np.int64), back[chosen]], axis=1)
    return _Arcs(rings.corners[positions], starts, headings, of_piece, ring_of_piece)


def _wrap(positions: NDArray[np.int64], ring: NDArray[np.int64], rings: Rings) -> NDArray[np.int64]:
    """Return positions beyond the end of their ring as positions from its start."""
    end, length = rings.starts[ring + 1], rings.starts[ring + 1] - rings.starts[ring]
    wrapped: NDArray[np.int64] = np.where(positions >= end, positions - length, positions)
    return wrapped


def _simplify_arcs(
    plane: _Plane, arcs: _Arcs, which: NDArray[np.int64], levels: NDArray[np.int64], kept: NDArray[np.bool_]
) -> None:
    """Mark in *kept* (one entry an arc corner) what stays of some arcs at their level of tolerance."""
    limits = np.where(levels < _LAST_LEVEL, (plane.tolerance * 0.5**levels) ** 2, -1.0)
    is_closed = arcs.first == arcs.last
    sizes = np.diff(arcs.starts)[which]
    ends = np.flatnonzero(np.diff(np.cumsum(sizes) // _BATCH, append=-1)) + 1
    begin = 0
    for end in ends:
        batch = which[begin:end]
        begin = end
        inner = spread_ranges(arcs.starts[batch] + 1, np.diff(arcs.starts)[batch] - 2)
        kept[inner] = False
        start, stop, limit = arcs.starts[batch], arcs.starts[batch + 1] - 1, limits[batch]
        # an island has no length to measure from: it is always split at its farthest corner
        now = np.where(is_closed[batch], -1.0, limit)
        while len(start):
            start, stop, limit, farthest = _split(plane, arcs.corners, (start, stop, limit), now)
            kept[farthest] = True
            start, stop = np.concatenate([start, farthest]), np.concatenate([farthest, stop])
            limit = now = np.concatenate([limit, limit])


def _split(
    plane: _Plane,
    corners: NDArray[np.int64],
    stretches: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    limit_now: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the stretches with a corner farther than the limit from the chord, and the (first) farthest corner."""
    start, stop, limit = stretches
    inner = stop - start - 1
    has_inner = inner > 0
    start, stop, limit = start[has_inner], stop[has_inner], limit[has_inner]
    inner, limit_now = inner[has_inner], limit_now[has_inner]
    if not len(start):
        return start, stop, limit, start
    at = spread_ranges(start + 1, inner)
    owner = np.repeat(np.arange(len(start)), inner)
    distance = plane.squared_distance(corners[at], corners[start][owner], corners[stop][owner])
    largest = np.maximum.reduceat(distance, np.cumsum(inner) - inner)
    candidates = np.flatnonzero(distance == largest[owner])
    owners = owner[candidates]
    is_first = np.diff(owners, prepend=-1) > 0
    farthest = at[candidates[is_first]]
    far = largest > limit_now
    return start[far], stop[far], limit[far], farthest[far]


def _chords_of(arcs: _Arcs, kept: NDArray[np.bool_]) -> _Chords:
    at = np.flatnonzero(kept)
    arc = np.searchsorted(arcs.starts, at, side="right") - 1
    same = arc[1:] == arc[:-1]
    return _Chords(at[:-1][same], at[1:][same], arc[1:][same])


def _thin_arcs(plane: _Plane, arcs: _Arcs, chords: _Chords) -> NDArray[np.bool_]:
    """Return which arcs are islands, or loops at a junction, of fewer than three corners."""
    thin: NDArray[np.bool_] = (arcs.first == arcs.last) & (np.bincount(chords.arc, minlength=len(arcs)) < 3)
    return thin


def _ring_areas(plane: _Plane, rings: Rings) -> NDArray[np.int64]:
    """Return twice the area of each ring in pixels, positive for outer rings."""
    areas = np.empty(len(rings.labels), np.int64)
    for begin, end in batch_ranges(rings.starts):
        first = rings.starts[begin]
        bounds = rings.starts[begin : end + 1] - first
        at = rings.corners[first : rings.starts[end]]
        following = np.append(at[1:], at[:1])
        following[bounds[1:] - 1] = at[bounds[:-1]]
        x, y = plane.x[at].astype(np.int64), plane.y[at].astype(np.int64)
        areas[begin:end] = np.add.reduceat(x * plane.y[following] - plane.x[following] * y, bounds[:-1])
    return areas


def _turned_rings(
    plane: _Plane, arcs: _Arcs, rings: Rings, kept: NDArray[np.bool_], orientation: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which arcs belong to a ring that is turned inside out or without area."""
    is_kept = np.zeros(len(plane.x), bool)
    is_kept[arcs.corners[kept]] = True
    # every ring keeps a corner: each has a junction, or the cut of an island
    areas = _ring_areas(plane, rings.select(is_kept[rings.corners]))
    turned = np.where(orientation, areas <= 0, areas >= 0)
    at_fault = np.zeros(len(arcs), bool)
    at_fault[arcs.of_piece[turned[arcs.ring_of_piece]]] = True
    return at_fault


def _twisted_junctions(plane: _Plane, corners: Corners, arcs: _Arcs, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which arcs meet at a junction in another order than before."""
    positions = np.flatnonzero(kept)
    # the neighbours of an arc's ends among the kept corners
    after_first = positions[np.searchsorted(positions, arcs.starts[:-1]) + 1]
    before_last = positions[np.searchsorted(positions, arcs.starts[1:] - 1) - 1]
    arc = np.tile(np.arange(len(arcs)), 2)
    node = np.concatenate([arcs.first, arcs.last])
    target = arcs.corners[np.concatenate([after_first, before_last])]
    heading = arcs.headings.T.ravel()
    order = np.argsort(4 * node + heading, kind="stable")
    arc, node, target = arc[order], node[order], target[order]
    angle = np.arctan2(plane.y[target] - plane.y[node], plane.x[target] - plane.x[node])
    begins = np.flatnonzero(np.diff(node, prepend=-1))
    following = np.arange(1, len(node) + 1)
    following[np.append(begins[1:], len(node)) - 1] = begins
    # drawn downwards, angles grow clockwise like the headings: once around in the old order makes one full turn
    turns = np.add.reduceat((angle[following] - angle) % (2 * np.pi), begins) / (2 * np.pi)
    twisted = np.repeat(turns > 1.5, np.diff(np.append(begins, len(node))))
    at_fault = np.zeros(len(arcs), bool)
    at_fault[arc[twisted]] = True
    return at_fault


def _crossing_arcs(
    plane: _Plane,
    arcs: _Arcs,
    chords: _Chords,
    suspect: NDArray[np.bool_],
    levels: NDArray[np.int64],
    step: Step,
    done: float,
) -> NDArray[np.bool_]:
    """Return which arcs cross or touch themselves or another one elsewhere than at a junction."""
    first, second = find_crossings(
        plane.x, plane.y, arcs.corners[chords.start], arcs.corners[chords.stop], suspect, lambda: step(done)
    )
    at_fault = np.zeros(len(arcs), bool)
    at_fault[chords.arc[first]] = True
    at_fault[chords.arc[second]] = True
    return at_fault


def _jumped_islands(plane: _Plane, arcs: _Arcs, chords: _Chords, suspect: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which arcs have an island, or a cluster of regions, between their old course and a new chord.

    One corner that never moves is enough to tell for all arcs connected to it, since nothing crosses.
    """
    at_fault = np.zeros(len(arcs), bool)
    fixed, ends = np.unique(np.concatenate([arcs.first, arcs.last]), return_inverse=True)
    roots = connected_components(len(fixed), ends[: len(arcs)], ends[len(arcs) :])
    cluster_of_arc = fixed[roots[ends[: len(arcs)]]]
    islands = fixed[np.unique(roots)]
    cell = max(2 * CELL, int(2 * max(plane.reach_x, plane.reach_y)))
    stride = plane.width // cell + 3
    key = (plane.y[islands] // cell + 1) * stride + plane.x[islands] // cell + 1
    order = np.argsort(key, kind="stable")
    islands, key = islands[order], key[order]
    candidates = np.flatnonzero(suspect)
    for begin in range(0, len(candidates), _BATCH // 4):
        batch = candidates[begin : begin + _BATCH // 4]
        start, stop = arcs.corners[chords.start[batch]], arcs.corners[chords.stop[batch]]
        index, cell_x, cell_y = cover_cells(plane.x, plane.y, start, stop, cell, (plane.reach_x, plane.reach_y))
        wanted = (cell_y + 1) * stride + cell_x + 1
        low = np.searchsorted(key, wanted, side="left")
        counts = np.searchsorted(key, wanted, side="right") - low
        island = islands[spread_ranges(low, counts)]
        chord = batch[np.repeat(index, counts)]
        other = cluster_of_arc[chords.arc[chord]] != island
        island, chord = island[other], chord[other]
        distance = plane.squared_distance(island, arcs.corners[chords.start[chord]], arcs.corners[chords.stop[chord]])
        near = distance <= plane.tolerance**2 * (1 + 1e-9)
        island, chord = island[near], chord[near]
        for piece in range(0, len(chord), _BATCH // 64):
            part = slice(piece, piece + _BATCH // 64)
            jumped = _is_enclosed(
                plane, arcs.corners, chords.start[chord[part]], chords.stop[chord[part]], island[part]
            )
            at_fault[chords.arc[chord[part][jumped]]] = True
    return at_fault


def _is_enclosed(
    plane: _Plane,
    corners: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    point: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return which points lie between a stretch of arc and its chord (by the parity of crossings to the right)."""
    if not len(point):
        return np.zeros(0, bool)
    counts = stop - start + 1
    at = spread_ranges(start, counts)
    owner = np.repeat(np.arange(len(point)), counts)
    following = at + 1
    ends = np.cumsum(counts) - 1
    following[ends] = start
    px, py = plane.x[point][owner].astype(np.int64), plane.y[point][owner].astype(np.int64)
    ax, ay = plane.x[corners[at]] - px, plane.y[corners[at]] - py
    bx, by = plane.x[corners[following]] - px, plane.y[corners[following]] - py
    straddles = (ay > 0) != (by > 0)
    # the edge passes to the right of the point where the turn a → b around it agrees with its direction
    is_right = np.where(by > ay, ax * by - bx * ay > 0, ax * by - bx * ay < 0)
    crossings = np.add.reduceat(straddles & is_right, ends + 1 - counts, dtype=np.int64)
    enclosed: NDArray[np.bool_] = crossings % 2 == 1
    return enclosed
