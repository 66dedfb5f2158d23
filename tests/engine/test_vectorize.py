"""Class rasters as polygons: exact outlines, attributes, simplified borders, and nothing left behind on failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from geonnx.models.errors import Cancelled, OutputError, RasterError, SettingsError
from geonnx.models.raster import components
from geonnx.models.raster.vectorize import polygonize
from osgeo import gdal, ogr, osr
from scipy import ndimage

NORTH_UP = (500000.0, 10.0, 0.0, 5000000.0, 0.0, -10.0)
UNIT = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
NODATA = 255


def write_raster(path, values, transform=UNIT, epsg=32632, nodata=NODATA, scale=None):
    height, width = values.shape
    kinds = {"uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "float32": gdal.GDT_Float32}
    options = ["TILED=YES", "COMPRESS=DEFLATE"]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, 1, kinds[values.dtype.name], options)
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(epsg)
    dataset.SetProjection(crs.ExportToWkt())
    dataset.SetGeoTransform(transform)
    band = dataset.GetRasterBand(1)
    if nodata is not None:
        band.SetNoDataValue(nodata)
    if scale is not None:
        band.SetScale(scale)
    band.WriteArray(values)
    band = None
    dataset = None
    return str(path)


def read_polygons(path):
    dataset = ogr.Open(str(path))
    layer = dataset.GetLayer(0)
    rows = []
    for feature in layer:
        row = {name: feature.GetField(name) for name in feature.keys()}  # noqa: SIM118
        row["geometry"] = shapely.from_wkb(bytes(feature.GetGeometryRef().ExportToWkb()))
        rows.append(row)
    return rows


def run(folder, values, transform=UNIT, epsg=32632, nodata=NODATA, extension="gpkg", names=None, **settings):
    source = write_raster(folder / "classes.tif", values, transform, epsg, nodata)
    target = folder / f"polygons.{extension}"
    count = polygonize(source, str(target), names or {}, **settings)
    rows = read_polygons(target)
    assert count == len(rows)
    return rows


def geometries(rows):
    return np.array([row["geometry"] for row in rows])


def smooth_map(seed, height, width, classes, sigma):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((height, width)), sigma)
    return np.digitize(noise, np.quantile(noise, np.linspace(0, 1, classes + 1)[1:-1])).astype(np.uint8)


def count_regions(values, nodata=NODATA):
    return sum(ndimage.label(values == value)[1] for value in np.unique(values) if value != nodata)


def rasterize_back(rows, path, like):
    """Burn the class ids of a polygon layer into an array with GDAL."""
    source = gdal.Open(str(like))
    memory = gdal.GetDriverByName("MEM").Create("", source.RasterXSize, source.RasterYSize, 1, gdal.GDT_UInt16)
    memory.SetGeoTransform(source.GetGeoTransform())
    memory.SetProjection(source.GetProjection())
    memory.GetRasterBand(1).Fill(NODATA)
    vector = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    gdal.RasterizeLayer(memory, [1], vector.GetLayer(0), options=["ATTRIBUTE=class_id"])
    return memory.GetRasterBand(1).ReadAsArray()


@pytest.fixture
def short_strips(monkeypatch):
    """Cut strips of a single row, so that everything goes on across a seam."""
    monkeypatch.setattr(components, "STRIP_PIXELS", 1)


def test_exact_outline_and_attributes(tmp_path):
    values = np.array([[1, 1, 2], [1, 2, 2]], np.uint8)
    rows = run(tmp_path, values, NORTH_UP, names={1: "wood"})
    assert [(row["class_id"], row["class"], row["area_m2"]) for row in rows] == [(1, "wood", 300), (2, "class 2", 300)]
    assert "confidence" not in rows[0]
    assert rows[0]["geometry"].equals(
        shapely.from_wkt(
            "POLYGON ((500000 5000000, 500020 5000000, 500020 4999990, 500010 4999990, 500010 4999980, "
            "500000 4999980, 500000 5000000))"
        )
    )
    assert len(rows[0]["geometry"].exterior.coords) == 7  # corners only, nothing on straight edges
    dataset = ogr.Open(str(tmp_path / "polygons.gpkg"))
    layer = dataset.GetLayer(0)
    assert layer.GetName() == "polygons"
    assert layer.GetGeomType() == ogr.wkbPolygon
    assert layer.GetSpatialRef().GetAuthorityCode(None) == "32632"


@pytest.mark.parametrize("shape", [(1, 1), (13, 977), (977, 13), (1, 50), (50, 1)])
def test_odd_sizes(tmp_path, shape):
    values = np.random.default_rng(7).integers(0, 3, shape).astype(np.uint8)
    rows = run(tmp_path, values)
    assert len(rows) == count_regions(values)
    assert shapely.area(geometries(rows)).sum() == values.size
    assert np.array_equal(rasterize_back(rows, tmp_path / "polygons.gpkg", tmp_path / "classes.tif"), values)


@pytest.mark.parametrize("simplify", [0.0, 2.0])
def test_without_data_the_file_has_its_fields(tmp_path, simplify):
    values = np.full((20, 30), NODATA, np.uint8)
    confidence = write_raster(tmp_path / "confidence.tif", values, scale=1 / 250)
    assert run(tmp_path, values, confidence_path=confidence, simplify=simplify) == []
    dataset = ogr.Open(str(tmp_path / "polygons.gpkg"))
    definition = dataset.GetLayer(0).GetLayerDefn()
    names = [definition.GetFieldDefn(index).GetName() for index in range(definition.GetFieldCount())]
    assert names == ["class_id", "class", "area_m2", "confidence"]


def test_checkerboard_is_single_pixels(tmp_path):
    values = (np.indices((9, 11)).sum(axis=0) % 2).astype(np.uint8)
    rows = run(tmp_path, values)
    assert len(rows) == 99
    assert [row["class_id"] for row in rows] == list(values.ravel())  # in the order of the first pixels
    assert set(shapely.area(geometries(rows))) == {1.0}


def test_nested_rings_become_holes(tmp_path):
    rows_from_edge = np.minimum.reduce([*np.indices((13, 13)), *(12 - np.indices((13, 13)))])
    rows = run(tmp_path, (rows_from_edge % 2).astype(np.uint8))
    assert [len(row["geometry"].interiors) for row in rows] == [1, 1, 1, 1, 1, 1, 0]
    assert [row["geometry"].area for row in rows] == [48, 40, 32, 24, 16, 8, 1]
    for row in rows:
        assert row["geometry"].exterior.is_ccw
        assert not any(hole.is_ccw for hole in row["geometry"].interiors)


def test_region_that_touches_itself_across_a_corner_is_valid(tmp_path):
    values = np.array([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]], np.uint8)
    rows = run(tmp_path, values)
    assert all(row["geometry"].is_valid for row in rows)
    assert [(row["class_id"], row["geometry"].area) for row in rows] == [(1, 13), (0, 1), (0, 1), (0, 1)]
    assert len(rows[0]["geometry"].interiors) == 2


def test_regions_join_across_strips(tmp_path, short_strips):
    values = np.zeros((12, 12), np.uint8)
    values[1:11, 1] = values[1:11, 4] = values[10, 1:5] = 1  # a U
    values[1:11, 7] = values[1, 7:11] = values[1:8, 10] = values[7, 9] = 2  # a hook
    confidence = np.random.default_rng(1).integers(0, 250, values.shape).astype(np.uint8)
    path = write_raster(tmp_path / "confidence.tif", confidence, scale=1 / 250)
    rows = run(tmp_path, values, confidence_path=path)
    assert [row["class_id"] for row in rows] == [0, 1, 2]
    for row in rows:
        inside = values == row["class_id"]
        assert row["geometry"].area == row["area_m2"] == inside.sum()
        assert row["confidence"] == pytest.approx(confidence[inside].mean() / 250)


def test_a_spiral_is_one_polygon_however_the_strips_are_cut(tmp_path, monkeypatch):
    values = np.zeros((41, 41), np.uint8)
    row, column, step_row, step_column = 0, 0, 0, 1
    values[0, 0] = 1
    for length in [40, 40, 40, *(size for size in range(38, 0, -2) for _ in range(2))]:
        for _ in range(length):
            row, column = row + step_row, column + step_column
            values[row, column] = 1
        step_row, step_column = step_column, -step_row
    assert count_regions(values) == 2
    results = []
    for pixels in (1, 41 * 5, 2**22):
        monkeypatch.setattr(components, "STRIP_PIXELS", pixels)
        results.append(run(tmp_path, values))
    assert results[0] == results[1] == results[2]
    assert [row["geometry"].area for row in results[0]] == [(values == 1).sum(), (values == 0).sum()]


@pytest.mark.parametrize("seed", range(6))
def test_random_maps_agree_with_gdal_and_scipy(tmp_path, seed, monkeypatch):
    monkeypatch.setattr(components, "STRIP_PIXELS", [1, 500, 3000, 2**22][seed % 4])
    values = smooth_map(seed, 83, 97, classes=2 + seed, sigma=seed * 0.4)
    values[30:50, 20:25] = NODATA
    rows = run(tmp_path, values)
    shapes = geometries(rows)
    assert len(rows) == count_regions(values)
    assert shapely.is_valid(shapes).all()
    assert np.array_equal(rasterize_back(rows, tmp_path / "polygons.gpkg", tmp_path / "classes.tif"), values)
    classes = np.array([row["class_id"] for row in rows])
    for value in np.unique(classes):
        union = shapely.union_all(shapes[classes == value])
        assert union.area == shapely.area(shapes[classes == value]).sum() == (values == value).sum()
    # GDAL's own tracing gives the same polygons, in another order
    source = gdal.Open(str(tmp_path / "classes.tif"))
    band = source.GetRasterBand(1)
    memory = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "theirs.gpkg"))
    layer = memory.CreateLayer("polygons")
    layer.CreateField(ogr.FieldDefn("value", ogr.OFTInteger))
    gdal.Polygonize(band, band.GetMaskBand(), layer, 0, [])
    theirs = shapely.from_wkb([bytes(feature.GetGeometryRef().ExportToWkb()) for feature in layer])
    assert sorted(map(str, shapely.normalize(theirs))) == sorted(map(str, shapely.normalize(shapes)))


@pytest.mark.parametrize(
    "transform",
    [(100.0, 3.0, 1.0, 200.0, 0.5, -2.0), (100.0, 2.0, 0.0, 200.0, 0.0, 2.0), (100.0, 0.0, 2.0, 200.0, 3.0, 0.0)],
    ids=["rotated", "south-up", "turned by 90°"],
)
@pytest.mark.parametrize("simplify", [0.0, 2.5])
def test_any_geotransform(tmp_path, transform, simplify):
    values = smooth_map(3, 40, 50, 3, 1.5)
    rows = run(tmp_path, values, transform, simplify=simplify)
    _, dx, rx, _, ry, dy = transform
    pixel = abs(dx * dy - rx * ry)
    shapes = geometries(rows)
    assert shapely.is_valid(shapes).all()
    assert all(shape.exterior.is_ccw for shape in shapes)
    assert shapely.area(shapes).sum() == pytest.approx(values.size * pixel)
    assert sum(row["area_m2"] for row in rows) == pytest.approx(values.size * pixel)
    if not simplify:
        assert [row["area_m2"] for row in rows] == pytest.approx(list(shapely.area(shapes)))


def test_degrees_give_areas_on_the_ellipsoid(tmp_path):
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    rows = run(tmp_path, smooth_map(2, 30, 30, 3, 1.0), (10.0, 0.01, 0.0, 60.0, 0.0, -0.01), epsg=4326)
    for row in rows:
        dense = row["geometry"].segmentize(0.0005)  # geodesics leave the parallels between distant points
        assert row["area_m2"] == pytest.approx(abs(geod.geometry_area_perimeter(dense)[0]), rel=1e-6)


def test_sixteen_bit_classes(tmp_path):
    values = np.array([[300, 300, 65535], [7, 300, 1000]], np.uint16)
    rows = run(tmp_path, values, nodata=65535, names={300: "Wäldchen", 7: "x"})
    assert [(row["class_id"], row["class"]) for row in rows] == [(300, "Wäldchen"), (7, "x"), (1000, "class 1000")]


def test_without_nodata_value_every_pixel_counts(tmp_path):
    assert [row["class_id"] for row in run(tmp_path, np.array([[255, 0]], np.uint8), nodata=None)] == [255, 0]


@pytest.mark.parametrize("kind", ["byte", "float"])
@pytest.mark.parametrize("strip_pixels", [1, 2**22])
def test_mean_confidence(tmp_path, kind, strip_pixels, monkeypatch):
    monkeypatch.setattr(components, "STRIP_PIXELS", strip_pixels)
    values = smooth_map(4, 60, 70, 4, 1.5)
    values[:5, :9] = 9
    stored = np.random.default_rng(4).integers(0, 251, values.shape).astype(np.uint8)
    stored[::7, ::3] = 255
    stored[:5, :9] = 255
    truth = np.where(stored == 255, np.nan, stored / 250)
    if kind == "byte":
        path = write_raster(tmp_path / "confidence.tif", stored, scale=1 / 250)
    else:
        path = write_raster(tmp_path / "confidence.tif", truth.astype(np.float32), nodata=float("nan"))
    rows = run(tmp_path, values, confidence_path=path)
    for row in rows:
        label, _ = ndimage.label(values == row["class_id"])
        column, line = row["geometry"].exterior.coords[0]
        # a ring starts at the upper left corner of a region's first pixel
        region = label == label[int(-line), int(column)]
        known = truth[region & ~np.isnan(truth)]
        if len(known):
            assert row["confidence"] == pytest.approx(known.mean(), rel=1e-5)
        else:
            assert row["confidence"] is None
    assert rows[0]["confidence"] is None


@pytest.mark.parametrize("strip_pixels", [1, 300, 2**22])
def test_small_regions_are_left_out(tmp_path, strip_pixels, monkeypatch):
    monkeypatch.setattr(components, "STRIP_PIXELS", strip_pixels)
    values = smooth_map(5, 60, 60, 5, 0.8)
    expected = {}
    for value in np.unique(values):
        labels, _ = ndimage.label(values == value)
        sizes = np.bincount(labels.ravel())[1:]
        expected[value] = sorted(sizes[sizes >= 8] * 100.0)
    rows = run(tmp_path, values, NORTH_UP, min_area_m2=800.0)
    for value, sizes in expected.items():
        assert sorted(row["area_m2"] for row in rows if row["class_id"] == value) == sizes
    assert sorted(row["area_m2"] for row in rows) == sorted(shapely.area(geometries(rows)))


def holes_and_parts(shape):
    parts = getattr(shape, "geoms", [shape])
    return len(parts), sum(len(part.interiors) for part in parts)


@pytest.mark.parametrize("seed", range(40))
def test_simplified_neighbours_keep_their_borders(tmp_path, seed):
    random = np.random.default_rng(seed)
    values = smooth_map(seed, *random.integers(2, 70, 2), int(random.integers(2, 6)), float(random.uniform(0, 3)))
    if seed % 3 == 0:
        values[values == 1] = NODATA
    exact = geometries(run(tmp_path, values))
    rows = run(tmp_path, values, simplify=float(random.choice([0.3, 0.8, 1.5, 4, 20, 200])))
    shapes = geometries(rows)
    assert len(shapes) == len(exact) == count_regions(values)
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 0).all()
    union = shapely.union_all(shapes)
    # no overlaps: the whole is as large as its parts; no gaps: it has the same parts and holes as before
    assert union.area == pytest.approx(shapely.area(shapes).sum(), abs=1e-9)
    assert holes_and_parts(union) == holes_and_parts(shapely.union_all(exact))
    if seed % 3:
        assert union.area == pytest.approx(values.size, abs=1e-9)
        assert union.equals(shapely.box(0, -values.shape[0], values.shape[1], 0))
    assert [row["area_m2"] for row in rows] == list(shapely.area(exact))  # attributes are those of the pixels
    # every neighbour is still one: the same pairs share a border
    assert touching_pairs(shapes) == touching_pairs(exact)


def touching_pairs(shapes):
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    lengths = shapely.length(shapely.intersection(shapes[first], shapes[second]))
    return {(a, b) for a, b, length in zip(first.tolist(), second.tolist(), lengths) if a < b and length > 0}


def test_simplifying_straightens_a_staircase(tmp_path):
    values = np.tril(np.ones((40, 40), np.uint8))
    rows = run(tmp_path, values, simplify=1.0)
    assert [len(row["geometry"].exterior.coords) for row in rows] <= [6, 6]
    original = geometries(run(tmp_path, values))
    distances = shapely.hausdorff_distance(geometries(rows), original)
    assert (distances <= 1.0).all()


def test_an_island_stays_on_its_side_of_the_shore(tmp_path):
    values = np.zeros((40, 60), np.uint8)
    values[20:] = 1
    values[17:20, 28:33] = 1  # a headland that the tolerance cuts off …
    values[18, 30] = 2  # … with a lake in it
    values[15, 30] = 3  # and an islet off it
    rows = run(tmp_path, values, simplify=5.0)
    shapes = geometries(rows)
    assert shapely.is_valid(shapes).all()
    assert shapely.union_all(shapes).area == pytest.approx(shapely.area(shapes).sum()) == values.size
    assert [row["class_id"] for row in rows] == [0, 3, 1, 2]
    assert touching_pairs(shapes) == {(0, 1), (0, 2), (2, 3)}


@pytest.mark.parametrize("extension", ["shp", "geojson", "fgb", "gml", "sqlite"])
def test_formats(tmp_path, extension):
    values = np.array([[1, 1, 2], [1, 2, 2]], np.uint8)
    rows = run(tmp_path, values, NORTH_UP, extension=extension, names={1: "Wälder", 2: "湖"})
    assert sorted((row["class_id"], row["class"], row["area_m2"]) for row in rows) == [
        (1, "Wälder", 300),
        (2, "湖", 300),
    ]
    assert not list(tmp_path.glob(".geonnx-*"))


def test_a_former_file_is_replaced(tmp_path):
    run(tmp_path, np.zeros((5, 5), np.uint8), extension="shp")
    rows = run(tmp_path, np.array([[1, 2]], np.uint8), extension="shp")
    assert [row["class_id"] for row in rows] == [1, 2]


def test_same_input_gives_the_same_order(tmp_path):
    values = smooth_map(6, 50, 50, 4, 1.0)
    assert run(tmp_path, values, simplify=1.5) == run(tmp_path, values, simplify=1.5)


def test_progress_rises_to_one(tmp_path):
    seen = []
    run(tmp_path, smooth_map(6, 50, 50, 4, 1.0), simplify=1.5, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize("call", [0, 3, 5, 8])
def test_cancelling_leaves_nothing(tmp_path, call, monkeypatch):
    monkeypatch.setattr(components, "STRIP_PIXELS", 50 * 25)
    source = write_raster(tmp_path / "classes.tif", smooth_map(6, 50, 50, 4, 1.0))
    calls = []

    def cancelled():
        calls.append(1)
        return len(calls) > call

    with pytest.raises(Cancelled):
        polygonize(source, str(tmp_path / "polygons.gpkg"), {}, simplify=1.0, cancelled=cancelled)
    assert [file.name for file in tmp_path.iterdir()] == ["classes.tif"]


def test_cancelling_while_writing_keeps_the_former_file(tmp_path):
    source = write_raster(tmp_path / "classes.tif", smooth_map(6, 50, 50, 4, 1.0))
    target = tmp_path / "polygons.gpkg"
    target.write_bytes(b"former")
    done = []
    with pytest.raises(Cancelled):
        polygonize(source, str(target), {}, progress=done.append, cancelled=lambda: bool(done) and done[-1] >= 0.5)
    assert target.read_bytes() == b"former"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["classes.tif", "polygons.gpkg"]


@pytest.mark.parametrize("name", ["polygons.xyz123", "polygons", "polygons.tif"])
def test_unknown_format(tmp_path, name):
    source = write_raster(tmp_path / "classes.tif", np.zeros((3, 3), np.uint8))
    with pytest.raises(OutputError, match="extension"):
        polygonize(source, str(tmp_path / name), {})


def test_missing_folder(tmp_path):
    source = write_raster(tmp_path / "classes.tif", np.zeros((3, 3), np.uint8))
    with pytest.raises(OutputError, match="nowhere"):
        polygonize(source, str(tmp_path / "nowhere" / "polygons.gpkg"), {})


def test_bad_settings_and_inputs(tmp_path):
    source = write_raster(tmp_path / "classes.tif", np.zeros((3, 3), np.uint8))
    other = write_raster(tmp_path / "other.tif", np.zeros((3, 4), np.uint8))
    target = str(tmp_path / "polygons.gpkg")
    with pytest.raises(SettingsError, match="SIMPLIFY"):
        polygonize(source, target, {}, simplify=-1.0)
    with pytest.raises(RasterError, match="4 × 3"):
        polygonize(source, target, {}, confidence_path=other)
    with pytest.raises(RasterError):
        polygonize(str(tmp_path / "absent.tif"), target, {})
    with pytest.raises(RasterError, match="float32"):
        polygonize(write_raster(tmp_path / "real.tif", np.zeros((3, 3), np.float32)), target, {})


_FULL_DISK = """
import importlib.util, resource, sys
spec = importlib.util.spec_from_file_location("conftest", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from osgeo import gdal, ogr
if sys.argv[4] == "exceptions":
    gdal.UseExceptions()
    ogr.UseExceptions()
from geonnx.models.errors import OutputError
from geonnx.models.raster.vectorize import polygonize
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    polygonize(sys.argv[2], sys.argv[3], {})
except OutputError as error:
    sys.stdout.write(f"OutputError: {error}")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
@pytest.mark.parametrize("mode", ["exceptions", "codes"])
@pytest.mark.parametrize("extension", ["gpkg", "shp", "geojson", "fgb"])
def test_a_full_disk_leaves_nothing(tmp_path, mode, extension):
    source = write_raster(tmp_path / "classes.tif", smooth_map(6, 150, 150, 4, 0.0))
    conftest = Path(__file__).resolve().parent.parent / "conftest.py"
    arguments = [str(conftest), source, str(tmp_path / f"polygons.{extension}"), mode]
    done = subprocess.run([sys.executable, "-c", _FULL_DISK, *arguments], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("OutputError: polygons."), done.stdout + done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["classes.tif"]
