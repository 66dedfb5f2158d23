"""What stored numbers become: the decision, the sentence about it, and the warning when pixels can't be meant."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunSettings, load_model, read_options, segment
from geonnx.models.card.types import BandSpec, InputSpec, Scaling
from geonnx.models.errors import RasterError
from geonnx.models.feedback import Feedback
from geonnx.models.feeds import ImageSource
from geonnx.models.raster.bands import choose_bands
from geonnx.models.raster.products import open_raster
from geonnx.models.scaling import band_transforms, write_plane
from geonnx.models.settings import RunOptions
from geonnx.models.values import check_values, explain_values
from osgeo import gdal

from .. import products, tiny_models
from ..rasters import noise, write_raster

# EuroSAT-like statistics of red, near infrared: reflectance × 10000
DN_SCALING = (Scaling("z-score", mean=950.0, stddev=590.0), Scaling("z-score", mean=2300.0, stddev=1100.0))


def image(*bands: str, **more: Any) -> InputSpec:
    return InputSpec("x", "BCHW", (None, len(bands), None, None), "float32", bands=tuple(map(BandSpec, bands)), **more)


def source(spec: InputSpec, path: Path | str, options: RunOptions | None = None, bands: str = "") -> ImageSource:
    options = options or RunOptions()
    raster = open_raster(str(path))
    choice = choose_bands(spec, raster, bands)
    chosen = [raster.bands[number - 1] for number in choice.numbers]
    return ImageSource(raster, choice, band_transforms(spec, chosen, scale=options.scale, offset=options.offset))


def fed(image_source: ImageSource, stored: np.ndarray) -> np.ndarray:
    """Return what the network gets for the same stored numbers in each band."""
    out = np.empty((len(image_source.transforms), len(stored)), np.float32)
    for row, transform in zip(out, image_source.transforms):
        write_plane(row, stored, transform, None, 0)
    return out


STORED = np.array([1, 1000, 1452, 5000, 20000], np.uint16)


@pytest.mark.parametrize(("baseline", "offset"), [("03.01", None), ("05.11", -1000)])
@pytest.mark.parametrize("level", ["1C", "2A"])
def test_sentinel2(tmp_path: Path, level: str, baseline: str, offset: int | None) -> None:
    root = products.sentinel2(tmp_path, level, baseline, offset)
    shift = offset or 0
    reflectance = image("red", "nir", reflectance=True)
    np.testing.assert_allclose(
        fed(source(reflectance, root), STORED)[1], (STORED.astype(float) + shift) / 10000, atol=1e-6
    )
    # a model in reflectance × 10000 gets the same for scenes of all baselines
    numbers = image("red", "nir", scaling=DN_SCALING)
    expected = (STORED.astype(float) + shift - 950) / 590
    np.testing.assert_allclose(fed(source(numbers, root), STORED)[0], expected, atol=1e-4)
    for text, scale, plus in (('{"offset": 0}', 1, 0), ('{"scale": 2}', 2, 0), ('{"scale": 0.5, "offset": 7}', 0.5, 7)):
        options = read_options(text)
        expected = (STORED.astype(float) * scale + plus - 950) / 590
        np.testing.assert_allclose(fed(source(numbers, root, options), STORED)[0], expected, atol=1e-4)
    said = explain_values(numbers, source(numbers, root), RunOptions())
    if offset:
        assert f"stored number − 1000 (Sentinel-2 MSI, processing baseline {baseline}), so that they mean" in said
        assert '{"offset": 0}' in said
    else:
        assert "stored numbers as they are; the scale and offset that the file gives" in said
    said = explain_values(reflectance, source(reflectance, root), RunOptions())
    assert f"reflectance = stored number × 0.0001{' − 0.1' if offset else ''} (Sentinel-2 MSI, processing" in said


def test_integer_tensors_end_at_zero(tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path)
    spec = InputSpec("x", "BCHW", (None, 1, None, None), "uint16", bands=(BandSpec("B04"),))
    view = np.empty(len(STORED), np.uint16)
    write_plane(view, STORED, source(spec, root).transforms[0], None, 0)
    np.testing.assert_array_equal(view, [0, 0, 452, 4000, 19000])


def test_landsat(tmp_path: Path) -> None:
    root = products.landsat(tmp_path)
    spec = image("red", "nir", reflectance=True)
    chosen = source(spec, root)
    stored = np.array([7273, 18639, 43636], np.uint16)
    np.testing.assert_allclose(fed(chosen, stored)[0], [0.0, 0.312573, 1.0], atol=1e-5)
    assert "reflectance = stored number × 2.75e-05 − 0.2 (Landsat OLI, L2SP)" in explain_values(
        spec, chosen, RunOptions()
    )
    numbers = image("red", "nir")
    np.testing.assert_array_equal(fed(source(numbers, root), stored)[0], stored)


def test_loose_band_files_say_nothing_of_their_values(tmp_path: Path) -> None:
    root = products.sentinel2(tmp_path)
    loose = tmp_path / "loose"
    loose.mkdir()
    for path in root.rglob("*_10m.*"):
        path.rename(loose / path.name)
    model = tiny_models.box(tmp_path / "m.onnx", classes=3)
    tiny_models.write_mlm(model, bands=["red", "green", "blue"], classes=[(i, f"c{i}") for i in range(3)])
    warnings: list[str] = []
    picked = next(loose.glob("*_B03_*"))
    segment(load_model(model), str(picked), str(tmp_path / "o.tif"), feedback=Feedback(warn=warnings.append))
    assert any("is from 2024-08-30" in text and '"offset": -1000' in text for text in warnings)
    warnings.clear()
    settings = RunSettings(options=read_options('{"offset": -1000}'))
    segment(load_model(model), str(picked), str(tmp_path / "p.tif"), settings, feedback=Feedback(warn=warnings.append))
    assert not warnings
    with pytest.raises(RasterError, match="does not say their scale"):
        source(image("B03", reflectance=True), picked)


NUMBERS = noise(2, 200, 300, "float32") * 4000 + 200


@pytest.mark.parametrize(
    ("values", "scaling", "reflectance", "expected"),
    [
        # right: silence
        (NUMBERS, DN_SCALING, False, None),
        (NUMBERS / 10000, (Scaling("min-max", minimum=0, maximum=1),), True, None),
        (NUMBERS, (Scaling("min-max", minimum=0, maximum=10000),), False, None),
        (NUMBERS, (Scaling("scale", value=10000),), False, None),
        (NUMBERS, (), False, None),
        (NUMBERS / 10000, (), True, None),
        (NUMBERS, (Scaling("clip", minimum=0, maximum=10000),), False, None),
        # wrong: a warning, and what mends it
        (NUMBERS, (Scaling("min-max", minimum=0, maximum=1),), False, r"100% .* above the training maximum 1, median.*"
         r'reflectance × 10000\? Then say OPTIONS=\{"scale": 0\.0001\}'),
        (NUMBERS, (), True, r'above the sensible maximum 2,.*OPTIONS=\{"scale": 0\.0001\}'),
        (NUMBERS, (Scaling("z-score", mean=0.1, stddev=0.06), Scaling("z-score", mean=0.23, stddev=0.11)), True,
         r'6 standard deviations above the training mean 0\.1,.*and 1 of the other.*"scale": 0\.0001'),
        (NUMBERS / 10000, DN_SCALING, False, r'within 0\.05 standard deviations of each other.*"scale": 10000'),
        (NUMBERS / 10000, (Scaling("min-max", minimum=0, maximum=10000),), False, r"0\.1% of the training range"),
        (NUMBERS / 10000, (Scaling("scale", value=10000),), False, r'nothing above 0\.001 is left.*"scale": 10000'),
        (NUMBERS + 300, (Scaling("scale", value=255),), False, r"above the sensible maximum 510,.*compare the image"),
        (NUMBERS / 4300, (Scaling("clip", minimum=0, maximum=0.3),), False, r"\d% .* above the training maximum 0\.3"),
        (NUMBERS, (Scaling("clip-min", minimum=99999),), False, r"100% .* below the training minimum 99999"),
    ],
)  # fmt: skip
def test_warnings(tmp_path: Path, values: Any, scaling: Any, reflectance: bool, expected: str | None) -> None:
    path = write_raster(tmp_path / "scene.tif", values.astype(np.float32), names=["B04", "B08"])
    spec = image("red", "nir", scaling=scaling, reflectance=reflectance)
    chosen = source(spec, path)
    text = check_values(spec, chosen, RunOptions(), chosen.raster.grid.window)
    if expected is None:
        assert text == ""
    else:
        assert re.search(expected, text), text
        assert text.startswith("scene.tif, band 1 (B04) as red: ")


def test_what_a_warning_says_mends_it(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "bytes.tif", noise(2, 200, 300, "uint8"), names=["B04", "B08"])
    spec = image("red", "nir", scaling=(Scaling("z-score", mean=0.45, stddev=0.22),))
    chosen = source(spec, path)
    text = check_values(spec, chosen, RunOptions(), chosen.raster.grid.window)
    assert "stored as bytes from 0 to 255" in text
    options = read_options(text[text.index("OPTIONS=") + 8 :].rstrip("."))
    assert options.scale == pytest.approx(1 / 255, rel=1e-5)
    mended = source(spec, path, options)
    assert check_values(spec, mended, options, mended.raster.grid.window) == ""


BYTES = "holds bytes from 0 to 255, as pictures for the eye (TCI) do, and the model expects values up to about"


@pytest.mark.parametrize(
    ("scaling", "reflectance", "options", "expected"),
    [
        (DN_SCALING, False, {}, f"{BYTES} 4500 (such as reflectance × 10000): "),
        ((Scaling("scale", value=10000),), False, {}, f"{BYTES} 10000 (such as"),
        ((Scaling("min-max", minimum=0, maximum=10000),), False, {}, f"{BYTES} 10000 (such as"),
        ((Scaling("clip", minimum=0, maximum=10000),), False, {}, f"{BYTES} 10000 (such as"),
        ((), True, {"scale": 0.0001}, f"{BYTES} 1 (reflectance): "),
        # right: bytes are what the card says, or OPTIONS says what they mean
        ((Scaling("z-score", mean=88, stddev=52), Scaling("z-score", mean=104, stddev=30)), False, {}, ""),
        ((Scaling("scale", value=255),), False, {}, ""),
        ((Scaling("min-max", minimum=0, maximum=255),), False, {}, ""),
        ((), False, {}, ""),
        (DN_SCALING, False, {"scale": 14}, ""),
        ((), True, {"scale": 0.0014}, ""),
    ],
)  # fmt: skip
def test_bytes(tmp_path: Path, scaling: Any, reflectance: bool, options: Any, expected: str) -> None:
    """A true-colour image where the card expects reflectance × 10000."""
    path = write_raster(tmp_path / "tci.tif", noise(2, 200, 300, "uint8"), names=["B04", "B08"])
    spec = image("red", "nir", scaling=scaling, reflectance=reflectance)
    run_options = RunOptions(**options)
    chosen = source(spec, path, run_options)
    text = check_values(spec, chosen, run_options, chosen.raster.grid.window)
    assert text.startswith(f"tci.tif {expected}") if expected else text == ""
    if reflectance:
        with pytest.raises(RasterError, match="holds bytes from 0 to 255, as pictures for the eye"):
            source(spec, path)


def test_the_offset_of_products_is_not_asked_of_pictures(tmp_path: Path) -> None:
    values = noise(3, 64, 64, "uint8")
    path = write_raster(tmp_path / "T31TEJ_20240830T105031_TCI_10m.tif", values, names=["B04", "B03", "B02"])
    model = tiny_models.box(tmp_path / "m.onnx", classes=3)
    tiny_models.write_mlm(model, bands=["B04", "B03", "B02"], classes=[(i, f"c{i}") for i in range(3)])
    warnings: list[str] = []
    segment(load_model(model), str(path), str(tmp_path / "o.tif"), feedback=Feedback(warn=warnings.append))
    assert not [text for text in warnings if "MTD_MSI" in text]


def test_nodata_and_other_parts_are_not_sampled(tmp_path: Path) -> None:
    values = NUMBERS.copy()
    values[:, :, :150] = -9999
    values[:, :, 150:225] = 1e7
    path = write_raster(tmp_path / "scene.tif", values, names=["B04", "B08"], nodata=-9999)
    spec = image("red", "nir", scaling=DN_SCALING)
    chosen = source(spec, path)
    window = type(chosen.raster.grid.window)
    assert check_values(spec, chosen, RunOptions(), window(225, 0, 75, 200)) == ""
    assert check_values(spec, chosen, RunOptions(), window(0, 0, 150, 200)) == ""
    assert "above the training mean" in check_values(spec, chosen, RunOptions(), window(150, 0, 75, 200))


@pytest.mark.parametrize("options", [["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"], [], ["INTERLEAVE=BAND"]])
def test_the_look_is_cheap(tmp_path: Path, options: list[str]) -> None:
    """A raster of 12288 × 12288 px, mostly sparse so that the test need not write it all."""
    path = tmp_path / "large.tif"
    driver = gdal.GetDriverByName("GTiff")
    more = ["COMPRESS=DEFLATE", "PHOTOMETRIC=MINISBLACK", "SPARSE_OK=TRUE", *options]
    dataset = driver.Create(str(path), 12288, 12288, 4, gdal.GDT_UInt16, more)
    dataset.SetGeoTransform((5e5, 10, 0, 52e5, 0, -10))
    dataset.SetProjection(products.crs_wkt(32632))
    strip = noise(1, 512, 12288, "uint16")[0]
    for number, name in enumerate(("B02", "B03", "B04", "B08"), start=1):
        dataset.GetRasterBand(number).SetDescription(name)
        for row in (2304, 5888, 9600):
            dataset.GetRasterBand(number).WriteArray(strip, 0, row)
    dataset.FlushCache()
    del dataset
    spec = image("red", "green", "blue", "nir", scaling=(Scaling("z-score", mean=0.1, stddev=0.05),))
    chosen = source(spec, path)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        text = check_values(spec, chosen, RunOptions(), chosen.raster.grid.window)
        times.append(time.perf_counter() - started)
    print(f"{min(times) * 1000:.0f} ms {options}")
    assert "above the training mean" in text
    assert min(times) < 0.1


def test_a_run_says_it(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "scene.tif", noise(3, 64, 64, "uint16"), names=["B04", "B03", "B02"])
    model = tiny_models.box(tmp_path / "m.onnx", classes=3)
    tiny_models.write_mlm(
        model,
        bands=["B04", "B03", "B02"],
        classes=[(i, f"c{i}") for i in range(3)],
        scaling=[{"type": "min-max", "minimum": 0, "maximum": 1}],
    )
    said: list[str] = []
    warned: list[str] = []
    segment(
        load_model(model), str(path), str(tmp_path / "o.tif"), feedback=Feedback(log=said.append, warn=warned.append)
    )
    assert any(text == "Values of scene.tif: stored numbers as they are." for text in said)
    assert any("above the training maximum 1" in text and "and 2 of the other bands" in text for text in warned)


@pytest.mark.parametrize("scale", [1.0, 0.0001])
def test_real_scenes(shared_data: Path, scale: float) -> None:
    """A model in reflectance × 10000 on real images: silent as they are, warning when they are made reflectance."""
    spec = image("red", "nir", scaling=DN_SCALING)
    for path, bands in (
        (shared_data / "boadella" / "Boadella_2021-07-21.tif", "4,8"),
        (shared_data / "eurosat_ms_small" / "Forest" / "Forest_1.tif", "4,8"),
        (shared_data / "ftw_test" / "inference-img.tif", "1,4"),
        (shared_data / "leipzig_s2_points" / "leipzig_raster.tif", "b04,b08"),
    ):
        options = RunOptions(scale=scale)
        chosen = source(spec, path, options, bands)
        text = check_values(spec, chosen, options, chosen.raster.grid.window)
        assert bool(text) == (scale != 1), (path.name, text)
        if text:
            assert 'Then say OPTIONS={"scale": 1}' in text
