"""A run as text that does the same elsewhere: a shell line, a Python script, JSON for ``qgis_process``."""

from __future__ import annotations

import json
import os
import pprint
import re
from typing import Any

from .request import RunRequest
from .sources import portable, with_files

_SAFE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def as_qgis_process(request: RunRequest, *, windows: bool = os.name == "nt") -> str:
    """Return the command line; what has to be done first stands above it as comments.

    Lists are their name repeated, and temporary results get file names, since ``qgis_process`` throws them away.
    """
    given = portable(request)
    words = ["run", request.algorithm, "--"]
    for name, value in with_files(request, given.parameters).items():
        for item in value if isinstance(value, list) else [value]:
            words.append(f"{name}={_text(item)}")
    program = "qgis_process-qgis.bat" if windows else "qgis_process"
    quote = _quote_for_cmd if windows else _quote_for_shell
    mark = "REM" if windows else "#"
    return "".join(f"{mark} {note}\n" for note in given.notes) + " ".join([program, *map(quote, words)]) + "\n"


def as_python(request: RunRequest) -> str:
    """Return a script for the Python console and editor of QGIS."""
    given = portable(request)
    body = pprint.pformat(given.parameters, width=100, sort_dicts=False)
    lines = [f"# {note}" for note in given.notes]
    lines += ["import processing", "", f"parameters = {body}", ""]
    lines += [f'results = processing.run("{request.algorithm}", parameters)', "print(results)", ""]
    return "\n".join(lines)


def as_json(request: RunRequest) -> str:
    """Return what ``qgis_process run ALGORITHM -`` reads from its standard input (QGIS 3.24 and newer)."""
    inputs = with_files(request, portable(request).parameters)
    return json.dumps({"inputs": inputs}, indent=2, ensure_ascii=False) + "\n"


def notes(request: RunRequest) -> tuple[str, ...]:
    """Return sentences on what has to be done before a copied command works elsewhere."""
    return portable(request).notes


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _quote_for_shell(word: str) -> str:
    return word if _SAFE.fullmatch(word) else "'" + word.replace("'", "'\"'\"'") + "'"


def _quote_for_cmd(word: str) -> str:
    # a backslash before a quotation mark is doubled, as the C library of Windows reads it
    if re.fullmatch(r"[\w:,./=\\+-]+", word, re.ASCII):
        return word
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(\\+)$", r"\1\1", escaped) + '"'
