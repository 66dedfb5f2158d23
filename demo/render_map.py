#!/usr/bin/python3
"""Draw a map of a class raster with QGIS itself: true colour below, classes over it, legend, scale bar.

The classes are drawn as QGIS opens the file, with the style that the file brings along; nothing is styled here but
the transparency. Run it with the Python of QGIS; no display is needed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from layers import class_layer, confidence_layer, legend_entries, outline_layer, scene_layer
from page import (
    FAINT,
    PANEL,
    PAPER,
    draw_framed,
    draw_legend,
    draw_scale_bar,
    draw_small_map,
    ground_width,
    render,
    write,
)
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QPointF, QRectF, QSize
from qgis.PyQt.QtGui import QImage, QPainter

WIDTH, MARGIN = 1600, 32
TITLE_HEIGHT, FOOTER_LINE = 96, 24


def compose(arguments: argparse.Namespace) -> QImage:
    """Put the page together."""
    scene = scene_layer(arguments.scene)
    classes = class_layer(arguments.classes, arguments.opacity)
    outlines = outline_layer(arguments.polygons) if arguments.polygons else None
    entries = legend_entries(arguments.classes)
    extent = classes.extent()
    ratio = extent.height() / extent.width()
    map_width = WIDTH - PANEL - 3 * MARGIN
    map_size = QSize(map_width, int(np.clip(round(map_width * ratio), 0.35 * map_width, 1.5 * map_width)))
    small = QSize(PANEL, max(1, round(PANEL * map_size.height() / map_size.width())))

    panel_height = 36 + 31 * len(entries) + 2 * (small.height() + 52)
    body = max(map_size.height(), panel_height)
    height = TITLE_HEIGHT + body + MARGIN + FOOTER_LINE * len(arguments.note) + MARGIN // 2 * bool(arguments.note)
    page = QImage(WIDTH, height, QImage.Format.Format_RGB32)
    page.fill(PAPER)
    painter = QPainter(page)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    write(painter, QRectF(MARGIN, 20, WIDTH - 2 * MARGIN, 38), arguments.title, 29, bold=True)
    write(painter, QRectF(MARGIN, 56, WIDTH - 2 * MARGIN, 28), arguments.subtitle, 16, FAINT)

    layers = [layer for layer in (outlines, classes, scene) if layer is not None]
    draw_framed(painter, render(layers, extent, map_size), MARGIN, TITLE_HEIGHT)
    bottom = TITLE_HEIGHT + map_size.height() - 14
    draw_scale_bar(painter, ground_width(scene, extent), map_width, MARGIN + 14, bottom)

    left = float(2 * MARGIN + map_width)
    top = draw_legend(painter, entries, left, TITLE_HEIGHT - 4, arguments.opacity) + 22
    top = draw_small_map(painter, "The scene itself", scene, extent, small, QPointF(left, top)) + 22
    if arguments.confidence:
        confidence = confidence_layer(arguments.confidence)
        draw_small_map(painter, "Confidence (bright: certain)", confidence, extent, small, QPointF(left, top))

    for number, line in enumerate(arguments.note):
        y = TITLE_HEIGHT + body + MARGIN / 2 + FOOTER_LINE * number
        write(painter, QRectF(MARGIN, y, WIDTH - 2 * MARGIN, FOOTER_LINE), line, 14, FAINT)
    painter.end()
    return page


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Draw a map of a class raster with QGIS.")
    parser.add_argument("scene", type=Path, help="the raster that was segmented")
    parser.add_argument("classes", type=Path, help="the class raster")
    parser.add_argument("output", type=Path, help="the PNG to write")
    parser.add_argument("--polygons", type=Path, help="the classes as polygons, drawn as outlines")
    parser.add_argument("--confidence", type=Path, help="the confidence raster, drawn beside")
    parser.add_argument("--title", default="GeONNX")
    parser.add_argument("--subtitle", default="")
    parser.add_argument("--note", action="append", default=[], help="a line at the foot; may be repeated")
    parser.add_argument("--opacity", type=float, default=0.55, help="of the classes, 0 to 1")
    return parser.parse_args(words)


def main() -> None:
    """Run from the command line."""
    arguments = parse()
    application = QgsApplication([], True)
    application.initQgis()
    page = compose(arguments)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    if not page.save(str(arguments.output)):
        sys.exit(f"{arguments.output} can't be written")
    print(f"{arguments.output} ({page.width()} x {page.height()} px)")
    # QGIS 3.22 may crash while Python takes its objects apart; everything is written by now
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
