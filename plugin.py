"""The plugin's face in QGIS: it registers the Processing provider and the windows, and takes them away again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication

from .processing.provider import GeonnxProvider

if TYPE_CHECKING:
    from .ui.desktop import Desktop


class GeonnxPlugin:
    """What QGIS loads; works with and without a window (``iface`` is None under ``qgis_process``)."""

    def __init__(self, iface: Any) -> None:
        """Keep the window's interface for what will need one."""
        self.iface = iface
        self.provider: GeonnxProvider | None = None
        self.desktop: Desktop | None = None
        self._translator: Any = None

    def initProcessing(self) -> None:  # noqa: N802 (the name that QGIS calls)
        """Register the algorithms; ``qgis_process`` calls only this."""
        if self.provider is None:
            from .ui.translation import install_translator  # noqa: PLC0415 (no window; the rest of ui needs one)

            # before the algorithms, which take their texts when they are made
            self._translator = install_translator()
            self.provider = GeonnxProvider()
            QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802 (the name that QGIS calls)
        """Register the algorithms, and add menu, button and options page to the window."""
        self.initProcessing()
        if self.iface is not None and self.desktop is None:
            from .ui.desktop import Desktop  # noqa: PLC0415 (qgis_process has no windows)

            self.desktop = Desktop(self.iface)
            self.desktop.start()

    def unload(self) -> None:
        """Take everything out of QGIS again."""
        if self.desktop is not None:
            self.desktop.stop()
            self.desktop = None
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self._translator is not None:
            from .ui.translation import remove_translator  # noqa: PLC0415

            remove_translator(self._translator)
            self._translator = None
