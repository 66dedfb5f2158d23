"""Where the plugin keeps what it is given."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsProcessingException

from ..models.catalog.entries import models_folder, set_models_folder
from .base import translate


def use_profile_folder() -> None:
    """Make ``geonnx/models`` in the user's profile the models folder, unless the environment names another."""
    set_models_folder(Path(QgsApplication.qgisSettingsDirPath()) / "geonnx" / "models")


def chosen_models_folder() -> Path:
    """Return the models folder; raise QgsProcessingException when there is none."""
    folder = models_folder()
    if folder is None:
        raise QgsProcessingException(translate("There is no models folder: set GEONNX_MODELS to one."))
    return folder
