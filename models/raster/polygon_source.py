"""Reading polygon layers: opened with clear errors, and brought to a raster's CRS."""

from __future__ import annotations

from collections.abc import Iterator

from osgeo import gdal, ogr, osr

from ..errors import RasterError
from .gdal_errors import gdal_errors, short_name
from .source import spatial_reference


def open_polygon_layer(path: str, layer_name: str, parameter: str) -> tuple[gdal.Dataset, ogr.Layer]:
    """Return a layer of a vector file (empty name: the first) with the dataset that has to stay open for it.

    *parameter* is what messages call it. Raises RasterError when it can't be opened or has no CRS.
    """
    name = short_name(path)
    dataset = gdal.OpenEx(path, gdal.OF_VECTOR)
    layer = None
    if dataset is not None:
        layer = dataset.GetLayerByName(layer_name) if layer_name else dataset.GetLayer(0)
    if layer is None:
        raise RasterError(f"{parameter} should be a polygon layer; {name} can't be opened as one.")
    reference = layer.GetSpatialRef()
    # a GeoPackage says so in the name of one
    if reference is None or (reference.GetName() or "").startswith("Undefined "):
        raise RasterError(f"The layer {name} of {parameter} has no coordinate reference system: assign one first.")
    return dataset, layer


def transform_to(layer: ogr.Layer, crs_wkt: str) -> osr.CoordinateTransformation | None:
    """Return the transformation from a layer's CRS, x before y; None where it is the same."""
    source, target = layer.GetSpatialRef().Clone(), spatial_reference(crs_wkt)
    source.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return None if source.IsSame(target) else osr.CoordinateTransformation(source, target)


def read_shapes(path: str, layer_name: str, parameter: str, crs_wkt: str) -> Iterator[ogr.Geometry | None]:
    """Yield the geometry of every feature in the CRS *crs_wkt*, made valid; None for what is no polygon there.

    None: no geometry, a point or a line, or a polygon of which a corner has no place in that CRS. Raises RasterError as
    `open_polygon_layer` does.
    """
    dataset, layer = open_polygon_layer(path, layer_name, parameter)
    transform = transform_to(layer, crs_wkt)
    for feature in layer:
        yield _shape(feature.GetGeometryRef(), transform)
    del layer, dataset


def _shape(geometry: ogr.Geometry | None, transform: osr.CoordinateTransformation | None) -> ogr.Geometry | None:
    if geometry is None or geometry.GetDimension() != 2 or geometry.IsEmpty():
        return None
    geometry = geometry.GetLinearGeometry() if geometry.HasCurveGeometry() else geometry.Clone()
    geometry.FlattenTo2D()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        if transform is not None and geometry.Transform(transform) != ogr.OGRERR_NONE:
            return None
        if not geometry.IsValid():
            geometry = geometry.MakeValid()
    except RuntimeError:  # with GDAL's exceptions switched on, its failures come so
        return None
    finally:
        gdal.PopErrorHandler()
    return geometry


def require_polygons(count: int, path: str, parameter: str) -> None:
    """Raise RasterError when a layer held no polygon."""
    if count == 0:
        raise RasterError(f"{parameter} should hold polygons; {short_name(path)} holds none.")


def require_meeting(
    polygons: tuple[float, float, float, float], outline: list[tuple[float, float]], meets: bool, parameter: str
) -> None:
    """Raise RasterError when polygons (their xmin, xmax, ymin, ymax) do not meet a raster with corners *outline*."""
    if meets:
        return
    left, right, bottom, top = polygons
    xs, ys = zip(*outline)
    raise RasterError(
        f"No polygon of {parameter} meets the raster: the polygons lie at x {left:.10g} to {right:.10g}, y "
        f"{bottom:.10g} to {top:.10g}, the raster at x {min(xs):.10g} to {max(xs):.10g}, y {min(ys):.10g} to "
        f"{max(ys):.10g} in its CRS. Choose others, or correct their CRS."
    )


def polygon_of(corners: list[tuple[float, float]]) -> ogr.Geometry:
    """Return the polygon with these corners."""
    ring = ogr.Geometry(ogr.wkbLinearRing)
    for x, y in (*corners, corners[0]):
        ring.AddPoint_2D(x, y)
    outline = ogr.Geometry(ogr.wkbPolygon)
    outline.AddGeometry(ring)
    return outline


def intersect(first: ogr.Geometry, second: ogr.Geometry) -> ogr.Geometry:
    """Return what two polygons share; raise RasterError when that can't be computed."""
    shared = None
    with gdal_errors(RasterError, "two polygons can't be intersected"):
        shared = first.Intersection(second)
    if shared is None:
        raise RasterError("Two polygons can't be intersected: repair the geometry of the layer first (Fix geometries).")
    return shared
