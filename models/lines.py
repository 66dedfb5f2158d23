"""Tables and our own pages as lines of text, for logs."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import zip_longest


def table_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines, in columns where letters are equally wide; rows may end early.

    Columns without anything below the first row are left out.
    """
    columns = list(zip_longest(*rows, fillvalue=""))
    widths = [max(map(len, column)) if any(column[1:] or column) else 0 for column in columns]
    return [" | ".join(cell.ljust(width) for cell, width in zip(row, widths) if width).rstrip() for row in rows]


def page_lines(page: str) -> list[str]:
    """Return what a page of `page.page` says below its title, without its notes, which are said as warnings."""
    reader = _PageReader()
    reader.feed(page)
    reader.close()
    return reader.lines


class _PageReader(HTMLParser):
    """Collects headings, paragraphs, list items and tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._text = ""
        self._rows: list[list[str]] = []
        self._is_note = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a row or a cell."""
        if tag in ("p", "h1", "h2", "li", "td", "th"):
            self._text = ""
        if tag == "p":
            self._is_note = ("class", "note") in attrs
        elif tag == "tr":
            self._rows.append([])

    def handle_data(self, data: str) -> None:
        """Take text, wherever it stands; what begins a block forgets what stood before it."""
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        """End a block, a cell or a table."""
        text = " ".join(self._text.split())
        if tag in ("td", "th"):
            self._rows[-1].append(text)
        elif tag == "table":
            self.lines += table_lines(self._rows)
            self._rows = []
        elif tag == "h2":
            self.lines += ["", text]
        elif tag == "li" or (tag == "p" and not self._is_note):
            self.lines.append(f"- {text}" if tag == "li" else text)
