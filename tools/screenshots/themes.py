"""The looks in which windows are drawn: Qt's own style in light and in dark."""

from __future__ import annotations

from qgis.PyQt.QtGui import QColor, QFont, QPalette
from qgis.PyQt.QtWidgets import QApplication, QStyleFactory

_LIGHT = {
    "Window": "#efefef",
    "WindowText": "#1d1d1d",
    "Base": "#ffffff",
    "AlternateBase": "#f5f5f5",
    "Text": "#1d1d1d",
    "Button": "#efefef",
    "ButtonText": "#1d1d1d",
    "ToolTipBase": "#ffffdc",
    "ToolTipText": "#1d1d1d",
    "Highlight": "#308cc6",
    "HighlightedText": "#ffffff",
    "Link": "#0057ae",
    "PlaceholderText": "#7f7f7f",
}
_DARK = {
    "Window": "#2d2d2d",
    "WindowText": "#e6e6e6",
    "Base": "#1e1e1e",
    "AlternateBase": "#262626",
    "Text": "#e6e6e6",
    "Button": "#3a3a3a",
    "ButtonText": "#e6e6e6",
    "ToolTipBase": "#3a3a3a",
    "ToolTipText": "#e6e6e6",
    "Highlight": "#2a82da",
    "HighlightedText": "#ffffff",
    "Link": "#6cb2ff",
    "PlaceholderText": "#8c8c8c",
}
_DISABLED = {"light": "#9d9d9d", "dark": "#757575"}
THEMES = {"light": _LIGHT, "dark": _DARK}


def use_theme(app: QApplication, theme: str) -> None:
    """Draw everything from now on in a theme: ``light`` or ``dark``."""
    palette = QPalette()
    for role, color in THEMES[theme].items():
        palette.setColor(getattr(QPalette.ColorRole, role), QColor(color))
    for role in ("WindowText", "Text", "ButtonText"):
        palette.setColor(QPalette.ColorGroup.Disabled, getattr(QPalette.ColorRole, role), QColor(_DISABLED[theme]))
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette)
    font = QFont("DejaVu Sans", 9)
    font.setStyleStrategy(QFont.StyleStrategy.NoSubpixelAntialias)  # no coloured fringes: smaller pictures
    app.setFont(font)
