"""Our icons by name: the drawings in ``ui/icons``."""

from __future__ import annotations

from qgis.PyQt.QtGui import QIcon

from ..processing.base import icon_path


def icon(name: str) -> QIcon:
    """Return an icon of ours: ``geonnx``, a task's (``segment``, ``change`` …), ``models``, ``preview``, ``swipe`` ….

    The drawings show on light and on dark. For what every program has (open, save, remove) take QGIS's own, by
    ``QgsApplication.getThemeIcon``.
    """
    return QIcon(icon_path(name))
