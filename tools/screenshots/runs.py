"""Pictures of the runs: waiting, working, finished with results, warned, failed, cancelled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtWidgets import QWidget

_NARROW_LETTERS, _WIDE_LETTERS, _LINES = 48, 80, 46


def scenes(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Yield the name of each state, and the window that shows it."""
    from geonnx.ui.runs.queue import RunQueue
    from geonnx.ui.runs.request import RunRequest
    from geonnx.ui.runs.view import RunsView

    queue = RunQueue()
    view = RunsView(queue)
    size(view, _NARROW_LETTERS)
    view.show()
    stage.settle()
    yield "empty", view
    layer = QgsRasterLayer(str(stage.raster), stage.raster.stem)
    QgsProject.instance().addMapLayer(layer)
    models = {path.stem: str(path) for path in sorted(stage.models.rglob("*.onnx"))}
    segment = {
        "INPUT": layer.id(),
        "MODEL": models.get("land_cover") or next(iter(models.values())),
        "DEVICE": "cpu",
        "TILE_SIZE": 64,
        "OUTPUT": "TEMPORARY_OUTPUT",
        "CONFIDENCE": "TEMPORARY_OUTPUT",
    }
    title = f"{layer.name()} – Land cover"
    run = queue.add(RunRequest("geonnx:segment", segment, title, title))
    stage.wait(lambda: view.results.summary is not None or run.message, 60)
    stage.settle()
    yield "finished", view
    view.tabs.setCurrentWidget(view.log)
    stage.settle()
    yield "log", view
    yield from _other_ends(stage, queue, view, segment)
    yield from _made_up(stage, queue, view, RunRequest("geonnx:segment", segment, title, title))
    yield from _results(stage)
    queue.stop()
    view.close()


def size(widget: QWidget, letters: int, lines: int = _LINES) -> None:
    """Make a window as large as a dock of so many letters."""
    metrics = widget.fontMetrics()
    widget.resize(metrics.averageCharWidth() * letters, metrics.height() * lines)


def _other_ends(stage: Any, queue: Any, view: Any, segment: dict[str, Any]) -> Iterator[tuple[str, QWidget]]:
    from geonnx.ui.runs.request import RunRequest

    failed = queue.add(RunRequest("geonnx:segment", {**segment, "MODEL": "s2-lulc"}, "A model that is not there"))
    stage.wait(lambda: failed.is_over)
    stage.settle()
    yield "failed", view


def _made_up(stage: Any, queue: Any, view: Any, request: Any) -> Iterator[tuple[str, QWidget]]:
    """Show runs in the middle of their work, as no real run would wait for its picture."""
    from geonnx.ui.runs.run import Run

    long = "S2B_MSIL2A_20220308T100029_N0400_R122_T33TVN_20220308T131105 – Land cover of three kinds"
    waiting, working, cancelled = (Run(type(request)(request.algorithm, request.parameters, long)) for _ in range(3))
    working.state, working.progress, working.started = "running", 0.43, time.monotonic() - 31
    working.tiles_done, working.tiles_total, working.tiles_per_second, working.seconds_left = 1033, 2401, 33.4, 41.0
    working.log = [
        ("command", "TILE_SIZE = 512"),
        ("info", "Running on CUDAExecutionProvider."),
        ("warning", "Band 8 of the raster is named B8A; the model expects B08. It was matched by its wavelength."),
        ("warning", "The pixels of the raster are 20 m, those of the model 10 m: the raster is resampled."),
    ]
    cancelled.state = "cancelled"
    for run in (cancelled, working, waiting):
        queue._runs.append(run)
        queue.runAdded.emit(run)
    view.choose(working)
    stage.settle()
    yield "running", view
    size(view, _WIDE_LETTERS)
    stage.settle()
    yield "running_wide", view
    for run in (cancelled, working, waiting):
        queue._runs.remove(run)


def _results(stage: Any) -> Iterator[tuple[str, QWidget]]:
    """Show results pages of every task, from figures."""
    from geonnx.ui.runs.results_view import ResultsView
    from geonnx.ui.runs.summary import Bar, Matrix, Summary, cloud_bars

    names = ("forest & hedge", "grassland", "arable land", "built-up", "water", "bare soil")
    colors = ("#1b7837", "#a6d96a", "#fee08b", "#d73027", "#2166ac", "#ffffff")
    areas = (51234.4, 20312.9, 18004.1, 4120.6, 903.2, 0.02)
    bars = tuple(Bar(name, color, area, area / sum(areas)) for name, color, area in zip(names, colors, areas))
    cells = tuple(tuple(1000.0 if a == b else (3.5 * a * b) % 41 for a in range(6)) for b in range(6))
    facts = (
        ("Changed", "1,204.10 ha of 94,575.22 ha (1.3%)"),
        ("Model", "Land cover of six kinds 1.2"),
        ("Ran on", "CUDA"),
        ("Time", "43.1 s"),
        ("SHA-256 of the model", "0f" * 32),
    )
    clouds = Summary(
        "Clouds",
        "%",
        tuple(cloud_bars({"CLOUDY_SHARE": 0.312, "KEPT_SHARE": 0.688, "LOST_SHARE": 0.0004})),
        facts=(("Restored date", "2021-06-26"), *facts[1:]),
    )
    change = Summary("Change", "ha", bars, ("snow and ice",), Matrix(names, names, cells), facts)
    for name, summary in (("results_change", change), ("results_clouds", clouds)):
        page = ResultsView()
        page._show(summary)
        size(page, _NARROW_LETTERS)
        page.show()
        stage.settle()
        yield name, page
        page.close()
