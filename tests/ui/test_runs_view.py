"""The list of runs, its buttons and pages, driven by mouse and keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QLabel, QLineEdit, QTableWidget, QToolButton

from .conftest import settle, wait_for
from .test_runs_queue import request, segment_parameters, slow_parameters


@pytest.fixture
def queue(provider, project):
    from geonnx.ui.runs.queue import RunQueue

    made = RunQueue()
    yield made
    made.stop()
    made.deleteLater()


@pytest.fixture
def view(queue, show):
    from geonnx.ui.runs.view import RunsView

    made = RunsView(queue)
    made.resize(340, 760)
    return show(made)


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def texts(widget):
    return " | ".join(label.text() for label in widget.findChildren(QLabel))


def test_no_runs_is_said(view):
    assert view.stack.currentIndex() == 0
    assert "No runs yet" in texts(view)


def test_run_is_shown_from_start_to_results(view, queue, example, tmp_path):
    run = queue.add(request(segment_parameters(example, tmp_path), title="Land of the scene"))
    assert view.run() is run
    assert view.cancel_button.isEnabled()
    assert not view.remove_button.isEnabled()
    assert not view.folder_button.isEnabled()
    wait_for(lambda: view.results.summary is not None, 60)
    assert run.state == "finished"
    assert view.tabs.currentWidget() is view.results
    row = view._rows[run][1]
    assert row._state.text().startswith("Finished · in ")
    assert not row._cancel.isVisible()
    assert {bar.name for bar in view.results.summary.bars} == {"open land", "forest & hedge", "water"}
    assert sum(bar.share for bar in view.results.summary.bars) == pytest.approx(1)
    facts = dict(view.results.summary.facts)
    assert facts["Model"].startswith("Land cover of three kinds")
    assert facts["Ran on"] == "CPU"
    assert facts["SHA-256 of the model"] == run.results["MODEL_SHA256"]
    shown = [field.text() for field in view.results.findChildren(QLineEdit)]
    assert run.results["MODEL_SHA256"] in shown
    assert "TILE_SIZE = 64" in view.log.toPlainText()
    assert "Finished in" in view.log.toPlainText()
    assert view.log.toPlainText().count("TILE_SIZE") == 1


def test_progress_row_says_tiles_rate_and_time_left(view, queue):
    from geonnx.ui.runs.run import Run

    run = Run(request({}, title="x"))
    run.state, run.progress, run.started = "running", 0.5, 0.0
    run.tiles_done, run.tiles_total, run.tiles_per_second, run.seconds_left = 1200, 2400, 33.4, 95.0
    run.log.append(("warning", "Half of the raster has no data."))
    view._add(run)
    row = view._rows[run][1]
    assert row._state.text() == "1,200 of 2,400 tiles · 33.4 tiles/s · 1 min 35 s left"
    assert row._bar.value() == 500
    assert row._notice.text() == "Warning: Half of the raster has no data."
    assert "Half of the raster" in view.notices.text()
    assert view.notices.isVisible()
    assert row.isVisible()
    view._remove(run)


def test_cancel_button_stops_the_run(view, queue, tmp_path):
    run = queue.add(request(slow_parameters(tmp_path)))
    wait_for(lambda: run.state == "running" and run.seconds > 1)
    click(view.cancel_button)
    assert run.is_cancelling
    assert not view.cancel_button.isEnabled()
    assert view._rows[run][1]._state.text().startswith("Cancelling…")
    wait_for(lambda: run.is_over, 5)
    assert view._rows[run][1]._state.text().startswith("Cancelled")
    assert view.remove_button.isEnabled()


def test_cross_in_the_row_stops_the_run(view, queue, tmp_path):
    queue.add(request(slow_parameters(tmp_path)))
    second = queue.add(request(slow_parameters(tmp_path)))
    settle()
    click(view._rows[second][1]._cancel)
    assert second.state == "cancelled"


def test_failure_is_red_and_needs_no_log(view, queue, example, tmp_path):
    from geonnx.ui.library.colors import problem_color

    run = queue.add(request(segment_parameters(example, tmp_path, MODEL="nowhere.onnx")))
    wait_for(lambda: run.is_over)
    assert "nowhere.onnx" in view.notices.text()
    assert view.notices.isVisible()
    palette = view.notices.palette()
    assert palette.color(palette.ColorRole.WindowText) == problem_color(view.palette())
    assert view.tabs.currentWidget() is view.log
    view.tabs.setCurrentWidget(view.results)
    assert "nowhere.onnx" in texts(view.results)


def test_run_again_queues_the_same(view, queue, example, tmp_path):
    first = queue.add(request(segment_parameters(example, tmp_path)))
    wait_for(lambda: first.is_over, 60)
    click(view.again_button)
    second = queue.runs()[-1]
    assert second is not first
    assert second.request == first.request
    assert view.run() is second
    wait_for(lambda: second.is_over, 60)
    assert second.state == "finished", second.log
    assert view.list.count() == 2


def test_buttons_act_on_the_chosen_run(view, queue, example, tmp_path, monkeypatch):
    from qgis.PyQt.QtGui import QDesktopServices

    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", staticmethod(lambda url: opened.append(url.toLocalFile())))
    good = queue.add(request(segment_parameters(example, tmp_path), title="good"))
    bad = queue.add(request(segment_parameters(example, tmp_path, MODEL="nowhere.onnx"), title="bad"))
    wait_for(lambda: good.is_over and bad.is_over, 60)
    assert view.run() is bad
    assert not view.folder_button.isEnabled()
    # down to the older run, with the keyboard
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_Down)
    assert view.run() is good
    assert view.folder_button.isEnabled()
    click(view.folder_button)
    assert opened == [str(tmp_path)]
    view.copy_button.menu().actions()[2].trigger()
    assert str(tmp_path / "classes.tif") in QgsApplication.clipboard().text()
    wait_for(lambda: view.results.summary is not None)
    view.choose(bad)
    click(view.remove_button)
    assert queue.runs() == [good]
    click(view.remove_button)
    assert view.stack.currentIndex() == 0


def test_page_is_saved_in_the_background(view, queue, example, tmp_path, monkeypatch):
    from geonnx.ui.runs import results_view

    run = queue.add(request(segment_parameters(example, tmp_path), group="Scene & model"))
    wait_for(lambda: view.results.summary is not None, 60)
    assert run.state == "finished"
    opened = []
    path = tmp_path / "page.html"
    monkeypatch.setattr(
        results_view.QFileDialog, "getSaveFileName", staticmethod(lambda *_: (str(path.with_suffix("")), ""))
    )
    monkeypatch.setattr(results_view.QDesktopServices, "openUrl", staticmethod(opened.append))
    button = next(one for one in view.results.findChildren(QToolButton) if "HTML" in one.text())
    click(button)
    wait_for(lambda: opened)
    text = path.read_text(encoding="utf-8")
    assert "Scene &amp; model" in text
    assert "forest &amp; hedge" in text
    problems = []
    monkeypatch.setattr(results_view.QMessageBox, "warning", staticmethod(lambda *words: problems.append(words[-1])))
    view.results.save(str(tmp_path / "no" / "where" / "page.html"), lambda: None)
    wait_for(lambda: problems)
    assert str(tmp_path / "no" / "where") in problems[0]


def test_result_that_vanished_is_a_sentence(view, queue, example, tmp_path):
    run = queue.add(request(segment_parameters(example, tmp_path)))
    wait_for(lambda: view.results.summary is not None, 60)
    view.results.forget(run)
    Path(run.results["OUTPUT"]).unlink()
    view.results.set_run(run)
    wait_for(lambda: "classes.tif" in texts(view.results))
    assert view.results.summary is None


def test_everything_has_a_tooltip_and_the_keyboard_reaches_it(view, queue, example, tmp_path):
    queue.add(request(segment_parameters(example, tmp_path)))
    wait_for(lambda: view.results.summary is not None, 60)
    own = [view.cancel_button, view.again_button, view.copy_button, view.folder_button, view.remove_button]
    for button in [*own, *(one for one in view.results.findChildren(QToolButton) if one.text())]:
        assert button.toolTip(), button.text()
        assert button.accessibleName() or button.text()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.text()
    assert view.list.accessibleName()
    assert view.log.accessibleName()


def test_view_made_later_shows_earlier_runs(queue, example, tmp_path, show):
    from geonnx.ui.runs.view import RunsView

    run = queue.add(request(segment_parameters(example, tmp_path)))
    wait_for(lambda: run.is_over, 60)
    late = show(RunsView(queue))
    assert late.list.count() == 1
    wait_for(lambda: late.results.summary is not None)


def test_comparison_of_two_dates_has_a_matrix(view, queue, project, example):
    parameters = {
        "BEFORE": str(example.raster), "AFTER": str(example.later), "MODEL": str(example.models / "land.onnx"),
        "OUTPUT": "TEMPORARY_OUTPUT", "STATISTICS": "TEMPORARY_OUTPUT",
    }  # fmt: skip
    run = queue.add(request(parameters, "geonnx:detectchange"))
    wait_for(lambda: view.results.summary is not None or run.message, 60)
    assert run.state == "finished", run.log
    matrix = view.results.summary.matrix
    assert matrix.before == matrix.after == ("open land", "forest & hedge", "water")
    total = sum(map(sum, matrix.cells_ha))
    assert total == pytest.approx(run.results["TOTAL_HA"], rel=1e-4)
    moved = total - sum(matrix.cells_ha[place][place] for place in range(3))
    assert moved == pytest.approx(run.results["CHANGED_HA"], rel=1e-4)
    table = view.results.findChildren(QTableWidget)[0]
    assert table.horizontalHeaderItem(1).text() == "forest & hedge"
    assert table.item(0, 1).text() == f"{matrix.cells_ha[0][1]:,.2f}"
    assert "open land → forest & hedge" in table.item(0, 1).toolTip()
    # the change map alone knows the same changes
    from geonnx.ui.runs.summary import changes_matrix

    alone = changes_matrix(list(view.results.summary.bars))
    changed = sum(cell for cells in alone.cells_ha for cell in cells if cell is not None)
    assert changed == pytest.approx(run.results["CHANGED_HA"], rel=1e-4)


def test_other_theme_is_followed(view, queue, example, tmp_path):
    from geonnx.ui.library.colors import warning_color

    run = queue.add(request(segment_parameters(example, tmp_path)))
    wait_for(lambda: view.results.summary is not None, 60)
    run.log.append(("warning", "Look here."))
    queue.runChanged.emit(run)
    light = QApplication.palette()
    dark = QPalette(QColor("#303030"), QColor("#202020"))
    try:
        QApplication.setPalette(dark)
        settle()
        palette = view.notices.palette()
        assert palette.color(palette.ColorRole.WindowText).name() == warning_color(dark).name()
        assert view.results.summary is not None
    finally:
        QApplication.setPalette(light)
        settle()
