"""The model files that the user opened lately, remembered by QGIS's own settings."""

from __future__ import annotations

from pathlib import PurePath

from qgis.core import QgsSettings

_KEY = "geonnx/recent_models"
_FOLDER_KEY = "geonnx/last_model_folder"
_MOST = 8


def recent_models(task: str = "") -> list[str]:
    """Return the paths that were opened for a task, the latest first."""
    value = QgsSettings().value(_key(task), [])
    listed = [value] if isinstance(value, str) else list(value or [])
    return [path for path in listed if isinstance(path, str) and path][:_MOST]


def remember_model(path: str, task: str = "") -> None:
    """Put a path at the head of the list of a task."""
    others = [known for known in recent_models(task) if known != path]
    settings = QgsSettings()
    settings.setValue(_key(task), [path, *others][:_MOST])
    settings.setValue(_FOLDER_KEY, str(PurePath(path).parent))


def _key(task: str) -> str:
    return f"{_KEY}/{task or 'any'}"


def last_folder() -> str:
    """Return the folder of the file that was opened last; empty when there is none."""
    return str(QgsSettings().value(_FOLDER_KEY, "") or "")
