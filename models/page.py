"""Pages for people: one HTML file without outside parts, for light and dark screens. And writing such files whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from .errors import OutputError
from .raster.staging import staging

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em;
       color: #1c2226; background: #ffffff; }
h1 { font-size: 1.5em; margin-bottom: .2em; } h2 { font-size: 1.1em; margin: 1.8em 0 .4em; }
.quiet { color: #5b6770; } .wide { overflow-x: auto; } table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .3em .9em .3em 0; border-bottom: 1px solid #d9dee2; }
th { font-weight: 600; } code { font-size: .92em; overflow-wrap: anywhere; }
td:first-child, th:first-child { white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; padding-left: .6em; }
td.wrap { white-space: normal; }
td.big { font-size: 1.6em; border: 0; padding: 0 1.5em 0 0; } tr.sum td { font-weight: 600; }
.chip { display: inline-block; width: 1em; height: 1em; border: 1px solid #7a858d; border-radius: 3px;
        vertical-align: -.12em; margin-right: .5em; }
.note { border-left: 4px solid #c77700; padding: .2em .8em; margin: .4em 0; }
@media (prefers-color-scheme: dark) {
  body { color: #e4e8ea; background: #1e2326; } th, td { border-color: #3b4449; } .quiet { color: #a3aeb5; }
}
"""


def page(title: str, sections: Iterable[str]) -> str:
    """Return a whole page; *sections* are HTML, *title* is plain text."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{''.join(sections)}</body></html>\n"
    )


def notes(texts: Iterable[str]) -> str:
    """Return sentences that the reader should not miss."""
    return "".join(f'<p class="note">{escape(text)}</p>' for text in texts)


def headline(figures: Mapping[str, str]) -> str:
    """Return the few figures that matter most, large."""
    names = "".join(f'<td class="quiet" style="border:0">{escape(name)}</td>' for name in figures)
    values = "".join(f'<td class="big">{escape(value)}</td>' for value in figures.values())
    return f'<div class="wide"><table><tr>{names}</tr><tr>{values}</tr></table></div>'


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and what there is to say of each, both plain text."""
    lines = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{lines}</table>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1, sums: int = 0) -> str:
    """Return a table of HTML cells: the first *texts* columns hold text, the others numbers.

    The last *sums* rows stand out. A cell that begins with ``<td`` is taken as it is.
    """
    body = list(rows)
    lines = [_row(cells, texts, "sum" if index >= len(body) - sums else "") for index, cells in enumerate(body)]
    header = "".join(f"<th{'' if index < texts else _NUMBER}>{text}</th>" for index, text in enumerate(head))
    return f'<div class="wide"><table><tr>{header}</tr>{"".join(lines)}</table></div>'


_NUMBER = ' class="n"'


def _row(cells: Sequence[str], texts: int, kind: str) -> str:
    parts = [
        cell if cell.startswith("<td") else f"<td{'' if index < texts else _NUMBER}>{cell}</td>"
        for index, cell in enumerate(cells)
    ]
    return f"<tr{f' class={kind}' if kind else ''}>{''.join(parts)}</tr>"


def chip(color: str) -> str:
    """Return a small square of a colour ``#rrggbb``."""
    return f'<span class="chip" style="background:{escape(color)}"></span>'


def write_files(texts: Mapping[str, str]) -> None:
    """Write texts by path, all or none; raise OutputError when one can't be written."""
    with staging() as stage:
        for path, text in texts.items():
            try:
                Path(stage.path_for(path)).write_bytes(text.encode("utf-8"))
            except OSError as error:
                raise OutputError(f"{path} can't be written: {error.strerror}.") from None
