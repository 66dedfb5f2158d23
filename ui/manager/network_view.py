"""A drawing of a network from outside: what goes in, what comes out."""

from __future__ import annotations

from html import escape
from typing import Any

from qgis.PyQt.QtCore import QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QPainter, QPalette, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ...models.card.types import ModelCard
from ...processing.base import translate
from ..library.colors import quiet_color
from ..library.words import size_text, task_name
from .network_words import input_details, input_role, output_details, output_role, size_words


class NetworkView(QScrollArea):
    """Shows inputs → model → outputs as boxes with arrows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(translate("Inputs and outputs of the network"))

    def set_card(self, card: ModelCard | None, size_bytes: int | None = None) -> None:
        """Draw a model; None draws nothing."""
        older = self.takeWidget()
        if older is not None:
            older.deleteLater()
        self.setWidget(_Drawing(card, size_bytes) if card is not None else QWidget())

    def texts(self) -> list[str]:
        """Return what stands in the boxes, inputs first."""
        drawing = self.widget()
        return drawing.texts() if isinstance(drawing, _Drawing) else []


class _Drawing(QWidget):
    """Boxes in three columns, with arrows between them."""

    def __init__(self, card: ModelCard, size_bytes: int | None) -> None:
        super().__init__()
        quiet = quiet_color(self.palette()).name()
        self._inputs = [
            _Box(spec.name, input_role(spec), [size_words(spec), input_details(spec)], spec.dtype, quiet)
            for spec in card.inputs
        ]
        self._model = _Box(card.name, task_name(card.task), [card.model_path.name, size_text(size_bytes)], "", quiet)
        self._outputs = [
            _Box(spec.name, output_role(spec), [size_words(spec), output_details(spec)], spec.dtype, quiet)
            for spec in card.outputs
        ]
        gap = 3 * self.fontMetrics().height()
        columns = QGridLayout()
        columns.setHorizontalSpacing(gap)
        for column, (title, boxes) in enumerate(
            (
                (translate("Goes in"), self._inputs),
                (translate("Model"), [self._model]),
                (translate("Comes out"), self._outputs),
            )
        ):
            heading = QLabel(f"<b>{escape(title)}</b>")
            heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            columns.addWidget(heading, 0, column)
            stack = QVBoxLayout()
            stack.setSpacing(gap // 4)
            stack.addStretch(1)
            for box in boxes:
                stack.addWidget(box)
            stack.addStretch(1)
            columns.addLayout(stack, 1, column)
            columns.setColumnStretch(column, 2 if column == 1 else 3)
        layout = QVBoxLayout(self)
        layout.addLayout(columns)
        layout.addStretch(1)

    def texts(self) -> list[str]:
        """Return the texts of all boxes."""
        return [box.text() for box in (*self._inputs, self._model, *self._outputs)]

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(quiet_color(self.palette()))
        pen.setWidthF(max(1.0, self.fontMetrics().height() / 12))
        painter.setPen(pen)
        painter.setBrush(pen.color())
        for box in self._inputs:
            self._arrow(painter, box, self._model)
        for box in self._outputs:
            self._arrow(painter, self._model, box)
        painter.end()

    def _arrow(self, painter: QPainter, source: QWidget, target: QWidget) -> None:
        start = QPointF(source.mapTo(self, QPoint(source.width(), source.height() // 2)))
        end = QPointF(target.mapTo(self, QPoint(0, target.height() // 2)))
        tip = self.fontMetrics().height() / 2
        bend = (start.x() + end.x()) / 2
        corners = [start, QPointF(bend, start.y()), QPointF(bend, end.y()), QPointF(end.x() - tip, end.y())]
        for one, next_one in zip(corners, corners[1:]):
            painter.drawLine(one, next_one)
        painter.drawPolygon(
            QPolygonF([end, QPointF(end.x() - tip, end.y() - tip / 2), QPointF(end.x() - tip, end.y() + tip / 2)])
        )


class _Box(QFrame):
    """A tensor or the model: its name, what it is for, and how large it is."""

    def __init__(self, name: str, role: str, lines: list[str], dtype: str, quiet: str) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        rest = "".join(f'<br><span style="color:{quiet}">{escape(line)}</span>' for line in lines if line)
        self._label.setText(f"<b>{escape(name)}</b><br>{escape(role)}{rest}")
        self.setAccessibleName(f"{name}: {role}")
        if dtype:
            self.setToolTip(translate("Called '{}' in the file; numbers of the type {}.").format(name, dtype))
        layout = QVBoxLayout(self)
        layout.addWidget(self._label)

    def text(self) -> str:
        """Return what stands in the box."""
        return str(self._label.text())
