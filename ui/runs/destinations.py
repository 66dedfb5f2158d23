"""Results of a run that become layers: told to Processing the way its own dialogs do, with names for the legend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qgis.core import (
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingDestinationParameter,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QThread

LAYER_KINDS = ("rasterDestination", "vectorDestination", "sink")
TEMPORARY = "TEMPORARY_OUTPUT"


def layer_destinations(algorithm: QgsProcessingAlgorithm) -> dict[str, QgsProcessingDestinationParameter]:
    """Return the parameters of an algorithm that say where layers go, by name, in the order of the dialog."""
    return {
        definition.name(): definition
        for definition in algorithm.destinationParameterDefinitions()
        if definition.type() in LAYER_KINDS
    }


def wanted_destinations(algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any]) -> list[str]:
    """Return the names of the destinations that a run fills."""
    return [name for name in layer_destinations(algorithm) if parameters.get(name) not in (None, "")]


def load_on_completion(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], project: QgsProject
) -> dict[str, Any]:
    """Return the parameters with every layer result marked as one to be loaded, under the name of its parameter."""
    marked = dict(parameters)
    for name, definition in layer_destinations(algorithm).items():
        value = parameters.get(name)
        if isinstance(value, str) and value:
            layer = QgsProcessingOutputLayerDefinition(value, project)
            layer.destinationName = definition.description()
            marked[name] = layer
    return marked


def open_results(
    context: QgsProcessingContext, home: QThread, finish: Mapping[str, Callable[[QgsMapLayer], None]]
) -> dict[str, QgsMapLayer | None]:
    """Open what a run wants to have loaded, with its style; return layers by source, None for what can't be opened.

    It is to be called away from the window's thread, *home*, to which the layers are handed: opening a file on a slow
    disk must not stop the window. *finish* holds, by source, what else is to be done with a layer.
    """
    opened: dict[str, QgsMapLayer | None] = {}
    for source, details in context.layersToLoadOnCompletion().items():
        layer = open_layer(source, details.name)
        if layer is not None:
            processor = details.postProcessor()
            if processor is not None:
                processor.postProcessLayer(layer, context, context.feedback())
            if source in finish:
                finish[source](layer)
            layer.moveToThread(home)
        opened[source] = layer
    return opened


def open_layer(source: str, name: str) -> QgsMapLayer | None:
    """Return the layer of a result file, raster or vector; None where it is neither."""
    raster_first = source.lower().rsplit(".", 1)[-1] in ("tif", "tiff", "vrt", "img")
    for kind, provider in [(QgsRasterLayer, "gdal"), (QgsVectorLayer, "ogr")][:: 1 if raster_first else -1]:
        layer = kind(source, name, provider)
        if layer.isValid():
            return layer
    return None
