"""The rows of the list of models: headings, names, and what each stands for."""

from __future__ import annotations

from pathlib import PurePath

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QStandardItem, QStandardItemModel

from ...models.catalog.entries import CatalogEntry
from ...processing.base import translate
from . import words
from .facts import Choices, model_text

_SOURCES = ("bundled", "downloaded", "user")


def fill_rows(rows: QStandardItemModel, choices: Choices, *, none_text: str, task: str) -> None:
    """List *none_text* first, then the models by where they come from, each group under a heading."""
    rows.clear()
    rows.appendRow(model_row(none_text, "", ""))
    for source in _SOURCES:
        entries = [entry for entry in choices.entries if entry.source == source]
        if entries:
            rows.appendRow(_heading(words.source_name(source)))
        for entry in entries:
            rows.appendRow(_entry_row(entry, task))
    if choices.files:
        rows.appendRow(_heading(words.source_name("")))
    for path in choices.files:
        rows.appendRow(file_row(path))


def model_row(name: str, model: str, tip: str) -> QStandardItem:
    """Return one model; *model* is what goes into MODEL."""
    row = QStandardItem(name)
    row.setData(model, Qt.ItemDataRole.UserRole)
    row.setToolTip(tip)
    return row


def file_row(path: str) -> QStandardItem:
    """Return a model that is named by a file."""
    return model_row(PurePath(path.replace("\\", "/")).name or path, path, path)


def _entry_row(entry: CatalogEntry, task: str) -> QStandardItem:
    name = entry.name
    if task and entry.task not in ("", task):
        name = translate("{} ({})").format(name, words.task_name(entry.task))
    about = [entry.name, entry.description, translate("Id: {}").format(entry.id), str(entry.path or "")]
    return model_row(name, model_text(entry), "\n".join(part for part in about if part))


def _heading(text: str) -> QStandardItem:
    row = QStandardItem(text)
    row.setFlags(Qt.ItemFlag.NoItemFlags)
    font = row.font()
    font.setBold(True)
    row.setFont(font)
    return row
