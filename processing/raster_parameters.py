"""Raster parameters that take satellite products as well: what QGIS can't load as a layer, the engine may open."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsExpressionContext,
    QgsProcessingContext,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
    QgsProperty,
)

from ..models.raster.products import is_product


def product_path(value: Any, context: QgsProcessingContext | None) -> str | None:
    """Return the path when a parameter's value names a product as downloaded: a folder, an archive, a metadata file."""
    if isinstance(value, QgsProperty):
        value = value.valueAsString(context.expressionContext() if context else QgsExpressionContext())[0]
    return value if isinstance(value, str) and value and is_product(value) else None


class RasterParameter(QgsProcessingParameterRasterLayer):
    """A raster layer, or a product; in dialogs it looks and works like any raster parameter."""

    def checkValueIsAcceptable(self, value: Any, context: QgsProcessingContext | None = None) -> bool:
        """Return True for what QGIS accepts, and for products."""
        return product_path(value, context) is not None or super().checkValueIsAcceptable(value, context)

    def clone(self) -> RasterParameter:
        """Return a copy."""
        return RasterParameter(self)


class RasterListParameter(QgsProcessingParameterMultipleLayers):
    """Several raster layers or products."""

    def checkValueIsAcceptable(self, value: Any, context: QgsProcessingContext | None = None) -> bool:
        """Return True when each of the values is a product or acceptable to QGIS."""
        values = list(value) if isinstance(value, (list, tuple)) else [value]
        others = [item for item in values if product_path(item, context) is None]
        if len(others) == len(values):
            return super().checkValueIsAcceptable(value, context)
        return not others or super().checkValueIsAcceptable(others, context)

    def clone(self) -> RasterListParameter:
        """Return a copy."""
        return RasterListParameter(self)
