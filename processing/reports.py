"""Pages that algorithms write for people, and the facts about a model that several of them return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterFileDestination,
)

from ..models.lines import page_lines
from .base import translatable, translate

# every one of them is in the JSON result of qgis_process; lists and objects stay lists and objects
MODEL_FACTS = (
    ("NAME", translatable("Name")),
    ("TASK", translatable("Task")),
    ("BANDS", translatable("Bands")),
    ("CLASSES", translatable("Classes")),
    ("SCALING", translatable("Scaling of values")),
    ("GSD_M", translatable("Pixel size (m)")),
    ("GSD_RANGE_M", translatable("Smallest and largest pixel size of the training (m)")),
    ("LICENCE", translatable("Licence")),
    ("SHA256", translatable("SHA-256 of the model")),
    ("PROBLEMS", translatable("What the description leaves open")),
)


def add_report_parameters(algorithm: QgsProcessingAlgorithm, page: str, table: str) -> None:
    """Add where the report for people and the table for programs go, by the names of the parameters."""
    algorithm.addParameter(
        QgsProcessingParameterFileDestination(
            page, translate("Report"), translate("HTML files (*.html)"), optional=True
        )
    )
    algorithm.addParameter(
        QgsProcessingParameterFileDestination(
            table, translate("Table"), translate("CSV files (*.csv)"), optional=True, createByDefault=False
        )
    )


def log_page(feedback: QgsProcessingFeedback, page: str) -> None:
    """Write what *page* says into the log: QGIS's text mode shows results that are objects as nothing."""
    for line in page_lines(page):
        feedback.pushInfo(line)


def write_page(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], name: str, context: QgsProcessingContext, page: str
) -> dict[str, str]:
    """Write *page* where the file parameter *name* says; return that result, or nothing where it is not wanted.

    Raises QgsProcessingException when the file can't be written.
    """
    path = algorithm.parameterAsFileOutput(parameters, name, context)
    if not path:
        return {}
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise QgsProcessingException(translate("{} should be a page ending in .html; found '{}'.").format(name, path))
    try:
        Path(path).write_text(page, encoding="utf-8")
    except OSError as error:
        raise QgsProcessingException(
            translate("The page {} can't be written: {}.").format(path, error.strerror)
        ) from error
    return {name: path}
