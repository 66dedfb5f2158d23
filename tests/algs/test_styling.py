"""Results open in QGIS with their names and colours: from the style beside them, and from the file alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsColorRampShader,
    QgsPalettedRasterRenderer,
    QgsRasterLayer,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize

from .conftest import CLASSES, COLORS, HEIGHT, WIDTH


@pytest.fixture
def results(run, inputs, out) -> dict[str, str]:
    return run(
        "geonnx:segment",
        INPUT=str(inputs / "scene.tif"),
        MODEL=str(inputs / "land.onnx"),
        OUTPUT=str(out / "classes.tif"),
        CONFIDENCE=str(out / "confidence.tif"),
        ENTROPY=str(out / "entropy.tif"),
        PROBABILITIES=str(out / "probabilities.tif"),
        POLYGONS=str(out / "polygons.gpkg"),
    )


def palette(layer: QgsRasterLayer) -> list[tuple[int, str, str]]:
    renderer = layer.renderer()
    assert isinstance(renderer, QgsPalettedRasterRenderer), type(renderer)
    return [(int(entry.value), entry.label, entry.color.name()) for entry in renderer.classes()]


def expected_palette() -> list[tuple[int, str, str]]:
    return [(value, name, COLORS[name]) for value, name in CLASSES]


def values(layer: QgsRasterLayer, band: int = 1) -> np.ndarray:
    """Return a band as QGIS reads it, NaN where it finds no data."""
    block = layer.dataProvider().block(band, layer.extent(), layer.width(), layer.height())
    rows = range(layer.height())
    return np.array(
        [[np.nan if block.isNoData(r, c) else block.value(r, c) for c in range(layer.width())] for r in rows]
    )


def rendered_colors(layer: QgsRasterLayer) -> dict[str, int]:
    """Return how many pixels of the drawn layer have which colour."""
    image = layer.previewAsImage(QSize(WIDTH, HEIGHT))
    counts: dict[str, int] = {}
    for x in range(image.width()):
        for y in range(image.height()):
            name = image.pixelColor(x, y).name()
            counts[name] = counts.get(name, 0) + 1
    return counts


def test_class_raster_has_the_classes_of_the_card(results):
    layer = QgsRasterLayer(results["OUTPUT"], "classes")
    assert palette(layer) == expected_palette()
    counts = rendered_colors(layer)
    for color in COLORS.values():
        assert counts.get(color, 0) > 0.8 * WIDTH * (HEIGHT - 4) / 3, counts


def test_class_raster_without_style_file_keeps_names_and_colors(results):
    Path(results["OUTPUT"]).with_suffix(".qml").unlink()
    layer = QgsRasterLayer(results["OUTPUT"], "classes")
    # a TIFF's palette always has 256 entries; those behind the classes have no pixel
    assert palette(layer)[: len(CLASSES)] == expected_palette()
    legend = [(label, color.name()) for label, color in layer.renderer().legendSymbologyItems()]
    assert legend[: len(CLASSES)] == [(name, COLORS[name]) for _, name in CLASSES]
    counts = rendered_colors(layer)
    for color in COLORS.values():
        assert counts.get(color, 0) > 0.8 * WIDTH * (HEIGHT - 4) / 3, counts


def test_pixels_without_data_are_transparent(results):
    layer = QgsRasterLayer(results["OUTPUT"], "classes")
    found = values(layer)
    assert np.isnan(found[:4]).all()
    assert not np.isnan(found[4:]).any()


@pytest.mark.parametrize("name", ["CONFIDENCE", "ENTROPY"])
def test_certainty_is_a_ramp_from_0_to_1_in_real_values(results, name):
    layer = QgsRasterLayer(results[name], name)
    renderer = layer.renderer()
    assert isinstance(renderer, QgsSingleBandPseudoColorRenderer), type(renderer)
    assert (renderer.classificationMin(), renderer.classificationMax()) == (0.0, 1.0)
    ramp = renderer.shader().rasterShaderFunction()
    assert isinstance(ramp, QgsColorRampShader)
    assert ramp.colorRampType() == QgsColorRampShader.Interpolated
    items = ramp.colorRampItemList()
    assert [item.value for item in items] == [0, 0.25, 0.5, 0.75, 1]
    assert [item.label for item in items] == ["0", "0.25", "0.5", "0.75", "1"]
    assert len({item.color.name() for item in items}) == 5
    found = values(layer)  # QGIS applies the scale of the band
    shown = found[~np.isnan(found)]
    assert shown.size == WIDTH * (HEIGHT - 4)
    assert shown.min() >= 0
    assert shown.max() <= 1
    assert 0.05 < np.median(shown) < 0.95, "stored steps instead of real values, or a constant"


def test_confidence_is_that_of_a_softmax(results):
    layer = QgsRasterLayer(results["CONFIDENCE"], "confidence")
    scores = np.array([2.0, 0.4, 0.4])  # 200 and 40, divided by 100
    expected = np.exp(scores).max() / np.exp(scores).sum()
    inner = values(layer)[8:-2, 4:14]  # away from stripes' borders and from the edge: the model blurs
    assert np.allclose(inner, expected, atol=0.5 / 250 + 1e-6)


def test_probabilities_name_their_bands(results):
    layer = QgsRasterLayer(results["PROBABILITIES"], "probabilities")
    assert layer.bandCount() == len(CLASSES)
    for number, (_, name) in enumerate(CLASSES, start=1):
        assert name in layer.bandName(number)
    total = sum(values(layer, number) for number in range(1, 4))
    assert np.allclose(total[4:], 1, atol=1.5 / 250)


def test_polygons_are_categorised_with_names(results):
    layer = QgsVectorLayer(results["POLYGONS"], "polygons")
    renderer = layer.renderer()
    assert isinstance(renderer, QgsCategorizedSymbolRenderer), type(renderer)
    assert renderer.classAttribute() == "class_id"
    found = [(item.value(), item.label(), item.symbol().color().name()) for item in renderer.categories()]
    assert [(int(value), label, color) for value, label, color in found] == expected_palette()
    seen = {feature["class_id"]: feature["class"] for feature in layer.getFeatures()}
    assert seen == dict(CLASSES)
    # QGIS finds the category of every feature
    for feature in layer.getFeatures():
        assert renderer.categoryIndexForValue(feature["class_id"]) >= 0


def test_class_numbers_without_card_get_a_palette_of_what_is_there(run, inputs, out):
    results = run(
        "geonnx:segment",
        INPUT=str(inputs / "scene.tif"),
        MODEL=str(inputs / "numbers.onnx"),
        OUTPUT=str(out / "numbers.tif"),
    )
    layer = QgsRasterLayer(results["OUTPUT"], "numbers")
    assert [(value, label) for value, label, _ in palette(layer)] == [(n, f"class {n}") for n in range(3)]
    assert len({color for _, _, color in palette(layer)}) == 3
