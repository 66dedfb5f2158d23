"""What `segment` writes: classes, probabilities, nodata, georeferencing, styles, provenance; and what it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from geonnx.models import Feedback, RunOptions, RunSettings, SegmentOutputs, load_model, read_options, segment
from geonnx.models.errors import Cancelled, GeonnxError, ModelError, OutputError, RasterError, SettingsError
from geonnx.models.raster.sink import BLOCK_PX, GeoTiffSink, SinkSpec
from osgeo import gdal, ogr, osr
from scipy.special import expit, softmax
from scipy.stats import entropy

from ..rasters import DEGREES, NORTH_UP, ROTATED, SOUTH_UP, UTM, crs_wkt, noise, read_raster, write_raster
from ..tiny_models import argmax_numbers, box, cast_numbers, identity, one_logit, save, unet, write_mlm


def run(model: Path, raster: Path, folder: Path, *, settings: RunSettings | None = None, **extra: Any) -> Any:
    """Run with the class raster in *folder*/classes.tif; *extra* are names of further products."""
    outputs = SegmentOutputs(
        str(folder / "classes.tif"),
        **{name: (str(folder / value) if isinstance(value, str) else value) for name, value in extra.items()},
    )
    return segment(load_model(model), str(raster), outputs, settings)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def logits(tmp_path: Path) -> tuple[Path, Path, Any]:
    """Return an identity model with softmax to come, a raster of logits, and the logits."""
    values = ((noise(4, 130, 201, "float32") - 0.5) * 8).astype(np.float32)
    raster = write_raster(tmp_path / "logits.tif", values)
    model = identity(tmp_path / "logits.onnx", bands=4)
    names = [(0, "water"), (1, "trees & shrubs"), (2, "crops"), (7, "built")]
    write_mlm(model, bands=[], channels=4, classes=names, activation="softmax")
    return model, raster, values


def test_probabilities_confidence_entropy(logits: Any, tmp_path: Path) -> None:
    model, raster, values = logits
    out = tmp_path / "out"
    out.mkdir()
    options = RunSettings(tile_size=64, options=RunOptions(probability_dtype="float32"))
    run(model, raster, out, settings=options, probabilities="p.tif", confidence="c.tif", entropy="e.tif")
    expected = softmax(values.astype(np.float64), axis=0)
    np.testing.assert_allclose(read_raster(out / "p.tif"), expected, atol=1e-6)
    np.testing.assert_allclose(read_raster(out / "c.tif")[0], expected.max(axis=0), atol=1e-6)
    np.testing.assert_allclose(read_raster(out / "e.tif")[0], entropy(expected, axis=0) / np.log(4), atol=1e-5)
    np.testing.assert_array_equal(read_raster(out / "classes.tif")[0], np.array([0, 1, 2, 7])[values.argmax(axis=0)])

    run(model, raster, out, settings=RunSettings(tile_size=64), probabilities="q.tif", confidence="d.tif")
    coded = read_raster(out / "q.tif")
    assert coded.dtype == np.uint8
    np.testing.assert_array_equal(coded, np.floor(expected.astype(np.float32) * 250 + 0.5).astype(np.uint8))
    dataset = gdal.Open(str(out / "q.tif"))
    assert [dataset.GetRasterBand(i).GetDescription() for i in (1, 2, 3, 4)] == [
        "water", "trees & shrubs", "crops", "built",
    ]  # fmt: skip
    assert dataset.GetRasterBand(1).GetScale() == pytest.approx(1 / 250)
    assert dataset.GetRasterBand(1).GetNoDataValue() == 255


@pytest.mark.parametrize("squeeze", [False, True])
def test_one_logit(tmp_path: Path, squeeze: bool) -> None:
    values = ((noise(1, 90, 75, "float32") - 0.5) * 10).astype(np.float32)
    raster = write_raster(tmp_path / "in.tif", values)
    model = one_logit(tmp_path / "one.onnx", squeeze=squeeze)
    out = tmp_path / "out"
    out.mkdir()
    settings = RunSettings(tile_size=32, options=RunOptions(threshold=0.7, probability_dtype="float32"))
    run(model, raster, out, settings=settings, probabilities="p.tif", confidence="c.tif")
    probability = expit(values.astype(np.float64)[0])
    np.testing.assert_allclose(read_raster(out / "p.tif"), [1 - probability, probability], atol=1e-6)
    expected = probability >= 0.7
    np.testing.assert_array_equal(read_raster(out / "classes.tif")[0], expected)
    # confidence is the probability of the class that was given, here below 0.5 between the thresholds
    np.testing.assert_allclose(
        read_raster(out / "c.tif")[0], np.where(expected, probability, 1 - probability), atol=1e-6
    )


def test_one_logit_with_a_named_class(tmp_path: Path) -> None:
    model = one_logit(tmp_path / "one.onnx")
    write_mlm(model, bands=[], channels=1, classes=[(5, "water")])
    raster = write_raster(tmp_path / "in.tif", np.array([[[-1.0, 2.0]]], np.float32))
    run(model, raster, tmp_path)
    np.testing.assert_array_equal(read_raster(tmp_path / "classes.tif")[0], [[0, 5]])


def test_class_numbers(tmp_path: Path) -> None:
    values = noise(5, 70, 133, "uint8")
    raster = write_raster(tmp_path / "in.tif", values)
    model = argmax_numbers(tmp_path / "argmax.onnx", 5)
    run(model, raster, tmp_path, settings=RunSettings(tile_size=48))
    got = read_raster(tmp_path / "classes.tif")[0]
    np.testing.assert_array_equal(got, values.argmax(axis=0))
    with pytest.raises(SettingsError, match="gives class numbers without scores, so there is no PROBABILITIES"):
        run(model, raster, tmp_path, probabilities="p.tif")
    with pytest.raises(SettingsError, match="can't be averaged: use MERGE=crop"):
        run(model, raster, tmp_path, settings=RunSettings(merge="blend"))


def test_class_numbers_out_of_range(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", np.full((1, 9, 9), -3, np.int16))
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ModelError, match="gave the class number -3; expected 0 to 65534"):
        run(cast_numbers(tmp_path / "n.onnx", "int16"), raster, out)
    assert leftovers(out) == []


@pytest.mark.parametrize(
    ("count", "dtype", "nodata"), [(250, "uint8", 255), (251, "uint16", 65535), (600, "uint16", 65535)]
)
def test_huge_class_counts(tmp_path: Path, count: int, dtype: str, nodata: int) -> None:
    values = np.random.default_rng(3).random((count, 6, 9)).astype(np.float32)
    values[:, 0, 0] = np.nan
    raster = write_raster(tmp_path / "in.tif", values)
    run(identity(tmp_path / "many.onnx", bands=count), raster, tmp_path, settings=RunSettings(tile_size=16))
    got = read_raster(tmp_path / "classes.tif")[0]
    assert got.dtype == dtype
    expected = values.argmax(axis=0)
    expected[0, 0] = nodata
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("kind", ["value", "nan", "alpha", "mask"])
def test_nodata_goes_through(tmp_path: Path, kind: str) -> None:
    values = noise(3, 140, 150, "float32" if kind == "nan" else "uint8") + (0 if kind == "nan" else 1)
    hole = np.zeros((140, 150), bool)
    hole[20:90, 40:] = True
    hole[139, 0] = True
    path = tmp_path / "in.tif"
    if kind == "value":
        values[1][hole] = 0  # in one band only
        write_raster(path, values, nodata=0)
    elif kind == "nan":
        values[2][hole] = np.nan
        write_raster(path, values)
    elif kind == "alpha":
        write_raster(
            path, np.concatenate([values, np.where(hole, 0, 255)[None].astype(np.uint8)]), options=["ALPHA=YES"]
        )
    else:
        write_raster(path, values)
        dataset = gdal.Open(str(path), gdal.GA_Update)
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(np.where(hole, 0, 255).astype(np.uint8))
        del dataset
    model = identity(tmp_path / "model.onnx", bands=3)
    for merge in ("crop", "blend"):
        out = tmp_path / merge
        out.mkdir()
        settings = RunSettings(tile_size=32, overlap=4, merge=merge)
        run(model, path, out, settings=settings, probabilities="p.tif", entropy="e.tif")
        got = read_raster(out / "classes.tif")[0]
        np.testing.assert_array_equal(got == 255, hole)
        np.testing.assert_array_equal((read_raster(out / "p.tif") == 255).all(axis=0), hole)
        np.testing.assert_array_equal(read_raster(out / "e.tif")[0] == 255, hole)
        clean = np.nan_to_num(values)
        np.testing.assert_array_equal(got[~hole], clean.argmax(axis=0)[~hole])


def test_fill_is_what_the_network_sees(tmp_path: Path) -> None:
    """A model that sums a 3 × 3 neighbourhood sees the card's fill where there is no data, not the nodata value."""
    weight = np.ones((1, 1, 3, 3), np.float32)
    from onnx import helper

    node = helper.make_node("Conv", ["image", "w"], ["map"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    shape = ["n", 1, "h", "w"]
    model = save(
        tmp_path / "sum.onnx",
        [node],
        inputs=[("image", "float32", shape)],
        outputs=[("map", "float32", shape)],
        weights={"w": weight},
    )
    write_mlm(
        model,
        bands=[],
        channels=1,
        classes=[(0, "low"), (1, "high")],
        scaling=[{"type": "offset", "value": 10}],
        activation="none",
        properties={"geonnx:fill": 100},
    )
    values = np.full((1, 3, 3), 11, np.int16)
    values[0, 0, 0] = -9999
    raster = write_raster(tmp_path / "in.tif", values, nodata=-9999)
    options = RunOptions(probability_dtype="float32")
    run(model, raster, tmp_path, settings=RunSettings(tile_size=3, overlap=0, options=options), probabilities="p.tif")
    assert read_raster(tmp_path / "p.tif")[1, 1, 1] == 8 * 1 + 100


def test_all_nodata_is_skipped(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", np.zeros((3, 600, 700), np.uint8), nodata=0)
    warnings: list[str] = []
    out = tmp_path / "out"
    out.mkdir()
    report = segment(
        load_model(identity(tmp_path / "m.onnx", bands=3)),
        str(raster),
        SegmentOutputs(str(out / "classes.tif"), polygons=str(out / "p.gpkg")),
        RunSettings(tile_size=64),
        feedback=Feedback(warn=warnings.append),
    )
    assert report.tiles == 0
    assert (read_raster(out / "classes.tif") == 255).all()
    assert any("No pixel got a class" in text for text in warnings)
    layers = ogr.Open(str(out / "p.gpkg"))
    assert layers.GetLayer(0).GetFeatureCount() == 0


def test_empty_parts_of_a_sparse_source_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "sparse.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), 20000, 20000, 1, gdal.GDT_Byte, options=["TILED=YES", "SPARSE_OK=TRUE", "COMPRESS=DEFLATE"]
    )
    dataset.SetGeoTransform(NORTH_UP)
    dataset.SetProjection(crs_wkt(UTM))
    dataset.GetRasterBand(1).SetNoDataValue(0)
    dataset.GetRasterBand(1).WriteArray(np.full((300, 300), 3, np.uint8), 5120, 7680)
    del dataset
    model = cast_numbers(tmp_path / "n.onnx", "uint8")
    write_mlm(model, bands=[], channels=1, classes=[(3, "three")], dims=["batch", "height", "width"])
    report = run(model, path, tmp_path, settings=RunSettings(tile_size=1024))
    assert report.tiles <= 4
    assert (tmp_path / "classes.tif").stat().st_size < 60_000
    result = gdal.Open(str(tmp_path / "classes.tif"))
    np.testing.assert_array_equal(result.ReadAsArray(5120, 7680, 300, 300), 3)
    assert (result.ReadAsArray(5000, 7000, 120, 300) == 255).all()


@pytest.mark.parametrize(
    ("geotransform", "epsg"),
    [(NORTH_UP, UTM), (SOUTH_UP, UTM), (ROTATED, UTM), (DEGREES, 4326)],
    ids=["north-up", "south-up", "rotated", "degrees"],
)
def test_georeferencing_is_exact(tmp_path: Path, geotransform: Any, epsg: int) -> None:
    values = noise(3, 77, 121, "uint8")
    raster = write_raster(tmp_path / "in.tif", values, geotransform=geotransform, epsg=epsg)
    model = identity(tmp_path / "m.onnx", bands=3)
    run(model, raster, tmp_path, settings=RunSettings(tile_size=32, overlap=2))
    result, source = gdal.Open(str(tmp_path / "classes.tif")), gdal.Open(str(raster))
    assert result.GetGeoTransform() == source.GetGeoTransform()
    assert (result.RasterXSize, result.RasterYSize) == (121, 77)
    assert osr.SpatialReference(result.GetProjection()).IsSame(osr.SpatialReference(source.GetProjection()))
    np.testing.assert_array_equal(result.ReadAsArray(), values.argmax(axis=0))
    # an extent whose corners are pixel corners gives exactly those pixels
    x0, dx, rx, y0, ry, dy = geotransform
    corners = tuple((x0 + c * dx + r * rx, y0 + c * ry + r * dy) for c, r in ((10, 5), (90, 5), (90, 60), (10, 60)))
    run(model, raster, tmp_path, settings=RunSettings(tile_size=32, extent=corners))
    part = gdal.Open(str(tmp_path / "classes.tif"))
    assert part.GetGeoTransform() == pytest.approx((*corners[0][:1], dx, rx, corners[0][1], ry, dy), rel=1e-15)
    np.testing.assert_array_equal(part.ReadAsArray(), values.argmax(axis=0)[5:60, 10:90])


def test_extent_outside_is_refused(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 20, 20))
    with pytest.raises(RasterError, match=r"EXTENT lies at x 0 to 1, y 0 to 1; the raster at x 500000 to 500200"):
        run(identity(tmp_path / "m.onnx", bands=3), raster, tmp_path, settings=RunSettings(extent=((0, 0), (1, 1))))


def write_mask(path: Path, wkt: list[str], epsg: int = UTM) -> Path:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    store = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = store.CreateLayer("mask", reference)
    for text in wkt:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkt(text))
        layer.CreateFeature(feature)
    return path


def test_mask(tmp_path: Path) -> None:
    values = noise(3, 200, 300)
    raster = write_raster(tmp_path / "in.tif", values)
    triangle = "POLYGON((500100 5199900,502000 5199900,501000 5198500,500100 5199900))"
    square = "POLYGON((502500 5199500,502750 5199500,502750 5199250,502500 5199250,502500 5199500))"
    mask = write_mask(tmp_path / "mask.gpkg", [triangle, square])
    report = run(
        identity(tmp_path / "m.onnx", bands=3),
        raster,
        tmp_path,
        settings=RunSettings(tile_size=32, mask_path=str(mask)),
    )
    burnt = gdal.GetDriverByName("MEM").Create("", 300, 200, 1, gdal.GDT_Byte)
    burnt.SetGeoTransform(NORTH_UP)
    store = ogr.Open(str(mask))
    gdal.RasterizeLayer(burnt, [1], store.GetLayer(0), burn_values=[1])
    inside = burnt.ReadAsArray() == 1
    assert 0 < inside.sum() < inside.size
    np.testing.assert_array_equal(
        read_raster(tmp_path / "classes.tif")[0], np.where(inside, values.argmax(axis=0), 255)
    )
    assert report.tiles < 88  # tiles outside the polygons are skipped


def test_mask_elsewhere_and_in_another_crs(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 200, 300))
    model = identity(tmp_path / "m.onnx", bands=3)
    far = write_mask(tmp_path / "far.gpkg", ["POLYGON((0 0,1 0,1 1,0 0))"], 4326)
    with pytest.raises(RasterError, match="No polygon of MASK meets the raster"):
        run(model, raster, tmp_path, settings=RunSettings(mask_path=str(far)))
    degrees = write_mask(tmp_path / "degrees.gpkg", ["POLYGON((14 46,16 46,16 48,14 48,14 46))"], 4326)
    run(model, raster, tmp_path, settings=RunSettings(mask_path=str(degrees)))
    assert (read_raster(tmp_path / "classes.tif") != 255).all()


def test_the_file_explains_itself(logits: Any, tmp_path: Path) -> None:
    model, raster, values = logits
    run(model, raster, tmp_path, settings=RunSettings(tile_size=64))
    dataset = gdal.Open(str(tmp_path / "classes.tif"))
    dataset.GetGeoTransform()  # GDAL 3.6 reads the .aux.xml with it, and category names not before
    band = dataset.GetRasterBand(1)
    assert band.GetBlockSize() == [512, 512]
    assert band.GetRasterCategoryNames()[:8] == ["water", "trees & shrubs", "crops", "", "", "", "", "built"]
    assert band.GetColorTable().GetColorEntry(7)[3] == 255
    assert band.GetNoDataValue() == 255
    table = band.GetDefaultRAT()
    rows = {
        table.GetValueAsInt(row, 0): (table.GetValueAsString(row, 2), table.GetValueAsDouble(row, 1))
        for row in range(table.GetRowCount())
    }
    index = values.argmax(axis=0)
    assert rows == {
        value: (name, float((index == channel).sum()))
        for channel, (value, name) in enumerate([(0, "water"), (1, "trees & shrubs"), (2, "crops"), (7, "built")])
    }
    provenance = dataset.GetMetadata("GEONNX")
    assert provenance["MODEL_SHA256"] == load_model(model).sha256
    assert provenance["TILE_SIZE"] == "64x64"
    assert provenance["PROVIDER"] == "CPUExecutionProvider"
    metadata = (Path(__file__).parents[2] / "metadata.txt").read_text(encoding="utf-8")
    assert f"\nversion={provenance['GEONNX_VERSION']}\n" in metadata
    assert provenance["ONNXRUNTIME_VERSION"]
    assert provenance["OPTIONS"] == "{}"
    qml = (tmp_path / "classes.qml").read_text()
    assert 'label="trees &amp; shrubs"' in qml


def test_overviews(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 900, 1300))
    model = identity(tmp_path / "m.onnx", bands=3)
    run(model, raster, tmp_path)
    assert gdal.Open(str(tmp_path / "classes.tif")).GetRasterBand(1).GetOverviewCount() == 3
    run(model, raster, tmp_path, settings=RunSettings(options=read_options('{"overviews": false}')))
    assert gdal.Open(str(tmp_path / "classes.tif")).GetRasterBand(1).GetOverviewCount() == 0


def test_progress_is_real_and_cancel_leaves_nothing(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 300, 300))
    model = load_model(identity(tmp_path / "m.onnx", bands=3))
    out = tmp_path / "out"
    out.mkdir()
    shares: list[float] = []
    segment(
        model, str(raster), str(out / "a.tif"), RunSettings(tile_size=32), feedback=Feedback(progress=shares.append)
    )
    assert shares == sorted(shares)
    assert len(set(shares)) > 50
    assert shares[-1] == 1.0
    before = leftovers(out)
    shares.clear()
    feedback = Feedback(progress=shares.append, cancelled=lambda: len(shares) > 5)
    with pytest.raises(Cancelled):
        segment(
            model,
            str(raster),
            SegmentOutputs(str(out / "b.tif"), confidence=str(out / "c.tif"), polygons=str(out / "p.gpkg")),
            RunSettings(tile_size=32),
            feedback=feedback,
        )
    assert leftovers(out) == before
    assert len(shares) < 10


def test_an_error_in_the_middle_leaves_nothing_and_keeps_the_old_result(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 900, 900), options=["TILED=YES", "COMPRESS=DEFLATE"])
    out = tmp_path / "out"
    out.mkdir()
    model = identity(tmp_path / "m.onnx", bands=3)
    run(model, raster, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    size = raster.stat().st_size
    with raster.open("r+b") as file:
        file.truncate(size * 2 // 3)
    with pytest.raises(RasterError, match=r"in\.tif can't be read at columns"):
        run(model, raster, out, settings=RunSettings(tile_size=64))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_outputs_are_checked_first(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 20, 20))
    model = load_model(identity(tmp_path / "m.onnx", bands=3))
    cases: list[tuple[SegmentOutputs, type[GeonnxError], str]] = [
        (SegmentOutputs(str(tmp_path / "x.png")), OutputError, r"should be a GeoTIFF ending in \.tif"),
        (SegmentOutputs(str(raster)), OutputError, "is the input itself"),
        (SegmentOutputs(str(raster.with_suffix(".tiff"))), OutputError, "has the name of the input"),
        (
            SegmentOutputs(str(tmp_path / "a.tif"), polygons=str(tmp_path / "p.docx")),
            OutputError,
            "no extension of a vector format",
        ),
        (
            SegmentOutputs(str(tmp_path / "a.tif"), polygons=str(tmp_path / "no" / "p.gpkg")),
            OutputError,
            "does not exist: create it",
        ),
        (SegmentOutputs(str(tmp_path / "no" / "x.tif")), OutputError, "does not exist: create it"),
        (
            SegmentOutputs(str(tmp_path / "a.tif"), confidence=str(tmp_path / "a.tif")),
            OutputError,
            "Two outputs have the same name",
        ),
        (
            SegmentOutputs(str(tmp_path / "a.tif"), confidence=str(tmp_path / "a.tiff")),
            OutputError,
            "Two outputs have the same name",
        ),
        (SegmentOutputs(str(tmp_path / "a.tif"), min_area_m2=float("nan")), SettingsError, "expected 0 or more"),
        (SegmentOutputs(str(tmp_path / "a.tif"), min_area_m2=-1), SettingsError, "expected 0 or more"),
    ]
    before = leftovers(tmp_path)
    for outputs, error, message in cases:
        with pytest.raises(error, match=message):
            segment(model, str(raster), outputs)
    assert leftovers(tmp_path) == before


def test_names_with_pattern_characters(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 40, 40))
    outputs = SegmentOutputs(str(tmp_path / "a[1]*.tif"), polygons=str(tmp_path / "p[2].shp"))
    segment(load_model(identity(tmp_path / "m.onnx", bands=3)), str(raster), outputs)
    assert {"a[1]*.tif", "a[1]*.qml", "p[2].shp", "p[2].dbf", "p[2].qml"} <= set(leftovers(tmp_path))
    assert not [name for name in leftovers(tmp_path) if name.startswith(".geonnx")]


def test_raster_and_polygons_of_one_name(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 40, 40))
    outputs = SegmentOutputs(str(tmp_path / "out.tif"), polygons=str(tmp_path / "out.gpkg"))
    segment(load_model(identity(tmp_path / "m.onnx", bands=3)), str(raster), outputs)
    assert "<rasterrenderer" in (tmp_path / "out.qml").read_text()
    assert (tmp_path / "out.gpkg").is_file()


def test_an_old_spatial_index_goes_with_the_old_shapefile(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 40, 40))
    for suffix in (".shp", ".qix", ".sbn"):
        (tmp_path / f"p{suffix}").write_bytes(b"old")
    outputs = SegmentOutputs(str(tmp_path / "out.tif"), polygons=str(tmp_path / "p.shp"))
    segment(load_model(identity(tmp_path / "m.onnx", bands=3)), str(raster), outputs)
    assert not (tmp_path / "p.qix").exists()
    assert not (tmp_path / "p.sbn").exists()


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    from geonnx.models.raster.staging import _machine

    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    dead = tmp_path / f".geonnx-{_machine()}-{ended.pid}-abc"
    alive = tmp_path / f".geonnx-{_machine()}-{os.getpid()}-abc"
    foreign = tmp_path / f".geonnx-otherhost-{ended.pid}-abc"
    for folder in (dead, alive, foreign):
        folder.mkdir()
        (folder / "half.tif").write_bytes(b"half")
    raster = write_raster(tmp_path / "in.tif", noise(3, 40, 40))
    run(identity(tmp_path / "m.onnx", bands=3), raster, tmp_path)
    assert not dead.exists()
    assert alive.exists()
    assert foreign.exists()


def test_alpha_that_was_asked_for_is_data(tmp_path: Path) -> None:
    """GDAL takes the fourth of four byte bands for alpha; near infrared of 0 over water must not become nodata."""
    values = noise(4, 40, 50)
    values[3, :20] = 0
    raster = write_raster(tmp_path / "in.tif", values, options=["PHOTOMETRIC=RGB", "ALPHA=YES"])
    model = identity(tmp_path / "m.onnx", bands=4)
    with pytest.raises(RasterError, match=r"has 3: .*, and band 4 marked as transparency"):
        run(model, raster, tmp_path)
    run(model, raster, tmp_path, settings=RunSettings(bands="1,2,3,4"))
    np.testing.assert_array_equal(read_raster(tmp_path / "classes.tif")[0], values.argmax(axis=0))


@pytest.mark.parametrize("compress", ["ZSTD", "LZW", "none"])
def test_compression(tmp_path: Path, compress: str) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 40, 40))
    settings = RunSettings(options=read_options(f'{{"compress": "{compress}"}}'))
    run(identity(tmp_path / "m.onnx", bands=3), raster, tmp_path, settings=settings)
    found = gdal.Open(str(tmp_path / "classes.tif")).GetMetadata("IMAGE_STRUCTURE").get("COMPRESSION", "NONE")
    assert found == compress.upper()


def test_lossy_compression_is_refused(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", noise(3, 40, 40))
    settings = RunSettings(options=read_options('{"compress": "JPEG"}'))
    with pytest.raises(OutputError, match="'JPEG' can't be used; expected one of DEFLATE"):
        run(identity(tmp_path / "m.onnx", bands=3), raster, tmp_path, settings=settings)


def test_sink_takes_windows_in_any_order(tmp_path: Path) -> None:
    from geonnx.models.raster.source import describe_raster

    width, height = 2 * BLOCK_PX + 77, BLOCK_PX + 3
    values = noise(2, height, width, "uint8") // 2
    grid = describe_raster(str(write_raster(tmp_path / "g.tif", values))).grid
    path = tmp_path / "sink.tif"
    sink = GeoTiffSink(str(path), grid, SinkSpec("uint8", 255, ("a", "b")), compress="DEFLATE", metadata={})
    from geonnx.models.raster.grid import Window

    pieces = [
        Window(x, y, min(100, width - x), min(90, height - y))
        for y in range(0, height, 90)
        for x in range(0, width, 100)
    ]
    for number in np.random.default_rng(5).permutation(len(pieces)):
        piece = pieces[number]
        part = values[:, piece.y : piece.bottom, piece.x : piece.right]
        sink.write(piece, None if number == 7 else part)
    sink.close()
    expected = values.copy()
    hole = pieces[7]
    expected[:, hole.y : hole.bottom, hole.x : hole.right] = 255
    np.testing.assert_array_equal(read_raster(path), expected)


def test_sink_notices_missing_pixels(tmp_path: Path) -> None:
    from geonnx.models.raster.grid import Window
    from geonnx.models.raster.source import describe_raster

    grid = describe_raster(str(write_raster(tmp_path / "g.tif", noise(1, 30, 30)))).grid
    sink = GeoTiffSink(str(tmp_path / "s.tif"), grid, SinkSpec("uint8", 255, ("a",)), compress="NONE", metadata={})
    sink.write(Window(0, 0, 30, 29), None)
    with pytest.raises(OutputError, match="incomplete"):
        sink.close()


@pytest.mark.parametrize(("height", "width"), [(100, 100), (37, 61), (1, 1), (96, 128)])
def test_a_small_raster_is_run_as_it_is(tmp_path: Path, height: int, width: int) -> None:
    """Without a TILE_SIZE, the answer for a raster smaller than a tile is that for the whole image, edges included."""
    values = noise(3, height, width, "float32")
    raster = write_raster(tmp_path / "a.tif", values)
    model = box(tmp_path / "m.onnx", classes=3)
    outputs = SegmentOutputs(str(tmp_path / "c.tif"), probabilities=str(tmp_path / "p.tif"))
    settings = RunSettings(options=RunOptions(probability_dtype="float32"))
    segment(load_model(model), str(raster), outputs, settings)
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    scores = session.run(None, {"image": values[np.newaxis]})[0][0]
    shares = np.exp(scores - scores.max(axis=0))
    np.testing.assert_allclose(read_raster(tmp_path / "p.tif"), shares / shares.sum(axis=0), atol=1e-6)
    # one whose size has to be a multiple of 8 gets the next multiple of 32, and not 512 × 512 px
    said: list[str] = []
    deep = unet(tmp_path / "u.onnx", classes=3, levels=3)
    segment(load_model(deep), str(raster), str(tmp_path / "d.tif"), feedback=Feedback(log=said.append))
    sizes = f"1 tile of {-(-width // 32) * 32} × {-(-height // 32) * 32} px"
    exact = f"1 tile of {width} × {height} px"
    assert any(sizes in text or (exact in text and width % 8 == height % 8 == 0) for text in said)
