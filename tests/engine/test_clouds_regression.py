"""Clouds filled by linear regression on other dates, against scikit-learn on whole images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import CloudInputs, CloudSettings, Feedback, RunSettings, remove_clouds
from geonnx.models.clouds.regression import fit_trimmed
from geonnx.models.errors import Cancelled
from numpy.typing import NDArray
from osgeo import gdal
from scipy.ndimage import distance_transform_edt
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..rasters import noise, read_raster, write_raster
from .test_clouds import BANDS, DAYS, Listener, blobs, run, write_mask

SHAPE = (500, 520)
"""as many pixels as are learned from"""
RIDGE = 1e-4
HOW = CloudSettings(method="regression", feather_px=0)


def related(count: int, dtype: str = "uint16", shape: tuple[int, int] = SHAPE) -> list[NDArray[Any]]:
    """Return dates that are mixtures of the same three bands with noise of their own."""
    rng = np.random.default_rng(5)
    ground = noise(3, *shape, "float32", seed=9).astype(np.float64)
    dates = []
    for number in range(count):
        mixed = np.einsum("ab,bhw->ahw", np.eye(3) * 0.6 + 0.2 * rng.random((3, 3)), ground)
        mixed += 0.02 * (number + 1) * rng.standard_normal(mixed.shape)
        high = 200 if dtype == "uint8" else 8000
        dates.append(np.clip(mixed * high, 1, 2**15 - 1 if dtype != "uint8" else 255).astype(dtype))
    return dates


def place(folder: Path, values: list[NDArray[Any]], clouds: list[NDArray[np.bool_]], **more: Any) -> CloudInputs:
    """Write dates with masks."""
    names = more.pop("names", [list(BANDS)] * len(values))
    paths = tuple(
        str(write_raster(folder / f"s_{day}.tif", array, names=own, **more))
        for day, array, own in zip(DAYS, values, names)
    )
    masks = tuple(write_mask(folder / f"mask_{day}.tif", cloudy) for day, cloudy in zip(DAYS, clouds))
    return CloudInputs(paths, cloud_masks=masks)


def averaged(
    values: list[NDArray[Any]], clouds: list[NDArray[np.bool_]], target: int, ridge: float = RIDGE
) -> NDArray[np.float64]:
    """Return what scikit-learn's fits predict for the target, averaged by their inverse errors; NaN where none does."""
    total = weights = 0.0
    for number, (array, cloudy) in enumerate(zip(values, clouds)):
        if number == target:
            continue
        both = ~cloudy & ~clouds[target]
        given, wanted = array[:, both].T.astype(np.float64), values[target][:, both].T.astype(np.float64)
        line = make_pipeline(StandardScaler(), Ridge()) if ridge else LinearRegression()
        near = np.ones(len(given), bool)
        for _ in range(3):
            if ridge:
                line.set_params(ridge__alpha=ridge * near.sum())
            line.fit(given[near], wanted[near])
            squares = (line.predict(given) - wanted) ** 2
            error = squares[near].sum(axis=0) / (near.sum() - len(array) - 1)
            near = (squares / error).mean(axis=1) <= 4
        guess = line.predict(array.reshape(len(array), -1).T.astype(np.float64)).T.reshape(-1, *cloudy.shape)
        weight = ~cloudy / error.reshape(-1, 1, 1)
        total, weights = total + weight * guess, weights + weight
    return np.where(weights > 0, total / np.where(weights > 0, weights, 1), np.nan)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("count", [2, 3])
def test_it_is_that_of_scikit_learn(tmp_path: Path, dtype: str, count: int) -> None:
    values = related(count, dtype)
    clouds = [blobs(seed, SHAPE, 0.4) for seed in range(count)]
    heard = Listener()
    report = remove_clouds(
        None, place(tmp_path, values, clouds), str(tmp_path / "out.tif"), None,
        CloudSettings(target=1, method="regression", feather_px=0), feedback=heard.feedback(),
    )  # fmt: skip
    got = read_raster(tmp_path / "out.tif")
    predicted = averaged(values, clouds, 1)
    nowhere = np.logical_and.reduce(clouds)
    filled = clouds[1] & ~nowhere
    tolerance = 1e-2 if dtype == "float32" else 0.5 + 1e-3
    assert np.abs(got - predicted)[:, filled].max() <= tolerance
    np.testing.assert_array_equal(got[:, ~filled], values[1][:, ~filled])
    plain = averaged(values, clouds, 1, ridge=0)
    assert np.sqrt(((plain - predicted)[:, filled] ** 2).mean()) < 0.002 * values[1].std()  # the ridge hardly matters
    assert report.lost_share == pytest.approx(nowhere.mean())
    assert sum("from all of its bands: root mean square error" in text for text in heard.logs) == count - 1
    assert gdal.Open(str(tmp_path / "out.tif")).GetMetadata("GEONNX")["METHOD"] == "regression"


def test_what_is_linear_is_found_exactly(tmp_path: Path) -> None:
    """Also where the dates have another number of bands each, in other units, with other names."""
    first = noise(4, *SHAPE, "uint16", seed=1)
    mixing = np.array([[0.2, 0.1, 0.4, 0.05], [0.5, -0.1, 0, 0.3], [0, 0, 0.7, 0.1]])
    target = np.rint(np.einsum("ab,bhw->ahw", mixing, first) + 1500).astype(np.uint16)
    third = (target[:2] * 0.0001).astype(np.float32)
    cloudy = blobs(3, SHAPE)
    clear = np.zeros(SHAPE, bool)
    paths = [
        str(write_raster(tmp_path / f"s_{day}.tif", array, names=names))
        for day, array, names in (
            (DAYS[0], first, ["a", "b", "c", "d"]), (DAYS[1], target, list(BANDS)), (DAYS[2], third, ["e", "f"])
        )
    ]  # fmt: skip
    masks = [write_mask(tmp_path / f"m_{day}.tif", mask) for day, mask in zip(DAYS, (clear, cloudy, ~clear))]
    how = CloudSettings(target=1, method="regression", feather_px=0)
    got = run(None, CloudInputs(tuple(paths), cloud_masks=tuple(masks)), tmp_path, how)
    np.testing.assert_array_less(np.abs(got.astype(int) - target), 6)  # rounding, and the ridge
    masks = [write_mask(tmp_path / f"m_{day}.tif", mask) for day, mask in zip(DAYS, (~clear, cloudy, clear))]
    got = run(None, CloudInputs(tuple(paths), cloud_masks=tuple(masks)), tmp_path, how)
    np.testing.assert_array_less(np.abs(got.astype(int) - target)[:2], 6)


def test_few_common_pixels(tmp_path: Path) -> None:
    """Each band by itself with 20 pixels or more; the nearest date as it is with fewer, also where nothing is clear."""
    shape = (40, 50)
    first = noise(3, *shape, "uint16", seed=1)
    target = np.rint(np.array([0.5, 1.2, 0.8]).reshape(3, 1, 1) * first + 300).astype(np.uint16)
    other = noise(3, *shape, "uint16", seed=2)
    heard = Listener()
    for clear_pixels in (100, 10, 0):
        cloudy = np.ones(shape, bool)
        cloudy.ravel()[:clear_pixels] = False
        hidden = np.zeros(shape, bool)
        hidden[30:, 40:] = True
        inputs = place(tmp_path, [other, target, first], [~cloudy, cloudy, hidden])
        how = CloudSettings(target=1, method="regression", feather_px=0)
        got = run(None, inputs, tmp_path, how, feedback=heard.feedback())
        if clear_pixels == 100:
            np.testing.assert_array_less(np.abs(got.astype(int) - target)[:, ~hidden], 2)
        else:  # 36 days before is nearer than 112 days after, and clear wherever the target is not
            np.testing.assert_array_equal(got[:, cloudy], other[:, cloudy])
        np.testing.assert_array_equal(got[:, hidden], other[:, hidden])
    assert any("band by band, with a factor and an offset each" in text for text in heard.logs)
    assert any("are both clear in 10 of the pixels that were looked at" in text for text in heard.logs)


def test_the_seam_fades_and_a_part_learns_from_itself(tmp_path: Path) -> None:
    values, clouds = related(2, "float32"), [np.zeros(SHAPE, bool), blobs(4, SHAPE, 0.1)]
    inputs = place(tmp_path, values, clouds)
    got = run(None, inputs, tmp_path, CloudSettings(method="regression", feather_px=5, grow_px=1))
    grown = distance_transform_edt(~clouds[1]) <= 1
    distance = distance_transform_edt(~grown)
    weight = np.where(distance > 5, 1, distance / 6)
    predicted = averaged(values, [clouds[0], grown], 1)
    np.testing.assert_allclose(got, weight * values[1] + (1 - weight) * predicted, rtol=1e-4)
    extent = ((500100.0, 5199900.0), (505000.0, 5199900.0), (505000.0, 5195200.0), (500100.0, 5195200.0))
    part = run(None, inputs, tmp_path, HOW, settings=RunSettings(extent=extent))
    inner = np.s_[..., 10:480, 10:500]
    predicted = averaged([array[inner] for array in values], [mask[inner] for mask in clouds], 1)
    wanted = np.where(clouds[1][inner], predicted, values[1][inner])
    np.testing.assert_allclose(part, wanted, rtol=1e-4)


def test_gaps_and_numbers_that_mean_no_data(tmp_path: Path) -> None:
    values = related(2, "int16", (90, 131))
    clouds = [blobs(seed, (90, 131), 0.2) for seed in range(2)]
    values[0][:, 10:30, 10:60] = values[1][:, 20:50, 40:90] = -1
    inputs = place(tmp_path, values, clouds, nodata=-1)
    gaps = [array[0] == -1 for array in values]
    hidden = [cloudy | gap for cloudy, gap in zip(clouds, gaps)]
    for keep in (True, False):
        got = run(None, inputs, tmp_path, CloudSettings(method="regression", feather_px=0, keep_clear=keep))
        predicted = averaged(values, hidden, 1)
        filled = hidden[1] & ~hidden[0]
        assert np.abs(got - predicted)[:, filled].max() <= 0.5 + 1e-3
        np.testing.assert_array_equal(got[:, ~hidden[1]], values[1][:, ~hidden[1]])
        np.testing.assert_array_equal(got[:, gaps[0] & gaps[1]], -1)


def test_predictions_stay_within_the_type(tmp_path: Path) -> None:
    first = np.tile(np.arange(250, dtype=np.uint8), (3, 100, 1))
    target = np.clip(first.astype(int) * 2 - 100, 0, 255).astype(np.uint8)
    cloudy = np.zeros((100, 250), bool)
    cloudy[:, :60] = cloudy[:, 170:] = True
    got = run(None, place(tmp_path, [first, target], [~cloudy & False, cloudy], nodata=0), tmp_path, HOW)
    np.testing.assert_array_equal(got[:, :, 178:], 255)
    np.testing.assert_array_equal(got[:, :, 1:49], 1)


def test_dates_that_are_copies_or_constant(tmp_path: Path) -> None:
    values = related(1) * 3
    clouds = [blobs(seed, SHAPE) for seed in range(3)]
    inputs = place(tmp_path, values, clouds)
    got = run(None, inputs, tmp_path, HOW).astype(int)
    assert np.abs(got - values[0]).max() <= 2
    flat = [np.full((3, *SHAPE), number, np.uint16) for number in (700, 900)]
    got = run(None, place(tmp_path, flat, clouds[:2]), tmp_path, HOW)
    np.testing.assert_array_equal(got, 900)


def test_cancelled_and_told_on_the_way(tmp_path: Path) -> None:
    inputs = place(tmp_path, related(3), [blobs(seed, SHAPE) for seed in range(3)])
    shares: list[float] = []
    remove_clouds(None, inputs, str(tmp_path / "out.tif"), None, HOW, feedback=Feedback(shares.append))
    assert shares == sorted(shares) and shares[-1] == 1
    (tmp_path / "out.tif").unlink()
    before, asked = sorted(tmp_path.iterdir()), [0]

    def cancelled() -> bool:
        asked[0] += 1
        return asked[0] > 2

    with pytest.raises(Cancelled):
        remove_clouds(None, inputs, str(tmp_path / "out.tif"), None, HOW, feedback=Feedback(cancelled=cancelled))
    assert asked[0] == 3 and sorted(tmp_path.iterdir()) == before


def test_clouds_that_masks_miss_are_not_learned() -> None:
    rng = np.random.default_rng(1)
    given = rng.random((4, 5000)) * 3000
    wanted = rng.random((3, 4)) @ given + 700 + rng.standard_normal((3, 5000)) * 10
    clean = fit_trimmed(given, wanted, has_same_bands=False)
    clouded_given, clouded_wanted = given.copy(), wanted.copy()
    clouded_given[:, :50] += 9000
    clouded_wanted[:, 50:550] += 9000
    robust = fit_trimmed(clouded_given, clouded_wanted, has_same_bands=False)
    assert clean.is_full and clean.pixels > 4900
    assert 4200 < robust.pixels < 4450
    np.testing.assert_allclose(robust.factors, clean.factors, atol=0.001)
    np.testing.assert_allclose(np.sqrt(robust.errors), 10, rtol=0.1)


def test_slopes_end_where_nothing_was_learned() -> None:
    """Of dark pixels alone, where by chance the one falls as the other rises: bright ones stay bright."""
    rng = np.random.default_rng(3)
    given = 100 + rng.random((2, 1000)) * 20
    wanted = 220 - given + rng.standard_normal(given.shape)
    bright = np.full((2, 1), 4000.0)
    fit = fit_trimmed(given, wanted, has_same_bands=True)
    np.testing.assert_allclose(fit.predict(given), 220 - given, atol=1)
    np.testing.assert_allclose(fit.predict(bright), 4000, atol=80)
    other = fit_trimmed(given, wanted, has_same_bands=False)
    np.testing.assert_allclose(other.predict(bright), 80, atol=5)


def test_few_clear_pixels_are_told(tmp_path: Path) -> None:
    dates = related(2, shape=(200, 200))
    cloudy = np.ones((200, 200), bool)
    cloudy[:25, :25] = False
    paths = []
    for number, values in enumerate(dates):
        paths.append(str(tmp_path / f"scene_{DAYS[number]}.tif"))
        write_raster(Path(paths[-1]), values, names=list(BANDS))
    masks = (write_mask(tmp_path / "a.tif", ~cloudy & cloudy), write_mask(tmp_path / "b.tif", cloudy))
    heard = Listener()
    remove_clouds(
        None, CloudInputs(tuple(paths), cloud_masks=masks), str(tmp_path / "out.tif"), None, HOW,
        feedback=heard.feedback(),
    )  # fmt: skip
    assert any(text.startswith("Only 1.6% of the pixels are clear on ") for text in heard.warnings)


def test_far_from_zero() -> None:
    """Where sums of squares would lose all digits."""
    rng = np.random.default_rng(2)
    given = 2.0**33 + rng.random((2, 1000)) * 100
    fit = fit_trimmed(given, given[:1] * 0.5 + given[1:] * 2, has_same_bands=False)
    np.testing.assert_allclose(fit.factors, [[0.5, 2]], rtol=1e-3)
    assert fit_trimmed(np.zeros((2, 0)), np.zeros((3, 0)), has_same_bands=True) is None


def test_a_large_raster_is_sampled(tmp_path: Path) -> None:
    """Every third pixel in both directions, counted from the corner of the part, whatever the windows."""
    shape = (1500, 1400)
    values = related(2, "float32", shape)
    clouds = [np.zeros(shape, bool), blobs(4, shape, 0.1)]
    heard = Listener()
    got = run(None, place(tmp_path, values, clouds), tmp_path, HOW, feedback=heard.feedback())
    lattice = np.s_[..., ::3, ::3]
    few = averaged([array[lattice] for array in values], [mask[lattice] for mask in clouds], 1)
    predicted = np.where(clouds[1], got, np.nan)[lattice]
    np.testing.assert_allclose(predicted[:, clouds[1][lattice]], few[:, clouds[1][lattice]], rtol=1e-5)
    looked_at = int((~clouds[1][lattice]).sum())
    assert any(text.endswith(f" of {looked_at} pixels.") for text in heard.logs)
