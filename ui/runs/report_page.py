"""The results page of a run as one HTML file."""

from __future__ import annotations

from html import escape

from ...models.page import chip, notes, page, pairs, table
from ...processing.base import translate
from .summary import HECTARES, PERCENT, Bar, Matrix, Summary

_BAR = (
    '<td style="width:40%;min-width:12em"><div style="height:.9em;margin-top:.3em;border-radius:3px;min-width:2px;'
    'border:1px solid rgba(128,128,128,.7);width:{width:.2%};background:{color}"></div></td>'
)
_NO_COLOR = "#6b7a85"


def summary_page(summary: Summary) -> str:
    """Return the page."""
    sections = [notes(summary.warnings)]
    if summary.bars:
        sections += [f"<h2>{escape(bars_title(summary.unit))}</h2>", _bars(summary)]
    if summary.missing:
        text = translate("Not found: {}.").format(", ".join(summary.missing))
        sections.append(f'<p class="quiet">{escape(text)}</p>')
    if summary.matrix is not None:
        sections += [f"<h2>{escape(translate('From–to areas (ha)'))}</h2>", _matrix(summary.matrix)]
    sections += [f"<h2>{escape(translate('How it was made'))}</h2>", pairs(summary.facts)]
    return page(summary.title, sections)


def bars_title(unit: str) -> str:
    """Return what the bars are."""
    if unit == HECTARES:
        return translate("Area of each class")
    return translate("Parts of the image") if unit == PERCENT else translate("Polygons of each class")


def value_text(bar: Bar, unit: str) -> str:
    """Return the number that stands beside a bar; empty where the share says it all."""
    if unit == HECTARES:
        return (
            translate("{:,.1f} ha").format(bar.value) if bar.value >= 0.1 else translate("{:.3g} ha").format(bar.value)
        )
    return "" if unit == PERCENT else f"{bar.value:,.0f}"


def share_text(bar: Bar) -> str:
    """Return the share of a bar."""
    return f"{bar.share:.1%}" if bar.share >= 0.001 or not bar.share else "< 0.1%"


def _bars(summary: Summary) -> str:
    most = max(bar.share for bar in summary.bars) if summary.unit != PERCENT else 1.0
    rows = [
        [
            f"{chip(bar.color) if bar.color else ''}{escape(bar.name)}",
            value_text(bar, summary.unit),
            escape(share_text(bar)),
            _BAR.format(width=bar.share / most if most else 0.0, color=escape(bar.color or _NO_COLOR)),
        ]
        for bar in summary.bars
    ]
    return table([escape(word) for word in ("", summary.unit if summary.unit != PERCENT else "", "%", "")], rows)


def _matrix(matrix: Matrix) -> str:
    head = [escape(translate("from \\ to")), *map(escape, matrix.after)]
    rows = [
        [escape(name), *("–" if cell is None or cell == 0 else f"{cell:,.2f}" for cell in cells)]
        for name, cells in zip(matrix.before, matrix.cells_ha)
    ]
    return table(head, rows)
