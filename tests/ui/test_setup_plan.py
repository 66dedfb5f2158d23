"""Which package for which machine, by which command; where packages lie, and the way back."""

from __future__ import annotations

import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from geonnx.processing.site_packages import (
    folder_in_use,
    packages_folder,
    read_switches,
    remove_unused,
    switch_back,
    switch_to,
)
from geonnx.ui.setup.activate import missing_modules, search_path, use_folder
from geonnx.ui.setup.explain import explain_failure
from geonnx.ui.setup.plan import (
    Facts,
    PythonFacts,
    command_text,
    download_command,
    gpu_obstacle,
    make_plan,
    possible_kinds,
    recommend,
    stand_ins,
)
from geonnx.ui.setup.probe import read_answer
from geonnx.ui.setup.python_program import python_candidates
from geonnx.ui.setup.stand_ins import remove_stand_ins, write_stand_ins

from . import package_index

PYTHON = PythonFacts("/usr/bin/python3", (3, 11), "23.0.1", (("numpy", "1.24.2"), ("requests", "2.28.1")))
LINUX = Facts("linux", "x86_64", PYTHON, "1.24.2", "/home/me/profile/geonnx")
WINDOWS = replace(
    LINUX,
    platform="win32",
    machine="AMD64",
    python=replace(PYTHON, program=r"C:\Program Files\QGIS\bin\python.exe", version=(3, 12)),
)
MAC = replace(LINUX, platform="darwin", machine="arm64")
CARD = {"gpus": ("NVIDIA RTX A2000",), "cuda": (12, 4)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (LINUX, "cpu"),
        (replace(LINUX, **CARD), "gpu"),
        (replace(LINUX, gpus=("Tesla K80",), cuda=(11, 4)), "cpu"),
        (replace(LINUX, cuda=(12, 4)), "cpu"),
        (replace(LINUX, machine="aarch64", **CARD), "cpu"),
        (replace(LINUX, python=replace(PYTHON, version=(3, 9)), **CARD), "cpu"),
        (WINDOWS, "directml"),
        (replace(WINDOWS, **CARD), "gpu"),
        (replace(WINDOWS, machine="ARM64"), "cpu"),
        (MAC, "cpu"),
    ],
)
def test_the_machine_decides(facts, expected):
    assert recommend(facts) == expected
    assert possible_kinds(facts)[0] == expected


def test_only_packages_that_exist_are_offered():
    assert possible_kinds(LINUX) == ("cpu", "gpu")
    assert possible_kinds(WINDOWS) == ("directml", "cpu", "gpu")
    assert possible_kinds(MAC) == ("cpu",)


@pytest.mark.parametrize(
    ("cuda", "requirement"),
    [
        ((12, 4), "onnxruntime-gpu[cuda,cudnn]>=1.21,<1.27"),
        ((13, 0), "onnxruntime-gpu[cuda,cudnn]>=1.21,<2"),
    ],
)
def test_the_driver_decides_the_version(cuda, requirement):
    plan = make_plan(replace(LINUX, gpus=("A",), cuda=cuda), "gpu", "fresh")
    assert plan.requirements == (requirement, "onnx>=1.15,<2")


def test_the_exact_command():
    plan = make_plan(LINUX, "cpu", "20260102-030405")
    home = "/home/me/profile/geonnx/packages/20260102-030405"
    assert plan.command == (
        f"/usr/bin/python3 -m pip install --target {home} --only-binary=:all: --no-input --disable-pip-version-check "
        f"--no-warn-script-location --no-warn-conflicts --retries 2 --timeout 20 --progress-bar off "
        f"--find-links {home}.work/stand-ins "
        f"--constraint {home}.work/constraints.txt 'onnxruntime>=1.16,<2' 'onnx>=1.15,<2'"
    )
    assert not plan.problem


def test_a_folder_of_wheels_replaces_the_network():
    plan = make_plan(LINUX, "cpu", "fresh", wheels="/media/my stick")
    at = plan.arguments.index("--no-index")
    assert plan.arguments[at + 1 : at + 3] == ("--find-links", "/media/my stick")
    assert "'/media/my stick'" in plan.command


def test_newer_pip_tells_its_progress():
    assert "raw" not in make_plan(LINUX, "cpu", "x").arguments
    newer = replace(LINUX, python=replace(PYTHON, pip="24.1"))
    assert "raw" in make_plan(newer, "cpu", "x").arguments


def test_the_wheels_can_be_fetched_elsewhere():
    assert download_command(WINDOWS, "directml") == (
        "python3 -m pip download --dest geonnx-wheels --only-binary=:all: --python-version 3.12 --platform win_amd64 "
        "'onnxruntime-directml>=1.16,<2' 'onnx>=1.15,<2' numpy==1.24.2"
    )
    assert "--platform manylinux_2_28_x86_64" in download_command(LINUX, "cpu")
    assert "--platform macosx_14_0_arm64" in download_command(MAC, "cpu")


@pytest.mark.parametrize(
    ("facts", "kind", "parts"),
    [
        (replace(LINUX, python=PythonFacts("", (3, 11))), "cpu", ("was not found", "shell")),
        (replace(LINUX, python=replace(PYTHON, pip="")), "cpu", ("no pip", "apt install python3-pip")),
        (replace(WINDOWS, python=replace(WINDOWS.python, pip="")), "cpu", ("no pip", "ensurepip")),
        (replace(LINUX, named_folder="/opt/x"), "cpu", ("GEONNX_SITE_PACKAGES", "/opt/x")),
        (replace(LINUX, numpy=""), "cpu", ("no numpy",)),
        (
            replace(LINUX, python=replace(PYTHON, packages=(("onnxruntime", "1.20.0"),)), **CARD),
            "gpu",
            ("onnxruntime 1.20.0", "uninstall onnxruntime"),
        ),
    ],
)
def test_what_stands_in_the_way_is_told(facts, kind, parts):
    problem = make_plan(facts, kind, "x").problem
    for part in parts:
        assert part in problem


def test_reasons_say_what_was_found_and_what_is_replaced():
    facts = replace(LINUX, own_packages=(("onnx", "1.17"), ("onnxruntime", "1.20")), **CARD)
    text = " ".join(make_plan(facts, "gpu", "x").reasons)
    for part in ("RTX A2000", "CUDA 12.4", "takes the place of onnxruntime", "numpy 1.24.2"):
        assert part in text
    old = replace(LINUX, gpus=("Tesla K80",), cuda=(11, 4))
    assert "needs CUDA 12" in gpu_obstacle(old)
    assert "needs CUDA 12" in " ".join(make_plan(old, "cpu", "x").reasons)


def test_versions_of_distributors_are_understood():
    packages = (("Numpy", "9"), ("PyYAML", "6.0+ds1"), ("zope.interface", "5.4.0"), ("odd", "unknown"))
    facts = replace(LINUX, python=replace(PYTHON, packages=packages), numpy="2.1.0rc1")
    assert stand_ins(facts) == (("numpy", "2.1.0rc1"), ("pyyaml", "6.0"), ("zope-interface", "5.4.0"))


def test_commands_are_quoted_for_their_shell():
    assert command_text(("a b", "x>1", "it's"), "linux") == "'a b' 'x>1' 'it'\\''s'"
    assert command_text((r"C:\Program Files\x.exe", "x>1", "y"), "win32") == r'"C:\Program Files\x.exe" "x>1" y'


@pytest.mark.parametrize(
    ("platform", "executable", "prefixes", "expected"),
    [
        ("linux", "/usr/bin/python3", ["/usr"], "/usr/bin/python3"),
        ("linux", "/usr/bin/qgis", ["/usr"], "/usr/bin/python3.12"),
        ("linux", "", ["/usr"], "/usr/bin/python3.12"),
        ("win32", r"C:\QGIS\bin\qgis-bin.exe", [r"C:\QGIS\apps\Python312"], r"C:\QGIS\bin\python3.exe"),
        ("win32", r"C:\QGIS\bin\qgis-bin.exe", [r"C:\QGIS\apps\Python312"], r"C:\QGIS\apps\Python312\python.exe"),
        (
            "darwin",
            "/Applications/QGIS.app/Contents/MacOS/QGIS",
            ["/Applications/QGIS.app/Contents/Frameworks"],
            "/Applications/QGIS.app/Contents/MacOS/bin/python3",
        ),
    ],
)
def test_python_is_looked_for_beside_qgis(platform, executable, prefixes, expected):
    found = python_candidates(platform, executable, prefixes, (3, 12))
    assert expected in found
    assert not any("qgis" in path.rsplit("\\", 1)[-1].rsplit("/", 1)[-1].lower() for path in found)


def test_an_answer_of_something_else_is_none():
    text = 'hello\nGEONNX [[3, 11], "23.0", "1.24.2", {"numpy": "1.24.2"}, "/usr/lib/os.py"]\n'
    answer = read_answer("/p", text)
    assert answer.python == PythonFacts("/p", (3, 11), "23.0", (("numpy", "1.24.2"),))
    assert (answer.numpy, answer.library) == ("1.24.2", "/usr/lib/os.py")
    for other in ("", "QGIS 3.22", "GEONNX {}", 'GEONNX [[3], 1, 2, 3, ""]'):
        assert read_answer("/p", other) is None


@pytest.mark.parametrize(
    ("line", "wheels", "part"),
    [
        ("/usr/bin/python3: No module named pip", "", "no pip"),
        ("WARNING: Retrying … NewConnectionError('…')\nERROR: No matching distribution found for onnx", "", "network"),
        ("ERROR: No matching distribution found for onnx", "", "has no onnx for this system"),
        ("ERROR: No matching distribution found for onnx", "/w", "folder /w has no wheel"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "", "disk is full"),
        ("[Errno 13] Permission denied: '/x'", "", "may not be written"),
        ("ERROR: ResolutionImpossible: for help visit", "", "go together"),
        ("ssl.SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED", "", "certificate"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "", "damaged"),
        ("no such option: --constraint", "", "too old"),
        ("ERROR: something odd", "", "pip failed: something odd"),
        ("", "", "said nothing"),
    ],
)
def test_failures_of_pip_in_plain_words(line, wheels, part):
    assert part in explain_failure(line.splitlines(), wheels)


def test_stand_ins_come_and_go(tmp_path):
    write_stand_ins(tmp_path / "work", [("numpy", "1.24.2"), ("zope-interface", "5.4.0")])
    wheels = sorted(path.name for path in (tmp_path / "work" / "stand-ins").iterdir())
    assert wheels == ["numpy-1.24.2+qgis-py3-none-any.whl", "zope_interface-5.4.0+qgis-py3-none-any.whl"]
    assert "numpy==1.24.2+qgis\n" in (tmp_path / "work" / "constraints.txt").read_text()
    target = tmp_path / "target"
    for path in (tmp_path / "work" / "stand-ins").iterdir():
        zipfile.ZipFile(path).extractall(target)
    (target / "onnx-1.17.dist-info").mkdir()
    (target / "numpy").mkdir()  # whatever pip did
    (target / "numpy.libs").mkdir()
    assert remove_stand_ins(target) == ["numpy", "zope-interface"]
    assert [path.name for path in target.iterdir()] == ["onnx-1.17.dist-info"]


def test_what_is_tried_is_tried_where_qgis_looks(tmp_path, module_path):
    sys.path[:] = ["", "/usr/lib/python3", str(tmp_path / "packages" / "old"), str(tmp_path / "site-packages")]
    assert search_path(tmp_path) == ["/usr/lib/python3"]


def fill(home: Path, name: str) -> Path:
    folder = packages_folder(home, name)
    folder.mkdir(parents=True)
    return folder


def test_folders_are_switched_and_switched_back(tmp_path):
    assert folder_in_use(tmp_path) is None
    by_hand = fill(tmp_path, "")
    assert folder_in_use(tmp_path) == by_hand == tmp_path / "site-packages"
    one, two = fill(tmp_path, "one"), fill(tmp_path, "two")
    switch_to(tmp_path, "one")
    assert folder_in_use(tmp_path) == one
    switch_to(tmp_path, "two")
    assert folder_in_use(tmp_path) == two
    assert switch_back(tmp_path) == one
    assert read_switches(tmp_path).former is None
    switch_to(tmp_path, "two")
    switch_to(tmp_path, "")
    assert folder_in_use(tmp_path) == by_hand


def test_the_first_installation_can_be_undone(tmp_path):
    fill(tmp_path, "one")
    switch_to(tmp_path, "one")
    assert switch_back(tmp_path) is None
    assert folder_in_use(tmp_path) is None


def test_only_what_is_of_no_more_use_is_deleted(tmp_path):
    for name in ("one", "two", "three", "three.work"):
        fill(tmp_path, name)
    switch_to(tmp_path, "one")
    switch_to(tmp_path, "two")
    switch_to(tmp_path, "three")
    remove_unused(tmp_path)
    assert sorted(path.name for path in (tmp_path / "packages").iterdir()) == ["three", "two"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"current": 3}', '{"current": "../../etc"}', '{"current": "gone"}'])
def test_a_broken_note_means_the_folder_filled_by_hand(tmp_path, text):
    by_hand = fill(tmp_path, "")
    (tmp_path / "packages.json").write_text(text)
    assert folder_in_use(tmp_path) == by_hand


@pytest.fixture
def module_path(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_a_fresh_folder_is_searched_at_once(tmp_path, module_path, monkeypatch):
    package_index.write_all(tmp_path / "wheels")
    folder = fill(tmp_path, "one")
    (folder / "geonnx_probe_module.py").write_text("")
    sys.path.append(str(tmp_path / "packages" / "old"))
    assert missing_modules(["geonnx_probe_module"]) == ("geonnx_probe_module",)
    for name in ("onnx", "onnxruntime"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert use_folder(tmp_path, folder)
    assert missing_modules(["geonnx_probe_module"]) == ()
    assert str(tmp_path / "packages" / "old") not in sys.path
    assert sys.path[-1] == str(folder)
    assert use_folder(tmp_path, None)
    assert str(folder) not in sys.path


def test_a_loaded_library_is_exchanged_after_a_restart_only(tmp_path, module_path, monkeypatch):
    old, new = fill(tmp_path, "old"), fill(tmp_path, "new")
    sys.path.append(str(old))
    module = type(sys)("onnxruntime")
    module.__file__ = str(old / "onnxruntime" / "__init__.py")
    monkeypatch.setitem(sys.modules, "onnxruntime", module)
    assert not use_folder(tmp_path, new)
    assert str(old) in sys.path
    assert use_folder(tmp_path, old)
