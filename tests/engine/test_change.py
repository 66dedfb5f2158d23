"""``detect_change``: every kind of model and input against numpy on the whole image; outputs, areas, polygons."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import (
    ChangeOutputs,
    ChangeReport,
    ChangeSettings,
    Feedback,
    RunOptions,
    RunSettings,
    detect_change,
    load_model,
)
from geonnx.models.errors import Cancelled, ModelError, OutputError, RasterError, SettingsError
from geonnx.models.raster.align import align_raster
from geonnx.models.raster.source import BandReader, describe_raster
from osgeo import gdal
from scipy.special import expit, softmax

from .. import change_models
from ..rasters import DEGREES, NORTH_UP, ROTATED, SOUTH_UP, noise, read_raster, write_raster

HEIGHT, WIDTH = 130, 201


def dates(folder: Path, bands: int = 3, height: int = HEIGHT, width: int = WIDTH, **kind: Any) -> tuple[Any, Any]:
    """Write two dates and return their values."""
    values = []
    for name, seed in (("before", 1), ("after", 2)):
        values.append(((noise(bands, height, width, "float32", seed) - 0.5) * 8).astype(np.float32))
        write_raster(folder / f"{name}.tif", values[-1], **kind)
    return values[0], values[1]


def run(model: Path, folder: Path, change: ChangeSettings | None = None, **more: Any) -> ChangeReport:
    settings, feedback = more.pop("settings", None), more.pop("feedback", None)
    outputs = ChangeOutputs(
        str(folder / "change.tif"),
        **{name: str(folder / value) if isinstance(value, str) else value for name, value in more.items()},
    )
    return detect_change(
        load_model(model), str(folder / "before.tif"), str(folder / "after.tif"), outputs, settings, change,
        feedback=feedback,
    )  # fmt: skip


class Ears:
    """Keeps what a run says."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.logs: list[str] = []
        self.feedback = Feedback(log=self.logs.append, warn=self.warnings.append)


@pytest.mark.parametrize("layout", ["stacked", "named", "time"])
@pytest.mark.parametrize("scores", [1, 2])
@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_binary_models(tmp_path: Path, layout: str, scores: int, merge: Any) -> None:
    before, after = dates(tmp_path, bands=2)
    model = change_models.difference(tmp_path / "model.onnx", layout, scores=scores)
    settings = RunSettings(tile_size=64, merge=merge, options=RunOptions(probability_dtype="float32"))
    run(model, tmp_path, settings=settings, probabilities="p.tif")
    expected = expit((after - before).sum(axis=0))
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], (expected >= 0.5).astype(np.uint8))
    assert np.allclose(read_raster(tmp_path / "p.tif")[0], expected, atol=1e-6)
    run(model, tmp_path, ChangeSettings(threshold=0.9), settings=settings)
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], (expected >= 0.9).astype(np.uint8))


def test_time_axis_keeps_before_first_whatever_the_names_say(tmp_path: Path) -> None:
    before, after = dates(tmp_path, bands=2)
    write_raster(tmp_path / "scene_20200101.tif", before)
    write_raster(tmp_path / "scene_20190101.tif", after)
    model = change_models.difference(tmp_path / "model.onnx", "time")
    names = [str(tmp_path / f"scene_{year}0101.tif") for year in (2020, 2019)]
    detect_change(load_model(model), names[0], names[1], str(tmp_path / "c.tif"))
    assert np.array_equal(read_raster(tmp_path / "c.tif")[0], ((after - before).sum(axis=0) >= 0).astype(np.uint8))


@pytest.mark.parametrize("with_change", [False, True])
@pytest.mark.parametrize("threshold", [None, 0.7])
def test_from_to_models(tmp_path: Path, with_change: bool, threshold: float | None) -> None:
    before, after = dates(tmp_path)
    model = change_models.semantic(tmp_path / "model.onnx", with_change=with_change)
    settings = RunSettings(tile_size=64, options=RunOptions(probability_dtype="float32"))
    run(model, tmp_path, ChangeSettings(threshold), settings=settings, probabilities="p.tif", statistics="s.csv")
    was, became, probability, expected = from_to(before, after, threshold, with_change)
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], expected)
    bands = read_raster(tmp_path / "p.tif")
    assert np.allclose(bands[0], probability, atol=1e-6)
    assert np.allclose(bands[1:], [softmax(before, 0).max(0), softmax(after, 0).max(0)], atol=1e-6)
    became = np.where(expected == 0, was, became)
    counted = np.zeros((3, 3))
    np.add.at(counted, (was, became), 0.01)  # 10 m pixels: a hundredth of a hectare each
    table = list(csv.reader((tmp_path / "s.csv").open(encoding="utf-8-sig")))
    assert table[0] == ["from \\ to (ha)", "forest", "field", "town", "total before"]
    assert np.allclose([[float(cell) for cell in row[1:4]] for row in table[1:4]], counted, atol=1e-6)
    assert np.allclose([float(cell) for cell in table[4][1:]], [*counted.sum(0), counted.sum()], atol=1e-6)


def from_to(before: Any, after: Any, threshold: float | None, with_change: bool = False) -> Any:
    one, other = softmax(before, 0), softmax(after, 0)
    was, became = one.argmax(0), other.argmax(0)
    probability = expit(after[0] - before[0]) if with_change else 1 - (one * other).sum(0)
    smallest = (0.5 if with_change else 0.0) if threshold is None else threshold
    expected = np.where((was != became) & (probability >= smallest), was * 3 + became + 1, 0)
    return was, became, probability, expected


@pytest.mark.parametrize("threshold", [None, 0.6])
def test_segmentation_model_on_both_dates(tmp_path: Path, threshold: float | None) -> None:
    before, after = dates(tmp_path)
    model = change_models.land_cover(tmp_path / "model.onnx")
    settings = RunSettings(tile_size=64, batch_size=3)
    report = run(model, tmp_path, ChangeSettings(threshold), settings=settings, probabilities="p.tif")
    _, _, probability, expected = from_to(before, after, threshold)
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], expected)
    assert np.abs(read_raster(tmp_path / "p.tif")[0] - 250 * probability).max() <= 0.51
    assert report.areas.changed_ha == pytest.approx((expected > 0).sum() / 100)
    assert report.areas.changed_share == pytest.approx((expected > 0).mean())
    assert report.run.tiles > 1


def test_segmentation_model_of_numbers(tmp_path: Path) -> None:
    before, after = dates(tmp_path)
    model = change_models.land_cover(tmp_path / "model.onnx", numbers=True)
    run(model, tmp_path, polygons="p.gpkg")
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], from_to(before, after, None)[3])
    with pytest.raises(SettingsError, match="class numbers without scores, so there is no THRESHOLD or PROBABILITIES"):
        run(model, tmp_path, ChangeSettings(0.5), probabilities="p.tif")
    with pytest.raises(SettingsError, match="can't be averaged"):
        run(model, tmp_path, settings=RunSettings(merge="blend"))


def test_pixel_classifier_on_both_dates(tmp_path: Path) -> None:
    """A random forest from scikit-learn, a row a pixel, is a segmentation model too once its classes are listed."""
    from geonnx.models.describe import Changes, describe
    from skl2onnx import to_onnx
    from sklearn.ensemble import RandomForestClassifier

    before, after = dates(tmp_path)
    table = before.reshape(3, -1).T
    forest = RandomForestClassifier(5, max_depth=4, random_state=1).fit(table[::7], table[::7].argmax(1))
    path = tmp_path / "forest.onnx"
    path.write_bytes(
        to_onnx(forest, table[:1].astype(np.float32), options={"zipmap": False}, target_opset=17).SerializeToString()
    )
    with pytest.raises(ModelError, match="gives class numbers, and nothing lists the classes: add"):
        run(path, tmp_path)
    describe(path, Changes(classes="0=forest, 1=field, 2=town"))
    was, became = (forest.predict(values.reshape(3, -1).T).reshape(HEIGHT, WIDTH) for values in (before, after))
    run(path, tmp_path)
    expected = np.where(was != became, was * 3 + became + 1, 0)
    # trees compare in float32 here and in float64 there
    assert (read_raster(tmp_path / "change.tif")[0] != expected).mean() < 1e-4


@pytest.mark.parametrize("threshold", [None, 0.8])
def test_kinds_of_change(tmp_path: Path, threshold: float | None) -> None:
    before, after = dates(tmp_path)
    model = change_models.kinds(tmp_path / "model.onnx")
    report = run(model, tmp_path, ChangeSettings(threshold), polygons="p.gpkg", statistics="s.csv")
    share = softmax(after - before, 0)
    expected = np.array([7, 3, 9])[share.argmax(0)]
    if threshold is not None:
        expected = np.where(1 - share[0] >= threshold, np.array([3, 9])[share[1:].argmax(0)], 7)
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], expected)
    assert report.areas.changed_ha == pytest.approx((expected != 7).sum() / 100)
    table = list(csv.reader((tmp_path / "s.csv").open(encoding="utf-8-sig")))
    assert [row[0] for row in table] == ["class", "no change", "cut", "built", "total"]
    assert [float(row[1]) for row in table[1:]] == pytest.approx(
        [(expected == value).sum() / 100 for value in (7, 3, 9)] + [expected.size / 100]
    )
    assert {feature["class"] for feature in features(tmp_path / "p.gpkg")} == {"cut", "built"}


def features(path: Path) -> list[dict[str, Any]]:
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    layer = dataset.GetLayer(0)
    return [
        {**feature.items(), "area": feature.GetGeometryRef().GetArea(), "at": feature.GetGeometryRef().PointOnSurface()}
        for feature in layer
    ]


def test_polygons_say_from_to_area_and_mean_probability(tmp_path: Path) -> None:
    before, after = dates(tmp_path)
    model = change_models.semantic(tmp_path / "model.onnx")
    report = run(model, tmp_path, polygons="p.gpkg", min_area_m2=500.0)
    run(model, tmp_path, settings=RunSettings(options=RunOptions(probability_dtype="float32")), probabilities="p.tif")
    found = features(tmp_path / "p.gpkg")
    was, became, probability, expected = from_to(before, after, None)
    names = [name for _, name, _ in change_models.LAND]
    assert found and min(item["area_m2"] for item in found) >= 500
    assert sum(item["area_m2"] for item in found) <= report.areas.changed_ha * 1e4
    for item in found[:40]:
        column, row = int((item["at"].GetX() - NORTH_UP[0]) / 10), int((NORTH_UP[3] - item["at"].GetY()) / 10)
        assert (item["from"], item["to"]) == (names[was[row, column]], names[became[row, column]])
        assert item["class"] == f"{item['from']} → {item['to']}"
        assert item["class_id"] == expected[row, column]
        assert item["area_m2"] == pytest.approx(item["area"])
    # the mean over a polygon's pixels, found with scipy's labels
    from scipy import ndimage

    item = max(found, key=lambda item: item["area_m2"])
    labels, _ = ndimage.label(expected == item["class_id"])
    column, row = int((item["at"].GetX() - NORTH_UP[0]) / 10), int((NORTH_UP[3] - item["at"].GetY()) / 10)
    assert item["probability"] == pytest.approx(probability[labels == labels[row, column]].mean(), abs=0.002)
    assert not list(tmp_path.glob("*~*")) and not list(tmp_path.glob("*.pairs*"))


def test_file_explains_itself(tmp_path: Path) -> None:
    before, after = dates(tmp_path)
    model = change_models.semantic(tmp_path / "model.onnx")
    run(model, tmp_path, ChangeSettings(threshold=0.25))
    dataset = gdal.Open(str(tmp_path / "change.tif"))
    band = dataset.GetRasterBand(1)
    assert dataset.GetProjection()  # GDAL 3.6 looks at the file beside it for this, but not for the names alone
    names = band.GetRasterCategoryNames()
    assert names[0] == "no change" and names[2] == "forest → field" and names[4] == "field → forest"
    assert names[1] == names[5] == ""  # the same class on both dates
    table = band.GetDefaultRAT()
    counts = {table.GetValueAsInt(row, 0): table.GetValueAsInt(row, 1) for row in range(table.GetRowCount())}
    expected = from_to(before, after, 0.25)[3]
    assert counts == {value: int((expected == value).sum()) for value in np.unique(expected)}
    colors = {value: band.GetColorTable().GetColorEntry(value)[:3] for value in counts}
    assert len(set(colors.values())) == len(colors)
    assert dataset.GetMetadata("GEONNX")["INPUT"] == "before.tif,after.tif"
    assert dataset.GetMetadata("GEONNX")["OPTIONS"] == '{"threshold": 0.25}'
    assert dataset.GetMetadataItem("CHANGE_THRESHOLD") == "0.25"
    qml = (tmp_path / "change.qml").read_text(encoding="utf-8")
    assert 'label="forest → field"' in qml


def test_only_where_both_dates_have_data(tmp_path: Path) -> None:
    before, after = dates(tmp_path, bands=2)
    before[:, 10:20, 30:60] = -99
    after[0, 100:, :40] = -99
    before[1, 50, 50] = np.nan
    for name, values in (("before", before), ("after", after)):
        write_raster(tmp_path / f"{name}.tif", values, nodata=-99)
    for layout in ("stacked", "named", "time"):
        run(change_models.difference(tmp_path / "model.onnx", layout), tmp_path, settings=RunSettings(tile_size=64))
        missing = ((before == -99) | (after == -99) | np.isnan(before)).any(axis=0)
        assert np.array_equal(read_raster(tmp_path / "change.tif")[0] == 255, missing)


@pytest.mark.parametrize("kind", ["crs", "resolution", "extent", "dtype"])
def test_after_is_aligned(tmp_path: Path, kind: str) -> None:
    """AFTER in another CRS, pixel size, extent or type: as if gdalwarp had brought it to BEFORE's grid."""
    before = noise(2, HEIGHT, WIDTH, "uint16", 1)
    after = noise(2, HEIGHT + 40, WIDTH + 50, "float64" if kind == "dtype" else "uint16", 2)
    after = (after * 10000 if kind == "dtype" else after) + 1
    before += 1
    place = {
        "crs": (15.004, 0.00013, 0.0, 46.9522, 0.0, -0.00009),
        "resolution": (500307.0, 15.0, 0.0, 5199911.0, 0.0, -15.0),
        "extent": (500123.0, 10.0, 0.0, 5199871.0, 0.0, -10.0),
        "dtype": NORTH_UP,
    }[kind]
    write_raster(tmp_path / "before.tif", before, nodata=0)
    write_raster(tmp_path / "after.tif", after, nodata=0, geotransform=place, epsg=4326 if kind == "crs" else 32633)
    model = change_models.difference(tmp_path / "model.onnx", "named")
    run(model, tmp_path, settings=RunSettings(tile_size=64))
    box = (500000, 5200000 - 10 * HEIGHT, 500000 + 10 * WIDTH, 5200000)
    warped = gdal.Warp(
        "", str(tmp_path / "after.tif"), format="MEM", dstSRS="EPSG:32633", outputBounds=box, width=WIDTH,
        height=HEIGHT, resampleAlg="bilinear",
    ).ReadAsArray()  # fmt: skip
    expected = ((warped.astype(float) - before).sum(axis=0) >= 0).astype(np.uint8)
    expected[(warped == 0).any(axis=0)] = 255
    changed = read_raster(tmp_path / "change.tif")[0]
    assert (changed != expected).mean() < 1e-4  # sums of nearly nothing
    assert kind == "dtype" or 0.02 < (changed == 255).mean() < 0.98


@pytest.mark.parametrize("geotransform", [ROTATED, SOUTH_UP])
def test_grids_that_are_not_north_up(tmp_path: Path, geotransform: tuple[float, ...]) -> None:
    """BEFORE rotated or upside down, AFTER north up and made of the same function of the place."""
    x0, dx, rx, y0, ry, dy = geotransform
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5

    def field(x: Any, y: Any) -> Any:
        return np.sin((x - 500000) / 150) * np.cos((y - 5200000) / 190)

    before = field(x0 + columns * dx + rows * rx, y0 + columns * ry + rows * dy)[np.newaxis].astype(np.float32)
    write_raster(tmp_path / "before.tif", before, geotransform=geotransform)
    big = np.mgrid[:500, :500] + 0.5
    after = field(499000 + big[1] * 10, 5203000 - big[0] * 10)[np.newaxis].astype(np.float32)
    write_raster(tmp_path / "after.tif", after, geotransform=(499000.0, 10.0, 0.0, 5203000.0, 0.0, -10.0))
    aligned = align_raster(
        describe_raster(str(tmp_path / "after.tif")), describe_raster(str(tmp_path / "before.tif")).grid
    )
    values, valid = BandReader(aligned, (1,)).read(aligned.grid.window)
    seen = np.ones(values[0].shape, bool) if valid is None else valid
    assert seen.mean() > 0.6
    assert np.abs(values[0] - before[0])[seen].max() < 0.01
    run(change_models.difference(tmp_path / "model.onnx", bands=1), tmp_path, ChangeSettings(threshold=0.51))
    assert set(np.unique(read_raster(tmp_path / "change.tif"))) <= {0, 255}
    assert gdal.Open(str(tmp_path / "change.tif")).GetGeoTransform() == geotransform


def test_areas_on_the_ellipsoid(tmp_path: Path) -> None:
    dates(tmp_path, geotransform=DEGREES, epsg=4326)
    report = run(change_models.semantic(tmp_path / "model.onnx"), tmp_path, statistics="s.html")
    # PROJ's equal-area projection of the whole raster
    total = equal_area_m2(DEGREES, WIDTH, HEIGHT)
    assert report.areas.total_ha == pytest.approx(total / 1e4, rel=1e-6)
    assert report.areas.matrix_ha.sum() - np.trace(report.areas.matrix_ha) == pytest.approx(report.areas.changed_ha)
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    assert f">{report.areas.changed_ha:,.2f}<" in page and "before.tif" in page


def equal_area_m2(geotransform: tuple[float, ...], width: int, height: int) -> float:
    from osgeo import osr

    source, target = osr.SpatialReference(), osr.SpatialReference()
    source.ImportFromEPSG(4326)
    source.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    target.ImportFromProj4("+proj=cea +datum=WGS84")
    x0, dx, _, y0, _, dy = geotransform
    transform = osr.CoordinateTransformation(source, target)
    left, top, _ = transform.TransformPoint(x0, y0)
    right, bottom, _ = transform.TransformPoint(x0 + width * dx, y0 + height * dy)
    return (right - left) * (top - bottom)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (64, 64), (65, 129)])
def test_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    before, after = dates(tmp_path, height=size[0], width=size[1])
    report = run(change_models.semantic(tmp_path / "m.onnx"), tmp_path, settings=RunSettings(tile_size=64))
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], from_to(before, after, None)[3])
    assert report.areas.total_ha == pytest.approx(size[0] * size[1] / 100)


def test_all_nodata(tmp_path: Path) -> None:
    for name in ("before", "after"):
        write_raster(tmp_path / f"{name}.tif", np.zeros((3, 40, 50), np.uint8), nodata=0)
    ears = Ears()
    report = run(
        change_models.semantic(tmp_path / "m.onnx"), tmp_path, statistics="s.csv", polygons="p.gpkg",
        feedback=ears.feedback,
    )  # fmt: skip
    assert (read_raster(tmp_path / "change.tif") == 255).all()
    assert report.areas.total_ha == report.areas.changed_share == 0 and report.shift is None
    assert any("No pixel has data on both dates" in warning for warning in ears.warnings)
    assert features(tmp_path / "p.gpkg") == []


def test_extent_and_model_pixel_size(tmp_path: Path) -> None:
    before, after = dates(tmp_path)
    model = change_models.semantic(tmp_path / "m.onnx")
    corners = ((500200.0, 5199900.0), (500800.0, 5199900.0), (500800.0, 5199500.0), (500200.0, 5199500.0))
    run(model, tmp_path, settings=RunSettings(extent=corners))
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], from_to(before, after, None)[3][10:50, 20:80])
    card = model.with_suffix(".json")
    card.write_text(card.read_text().replace('"geonnx:task"', '"geonnx:gsd_m": 20, "geonnx:task"'))
    report = run(model, tmp_path, statistics="s.csv", polygons="p.gpkg")
    changed = read_raster(tmp_path / "change.tif")[0]
    assert changed.shape == (HEIGHT, WIDTH)
    assert report.areas.changed_ha == pytest.approx((changed > 0).sum() / 100)
    assert sum(item["area_m2"] for item in features(tmp_path / "p.gpkg")) == pytest.approx((changed > 0).sum() * 100)
    rows = list(csv.reader((tmp_path / "s.csv").open(encoding="utf-8-sig")))
    off_diagonal = sum(float(rows[i + 1][j + 1]) for i in range(3) for j in range(3) if i != j)
    assert off_diagonal == pytest.approx(report.areas.changed_ha, abs=1e-5)


def test_bands_hold_for_both_dates(tmp_path: Path) -> None:
    before, after = dates(tmp_path)
    for layout in ("stacked", "named", "time"):
        model = change_models.difference(tmp_path / "model.onnx", layout, bands=2)
        run(model, tmp_path, settings=RunSettings(bands="3,1"))
        expected = (after[[2, 0]] - before[[2, 0]]).sum(axis=0) >= 0
        assert np.array_equal(read_raster(tmp_path / "change.tif")[0], expected.astype(np.uint8))


def test_unnamed_inputs_and_stacked_bands_without_a_role(tmp_path: Path) -> None:
    before, after = dates(tmp_path, bands=2)
    model = change_models.difference(tmp_path / "model.onnx", "stacked")
    card = model.with_suffix(".json")
    card.write_text(card.read_text().replace(', "geonnx:role": "before+after"', ""))
    ears = Ears()
    run(model, tmp_path, feedback=ears.feedback)
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], ((after - before).sum(0) >= 0).astype(np.uint8))
    assert any("taken to be those of BEFORE, then those of AFTER" in warning for warning in ears.warnings)


def test_what_can_not_be_compared(tmp_path: Path) -> None:
    dates(tmp_path, bands=2)
    model = change_models.difference(tmp_path / "model.onnx")
    write_raster(tmp_path / "far.tif", noise(2, 40, 50), geotransform=(700000.0, 10.0, 0.0, 5100000.0, 0.0, -10.0))
    with pytest.raises(RasterError, match=r"far\.tif lies elsewhere than the first raster"):
        detect_change(
            load_model(model), str(tmp_path / "before.tif"), str(tmp_path / "far.tif"), str(tmp_path / "c.tif")
        )
    with pytest.raises(SettingsError, match=r"THRESHOLD is 1\.5; expected a probability from 0 to 1"):
        ChangeSettings(threshold=1.5)
    with pytest.raises(OutputError, match=r"ending in \.csv or \.html; found"):
        run(model, tmp_path, statistics="s.txt")
    with pytest.raises(OutputError, match="same name"):
        run(model, tmp_path, probabilities="change.tif")
    card = model.with_suffix(".json")
    card.write_text(card.read_text().replace('"geonnx:task": "change"', '"geonnx:task": "clouds"'))
    with pytest.raises(ModelError, match="a model for the task 'clouds'; expected one for change, or for segment"):
        run(model, tmp_path)
    assert not list(tmp_path.glob("c*.tif"))


def test_band_files_of_real_scenes(tmp_path: Path, shared_data: Path) -> None:
    """One band file of each date is chosen; the model's other band is found beside it, on the grid of the choice."""
    model = change_models.difference(tmp_path / "model.onnx", "named")
    card = model.with_suffix(".json")
    card.write_text(card.read_text().replace('"bands": []', '"bands": ["B04", "B03"]'))
    folder = shared_data / "oscd" / "beihai"
    names = {(date, band): next((folder / date).glob(f"*_{band}.tif")) for date in "12" for band in ("B04", "B03")}
    ears = Ears()
    report = detect_change(
        load_model(model), str(names["1", "B04"]), str(names["2", "B03"]), str(tmp_path / "change.tif"),
        feedback=ears.feedback,
    )  # fmt: skip
    values = {key: gdal.Open(str(name)).ReadAsArray().astype(float) for key, name in names.items()}
    expected = sum(values["2", band] - values["1", band] for band in ("B04", "B03")) >= 0
    changed = read_raster(tmp_path / "change.tif")[0]
    assert np.array_equal(changed, expected.astype(np.uint8))
    assert report.shift is not None and 0.9 < report.shift.length < 1.3
    assert any("COREGISTER moves AFTER" in warning for warning in ears.warnings)


def test_real_scenes_on_different_grids(tmp_path: Path, shared_data: Path) -> None:
    """The dates of saclay_e come from two tiles cut differently: the map has the grid of BEFORE."""
    folder = shared_data / "oscd" / "saclay_e"
    names = [str(next((folder / date).glob("*_B04.tif"))) for date in "12"]
    model = change_models.difference(tmp_path / "model.onnx", "named", bands=1)
    detect_change(load_model(model), *names, str(tmp_path / "change.tif"), change=ChangeSettings(coregister=True))
    first, result = gdal.Open(names[0]), gdal.Open(str(tmp_path / "change.tif"))
    assert result.GetGeoTransform() == first.GetGeoTransform() != gdal.Open(names[1]).GetGeoTransform()
    assert (result.RasterXSize, result.RasterYSize) == (first.RasterXSize, first.RasterYSize)
    assert 0.05 < (result.ReadAsArray() == 1).mean() < 0.95


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    dates(tmp_path)
    model = change_models.semantic(tmp_path / "m.onnx")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(Cancelled):
        run(
            model, tmp_path, statistics="s.csv", polygons="p.gpkg", settings=RunSettings(tile_size=32),
            feedback=Feedback(cancelled=lambda: True),
        )  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", ["semantic", "land_cover", "kinds"])
def test_flips_and_blending_average_probabilities(tmp_path: Path, kind: str) -> None:
    """These networks see each pixel by itself: averages over tiles and flips are what one run gives."""
    dates(tmp_path)
    model = getattr(change_models, kind)(tmp_path / "m.onnx")
    run(model, tmp_path, probabilities="p.tif")
    once = read_raster(tmp_path / "change.tif"), read_raster(tmp_path / "p.tif")
    settings = RunSettings(tile_size=64, overlap=16, merge="blend", options=RunOptions(tta="flips"))
    run(model, tmp_path, settings=settings, probabilities="p.tif")
    assert np.array_equal(read_raster(tmp_path / "change.tif"), once[0])
    found = read_raster(tmp_path / "p.tif").astype(int)
    assert np.abs(found[:-1] - once[1]).max() <= 1
    assert (found[-1] == 0).all()  # every variant says the same


@pytest.mark.parametrize("is_from_to", [False, True])
def test_disagreement_of_variants(tmp_path: Path, is_from_to: bool) -> None:
    """A network that adds a ramp over the rows of its tile gives another answer when the tile is flipped."""
    import onnx
    from onnx import helper

    before, after = dates(tmp_path, bands=3 if is_from_to else 1, height=64, width=64)
    path = tmp_path / "m.onnx"
    model = change_models.semantic(path) if is_from_to else change_models.difference(path, "named", bands=1)
    proto = onnx.load(str(model))
    ramp = np.linspace(-1, 1, 64, dtype=np.float32).reshape(1, 1, 64, 1)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(ramp, "ramp"))
    last = proto.graph.node[-1]
    name, last.output[0] = last.output[0], "plain"
    proto.graph.node.append(helper.make_node("Add" if not is_from_to else "Mul", ["plain", "ramp"], [name]))
    onnx.save(proto, str(model))
    floats = RunOptions(probability_dtype="float32", tta="flips")
    run(model, tmp_path, settings=RunSettings(tile_size=64, overlap=0, options=floats), probabilities="p.tif")
    variants = []
    for sign in (1, -1):
        if is_from_to:
            same = softmax(before, 0) * softmax(after * sign * ramp[0], 0)
            variants.append(1 - same.sum(0))
        else:
            variants.append(expit((after - before)[0] + sign * ramp[0, 0]))
    found = read_raster(tmp_path / "p.tif")
    assert np.allclose(found[-1], np.std(variants, axis=0), atol=1e-5) and found[-1].max() > 0.05
    assert gdal.Open(str(tmp_path / "p.tif")).GetRasterBand(len(found)).GetDescription() == "disagreement"


def test_probabilities_and_statistics_only_where_asked(tmp_path: Path) -> None:
    dates(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    names = [str(tmp_path / f"{name}.tif") for name in ("before", "after")]
    outputs = ChangeOutputs(str(out / "c.tif"), polygons=str(out / "c.gpkg"), statistics=str(out / "c.html"))
    detect_change(load_model(change_models.semantic(tmp_path / "m.onnx")), *names, outputs)
    assert sorted(path.name for path in out.iterdir()) == ["c.gpkg", "c.html", "c.qml", "c.tif", "c.tif.aux.xml"]
    assert "<rasterrenderer" in (out / "c.qml").read_text(encoding="utf-8")


def test_options_threshold_holds_too(tmp_path: Path) -> None:
    before, after = dates(tmp_path, bands=2)
    model = change_models.difference(tmp_path / "m.onnx")
    settings = RunSettings(tile_size=64, options=RunOptions(threshold=0.8, resume=True))
    run(model, tmp_path, settings=settings, statistics="s.csv", polygons="p.gpkg")
    expected = expit((after - before).sum(axis=0)) >= 0.8
    assert np.array_equal(read_raster(tmp_path / "change.tif")[0], expected.astype(np.uint8))


def test_a_stopped_run_goes_on_and_refuses_other_settings(tmp_path: Path) -> None:
    """Blocks are kept for all rasters of the run, also for those that are needed on the way only."""
    dates(tmp_path, height=1100, width=1300)
    model = change_models.semantic(tmp_path / "m.onnx")
    settings = RunSettings(tile_size=256, options=RunOptions(resume=True))
    more = {"settings": settings, "statistics": "s.csv", "polygons": "p.gpkg", "min_area_m2": 5e4}
    done = [0.0]
    stop = Feedback(progress=done.append, cancelled=lambda: done[-1] > 0.6)
    with pytest.raises(Cancelled):
        run(model, tmp_path, ChangeSettings(0.6), feedback=stop, **more)
    with pytest.raises(SettingsError, match="OPTIONS"):
        run(model, tmp_path, ChangeSettings(0.7), **more)
    with pytest.raises(SettingsError, match="scaling of values"):
        run(model, tmp_path, ChangeSettings(0.6, match_histograms=True), **more)
    said: list[str] = []
    resumed = run(model, tmp_path, ChangeSettings(0.6), feedback=Feedback(log=said.append), **more)
    assert any("goes on where it stopped" in text for text in said)
    files = [tmp_path / name for name in ("change.tif", "s.csv")]
    first = read_raster(files[0]), files[1].read_bytes(), features(tmp_path / "p.gpkg")
    whole = run(model, tmp_path, ChangeSettings(0.6), **{**more, "settings": RunSettings(tile_size=256)})
    assert resumed.run.tiles < whole.run.tiles
    assert np.array_equal(read_raster(files[0]), first[0]) and files[1].read_bytes() == first[1]
    again = features(tmp_path / "p.gpkg")
    assert [(item["class_id"], item["area_m2"], item["probability"]) for item in first[2]] == [
        (item["class_id"], item["area_m2"], item["probability"]) for item in again
    ]
    assert not list(tmp_path.glob(".geonnx*"))
