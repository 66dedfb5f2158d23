#!/usr/bin/python3
"""Draw several maps side by side on one page, and each on a page of its own, with QGIS itself.

What to draw comes as a JSON file: ``{"output", "title", "subtitle", "notes", "panels": [{"heading", "text", "file",
"layers": [{"kind", "path", "opacity"}], "like", "legend_kind", "legend_path", "note"}]}``; layers from top to bottom.
Run it with the Python of QGIS; no display is needed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from layers import LegendEntry, chip_entries, chip_layer, class_layer, legend_entries, outline_layer, scene_layer
from page import FAINT, PAPER, draw_framed, draw_legend_line, draw_scale_bar, ground_width, render, write
from qgis.core import QgsApplication, QgsMapLayer, QgsRectangle
from qgis.PyQt.QtCore import QRectF, QSize
from qgis.PyQt.QtGui import QImage, QPainter

COLUMNS, MARGIN = 3, 36
MAP_WIDTH, SINGLE_WIDTH = 760, 1536
TITLE_HEIGHT, HEADING_HEIGHT, LINE = 104, 62, 27
LEGEND_ROWS, LEGEND_COLUMNS = 5, 2  # a note takes the place of the last row
FOOTER_LINE = 24


@dataclass(frozen=True)
class Panel:
    """One map with its heading and legend."""

    heading: str
    text: str
    layers: list[dict[str, Any]]
    like: str | None = None
    """the scene whose brightness all scenes are drawn with"""
    legend_kind: str | None = None
    legend_path: str | None = None
    file: str | None = None
    """the PNG of this map alone"""
    note: list[str] = field(default_factory=list)
    """lines in place of a legend"""

    def open_layers(self) -> list[QgsMapLayer]:
        """Open all layers, the top one first."""
        openers: dict[str, Callable[[Path, float], QgsMapLayer | None]] = {
            "scene": lambda path, _opacity: scene_layer(path, Path(self.like) if self.like else None),
            "classes": class_layer,
            "chips": chip_layer,
            "outlines": lambda path, _opacity: outline_layer(path),
        }
        opened = [openers[item["kind"]](Path(item["path"]), item.get("opacity", 1.0)) for item in self.layers]
        return [layer for layer in opened if layer is not None]

    def entries(self) -> list[LegendEntry]:
        """Return the legend: the largest classes that are drawn."""
        if self.legend_path is None:
            return []
        path, limit = Path(self.legend_path), (LEGEND_ROWS - len(self.note)) * LEGEND_COLUMNS
        found = chip_entries(path) if self.legend_kind == "chips" else legend_entries(path)
        shown = [entry for entry in found if entry.drawn and entry.share > 0]
        largest = sorted(shown, key=lambda entry: -entry.share)[:limit]
        return [entry for entry in shown if entry in largest]

    def opacity(self) -> float:
        """Return that of the classes."""
        return min((item["opacity"] for item in self.layers if "opacity" in item), default=1.0)


def draw_panel(painter: QPainter, panel: Panel, left: float, top: float, width: int) -> None:
    """Draw heading, map and legend of a panel; its height is that of `panel_height`."""
    write(painter, QRectF(left, top, width, 32), panel.heading, 22, bold=True)
    write(painter, QRectF(left, top + 31, width, 24), panel.text, 15, FAINT)
    layers = panel.open_layers()
    extent: QgsRectangle = layers[-1].extent()
    size = QSize(width, map_height(extent, width))
    y = top + HEADING_HEIGHT
    draw_framed(painter, render(layers, extent, size), left, y)
    draw_scale_bar(painter, ground_width(layers[-1], extent), width, left + 12, y + size.height() - 12)
    y += size.height() + 12
    entries, opacity = panel.entries(), panel.opacity()
    rows = -(-len(entries) // LEGEND_COLUMNS)
    step = (width + 28) / LEGEND_COLUMNS
    for number, entry in enumerate(entries):
        column, row = divmod(number, max(rows, 1))
        line = QRectF(left + column * step, y + row * LINE, step - 28, LINE - 2)
        draw_legend_line(painter, entry, line, opacity, f"{100 * entry.share:.1f} %")
    for number, text in enumerate(panel.note):
        write(painter, QRectF(left, y + (rows + number) * LINE, width, LINE - 2), text, 16, FAINT)


def map_height(extent: QgsRectangle, width: int) -> int:
    """Return the height in pixels of a map of some width."""
    return round(width * extent.height() / extent.width())


def panel_height(panel: Panel, width: int) -> int:
    """Return the height of a panel with room for a full legend."""
    return HEADING_HEIGHT + map_height(panel.open_layers()[-1].extent(), width) + 12 + LEGEND_ROWS * LINE


def start_page(width: int, height: int) -> tuple[QImage, QPainter]:
    """Return an empty page and what draws on it."""
    page = QImage(width, height, QImage.Format.Format_RGB32)
    page.fill(PAPER)
    painter = QPainter(page)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    return page, painter


def compose(title: str, subtitle: str, notes: Sequence[str], panels: Sequence[Panel]) -> QImage:
    """Put the page of all maps together."""
    rows = -(-len(panels) // COLUMNS)
    high = panel_height(panels[0], MAP_WIDTH)
    width = COLUMNS * MAP_WIDTH + (COLUMNS + 1) * MARGIN
    height = TITLE_HEIGHT + rows * (high + 18) + MARGIN // 2 + FOOTER_LINE * len(notes) + 12
    page, painter = start_page(width, height)
    write(painter, QRectF(MARGIN, 20, width - 2 * MARGIN, 42), title, 33, bold=True)
    write(painter, QRectF(MARGIN, 62, width - 2 * MARGIN, 26), subtitle, 17, FAINT)
    for number, panel in enumerate(panels):
        row, column = divmod(number, COLUMNS)
        draw_panel(painter, panel, MARGIN + column * (MAP_WIDTH + MARGIN), TITLE_HEIGHT + row * (high + 18), MAP_WIDTH)
    for number, line in enumerate(notes):
        y = height - 12 - FOOTER_LINE * (len(notes) - number)
        write(painter, QRectF(MARGIN, y, width - 2 * MARGIN, FOOTER_LINE), line, 15, FAINT)
    painter.end()
    return page


def draw_alone(panel: Panel) -> QImage:
    """Return a page with one map."""
    page, painter = start_page(SINGLE_WIDTH + 2 * MARGIN, panel_height(panel, SINGLE_WIDTH) + 2 * MARGIN)
    draw_panel(painter, panel, MARGIN, MARGIN, SINGLE_WIDTH)
    painter.end()
    return page


def save(page: QImage, path: Path) -> None:
    """Write a page as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not page.save(str(path)):
        sys.exit(f"{path} can't be written")
    print(f"{path} ({page.width()} x {page.height()} px)")


def main() -> None:
    """Run from the command line: the JSON file is the one argument."""
    wanted = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    application = QgsApplication([], True)
    application.initQgis()
    panels = [Panel(**item) for item in wanted["panels"]]
    save(compose(wanted["title"], wanted["subtitle"], wanted["notes"], panels), Path(wanted["output"]))
    for panel in panels:
        if panel.file:
            save(draw_alone(panel), Path(panel.file))
    # QGIS 3.22 may crash while Python takes its objects apart; everything is written by now
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
