"""Connected regions of a class raster, found strip by strip: what they are, and which pixels belong to which.

A strip is a block of rows. Memory depends on the strip and on the number of regions, never on the raster. The first
pass measures the regions; the second repeats the cheap labelling instead of storing a label for every pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RasterError
from .area import pixel_areas_m2
from .grid import Window
from .source import BandReader, RasterInfo, describe_raster

STRIP_PIXELS = 2**22
_NO_CLASS = np.int32(-(2**31))
_DROPPED = -1

Step = Callable[[float], None]
"""Called with the finished part, 0 to 1; raises Cancelled when the user has stopped the run"""


@dataclass(frozen=True)
class Regions:
    """The 4-connected regions that are kept, in the order of their first pixel; arrays of one entry a region."""

    class_ids: NDArray[np.int32]
    pixel_counts: NDArray[np.int64]
    areas_m2: NDArray[np.float64]
    confidences: NDArray[np.float64] | None
    """mean over the pixels that have a confidence; NaN where none has; None when there is no confidence raster"""
    labels: NDArray[np.int32]
    """for every provisional region: 1 + the index of its region, 0 when that is left out"""

    def __len__(self) -> int:
        return len(self.class_ids)


@dataclass(frozen=True)
class _Strip:
    """One block of rows, cut into runs: stretches of a row with one class. Row 0 repeats the row above the block."""

    row_start: int
    row_stop: int
    has_row_above: bool
    classes: NDArray[np.int32]
    """one entry a run; _NO_CLASS where there is no data"""
    starts: NDArray[np.int64]
    """first pixel of each run in the flattened rows"""
    lengths: NDArray[np.int64]
    provisional: NDArray[np.int64]
    """provisional region of each run, _DROPPED for nodata and for small regions that end within the strip"""
    width: int

    @property
    def first_own_run(self) -> int:
        """Index of the first run that is not in the repeated row."""
        return int(np.searchsorted(self.starts, self.width)) if self.has_row_above else 0


@dataclass(frozen=True)
class ClassRaster:
    """A class raster, perhaps with its confidence, and how it is cut into strips and regions."""

    info: RasterInfo
    confidence: RasterInfo | None
    min_area_m2: float
    strip_rows: int
    left_out: tuple[int, ...] = ()
    """classes that count as no data"""


def open_class_raster(
    class_path: str, confidence_path: str | None, min_area_m2: float, left_out: Collection[int] = ()
) -> ClassRaster:
    """Describe both rasters; raise RasterError when one can't be read or they do not fit together."""
    info = describe_raster(class_path)
    if info.bands[0].dtype not in ("uint8", "int8", "uint16", "int16", "int32"):
        raise RasterError(
            f"{info.name} holds {info.bands[0].dtype} values; class numbers of 8 or 16 bits are expected."
        )
    confidence = None if confidence_path is None else describe_raster(confidence_path)
    if confidence is not None and (confidence.grid.width, confidence.grid.height) != (
        info.grid.width,
        info.grid.height,
    ):
        raise RasterError(
            f"{confidence.name} has {confidence.grid.width} × {confidence.grid.height} pixels; expected the "
            f"{info.grid.width} × {info.grid.height} pixels of {info.name}. Give the confidence of the same run."
        )
    # a power of two nests with the blocks of the file, so that none is read for more strips than needed
    rows = 2 ** max(0, (STRIP_PIXELS // info.grid.width).bit_length() - 1)
    return ClassRaster(info, confidence, min_area_m2, rows, tuple(left_out))


def measure_regions(raster: ClassRaster, step: Step) -> Regions:
    """Find all regions and measure them; regions smaller than the raster's ``min_area_m2`` are left out.

    Raises RasterError when reading fails.
    """
    confidence = None if raster.confidence is None else _ConfidenceReader(raster.confidence)
    tables: list[NDArray[np.float64]] = []
    classes: list[NDArray[np.int32]] = []
    seams: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    total = 0
    for strip, above in _label_strips(raster):
        own = slice(strip.first_own_run, None)
        known = strip.provisional[own] >= 0
        count = max(total, int(strip.provisional.max(initial=-1)) + 1) - total
        index = strip.provisional[own][known] - total
        sums = [strip.lengths[own], _run_areas(raster, strip)[own]]
        if confidence is not None:
            sums += [part[own] for part in confidence.sum_runs(strip)]
        tables.append(np.stack([np.bincount(index, part[known], count) for part in sums]))
        strip_classes = np.zeros(count, np.int32)
        strip_classes[index] = strip.classes[own][known]
        classes.append(strip_classes)
        if strip.has_row_above:
            # what belongs together above belongs together here; both sides of a seam keep the region
            first = strip.provisional[: strip.first_own_run]
            linked = first >= 0
            seams.append((above[linked], first[linked]))
        total += count
        step(strip.row_stop / raster.info.grid.height)
    return _merge(total, classes, tables, seams, raster.min_area_m2)


def _merge(
    total: int,
    classes: list[NDArray[np.int32]],
    tables: list[NDArray[np.float64]],
    seams: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    min_area_m2: float,
) -> Regions:
    """Join the provisional regions that meet at the seams of strips, and drop the small ones."""
    first = np.concatenate([seam[0] for seam in seams]) if seams else np.empty(0, np.int64)
    second = np.concatenate([seam[1] for seam in seams]) if seams else np.empty(0, np.int64)
    roots, member = np.unique(connected_components(total, first, second), return_inverse=True)
    table = np.concatenate(tables, axis=1)
    sums = [np.bincount(member, part, len(roots)) for part in table]
    class_ids = np.zeros(len(roots), np.int32)
    # a region may have no pixel of its own in the strip that names it (only in the repeated row)
    filled = table[0] > 0
    class_ids[member[filled]] = np.concatenate(classes)[filled]
    kept = (sums[1] >= min_area_m2) & (sums[0] > 0)
    labels = np.where(kept, np.cumsum(kept), 0)[member].astype(np.int32)
    confidences = None
    if len(sums) > 2:
        known = sums[3][kept]
        confidences = np.where(known > 0, sums[2][kept] / np.maximum(known, 1), np.nan)
    counts = sums[0][kept].astype(np.int64)
    return Regions(class_ids[kept], counts, sums[1][kept].astype(np.float64), confidences, labels)


def label_rows(raster: ClassRaster, regions: Regions, step: Step) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """Yield (first row, labels) strip by strip: int32 (rows, width), 1 + the index in *regions*, 0 for no region.

    Every strip begins with the last row of the one above it, so the first row is one less than that of new pixels;
    the first strip begins with the imagined row −1 of zeros.
    """
    labels = np.append(regions.labels, np.int32(0))  # the last serves _DROPPED
    for strip, _ in _label_strips(raster):
        pixels = np.repeat(labels[strip.provisional], strip.lengths).reshape(-1, strip.width)
        if not strip.has_row_above:
            pixels = np.concatenate([np.zeros((1, strip.width), np.int32), pixels])
        yield strip.row_start - 1, pixels
        step(strip.row_stop / raster.info.grid.height)


def _label_strips(raster: ClassRaster) -> Iterator[tuple[_Strip, NDArray[np.int64]]]:
    """Yield every strip, and for the runs of its repeated row the provisional regions that the strip above gave."""
    grid = raster.info.grid
    reader = BandReader(raster.info, (1,))
    offset = 0
    last_row: NDArray[np.int32] | None = None
    above = np.empty(0, np.int64)
    for row_start in range(0, grid.height, raster.strip_rows):
        row_stop = min(grid.height, row_start + raster.strip_rows)
        rows = _read_classes(reader, Window(0, row_start, grid.width, row_stop - row_start), raster.left_out)
        if last_row is not None:
            rows = np.concatenate([last_row, rows])
        # small copy, so that the strip itself can go
        last_row = rows[-1:].copy()
        strip = _label_strip(raster, rows, row_start, row_stop, offset)
        del rows
        yield strip, above
        offset = max(offset, int(strip.provisional.max(initial=-1)) + 1)
        last_runs = int(np.searchsorted(strip.starts, strip.starts[-1] + strip.lengths[-1] - grid.width))
        above = strip.provisional[last_runs:]


def _read_classes(reader: BandReader, window: Window, left_out: tuple[int, ...]) -> NDArray[np.int32]:
    values, valid = reader.read(window)
    classes: NDArray[np.int32] = values[0].astype(np.int32)
    if valid is not None:
        classes[~valid] = _NO_CLASS
    for number in left_out:
        classes[classes == number] = _NO_CLASS
    return classes


def _label_strip(raster: ClassRaster, rows: NDArray[np.int32], row_start: int, row_stop: int, offset: int) -> _Strip:
    """Cut rows into runs and give each its provisional region, numbered from *offset* in the order of first pixels."""
    height, width = rows.shape
    flat = rows.ravel()
    is_start = np.empty(flat.shape, bool)
    np.not_equal(flat[1:], flat[:-1], out=is_start[1:])
    is_start[::width] = True
    starts = np.flatnonzero(is_start)
    classes = flat[starts]
    run_of_pixel = np.cumsum(is_start, dtype=np.int32)
    # two runs of neighbouring rows overlap where one of them starts
    lower = starts[(starts >= width)]
    upper = starts[starts < (height - 1) * width]
    first = np.concatenate([run_of_pixel[lower - width], run_of_pixel[upper]]) - 1
    second = np.concatenate([run_of_pixel[lower], run_of_pixel[upper + width]]) - 1
    del run_of_pixel, is_start
    linked = (classes[first] == classes[second]) & (classes[first] != _NO_CLASS)
    roots = connected_components(len(starts), first[linked], second[linked])
    strip = _Strip(row_start, row_stop, row_start > 0, classes, starts, np.diff(starts, append=flat.size), roots, width)
    kept = classes != _NO_CLASS
    if raster.min_area_m2 > 0:
        kept &= ~_small_and_closed(raster, strip, height)[roots]
    # roots are the first runs of their regions, so ranks follow the order of first pixels
    is_root = kept & (roots == np.arange(len(roots)))
    ranks = np.cumsum(is_root) - 1 + offset
    provisional = np.where(kept, ranks[roots], _DROPPED)
    return _Strip(row_start, row_stop, row_start > 0, classes, starts, strip.lengths, provisional, width)


def _small_and_closed(raster: ClassRaster, strip: _Strip, height: int) -> NDArray[np.bool_]:
    """Return for every run, as a root, whether its region is too small and can't go on in another strip."""
    count = len(strip.starts)
    open_at_seam = np.zeros(count, bool)
    roots = strip.provisional
    if strip.has_row_above:
        open_at_seam[roots[strip.starts < strip.width]] = True
    if strip.row_stop < raster.info.grid.height:
        open_at_seam[roots[strip.starts >= (height - 1) * strip.width]] = True
    areas = np.bincount(roots, _run_areas(raster, strip), count)
    closed_and_small: NDArray[np.bool_] = ~open_at_seam & (areas < raster.min_area_m2)
    return closed_and_small


def _run_areas(raster: ClassRaster, strip: _Strip) -> NDArray[np.float64]:
    """Return the area in m² of each run."""
    areas = pixel_areas_m2(raster.info.grid, strip.row_start - int(strip.has_row_above), strip.row_stop)
    if areas.shape[1] == 1:
        return areas[strip.starts // strip.width, 0] * strip.lengths
    sums: NDArray[np.float64] = np.add.reduceat(areas.ravel(), strip.starts)
    return sums


class _ConfidenceReader:
    """Sums the confidence over the runs of a strip."""

    def __init__(self, info: RasterInfo) -> None:
        self._reader = BandReader(info, (1,))
        self._scale, self._offset = info.bands[0].scale, info.bands[0].offset

    def sum_runs(self, strip: _Strip) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return for each run the sum of the confidences and the number of pixels that have one."""
        row_start = strip.row_start - int(strip.has_row_above)
        values, valid = self._reader.read(Window(0, row_start, strip.width, strip.row_stop - row_start))
        stored = values[0].ravel()
        if valid is None:
            counts = strip.lengths.astype(np.float64)
        else:
            stored = np.where(valid.ravel(), stored, stored.dtype.type(0))
            counts = np.add.reduceat(valid.ravel(), strip.starts, dtype=np.int64).astype(np.float64)
        sums = np.add.reduceat(stored, strip.starts, dtype=np.float64)
        return sums * self._scale + counts * self._offset, counts


def connected_components(count: int, first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.int64]:
    """Return for each of *count* things the smallest one that pairs (first, second) join it to, perhaps itself."""
    parent = np.arange(count)
    while len(first):
        # join roots, always the larger to the smaller: no cycles, and the smallest stays a root
        low, high = np.minimum(first, second), np.maximum(first, second)
        parent[high] = low
        while True:
            grandparent = parent[parent]
            if np.array_equal(grandparent, parent):
                break
            parent = grandparent
        first, second = parent[first], parent[second]
        apart = first != second
        first, second = first[apart], second[apart]
    return parent
