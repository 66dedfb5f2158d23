"""Pictures of the model manager: list, details, trying, editing, downloading."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QWidget


def scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield the name of each state, and the window that shows it."""
    from geonnx.ui.manager.dialog import ManagerDialog

    layer = stage.load(name="Sentinel-2, 8 June 2024")
    home = _home(stage)
    with _environment(GEONNX_MODELS=str(home), GEONNX_CATALOG=str(_catalog(stage))):
        dialog = ManagerDialog()
        dialog.show()
        _ready(stage, dialog)
        yield from _details(stage, dialog, layer)
        yield from _offers(stage, dialog)
        _choose(stage, dialog, "land_cover")
        yield from _editing(stage, dialog, layer)
        yield from _question(dialog)
        yield from _inputs(stage, dialog)
        dialog.close()
        dialog.deleteLater()
    QgsProject.instance().removeMapLayer(layer.id())


def _home(stage: Any) -> Path:
    """Return a models folder with models of the user and a downloaded one."""
    home = stage.folder / "models"
    for path in stage.models.rglob("*"):
        if path.is_file():
            place = home / path.relative_to(stage.models)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    model = next(path for path in sorted(home.rglob("*.onnx")) if path.stem == "land" or "land" in path.stem)
    got = home / "downloaded" / "land-cover-eu"
    got.mkdir(parents=True, exist_ok=True)
    for suffix in (".onnx", ".json"):
        shutil.copyfile(model.with_suffix(suffix), got / f"land-cover-eu{suffix}")
    (home / "broken.onnx").write_bytes(b"cut off")
    return home


def _catalog(stage: Any) -> Path:
    """Return a catalogue on this computer with two models and a mistake."""
    shelf = stage.folder / "shelf"
    shelf.mkdir(exist_ok=True)
    source = next(path for path in sorted(stage.models.rglob("*.onnx")))
    entries = []
    for number, (name, title, task) in enumerate(
        (
            ("s2-fields", "Field boundaries of arable land in Central and Eastern Europe", "segment"),
            ("s2-clearcuts", "Clear-cuts", "change"),
        )
    ):
        raw = source.read_bytes() + bytes(number)
        (shelf / f"{name}.onnx").write_bytes(raw)
        entries.append(
            {
                "id": name, "name": title, "task": task, "licence": "CC-BY-4.0",
                "description": "Trained on images of three summers; see the paper for where it works well.",
                "files": [{"url": f"{name}.onnx", "sha256": hashlib.sha256(raw).hexdigest(), "size": 31_000_000}],
            }
        )  # fmt: skip
    path = shelf / "catalog.json"
    path.write_text(json.dumps({"models": [*entries, {"id": "no-files"}]}))
    return path


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _ready(stage: Any, dialog: Any) -> None:
    stage.wait(lambda: not dialog.is_busy() and dialog.list.shown())
    stage.settle()


def _choose(stage: Any, dialog: Any, model_id: str, index: str = "") -> None:
    ids = [item.entry.id for item in dialog.list._items if item.index == index]
    dialog.list.choose((model_id if model_id in ids else ids[0], index))
    _ready(stage, dialog)


def _details(stage: Any, dialog: Any, layer: Any) -> Iterator[tuple[str, QWidget]]:
    _choose(stage, dialog, "land_cover")
    yield "manager_overview", dialog
    tabs = dialog.details.tabs
    tabs.setCurrentIndex(1)
    trial = dialog.details.trial
    trial.layer_box.setLayer(layer)
    trial.start()
    stage.settle(2)
    yield "manager_trying", dialog
    stage.wait(lambda: not trial.is_running())
    stage.settle()
    yield "manager_tried", dialog
    tabs.setCurrentIndex(2)
    stage.settle()
    yield "manager_network", dialog
    _choose(stage, dialog, "clear_date")
    stage.settle()
    yield "manager_network_clouds", dialog
    tabs.setCurrentIndex(1)
    trial.start()
    stage.wait(lambda: not trial.is_running())
    stage.settle()
    yield "manager_tried_clouds", dialog
    _choose(stage, dialog, "land_cover")
    tabs.setCurrentIndex(3)
    stage.wait(dialog.details.report.html)
    stage.settle()
    yield "manager_report", dialog
    tabs.setCurrentIndex(0)
    _choose(stage, dialog, "broken")
    yield "manager_broken", dialog
    dialog.search.setText("nothing like this")
    stage.settle()
    yield "manager_nothing_found", dialog
    dialog.search.clear()
    _ready(stage, dialog)


def _offers(stage: Any, dialog: Any) -> Iterator[tuple[str, QWidget]]:
    dialog.look_for_offers()
    _ready(stage, dialog)
    _choose(stage, dialog, "s2-fields", os.environ["GEONNX_CATALOG"])
    yield "manager_offers", dialog
    bar = dialog.downloads
    bar.label.setText("Downloading Field boundaries of arable land in Central and Eastern Europe")
    bar.bar.setValue(38)
    bar.show()
    dialog.message.hide()
    stage.settle()
    yield "manager_downloading", dialog
    bar.hide()


def _editing(stage: Any, dialog: Any, layer: Any) -> Iterator[tuple[str, QWidget]]:
    editor = dialog.make_card_dialog()
    editor.show()
    stage.settle()
    yield "manager_edit", editor
    editor.trial.layer_box.setLayer(layer)
    editor.trial.start()
    stage.wait(lambda: not editor.trial.is_running())
    form = editor.form
    form.lines["name"].clear()
    form.lines["gsd_m"].setText("ten")
    form.bands.table.item(0, 0).setText(form.bands.table.item(1, 0).text())
    form.classes.table.item(1, 0).setText("two")
    form.scaling.kind.setCurrentIndex(form.scaling.kind.findData("z-score"))
    form.scaling.each.setChecked(True)
    stage.settle()
    yield "manager_edit_wrong", editor
    editor.scroll_to_end()
    stage.settle()
    yield "manager_edit_end", editor
    editor.hide()
    editor.deleteLater()
    stage.settle()


def _question(dialog: Any) -> Iterator[tuple[str, QWidget]]:
    from geonnx.processing.folders import chosen_models_folder
    from geonnx.ui.manager import questions, work

    entry = dialog.list.chosen_item().entry
    box, _ = questions.make_question(
        dialog, "Remove a model", work.removal_question(work.plan(entry, chosen_models_folder())), "Remove"
    )
    box.show()
    yield "manager_remove", box
    box.close()
    box.deleteLater()


def _inputs(stage: Any, dialog: Any) -> Iterator[tuple[str, QWidget]]:
    from geonnx.models.runtime.signature import TensorInfo
    from geonnx.ui.manager.work import Added

    inputs = (TensorInfo("x", "float32", (None, 5, 10, 128, 128)), TensorInfo("doy", "float32", (None, 5)))
    problem = (
        "The model's input 'x' has 5 dimensions [?, 5, 10, 128, 128], and nothing says what they are; expected an "
        "image tensor of four, B C H W or B H W C: describe the others by dim_order in the card."
    )
    asking = dialog.make_inputs_dialog(Added("series.onnx", inputs=inputs, problem=problem))
    asking.show()
    stage.settle()
    yield "manager_inputs", asking
    asking.close()
    asking.deleteLater()
