"""What a run said, as text for people: with colours that are readable on dark and on light windows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from qgis.PyQt.QtGui import QPalette

from ...processing.base import translate
from ..library.colors import is_dark, problem_color, warning_color
from .feedback import COMMAND, DETAIL, ERROR, WARNING

_COMMAND_ON_LIGHT, _COMMAND_ON_DARK = "#1f5fae", "#8ab4f8"
# Processing's history shows its logs on a light ground
_ON_LIGHT = {ERROR: "#b3261e", WARNING: "#8a5300", COMMAND: _COMMAND_ON_LIGHT}


def level_color(level: str, palette: QPalette) -> str:
    """Return the colour ``#rrggbb`` in which texts of a level are written; empty: that of all text."""
    if level == ERROR:
        return str(problem_color(palette).name())
    if level == WARNING:
        return str(warning_color(palette).name())
    if level == COMMAND:
        return _COMMAND_ON_DARK if is_dark(palette) else _COMMAND_ON_LIGHT
    return ""


def line_as_html(level: str, text: str, color: str = "") -> str:
    """Return one message; *color* is that of its level, where it is known."""
    body = escape(text).replace("\n", "<br/>")
    if level == ERROR:
        body = f"<b>{body}</b>"
    elif level == DETAIL:
        body = f"<i>{body}</i>"
    return f'<span style="color:{color}">{body}</span>' if color else body


def log_as_html(log: Iterable[tuple[str, str]]) -> str:
    """Return all messages for Processing's history, which shows them on a light ground."""
    return "<br/>".join(line_as_html(level, text, _ON_LIGHT.get(level, "")) for level, text in log)


def log_as_text(log: Iterable[tuple[str, str]]) -> str:
    """Return all messages as plain text, to be copied into a mail."""
    marks = {ERROR: translate("Error: "), WARNING: translate("Warning: ")}
    return "\n".join(marks.get(level, "") + text for level, text in log)


def parameters_as_text(parameters: dict[str, Any]) -> list[str]:
    """Return what was asked for, one line a parameter; what was left empty is left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "", [])}
    return [
        f"{name} = {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)}"
        for name, value in given.items()
    ]
