"""U-TAE, which maps classes from a series with dates: in PyTorch and through `segment`, tile by tile."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from geonnx.models import RasterInputs, RunOptions, RunSettings, SegmentOutputs, load_model, segment

from ..architectures import utae
from ..architectures.exporting import torch
from ..architectures.images import BANDS, SCALE, draw, scaled, write
from ..rasters import read_raster

DAYS = [date(2020, 10, 2), date(2020, 12, 31), date(2021, 3, 1), date(2021, 7, 20)]
HOLE = np.s_[10:30, 25:50]
COVERS = ["water", "crops", "forest", "meadow"]
TILE = 64


@pytest.mark.parametrize("size", [(64, 64), (64, 192)], ids=["one tile", "tiles"])
def test_classes_of_a_series_with_dates(tmp_path: Path, size: tuple[int, int]) -> None:
    """Days count from the first date over the turn of the year; a date without data somewhere leaves the others."""
    network = utae.export_classes(tmp_path / "utae.onnx", BANDS, COVERS, SCALE)
    images = [draw(*size, seed, hole=HOLE if seed == 1 else None) for seed in range(len(DAYS))]
    paths = [write(tmp_path / f"x_{day}.tif", image) for day, image in zip(DAYS, images)]
    segment(
        load_model(tmp_path / "utae.onnx"),
        RasterInputs((paths[2], paths[0], paths[3], paths[1])),
        SegmentOutputs(str(tmp_path / "c.tif"), probabilities=str(tmp_path / "p.tif")),
        RunSettings(tile_size=TILE, overlap=0, options=RunOptions(probability_dtype="float32")),
    )
    found, days = read_raster(tmp_path / "p.tif"), torch.tensor([[0.0, 90.0, 150.0, 291.0]])
    for start in range(0, size[1], TILE):
        tile = np.s_[:, :, start : start + TILE]
        with torch.no_grad():
            series = torch.from_numpy(np.stack([scaled(image[tile]) for image in images], axis=1))
            expected = torch.softmax(network(series, days), dim=1)[0].numpy()
        assert expected.std(axis=(1, 2)).max() > 0.05, "probabilities that hardly vary show no mistake"
        np.testing.assert_allclose(found[tile], expected, atol=1e-4)
