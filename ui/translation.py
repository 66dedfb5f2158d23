"""Our texts in the user's language: installs the translation that fits the locale of QGIS."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

FOLDER = Path(__file__).parent / "i18n"


def install_translator(locale: str = "") -> QTranslator | None:
    """Install the translation for a locale (empty: that of QGIS), and return it; None where there is none.

    Keep what it returns as long as the plugin is loaded, and hand it to :func:`remove_translator` afterwards. Install
    it before the algorithms are made: they take their texts then. It needs no window.
    """
    locale = locale or _locale_of_qgis()
    for name in dict.fromkeys((locale, locale.replace("-", "_").split("_")[0])):
        translator = QTranslator()
        if translator.load(f"geonnx_{name}", str(FOLDER)):
            QCoreApplication.installTranslator(translator)
            return translator
    return None


def remove_translator(translator: QTranslator | None) -> None:
    """Take a translation out again; None is fine."""
    if translator is not None:
        QCoreApplication.removeTranslator(translator)


def _locale_of_qgis() -> str:
    """Return the locale that the user chose for QGIS, else the system's: ``de``, ``pt_BR`` …."""
    app = QgsApplication.instance()
    named = app.locale() if hasattr(app, "locale") else ""
    return named or QLocale().name()
