"""The installer's window from the offer to the end, with the real pip and a package index on this machine."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from geonnx.processing.site_packages import folder_in_use
from geonnx.ui.setup import dialog as dialog_module
from geonnx.ui.setup.dialog import InstallDialog, proxy_variables
from geonnx.ui.setup.plan import Facts
from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QToolButton

from . import package_index
from .conftest import settle, wait_for

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> str:
    return package_index.shared_python(tmp_path_factory)


@pytest.fixture
def index(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip-cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with package_index.serve(package_index.write_all(tmp_path / "wheels")) as server:
        monkeypatch.setenv("PIP_INDEX_URL", server.address)
        yield server


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "profile" / "geonnx"


@pytest.fixture
def window(qgis_app, python, index, home, monkeypatch):
    """Return the installer of a QGIS whose Python has nothing, and whose own modules stay as they are."""
    monkeypatch.delenv("GEONNX_SITE_PACKAGES", raising=False)
    monkeypatch.setattr("geonnx.ui.setup.probe.python_candidates", lambda *_words: (python,))
    for module in ("probe", "dialog"):
        monkeypatch.setattr(f"geonnx.ui.setup.{module}.profile_folder", lambda: home)
    monkeypatch.setattr(dialog_module, "missing_modules", lambda: () if folder_in_use(home) else ("onnxruntime",))
    monkeypatch.setattr(dialog_module, "search_path", lambda _home: ())
    monkeypatch.setattr(sys, "path", list(sys.path))
    made = InstallDialog()
    made.told = []
    made.changed.connect(made.told.append)
    yield made
    made.stop()
    wait_for(lambda: not made.is_running)
    made.close()
    made.deleteLater()
    settle()


def offered(window: InstallDialog) -> InstallDialog:
    window.show()
    assert window.state == "looking"
    wait_for(lambda: window.state == "offer", 60)
    return window


def test_offer_install_undo(window, home, python):
    offered(window)
    assert "onnxruntime" in window.form.heading.text()
    assert window.form.command.toPlainText().startswith(python + " -m pip install --target ")
    assert window.install.isEnabled()
    assert not window.undo.isVisible()
    QTest.mouseClick(window.install, LEFT)
    assert window.state == "running"
    assert window.cancel.isVisible()
    assert not window.form.kinds.isEnabled()
    wait_for(lambda: window.state == "done", 120)
    assert "Installed: onnxruntime 1.26.0" in window.form.status.text()
    assert "It can be used now." in window.form.status.text()
    assert window.form.heading.text().startswith("Everything is installed: onnx 1.17.0, onnxruntime 1.26.0")
    folder = folder_in_use(home)
    assert sys.path[-1] == str(folder)
    assert "Successfully installed" in window.form.log.toPlainText()
    assert len(window.told) == 1
    # and back
    assert window.undo.isVisible()
    QTest.mouseClick(window.undo, LEFT)
    wait_for(lambda: len(window.told) == 2 and window.state == "done")
    assert "nothing is installed" in window.form.status.text()
    assert folder_in_use(home) is None
    assert str(folder) not in sys.path
    assert not window.undo.isVisible()


def test_failure_shows_why_and_lets_try_again(window, home, index):
    (next(index.folder.glob("onnx-*.whl"))).unlink()
    offered(window)
    QTest.mouseClick(window.install, LEFT)
    wait_for(lambda: window.state == "failed", 120)
    assert "has no onnx" in window.form.status.text()
    assert "Nothing was changed." in window.form.status.text()
    assert window.install.isEnabled()
    assert folder_in_use(home) is None
    assert window.told == []
    package_index.write_all(index.folder)
    QTest.mouseClick(window.install, LEFT)
    wait_for(lambda: window.state == "done", 120)
    assert folder_in_use(home) is not None


def test_cancel(window, home, index):
    index.stall = True
    offered(window)
    QTest.mouseClick(window.install, LEFT)
    wait_for(index.stalled.is_set, 60)
    QTest.mouseClick(window.cancel, LEFT)
    wait_for(lambda: window.state == "failed")
    assert "Cancelled; nothing was changed." in window.form.status.text()
    assert folder_in_use(home) is None


def test_an_installation_goes_on_when_the_window_is_closed(window, home):
    offered(window)
    QTest.mouseClick(window.install, LEFT)
    window.close()
    wait_for(lambda: window.told, 120)
    assert folder_in_use(home) is not None


def test_without_network_a_folder_is_asked_for(window, home, index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    offered(window)
    window.form.sources.setCurrentIndex(window.form.sources.findData("folder"))
    assert not window.install.isEnabled()
    assert "Choose the folder" in window.form.status.text()
    assert window.form.download.toPlainText().startswith("python3 -m pip download")
    window.form.wheels_field.setFilePath(str(index.folder))
    assert window.install.isEnabled()
    assert f"--find-links {index.folder}" in window.form.command.toPlainText()
    QTest.mouseClick(window.install, LEFT)
    wait_for(lambda: window.state == "done", 120)
    assert folder_in_use(home) is not None


def test_what_can_t_be_done_is_told_before_it_is_tried(window):
    offered(window)
    facts = window._facts
    assert isinstance(facts, Facts)
    window._propose(replace(facts, python=replace(facts.python, pip="")))
    assert not window.install.isEnabled()
    assert "no pip" in window.form.status.text()
    QTest.mouseClick(window.again, LEFT)
    wait_for(lambda: window.state == "offer", 60)
    assert window.install.isEnabled()


def test_the_package_can_be_chosen(window):
    offered(window)
    window._propose(replace(window._facts, platform="linux", machine="x86_64", gpus=("NVIDIA T4",), cuda=(12, 2)))
    assert [window.form.kinds.itemData(row) for row in range(window.form.kinds.count())] == ["gpu", "cpu"]
    assert "onnxruntime-gpu[cuda,cudnn]" in window.form.command.toPlainText()
    window.form.kinds.setCurrentIndex(1)
    assert "onnxruntime-gpu" not in window.form.command.toPlainText()
    assert "takes the place" not in window.form.reasons.text()


def test_the_command_can_be_copied(window):
    offered(window)
    button = window.form.command.parentWidget().findChild(QToolButton)
    QTest.mouseClick(button, LEFT)
    assert QgsApplication.clipboard().text() == window.form.command.toPlainText()


def test_everything_has_a_tooltip_and_the_keyboard_reaches_it(window):
    offered(window)
    for widget in (
        window.form.kinds,
        window.form.sources,
        window.form.wheels_field,
        window.form.command,
        window.install,
        window.again,
    ):
        assert widget.toolTip()
        assert widget.focusPolicy() != Qt.FocusPolicy.NoFocus or widget.focusProxy() is not None


def test_the_proxy_of_qgis_goes_into_the_environment(qgis_app):
    settings = QgsSettings()
    names = {"proxyEnabled": True, "proxyType": "HttpProxy", "proxyHost": "proxy.example.org", "proxyPort": "3128"}
    assert proxy_variables() == {}
    try:
        for name, value in names.items():
            settings.setValue(f"proxy/{name}", value)
        assert proxy_variables()["HTTPS_PROXY"] == "http://proxy.example.org:3128"
    finally:
        for name in names:
            settings.remove(f"proxy/{name}")
