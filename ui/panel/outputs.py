"""What a run writes: each result with a tick, as a temporary layer or into a file of the user's choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingDestinationParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFileDestination,
    QgsProject,
)
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from ...processing.base import translate
from .fields import Field, find_algorithm, make_fields
from .form import add_field
from .section import Section

_POLYGON_FIELDS = ("MIN_AREA", "SIMPLIFY")


@dataclass(frozen=True)
class _Row:
    name: str
    check: QCheckBox | None
    """None for a result that is always written"""
    file: QgsFileWidget

    def is_wanted(self) -> bool:
        return self.check is None or self.check.isChecked()

    def value(self) -> str:
        return self.file.filePath().strip() or QgsProcessing.TEMPORARY_OUTPUT


class OutputsSection(Section):
    """The destinations of an algorithm, those for polygons with how they are drawn."""

    def __init__(self, algorithm_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._polygon_fields: tuple[Field, ...] = ()
        self._polygon_widgets: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        algorithm = find_algorithm(algorithm_id)
        for definition in algorithm.destinationParameterDefinitions():
            self._add_row(definition)
            if definition.name() == "POLYGONS":
                self._polygon_fields = make_fields(algorithm_id, _POLYGON_FIELDS)
                for field in self._polygon_fields:
                    self._polygon_widgets += add_field(self._grid, field, indent=True)
                    field.changed.connect(self._tell)
        self._update()

    def parameters(self) -> dict[str, Any]:
        """Return the results that are wanted."""
        chosen: dict[str, Any] = {row.name: row.value() for row in self._rows if row.is_wanted()}
        if "POLYGONS" in chosen:
            for field in self._polygon_fields:
                chosen.update(field.parameters())
        return chosen

    def problems(self) -> list[str]:
        """Return which of the files can't be written as they are named."""
        problems, seen = [], set()
        on_map = {layer.source().split("|")[0]: layer.name() for layer in QgsProject.instance().mapLayers().values()}
        for row in self._rows:
            path = row.file.filePath().strip()
            if not row.is_wanted() or not path:
                continue
            if not PurePath(path).is_absolute():
                problems.append(
                    translate("'{}' is no full path of a file: choose a folder with …, or leave it empty.").format(path)
                )
            elif path in on_map:
                problems.append(
                    translate(
                        "{} is on the map already, as '{}': choose another name, or leave it empty for a temporary one."
                    ).format(PurePath(path).name, on_map[path])
                )
            elif path in seen:
                problems.append(translate("Two results have the same file: {}.").format(path))
            seen.add(path)
        return problems

    def setWanted(self, name: str, is_wanted: bool, path: str = "") -> None:
        """Tick a result or not; an empty path makes it a temporary layer."""
        row = next(row for row in self._rows if row.name == name)
        if row.check is not None:
            row.check.setChecked(is_wanted)
        row.file.setFilePath(path)

    def names(self) -> list[str]:
        """Return the names of the results that there are."""
        return [row.name for row in self._rows]

    def _add_row(self, definition: QgsProcessingDestinationParameter) -> None:
        short, tip = output_texts().get(definition.name(), (definition.description(), ""))
        is_optional = bool(definition.flags() & QgsProcessingParameterDefinition.FlagOptional)
        check = QCheckBox(short) if is_optional else None
        title = check if check is not None else QLabel(short)
        title.setToolTip(tip or definition.description())
        file = QgsFileWidget()
        file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        file.setFilter(definition.createFileFilter())
        file.setConfirmOverwrite(True)
        file.lineEdit().setPlaceholderText(_temporary(definition))
        file.setToolTip(translate("Where it is written; empty: a temporary file that is deleted when QGIS closes"))
        file.lineEdit().setAccessibleName(translate("File of: {}").format(short))
        row = self._grid.rowCount()
        self._grid.addWidget(title, row, 0)
        self._grid.addWidget(file, row, 1)
        # ticking a result must not move those below it
        self._grid.setRowMinimumHeight(row, file.sizeHint().height())
        self._rows.append(_Row(definition.name(), check, file))
        if check is not None:
            check.toggled.connect(self._update)
        file.fileChanged.connect(self._tell)

    def _update(self, *_: Any) -> None:
        for row in self._rows:
            row.file.setVisible(row.is_wanted())
            if row.name == "POLYGONS":
                for widget in self._polygon_widgets:
                    widget.setVisible(row.is_wanted())
        self._tell()

    def _tell(self, *_: Any) -> None:
        self.changed.emit()


def output_texts() -> Mapping[str, tuple[str, str]]:
    """Return short name and explanation of results, by parameter."""
    return {
        "PROBABILITIES": (translate("Probabilities"), translate("How likely each class or the change is: bands 0–250")),
        "CONFIDENCE": (translate("Confidence"), translate("How sure the model is of the class that it chose")),
        "ENTROPY": (translate("Entropy"), translate("0 where the model is certain, 1 where it has no idea")),
        "DISAGREEMENT": (
            translate("Disagreement"),
            translate("How much several runs of the same place differ (Advanced ▸ Run each tile several times)"),
        ),
        "POLYGONS": (translate("Polygons"), translate("The same map as polygons, with class and area")),
        "STATISTICS": (translate("Areas"), translate("Table of the areas that changed, in hectares (CSV or HTML)")),
        "UNCERTAINTY": (
            translate("Uncertainty"),
            translate("Standard deviation of each restored value, in the numbers of the image"),
        ),
        "OUTPUT_RASTER": (translate("Class raster"), translate("The classes as a raster, a pixel for each piece")),
    }


def _temporary(definition: QgsProcessingDestinationParameter) -> str:
    if isinstance(definition, QgsProcessingParameterFileDestination):
        return translate("temporary file")
    return translate("temporary layer")
