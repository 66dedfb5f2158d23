"""A device with too little memory: smaller batches, then smaller tiles, and the same map all the same."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from geonnx.models import Feedback, RunOptions, RunSettings, load_model, segment
from geonnx.models.errors import DeviceMemoryError, ModelError
from geonnx.models.runtime import session

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import identity, unet


class SmallDevice:
    """onnxruntime's session, on a device that holds so many pixels at a time."""

    def __init__(self, real: Any, most_pixels: int, message: str) -> None:
        self._real, self._most, self._message = real, most_pixels, message

    def run(self, names: Any, tensors: dict[str, Any]) -> Any:
        largest = max(
            tensor.shape[0] * tensor.shape[-1] * tensor.shape[-2] for tensor in tensors.values() if tensor.ndim == 4
        )
        if largest > self._most:
            raise RuntimeError(self._message)
        return self._real.run(names, tensors)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.fixture()
def small_device(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(most_pixels: int, message: str = "Failed to allocate memory for requested buffer of size 99") -> None:
        load = session._load
        monkeypatch.setattr(session, "_load", lambda *args: SmallDevice(load(*args), most_pixels, message))

    return make


@pytest.mark.parametrize("message", [
    "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : bfc_arena.cc AllocateRawInternal Failed to allocate memory for "
    "requested buffer of size 1073741824",
    "CUDA failure 2: out of memory ; GPU=0",
    "std::bad_alloc",
])  # fmt: skip
@pytest.mark.parametrize("fold", [True, False])
def test_the_batch_is_halved(tmp_path: Path, small_device: Any, message: str, fold: bool) -> None:
    model = unet(tmp_path / "m.onnx", classes=4, levels=1, mlm=True)
    raster = write_raster(tmp_path / "a.tif", noise(3, 200, 300))
    options = RunOptions(fold=fold)
    segment(load_model(model), str(raster), str(tmp_path / "large.tif"), RunSettings(tile_size=64, options=options))
    small_device(3 * 64 * 64, message)
    warnings: list[str] = []
    segment(
        load_model(model),
        str(raster),
        str(tmp_path / "small.tif"),
        RunSettings(tile_size=64, batch_size=8, options=options),
        feedback=Feedback(warn=warnings.append),
    )
    said = [text for text in warnings if "enough memory" in text]
    assert [text.split(" for ")[1][:10] for text in said] == ["8 tiles at", "4 tiles at"]
    assert said[-1].endswith("the run goes on with 2.")
    assert (read_raster(tmp_path / "small.tif") == read_raster(tmp_path / "large.tif")).all()


def test_tiles_get_smaller_where_that_is_left_open(tmp_path: Path, small_device: Any) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    values = noise(3, 300, 400)
    raster = write_raster(tmp_path / "a.tif", values)
    small_device(200 * 200)
    warnings: list[str] = []
    feedback = Feedback(warn=warnings.append)
    segment(load_model(model), str(raster), str(tmp_path / "o.tif"), RunSettings(overlap=8), feedback=feedback)
    assert [text for text in warnings if "tiles of 128 px are used" in text]
    assert (read_raster(tmp_path / "o.tif")[0] == values.argmax(axis=0)).all()
    with pytest.raises(DeviceMemoryError, match="Failed to allocate memory"):
        segment(load_model(model), str(raster), str(tmp_path / "p.tif"), RunSettings(tile_size=256))
    assert not (tmp_path / "p.tif").exists()


def test_other_failures_are_not_taken_for_it(tmp_path: Path, small_device: Any) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    raster = write_raster(tmp_path / "a.tif", noise(3, 100, 100))
    small_device(1, "Got invalid dimensions for input: image")
    with pytest.raises((ModelError, Exception), match="invalid dimensions") as caught:
        segment(load_model(model), str(raster), str(tmp_path / "o.tif"), RunSettings(batch_size=2, tile_size=64))
    assert not isinstance(caught.value, DeviceMemoryError)


class CrowdedDevice:
    """onnxruntime's session, in a memory that holds one tile at a time."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._lock = threading.Lock()
        self._now = self.refused = 0

    def run(self, names: Any, tensors: dict[str, Any]) -> Any:
        with self._lock:
            self._now += 1
            self.refused += self._now > 1
            is_crowded = self._now > 1
        try:
            time.sleep(0.01)
            if is_crowded:
                raise RuntimeError("std::bad_alloc")
            return self._real.run(names, tensors)
        finally:
            with self._lock:
                self._now -= 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_tiles_run_one_after_the_other_where_two_do_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = unet(tmp_path / "m.onnx", classes=4, levels=1, mlm=True)
    raster = write_raster(tmp_path / "a.tif", noise(3, 200, 300))
    settings = RunSettings(tile_size=64, options=RunOptions(threads=2))
    segment(load_model(model), str(raster), str(tmp_path / "two.tif"), settings)
    load, devices = session._load, []

    def crowded(*args: Any) -> CrowdedDevice:
        devices.append(CrowdedDevice(load(*args)))
        return devices[-1]

    monkeypatch.setattr(session, "_load", crowded)
    warnings: list[str] = []
    feedback = Feedback(warn=warnings.append)
    segment(load_model(model), str(raster), str(tmp_path / "one.tif"), settings, feedback=feedback)
    assert sum("two batches side by side; they run one after the other" in text for text in warnings) == 1
    assert 1 <= devices[-1].refused <= 2
    assert (read_raster(tmp_path / "one.tif") == read_raster(tmp_path / "two.tif")).all()
