"""The page "GeONNX" in *Settings ▸ Options*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsApplication
from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import (
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ...models.user_cache import user_cache
from ...processing.base import translate
from ...processing.folders import profile_folder
from ..background import Reader
from ..devices.picker import DevicePicker
from ..help import open_help
from ..icon import icon
from ..library.colors import problem_color, quiet_color
from . import store

_CATALOG_LINES = 3
_FOLDERS = ("models_folder", "cache_folder")


class SettingsForm(QWidget):
    """The fields; `settings` is what they say, `problems` what is wrong with it."""

    def __init__(self, parent: QWidget | None = None, install: Callable[[], None] | None = None) -> None:
        """Make the fields; *install* opens the window that installs components."""
        super().__init__(parent)
        self._readers = {name: Reader(self) for name in _FOLDERS}
        self._disk_problems: dict[str, str] = {}
        self._notes: dict[str, QLabel] = {}
        self.models_folder = _folder_field(
            translate("Where downloaded models and your own lie; every model in it can be chosen by its name")
        )
        self.cache_folder = _folder_field(
            translate("For what can be made again, such as networks that were compiled for a device")
        )
        self.device = DevicePicker(self, for_settings=True)
        self.device.setToolTip(translate("Taken by every run whose device is left at 'Automatic'"))
        self.threads = QSpinBox(self)
        self.threads.setRange(0, store.MOST_THREADS)
        self.threads.setSpecialValueText(translate("All cores"))
        self.threads.setToolTip(translate("Processor cores that a run uses; fewer leave room for other work"))
        self.catalogs = QPlainTextEdit(self)
        self.catalogs.setTabChangesFocus(True)
        self.catalogs.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.catalogs.setPlaceholderText("https://example.org/models/catalog.json")
        self.catalogs.setToolTip(
            translate("Addresses or files of catalogues of models, one a line; algorithms take the first")
        )
        self.install = QPushButton(translate("Install components…"), self)
        self.install.setToolTip(translate("Install, change or undo the packages that run models"))
        self.install.setVisible(install is not None)
        if install is not None:
            self.install.clicked.connect(lambda _checked: install())
        self.help = QPushButton(translate("Help"), self)
        self.help.setIcon(QgsApplication.getThemeIcon("/mActionHelpContents.svg"))
        self.help.setToolTip(translate("What these settings do"))
        self.help.clicked.connect(lambda _checked: open_help("install"))
        self._arrange()
        self._connect()

    def settings(self) -> store.UserSettings:
        """Return what the fields say."""
        lines = (line.strip() for line in self.catalogs.toPlainText().splitlines())
        return store.UserSettings(
            models_folder=self.models_folder.filePath().strip(),
            cache_folder=self.cache_folder.filePath().strip(),
            device=self.device.device(),
            threads=self.threads.value(),
            catalog_urls=tuple(dict.fromkeys(line for line in lines if line)),
        )

    def setSettings(self, settings: store.UserSettings) -> None:
        """Fill the fields."""
        self.models_folder.setFilePath(settings.models_folder)
        self.cache_folder.setFilePath(settings.cache_folder)
        self.device.setDevice(settings.device)
        self.threads.setValue(settings.threads)
        self.catalogs.setPlainText("\n".join(settings.catalog_urls))
        self._check()

    def problems(self) -> dict[str, str]:
        """Return what is wrong, as setting → sentence."""
        return {**{name: text for name, text in self._disk_problems.items() if text}, **store.check(self.settings())}

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        for title, rows in (
            (translate("Folders"), self._folder_rows()),
            (translate("Computing"), self._computing_rows()),
            (translate("Catalogues"), [(translate("&Catalogues of models"), self.catalogs, "catalog_urls")]),
        ):
            box = QGroupBox(title, self)
            form = QFormLayout(box)
            form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
            form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            for text, field, name in rows:
                label = QLabel(text, box)
                label.setBuddy(field)
                label.setToolTip(field.toolTip())
                form.addRow(label, field)
                form.addRow("", self._note(name))
            layout.addWidget(box)
        buttons = QHBoxLayout()
        buttons.addWidget(self.install)
        buttons.addWidget(self.help)
        buttons.addStretch(1)
        layout.addLayout(buttons)
        layout.addStretch(1)
        self.catalogs.setFixedHeight(self.fontMetrics().lineSpacing() * (_CATALOG_LINES + 2))

    def _folder_rows(self) -> list[tuple[str, QWidget, str]]:
        return [
            (translate("&Models folder"), self.models_folder, "models_folder"),
            (translate("C&ache folder"), self.cache_folder, "cache_folder"),
        ]

    def _computing_rows(self) -> list[tuple[str, QWidget, str]]:
        return [
            (translate("Default &device"), self.device, "device"),
            (translate("&Processor cores"), self.threads, "threads"),
        ]

    def _note(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setWordWrap(True)
        label.setVisible(False)
        self._notes[name] = label
        return label

    def _connect(self) -> None:
        self.models_folder.fileChanged.connect(lambda _path: self._folder_changed("models_folder"))
        self.cache_folder.fileChanged.connect(lambda _path: self._folder_changed("cache_folder"))
        self.device.deviceChanged.connect(lambda _device: self._check())
        self.catalogs.textChanged.connect(self._check)
        _set_placeholder(self.models_folder, str(profile_folder() / "models"))
        _set_placeholder(self.cache_folder, str(user_cache()))

    def _folder_changed(self, name: str) -> None:
        text = getattr(self, name).filePath().strip()
        self._disk_problems.pop(name, None)

        def done(problem: str) -> None:
            self._disk_problems[name] = problem
            self._check()

        self._readers[name].ask(lambda: store.check_folder(text), done, done)
        self._check()

    def _check(self) -> None:
        found = self.problems()
        for name, label in self._notes.items():
            problem, variable = found.get(name, ""), store.overriding(name)
            text = problem or (
                translate("The environment variable {} is set and wins.").format(variable) if variable else ""
            )
            palette = QPalette(self.palette())
            color = problem_color(palette) if problem else quiet_color(palette)
            palette.setColor(QPalette.ColorRole.WindowText, color)
            label.setPalette(palette)
            label.setText(text)
            label.setVisible(bool(text))


class SettingsPage(QgsOptionsPageWidget):
    """The form inside QGIS's options."""

    def __init__(self, parent: QWidget | None = None, install: Callable[[], None] | None = None) -> None:
        super().__init__(parent)
        self.form = SettingsForm(self, install)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.form.setSettings(store.read())

    def helpKey(self) -> str:
        """Return the page of QGIS's own manual: none, ours has a button in the menu."""
        return ""

    def isValid(self) -> bool:
        """Tell QGIS whether the options may be closed."""
        return not self.form.problems()

    def apply(self) -> None:
        """Keep what is right; a setting that makes no sense stays as it was."""
        given, kept = self.form.settings(), store.read()
        wrong = self.form.problems()
        names = ("models_folder", "cache_folder", "device", "threads", "catalog_urls")
        values: dict[str, Any] = {name: getattr(kept if name in wrong else given, name) for name in names}
        store.write(store.UserSettings(**values))


class SettingsFactory(QgsOptionsWidgetFactory):
    """Makes the page when the options are opened. Keep a reference while it is registered."""

    def __init__(self, install: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._install = install
        self.setTitle("GeONNX")
        self.setIcon(icon("geonnx"))

    def createWidget(self, parent: QWidget | None = None) -> SettingsPage:
        """Return a fresh page."""
        return SettingsPage(parent, self._install)


def _folder_field(tooltip: str) -> QgsFileWidget:
    field = QgsFileWidget()
    field.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
    field.setToolTip(tooltip)
    if field.lineEdit() is not None:
        field.lineEdit().setToolTip(tooltip)
        field.setFocusProxy(field.lineEdit())
    return field


def _set_placeholder(field: QgsFileWidget, text: str) -> None:
    if field.lineEdit() is not None:
        field.lineEdit().setPlaceholderText(text)
