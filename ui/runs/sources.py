"""Parameters of a run as another program can use them: files in place of layers of this project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from qgis.core import QgsApplication, QgsMapLayer, QgsProcessingUtils, QgsProject, QgsRasterLayer

from ...processing.base import translate
from .destinations import TEMPORARY
from .request import RunRequest

_FILE_PROVIDERS = ("gdal", "ogr")


@dataclass(frozen=True)
class Portable:
    """Parameters without anything that only this project knows."""

    parameters: dict[str, Any]
    notes: tuple[str, ...]
    """sentences on what has to be done before they work elsewhere"""


def portable(request: RunRequest) -> Portable:
    """Return the parameters of a run with layers as their sources; what was left empty is left out.

    A layer that lives in memory only has no source: a file name is put in its place, and a note says so.
    """
    notes: list[str] = []
    parameters = {
        name: _as_sources(value, notes) for name, value in request.parameters.items() if value not in (None, "", [])
    }
    return Portable(parameters, tuple(dict.fromkeys(notes)))


def pinned(request: RunRequest) -> RunRequest:
    """Return the run with the files of raster layers in place of the layers, where a file says as much."""
    return replace(request, parameters={name: _pin(value) for name, value in request.parameters.items()})


def _pin(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_pin(item) for item in value]
    layer = QgsProject.instance().mapLayer(value) if isinstance(value, str) else None
    if not isinstance(layer, QgsRasterLayer) or layer.providerType() != "gdal":
        return value
    notes: list[str] = []
    source = layer_source(layer, notes)
    return value if notes else source  # another CRS than the file's belongs to the layer


def with_files(request: RunRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return *parameters* with file names for temporary results: those of ``qgis_process`` go when it ends."""
    algorithm = QgsApplication.processingRegistry().algorithmById(request.algorithm)
    named = dict(parameters)
    for definition in [] if algorithm is None else algorithm.destinationParameterDefinitions():
        if named.get(definition.name()) == TEMPORARY:
            word = request.algorithm.rsplit(":", 1)[-1]
            named[definition.name()] = f"{word}_{definition.name().lower()}.{definition.defaultFileExtension()}"
    return named


def _as_sources(value: Any, notes: list[str]) -> Any:
    if isinstance(value, (list, tuple)):
        return [_as_sources(item, notes) for item in value]
    layer = QgsProject.instance().mapLayer(value) if isinstance(value, str) else None
    return value if layer is None else layer_source(layer, notes)


def layer_source(layer: QgsMapLayer, notes: list[str]) -> str:
    """Return what names a layer outside of its project; add to *notes* what the name does not carry."""
    kind = layer.providerType()
    if kind == "memory":
        place = "".join(letter if letter.isalnum() else "_" for letter in layer.name()) + ".gpkg"
        notes.append(
            translate(
                "The layer '{}' lives in memory only: save it as {} (Export ▸ Save Features As) where the command runs."
            ).format(layer.name(), place)
        )
        return place
    if layer.crs().isValid() and layer.dataProvider() is not None and layer.crs() != layer.dataProvider().crs():
        notes.append(
            translate("The layer '{}' has another CRS ({}) in this project than in its file.").format(
                layer.name(), layer.crs().authid() or translate("of your own")
            )
        )
    if kind not in _FILE_PROVIDERS:
        return str(QgsProcessingUtils.encodeProviderKeyAndUri(kind, layer.source()))
    return str(QgsProcessingUtils.normalizeLayerSource(layer.source()))
