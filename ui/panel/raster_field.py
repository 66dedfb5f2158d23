"""Choosing one raster."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsMapLayer, QgsProject
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ..layer_filters import offer_rasters
from .browse import browse_button, dropped_files
from .choice import RasterChoice, choice_of_layer, choice_of_path, is_usable_raster


class RasterField(QWidget):
    """A layer of the project, or a file or product picked with "…" or dropped."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None, *, tip: str = "") -> None:
        super().__init__(parent)
        self._paths: list[str] = []
        self._is_touched = False
        self.combo = QgsMapLayerComboBox(self)
        offer_rasters(self.combo)
        self.combo.setToolTip(tip)
        shrink_combo(self.combo)
        self._button = browse_button(self, self.setPath)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.combo, 1)
        layout.addWidget(self._button)
        self.setFocusProxy(self.combo)
        self.setAcceptDrops(True)
        # also emitted when the project's layers change, for which layerChanged is not always
        self.combo.currentIndexChanged.connect(self._on_index)
        self.combo.activated.connect(self._on_touch)
        self._added: list[str] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._take_added)
        QgsProject.instance().layersAdded.connect(self._on_layers_added)
        self._last = self.choice()

    def choice(self) -> RasterChoice | None:
        """Return what is chosen; None where there is nothing."""
        layer = self.combo.currentLayer()
        if layer is not None:
            return choice_of_layer(layer)
        # behind the layers stand the paths, in the order in which they were added
        place = self.combo.currentIndex() - (self.combo.count() - len(self._paths))
        return choice_of_path(self._paths[place]) if 0 <= place < len(self._paths) else None

    def problem(self, what: str) -> str:
        """Return what is wrong with the choice; *what* says what is to be chosen, for when there is nothing."""
        choice = self.choice()
        if choice is None:
            return what
        return choice.problem

    def setLayer(self, layer: QgsMapLayer | None) -> None:
        """Choose a layer of the project."""
        self.combo.setLayer(layer)

    def setPath(self, path: str) -> None:
        """Choose a file or product."""
        self._is_touched = True
        if path not in self._paths:
            self._paths.append(path)
            self.combo.setAdditionalItems([choice_of_path(path).name for path in self._paths])
        self.combo.setCurrentIndex(self.combo.count() - len(self._paths) + self._paths.index(path))
        self._on_index()

    def setChoice(self, choice: RasterChoice | None, layer: QgsMapLayer | None) -> None:
        """Choose what another field has: its layer, else its path."""
        if layer is not None or choice is None:
            self.setLayer(layer)
        else:
            self.setPath(choice.value)

    def dragEnterEvent(self, event: Any) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        event.acceptProposedAction()
        self.setPath(dropped_files(event.mimeData())[0])

    def _on_touch(self, _index: int) -> None:
        self._is_touched = True

    def _on_layers_added(self, layers: list[QgsMapLayer]) -> None:
        self._added += [layer.id() for layer in layers]
        self._later.start()  # the list may not have them yet

    def _take_added(self) -> None:
        """Take a new layer in place of one that can't be used, such as a base map, until the user chooses one."""
        ids, self._added = self._added, []
        choice = self.choice()
        if self._is_touched or (choice is not None and not choice.problem):
            return
        layers = (QgsProject.instance().mapLayer(layer_id) for layer_id in ids)
        usable = [layer for layer in layers if is_usable_raster(layer)]
        if usable:
            self.setLayer(usable[0])

    def _on_index(self, _index: int = -1) -> None:
        choice = self.choice()
        if choice != self._last:
            self._last = choice
            self.combo.setToolTip(choice.source or choice.name if choice else "")
            self.changed.emit()


def shrink_combo(combo: Any) -> None:
    """Let a combo box become narrower than its longest item, which is cut off with dots then."""
    combo.setSizeAdjustPolicy(combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
