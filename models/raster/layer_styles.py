"""The style inside a GeoPackage, in the table ``layer_styles`` where QGIS looks for the default style of a layer."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal, ogr

from ..errors import OutputError
from .gdal_errors import gdal_errors

# as QGIS itself makes the table (qgsogrprovider.cpp); width 0: any
_TEXTS = (
    ("f_table_catalog", 256), ("f_table_schema", 256), ("f_table_name", 256), ("f_geometry_column", 256),
    ("styleName", 30), ("styleQML", 0), ("styleSLD", 0), ("useAsDefault", None), ("description", 0), ("owner", 30),
    ("ui", 30),
)  # fmt: skip


def embed_style(path: str, layer_name: str, qml: str) -> None:
    """Store *qml* as the default style of a layer in a GeoPackage; other formats are left alone.

    Raises OutputError when it can't be written.
    """
    if Path(path).suffix.lower() != ".gpkg":
        return
    with gdal_errors(OutputError, f"the style in {Path(path).name} can't be written"):
        dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_UPDATE)
        column = dataset.GetLayerByName(layer_name).GetGeometryColumn()
        layer = dataset.CreateLayer("layer_styles", None, ogr.wkbNone, ["FID=id"])
        for name, width in _TEXTS:
            field = ogr.FieldDefn(name, ogr.OFTString if width is not None else ogr.OFTInteger)
            if width is None:
                field.SetSubType(ogr.OFSTBoolean)
            elif width:
                field.SetWidth(width)
            layer.CreateField(field)
        stamp = ogr.FieldDefn("update_time", ogr.OFTDateTime)
        stamp.SetDefault("CURRENT_TIMESTAMP")
        layer.CreateField(stamp)
        feature = ogr.Feature(layer.GetLayerDefn())
        for name, value in (
            ("f_table_catalog", ""), ("f_table_schema", ""), ("f_table_name", layer_name),
            ("f_geometry_column", column), ("styleName", layer_name[:30]), ("styleQML", qml), ("styleSLD", ""),
            ("useAsDefault", 1), ("description", "Classes, by GeONNX"), ("owner", ""), ("ui", ""),
        ):  # fmt: skip
            feature.SetField(name, value)
        layer.CreateFeature(feature)
        dataset.FlushCache()
        del feature, layer, dataset
