"""The plugin under the name that it has when it is installed: its reader, writer and statistics serve training too."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
NAME = "geonnx"


def load_package() -> ModuleType:
    """Return the root of the repository as the package ``geonnx``, whatever the clone's folder is called.

    The root itself must stay off ``sys.path``: its ``processing`` folder would hide QGIS's own package.
    """
    if NAME in sys.modules:
        return sys.modules[NAME]
    spec = importlib.util.spec_from_file_location(NAME, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    if spec is None or spec.loader is None:
        raise ImportError(f"No package found in {ROOT}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)
    return module
