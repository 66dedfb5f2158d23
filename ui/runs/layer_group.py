"""The results of a run in the layer tree: one group on top, the main result switched on."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsLayerTreeGroup, QgsMapLayer, QgsProject, QgsVectorLayer


def add_group(project: QgsProject, name: str, layers: Sequence[QgsMapLayer]) -> tuple[str, ...]:
    """Put *layers*, the main result first, into a new group on top of the layer tree; return their ids.

    Polygons lie above rasters. The main result is visible; the others, which would hide it or the map below, are there
    to be switched on. A vector layer beside a main raster shows the same once more, so it is switched off as well.
    """
    if not layers:
        return ()
    root = project.layerTreeRoot()
    group = root.insertGroup(0, free_name(root, name))
    main = layers[0]
    ordered = sorted(layers, key=lambda layer: (not isinstance(layer, QgsVectorLayer), layers.index(layer)))
    ids = []
    for layer in ordered:
        project.addMapLayer(layer, False)
        node = group.addLayer(layer)
        node.setItemVisibilityChecked(layer is main)
        node.setExpanded(layer is main)
        ids.append(layer.id())
    group.setExpanded(True)
    return tuple(ids)


def free_name(root: QgsLayerTreeGroup, name: str) -> str:
    """Return *name*, with a number where a group is called so already."""
    taken = {group.name() for group in root.findGroups()}
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"
