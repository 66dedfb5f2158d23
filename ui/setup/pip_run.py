"""One installation: a fresh folder is filled and tried, and only then used in place of the former one.

Whatever goes wrong before the switch, or is cancelled, leaves everything as it was.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...models.errors import GeonnxError
from ...processing.base import translate
from ...processing.site_packages import remove_unused, switch_to
from ..background import Reader
from .explain import explain_failure
from .plan import RUNTIMES, Plan
from .process import Program
from .stand_ins import remove_stand_ins, write_stand_ins

_MARK = "GEONNX "
_CHECK = """
import json, os, sys
folder = os.path.realpath(sys.argv[1])
sys.path[:] = [*(json.loads(sys.argv[2]) or sys.path), folder]
try:
    import numpy
except ImportError:
    numpy = None
if numpy is not None and os.path.realpath(numpy.__file__).startswith(folder + os.sep):
    sys.exit("GEONNX a second numpy was installed")
import onnx, onnxruntime
print("GEONNX " + json.dumps({
    "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__,
    "providers": onnxruntime.get_available_providers(),
}))
"""
_RAW_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")


class Installation(QObject):
    """Does what a plan says. Keep a reference until `ended`; give it the window as parent."""

    line = pyqtSignal(str)
    """what pip writes, and what we do"""
    progress = pyqtSignal(float)
    """of the current download, 0 to 1"""
    ended = pyqtSignal(str, str)
    """``done``, ``failed`` or ``cancelled``, and a sentence"""

    def __init__(
        self, plan: Plan, home: Path, parent: QObject, *, wheels: str = "", search_path: Sequence[str] = ()
    ) -> None:
        """Prepare it; *search_path* is ``sys.path`` of QGIS, in which the result is tried (empty: Python's own)."""
        super().__init__(parent)
        self._search_path = list(search_path)
        self._plan, self._home, self._wheels = plan, home, wheels
        self._reader = Reader(self)
        self._program: Program | None = None
        self._lines: list[str] = []
        self._state = "new"

    @property
    def is_running(self) -> bool:
        """Return True from `start` until `ended`."""
        return self._state in ("running", "switching")

    @property
    def target(self) -> Path:
        """The fresh folder."""
        return Path(self._plan.target)

    def start(self, variables: Mapping[str, str] | None = None) -> None:
        """Begin; *variables* are added to pip's environment, such as a proxy."""
        self._state = "running"
        plan, work, target = self._plan, Path(self._plan.work), self.target
        temporary = str(work / "tmp")
        # on the same disk as the result: a system's own temporary folder is often too small for CUDA
        own = {"TMPDIR": temporary, "TEMP": temporary, "TMP": temporary}

        def prepare() -> None:
            for folder in (work, target):
                shutil.rmtree(folder, ignore_errors=True)
            Path(temporary).mkdir(parents=True)
            write_stand_ins(work, plan.stand_ins)

        self._tell(plan.command)
        given = {**(variables or {}), **own}
        self._ask(prepare, lambda _none: self._run(plan.arguments, given, self._after_pip))

    def cancel(self) -> None:
        """Stop; `ended` tells when all is cleaned up."""
        if self._state != "running":
            return
        self._state = "stopping"
        self._reader.forget()
        program, self._program = self._program, None
        if program is not None:
            program.ended.disconnect()
            program.stop()
        self._clean("cancelled", translate("Cancelled; nothing was changed."))

    def _ask(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do something with files in the background, then call *done*; fail where the disk refuses."""

        def plainly() -> Any:
            try:
                return work()
            except OSError as error:
                raise GeonnxError(
                    translate("The folder {} can't be used: {}.").format(self._home, error.strerror or error)
                ) from error

        self._reader.ask(plainly, done, self._fail)

    def _run(self, arguments: tuple[str, ...], variables: Mapping[str, str], after: Callable[[int, str], None]) -> None:
        self._program = Program(self)
        self._program.line.connect(self._hear)
        self._program.ended.connect(after)
        self._program.start(self._plan.program, arguments, variables)

    def _hear(self, text: str) -> None:
        match = _RAW_PROGRESS.fullmatch(text.strip())
        if match is not None:
            self.progress.emit(int(match.group(1)) / max(1, int(match.group(2))))
        elif not text.startswith(_MARK):
            self._tell(text)

    def _tell(self, text: str) -> None:
        self._lines.append(text)
        self.line.emit(text)

    def _after_pip(self, code: int, _output: str) -> None:
        self._program = None
        if code != 0:
            self._fail(explain_failure(self._lines, self._wheels))
            return
        target = self.target

        def tidy() -> str:
            remove_stand_ins(target)
            return two_runtimes(target)

        self._ask(tidy, self._check)

    def _check(self, problem: str) -> None:
        if problem:
            self._fail(problem)
            return
        self._tell(translate("Trying what was installed …"))
        self._run(("-c", _CHECK, str(self.target), json.dumps(self._search_path)), {}, self._after_check)

    def _after_check(self, code: int, output: str) -> None:
        self._program = None
        versions = read_check(output)
        if code != 0 or not versions:
            reason = self._lines[-1] if self._lines else ""
            self._fail(
                translate("What was installed does not start, so it is not used: {}").format(
                    reason.replace(_MARK, "", 1)
                )
            )
            return
        # from here on it can't be cancelled: the folder must not go once it is the one in use
        self._state = "switching"
        home, name, work = self._home, self._plan.name, Path(self._plan.work)

        def tidy() -> None:
            shutil.rmtree(work, ignore_errors=True)
            remove_unused(home)

        def end(_answer: object) -> None:
            self._state = "done"
            self.ended.emit("done", translate("Installed: {}.").format(versions))

        # what can't be deleted now is deleted after the next installation
        self._ask(lambda: switch_to(home, name), lambda _none: self._reader.ask(tidy, end, end))

    def _fail(self, reason: str) -> None:
        if self.is_running:
            self._state = "stopping"
            self._clean("failed", reason + " " + translate("Nothing was changed."))

    def _clean(self, state: str, message: str) -> None:
        work, target = Path(self._plan.work), self.target

        def remove() -> None:
            for folder in (work, target):
                shutil.rmtree(folder, ignore_errors=True)

        def end(_none: object) -> None:
            self._state = state
            self._tell(message)
            self.ended.emit(state, message)

        self._reader.ask(remove, end, end)


def read_check(output: str) -> str:
    """Return what the trial found, for people; empty where it found nothing."""
    lines = [line[len(_MARK) :] for line in output.splitlines() if line.startswith(_MARK)]
    try:
        found = json.loads(lines[-1])
        providers = ", ".join(found["providers"])
        return f"onnxruntime {found['onnxruntime']} ({providers}), onnx {found['onnx']}"
    except (IndexError, ValueError, TypeError, KeyError):
        return ""


def two_runtimes(target: Path) -> str:
    """Return a sentence where two packages of onnxruntime got into a folder; empty where not."""
    stems = {name.replace("-", "_") for name in RUNTIMES}
    found = sorted(path.stem for path in target.glob("*.dist-info") if path.stem.partition("-")[0].lower() in stems)
    if len(found) < 2:
        return ""
    return translate("pip brought {}, which overwrite each other; please report it.").format(" + ".join(found))
