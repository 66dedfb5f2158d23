"""The preview on a real map canvas: what it computes, what the map then looks like, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas, QgsMapToolPan
from qgis.PyQt.QtCore import QDir, QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QColor, QImage, QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

from .. import change_models, rasters, tiny_models
from . import examples
from .conftest import add_raster, settle, wait_for

UTM = QgsCoordinateReferenceSystem("EPSG:32633")
WEB = QgsCoordinateReferenceSystem("EPSG:3857")
DEGREES = QgsCoordinateReferenceSystem("EPSG:4326")
LEFT, TOP, PIXEL = 500000.0, 5200000.0, 10.0
RIGHT, BOTTOM = LEFT + examples.WIDTH * PIXEL, TOP - examples.HEIGHT * PIXEL
COLORS = {value: color for value, _, color in examples.LAND}


@pytest.fixture
def canvas(project, show) -> QgsMapCanvas:
    """Return an empty white canvas that shows the example's place."""
    canvas = QgsMapCanvas()
    canvas.setCanvasColor(QColor("white"))
    canvas.resize(600, 520)
    show(canvas)
    canvas.setDestinationCrs(UTM)
    canvas.setExtent(QgsRectangle(LEFT, BOTTOM, RIGHT, TOP))
    canvas.refresh()
    draw(canvas)
    return canvas


@pytest.fixture
def preview(canvas, provider) -> Iterator[Any]:
    from geonnx.ui.preview.preview import Preview

    preview = Preview(canvas)
    preview.sentences = []
    preview.finished.connect(preview.sentences.append)
    preview.failed.connect(lambda sentence: preview.sentences.append("failed: " + sentence))
    preview.stopped.connect(lambda: preview.sentences.append("stopped"))
    yield preview
    preview.close()
    preview.deleteLater()
    wait_for(lambda: not leftovers(), what="the folders of previews to go")


def leftovers() -> list[Path]:
    return list(Path(QDir.tempPath()).glob("geonnx_preview_*"))


def draw(canvas: QgsMapCanvas) -> None:
    settle()
    canvas.waitWhileRendering()
    settle()


def request(algorithm: str, **parameters: Any) -> Any:
    from geonnx.ui.runs.request import RunRequest

    return RunRequest(f"geonnx:{algorithm}", parameters)


def compute(preview: Any, algorithm: str, **parameters: Any) -> str:
    """Run a preview; return the sentence with which it ended."""
    count = len(preview.sentences)
    preview.start(request(algorithm, **parameters))
    assert preview.is_running or len(preview.sentences) > count
    wait_for(lambda: len(preview.sentences) > count, 60, "the preview")
    settle()
    return preview.sentences[-1]


def land(preview: Any, example: Any, **parameters: Any) -> str:
    return compute(preview, "segment", INPUT=str(example.raster), MODEL=str(example.models / "land.onnx"), **parameters)


def opaque(preview: Any) -> None:
    preview.shown.set_opacity(1.0)


def color_at(canvas: QgsMapCanvas, x: float, y: float, crs: QgsCoordinateReferenceSystem = UTM) -> str:
    """Return the colour of the map where coordinates lie."""
    here = canvas.mapSettings().destinationCrs()
    point = QgsCoordinateTransform(crs, here, QgsProject.instance()).transform(QgsPointXY(x, y))
    pixel = canvas.getCoordinateTransform().transform(point)
    place = canvas.viewport().mapTo(canvas, QPoint(int(pixel.x()), int(pixel.y())))
    return canvas.grab().toImage().pixelColor(place).name()


def pixel_center(column: int, row: int) -> tuple[float, float]:
    return LEFT + (column + 0.5) * PIXEL, TOP - (row + 0.5) * PIXEL


def clear_places(classes: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Yield column, row and class of some pixels whose neighbours all have the same class."""
    for row in range(25, examples.HEIGHT - 5, 37):
        for column in range(25, examples.WIDTH - 5, 31):
            around = classes[row - 3 : row + 4, column - 3 : column + 4]
            if (around == around[0, 0]).all():
                yield column, row, int(around[0, 0])


def assert_classes_are_drawn(canvas: QgsMapCanvas) -> None:

    classes = examples.land_classes(examples.scene_values())
    places = list(clear_places(classes))
    assert len({value for *_, value in places}) == 3
    for column, row, value in places:
        assert color_at(canvas, *pixel_center(column, row)) == COLORS[value], (column, row)


# ---------------------------------------------------------------- segmentation
def test_classes_lie_on_the_map_where_they_belong(preview, canvas, example):
    sentence = land(preview, example)
    assert sentence.startswith("All that the map shows of the raster was computed in")
    opaque(preview)
    assert_classes_are_drawn(canvas)
    # the corner without data is seen through
    assert color_at(canvas, *pixel_center(6, 4)) == "#ffffff"
    assert {name for name, _ in preview.shown.classes} == {name for _, name, _ in examples.LAND}


def test_the_picture_follows_the_map(preview, canvas, example):
    land(preview, example)
    opaque(preview)
    canvas.setExtent(QgsRectangle(LEFT + 500, BOTTOM + 600, RIGHT - 700, TOP - 100))
    draw(canvas)
    classes = examples.land_classes(examples.scene_values())
    for column, row, value in clear_places(classes):
        x, y = pixel_center(column, row)
        if canvas.extent().contains(QgsPointXY(x, y)):
            assert color_at(canvas, x, y) == COLORS[value]
    canvas.setRotation(30)
    draw(canvas)
    for column, row, value in list(clear_places(classes))[10:40:5]:
        x, y = pixel_center(column, row)
        if canvas.extent().contains(QgsPointXY(x, y)):
            assert color_at(canvas, x, y) == COLORS[value]


@pytest.mark.parametrize("crs", [WEB, DEGREES], ids=["mercator", "degrees"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_map_in_another_crs(preview, canvas, example, crs, when):
    def change() -> None:
        canvas.setDestinationCrs(crs)
        transform = QgsCoordinateTransform(UTM, crs, QgsProject.instance())
        canvas.setExtent(transform.transformBoundingBox(QgsRectangle(LEFT, BOTTOM, RIGHT, TOP)))
        draw(canvas)

    if when == "before":
        change()
    sentence = land(preview, example)
    assert sentence.startswith("All that"), sentence
    opaque(preview)
    if when == "after":
        change()
        wait_for(lambda: preview.shown.crs_wkt and "32633" not in preview.shown.crs_wkt.rsplit("ID", 1)[-1])
        settle()
    assert_classes_are_drawn(canvas)
    if when == "after":  # and back again
        canvas.setDestinationCrs(UTM)
        canvas.setExtent(QgsRectangle(LEFT, BOTTOM, RIGHT, TOP))
        draw(canvas)
        wait_for(lambda: "UTM" in preview.shown.crs_wkt)
        settle()
        assert_classes_are_drawn(canvas)


def test_a_layer_of_the_project_by_its_id(preview, canvas, project, example):
    layer = add_raster(project, example.raster)
    compute(preview, "segment", INPUT=layer.id(), MODEL=str(example.models / "land.onnx"))
    opaque(preview)
    assert_classes_are_drawn(canvas)
    assert list(project.mapLayers()) == [layer.id()], "nothing is loaded"


def test_opacity_mixes_with_the_map(preview, canvas, example):
    land(preview, example)
    column, row, value = next(clear_places(examples.land_classes(examples.scene_values())))
    full = QColor(COLORS[value])
    for opacity in (1.0, 0.5, 0.0):
        preview.shown.set_opacity(opacity)
        settle()
        seen = QColor(color_at(canvas, *pixel_center(column, row)))
        for part, whole in ((seen.red(), full.red()), (seen.green(), full.green()), (seen.blue(), full.blue())):
            assert abs(part - (opacity * whole + (1 - opacity) * 255)) <= 2


def confidence(values: np.ndarray) -> np.ndarray:
    """Return the largest softmax of the means of 3 × 3 pixels, divided by 1000, as the model computes it."""
    chosen = values[[examples.BANDS.index(name) for name in examples.LAND_BANDS]].astype(np.float64) / 1000
    rows, columns = values.shape[1:]
    padded = np.pad(chosen, ((0, 0), (1, 1), (1, 1)))
    mean = sum(padded[:, dy : dy + rows, dx : dx + columns] for dy in range(3) for dx in range(3)) / 9
    exponents = np.exp(mean - mean.max(axis=0))
    return exponents.max(axis=0) / exponents.sum(axis=0)


def test_threshold_hides_what_is_uncertain(preview, canvas, example):
    land(preview, example)
    opaque(preview)
    values = examples.scene_values()
    certain, classes = confidence(values), examples.land_classes(values)
    assert preview.shown.has_scores
    for threshold in (0.7, 0.95):
        preview.shown.set_threshold(threshold)
        settle()
        image_of = {}
        for column, row, value in clear_places(classes):
            if abs(certain[row, column] - threshold) < 0.01:
                continue
            expected = COLORS[value] if certain[row, column] >= threshold else "#ffffff"
            assert color_at(canvas, *pixel_center(column, row)) == expected, (column, row, certain[row, column])
            image_of[expected] = True
        assert len(image_of) > 2, "some are shown and some are hidden"
    preview.shown.set_threshold(None)
    settle()
    assert_classes_are_drawn(canvas)


def test_sliders_act_within_50_ms(preview, canvas, example, tmp_path):
    """The arrays of the largest preview that is kept."""
    from geonnx.ui.preview import read
    from geonnx.ui.preview.picture import ClassPicture, Placement

    size = read.LONGEST_PX
    rng = np.random.default_rng(1)
    picture = ClassPicture(
        rng.integers(0, 6, (size, size)).astype(np.uint16),
        np.array([0, *(0xFF000000 + 999 * number for number in range(5))], np.uint32),
        ("",) * 6,
        Placement((LEFT, 2.0, 0.0, TOP, 0.0, -2.0), UTM.toWkt()),
        rng.integers(0, 251, (size, size)).astype(np.uint8),
    )
    preview.shown.show(picture, is_image=False)
    for act in (preview.shown.set_threshold, preview.shown.set_opacity):
        took = []
        for value in (0.2, 0.4, 0.6, 0.8, 0.3):
            begun = time.perf_counter()
            act(value)
            took.append(time.perf_counter() - begun)
        assert min(took) < 0.05, took  # the machine has other things to do as well


def test_class_numbers_without_scores_have_no_threshold(preview, canvas, example, tmp_path):
    model = tiny_models.argmax_numbers(tmp_path / "numbers.onnx")
    values = examples.scene_values()[:3]
    raster = rasters.write_raster(tmp_path / "three.tif", values, nodata=0)
    sentence = compute(preview, "segment", INPUT=str(raster), MODEL=str(model), BANDS="1,2,3")
    assert sentence.startswith("All that")
    assert not preview.shown.has_scores


# ---------------------------------------------------------------- which part
@pytest.fixture
def large(tmp_path) -> Path:
    """Return a raster of 4000 × 3000 px, of which a map shows more than a few tiles."""
    path = tmp_path / "large.tif"
    return rasters.write_raster(path, np.full((3, 3000, 4000), 500, np.uint16), names=list(examples.LAND_BANDS))


def test_of_a_large_view_the_middle_is_computed_and_said(preview, canvas, example, large):
    canvas.setExtent(QgsRectangle(LEFT, TOP - 30000, LEFT + 40000, TOP))
    draw(canvas)
    sentence = compute(preview, "segment", INPUT=str(large), MODEL=str(example.models / "land.onnx"))
    assert "The middle of the map was computed" in sentence
    share = 4 * 512**2 / (4000 * 3000)
    assert f"{100 * share:.0f} % of what it shows. Zoom in for the rest." in sentence
    opaque(preview)
    settle()
    assert color_at(canvas, LEFT + 20000, TOP - 15000) != "#ffffff"
    assert color_at(canvas, LEFT + 3000, TOP - 3000) == "#ffffff"


def test_only_what_the_map_shows_is_computed(preview, canvas, example):
    canvas.setExtent(QgsRectangle(LEFT + 2000, BOTTOM, RIGHT, BOTTOM + 1000))
    draw(canvas)
    land(preview, example)
    opaque(preview)
    canvas.setExtent(QgsRectangle(LEFT, BOTTOM, RIGHT, TOP))
    draw(canvas)
    assert color_at(canvas, *pixel_center(270, 230)) != "#ffffff"


def test_area_arithmetic():
    from geonnx.ui.preview.area import BUDGET_PX, Footprint, choose_area

    footprint = Footprint(UTM, QgsRectangle(0, 0, 100000, 100000), 10.0, 10.0)
    far = choose_area(QgsRectangle(-50000, -50000, 150000, 150000), footprint)
    assert far.share == pytest.approx(BUDGET_PX / 1e8)
    assert far.extent.width() == pytest.approx(10240)
    assert far.extent.center() == QgsPointXY(50000, 50000)
    wide = choose_area(QgsRectangle(0, 0, 100000, 25000), footprint)
    assert wide.extent.width() / wide.extent.height() == pytest.approx(4)
    small = choose_area(QgsRectangle(50000, 50000, 50100, 50100), footprint)
    assert small.share == 1
    assert small.extent == QgsRectangle(50050 - 1280, 50050 - 1280, 50050 + 1280, 50050 + 1280)
    edge = choose_area(QgsRectangle(-500, -500, 100, 100), footprint)
    assert edge.extent.xMinimum() == 0
    assert edge.extent.yMinimum() == 0
    coarse = choose_area(QgsRectangle(0, 0, 100000, 100000), footprint, pixels_each=4)
    assert coarse.extent.width() == pytest.approx(40960)
    part = choose_area(QgsRectangle(0, 0, 9000, 9000), footprint, within=QgsRectangle(0, 0, 3000, 4000))
    assert part.extent == QgsRectangle(0, 0, 3000, 4000)
    assert choose_area(QgsRectangle(-900, -900, -100, -100), footprint) is None
    assert choose_area(QgsRectangle(0, 0, 9, 9), footprint, within=QgsRectangle(50, 50, 60, 60)) is None


def test_the_extent_of_the_request_limits_it(preview, canvas, example):
    half = f"{LEFT},{LEFT + 1500},{BOTTOM},{TOP} [EPSG:32633]"
    land(preview, example, EXTENT=half)
    opaque(preview)
    settle()
    assert color_at(canvas, *pixel_center(100, 130)) != "#ffffff"
    assert color_at(canvas, *pixel_center(200, 130)) == "#ffffff"


# ---------------------------------------------------------------- the other tasks
@pytest.fixture
def two_dates(tmp_path) -> tuple[Path, Path]:
    """Return two dates of three bands whose sum grows from -2 in the west to 2 in the east, the logit of change."""
    shape = (3, examples.HEIGHT, examples.WIDTH)
    before = np.full(shape, 5.0, np.float32)
    gap = np.linspace(-4, 4, examples.WIDTH, dtype=np.float32) / 3
    return (
        rasters.write_raster(tmp_path / "before.tif", before, names=list(examples.LAND_BANDS)),
        rasters.write_raster(tmp_path / "after.tif", before + gap, names=list(examples.LAND_BANDS)),
    )


def column_of(probability: float) -> int:
    """Return the column from which change is at least this likely."""
    logit = np.log(probability / (1 - probability))
    return int(np.ceil((logit + 4) / 8 * (examples.WIDTH - 1)))


@pytest.mark.parametrize("given", [None, 0.8])
def test_change_by_any_threshold(preview, canvas, example, two_dates, given):
    parameters = {} if given is None else {"THRESHOLD": given}
    before, after = (str(path) for path in two_dates)
    compute(
        preview, "detectchange", BEFORE=before, AFTER=after, MODEL=str(example.models / "change.onnx"), **parameters
    )
    opaque(preview)
    settle()
    assert preview.shown.threshold == (given or 0.5)
    for threshold in (None, 0.2, 0.9):
        if threshold is not None:
            preview.shown.set_threshold(threshold)
            settle()
        border = column_of(preview.shown.threshold)
        assert color_at(canvas, *pixel_center(border - 4, 130)) == "#ffffff", "no change is seen through"
        assert color_at(canvas, *pixel_center(border + 4, 130)) == "#d7191c"


def test_kinds_of_change_start_as_the_model_decides(preview, canvas, tmp_path):
    from geonnx.ui.preview.show import Shown

    model = change_models.kinds(tmp_path / "kinds.onnx")
    shape = (3, examples.HEIGHT, examples.WIDTH)
    before = np.zeros(shape, np.float32)
    after = before.copy()
    after[0, :, :100], after[1, :, 100:200], after[2, :, 200:] = 1.0, 1.0, 0.2
    paths = [
        rasters.write_raster(tmp_path / f"{name}.tif", values, names=["a", "b", "c"])
        for name, values in (("before", before), ("after", after))
    ]
    sentence = compute(
        preview, "detectchange", BEFORE=str(paths[0]), AFTER=str(paths[1]), MODEL=str(model), BANDS="1,2,3"
    )
    assert sentence.startswith("All"), sentence
    opaque(preview)
    settle()
    shown: Shown = preview.shown
    assert shown.threshold is None
    assert shown.decides_itself
    seen = [color_at(canvas, *pixel_center(column, 130)) for column in (50, 150, 250)]
    assert seen == ["#ffffff", "#a6611a", "#ca0020"]
    # in the west change has 2 / (2 + e) = 0.42, in the middle and the east more
    shown.set_threshold(0.4)
    settle()
    assert color_at(canvas, *pixel_center(50, 130)) != "#ffffff"
    shown.set_threshold(0.75)
    settle()
    assert color_at(canvas, *pixel_center(150, 130)) != "#ffffff"
    assert color_at(canvas, *pixel_center(250, 130)) == "#ffffff"


def test_scenes_are_cells_with_their_names(preview, canvas, example):
    sentence = compute(preview, "classify", INPUT=str(example.raster), MODEL=str(example.models / "scenes.onnx"))
    assert sentence.startswith("All"), sentence
    opaque(preview)
    settle()
    assert preview.shown.has_scores
    assert preview.shown.classes
    listed = {QColor(color).name() for _, color in preview.shown.classes}
    assert color_at(canvas, *pixel_center(80 + 3, 80 + 3)) in listed
    preview.shown.set_threshold(1.0)
    settle()
    assert color_at(canvas, *pixel_center(83, 83)) == "#ffffff"


def test_scenes_of_zones(preview, canvas, example):
    compute(
        preview, "classify", INPUT=str(example.raster), MODEL=str(example.models / "scenes.onnx"),
        ZONES=str(example.zones),
    )  # fmt: skip
    opaque(preview)
    settle()
    assert color_at(canvas, LEFT + 460, TOP - 660) != "#ffffff"
    assert color_at(canvas, LEFT + 460, TOP - 2000) == "#ffffff"


def test_an_image_without_clouds_looks_as_the_layer_does(preview, canvas, project, example):
    layer = add_raster(project, example.raster)
    renderer = layer.renderer()
    limits = [(e.minimumValue(), e.maximumValue()) for e in (renderer.redContrastEnhancement(),)]
    compute(
        preview, "removeclouds", INPUTS=[layer.id(), str(example.dates[1]), str(example.dates[2])],
        MODEL=str(example.models / "clouds.onnx"), KEEP_CLEAR=False, TARGET=0,
    )  # fmt: skip
    assert not preview.sentences[-1].startswith("failed"), preview.sentences
    opaque(preview)
    settle()
    assert preview.shown.is_image
    assert not preview.shown.has_scores
    red = examples.scene_values()[renderer.redBand() - 1]
    low, high = limits[0]
    for column, row in ((40, 50), (150, 130), (250, 200)):
        expected = np.clip((red[row, column] - low) * 255 / (high - low), 0, 255)
        assert abs(QColor(color_at(canvas, *pixel_center(column, row))).red() - expected) <= 2


# ---------------------------------------------------------------- the line
def test_swipe_line_by_mouse_and_keys(preview, canvas, example):
    land(preview, example)
    opaque(preview)
    preview.shown.set_swipe("map")
    settle()
    line = preview.shown.line
    assert line.isVisible()
    west, east = pixel_center(60, 130), pixel_center(240, 130)
    assert color_at(canvas, *west) != "#ffffff"
    assert color_at(canvas, *east) == "#ffffff"
    middle = QPoint(line.width() // 2, line.height() // 3)
    width = canvas.viewport().width()
    QTest.mousePress(line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    drag(line, middle + QPoint(-round(0.4 * width), 0))
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    settle()
    assert line.share == pytest.approx(0.1, abs=0.02)
    assert color_at(canvas, *west) == "#ffffff"
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Right)
    assert line.share == pytest.approx(0.11, abs=0.02)
    QTest.keyClick(line, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert line.share == pytest.approx(0.21, abs=0.02)
    QTest.keyClick(line, Qt.Key.Key_End)
    settle()
    assert color_at(canvas, *east) != "#ffffff"
    assert abs(line.x_px - width) <= 1
    canvas.resize(500, 520)
    QTest.keyClick(line, Qt.Key.Key_Home)
    assert line.x_px == 0
    preview.shown.set_swipe("off")
    settle()
    assert preview.shown.line is None
    assert color_at(canvas, *west) != "#ffffff"


def test_an_image_of_a_screen_with_small_pixels_fills_its_place(canvas):
    from geonnx.ui.preview.overlay import Corners, MapOverlay

    image = QImage(200, 200, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(2.0)
    image.fill(QColor("#123456"))
    overlay = MapOverlay(canvas, -6)
    overlay.set_image(image, Corners((LEFT, TOP), (RIGHT, TOP), (LEFT, BOTTOM)))
    settle()
    assert {color_at(canvas, *pixel_center(column, row)) for column in (20, 280) for row in (20, 240)} == {"#123456"}
    canvas.scene().removeItem(overlay)


def drag(widget: Any, place: QPoint) -> None:
    """Move the mouse with its button held (QTest moves it without)."""
    held = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(place), QPointF(widget.mapToGlobal(place)), held, held,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_the_map_still_pans_beside_the_line(preview, canvas, example):
    land(preview, example)
    preview.shown.set_swipe("map")
    settle()
    below = canvas.childAt(canvas.viewport().pos() + QPoint(40, 100))
    assert below is canvas.viewport()
    assert canvas.childAt(preview.shown.line.geometry().center()) is preview.shown.line


def test_while_the_map_is_dragged_the_picture_moves_and_the_line_stays(preview, canvas, example):
    land(preview, example)
    opaque(preview)
    preview.shown.set_swipe("map")
    settle()
    tool = QgsMapToolPan(canvas)
    canvas.setMapTool(tool)
    view = canvas.viewport()
    still = canvas.grab().toImage()
    start = QPoint(150, 260)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for step in (10, 30, 60):
        drag(view, start + QPoint(step, 0))
    settle()
    moved = canvas.grab().toImage()
    for x, y in ((100, 120), (160, 300), (60, 400)):
        assert moved.pixelColor(x + 60, y).name() == still.pixelColor(x, y).name()
    line = preview.shown.line.x_px
    assert moved.pixelColor(line + 30, 260).name() == "#ffffff"
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + QPoint(60, 0))
    draw(canvas)
    after = canvas.grab().toImage()
    assert after.pixelColor(160, 120).name() == still.pixelColor(100, 120).name()
    assert after.pixelColor(line + 30, 260).name() == "#ffffff"
    canvas.unsetMapTool(tool)


def test_swipe_between_before_and_after(preview, canvas, project, example, tmp_path):
    shape = (3, examples.HEIGHT, examples.WIDTH)
    paths = []
    for name, value in (("before", 60), ("after", 190)):
        paths.append(rasters.write_raster(tmp_path / f"{name}.tif", np.full(shape, value, np.uint8)))
    layers = [add_raster(project, path) for path in paths]
    for layer in layers:
        for enhancement in (
            layer.renderer().redContrastEnhancement(), layer.renderer().greenContrastEnhancement(),
            layer.renderer().blueContrastEnhancement(),
        ):  # fmt: skip
            if enhancement is not None:
                enhancement.setMinimumValue(0)
                enhancement.setMaximumValue(255)
    compute(
        preview, "detectchange", BEFORE=layers[0].id(), AFTER=layers[1].id(), BANDS="1,2,3",
        MODEL=str(example.models / "change.onnx"), THRESHOLD=0.5,
    )  # fmt: skip
    assert preview.shown.can_compare_dates
    preview.shown.set_opacity(0.0)
    preview.shown.set_swipe("dates")
    wait_for(lambda: not preview.shown.sides.is_drawing)
    settle()
    assert color_at(canvas, *pixel_center(60, 130)) == "#3c3c3c"
    assert color_at(canvas, *pixel_center(240, 130)) == "#bebebe"
    preview.shown.line.set_share(0.05)
    settle()
    assert color_at(canvas, *pixel_center(60, 130)) == "#bebebe"
    project.removeMapLayer(layers[0].id())
    settle()
    assert not preview.shown.is_visible
    assert preview.shown.line is None


# ---------------------------------------------------------------- ends
def slow_model(folder: Path) -> Path:
    """Write a model whose every tile takes long."""
    return tiny_models.unet(folder / "slow.onnx", width=48, levels=3, mlm=True)


@pytest.fixture
def slow(tmp_path) -> dict[str, str]:
    raster = rasters.write_raster(tmp_path / "noise.tif", rasters.noise(3, 900, 900))
    return {"INPUT": str(raster), "MODEL": str(slow_model(tmp_path)), "BANDS": "1,2,3"}


def show_noise(canvas: QgsMapCanvas) -> None:
    canvas.setExtent(QgsRectangle(LEFT, TOP - 9000, LEFT + 9000, TOP))
    draw(canvas)


def running_task(preview: Any) -> Any:
    return preview._attempt is not None and preview._attempt.run is not None


def test_stop_in_the_middle(preview, canvas, slow):
    show_noise(canvas)
    preview.start(request("segment", **slow))
    wait_for(lambda: running_task(preview) and QgsApplication.taskManager().countActiveTasks())
    preview.stop()
    assert not preview.is_running
    assert preview.sentences == ["stopped"]
    wait_for(lambda: not QgsApplication.taskManager().countActiveTasks(), 10, "the run to end")
    settle()
    assert not preview.shown.is_visible
    assert preview.sentences == ["stopped"]


def test_a_new_request_replaces_the_former(preview, canvas, example, slow):
    preview.start(request("segment", **slow))
    wait_for(lambda: running_task(preview))
    assert land(preview, example).startswith("All that")
    opaque(preview)
    assert_classes_are_drawn(canvas)
    assert len(preview.sentences) == 1


def test_a_new_request_before_the_first_look(preview, canvas, example, slow):
    preview.start(request("segment", **slow))
    assert land(preview, example).startswith("All that")
    assert len(preview.sentences) == 1


def test_clear_removes_everything(preview, canvas, example):
    before = len(canvas.scene().items())
    land(preview, example)
    preview.shown.set_swipe("map")
    settle()
    preview.clear()
    settle()
    assert len(canvas.scene().items()) == before
    assert color_at(canvas, *pixel_center(150, 130)) == "#ffffff"
    assert preview.shown.line is None


@pytest.mark.parametrize("what", ["layer", "project"])
def test_the_layer_goes_while_the_preview_runs(preview, canvas, project, slow, what):
    layer = QgsRasterLayer(slow["INPUT"], "noise")
    project.addMapLayer(layer)
    show_noise(canvas)
    preview.start(request("segment", **{**slow, "INPUT": layer.id()}))
    wait_for(lambda: running_task(preview))
    project.removeMapLayer(layer.id()) if what == "layer" else project.clear()
    del layer
    assert preview.sentences == ["stopped"]
    wait_for(lambda: not QgsApplication.taskManager().countActiveTasks(), 10)
    settle()


def test_the_layer_goes_while_the_preview_is_shown(preview, canvas, project, example):
    layer = add_raster(project, example.raster)
    compute(preview, "segment", INPUT=layer.id(), MODEL=str(example.models / "land.onnx"))
    assert preview.shown.is_visible
    project.removeMapLayer(layer.id())
    del layer
    settle()
    assert not preview.shown.is_visible


@pytest.mark.parametrize("when", ["running", "shown"])
def test_the_canvas_closes(provider, project, example, slow, when):
    from geonnx.ui.preview.preview import Preview

    canvas = QgsMapCanvas()
    canvas.resize(300, 300)
    canvas.setDestinationCrs(UTM)
    canvas.setExtent(QgsRectangle(LEFT, BOTTOM, RIGHT, TOP))
    canvas.show()
    preview = Preview(canvas)
    preview.sentences = []
    preview.finished.connect(preview.sentences.append)
    preview.shown.set_swipe("map")
    if when == "shown":
        land(preview, example)
        assert preview.shown.is_visible
    else:
        preview.start(request("segment", **slow))
        wait_for(lambda: running_task(preview))
    canvas.close()
    canvas.deleteLater()
    settle()
    preview.shown.set_opacity(0.3)
    preview.shown.set_threshold(0.3)
    preview.shown.set_swipe("off")
    preview.clear()
    preview.close()
    preview.deleteLater()
    wait_for(lambda: not QgsApplication.taskManager().countActiveTasks(), 10)
    wait_for(lambda: not leftovers())


def test_a_preview_whose_owner_goes_while_it_runs(canvas, provider, slow):
    from geonnx.ui.preview.preview import Preview

    preview = Preview(canvas)
    preview.start(request("segment", **slow))
    wait_for(lambda: running_task(preview))
    preview.close()
    preview.deleteLater()
    settle()
    wait_for(lambda: not QgsApplication.taskManager().countActiveTasks(), 10)
    wait_for(lambda: not leftovers())


# ---------------------------------------------------------------- failures
def test_failures_are_one_sentence(preview, canvas, example, tmp_path):
    model = str(example.models / "land.onnx")
    raster = str(example.raster)
    cases: list[tuple[dict[str, str], str]] = [
        ({"MODEL": model}, "There is no raster to preview: choose one first."),
        ({"INPUT": raster, "MODEL": str(tmp_path / "none.onnx")}, "none.onnx"),
        ({"INPUT": str(tmp_path / "none.tif"), "MODEL": model}, "none.tif can't be opened as a raster"),
        ({"INPUT": raster, "MODEL": model, "BANDS": "1,2,77"}, "77"),
        ({"INPUT": raster, "MODEL": model, "OPTIONS": "no json"}, "OPTIONS should be a JSON object"),
        ({"INPUT": raster, "MODEL": model, "TILE_SIZE": "many"}, "TILE_SIZE is 'many'; expected a whole number"),
        ({"INPUT": raster, "MODEL": str(example.models / "change.onnx")}, "change"),
    ]
    for parameters, part in cases:
        sentence = compute(preview, "segment", **parameters)
        assert sentence.startswith("failed: "), parameters
        assert part in sentence
        assert "\n" not in sentence
        assert not preview.is_running


def test_a_layer_that_is_no_file(preview, canvas, project):
    url = "type=xyz&url=http://127.0.0.1:9/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmin=0&zmax=1&crs=EPSG3857"
    tiles = QgsRasterLayer(url, "tiles", "wms")
    project.addMapLayer(tiles)
    preview.start(request("segment", INPUT=tiles.id(), MODEL="land"))
    (sentence,) = preview.sentences
    assert "'tiles' is a layer of the kind wms; a preview needs a raster file" in sentence


def test_a_map_of_another_place(preview, canvas, example):
    canvas.setExtent(QgsRectangle(0, 0, 1000, 1000))
    draw(canvas)
    assert "zoom to the raster first" in land(preview, example)


def test_a_failure_takes_the_former_picture_away(preview, canvas, example):
    land(preview, example)
    assert preview.shown.is_visible
    compute(preview, "segment", INPUT=str(example.raster), MODEL="nothing.onnx")
    assert not preview.shown.is_visible


def test_windows_never_open_rasters_themselves(preview, canvas, project, example, monkeypatch):
    """Reading raster, card and results happens in another thread, however long it takes."""
    import threading

    from geonnx.ui.preview import preview as module

    layer = add_raster(project, example.raster)
    threads = []

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            threads.append(threading.current_thread() is threading.main_thread())
            time.sleep(0.3)
            return function(*arguments, **named)

        return call

    for name in ("look", "read_picture"):
        monkeypatch.setattr(module, name, watched(getattr(module, name)))
    begun = time.perf_counter()
    preview.start(request("segment", INPUT=layer.id(), MODEL=str(example.models / "land.onnx")))
    assert time.perf_counter() - begun < 0.25
    wait_for(lambda: preview.sentences)
    assert threads == [False, False]


# ---------------------------------------------------------------- the controls
@pytest.fixture
def controls(preview, show, example) -> SimpleNamespace:
    from geonnx.ui.preview.controls import PreviewControls

    widget = PreviewControls(preview)
    widget.previewRequested.connect(
        lambda: preview.start(request("segment", INPUT=str(example.raster), MODEL=str(example.models / "land.onnx")))
    )
    return show(widget)


def test_controls_from_button_to_clear(controls, preview, canvas):
    assert not controls.opacity.isEnabled()
    assert not controls.threshold.isEnabled()
    assert not controls.clear_button.isEnabled()
    QTest.mouseClick(controls.button, Qt.MouseButton.LeftButton)
    assert preview.is_running
    assert controls.progress.isVisible()
    assert "Stop" in controls.button.text()
    wait_for(lambda: not preview.is_running)
    settle()
    assert controls.message().startswith("All that the map shows")
    assert not controls.progress.isVisible()
    assert controls.threshold.isEnabled()
    assert controls.threshold_value.text() == "all"
    assert "forest&nbsp;&amp;&nbsp;hedge" in controls.legend.text()
    controls.threshold.setValue(95)
    assert preview.shown.threshold == 0.95
    assert controls.threshold_value.text() == "0.95"
    controls.opacity.setValue(40)
    assert preview.shown.opacity == 0.4
    assert controls.opacity_value.text() == "40 %"
    controls.compare.setCurrentIndex(1)
    assert preview.shown.line is not None
    assert not controls.compare.model().item(2).isEnabled(), "there are no two dates"
    QTest.mouseClick(controls.clear_button, Qt.MouseButton.LeftButton)
    assert not preview.shown.is_visible
    assert not controls.threshold.isEnabled()
    assert controls.message() == ""
    assert not controls.legend.isVisible()


def test_controls_say_when_settings_have_changed(controls, preview, canvas, example):
    parameters = {"INPUT": str(example.raster), "MODEL": str(example.models / "land.onnx")}
    compute(preview, "segment", **parameters)
    sentence = controls.message()
    controls.note_request(request("segment", **parameters, OUTPUT="elsewhere.tif", EXTENT="1,2,3,4"))
    assert controls.message() == sentence
    controls.note_request(request("segment", **parameters, MERGE="blend"))
    assert controls.message() == "The settings have changed since this preview."
    controls.note_request(request("segment", **parameters))
    assert controls.message() == sentence


def test_controls_say_what_went_wrong_in_red(controls, preview):
    from geonnx.ui.library.colors import problem_color

    preview.start(request("segment", MODEL="nothing"))
    assert controls.message() == "There is no raster to preview: choose one first."
    color = controls.status.palette().color(controls.status.foregroundRole())
    assert color.name() == problem_color(controls.palette()).name()
    assert "Preview" in controls.button.text()


def test_controls_stop(controls, preview, canvas, slow):
    preview.start(request("segment", **slow))
    wait_for(lambda: running_task(preview))
    QTest.mouseClick(controls.button, Qt.MouseButton.LeftButton)
    assert controls.message() == "The preview was stopped."
    wait_for(lambda: not QgsApplication.taskManager().countActiveTasks(), 10)


def test_controls_with_a_problem_of_the_page(controls):
    controls.set_problem("Choose a model first.")
    assert not controls.button.isEnabled()
    assert controls.button.toolTip() == "Choose a model first."
    controls.set_problem("")
    assert controls.button.isEnabled()


def test_controls_say_why_there_is_no_threshold(controls, preview, canvas, example):
    compute(
        preview, "removeclouds", INPUTS=[str(path) for path in example.dates], KEEP_CLEAR=False,
        MODEL=str(example.models / "clouds.onnx"), TARGET=0,
    )  # fmt: skip
    assert not controls.threshold.isEnabled()
    assert controls.threshold.toolTip() == "There is no threshold: a restored image has no scores."
    assert controls.threshold_value.text() == "none"


def test_controls_can_all_be_reached_by_keys(controls):
    from qgis.PyQt.QtWidgets import QComboBox, QPushButton, QSlider

    for kind in (QPushButton, QSlider, QComboBox):
        for widget in controls.findChildren(kind):
            assert widget.toolTip(), widget
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
