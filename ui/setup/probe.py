"""Collects the facts of `plan`: asks the machine in the background, and QGIS's Python by running it."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QObject

from ...models.runtime.machine import read_gpus
from ...processing.folders import profile_folder
from ...processing.site_packages import folder_in_use, read_switches
from ..background import Reader
from .plan import Facts, PythonFacts, normal_name
from .process import Program
from .python_program import python_candidates

_QUESTION = """
import importlib.metadata as m, json, os, sys
try:
    import pip
    version = pip.__version__
except ImportError:
    version = ""
try:
    import numpy
    numbers = numpy.__version__
except ImportError:
    numbers = ""
packages = {d.metadata["Name"]: d.version for d in m.distributions() if d.metadata and d.metadata["Name"]}
print("GEONNX " + json.dumps([list(sys.version_info[:2]), version, numbers, packages, os.path.realpath(os.__file__)]))
"""
_MARK = "GEONNX "


@dataclass(frozen=True)
class _Here:
    facts: Facts
    programs: tuple[str, ...]
    """Python programs that exist"""
    visible: frozenset[str]
    """names of the packages that this process can import"""


class FactsReader(QObject):
    """Finds out what is there, without making a window wait. Give it the window as parent."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._reader = Reader(self)
        self._program: Program | None = None

    def ask(self, done: Callable[[Facts], None], failed: Callable[[str], None]) -> None:
        """Call *done* with the facts, or *failed* with a sentence; a newer question makes an older one unwanted."""
        self.stop()
        home = profile_folder()
        self._reader.ask(lambda: _look(home), lambda here: self._try(here, list(here.programs), done), failed)

    def stop(self) -> None:
        """Ask no further."""
        self._reader.forget()
        program, self._program = self._program, None
        if program is not None:
            program.ended.disconnect()
            program.stop()

    def _try(self, here: _Here, programs: list[str], done: Callable[[Facts], None]) -> None:
        """Ask one program after the other until one is the Python that QGIS runs."""
        if not programs:
            done(here.facts)
            return
        path = programs.pop(0)
        self._program = Program(self)

        def answered(_code: int, output: str) -> None:
            self._program = None
            answer = read_answer(path, output)
            # inside QGIS, sys.executable is the first python3 on the PATH, which may be quite another one
            if answer is None or answer.library != os.path.realpath(os.__file__):
                self._try(here, programs, done)
                return
            seen = tuple(pair for pair in answer.python.packages if normal_name(pair[0]) in here.visible)
            python = replace(answer.python, packages=seen)
            done(replace(here.facts, python=python, numpy=here.facts.numpy or answer.numpy))

        self._program.ended.connect(answered)
        self._program.start(path, ["-c", _QUESTION])


@dataclass(frozen=True)
class Answer:
    """What a Python said of itself."""

    python: PythonFacts
    numpy: str
    library: str
    """path of its standard library's ``os``: the same for two programs of one Python"""


def read_answer(program: str, output: str) -> Answer | None:
    """Return what a Python said; None where it was no answer."""
    lines = [line[len(_MARK) :] for line in output.splitlines() if line.startswith(_MARK)]
    try:
        version, pip, numpy, packages, library = json.loads(lines[-1])
        major, minor = version
        known = tuple(sorted((str(name), str(number)) for name, number in packages.items()))
        python = PythonFacts(program, (int(major), int(minor)), str(pip), known)
    except (IndexError, ValueError, TypeError, AttributeError):
        return None
    return Answer(python, str(numpy), str(library))


def _look(home: Path) -> _Here:
    """Read what this process can read by itself; not in the windows' thread."""
    version = sys.version_info[:2]
    prefixes = (sys.exec_prefix, sys.base_exec_prefix, sys.prefix)
    paths = python_candidates(sys.platform, sys.executable or "", prefixes, version)
    gpus = read_gpus()
    folder = folder_in_use(home)
    facts = Facts(
        platform=sys.platform,
        machine=platform.machine(),
        python=PythonFacts("", version),
        numpy=_numpy_version(),
        home=str(home),
        gpus=tuple(gpu.name for gpu in gpus.found),
        cuda=gpus.driver.cuda,
        own_packages=packages_in(folder) if folder is not None else (),
        named_folder=os.environ.get("GEONNX_SITE_PACKAGES", ""),
        can_undo=read_switches(home).former is not None,
    )
    names = frozenset(normal_name(name) for name, _ in packages_in(None))
    return _Here(facts, tuple(path for path in paths if Path(path).is_file()), names)


def packages_in(folder: Path | None) -> tuple[tuple[str, str], ...]:
    """Return name and version of the packages in a folder; None: of all that this process can import."""
    found: dict[str, Any] = {}
    for distribution in metadata.distributions() if folder is None else metadata.distributions(path=[str(folder)]):
        name = distribution.metadata["Name"]
        if name:
            found[str(name)] = str(distribution.version)
    return tuple(sorted(found.items()))


def _numpy_version() -> str:
    module = sys.modules.get("numpy")
    return str(getattr(module, "__version__", "")) if module is not None else ""
