"""What the user has set in *Settings ▸ Options ▸ GeONNX*; it lies in the profile, so ``qgis_process`` reads it too.

Environment variables win over folders and catalogues, and what an algorithm is told wins over all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qgis.core import QgsSettings

AUTO = "auto"
MOST_THREADS = 1024
_PREFIX = "geonnx/"


@dataclass(frozen=True)
class UserSettings:
    """The settings of a profile; the defaults say that nothing was set."""

    models_folder: str = ""
    """empty: ``geonnx/models`` in the profile"""
    cache_folder: str = ""
    """empty: the cache folder that the system has for the user"""
    device: str = AUTO
    """taken where an algorithm is given ``auto`` or nothing"""
    threads: int = 0
    """CPU threads, taken where an algorithm is given none; 0: all cores"""
    catalog_urls: tuple[str, ...] = ()
    """addresses or paths of catalogues; the first is the default one"""


def read_settings() -> UserSettings:
    """Return the user's settings; a value that makes no sense counts as not set."""
    return UserSettings(
        models_folder=_text("models_folder"),
        cache_folder=_text("cache_folder"),
        device=_text("device") or AUTO,
        threads=_threads(_value("threads")),
        catalog_urls=_texts(_value("catalog_urls")),
    )


def write_settings(settings: UserSettings) -> None:
    """Keep the settings in the profile; what is as it is by default is taken out of it."""
    defaults = UserSettings()
    store = QgsSettings()
    for name in ("models_folder", "cache_folder", "device", "threads", "catalog_urls"):
        value = getattr(settings, name)
        if value == getattr(defaults, name):
            store.remove(_PREFIX + name)
        else:
            store.setValue(_PREFIX + name, list(value) if isinstance(value, tuple) else value)


def _value(name: str) -> Any:
    return QgsSettings().value(_PREFIX + name)


def _text(name: str) -> str:
    value = _value(name)
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    # a list of one comes back as text
    listed = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    texts = (item.strip() for item in listed if isinstance(item, str))
    return tuple(dict.fromkeys(text for text in texts if text))


def _threads(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        return 0
    return number if 0 < number <= MOST_THREADS else 0
