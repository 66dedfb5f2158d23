"""Writes polygons with their attributes into any vector format; the file appears complete or not at all."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Union

import numpy as np
from osgeo import gdal, ogr, osr

from ..errors import OutputError
from .gdal_errors import close_dataset, gdal_errors, is_full
from .source import spatial_reference
from .staging import staging

_log = logging.getLogger("geonnx")
_LAYER_OPTIONS = {"ESRI Shapefile": ["ENCODING=UTF-8"]}
_TYPES: dict[type, int] = {
    int: ogr.OFTInteger, np.int64: ogr.OFTInteger64, float: ogr.OFTReal, str: ogr.OFTString,
    date: ogr.OFTDate, time: ogr.OFTTime, datetime: ogr.OFTDateTime,
}  # fmt: skip

Row = tuple[Union[bytes, None], tuple[Any, ...]]
"""A polygon as WKB (None: without shape), and its attributes in the order of the fields; None for no value"""


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


def check_polygon_format(path: str) -> None:
    """Raise OutputError when the format that the path's extension stands for can't hold polygons.

    Two small ones are written to a folder of the system and read back: what drivers say of themselves does not tell
    that tables have no shapes, or that tiles for a web map leave small shapes out.
    """
    driver = find_vector_driver(path)
    trial: Mapping[str, type] = {"class": int, "name": str, "confidence": float}
    rows: list[Row] = [(_small_square(14 + number, 47), (number, "class", 0.5)) for number in range(2)]
    folder = tempfile.mkdtemp(prefix="geonnx-")
    try:
        file = Path(folder) / Path(path).name
        sink = PolygonSink(str(file), osr.GetUserInputAsWKT("EPSG:4326"), trial)
        try:
            sink.write(rows)
            sink.close()
        finally:
            sink.abandon()
        holds = _holds_polygons(file)
    except OutputError as error:
        if is_full(str(error)):
            raise
        holds = False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not holds:
        raise OutputError(
            f"{Path(path).name} is of a format ({driver.ShortName}) that can't hold polygons with their attributes; "
            "use one such as .gpkg, .shp, .geojson or .fgb."
        )


def _small_square(x: int, y: int) -> bytes:
    """Return a square of some 10 m, as WKB; *x* and *y* in degrees."""
    right, top = x + 1e-4, y + 1e-4
    text = f"POLYGON(({x} {y},{right} {y},{right} {top},{x} {top},{x} {y}))"
    return bytes(ogr.CreateGeometryFromWkt(text).ExportToWkb())


def _holds_polygons(file: Path) -> bool:
    """Return True when all that a file holds are shapes with an area."""
    dataset = gdal.OpenEx(str(file), gdal.OF_VECTOR)
    for feature in dataset.GetLayer(0):
        shape = feature.GetGeometryRef()  # no longer there than the feature
        if shape is None or shape.GetDimension() != 2:
            return False
    return True


def write_polygons(path: str, crs_wkt: str, fields: Mapping[str, type], rows: Iterable[Row]) -> int:
    """Write a polygon layer named after the file and return the number of polygons.

    *fields* maps names to types, as `PolygonSink` takes them. A file of that name is replaced. Everything is written
    beside the target in a folder of its own and moved at the end, so that an error, or an exception out of *rows*,
    leaves nothing behind. Raises OutputError.
    """
    find_vector_driver(path)
    with staging() as stage:
        sink = PolygonSink(stage.path_for(path), crs_wkt, fields)
        try:
            sink.write(rows)
            return sink.close()
        finally:
            sink.abandon()


class PolygonSink:
    """A polygon layer in the making. It may move from thread to thread, but only one may use it at a time."""

    def __init__(
        self, path: str, crs_wkt: str, fields: Mapping[str, type], *, geometry_type: int = ogr.wkbPolygon
    ) -> None:
        """Create the file, with a layer named after it.

        *fields* maps names to int (32 bits), numpy.int64, float, str, or date, time and datetime, whose values come as
        text. Raises OutputError when the format is unknown, can't hold polygons, or the file can't be created.
        """
        self._file = Path(path)
        self._fields = dict(fields)
        self._count = 0
        self._dataset: gdal.Dataset | None = None
        self._layer: ogr.Layer | None = None
        driver = find_vector_driver(path)
        try:
            with gdal_errors(OutputError, f"{self._file.name} can't be written"):
                self._dataset = driver.Create(path, 0, 0, 0, gdal.GDT_Unknown)
                self._layer = self._create_layer(driver, crs_wkt, geometry_type)
                self._in_transaction = (
                    self._dataset.TestCapability(ogr.ODsCTransactions)
                    and self._dataset.StartTransaction() == ogr.OGRERR_NONE
                )
        except BaseException:
            self.abandon()
            raise

    @property
    def layer_name(self) -> str:
        """Name of the layer."""
        return self._file.stem

    def _create_layer(self, driver: gdal.Driver, crs_wkt: str, geometry_type: int) -> ogr.Layer:
        name = self._file.name
        if self._dataset is None:
            raise OutputError(_failure(name))
        options = _LAYER_OPTIONS.get(driver.ShortName, [])
        layer = self._dataset.CreateLayer(self._file.stem, spatial_reference(crs_wkt), geometry_type, options)
        if layer is None:
            raise OutputError(
                f"{name} is of a format that can't hold these polygons; use one such as .gpkg, .shp, .geojson or .fgb."
            )
        if layer.GetGeomType() == ogr.wkbNone:
            raise OutputError(f"{name} is of a format without polygons; use one such as .gpkg, .shp, .geojson or .fgb.")
        for field, kind in self._fields.items():
            layer.CreateField(ogr.FieldDefn(field, _TYPES[kind]))
        return layer

    def write(self, rows: Iterable[Row]) -> None:
        """Add polygons; raise OutputError when the format refuses one."""
        if self._layer is None:
            raise OutputError(f"{self._file.name} is closed already.")
        with gdal_errors(OutputError, f"{self._file.name} can't be written"):
            self._count += _write_features(self._layer, self._fields, rows, self._file.name)

    def close(self, metadata: Mapping[str, str] | None = None) -> int:
        """Finish the file and return the number of polygons; *metadata* goes to the domain GEONNX, where there is one.

        Raises OutputError when the last bytes can't be written, or when less can be read back.
        """
        with gdal_errors(OutputError, f"{self._file.name} can't be written"):
            if self._dataset is None:
                raise OutputError(f"{self._file.name} is closed already.")
            if metadata:
                self._dataset.SetMetadata(dict(metadata), "GEONNX")
            if self._in_transaction and self._dataset.CommitTransaction() != ogr.OGRERR_NONE:
                raise OutputError(_failure(self._file.name))
            self._dataset.FlushCache()
            # which writes indexes and footers: inside the error handler
            dataset, self._dataset, self._layer = self._dataset, None, None
            close_dataset(dataset)
            del dataset
            _check_complete(self._file, self._count)
        return self._count

    def abandon(self) -> None:
        """Let go of the file as it is; the caller deletes it."""
        dataset, self._dataset, self._layer = self._dataset, None, None
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        try:
            close_dataset(dataset)
        except RuntimeError as error:
            _log.debug("%s was let go of: %s", self._file.name, error)
        finally:
            del dataset
            gdal.PopErrorHandler()


def _write_features(layer: ogr.Layer, fields: Mapping[str, type], rows: Iterable[Row], name: str) -> int:
    definition = layer.GetLayerDefn()
    feature = ogr.Feature(definition)
    setters = [_setter(feature, kind) for kind in fields.values()]
    count = 0
    for wkb, values in rows:
        # the same feature for all: drivers give it a number, which would make the next one overwrite it
        feature.SetFID(ogr.NullFID)
        feature.SetGeometryDirectly(None if wkb is None else ogr.CreateGeometryFromWkb(wkb))
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
    layer = None if dataset is None else dataset.GetLayer(0)
    found = 0 if layer is None else layer.GetFeatureCount()
    if found != count or layer is None:
        raise OutputError(
            f"{file.name} can't be written: {count} polygons were made and {found} could be read back. Check the free "
            "space on the disk."
        )


def _setter(feature: ogr.Feature, kind: type) -> Any:
    # SetField() asks for the type of every value; these do not, and they are the bulk of the time
    if kind in (int, np.int64):
        return feature.SetFieldInteger64
    return feature.SetFieldString if kind is str else feature.SetField


def _failure(name: str) -> str:
    reason = " ".join(gdal.GetLastErrorMsg().split()) or "the format refused a polygon"
    if is_full(reason):
        return f"{name} can't be written: the disk is full. Free some space or choose another folder."
    return f"{name} can't be written: {reason[:300]}. Check the free space on the disk."
