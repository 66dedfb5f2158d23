"""Which part of a raster is processed: all of it, what the map shows, a rectangle, or the inside of polygons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsMapLayerType, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox, QgsMapToolExtent
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ..processing.base import translate
from .layer_filters import offer_polygons, offer_rasters_and_vectors

WHOLE, CANVAS, DRAWN, LAYER, POLYGONS = "whole", "canvas", "drawn", "layer", "polygons"


@dataclass(frozen=True)
class Place:
    """A rectangle somewhere on Earth."""

    rectangle: QgsRectangle
    crs: QgsCoordinateReferenceSystem

    @property
    def text(self) -> str:
        """The value of an EXTENT parameter."""
        box = self.rectangle
        corners = ",".join(
            f"{value:.15g}" for value in (box.xMinimum(), box.xMaximum(), box.yMinimum(), box.yMaximum())
        )
        return f"{corners} [{self.crs.authid()}]" if self.crs.authid() else corners


class ExtentField(QWidget):
    """Fills EXTENT and MASK."""

    changed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._drawn: Place | None = None
        self._tool: QgsMapToolExtent | None = None
        self._earlier_tool: Any = None
        self.mode = QComboBox(self)
        self.mode.setToolTip(translate("Which part of the raster is processed"))
        self.mode.setAccessibleName(translate("Part of the raster"))
        for key, text in (
            (WHOLE, translate("Whole raster")),
            (CANVAS, translate("What the map shows")),
            (DRAWN, translate("Rectangle drawn on the map")),
            (LAYER, translate("Extent of a layer")),
            (POLYGONS, translate("Inside the polygons of a layer")),
        ):
            if canvas is not None or key not in (CANVAS, DRAWN):
                self.mode.addItem(text, key)
        self._details = QStackedWidget(self)
        self._details.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._nothing = QWidget()
        self._rectangle, self._draw_button, self._drawn_label = self._rectangle_row()
        self.layer = _layer_combo(translate("The layer whose extent is processed"), polygons=False)
        self.polygons = _layer_combo(
            translate("Outside of these polygons the result has no data"), polygons=True
        )  # fmt: skip
        for widget in (self._nothing, self._rectangle, self.layer, self.polygons):
            self._details.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.mode)
        layout.addWidget(self._details)
        self._details.hide()
        self.setFocusProxy(self.mode)
        self.mode.currentIndexChanged.connect(self._on_mode)
        self.layer.layerChanged.connect(self._tell)
        self.polygons.layerChanged.connect(self._tell)

    def parameters(self) -> dict[str, Any]:
        """Return EXTENT or MASK; nothing where the whole raster is meant."""
        mode = self.mode.currentData()
        if mode == POLYGONS:
            layer = self.polygons.currentLayer()
            return {"MASK": layer.id()} if layer is not None else {}
        layer = self.layer.currentLayer() if mode == LAYER else None
        if layer is not None and layer.type() != QgsMapLayerType.RasterLayer:
            return {"EXTENT": layer.id()}  # its extent may have to be read from the file: the run does that
        place = self._place()
        return {"EXTENT": place.text} if place is not None else {}

    def problems(self) -> list[str]:
        """Return what is missing."""
        mode = self.mode.currentData()
        if mode == POLYGONS and self.polygons.currentLayer() is None:
            return [translate("The project has no polygon layer: choose another part of the raster, or add a layer.")]
        if mode == LAYER and self.layer.currentLayer() is None:
            return [translate("The project has no layer whose extent could be taken.")]
        if mode == DRAWN and self._drawn is None:
            return [translate("Draw the rectangle on the map first.")]
        return []

    def setMode(self, mode: str) -> None:
        """Choose how the part is given."""
        self.mode.setCurrentIndex(self.mode.findData(mode))

    def setDrawn(self, rectangle: QgsRectangle) -> None:
        """Take a rectangle in the CRS of the map, as drawn by hand; an empty one is none."""
        self._stop_drawing()
        if rectangle.isEmpty():
            return
        self._drawn = Place(QgsRectangle(rectangle), self._canvas.mapSettings().destinationCrs())
        decimals = 4 if self._drawn.crs.isGeographic() else 0
        size = f"{rectangle.width():.{decimals}f} × {rectangle.height():.{decimals}f}"
        self._drawn_label.setText(size)
        self._drawn_label.setToolTip(self._drawn.text)
        self._tell()

    def stop(self) -> None:
        """Give the map its earlier tool back; call it before the window goes."""
        self._stop_drawing()

    def _place(self) -> Place | None:
        mode = self.mode.currentData()
        if mode == CANVAS:
            return Place(self._canvas.extent(), self._canvas.mapSettings().destinationCrs())
        if mode == DRAWN:
            return self._drawn
        layer = self.layer.currentLayer() if mode == LAYER else None
        return Place(layer.extent(), layer.crs()) if layer is not None else None

    def _rectangle_row(self) -> tuple[QWidget, QPushButton, QLabel]:
        row = QWidget()
        button = QPushButton(translate("Draw…"))
        button.setToolTip(translate("Drag a rectangle on the map"))
        button.setCheckable(True)
        button.clicked.connect(self._on_draw)
        label = QLabel(translate("nothing drawn yet"))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(button)
        layout.addWidget(label, 1)
        return row, button, label

    def _on_mode(self, _index: int) -> None:
        pages = {DRAWN: self._rectangle, LAYER: self.layer, POLYGONS: self.polygons}
        page = pages.get(self.mode.currentData(), self._nothing)
        self._details.setCurrentWidget(page)
        self._details.setVisible(page is not self._nothing)
        if self.mode.currentData() != DRAWN:
            self._stop_drawing()
        self._tell()

    def _on_draw(self, is_on: bool) -> None:
        if not is_on:
            self._stop_drawing()
            return
        self._tool = QgsMapToolExtent(self._canvas)
        self._tool.extentChanged.connect(self.setDrawn)
        self._earlier_tool = self._canvas.mapTool()
        self._canvas.setMapTool(self._tool)

    def _stop_drawing(self) -> None:
        self._draw_button.setChecked(False)
        tool, self._tool = self._tool, None
        if tool is None:
            return
        if self._canvas.mapTool() is tool:
            self._canvas.unsetMapTool(tool)
            if self._earlier_tool is not None:
                self._canvas.setMapTool(self._earlier_tool)
        self._earlier_tool = None
        tool.deleteLater()

    def _tell(self, *_: Any) -> None:
        self.changed.emit()


def _layer_combo(tip: str, *, polygons: bool) -> QgsMapLayerComboBox:
    combo = QgsMapLayerComboBox()
    (offer_polygons if polygons else offer_rasters_and_vectors)(combo)
    combo.setToolTip(tip)
    combo.setAccessibleName(tip)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    return combo
