"""Features of a reference layer: their geometries in the raster's CRS, their classes as a field names them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from osgeo import gdal, ogr, osr

from ..errors import RasterError, SettingsError
from ..raster.gdal_errors import gdal_errors, short_name
from ..raster.source import spatial_reference
from .class_match import ReferenceClass

MOST_CLASSES = 1000
_KINDS = {0: "points", 1: "lines", 2: "polygons"}


@dataclass
class Labels:
    """The classes that the features of a layer name, and a code for each."""

    codes: dict[ReferenceClass, int] = field(default_factory=dict)

    def code(self, feature: ogr.Feature, index: int, is_text: bool) -> int | None:
        """Return the code of a feature's class; None when the field is empty."""
        if not feature.IsFieldSetAndNotNull(index):
            return None
        if is_text:
            text = feature.GetFieldAsString(index).strip()
            if not text:
                return None
            item = ReferenceClass(number=int(text)) if re.fullmatch(r"-?\d{1,9}", text) else ReferenceClass(text)
        else:
            number = feature.GetFieldAsDouble(index)
            if not math.isfinite(number):
                return None
            if number != int(number):
                raise SettingsError(
                    f"FIELD holds {number:.6g}; expected class names or the whole numbers of classes. Choose another "
                    "field."
                )
            item = ReferenceClass(number=int(number))
        if item not in self.codes and len(self.codes) == MOST_CLASSES:
            raise SettingsError(f"FIELD holds more than {MOST_CLASSES} classes: choose the field that names the class.")
        return self.codes.setdefault(item, len(self.codes))

    def classes(self, codes: list[int]) -> dict[int, ReferenceClass]:
        """Return the classes of some codes."""
        wanted = set(codes)
        return {code: item for item, code in self.codes.items() if code in wanted}


@dataclass(frozen=True)
class Feature:
    """One feature: its geometry, and the code of its class; None where the field is empty."""

    geometry: ogr.Geometry
    code: int | None


class FeatureFile:
    """A layer of points or of polygons, open for reading."""

    def __init__(self, path: str, layer_name: str, field_name: str, crs_wkt: str | None) -> None:
        """Open a layer (empty: the first) of *path*; *crs_wkt* is used instead of its own CRS.

        Raises RasterError when it can't be read, has no CRS or mixes kinds, SettingsError when there is no such field.
        """
        self.name = short_name(path)
        self.labels = Labels()
        layer = None
        with gdal_errors(RasterError, f"the reference {self.name} can't be read"):
            # the dataset has to live as long as its layer
            self._dataset = gdal.OpenEx(path, gdal.OF_VECTOR)
            if self._dataset is not None:
                layer = self._dataset.GetLayerByName(layer_name) if layer_name else self._dataset.GetLayer(0)
        if layer is None:
            raise RasterError(
                f"REFERENCE should be a class raster, polygons or points; {self.name} can't be opened as one."
            )
        self._layer = layer
        if crs_wkt is None and layer.GetSpatialRef() is None:
            raise RasterError(f"The reference {self.name} has no coordinate reference system: assign one first.")
        self._source = spatial_reference(crs_wkt or layer.GetSpatialRef().ExportToWkt())
        self._index, self._is_text = self._find_field(field_name)
        with gdal_errors(RasterError, f"the reference {self.name} can't be read"):
            found = {dimension for feature in layer if (dimension := _dimension(feature)) is not None}
        if found not in ({0}, {2}):
            listed = " and ".join(_KINDS[dimension] for dimension in sorted(found)) or "no geometry"
            raise RasterError(f"REFERENCE should hold either points or polygons; {self.name} holds {listed}.")
        self.is_points = found == {0}

    def _find_field(self, field_name: str) -> tuple[int, bool]:
        """Return the place of the field and whether it holds text."""
        definition = self._layer.GetLayerDefn()
        fields = [definition.GetFieldDefn(index) for index in range(definition.GetFieldCount())]
        listed = ", ".join(item.GetName() for item in fields) or "none"
        if not field_name:
            raise SettingsError(
                f"FIELD is empty; say which field of {self.name} holds the class. It has the fields {listed}."
            )
        index = definition.GetFieldIndex(field_name)
        if index < 0:
            raise SettingsError(f"FIELD is '{field_name}'; {self.name} has the fields {listed}. Choose one of them.")
        kind = fields[index].GetType()
        if kind not in (ogr.OFTString, ogr.OFTInteger, ogr.OFTInteger64, ogr.OFTReal):
            raise SettingsError(
                f"FIELD '{field_name}' of {self.name} holds neither text nor numbers: choose another field."
            )
        return index, kind == ogr.OFTString

    def features(self, crs_wkt: str) -> Iterator[Feature]:
        """Yield the features that have a geometry, in the CRS *crs_wkt*; raise RasterError, SettingsError."""
        target = spatial_reference(crs_wkt)
        is_same = self._source.IsSame(target)
        transform = None if is_same else osr.CoordinateTransformation(self._source, target)
        self._layer.ResetReading()
        while True:
            geometry = None
            with gdal_errors(RasterError, f"a feature of {self.name} can't be brought to the CRS of the map"):
                feature = self._layer.GetNextFeature()
                if feature is not None and _dimension(feature) is not None:
                    geometry = feature.GetGeometryRef().Clone()
                    if transform is not None:
                        geometry.Transform(transform)
            if feature is None:
                return
            if geometry is not None:
                yield Feature(geometry, self.labels.code(feature, self._index, self._is_text))


def _dimension(feature: ogr.Feature) -> int | None:
    geometry = feature.GetGeometryRef()
    return None if geometry is None or geometry.IsEmpty() else int(geometry.GetDimension())
