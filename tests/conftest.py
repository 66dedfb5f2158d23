"""What every test shares: the package under its installed name, and the example data beside the clone."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "geonnx"


def load_package() -> ModuleType:
    """Load the repository root as the package ``geonnx``, whatever the clone's folder is called.

    The root itself must stay off ``sys.path``: its ``processing`` folder would shadow QGIS's own package.
    """
    if PACKAGE in sys.modules:
        return sys.modules[PACKAGE]
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    if spec is None or spec.loader is None:
        raise ImportError(f"No package found in {ROOT}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return module


def load_test_module(name: str) -> ModuleType:
    """Load ``tests/<name>.py`` (for instance ``scenes``) without putting the tests on ``sys.path``."""
    full_name = f"geonnx_tests_{name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    spec = importlib.util.spec_from_file_location(full_name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"No test module {name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    spec.loader.exec_module(module)
    return module


def find_shared_data() -> Path | None:
    """Return the folder of example data: ``GEONNX_SHARED_DATA``, else ``../shared/data``; None where neither exists."""
    named = os.environ.get("GEONNX_SHARED_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


load_package()


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the repository root, which is the plugin's folder."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def _no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep graphs that tests make out of the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEONNX_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of shared example data, or skip the test where there is none."""
    folder = find_shared_data()
    if folder is None:
        pytest.skip("no shared example data: set GEONNX_SHARED_DATA or place it in ../shared/data beside the clone")
    return folder


@pytest.fixture(scope="session")
def scenes() -> ModuleType:
    """Return the maker of synthetic scenes, ``tests/scenes.py``."""
    return load_test_module("scenes")
