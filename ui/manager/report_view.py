"""The inspection report inside of a window."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from ...models.inspect import render_html
from ...models.model import load_model
from ...models.page import write_files
from ...processing.base import translate
from ..background import Reader
from ..library.colors import problem_color, quiet_color, warning_color

_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
# an empty square with a size is nothing to the text browser, a few spaces with a ground are
_CHIP = re.compile(r'<span class="chip" style="background:([^"]*)"></span>')


class ReportView(QWidget):
    """Makes and shows the report of a model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader = Reader(self)
        self._model = ""
        self._made_for = ""
        self._html = ""
        self.browser = QTextBrowser()
        self.browser.setOpenExternalLinks(True)
        self.browser.setAccessibleName(translate("Report"))
        self.button = QPushButton(translate("Open in &browser"))
        self.button.setAutoDefault(False)
        self.button.setToolTip(translate("Show the report in your web browser, from where it can be printed or kept."))
        self.button.clicked.connect(self._open)
        self.button.setEnabled(False)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.browser, 1)
        layout.addLayout(row)

    def set_model(self, model: str) -> None:
        """Choose the model; the report is made once it is to be seen."""
        self._model, self._made_for, self._html = model, "", ""
        self._reader.forget()
        self.browser.clear()
        self.button.setEnabled(False)
        if self.isVisible():
            self._make()

    def html(self) -> str:
        """Return the report; empty while there is none."""
        return self._html

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        self._make()

    def _make(self) -> None:
        if not self._model or self._made_for == self._model:
            return
        model = self._made_for = self._model
        self.browser.setPlainText(translate("Making the report…"))
        self._reader.ask(lambda: render_html(load_model(model)), self._show, self._fail)

    def _show(self, html: str) -> None:
        self._html = html
        self.button.setEnabled(True)
        palette = self.palette()
        line = quiet_color(palette).name()
        self.browser.document().setDefaultStyleSheet(
            f".quiet {{ color: {line}; }} .note {{ color: {warning_color(palette).name()}; }}"
            "th { text-align: left; padding-right: 12px; } td { padding-right: 12px; vertical-align: top; }"
        )
        self.browser.setHtml(plain_page(html))

    def _fail(self, message: str) -> None:
        self.browser.setPlainText(message)
        self.browser.setTextColor(problem_color(self.palette()))
        self.browser.setPlainText(message)

    def _open(self) -> None:
        self._reader.ask(
            _writer(self._html), lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(path)), self._fail
        )


def plain_page(html: str) -> str:
    """Return a page as a text browser can show it: without styles for browsers, with colours it can draw."""
    return _CHIP.sub(r'<span style="background-color:\1">&nbsp;&nbsp;&nbsp;&nbsp;</span>&nbsp;', _STYLE.sub("", html))


def _writer(html: str) -> Callable[[], str]:
    def write() -> str:
        path = Path(tempfile.mkdtemp(prefix="geonnx-report-")) / "report.html"
        write_files({str(path): html})
        return str(path)

    return write
