"""Class rasters as polygons: one for each 4-connected region of a class, along the pixel edges or simplified."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, SettingsError
from .components import Regions, label_rows, measure_regions, open_class_raster
from .grid import Grid
from .polygon_file import Row, find_vector_driver, write_polygons
from .simplify import simplify_rings
from .trace import Corners, Rings, batch_ranges, drop_straight, find_corners, follow_rings, spread_ranges

Progress = Callable[[float], None]


def polygonize(
    class_path: str,
    polygons_path: str,
    class_names: Mapping[int, str],
    *,
    confidence_path: str | None = None,
    confidence_field: str = "confidence",
    more_fields: Mapping[str, Mapping[int, str]] | None = None,
    left_out: Collection[int] = (),
    min_area_m2: float = 0.0,
    simplify: float = 0.0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> int:
    """Write the regions of a class raster as polygons and return their number.

    A region is all pixels of one class that meet along pixel edges; pixels without data are in none. The file's
    extension chooses the format; an existing file is replaced. The layer is named after the file and has the fields
    ``class_id``, ``class`` (from *class_names*, else ``class <n>``), ``area_m2`` and, with *confidence_path*,
    *confidence_field*: the mean over the region's pixels, 0 to 1, null where none has one. *more_fields* are texts for
    each class after ``class``, field name → class → text, null where a class has none; pixels of the classes in
    *left_out* are in no region.

    Regions smaller than *min_area_m2* are left out and leave gaps. *simplify* is the tolerance, in map units, of a
    simplification that keeps the borders of neighbours shared, all polygons valid and every one of them. ``area_m2``
    is always that of the region's pixels (on the ellipsoid for geographic coordinates), so that it sums up to the
    class areas however the outlines are simplified. The order is that of the regions' first pixels, row by row.

    *progress* gets 0 to 1. Memory depends on the length of all outlines, about 50 bytes a corner (80 when simplifying),
    not on the number of pixels. Raises RasterError when an input can't be used, OutputError when the polygons can't be
    written, SettingsError for a negative setting and Cancelled once *cancelled* says so; nothing is left behind then.
    """
    if not (min_area_m2 >= 0 and simplify >= 0 and np.isfinite(simplify)):
        raise SettingsError(
            f"MIN_AREA is {min_area_m2} and SIMPLIFY is {simplify}; expected numbers of 0 or more. 0 turns each off."
        )
    find_vector_driver(polygons_path)  # better now than after the work

    def part(start: float, stop: float) -> Progress:
        def step(done: float) -> None:
            if cancelled is not None and cancelled():
                raise Cancelled
            if progress is not None:
                progress(start + (stop - start) * min(done, 1.0))

        return step

    raster = open_class_raster(class_path, confidence_path, min_area_m2, left_out)
    grid = raster.info.grid
    regions = measure_regions(raster, part(0.0, 0.2))
    corners = find_corners(label_rows(raster, regions, part(0.2, 0.4)), grid.width, grid.height)
    rings = follow_rings(corners, part(0.4, 0.5))
    if simplify > 0:
        rings = simplify_rings(corners, rings, grid.geotransform, simplify, part(0.5, 0.7))
    else:
        rings = drop_straight(rings)
    texts = more_fields or {}
    fields: dict[str, type] = {"class_id": int, "class": str, **dict.fromkeys(texts, str), "area_m2": float}
    if regions.confidences is not None:
        fields[confidence_field] = float
    attributes = _attributes(regions, class_names, tuple(texts.values()))
    shapes = _shapes(corners, rings, grid, part(0.7, 1.0))
    rows: Iterator[Row] = zip(shapes, attributes)
    count = write_polygons(polygons_path, grid.crs_wkt, fields, rows)
    if progress is not None:
        progress(1.0)
    return count


def _attributes(
    regions: Regions, class_names: Mapping[int, str], texts: tuple[Mapping[int, str], ...]
) -> Iterator[tuple[object, ...]]:
    """Yield the attributes of each region, in the order of the fields."""
    names = {int(number): class_names.get(int(number), f"class {number}") for number in np.unique(regions.class_ids)}
    for index in range(len(regions)):
        class_id = int(regions.class_ids[index])
        more = tuple(text.get(class_id) for text in texts)
        values: tuple[object, ...] = (class_id, names[class_id], *more, float(regions.areas_m2[index]))
        if regions.confidences is not None:
            confidence = float(regions.confidences[index])
            values += (None if np.isnan(confidence) else confidence,)
        yield values


def _shapes(corners: Corners, rings: Rings, grid: Grid, step: Progress) -> Iterator[bytes]:
    """Yield the WKB of each region, in the order of the labels: outer rings counter-clockwise, holes clockwise."""
    x0, dx, rx, y0, ry, dy = grid.geotransform
    # rings run clockwise as drawn downwards, and so on the map unless the raster is stored upside down
    is_reversed = dx * dy - rx * ry < 0
    polygon_starts = np.flatnonzero(np.diff(rings.labels, prepend=0))
    ring_bounds = np.append(polygon_starts, len(rings.labels))
    for begin, end in batch_ranges(rings.starts[ring_bounds]):
        first_ring, last_ring = int(ring_bounds[begin]), int(ring_bounds[end])
        flat = rings.corners[_closed(rings.starts[first_ring : last_ring + 1], is_reversed)]
        x, y = corners.x[flat].astype(np.float64), corners.y[flat].astype(np.float64)
        points = memoryview(np.stack([x0 + x * dx + y * rx, y0 + x * ry + y * dy], axis=1).astype("<f8").tobytes())
        sizes = np.diff(rings.starts[first_ring : last_ring + 1]) + 1
        heads = sizes.astype("<u4").tobytes()
        cuts = np.concatenate([[0], np.cumsum(sizes * 16)]).tolist()
        bounds = (ring_bounds[begin : end + 1] - first_ring).tolist()
        for first, last in zip(bounds[:-1], bounds[1:]):
            parts = [_POLYGON_HEAD, (last - first).to_bytes(4, "little")]
            for ring in range(first, last):
                parts.append(heads[4 * ring : 4 * ring + 4])
                parts.append(points[cuts[ring] : cuts[ring + 1]])
            yield b"".join(parts)
        step(end / len(polygon_starts))


_POLYGON_HEAD = b"\x01" + (3).to_bytes(4, "little")
"""Start of a little-endian WKB polygon"""


def _closed(starts: NDArray[np.int64], is_reversed: bool) -> NDArray[np.int64]:
    """Return the positions of rings, each with its first position repeated at the end, perhaps backwards."""
    lengths = np.diff(starts)
    offsets = spread_ranges(np.zeros(len(lengths), np.int64), lengths + 1)
    length_of = np.repeat(lengths, lengths + 1)
    offsets = (length_of - offsets if is_reversed else offsets) % length_of
    closed: NDArray[np.int64] = np.repeat(starts[:-1], lengths + 1) + offsets
    return closed
