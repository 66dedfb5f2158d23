"""Satellite products as downloaded, in miniature and real: which bands, on which grid, with which values.

What a stack should hold is computed with GDAL's own warper from the band files, not with our code.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models.card.types import BandSpec, InputSpec
from geonnx.models.errors import RasterError
from geonnx.models.raster.align import resample_raster
from geonnx.models.raster.bands import choose_bands
from geonnx.models.raster.products import is_product, open_raster, open_siblings
from geonnx.models.raster.source import BandReader, RasterInfo
from numpy.typing import NDArray
from osgeo import gdal

from .. import products
from ..rasters import write_raster

Values = NDArray[Any]


def read_all(raster: RasterInfo, names: list[str] | None = None) -> tuple[Values, Values]:
    """Return values and valid pixels of some bands, by name."""
    places = {band.name: band.number for band in raster.bands}
    numbers = tuple(places[name] for name in names) if names else tuple(places.values())
    values, valid = BandReader(raster, numbers).read(raster.grid.window)
    return values, np.ones(values.shape[1:], bool) if valid is None else valid


def warped(path: Path, raster: RasterInfo, algorithm: str = "bilinear", nodata: float | None = None) -> Values:
    """Return a band file on a raster's grid, by GDAL's warper."""
    x0, dx, _, y0, _, dy = raster.grid.geotransform
    grid = raster.grid
    bounds = (x0, y0 + grid.height * dy, x0 + grid.width * dx, y0)
    result = gdal.Warp("", str(path), format="MEM", width=grid.width, height=grid.height, outputBounds=bounds,
                       resampleAlg=algorithm, srcNodata=nodata, dstNodata=nodata)  # fmt: skip
    return result.ReadAsArray()


def assert_close(ours: Values, theirs: Values, edge: int = 2) -> None:
    """Compare resampled bands: rounding may differ by one digit, and the outermost pixels by how edges are treated."""
    inner = (slice(edge, -edge), slice(edge, -edge))
    assert np.abs(ours[inner].astype(int) - theirs[inner].astype(int)).max() <= 1


def band_file(root: Path, name: str) -> Path:
    return next(path for path in sorted(root.rglob("*")) if path.stem.endswith(name) and "QI_DATA" not in str(path))


WAYS: dict[str, Callable[[Path], str]] = {
    "folder": str,
    "folder-with-slash": lambda root: f"{root}/",
    "metadata": lambda root: str(root / "MTD_MSIL2A.xml"),
    "zip": lambda root: str(products.zip_folder(root)),
    "gdal-part": lambda root: f"SENTINEL2_L2A:{root}/MTD_MSIL2A.xml:10m:EPSG_32632",
    "gdal-part-in-zip": lambda root: (
        f"SENTINEL2_L2A:/vsizip/{products.zip_folder(root)}/{root.name}/MTD_MSIL2A.xml:10m:EPSG_32632"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_sentinel2_l2a(tmp_path: Path, way: str) -> None:
    root = products.sentinel2(tmp_path)
    path = WAYS[way](root)
    before = sorted(tmp_path.rglob("*"))
    assert is_product(path)
    raster = open_raster(path)
    assert [band.name for band in raster.bands] == [
        "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12", "AOT", "SCL", "WVP",
    ]  # fmt: skip
    assert (raster.level, raster.baseline, raster.name) == ("L2A", "05.11", root.name[:-5])
    assert (raster.grid.width, raster.grid.height) == (products.WIDTH, products.HEIGHT)
    assert raster.grid.geotransform == (products.LEFT, 10, 0, products.TOP, 0, -10)
    values, valid = read_all(raster, ["B04", "B8A", "B09", "SCL"])
    assert valid.all()
    np.testing.assert_array_equal(values[0], products.band_values("B04", 10))
    assert_close(values[1], warped(band_file(root, "B8A_20m"), raster))
    assert_close(values[2], warped(band_file(root, "B09_60m"), raster), edge=4)
    # a class number must not be mixed with its neighbour's
    np.testing.assert_array_equal(values[3], products.band_values("SCL", 20).repeat(2, 0).repeat(2, 1))
    assert sorted(tmp_path.rglob("*")) == before, "nothing is written"


def test_a_part_of_20_m_has_its_own_grid(tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path)
    raster = open_raster(f"SENTINEL2_L2A:{root}/MTD_MSIL2A.xml:20m:EPSG_32632")
    assert raster.grid.width == products.WIDTH // 2
    values, _ = read_all(raster, ["B04", "B8A"])
    np.testing.assert_array_equal(values, [products.band_values(name, 20) for name in ("B04", "B8A")])


@pytest.mark.parametrize("picked", ["B8A_20m", "B04_10m", "B09_60m"])
def test_any_band_file_of_a_product(tmp_path: Path, picked: str) -> None:
    root = products.sentinel2(tmp_path)
    file = band_file(root, picked)
    alone = open_raster(str(file))
    assert [band.name for band in alone.bands] == [picked[:3]]
    assert alone.bands[0].scale == 0.0001
    stack = open_siblings(alone)
    assert stack is not None and stack.grid == alone.grid
    values, _ = read_all(stack, [picked[:3]])
    np.testing.assert_array_equal(values[0], gdal.Open(str(file)).ReadAsArray())
    if picked == "B8A_20m":  # the product's own 20 m version, not one made from 10 m
        np.testing.assert_array_equal(read_all(stack, ["B04"])[0][0], products.band_values("B04", 20))
        assert_close(read_all(stack, ["B08"])[0][0], warped(band_file(root, "B08_10m"), stack))


def test_sentinel2_l1c(tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path, "1C")
    raster = open_raster(str(root))
    assert len(raster.bands) == 13 and raster.level == "L1C"
    spec = InputSpec("x", "BCHW", (None, 13, None, None), "float32")
    assert choose_bands(spec, raster, "").numbers == tuple(range(1, 14))
    assert all((band.scale, round(band.offset, 6)) == (0.0001, -0.1) for band in raster.bands)
    assert all(band.harmonizing_offset == -1000 and band.nodata == 0 for band in raster.bands)


def test_a_card_without_names_gets_the_spectral_bands_only(tmp_path: Path) -> None:
    raster = open_raster(str(products.sentinel2(tmp_path)))
    spec = InputSpec("x", "BCHW", (None, 12, None, None), "float32")
    assert choose_bands(spec, raster, "").numbers == tuple(range(1, 13))


@pytest.mark.parametrize(
    ("baseline", "offset", "expected"),
    [("02.14", None, 0), ("03.01", -1000, 0), ("04.00", -1000, -1000), ("05.11", None, 0), ("99.99", -1000, -1000)],
)
def test_baselines(tmp_path: Path, baseline: str, offset: int | None, expected: int) -> None:
    raster = open_raster(str(products.sentinel2(tmp_path, "2A", baseline, offset)))
    red = raster.bands[3]
    assert raster.baseline == baseline
    assert (red.scale, red.offset * 10000, red.harmonizing_offset) == (0.0001, expected, expected)
    masks = {band.name: band for band in raster.bands if band.wavelength_um is None}
    assert masks["SCL"].is_categorical and masks["SCL"].harmonizing_offset == 0
    assert masks["AOT"].scale == 0.001


def test_no_data_is_not_mixed_into_its_neighbours(tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path, hole=60)
    raster = open_raster(str(root))
    values, valid = read_all(raster, ["B04", "B8A"])
    assert not valid[:, :60].any() and valid[:, 60:].all()
    theirs = warped(band_file(root, "B8A_20m"), raster, nodata=0)
    assert values[1][:, 60:].min() >= products.band_values("B8A", 20).min()
    assert_close(values[1][:, 60:], theirs[:, 60:])


def test_a_product_on_the_models_grid(tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path)
    raster = resample_raster(open_raster(str(root)), 20.0)
    assert (raster.grid.width, raster.level) == (products.WIDTH // 2, "L2A")
    assert raster.bands[3].harmonizing_offset == -1000
    values, _ = read_all(raster, ["B04"])
    assert_close(values[0], warped(band_file(root, "B04_10m"), raster))


def test_several_tiles_in_one_product(tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path, "1C")
    first = next((root / "GRANULE").glob("L1C_*"))
    other = first.with_name("L1C_T33TUN_A038765_20240830T100558")
    shutil.copytree(first, other)
    with pytest.raises(RasterError, match=r"holds 2 tiles: choose a band file of one of them.*L1C_T32TPS"):
        open_raster(str(root))
    stack = open_siblings(open_raster(str(next(other.rglob("*_B05.*")))))
    assert stack is not None and len(stack.bands) == 13


def test_broken_products(tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path)
    shutil.rmtree(root / "GRANULE")
    with pytest.raises(RasterError, match="holds no images below GRANULE: is the download complete"):
        open_raster(str(root))
    broken = tmp_path / "cut.zip"
    broken.write_bytes(b"PK\x03\x04 no zip at all")
    with pytest.raises(RasterError, match=r"cut\.zip can't be"):
        open_raster(str(broken))
    empty = tmp_path / "empty"
    empty.mkdir()
    assert not is_product(str(empty))
    with pytest.raises(RasterError, match=r"holds no MTD_MSIL1C\.xml or MTD_MSIL2A\.xml: check the path"):
        open_raster(str(empty / "MTD_MSIL2A.xml"))
    with pytest.raises(RasterError, match="empty can't be opened"):
        open_raster(str(empty))
    (tmp_path / "LC09_L2SP_010065_20220129_20220131_02_T1_MTL.txt").write_text("GROUP = LANDSAT_METADATA_FILE")
    with pytest.raises(RasterError, match="holds no band files of Landsat"):
        open_raster(str(tmp_path / "LC09_L2SP_010065_20220129_20220131_02_T1_MTL.txt"))


LANDSAT_WAYS: dict[str, Callable[[Path], str]] = {
    "folder": str,
    "txt": lambda root: str(next(root.glob("*_MTL.txt"))),
    "tar": lambda root: str(products.tar_folder(root)),
    "picked": lambda root: str(next(root.glob("*_SR_B3.TIF"))),
}


@pytest.mark.parametrize("way", LANDSAT_WAYS)
@pytest.mark.parametrize("sensor", ["OLI", "TM", "ETM"])
def test_landsat(tmp_path: Path, sensor: str, way: str) -> None:
    root = products.landsat(tmp_path, sensor)
    raster = open_raster(LANDSAT_WAYS[way](root))
    if way == "picked":
        assert raster.bands[0].scale == 2.75e-05
        raster = open_siblings(raster) or raster
    assert raster.level == "L2SP"
    names = {band.name: band for band in raster.bands}
    assert (names["SR_B3"].scale, names["SR_B3"].offset, names["SR_B3"].nodata) == (2.75e-05, -0.2, 0)
    assert names["QA_PIXEL"].is_categorical
    assert names["QA_PIXEL"].nodata == 1
    thermal = names["ST_B10" if sensor == "OLI" else "ST_B6"]
    assert (thermal.scale, thermal.offset) == (0.00341802, 149.0)
    spec = InputSpec(
        "x", "BCHW", (None, 3, None, None), "float32", bands=tuple(map(BandSpec, ("red", "nir", "swir16")))
    )
    numbers = choose_bands(spec, raster, "").numbers
    expected = ("SR_B4", "SR_B5", "SR_B6") if sensor == "OLI" else ("SR_B3", "SR_B4", "SR_B5")
    assert tuple(raster.bands[number - 1].name for number in numbers) == expected
    values, _ = read_all(raster, list(expected))
    np.testing.assert_array_equal(values, [products.band_values(name, 30) + 6000 for name in expected])


@pytest.mark.parametrize("kind", ["txt", "json", "xml"])
def test_landsat_metadata_files_say_the_same(tmp_path: Path, kind: str) -> None:
    root = products.landsat(tmp_path, "OLI", (kind,))
    mtl = next(root.glob(f"*_MTL.{kind}"))
    # other numbers than usual, to see that they are read at all
    mtl.write_text(mtl.read_text().replace("2.75e-05", "3.5e-05"))
    raster = open_raster(str(mtl))
    assert {band.scale for band in raster.bands if band.name.startswith("SR_")} == {3.5e-05}


def test_landsat_level_1_divides_by_the_sun(tmp_path: Path) -> None:
    name = "LC08_L1TP_010065_20220129_20220131_02_T1"
    for band, pixel in (("B4", 30), ("B5", 30), ("B8", 15)):
        products.write_band(tmp_path / f"{name}_{band}.TIF", products.band_values(band, pixel), pixel)
    (tmp_path / f"{name}_MTL.txt").write_text(
        "GROUP = LANDSAT_METADATA_FILE\n  GROUP = PRODUCT_CONTENTS\n    PROCESSING_LEVEL = \"L1TP\"\n"
        "  END_GROUP = PRODUCT_CONTENTS\n  GROUP = IMAGE_ATTRIBUTES\n    SUN_ELEVATION = 30.0\n"
        "  END_GROUP = IMAGE_ATTRIBUTES\n  GROUP = LEVEL1_RADIOMETRIC_RESCALING\n"
        "    REFLECTANCE_MULT_BAND_4 = 2.0E-05\n    REFLECTANCE_ADD_BAND_4 = -0.1\n"
        "  END_GROUP = LEVEL1_RADIOMETRIC_RESCALING\nEND_GROUP = LANDSAT_METADATA_FILE\n"
    )  # fmt: skip
    raster = open_raster(str(tmp_path))
    red = raster.bands[0]
    np.testing.assert_allclose((red.scale, red.offset), (4.0e-05, -0.2))  # the sine of 30° is a half
    assert [band.name for band in raster.bands] == ["B4", "B5", "B8"]
    assert (raster.bands[1].scale, raster.bands[1].offset) == (1.0, 0.0)


def test_landsat_pan_band_does_not_set_the_grid(tmp_path: Path) -> None:
    name = "LE07_L1TP_021030_20100109_20200911_02_T1"
    for band, pixel in (("B2", 30), ("B3", 30), ("B8", 15)):
        products.write_band(tmp_path / f"{name}_{band}.TIF", products.band_values(band, pixel), pixel)
    assert open_raster(str(tmp_path)).grid.geotransform[1] == 30


def test_several_landsat_scenes_in_a_folder(tmp_path: Path) -> None:
    for sensor in ("OLI", "TM"):
        root = products.landsat(tmp_path / "all", sensor)
        for path in root.iterdir():
            path.rename(tmp_path / path.name)
    with pytest.raises(RasterError, match=r"holds 2 Landsat scenes: choose a file of one of them: LC09.*LT05"):
        open_raster(str(tmp_path))
    mtl = tmp_path / f"{products.LANDSAT_NAMES['TM']}_MTL.txt"
    assert {band.name for band in open_raster(str(mtl)).bands} >= {"SR_B1", "ST_B6"}


def test_plain_rasters_stay_what_they_are(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "plain.tif", np.ones((2, 4, 4), np.uint16))
    assert not is_product(str(path)) and not is_product("no such file.tif") and not is_product("<VRTDataset>" * 1000)
    assert open_siblings(open_raster(str(path))) is None


@pytest.mark.parametrize("city", ["norcia", "saclay_e"])
def test_real_band_files(shared_data: Path, city: str) -> None:
    folder = shared_data / "oscd" / city / "1"
    picked = next(folder.glob("*_B02.tif"))
    stack = open_siblings(open_raster(str(picked)))
    assert stack is not None and len(stack.bands) == 13
    assert stack.grid == open_raster(str(picked)).grid
    values, _ = read_all(stack, ["B02", "B04", "B11", "B09"])
    np.testing.assert_array_equal(values[0], gdal.Open(str(picked)).ReadAsArray())
    for place, name in ((1, "B04"), (2, "B11")):
        theirs = warped(Path(str(picked).replace("_B02", f"_{name}")), stack)
        differ = np.abs(values[place][3:-3, 3:-3].astype(int) - theirs[3:-3, 3:-3])
        assert np.percentile(differ, 99) <= 1
    # without a product around them nothing says what the numbers mean
    assert {(band.scale, band.harmonizing_offset) for band in stack.bands} == {(1.0, 0.0)}


def test_real_bigearthnet_patch(shared_data: Path) -> None:
    folder = shared_data / "bigearthnet_tiny" / "tiny" / "S2B_MSIL2A_20170927T094019_66_56"
    stack = open_siblings(open_raster(str(folder / f"{folder.name}_B04.tif")))
    assert stack is not None
    assert [band.name for band in stack.bands] == [
        "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12",
    ]  # fmt: skip
    assert (stack.level, stack.grid.width) == ("L2A", 120)


def test_gdals_exceptions_change_nothing(tmp_path: Path) -> None:
    """QGIS and its plugins may switch them on for the whole process."""
    root = products.sentinel2(tmp_path)
    before = gdal.GetUseExceptions()
    gdal.UseExceptions()
    try:
        assert len(open_raster(str(products.zip_folder(root))).bands) == 15
        stack = open_siblings(open_raster(str(band_file(root, "B04_10m"))))
        assert stack is not None and len(stack.bands) == 15
        (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 no zip at all")
        for name in ("cut.zip", "nothing.zip", "nothing.tif"):
            with pytest.raises(RasterError, match=f"{name} can't be"):
                open_raster(str(tmp_path / name))
        assert not is_product(str(tmp_path / "nothing.SAFE"))
    finally:
        if not before:
            gdal.DontUseExceptions()
