"""The model picker in dialogs that QGIS makes itself: the toolbox, batch processing, and the model designer.

`register_model_widget` is called where there is a window. Without it the parameter is a plain file for QGIS.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from qgis.core import (
    QgsExpressionContext,
    QgsProcessingContext,
    QgsProcessingOutputFile,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterExpression,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsProperty,
)
from qgis.gui import (
    QgsAbstractProcessingParameterWidgetWrapper,
    QgsGui,
    QgsProcessingParameterWidgetFactoryInterface,
)
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...processing.base import translate
from ...processing.model_parameter import WIDGET_TYPE, ModelParameter
from .facts import ModelFacts
from .facts_view import ModelFactsView
from .picker import ModelPicker

_TASKS = {"segment": "segment", "classify": "classify", "detectchange": "change", "removeclouds": "clouds"}
_OTHER_TASKS = {"CLOUD_MODEL": "segment"}
"""of parameters that take models for another task than their algorithm's"""
_KINDS = re.compile(r"\s*\(\.onnx[^)]*\)")


class ModelControl:
    """The picker, and what is known of the chosen model below it, for one parameter of an algorithm."""

    def __init__(self, parameter: QgsProcessingParameterDefinition, *, with_facts: bool, changed: Callable[[], None]):
        """Make the widget; *changed* is called when another model is chosen."""
        self.widget = QWidget()
        self._changed = changed
        self.picker = ModelPicker(task_of(parameter), self.widget, optional=is_optional(parameter), with_manager=False)
        self.picker.modelChanged.connect(self._tell)
        layout = QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.picker)
        self.widget.setFocusProxy(self.picker)
        if with_facts:
            self._view = ModelFactsView(self.widget, compact=True)
            layout.addWidget(self._view)
            self.picker.factsChanged.connect(self._show_facts)

    def value(self) -> str | None:
        """Return what goes into MODEL."""
        return self.picker.model() or None

    def setValue(self, value: Any, context: QgsProcessingContext | None = None) -> None:
        """Show a value: a path, an id, or what a data-defined one comes to."""
        if isinstance(value, QgsProperty):
            expressions = context.expressionContext() if context is not None else QgsExpressionContext()
            value = value.valueAsString(expressions)[0]
        self.picker.setModel(value if isinstance(value, str) else "")

    def _tell(self, _model: str) -> None:
        self._changed()

    def _show_facts(self, facts: ModelFacts | None) -> None:
        if self.picker.isReading():
            self._view.setMessage(translate("Reading the model …"))
        elif self.picker.problem():
            self._view.setMessage(self.picker.problem(), is_problem=True)
        else:
            self._view.setFacts(facts)


class DesignerWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """Connects the picker to a parameter in the model designer, where QGIS puts it beside the other sources."""

    def __init__(self, parameter: QgsProcessingParameterDefinition, kind: Any) -> None:
        super().__init__(parameter, kind)
        self._control: ModelControl | None = None

    def createWidget(self) -> QWidget:
        """Return the picker, for the task of the algorithm."""
        self._control = ModelControl(self.parameterDefinition(), with_facts=False, changed=self._tell)
        return self._control.widget

    def setWidgetValue(self, value: Any, context: QgsProcessingContext) -> None:
        """Show a value."""
        if self._control is not None:
            self._control.setValue(value, context)

    def widgetValue(self) -> str | None:
        """Return what goes into MODEL."""
        return self._control.value() if self._control is not None else None

    def _tell(self) -> None:
        self.widgetValueHasChanged.emit(self)


@lru_cache(maxsize=1)
def dialog_wrapper() -> type:
    """Return the class that connects the picker to a parameter in the toolbox and in batches.

    It is one of QGIS's Python wrappers, since those keep the widget that was made: QGIS takes that of other wrappers
    over as a new Python object, frees the first, and crashes when it asks the widget for its size.
    """
    from processing.gui.wrappers import DIALOG_STANDARD, WidgetWrapper  # noqa: PLC0415 (QGIS's own, there by now)

    class DialogWrapper(WidgetWrapper):  # type: ignore[misc, no-any-unimported]
        def createWidget(self, **_options: Any) -> QWidget:
            self._control = ModelControl(
                self.parameterDefinition(), with_facts=self.dialogType == DIALOG_STANDARD, changed=self._tell
            )
            return self._control.widget

        def createLabel(self) -> QLabel | None:
            """Return a shorter label than the parameter's, which has to tell commands what may be given."""
            if self.dialogType != DIALOG_STANDARD:
                return None
            parameter = self.parameterDefinition()
            label = QLabel(short_label(parameter))
            label.setToolTip(parameter.description())
            label.setBuddy(self._control.picker.combo())
            return label

        def setValue(self, value: Any) -> None:
            self._control.setValue(value)

        def value(self) -> str | None:
            return self._control.value()

        def _tell(self) -> None:
            self.widgetValueHasChanged.emit(self)

    return DialogWrapper


class ModelWidgetFactory(QgsProcessingParameterWidgetFactoryInterface):
    """Makes the widget for the model designer, to which QGIS adds inputs, results of other steps and expressions."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[DesignerWrapper] = []

    def parameterType(self) -> str:
        """Return the type that our parameter calls itself by."""
        return WIDGET_TYPE

    def createWidgetWrapper(self, parameter: QgsProcessingParameterDefinition, kind: Any) -> DesignerWrapper:
        """Return what connects the picker to a parameter."""
        wrapper = DesignerWrapper(parameter, kind)
        sip.transferto(wrapper, None)  # QGIS deletes it
        # without a reference its Python half might be freed before
        self._kept = [*(kept for kept in self._kept if not sip.isdeleted(kept)), wrapper]
        return wrapper

    def compatibleParameterTypes(self) -> list[str]:
        """Return the types of a model's inputs that may give the model."""
        kinds = (QgsProcessingParameterString, QgsProcessingParameterFile, QgsProcessingParameterExpression)
        return [WIDGET_TYPE, *(kind.typeName() for kind in kinds)]

    def compatibleOutputTypes(self) -> list[str]:
        """Return the types of other steps' results that may give the model."""
        return [kind.typeName() for kind in (QgsProcessingOutputFile, QgsProcessingOutputString)]


class ModelWidgetMaker:
    """What QGIS's dialogs call like the class of a wrapper."""

    def __new__(cls, parameter: QgsProcessingParameterDefinition, dialog: Any, *place: Any, **_options: Any) -> Any:
        """Return what connects the picker to a parameter in a dialog of QGIS."""
        if type(dialog).__name__ != "ModelerParametersDialog":
            return dialog_wrapper()(parameter, dialog, *place)
        registry = QgsGui.processingGuiRegistry()
        made = registry.createModelerParameterWidget(dialog.model, dialog.childId, parameter, dialog.context)
        made.setDialog(dialog)
        return made


def register_model_widget() -> ModelWidgetFactory:
    """Make QGIS use the picker; keep what is returned for `unregister_model_widget`."""
    factory = ModelWidgetFactory()
    if QgsGui.processingGuiRegistry().addParameterWidgetFactory(factory):
        ModelParameter.use_widget(ModelWidgetMaker)
    return factory


def unregister_model_widget(factory: ModelWidgetFactory) -> None:
    """Make QGIS use its own widget for files again."""
    ModelParameter.use_widget(None)
    QgsGui.processingGuiRegistry().removeParameterWidgetFactory(factory)


def short_label(parameter: QgsProcessingParameterDefinition) -> str:
    """Return a parameter's description without the kinds of files that commands may name."""
    text = _KINDS.sub("", parameter.description())
    return translate("{} [optional]").format(text) if is_optional(parameter) else text


def task_of(parameter: QgsProcessingParameterDefinition) -> str:
    """Return the task of the models that a parameter takes; empty: models of every task."""
    if parameter.name() in _OTHER_TASKS:
        return _OTHER_TASKS[parameter.name()]
    algorithm = parameter.algorithm()
    return _TASKS.get(algorithm.name(), "") if algorithm is not None else ""


def is_optional(parameter: QgsProcessingParameterDefinition) -> bool:
    """Return True when the algorithm runs without a model too."""
    return bool(parameter.flags() & QgsProcessingParameterDefinition.FlagOptional)
