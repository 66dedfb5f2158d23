"""What a run found, in figures: areas of classes, the from–to matrix, and what made the result."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osgeo import gdal

from ...models.change.transitions import measure_values
from ...models.errors import GeonnxError, RasterError
from ...models.raster.area import pixel_areas_m2
from ...models.raster.class_styles import ClassStyle, read_class_styles
from ...models.raster.gdal_errors import gdal_errors, short_name
from ...models.raster.source import describe_raster, open_dataset, spatial_reference
from ...processing.base import translate

HECTARES, POLYGONS, PERCENT = "ha", "polygons", "%"
_M2_PER_HA = 10_000.0
_ARROW = " → "
_CLASS_MAPS = {"geonnx:segment": "OUTPUT", "geonnx:detectchange": "OUTPUT"}


@dataclass(frozen=True)
class Bar:
    """One class, or one kind of pixels."""

    name: str
    color: str
    """#rrggbb; empty: none of its own"""
    value: float
    """in the summary's unit"""
    share: float
    """0 to 1"""


@dataclass(frozen=True)
class Matrix:
    """What became what, in hectares; None where the result does not say it."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    cells_ha: tuple[tuple[float | None, ...], ...]
    """(before, after)"""


@dataclass(frozen=True)
class Summary:
    """The results page of a run."""

    title: str
    unit: str = HECTARES
    bars: tuple[Bar, ...] = ()
    """the largest first; without those that do not occur"""
    missing: tuple[str, ...] = ()
    """classes that do not occur"""
    matrix: Matrix | None = None
    facts: tuple[tuple[str, str], ...] = ()
    """name and value, for people"""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ended:
    """What is known of a run without opening a file."""

    algorithm: str
    title: str
    model: str
    results: Mapping[str, Any]
    seconds: float
    warnings: tuple[str, ...] = ()
    colors: Mapping[str, str] | None = None
    """colours by class name, of results that hold none"""


def read_summary(ended: Ended) -> Summary:
    """Return the summary of a run; it reads files, so call it away from the window's thread.

    Raises RasterError when a result can't be read any more.
    """
    unit, bars, matrix = HECTARES, [], None
    results = ended.results
    if ended.algorithm in _CLASS_MAPS:
        bars = class_bars(str(results[_CLASS_MAPS[ended.algorithm]]))
        if ended.algorithm == "geonnx:detectchange":
            matrix = read_matrix(str(results.get("STATISTICS") or "")) or changes_matrix(bars)
    elif ended.algorithm == "geonnx:classify":
        unit, bars = POLYGONS, count_bars(results.get("CLASS_COUNTS") or {}, ended.colors or {})
    elif ended.algorithm == "geonnx:removeclouds":
        unit, bars = PERCENT, cloud_bars(results)
    found = sorted((bar for bar in bars if bar.value > 0), key=lambda bar: -bar.value)
    return Summary(
        ended.title,
        unit,
        tuple(found),
        tuple(bar.name for bar in bars if not bar.value > 0 and unit != PERCENT and _ARROW not in bar.name),
        matrix,
        tuple(_facts(ended)),
        ended.warnings,
    )


def class_bars(path: str) -> list[Bar]:
    """Return the area of each class of a class raster; raise RasterError when it can't be read."""
    styles = read_class_styles(path)
    areas = class_areas_ha(path)
    total = sum(areas.values())
    return [
        Bar(style.name or str(value), style.color, areas.get(value, 0.0), areas.get(value, 0.0) / total if total else 0)
        for value, style in sorted({**{value: ClassStyle() for value in areas}, **styles}.items())
    ]


def class_areas_ha(path: str) -> dict[int, float]:
    """Return hectares by class: from the counts in the file where all pixels are equally large, else measured."""
    grid = describe_raster(path).grid
    counts = read_counts(path)
    if not counts or spatial_reference(grid.crs_wkt).IsGeographic():
        return {value: area / _M2_PER_HA for value, area in measure_values(path).items()}
    pixel_ha = float(pixel_areas_m2(grid, 0, 1)[0, 0]) / _M2_PER_HA
    return {value: count * pixel_ha for value, count in counts.items()}


def read_counts(path: str) -> dict[int, float]:
    """Return pixel counts by value from the raster attribute table; empty where the file has none."""
    dataset = open_dataset(path)
    with gdal_errors(RasterError, f"the attribute table of {short_name(path)} can't be read"):
        table = dataset.GetRasterBand(1).GetDefaultRAT()
        if table is None:
            return {}
        columns = {table.GetUsageOfCol(number): number for number in reversed(range(table.GetColumnCount()))}
        value, count = columns.get(gdal.GFU_MinMax), columns.get(gdal.GFU_PixelCount)
        if value is None or count is None:
            return {}
        return {
            table.GetValueAsInt(row, value): table.GetValueAsDouble(row, count) for row in range(table.GetRowCount())
        }


def count_bars(counts: Mapping[str, int], colors: Mapping[str, str]) -> list[Bar]:
    """Return how many polygons have each class."""
    total = sum(counts.values())
    return [
        Bar(name, colors.get(name, ""), float(count), count / total if total else 0.0) for name, count in counts.items()
    ]


def cloud_bars(results: Mapping[str, Any]) -> list[Bar]:
    """Return which part of the image was cloudy, kept and lost; what is not known is left out."""
    names = (
        ("CLOUDY_SHARE", translate("cloudy on the restored date")),
        ("KEPT_SHARE", translate("kept as observed")),
        ("LOST_SHARE", translate("clear on no date")),
    )
    return [Bar(text, "", 100 * results[name], results[name]) for name, text in names if name in results]


def changes_matrix(bars: list[Bar]) -> Matrix | None:
    """Return the matrix that a from–to map itself knows: what stayed the same is one number in it, so no cell."""
    pairs = {tuple(bar.name.split(_ARROW, 1)): bar.value for bar in bars if _ARROW in bar.name}
    if not pairs:
        return None
    before = tuple(dict.fromkeys(pair[0] for pair in pairs))
    after = tuple(dict.fromkeys(pair[1] for pair in pairs))
    cells = tuple(tuple(None if one == other else pairs.get((one, other), 0.0) for other in after) for one in before)
    return Matrix(before, after, cells)


def read_matrix(path: str) -> Matrix | None:
    """Return the from–to matrix of the statistics that a run wrote; None for a page, or for a map without one."""
    if not path.lower().endswith(".csv"):
        return None
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.reader(text))
    except OSError as error:
        raise RasterError(f"{path} can't be read: {error.strerror}.") from None
    if len(rows) < 3 or len(rows[0]) < 4 or not rows[0][0].startswith("from"):
        return None
    body = rows[1:-1]
    cells = tuple(tuple(float(cell) for cell in row[1:-1]) for row in body)
    return Matrix(tuple(row[0] for row in body), tuple(rows[0][1:-1]), cells)


def _facts(ended: Ended) -> list[tuple[str, str]]:
    results, items = ended.results, _provenance(ended)
    facts = [
        (translate("Model"), " ".join(filter(None, [items.get("MODEL"), items.get("MODEL_VERSION")])) or ended.model),
        (translate("Licence of the model"), items.get("MODEL_LICENCE", "")),
        (translate("Input"), items.get("INPUT", "")),
        (translate("Bands"), items.get("BANDS", "")),
        (translate("Ran on"), _provider_name(str(results.get("PROVIDER", "")))),
        (translate("Time"), translate("{:.1f} s").format(results.get("SECONDS", ended.seconds))),
        (translate("Tiles"), f"{results['TILES']:,}" if "TILES" in results else ""),
        (translate("Speed"), translate("{:g} megapixels per second").format(results.get("MPIX_PER_SECOND", 0))),
    ]
    if results.get("UNLIKE_SHARE") is not None:
        facts.append((translate("Unlike the training images"), f"{results['UNLIKE_SHARE']:.0%}"))
    if "CHANGED_HA" in results:
        share = translate("{:,.2f} ha of {:,.2f} ha ({:.1%})")
        changed = share.format(results["CHANGED_HA"], results["TOTAL_HA"], results["CHANGED_SHARE"])
        facts.insert(0, (translate("Changed"), changed))
    if "SHIFT_X" in results:
        shift = translate("{:g} px to the right, {:g} px down").format(results["SHIFT_X"], results["SHIFT_Y"])
        facts.append((translate("Shift of the later image"), shift))
    if "TARGET_DATE" in results:
        facts.insert(0, (translate("Restored date"), str(results["TARGET_DATE"])))
        facts.append((translate("Dates that were used"), ", ".join(map(str, results.get("DATES") or ()))))
    facts.append((translate("Chips without enough data"), str(results.get("CHIPS_SKIPPED") or "")))
    facts.append((translate("Zones without class"), str(results.get("ZONES_WITHOUT_CLASS") or "")))
    facts.append((translate("SHA-256 of the model"), str(results.get("MODEL_SHA256", ""))))
    return [(name, value) for name, value in facts if value and value != "None"]


def _provider_name(provider: str) -> str:
    return provider.replace("ExecutionProvider", "")


def _provenance(ended: Ended) -> dict[str, str]:
    """Return what the result itself says of how it was made; empty for polygons."""
    path = str(ended.results.get("OUTPUT_RASTER") or ended.results.get("OUTPUT") or "")
    if ended.algorithm == "geonnx:classify" and not ended.results.get("OUTPUT_RASTER"):
        return {}
    try:
        items = open_dataset(path).GetMetadata("GEONNX")
    except GeonnxError:
        return {}
    return dict(items or {})
