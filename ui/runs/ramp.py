"""Colours for results whose file does not say how it is to be drawn: images without clouds and their uncertainty."""

from __future__ import annotations

from qgis.core import (
    QgsColorRampShader,
    QgsGradientColorRamp,
    QgsGradientStop,
    QgsProject,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
)
from qgis.PyQt.QtGui import QColor

from .request import RunRequest

# from sure (light) to unsure, as in the rasters of confidence and entropy
_COLORS = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")
_SAMPLE_PX = 250_000
_HIGHEST_SHARE = 0.98


def style_uncertainty(layer: QgsRasterLayer) -> None:
    """Draw the first band from light (0) to dark (a value that few pixels exceed); it reads the file."""
    provider = layer.dataProvider()
    _, high = provider.cumulativeCut(1, 0.0, _HIGHEST_SHARE, layer.extent(), _SAMPLE_PX)
    if not high > 0:  # the same certainty everywhere, or none known
        high = 1.0
    last = len(_COLORS) - 1
    stops = [QgsGradientStop(place / last, QColor(color)) for place, color in enumerate(_COLORS) if 0 < place < last]
    function = QgsColorRampShader(
        0.0, high, QgsGradientColorRamp(QColor(_COLORS[0]), QColor(_COLORS[-1]), False, stops)
    )
    function.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(high * place / last, QColor(color), f"{high * place / last:.4g}")
            for place, color in enumerate(_COLORS)
        ]
    )
    shader = QgsRasterShader(0.0, high)
    shader.setRasterShaderFunction(function)
    renderer = QgsSingleBandPseudoColorRenderer(provider, 1, shader)
    renderer.setClassificationMin(0.0)
    renderer.setClassificationMax(high)
    layer.setRenderer(renderer)


def draw_like_input(layer: QgsRasterLayer, request: RunRequest) -> None:
    """Draw an image without clouds as the map draws the one with them; left alone where that is not on the map.

    Both have the same bands and numbers, so side by side they should look alike. Call it in the window's thread.
    """
    given = request.parameters.get("INPUTS") or []
    names = list(given) if isinstance(given, (list, tuple)) else [given]
    target = request.parameters.get("TARGET", -1)
    if isinstance(target, int) and 0 <= target < len(names):
        names = [names[target], *names]
    for name in names:
        other = QgsProject.instance().mapLayer(name) if isinstance(name, str) else None
        if isinstance(other, QgsRasterLayer) and other.renderer() is not None:
            if other.bandCount() == layer.bandCount():
                layer.setRenderer(other.renderer().clone())
            return
