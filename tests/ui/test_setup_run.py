"""Installations by the real pip from a package index on this machine: success, failure, cancel, undo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from geonnx.processing.site_packages import folder_in_use, switch_back, switch_to
from geonnx.ui.setup.pip_run import Installation
from geonnx.ui.setup.plan import Facts, Plan, make_plan
from geonnx.ui.setup.probe import FactsReader
from qgis.PyQt.QtCore import QObject

from . import package_index
from .conftest import wait_for

NUMPY = "1.24.2"


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> str:
    return package_index.shared_python(tmp_path_factory)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Serve a fresh package index, and let pip know no other."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip-cache"))
    with package_index.serve(package_index.write_all(tmp_path / "wheels")) as server:
        monkeypatch.setenv("PIP_INDEX_URL", server.address)
        yield server


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "profile" / "geonnx"


@pytest.fixture
def owner(qgis_app):
    made = QObject()
    yield made
    made.deleteLater()


def ask_facts(owner, home, python, monkeypatch) -> Facts:
    """Return what is found when *python* is the one of QGIS."""
    monkeypatch.setattr("geonnx.ui.setup.probe.python_candidates", lambda *_words: ("/no/such/python", python))
    monkeypatch.setattr("geonnx.ui.setup.probe.profile_folder", lambda: home)
    monkeypatch.delenv("GEONNX_SITE_PACKAGES", raising=False)
    found: list[Facts] = []
    problems: list[str] = []
    reader = FactsReader(owner)
    reader.ask(found.append, problems.append)
    wait_for(lambda: found or problems)
    assert not problems
    return replace(found[0], numpy=NUMPY, gpus=(), cuda=(0, 0))


class Run:
    """One installation and what it said."""

    def __init__(self, plan: Plan, home: Path, owner: QObject, wheels: str = "") -> None:
        self.installation = Installation(plan, home, owner, wheels=wheels)
        self.lines: list[str] = []
        self.end: tuple[str, str] | None = None
        self.installation.line.connect(self.lines.append)
        self.installation.ended.connect(self._ended)

    def _ended(self, state: str, message: str) -> None:
        assert self.end is None, "ended twice"
        self.end = state, message

    def finish(self) -> tuple[str, str]:
        self.installation.start()
        assert self.installation.is_running
        end = wait_for(lambda: self.end, 120, "pip")
        assert not self.installation.is_running
        return end


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name not in ("bin", "__pycache__")}


def tree(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*")) if home.exists() else []


@pytest.fixture
def facts(owner, home, python, monkeypatch, index) -> Facts:
    return ask_facts(owner, home, python, monkeypatch)


def test_the_python_of_qgis_is_asked(facts, python):
    assert facts.python.program == python
    assert facts.python.version == sys.version_info[:2]
    assert "pip" in dict(facts.python.packages)
    assert facts.python.pip
    assert "onnxruntime" not in dict(facts.python.packages)


def test_success_brings_what_is_missing_and_no_numpy(facts, home, owner, index):
    run = Run(make_plan(facts, "cpu", "first"), home, owner)
    state, message = run.finish()
    assert state == "done", run.lines
    assert "onnxruntime 1.26.0 (AzureExecutionProvider, CPUExecutionProvider), onnx 1.17.0" in message
    folder = folder_in_use(home)
    assert folder == home / "packages" / "first"
    assert names(folder) == {
        "onnxruntime", "onnx", "flatbuffers", "google", "onnxruntime-1.26.0.dist-info",
        "onnx-1.17.0.dist-info", "flatbuffers-25.1.dist-info", "protobuf-5.29.dist-info",
    }  # fmt: skip
    assert not any("numpy" in path and path.startswith("/files/") for path in index.asked)
    assert names(home / "packages") == {"first"}
    assert run.lines[0].startswith(facts.python.program)


def test_what_qgis_has_is_not_installed_again(facts, home, owner, index):
    has_more = replace(facts, python=replace(facts.python, packages=(("protobuf", "4.21.12"), ("Flatbuffers", "2.0"))))
    run = Run(make_plan(has_more, "cpu", "first"), home, owner)
    assert run.finish()[0] == "done", run.lines
    assert {"google", "flatbuffers"}.isdisjoint(names(home / "packages" / "first"))


def test_what_qgis_has_may_be_too_old(facts, home, owner, index):
    too_old = replace(facts, python=replace(facts.python, packages=(("protobuf", "3.12"),)))
    run = Run(make_plan(too_old, "cpu", "first"), home, owner)
    state, message = run.finish()
    assert (state, "go together" in message) == ("failed", True), run.lines
    assert folder_in_use(home) is None


def test_switching_to_the_gpu_takes_the_other_package_away(facts, home, owner):
    assert Run(make_plan(facts, "cpu", "first"), home, owner).finish()[0] == "done"
    card = replace(facts, gpus=("NVIDIA T4",), cuda=(12, 4))
    state, message = Run(make_plan(card, "gpu", "second"), home, owner).finish()
    assert state == "done"
    assert "CUDAExecutionProvider" in message
    found = names(home / "packages" / "second")
    assert "onnxruntime_gpu-1.26.0.dist-info" in found
    assert "onnxruntime-1.26.0.dist-info" not in found
    assert (home / "packages" / "second" / "nvidia" / "cudnn").is_dir()
    # the way back
    assert switch_back(home) == home / "packages" / "first" == folder_in_use(home)
    assert Run(make_plan(facts, "cpu", "third"), home, owner).finish()[0] == "done"
    assert names(home / "packages") == {"first", "third"}


def test_no_matching_wheel_changes_nothing(facts, home, owner, index):
    assert Run(make_plan(facts, "cpu", "first"), home, owner).finish()[0] == "done"
    before = tree(home)
    for path in index.folder.glob("onnx-*.whl"):
        path.unlink()
    package_index.write_wheel(index.folder, "onnx", "1.17.0", {"onnx/__init__.py": ""}, tag="cp27-cp27m-win32")
    run = Run(make_plan(facts, "cpu", "second"), home, owner)
    state, message = run.finish()
    assert state == "failed"
    assert "has no onnx>=1.15,<2 for this system" in message or "has no onnx" in message
    assert message.endswith("Nothing was changed.")
    assert tree(home) == before


def test_a_runtime_that_does_not_start_is_not_used(facts, home, owner, index):
    (next(index.folder.glob("onnxruntime-1*.whl"))).unlink()
    broken = {"onnxruntime/__init__.py": "raise ImportError('DLL load failed')\n"}
    package_index.write_wheel(index.folder, "onnxruntime", "1.26.0", broken)
    state, message = Run(make_plan(facts, "cpu", "first"), home, owner).finish()
    assert state == "failed"
    assert "DLL load failed" in message
    assert folder_in_use(home) is None
    assert names(home / "packages") == set()


def test_cancel_while_downloading_changes_nothing(facts, home, owner, index):
    index.stall = True
    run = Run(make_plan(facts, "cpu", "first"), home, owner)
    run.installation.start()
    wait_for(index.stalled.is_set, 60, "the first download")
    run.installation.cancel()
    state, message = wait_for(lambda: run.end)
    assert (state, message) == ("cancelled", "Cancelled; nothing was changed.")
    assert names(home / "packages") == set()
    assert folder_in_use(home) is None
    run.installation.cancel()  # once is enough


def test_cancel_at_the_very_start(facts, home, owner):
    run = Run(make_plan(facts, "cpu", "first"), home, owner)
    run.installation.start()
    run.installation.cancel()
    assert wait_for(lambda: run.end)[0] == "cancelled"
    assert folder_in_use(home) is None


def test_without_network_it_says_so(facts, home, owner, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    plan = make_plan(facts, "cpu", "first")
    state, message = Run(plan, home, owner).finish()
    assert state == "failed"
    assert "could not be reached" in message
    assert "without network" in message


def test_a_folder_with_wheels_needs_no_network(facts, home, owner, index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    wheels = str(index.folder)
    run = Run(make_plan(facts, "cpu", "first", wheels), home, owner, wheels)
    assert run.finish()[0] == "done", run.lines
    assert not index.asked
    for path in index.folder.glob("onnx-*.whl"):
        path.unlink()
    state, message = Run(make_plan(facts, "cpu", "second", wheels), home, owner, wheels).finish()
    assert state == "failed"
    assert f"The folder {wheels} has no wheel of onnx" in message


def test_a_python_without_pip(owner, home, tmp_path, monkeypatch):
    python = package_index.make_python(tmp_path / "bare", sys.executable, pip=False)
    facts = ask_facts(owner, home, python, monkeypatch)
    assert facts.python.program == python
    assert facts.python.pip == ""
    plan = make_plan(facts, "cpu", "first")
    assert "no pip" in plan.problem
    state, message = Run(plan, home, owner).finish()
    assert state == "failed"
    assert "no pip" in message


def test_a_python_that_is_none(owner, home, monkeypatch, tmp_path):
    script = tmp_path / "python3"
    script.write_text("#!/bin/sh\necho 'QGIS 3.22'\n")
    script.chmod(0o755)
    facts = ask_facts(owner, home, str(script), monkeypatch)
    assert facts.python.program == ""
    assert "was not found" in make_plan(facts, "cpu", "first").problem


def test_another_python_of_the_same_version_is_not_taken(owner, home, python, monkeypatch, tmp_path):
    """Inside QGIS, sys.executable is whatever python3 comes first on the PATH."""
    script = tmp_path / "python3"
    answer = [list(sys.version_info[:2]), "23.0", "1.24.2", {}, "/opt/other/lib/python3/os.py"]
    script.write_text(f"#!/bin/sh\ncat <<'END'\nGEONNX {json.dumps(answer)}\nEND\n")
    script.chmod(0o755)
    facts = ask_facts(owner, home, str(script), monkeypatch)
    assert facts.python.program == ""


def test_what_qgis_cannot_import_has_no_stand_in(owner, home, python, monkeypatch):
    monkeypatch.setattr("geonnx.ui.setup.probe.packages_in", lambda _folder: ())
    facts = ask_facts(owner, home, python, monkeypatch)
    assert facts.python.program == python
    assert facts.python.packages == ()


def test_a_profile_that_may_not_be_written(facts, tmp_path, owner):
    (tmp_path / "file").write_text("")
    blocked = replace(facts, home=str(tmp_path / "file"))
    state, message = Run(make_plan(blocked, "cpu", "first"), tmp_path / "file", owner).finish()
    assert state == "failed"
    assert "can't be used" in message


def test_a_switch_that_fails_changes_nothing(facts, home, owner):
    (home / "packages.json").mkdir(parents=True)
    (home / "packages.json" / "in the way").write_text("")
    state, message = Run(make_plan(facts, "cpu", "first"), home, owner).finish()
    assert state == "failed"
    assert "can't be used" in message
    assert names(home / "packages") == set()


def test_once_it_is_used_it_can_t_be_cancelled(facts, home, owner, monkeypatch):
    run = Run(make_plan(facts, "cpu", "first"), home, owner)

    def switch_and_cancel(*words) -> None:
        switch_to(*words)
        run.installation.cancel()

    monkeypatch.setattr("geonnx.ui.setup.pip_run.switch_to", switch_and_cancel)
    assert run.finish()[0] == "done"
    assert folder_in_use(home) == home / "packages" / "first"


def test_progress_of_newer_pip_is_no_log(facts, home, owner):
    run = Run(make_plan(facts, "cpu", "first"), home, owner)
    shares: list[float] = []
    run.installation.progress.connect(shares.append)
    for text in ("Progress 0 of 200", "Progress 50 of 200", "Collecting onnx"):
        run.installation._hear(text)
    assert shares == [0.0, 0.25]
    assert run.lines == ["Collecting onnx"]


def test_debian_s_own_python_is_no_obstacle(facts, home, owner, python, index):
    """PEP 668: where pip may not change the system, it may still fill a folder of our own."""
    code = "import json, sysconfig; print(json.dumps(sysconfig.get_path('stdlib')))"
    stdlib = Path(json.loads(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout))
    if not (stdlib / "EXTERNALLY-MANAGED").exists():
        pytest.skip("this Python is not managed from outside")
    assert Run(make_plan(facts, "cpu", "first"), home, owner).finish()[0] == "done"
