"""The catalogue for people (HTML) and programs (plain data)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from .entries import CatalogEntry

_SOURCES = {"bundled": "bundled", "downloaded": "downloaded", "user": "your own", "index": "can be downloaded"}
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em;
       color: #1c2226; background: #ffffff; }
h1 { font-size: 1.5em; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3em .8em .3em 0; border-bottom: 1px solid #d9dee2; }
code { font-size: .92em; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { body { color: #e4e8ea; background: #1e2326; } th, td { border-color: #3b4449; } }
"""


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


def render_catalog(entries: Iterable[CatalogEntry]) -> str:
    """Return the models as one HTML page without outside parts."""
    rows = "".join(_row(entry) for entry in entries)
    head = "".join(f"<th>{name}</th>" for name in ("Id", "Name", "Task", "Where", "Licence", "Size", "Description"))
    table = f"<table><tr>{head}</tr>{rows}</table>" if rows else "<p>There are no models yet.</p>"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Models</title>'
        f"<style>{_STYLE}</style></head><body><h1>Models</h1>{table}</body></html>\n"
    )


def _row(entry: CatalogEntry) -> str:
    where = _SOURCES[entry.source] + (f"<br><code>{escape(str(entry.path))}</code>" if entry.path else "")
    cells = (
        f"<code>{escape(entry.id)}</code>",
        escape(entry.name),
        escape(entry.task),
        where,
        escape(entry.licence),
        "" if entry.size is None else f"{entry.size / 1e6:,.1f} MB",
        escape(entry.description),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
