"""Each algorithm has its own icon, drawn for light and dark themes and readable at 16 px."""

from __future__ import annotations

from pathlib import Path

import pytest
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage, QPainter

ICONS = Path(__file__).parents[2] / "ui" / "icons"
NAMES = sorted(path.stem for path in ICONS.glob("*.svg"))


def paint(name: str, background: str, size: int = 16) -> QImage:
    """Return the icon on a background."""
    from geonnx.ui.icon import icon

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(QColor(background))
    painter = QPainter(image)
    icon(name).paint(painter, image.rect())
    painter.end()
    return image


def distinct_share(image: QImage, background: str) -> float:
    """Return the share of pixels that stand out from the background."""
    ground = QColor(background)

    def distance(color: QColor) -> int:
        return sum(abs(getattr(color, part)() - getattr(ground, part)()) for part in ("red", "green", "blue"))

    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return sum(distance(color) > 120 for color in pixels) / len(pixels)


@pytest.mark.parametrize("name", NAMES)
def test_icon_is_a_drawing_and_shows_on_light_and_dark(qgis_app, name):
    from geonnx.ui.icon import icon

    assert not icon(name).pixmap(QSize(16, 16)).isNull()
    for background in ("#ffffff", "#f0f0f0", "#2b2b2b", "#111111"):
        assert distinct_share(paint(name, background), background) > 0.15, background


def test_every_algorithm_has_an_icon_of_its_own(provider):
    paths = {algorithm.name(): algorithm.svgIconPath() for algorithm in provider.algorithms()}
    assert len(paths) >= 11
    assert len(set(paths.values())) == len(paths)
    for algorithm in provider.algorithms():
        assert Path(algorithm.svgIconPath()).is_file()
        assert not algorithm.icon().pixmap(QSize(16, 16)).isNull()


def test_tasks_icons_are_there():
    assert {"geonnx", "classify", "segment", "change", "clouds", "models", "preview", "swipe", "assess"} <= set(NAMES)


def test_an_algorithm_outside_a_provider_has_its_icon_too(qgis_app):
    from geonnx.processing.alg_segment import SegmentAlgorithm

    assert SegmentAlgorithm().svgIconPath().endswith("segment.svg")


def test_all_icons_are_listed_as_resources():
    listed = (ICONS.parents[1] / "resources.qrc").read_text()
    assert [name for name in NAMES if f"<file>ui/icons/{name}.svg</file>" not in listed] == []
