"""Our runs in Processing's history, from where they can be repeated and copied like those of the toolbox."""

from __future__ import annotations

import logging
from typing import Any

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext
from qgis.gui import QgsGui

_log = logging.getLogger("geonnx")
_PROVIDER = "processing"


class HistoryEntry:
    """One run in the history of whichever QGIS this is."""

    def __init__(
        self, algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> None:
        """Note that the run begins."""
        self._number: int | None = None
        self._details: dict[str, Any] = {}
        command = algorithm.asPythonCommand(parameters, context)
        if hasattr(QgsGui, "historyProviderRegistry"):  # QGIS 3.24
            self._details = describe(algorithm, parameters, context, command)
            self._add()
        else:
            add_to_log(command)

    def _add(self) -> None:
        registry = QgsGui.historyProviderRegistry()
        if registry.providerById(_PROVIDER) is None:  # Processing is switched off
            return
        number, is_added = registry.addEntry(_PROVIDER, self._details)
        self._number = number if is_added else None

    def finish(self, results: dict[str, Any], log: str) -> None:
        """Note what came out."""
        if self._number is not None:
            details = {**self._details, "results": results, "log": log}
            QgsGui.historyProviderRegistry().updateEntry(self._number, details)


def describe(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext, command: str
) -> dict[str, Any]:
    """Return what Processing's own dialogs write of a run."""
    details = {
        "python_command": command,
        "algorithm_id": algorithm.id(),
        "parameters": algorithm.asMap(parameters, context),
    }
    process_command, is_fine = algorithm.asQgisProcessCommand(parameters, context)
    if is_fine:
        details["process_command"] = process_command
    return details


def add_to_log(command: str) -> None:
    """Write the history of QGIS before 3.24, a file of Processing's."""
    try:
        from processing.core.ProcessingLog import ProcessingLog  # noqa: PLC0415 (only while Processing is switched on)
    except ImportError:
        _log.info("Processing is switched off, so the run is not in its history")
        return
    ProcessingLog.addToLog(command)
