"""Where the plugin keeps what it is given, and what it takes where nothing is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qgis.core import QgsApplication, QgsProcessingException

from ..models.catalog.entries import models_folder, set_models_folder
from ..models.catalog.index import set_default_index
from ..models.settings import RunSettings
from ..models.user_cache import set_user_cache
from .base import translate
from .user_settings import AUTO, read_settings


def profile_folder() -> Path:
    """Return our own folder in the user's profile; it need not exist."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "geonnx"


def use_profile_folder() -> None:
    """Use the folders and the catalogue that the user has set, else ``geonnx/models`` in the profile.

    Environment variables win over both.
    """
    settings = read_settings()
    chosen = settings.models_folder
    set_models_folder(Path(chosen).expanduser() if chosen else profile_folder() / "models")
    set_user_cache(Path(settings.cache_folder).expanduser() if settings.cache_folder else None)
    set_default_index(settings.catalog_urls[0] if settings.catalog_urls else "")


def use_user_defaults(settings: RunSettings) -> tuple[RunSettings, str]:
    """Return a run's settings with the user's device and threads where none are named, and a sentence on the device.

    The sentence is empty where the device is the one that the algorithm was given.
    """
    user = read_settings()
    said = ""
    if user.threads and not settings.options.threads:
        settings = replace(settings, options=replace(settings.options, threads=user.threads))
    if user.device != AUTO and settings.device.strip().lower() in ("", AUTO):
        settings = replace(settings, device=user.device)
        said = translate("Device: {}, the default of Settings ▸ Options ▸ GeONNX.").format(user.device)
    return settings, said


def chosen_models_folder() -> Path:
    """Return the models folder; raise QgsProcessingException when there is none."""
    folder = models_folder()
    if folder is None:
        raise QgsProcessingException(translate("There is no models folder: set GEONNX_MODELS to one."))
    return folder
