"""``geonnx:segment`` as the toolbox calls it: layers of a project, masks, extents, styles, cancelling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsPalettedRasterRenderer,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)

from .. import rasters
from .conftest import CLASSES, HEIGHT, WIDTH, Listener, Runner

NODATA = 255
UTM = QgsCoordinateReferenceSystem("EPSG:32633")
DEGREES = QgsCoordinateReferenceSystem("EPSG:4326")
WEB = QgsCoordinateReferenceSystem("EPSG:3857")
LEFT, TOP, PIXEL = 500000.0, 5200000.0, 10.0


def expected_classes() -> np.ndarray:
    """Return the stripes of the scene; the northern edge has no data."""
    classes = np.repeat(np.arange(3), WIDTH // 3)[np.newaxis].repeat(HEIGHT, axis=0).astype(np.uint8)
    classes[:4] = NODATA
    return classes


def read(path: str) -> np.ndarray:
    return rasters.read_raster(Path(path))[0]


def geotransform(path: str) -> tuple[float, ...]:
    dataset = gdal.Open(path)
    return dataset.GetGeoTransform()


def crs_of(path: str) -> QgsCoordinateReferenceSystem:
    dataset = gdal.Open(path)
    return QgsCoordinateReferenceSystem.fromWkt(dataset.GetProjection())


def window(columns: tuple[int, int], rows: tuple[int, int]) -> QgsRectangle:
    """Return the map extent of columns and rows."""
    return QgsRectangle(
        LEFT + columns[0] * PIXEL, TOP - rows[1] * PIXEL, LEFT + columns[1] * PIXEL, TOP - rows[0] * PIXEL
    )


def polygons(rectangles: list[QgsRectangle], crs: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
    """Return a memory layer of rectangles, given in UTM and brought to another CRS."""
    layer = QgsVectorLayer(f"Polygon?crs={crs.authid()}", "areas", "memory")
    transform = QgsCoordinateTransform(UTM, crs, QgsProject.instance())
    for rectangle in rectangles:
        shape = QgsGeometry.fromRect(rectangle)
        if crs != UTM:
            shape = shape.densifyByCount(20)
            shape.transform(transform)
        feature = QgsFeature()
        feature.setGeometry(shape)
        assert layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer


@pytest.fixture
def call(run, inputs, out):
    """Return a runner of the algorithm with the scene and its model."""

    def segment(**parameters: Any) -> dict[str, Any]:
        defaults = {
            "INPUT": str(inputs / "scene.tif"),
            "MODEL": str(inputs / "land.onnx"),
            "OUTPUT": str(out / "classes.tif"),
        }
        return run("geonnx:segment", **(defaults | parameters))

    return segment


def test_a_file(call, out):
    results = call()
    assert results["OUTPUT"] == str(out / "classes.tif")
    assert np.array_equal(read(results["OUTPUT"]), expected_classes())
    assert geotransform(results["OUTPUT"]) == rasters.NORTH_UP
    assert crs_of(results["OUTPUT"]) == UTM
    assert results["TILES"] == 1
    assert results["SECONDS"] > 0
    assert results["MPIX_PER_SECOND"] > 0
    assert results["PROVIDER"] == "CPUExecutionProvider"
    assert len(results["MODEL_SHA256"]) == 64


@pytest.mark.parametrize("by", ["layer", "id", "name"])
def test_a_layer_of_the_project(call, run, inputs, by):
    layer = QgsRasterLayer(str(inputs / "scene.tif"), "my scene")
    run.project.addMapLayer(layer)
    results = call(INPUT={"layer": layer, "id": layer.id(), "name": layer.name()}[by])
    assert np.array_equal(read(results["OUTPUT"]), expected_classes())


def test_a_temporary_output(call):
    results = call(OUTPUT="TEMPORARY_OUTPUT", CONFIDENCE="TEMPORARY_OUTPUT", POLYGONS="TEMPORARY_OUTPUT")
    assert np.array_equal(read(results["OUTPUT"]), expected_classes())
    assert Path(results["CONFIDENCE"]).is_file()
    layer = QgsVectorLayer(results["POLYGONS"], "polygons")
    assert layer.isValid()
    assert sorted(feature["class"] for feature in layer.getFeatures()) == sorted(name for _, name in CLASSES)


def test_a_layer_of_another_kind_is_refused_with_a_reason(run, inputs, out):
    url = "type=xyz&url=http://127.0.0.1:9/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmin=0&zmax=1&crs=EPSG3857"
    tiles = QgsRasterLayer(url, "tiles", "wms")
    assert tiles.isValid()
    run.project.addMapLayer(tiles)
    with pytest.raises(AssertionError, match=r"'tiles', a layer of the kind wms; expected a raster file"):
        run("geonnx:segment", INPUT=tiles, MODEL=str(inputs / "land.onnx"), OUTPUT=str(out / "classes.tif"))
    assert not list(out.iterdir())


@pytest.mark.parametrize("crs", [UTM, DEGREES, WEB], ids=["same", "degrees", "mercator"])
def test_mask_layer_in_any_crs(call, run, crs):
    inside = ((6, 33), (10, 30))
    mask = polygons([window(*inside)], crs)
    run.project.addMapLayer(mask)
    expected = np.full((HEIGHT, WIDTH), NODATA, np.uint8)
    expected[10:30, 6:33] = expected_classes()[10:30, 6:33]
    assert np.array_equal(read(call(MASK=mask)["OUTPUT"]), expected)


def test_mask_of_selected_features_only(call, run):
    mask = polygons([window((2, 12), (10, 20)), window((40, 50), (25, 45))], DEGREES)
    run.project.addMapLayer(mask)
    mask.selectByIds([2])
    classes = read(call(MASK=QgsProcessingFeatureSourceDefinition(mask.id(), selectedFeaturesOnly=True))["OUTPUT"])
    expected = np.full((HEIGHT, WIDTH), NODATA, np.uint8)
    expected[25:45, 40:50] = 2
    assert np.array_equal(classes, expected)
    both = read(call(MASK=mask.id())["OUTPUT"])
    expected[10:20, 2:12] = 0
    assert np.array_equal(both, expected)


def test_mask_with_nothing_selected_is_refused(run, inputs, out):
    mask = polygons([window((2, 12), (10, 20))], UTM)
    run.project.addMapLayer(mask)
    source = QgsProcessingFeatureSourceDefinition(mask.id(), selectedFeaturesOnly=True)
    with pytest.raises(AssertionError, match="MASK should hold polygons"):
        run(
            "geonnx:segment",
            INPUT=str(inputs / "scene.tif"),
            MODEL=str(inputs / "land.onnx"),
            MASK=source,
            OUTPUT=str(out / "classes.tif"),
        )
    assert not list(out.iterdir())


def test_extent_in_the_crs_of_the_raster(call):
    part = window((7, 41), (5, 37))
    results = call(EXTENT=f"{part.xMinimum()},{part.xMaximum()},{part.yMinimum()},{part.yMaximum()}")
    assert geotransform(results["OUTPUT"]) == (LEFT + 70, PIXEL, 0, TOP - 50, 0, -PIXEL)
    assert np.array_equal(read(results["OUTPUT"]), expected_classes()[5:37, 7:41])


@pytest.mark.parametrize("as_text", [True, False], ids=["text", "object"])
def test_extent_in_another_crs(call, as_text):
    transform = QgsCoordinateTransform(UTM, DEGREES, QgsProject.instance())
    part = transform.transformBoundingBox(window((10, 40), (10, 30)))
    text = f"{part.xMinimum()},{part.xMaximum()},{part.yMinimum()},{part.yMaximum()} [EPSG:4326]"
    results = call(EXTENT=text if as_text else QgsReferencedRectangle(part, DEGREES))
    found = geotransform(results["OUTPUT"])
    column, row = round((found[0] - LEFT) / PIXEL), round((TOP - found[3]) / PIXEL)
    # a rectangle of degrees is a little askew in UTM: a pixel more on each side at most, on the grid of the raster
    assert found == (LEFT + column * PIXEL, PIXEL, 0, TOP - row * PIXEL, 0, -PIXEL)
    assert 8 <= column <= 10
    assert 8 <= row <= 10
    classes = read(results["OUTPUT"])
    height, width = classes.shape
    assert 30 <= width <= 33
    assert 20 <= height <= 23
    assert np.array_equal(classes, expected_classes()[row : row + height, column : column + width])


def test_crs_that_the_user_gave_a_layer_without_one(call, run, inputs):
    layer = QgsRasterLayer(str(inputs / "no_crs.tif"), "no crs")
    layer.setCrs(UTM)
    run.project.addMapLayer(layer)
    results = call(INPUT=layer)
    assert crs_of(results["OUTPUT"]) == UTM
    assert geotransform(results["OUTPUT"]) == rasters.NORTH_UP
    assert np.array_equal(read(results["OUTPUT"]), expected_classes())


def test_crs_with_which_the_user_overrides_that_of_the_file(call, run, inputs):
    """The file says zone 33, the user knows better: the result has to lie where the layer lies on the map."""
    zone_32 = QgsCoordinateReferenceSystem("EPSG:32632")
    layer = QgsRasterLayer(str(inputs / "scene.tif"), "mislabelled")
    layer.setCrs(zone_32)
    run.project.addMapLayer(layer)
    mask = polygons([window((6, 33), (10, 30))], UTM)
    mask.setCrs(zone_32)
    run.project.addMapLayer(mask)
    results = call(INPUT=layer, MASK=mask, POLYGONS=str(Path(call()["OUTPUT"]).with_name("polygons.gpkg")))
    assert crs_of(results["OUTPUT"]) == zone_32
    assert QgsVectorLayer(results["POLYGONS"], "polygons").crs() == zone_32
    assert np.count_nonzero(read(results["OUTPUT"]) != NODATA) == 27 * 20


def test_results_are_loaded_with_style_and_names(call, run, out):
    def to_project(name: str, title: str | None = None) -> QgsProcessingOutputLayerDefinition:
        definition = QgsProcessingOutputLayerDefinition(str(out / name), run.project)
        if title:
            definition.destinationName = title
        return definition

    call(
        OUTPUT=to_project("classes.tif"),
        CONFIDENCE=to_project("confidence.tif", "How sure"),
        POLYGONS=to_project("polygons.gpkg"),
    )
    layers = {Path(layer.source().split("|")[0]).name: layer for layer in run.load_results()}
    assert set(layers) == {"classes.tif", "confidence.tif", "polygons.gpkg"}
    assert layers["classes.tif"].name() == "Classes"
    assert layers["confidence.tif"].name() == "How sure"
    assert layers["polygons.gpkg"].name() == "Class polygons"
    assert isinstance(layers["classes.tif"].renderer(), QgsPalettedRasterRenderer)
    assert [entry.label for entry in layers["classes.tif"].renderer().classes()] == [name for _, name in CLASSES]
    assert isinstance(layers["confidence.tif"].renderer(), QgsSingleBandPseudoColorRenderer)
    assert [item.label() for item in layers["polygons.gpkg"].renderer().categories()] == [n for _, n in CLASSES]


def test_post_processors_do_not_pile_up(call, run, out):
    from geonnx.processing.styling import StyleFromFile

    call(OUTPUT=QgsProcessingOutputLayerDefinition(str(out / "classes.tif"), run.project))
    assert len(StyleFromFile._alive) == 1
    run.load_results()
    assert StyleFromFile._alive == []


def test_user_is_told_what_was_assumed(call, run, inputs):
    call(MODEL=str(inputs / "numbers.onnx"))
    assert any("No description was found" in warning for warning in run.feedback.warnings)
    assert any("taken in the order of the file" in warning for warning in run.feedback.warnings)
    assert not run.feedback.errors


# Cancelling


class Impatient(Listener):
    """Cancels at a share of the progress."""

    def __init__(self, at: float) -> None:
        super().__init__()
        self.seen: list[float] = []
        self.progressChanged.connect(lambda share: self._look(share, at))

    def _look(self, share: float, at: float) -> None:
        self.seen.append(share)
        if share >= at:
            self.cancel()


@pytest.mark.parametrize("at", [1e-9, 30, 80.5], ids=["at-once", "tiles", "polygons"])
def test_cancelling_leaves_the_older_result_and_nothing_else(provider, inputs, out, tmp_path, at):
    large = rasters.write_raster(tmp_path / "large.tif", rasters.noise(3, 400, 500), names=["dry", "green", "wet"])
    older = {"classes.tif": b"an older result", "classes.qml": b"an older style", "polygons.gpkg": b"older polygons"}
    for name, content in older.items():
        (out / name).write_bytes(content)
    run = Runner()
    run.feedback = Impatient(at)
    # an error and not an empty result: a script that was interrupted has to notice
    with pytest.raises(AssertionError, match="cancelled; nothing was written"):
        run(
            "geonnx:segment",
            INPUT=str(large),
            MODEL=str(inputs / "land.onnx"),
            TILE_SIZE=64,
            OVERLAP=8,
            OUTPUT=str(out / "classes.tif"),
            POLYGONS=str(out / "polygons.gpkg"),
        )
    seen = run.feedback.seen
    run.close()
    assert max(seen) >= at
    assert max(seen) < 100
    assert {path.name: path.read_bytes() for path in out.iterdir()} == older


def test_progress_rises_to_the_end(provider, inputs, out, tmp_path):
    large = rasters.write_raster(tmp_path / "large.tif", rasters.noise(3, 400, 500), names=["dry", "green", "wet"])
    run = Runner()
    run.feedback = Impatient(1000)
    run(
        "geonnx:segment",
        INPUT=str(large),
        MODEL=str(inputs / "land.onnx"),
        TILE_SIZE=64,
        OVERLAP=8,
        OUTPUT=str(out / "classes.tif"),
    )
    seen = run.feedback.seen
    run.close()
    assert seen == sorted(seen)
    assert len({round(share) for share in seen}) > 20
    assert seen[-1] == 100


@pytest.mark.parametrize(
    ("algorithm", "values", "message"),
    [
        ("detectchange", {"THRESHOLD": "0,7"}, "THRESHOLD is '0,7'; expected a number from 0 to 1."),
        ("detectchange", {"COREGISTER": "vielleicht"}, "COREGISTER is 'vielleicht'; expected true or false."),
        ("compareimages", {"OFFSET": "-0,1"}, "OFFSET is '-0,1'; expected a number"),
        ("removeclouds", {"TARGET": "1.5"}, "TARGET is '1.5'; expected a whole number"),
        ("segment", {"TILE_SIZE": "inf"}, "TILE_SIZE is 'inf'; expected a whole number"),
    ],
)
def test_text_that_is_no_number_is_not_taken_for_one(provider, algorithm, values, message):
    from qgis.core import QgsApplication, QgsProcessingContext

    found = QgsApplication.processingRegistry().algorithmById(f"geonnx:{algorithm}")
    is_fine, said = found.checkParameterValues(values, QgsProcessingContext())
    assert not is_fine
    assert message in said
