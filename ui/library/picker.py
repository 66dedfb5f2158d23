"""Choosing a model by its name: from the library, or a file by browsing or dropping it."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QMimeData, Qt, pyqtSignal
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent, QShowEvent, QStandardItemModel
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QStyledItemDelegate, QToolButton, QWidget

from ...processing.base import translate
from ..background import Reader
from . import words
from .choices import file_row, fill_rows, model_row
from .elided_combo import ElidedCombo
from .facts import MODEL_SUFFIXES, Choices, ModelFacts, list_choices, read_facts, takes
from .recent import last_folder, recent_models, remember_model


class ModelPicker(QWidget):
    """A list of models, a button to browse for a file, and a button that leads to the manager.

    What is chosen is read in the background: `factsChanged` tells when it is known.
    """

    modelChanged = pyqtSignal(str)  # noqa: N815 (as Qt names signals)
    factsChanged = pyqtSignal(object)  # noqa: N815
    manageRequested = pyqtSignal()  # noqa: N815

    def __init__(
        self, task: str = "", parent: QWidget | None = None, *, optional: bool = False, with_manager: bool = True
    ) -> None:
        """Offer the models for *task*; all for an empty one. *optional*: a run without a model is a choice too."""
        super().__init__(parent)
        self._task = task
        self._none_text = translate("None") if optional else translate("Choose a model …")
        self._model = ""
        self._facts: ModelFacts | None = None
        self._problem = ""
        self._has_none = False
        self._lister = Reader(self)
        self._reader = Reader(self)
        self._build(with_manager)
        self.setAcceptDrops(True)
        fill_rows(self._rows, Choices((), ()), none_text=self._none_text, task=task)
        self.reload()

    def model(self) -> str:
        """Return what goes into MODEL: an id of the catalogue or a path; empty when nothing is chosen."""
        return self._model

    def setModel(self, text: str) -> None:
        """Choose a model by its id or its path, whether it is listed or not."""
        self._choose(str(text or "").strip())

    def facts(self) -> ModelFacts | None:
        """Return what is known of the chosen model; None while it is read, and when it can't be."""
        return self._facts

    def problem(self) -> str:
        """Return why the chosen model can't be used; empty when nothing is known against it."""
        return self._problem

    def isReading(self) -> bool:
        """Return True while the chosen model is read."""
        return bool(self._reader.is_busy)

    def reload(self) -> None:
        """Read the list of models, and the chosen one, anew."""
        self._read_list()
        if self._model:
            self._read()

    def hasNone(self) -> bool:
        """Return True when it is known that there is no model to choose."""
        return self._has_none

    def showEvent(self, event: QShowEvent | None) -> None:
        """Look at the list again: files may have been copied into the models folder meanwhile."""
        super().showEvent(event)
        if not self._lister.is_busy:
            self._read_list()

    def _read_list(self) -> None:
        self._lister.ask(partial(list_choices, self._task, recent_models(self._task)), self._list, self._list_nothing)

    def _build(self, with_manager: bool) -> None:
        self._rows = QStandardItemModel(self)
        self._combo = ElidedCombo(self)
        self._combo.setModel(self._rows)
        self._combo.setItemDelegate(QStyledItemDelegate(self._combo))  # menus would draw headings with a shadow
        self._combo.setAccessibleName(translate("Model"))
        self._combo.setToolTip(translate("The model to run. A model file can also be dropped here."))
        self._combo.activated.connect(self._activated)
        self._browse_button = _button("mActionFileOpen.svg", translate("Browse for a model file …"), self)
        self._browse_button.clicked.connect(self.browse)
        self._manage_button = _button("propertyicons/settings.svg", translate("Manage models …"), self)
        self._manage_button.clicked.connect(self.manageRequested)
        self._manage_button.setVisible(with_manager)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo, 1)
        layout.addWidget(self._browse_button)
        layout.addWidget(self._manage_button)
        self.setFocusProxy(self._combo)

    def combo(self) -> ElidedCombo:
        """Return the list itself: the buddy of a label, the widget that a test turns."""
        return self._combo

    def browse(self) -> None:
        """Let the user look for a model file."""
        patterns = " ".join(f"*{suffix}" for suffix in MODEL_SUFFIXES)
        path, _ = QFileDialog.getOpenFileName(
            self,
            translate("Choose a model file"),
            last_folder(),
            translate("Models ({})").format(patterns) + ";;" + translate("All files (*)"),
        )
        if path:
            self._take_file(path)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Accept one model file."""
        if event is not None and dropped_model(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Take the file."""
        path = dropped_model(event.mimeData()) if event is not None else ""
        if event is not None and path:
            event.acceptProposedAction()
            self._take_file(path)

    def _take_file(self, path: str) -> None:
        remember_model(path, self._task)
        self._choose(path)

    def _activated(self, index: int) -> None:
        self._choose(str(self._combo.itemData(index) or ""))

    def _choose(self, model: str) -> None:
        is_new = model != self._model
        self._model = model
        self._show_chosen()
        if not is_new:
            return
        self._facts, self._problem = None, ""
        self._reader.forget()
        self.modelChanged.emit(model)
        if model:
            self._read()
        self.factsChanged.emit(None)

    def _read(self) -> None:
        self._reader.ask(partial(read_facts, self._model), self._know, self._fail)

    def _know(self, facts: ModelFacts) -> None:
        self._facts = facts
        self._problem = "" if takes(self._task, facts.task) else _wrong_task(facts, self._task)
        self._name_chosen(facts)
        self.factsChanged.emit(facts)

    def _fail(self, problem: str) -> None:
        self._facts, self._problem = None, problem
        self.factsChanged.emit(None)

    def _list(self, choices: Choices) -> None:
        self._has_none = not choices.entries and not choices.files
        fill_rows(self._rows, choices, none_text=self._none_text, task=self._task)
        self._show_chosen()
        if self._facts is not None:
            self._name_chosen(self._facts)

    def _list_nothing(self, _problem: str) -> None:
        """Keep the list as it is: that folders can't be read does not keep a chosen file from being used."""

    def _show_chosen(self) -> None:
        index = self._combo.findData(self._model)
        if index < 0:
            is_path = PurePath(self._model).suffix.lower() in MODEL_SUFFIXES
            row = file_row(self._model) if is_path else model_row(self._model, self._model, "")
            self._rows.appendRow(row)
            index = self._rows.rowCount() - 1
        self._combo.setCurrentIndex(index)
        tip = self._combo.itemData(index, Qt.ItemDataRole.ToolTipRole)
        self._combo.setToolTip(tip or translate("The model to run. A model file can also be dropped here."))

    def _name_chosen(self, facts: ModelFacts) -> None:
        """Show the model's own name beside that of a file which is not in the library."""
        index = self._combo.findData(self._model)
        if index > 0 and not facts.id and facts.title not in self._combo.itemText(index):
            self._combo.setItemText(index, translate("{} ({})").format(facts.title, self._combo.itemText(index)))


def dropped_model(data: QMimeData | None) -> str:
    """Return the model file that is dragged; empty when it is something else or several files."""
    urls = data.urls() if data is not None and data.hasUrls() else []
    path = urls[0].toLocalFile() if len(urls) == 1 else ""
    return path if PurePath(path).suffix.lower() in MODEL_SUFFIXES else ""


def _wrong_task(facts: ModelFacts, task: str) -> str:
    return translate("{} is a model for another task: {}. Choose one for {}.").format(
        facts.title, words.task_name(facts.task), words.task_name(task)
    )


def _button(icon: str, text: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setIcon(QgsApplication.getThemeIcon(f"/{icon}"))
    button.setToolTip(text)
    button.setAccessibleName(text)
    button.setAutoRaise(False)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
