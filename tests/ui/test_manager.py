"""The model manager: list, details, adding, editing, trying, downloading, removing."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QMimeData, QPoint, Qt, QUrl
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox

from .. import hostile, tiny_models
from ..bad_server import BadServer, Page
from . import examples
from .conftest import add_raster, settle, wait_for


@pytest.fixture
def home(provider, tmp_path, example, monkeypatch) -> Path:
    """Return a models folder of its own with one model."""
    folder = tmp_path / "models"
    (folder / "land").mkdir(parents=True)
    for name in ("land.onnx", "land.json"):
        shutil.copyfile(example.models / name, folder / "land" / name)
    monkeypatch.setenv("GEONNX_MODELS", str(folder))
    monkeypatch.delenv("GEONNX_CATALOG", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return folder


@pytest.fixture
def answers(monkeypatch) -> dict[str, Any]:
    """Answer the manager's questions, and keep them; nothing reaches the wastebasket of who runs the tests."""
    from geonnx.ui.manager import questions, work

    given: dict[str, Any] = {"yes": True, "id": "", "asked": [], "trash": []}

    def confirm(_parent, _title, text, _yes) -> bool:
        given["asked"].append(text)
        return bool(given["yes"])

    def ask_id(_parent, reason, suggested) -> str:
        given["asked"].append(reason)
        return str(given["id"] or suggested)

    def to_trash(path: Path) -> bool:
        given["trash"].append(path.name)
        path.unlink()
        return True

    monkeypatch.setattr(questions, "confirm", confirm)
    monkeypatch.setattr(questions, "ask_id", ask_id)
    monkeypatch.setattr("geonnx.ui.manager.card_dialog.confirm", confirm)
    monkeypatch.setattr(work, "to_trash", to_trash)
    return given


@pytest.fixture
def server() -> Iterator[BadServer]:
    with BadServer() as running:
        yield running


@pytest.fixture
def manager(home, answers, show) -> Any:
    from geonnx.ui.manager.dialog import ManagerDialog

    dialog = show(ManagerDialog())
    ready(dialog)
    return dialog


def ready(dialog: Any) -> None:
    wait_for(lambda: not dialog.is_busy() and dialog.list.shown(), what="the list")
    settle()


def own(dialog: Any) -> list[str]:
    from geonnx.ui.manager.shelf import ShelfItem

    assert all(isinstance(item, ShelfItem) for item in dialog.list._items)
    return [item.entry.id for item in dialog.list._items if item.entry.source == "user"]


def choose(dialog: Any, model_id: str, index: str = "") -> None:
    assert dialog.list.choose((model_id, index)), dialog.list.shown()
    ready(dialog)


def click(button: Any) -> None:
    assert button.isVisible(), button.text()
    assert button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


# The list


def test_list_and_details(manager):
    choose(manager, "land")
    assert "Land cover of three kinds" in manager.details.title.text()
    assert "forest" in manager.details.facts_view.html()
    assert manager.edit_button.isEnabled()
    assert manager.remove_button.isEnabled()
    assert not manager.download_button.isVisible()


def test_search_and_task(manager):
    QTest.keyClicks(manager.search, "three FOREST")
    assert "land" in manager.list.shown()  # said in the description
    QTest.keyClicks(manager.search, " nowhere")
    assert manager.list.shown() == []
    assert not manager.edit_button.isEnabled()
    manager.search.clear()
    manager.task.setCurrentIndex(manager.task.findData("clouds"))
    assert "land" not in manager.list.shown()
    manager.task.setCurrentIndex(manager.task.findData("segment"))
    assert "land" in manager.list.shown()


def test_network_and_report(manager):
    choose(manager, "land")
    manager.details.tabs.setCurrentWidget(manager.details.network)
    settle()
    texts = manager.details.network.texts()
    assert "3 bands, any size" in texts[0]
    assert "B04" in texts[0]
    assert "forest" in texts[-1]
    manager.details.tabs.setCurrentWidget(manager.details.report)
    wait_for(manager.details.report.html, what="the report")
    assert "SHA-256" in manager.details.report.browser.toPlainText()
    assert manager.details.report.button.isEnabled()


def test_a_broken_model_is_said_to_be_one(home, answers, show):
    from geonnx.ui.manager.dialog import ManagerDialog

    (home / "broken.onnx").write_bytes(b"no model at all")
    dialog = show(ManagerDialog())
    ready(dialog)
    choose(dialog, "broken")
    assert "be read as ONNX: expected" in dialog.details.facts_view.html()
    assert not dialog.edit_button.isEnabled()
    assert dialog.remove_button.isEnabled()


def test_copy_id(manager):
    choose(manager, "land")
    click(manager.copy_button)
    assert QgsApplication.clipboard().text() == "land"


# Adding


def test_add_by_dropping(manager, tmp_path, home):
    changed: list[int] = []
    manager.libraryChanged.connect(lambda: changed.append(1))
    paths = [hostile.external(tmp_path, name="far.onnx"), tiny_models.box(tmp_path / "near.onnx")]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in [*paths, tmp_path / "notes.txt"]])

    class Event:
        accepted = False

        def mimeData(self) -> QMimeData:
            return mime

        def acceptProposedAction(self) -> None:
            self.accepted = True

    event = Event()
    manager.dragEnterEvent(event)
    assert event.accepted
    manager.dropEvent(event)
    wait_for(lambda: len(changed) == 2)
    ready(manager)
    assert set(own(manager)) == {"land", "far", "near"}
    assert (home / "far" / "weights.bin").exists()
    assert manager.list.chosen_item().entry.id == "near"
    assert "added as 'near'" in manager.message.text()


def test_add_asks_before_it_replaces(manager, tmp_path, answers, home):
    path = tiny_models.box(tmp_path / "m.onnx")
    manager.add_files([str(path)])
    ready(manager)
    before = (home / "m" / "m.onnx").read_bytes()
    tiny_models.identity(path, bands=3)
    answers["yes"] = False
    manager.add_files([str(path)])
    wait_for(lambda: answers["asked"])
    ready(manager)
    assert "is not the file that was added before" in answers["asked"][0]
    assert "ACCEPT_CHANGED" not in answers["asked"][0]
    assert (home / "m" / "m.onnx").read_bytes() == before
    answers["yes"] = True
    manager.add_files([str(path)])
    wait_for(lambda: len(answers["asked"]) == 2)
    ready(manager)
    assert (home / "m" / "m.onnx").read_bytes() == path.read_bytes()


def test_add_asks_for_another_id(manager, tmp_path, answers, home):
    (home / "loose.onnx").write_bytes((home / "land" / "land.onnx").read_bytes())
    manager.add_files([str(tiny_models.box(tmp_path / "loose.onnx"))])
    wait_for(lambda: answers["asked"])
    wait_for(lambda: "loose-2" in manager.message.text())
    ready(manager)
    assert set(own(manager)) == {"land", "loose", "loose-2"}


def series_model(path: Path) -> Path:
    """Write a model of three dates and their days, about which nothing is said."""
    from onnx import helper

    return tiny_models.save(
        path,
        [
            helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("ReduceMean", ["doy"], ["day"], keepdims=0),
            helper.make_node("Mul", ["day", "zero"], ["nothing"]),
            helper.make_node("Add", ["mean", "nothing"], ["map"]),
        ],
        inputs=[("x", "float32", ["n", 3, 4, "h", "w"]), ("doy", "float32", ["n", 3])],
        outputs=[("map", "float32", ["n", 4, "h", "w"])],
        weights={"zero": np.array(0, np.float32)},
    )


def test_a_model_that_nothing_describes_is_asked_about(manager, tmp_path, monkeypatch, home):
    path = series_model(tmp_path / "series.onnx")
    seen: list[Any] = []
    real = manager.make_inputs_dialog

    def make(added):
        dialog = real(added)
        seen.append(dialog)

        def answer() -> int:
            dialog.show()
            assert [box.currentData() for box in dialog.roles] == ["series", "dates"]
            assert [line.text() for line in dialog.axes] == ["BTCHW", "BT"]
            dialog.axes[0].setText("BTXHW")
            QTest.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)
            wait_for(lambda: "AXES has 'BTXHW'" in dialog.message.text())
            dialog.axes[0].setText("btchw")
            QTest.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)
            wait_for(lambda: dialog.result() == QDialog.DialogCode.Accepted)
            return dialog.result()

        monkeypatch.setattr(dialog, "exec", answer)
        return dialog

    monkeypatch.setattr(manager, "make_inputs_dialog", make)
    manager.add_files([str(path)])
    wait_for(lambda: "added as 'series'" in manager.message.text())
    ready(manager)
    spec = manager.details.facts().card.inputs[0]
    assert (spec.role, spec.dims) == ("series", "BTCHW")
    seen.clear()


def test_what_is_no_model_is_one_sentence(manager, tmp_path):
    (tmp_path / "x.onnx").write_bytes(b"nothing")
    manager.add_files([str(tmp_path / "x.onnx")])
    wait_for(lambda: "can't be read as ONNX" in manager.message.text())
    assert own(manager) == ["land"]


def test_a_file_that_changed_is_asked_about(manager, home, answers):
    tiny_models.identity(home / "land" / "land.onnx", bands=3)
    (home / "land" / "land.json").unlink()
    manager.reload()
    ready(manager)
    wait_for(lambda: "changed since it was added" in manager.details.facts_view.html())
    assert manager.details.facts() is None
    assert not manager.edit_button.isVisible()
    click(manager.agree_button)
    wait_for(lambda: manager.details.facts() is not None, what="the model as it is now")
    assert "Use land as it is now?" in answers["asked"][0]
    assert "ACCEPT_CHANGED" not in answers["asked"][0]
    assert not manager.agree_button.isVisible()
    assert manager.edit_button.isVisible()


# Editing


@pytest.fixture
def editor(manager, show) -> Any:
    choose(manager, "land")
    return show(manager.make_card_dialog())


def test_edit_every_field(editor, home):
    from geonnx.models import load_model

    form = editor.form
    assert editor.save_button.isEnabled()
    assert not editor.is_changed()
    assert form.lines["name"].text() == "Land cover of three kinds"
    values = {
        "name": "Länder", "citation": "Me (2024)", "training_data": "https://example.org/data", "threshold": "0,4",
        "temperature": "1.5", "gsd_m": "10", "tile_px": "256", "halo_px": "16", "fill": "0.5",
    }  # fmt: skip
    for name, text in values.items():
        form.lines[name].setText(text)
    form.description.setPlainText("What it does.")
    form.licence.setCurrentText("MIT")
    form.bands.table.item(1, 0).setText("NIR")
    form.bands.common_box(1).setCurrentText("nir")
    form.scaling.kind.setCurrentIndex(form.scaling.kind.findData("min-max"))
    form.scaling.table.item(0, 1).setText("5000")
    form.classes.table.item(0, 1).setText("meadow")
    form.classes.color_button(0).setColor(QColor("#ff0000"))
    form.activation.setCurrentIndex(form.activation.findData("none"))
    assert form.problems() == {}
    assert editor.is_changed()
    QTest.mouseClick(editor.save_button, Qt.MouseButton.LeftButton)
    wait_for(lambda: editor.result() == QDialog.DialogCode.Accepted)
    card = load_model("land").card
    assert (card.name, card.description, card.licence, card.citation) == ("Länder", "What it does.", "MIT", "Me (2024)")
    assert (card.gsd_m, card.tile_px, card.halo_px, card.fill) == (10, 256, 16, 0.5)
    assert card.training_data == "https://example.org/data"
    assert [(band.name, band.common_name) for band in card.inputs[0].bands][1] == ("NIR", "nir")
    (step,) = card.inputs[0].scaling
    assert (step.type, step.minimum, step.maximum) == ("min-max", 0, 5000)
    output = card.outputs[0]
    assert (output.classes[0].name, output.classes[0].color) == ("meadow", "#ff0000")
    assert (output.activation, output.threshold, output.temperature) == ("none", 0.4, 1.5)


def test_saving_nothing_new_changes_nothing(editor, home):
    from geonnx.models import load_model

    before = load_model("land").card
    QTest.mouseClick(editor.save_button, Qt.MouseButton.LeftButton)
    wait_for(lambda: editor.result() == QDialog.DialogCode.Accepted)
    after = load_model("land").card
    assert (before.inputs, before.outputs, before.name) == (after.inputs, after.outputs, after.name)


WRONG = [
    ("name", "", "is empty"),
    ("gsd_m", "ten", "'ten' is not a number"),
    ("gsd_m", "-1", "Expected a number from"),
    ("tile_px", "2.5", "is not a whole number"),
    ("halo_px", "9999", "Expected a whole number from 0 to 8192; found 9999"),
    ("threshold", "1", "between 0 and 1; found 1"),
    ("temperature", "0", "Expected a number"),
]


@pytest.mark.parametrize(("name", "text", "says"), WRONG)
def test_wrong_entries_are_explained_beside_their_field(editor, name, text, says):
    editor.form.lines[name].setText(text)
    assert says in editor.form.problem_shown(name)
    assert not editor.save_button.isEnabled()
    assert not editor.trial.isEnabled()
    editor.form.lines[name].setText({"name": "x", "threshold": "0.5"}.get(name, "1"))
    assert editor.form.problem_shown(name) == ""
    assert editor.save_button.isEnabled()


def test_wrong_tables_are_explained(editor):
    form = editor.form
    form.bands.table.item(0, 0).setText("B08")
    assert "Two bands are called B08" in form.problem_shown("bands")
    form.bands.table.item(0, 0).setText("")
    assert "Band 1 has no name" in form.problem_shown("bands")
    form.bands.table.item(0, 0).setText("B04")
    assert form.problem_shown("bands") == ""
    click(form.classes.add_button)
    assert "gives 3 scores, one a class; there are 4" in form.problem_shown("classes")
    form.classes.table.selectRow(3)
    click(form.classes.remove_button)
    assert form.problem_shown("classes") == ""
    form.classes.table.item(1, 0).setText("two")
    assert "Class 2: the value is 'two'" in form.problem_shown("classes")
    form.classes.table.item(1, 0).setText("2")
    assert "same value" in form.problem_shown("classes")
    form.classes.table.item(1, 0).setText("7")
    assert form.problem_shown("classes") == ""
    form.scaling.kind.setCurrentIndex(form.scaling.kind.findData("scale"))
    form.scaling.table.item(0, 0).setText("0")
    assert "divides by zero" in form.problem_shown("scaling")
    form.scaling.table.item(0, 0).setText("many")
    assert form.problem_shown("scaling")
    form.scaling.each.setChecked(True)
    assert form.scaling.table.rowCount() == 3


def test_closing_asks_where_something_was_edited(editor, answers):
    answers["yes"] = False
    editor.reject()
    assert not editor.isVisible()  # nothing was edited: no question
    assert answers["asked"] == []
    editor.show()
    editor.form.lines["name"].setText("other")
    editor.reject()
    assert editor.isVisible()
    assert len(answers["asked"]) == 1
    answers["yes"] = True
    editor.reject()
    assert not editor.isVisible()


def test_what_can_not_be_written_is_said(editor, monkeypatch):
    from geonnx.models.errors import OutputError

    def refuse(*_words, **_more):
        raise OutputError("The description x.json can't be written: Permission denied.")

    monkeypatch.setattr("geonnx.ui.manager.card_dialog.describe", refuse)
    editor.form.lines["name"].setText("other")
    QTest.mouseClick(editor.save_button, Qt.MouseButton.LeftButton)
    wait_for(lambda: "was not saved" in editor.message.text())
    assert editor.isVisible()
    assert editor.isEnabled()


def test_a_bundled_model_is_copied_to_be_edited(home, answers, show, monkeypatch, tmp_path):
    from geonnx.models.catalog import entries
    from geonnx.ui.manager.dialog import ManagerDialog

    zoo = tmp_path / "zoo"
    zoo.mkdir()
    examples.land_model(zoo / "bundled-land.onnx")
    monkeypatch.setattr(entries, "BUNDLED", zoo)
    dialog = show(ManagerDialog())
    ready(dialog)
    choose(dialog, "bundled-land")
    assert not dialog.remove_button.isEnabled()
    assert "Copy" in dialog.edit_button.text()
    opened: list[str] = []

    class Editor(QDialog):
        def exec(self) -> int:
            opened.append(dialog.details.facts().id)
            return QDialog.DialogCode.Rejected

    monkeypatch.setattr(dialog, "make_card_dialog", Editor)
    click(dialog.edit_button)
    wait_for(lambda: opened)
    assert opened == ["bundled-land-copy"]
    assert dialog.list.chosen_item().entry.source == "user"
    assert (home / "bundled-land-copy" / "bundled-land.json").exists()


# Trying


def test_it_runs_on_this_layer(manager, project, example):
    layer = add_raster(project, example.raster)
    choose(manager, "land")
    trial = manager.details.trial
    manager.details.tabs.setCurrentIndex(1)
    settle()
    assert trial.second_box.isHidden()
    trial.layer_box.setLayer(layer)
    click(trial.button)
    assert trial.is_running()
    wait_for(lambda: not trial.is_running(), what="the trial")
    assert "Yes, it runs on this layer" in trial.answer.text()
    assert "forest" in trial.answer.text()
    assert list(project.mapLayers()) == [layer.id()]  # nothing was added


def test_why_it_does_not_run(manager, project, example, tmp_path):
    from osgeo import gdal

    one = tmp_path / "one.tif"
    gdal.Translate(str(one), str(example.raster), bandList=[1])
    layer = add_raster(project, one)
    choose(manager, "land")
    manager.details.tabs.setCurrentIndex(1)
    trial = manager.details.trial
    trial.layer_box.setLayer(layer)
    click(trial.button)
    wait_for(lambda: not trial.is_running(), what="the trial")
    assert "No:" in trial.answer.text()
    assert "band" in trial.answer.text()


def test_no_layer_is_said(manager, project):
    choose(manager, "land")
    manager.details.tabs.setCurrentIndex(1)
    click(manager.details.trial.button)
    assert "Add a raster layer" in manager.details.trial.answer.text()


@pytest.mark.parametrize("task", ["scenes", "change", "clouds"])
def test_models_of_every_task_can_be_tried(show, provider, models_folder, project, example, task, answers):
    from geonnx.ui.manager.dialog import ManagerDialog

    layers = [add_raster(project, path) for path in example.dates[:2]]
    dialog = show(ManagerDialog())
    ready(dialog)
    choose(dialog, task)
    dialog.details.tabs.setCurrentIndex(1)
    trial = dialog.details.trial
    assert trial.second_box.isHidden() == (task == "scenes")
    trial.layer_box.setLayer(layers[0])
    trial.second_box.setLayer(layers[1])
    click(trial.button)
    wait_for(lambda: not trial.is_running(), what="the trial")
    assert "Yes, it runs on this layer" in trial.answer.text(), trial.answer.text()
    assert ("4 bands" if task == "clouds" else "Found in the middle") in trial.answer.text()


def test_an_edited_card_is_tried_before_it_is_saved(editor, project, example, home):
    layer = add_raster(project, example.raster)
    before = (home / "land" / "land.json").read_text()
    editor.form.classes.table.item(1, 1).setText("woods")
    editor.trial.layer_box.setLayer(layer)
    click(editor.trial.button)
    wait_for(lambda: not editor.trial.is_running(), what="the trial")
    assert "woods" in editor.trial.answer.text()
    assert (home / "land" / "land.json").read_text() == before


# Downloading and removing


def offer(server: BadServer, tmp_path: Path, model_id: str = "far-land", **page: Any) -> str:
    model = tiny_models.box(tmp_path / "offered.onnx").read_bytes()
    entry = {
        "id": model_id, "name": "Far land", "task": "segment", "licence": "MIT", "description": "From afar.",
        "files": [{"url": "m.onnx", "sha256": hashlib.sha256(model).hexdigest(), "size": len(model)}],
    }  # fmt: skip
    server.pages["/m.onnx"] = Page(**{"body": model, **page})
    server.pages["/catalog.json"] = Page(json.dumps({"models": [entry, {"id": "no-files"}]}).encode())
    return f"{server.url}/catalog.json"


def test_download(manager, server, tmp_path, monkeypatch, home):
    address = offer(server, tmp_path)
    monkeypatch.setenv("GEONNX_CATALOG", address)
    assert not server.requests  # nothing is asked before the user wants it
    click(manager.offers_button)
    wait_for(lambda: "far-land" in manager.list.shown())
    assert "('no-files')" in manager.message.text()  # a bad entry is said and does not hide the others
    choose(manager, "far-land", address)
    assert "From afar." in manager.details.offer.text()
    assert not manager.details.tabs.isTabEnabled(1)
    changed: list[int] = []
    manager.libraryChanged.connect(lambda: changed.append(1))
    click(manager.download_button)
    wait_for(lambda: changed, what="the download")
    ready(manager)
    assert "downloaded and verified" in manager.message.text()
    item = manager.list.chosen_item()
    assert (item.entry.id, item.entry.source) == ("far-land", "downloaded")
    assert manager.list.shown().count("far-land") == 1
    # and away with it
    click(manager.remove_button)
    wait_for(lambda: len(changed) == 2)
    ready(manager)
    assert not (home / "downloaded" / "far-land").exists()


def test_download_that_is_not_what_was_promised(manager, server, tmp_path, monkeypatch, home):
    address = offer(server, tmp_path)
    page = server.pages["/m.onnx"]
    page.body = page.body[::-1]
    monkeypatch.setenv("GEONNX_CATALOG", address)
    click(manager.offers_button)
    wait_for(lambda: "far-land" in manager.list.shown())
    choose(manager, "far-land", address)
    click(manager.download_button)
    wait_for(lambda: "expected SHA-256" in manager.message.text())
    assert manager.download_button.isEnabled()
    assert not list((home / "downloaded").iterdir())


def test_download_is_cancelled(manager, server, tmp_path, monkeypatch, home):
    address = offer(server, tmp_path, stall_after=100)
    monkeypatch.setenv("GEONNX_CATALOG", address)
    click(manager.offers_button)
    wait_for(lambda: "far-land" in manager.list.shown())
    choose(manager, "far-land", address)
    click(manager.download_button)
    wait_for(lambda: server.requests["/m.onnx"])
    assert not manager.download_button.isEnabled()
    click(manager.downloads.stop_button)
    wait_for(lambda: "cancelled" in manager.message.text(), seconds=10)
    assert not (home / "downloaded" / "far-land").exists()
    assert manager.download_button.isEnabled()


def test_a_catalogue_that_is_not_there(manager, monkeypatch, tmp_path):
    from geonnx.models.catalog import fetch

    monkeypatch.setattr(fetch, "_BACKOFF_S", 0.001)
    with BadServer() as gone:
        url = gone.url
    monkeypatch.setenv("GEONNX_CATALOG", f"{url}/catalog.json")
    click(manager.offers_button)
    wait_for(lambda: "can't be reached" in manager.message.text())
    assert "land" in manager.list.shown()
    assert manager.offers_button.isEnabled()


def test_no_catalogue_is_named(manager, monkeypatch):
    from geonnx.ui.manager import work

    monkeypatch.setattr(work, "default_index", lambda: "")
    click(manager.offers_button)
    wait_for(lambda: "No catalogue is named" in manager.message.text())


def test_remove_asks_first(manager, home, answers):
    choose(manager, "land")
    answers["yes"] = False
    click(manager.remove_button)
    wait_for(lambda: answers["asked"])
    ready(manager)
    assert "land.onnx, land.json" in answers["asked"][0]
    assert own(manager) == ["land"]
    answers["yes"] = True
    click(manager.remove_button)
    wait_for(lambda: answers["trash"])
    wait_for(lambda: not own(manager))
    assert answers["trash"] == ["land.onnx", "land.json"]
    assert "wastebasket" in manager.message.text()
    assert not (home / "land").exists()


# The window


def test_the_window_reads_nothing_itself(home, answers, show, monkeypatch):
    """Files are looked at in other threads only, also while a model is chosen and tried."""
    import builtins
    import io
    import threading

    from geonnx.ui.manager.dialog import ManagerDialog

    seen: list[str] = []
    real_open, real_stat = io.open, Path.stat

    def watch(name: str) -> None:
        if threading.current_thread() is threading.main_thread() and str(home) in name:
            seen.append(name)

    def spy_open(file, *words, **more):
        watch(str(file))
        return real_open(file, *words, **more)

    def spy_stat(self, **more):
        watch(str(self))
        return real_stat(self, **more)

    monkeypatch.setattr(builtins, "open", spy_open)
    monkeypatch.setattr(io, "open", spy_open)
    monkeypatch.setattr(Path, "stat", spy_stat)
    dialog = show(ManagerDialog())
    wait_for(lambda: not dialog.is_busy() and dialog.list.shown())
    dialog.list.choose(("land", ""))
    wait_for(lambda: dialog.details.facts() is not None)
    dialog.details.tabs.setCurrentWidget(dialog.details.report)
    wait_for(dialog.details.report.html)
    assert seen == []


def test_closing_stops_what_runs(manager, project, example):
    add_raster(project, example.raster)
    choose(manager, "land")
    manager.details.tabs.setCurrentIndex(1)
    click(manager.details.trial.button)
    manager.reject()
    assert not manager.isVisible()
    assert not manager.details.trial.is_running()
    wait_for(lambda: QgsApplication.taskManager().countActiveTasks() == 0)


def test_everything_explains_itself(manager, editor):
    from qgis.PyQt.QtWidgets import QAbstractButton, QComboBox, QLineEdit

    assert manager.list.viewport().mapToGlobal(QPoint(0, 0)) is not None
    for window in (manager, editor):
        for widget in window.findChildren((QAbstractButton, QComboBox, QLineEdit)):
            name = widget.objectName()
            is_ours = not name.startswith("qt_") and widget.isVisibleTo(window)
            inside = type(widget.parent()).__name__
            if is_ours and inside not in ("QTableWidget", "QDialogButtonBox", "QComboBox", "QgsMapLayerComboBox"):
                said = widget.toolTip() or widget.accessibleName()
                assert said or inside in ("QWidget", "QTabBar"), (type(widget), inside, name)
