"""The few colours that mean something, chosen so that they can be read on light and on dark windows."""

from __future__ import annotations

from qgis.PyQt.QtGui import QColor, QPalette

_HALF = 128


def is_dark(palette: QPalette) -> bool:
    """Return True when the palette writes light text on dark ground."""
    return palette.color(QPalette.ColorRole.Window).lightness() < _HALF


def problem_color(palette: QPalette) -> QColor:
    """Return the red of what keeps a run from starting."""
    return QColor("#ff8a80" if is_dark(palette) else "#b3261e")


def warning_color(palette: QPalette) -> QColor:
    """Return the amber of what is worth a look."""
    return QColor("#ffcc66" if is_dark(palette) else "#8a5300")


def ok_color(palette: QPalette) -> QColor:
    """Return the green of what is fine."""
    return QColor("#81c995" if is_dark(palette) else "#1e6b34")


def quiet_color(palette: QPalette) -> QColor:
    """Return the colour of what matters less: between text and ground."""
    text, ground = palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window)
    return QColor(*(round(0.68 * of_text + 0.32 * of_ground) for of_text, of_ground in zip(
        (text.red(), text.green(), text.blue()), (ground.red(), ground.green(), ground.blue())
    )))  # fmt: skip
