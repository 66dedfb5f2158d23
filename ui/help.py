"""What Help buttons do: a window of its own that shows the pages of ``docs/``, without network."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.PyQt import sip
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices, QKeySequence
from qgis.PyQt.QtWidgets import QApplication, QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from ..processing.base import translate
from .background import Reader
from .icon import icon

_ROOT = Path(__file__).parent.parent
START = "README"
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)\n?")


class HelpWindow(QDialog):
    """Shows one page after the other; links to other pages open here, addresses in the browser."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("geonnxHelp")
        self.setWindowTitle(translate("GeONNX help"))
        self.setWindowIcon(icon("geonnx"))
        self._reader = Reader(self)
        self._page = ""
        self._before: list[str] = []
        self._text = QTextBrowser(self)
        self._text.setOpenLinks(False)
        self._text.setAccessibleName(translate("Help page"))
        self._text.setToolTip(translate("Links to other pages open here, addresses in your browser."))
        self._text.anchorClicked.connect(self._follow)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self._back = buttons.addButton(translate("Back"), QDialogButtonBox.ButtonRole.ActionRole)
        self._back.setShortcut(QKeySequence(QKeySequence.StandardKey.Back))
        self._back.setToolTip(translate("Show the page that was shown before (Alt+Left)."))
        self._contents = buttons.addButton(translate("Contents"), QDialogButtonBox.ButtonRole.ActionRole)
        self._contents.setToolTip(translate("Show the first page, which leads to all others."))
        buttons.rejected.connect(self.reject)
        self._back.clicked.connect(self.go_back)
        self._contents.clicked.connect(lambda: self.show_page(START))
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addWidget(buttons)
        letter = self.fontMetrics().averageCharWidth()
        self.resize(110 * letter, 90 * letter)

    def page(self) -> str:
        """Return the name of the page that is shown: that of its file without ``.md``."""
        return self._page

    def text(self) -> str:
        """Return what the page says, without its form."""
        return self._text.toPlainText()

    def show_page(self, name: str) -> None:
        """Show a page; the one that was shown can be gone back to."""
        if self._page and name != self._page:
            self._before.append(self._page)
        self._open(name)

    def go_back(self) -> None:
        """Show the page before."""
        if self._before:
            self._open(self._before.pop())

    def _open(self, name: str) -> None:
        self._page = name
        self._back.setEnabled(bool(self._before))
        self._reader.ask(lambda: read_page(name), self._show, self._text.setPlainText)

    def _show(self, text: str) -> None:
        self._text.setSearchPaths([str(page_path(self._page).parent)])
        self._text.setMarkdown(text)

    def _follow(self, link: QUrl) -> None:
        if link.scheme():
            QDesktopServices.openUrl(link)
        elif link.path().endswith(".md"):
            self.show_page(link.path().rsplit("/", 1)[-1].removesuffix(".md"))
        elif link.path():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(page_path(self._page).parent / link.path())))


def page_path(name: str) -> Path:
    """Return the file of a page; that of the first page where the name can't be one's."""
    if name == START or not re.fullmatch(r"[\w-]+", name):
        return _ROOT / f"{START}.md"
    return _ROOT / "docs" / f"{name}.md"


def read_page(name: str) -> str:
    """Return a page as Markdown, the first page where there is none of the name; pictures only where they are there.

    For the background: it reads files.
    """
    path = page_path(name)
    if not path.is_file():
        path = page_path(START)

    def keep(picture: re.Match[str]) -> str:
        return picture.group(0) if (path.parent / picture.group(1)).is_file() else ""

    return _PICTURE.sub(keep, path.read_text(encoding="utf-8"))


class _Windows:
    """The help window that is open, if one is."""

    shown: HelpWindow | None = None


def open_help(topic: str = "") -> HelpWindow:
    """Show a page of the documentation by its name (``panel``, ``models`` …); empty: the first page."""
    parent = QApplication.activeModalWidget() or _main_window()
    window = _Windows.shown
    if window is None or sip.isdeleted(window) or window.parentWidget() is not parent:
        close_help()
        window = _Windows.shown = HelpWindow(parent)
    window.show_page(topic or START)
    window.show()
    window.raise_()
    window.activateWindow()
    return window


def close_help() -> None:
    """Close the help window; for when the plugin goes."""
    window, _Windows.shown = _Windows.shown, None
    if window is not None and not sip.isdeleted(window):
        window.close()
        window.deleteLater()


def add_help_button(buttons: QDialogButtonBox, topic: str) -> None:
    """Give a row of buttons one that opens a page of the documentation."""
    button = buttons.addButton(QDialogButtonBox.StandardButton.Help)
    button.setToolTip(translate("Open the documentation of this window (F1)."))
    button.setShortcut(QKeySequence(QKeySequence.StandardKey.HelpContents))
    buttons.helpRequested.connect(lambda: open_help(topic))


def _main_window() -> QWidget | None:
    """Return the window of QGIS, where there is one."""
    from qgis.utils import iface  # noqa: PLC0415 (set when QGIS has started)

    return None if iface is None else iface.mainWindow()
