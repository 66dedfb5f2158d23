"""Choosing a model: the list, what the card says, and which band of a layer each of its bands gets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QMimeData, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QColor, QDropEvent, QPalette
from qgis.PyQt.QtTest import QTest

from .conftest import settle, wait_for


@pytest.fixture(autouse=True)
def no_recent_files(qgis_app):
    QgsSettings().remove("geonnx/recent_models")
    yield
    QgsSettings().remove("geonnx/recent_models")


@pytest.fixture
def picker(models_folder, show):
    from geonnx.ui.library.picker import ModelPicker

    picker = show(ModelPicker("segment"))
    wait_for(lambda: picker.combo().count() > 1, what="the list of models")
    return picker


def texts(combo) -> list[str]:
    return [combo.itemText(index) for index in range(combo.count())]


def choose(combo, text: str) -> None:
    """Choose a row as the user does, with the keyboard."""
    index = next(n for n in range(combo.count()) if text in combo.itemText(n))
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_models_of_the_task_are_listed_by_name_under_headings(picker):
    assert texts(picker.combo()) == ["Choose a model …", "Your own", "Land cover of three kinds"]
    rows = picker.combo().model()
    assert rows.item(1).flags() == Qt.ItemFlag.NoItemFlags
    assert picker.model() == ""
    assert picker.facts() is None


def test_a_choice_gives_the_id_and_then_the_facts(picker):
    changes, facts = [], []
    picker.modelChanged.connect(changes.append)
    picker.factsChanged.connect(facts.append)
    choose(picker.combo(), "Land cover")
    assert picker.model() == "land"
    assert changes == ["land"]
    wait_for(picker.facts, what="the facts")
    assert [item is None for item in facts] == [True, False]
    found = picker.facts()
    assert (found.id, found.title, found.task, found.licence) == (
        "land",
        "Land cover of three kinds",
        "segment",
        "CC-BY-4.0",
    )
    assert [band.name for band in found.bands] == ["B04", "B08", "B03"]
    assert [item.color for item in found.classes] == ["#d8b365", "#1b7837", "#2166ac"]
    assert found.size_bytes == Path(found.card.model_path).stat().st_size
    assert picker.problem() == ""


def test_a_model_set_before_the_list_is_there_stays(models_folder, show):
    from geonnx.ui.library.picker import ModelPicker

    picker = show(ModelPicker("segment"))
    picker.setModel("land")
    wait_for(lambda: picker.facts() and picker.combo().count() > 2)
    assert picker.model() == "land"
    assert picker.combo().currentText() == "Land cover of three kinds"


def test_a_file_elsewhere_is_named_by_model_and_file(picker, models_folder, tmp_path):
    for suffix in (".onnx", ".json"):
        shutil.copy(models_folder / f"land{suffix}", tmp_path / f"mine{suffix}")
    path = str(tmp_path / "mine.onnx")
    picker.setModel(path)
    wait_for(picker.facts)
    assert picker.model() == path
    assert picker.facts().id == ""
    assert "Land cover of three kinds" in picker.combo().currentText()
    assert "mine.onnx" in picker.combo().currentText()
    assert picker.combo().toolTip() == path


def test_what_is_wrong_is_said(picker, tmp_path):
    picker.setModel("no-such-model")
    wait_for(picker.problem)
    assert "no-such-model" in picker.problem()
    assert picker.facts() is None
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    picker.setModel(str(broken))
    assert picker.problem() == ""
    wait_for(picker.problem)
    assert "broken.onnx" in picker.problem()
    picker.setModel("change")
    wait_for(picker.facts)
    assert "another task" in picker.problem()
    picker.setModel("")
    assert (picker.problem(), picker.facts(), picker.model()) == ("", None, "")


def test_segmentation_models_serve_for_change_and_come_last(models_folder, show):
    from geonnx.ui.library.picker import ModelPicker

    picker = show(ModelPicker("change"))
    wait_for(lambda: picker.combo().count() > 1)
    assert texts(picker.combo())[2:] == ["Any change", "Land cover of three kinds (Segmentation)"]
    picker.setModel("land")
    wait_for(picker.facts)
    assert picker.problem() == ""


def test_a_dropped_file_is_taken_and_remembered(picker, models_folder, tmp_path):
    from geonnx.ui.library.picker import ModelPicker, dropped_model
    from geonnx.ui.library.recent import recent_models

    path = tmp_path / "dropped.onnx"
    shutil.copy(models_folder / "land.onnx", path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    assert dropped_model(data) == str(path)
    event = QDropEvent(
        QPointF(4, 4), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    picker.dropEvent(event)
    assert picker.model() == str(path)
    assert recent_models("segment")[0] == str(path)
    assert not recent_models("classify"), "a file for one task says nothing about another"
    other = ModelPicker("segment")
    wait_for(lambda: "Other files" in texts(other.combo()))
    assert "dropped.onnx" in texts(other.combo())
    other.deleteLater()
    wrong = QMimeData()
    wrong.setUrls([QUrl.fromLocalFile("/data/scene.tif")])
    assert dropped_model(wrong) == ""
    assert dropped_model(QMimeData()) == ""


def test_the_list_is_read_again(picker, models_folder, tmp_path, monkeypatch):
    other = tmp_path / "library"
    shutil.copytree(models_folder, other)
    item = json.loads((other / "land.json").read_text())
    item["properties"]["mlm:name"] = "Renamed"
    (other / "land.json").write_text(json.dumps(item))
    picker.setModel("land")
    wait_for(picker.facts)
    monkeypatch.setenv("GEONNX_MODELS", str(other))
    picker.reload()
    wait_for(lambda: "Renamed" in texts(picker.combo()))
    wait_for(lambda: picker.facts() and picker.facts().title == "Renamed")
    assert picker.combo().currentText() == "Renamed"


def test_models_copied_by_hand_are_seen_when_the_list_is_shown_again(models_folder, tmp_path, monkeypatch, show):
    from geonnx.ui.library.picker import ModelPicker

    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("GEONNX_MODELS", str(empty))
    picker = show(ModelPicker("segment"))
    wait_for(picker.hasNone, what="the empty list")
    for file in models_folder.glob("land.*"):
        shutil.copy(file, empty)
    picker.hide()
    picker.show()
    wait_for(lambda: picker.combo().count() > 1, what="the new list")
    assert texts(picker.combo())[-1] == "Land cover of three kinds"
    assert not picker.hasNone()


def test_the_keyboard_reaches_list_and_buttons(picker):
    picker.combo().setFocus()
    seen = []
    for button in ("_browse_button", "_manage_button"):
        widget = getattr(picker, button)
        assert widget.toolTip()
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    picker.manageRequested.connect(lambda: seen.append(True))
    QTest.mouseClick(picker._manage_button, Qt.MouseButton.LeftButton)
    assert seen == [True]


def test_facts_are_told_in_plain_words(models_folder, qgis_app):
    from geonnx.ui.library.facts import read_facts
    from geonnx.ui.library.facts_view import compact_html, facts_html

    palette = QPalette()
    html = facts_html(read_facts("land"), palette)
    for part in (
        "Tells open land, forest and water apart",
        "one of 3 classes for each pixel",
        "3 bands (B04, B08, B03)",
        "CC-BY-4.0",
        "#1b7837",
        "forest\N{NO-BREAK SPACE}&amp;\N{NO-BREAK SPACE}hedge",
        "land.onnx",
    ):
        assert part in html, part
    assert "tensor" not in html
    assert "Segmentation" in compact_html(read_facts("land"), palette)
    assert "3 dates, each: 4 bands" in facts_html(read_facts("clouds"), palette)
    assert "two dates, each: 3 bands" in facts_html(read_facts("change"), palette)


def test_accuracy_is_read_from_the_card(models_folder, tmp_path):
    from geonnx.ui.library.facts import read_facts

    for suffix in (".onnx", ".json"):
        shutil.copy(models_folder / f"land{suffix}", tmp_path / f"land{suffix}")
    item = json.loads((tmp_path / "land.json").read_text())
    for said, expected in (
        ("0.97 on EuroSAT", "0.97 on EuroSAT"),
        ({"overall_accuracy": 0.97123, "on": "EuroSAT"}, "overall accuracy 0.9712, on EuroSAT"),
        (None, ""),
    ):
        item["properties"]["geonnx:accuracy"] = said
        (tmp_path / "land.json").write_text(json.dumps(item))
        assert read_facts(str(tmp_path / "land.onnx")).accuracy == expected


def test_facts_view_shows_messages_and_follows_the_palette(models_folder, show):
    from geonnx.ui.library.facts import read_facts
    from geonnx.ui.library.facts_view import ModelFactsView

    view = show(ModelFactsView())
    view.setMessage("It is broken & gone", is_problem=True)
    assert "It is broken &amp; gone" in view.html()
    view.setFacts(read_facts("land"))
    light = view.html()
    dark = QPalette(QColor(40, 40, 40))
    view.setPalette(dark)
    settle()
    assert view.html() != light
    view.setFacts(None)
    assert view.html() == ""


def test_text_can_be_read_where_a_style_sheet_paints_the_theme(qgis_app):
    """As in QGIS's Night Mapping, whose palette says the same grey for text and for ground."""
    from geonnx.ui.library.colors import quiet_color, text_color

    grey = QPalette()
    grey.setColor(QPalette.ColorRole.WindowText, QColor("#535353"))
    grey.setColor(QPalette.ColorRole.Window, QColor("#535353"))
    before = qgis_app.styleSheet()
    qgis_app.setStyleSheet("QLabel { color: #aaaaaa; }")
    try:
        assert text_color(grey).name() == quiet_color(grey).name() == "#aaaaaa"
    finally:
        qgis_app.setStyleSheet(before)


def test_problem_colors_stand_out_on_light_and_dark(qgis_app):
    from geonnx.ui.library import colors

    for ground in (QColor(250, 250, 250), QColor(45, 45, 45)):
        palette = QPalette(ground)
        for color in (colors.problem_color, colors.ok_color, colors.warning_color):
            assert contrast(color(palette), ground) > 4.5


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast of WCAG 2."""

    def luminance(color: QColor) -> float:
        parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in color.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)
