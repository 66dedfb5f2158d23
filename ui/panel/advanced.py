"""What most runs leave as it is: tiling, device, options, and the finer settings of the task."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QWidget

from ...processing.base import translate
from ..devices.picker import DevicePicker
from .form import FieldsSection
from .options import OptionsSection
from .section import Section, caption, stack_widgets

_TILING = ("TILE_SIZE", "OVERLAP", "MERGE", "BATCH_SIZE")
_CHIPS = ("BATCH_SIZE",)


class AdvancedSection(Section):
    """Fills the parameters that the toolbox calls advanced."""

    def __init__(self, algorithm_id: str, names: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # the pieces of classify are no tiles: their size and step are fields of its page
        tiling = _CHIPS if algorithm_id == "geonnx:classify" else _TILING
        self.fields = FieldsSection(algorithm_id, (*names, *tiling))
        self.device = DevicePicker()
        self.options = OptionsSection()
        layout = stack_widgets(self)
        layout.addWidget(self.fields)
        layout.addWidget(caption(translate("Device"), self.device))
        layout.addWidget(self.device)
        layout.addWidget(self.options)
        self.fields.changed.connect(self.changed)
        self.options.changed.connect(self.changed)
        self.device.deviceChanged.connect(self._tell)

    def options_text(self) -> str:
        """Return what goes into OPTIONS."""
        return self.options.text()

    def parameters(self) -> dict[str, Any]:
        """Return those that differ from their defaults."""
        device = self.device.device()
        chosen = {"DEVICE": device} if device and device != "auto" else {}
        return {**self.fields.parameters(), **chosen, **self.options.parameters()}

    def problems(self) -> list[str]:
        """Return what is wrong with the options."""
        return self.options.problems()

    def _tell(self, *_: Any) -> None:
        self.changed.emit()
