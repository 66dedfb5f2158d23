"""Cloud removal networks of published architectures: in PyTorch on whole arrays, and through `remove_clouds`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunSettings, load_model
from geonnx.models.tasks.clouds import CloudInputs, CloudOutputs, CloudSettings, remove_clouds
from numpy.typing import NDArray
from osgeo import gdal

from ..architectures import dsen2cr, utae, utilise
from ..architectures.exporting import torch
from ..architectures.images import BANDS, NUMBERS, SCALE, draw, scaled, write
from ..rasters import noise, read_raster, write_raster

DAYS = [date(2021, 5, 28), date(2021, 6, 2), date(2021, 6, 27), date(2021, 7, 2), date(2022, 1, 3)]
RADAR = ("VV", "VH")
DECIBELS = [{"type": "min-max", "minimum": -25, "maximum": 0}]
HOLE = np.s_[10:30, 25:50]


def write_series(folder: Path, size: tuple[int, int], dtype: str) -> tuple[list[str], list[NDArray[Any]]]:
    """Write a date for each of DAYS; the third has a hole and all have none in common. Both lists oldest first."""
    images = [draw(*size, seed, hole=HOLE if seed == 2 else None) for seed in range(len(DAYS))]
    if dtype == "float32":  # stored numbers that need no rounding
        images = [(image * np.float32(0.37)).astype(np.float32) for image in images]
    return [write(folder / f"S2A_{day:%Y%m%d}T101031.tif", image) for day, image in zip(DAYS, images)], images


def days() -> Any:
    return torch.tensor([[float((day - DAYS[0]).days) for day in DAYS]])


def stack(images: list[NDArray[Any]]) -> Any:
    return torch.from_numpy(np.stack([scaled(image) for image in images], axis=1))


def shuffled(paths: list[str]) -> tuple[str, ...]:
    return tuple(paths[place] for place in (3, 0, 4, 2, 1))


def compare(found: NDArray[Any], expected: NDArray[Any], dtype: str) -> None:
    """Compare an image of stored numbers with reflectances: to a ten thousandth, or to the nearest whole number."""
    assert expected.std() > 0.02, "an image that hardly varies shows no mistake"
    assert found.dtype == dtype
    if dtype == "float32":
        np.testing.assert_allclose(found / NUMBERS, expected, atol=1e-4)
        return
    # 0 is no data, so that 1 is the smallest number
    stored = np.clip(expected.astype(np.float64) * NUMBERS, 1, 65535)
    assert np.abs(found - stored).max() <= 0.5 + 0.2


def tiles_of(size: tuple[int, int], tile: int) -> list[tuple[slice, slice]]:
    return [np.s_[y : y + tile, x : x + tile] for y in range(0, size[0], tile) for x in range(0, size[1], tile)]


def restore(
    model: Path, images: tuple[str, ...], folder: Path, sar: tuple[str, ...] = (), target: int = -1, **settings: Any
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Return the restored image and its uncertainty, where the model gives a variance."""
    network = load_model(model)
    has_variance = any(spec.role == "variance" for spec in network.card.outputs)
    outputs = CloudOutputs(str(folder / "clear.tif"), str(folder / "std.tif") if has_variance else None)
    clouds = CloudSettings(target=target, keep_clear=False)
    remove_clouds(network, CloudInputs(images, sar), outputs, RunSettings(**settings), clouds)
    return read_raster(folder / "clear.tif"), read_raster(folder / "std.tif") if has_variance else None


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("size", [(64, 64), (128, 192)], ids=["one tile", "tiles"])
def test_mean_and_variance_of_a_series(tmp_path: Path, size: tuple[int, int], dtype: str) -> None:
    """Attention and group normalisation see the whole tile: each tile is compared with PyTorch on that tile."""
    network = utae.export(tmp_path / "utae.onnx", BANDS, SCALE)
    paths, images = write_series(tmp_path, size, dtype)
    found, deviation = restore(tmp_path / "utae.onnx", shuffled(paths), tmp_path, tile_size=64, overlap=0)
    for tile in tiles_of(size, 64):
        place = (slice(None), *tile)
        with torch.no_grad():
            mean, variance = network(stack([image[place] for image in images]), days())
        compare(found[place], mean[0].numpy(), dtype)
        assert variance.std() > 0.01
        expected = np.sqrt(variance[0].numpy())
        np.testing.assert_allclose(deviation[place] / NUMBERS, expected, atol=1e-4)


def test_dates_that_store_reflectance_in_different_ways(tmp_path: Path) -> None:
    """As Sentinel-2 before and since processing baseline 04.00: the result is stored as the restored date is."""
    network = utae.export(tmp_path / "utae.onnx", BANDS, None)
    card = json.loads((tmp_path / "utae.json").read_text())
    card["properties"]["mlm:input"][0]["geonnx:values"] = "reflectance"
    (tmp_path / "utae.json").write_text(json.dumps(card))
    paths, images = write_series(tmp_path, (64, 64), "uint16")
    offsets = [0.0, 0.0, 0.0, -0.1, -0.1]
    for path, offset in zip(paths, offsets):
        dataset = gdal.Open(path, gdal.GA_Update)
        for number in range(len(BANDS)):
            dataset.GetRasterBand(number + 1).SetScale(1 / NUMBERS)
            dataset.GetRasterBand(number + 1).SetOffset(offset)
        dataset.FlushCache()
        del dataset
    series = [np.where(image != 0, image / NUMBERS + offset, 0) for image, offset in zip(images, offsets)]
    with torch.no_grad():
        together = torch.from_numpy(np.stack(series)[np.newaxis].astype(np.float32))
        mean, variance = network(together, days())
    order = shuffled(paths)
    for target in (1, 4):
        found, deviation = restore(
            tmp_path / "utae.onnx", order, tmp_path, target=order.index(paths[target]), tile_size=64
        )
        result = gdal.Open(str(tmp_path / "clear.tif"))
        assert (result.GetRasterBand(2).GetScale(), result.GetRasterBand(2).GetOffset()) == (
            1 / NUMBERS,
            offsets[target],
        )
        np.testing.assert_allclose(found / NUMBERS + offsets[target], mean[0].numpy(), atol=1e-4)
        np.testing.assert_allclose(deviation / NUMBERS, np.sqrt(variance[0].numpy()), atol=1e-4)


def write_radar(folder: Path, size: tuple[int, int], seed: int, name: str) -> tuple[str, NDArray[Any]]:
    """Write linear power; return the path, and the decibels scaled as the card says, with a batch axis."""
    decibels = -22 + 18 * noise(len(RADAR), *size, "float32", seed=seed)
    power = (10 ** (decibels / 10)).astype(np.float32)
    path = write_raster(folder / name, power, names=list(RADAR))
    return str(path), ((10 * np.log10(power) + 25) / 25).astype(np.float32)[np.newaxis]


def test_a_series_with_radar(tmp_path: Path) -> None:
    """Radar of every date as a second series, given in another order still, as power where the card wants decibels."""
    network = utae.export(tmp_path / "utae.onnx", BANDS, SCALE, radar=RADAR, radar_scaling=DECIBELS)
    paths, images = write_series(tmp_path, (64, 64), "float32")
    radar = [
        write_radar(tmp_path, (64, 64), 40 + place, f"S1A_{day:%Y%m%d}T052210.tif") for place, day in enumerate(DAYS)
    ]
    sar = tuple(path for path, _ in radar)[::-1]
    found, deviation = restore(tmp_path / "utae.onnx", shuffled(paths), tmp_path, sar, tile_size=64)
    with torch.no_grad():
        together = torch.from_numpy(np.stack([values for _, values in radar], axis=1))
        mean, variance = network(stack(images), together, days())
    compare(found, mean[0].numpy(), "float32")
    np.testing.assert_allclose(deviation / NUMBERS, np.sqrt(variance[0].numpy()), atol=1e-4)


@pytest.mark.parametrize("target", [0, 2, 4])
def test_sequence_to_sequence(tmp_path: Path, target: int) -> None:
    """As many images out as in: the one of the date that is asked for, by its place in the list that was given."""
    network = utilise.export(tmp_path / "utilise.onnx", BANDS, SCALE)
    paths, images = write_series(tmp_path, (64, 64), "float32")
    order = shuffled(paths)
    found, _ = restore(tmp_path / "utilise.onnx", order, tmp_path, target=order.index(paths[target]), tile_size=64)
    with torch.no_grad():
        expected = network(stack(images), days())[0, target].numpy()
    compare(found, expected, "float32")


@pytest.mark.parametrize("merge", ["crop", "blend"])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_one_date_with_radar(tmp_path: Path, merge: Any, dtype: str) -> None:
    """In tiles with as much overlap as the network sees; at the lower and right edge the last tiles are padded."""
    network = dsen2cr.export(tmp_path / "dsen2cr.onnx", BANDS, SCALE, RADAR, DECIBELS)
    size = (150, 201)
    paths, images = write_series(tmp_path, size, dtype)
    sar, radar = write_radar(tmp_path, size, 40, "S1.tif")
    found, _ = restore(
        tmp_path / "dsen2cr.onnx", (paths[2],), tmp_path, (sar,), tile_size=64, overlap=dsen2cr.REACH, merge=merge
    )
    with torch.no_grad():
        expected = network(torch.from_numpy(scaled(images[2])), torch.from_numpy(radar))[0].numpy()
    seen = (images[2] != 0).all(axis=0)
    inner = np.s_[: -dsen2cr.REACH, : -dsen2cr.REACH]
    keep = seen[inner]
    compare(found[(slice(None), *inner)][:, keep], expected[(slice(None), *inner)][:, keep], dtype)
    assert (found[:, ~seen] == 0).all()
