"""GeONNX: ONNX models as Processing algorithms of QGIS.

Importing this package needs no QGIS, so that ``geonnx.models`` works on machines without it; it only puts the folder
that ``GEONNX_SITE_PACKAGES`` names behind all others on ``sys.path``. QGIS calls :func:`classFactory`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def classFactory(iface: Any) -> Any:  # noqa: N802 (the name that QGIS calls)
    """Make the plugin; ``iface`` is None where there is no window (``qgis_process``)."""
    add_dependency_folder()
    from .plugin import GeonnxPlugin  # noqa: PLC0415 (needs QGIS, and the dependency folder)

    return GeonnxPlugin(iface)


def add_dependency_folder() -> None:
    """Put the folder of extra packages (onnxruntime, onnx) on ``sys.path``, behind the packages of QGIS."""
    _append(dependency_folder())


def _append(folder: Path | None) -> None:
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))


def dependency_folder() -> Path | None:
    """Return ``GEONNX_SITE_PACKAGES``, else what is installed in the QGIS profile; None where there is none."""
    named = _named_folder()
    if named is not None:
        return named
    from qgis.core import QgsApplication  # noqa: PLC0415 (only inside QGIS)

    from .processing.site_packages import folder_in_use  # noqa: PLC0415 (not needed where no QGIS is)

    return folder_in_use(Path(QgsApplication.qgisSettingsDirPath()) / "geonnx")


def _named_folder() -> Path | None:
    named = os.environ.get("GEONNX_SITE_PACKAGES")
    return Path(named) if named else None


_append(_named_folder())
