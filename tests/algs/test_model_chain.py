"""``geonnx:segment`` inside a graphical model: what comes after it gets an ordinary raster with its names."""

from __future__ import annotations

from typing import Any

import pytest
from osgeo import gdal
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsPalettedRasterRenderer,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFile,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterVectorLayer,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)

from .conftest import CLASSES, COLORS, HEIGHT, WIDTH

EACH = WIDTH // 3 * (HEIGHT - 4)


def from_model(name: str) -> list[Any]:
    return [QgsProcessingModelChildParameterSource.fromModelParameter(name)]


def from_child(child: str, output: str) -> list[Any]:
    return [QgsProcessingModelChildParameterSource.fromChildOutput(child, output)]


def fixed(value: Any) -> list[Any]:
    return [QgsProcessingModelChildParameterSource.fromStaticValue(value)]


def add_child(
    model: QgsProcessingModelAlgorithm, name: str, algorithm: str, sources: dict[str, Any], outputs: dict[str, str]
) -> None:
    """Add an algorithm to a model; *outputs*: its output → the model's name for it."""
    child = QgsProcessingModelChildAlgorithm(algorithm)
    child.setChildId(name)
    child.setDescription(name)
    for parameter, source in sources.items():
        child.addParameterSources(parameter, source)
    final = {}
    for output, model_name in outputs.items():
        item = QgsProcessingModelOutput(model_name)
        item.setChildId(name)
        item.setChildOutputName(output)
        final[model_name] = item
    child.setModelOutputs(final)
    assert child.algorithm() is not None, algorithm
    model.addChildAlgorithm(child)


@pytest.fixture
def chain(provider) -> QgsProcessingModelAlgorithm:
    """Return a model: segment, then count pixels of each class, in all and in zones."""
    model = QgsProcessingModelAlgorithm("land by zone", "tests", "landbyzone")
    for name, definition in (
        ("scene", QgsProcessingParameterRasterLayer("scene", "Scene")),
        ("network", QgsProcessingParameterFile("network", "Network")),
        ("zones", QgsProcessingParameterVectorLayer("zones", "Zones")),
    ):
        model.addModelParameter(definition, QgsProcessingModelParameter(name))
    sources = {"INPUT": from_model("scene"), "MODEL": from_model("network"), "TILE_SIZE": fixed(32)}
    add_child(model, "segment", "geonnx:segment", sources, {"OUTPUT": "Land"})
    sources = {"INPUT": from_child("segment", "OUTPUT"), "BAND": fixed(1)}
    add_child(model, "count", "native:rasterlayeruniquevaluesreport", sources, {"OUTPUT_TABLE": "Counts"})
    sources = {
        "INPUT_RASTER": from_child("segment", "OUTPUT"),
        "RASTER_BAND": fixed(1),
        "INPUT_VECTOR": from_model("zones"),
        "COLUMN_PREFIX": fixed("class_"),
    }
    add_child(model, "histogram", "native:zonalhistogram", sources, {"OUTPUT": "Histogram"})
    return model


@pytest.fixture
def zones(run) -> QgsVectorLayer:
    """Return one zone that covers the western half of the first class and nothing else."""
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633", "zones", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(500000, 5200000 - HEIGHT * 10, 500100, 5200000)))
    assert layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    run.project.addMapLayer(layer)
    return layer


def test_chain_counts_classes(chain, zones, run, inputs, out):
    results = run(
        chain,
        scene=str(inputs / "scene.tif"),
        network=str(inputs / "land.onnx"),
        zones=zones,
        **{"segment:Land": str(out / "land.tif"), "count:Counts": str(out / "counts.gpkg")},
        **{"histogram:Histogram": str(out / "histogram.gpkg")},
    )
    counts = QgsVectorLayer(results["count:Counts"], "counts")
    assert {row["value"]: row["count"] for row in counts.getFeatures()} == {0: EACH, 1: EACH, 2: EACH}
    histogram = QgsVectorLayer(results["histogram:Histogram"], "histogram")
    (row,) = histogram.getFeatures()
    assert row["class_0"] == 10 * (HEIGHT - 4)
    assert "class_1" not in histogram.fields().names()
    assert histogram.fields().names()[-1] in ("class_0", "class_NODATA")


def test_names_and_colors_survive_the_chain(chain, zones, run, inputs, out):
    results = run(
        chain,
        scene=str(inputs / "scene.tif"),
        network=str(inputs / "land.onnx"),
        zones=zones,
        **{"segment:Land": str(out / "land.tif"), "count:Counts": "TEMPORARY_OUTPUT"},
        **{"histogram:Histogram": "TEMPORARY_OUTPUT"},
    )
    layer = QgsRasterLayer(results["segment:Land"], "land")
    renderer = layer.renderer()
    assert isinstance(renderer, QgsPalettedRasterRenderer)
    found = [(int(entry.value), entry.label, entry.color.name()) for entry in renderer.classes()]
    assert found == [(value, name, COLORS[name]) for value, name in CLASSES]
    dataset = gdal.Open(results["segment:Land"])
    dataset.GetGeoTransform()  # GDAL 3.6 reads .aux.xml only when asked for what may lie there, names not among it
    band = dataset.GetRasterBand(1)
    assert band.GetRasterCategoryNames() == [name for _, name in CLASSES]
    for value, name in CLASSES:
        red, green, blue, _ = band.GetColorTable().GetColorEntry(value)
        assert f"#{red:02x}{green:02x}{blue:02x}" == COLORS[name]
    table = band.GetDefaultRAT()
    assert [table.GetValueAsInt(row, 1) for row in range(table.GetRowCount())] == [EACH] * 3


def test_intermediate_result_may_be_temporary(chain, zones, run, inputs):
    results = run(
        chain,
        scene=str(inputs / "scene.tif"),
        network=str(inputs / "land.onnx"),
        zones=zones,
        **{"segment:Land": "TEMPORARY_OUTPUT", "count:Counts": "TEMPORARY_OUTPUT"},
        **{"histogram:Histogram": "TEMPORARY_OUTPUT"},
    )
    assert QgsRasterLayer(results["segment:Land"], "land").isValid()


def test_failure_of_a_link_stops_the_chain_with_its_sentence(chain, zones, run, inputs, out):
    with pytest.raises(AssertionError, match="check the path of MODEL"):
        run(
            chain,
            scene=str(inputs / "scene.tif"),
            network=str(inputs / "nowhere.onnx"),
            zones=zones,
            **{"segment:Land": str(out / "land.tif"), "count:Counts": str(out / "counts.gpkg")},
            **{"histogram:Histogram": str(out / "histogram.gpkg")},
        )
    assert not (out / "land.tif").exists()
    assert not (out / "counts.gpkg").exists()
