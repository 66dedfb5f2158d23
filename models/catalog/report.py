"""The catalogue for people (HTML) and programs (plain data)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from ..lines import table_lines
from ..page import page, table
from .entries import CatalogEntry

_SOURCES = {"bundled": "bundled", "downloaded": "downloaded", "user": "your own", "index": "can be downloaded"}
_WIDEST = 60
"""characters of a cell of text"""


def merge_entries(local: Iterable[CatalogEntry], offered: Iterable[CatalogEntry]) -> tuple[CatalogEntry, ...]:
    """Return the models on this computer, then those of a catalogue that are not among them by id."""
    here = tuple(local)
    known = {entry.id for entry in here}
    return (*here, *(entry for entry in offered if entry.id not in known))


def describe_entries(entries: Iterable[CatalogEntry]) -> list[dict[str, Any]]:
    """Return the models as plain data that JSON can hold."""
    return [
        {
            "id": entry.id,
            "name": entry.name,
            "task": entry.task,
            "bands": list(entry.bands),
            "classes": list(entry.classes),
            "source": entry.source,
            "is_downloaded": entry.is_downloaded,
            "path": str(entry.path) if entry.path else "",
            "licence": entry.licence,
            "description": entry.description,
            "size_mb": None if entry.size is None else round(entry.size / 1e6, 3),
            "sha256": entry.sha256,
            "urls": list(entry.urls),
        }
        for entry in entries
    ]


def catalog_lines(entries: Iterable[CatalogEntry]) -> list[str]:
    """Return the models as lines of text, one each below a head, in columns where letters are equally wide."""
    rows = [("Id", "Task", "Bands", "Classes", "Size", "Where", "Name"), *map(_cells, entries)]
    return table_lines(rows)


def _cells(entry: CatalogEntry) -> tuple[str, ...]:
    classes = str(len(entry.classes)) if entry.classes else ""
    cells = (entry.id, entry.task, ",".join(entry.bands), classes, _size(entry), _SOURCES[entry.source], entry.name)
    lines = (" ".join(cell.split()) for cell in cells)
    return tuple(line if 0 < len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…" if line else "–" for line in lines)


def _size(entry: CatalogEntry) -> str:
    return "" if entry.size is None else f"{entry.size / 1e6:,.1f} MB"


def render_catalog(entries: Iterable[CatalogEntry]) -> str:
    """Return the models as one HTML page without outside parts."""
    rows = [_row(entry) for entry in entries]
    head = ("Id", "Name", "Task", "Where", "Licence", "Size", "Description")
    return page("Models", (table(head, rows, texts=len(head)) if rows else "<p>There are no models yet.</p>",))


def _row(entry: CatalogEntry) -> tuple[str, ...]:
    where = _SOURCES[entry.source] + (f"<br><code>{escape(str(entry.path))}</code>" if entry.path else "")
    return (
        f"<code>{escape(entry.id)}</code>",
        escape(entry.name),
        escape(entry.task),
        where,
        escape(entry.licence),
        _size(entry),
        escape(entry.description),
    )
