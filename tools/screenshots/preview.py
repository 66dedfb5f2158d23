"""Pictures of the preview on a map: computing, shown, with a threshold, compared, and failed; each task once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

_LETTERS = 48
"""width of the dock"""


def scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield the name of each state, and the window that shows it."""
    place = _Place(stage)
    model = "s2-landcover"
    segment = ("segment", {"INPUT": place.layers[0].id(), "MODEL": model})
    yield "idle", place.window
    place.start(*segment)
    stage.settle()
    yield "running", place.window
    place.finish()
    yield "shown", place.window
    place.controls.threshold.setValue(70)
    yield "threshold", place.window
    place.controls.threshold.setValue(0)
    place.controls.opacity.setValue(100)
    place.controls.compare.setCurrentIndex(1)
    yield "swipe", place.window
    place.controls.compare.setCurrentIndex(0)
    place.controls.opacity.setValue(75)
    yield from _other_tasks(stage, place)
    place.start("segment", {"INPUT": place.layers[0].id(), "MODEL": model, "BANDS": "1,2"})
    place.finish()
    yield "failed", place.window
    place.close()


def _other_tasks(stage: Any, place: _Place) -> Iterator[tuple[str, QWidget]]:
    clear, *cloudy = (layer.id() for layer in place.layers)
    place.zoom(5)
    place.start("classify", {"INPUT": clear, "MODEL": "eurosat-rgb", "OPTIONS": '{"scale": 0.0927}'})
    place.finish()
    yield "scenes", place.window
    place.zoom(1.3)
    place.start("detectchange", {"BEFORE": cloudy[-1], "AFTER": clear, "MODEL": "s2-change"})
    place.finish()
    yield "change", place.window
    place.controls.compare.setCurrentIndex(2)
    stage.wait(lambda: place.preview.shown.sides is not None and not place.preview.shown.sides.is_drawing)
    yield "dates", place.window
    place.controls.compare.setCurrentIndex(0)
    place.start("removeclouds", {"INPUTS": cloudy[::-1], "MODEL": "", "METHOD": "median", "KEEP_CLEAR": False})
    place.finish()
    yield "clouds", place.window


class _Place:
    """A window with a map of the place, and the controls in a narrow dock."""

    def __init__(self, stage: Any) -> None:
        from geonnx.ui.preview.controls import PreviewControls
        from geonnx.ui.preview.preview import Preview

        self._stage = stage
        self.window = QMainWindow()
        self._canvas = QgsMapCanvas(self.window)
        self.layers = [self._load(path) for path in reversed(stage.dates)]  # the last date is without clouds
        self._canvas.setDestinationCrs(self.layers[0].crs())
        self._canvas.setLayers([self.layers[0]])
        self.preview = Preview(self._canvas, self.window)
        self.controls = PreviewControls(self.preview)
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.addWidget(self.controls)
        layout.addStretch(1)
        dock = QDockWidget("GeONNX", self.window)
        dock.setWidget(inner)
        inner.setFixedWidth(inner.fontMetrics().averageCharWidth() * _LETTERS)
        self.window.setCentralWidget(self._canvas)
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self.window.resize(980, 600)
        self.window.show()
        stage.settle()
        self.zoom(1.3)

    def _load(self, path: Path) -> QgsRasterLayer:
        layer = QgsRasterLayer(str(path), path.stem)
        QgsProject.instance().addMapLayer(layer)
        return layer

    def zoom(self, factor: float) -> None:
        extent = self.layers[0].extent()
        self._canvas.setExtent(extent.buffered(-extent.width() / 2 * (1 - 1 / factor)))
        self._canvas.refresh()
        self._draw()

    def _draw(self) -> None:
        self._stage.settle()
        self._canvas.waitWhileRendering()
        self._stage.settle()

    def start(self, algorithm: str, parameters: dict[str, Any]) -> None:
        from geonnx.ui.runs.request import RunRequest

        self.preview.start(RunRequest(f"geonnx:{algorithm}", parameters))

    def finish(self) -> None:
        self._stage.wait(lambda: not self.preview.is_running, 120)
        self._draw()

    def close(self) -> None:
        self.preview.close()
        self.window.close()
        QgsProject.instance().clear()
