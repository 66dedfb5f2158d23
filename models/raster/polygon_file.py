"""Writes polygons with their attributes into any vector format; the file appears complete or not at all."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from osgeo import gdal, ogr

from ..errors import OutputError
from .gdal_errors import gdal_errors
from .source import spatial_reference
from .staging import staging

_LAYER_OPTIONS = {"ESRI Shapefile": ["ENCODING=UTF-8"]}
_TYPES = {int: ogr.OFTInteger, float: ogr.OFTReal, str: ogr.OFTString}

Row = tuple[bytes, tuple[Any, ...]]
"""A polygon as WKB, and its attributes in the order of the fields; None for no value"""


def find_vector_driver(path: str) -> gdal.Driver:
    """Return the driver that writes files with the path's extension; raise OutputError when there is none."""
    extension = Path(path).suffix.lower().lstrip(".")
    if extension:
        for index in range(gdal.GetDriverCount()):
            driver = gdal.GetDriver(index)
            if (
                driver.GetMetadataItem(gdal.DCAP_VECTOR)
                and driver.GetMetadataItem(gdal.DCAP_CREATE)
                and extension in (driver.GetMetadataItem(gdal.DMD_EXTENSIONS) or "").lower().split()
            ):
                return driver
    raise OutputError(
        f"{Path(path).name} has no extension of a vector format that GDAL can write; expected one such as .gpkg, .shp, "
        ".geojson or .fgb. Change the name of the polygon output."
    )


def write_polygons(path: str, crs_wkt: str, fields: Mapping[str, type], rows: Iterable[Row]) -> int:
    """Write a polygon layer named after the file and return the number of polygons.

    *fields* maps names to int, float or str. A file of that name is replaced. Everything is written beside the target
    in a folder of its own and moved at the end, so that an error, or an exception out of *rows*, leaves nothing
    behind. Raises OutputError.
    """
    driver = find_vector_driver(path)
    target = Path(path)
    with staging() as stage:
        staged = Path(stage.path_for(path))
        with gdal_errors(OutputError, f"{target.name} can't be written"):
            try:
                count = _write(driver, staged, crs_wkt, fields, rows)
            except BaseException as error:
                # the traceback keeps the dataset open: close it here, where its complaints are collected
                traceback.clear_frames(error.__traceback__)
                raise
            _check_complete(staged, count)
    return count


def _write(driver: gdal.Driver, file: Path, crs_wkt: str, fields: Mapping[str, type], rows: Iterable[Row]) -> int:
    dataset = driver.Create(str(file), 0, 0, 0, gdal.GDT_Unknown)
    if dataset is None:
        raise OutputError(_failure(file.name))
    layer = dataset.CreateLayer(
        file.stem, spatial_reference(crs_wkt), ogr.wkbPolygon, _LAYER_OPTIONS.get(driver.ShortName, [])
    )
    if layer is None:
        raise OutputError(
            f"{file.name} is of a format that can't hold these polygons; use one such as .gpkg, .shp, .geojson or .fgb."
        )
    if layer.GetGeomType() == ogr.wkbNone:
        raise OutputError(
            f"{file.name} is of a format without polygons; use one such as .gpkg, .shp, .geojson or .fgb."
        )
    for name, kind in fields.items():
        layer.CreateField(ogr.FieldDefn(name, _TYPES[kind]))
    in_transaction = dataset.TestCapability(ogr.ODsCTransactions) and dataset.StartTransaction() == ogr.OGRERR_NONE
    count = _write_features(layer, fields, rows, file.name)
    if in_transaction and dataset.CommitTransaction() != ogr.OGRERR_NONE:
        raise OutputError(_failure(file.name))
    dataset.FlushCache()
    # the layer and the dataset go here, which writes indexes and footers: inside the caller's error handler
    del layer, dataset
    return count


def _write_features(layer: ogr.Layer, fields: Mapping[str, type], rows: Iterable[Row], name: str) -> int:
    definition = layer.GetLayerDefn()
    feature = ogr.Feature(definition)
    setters = [_setter(feature, kind) for kind in fields.values()]
    count = 0
    for wkb, values in rows:
        # the same feature for all: drivers give it a number, which would make the next one overwrite it
        feature.SetFID(ogr.NullFID)
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(wkb))
        for index, (setter, value) in enumerate(zip(setters, values)):
            if value is None:
                feature.SetFieldNull(index)
            else:
                setter(index, value)
        if layer.CreateFeature(feature) != ogr.OGRERR_NONE:
            raise OutputError(_failure(name))
        count += 1
    return count


def _check_complete(file: Path, count: int) -> None:
    """Read the number of polygons back: some drivers (GeoJSON) do not notice that a write failed."""
    dataset = gdal.OpenEx(str(file), gdal.OF_VECTOR)
    found = 0 if dataset is None else dataset.GetLayer(0).GetFeatureCount()
    if dataset is None or found != count:
        raise OutputError(
            f"{file.name} can't be written: {count} polygons were made and {found} could be read back. Check the free "
            "space on the disk."
        )


def _setter(feature: ogr.Feature, kind: type) -> Any:
    # SetField() asks for the type of every value; these do not, and they are the bulk of the time
    if kind is int:
        return feature.SetFieldInteger64
    return feature.SetFieldString if kind is str else feature.SetField


def _failure(name: str) -> str:
    reason = " ".join(gdal.GetLastErrorMsg().split()) or "the format refused a polygon"
    return f"{name} can't be written: {reason[:300]}. Check the free space on the disk."
