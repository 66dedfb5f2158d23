"""The few colours that mean something, chosen so that they can be read on light and on dark windows."""

from __future__ import annotations

from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QLabel

_HALF = 128
_LEAST_CONTRAST = 60
"""of lightness, between text and ground; a palette with less of it is not what is drawn"""


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


def text_color(palette: QPalette) -> QColor:
    """Return the colour of ordinary text.

    QGIS's dark themes paint by a style sheet, beside which the palette says the same colour for text and for ground:
    then the sheet is asked.
    """
    text = palette.color(QPalette.ColorRole.WindowText)
    if _contrast(text, palette.color(QPalette.ColorRole.Window)) >= _LEAST_CONTRAST:
        return text
    label = QLabel()
    label.ensurePolished()
    return label.palette().color(QPalette.ColorRole.WindowText)


def _contrast(first: QColor, second: QColor) -> int:
    return abs(first.lightness() - second.lightness())


def quiet_color(palette: QPalette) -> QColor:
    """Return the colour of what matters less: between text and ground."""
    text, ground = text_color(palette), palette.color(QPalette.ColorRole.Window)
    if text != palette.color(QPalette.ColorRole.WindowText):
        return text  # the ground that it lies on is not known
    return QColor(*(round(0.68 * of_text + 0.32 * of_ground) for of_text, of_ground in zip(
        (text.red(), text.green(), text.blue()), (ground.red(), ground.green(), ground.blue())
    )))  # fmt: skip
