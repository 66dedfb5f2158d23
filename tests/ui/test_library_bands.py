"""The table of bands: filled in the background, corrected by the user, with what is wrong beside it."""

from __future__ import annotations

import pytest
from qgis.PyQt.QtCore import Qt

from .. import rasters
from .conftest import settle, wait_for
from .examples import scene_values


@pytest.fixture
def table(models_folder, show):
    from geonnx.ui.library.band_table import BandTable

    return show(BandTable())


def known(table):
    """Wait until the table knows what it will know."""
    wait_for(lambda: not table.isReading(), what="the bands")
    settle()
    return table.mapping()


def cells(table) -> list[tuple[str, str, str]]:
    rows = table._rows
    return [
        (rows.item(index, 0).text(), rows.combo(index).currentText(), rows.item(index, 2).text())
        for index in range(rows.rowCount())
    ]


def choose(table, row: int, text: str) -> None:
    combo = table._rows.combo(row)
    index = combo.findText(text)
    assert index >= 0, text
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_filled_automatically(table, example):
    table.setSources("land", str(example.raster), None, '{"scale": 0.1}')
    known(table)
    assert cells(table) == [
        ("B04", "3: B04", "same name"),
        ("B08", "4: B08", "same name"),
        ("B03", "2: B03", "same name"),
    ]
    assert (table.bands(), table.problems(), table.warnings(), table.notes()) == ("", [], [], [])
    assert table.summary() == "All 3 bands were found."
    assert not table._automatic.isVisible()


def test_a_correction_goes_into_bands_and_back(table, example):
    changes = []
    table.bandsChanged.connect(changes.append)
    table.setSources("land", str(example.raster))
    known(table)
    combos = [table._rows.combo(index) for index in range(3)]
    choose(table, 0, "1: B02")
    assert table.bands() == "1,4,2"
    known(table)
    assert [table._rows.combo(index) for index in range(3)] == combos, "the lists are still the same widgets"
    assert [how for _, _, how in cells(table)] == ["chosen by you"] * 3
    assert table.problems() == []
    assert table._automatic.isVisible()
    table._automatic.click()
    known(table)
    assert changes == ["1,4,2", ""]
    assert [band for _, band, _ in cells(table)] == ["3: B04", "4: B08", "2: B03"]


def test_a_missing_band_is_red_until_it_is_chosen(table, tmp_path):
    scene = rasters.write_raster(tmp_path / "scene.tif", scene_values(), names=["B02", "B03", "B05", "B08"])
    changed = []
    table.problemsChanged.connect(lambda: changed.append(True))
    table.setSources("land", str(scene))
    known(table)
    assert cells(table)[0] == ("B04", "Choose …", "not found")
    assert cells(table)[1] == ("B08", "4: B08", "same name")
    assert table.problems() == ["It is not clear which band of the layer is B04: choose it in the red row."]
    from geonnx.ui.library.colors import problem_color

    assert table._rows.item(0, 2).foreground().color() == problem_color(table.palette())
    assert changed
    choose(table, 0, "3: B05")
    assert table.bands() == "3,4,2"
    known(table)
    assert table.problems() == []


def test_half_a_choice_gives_no_bands_and_says_what_lacks(table, tmp_path):
    scene = rasters.write_raster(tmp_path / "scene.tif", scene_values(), names=["a", "b", "c", "d"])
    table.setSources("land", str(scene))
    known(table)
    choose(table, 0, "1: a")
    choose(table, 2, "3: c")
    assert table.bands() == ""
    assert table.problems() == ["It is not clear which band of the layer is B08: choose it in the red row."]
    choose(table, 1, "2: b")
    assert table.bands() == "1,2,3"
    known(table)
    assert table.problems() == []


def test_bands_that_are_set_are_shown_or_refused(table, example):
    table.setSources("land", str(example.raster))
    table.setBands("B08, 2, 1")
    known(table)
    assert table.bands() == "B08, 2, 1"
    assert [band for _, band, _ in cells(table)] == ["4: B08", "2: B03", "1: B02"]
    table.setBands("1,2")
    known(table)
    assert "BANDS names 2 bands" in table.problems()[0]


def test_another_layer_is_matched_automatically_again(table, example):
    table.setSources("land", str(example.raster))
    table.setBands("1,2,3")
    known(table)
    table.setSources("land", str(example.later))
    assert table.bands() == ""
    known(table)
    assert [band for _, band, _ in cells(table)] == ["3: B04", "4: B08", "2: B03"]


def test_without_a_layer_the_needs_are_shown(table):
    assert "Choose a model" in table.summary()
    table.setSources("land", "")
    known(table)
    assert [name for name, _, _ in cells(table)] == ["B04", "B08", "B03"]
    assert not table._rows.combo(0).isEnabled()
    assert table.problems() == []
    table.setSources("", "")
    assert not table._rows.isVisible()


def test_what_can_not_be_read_is_said(table, example, tmp_path):
    table.setSources("land", str(tmp_path / "missing.tif"))
    known(table)
    assert "missing.tif" in table.problems()[0]
    table.setSources("no-such-model", str(example.raster))
    known(table)
    assert "no-such-model" in table.problems()[0]


def test_values_of_another_scale_are_a_warning(table, tmp_path):
    bright = rasters.write_raster(tmp_path / "bright.tif", scene_values() * 6, names=["B02", "B03", "B04", "B08"])
    table.setSources("land", str(bright))
    known(table)
    assert "will be wrong" in table.warnings()[0]
    table.setSources("land", str(bright), None, '{"scale": 0.01}')
    known(table)
    assert table.warnings() == []


def test_the_table_asks_in_the_background(table, example, monkeypatch):
    import threading

    from geonnx.ui.library import band_table

    threads = []
    real = band_table.map_bands

    def slow(*arguments):
        threads.append(threading.current_thread() is threading.main_thread())
        return real(*arguments)

    monkeypatch.setattr(band_table, "map_bands", slow)
    table.setSources("land", str(example.raster))
    assert table.isReading()
    assert "Looking" in table.summary()
    known(table)
    assert threads == [False]


def test_a_raster_that_does_not_answer_blocks_nothing(models_folder, example, monkeypatch):
    import threading
    import time

    from geonnx.ui.library import band_table

    answers = threading.Event()
    monkeypatch.setattr(band_table, "map_bands", lambda *_: answers.wait(30))
    table = band_table.BandTable()
    start = time.monotonic()
    table.setSources("land", str(example.raster))
    table.setBands("1,2,3")
    assert time.monotonic() - start < 1
    assert table.isReading()
    assert table.problems() == []
    table.deleteLater()
    settle()
    answers.set()  # nobody waits for it any more
    settle()


def test_every_list_can_be_reached_and_has_a_name(table, example):
    table.setSources("land", str(example.raster))
    known(table)
    for index in range(3):
        combo = table._rows.combo(index)
        assert combo.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert combo.accessibleName() == f"Band of the layer for {cells(table)[index][0]}"
