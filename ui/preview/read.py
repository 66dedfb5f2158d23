"""From the files of a run to the small arrays of a preview. All of it belongs in another thread than the window's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal, ogr, osr

from ...models.card.colors import default_color, rgb
from ...models.card.types import ClassSpec
from ...models.change.coding import find_unchanged
from ...models.errors import RasterError
from ...models.raster.class_styles import read_class_styles
from ...models.raster.gdal_errors import gdal_errors
from ...models.raster.source import open_dataset, spatial_reference
from .picture import SCORE_STEPS, ClassPicture, ImagePicture, Label, Picture, Placement, argb
from .plan import CHANGE, CLASSIFY, CLOUDS
from .subject import Stretch

LONGEST_PX = 1536
"""edge of the arrays that are kept: more than a screen shows of a preview"""
_SCENES_PX = 768
_MOST_LABELS = 400
_NO_SCORE = 255


@dataclass(frozen=True)
class Results:
    """What a run left behind, and how it is to be shown."""

    algorithm: str
    files: Mapping[str, str]
    """by name of the output"""
    classes: Mapping[int, ClassSpec]
    """what the card calls the classes, where the files do not say it"""
    threshold: float | None = None
    """where the threshold starts; None: as the model decides"""
    stretch: Stretch | None = None


def read_picture(results: Results) -> Picture:
    """Return what the files of a run show; raise RasterError when they can't be read."""
    if results.algorithm == CLOUDS:
        return _read_image(results.files["OUTPUT"], results.stretch)
    if results.algorithm == CLASSIFY:
        return _read_scenes(results)
    if results.algorithm == CHANGE:
        return _read_changes(results)
    return _read_classes(results)


# ---------------------------------------------------------------- rasters
def _read_planes(path: str, numbers: tuple[int, ...] = ()) -> tuple[NDArray[Any], Placement, list[float | None]]:
    """Return bands (band, row, column), made smaller where they are large, and the nodata value of each."""
    dataset = open_dataset(path)
    numbers = numbers or tuple(range(1, dataset.RasterCount + 1))
    factor = max(dataset.RasterXSize, dataset.RasterYSize) / LONGEST_PX
    columns, rows = (max(1, round(size / max(1.0, factor))) for size in (dataset.RasterXSize, dataset.RasterYSize))
    with gdal_errors(RasterError, "the result of the preview can't be read"):
        bands = [dataset.GetRasterBand(number) for number in numbers]
        planes = np.stack([band.ReadAsArray(buf_xsize=columns, buf_ysize=rows) for band in bands])
        nodata = [band.GetNoDataValue() for band in bands]
    x0, dx, rx, y0, ry, dy = dataset.GetGeoTransform()
    across, down = dataset.RasterXSize / columns, dataset.RasterYSize / rows
    placement = Placement((x0, dx * across, rx * down, y0, ry * across, dy * down), dataset.GetProjection())
    return planes, placement, nodata


def _read_classes(results: Results) -> ClassPicture:
    planes, placement, nodata = _read_planes(results.files["OUTPUT"])
    picture = _class_picture(planes[0], placement, nodata[0], _styles(results, planes[0]))
    path = results.files.get("CONFIDENCE")
    return picture if path is None else replace(picture, scores=_read_planes(path)[0][0])


def _read_changes(results: Results) -> ClassPicture:
    planes, placement, nodata = _read_planes(results.files["OUTPUT"])
    classes = _styles(results, planes[0])
    unchanged = find_unchanged(tuple(classes.values()))
    hidden = () if unchanged is None else (list(classes)[unchanged],)
    picture = _class_picture(planes[0], placement, nodata[0], classes, hidden)
    path = results.files.get("PROBABILITIES")
    if path is None:
        return picture
    stored = _read_planes(path)[0]
    decided = None
    if len(stored) == 2:
        # kinds of change: that of "no change" is what the probability of change leaves of 1, and the likeliest wins
        decided = stored[1].astype(np.int16) >= SCORE_STEPS - stored[0].astype(np.int16)
    usual = results.threshold if len(stored) != 2 or results.threshold is not None else None
    return replace(picture, scores=stored[0], decided=decided, usual_threshold=usual)


def _styles(results: Results, values: NDArray[Any]) -> dict[int, ClassSpec]:
    """Return names and colours of all values that occur, by value."""
    found = read_class_styles(results.files["OUTPUT"])
    classes = {}
    for value in sorted({int(value) for value in np.unique(values)} | set(found)):
        listed = results.classes.get(value)
        style = found.get(value)
        name = (style.name if style else "") or (listed.name if listed else f"class {value}")
        color = (style.color if style else "") or (listed.color if listed else default_color(value))
        classes[value] = ClassSpec(value, name, color)
    return classes


def _class_picture(
    values: NDArray[Any],
    placement: Placement,
    nodata: float | None,
    classes: Mapping[int, ClassSpec],
    hidden: tuple[int, ...] = (),
) -> ClassPicture:
    """Return a picture of class numbers, the commonest first; those *hidden* are drawn by nothing."""
    numbers, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    colors, names, lookup = [0], [""], np.zeros(len(numbers), np.uint16)
    for index in np.argsort(-counts, kind="stable"):
        number = int(numbers[index])
        if number in hidden or (nodata is not None and number == int(nodata)):
            continue
        spec = classes[number]
        lookup[index] = len(colors)
        colors.append(int(argb(*rgb(spec.color))))
        names.append(spec.name)
    small = lookup[places.reshape(values.shape)]
    return ClassPicture(small, np.array(colors, np.uint32), tuple(names), placement)


def _read_image(path: str, stretch: Stretch | None) -> ImagePicture:
    count = open_dataset(path).RasterCount
    wanted = stretch.bands if stretch is not None and max(stretch.bands) <= count else _usual_bands(path, count)
    planes, placement, nodata = _read_planes(path, wanted)
    valid = np.ones(planes.shape[1:], bool)
    for plane, value in zip(planes, nodata):
        if value is not None:
            valid &= plane != value
        if plane.dtype.kind == "f":
            valid &= np.isfinite(plane)
    limits: list[tuple[float, float]]
    if stretch is not None and stretch.lows and max(stretch.bands) <= count:
        limits = list(zip(stretch.lows, stretch.highs))
    else:
        limits = [_cut(plane[valid]) for plane in planes]
    parts = []
    for plane, (low, high) in zip(planes, limits):
        stretched = (np.where(valid, plane, low).astype(np.float32) - low) * (255 / (high - low))
        parts.append(np.clip(np.rint(stretched), 0, 255))
    return ImagePicture(argb(*parts, np.where(valid, 255, 0)), placement)


def _usual_bands(path: str, count: int) -> tuple[int, int, int]:
    """Return the bands called red, green and blue (or as Sentinel-2 calls them), else the first ones."""
    dataset = open_dataset(path)
    names = [(dataset.GetRasterBand(number + 1).GetDescription() or "").lower() for number in range(count)]
    for wanted in (("red", "green", "blue"), ("b04", "b03", "b02"), ("b4", "b3", "b2")):
        if all(name in names for name in wanted):
            red, green, blue = (names.index(name) + 1 for name in wanted)
            return red, green, blue
    return (1, 2, 3) if count >= 3 else (1, 1, 1)


def _cut(values: NDArray[Any]) -> tuple[float, float]:
    if not values.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(values, (2, 98)))
    return (low, high) if high > low else (low, low + 1.0)


# ---------------------------------------------------------------- polygons of scenes
def _read_scenes(results: Results) -> ClassPicture:
    dataset = gdal.OpenEx(results.files["OUTPUT"], gdal.OF_VECTOR)
    if dataset is None:
        raise RasterError("The result of the preview can't be read.")
    layer = dataset.GetLayer(0)
    with gdal_errors(RasterError, "the result of the preview can't be read"):
        places = _field_names(layer)
        layer.SetAttributeFilter(f'"{places["class_id"]}" IS NOT NULL')
        if layer.GetFeatureCount() == 0:
            raise RasterError("No scene got a class here: there is no data, or the polygons lie elsewhere.")
        features = [_scene(feature, places) for feature in layer]
        crs_wkt = layer.GetSpatialRef().ExportToWkt() if layer.GetSpatialRef() else ""
        placement, size = _frame([box for box, *_ in features], crs_wkt)
        numbers = _burn(layer, places["class_id"], placement, size)
        scores = _burn(layer, places["confidence"], placement, size)
    found = read_class_styles(results.files["OUTPUT_RASTER"]) if results.files.get("OUTPUT_RASTER") else {}
    classes = {}
    for _, value, name, _ in features:
        listed = results.classes.get(value)
        color = (found[value].color if value in found else "") or (listed.color if listed else default_color(value))
        classes[value] = ClassSpec(value, name, color)
    picture = _class_picture(np.where(np.isnan(numbers), -1, numbers).astype(np.int64), placement, -1, classes)
    coded = np.where(np.isnan(scores), _NO_SCORE, np.rint(scores * SCORE_STEPS)).astype(np.uint8)
    return replace(picture, scores=coded, labels=_labels(features))


def _field_names(layer: ogr.Layer) -> dict[str, str]:
    """Return our fields by what they hold: a zone's own attributes may have taken the plain names."""
    definition = layer.GetLayerDefn()
    names = [definition.GetFieldDefn(index).GetName() for index in range(definition.GetFieldCount())]
    found = {}
    for wanted in ("class_id", "class", "confidence"):
        numbered = [name for name in names if name == wanted or name.rsplit("_", 1)[0] == wanted]
        own = [name for name in numbered if name == wanted or name.rsplit("_", 1)[1].isdecimal()]
        found[wanted] = own[-1] if own else wanted
    return found


def _scene(feature: ogr.Feature, names: Mapping[str, str]) -> tuple[tuple[float, ...], int, str, float]:
    box = feature.GetGeometryRef().GetEnvelope()
    confidence = feature.GetField(names["confidence"])
    return box, int(feature.GetField(names["class_id"])), str(feature.GetField(names["class"])), confidence or 0.0


def _frame(boxes: list[tuple[float, ...]], crs_wkt: str) -> tuple[Placement, tuple[int, int]]:
    """Return a grid that covers all boxes (xmin, xmax, ymin, ymax)."""
    left, right = min(box[0] for box in boxes), max(box[1] for box in boxes)
    bottom, top = min(box[2] for box in boxes), max(box[3] for box in boxes)
    step = max(right - left, top - bottom) / _SCENES_PX
    columns, rows = max(1, round((right - left) / step)), max(1, round((top - bottom) / step))
    transform = (left, (right - left) / columns, 0.0, top, 0.0, -(top - bottom) / rows)
    return Placement(transform, crs_wkt), (columns, rows)


def _burn(layer: ogr.Layer, name: str, placement: Placement, size: tuple[int, int]) -> NDArray[Any]:
    """Return the values of a field by pixel, NaN where no polygon lies."""
    target = gdal.GetDriverByName("MEM").Create("", *size, 1, gdal.GDT_Float64)
    target.SetGeoTransform(placement.geotransform)
    target.SetProjection(placement.crs_wkt)
    band = target.GetRasterBand(1)
    band.Fill(float("nan"))
    layer.ResetReading()
    gdal.RasterizeLayer(target, [1], layer, options=[f"ATTRIBUTE={name}"])
    return band.ReadAsArray(0, 0, size[0], size[1])


def _labels(features: list[tuple[tuple[float, ...], int, str, float]]) -> tuple[Label, ...]:
    if len(features) > _MOST_LABELS:
        return ()
    return tuple(
        Label((left + right) / 2, (bottom + top) / 2, right - left, name, round(confidence * SCORE_STEPS))
        for (left, right, bottom, top), _, name, confidence in features
    )


# ---------------------------------------------------------------- another CRS
def to_crs(picture: Picture, crs_wkt: str) -> Picture:
    """Return the picture in another CRS, its pixels moved without being mixed; raise RasterError when that fails."""
    if isinstance(picture, ImagePicture):
        parts = [(picture.argb >> shift & 255).astype(np.uint16) for shift in (16, 8, 0, 24)]
        planes, placement = _warp(parts, picture.placement, crs_wkt)
        return ImagePicture(argb(*planes), placement)
    planes_of = {"places": picture.places}
    if picture.scores is not None:
        planes_of["scores"] = picture.scores.astype(np.uint16)
    if picture.decided is not None:
        planes_of["decided"] = picture.decided.astype(np.uint16)
    warped, placement = _warp(list(planes_of.values()), picture.placement, crs_wkt)
    found = dict(zip(planes_of, warped))
    return replace(
        picture,
        places=found["places"],
        scores=found["scores"].astype(np.uint8) if "scores" in found else None,
        decided=found["decided"].astype(bool) if "decided" in found else None,
        placement=placement,
        labels=_move_labels(picture.labels, picture.placement.crs_wkt, crs_wkt),
    )


def _warp(planes: list[NDArray[Any]], placement: Placement, crs_wkt: str) -> tuple[NDArray[Any], Placement]:
    rows, columns = planes[0].shape
    source = gdal.GetDriverByName("MEM").Create("", columns, rows, len(planes), gdal.GDT_UInt16)
    source.SetGeoTransform(placement.geotransform)
    source.SetProjection(placement.crs_wkt)
    for number, plane in enumerate(planes, start=1):
        source.GetRasterBand(number).WriteArray(plane)
    with gdal_errors(RasterError, "the preview can't be drawn in the map's coordinate reference system"):
        warped = gdal.Warp("", source, format="MEM", srcSRS=placement.crs_wkt, dstSRS=crs_wkt, resampleAlg="near")
        values = warped.ReadAsArray(0, 0, warped.RasterXSize, warped.RasterYSize)
        transform = warped.GetGeoTransform()
    return (values if values.ndim == 3 else values[np.newaxis]), Placement(tuple(transform), crs_wkt)


def _move_labels(labels: tuple[Label, ...], from_wkt: str, to_wkt: str) -> tuple[Label, ...]:
    if not labels:
        return ()
    transform = osr.CoordinateTransformation(spatial_reference(from_wkt), spatial_reference(to_wkt))
    moved = []
    for label in labels:
        x, y, _ = transform.TransformPoint(label.x, label.y)
        right, _, _ = transform.TransformPoint(label.x + label.width / 2, label.y)
        moved.append(replace(label, x=x, y=y, width=2 * abs(right - x)))
    return tuple(moved)
