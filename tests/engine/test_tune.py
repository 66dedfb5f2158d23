"""How many tiles a GPU takes at a time is measured; a pretended one has a known cost of a call and of a tile."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import Feedback, RasterInputs, RunOptions, RunSettings, load_model
from geonnx.models.errors import Cancelled
from geonnx.models.plan import Plan, make_plan
from geonnx.models.tune import measure_batches, tune_batch

from ..rasters import noise, write_raster
from ..tiny_models import identity, unet


class PretendedDevice:
    """A network that takes a while for each call and for each tile, and has memory for some tiles only."""

    def __init__(self, call_s: float, tile_s: float, most: int = 1000) -> None:
        self._call_s, self._tile_s, self._most = call_s, tile_s, most
        self.sizes: list[int] = []

    def run(self, _names: Any, tensors: dict[str, Any]) -> list[Any]:
        count = len(tensors["image"])
        self.sizes.append(count)
        if count > self._most:
            raise RuntimeError("CUDA failure 2: out of memory")
        time.sleep(self._call_s + count * self._tile_s)
        return [np.zeros((count, 1), np.float32)]


def plan_on(device: PretendedDevice, folder: Path, tiles: int = 64, **settings: Any) -> Plan:
    model = load_model(identity(folder / "m.onnx", bands=3))
    edge = round(tiles**0.5) * 32
    raster = write_raster(folder / "a.tif", noise(3, edge, edge))
    more = {"tile_size": 32, "overlap": 0, **settings}
    output = next(spec for spec in model.card.outputs if spec.role == "classes")
    plan = make_plan(model, RasterInputs((str(raster),)), RunSettings(**more), outputs=(output,))
    session = replace(plan.prepared.session, handle=device, on_cpu=False)
    return replace(plan, prepared=replace(plan.prepared, session=session))


def test_a_dear_call_makes_large_batches_and_a_cheap_one_small_ones(tmp_path: Path) -> None:
    said: list[str] = []
    # 1: 21 ms a tile, 2: 11, 4: 6, 8: 3.5, 16: 2.25, 32: 1.6
    dear = tune_batch(plan_on(PretendedDevice(0.02, 0.001), tmp_path), Feedback(log=said.append))
    assert dear.batch == 32
    assert said[0].startswith("32 tile(s) at a time (milliseconds a tile by size of the batch: 1: 2")
    cheap = tune_batch(plan_on(PretendedDevice(0.0, 0.02), tmp_path), Feedback())
    assert cheap.batch == 1


def test_too_little_memory_ends_the_search(tmp_path: Path) -> None:
    device = PretendedDevice(0.02, 0.001, most=7)
    assert tune_batch(plan_on(device, tmp_path), Feedback()).batch == 4
    assert max(device.sizes) == 8


@pytest.mark.parametrize(("tiles", "settings", "batch"), [
    (49, {}, 4),
    (64, {"batch_size": 3}, 3),
    (64, {"options": RunOptions(resume=True)}, 4),
])  # fmt: skip
def test_nothing_is_measured_where_it_is_of_no_use(
    tmp_path: Path, tiles: int, settings: dict[str, Any], batch: int
) -> None:
    device = PretendedDevice(0.02, 0.001)
    plan = replace(plan_on(device, tmp_path, tiles, **settings), batch=batch)
    assert tune_batch(plan, Feedback()).batch == batch
    assert not device.sizes


def test_a_cpu_keeps_what_the_plan_says(tmp_path: Path) -> None:
    plan = plan_on(PretendedDevice(0.02, 0.001), tmp_path)
    session = replace(plan.prepared.session, on_cpu=True)
    assert tune_batch(replace(plan, prepared=replace(plan.prepared, session=session)), Feedback()).batch == 1


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        tune_batch(plan_on(PretendedDevice(0.0, 0.001), tmp_path), Feedback(cancelled=lambda: True))


def test_the_real_network_takes_the_batches_that_are_tried(tmp_path: Path) -> None:
    from geonnx.models.folding.fold import fold
    from geonnx.models.tasks.class_map import make_class_mapper
    from geonnx.models.tune import _one_tile

    model = load_model(unet(tmp_path / "m.onnx", classes=4, levels=1, mlm=True))
    raster = write_raster(tmp_path / "a.tif", noise(3, 300, 300), nodata=0)
    output = model.card.outputs[0]
    plan = make_plan(model, RasterInputs((str(raster),)), RunSettings(tile_size=64), outputs=(output,))
    plain = measure_batches(plan, _one_tile(plan), Feedback())
    wrapped = fold(plan, make_class_mapper(plan, output, ("classes",)), Feedback())[0]
    assert wrapped is not plan
    for found in (plain, measure_batches(wrapped, _one_tile(wrapped), Feedback())):
        assert list(found)[:2] == [1, 2]
        assert all(seconds > 0 for seconds in found.values())
