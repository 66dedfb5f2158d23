"""What all our algorithms share: group, texts, and the way in which the engine's errors and progress reach QGIS."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qgis.core import (
    NULL,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon

from ..models.errors import GeonnxError
from ..models.feedback import Feedback

_log = logging.getLogger("geonnx")
_ICONS = Path(__file__).parent.parent / "ui" / "icons"


def icon_path(name: str) -> str:
    """Return the path of one of our icons, ``ui/icons/<name>.svg``."""
    return str(_ICONS / f"{name}.svg")


def translate(text: str) -> str:
    """Return *text* in the user's language."""
    return QCoreApplication.translate("GeONNX", text)


def translatable(text: str) -> str:
    """Mark a text that is translated later, where it is shown: ``tools/i18n.py`` finds these and ``translate("…")``."""
    return text


class GeonnxAlgorithm(QgsProcessingAlgorithm):
    """Names and texts that QGIS asks for; what an algorithm does lies in the functions that it calls."""

    ID = ""
    NAME = ""
    ICON = "geonnx"
    GROUP = ("models", "Models")
    TAGS: tuple[str, ...] = ()
    SHORT = ""
    HELP = ""

    def createInstance(self) -> GeonnxAlgorithm:
        """Return a fresh algorithm of the same kind."""
        return type(self)()

    def name(self) -> str:
        """Return the id, which never changes."""
        return self.ID

    def displayName(self) -> str:
        """Return the name in the toolbox."""
        return translate(self.NAME)

    def groupId(self) -> str:
        """Return the id of the group in the toolbox."""
        return self.GROUP[0]

    def group(self) -> str:
        """Return the name of the group in the toolbox."""
        return translate(self.GROUP[1])

    def tags(self) -> list[str]:
        """Return the words under which the toolbox finds it."""
        return list(self.TAGS)

    def shortDescription(self) -> str:
        """Return one sentence that says what it does."""
        return translate(self.SHORT)

    def shortHelpString(self) -> str:
        """Return the help beside the dialog."""
        return "\n\n".join(translate(paragraph) for paragraph in self.HELP.split("\n\n"))

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Check the parameters as QGIS does, but say what was expected where QGIS only names the parameter."""
        for definition in self.parameterDefinitions():
            if message := _explain_text(definition, parameters.get(definition.name())):
                return False, message
        is_fine, message = super().checkParameterValues(parameters, context)
        if not is_fine:
            for definition in self.parameterDefinitions():
                value = parameters.get(definition.name())
                if definition.name() in message and not definition.checkValueIsAcceptable(value, context):
                    return False, _explain(definition, value) or message
        return is_fine, message

    def icon(self) -> QIcon:
        """Return its own icon, for the toolbox."""
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        """Return the drawing of its icon, for the model designer."""
        return icon_path(self.ICON)


def _explain_text(definition: QgsProcessingParameterDefinition, value: Any) -> str:
    """Return what is wrong with text that QGIS would quietly take for 0 or for true; empty where nothing is."""
    if not isinstance(value, str) or not value.strip():
        return ""
    if isinstance(definition, QgsProcessingParameterBoolean):
        is_known = value.strip().lower() in ("true", "false", "yes", "no", "1", "0")
        return "" if is_known else translate("{} is '{}'; expected true or false.").format(definition.name(), value)
    if not isinstance(definition, QgsProcessingParameterNumber):
        return ""
    is_whole = definition.dataType() == QgsProcessingParameterNumber.Integer
    try:
        is_fine = math.isfinite(float(value)) and (not is_whole or float(value) == int(float(value)))
    except ValueError:
        is_fine = False
    return "" if is_fine else _explain(definition, value)


def _explain(definition: QgsProcessingParameterDefinition, value: Any) -> str:
    """Return what a parameter expected, in place of an unacceptable value; empty where QGIS itself says it well."""
    name = definition.name()
    if value is None or value == NULL or not str(value).strip():
        return translate("{} is empty; expected: {}.").format(name, definition.description())
    if isinstance(definition, QgsProcessingParameterNumber):
        is_whole = definition.dataType() == QgsProcessingParameterNumber.Integer
        expected = translate("a whole number") if is_whole else translate("a number")
        low, high = definition.minimum(), definition.maximum()
        if abs(high) < 1e300:
            expected += translate(" from {:g} to {:g}").format(low, high)
        elif abs(low) < 1e300:
            expected += translate(" of {:g} or more").format(low)
    elif isinstance(definition, QgsProcessingParameterEnum):
        expected = translate("one of {}").format(", ".join(definition.options()))
    elif isinstance(definition, QgsProcessingParameterExtent):
        expected = "xmin,xmax,ymin,ymax"
    elif isinstance(definition, QgsProcessingParameterMultipleLayers):
        return _explain_list(name, value)
    else:
        return ""
    return translate("{} is '{}'; expected {}.").format(name, value, expected)


def _explain_list(name: str, value: Any) -> str:
    """Return which rasters of a list are not there; empty where all are."""
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    missing = [item for item in items if isinstance(item, str) and not Path(item).exists()]
    if not missing:
        return ""
    return translate(
        "{} names {}, which can't be found; expected raster files, raster layers or satellite products."
    ).format(name, ", ".join(f"'{item}'" for item in missing[:3]))


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn the engine's errors into the one clean line that QGIS shows; anything else is a bug and said to be one."""
    try:
        yield
    except GeonnxError as error:
        raise QgsProcessingException(str(error)) from error
    except MemoryError as error:
        raise QgsProcessingException(
            translate("There is not enough memory for this run: choose a smaller TILE_SIZE or BATCH_SIZE.")
        ) from error
    except QgsProcessingException:
        raise
    except Exception as error:
        _log.exception("unexpected error")
        raise QgsProcessingException(
            translate("An unexpected error stopped the run; please report it: {}: {}").format(
                type(error).__name__, error
            )
        ) from error


def engine_feedback(feedback: QgsProcessingFeedback) -> Feedback:
    """Return callbacks through which the engine reports to QGIS."""
    return Feedback(
        progress=lambda share: feedback.setProgress(100 * share),
        log=feedback.pushInfo,
        warn=feedback.pushWarning,
        cancelled=feedback.isCanceled,
        tiles=getattr(feedback, "report_tiles", _ignore_tiles),
    )


def _ignore_tiles(_done: int, _total: int) -> None:
    """Drop what only our own windows can show."""
