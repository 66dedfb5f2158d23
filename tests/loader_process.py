"""A process that loads and tries models for a test, so that a crash of it is a failing test and not a dead test run.

Reads one line of JSON, [path, whether its card is read too], on standard input and answers with one: [outcome, words],
the outcome being "ran", "refused" (our own error) or "raised" (anything else, with the traceback).
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
CRASH, HANG = "!crash", "!hang"
_MEMORY_BYTES = 6 << 30
_LARGEST_TRIAL_ELEMENTS = 1 << 22


class LoaderProcess:
    """Starts the process and asks it; starts it again after a crash."""

    def __init__(self, cache: Path, seconds: float = 20) -> None:
        self._cache = cache
        self.seconds = seconds
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> LoaderProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def load(self, path: Path | str, *, card: bool = True) -> tuple[str, str]:
        """Return the outcome for a model, read with or without a card; also "crashed" and "hung"."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).resolve())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "GEONNX_CACHE": str(self._cache), "GEONNX_MODELS": ""},
                text=True,
            )
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps([str(path), card]) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], self.seconds)
        line = process.stdout.readline() if ready else ""
        if not line:
            code = process.poll() if not ready else process.wait()
            self.stop()
            return ("crashed", f"exit code {code}") if ready else ("hung", f"no answer in {self.seconds} s")
        outcome, words = json.loads(line)
        return outcome, words


def main() -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # libraries may print
    sys.path.insert(0, str(ROOT / "tests"))
    from conftest import load_package

    load_package()
    for line in sys.stdin:
        answers.write(json.dumps(_try(*json.loads(line))) + "\n")
        answers.flush()


def _try(path: str, card: bool) -> tuple[str, str]:
    from geonnx.models.errors import GeonnxError

    if path == CRASH:
        os.kill(os.getpid(), signal.SIGSEGV)
    if path == HANG:
        time.sleep(60)
    try:
        (_try_card if card else _try_network)(path)
    except GeonnxError as error:
        return "refused", str(error)
    except BaseException:  # noqa: BLE001  (the test wants to know)
        return "raised", traceback.format_exc()
    return "ran", ""


def _try_card(path: str) -> None:
    """Read a model as the algorithms do, write what is known of it, and run it."""
    from geonnx.models import load_model
    from geonnx.models.inspect import describe_model, render_html

    model = load_model(path)
    json.dumps(describe_model(model)).encode()
    render_html(model).encode()
    _try_network(str(model.card.model_path))


def _try_network(path: str) -> None:
    """Load an ONNX file and run it on a small empty image."""
    from geonnx.models.runtime.session import open_session
    from geonnx.models.runtime.signature import read_signature

    signature = read_signature(Path(path))
    names = tuple(tensor.name for tensor in signature.outputs)
    session = open_session(Path(path), names, device="cpu", threads=1)
    tensors = _empty_tensors(signature.inputs)
    if tensors is not None:
        session.run(tensors)


def _empty_tensors(inputs):
    import numpy as np
    from geonnx.models.runtime.session import run_dtype

    tensors = {}
    for spec in inputs:
        shape = [size or (1 if place == 0 else 8) for place, size in enumerate(spec.shape)]
        if np.prod(shape, dtype=float) > _LARGEST_TRIAL_ELEMENTS:
            return None
        tensors[spec.name] = np.zeros(shape, run_dtype(spec.dtype))
    return tensors


if __name__ == "__main__":
    main()
