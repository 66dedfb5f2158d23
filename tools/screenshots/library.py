"""Pictures of choosing a model: the list, the facts, the band table, and the dialogs that QGIS makes itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qgis.core import QgsApplication, QgsProcessingModelAlgorithm, QgsProject, QgsRasterLayer
from qgis.PyQt.QtWidgets import QGroupBox, QVBoxLayout, QWidget

_NARROW_LETTERS, _WIDE_LETTERS = 48, 90


def scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield the name of each state, and the window that shows it."""
    yield from _picker_scenes(stage)
    yield from _list_scenes(stage)
    yield from _band_scenes(stage)
    yield from _dialog_scenes(stage)


def _model(_stage: Any) -> str:
    """Return a segmentation model of the library."""
    from geonnx.ui.library.facts import list_library, model_text

    return next(model_text(entry) for entry in list_library("segment") if entry.task == "segment")


def _box(title: str, *widgets: QWidget, letters: int) -> QWidget:
    """Return a window about as wide as a dock of so many letters."""
    window = QWidget()
    box = QGroupBox(title, window)
    inner = QVBoxLayout(box)
    for widget in widgets:
        inner.addWidget(widget)
    inner.addStretch(1)
    outer = QVBoxLayout(window)
    outer.addWidget(box)
    window.setFixedWidth(window.fontMetrics().averageCharWidth() * letters)
    window.show()
    _fit(window)
    return window


def _fit(window: QWidget) -> None:
    """Give a window the height that its texts need."""
    layout = window.layout()
    needed = layout.heightForWidth(window.width()) if layout.hasHeightForWidth() else window.sizeHint().height()
    window.setFixedHeight(needed)


def _picker_scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    from geonnx.ui.library.facts_view import ModelFactsView
    from geonnx.ui.library.picker import ModelPicker

    for name, model, letters in (
        ("library_picker", _model(stage), _WIDE_LETTERS),
        ("library_picker_narrow", _model(stage), _NARROW_LETTERS),
        ("library_picker_wrong", "no-such-model", _NARROW_LETTERS),
    ):
        picker, view = ModelPicker("segment"), ModelFactsView()
        picker.setModel(model)
        stage.wait(lambda picker=picker: not picker.isReading())
        if picker.problem():
            view.setMessage(picker.problem(), is_problem=True)
        view.setFacts(picker.facts()) if picker.facts() else None
        window = _box("Model", picker, view, letters=letters)
        stage.settle()
        yield name, window
        window.close()
        window.deleteLater()


def _list_scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Show the open list."""
    from geonnx.ui.library.picker import ModelPicker

    picker = ModelPicker("change")
    window = _box("Model", picker, letters=_NARROW_LETTERS)
    stage.wait(lambda: picker.combo().count() > 2)
    picker.combo().showPopup()
    stage.settle()
    yield "library_list", picker.combo().view().window()
    picker.combo().hidePopup()
    window.close()
    window.deleteLater()


def _band_scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    from geonnx.ui.library.band_table import BandTable

    for name, raster, bands, letters in (
        ("library_bands", str(stage.raster), "", _WIDE_LETTERS),
        ("library_bands_narrow", str(stage.raster), "", _NARROW_LETTERS),
        ("library_bands_chosen", str(stage.raster), "1,2,3", _NARROW_LETTERS),
        ("library_bands_missing", _without_names(stage), "", _NARROW_LETTERS),
    ):
        table = BandTable()
        table.setSources(_model(stage), raster)
        table.setBands(bands)
        window = _box("Bands", table, letters=letters)
        stage.wait(lambda table=table: not table.isReading())
        _fit(window)
        stage.settle()
        yield name, window
        window.close()
        window.deleteLater()


def _without_names(stage: Any) -> str:
    """Return a copy of the example raster whose bands are called otherwise."""
    from osgeo import gdal

    path = stage.folder / "library_other_names.vrt"
    dataset = gdal.Translate(str(path), str(stage.raster), format="VRT")
    for number in range(1, dataset.RasterCount + 1):
        dataset.GetRasterBand(number).SetDescription("B03" if number == 2 else f"layer_{number}")
    dataset.FlushCache()
    return str(path)


def _dialog_scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Show the dialogs of QGIS with the picker in them."""
    from geonnx.processing.model_parameter import ModelParameter
    from geonnx.ui.library.picker import ModelPicker
    from geonnx.ui.library.wrapper import register_model_widget, unregister_model_widget
    from processing.gui.AlgorithmDialog import AlgorithmDialog
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    own = None if ModelParameter.has_widget() else register_model_widget()
    layer = QgsRasterLayer(str(stage.raster), "Scene")
    QgsProject.instance().addMapLayer(layer)
    registry = QgsApplication.processingRegistry()
    model = QgsProcessingModelAlgorithm("Chain", "demo")

    def make_algorithm() -> Any:
        return registry.createAlgorithmById("geonnx:segment")

    for name, dialog in (
        ("library_toolbox", AlgorithmDialog(make_algorithm())),
        ("library_batch", BatchAlgorithmDialog(make_algorithm())),
        ("library_modeler", ModelerParametersDialog(make_algorithm(), model)),
    ):
        size = dialog.fontMetrics().averageCharWidth()
        dialog.resize(size * 160, size * 90)
        dialog.show()
        if isinstance(dialog, BatchAlgorithmDialog):
            table = dialog.mainWidget().tblParameters
            for column in range(2, table.columnCount()):  # the rest can be scrolled to, as in every batch
                table.setColumnHidden(column, True)
        for picker in dialog.findChildren(ModelPicker):
            picker.setModel(_model(stage))
            stage.wait(lambda picker=picker: not picker.isReading())
        stage.settle()
        yield name, dialog
        dialog.close()
        dialog.deleteLater()
    QgsProject.instance().removeMapLayer(layer.id())
    if own is not None:
        unregister_model_widget(own)
