"""The parameter that names a model. In dialogs the windows put their own widget to it, where they are there."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingParameterFile

WIDGET_TYPE = "geonnx_model"
"""the type for which the windows register a widget"""


class ModelParameter(QgsProcessingParameterFile):
    """A path or an id of the catalogue: for QGIS a file, which keeps scripts, models and ``qgis_process`` as they are.

    Only where the windows have a widget for it does it call itself by a type of its own and name that widget, which is
    how QGIS finds it in the model designer and in the toolbox.
    """

    _widget: Any = None

    @staticmethod
    def use_widget(widget: Any) -> None:
        """Take what makes the widget in the toolbox's dialogs; a factory for `WIDGET_TYPE` has to be registered too.

        None: QGIS's own widget for files.
        """
        ModelParameter._widget = widget

    @staticmethod
    def has_widget() -> bool:
        """Return True when the windows have a widget for it."""
        return ModelParameter._widget is not None

    def type(self) -> str:
        """Return the type by which QGIS finds the widget in the model designer."""
        return WIDGET_TYPE if self.has_widget() else str(super().type())

    def metadata(self) -> dict[str, Any]:
        """Return what QGIS asks for the widget in the dialogs of the toolbox."""
        found = dict(super().metadata())
        return {**found, "widget_wrapper": {"class": ModelParameter._widget}} if self.has_widget() else found

    def clone(self) -> ModelParameter:
        """Return a copy."""
        return ModelParameter(self)
