"""End-to-end tests call the real ``qgis_process``, in a fresh profile."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_headless() -> ModuleType:
    """Load ``tools/headless.py``, which the demonstration uses too."""
    name = "geonnx_tools_headless"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / "headless.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def headless() -> ModuleType:
    """Return the module with ``HeadlessQgis`` and ``Outcome``."""
    return load_headless()


@pytest.fixture(scope="session")
def site_packages() -> Path:
    """Return the folder of the environment's packages (onnxruntime, onnx)."""
    return Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="session")
def qgis_process(headless, site_packages, tmp_path_factory):
    """Return a runner: ``qgis_process("geonnx:segment", INPUT=…) -> Outcome(code, json, stdout, stderr)``.

    ``Outcome.results`` is the algorithm's own dictionary; ``qgis_process.call("list")`` calls with words as they are.
    """
    return headless.HeadlessQgis(tmp_path_factory.mktemp("qgis"), site_packages)
