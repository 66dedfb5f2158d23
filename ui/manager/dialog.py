"""The model manager's window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ...models.catalog.entries import CatalogEntry
from ...models.catalog.removal import Removal, Removed
from ...processing.base import translate
from ...processing.folders import chosen_models_folder
from ...processing.network import network_proxies, network_timeout
from ..background import Reader
from ..help import add_help_button
from ..library.colors import ok_color, problem_color
from ..library.facts import MODEL_SUFFIXES
from ..library.words import task_name
from ..settings import store
from . import questions, work
from .card_dialog import CardDialog
from .details import Details
from .download_bar import DownloadBar
from .inputs_dialog import InputsDialog
from .model_list import ModelList
from .shelf import Network, Offers, ShelfItem

_TASKS = ("segment", "classify", "change", "clouds")


class ManagerDialog(QDialog):
    """Lists models; adds, describes, tries, downloads and removes them."""

    libraryChanged = pyqtSignal()  # noqa: N815 (as Qt names signals)
    """models were added, described anew, downloaded or removed"""

    def __init__(self, iface: Any = None, parent: QWidget | None = None) -> None:
        super().__init__(parent or (iface.mainWindow() if iface is not None else None))
        self.iface = iface
        self._offers = Offers()
        self._to_add: list[str] = []
        self._wanted: tuple[str, str] | None = None
        self._edit_next = self._was_hidden = False
        self._shelf_reader, self._work_reader = Reader(self), Reader(self)
        self.setWindowTitle(translate("GeONNX models"))
        self.setAcceptDrops(True)
        self.search, self.task = QLineEdit(), QComboBox()
        self.list, self.details, self.downloads = ModelList(), Details(), DownloadBar()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAccessibleName(translate("What happened last"))
        self.message.hide()
        self._make_buttons()
        self._arrange()
        self._connect()
        self._update_buttons()
        self.reload()

    # what is listed

    def reload(self) -> None:
        """Read the list anew; what catalogues offered stays."""
        folder, offers = chosen_models_folder(), self._offers
        self._shelf_reader.ask(lambda: work.read_shelf(folder, offers), self._show_shelf, self._fail)

    def look_for_offers(self) -> None:
        """Ask the catalogues what they offer."""
        folder, addresses = chosen_models_folder(), store.read().catalog_urls
        network = Network(network_proxies(), network_timeout())
        self.offers_button.setEnabled(False)
        self._say(translate("Asking the catalogues…"))

        def done(shelf: work.Shelf) -> None:
            self.offers_button.setEnabled(True)
            count = len(shelf.offers.items)
            problems = " ".join(shelf.offers.problems)
            self._say(problems or translate("The catalogues offer {} models.").format(count), bool(problems))
            self._show_shelf(shelf)

        def failed(message: str) -> None:
            self.offers_button.setEnabled(True)
            self._fail(message)

        self._shelf_reader.ask(lambda: work.look_for_offers(folder, addresses, network), done, failed)

    def is_busy(self) -> bool:
        """Return True while something is read or changed in the background."""
        readers = (self._shelf_reader, self._work_reader)
        return any(reader.is_busy for reader in readers) or self.details.is_reading() or self.downloads.is_busy()

    # what can be done

    def add_files(self, paths: list[str]) -> None:
        """Copy model files into the models folder, asking where something is there already."""
        self._to_add += paths
        self._add_next()

    def edit(self) -> None:
        """Edit the description of the chosen model, or of a copy where it is not the user's own."""
        item, facts = self.list.chosen_item(), self.details.facts()
        if item is None or item.entry.path is None:
            return
        if item.entry.source != "user":
            self._copy_to_edit(item.entry)
        elif facts is not None:
            dialog = self.make_card_dialog()
            if dialog.exec() == QDialog.DialogCode.Accepted:
                self._say(translate("The description of {} was saved.").format(facts.title))
                self._changed(item.key)
            dialog.deleteLater()

    def make_card_dialog(self) -> CardDialog:
        """Return the window that edits the chosen model's description."""
        facts = self.details.facts()
        if facts is None:
            raise RuntimeError("the button is enabled only when the model is known")
        return CardDialog(facts, self)

    def agree(self) -> None:
        """Use a model whose file changed since it was added, after asking."""
        item, folder = self.list.chosen_item(), chosen_models_folder()
        if item is None or not self.details.changed:
            return

        def done(entry: CatalogEntry) -> None:
            self._say(translate("{} is used as it is now.").format(entry.name))
            self._changed(item.key)

        question = work.change_question(item.entry, self.details.changed)
        if questions.confirm(self, translate("A changed model"), question, translate("Use it")):
            self._work(lambda: work.agree(item.entry, folder), done)

    def download(self) -> None:
        """Download the chosen model."""
        item = self.list.chosen_item()
        if item is not None and item.index:
            self._say("")
            self.downloads.download(item)
            self._update_buttons()

    def remove(self) -> None:
        """Remove the chosen model, after asking."""
        item = self.list.chosen_item()
        if item is None or item.entry.path is None:
            return
        folder, entry = chosen_models_folder(), item.entry
        self._work(lambda: work.plan(entry, folder), self._ask_and_remove)

    def open_folder(self) -> None:
        """Show the folder of the chosen model in the file manager."""
        item = self.list.chosen_item()
        path = item.entry.path if item is not None else None
        folder = path.parent if path is not None else chosen_models_folder()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def copy_id(self) -> None:
        """Put the chosen model's id on the clipboard."""
        item = self.list.chosen_item()
        if item is not None:
            QgsApplication.clipboard().setText(item.entry.id)
            self._say(translate("'{}' is on the clipboard; it names the model in scripts.").format(item.entry.id))

    def showEvent(self, event: Any) -> None:
        """Read the list anew when the window comes back: models may have come and gone meanwhile."""
        super().showEvent(event)
        if self._was_hidden and not event.spontaneous():
            self._was_hidden = False
            self.reload()

    def dragEnterEvent(self, event: Any) -> None:
        if dropped_models(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        event.acceptProposedAction()
        self.add_files(dropped_models(event.mimeData()))

    def done(self, result: int) -> None:
        """Stop what runs and close."""
        self.details.stop()
        self.downloads.cancel()
        self._was_hidden = True
        super().done(result)

    # how it is made

    def _make_buttons(self) -> None:
        def button(text: str, icon: str, tip: str, action: Callable[[], None]) -> QPushButton:
            made = QPushButton(QgsApplication.getThemeIcon(icon), text)
            made.setToolTip(tip)
            made.setAutoDefault(False)
            made.clicked.connect(lambda _checked: action())
            return made

        self.add_button = button(
            translate("&Add a file…"), "/symbologyAdd.svg",
            translate("Copy a model file (.onnx, .emd, .dlpk) into the models folder. You may also drop it here."),
            self._browse,
        )  # fmt: skip
        self.offers_button = button(
            translate("&Look for more…"), "/mActionRefresh.svg",
            translate("Ask the catalogues named in the settings which models they offer. This uses the network."),
            self.look_for_offers,
        )  # fmt: skip
        self.download_button = button(
            translate("Do&wnload"), "/mActionSharingImport.svg",
            translate("Download the model, verify it, and put it into the models folder"), self.download,
        )  # fmt: skip
        self.edit_button = button(translate("&Edit…"), "/mActionToggleEditing.svg", "", self.edit)
        self.agree_button = button(
            translate("Use the chan&ged file…"), "/mActionRefresh.svg",
            translate("The model's file changed since it was added: agree with it as it is now"), self.agree,
        )  # fmt: skip
        self.remove_button = button(
            translate("Re&move…"), "/mActionDeleteSelected.svg", translate("Remove the model from this computer"),
            self.remove,
        )  # fmt: skip
        self.folder_button = button(
            translate("Open &folder"), "/mActionFileOpen.svg", translate("Show where the model lies"), self.open_folder
        )
        self.copy_button = button(
            translate("&Copy id"), "/mActionEditCopy.svg",
            translate("Copy the name that scripts, the toolbox and qgis_process take for this model"), self.copy_id,
        )  # fmt: skip

    def _arrange(self) -> None:
        self.search.setPlaceholderText(translate("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip(translate("Show only models with these words in name, description or licence"))
        self.search.setAccessibleName(translate("Search"))
        self.task.addItem(translate("All tasks"), "")
        for name in _TASKS:
            self.task.addItem(task_name(name), name)
        self.task.setToolTip(translate("Show only models for this task"))
        self.task.setAccessibleName(translate("Task"))
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(_row(self.search, self.task))
        column.addWidget(self.list, 1)
        column.addLayout(_row(self.add_button, self.offers_button, None))
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(self.fontMetrics().averageCharWidth(), 0, 0, 0)
        column.addWidget(self.details, 1)
        actions = (self.download_button, self.edit_button, self.agree_button, self.remove_button, None)
        column.addLayout(_row(*actions, self.folder_button, self.copy_button))
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        splitter.setChildrenCollapsible(False)
        letter = self.fontMetrics().averageCharWidth()
        splitter.setSizes([58 * letter, 100 * letter])
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        add_help_button(self.box, "manager")
        for standard in self.box.buttons():
            standard.setAutoDefault(False)  # Enter in the search must not close the window
        layout = QVBoxLayout(self)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.downloads)
        layout.addWidget(self.message)
        layout.addWidget(self.box)
        self.resize(162 * letter, 38 * self.fontMetrics().height())

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.task.currentIndexChanged.connect(self._filter)
        self.list.chosen.connect(self._show_item)
        self.details.factsChanged.connect(lambda _facts: self._facts_read())
        self.downloads.finished.connect(self._downloaded)
        self.box.rejected.connect(self.reject)

    def _filter(self, *_values: Any) -> None:
        self.list.set_filter(self.search.text(), self.task.currentData())

    def _show_shelf(self, shelf: work.Shelf) -> None:
        self._offers = shelf.offers
        wanted, self._wanted = self._wanted, None
        self.list.set_items(shelf.items)
        if wanted is not None and not self.list.choose(wanted):
            self.search.clear()
            self.task.setCurrentIndex(0)
            self.list.choose(wanted)

    def _show_item(self, item: ShelfItem | None) -> None:
        nothing = translate("No model has these words and this task.") if self.list.is_filtered() else ""
        self.details.set_item(item, nothing=nothing)
        self._update_buttons()

    def _facts_read(self) -> None:
        self._update_buttons()
        if self._edit_next and self.details.facts() is not None:
            self._edit_next = False
            self.edit()

    def _update_buttons(self) -> None:
        item = self.list.chosen_item()
        source = item.entry.source if item is not None else ""
        is_here = item is not None and item.entry.path is not None
        self.download_button.setVisible(source == "index")
        self.download_button.setEnabled(not self.downloads.is_busy_with(item))
        self.agree_button.setVisible(bool(self.details.changed))
        self.edit_button.setVisible(source != "index" and not self.details.changed)
        self.edit_button.setEnabled(is_here and self.details.facts() is not None)
        is_own = source in ("user", "")
        self.edit_button.setText(translate("&Edit…") if is_own else translate("Copy to &edit…"))
        self.edit_button.setToolTip(
            translate("Change what the description of the model says, and try it")
            if is_own
            else translate("Only your own models can be changed: this makes a copy of yours and opens its description")
        )
        self.remove_button.setVisible(source != "index")
        self.remove_button.setEnabled(source in ("user", "downloaded"))
        self.folder_button.setEnabled(is_here)
        self.copy_button.setEnabled(item is not None)

    # adding

    def _browse(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in MODEL_SUFFIXES)
        paths, _ = QFileDialog.getOpenFileNames(
            self, translate("Add models"), "", translate("Models ({});;All files (*)").format(patterns)
        )
        self.add_files(list(paths))

    def _add_next(self) -> None:
        if self._to_add and not self._work_reader.is_busy:
            self._add(self._to_add.pop(0))

    def _add(self, path: str, model_id: str = "", accept_changed: bool = False) -> None:
        folder = chosen_models_folder()
        self._say(translate("Adding {}…").format(Path(path).name))
        self._work(
            lambda: work.add_file(path, folder, model_id=model_id, accept_changed=accept_changed),
            lambda added: self._added(added, model_id),
        )

    def _added(self, added: work.Added, model_id: str) -> None:
        name = Path(added.path).name
        if added.entry is not None:
            self._say(translate("{} was added as '{}'.").format(name, added.entry.id))
            self._changed((added.entry.id, ""))
            self._add_next()
            return
        self._say(translate("{} was not added.").format(name))
        if added.inputs:
            if self._describe_inputs(added):
                self._add(added.path, model_id)
                return
        elif added.changed:
            question = f"{added.changed}\n\n" + translate("Replace the model that is there?")
            if questions.confirm(self, translate("Add a model"), question, translate("Replace")):
                self._add(added.path, model_id, True)
                return
        else:
            chosen = questions.ask_id(self, added.taken, added.suggested)
            if chosen:
                self._add(added.path, chosen)
                return
        self._add_next()

    def _describe_inputs(self, added: work.Added) -> bool:
        dialog = self.make_inputs_dialog(added)
        is_written = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        return bool(is_written)

    def make_inputs_dialog(self, added: work.Added) -> InputsDialog:
        """Return the window that asks what the inputs of a model are."""
        return InputsDialog(added.path, added.inputs, added.problem, self)

    def _copy_to_edit(self, entry: CatalogEntry) -> None:
        folder = chosen_models_folder()

        def done(copied: CatalogEntry) -> None:
            self._say(translate("'{}' is a copy of yours.").format(copied.id))
            self._edit_next = True
            self._changed((copied.id, ""))

        self._work(lambda: work.copy_to_edit(entry, folder), done)

    # removing and downloading

    def _ask_and_remove(self, removal: Removal) -> None:
        question = work.removal_question(removal)
        if questions.confirm(self, translate("Remove a model"), question, translate("Remove")):
            self._work(lambda: work.remove(removal), lambda removed: self._removed(removal, removed))

    def _removed(self, removal: Removal, removed: Removed) -> None:
        text = translate("{} is in the wastebasket.") if removed.is_in_trash else translate("{} was deleted.")
        self._say(text.format(removal.entry.name))
        self._changed(None)

    def _downloaded(self, item: ShelfItem, problem: str) -> None:
        self._update_buttons()
        if problem:
            self._fail(problem)
            return
        self._say(translate("{} was downloaded and verified.").format(item.entry.name))
        self._changed((item.entry.id, ""))

    # telling

    def _changed(self, wanted: tuple[str, str] | None) -> None:
        """Read the list anew and tell other windows; *wanted* is chosen then, and read anew."""
        self._wanted = wanted
        if wanted is not None and self.list.chosen_item() is not None and self.list.chosen_item().key == wanted:
            self.details.set_item(self.list.chosen_item(), anew=True)
        self.reload()
        self.libraryChanged.emit()

    def _work(self, action: Callable[[], Any], done: Callable[[Any], None]) -> None:
        def failed(message: str) -> None:
            self._fail(message)
            self._add_next()

        self._work_reader.ask(action, done, failed)

    def _fail(self, message: str) -> None:
        self._say(message, is_problem=True)

    def _say(self, text: str, is_problem: bool = False) -> None:
        color = problem_color(self.palette()) if is_problem else ok_color(self.palette())
        self.message.setStyleSheet(f"color: {color.name()}")
        self.message.setText(text)
        self.message.setVisible(bool(text))


def dropped_models(mime: Any) -> list[str]:
    """Return the model files among what is dragged."""
    paths = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()] if mime.hasUrls() else []
    return [path for path in paths if Path(path).suffix.lower() in MODEL_SUFFIXES]


def _row(*widgets: QWidget | None) -> QHBoxLayout:
    """Return widgets side by side; None is free room."""
    row = QHBoxLayout()
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    return row
