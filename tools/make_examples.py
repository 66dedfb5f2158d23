"""Writes the models of docs/examples, which the graphical model builder opens: ``python tools/make_examples.py``.

They are made by QGIS itself, so that they are in the form of its own version; change them here, not by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
)
from qgis.PyQt.QtCore import QPointF, QSizeF

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
MODELS = "Models (*.onnx *.json *.emd *.dlpk);;All files (*)"
Source = QgsProcessingModelChildParameterSource


class Value:
    """A fixed value of a step; plain text names a parameter of the model, a pair the output of another step."""

    def __init__(self, value: Any) -> None:
        self.value = value


def add_parameter(model: QgsProcessingModelAlgorithm, definition: QgsProcessingParameterDefinition, row: int) -> None:
    """Add an input of the whole model, drawn in the first column."""
    component = QgsProcessingModelParameter(definition.name())
    component.setPosition(QPointF(140, 80 + 90 * row))
    component.setSize(QSizeF(200, 40))
    model.addModelParameter(definition, component)


def add_step(
    model: QgsProcessingModelAlgorithm,
    step: str,
    algorithm: str,
    description: str,
    column: int,
    parameters: dict[str, Any],
    outputs: dict[str, str],
    needed: tuple[str, ...] = (),
) -> None:
    """Add an algorithm; *outputs* maps those of its outputs that are results of the model to what they are called.

    *needed* are those that a later step takes: a result of the model that nobody asks for is not made.
    """
    child = QgsProcessingModelChildAlgorithm(algorithm)
    child.setChildId(step)
    child.setDescription(description)
    child.setPosition(QPointF(160 + 300 * column, 200))
    child.setSize(QSizeF(220, 50))
    for name, value in parameters.items():
        if isinstance(value, Value):
            source = Source.fromStaticValue(value.value)
        elif isinstance(value, tuple):
            source = Source.fromChildOutput(*value)
        else:
            source = Source.fromModelParameter(value)
        child.addParameterSources(name, [source])
    results = {}
    for row, (output, title) in enumerate(outputs.items()):
        result = QgsProcessingModelOutput(title, title)
        result.setChildId(step)
        result.setChildOutputName(output)
        result.setMandatory(output in needed)
        result.setPosition(QPointF(200 + 300 * column, 300 + 70 * row))
        result.setSize(QSizeF(200, 35))
        results[title] = result
    child.setModelOutputs(results)
    model.addChildAlgorithm(child)


def sum_areas(groups: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return parameters of ``native:aggregate`` for the polygons' areas in hectares, a row for each of *groups*."""
    text, number = 10, 6  # QVariant types, as the algorithm stores them
    rows = [
        {"input": f'"{name}"', "aggregate": "first_value", "name": name, "type": text, "length": 0, "precision": 0,
         "delimiter": ","}
        for name in names
    ]  # fmt: skip
    rows.append({"input": '"area_m2" / 10000', "aggregate": "sum", "name": "area_ha", "type": number, "length": 0,
                 "precision": 0, "delimiter": ","})  # fmt: skip
    rows.append({"input": '"area_m2"', "aggregate": "count", "name": "polygons", "type": 4, "length": 0,
                 "precision": 0, "delimiter": ","})  # fmt: skip
    return {"GROUP_BY": Value(groups), "AGGREGATES": Value(rows)}


def clear_and_map() -> QgsProcessingModelAlgorithm:
    """Return: cloudy dates → remove clouds → segment → polygons → areas."""
    model = QgsProcessingModelAlgorithm("Land cover from cloudy dates", "GeONNX examples")
    scenes = QgsProcessingParameterMultipleLayers("scenes", "Dates of one place", QgsProcessing.TypeRaster)
    clouds = QgsProcessingParameterFile("cloud_model", "Model that finds clouds", fileFilter=MODELS)
    cover = QgsProcessingParameterFile("land_cover_model", "Model that maps land cover", fileFilter=MODELS)
    smallest = QgsProcessingParameterNumber(
        "smallest_polygon", "Smallest polygon (m²)", QgsProcessingParameterNumber.Double, defaultValue=0, minValue=0
    )
    for row, definition in enumerate((scenes, clouds, cover, smallest)):
        add_parameter(model, definition, row)
    add_step(
        model, "remove_clouds", "geonnx:removeclouds", "Remove clouds", 1,
        {"INPUTS": "scenes", "CLOUD_MODEL": "cloud_model"},
        {"OUTPUT": "clear_image"},
    )  # fmt: skip
    add_step(
        model, "segment", "geonnx:segment", "Map land cover", 2,
        {"INPUT": ("remove_clouds", "OUTPUT"), "MODEL": "land_cover_model", "MIN_AREA": "smallest_polygon"},
        {"OUTPUT": "land_cover", "POLYGONS": "land_cover_polygons"},
        needed=("POLYGONS",),
    )  # fmt: skip
    add_step(
        model, "areas", "native:aggregate", "Sum up areas", 3,
        {"INPUT": ("segment", "POLYGONS"), **sum_areas('"class_id"', ("class",))},
        {"OUTPUT": "areas"},
    )  # fmt: skip
    return model


def change_and_areas() -> QgsProcessingModelAlgorithm:
    """Return: two dates → change, aligned and compared → polygons → what became what, in hectares."""
    model = QgsProcessingModelAlgorithm("Change between two dates", "GeONNX examples")
    before = QgsProcessingParameterRasterLayer("before", "Before")
    after = QgsProcessingParameterRasterLayer("after", "After")
    network = QgsProcessingParameterFile("change_model", "Model for change, or for land cover", fileFilter=MODELS)
    for row, definition in enumerate((before, after, network)):
        add_parameter(model, definition, row)
    add_step(
        model, "change", "geonnx:detectchange", "Detect change", 1,
        {"BEFORE": "before", "AFTER": "after", "MODEL": "change_model"},
        {"OUTPUT": "change", "POLYGONS": "change_polygons", "STATISTICS": "statistics"},
        needed=("POLYGONS",),
    )  # fmt: skip
    add_step(
        model, "areas", "native:aggregate", "Sum up areas", 2,
        {"INPUT": ("change", "POLYGONS"), **sum_areas('"from" || \' \' || "to"', ("from", "to"))},
        {"OUTPUT": "areas"},
    )  # fmt: skip
    return model


def main() -> None:
    """Write both."""
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    for name, model in (
        ("land_cover_from_cloudy_dates", clear_and_map()),
        ("change_between_dates", change_and_areas()),
    ):
        if not model.toFile(str(EXAMPLES / f"{name}.model3")):
            raise SystemExit(f"{name}.model3 could not be written")


if __name__ == "__main__":
    main()
