"""Says above the map that a run is over, for people who have put the panel away meanwhile."""

from __future__ import annotations

from qgis.core import Qgis
from qgis.gui import QgsMessageBar

from ...processing.base import translate
from .run import FAILED, FINISHED, Run


def push_notice(bar: QgsMessageBar, run: Run) -> None:
    """Tell how a run ended; nothing where the user ended it, who knows."""
    name = run.request.name()
    if run.state == FAILED:
        bar.pushMessage(name, run.message, Qgis.MessageLevel.Critical, 0)
    elif run.state == FINISHED and run.warnings:
        text = translate("Finished, with warnings: {}").format(" ".join(run.warnings))
        bar.pushMessage(name, text, Qgis.MessageLevel.Warning, 0)
    elif run.state == FINISHED:
        bar.pushMessage(name, translate("Finished; the results are on the map."), Qgis.MessageLevel.Success, 10)
