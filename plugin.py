"""The plugin's face in QGIS: it registers the Processing provider and takes it away again."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication

from .processing.provider import GeonnxProvider


class GeonnxPlugin:
    """What QGIS loads; works with and without a window (``iface`` is None under ``qgis_process``)."""

    def __init__(self, iface: Any) -> None:
        """Keep the window's interface for what will need one."""
        self.iface = iface
        self.provider: GeonnxProvider | None = None

    def initProcessing(self) -> None:  # noqa: N802 (the name that QGIS calls)
        """Register the algorithms; ``qgis_process`` calls only this."""
        if self.provider is None:
            self.provider = GeonnxProvider()
            QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802 (the name that QGIS calls)
        """Register the algorithms in the desktop application."""
        self.initProcessing()

    def unload(self) -> None:
        """Take the algorithms out of QGIS again."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
