"""Scene classifiers of a published architecture: in PyTorch on chips cut by numpy, and through `classify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
from geonnx.models import RunSettings, load_model
from geonnx.models.chips.settings import ChipSettings
from geonnx.models.tasks.classify import ClassifyOutputs, classify
from numpy.typing import NDArray

from ..architectures import resnet
from ..architectures.exporting import torch
from ..architectures.images import BANDS, SCALE, draw, scaled, write

SCENES = [f"scene {number}" for number in range(10)]
LABELS = [
    {"name": f"label {number}", "geonnx:threshold": threshold}
    for number, threshold in enumerate((0.2, 0.35, 0.5, 0.5, 0.65, 0.8))
]
CHIP = 64
SIZES = {"one chip": (64, 64), "whole chips": (192, 256), "cut chips": (150, 217)}


def cut_chips(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the chips of all cells, row by row: around the middle of each, moved inside of the image."""
    starts = []
    for total in values.shape[1:]:
        cells = [(start, min(start + CHIP, total)) for start in range(0, total, CHIP)]
        starts.append([min(max((a + b - CHIP) // 2, 0), total - CHIP) for a, b in cells])
    return [values[:, row : row + CHIP, column : column + CHIP] for row in starts[0] for column in starts[1]]


def run_torch(network: Any, values: NDArray[Any]) -> Any:
    """Return the network's outputs for all chips."""
    with torch.no_grad():
        return network(torch.from_numpy(np.concatenate([scaled(chip) for chip in cut_chips(values)])))


def run_classify(folder: Path, values: NDArray[Any], chips: ChipSettings, **settings: Any) -> geopandas.GeoDataFrame:
    raster = write(folder / "image.tif", values)
    classify(
        load_model(folder / "resnet.onnx"),
        raster,
        ClassifyOutputs(str(folder / "chips.gpkg")),
        RunSettings(**settings),
        chips=chips,
    )
    return geopandas.read_file(folder / "chips.gpkg", layer="chips")


def columns_of(found: geopandas.GeoDataFrame, names: list[str], prefix: str = "p_") -> NDArray[Any]:
    return found[[prefix + name.replace(" ", "_") for name in names]].to_numpy()


def holed(height: int, width: int) -> NDArray[np.uint16]:
    return draw(height, width, 7, hole=np.s_[5:25, 10:40])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fixed", [CHIP, None], ids=["fixed size", "any size"])
def test_one_class_a_scene(tmp_path: Path, size: str, fixed: int | None) -> None:
    heads = {"scene": {"classes": SCENES, "activation": "softmax"}}
    network = resnet.export(tmp_path / "resnet.onnx", BANDS, SCALE, heads, size=fixed)
    values = holed(*SIZES[size])
    expected = torch.softmax(run_torch(network, values), dim=1).numpy()
    found = run_classify(tmp_path, values, ChipSettings(chip_size=CHIP), batch_size=3)
    assert len(found) == len(expected)
    np.testing.assert_allclose(columns_of(found, SCENES), expected, atol=1e-4)
    np.testing.assert_allclose(found["confidence"], expected.max(axis=1), atol=1e-4)
    ranked = np.argsort(-expected, axis=1)
    np.testing.assert_array_equal(found["class_id"], ranked[:, 0])
    assert [SCENES[place] for place in ranked[:, 1]] == list(found["top2_class"])
    if size != "one chip":
        assert expected.std(axis=0).max() > 0.05, "probabilities that hardly vary show no mistake"
        assert len(set(found["class"])) > 1


@pytest.mark.parametrize("size", ["whole chips", "cut chips"])
def test_several_labels_a_scene(tmp_path: Path, size: str) -> None:
    heads = {"labels": {"classes": LABELS, "activation": "sigmoid"}}
    network = resnet.export(tmp_path / "resnet.onnx", BANDS, SCALE, heads, seed=33)
    values = holed(*SIZES[size])
    expected = torch.sigmoid(run_torch(network, values)).numpy()
    found = run_classify(tmp_path, values, ChipSettings(chip_size=CHIP))
    names = [str(label["name"]) for label in LABELS]
    np.testing.assert_allclose(columns_of(found, names), expected, atol=1e-4)
    thresholds = [label["geonnx:threshold"] for label in LABELS]
    assert np.abs(expected - thresholds).min() > 1e-4
    for row, told in zip(expected, found["labels"]):
        over = [names[place] for place in np.argsort(-row) if row[place] >= thresholds[place]]
        assert (told or "") == "; ".join(over)
    assert found["label_count"].nunique() > 1


def test_two_heads(tmp_path: Path) -> None:
    """Local climate zones with their probabilities, and the share of settlement as a number."""
    zones = [f"LCZ {number}" for number in range(1, 18)]
    heads = {
        "zone": {"classes": zones, "activation": "softmax"},
        "settlement": {"classes": ["share"], "activation": "sigmoid", "role": "scores"},
    }
    network = resnet.export(tmp_path / "resnet.onnx", BANDS, SCALE, heads, seed=34)
    values = holed(192, 256)
    first, second = run_torch(network, values)
    found = run_classify(tmp_path, values, ChipSettings(chip_size=CHIP))
    np.testing.assert_allclose(columns_of(found, zones), torch.softmax(first, dim=1).numpy(), atol=1e-4)
    share = torch.sigmoid(second).numpy()[:, 0]
    assert share.std() > 0.02
    np.testing.assert_allclose(found["settlement_share"], share, atol=1e-4)


def test_two_heads_of_classes(tmp_path: Path) -> None:
    heads = {
        "cover": {"classes": ["water", "crops", "forest"], "activation": "softmax"},
        "season": {"classes": ["winter", "spring", "summer", "autumn"], "activation": "softmax"},
    }
    network = resnet.export(tmp_path / "resnet.onnx", BANDS, SCALE, heads, seed=35)
    values = holed(192, 256)
    outputs = [torch.softmax(scores, dim=1).numpy() for scores in run_torch(network, values)]
    found = run_classify(tmp_path, values, ChipSettings(chip_size=CHIP))
    for expected, (name, fields), prefix in zip(outputs, heads.items(), ("", "season_")):
        np.testing.assert_allclose(columns_of(found, fields["classes"], prefix + "p_"), expected, atol=1e-4)
        assert list(found[f"{prefix}class"]) == [fields["classes"][place] for place in expected.argmax(axis=1)], name
