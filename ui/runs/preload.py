"""Input files of a run that are no layers of the project, opened before QGIS asks for them in the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import (
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QThread

from ...models.raster.products import is_product

_RASTERS, _VECTORS = ("raster",), ("source", "vector")


def file_sources(algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any]) -> list[tuple[str, type]]:
    """Return the inputs that are files, each with the kind of layer that it is to be."""
    found: dict[str, type] = {}
    for definition in algorithm.parameterDefinitions():
        kind, value = definition.type(), parameters.get(definition.name())
        if kind in (*_RASTERS, "multilayer", *_VECTORS):
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(item, str) and item and QgsProject.instance().mapLayer(item) is None:
                    found[item] = QgsVectorLayer if kind in _VECTORS else QgsRasterLayer
    return list(found.items())


def open_sources(sources: Sequence[tuple[str, type]], home: QThread) -> list[QgsMapLayer]:
    """Open files as layers and hand them to the thread *home*; what can't be opened is left to the run to explain.

    Satellite products are not layers, so they are left out.
    """
    layers = []
    for source, kind in sources:
        layer = None if is_product(source) else kind(source, source)
        if layer is not None and layer.isValid():
            layer.moveToThread(home)
            layers.append(layer)
    return layers


def offer(context: QgsProcessingContext, layers: Sequence[QgsMapLayer]) -> None:
    """Let Processing find the layers by their sources; they go with the context."""
    for layer in layers:
        context.temporaryLayerStore().addMapLayer(layer)
