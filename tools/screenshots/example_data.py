"""What the pictures show: the place of the demonstration, and small models of a user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def draw_place(folder: Path) -> None:
    """Draw the scenes below a folder, once."""
    # the demonstration's modules have names of their own on the path: a process of their own
    code = "import common, example; example.example_scenes()"
    environment = os.environ | {"GEONNX_DEMO_OUT": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "demo", env=environment, check=True)


def add_small_models(folder: Path) -> None:
    """Add models for land cover, change and clouds, as the tests make them (inside a QGIS, see stage.py)."""
    from tests import change_models
    from tests.ui import examples

    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "land_cover.json").exists():
        examples.land_model(folder / "land_cover.onnx")
    if not (folder / "change.json").exists():
        change_models.difference(folder / "change.onnx", "named", bands=3)
        examples._set_properties(folder / "change.onnx", name="Any change", bands=("B04", "B08", "B03"))
    if not (folder / "clear_date.json").exists():
        examples.clouds_model(folder / "clear_date.onnx")


def add_style(raster: Path, like: Path) -> None:
    """Write true colours beside a scene, once: as bright as those of another (inside a QGIS)."""
    from qgis.core import QgsContrastEnhancement, QgsMultiBandColorRenderer, QgsRasterLayer

    if raster.with_suffix(".qml").exists():
        return
    layer = QgsRasterLayer(str(raster), "scene")
    provider = layer.dataProvider()
    model = QgsRasterLayer(str(like), "model")
    names = [layer.bandName(band) for band in range(1, layer.bandCount() + 1)]
    bands = [next(n for n, name in enumerate(names, 1) if wanted in name) for wanted in ("B04", "B03", "B02")]
    renderer = QgsMultiBandColorRenderer(provider, *bands)
    setters = (
        renderer.setRedContrastEnhancement,
        renderer.setGreenContrastEnhancement,
        renderer.setBlueContrastEnhancement,
    )
    for band, setter in zip(bands, setters):
        enhancement = QgsContrastEnhancement(provider.dataType(band))
        enhancement.setContrastEnhancementAlgorithm(
            QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
        )
        low, high = model.dataProvider().cumulativeCut(band, 0.01, 0.99, model.extent(), 250000)
        enhancement.setMinimumValue(low)
        enhancement.setMaximumValue(high)
        setter(enhancement)
    layer.setRenderer(renderer)
    layer.saveNamedStyle(str(raster.with_suffix(".qml")))
