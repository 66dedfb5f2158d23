"""The results page: areas of the classes as bars, what became what, and what made the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from qgis.core import QgsApplication, QgsCategorizedSymbolRenderer, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QEvent, Qt, QTimer, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QMessageBox,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...models.page import write_files
from ...processing.base import translate
from ..background import Reader
from ..library.colors import quiet_color
from .bar_chart import BarChart
from .matrix_view import MatrixView
from .report_page import bars_title, summary_page
from .row import write_in
from .run import FINISHED, Run
from .summary import Ended, Summary, read_summary

_LONG_WORD = 40


class ResultsView(QScrollArea):
    """Shows what a run found; files are read in the background."""

    summary: Summary | None = None
    """what is shown; None while there is nothing"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._reader = Reader(self)
        self._writer = Reader(self)
        self._run: Run | None = None
        self._summaries: dict[Run, Summary] = {}
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._show_again)
        self._say(translate("Results stand here when a run is finished."))

    def set_run(self, run: Run | None) -> None:
        """Show the results of a run, once it is finished."""
        self._run = run
        self._reader.forget()
        if run is None:
            self._say(translate("Results stand here when a run is finished."))
        elif run.state != FINISHED:
            self._say(run.message or translate("This run has no results."))
        elif run in self._summaries:
            self._show(self._summaries[run])
        else:
            self._say(translate("Measuring areas…"))
            ended = describe_end(run)
            self._reader.ask(lambda: read_summary(ended), lambda summary: self._keep(run, summary), self._say)

    def forget(self, run: Run) -> None:
        """Let go of a run that was taken off the list."""
        self._summaries.pop(run, None)

    def changeEvent(self, event: QEvent | None) -> None:
        """Write the page anew in the colours of another theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and self.summary is not None:
            # Qt is still going through the widgets that would be replaced
            self._again.start()

    def _show_again(self) -> None:
        if self.summary is not None:
            self._show(self.summary)

    def _keep(self, run: Run, summary: Summary) -> None:
        self._summaries[run] = summary
        if run is self._run:
            self._show(summary)

    def _say(self, text: str) -> None:
        self.summary = None
        label = QLabel(text)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        label.setMargin(self.fontMetrics().height() // 2)
        write_in(label, quiet_color(self.palette()))
        self.setWidget(label)

    def _show(self, summary: Summary) -> None:
        self.summary = summary
        page = QWidget()
        layout = QVBoxLayout(page)
        gap = self.fontMetrics().height() // 2
        layout.setContentsMargins(gap, gap, gap, gap)
        layout.setSpacing(gap)
        if summary.bars:
            layout.addWidget(_heading(bars_title(summary.unit)))
            chart = BarChart()
            chart.set_bars(summary.bars, summary.unit)
            layout.addWidget(chart)
        if summary.missing:
            layout.addWidget(_quiet(translate("Not found: {}.").format(", ".join(summary.missing)), page))
        if summary.matrix is not None:
            layout.addWidget(_heading(translate("From–to areas (ha)")))
            matrix = MatrixView()
            matrix.set_matrix(summary.matrix)
            layout.addWidget(matrix)
        layout.addWidget(_heading(translate("How it was made")))
        layout.addLayout(_facts(summary))
        layout.addWidget(self._save_button(), 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        self.setWidget(page)

    def _save_button(self) -> QToolButton:
        button = QToolButton()
        button.setText(translate("Save as HTML…"))
        button.setIcon(QgsApplication.getThemeIcon("/mActionFileSave.svg"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(translate("Save this page as one HTML file and open it in the browser"))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(self._ask_and_save)
        return button

    def _ask_and_save(self) -> None:
        summary = self.summary
        if summary is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, translate("Save the results page"), "", translate("HTML files (*.html)")
        )
        if path:
            path += "" if PurePath(path).suffix.lower() in (".html", ".htm") else ".html"
            self.save(path, lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(path)))

    def save(self, path: str, done: Callable[[], object]) -> None:
        """Write the page in the background, then call *done*; say it where it can't be written."""
        if self.summary is None:
            return
        text = summary_page(self.summary)
        self._writer.ask(lambda: write_files({path: text}), lambda _nothing: done(), self._warn)

    def _warn(self, problem: str) -> None:
        QMessageBox.warning(self, translate("Results page"), problem)


def describe_end(run: Run) -> Ended:
    """Return what is known of a run without opening a file; colours of polygons come from their layer."""
    return Ended(
        run.request.algorithm,
        run.request.group_name(),
        str(run.request.parameters.get("MODEL") or ""),
        dict(run.results),
        run.seconds,
        tuple(run.warnings),
        layer_colors(run.layer_ids),
    )


def layer_colors(layer_ids: tuple[str, ...]) -> dict[str, str]:
    """Return colours by class name from the layers of a run that are drawn by class."""
    colors = {}
    for layer in map(QgsProject.instance().mapLayer, layer_ids):
        renderer = layer.renderer() if isinstance(layer, QgsVectorLayer) else None
        if isinstance(renderer, QgsCategorizedSymbolRenderer):
            colors.update({entry.label(): entry.symbol().color().name() for entry in renderer.categories()})
    return colors


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    label.setWordWrap(True)
    return label


def _quiet(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    write_in(label, quiet_color(parent.palette()))
    return label


def _facts(summary: Summary) -> QFormLayout:
    form = QFormLayout()
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for name, value in summary.facts:
        label = QLabel(name)
        field = _long_word(value) if len(max(value.split(), key=len, default="")) > _LONG_WORD else _text(value)
        field.setAccessibleName(name)
        field.setToolTip(value)
        label.setBuddy(field)
        write_in(label, quiet_color(label.palette()))
        form.addRow(label, field)
    return form


def _text(value: str) -> QLabel:
    field = QLabel(value)
    field.setTextFormat(Qt.TextFormat.PlainText)
    field.setWordWrap(True)
    field.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return field


def _long_word(value: str) -> QLineEdit:
    """Return a field that a checksum does not stretch; all of it can be copied."""
    field = QLineEdit(value)
    field.setReadOnly(True)
    field.setFrame(False)
    field.setCursorPosition(0)
    palette = field.palette()
    palette.setBrush(palette.ColorRole.Base, Qt.GlobalColor.transparent)
    field.setPalette(palette)
    return field
