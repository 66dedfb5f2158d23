"""How two dates lie on each other: shifts known from elsewhere, other sensors, other grids, real pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import ChangeSettings, Feedback, detect_change, load_model
from geonnx.models.change.coregister import correct_shift, measure_shift
from geonnx.models.change.phase import find_shift
from geonnx.models.raster.products import open_raster
from geonnx.models.raster.source import describe_raster
from osgeo import gdal
from scipy import ndimage

from .. import change_models
from ..rasters import NORTH_UP, ROTATED, SOUTH_UP, write_raster

SIZE = 400


def scene(seed: int = 1, size: int = SIZE, smooth: float = 1.5) -> Any:
    """Return a textured picture, 0 to about 1000."""
    rng = np.random.default_rng(seed)
    fine = ndimage.gaussian_filter(rng.standard_normal((size, size)), smooth)
    coarse = ndimage.gaussian_filter(rng.standard_normal((size, size)), 12)
    return 500 + 150 * fine / fine.std() + 200 * coarse / coarse.std()


def fourier_shift(values: Any, dx: float, dy: float) -> Any:
    """Move a picture to the right and down, exactly (it wraps around), without a line of our own."""
    return np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(values), (dy, dx))).real


def pair(folder: Path, before: Any, after: Any, **kind: Any) -> tuple[Any, Any]:
    infos = []
    for name, values in (("before", before), ("after", after)):
        write_raster(folder / f"{name}.tif", values[np.newaxis].astype(np.float32), **kind)
        infos.append(describe_raster(str(folder / f"{name}.tif")))
    return infos[0], infos[1]


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.3, -0.45), (-0.5, 0.5), (2.25, 1.8), (-7.6, 12.4), (40.3, -33.7)])
def test_known_shifts(tmp_path: Path, shift: tuple[float, float]) -> None:
    before = scene()
    found = measure_shift(*pair(tmp_path, before, fourier_shift(before, *shift)))
    assert found is not None and found.windows >= 4
    assert (found.dx, found.dy) == pytest.approx(shift, abs=0.05)
    assert found.spread < 0.1


@pytest.mark.parametrize("shift", [(0.37, -0.62), (-3.2, 1.45)])
def test_known_shifts_with_noise_change_and_another_radiometry(tmp_path: Path, shift: tuple[float, float]) -> None:
    before = scene()
    after = ndimage.shift(before, shift[::-1], order=5, mode="mirror") * 0.3 + 40
    after += np.random.default_rng(4).normal(0, 6, after.shape)  # a tenth of the contrast
    after[100:180, 60:150] = 900  # built
    found = measure_shift(*pair(tmp_path, before, after))
    assert found is not None and (found.dx, found.dy) == pytest.approx(shift, abs=0.1)


def test_reversed_contrast(tmp_path: Path) -> None:
    """Vegetation is dark in red and bright in the near infrared."""
    before = scene()
    found = measure_shift(*pair(tmp_path, before, 1000 - fourier_shift(before, 1.3, -0.8)))
    assert found is not None and (found.dx, found.dy) == pytest.approx((1.3, -0.8), abs=0.05)


@pytest.mark.parametrize("geotransform", [NORTH_UP, SOUTH_UP, ROTATED])
def test_correction_moves_after_onto_before(tmp_path: Path, geotransform: tuple[float, ...]) -> None:
    before = scene()
    infos = pair(tmp_path, before, fourier_shift(before, 3.4, -2.3), geotransform=geotransform)
    found = measure_shift(*infos)
    assert found is not None and (found.dx, found.dy) == pytest.approx((3.4, -2.3), abs=0.05)
    moved = correct_shift(*infos, found)
    assert moved.path.lstrip().startswith("<VRTDataset")  # nothing copied
    left = measure_shift(infos[0], moved)
    assert left is not None and left.length < 0.1


def test_another_crs_and_pixel_size(tmp_path: Path) -> None:
    """AFTER warped to degrees, its georeference then spoilt by 25 m east and 15 m south."""
    before = scene()
    info, _ = pair(tmp_path, before, before)
    target = str(tmp_path / "degrees.tif")
    gdal.Warp(target, str(tmp_path / "before.tif"), dstSRS="EPSG:4326", resampleAlg="cubic", dstNodata=-1)
    dataset = gdal.Open(target, gdal.GA_Update)
    x0, dx, _, y0, _, dy = dataset.GetGeoTransform()
    metres = 111_132.0
    dataset.SetGeoTransform((x0 + 25 / (metres * np.cos(np.radians(y0))), dx, 0, y0 - 15 / metres, 0, dy))
    del dataset
    after = describe_raster(target)
    found = measure_shift(info, after)
    assert found is not None and (found.dx, found.dy) == pytest.approx((2.5, 1.5), abs=0.1)
    left = measure_shift(info, correct_shift(info, after, found))
    assert left is not None and left.length < 0.1


def test_what_can_not_be_measured(tmp_path: Path) -> None:
    assert measure_shift(*pair(tmp_path, scene(1), scene(2))) is None  # nothing in common
    flat = np.full((SIZE, SIZE), 7.0)
    assert measure_shift(*pair(tmp_path, flat, flat)) is None
    assert measure_shift(*pair(tmp_path, scene()[:20, :20], scene()[:20, :20])) is None
    empty = scene()
    empty[:, ::3] = np.nan
    assert measure_shift(*pair(tmp_path, empty, scene())) is None


def test_unrelated_pictures_stay_far_below_the_limit() -> None:
    everywhere = np.ones((256, 256), bool)
    found = [
        find_shift(scene(n, 256).astype("f4"), scene(n + 100, 256, 0.5 + n % 5).astype("f4"), everywhere).quality
        for n in range(40)
    ]
    assert max(found) < 10


def test_warning_and_correction_in_a_run(tmp_path: Path) -> None:
    before = scene() / 100
    pair(tmp_path, before, fourier_shift(before, 1.5, 0.75))
    model = load_model(change_models.difference(tmp_path / "model.onnx", bands=1))
    said: dict[bool, list[str]] = {}
    changed = {}
    for coregister in (False, True):
        said[coregister] = []
        report = detect_change(
            model, str(tmp_path / "before.tif"), str(tmp_path / "after.tif"), str(tmp_path / "change.tif"),
            change=ChangeSettings(threshold=0.7, coregister=coregister),
            feedback=Feedback(warn=said[coregister].append),
        )  # fmt: skip
        assert report.shift is not None and report.shift.dx == pytest.approx(1.5, abs=0.05)
        changed[coregister] = report.areas.changed_share
        assert (report.remaining_shift is not None) is coregister
    assert any("1.50 px to the right and 0.75 px down" in warning for warning in said[False])
    assert not any("shifted" in warning for warning in said[True])
    assert changed[False] > 0.2 and changed[True] < 0.02


def test_real_pairs_are_measured_as_seen_in_other_bands(shared_data: Path) -> None:
    """Red and near infrared are independent pictures of the ground: both tell the same shift of a Sentinel-2 pair."""
    for city in ("beihai", "lasvegas", "milano", "chongqing", "brasilia"):
        found = []
        for band in ("B04", "B08"):
            names = [next((shared_data / "oscd" / city / date).glob(f"*_{band}.tif")) for date in "12"]
            found.append(measure_shift(*(open_raster(str(name)) for name in names)))
        red, infrared = found
        assert red is not None and infrared is not None
        assert np.hypot(red.dx - infrared.dx, red.dy - infrared.dy) < 0.12
        assert red.length < 1.2


def test_extra_shift_of_real_pairs(shared_data: Path, tmp_path: Path) -> None:
    """A real pair, AFTER moved by a known part of a pixel on top of what it has."""
    folder = shared_data / "oscd" / "milano"
    before, after = (next((folder / date).glob("*_B04.tif")) for date in "12")
    first = measure_shift(open_raster(str(before)), open_raster(str(after)))
    source = gdal.Open(str(after))
    values = ndimage.shift(source.ReadAsArray().astype(float), (0.4, -1.3), order=3, mode="mirror")
    target = tmp_path / "after_B04.tif"
    gdal.Translate(str(target), source)
    dataset = gdal.Open(str(target), gdal.GA_Update)
    dataset.GetRasterBand(1).WriteArray(values.round().astype(np.uint16))
    del dataset
    second = measure_shift(open_raster(str(before)), describe_raster(str(target)))
    assert first is not None and second is not None
    assert (second.dx - first.dx, second.dy - first.dy) == pytest.approx((-1.3, 0.4), abs=0.1)


def test_aerial_images_on_two_grids(shared_data: Path) -> None:
    """Their grids differ by 1 m of 5 m, which the georeferences say; what is left differs from place to place."""
    names = sorted((shared_data / "naip_2_dates").glob("*.tif"))
    found = measure_shift(*(describe_raster(str(name)) for name in names))
    assert found is not None and found.length < 1.0 and found.spread > 0.3
