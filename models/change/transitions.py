"""How much changed into what, in hectares: the from–to matrix of a change map, and its areas by class."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..card.types import ClassSpec
from ..errors import OutputError
from ..page import headline, page, pairs, table
from ..raster.area import pixel_areas_m2
from ..raster.grid import Window
from ..raster.source import BandReader, describe_raster
from .coding import FromTo

_STRIP_PX = 2**21
_M2_PER_HA = 10_000.0
PAGES = (".html", ".htm")


@dataclass(frozen=True)
class Areas:
    """Areas of a change map in hectares."""

    names_before: tuple[str, ...]
    """rows of the matrix; of a map without from and to, the classes of the map"""
    names_after: tuple[str, ...]
    """columns of the matrix; empty for a map without from and to"""
    matrix_ha: NDArray[np.float64]
    """(before, after); for a map without from and to (class, 1)"""
    changed_ha: float
    """of all pixels whose value in the change raster is a change"""

    @property
    def total_ha(self) -> float:
        """Area with data on both dates."""
        return float(self.matrix_ha.sum())

    @property
    def changed_share(self) -> float:
        """Changed part of the area with data, 0 to 1; 0 without data."""
        return self.changed_ha / self.total_ha if self.total_ha > 0 else 0.0


def measure_values(path: str, step: Callable[[], None] = lambda: None) -> dict[int, float]:
    """Return the area in m² of each value of a class raster's first band, on the ellipsoid, without nodata.

    *step* is called before each strip of rows and may raise. Raises RasterError when the raster can't be read.
    """
    raster = describe_raster(path)
    reader, grid = BandReader(raster, (1,)), raster.grid
    areas: dict[int, float] = {}
    rows = max(1, _STRIP_PX // grid.width)
    for row in range(0, grid.height, rows):
        step()
        stop = min(grid.height, row + rows)
        values, valid = reader.read(Window(0, row, grid.width, stop - row))
        weights = np.broadcast_to(pixel_areas_m2(grid, row, stop), values[0].shape)
        if valid is not None:
            sums = np.bincount(values[0][valid], weights[valid])
        else:
            sums = np.bincount(values[0].ravel(), weights.ravel())
        for value in np.flatnonzero(sums):
            areas[int(value)] = areas.get(int(value), 0.0) + float(sums[value])
    return areas


def class_areas(areas_m2: Mapping[int, float], classes: Sequence[ClassSpec], unchanged: int | None) -> Areas:
    """Return the areas of a map whose classes are the kinds of change."""
    column = np.array([[areas_m2.get(spec.value, 0.0)] for spec in classes]) / _M2_PER_HA
    changed = sum(area for value, area in areas_m2.items() if value != unchanged) / _M2_PER_HA
    return Areas(tuple(spec.name for spec in classes), (), column, changed)


def pair_areas(pairs_m2: Mapping[int, float], values_m2: Mapping[int, float], coding: FromTo) -> Areas:
    """Return the from–to matrix: *pairs_m2* are areas of pairs, *values_m2* those of the change raster's values."""
    matrix = np.zeros((len(coding.before), len(coding.after)))
    for pair, area in pairs_m2.items():
        matrix.flat[pair - 1] += area / _M2_PER_HA
    changed = sum(area for value, area in values_m2.items() if coding.pair(value) is not None) / _M2_PER_HA
    before, after = (tuple(spec.name for spec in side) for side in (coding.before, coding.after))
    return Areas(before, after, matrix, changed)


def write_statistics(path: str, areas: Areas, title: str, facts: Mapping[str, str]) -> None:
    """Write the areas as CSV or as a page, by the file's extension; *facts* go to the page.

    Raises OutputError when the file can't be written.
    """
    suffix = Path(path).suffix.lower()
    text = _page(areas, title, facts) if suffix in PAGES else _table(areas)
    try:
        # spreadsheets take a CSV without this mark for one in the system's own encoding
        Path(path).write_text(text, encoding="utf-8" if suffix in PAGES else "utf-8-sig", newline="")
    except OSError as error:
        raise OutputError(f"The statistics {Path(path).name} can't be written: {error.strerror}.") from None


def check_statistics_name(path: str) -> None:
    """Raise OutputError for an extension that is neither CSV nor HTML."""
    if Path(path).suffix.lower() not in (".csv", *PAGES):
        raise OutputError(f"The statistics should be a file ending in .csv or .html; found '{path}'.")


def _table(areas: Areas) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in _rows(areas):
        writer.writerow([value if isinstance(value, str) else f"{value:.6f}" for value in row])
    return text.getvalue()


def _rows(areas: Areas) -> list[list[str | float]]:
    """Return head, one row a class before, and totals; areas in hectares."""
    matrix = areas.matrix_ha
    if not areas.names_after:
        head: list[list[str | float]] = [["class", "area_ha", "share"]]
        total = areas.total_ha
        body: list[list[str | float]] = [
            [name, float(area), float(area / total) if total else 0.0]
            for name, area in zip(areas.names_before, matrix[:, 0])
        ]
        return [*head, *body, ["total", total, 1.0 if total else 0.0]]
    head = [["from \\ to (ha)", *areas.names_after, "total before"]]
    body = [[name, *map(float, row), float(row.sum())] for name, row in zip(areas.names_before, matrix)]
    return [*head, *body, ["total after", *map(float, matrix.sum(axis=0)), areas.total_ha]]


_STAYED = 'class="n" style="background:rgba(128,128,128,.2)"'


def _page(areas: Areas, title: str, facts: Mapping[str, str]) -> str:
    rows = _rows(areas)
    head = [escape(str(cell).replace("_ha", " (ha)")) for cell in rows[0]]
    body = [_page_row(areas, place, row) for place, row in enumerate(rows[1:])]
    how = "Areas in hectares, on the ellipsoid, where both dates have data."
    if areas.names_after:
        how = f"Rows are the classes before, columns the classes after; grey is what stayed the same. {how}"
    figures = {
        "Changed (ha)": f"{areas.changed_ha:,.2f}",
        "of (ha)": f"{areas.total_ha:,.2f}",
        "Share": f"{areas.changed_share:.2%}",
    }
    return page(
        title, [headline(figures), table(head, body, sums=1), f'<p class="quiet">{how}</p>', pairs(facts.items())]
    )


def _page_row(areas: Areas, place: int, row: list[str | float]) -> list[str]:
    """Return the cells of a row: the name, then numbers; a dash for nothing."""
    cells = [escape(str(row[0]))]
    for column, value in enumerate(row[1:]):
        is_share = not areas.names_after and column == 1
        shown = "–" if not value else (f"{value:.2%}" if is_share else f"{value:,.2f}")
        is_same = (
            place < len(areas.names_before)
            and column < len(areas.names_after)
            and areas.names_before[place] == areas.names_after[column]
        )
        cells.append(f"<td {_STAYED}>{shown}</td>" if is_same else shown)
    return cells
