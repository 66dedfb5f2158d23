"""Raster parameters that take satellite products besides layers."""

from __future__ import annotations

from pathlib import Path

import pytest
from qgis.core import QgsProcessingContext, QgsProcessingParameterRasterLayer, QgsProperty, QgsRasterLayer

from .. import products


@pytest.fixture(scope="module")
def product(tmp_path_factory) -> Path:
    return products.sentinel2(tmp_path_factory.mktemp("safe"))


def test_products_are_acceptable(provider, inputs: Path, product: Path) -> None:
    from geonnx.processing.raster_parameters import RasterListParameter, RasterParameter

    context = QgsProcessingContext()
    scene = str(inputs / "scene.tif")
    layer = QgsRasterLayer(scene, "scene")
    one, many = RasterParameter("INPUT", "Raster"), RasterListParameter("SERIES", "More", optional=True)
    for parameter in (one, one.clone()):
        assert isinstance(parameter, QgsProcessingParameterRasterLayer) and parameter.type() == "raster"
        for value in (str(product), str(product / "MTD_MSIL2A.xml"), scene, layer, QgsProperty.fromValue(str(product))):
            assert parameter.checkValueIsAcceptable(value, context), value
        for value in ("", None, 3.5, str(inputs / "nothing.SAFE"), str(inputs)):
            assert not parameter.checkValueIsAcceptable(value, context), value
    assert many.clone().type() == many.type()
    for value in ([str(product)], [scene, str(product)], [scene], None, []):
        assert many.checkValueIsAcceptable(value, context), value
    del layer


def test_products_keep_their_place_among_layers(provider, inputs: Path, product: Path) -> None:
    from geonnx.processing.alg_segment import SegmentAlgorithm
    from geonnx.processing.layers import raster_input, raster_list

    algorithm = SegmentAlgorithm().create()
    context = QgsProcessingContext()
    scene = str(inputs / "scene.tif")
    parameters = {"INPUT": str(product), "SERIES": [scene, str(product), scene], "SAR": None}
    assert raster_list(algorithm, parameters, "SERIES", context) == (scene, str(product), scene)
    assert raster_list(algorithm, parameters, "SAR", context) == ()
    assert raster_list(algorithm, {"SERIES": str(product)}, "SERIES", context) == (str(product),)
    opened = raster_input(algorithm, parameters, "INPUT", context)
    assert (opened.path, opened.crs.authid(), opened.crs_wkt) == (str(product), "EPSG:32632", None)
