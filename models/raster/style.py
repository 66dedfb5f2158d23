"""The style that lies beside a result (QGIS .qml), so that it opens with names and colours wherever it goes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from osgeo import gdal

from ..card.colors import rgb
from ..card.types import ClassSpec
from ..errors import OutputError

_REST_COLOR = "#808080"
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def class_raster_qml(classes: Sequence[ClassSpec]) -> str:
    """Return the style of a class raster: one palette entry a class."""
    entries = "".join(
        f'<paletteEntry value="{spec.value}" color="{spec.color}" label="{escape(spec.name)}" alpha="255"/>'
        for spec in classes
    )
    return (
        f'{_HEAD}<qgis version="3.22.0" styleCategories="Symbology"><pipe>'
        '<rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">'
        f"<colorPalette>{entries}</colorPalette></rasterrenderer>"
        '<brightnesscontrast brightness="0" contrast="0" gamma="1"/><huesaturation saturation="0" grayscaleMode="0" '
        'colorizeOn="0"/><rasterresampler maxOversampling="2"/></pipe><blendMode>0</blendMode></qgis>\n'
    )


def ramp_raster_qml(low: float, high: float, colors: Sequence[str], labels: Sequence[str]) -> str:
    """Return the style of a continuous raster: colours spread evenly from *low* to *high*, in real values."""
    step = (high - low) / (len(colors) - 1)
    items = "".join(
        f'<item value="{low + index * step:g}" color="{color}" label="{escape(label)}" alpha="255"/>'
        for index, (color, label) in enumerate(zip(colors, labels))
    )
    return (
        f'{_HEAD}<qgis version="3.22.0" styleCategories="Symbology"><pipe>'
        f'<rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" classificationMin="{low:g}" '
        f'classificationMax="{high:g}" nodataColor=""><rastershader><colorrampshader colorRampType="INTERPOLATED" '
        f'classificationMode="1" clip="0" minimumValue="{low:g}" maximumValue="{high:g}">{items}</colorrampshader>'
        "</rastershader></rasterrenderer></pipe><blendMode>0</blendMode></qgis>\n"
    )


def class_polygons_qml(classes: Sequence[ClassSpec], rest: str = "") -> str:
    """Return the style of class polygons: one category a class, by the field ``class_id``.

    *rest* is what polygons without class are called; empty: they are not drawn.
    """
    categories = "".join(
        f'<category render="true" symbol="{index}" value="{spec.value}" label="{escape(spec.name)}"/>'
        for index, spec in enumerate(classes)
    )
    symbols = "".join(_fill_symbol(index, spec.color) for index, spec in enumerate(classes))
    if rest:
        # a category without value is that of all other values
        categories += f'<category render="true" symbol="{len(classes)}" value="" label="{escape(rest)}"/>'
        symbols += _fill_symbol(len(classes), _REST_COLOR, "no")
    return (
        f'{_HEAD}<qgis version="3.22.0" styleCategories="Symbology"><renderer-v2 type="categorizedSymbol" '
        f'attr="class_id" forceraster="0" symbollevels="0"><categories>{categories}</categories>'
        f"<symbols>{symbols}</symbols></renderer-v2><layerGeometryType>2</layerGeometryType></qgis>\n"
    )


def _fill_symbol(name: int, color: str, fill: str = "solid") -> str:
    red, green, blue = rgb(color)
    properties = {
        "color": f"{red},{green},{blue},255",
        "style": fill,
        "outline_color": f"{red * 6 // 10},{green * 6 // 10},{blue * 6 // 10},255",
        "outline_style": "solid",
        "outline_width": "0.15",
        "outline_width_unit": "MM",
    }
    lines = "".join(f'<prop k="{key}" v="{value}"/>' for key, value in properties.items())
    return (
        f'<symbol type="fill" name="{name}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="SimpleFill" enabled="1" pass="0" locked="0">{lines}</layer></symbol>'
    )


def write_qml(beside: str, qml: str) -> None:
    """Write the style beside a file; raise OutputError when it can't be written."""
    path = Path(beside).with_suffix(".qml")
    try:
        path.write_text(qml, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The style {path.name} can't be written: {error.strerror}.") from None


def attribute_table(classes: Sequence[ClassSpec], counts: dict[int, int]) -> gdal.RasterAttributeTable:
    """Return the raster attribute table of a class raster: value, pixel count, class name, colour."""
    table = gdal.RasterAttributeTable()
    columns = (
        ("Value", gdal.GFT_Integer, gdal.GFU_MinMax),
        ("Count", gdal.GFT_Real, gdal.GFU_PixelCount),
        ("Class", gdal.GFT_String, gdal.GFU_Name),
        ("Red", gdal.GFT_Integer, gdal.GFU_Red),
        ("Green", gdal.GFT_Integer, gdal.GFU_Green),
        ("Blue", gdal.GFT_Integer, gdal.GFU_Blue),
    )
    for name, kind, usage in columns:
        table.CreateColumn(name, kind, usage)
    table.SetRowCount(len(classes))
    for row, spec in enumerate(classes):
        table.SetValueAsInt(row, 0, spec.value)
        table.SetValueAsDouble(row, 1, float(counts.get(spec.value, 0)))
        table.SetValueAsString(row, 2, spec.name)
        for column, part in zip((3, 4, 5), rgb(spec.color)):
            table.SetValueAsInt(row, column, part)
    return table


def category_names(classes: Sequence[ClassSpec]) -> list[str]:
    """Return the names by pixel value, empty where no class has the value."""
    names = [""] * (max(spec.value for spec in classes) + 1)
    for spec in classes:
        names[spec.value] = spec.name
    return names
