"""The picture maker: what it calls cut off, and what not; how pictures are named; the themes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from .conftest import settle

FOLDER = Path(__file__).resolve().parents[2] / "tools" / "screenshots"
LONG = "a text that is much too long for the little place which it is given here"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"screenshots_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def window_with(widget: QWidget, width: int = 120) -> QWidget:
    """Return a window in which a widget has so many pixels."""
    window = QWidget()
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    widget.setMinimumWidth(1)
    window.setFixedWidth(width)
    return window


def combo(text: str, tip: str = "") -> QComboBox:
    made = QComboBox()
    made.addItem(text)
    made.setToolTip(tip)
    return made


def wrapped(text: str) -> QLabel:
    made = QLabel(text)
    made.setWordWrap(True)
    return made


def table(text: str, tip: str = "") -> QTableWidget:
    made = QTableWidget(1, 1)
    made.setItem(0, 0, QTableWidgetItem(text))
    made.item(0, 0).setToolTip(tip)
    made.setHorizontalHeaderLabels(["x"])
    made.setColumnWidth(0, 60)
    return made


def tool_button(text: str, style: Qt.ToolButtonStyle) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setToolButtonStyle(style)
    return made


def scrolling() -> QScrollArea:
    made = QScrollArea()
    inner = QLabel(LONG)
    made.setWidget(inner)
    return made


def clipping() -> QScrollArea:
    made = scrolling()
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: QLabel(LONG), "of width, has"),
        (lambda: QPushButton(LONG), "of width, has"),
        (lambda: QCheckBox(LONG), "of width, has"),
        (lambda: combo(LONG), "for its text, has"),
        (lambda: tool_button(LONG, Qt.ToolButtonStyle.ToolButtonTextOnly), "of width, has"),
        (lambda: table(LONG), "has no tooltip"),
        (scrolling, "scrolls sideways"),
        (clipping, "without a way to get there"),
    ],
)
def test_what_is_cut_off_is_found(qgis_app, show, make, expected):
    window = show(window_with(make()))
    assert any(expected in line for line in load("cut_off").find_cut_off(window))


@pytest.mark.parametrize(
    "make",
    [
        lambda: QLabel("short"),
        lambda: wrapped(LONG),
        lambda: QPushButton("short"),
        lambda: combo("short"),
        lambda: combo(LONG, tip=LONG),
        lambda: tool_button(LONG, Qt.ToolButtonStyle.ToolButtonIconOnly),
        lambda: table(LONG, tip=LONG),
        lambda: QPlainTextEdit(LONG),
    ],
)
def test_what_can_be_read_is_not_complained_of(qgis_app, show, make):
    window = show(window_with(make()))
    assert load("cut_off").find_cut_off(window) == []


def test_what_sticks_out_of_the_window_is_found(qgis_app, show):
    window = QWidget()
    window.setFixedSize(100, 50)
    button = QPushButton("ok", window)
    button.move(90, 10)
    show(window)
    assert any("sticks out" in line for line in load("cut_off").find_cut_off(window))
    button.hide()
    settle()
    assert load("cut_off").find_cut_off(window) == []


def test_names_of_pictures():
    run = load("run")
    assert run.picture_name("panel", "segment", run.Look()) == "panel-segment.png"
    look = run.Look("dark", 2, "de")
    assert run.picture_name("panel", "panel_narrow_page", look) == "panel-narrow-page-dark-2x-de.png"
    assert "run" not in run.areas()
    assert "panel" in run.areas()


def test_pictures_that_the_pages_show_are_there():
    run = load("run")
    assert [name for name in sorted(run.shown_pictures()) if not (run.IMAGES / name).is_file()] == []


def test_pictures_in_the_repository_are_few_and_shown_somewhere():
    run = load("run")
    kept = list(run.IMAGES.glob("*"))
    assert {path.name for path in kept} <= run.shown_pictures()
    assert sum(path.stat().st_size for path in kept) < 3_000_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes_have_texts_that_can_be_read(qgis_app, theme):
    themes = load("themes").THEMES
    assert set(themes["light"]) == set(themes["dark"])
    assert all(hasattr(QPalette.ColorRole, role) for role in themes[theme])
