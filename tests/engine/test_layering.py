"""The rule of the layers, read from the imports: plugin → ui → processing → models, never back."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("models", "processing", "ui", "plugin")  # each may import itself and those before it
ENGINE_MAY_IMPORT = {"numpy", "osgeo", "requests", "geopandas", "onnx", "onnxruntime"}
FOR_CLUSTERS = {"dask", "distributed"}
SHIPPED = sorted(
    [ROOT / "__init__.py", ROOT / "plugin.py", *(p for name in LAYERS[:3] for p in (ROOT / name).rglob("*.py"))]
)
WINDOW_MODULES = ("qgis.gui", "qgis.utils", "qgis.PyQt.QtWidgets")


class Import(NamedTuple):
    """One imported module, absolute as in ``osgeo.gdal`` or of the package as in ``.models.run``."""

    module: str
    line: int
    lazy: bool


def imports_of(path: Path) -> Iterator[Import]:
    """Yield every import of a file; relative ones are resolved against the package's root."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    lazy_nodes = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)) or is_type_checking(outer)
        for inner in ast.walk(outer)
    }
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree):
        lazy = id(node) in lazy_nodes
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, lazy)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(resolve(node, alias.name, package), node.lineno, lazy)


def is_type_checking(node: ast.AST) -> bool:
    """Tell whether a node is ``if TYPE_CHECKING:``, whose imports never run."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def resolve(node: ast.ImportFrom, name: str, package: tuple[str, ...]) -> str:
    """Return the full name that a ``from … import name`` reaches."""
    if node.level == 0:
        return f"{node.module}.{name}"
    assert node.level <= len(package) + 1, f"line {node.lineno} reaches outside the package"
    above = package[: len(package) - node.level + 1]
    return "." + ".".join([*above, *([node.module] if node.module else []), name])


def layer_of(path: Path) -> str:
    """Return the layer that a file belongs to."""
    first = path.relative_to(ROOT).parts[0]
    return "plugin" if first in {"__init__.py", "plugin.py"} else first


def faults(path: Path, is_fault) -> list[str]:
    """Return the imports of a file that break a rule, as readable lines."""
    return [
        f"{path.relative_to(ROOT)}:{found.line} imports {found.module}" for found in imports_of(path) if is_fault(found)
    ]


def file_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_file = pytest.mark.parametrize("path", SHIPPED, ids=file_id)


@every_file
def test_no_layer_imports_one_above_it(path):
    layer = layer_of(path)
    above = LAYERS[LAYERS.index(layer) + 1 :]
    assert not faults(path, lambda found: found.module.startswith(".") and found.module[1:].split(".")[0] in above)


@every_file
def test_imports_inside_the_package_are_relative(path):
    own = {"geonnx", "models", "ui", "plugin"}
    assert not faults(path, lambda found: found.module.split(".")[0] in own)


@every_file
def test_qt_is_imported_through_qgis_only(path):
    assert not faults(path, lambda found: found.module.split(".")[0] in {"PyQt5", "PyQt6", "PySide2", "PySide6", "sip"})


@every_file
def test_windows_stay_in_ui(path):
    if layer_of(path) in {"ui", "plugin"}:
        return
    assert not faults(path, lambda found: f"{found.module}.".startswith(tuple(f"{name}." for name in WINDOW_MODULES)))


@every_file
def test_onnxruntime_is_imported_in_the_runtime_only_and_lazily(path):
    in_runtime = path.parent == ROOT / "models" / "runtime"
    assert not faults(
        path,
        lambda found: found.module.split(".")[0] == "onnxruntime" and not (in_runtime and found.lazy),
    )


@pytest.mark.parametrize("path", [path for path in SHIPPED if layer_of(path) == "models"], ids=file_id)
def test_the_engine_knows_its_few_libraries_only(path):
    allowed = ENGINE_MAY_IMPORT | FOR_CLUSTERS | set(sys.stdlib_module_names) | {"__future__"}
    assert not faults(
        path, lambda found: not found.module.startswith(".") and found.module.split(".")[0] not in allowed
    )


@every_file
def test_clusters_are_optional(path):
    for_clusters = path.parent == ROOT / "models" / "cluster"
    assert not faults(
        path, lambda found: found.module.split(".")[0] in FOR_CLUSTERS and not (for_clusters and found.lazy)
    )


def test_the_root_imports_no_qgis_when_it_is_imported():
    assert not faults(ROOT / "__init__.py", lambda found: found.module.startswith((".", "qgis")) and not found.lazy)


def test_the_engine_loads_without_qgis_and_without_onnxruntime():
    code = (
        "import importlib, importlib.util, pkgutil, sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'qgis', 'PyQt5', 'PyQt6', 'onnxruntime', 'onnx', 'geopandas', 'dask',\n"
        "                                  'distributed'}:\n"
        "            raise ImportError(f'{name} is refused in this test')\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"spec = importlib.util.spec_from_file_location('geonnx', {str(ROOT / '__init__.py')!r},\n"
        f"    submodule_search_locations=[{str(ROOT)!r}])\n"
        "package = importlib.util.module_from_spec(spec)\n"
        "sys.modules['geonnx'] = package\n"
        "before = list(sys.path)\n"
        "spec.loader.exec_module(package)\n"
        "models = importlib.import_module('geonnx.models')\n"
        "for module in pkgutil.walk_packages(models.__path__, 'geonnx.models.'):\n"
        "    importlib.import_module(module.name)\n"
        "assert sys.path == before, 'importing the package changed sys.path'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
