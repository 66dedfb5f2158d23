"""Accuracy of class maps, against scikit-learn on whole arrays, and areas against the paper's worked example."""

from __future__ import annotations

import json

import geopandas
import numpy as np
import pytest
from geonnx.models.assess.accuracy import RasterSource, VectorSource, assess_accuracy
from geonnx.models.errors import Cancelled, GeonnxError, RasterError, SettingsError
from geonnx.models.feedback import Feedback
from osgeo import gdal
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from sklearn import metrics

from .. import rasters

NAMES = ["water", "trees", "grass", "built-up"]
X0, DX, _, Y0, _, DY = rasters.NORTH_UP


def write_classes(path, values, names=None, nodata=255, **settings):
    rasters.write_raster(path, values[np.newaxis] if values.ndim == 2 else values, nodata=nodata, **settings)
    if names:
        dataset = gdal.Open(str(path), gdal.GA_Update)
        dataset.GetRasterBand(1).SetCategoryNames(names)
        del dataset
    return str(path)


def two_maps(height=150, width=130, classes=4, seed=3):
    rng = np.random.default_rng(seed)
    truth = (rasters.noise(1, height, width, "float64", seed)[0] * classes).astype(np.uint8)
    mapped = np.where(rng.random(truth.shape) < 0.2, rng.integers(0, classes, truth.shape), truth).astype(np.uint8)
    return mapped, truth


def check_against_sklearn(report, mapped, truth, labels):
    """Compare every figure; *labels* are the numbers of the report's classes in both arrays (1-D, valid samples)."""
    matrix = metrics.confusion_matrix(truth, mapped, labels=labels)
    np.testing.assert_array_equal(report.matrix, matrix.T)
    found = report.agreement
    assert found.samples == len(truth)
    assert found.overall_accuracy == pytest.approx(metrics.accuracy_score(truth, mapped), rel=1e-12)
    assert found.kappa == pytest.approx(metrics.cohen_kappa_score(truth, mapped), rel=1e-9)
    undefined = {"labels": labels, "zero_division": np.nan}
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, mapped, **undefined)
    iou = metrics.jaccard_score(truth, mapped, labels=labels, average=None, zero_division=0)
    iou[~np.isin(labels, [truth, mapped])] = np.nan  # scikit-learn gives 0 for classes on neither side
    for item, *expected in zip(found.classes, precision, recall, f1, iou, support):
        values = (item.users_accuracy, item.producers_accuracy, item.f1, item.iou, item.support)
        got = [np.nan if value is None else value for value in values]
        assert got == pytest.approx(expected, nan_ok=True, rel=1e-12)
    for average, means in (("macro", found.macro), ("weighted", found.weighted)):
        expected = metrics.precision_recall_fscore_support(truth, mapped, average=average, **undefined)[:3]
        got = (means.users_accuracy, means.producers_accuracy, means.f1)
        assert got == pytest.approx(expected, rel=1e-12), average
        met = [label for label in labels if label in truth or label in mapped]
        expected = metrics.jaccard_score(truth, mapped, labels=met, average=average, zero_division=0)
        assert means.iou == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("size", [(150, 130), (1, 7), (513, 600), (1025, 3)])
def test_rasters_on_one_grid(tmp_path, size):
    mapped, truth = two_maps(*size)
    a = write_classes(tmp_path / "map.tif", mapped, NAMES)
    b = write_classes(tmp_path / "truth.tif", truth, NAMES)
    report = assess_accuracy(a, RasterSource(b))
    labels = [NAMES.index(item.name) for item in report.classes]
    assert labels == sorted(set(np.unique(mapped)) | set(np.unique(truth)))
    check_against_sklearn(report, mapped.ravel(), truth.ravel(), labels)
    assert report.areas is None
    assert [item.mapped_pixels for item in report.classes] == [int((mapped == k).sum()) for k in labels]
    assert sum(item.mapped_m2 for item in report.classes) == pytest.approx(mapped.size * 100)


def test_one_pixel(tmp_path):
    one = np.ones((1, 1), np.uint8)
    a = write_classes(tmp_path / "map.tif", one)
    report = assess_accuracy(a, RasterSource(a))
    assert report.agreement.overall_accuracy == 1
    assert report.agreement.kappa is None  # chance alone would agree
    assert report.classes[0].name == "1"


def test_other_numbers_same_names(tmp_path):
    mapped, truth = two_maps()
    other_numbers = np.array([7, 3, 40, 1], np.uint8)
    names = [""] * 41
    for number, name in zip(other_numbers, ["WATER", "Trees", "grass ", "Built_Up"]):
        names[number] = name
    a = write_classes(tmp_path / "map.tif", mapped, NAMES)
    b = write_classes(tmp_path / "truth.tif", other_numbers[truth], names)
    report = assess_accuracy(a, RasterSource(b))
    assert [item.name for item in report.classes] == NAMES
    check_against_sklearn(report, mapped.ravel(), truth.ravel(), range(4))
    assert report.unmatched == ()


def test_nodata_on_either_side_is_left_out_and_counted(tmp_path):
    mapped, truth = two_maps()
    mapped[:10], truth[:, :5] = 255, 99
    a = write_classes(tmp_path / "map.tif", mapped)
    b = write_classes(tmp_path / "truth.tif", truth, nodata=99)
    report = assess_accuracy(a, RasterSource(b))
    valid = (mapped != 255) & (truth != 99)
    check_against_sklearn(report, mapped[valid], truth[valid], range(4))
    assert report.left_out == {
        "no data in the reference": (truth == 99).sum(),
        "no data in the map": ((mapped == 255) & (truth != 99)).sum(),
    }


@pytest.mark.parametrize("dtype", ["int16", "uint16", "float32", "int32"])
def test_types_and_odd_values(tmp_path, dtype):
    values = np.array([2, 1000, 31000] if dtype == "uint16" else [-3, 0, 31000])
    if dtype == "int32":
        values = np.array([-(2**31) + 1, 0, 2**31 - 1])
    mapped, truth = (values[v] for v in two_maps(classes=3))
    nodata = 7 if dtype != "float32" else np.nan
    stored = mapped.astype(dtype)
    if dtype == "float32":
        stored[4, 5] = np.nan
    a = write_classes(tmp_path / "map.tif", stored, nodata=nodata)
    b = write_classes(tmp_path / "truth.tif", truth.astype("int32"), nodata=7)
    report = assess_accuracy(a, RasterSource(b))
    valid = np.isfinite(stored) if dtype == "float32" else np.ones(stored.shape, bool)
    check_against_sklearn(report, mapped[valid], truth[valid], values)
    assert [item.values for item in report.classes] == [(value,) for value in values]


def test_fractions_are_no_classes(tmp_path):
    mapped, _ = two_maps()
    a = write_classes(tmp_path / "map.tif", mapped)
    b = write_classes(tmp_path / "p.tif", (mapped / 3).astype(np.float32))
    with pytest.raises(RasterError, match=r"p\.tif holds the value 0.[36]+7?; expected the whole numbers of classes"):
        assess_accuracy(a, RasterSource(b))
    many = write_classes(tmp_path / "many.tif", np.arange(2000, dtype=np.uint16).reshape(40, 50), nodata=None)
    with pytest.raises(RasterError, match="More than 1000 different values"):
        assess_accuracy(many, RasterSource(many))


@pytest.mark.parametrize("geotransform", [rasters.ROTATED, rasters.SOUTH_UP])
def test_rotated_and_south_up_rasters_on_one_grid(tmp_path, geotransform):
    mapped, truth = two_maps(40, 30)
    a = write_classes(tmp_path / "map.tif", mapped, geotransform=geotransform)
    b = write_classes(tmp_path / "truth.tif", truth, geotransform=geotransform)
    report = assess_accuracy(a, RasterSource(b))
    check_against_sklearn(report, mapped.ravel(), truth.ravel(), range(4))
    pixel = abs(geotransform[1] * geotransform[5] - geotransform[2] * geotransform[4])
    assert sum(item.mapped_m2 for item in report.classes) == pytest.approx(mapped.size * pixel)


def test_a_finer_reference_gives_the_pixel_at_each_centre(tmp_path):
    mapped, _ = two_maps(60, 50)
    rng = np.random.default_rng(0)
    fine = rng.integers(0, 4, (180, 150), dtype=np.uint8)
    a = write_classes(tmp_path / "map.tif", mapped)
    b = write_classes(tmp_path / "truth.tif", fine, geotransform=(X0, DX / 3, 0, Y0, 0, DY / 3))
    # overviews of averaged classes must not be taken
    dataset = gdal.Open(b, gdal.GA_Update)
    dataset.BuildOverviews("AVERAGE", [2, 4])
    del dataset
    report = assess_accuracy(a, RasterSource(b))
    check_against_sklearn(report, mapped.ravel(), fine[1::3, 1::3].ravel(), range(4))
    assert any("nearest" in note for note in report.notes)


def test_a_reference_in_degrees(tmp_path):
    from osgeo import osr

    mapped, _ = two_maps(60, 50)
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, (70, 90), dtype=np.uint8)
    utm, degrees = osr.SpatialReference(), osr.SpatialReference()
    utm.ImportFromEPSG(rasters.UTM), degrees.ImportFromEPSG(4326)
    for reference in (utm, degrees):
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    transform = osr.CoordinateTransformation(utm, degrees)
    left, top, _ = transform.TransformPoint(X0 + 100, Y0 - 50)
    geotransform = (left, 0.00006, 0, top, 0, -0.00005)
    a = write_classes(tmp_path / "map.tif", mapped)
    b = write_classes(tmp_path / "truth.tif", truth, geotransform=geotransform, epsg=4326, nodata=None)
    report = assess_accuracy(a, RasterSource(b))
    pairs = []
    for row in range(60):
        for column in range(50):
            x, y, _ = transform.TransformPoint(X0 + (column + 0.5) * DX, Y0 + (row + 0.5) * DY)
            i, j = int(np.floor((y - top) / -0.00005)), int(np.floor((x - left) / 0.00006))
            if 0 <= i < 70 and 0 <= j < 90:
                pairs.append((mapped[row, column], truth[i, j]))
    assert len(pairs) > 500
    check_against_sklearn(report, *(np.array(side) for side in zip(*pairs)), range(4))


def test_elsewhere_is_refused(tmp_path):
    mapped, truth = two_maps(20, 20)
    a = write_classes(tmp_path / "map.tif", mapped)
    b = write_classes(tmp_path / "truth.tif", truth, geotransform=(X0 + 1e5, DX, 0, Y0, 0, DY))
    with pytest.raises(RasterError, match="lies elsewhere"):
        assess_accuracy(a, RasterSource(b))
    empty = write_classes(tmp_path / "empty.tif", np.full((20, 20), 255, np.uint8))
    with pytest.raises(RasterError, match="no pixel where both hold a class"):
        assess_accuracy(a, RasterSource(empty))


def test_an_extent_is_all_that_counts(tmp_path):
    mapped, truth = two_maps(60, 60)
    a, b = write_classes(tmp_path / "map.tif", mapped), write_classes(tmp_path / "truth.tif", truth)
    corners = ((X0 + 100, Y0 - 200), (X0 + 400, Y0 - 200), (X0 + 400, Y0 - 550), (X0 + 100, Y0 - 550))
    report = assess_accuracy(a, RasterSource(b), extent=corners)
    part = (slice(20, 55), slice(10, 40))
    check_against_sklearn(report, mapped[part].ravel(), truth[part].ravel(), range(4))
    assert sum(item.mapped_pixels for item in report.classes) == 35 * 30


def write_features(path, geometries, classes, crs=rasters.UTM, **fields):
    geopandas.GeoDataFrame({"label": classes, **fields}, geometry=geometries, crs=crs).to_file(path)
    return str(path)


def centre(row, column):
    return X0 + (column + 0.5) * DX, Y0 + (row + 0.5) * DY


def test_points(tmp_path):
    mapped, truth = two_maps(600, 530)
    mapped[:40, :40] = 255
    rng = np.random.default_rng(8)
    rows, columns = rng.integers(0, 600, 400), rng.integers(0, 530, 400)
    jitter = rng.uniform(-0.49, 0.49, (2, 400))
    points = [Point(centre(r + i, c + j)) for r, c, i, j in zip(rows, columns, *jitter)]
    labels = [NAMES[truth[r, c]].upper() for r, c in zip(rows, columns)]
    points += [Point(X0 - 5, Y0 - 5), Point(X0 + 5e4, Y0), Point(centre(300, 300))]
    labels += ["water", "water", None]
    a = write_classes(tmp_path / "map.tif", mapped, NAMES)
    b = write_features(tmp_path / "points.gpkg", points, labels)
    report = assess_accuracy(a, VectorSource(b, "label"))
    valid = mapped[rows, columns] != 255
    assert 0 < (~valid).sum() < 20
    check_against_sklearn(report, mapped[rows, columns][valid], truth[rows, columns][valid], range(4))
    assert report.left_out == {
        "points outside the map": 2, "points without a class in FIELD": 1, "no data in the map": (~valid).sum(),
    }  # fmt: skip
    assert report.areas is not None
    assert report.areas.total_ha == pytest.approx((mapped != 255).sum() / 100)


def test_points_in_another_crs_multipoints_and_numbers(tmp_path):
    mapped, _ = two_maps(50, 50)
    at = [(3, 4), (10, 11), (40, 2), (40, 2), (49, 49)]
    points = [MultiPoint([centre(*at[0]), centre(*at[1])]), *(Point(centre(*place)) for place in at[2:])]
    frame = geopandas.GeoDataFrame({"label": [2, 1, 1, 3]}, geometry=points, crs=rasters.UTM).to_crs(4326)
    frame.to_file(tmp_path / "points.geojson")
    a = write_classes(tmp_path / "map.tif", mapped)
    report = assess_accuracy(a, VectorSource(str(tmp_path / "points.geojson"), "label"))
    check_against_sklearn(
        report,
        np.array([mapped[place] for place in at]),
        np.array([2, 2, 1, 1, 3]),
        sorted({int(item.name) for item in report.classes}),
    )
    assert any("1 points lie in a pixel with another" in note for note in report.notes)


def test_polygons_hold_the_pixels_whose_centre_is_inside(tmp_path):
    mapped, _ = two_maps(600, 560)
    shapes = {
        "trees": [
            Polygon([(X0 + 13, Y0 - 27), (X0 + 5300, Y0 - 903), (X0 + 2711, Y0 - 5590)]),
            box(X0, Y0 - 5990, X0 + 50, Y0 - 5900),
        ],
        "water": [box(X0 + 5200, Y0 - 5200, X0 + 9999, Y0 - 5003)],
    }  # fmt: skip
    a = write_classes(tmp_path / "map.tif", mapped, NAMES)
    b = write_features(
        tmp_path / "areas.gpkg",
        [shape for group in shapes.values() for shape in group],
        [name for name, group in shapes.items() for _ in group],
    )
    report = assess_accuracy(a, VectorSource(b, "label"))
    truth = np.full(mapped.shape, -1)
    for row in range(600):
        for column in range(560):
            for name, group in shapes.items():
                if any(shape.contains(Point(centre(row, column))) for shape in group):
                    truth[row, column] = NAMES.index(name)
    inside = truth >= 0
    assert inside.sum() > 1000
    check_against_sklearn(report, mapped[inside], truth[inside], range(4))
    assert report.areas is None
    assert report.reference_kind == "polygons"


def test_overlapping_polygons_of_different_classes_are_left_out(tmp_path):
    mapped, _ = two_maps(20, 20)
    a = write_classes(tmp_path / "map.tif", mapped, NAMES)
    shapes = [box(X0, Y0 - 100, X0 + 100, Y0), box(X0 + 50, Y0 - 100, X0 + 150, Y0), box(X0, Y0 - 50, X0 + 20, Y0)]
    b = write_features(tmp_path / "areas.gpkg", shapes, ["water", "grass", "water"])
    report = assess_accuracy(a, VectorSource(b, "label"))
    assert report.left_out == {"in polygons of several classes": 50}
    assert [item.support for item in report.agreement.classes if item.support] == [50, 50]


def reference_with(tmp_path, truth, names):
    return RasterSource(write_classes(tmp_path / "truth.tif", truth, names))


def test_classes_that_only_the_reference_has(tmp_path):
    mapped, truth = two_maps()
    a = write_classes(tmp_path / "map.tif", np.where(mapped == 3, 0, mapped).astype(np.uint8), NAMES[:3])
    b = reference_with(tmp_path, truth, [*NAMES[:3], "wetland"])
    plain = np.where(mapped == 3, 0, mapped)
    said = []
    report = assess_accuracy(a, b, feedback=Feedback(warn=said.append))
    known = truth != 3
    check_against_sklearn(report, plain[known], truth[known], range(3))
    (only,) = report.unmatched
    assert (only.name, only.samples, only.fate) == ("wetland", (~known).sum(), "left out")
    assert any("'wetland'" in text for text in said)
    counted = assess_accuracy(a, b, unmatched="count_as_errors")
    check_against_sklearn(counted, plain.ravel(), truth.ravel(), range(4))
    assert counted.agreement.classes[3].producers_accuracy == 0
    assert counted.classes[3].values == ()
    with pytest.raises(RasterError, match=r"no class for wetland of the reference; it has water \(0\), trees \(1\)"):
        assess_accuracy(a, b, unmatched="refuse")


def test_classes_that_only_the_map_has_are_errors(tmp_path):
    mapped, truth = two_maps()
    a = write_classes(tmp_path / "map.tif", mapped, NAMES)
    truth = np.where(truth == 1, 2, truth).astype(np.uint8)
    report = assess_accuracy(a, reference_with(tmp_path, truth, NAMES))
    check_against_sklearn(report, mapped.ravel(), truth.ravel(), range(4))
    assert report.agreement.classes[1].producers_accuracy is None
    assert report.agreement.classes[1].f1 == 0


def test_a_class_map(tmp_path):
    mapped, truth = two_maps()
    a = write_classes(tmp_path / "map.tif", mapped, NAMES)
    names = ["Lake", "forest", "meadow", "cloud"]
    b = reference_with(tmp_path, truth, names)
    with pytest.raises(RasterError, match=r"No class of the reference \(Lake, forest, meadow, cloud\) is one of the"):
        assess_accuracy(a, b)
    report = assess_accuracy(a, b, class_map="lake=Water; 1=trees;Meadow=2;cloud=;bog=water")
    known = truth != 3
    check_against_sklearn(report, mapped[known], truth[known], range(4))
    assert report.unmatched[0].fate == "left out by CLASS_MAP"
    assert "CLASS_MAP names 'bog', which no sample of the reference is." in report.notes
    merged = assess_accuracy(a, b, class_map="lake=water;forest=trees;meadow=trees;cloud=built up")
    check_against_sklearn(merged, mapped.ravel(), np.where(truth == 2, 1, truth).ravel(), range(4))


@pytest.mark.parametrize("text, message", [
    ("forest", "expected pairs"),
    ("=3", "expected pairs"),
    ("0=lava", "turns '0' into 'lava'; the map has the classes water"),
])  # fmt: skip
def test_bad_class_maps(tmp_path, text, message):
    mapped, truth = two_maps(20, 20)
    a = write_classes(tmp_path / "map.tif", mapped, NAMES)
    with pytest.raises(SettingsError, match=message):
        assess_accuracy(a, reference_with(tmp_path, truth, None), class_map=text)


def test_names_against_numbers(tmp_path):
    mapped, truth = two_maps(30, 30)
    named = write_classes(tmp_path / "map.tif", mapped, NAMES)
    plain = write_classes(tmp_path / "plain.tif", mapped)
    for a, names in ((named, None), (plain, NAMES), (plain, None)):
        check_against_sklearn(
            assess_accuracy(a, reference_with(tmp_path, truth, names)), mapped.ravel(), truth.ravel(), range(4)
        )
    digits = write_features(tmp_path / "p.gpkg", [Point(centre(1, 2)), Point(centre(5, 6))], ["3", " 0"])
    report = assess_accuracy(named, VectorSource(digits, "label"))
    assert {report.classes[p].name for p in range(len(report.classes)) if report.agreement.classes[p].support} == {
        "water", "built-up",
    }  # fmt: skip


def test_names_from_an_attribute_table_and_from_a_style(tmp_path):
    from geonnx.models.card.types import ClassSpec
    from geonnx.models.raster.style import attribute_table, class_raster_qml, write_qml

    mapped, truth = two_maps(30, 30)
    colors = ["#112233", "#445566", "#778899", "#aabbcc"]
    specs = [ClassSpec(3 - k, name, color) for k, (name, color) in enumerate(zip(NAMES, colors))]
    a = write_classes(tmp_path / "map.tif", 3 - mapped)
    dataset = gdal.Open(a, gdal.GA_Update)
    dataset.GetRasterBand(1).SetDefaultRAT(attribute_table(specs, {}))
    del dataset
    b = write_classes(tmp_path / "truth.tif", 3 - truth)
    write_qml(b, class_raster_qml([ClassSpec(s.value, f"{s.name} & <x>", s.color) for s in specs]))
    rules = ";".join(f"{name} & <x>={name}" for name in NAMES)
    report = assess_accuracy(a, RasterSource(b), class_map=rules)
    assert [(item.name, item.color) for item in report.classes] == [(s.name, s.color) for s in specs[::-1]]
    check_against_sklearn(report, 3 - mapped.ravel(), 3 - truth.ravel(), range(4))
    assert assess_accuracy(b, RasterSource(b)).classes[0].name == "built-up & <x>"


def test_classes_of_one_name_are_one_class(tmp_path):
    mapped, truth = two_maps(30, 30)
    a = write_classes(tmp_path / "map.tif", mapped, ["water", "trees", "Water", "built-up"])
    report = assess_accuracy(a, reference_with(tmp_path, truth, ["water", "trees", "water", "built-up"]))
    fold = np.array([0, 1, 0, 3])
    check_against_sklearn(report, fold[mapped].ravel(), fold[truth].ravel(), [0, 1, 3])
    assert report.classes[0].values == (0, 2)


def test_areas_in_degrees_are_those_of_the_ellipsoid(tmp_path):
    from pyproj import Geod

    mapped, truth = two_maps(80, 70)
    a = write_classes(tmp_path / "map.tif", mapped, geotransform=rasters.DEGREES, epsg=4326)
    b = write_classes(tmp_path / "truth.tif", truth, geotransform=rasters.DEGREES, epsg=4326)
    report = assess_accuracy(a, RasterSource(b))
    x0, dx, _, y0, _, dy = rasters.DEGREES
    corners = box(x0, y0 + 80 * dy, x0 + 70 * dx, y0)
    expected, _ = Geod(ellps="WGS84").geometry_area_perimeter(corners)
    assert sum(item.mapped_m2 for item in report.classes) == pytest.approx(abs(expected), rel=1e-6)


def bad_reference(tmp_path, case):
    inside = Point(centre(3, 3))
    path = tmp_path / "r.gpkg"
    features = {
        "lines": ([LineString([centre(1, 1), centre(2, 2)])], ["water"]),
        "mixed": ([inside, inside.buffer(30)], ["water", "water"]),
        "fraction": ([inside], [0.5]),
        "elsewhere": ([Point(0, 0)], ["water"]),
        "polygon elsewhere": ([box(0, 0, 1, 1)], ["water"]),
    }
    if case == "band":
        return RasterSource(write_classes(tmp_path / "r.tif", two_maps(20, 20)[0]), band=2)
    if case == "no features":
        path = tmp_path / "r.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    elif case != "not a file":
        write_features(path, *features.get(case, ([inside], ["water"])))
    return VectorSource(str(path), {"no field": "klass", "empty field": ""}.get(case, "label"))


@pytest.mark.parametrize("case, message", {
    "lines": "either points or polygons; r.gpkg holds lines",
    "mixed": "holds points and polygons",
    "no field": "FIELD is 'klass'; r.gpkg has the fields label",
    "empty field": "FIELD is empty",
    "fraction": "FIELD holds 0.5",
    "elsewhere": "Nothing of r.gpkg that has a class lies on the map",
    "polygon elsewhere": "Nothing of r.gpkg that has a class lies on the map",
    "no features": "FIELD is 'label'|no geometry",
    "not a file": "can't be",
    "band": "REFERENCE_BAND is 2",
}.items())  # fmt: skip
def test_bad_references_are_refused_in_one_sentence(tmp_path, case, message):
    a = write_classes(tmp_path / "map.tif", two_maps(20, 20)[0], NAMES)
    with pytest.raises(GeonnxError, match=message):
        assess_accuracy(a, bad_reference(tmp_path, case))


def test_bad_settings_and_cancel(tmp_path):
    a = write_classes(tmp_path / "map.tif", two_maps(20, 20)[0])
    with pytest.raises(SettingsError, match="UNMATCHED is 'ignore'; expected one of leave_out"):
        assess_accuracy(a, RasterSource(a), unmatched="ignore")
    with pytest.raises(SettingsError, match="BAND is 2"):
        assess_accuracy(a, RasterSource(a), band=2)
    with pytest.raises(Cancelled):
        assess_accuracy(a, RasterSource(a), feedback=Feedback(cancelled=lambda: True))


@pytest.mark.parametrize("city", ["beihai", "saclay_e"])
def test_real_land_cover_at_two_dates(shared_data, city):
    first, second = (shared_data / "dynamic_world_labels" / f"{city}_{date}.tif" for date in (1, 2))
    report = assess_accuracy(str(first), RasterSource(str(second)))
    mapped, truth = rasters.read_raster(first)[0], rasters.read_raster(second)[0]
    if mapped.shape != truth.shape:
        assert any("nearest" in note for note in report.notes)
        assert 0.3 < report.agreement.overall_accuracy < 1
        return
    valid = (mapped != 255) & (truth != 255)
    labels = [item.values[0] for item in report.classes]
    check_against_sklearn(report, mapped[valid], truth[valid], labels)
