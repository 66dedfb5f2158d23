"""Which layers a list offers, in the words of older and of newer QGIS."""

from __future__ import annotations

from typing import Any

from qgis.core import Qgis, QgsMapLayerProxyModel
from qgis.gui import QgsMapLayerComboBox

# since QGIS 3.34 they belong to Qgis, and setting the older ones is deprecated
_KINDS: Any = getattr(Qgis, "LayerFilter", None) or QgsMapLayerProxyModel.Filter


def offer_rasters(combo: QgsMapLayerComboBox) -> None:
    """Let a list offer raster layers only."""
    combo.setFilters(_flags(_KINDS.RasterLayer))


def offer_polygons(combo: QgsMapLayerComboBox) -> None:
    """Let a list offer polygon layers only."""
    combo.setFilters(_flags(_KINDS.PolygonLayer))


def offer_rasters_and_vectors(combo: QgsMapLayerComboBox) -> None:
    """Let a list offer what has an extent."""
    combo.setFilters(_flags(_KINDS.RasterLayer | _KINDS.VectorLayer))


def _flags(kinds: Any) -> Any:
    flags = getattr(Qgis, "LayerFilters", None)
    return kinds if flags is None else flags(kinds)
