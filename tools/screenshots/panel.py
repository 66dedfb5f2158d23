"""Pictures of the panel: each page ready to run, what is missing, what stands under Advanced, a narrow dock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qgis.core import QgsProject
from qgis.PyQt.QtGui import QFontMetrics
from qgis.PyQt.QtWidgets import QWidget

_NARROW_LETTERS, _WIDE_LETTERS, _LINES = 47, 62, 50


def scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield each state of the panel."""
    from geonnx.ui.panel.dock import GeonnxDock
    from geonnx.ui.runs.queue import RunQueue

    queue = RunQueue()
    panel = GeonnxDock(stage.iface, queue)
    resize(panel, _WIDE_LETTERS)
    panel.show()
    stage.settle()
    yield "panel_empty", panel
    panel.stop()
    panel.close()

    layers = {path: stage.load(path) for path in stage.dates[::-1]}
    stage.iface.setActiveLayer(layers[stage.raster])
    panel = GeonnxDock(stage.iface, queue)
    resize(panel, _WIDE_LETTERS)
    panel.show()
    yield from segment_states(stage, panel)
    for task, prepare in (("classify", None), ("change", prepare_change), ("clouds", prepare_clouds)):
        panel.show_task(task)
        page = panel.current_page()
        if prepare is not None:
            prepare(stage, page)
        wait_until_read(stage, page)
        yield f"panel_{task}", panel
    page.inputs.clouds.way.setWay("masks")
    page.ensureWidgetVisible(page.inputs.clouds)
    yield "panel_clouds_masks", panel
    panel.show_task("segment")
    resize(panel, _NARROW_LETTERS)
    yield "panel_narrow", panel
    panel.stop()
    panel.close()
    queue.stop()
    QgsProject.instance().clear()


def segment_states(stage: Any, panel: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield the first page: ready, scrolled down, a problem."""
    page = panel.current_page()
    stage.wait(page.model.picker.model)
    wait_until_read(stage, page)
    yield "panel_segment", panel
    open_box(page.model.facts_view)
    open_box(page.model.band_table)
    yield "panel_model", panel
    open_box(page.advanced)
    page.outputs.setWanted("CONFIDENCE", True)
    page.outputs.setWanted("POLYGONS", True, "/home/me/maps/land cover of the valley.gpkg")
    stage.settle()
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum() // 2)
    yield "panel_outputs", panel
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    yield "panel_advanced", panel
    page.verticalScrollBar().setValue(0)
    page.extent.setMode("drawn")
    yield "panel_problem", panel
    page.extent.setMode("whole")


def prepare_change(stage: Any, page: Any) -> None:
    """Wait for the dates."""
    stage.wait(page.model.picker.model)
    stage.wait(lambda: "…" not in page.inputs.before_date.text() + page.inputs.after_date.text())


def prepare_clouds(stage: Any, page: Any) -> None:
    """Fill the list, and take the bundled models for the cloudy date."""
    page.inputs.rasters.clear()
    page.inputs.rasters.add_layers([node.layer() for node in QgsProject.instance().layerTreeRoot().findLayers()])
    stage.wait(lambda: all(page.inputs.rasters.taken()))
    page.inputs.rasters.sort_by_date()
    page.inputs.target.setCurrentIndex(2)
    page.inputs.clouds.way.setWay("model")
    stage.wait(page.inputs.clouds.picker.model)
    page.inputs.clouds.picker.setModel("s2-cloudmask")
    page.model.setModel("s2-cloudremoval")


def wait_until_read(stage: Any, page: Any) -> None:
    """Wait for the model and the bands."""
    stage.wait(page.model.picker.model)
    stage.wait(lambda: page.model.facts() is not None and not page.model.is_reading())


def resize(panel: QWidget, letters: int) -> None:
    """Give the panel a size that goes with the size of the text."""
    metrics = QFontMetrics(panel.font())
    panel.resize(metrics.horizontalAdvance("n") * letters, metrics.height() * _LINES)


def open_box(box: QWidget) -> None:
    """Unfold a box."""
    while box is not None:
        if hasattr(box, "setCollapsed"):
            box.setCollapsed(False)
        box = box.parentWidget()
