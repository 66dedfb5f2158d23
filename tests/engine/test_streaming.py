"""No raster is ever held as a whole: every read names its window."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READS = {"ReadAsArray": 4, "ReadRaster": 4}
"""positional arguments that make a window: column, row, width, height"""
WINDOW_WORDS = {"xoff", "yoff", "win_xsize", "win_ysize", "buf_xsize"}
FORBIDDEN = {"LoadFile", "DatasetReadAsArray", "BandReadAsArray", "GetVirtualMemArray"}


def whole_reads(source: str) -> list[int]:
    """Return the lines on which pixels are read without a window."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, words = node.func.attr, {keyword.arg for keyword in node.keywords}
        if name in FORBIDDEN or (name in READS and len(node.args) < READS[name] and not words & WINDOW_WORDS):
            lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("layer", ["models", "processing", "ui"])
def test_every_read_names_its_window(layer: str) -> None:
    faults = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / layer).rglob("*.py")
        for line in whole_reads(path.read_text(encoding="utf-8"))
    }
    assert not faults


@pytest.mark.parametrize(
    ("code", "is_whole"),
    [
        ("band.ReadAsArray()", True),
        ("dataset.ReadAsArray(0, 0)", True),
        ("gdal_array.LoadFile(path)", True),
        ("band.ReadAsArray(x, y, width, height)", False),
        ("band.ReadAsArray(win_xsize=5, win_ysize=5)", False),
    ],
)
def test_the_rule_sees_what_it_should(code: str, is_whole: bool) -> None:
    assert bool(whole_reads(code)) == is_whole
