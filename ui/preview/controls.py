"""The widgets of the preview: start and clear it, opacity, threshold, and the line to compare it by."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEvent, QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ...processing.base import translate
from ..icon import icon
from ..library.colors import problem_color
from .preview import Preview
from .show import DATES, MAP, OFF

if TYPE_CHECKING:
    from ..runs.request import RunRequest

_PERCENT = 100
_MOST_CLASSES = 12


class PreviewControls(QWidget):
    """Starts a preview and changes how it is shown. The page that owns it answers `previewRequested`."""

    previewRequested = pyqtSignal()  # noqa: N815 (a signal of Qt)

    def __init__(self, preview: Preview, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview = preview
        self._problem = ""
        self._is_failed = self._is_outdated = False
        self._sentence = ""
        self._make_widgets()
        self._arrange()
        self._connect()
        self._follow_run()
        self._follow_picture()

    # ------------------------------------------------------------ what a page uses
    def set_problem(self, problem: str) -> None:
        """Keep the button from being pressed, and say why in *problem*; empty: a preview can be computed."""
        self._problem = problem
        self._follow_run()

    def note_request(self, request: RunRequest) -> None:
        """Say so when what lies on the map was computed with other settings than those of *request*."""
        preview = self._preview
        is_outdated = preview.shown.is_visible and not preview.is_running and not preview.is_answer_to(request)
        if is_outdated != self._is_outdated:
            self._is_outdated = is_outdated
            self._say(translate("The settings have changed since this preview.") if is_outdated else self._sentence)

    def message(self) -> str:
        """Return the sentence that is shown."""
        return self.status.text()

    # ------------------------------------------------------------ widgets
    def _make_widgets(self) -> None:
        self.button = QPushButton(self)
        self.settings = QWidget(self)  # there only while there is something to set
        self.clear_button = QPushButton(
            QgsApplication.getThemeIcon("/mActionDeselectAll.svg"), translate("C&lear"), self
        )
        self.clear_button.setToolTip(translate("Take the preview off the map."))
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(self.fontMetrics().height() // 2)
        self.progress.setAccessibleName(translate("Progress of the preview"))
        self.status = QLabel(self)
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.legend = QLabel(self)
        self.legend.setWordWrap(True)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setToolTip(translate("The classes that were found, the most frequent first."))
        inner = self.settings
        self.opacity = _slider(inner, translate("How far the preview covers the map."))
        self.threshold = _slider(inner, "")
        self.opacity_label = _label(inner, translate("&Opacity"), self.opacity)
        self.threshold_label = _label(inner, translate("&Threshold"), self.threshold)
        self.opacity_value, self.threshold_value = _value(inner), _value(inner)
        self.compare = QComboBox(inner)
        self.compare.setToolTip(translate("A line on the map that is dragged to compare its two sides."))
        for text, mode in (
            (translate("Nothing"), OFF),
            (translate("Preview and map"), MAP),
            (translate("Before and after"), DATES),
        ):
            self.compare.addItem(text, mode)
        self.compare_label = _label(inner, translate("Co&mpare"), self.compare)

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.button, 1)
        buttons.addWidget(self.clear_button)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for row, parts in enumerate((
            (self.opacity_label, self.opacity, self.opacity_value),
            (self.threshold_label, self.threshold, self.threshold_value),
        )):  # fmt: skip
            for column, part in enumerate(parts):
                grid.addWidget(part, row, column)
        grid.addWidget(self.compare_label, 2, 0)
        grid.addWidget(self.compare, 2, 1, 1, 2)
        grid.setContentsMargins(0, 0, 0, 0)
        self.settings.setLayout(grid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(buttons)
        for part in (self.progress, self.status, self.settings, self.legend):
            layout.addWidget(part)
        order = (self.button, self.clear_button, self.opacity, self.threshold, self.compare)
        for first, second in zip(order, order[1:]):
            self.setTabOrder(first, second)

    def _connect(self) -> None:
        preview, shown = self._preview, self._preview.shown
        self.button.clicked.connect(self._press)
        self.clear_button.clicked.connect(self._clear)
        self.opacity.valueChanged.connect(self._change_opacity)
        self.threshold.valueChanged.connect(self._change_threshold)
        self.compare.currentIndexChanged.connect(self._change_compare)
        shown.thresholdChanged.connect(self._follow_threshold)
        preview.started.connect(self._start)
        preview.progressed.connect(self._progress)
        preview.finished.connect(self._finish)
        preview.failed.connect(self._fail)
        preview.stopped.connect(self._stop)
        preview.shownChanged.connect(self._follow_picture)

    # ------------------------------------------------------------ what the user does
    def _press(self) -> None:
        if self._preview.is_running:
            self._preview.stop()
        else:
            self.previewRequested.emit()

    def _clear(self) -> None:
        self._preview.clear()
        self._say("")

    def _change_opacity(self, percent: int) -> None:
        self._preview.shown.set_opacity(percent / _PERCENT)
        self.opacity_value.setText(translate("{} %").format(percent))

    def _change_threshold(self, percent: int) -> None:
        self._preview.shown.set_threshold(percent / _PERCENT if percent else None)

    def _change_compare(self, _index: int) -> None:
        self._preview.shown.set_swipe(self.compare.currentData())

    # ------------------------------------------------------------ what the preview does
    def _start(self) -> None:
        self.progress.setRange(0, 0)  # nobody knows how long until the first tile is done
        self._say(translate("Computing what the map shows …"))
        self._follow_run()

    def _progress(self, share: float) -> None:
        if share > 0:
            self.progress.setRange(0, _PERCENT)
            self.progress.setValue(round(share * _PERCENT))

    def _finish(self, sentence: str) -> None:
        self._is_outdated, self._sentence = False, sentence
        self._say(sentence)
        self._follow_run()

    def _fail(self, sentence: str) -> None:
        self._say(sentence, is_failed=True)
        self._follow_run()

    def _stop(self) -> None:
        self._say(translate("The preview was stopped."))
        self._follow_run()

    def _say(self, sentence: str, *, is_failed: bool = False) -> None:
        self._is_failed = is_failed
        self.status.setText(sentence)
        self.status.setVisible(bool(sentence))
        self._color_status()

    def _color_status(self) -> None:
        palette = self.palette()
        if self._is_failed:
            palette.setColor(self.status.foregroundRole(), problem_color(palette))
        self.status.setPalette(palette)

    def _follow_run(self) -> None:
        is_running = self._preview.is_running
        self.progress.setVisible(is_running)
        self.button.setIcon(QgsApplication.getThemeIcon("/mTaskCancel.svg") if is_running else icon("preview"))
        self.button.setText(translate("&Stop preview") if is_running else translate("&Preview on the map"))
        self.button.setEnabled(is_running or not self._problem)
        self.button.setToolTip(
            self._problem
            or translate("Run these settings on what the map shows, a few tiles at most. Nothing is saved or loaded.")
        )
        self.status.setVisible(bool(self.status.text()))

    def _follow_picture(self) -> None:
        shown = self._preview.shown
        if not shown.is_visible and self._sentence and not self._is_failed:
            self._sentence, self._is_outdated = "", False  # it spoke of a picture that has gone
            self._say("")
        self.clear_button.setEnabled(shown.is_visible)
        self.settings.setVisible(shown.is_visible)
        for widget in (self.opacity, self.opacity_label, self.opacity_value, self.compare, self.compare_label):
            widget.setEnabled(shown.is_visible)
        for widget in (self.threshold, self.threshold_label, self.threshold_value):
            widget.setEnabled(shown.has_scores)
        self.threshold.setToolTip(self._threshold_help())
        self.threshold_label.setToolTip(self.threshold.toolTip())
        with QSignalBlocker(self.opacity):
            self.opacity.setValue(round(shown.opacity * _PERCENT))
        self.opacity_value.setText(translate("{} %").format(self.opacity.value()))
        self._follow_threshold(shown.threshold)
        dates = self.compare.model().item(self.compare.findData(DATES))
        dates.setEnabled(shown.can_compare_dates)
        dates.setToolTip("" if shown.can_compare_dates else translate("For two dates that are layers of the project."))
        if shown.swipe == DATES and not shown.can_compare_dates and shown.is_visible:
            self.compare.setCurrentIndex(self.compare.findData(MAP))
        self._fill_legend()

    def _threshold_help(self) -> str:
        shown = self._preview.shown
        if not shown.is_visible:
            return translate("Hides what the model is not sure of, once there is a preview.")
        if shown.is_image:
            return translate("There is no threshold: a restored image has no scores.")
        if not shown.has_scores:
            return translate("There is no threshold: the model gives classes without scores.")
        if shown.is_change:
            return translate("Smallest probability of change that is drawn as a change. Acts at once.")
        return translate("Hides what the model is less sure of than this. Acts at once.")

    def _follow_threshold(self, threshold: float | None) -> None:
        with QSignalBlocker(self.threshold):
            self.threshold.setValue(0 if threshold is None else round(threshold * _PERCENT))
        shown = self._preview.shown
        if not shown.is_visible:
            text = ""
        elif not shown.has_scores:
            text = translate("none")
        elif threshold is not None:
            text = f"{threshold:.2f}"
        else:
            text = translate("model’s") if shown.decides_itself else translate("all")
        self.threshold_value.setText(text)

    def _fill_legend(self) -> None:
        classes = self._preview.shown.classes
        parts = [
            f'<span style="color:{QColor(color).name()}">■</span>&nbsp;{escape(name).replace(" ", "&nbsp;")}'
            for name, color in classes[:_MOST_CLASSES]
        ]
        if len(classes) > _MOST_CLASSES:
            parts.append(translate("and {} more").format(len(classes) - _MOST_CLASSES).replace(" ", "&nbsp;"))
        self.legend.setText(" &nbsp; ".join(parts))
        self.legend.setVisible(bool(parts))

    def changeEvent(self, event: QEvent) -> None:
        """Keep the sentence readable when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "status"):
            self._color_status()


def _slider(parent: QWidget, tip: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal, parent)
    slider.setRange(0, _PERCENT)
    slider.setPageStep(10)
    slider.setToolTip(tip)
    return slider


def _label(parent: QWidget, text: str, buddy: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setBuddy(buddy)
    buddy.setAccessibleName(text.replace("&", ""))
    label.setToolTip(buddy.toolTip())
    return label


def _value(parent: QWidget) -> QLabel:
    """Return a label whose width does not jump with its number."""
    label = QLabel(parent)
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance("100 %"))
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return label
