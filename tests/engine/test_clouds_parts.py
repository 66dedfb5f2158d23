"""The parts of cloud removal: distances, masks, composites, seams, how results are stored, radar units, dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models.card.types import BandSpec, InputSpec, Scaling
from geonnx.models.clouds.composite import Clear, nearest_clear, temporal_median
from geonnx.models.clouds.distance import capped_distance
from geonnx.models.clouds.keep_clear import Composer, Restored, clear_weight
from geonnx.models.clouds.masks import (
    NOT_ZERO,
    QA_PIXEL_RULE,
    SCL_RULE,
    MaskReader,
    class_names,
    class_rule,
    is_cloudy_name,
    make_mask,
    quality_rule,
)
from geonnx.models.clouds.stored import StoredFormat, stored_format
from geonnx.models.errors import RasterError, SettingsError
from geonnx.models.radar import find_unit, is_radar_name, radar_transforms
from geonnx.models.raster.dates import acquisition_date, find_date
from geonnx.models.raster.grid import Window
from geonnx.models.raster.join import join_rasters
from geonnx.models.raster.source import BandReader, describe_raster
from geonnx.models.scaling import BandTransform, band_transforms, write_plane
from geonnx.models.settings import read_options
from osgeo import gdal
from scipy.ndimage import distance_transform_edt

from ..rasters import DEGREES, noise, write_raster


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (41, 1), (50, 70), (7, 200)])
@pytest.mark.parametrize("share", [0.0, 0.002, 0.05, 1.0])
@pytest.mark.parametrize("cap", [0, 1, 2, 7, 60])
def test_distance_is_that_of_scipy(shape: tuple[int, int], share: float, cap: int) -> None:
    marked = np.random.default_rng(cap).random(shape) < share
    wanted = np.minimum(distance_transform_edt(~marked), cap) if marked.any() else np.full(shape, cap)
    got = capped_distance(marked, cap)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, wanted, rtol=1e-6)


def test_distance_does_not_depend_on_tiling() -> None:
    marked = np.random.default_rng(1).random((90, 110)) < 0.01
    whole = capped_distance(marked, 9)
    part = capped_distance(marked[20:80, 10:100], 9)
    np.testing.assert_array_equal(part[9:-9, 9:-9], whole[29:71, 19:91])


@pytest.mark.parametrize("feather", [0, 1, 5])
def test_weight_of_the_observation(feather: int) -> None:
    hidden = np.zeros((1, 20), bool)
    hidden[0, 3] = True
    weight = clear_weight(hidden, feather)[0]
    distance = np.abs(np.arange(20) - 3)
    assert weight[3] == 0
    assert (weight[distance > feather] == 1).all()
    near = (distance > 0) & (distance <= feather)
    np.testing.assert_allclose(weight[near], distance[near] / (feather + 1), rtol=1e-6)


def test_nothing_is_restored_where_nothing_is_hidden(tmp_path: Path) -> None:
    """Other dates are only read where there are clouds near."""
    values = noise(1, 100, 120, "uint16")
    raster = describe_raster(str(write_raster(tmp_path / "r.tif", values)))
    cloudy = np.zeros((1, 100, 120), np.uint8)
    cloudy[0, 50, 60] = 1
    path = write_raster(tmp_path / "m.tif", cloudy)
    mask = make_mask(describe_raster(str(path)), 1, raster.grid, NOT_ZERO, "test")

    class Asked:
        windows: list[Window] = []  # noqa: RUF012

        def read(self, window: Window) -> Restored:
            self.windows.append(window)
            shape = (1, window.height, window.width)
            return Restored(np.full(shape, 7.0), np.ones(shape[1:], bool))

    form = stored_format(raster, (1,), has_gaps=False)
    composer = Composer(raster, (1,), mask, True, form, feather_px=5)
    for window, is_asked in (
        (Window(0, 0, 54, 40), False),
        (Window(0, 0, 57, 48), True),
        (Window(66, 0, 54, 100), False),
    ):
        Asked.windows.clear()
        got = composer.compose(window, Asked(), None)["image"]
        assert bool(Asked.windows) == is_asked
        if not is_asked:
            np.testing.assert_array_equal(got, values[(..., *window.slices(raster.grid.window))])
    assert (composer.tally.lost, composer.tally.kept) == (0, 54 * 40 + 57 * 48 - 1 + 54 * 100)


def test_scene_classes_and_quality_bits() -> None:
    scl = np.arange(12)
    assert list(np.flatnonzero(SCL_RULE.cloudy(scl, 0.0))) == [0, 1, 3, 8, 9, 10]
    for bit in range(16):
        assert QA_PIXEL_RULE.cloudy(np.array([1 << bit], np.uint16), 1.0)[0] == (bit <= 4)
    # USGS, LSDS-1619, table of QA_PIXEL values: clear land, water, cloud of high confidence, shadow, cirrus
    values = np.array([21824, 21952, 22280, 23888, 54596], np.uint16)
    assert QA_PIXEL_RULE.cloudy(values, None).tolist() == [False, False, True, True, True]
    floats = np.array([0, 0.5, 255, np.nan, 3])
    assert NOT_ZERO.cloudy(floats, 255.0).tolist() == [False, True, False, False, True]
    assert quality_rule("SCL") is SCL_RULE
    assert quality_rule("T32TPS_20240830T100559_SCL_20m") is SCL_RULE
    assert quality_rule("LC09_L2SP_010065_20220129_20220131_02_T1_QA_PIXEL") is QA_PIXEL_RULE
    assert quality_rule("B04") is None


@pytest.mark.parametrize(
    ("name", "cloudy"),
    [
        ("cloud", True), ("Cloud shadow", True), ("thin cirrus", True), ("thick_cloud", True), ("shadow", True),
        ("clear", False), ("no cloud", False), ("cloud-free", False), ("non-cloud", False), ("not clouds", False),
        ("topographic shadow", False), ("water", False), ("cloudless", False), ("land clear of clouds", False),
    ],
)  # fmt: skip
def test_names_of_classes(name: str, cloudy: bool) -> None:
    assert is_cloudy_name(name) == cloudy


def test_class_rasters_by_category_names_or_attribute_table(tmp_path: Path) -> None:
    names = ["clear", "cloud", "water", "cloud shadow"]
    by_names = write_raster(tmp_path / "names.tif", np.zeros((1, 4, 4), np.uint8))
    dataset = gdal.Open(str(by_names), gdal.GA_Update)
    dataset.GetRasterBand(1).SetCategoryNames(names)
    dataset = None
    by_table = write_raster(tmp_path / "table.tif", np.zeros((1, 4, 4), np.uint8))
    dataset = gdal.Open(str(by_table), gdal.GA_Update)
    table = gdal.RasterAttributeTable()
    table.CreateColumn("Value", gdal.GFT_Integer, gdal.GFU_MinMax)
    table.CreateColumn("Class", gdal.GFT_String, gdal.GFU_Name)
    table.SetRowCount(2)
    for row, (value, name) in enumerate(((7, "Cloud"), (9, "Land"))):
        table.SetValueAsInt(row, 0, value)
        table.SetValueAsString(row, 1, name)
    dataset.GetRasterBand(1).SetDefaultRAT(table)
    dataset = None
    rule = class_rule(class_names(str(by_names)))
    assert rule is not None and rule.values == (1, 3)
    rule = class_rule(class_names(str(by_table)))
    assert rule is not None and rule.values == (7,)
    assert class_rule({0: "open land", 1: "forest"}) is None


def test_mask_on_a_coarser_grid_and_grown(tmp_path: Path) -> None:
    """A 20 m mask on a 10 m grid repeats each of its pixels; growing is a disc, whatever the windows."""
    coarse = np.zeros((1, 20, 30), np.uint8)
    coarse[0, 4:7, 10:12] = 9
    coarse[0, 15, 3] = 3
    image = describe_raster(str(write_raster(tmp_path / "image.tif", noise(1, 40, 60))))
    path = write_raster(tmp_path / "scl.tif", coarse, geotransform=(500000.0, 20.0, 0.0, 5200000.0, 0.0, -20.0))
    mask = make_mask(describe_raster(str(path)), 1, image.grid, SCL_RULE, "test")
    fine = np.isin(coarse[0].repeat(2, 0).repeat(2, 1), (0, 1, 3, 8, 9, 10))
    np.testing.assert_array_equal(MaskReader(mask).read(Window(0, 0, 60, 40)), fine)
    named = make_mask(describe_raster(str(path)), 1, image.grid, class_rule({9: "cloud", 3: "shadow"}), "test")
    cloudy = np.isin(coarse[0].repeat(2, 0).repeat(2, 1), (3, 9))
    grown = distance_transform_edt(~cloudy) <= 3
    np.testing.assert_array_equal(MaskReader(named, 3).read(Window(0, 0, 60, 40)), grown)
    np.testing.assert_array_equal(MaskReader(named, 3).read(Window(17, 9, 11, 5)), grown[9:14, 17:28])
    assert named.cloudy_share() == pytest.approx(cloudy.mean())


def test_composites() -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(0, 10000, (6, 3, 20, 30)).astype(np.float32)
    clear = rng.random((6, 20, 30)) < 0.4
    dates = [Clear(*pair) for pair in zip(values, clear)]
    masked = np.where(clear[:, np.newaxis], values, np.nan)
    some = clear.any(axis=0)
    assert 0 < (~some).sum() < some.size
    got, found = temporal_median(dates)
    np.testing.assert_array_equal(found, some)
    np.testing.assert_array_equal(got[:, some], np.nanmedian(masked, axis=0)[:, some])
    got, found = nearest_clear(dates)
    np.testing.assert_array_equal(found, some)
    first = clear.argmax(axis=0)
    wanted = np.take_along_axis(values, first[np.newaxis, np.newaxis], axis=0)[0]
    np.testing.assert_array_equal(got[:, some], wanted[:, some])
    np.testing.assert_array_equal(got[:, ~some], 0)


@pytest.mark.parametrize(
    ("dtype", "nodata", "given", "wanted"),
    [
        ("uint8", None, [-3, 0.4, 254.6, 400], [0, 0, 255, 255]),
        ("uint8", 0, [-3, 0.4, 254.6, 400], [1, 1, 255, 255]),
        ("uint8", 255, [-3, 0.4, 254.6, 400], [0, 0, 254, 254]),
        ("int16", -9999, [-9999, -9998.6, -40000, 7.5], [-9998, -9998, -32768, 8]),
        ("uint16", 500, [499.6, 500, 70000, 2.5], [501, 501, 65535, 2]),
        ("int32", None, [2**31, -(2**33), 5, 6.4], [2**31 - 1, -(2**31), 5, 6]),
        ("float32", -1.0, [-1, 0.25, 3, 4], [np.nextafter(np.float32(-1), np.float32(0)), 0.25, 3, 4]),
        ("float64", None, [1e300, 0.1, -2, 3], [1e300, 0.1, -2, 3]),
    ],
)
def test_values_never_become_nodata(
    dtype: str, nodata: float | None, given: list[float], wanted: list[float], tmp_path: Path
) -> None:
    raster = describe_raster(str(write_raster(tmp_path / "r.tif", np.zeros((1, 2, 2), dtype), nodata=nodata)))
    form = stored_format(raster, (1,), has_gaps=False)
    assert (form.dtype, form.nodata) == (dtype, nodata)
    got = form.encode(np.array(given, np.float64).reshape(1, 1, 4), None)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got.ravel(), np.array(wanted, dtype))
    if nodata is not None:
        valid = np.array([[True, False, True, False]])
        got = form.encode(np.array(given, np.float64).reshape(1, 1, 4), valid)
        np.testing.assert_array_equal(got[0] != nodata, valid)


@pytest.mark.parametrize(("dtype", "nodata"), [("uint16", 0.0), ("int16", -32768.0), ("float32", float("nan"))])
def test_a_nodata_value_where_one_is_needed(tmp_path: Path, dtype: str, nodata: float) -> None:
    raster = describe_raster(str(write_raster(tmp_path / "r.tif", np.zeros((2, 2, 2), dtype))))
    assert stored_format(raster, (1, 2), has_gaps=False).nodata is None
    form = stored_format(raster, (1, 2), has_gaps=True)
    np.testing.assert_equal(form.nodata, nodata)
    values = np.full((2, 1, 2), 7.0)
    values[1, 0, 1] = np.nan
    got = form.encode(values, None)
    np.testing.assert_array_equal(got[:, 0, 0], 7)
    np.testing.assert_array_equal(got[:, 0, 1], np.array([nodata, nodata], dtype))


def radar_spec(unit: Any, scaling: tuple[Scaling | None, ...] = ()) -> InputSpec:
    bands = (BandSpec("VV"), BandSpec("VH"))
    return InputSpec("s1", "BCHW", (None, 2, None, None), "float32", "sar", bands, scaling, radar_unit=unit)


@pytest.mark.parametrize("wanted", ["db", "power"])
@pytest.mark.parametrize("held", ["db", "power"])
@pytest.mark.parametrize("how", ["values", "name", "unit", "option"])
def test_radar_units(tmp_path: Path, held: str, wanted: str, how: str) -> None:
    power = noise(2, 30, 40, "float32", seed=4) * 0.3 + 0.001
    stored = power if held == "power" else 10 * np.log10(power)
    stored = np.asarray(stored, np.float32)
    names = [f"VV_{'dB' if held == 'db' else 'lin'}"] * 2 if how == "name" else ["VV", "VH"]
    path = write_raster(tmp_path / "s1.tif", stored, names=names)
    if how == "unit":
        dataset = gdal.Open(str(path), gdal.GA_Update)
        for number in (1, 2):
            dataset.GetRasterBand(number).SetUnitType("dB" if held == "db" else "linear power")
        dataset = None
    raster = describe_raster(str(path))
    spec = radar_spec(wanted, (Scaling("min-max", minimum=-25.0, maximum=0.0), Scaling("scale", value=2.0)))
    plain = band_transforms(spec, list(raster.bands), scale=0.0001, offset=None)
    option: Any = held if how == "option" else ""
    got = radar_transforms(spec, raster, raster.bands, plain, option)
    values = np.asarray(power if wanted == "power" else 10 * np.log10(power), np.float64)
    scaled = [(values[0] + 25) / 25, values[1] / 2]
    for transform, plane, target in zip(got, stored, scaled):
        view = np.empty(plane.shape, np.float32)
        write_plane(view, plane, transform, None, 0.0)
        np.testing.assert_allclose(view, target, rtol=2e-5, atol=2e-6)


def test_radar_as_it_is_where_the_card_says_nothing(tmp_path: Path) -> None:
    raster = describe_raster(str(write_raster(tmp_path / "s1.tif", np.full((2, 4, 4), -12, np.float32))))
    plain = (BandTransform(), BandTransform())
    assert radar_transforms(radar_spec(""), raster, raster.bands, plain, "") == plain
    assert find_unit(raster, raster.bands[0])[0] == "db"


def test_power_of_nothing_is_fifty_decibels_down(tmp_path: Path) -> None:
    stored = np.array([[[0.0, -0.1, 1.0, 0.1]]] * 2, np.float32)
    raster = describe_raster(str(write_raster(tmp_path / "s1.tif", stored)))
    got = radar_transforms(radar_spec("db"), raster, raster.bands, (BandTransform(),) * 2, "power")
    view = np.empty((1, 4), np.float32)
    write_plane(view, stored[0], got[0], None, 0.0)
    np.testing.assert_allclose(view, [[-50, -50, 0, -10]], atol=1e-5)


def test_names_of_radar_bands() -> None:
    assert all(is_radar_name(name) for name in ("VV", "vh", "VV_dB", "Sigma0_HH", "S1A-VV"))
    assert not any(is_radar_name(name) for name in ("B04", "red", "vvv", "nirvv"))
    assert read_options('{"sar": "db"}').sar == "db"
    with pytest.raises(SettingsError, match="sar should be db or power; found amplitude"):
        read_options('{"sar": "amplitude"}')


def test_joined_rasters_hold_the_bands_of_both(tmp_path: Path) -> None:
    first, second = noise(3, 20, 30, "uint16"), noise(2, 20, 30, "float32", seed=9) - 20
    a = describe_raster(str(write_raster(tmp_path / "a.tif", first, names=["B02", "B03", "B04"], nodata=0)))
    b = describe_raster(str(write_raster(tmp_path / "b.tif", second, names=["VV", "VH"])))
    joined = join_rasters(a, b)
    assert [band.name for band in joined.bands] == ["B02", "B03", "B04", "VV", "VH"]
    values, _ = BandReader(joined, (2, 5)).read(Window(3, 4, 10, 9))
    np.testing.assert_array_equal(values[0], first[1, 4:13, 3:13])
    np.testing.assert_array_equal(values[1], second[1, 4:13, 3:13])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("LC80410322013123LGN00_B4", date(2013, 5, 3)), ("LE70410322000366EDC00", date(2000, 12, 31)),
        ("MOD09A1.A2021123.h12v04", date(2021, 5, 3)), ("scene_2021-06-26", date(2021, 6, 26)),
        ("LC08_L2SP_010065_20220129_20220131_02_T1", date(2022, 1, 29)), ("a2013400", None), ("run7_1999", None),
    ],
)  # fmt: skip
def test_dates_in_names(text: str, day: date | None) -> None:
    assert find_date(text) == day


def test_dates_in_metadata_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "2019-04-01"
    folder.mkdir()
    path = write_raster(folder / "image.tif", np.zeros((1, 3, 3), np.uint8), geotransform=DEGREES, epsg=4326)
    assert acquisition_date(describe_raster(str(path))) == date(2019, 4, 1)
    named = write_raster(folder / "image.2019-05-02.tif", np.zeros((1, 3, 3), np.uint8))
    assert acquisition_date(describe_raster(str(named))) == date(2019, 5, 2)
    dataset = gdal.Open(str(named), gdal.GA_Update)
    dataset.SetMetadataItem("datetime", "2020-06-03T10:00:00Z")
    dataset = None
    assert acquisition_date(describe_raster(str(named))) == date(2020, 6, 3)


def test_types_that_no_result_can_hold(tmp_path: Path) -> None:
    raster = describe_raster(str(write_raster(tmp_path / "r.tif", np.zeros((2, 2, 2), np.uint32))))
    mixed = replace(raster, bands=(raster.bands[0], replace(raster.bands[1], dtype="int32")))
    with pytest.raises(RasterError, match="hold int32, uint32 numbers, and the result has to hold them all"):
        stored_format(mixed, (1, 2), has_gaps=False)
    both = replace(raster, bands=(replace(raster.bands[0], dtype="uint16"), replace(raster.bands[1], dtype="int16")))
    assert stored_format(both, (1, 2), has_gaps=False).dtype == "int32"


def test_format_is_that_of_the_chosen_bands(tmp_path: Path) -> None:
    raster = describe_raster(
        str(write_raster(tmp_path / "r.tif", np.zeros((3, 2, 2), np.int16), names=["a", "b", "c"]))
    )
    form = stored_format(raster, (3, 1), has_gaps=False, acquired="2021-06-26")
    assert isinstance(form, StoredFormat)
    assert form.image_spec().band_names == ("c", "a")
    assert form.image_spec().file_items == {"ACQUISITION_DATE": "2021-06-26"}
