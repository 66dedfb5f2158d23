"""Pixels that are cloudy on every date, filled from what is around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import CloudInputs, CloudSettings, Feedback, RunSettings, remove_clouds
from geonnx.models.clouds.surroundings import CELL_PX, Surroundings
from geonnx.models.errors import Cancelled
from geonnx.models.raster.grid import Window

from ..rasters import noise, read_raster, write_raster
from .test_clouds import BANDS, DAYS, Listener, blobs, run, write_mask

SHAPE = (600, 530)


def place(folder: Path, values: list[Any], clouds: list[Any], **more: Any) -> CloudInputs:
    paths = tuple(
        str(write_raster(folder / f"s_{day}.tif", array, names=list(BANDS), **more)) for day, array in zip(DAYS, values)
    )
    masks = tuple(write_mask(folder / f"mask_{day}.tif", cloudy) for day, cloudy in zip(DAYS, clouds))
    return CloudInputs(paths, cloud_masks=masks)


@pytest.mark.parametrize("method", ["nearest", "median", "regression"])
@pytest.mark.parametrize("keep", [True, False])
def test_lost_pixels_are_what_is_around(tmp_path: Path, method: Any, keep: bool) -> None:
    """A slope of brightness goes on under a cloud of both dates; all else is as without filling."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    slope = np.stack([1000 + 2 * rows + columns, 3000 - rows, 500 + 3 * columns])
    values = [(slope + noise(3, *SHAPE, "uint16", seed=seed) // 50).astype(np.uint16) for seed in range(2)]
    clouds = [blobs(seed, SHAPE, 0.2) for seed in range(2)]
    for cloudy in clouds:
        cloudy[200:330, 250:340] = True
    for array, cloudy in zip(values, clouds):
        array[:, cloudy] = 9000
    inputs, heard = place(tmp_path, values, clouds), Listener()
    how = CloudSettings(method=method, feather_px=0, keep_clear=keep, lost="fill")
    shares: list[float] = []
    report = remove_clouds(
        None, inputs, str(tmp_path / "out.tif"), None, how, feedback=Feedback(shares.append, warn=heard.warnings.append)
    )
    got = read_raster(tmp_path / "out.tif")
    lost = clouds[0] & clouds[1]
    assert report.lost_share == pytest.approx(lost.mean()) and lost.mean() > 0.01
    assert shares == sorted(shares) and shares[-1] == 1
    assert [text for text in heard.warnings if "they are filled from what is around them" in text]
    error = got.astype(float) - slope - 100
    assert np.abs(error[:, lost]).max() < 250 and np.abs(error[:, lost]).mean() < 60
    left = run(None, inputs, tmp_path, CloudSettings(method=method, feather_px=0, keep_clear=keep))
    np.testing.assert_array_equal(got[:, ~lost], left[:, ~lost])
    assert (left[:, lost] == 9000).all()


def test_gaps_of_all_dates_stay(tmp_path: Path) -> None:
    values = [np.full((3, 90, 131), 700, np.int16) for _ in range(2)]
    for array in values:
        array[:, 10:40, 20:60] = -1
    clouds = [np.zeros((90, 131), bool) for _ in range(2)]
    for cloudy in clouds:
        cloudy[30:60, 50:90] = True
    for array in values:
        array[:, clouds[0] & (array[0] != -1)] = 5000
    inputs = place(tmp_path, values, clouds, nodata=-1)
    got = run(None, inputs, tmp_path, CloudSettings(lost="fill", feather_px=3))
    np.testing.assert_array_equal(got, np.where(values[0] == -1, -1, 700))


def test_nothing_clear_anywhere(tmp_path: Path) -> None:
    values = [noise(3, 50, 60, "uint16", seed=seed) for seed in range(2)]
    heard = Listener()
    inputs = place(tmp_path, values, [np.ones((50, 60), bool)] * 2)
    got = run(None, inputs, tmp_path, CloudSettings(lost="fill"), feedback=heard.feedback())
    np.testing.assert_array_equal(got, values[1])
    assert [
        text for text in heard.warnings if "(100.0%) are cloudy on every date that shows them; they are left" in text
    ]


def test_a_part_and_cancelling(tmp_path: Path) -> None:
    values = [np.full((3, *SHAPE), 700, np.uint16) for _ in range(2)]
    clouds = [blobs(1, SHAPE)] * 2
    inputs = place(tmp_path, values, clouds)
    extent = ((500100.0, 5199900.0), (505000.0, 5199900.0), (505000.0, 5194200.0), (500100.0, 5194200.0))
    how = CloudSettings(lost="fill", method="regression")
    got = run(None, inputs, tmp_path, how, settings=RunSettings(extent=extent))
    assert got.shape == (3, 570, 490) and (got == 700).all()
    (tmp_path / "out.tif").unlink()
    before, asked = sorted(tmp_path.iterdir()), [0]

    def cancelled() -> bool:
        asked[0] += 1
        return asked[0] > 6  # four windows of learning, then some of gathering

    with pytest.raises(Cancelled):
        run(None, inputs, tmp_path, how, feedback=Feedback(cancelled=cancelled))
    assert asked[0] == 7 and sorted(tmp_path.iterdir()) == before


def test_means_do_not_depend_on_windows() -> None:
    part = Window(7, 3, 150, 100)
    values = noise(2, 100, 150, "float32", seed=3).astype(np.float64)
    clear = blobs(5, (100, 150), 0.5)
    clear[:60, :90] = False
    whole, parts = Surroundings(2, part), Surroundings(2, part)
    whole.add(part, values, clear)
    for y in range(0, 100, 2 * CELL_PX):
        for x in range(0, 150, 4 * CELL_PX):
            window = Window(7 + x, 3 + y, 4 * CELL_PX, 2 * CELL_PX).intersection(part)
            inner = (..., *window.slices(part))
            parts.add(window, values[inner], clear[inner])
    for each in (whole, parts):
        assert not each.is_empty
        each.spread()
    filled = whole.read(part)
    np.testing.assert_allclose(parts.read(part), filled, rtol=1e-12)
    window = Window(40, 20, 33, 50)
    np.testing.assert_allclose(whole.read(window), filled[(..., *window.slices(part))], rtol=1e-12)
    assert values[:, clear].min() <= filled.min() and filled.max() <= values[:, clear].max()


def test_one_clear_pixel_is_all_there_is() -> None:
    part = Window(0, 0, 100, 70)
    found = Surroundings(1, part)
    clear = np.zeros((70, 100), bool)
    found.add(part, np.full((1, 70, 100), 5.0), clear)
    assert found.is_empty
    clear[69, 99] = True
    found.add(part, np.full((1, 70, 100), 5.0), clear)
    found.spread()
    np.testing.assert_allclose(found.read(part), 5)
