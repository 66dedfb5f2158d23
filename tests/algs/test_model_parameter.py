"""``MODEL`` where there are no windows: a file for QGIS, with ids of the catalogue as well."""

from __future__ import annotations

import pytest
from qgis.core import QgsApplication, QgsProcessingParameterFile

ALGORITHMS = ("segment", "classify", "detectchange", "removeclouds", "inspectmodel", "describemodel", "addmodel")


@pytest.mark.parametrize("name", ALGORITHMS)
def test_it_is_a_file_for_commands(provider, name):
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geonnx:{name}")
    parameter = algorithm.parameterDefinition("MODEL")
    assert isinstance(parameter, QgsProcessingParameterFile)
    assert parameter.type() == "file"
    assert "widget_wrapper" not in parameter.metadata()
    assert "*.onnx" in parameter.fileFilter()
    for value in ("/data/x.onnx", "s2-landcover"):
        assert parameter.checkValueIsAcceptable(value)


def test_the_cloud_model_is_one_too(provider):
    from geonnx.processing.model_parameter import ModelParameter

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geonnx:removeclouds")
    parameter = algorithm.parameterDefinition("CLOUD_MODEL")
    assert isinstance(parameter, ModelParameter)
    assert parameter.type() == "file"


def test_a_copy_is_of_the_same_kind(provider):
    from geonnx.processing.model_parameter import WIDGET_TYPE, ModelParameter
    from geonnx.processing.parameters import model_parameter

    original = model_parameter()
    copy = original.clone()
    assert isinstance(copy, ModelParameter)
    assert (copy.name(), copy.description(), copy.fileFilter()) == (
        "MODEL",
        original.description(),
        original.fileFilter(),
    )
    ModelParameter.use_widget(object)
    try:
        assert (copy.type(), original.type()) == (WIDGET_TYPE, WIDGET_TYPE)
        assert copy.metadata()["widget_wrapper"] == {"class": object}
    finally:
        ModelParameter.use_widget(None)
    assert copy.type() == "file"
