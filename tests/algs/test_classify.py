"""``geonnx:classify`` as the toolbox calls it: layers of a project as zones and masks, styles, figures, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qgis.core import (
    NULL,
    QgsCategorizedSymbolRenderer,
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
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt

from .. import rasters, scene_models
from .conftest import HEIGHT, scene_values

UTM = QgsCoordinateReferenceSystem("EPSG:32633")
DEGREES = QgsCoordinateReferenceSystem("EPSG:4326")
LEFT, TOP, PIXEL, SIZE = 500000.0, 5200000.0, 10.0, 20
NAMES = ["open land", "forest & hedge", "water"]
ROWS = -(-HEIGHT // SIZE)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("scene_models")
    scene_models.write_card(scene_models.mean_of_bands(folder / "scenes.onnx", size=SIZE), NAMES, scaling=20)
    labels = scene_models.mean_of_bands(folder / "labels.onnx", size=SIZE)
    scene_models.write_card(labels, NAMES, scaling=20, output={"geonnx:activation": "sigmoid"})
    return folder


@pytest.fixture
def call(run, inputs, models, out):
    """Return a runner of the algorithm with the striped scene."""

    def classify(**parameters: Any) -> dict[str, Any]:
        defaults = {
            "INPUT": str(inputs / "scene.tif"),
            "MODEL": str(models / "scenes.onnx"),
            "OUTPUT": str(out / "chips.gpkg"),
        }
        return run("geonnx:classify", **(defaults | parameters))

    return classify


def table(path: str) -> list[dict[str, Any]]:
    layer = QgsVectorLayer(path, "result", "ogr")
    assert layer.isValid()
    names = [field.name() for field in layer.fields()]
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


def zones(shapes: list[QgsRectangle], crs: QgsCoordinateReferenceSystem = UTM) -> QgsVectorLayer:
    """Return a memory layer with a name for each rectangle, given in UTM."""
    layer = QgsVectorLayer(f"Polygon?crs={crs.authid()}&field=name:string&field=class:string", "zones", "memory")
    transform = QgsCoordinateTransform(UTM, crs, QgsProject.instance())
    for number, rectangle in enumerate(shapes):
        shape = QgsGeometry.fromRect(rectangle)
        shape.transform(transform)
        feature = QgsFeature(layer.fields())
        feature.setAttributes([f"zone {number}", "mine"])
        feature.setGeometry(shape)
        assert layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer


def window(columns: tuple[int, int], rows: tuple[int, int]) -> QgsRectangle:
    return QgsRectangle(
        LEFT + columns[0] * PIXEL, TOP - rows[1] * PIXEL, LEFT + columns[1] * PIXEL, TOP - rows[0] * PIXEL
    )


def test_a_grid(call, out):
    results = call(OUTPUT_RASTER=str(out / "coarse.tif"))
    found = table(results["OUTPUT"])
    assert [row["class"] for row in found] == NAMES * ROWS
    assert [row["class_id"] for row in found] == [0, 1, 2] * ROWS
    values = scene_values()[:, SIZE : 2 * SIZE, SIZE : 2 * SIZE].mean(axis=(1, 2)) / 20
    wanted = scene_models.softmax(values)
    middle = found[4]
    assert middle["confidence"] == pytest.approx(wanted[1], abs=1e-5)
    assert middle["p_forest_hedge"] == pytest.approx(wanted[1], abs=1e-5)
    assert middle["top2_confidence"] == pytest.approx(wanted[0], abs=1e-5)
    np.testing.assert_array_equal(rasters.read_raster(Path(results["OUTPUT_RASTER"]))[0], [[0, 1, 2]] * ROWS)
    assert results["TILES"] == 3 * ROWS
    assert results["CHIPS_SKIPPED"] == 0
    assert results["CLASS_COUNTS"] == dict.fromkeys(NAMES, ROWS)
    assert results["PROVIDER"] == "CPUExecutionProvider"
    assert results["SECONDS"] > 0
    assert len(results["MODEL_SHA256"]) == 64


def test_parameters(call):
    found = table(call(STRIDE=10, TOP_K=1, PROBABILITY_FIELDS="none")["OUTPUT"])
    assert list(found[0]) == ["fid", "class_id", "class", "confidence", "entropy"]
    assert len(found) == 6 * 5
    assert call(CHIP_SIZE=20, TILE_SIZE=64, MIN_DATA=1.0)["CHIPS_SKIPPED"] == 3
    assert call(OVERLAP=3, MERGE="blend", BATCH_SIZE=4, DEVICE="cpu")["TILES"] == 9


@pytest.mark.parametrize("given", [None, "", NULL])
def test_no_threshold_is_the_models(call, models, given):
    found = table(call(MODEL=str(models / "labels.onnx"), THRESHOLD=given)["OUTPUT"])
    assert {row["labels"] for row in found} == {"; ".join(NAMES)} or all(row["label_count"] > 0 for row in found)


def test_threshold(call, models):
    counts = [
        sum(row["label_count"] for row in table(call(MODEL=str(models / "labels.onnx"), THRESHOLD=limit)["OUTPUT"]))
        for limit in (0, 0.99, 1)
    ]
    assert counts == [27, 9, 0]


@pytest.mark.parametrize("crs", [UTM, DEGREES], ids=["utm", "degrees"])
def test_zones_of_the_project(call, run, crs):
    layer = zones([window((2, 8), (20, 26)), window((45, 58), (30, 40)), window((200, 220), (0, 10))], crs)
    run.project.addMapLayer(layer)
    for mode in ("centre", "average"):
        results = call(ZONES=layer.id(), ZONE_MODE=mode)
        found = table(results["OUTPUT"])
        assert [row["name"] for row in found] == ["zone 0", "zone 1", "zone 2"]
        assert [row["class"] for row in found] == ["open land", "water", NULL]
        assert [row["class_zone"] for row in found] == ["mine"] * 3
        assert [row["chips"] for row in found] == [1, 1, 0]  # slivers by rounding do not count
        assert results["ZONES_WITHOUT_CLASS"] == 1
        made = QgsVectorLayer(results["OUTPUT"], "result", "ogr")
        assert made.crs() == crs
        for before, after in zip(layer.getFeatures(), made.getFeatures()):
            assert before.geometry().isGeosEqual(after.geometry())
    assert any("1 of 3 zones" in warning for warning in run.feedback.warnings)


def test_selected_zones_only(call, run):
    layer = zones([window((2, 8), (20, 26)), window((45, 58), (30, 40))])
    run.project.addMapLayer(layer)
    layer.selectByIds([2])
    results = call(ZONES=QgsProcessingFeatureSourceDefinition(layer.id(), True))
    assert [row["name"] for row in table(results["OUTPUT"])] == ["zone 1"]


def test_extent_and_mask(call, run):
    results = call(EXTENT=window((20, 60), (0, 20)))
    assert [row["class"] for row in table(results["OUTPUT"])] == ["forest & hedge", "water"]
    mask = zones([window((45, 46), (1, 3))], DEGREES)
    run.project.addMapLayer(mask)
    assert [row["class"] for row in table(call(MASK=mask.id())["OUTPUT"])] == ["water"]


def test_the_results_are_styled(call, run, out):
    def load(name: str) -> QgsProcessingOutputLayerDefinition:
        return QgsProcessingOutputLayerDefinition(str(out / name), run.project)

    call(OUTPUT=load("chips.gpkg"), OUTPUT_RASTER=load("coarse.tif"))
    layers = {type(layer): layer for layer in run.load_results()}
    renderer = layers[QgsVectorLayer].renderer()
    assert isinstance(renderer, QgsCategorizedSymbolRenderer)
    assert renderer.classAttribute() == "class_id"
    assert [(str(item.value()), item.label()) for item in renderer.categories()] == [
        (str(value), name) for value, name in enumerate(NAMES)
    ]
    assert [item.symbol().color().name() for item in renderer.categories()] == list(scene_models.COLORS[:3])
    assert isinstance(layers[QgsRasterLayer].renderer(), QgsPalettedRasterRenderer)


def test_a_geopackage_keeps_its_style_anywhere(call, out, tmp_path):
    call(OUTPUT=str(out / "chips.gpkg"))
    (out / "chips.qml").unlink()
    moved = tmp_path / "elsewhere.gpkg"
    (out / "chips.gpkg").rename(moved)
    layer = QgsVectorLayer(f"{moved}|layername=chips", "chips", "ogr")
    assert isinstance(layer.renderer(), QgsCategorizedSymbolRenderer)
    assert [item.label() for item in layer.renderer().categories()] == NAMES
    first = QgsVectorLayer(str(moved), "chips", "ogr")
    assert first.featureCount() == 9


def test_zones_without_class_are_drawn(call, run, out):
    layer = zones([window((2, 8), (20, 26)), window((200, 220), (0, 10))])
    run.project.addMapLayer(layer)
    call(ZONES=layer.id(), OUTPUT=QgsProcessingOutputLayerDefinition(str(out / "zones.gpkg"), run.project))
    (made,) = run.load_results()
    categories = made.renderer().categories()
    assert [item.label() for item in categories] == [*NAMES, "no class"]
    renderer, scene = made.renderer(), QgsRenderContext()
    renderer.startRender(scene, made.fields())
    symbols = [renderer.symbolForFeature(feature, scene) for feature in made.getFeatures()]
    assert [symbol.symbolLayer(0).brushStyle() for symbol in symbols] == [
        Qt.BrushStyle.SolidPattern,
        Qt.BrushStyle.NoBrush,
    ]
    renderer.stopRender(scene)


def test_a_temporary_output(call):
    results = call(OUTPUT="TEMPORARY_OUTPUT", OUTPUT_RASTER="TEMPORARY_OUTPUT")
    assert len(table(results["OUTPUT"])) == 9
    assert Path(results["OUTPUT_RASTER"]).is_file()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"CHIP_SIZE": 64}, "takes chips of exactly 20 × 20 px"),
        ({"MODEL": "land"}, "use 'Segment raster' for it"),
        ({"ZONES": "points"}, "ZONES should hold polygons"),
    ],
)
def test_errors_are_one_clear_sentence(call, run, inputs, out, parameters, said):
    points = QgsVectorLayer("Point?crs=EPSG:32633", "points", "memory")
    run.project.addMapLayer(points)
    known = {"land": str(inputs / "land.onnx"), "points": points.id()}
    parameters = {name: known.get(value, value) for name, value in parameters.items()}
    with pytest.raises(AssertionError, match=said):
        call(**parameters)
    assert not list(out.iterdir())


def test_cancelling_leaves_nothing(call, run, out):
    run.feedback.cancel()
    with pytest.raises(AssertionError, match="cancelled"):
        call()
    assert not list(out.iterdir())
