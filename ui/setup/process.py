"""Another program, run beside QGIS: its lines as they come, its end, and a way to stop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qgis.PyQt.QtCore import QDir, QObject, QProcess, QProcessEnvironment, pyqtSignal

from ...processing.base import translate

_OURS = {
    "PYTHONIOENCODING": "utf-8",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "NO_COLOR": "1",
    # a user's setting for pip that contradicts --target
    "PIP_USER": "0",
    # nothing of the system is changed, so its warning to administrators would only frighten
    "PIP_ROOT_USER_ACTION": "ignore",
    "ORT_DISABLE_TELEMETRY": "1",
}


class Program(QObject):
    """Runs one program; `ended` comes exactly once, also where it can't be started or is stopped."""

    line = pyqtSignal(str)
    ended = pyqtSignal(int, str)
    """exit code (-1: it did not end by itself) and all that it wrote to standard output"""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read_output)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)
        self._output = ""
        self._rest = {"out": "", "err": ""}
        self._has_ended = False

    @property
    def is_running(self) -> bool:
        """Return True from the start to the end."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, program: str, arguments: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        """Start it with QGIS's environment and some more variables."""
        environment = QProcessEnvironment.systemEnvironment()
        for name, value in {**_OURS, **(variables or {})}.items():
            environment.insert(name, value)
        self._process.setProcessEnvironment(environment)
        # Python looks for modules in the folder where it is started, so not where anything may lie
        self._process.setWorkingDirectory(QDir.rootPath())
        self._process.start(program, list(arguments))
        self._process.closeWriteChannel()  # whatever it asks, nobody answers

    def stop(self) -> None:
        """End it at once."""
        if self.is_running:
            self._process.kill()

    def _read_output(self) -> None:
        text = bytes(self._process.readAllStandardOutput()).decode("utf-8", "replace")
        self._output += text
        self._tell("out", text)

    def _read_errors(self) -> None:
        self._tell("err", bytes(self._process.readAllStandardError()).decode("utf-8", "replace"))

    def _tell(self, stream: str, text: str) -> None:
        *lines, self._rest[stream] = (self._rest[stream] + text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
        for line in lines:
            if line.strip():
                self.line.emit(line.rstrip())

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read_output()
        self._read_errors()
        for stream in ("out", "err"):
            self._tell(stream, "\n")
        self._end(code if status == QProcess.ExitStatus.NormalExit else -1)

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.line.emit(translate("{} could not be started.").format(self._process.program()))
            self._end(-1)

    def _end(self, code: int) -> None:
        if not self._has_ended:
            self._has_ended = True
            self.ended.emit(code, self._output)
