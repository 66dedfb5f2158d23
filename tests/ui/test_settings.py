"""Settings: what is kept, what is refused, what wins, and that algorithms take them."""

from __future__ import annotations

import os
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest
from geonnx.models.catalog.entries import models_folder
from geonnx.models.catalog.index import default_index, set_default_index
from geonnx.models.settings import RunOptions, RunSettings
from geonnx.models.user_cache import set_user_cache, user_cache
from geonnx.processing.folders import use_profile_folder, use_user_defaults
from geonnx.processing.site_packages import switch_back, switch_to
from geonnx.ui.settings import store
from geonnx.ui.settings.page import SettingsFactory, SettingsPage
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractSpinBox, QLabel

from .. import tiny_models
from ..e2e.conftest import load_headless
from .conftest import settle, wait_for

VARIABLES = ("GEONNX_MODELS", "GEONNX_CACHE", "GEONNX_CATALOG")


@pytest.fixture(autouse=True)
def clean(qgis_app, monkeypatch):
    """Begin and end with no settings, and no variables that win over them."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    QgsSettings().remove("geonnx")
    yield
    QgsSettings().remove("geonnx")
    set_user_cache(None)
    set_default_index("")
    use_profile_folder()


@pytest.fixture
def page(qgis_app):
    made = SettingsPage()
    made.show()
    yield made
    made.close()
    made.deleteLater()
    settle()


def full(folder: Path) -> store.UserSettings:
    return store.UserSettings(
        str(folder / "models"), str(folder / "cache"), "cpu", 3, ("https://example.org/a.json", str(folder / "b.json"))
    )


def test_settings_come_back_as_they_were(tmp_path):
    assert store.read() == store.UserSettings()
    wanted = full(tmp_path)
    store.write(wanted)
    assert store.read() == wanted
    one = replace(wanted, catalog_urls=("https://example.org/only.json",))
    store.write(one)
    assert store.read() == one
    store.write(store.UserSettings())
    assert QgsSettings().value("geonnx/device") is None


@pytest.mark.parametrize(
    ("name", "value"), [("threads", "many"), ("threads", -3), ("threads", 99999), ("device", 7), ("models_folder", 3)]
)
def test_nonsense_in_the_profile_counts_as_not_set(name, value):
    QgsSettings().setValue(f"geonnx/{name}", value)
    assert store.read() == store.UserSettings()


def test_settings_are_in_force_at_once_and_variables_win(tmp_path, monkeypatch):
    store.write(full(tmp_path))
    assert models_folder() == tmp_path / "models"
    assert user_cache() == tmp_path / "cache"
    assert default_index() == "https://example.org/a.json"
    for name in VARIABLES:
        monkeypatch.setenv(name, "/named")
    assert models_folder() == user_cache() == Path("/named")
    assert default_index() == "/named"
    for name in ("models_folder", "cache_folder", "catalog_urls"):
        assert store.overriding(name)
    assert store.overriding("device") == ""
    for name in VARIABLES:
        monkeypatch.delenv(name)
    store.write(store.UserSettings())
    assert models_folder().parts[-2:] == ("geonnx", "models")
    assert user_cache().name == "geonnx"


def test_device_and_threads_are_taken_where_none_are_named(tmp_path):
    assert use_user_defaults(RunSettings()) == (RunSettings(), "")
    store.write(full(tmp_path))
    settings, said = use_user_defaults(RunSettings(device=""))
    assert (settings.device, settings.options.threads) == ("cpu", 3)
    assert "cpu" in said
    named = RunSettings(device="cuda:1", options=RunOptions(threads=7))
    assert use_user_defaults(named) == (named, "")


@pytest.mark.parametrize(
    ("changes", "name", "part"),
    [
        ({"models_folder": "models"}, "models_folder", "full path"),
        ({"cache_folder": "./x"}, "cache_folder", "full path"),
        ({"device": "my gpu!"}, "device", "expected a word"),
        ({"device": "dask://"}, "device", "dask://host"),
        ({"threads": 5000}, "threads", "found 5000"),
        ({"catalog_urls": ("ftp://example.org/x",)}, "catalog_urls", "begins with ftp"),
        ({"catalog_urls": ("catalog.json",)}, "catalog_urls", "full path of a file"),
    ],
)
def test_what_is_wrong_is_told(changes, name, part):
    found = store.check(replace(store.UserSettings(), **changes))
    assert list(found) == [name]
    assert part in found[name]


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda:1", "cuda:0,cuda:1", "openvino:gpu.1", "dask://host:8786"])
def test_devices_that_may_be_set(device):
    assert store.check(replace(store.UserSettings(), device=device)) == {}


def test_folders_on_the_disk(tmp_path):
    (tmp_path / "file").write_text("")
    assert store.check_folder("") == ""
    assert store.check_folder(str(tmp_path / "new" / "deep")) == ""
    assert "is a file" in store.check_folder(str(tmp_path / "file"))
    assert "is no folder" in store.check_folder(str(tmp_path / "file" / "x"))
    if os.geteuid():
        assert "Nothing may be written" in store.check_folder("/usr/geonnx")


def test_the_page_shows_and_keeps_settings(tmp_path, page):
    store.write(full(tmp_path))
    page.form.setSettings(store.read())
    assert page.form.settings() == full(tmp_path)
    page.form.threads.setValue(0)
    page.form.catalogs.setPlainText("  https://example.org/c.json \n\nhttps://example.org/c.json")
    assert page.isValid()
    page.apply()
    assert store.read() == replace(full(tmp_path), threads=0, catalog_urls=("https://example.org/c.json",))


def test_the_page_refuses_what_is_wrong_and_says_so(tmp_path, page):
    store.write(full(tmp_path))
    page.form.setSettings(store.read())
    (tmp_path / "file").write_text("")
    page.form.models_folder.setFilePath(str(tmp_path / "file"))
    page.form.threads.setValue(5)
    wait_for(lambda: not page.isValid(), what="a look at the disk")
    texts = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert any("is a file; expected a folder" in text for text in texts)
    page.apply()
    assert store.read() == replace(full(tmp_path), threads=5), "what is right is kept, what is wrong stays as it was"


def test_typing_into_the_page(page):
    page.form.catalogs.setFocus()
    QTest.keyClicks(page.form.catalogs, "nonsense")
    assert "catalog_urls" in page.form.problems()
    QTest.keyClick(page.form.catalogs, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(page.form.catalogs, "https://example.org/c.json")
    assert page.form.problems() == {}


def test_every_field_has_a_tooltip_and_a_label(page):
    form = page.form
    buddies = {label.buddy() for label in form.findChildren(QLabel) if label.buddy() is not None}
    for field in (form.models_folder, form.cache_folder, form.device, form.threads, form.catalogs):
        assert field.toolTip()
        assert field in buddies or field.focusProxy() in buddies
    assert isinstance(form.threads, QAbstractSpinBox)


def test_a_variable_that_wins_is_named(monkeypatch, page):
    monkeypatch.setenv("GEONNX_MODELS", "/somewhere")
    page.form.setSettings(store.UserSettings())
    texts = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert any("GEONNX_MODELS is set and wins" in text for text in texts)


def test_the_factory_makes_the_page(qgis_app):
    asked = []
    factory = SettingsFactory(lambda: asked.append(True))
    assert factory.title() == "GeONNX"
    assert not factory.icon().isNull()
    made = factory.createWidget()
    QTest.mouseClick(made.form.install, Qt.MouseButton.LeftButton)
    assert asked == [True]
    made.deleteLater()
    settle()


def test_qgis_process_reads_the_same_settings(tmp_path):
    """The settings that a window writes are those of qgis_process in the same profile."""
    qgis = load_headless().HeadlessQgis(tmp_path, Path(sysconfig.get_path("purelib")))
    ini = tmp_path / "profile" / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    ini.write_text(ini.read_text() + f"\n[geonnx]\nmodels_folder={tmp_path}/mine\ndevice=cuda\n")
    done = qgis.run("geonnx:listmodels")
    assert done.code == 0, done.stderr
    assert done.results["FOLDER"] == f"{tmp_path}/mine"


def test_qgis_process_uses_what_was_installed(tmp_path):
    """The packages that the installer's note names are those of qgis_process too, without any variable."""
    qgis = load_headless().HeadlessQgis(tmp_path, None)
    model = tiny_models.box(tmp_path / "land.onnx")
    home = tmp_path / "profile" / "profiles" / "default" / "geonnx"
    if qgis.run("geonnx:inspectmodel", MODEL=model).code == 0:
        pytest.skip("QGIS's own Python has onnx here")
    (home / "packages").mkdir(parents=True)
    (home / "packages" / "one").symlink_to(sysconfig.get_path("purelib"))
    switch_to(home, "one")
    after = qgis.run("geonnx:inspectmodel", MODEL=model)
    assert after.code == 0, after.stderr
    switch_back(home)
    assert qgis.run("geonnx:inspectmodel", MODEL=model).code != 0
