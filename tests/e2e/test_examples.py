"""The models of docs/examples run through ``qgis_process``: each step takes what the one before it wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from osgeo import gdal, ogr

from ..rasters import read_raster, write_raster
from ..tiny_models import identity, save, write_mlm

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
BANDS = ["B02", "B03", "B04"]
CLASSES = [(0, "water"), (1, "forest"), (2, "town")]
HEIGHT, WIDTH = 90, 110
CLOUD = 9000


def cloud_model(path: Path) -> Path:
    """Write a network that calls everything brighter than 5000 in the blue band a cloud."""
    nodes = [
        helper.make_node("Mul", ["image", "weight"], ["weighed"]),
        helper.make_node("Add", ["weighed", "bias"], ["sums"]),
    ]
    save(
        path,
        nodes,
        inputs=[("image", "float32", ["n", 1, "h", "w"])],
        outputs=[("sums", "float32", ["n", 2, "h", "w"])],
        weights={
            "weight": np.array([0, 1], np.float32).reshape(1, 2, 1, 1),
            "bias": np.array([0, -5000], np.float32).reshape(1, 2, 1, 1),
        },
    )
    write_mlm(path, bands=["B02"], classes=[(0, "clear"), (1, "cloud")], activation="softmax")
    return path


def cover_model(path: Path) -> Path:
    """Write a network that gives each pixel the class of its brightest band."""
    identity(path, bands=3)
    write_mlm(path, bands=BANDS, classes=CLASSES, activation="softmax", scaling=[{"type": "scale", "value": 1000}])
    return path


def land(seed: int) -> np.ndarray:
    """Return an image with patches of three classes, (band, row, column), and never as bright as a cloud."""
    rng = np.random.default_rng(seed)
    patches = rng.integers(0, 3, (HEIGHT // 10, WIDTH // 10)).repeat(10, axis=0).repeat(10, axis=1)
    image = rng.integers(200, 900, (3, HEIGHT, WIDTH))
    for band in range(3):
        image[band][patches == band] += 2000
    return image.astype(np.uint16)


def areas(path: str, fields: tuple[str, ...]) -> dict[tuple[str, ...], float]:
    dataset = ogr.Open(path)
    return {tuple(feature[name] for name in fields): feature["area_ha"] for feature in dataset.GetLayer(0)}


def run(qgis_process: Any, name: str, words: list[str]) -> dict[str, Any]:
    outcome = qgis_process.call("--json", "run", str(EXAMPLES / f"{name}.model3"), "--", *words)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    return outcome.results


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chain")


def check_class_raster(path: Path, names: list[str]) -> None:
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(1)
    assert band.GetColorTable() is not None and (band.GetCategoryNames() or [])[: len(names)] == names
    assert path.with_suffix(".qml").exists()


def test_land_cover_from_cloudy_dates(qgis_process: Any, folder: Path) -> None:
    truth = land(1)
    words = []
    for number, day in enumerate(("2021-07-21", "2021-05-07", "2021-06-26")):
        image = truth.copy()
        image[:, 30 * number : 30 * number + 25, 20:80] = CLOUD
        words.append(f"scenes={write_raster(folder / f's2_{day}.tif', image, names=BANDS, nodata=0)}")
    results = {
        "remove_clouds:clear_image": folder / "clear.tif",
        "segment:land_cover": folder / "cover.tif",
        "segment:land_cover_polygons": folder / "cover_polygons.gpkg",
        "areas:areas": folder / "areas.gpkg",
    }
    words += [
        f"cloud_model={cloud_model(folder / 'clouds.onnx')}",
        f"land_cover_model={cover_model(folder / 'c.onnx')}",
    ]
    run(qgis_process, "land_cover_from_cloudy_dates", [*words, *(f"{key}={path}" for key, path in results.items())])
    assert (read_raster(folder / "clear.tif") == truth).all()
    clear = gdal.Open(str(folder / "clear.tif"))
    assert [clear.GetRasterBand(number).GetDescription() for number in (1, 2, 3)] == BANDS
    expected = truth.argmax(axis=0)
    assert (read_raster(folder / "cover.tif")[0] == expected).all()
    check_class_raster(folder / "cover.tif", [name for _, name in CLASSES])
    found = areas(str(folder / "areas.gpkg"), ("class",))
    assert found.keys() == {(name,) for _, name in CLASSES}
    for value, name in CLASSES:
        assert found[(name,)] == pytest.approx((expected == value).sum() * 100 / 10000)


def test_change_between_dates(qgis_process: Any, folder: Path) -> None:
    before, after = land(2), land(2)
    after[:, 20:40, 30:70] = land(7)[:, 20:40, 30:70]
    words = [
        f"before={write_raster(folder / 'p_2019-06-01.tif', before, names=BANDS)}",
        f"after={write_raster(folder / 'p_2021-06-03.tif', after, names=BANDS)}",
        f"change_model={cover_model(folder / 'c.onnx')}",
    ]
    results = {
        "change:change": folder / "change.tif",
        "change:change_polygons": folder / "change.gpkg",
        "change:statistics": folder / "change.csv",
        "areas:areas": folder / "change_areas.gpkg",
    }
    run(qgis_process, "change_between_dates", [*words, *(f"{key}={path}" for key, path in results.items())])
    first, second = before.argmax(axis=0), after.argmax(axis=0)
    found = areas(str(folder / "change_areas.gpkg"), ("from", "to"))
    expected = {
        (one, other): ((first == i) & (second == j)).sum() / 100
        for i, one in CLASSES
        for j, other in CLASSES
        if i != j and ((first == i) & (second == j)).any()
    }
    assert len(expected) > 3
    assert found == pytest.approx(expected)
    assert "forest" in (folder / "change.csv").read_text()
    changed = read_raster(folder / "change.tif")[0] != read_raster(folder / "change.tif")[0][0, 0]
    assert (changed == (first != second)).all()
