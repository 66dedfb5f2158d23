"""The settings as windows read and write them: typed, checked, and in force at once."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ...models.catalog.entries import MODELS_VARIABLE
from ...models.catalog.index import INDEX_VARIABLE
from ...models.cluster.address import is_cluster, parse_address
from ...models.errors import DeviceError
from ...models.user_cache import CACHE_VARIABLE
from ...processing.base import translate
from ...processing.folders import use_profile_folder
from ...processing.user_settings import AUTO, MOST_THREADS, UserSettings, read_settings, write_settings

__all__ = ["AUTO", "MOST_THREADS", "UserSettings", "check", "check_folder", "overriding", "read", "write"]

_DEVICE = re.compile(r"[a-z]+(?::[a-z0-9.]+)?(?:,[a-z]+(?::[a-z0-9.]+)?)*")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://\S+")
_VARIABLES = {"models_folder": MODELS_VARIABLE, "cache_folder": CACHE_VARIABLE, "catalog_urls": INDEX_VARIABLE}


def read() -> UserSettings:
    """Return the settings of the profile; reads no file."""
    return read_settings()


def write(settings: UserSettings) -> None:
    """Keep the settings and use them from now on, also in algorithms that are loaded already."""
    write_settings(settings)
    use_profile_folder()


def overriding(name: str) -> str:
    """Return the environment variable that is set and wins over a setting; empty where none does."""
    variable = _VARIABLES.get(name, "")
    return variable if variable and os.environ.get(variable, "").strip() else ""


def check(settings: UserSettings) -> dict[str, str]:
    """Return what is wrong, as setting → sentence; looks at no file (see `check_folder`)."""
    found = {
        "models_folder": _check_path(settings.models_folder),
        "cache_folder": _check_path(settings.cache_folder),
        "device": _check_device(settings.device),
        "threads": ""
        if 0 <= settings.threads <= MOST_THREADS
        else translate("Expected 0 (all cores) to {}; found {}.").format(MOST_THREADS, settings.threads),
        "catalog_urls": next((text for text in map(_check_address, settings.catalog_urls) if text), ""),
    }
    return {name: problem for name, problem in found.items() if problem}


def check_folder(text: str) -> str:
    """Return why a folder can't be used, or nothing; looks at the disk, so call it in the background.

    A folder that does not exist is fine when it can be made.
    """
    if not text:
        return ""
    folder = Path(text).expanduser()
    if folder.exists() and not folder.is_dir():
        return translate("{} is a file; expected a folder.").format(text)
    above = folder
    while not above.exists() and above != above.parent:
        above = above.parent
    if not above.is_dir():
        return translate("{} can't be made: {} is no folder.").format(text, above)
    if not os.access(above, os.W_OK):
        return translate("Nothing may be written to {}; choose a folder of your own.").format(above)
    return ""


def _check_path(text: str) -> str:
    if not text or Path(text).expanduser().is_absolute():
        return ""
    return translate("'{}' is no full path of a folder, such as {}.").format(text, Path.home() / "geonnx")


def _check_device(text: str) -> str:
    if is_cluster(text):
        try:
            parse_address(text)
        except DeviceError as error:
            return str(error)
        return ""
    if _DEVICE.fullmatch(text.lower()):
        return ""
    return translate("The device is '{}'; expected a word such as auto, cpu, cuda or cuda:1.").format(text)


def _check_address(text: str) -> str:
    if _ADDRESS.fullmatch(text):
        scheme = text.split(":", 1)[0].lower()
        if scheme in ("http", "https"):
            return ""
        return translate("'{}' begins with {}; expected http, https or the path of a file.").format(text, scheme)
    if Path(text).expanduser().is_absolute():
        return ""
    return translate("'{}' is no catalogue; expected an http or https address, or the full path of a file.").format(
        text
    )
