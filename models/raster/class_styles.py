"""What a class raster calls its classes: names and colours from the file itself or the style beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from osgeo import gdal

from ..card.colors import parse_color
from ..errors import RasterError
from .gdal_errors import gdal_errors, short_name
from .source import open_dataset

_LARGEST_STYLE_BYTES = 4 << 20
_PALETTE_ENTRY = re.compile(r"<paletteEntry\s([^>]*?)/?>")
_ATTRIBUTE = re.compile(r"(\w+)=\"([^\"]*)\"")


@dataclass(frozen=True)
class ClassStyle:
    """How a class is called and drawn; empty where the file does not say."""

    name: str = ""
    color: str = ""
    """#rrggbb"""


def read_class_styles(path: str, number: int = 1) -> Mapping[int, ClassStyle]:
    """Return names and colours by pixel value for band *number* (from 1).

    Names come from the category names, then the raster attribute table, then the palette of a sibling .qml, then what
    we wrote into the file itself; colours from the colour table, then the others. Classes without a name are left out.
    Raises RasterError.
    """
    dataset = open_dataset(path)
    with gdal_errors(RasterError, f"the class names of {short_name(path)} can't be read"):
        band = dataset.GetRasterBand(number)
        # GDAL 3.6 finds the category names of a GeoTIFF's .aux.xml only after something else was asked for
        band.GetNoDataValue()
        sources = (
            _from_categories(band),
            _from_table(band.GetDefaultRAT()),
            _from_qml(path),
            _from_provenance(dataset, band) if number == 1 else {},
        )
    found = {}
    for value in sorted(set().union(*sources)):
        styles = [source.get(value, ClassStyle()) for source in sources]
        name = next((style.name for style in styles if style.name), "")
        color = next((style.color for style in styles if style.color), "")
        if name:
            found[value] = ClassStyle(name, color)
    return found


def _from_categories(band: gdal.Band) -> dict[int, ClassStyle]:
    names = band.GetCategoryNames() or []
    table = band.GetColorTable()
    colors = {} if table is None else {value: table.GetColorEntry(value) for value in range(table.GetCount())}
    return {
        value: ClassStyle(name.strip(), parse_color(colors.get(value)) or "")
        for value, name in enumerate(names)
        if name.strip()
    }


def _from_provenance(dataset: gdal.Dataset, band: gdal.Band) -> dict[int, ClassStyle]:
    """Return what lies in our own metadata: GeoTIFF has no place for names, and .aux.xml is easily left behind."""
    try:
        names = json.loads(dataset.GetMetadataItem("CLASSES", "GEONNX") or "{}")
    except ValueError:
        return {}
    if not isinstance(names, dict):
        return {}
    table = band.GetColorTable()
    count = 0 if table is None else table.GetCount()
    found = {}
    for value, name in names.items():
        if value.isdecimal() and isinstance(name, str):
            color = table.GetColorEntry(int(value)) if int(value) < count else None
            found[int(value)] = ClassStyle(name, parse_color(color) or "")
    return found


def _from_table(table: gdal.RasterAttributeTable | None) -> dict[int, ClassStyle]:
    if table is None:
        return {}
    usages = {table.GetUsageOfCol(column): column for column in reversed(range(table.GetColumnCount()))}
    values = usages.get(gdal.GFU_MinMax, usages.get(gdal.GFU_Min))
    if values is None:
        # tables of other programs may not say what their columns are for, only call the first one so
        values = next((c for c in range(table.GetColumnCount()) if table.GetNameOfCol(c).lower() == "value"), None)
    names = usages.get(gdal.GFU_Name)
    if values is None or names is None:
        return {}
    parts = [usages.get(usage) for usage in (gdal.GFU_Red, gdal.GFU_Green, gdal.GFU_Blue)]
    found = {}
    for row in range(table.GetRowCount()):
        color = [table.GetValueAsInt(row, part) for part in parts if part is not None]
        name = str(table.GetValueAsString(row, names)).strip()
        if name:
            found[int(table.GetValueAsDouble(row, values))] = ClassStyle(name, parse_color(color) or "")
    return found


def _from_qml(path: str) -> dict[int, ClassStyle]:
    # the two attributes of a palette are all that is wanted: no XML parser has to see a stranger's file
    file = Path(path).with_suffix(".qml") if not path.lstrip().startswith("<") else None
    try:
        if file is None or not file.is_file() or file.stat().st_size > _LARGEST_STYLE_BYTES:
            return {}
        text = file.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return {}
    found = {}
    for entry in _PALETTE_ENTRY.findall(text):
        attributes = {key: unescape(value) for key, value in _ATTRIBUTE.findall(entry)}
        value, name = attributes.get("value", ""), attributes.get("label", "").strip()
        if re.fullmatch(r"-?\d+", value) and name and name != value:
            found[int(value)] = ClassStyle(name, parse_color(attributes.get("color")) or "")
    return found
