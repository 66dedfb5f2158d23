"""Layers that a run loads into QGIS take the style that lies beside their file."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsRasterLayer,
)


class StyleFromFile(QgsProcessingLayerPostProcessorInterface):
    """Loads the sibling ``.qml``: Processing opens its results without their default style."""

    # QGIS keeps no reference of its own, and a post-processor that Python has collected crashes it
    _alive: list[StyleFromFile] = []  # noqa: RUF012  (shared on purpose)

    def postProcessLayer(
        self, layer: QgsMapLayer, _context: QgsProcessingContext, _feedback: QgsProcessingFeedback
    ) -> None:
        """Style one loaded layer."""
        style = Path(layer.source().split("|")[0]).with_suffix(".qml")
        # class raster and polygons may share a name: then the style is the raster's
        mark = "<rasterrenderer" if isinstance(layer, QgsRasterLayer) else "<renderer-v2"
        if style.is_file() and mark in style.read_text(encoding="utf-8"):
            layer.loadNamedStyle(str(style))
        else:
            layer.loadDefaultStyle()  # a GeoPackage holds its own
        layer.triggerRepaint()
        self._alive.remove(self)

    @classmethod
    def attach(cls, context: QgsProcessingContext, path: str) -> None:
        """Style the layer of *path* once it is loaded; nothing happens when it is not going to be."""
        if context.willLoadLayerOnCompletion(path):
            processor = cls()
            cls._alive.append(processor)
            context.layerToLoadOnCompletionDetails(path).setPostProcessor(processor)
