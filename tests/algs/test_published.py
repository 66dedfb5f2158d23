"""One network of a published architecture for each task, through its algorithm: PyTorch's numbers within 1e-4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest

from ..architectures import daudt, resnet, tempcnn, utae
from ..architectures.exporting import torch
from ..architectures.images import BANDS, NUMBERS, SCALE, draw, scaled, write
from ..rasters import read_raster
from .conftest import Runner

FLOATS = '{"probability_dtype": "float32"}'
SIZE = 64


def write_dates(folder: Path, days: tuple[str, ...]) -> tuple[list[str], list[Any]]:
    """Write an image of each day; return paths and values."""
    images = [draw(SIZE, SIZE, seed) for seed in range(len(days))]
    return [write(folder / f"S2_{day}.tif", image) for day, image in zip(days, images)], images


def test_segment_by_temporal_convolutions(run: Runner, out: Path, tmp_path: Path) -> None:
    network = tempcnn.export(tmp_path / "tempcnn.onnx", BANDS, 5, ["water", "crops", "forest"], SCALE)
    days = ("20210105", "20210310", "20210601", "20210815", "20211120")
    paths, images = write_dates(tmp_path, days)
    run(
        "geonnx:segment",
        INPUT=paths[2],
        SERIES=[paths[4], paths[0], paths[3], paths[1]],
        MODEL=str(tmp_path / "tempcnn.onnx"),
        OPTIONS=FLOATS,
        OUTPUT=str(out / "classes.tif"),
        PROBABILITIES=str(out / "p.tif"),
    )
    table = np.stack(images).reshape(5, len(BANDS), -1).transpose(2, 0, 1).astype(np.float32) / NUMBERS
    with torch.no_grad():
        expected = torch.softmax(network(torch.from_numpy(table)), dim=1).numpy().T.reshape(3, SIZE, SIZE)
    np.testing.assert_allclose(read_raster(out / "p.tif"), expected, atol=1e-4)


def test_detect_change_by_a_siamese_network(run: Runner, out: Path, tmp_path: Path) -> None:
    network = daudt.export_fc_siam_diff(tmp_path / "siam.onnx", BANDS, SCALE)
    paths, images = write_dates(tmp_path, ("20200601", "20210601"))
    run(
        "geonnx:detectchange",
        BEFORE=paths[0],
        AFTER=paths[1],
        MODEL=str(tmp_path / "siam.onnx"),
        TILE_SIZE=SIZE,
        OPTIONS=FLOATS,
        OUTPUT=str(out / "change.tif"),
        PROBABILITIES=str(out / "p.tif"),
    )
    with torch.no_grad():
        logits = network(*(torch.from_numpy(scaled(image)) for image in images))
        expected = torch.softmax(logits, dim=1)[0, 1].numpy()
    np.testing.assert_allclose(read_raster(out / "p.tif")[0], expected, atol=1e-4)


def test_classify_by_a_residual_network(run: Runner, out: Path, tmp_path: Path) -> None:
    names = [f"scene {number}" for number in range(5)]
    heads = {"scene": {"classes": names, "activation": "softmax"}}
    network = resnet.export(tmp_path / "resnet.onnx", BANDS, SCALE, heads)
    image = draw(2 * SIZE, 3 * SIZE, 4)
    run(
        "geonnx:classify",
        INPUT=write(tmp_path / "image.tif", image),
        MODEL=str(tmp_path / "resnet.onnx"),
        CHIP_SIZE=SIZE,
        OUTPUT=str(out / "chips.gpkg"),
    )
    chips = [image[:, y : y + SIZE, x : x + SIZE] for y in (0, SIZE) for x in (0, SIZE, 2 * SIZE)]
    with torch.no_grad():
        scores = network(torch.from_numpy(np.concatenate([scaled(chip) for chip in chips])))
        expected = torch.softmax(scores, dim=1).numpy()
    found = geopandas.read_file(out / "chips.gpkg", layer="chips")
    columns = found[[f"p_{name.replace(' ', '_')}" for name in names]].to_numpy()
    np.testing.assert_allclose(columns, expected, atol=1e-4)


@pytest.mark.parametrize("given", [(0, 1, 2, 3), (2, 0, 3, 1)], ids=["in order", "shuffled"])
def test_remove_clouds_by_temporal_attention(run: Runner, out: Path, tmp_path: Path, given: tuple[int, ...]) -> None:
    network = utae.export(tmp_path / "utae.onnx", BANDS, SCALE)
    paths, images = write_dates(tmp_path, ("20210601", "20210606", "20210701", "20210721"))
    run(
        "geonnx:removeclouds",
        INPUTS=[paths[place] for place in given],
        MODEL=str(tmp_path / "utae.onnx"),
        TILE_SIZE=SIZE,
        OUTPUT=str(out / "clear.tif"),
        UNCERTAINTY=str(out / "std.tif"),
    )
    with torch.no_grad():
        series = torch.from_numpy(np.stack([scaled(image) for image in images], axis=1))
        mean, variance = network(series, torch.tensor([[0.0, 5.0, 30.0, 50.0]]))
    found = read_raster(out / "clear.tif")
    assert found.dtype == np.uint16
    np.testing.assert_allclose(found / NUMBERS, mean[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(read_raster(out / "std.tif") / NUMBERS, np.sqrt(variance[0].numpy()), atol=1e-4)
