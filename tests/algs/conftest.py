"""The algorithms inside a QGIS that pytest-qgis starts: the provider registered, rasters and models at hand."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsProject,
)

from .. import rasters, tiny_models

CLASSES = [(0, "open land"), (1, "forest & hedge"), (2, "water")]
COLORS = {"open land": "#d8b365", "forest & hedge": "#1b7837", "water": "#2166ac"}
WIDTH, HEIGHT = 60, 48


@pytest.fixture(scope="session", autouse=True)
def no_layer_outlives_qgis(qgis_app) -> Iterator[None]:
    """Free what tracebacks still hold: a layer that Python deletes after QGIS has ended crashes the process."""
    yield
    for name in ("last_type", "last_value", "last_traceback"):
        if hasattr(sys, name):
            delattr(sys, name)
    gc.collect()


@pytest.fixture(scope="session")
def provider(qgis_app, qgis_processing) -> Iterator[Any]:
    """Register the provider as the plugin does; QGIS's own algorithms come from pytest-qgis."""
    from geonnx.processing.provider import GeonnxProvider

    registry = QgsApplication.processingRegistry()
    provider = GeonnxProvider()
    assert registry.addProvider(provider)
    yield provider
    registry.removeProvider(provider)


@pytest.fixture(scope="session")
def inputs(tmp_path_factory) -> Path:
    """Make a raster with three bands, the strongest of which is the class, and models that say so."""
    folder = tmp_path_factory.mktemp("inputs")
    bands = ["dry", "green", "wet"]
    rasters.write_raster(folder / "scene.tif", scene_values(), nodata=0, names=bands)
    rasters.write_raster(folder / "no_crs.tif", scene_values(), epsg=None, nodata=0, names=bands)
    write_card(tiny_models.box(folder / "land.onnx"))
    tiny_models.argmax_numbers(folder / "numbers.onnx")
    return folder


def scene_values() -> np.ndarray:
    """Return bytes (band, row, column): stripes of class 0, 1, 2 from west to east, the northern edge without data."""
    values = np.full((3, HEIGHT, WIDTH), 40, np.uint8)
    for number in range(3):
        values[number, :, number * WIDTH // 3 : (number + 1) * WIDTH // 3] = 200
    values[:, :4] = 0
    return values


def write_card(model: Path) -> Path:
    """Write the card of a model that gives one score a class."""
    import json

    card = tiny_models.write_mlm(
        model,
        bands=["dry", "green", "wet"],
        classes=CLASSES,
        scaling=[{"type": "scale", "value": 100}],
        activation="softmax",
    )
    item = json.loads(card.read_text())
    for spec in item["properties"]["mlm:output"][0]["classification:classes"]:
        spec["color_hint"] = COLORS[spec["name"]]
    card.write_text(json.dumps(item))
    return model


class Listener(QgsProcessingFeedback):
    """Keeps what a run says."""

    def __init__(self) -> None:
        super().__init__(False)
        self.warnings: list[str] = []
        self.infos: list[str] = []
        self.errors: list[str] = []

    def pushWarning(self, warning: str) -> None:
        self.warnings.append(warning)

    def pushInfo(self, info: str) -> None:
        self.infos.append(info)

    def reportError(self, error: str, fatalError: bool = False) -> None:  # noqa: N803 (as QGIS names it)
        self.errors.append(error)


class Runner:
    """Runs algorithms in a project of their own, as the toolbox does."""

    def __init__(self) -> None:
        self.project = QgsProject()
        self.feedback = Listener()
        self.context = QgsProcessingContext()
        self.context.setProject(self.project)
        self.context.setFeedback(self.feedback)

    def __call__(self, algorithm: str | QgsProcessingAlgorithm, **parameters: Any) -> dict[str, Any]:
        if isinstance(algorithm, str):
            found = QgsApplication.processingRegistry().createAlgorithmById(algorithm)
            assert found is not None, f"no algorithm {algorithm}"
            algorithm = found
        is_fine, reason = algorithm.checkParameterValues(parameters, self.context)
        assert is_fine, reason
        results, succeeded = algorithm.run(parameters, self.context, self.feedback)
        assert succeeded, self.feedback.errors
        return results

    def load_results(self) -> list[Any]:
        """Load what is to be loaded on completion and hand it to its post-processors, as the toolbox does."""
        layers = []
        for source, details in self.context.layersToLoadOnCompletion().items():
            layer = QgsProcessingUtils.mapLayerFromString(source, self.context)
            assert layer is not None, source
            details.setOutputLayerName(layer)
            post_processor = details.postProcessor()
            if post_processor is not None:
                post_processor.postProcessLayer(layer, self.context, self.feedback)
            self.project.addMapLayer(self.context.temporaryLayerStore().takeMapLayer(layer))
            layers.append(layer)
        return layers

    def close(self) -> None:
        """Let go of all layers: pytest keeps the fixtures of the last test until QGIS is gone, which would crash."""
        del self.context, self.project, self.feedback


@pytest.fixture
def run(provider) -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close()


@pytest.fixture
def out(tmp_path) -> Iterator[Path]:
    """Return an empty folder that has to be free of temporary folders when the test ends."""
    folder = tmp_path / "out"
    folder.mkdir()
    yield folder
    assert not [path for path in folder.iterdir() if path.name.startswith(".geonnx")]
