"""The model picker in the dialogs that QGIS makes itself: toolbox, batch, model designer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)
from qgis.gui import QgsBrowserGuiModel
from qgis.PyQt.QtWidgets import QLabel

from .conftest import settle, wait_for

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


@pytest.fixture(autouse=True)
def browser(qgis_iface, monkeypatch):
    """Give QGIS's dialogs the browser that they ask the window for."""
    model = QgsBrowserGuiModel()
    monkeypatch.setattr(qgis_iface, "browserModel", lambda: model, raising=False)
    yield
    model.deleteLater()
    settle()


@pytest.fixture
def widget_registered(provider, models_folder, monkeypatch):
    from geonnx.processing.model_parameter import ModelParameter
    from geonnx.ui.library.wrapper import register_model_widget, unregister_model_widget

    monkeypatch.setattr("geonnx.ui.library.picker.recent_models", lambda _task="": [])
    assert not ModelParameter.has_widget()
    factory = register_model_widget()
    yield
    settle()
    unregister_model_widget(factory)
    assert not ModelParameter.has_widget()


def algorithm(name: str) -> Any:
    return QgsApplication.processingRegistry().createAlgorithmById(f"geonnx:{name}")


def picker_of(window) -> Any:
    from geonnx.ui.library.picker import ModelPicker

    (picker,) = window.findChildren(ModelPicker)
    wait_for(lambda: picker.combo().count() > 1, what="the list of models")
    return picker


def choose(picker, text: str) -> None:
    combo = picker.combo()
    index = next(n for n in range(combo.count()) if text in combo.itemText(n))
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_toolbox_dialog_offers_names_and_shows_classes(widget_registered, scene_layer, show):
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = show(AlgorithmDialog(algorithm("segment")))
    picker = picker_of(dialog)
    choose(picker, "Land cover of three kinds")
    wait_for(picker.facts)
    settle()
    shown = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "forest\N{NO-BREAK SPACE}&amp;\N{NO-BREAK SPACE}hedge" in shown
    parameters = dialog.mainWidget().createProcessingParameters()
    assert parameters["MODEL"] == "land"
    dialog.setParameters({"MODEL": "/data/other.onnx"})
    assert picker.model() == "/data/other.onnx"
    wait_for(picker.problem)
    shown = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "other.onnx" in shown


def test_toolbox_dialog_refuses_a_run_without_a_model(widget_registered, scene_layer, show):
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = show(AlgorithmDialog(algorithm("segment")))
    picker_of(dialog)
    with pytest.raises(Exception) as caught:
        dialog.mainWidget().createProcessingParameters()
    assert type(caught.value).__name__ == "InvalidParameterValue"


def test_models_are_optional_where_the_algorithm_says_so(widget_registered, scene_layer, show):
    from geonnx.ui.library.picker import ModelPicker
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = show(AlgorithmDialog(algorithm("removeclouds")))
    restoring, masking = dialog.findChildren(ModelPicker)
    wait_for(lambda: min(restoring.combo().count(), masking.combo().count()) > 1)
    wrappers = dialog.mainWidget().wrappers
    assert [restoring.combo().itemText(0), masking.combo().itemText(0)] == ["None", "None"]
    assert [wrappers[name].parameterValue() for name in ("MODEL", "CLOUD_MODEL")] == [None, None]
    choose(restoring, "First clear date")
    choose(masking, "Land cover of three kinds")
    assert [wrappers[name].parameterValue() for name in ("MODEL", "CLOUD_MODEL")] == ["clouds", "land"]
    wait_for(lambda: restoring.facts() and masking.facts())
    assert (restoring.problem(), masking.problem()) == ("", "")
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Model (empty: clouds are filled from the other dates) [optional]" in texts
    assert "Cloud model for dates without mask [optional]" in texts


@pytest.mark.parametrize("name", ["classify", "detectchange", "inspectmodel", "describemodel", "addmodel"])
def test_every_algorithm_with_a_model_has_the_picker(widget_registered, project, show, name):
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = show(AlgorithmDialog(algorithm(name)))
    picker = picker_of(dialog)
    count = sum(bool(picker.combo().itemData(index)) for index in range(picker.combo().count()))
    assert count == {"classify": 1, "detectchange": 2}.get(name, 4)


def test_batch_rows_have_the_picker(widget_registered, scene_layer, show):
    from geonnx.ui.library.picker import ModelPicker
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    dialog = show(BatchAlgorithmDialog(algorithm("segment")))
    panel = dialog.mainWidget()
    panel.addRow()
    pickers = dialog.findChildren(ModelPicker)
    assert len(pickers) == 2
    column = panel.parameter_to_column["MODEL"]
    for row, model in enumerate(("land", "/data/mine.onnx")):
        panel.wrappers[row][column].setParameterValue(model, QgsProcessingContext())
    assert [panel.valueForParameter(row, "MODEL") for row in range(2)] == ["land", "/data/mine.onnx"]
    wait_for(lambda: all(not picker.isReading() for picker in pickers))


def make_model() -> QgsProcessingModelAlgorithm:
    model = QgsProcessingModelAlgorithm("Chain", "tests")
    for parameter in (QgsProcessingParameterFile("network", "network"), QgsProcessingParameterString("name", "name")):
        item = QgsProcessingModelParameter(parameter.name())
        model.addModelParameter(parameter, item)
    return model


def test_model_designer_takes_a_name_an_input_or_an_expression(widget_registered, project, show):
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    model = make_model()
    dialog = show(ModelerParametersDialog(algorithm("segment"), model))
    wrapper = dialog.widget.widget.wrappers["MODEL"]
    picker = picker_of(wrapper)
    choose(picker, "Land cover of three kinds")
    assert wrapper.value().staticValue() == "land"
    source = QgsProcessingModelChildParameterSource
    for value in (
        source.fromModelParameter("network"),
        source.fromModelParameter("name"),
        source.fromExpression("@name"),
    ):
        wrapper.setWidgetValue(value)
        found = wrapper.value()
        found = found[0] if isinstance(found, list) else found
        assert found.source() == value.source()
        assert (found.parameterName(), found.expression()) == (value.parameterName(), value.expression())
    wrapper.setWidgetValue(source.fromStaticValue("land"))
    assert picker.model() == "land"
    wait_for(picker.facts)


def test_a_step_that_was_saved_comes_back(widget_registered, project, show):
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    model = make_model()
    child = QgsProcessingModelChildAlgorithm("geonnx:segment")
    child.setChildId("map")
    child.addParameterSources("MODEL", [QgsProcessingModelChildParameterSource.fromStaticValue("land")])
    model.addChildAlgorithm(child)
    dialog = show(ModelerParametersDialog(algorithm("segment"), model, "map"))
    dialog.setPreviousValues()
    picker = picker_of(dialog.widget.widget.wrappers["MODEL"])
    assert picker.model() == "land"
    assert [item.staticValue() for item in dialog.createAlgorithm().parameterSources()["MODEL"]] == ["land"]
    wait_for(picker.facts)


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.model3")))
def test_older_models_still_load(widget_registered, project, name):
    model = QgsProcessingModelAlgorithm()
    assert model.fromFile(str(EXAMPLES / name))
    assert model.canExecute()[0]
    model.initAlgorithm()
    files = [item for item in model.parameterDefinitions() if isinstance(item, QgsProcessingParameterFile)]
    assert files
    assert {item.type() for item in files} == {"file"}, "inputs of the model are QGIS's own"


def test_a_run_from_the_dialog_makes_the_map(widget_registered, scene_layer, show, tmp_path):
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    dialog = show(AlgorithmDialog(algorithm("segment")))
    choose(picker_of(dialog), "Land cover of three kinds")
    parameters = dialog.mainWidget().createProcessingParameters()
    parameters |= {"OUTPUT": str(tmp_path / "map.tif"), "DEVICE": "cpu"}
    import processing

    results = processing.run("geonnx:segment", parameters)
    assert Path(results["OUTPUT"]).is_file()


def test_after_unloading_the_parameter_is_a_plain_file_again(provider, models_folder, scene_layer, show):
    from geonnx.ui.library.picker import ModelPicker
    from geonnx.ui.library.wrapper import register_model_widget, unregister_model_widget
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    kept = algorithm("segment")
    for _ in range(2):
        unregister_model_widget(register_model_widget())
    assert kept.parameterDefinition("MODEL").type() == "file"
    dialog = show(AlgorithmDialog(kept))
    assert not dialog.findChildren(ModelPicker)
    dialog.mainWidget().wrappers["MODEL"].setParameterValue("land", QgsProcessingContext())
    assert dialog.mainWidget().createProcessingParameters()["MODEL"] == "land"
