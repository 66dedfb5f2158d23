"""Finds what a person can't read in a window: texts wider than their place, columns and buttons out of sight."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qgis.PyQt.QtCore import QAbstractListModel, QPoint, QRect, QSize, Qt
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QCheckBox,
    QComboBox,
    QGraphicsView,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTextEdit,
    QToolButton,
    QWidget,
)

_SLACK = 2
# views in which a long line may run on to the right
_MAY_SCROLL = (QPlainTextEdit, QTextEdit, QGraphicsView, QHeaderView)
_MAX_CELLS = 400


def find_cut_off(window: QWidget) -> list[str]:
    """Return a line for each widget of a shown window that is cut off."""
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        if widget.isVisible() and widget.window() is window.window() and not _is_inside_foreign(widget, window):
            found += [f"{_describe(widget)}: {problem}" for problem in _problems(widget, window)]
    return found


def _is_inside_foreign(widget: QWidget, window: QWidget) -> bool:
    """Tell whether a widget is a part of a map or the like, which shows what it wants."""
    parent = widget
    while parent is not None and parent is not window:
        if type(parent).__name__ in ("QgsMapCanvas", "QCalendarWidget"):
            return True
        parent = parent.parentWidget()
    return False


def _describe(widget: QWidget) -> str:
    text = ""
    for name in ("text", "title", "currentText", "placeholderText", "accessibleName"):
        if callable(getattr(widget, name, None)):
            text = str(getattr(widget, name)())
            if text:
                break
    text = re.sub(r"<[^>]+>", "", text).strip().replace("\n", " ")
    return " ".join(filter(None, (type(widget).__name__, widget.objectName(), f"'{text[:60]}'" if text else "")))


def _problems(widget: QWidget, window: QWidget) -> Iterator[str]:
    for kinds, find in _CHECKS:
        if isinstance(widget, kinds):
            yield from find(widget)
    if isinstance(widget, (QLabel, QAbstractButton, QComboBox, QLineEdit)) and widget is not window:
        yield from _outside(widget, window)


def _button(button: QAbstractButton) -> Iterator[str]:
    shows_text = (
        not isinstance(button, QToolButton) or button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly
    )
    needed = button.minimumSizeHint().width()
    if button.text() and shows_text and button.width() + _SLACK < needed:
        yield f"needs {needed} px of width, has {button.width()}"


def _group(box: QGroupBox) -> Iterator[str]:
    needed = box.fontMetrics().horizontalAdvance(box.title())
    if needed > box.width():
        yield f"the title needs {needed} px of width, has {box.width()}"


def _scrolling(area: QAbstractScrollArea) -> Iterator[str]:
    bar = area.horizontalScrollBar()
    is_meant = isinstance(area, _MAY_SCROLL) or bool(area.property("geonnxScrollsSideways"))
    if is_meant:
        return
    if bar.isVisible() and bar.maximum() > bar.minimum():
        yield f"scrolls sideways by {bar.maximum() - bar.minimum()} px"
    elif isinstance(area, QScrollArea) and area.widget() is not None:
        hidden = area.widget().width() - area.viewport().width()
        if hidden > _SLACK:
            yield f"hides {hidden} px at its right, without a way to get there"


def _label(label: QLabel) -> Iterator[str]:
    if not label.text() or label.property("elided") or "…" in label.text()[-1:]:
        return
    if type(label).__name__.lower().find("elid") >= 0 and label.toolTip():
        return
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if needed > label.height() + _SLACK:
            yield f"needs {needed} px of height, has {label.height()}"
        return
    needed_size: QSize = label.sizeHint()
    if needed_size.width() > label.width() + _SLACK:
        yield f"needs {needed_size.width()} px of width, has {label.width()}"
    if needed_size.height() > label.height() + _SLACK:
        yield f"needs {needed_size.height()} px of height, has {label.height()}"


def _combo(combo: QComboBox) -> Iterator[str]:
    text = combo.currentText()
    explained = combo.toolTip() or combo.itemData(combo.currentIndex(), Qt.ItemDataRole.ToolTipRole)
    if not text or explained:
        return
    option = QStyleOptionComboBox()
    option.initFrom(combo)
    option.editable, option.frame = combo.isEditable(), True
    field = combo.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, combo
    )
    icon = combo.iconSize().width() + 4 if not combo.itemIcon(combo.currentIndex()).isNull() else 0
    needed = combo.fontMetrics().horizontalAdvance(text) + icon
    if needed > field.width() + _SLACK:
        yield f"needs {needed} px for its text, has {field.width()}"


def _header(header: QHeaderView) -> Iterator[str]:
    model = header.model()
    if model is None or header.orientation() != Qt.Orientation.Horizontal:
        return
    for section in range(header.count()):
        text = model.headerData(section, header.orientation(), Qt.ItemDataRole.DisplayRole)
        needed = header.sectionSizeHint(section)
        if text and not header.isSectionHidden(section) and needed > header.sectionSize(section) + _SLACK:
            yield f"column '{text}' needs {needed} px, has {header.sectionSize(section)}"


def _cells(view: QAbstractItemView) -> Iterator[str]:
    """Find cells whose text is cut and which have no tooltip to say it in full."""
    model = view.model()
    if model is None or isinstance(view, QHeaderView):
        return
    looked_at = 0
    for row in range(model.rowCount(view.rootIndex())):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(view.rootIndex())):
            index = model.index(row, column, view.rootIndex())
            place: QRect = view.visualRect(index)
            text = index.data(Qt.ItemDataRole.DisplayRole)
            looked_at += 1
            if looked_at > _MAX_CELLS:
                return
            if not text or not place.isValid() or index.data(Qt.ItemDataRole.ToolTipRole):
                continue
            needed = max(view.fontMetrics().horizontalAdvance(line) for line in str(text).splitlines() or [""])
            if needed > place.width() + _SLACK and not _fits_in_lines(view, str(text), place):
                yield f"the cell '{str(text)[:60]}' needs {needed} px, has {place.width()}, and has no tooltip"


def _fits_in_lines(view: QAbstractItemView, text: str, place: QRect) -> bool:
    """Tell whether a cell shows all of a text on several lines."""
    if not (callable(getattr(view, "wordWrap", None)) and view.wordWrap()):
        return False
    wrapped = view.fontMetrics().boundingRect(QRect(0, 0, place.width(), 10_000), Qt.TextFlag.TextWordWrap, text)
    return wrapped.height() <= place.height() + _SLACK and wrapped.width() <= place.width() + _SLACK


def _outside(widget: QWidget, window: QWidget) -> Iterator[str]:
    """Find widgets that stick out of the window; up and down is fine within something that scrolls."""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        if isinstance(parent, QAbstractScrollArea):
            return
        parent = parent.parentWidget()
    if not window.rect().adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK).contains(place):
        yield f"sticks out of the window: {place.left()}–{place.right()} × {place.top()}–{place.bottom()}"


_CHECKS = (
    (QLabel, _label),
    ((QPushButton, QCheckBox, QRadioButton, QToolButton), _button),
    (QComboBox, _combo),
    (QGroupBox, _group),
    (QAbstractScrollArea, _scrolling),
    (QAbstractItemView, _cells),
    (QHeaderView, _header),
)
