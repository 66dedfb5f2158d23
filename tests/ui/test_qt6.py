"""What would keep the windows from loading with Qt 6 (QGIS 4), told from the source."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([ROOT / "plugin.py", *(ROOT / "ui").rglob("*.py"), *(ROOT / "processing").rglob("*.py")])
# in QtGui since Qt 6; QAction is not among them: qgis.PyQt has it in both places
MOVED = {"QShortcut", "QActionGroup", "QUndoStack", "QUndoCommand", "QUndoGroup"}
GONE = {"QDesktopWidget", "QRegExp", "QStringRef", "QTextCodec"}


def faults(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    classes = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("PyQt5", "PyQt6", "PySide")):
            yield f"{node.lineno}: imports {node.module}; take qgis.PyQt"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt."):
            module = importlib.import_module(node.module)
            for name in node.names:
                classes[name.asname or name.name] = getattr(module, name.name)
                if name.name in GONE or (name.name in MOVED and node.module.endswith("QtWidgets")):
                    yield f"{node.lineno}: {name.name} is not in {node.module} any more"
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr == "exec_":
            yield f"{node.lineno}: exec_() is gone; exec()"
        owner = classes.get(node.value.id) if isinstance(node.value, ast.Name) else None
        value = getattr(owner, node.attr, None)
        if node.attr[0].isupper() and value is not None and not isinstance(value, type) and not callable(value):
            yield f"{node.lineno}: {node.value.id}.{node.attr} has to name its enum as well"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_of_qt_5_only_is_used(path):
    assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "from qgis.PyQt.QtCore import Qt\nflag = Qt.AlignLeft\n",
        "from qgis.PyQt.QtWidgets import QDialog\ndone = QDialog.Accepted\n",
        "from PyQt5.QtCore import Qt\n",
        "from qgis.PyQt.QtWidgets import QShortcut\n",
        "dialog.exec_()\n",
    ],
)
def test_what_is_looked_for_is_found(source):
    assert len(list(faults(source))) == 1


def test_scoped_enums_are_fine():
    source = "from qgis.PyQt.QtCore import Qt, QSize\nflag = Qt.AlignmentFlag.AlignLeft\nkind = Qt.AlignmentFlag\n"
    assert list(faults(source)) == []
