"""A Dask scheduler and workers as processes of this machine, for the demonstration and the tests.

Standard library only, in this process; the started ones need ``distributed`` and what the engine needs. They end by
themselves, should the process that started them be killed: workers once the scheduler is gone, the scheduler when it
has been idle for some minutes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_START_S = 60.0
_IDLE_S = 300
_DEATH_S = 30


class LocalCluster:
    """A scheduler, and workers that find the repository as the package ``geonnx``. Use it in a ``with`` block."""

    def __init__(self, folder: Path, workers: int = 2, *, env: Mapping[str, str] | None = None) -> None:
        """Start everything; *folder* gets the logs and a link to the package. *env* is added to the environment."""
        self.folder = folder
        self.packages = folder / "packages"
        self.packages.mkdir(parents=True, exist_ok=True)
        if not (self.packages / "geonnx").is_symlink():
            (self.packages / "geonnx").symlink_to(ROOT, target_is_directory=True)
        self._env = {**os.environ, "PYTHONPATH": str(self.packages), **(env or {})}
        self.scheduler_file = folder / "scheduler.json"
        self.scheduler_file.unlink(missing_ok=True)
        self.workers: list[subprocess.Popen[bytes]] = []
        words = ("--port", "0", "--scheduler-file", str(self.scheduler_file), "--idle-timeout", str(_IDLE_S))
        # the scheduler needs nothing of the package, and shall show it
        self.scheduler = self._start("dask_scheduler", *words, env={"PYTHONPATH": ""})
        self.address = self._wait_for_address()
        for _ in range(workers):
            self.add_worker()

    def add_worker(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a worker with one thread, a single process that nothing restarts."""
        options = ["--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder / "scratch")]
        options += ["--memory-limit", "2GiB", "--death-timeout", str(_DEATH_S), *words]
        process = self._start("dask_worker", self.address, *options, env=env)
        self.workers.append(process)
        return process

    @property
    def device(self) -> str:
        """What DEVICE has to be; it waits until workers have started."""
        return f"{self.address.replace('tcp://', 'dask://')}?wait=60"

    def kill_worker(self) -> int:
        """Kill the worker that was started first, as a machine that fails does; return its process number."""
        process = self.workers.pop(0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return process.pid

    def stop(self) -> None:
        """End all processes."""
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()
        self.workers.clear()

    def __enter__(self) -> LocalCluster:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _start(self, module: str, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        own = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard"]
        command: Sequence[str] = [sys.executable, "-m", f"distributed.cli.{module}", *own, *words]
        with (self.folder / f"{module}.log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, env={**self._env, **(env or {})}, stdout=log, stderr=log)

    def _wait_for_address(self) -> str:
        until = time.monotonic() + _START_S
        while time.monotonic() < until and self.scheduler.poll() is None:
            try:
                return str(json.loads(self.scheduler_file.read_text(encoding="utf-8"))["address"])
            except (OSError, ValueError):
                time.sleep(0.1)
        self.scheduler.kill()
        raise RuntimeError("the scheduler did not start:\n" + (self.folder / "dask_scheduler.log").read_text())
