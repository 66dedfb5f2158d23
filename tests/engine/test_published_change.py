"""Change networks of published architectures: in PyTorch on whole arrays, and through `detect_change`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunOptions, RunSettings, load_model
from geonnx.models.tasks.change import ChangeOutputs, detect_change
from numpy.typing import NDArray

from ..architectures import daudt, lunet, sscd
from ..architectures.exporting import torch
from ..architectures.images import BANDS, SCALE, draw, scaled, write
from ..rasters import read_raster

HOLES = np.s_[20:30, 30:45], np.s_[25:50, 10:33]
COVERS = ["water", "crops", "forest"]
# how a run tiles: the image as one tile, or in tiles with as much overlap as the network sees, that fit exactly
RUNS: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {
    "one tile": ((96, 96), {"tile_size": 96}),
    "tiles cropped": ((416, 480), {"tile_size": 352, "overlap": daudt.REACH}),
    "tiles blended": ((416, 480), {"tile_size": 352, "overlap": daudt.REACH, "merge": "blend"}),
}


def detect(
    model: Path, size: tuple[int, int], settings: dict[str, Any]
) -> tuple[NDArray[Any], NDArray[Any], list[NDArray[Any]]]:
    """Run the model on two images; return changes, probabilities (NaN: no data), and the two arrays given."""
    dates = [draw(*size, seed, hole=hole) for seed, hole in zip((1, 2), HOLES)]
    folder = model.parent
    before, after = (write(folder / f"{name}.tif", values) for name, values in zip(("before", "after"), dates))
    outputs = ChangeOutputs(str(folder / "change.tif"), probabilities=str(folder / "p.tif"))
    run = RunSettings(options=RunOptions(probability_dtype="float32"), **settings)
    detect_change(load_model(model), before, after, outputs, run)
    nowhere = np.logical_or(*((values == 0).all(axis=0) for values in dates))
    probabilities = read_raster(folder / "p.tif")
    assert np.isnan(probabilities[:, nowhere]).all()
    changes = read_raster(folder / "change.tif")[0]
    assert (changes[nowhere] == 255).all()
    return np.ma.array(changes, mask=nowhere), probabilities, dates


def compare(found: NDArray[Any], expected: NDArray[Any], mask: NDArray[np.bool_]) -> None:
    assert expected.std() > 0.02, "probabilities that hardly vary show no mistake"
    np.testing.assert_allclose(found[~mask], expected[~mask], atol=1e-4)


@pytest.mark.parametrize("run", RUNS)
def test_fc_siam_diff_with_two_inputs(tmp_path: Path, run: str) -> None:
    network = daudt.export_fc_siam_diff(tmp_path / "siam.onnx", BANDS, SCALE)
    changes, probabilities, dates = detect(tmp_path / "siam.onnx", *RUNS[run])
    with torch.no_grad():
        logits = network(*(torch.from_numpy(scaled(values)) for values in dates))
        expected = torch.softmax(logits, dim=1)[0, 1].numpy()
    compare(probabilities[0], expected, changes.mask)
    sure = ~changes.mask & (np.abs(expected - 0.5) > 1e-4)
    np.testing.assert_array_equal(changes.data[sure], (expected > 0.5)[sure])


@pytest.mark.parametrize("run", RUNS)
def test_fc_ef_with_both_dates_on_the_channel_axis(tmp_path: Path, run: str) -> None:
    network = daudt.export_fc_ef(tmp_path / "early.onnx", BANDS, SCALE)
    changes, probabilities, dates = detect(tmp_path / "early.onnx", *RUNS[run])
    with torch.no_grad():
        both = torch.from_numpy(np.concatenate([scaled(values) for values in dates], axis=1))
        expected = torch.sigmoid(network(both))[0, 0].numpy()
    compare(probabilities[0], expected, changes.mask)
    sure = ~changes.mask & (np.abs(expected - 0.5) > 1e-4)
    np.testing.assert_array_equal(changes.data[sure], (expected > 0.5)[sure])


def test_statistics_of_each_date(tmp_path: Path) -> None:
    """A scaling for every band of both dates: those of the later date are the second half."""
    means = [100 * (place + 1) for place in range(2 * len(BANDS))]
    deviations = [900 + 150 * place for place in range(2 * len(BANDS))]
    entries = [{"type": "z-score", "mean": a, "stddev": b} for a, b in zip(means, deviations)]
    network = daudt.export_fc_ef(tmp_path / "early.onnx", BANDS, entries)
    changes, probabilities, dates = detect(tmp_path / "early.onnx", *RUNS["one tile"])
    seen = [(values != 0).all(axis=0) for values in dates]
    both = (np.concatenate(dates) - np.reshape(means, (-1, 1, 1))) / np.reshape(deviations, (-1, 1, 1))
    both *= np.repeat(seen, len(BANDS), axis=0)
    with torch.no_grad():
        expected = torch.sigmoid(network(torch.from_numpy(both[np.newaxis].astype(np.float32))))[0, 0].numpy()
    compare(probabilities[0], expected, changes.mask)


@pytest.mark.parametrize(
    ("size", "settings"),
    [((64, 64), {"tile_size": 64}), ((416, 416), {"tile_size": 384, "overlap": lunet.REACH})],
    ids=["one tile", "tiles"],
)
def test_l_unet_with_a_time_axis(tmp_path: Path, size: tuple[int, int], settings: dict[str, Any]) -> None:
    network = lunet.export(tmp_path / "lunet.onnx", BANDS, SCALE)
    changes, probabilities, dates = detect(tmp_path / "lunet.onnx", size, settings)
    with torch.no_grad():
        pair = torch.from_numpy(np.stack([scaled(values) for values in dates], axis=1))
        expected = torch.softmax(network(pair), dim=1)[0, 1].numpy()
    compare(probabilities[0], expected, changes.mask)


@pytest.mark.parametrize(
    ("size", "settings"),
    [
        ((96, 96), {"tile_size": 96}),
        ((208, 256), {"tile_size": 160, "overlap": 56}),
        ((208, 256), {"tile_size": 160, "overlap": 56, "merge": "blend"}),
    ],
    ids=["one tile", "tiles cropped", "tiles blended"],
)
def test_semantic_change_with_three_outputs(tmp_path: Path, size: tuple[int, int], settings: dict[str, Any]) -> None:
    network = sscd.export(tmp_path / "sscd.onnx", BANDS, COVERS, SCALE)
    changes, probabilities, dates = detect(tmp_path / "sscd.onnx", size, settings)
    with torch.no_grad():
        one, two, logit = network(*(torch.from_numpy(scaled(values)) for values in dates))
        first, second = (torch.softmax(scores, dim=1)[0].numpy() for scores in (one, two))
        changed = torch.sigmoid(logit)[0, 0].numpy()
    for found, expected in zip(probabilities, (changed, first.max(axis=0), second.max(axis=0))):
        compare(found, expected, changes.mask)
    source, target = first.argmax(axis=0), second.argmax(axis=0)
    codes = np.where((source != target) & (changed >= 0.5), source * len(COVERS) + target + 1, 0)
    margins = [np.abs(changed - 0.5), *(np.diff(np.sort(scores, axis=0)[-2:], axis=0)[0] for scores in (first, second))]
    sure = ~changes.mask & (np.min(margins, axis=0) > 1e-3)
    assert sure.mean() > 0.8
    assert len(np.unique(codes)) > 4
    np.testing.assert_array_equal(changes.data[sure], codes[sure])
