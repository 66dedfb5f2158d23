"""Settings, devices, bands and scaling: each checked against the definition, each mistake one clear sentence."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunSettings, read_options
from geonnx.models.card.types import BandSpec, InputSpec, Scaling
from geonnx.models.errors import Cancelled, DeviceError, RasterError, SettingsError
from geonnx.models.pipeline import run_pipeline
from geonnx.models.raster.bands import choose_bands
from geonnx.models.raster.cache import block_cache
from geonnx.models.raster.source import BandInfo, describe_raster
from geonnx.models.runtime.devices import parse_device
from geonnx.models.scaling import band_transforms, write_plane
from osgeo import gdal

from ..rasters import noise, write_raster

CPU_ONLY = ["AzureExecutionProvider", "CPUExecutionProvider"]
WITH_CUDA = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "should be a JSON object"),
        ("[1]", "should be a JSON object"),
        ('{"thread": 1}', "OPTIONS has no 'thread'; known are cloud_bands, compress, .*; perhaps threads is meant"),
        ('{"Compress": "ZSTD"}', "OPTIONS has no 'Compress'; .*; perhaps compress is meant"),
        ('{"quux": 1}', r"OPTIONS has no 'quux'; known are .*, tta\.$"),
        ('{"cloud_bands": 5}', "cloud_bands should be text or a list of numbers and names; found 5"),
        ('{"cloud_bands": null}', "cloud_bands should be text or a list of numbers and names; found null"),
        ('{"threads": "2"}', 'threads should be a whole number; found "2"'),
        ('{"threads": true}', "threads should be a whole number; found true"),
        ('{"threads": -1}', "threads should be from 0"),
        ('{"scale": 0}', "scale should not be 0"),
        ('{"scale": NaN}', "scale should be a finite number; found nan"),
        ('{"offset": 1e400}', "offset should be a finite number; found inf"),
        ('{"threshold": 1.5}', "threshold should lie between 0 and 1; found 1.5"),
        ('{"probability_dtype": "int8"}', "uint8 or float32"),
        ('{"overviews": 1}', "overviews should be true or false"),
    ],
)
def test_options(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_options(text)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tile_size": -1}, "TILE_SIZE is -1 px"),
        ({"tile_size": 99999}, "TILE_SIZE is 99999 px"),
        ({"batch_size": 5000}, "BATCH_SIZE is 5000"),
        ({"overlap": -2}, "OVERLAP is -2 px"),
        ({"merge": "mean"}, "MERGE is 'mean'"),
    ],
)
def test_settings(values: Any, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        RunSettings(**values)


def test_devices() -> None:
    assert parse_device("auto", CPU_ONLY).providers == ("CPUExecutionProvider",)
    assert parse_device("", WITH_CUDA).providers == ("CUDAExecutionProvider", "CPUExecutionProvider")
    chosen = parse_device("CUDA:1", WITH_CUDA)
    assert (chosen.providers, chosen.device_index, chosen.strict) == (("CUDAExecutionProvider",), 1, True)
    assert parse_device("tensorrt", WITH_CUDA).providers == ("TensorrtExecutionProvider",)
    for word in ("gpu", "cpu:1", "cuda:x", "cuda:-1", "mps"):
        with pytest.raises(DeviceError, match="expected one of auto, tensorrt, cuda"):
            parse_device(word, WITH_CUDA)
    with pytest.raises(
        DeviceError, match=r"DEVICE is 'cuda', but onnxruntime \S+ is installed: .*pip install onnxruntime-gpu"
    ):
        parse_device("cuda", CPU_ONLY)


def image(bands: tuple[str, ...] = (), channels: int | None = None, **more: Any) -> InputSpec:
    return InputSpec(
        "image",
        "BCHW",
        (None, channels or len(bands) or None, None, None),
        "float32",
        bands=tuple(map(BandSpec, bands)),
        **more,
    )


def test_bands(tmp_path: Path) -> None:
    sentinel2 = describe_raster(
        str(write_raster(tmp_path / "s2.tif", noise(5, 4, 4), names=["B02", "B03", "B04", "B08", "B8A"]))
    )
    assert choose_bands(image(("red", "green", "blue")), sentinel2, "").numbers == (3, 2, 1)
    assert choose_bands(image(("B4", "B8", "nir08")), sentinel2, "").numbers == (3, 4, 5)
    assert choose_bands(image(channels=2), sentinel2, "B08, 1").numbers == (4, 1)
    assert choose_bands(image(channels=2), sentinel2, "nir,nir").numbers == (4, 4)
    for spec, requested, error, message in [
        (image(("red", "swir16")), "", RasterError, r"needs the band swir16; s2\.tif has 1 \(B02\)"),
        (image(channels=3), "", RasterError, r"takes 3 bands; s2\.tif has 5"),
        (image(channels=3), "1,2", SettingsError, "BANDS names 2 bands; the model takes 3"),
        (image(channels=1), "6", SettingsError, "BANDS asks for '6'"),
        (image(channels=1), "0", SettingsError, "BANDS asks for '0'"),
        (image(channels=2), "B02,,", SettingsError, "BANDS asks for ''"),
        (image(channels=1), "thermal", SettingsError, "BANDS asks for 'thermal'"),
    ]:
        with pytest.raises(error, match=message):
            choose_bands(spec, sentinel2, requested)
    unnamed = describe_raster(str(write_raster(tmp_path / "plain.tif", noise(2, 4, 4, "int16"))))
    assumed = choose_bands(image(("a", "b")), unnamed, "")
    assert (assumed.numbers, assumed.is_assumed) == ((1, 2), True)


def band(dtype: str, scale: float = 1.0, offset: float = 0.0) -> BandInfo:
    return BandInfo(1, "b", dtype, None, scale, offset, is_alpha=False, block=(4, 4))


@pytest.mark.parametrize(
    ("step", "formula"),
    [
        (None, lambda x: x),
        (Scaling("min-max", minimum=100, maximum=3000), lambda x: (x - 100) / 2900),
        (Scaling("z-score", mean=1354.4, stddev=245.7), lambda x: (x - 1354.4) / 245.7),
        (Scaling("clip", minimum=50, maximum=2000), lambda x: np.clip(x, 50, 2000)),
        (Scaling("clip-min", minimum=50), lambda x: np.maximum(x, 50)),
        (Scaling("clip-max", maximum=2000), lambda x: np.minimum(x, 2000)),
        (Scaling("offset", value=1000), lambda x: x - 1000),
        (Scaling("scale", value=10000), lambda x: x / 10000),
    ],
    ids=lambda value: value.type if isinstance(value, Scaling) else None,
)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
@pytest.mark.parametrize(("scale", "offset"), [(None, None), (2.0, -1000.0), (-0.5, 7.0)])
def test_scaling_is_the_cards(step: Any, formula: Any, dtype: str, scale: Any, offset: Any) -> None:
    stored = noise(1, 30, 20, dtype) if not dtype.startswith("float") else noise(1, 30, 20, dtype) * 4000
    spec = image(channels=1, scaling=(step,) if step else ())
    (transform,) = band_transforms(spec, [band(dtype)], scale=scale, offset=offset)
    view = np.empty((30, 20), np.float32)
    valid = np.ones((30, 20), bool)
    valid[0, 0] = False
    write_plane(view, stored[0], transform, valid, -7)
    physical = stored.astype(np.float64) * (1 if scale is None else scale) + (offset or 0)
    expected = formula(physical)
    expected[0, 0, 0] = -7
    np.testing.assert_allclose(
        view, expected[0], rtol=1e-5, atol=1e-3 if step is None or step.type != "scale" else 1e-6
    )


def test_reflectance_uses_the_files_own_scale() -> None:
    spec = image(channels=1, reflectance=True)
    (own,) = band_transforms(spec, [band("uint16", 0.0001, -0.1)], scale=None, offset=None)
    view = np.empty((1, 2), np.float32)
    write_plane(view, np.array([[1000, 11000]], np.uint16), own, None, 0)
    np.testing.assert_allclose(view[0], [0.0, 1.0], atol=1e-6)
    with pytest.raises(RasterError, match="does not say their scale"):
        band_transforms(spec, [band("uint16")], scale=None, offset=None)


def test_integer_tensors_do_not_wrap_around() -> None:
    spec = InputSpec("image", "BCHW", (None, 1, None, None), "uint8")
    with pytest.raises(RasterError, match="takes uint8 values; band 1 holds uint16"):
        band_transforms(spec, [band("uint16")], scale=None, offset=None)
    (scaled,) = band_transforms(spec, [band("uint16")], scale=0.1, offset=None)
    view = np.empty((1, 3), np.uint8)
    write_plane(view, np.array([[0, 126, 9999]], np.uint16), scaled, None, 0)
    np.testing.assert_array_equal(view[0], [0, 13, 255])


def never() -> bool:
    return False


def test_pipeline_keeps_the_order_and_bounds_the_queue() -> None:
    waiting = most = 0
    lock = threading.Lock()
    written: list[int] = []

    def read(item: int) -> int:
        nonlocal waiting, most
        with lock:
            waiting += 1
            most = max(most, waiting)
        return item

    def write(item: int) -> None:
        nonlocal waiting
        time.sleep(0.002)
        with lock:
            waiting -= 1
        written.append(item)

    run_pipeline(range(50), read, lambda item: item * 2, write, cancelled=never)
    assert written == [item * 2 for item in range(50)]
    assert most <= 8


@pytest.mark.parametrize("stage", ["read", "infer", "write", "items"])
def test_pipeline_raises_the_first_error_and_leaves_no_thread(stage: str) -> None:
    before = threading.active_count()

    def fail_at(name: str) -> Any:
        def step(item: int) -> int:
            if stage == name and item == 7:
                raise ValueError(name)
            return item

        return step

    def items() -> Any:
        for item in range(100):
            if stage == "items" and item == 7:
                raise ValueError("items")
            yield item

    with pytest.raises(ValueError, match=stage):
        run_pipeline(items(), fail_at("read"), fail_at("infer"), fail_at("write"), cancelled=never)
    assert threading.active_count() == before


def test_pipeline_cancel() -> None:
    done: list[int] = []
    with pytest.raises(Cancelled):
        run_pipeline(range(10**6), lambda i: i, lambda i: i, done.append, cancelled=lambda: len(done) > 3)
    assert len(done) < 20


def test_block_cache_is_put_back() -> None:
    before = gdal.GetCacheMax()
    with block_cache(64 << 20):
        assert gdal.GetCacheMax() == 64 << 20
        with block_cache(32 << 20):
            assert gdal.GetCacheMax() == 64 << 20
        assert gdal.GetCacheMax() == 64 << 20
    assert gdal.GetCacheMax() == before
