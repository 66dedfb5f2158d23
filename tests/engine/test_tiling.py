"""Tiled inference equals whole-image inference, and every pixel of a raster gets exactly one result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from geonnx.models import RunOptions, RunSettings, SegmentOutputs, load_model, segment
from geonnx.models.errors import SettingsError
from geonnx.models.raster.blend import make_merger
from geonnx.models.raster.grid import Window, plan_tiles
from numpy.typing import NDArray

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import box, cast_numbers, identity, identity_last, unet, unet_reach, write_mlm

AS_SCORES = {"geonnx:activation": "none"}


def run_whole(model: Path, values: NDArray[Any]) -> NDArray[Any]:
    """Return the output of bare onnxruntime on the whole image, without any tiling."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: values[np.newaxis]})[0][0]


def probabilities(model: Path, raster: Path, folder: Path, **settings: Any) -> NDArray[Any]:
    """Return the float32 probabilities that a run writes."""
    outputs = SegmentOutputs(str(folder / "classes.tif"), probabilities=str(folder / "probabilities.tif"))
    options = RunOptions(probability_dtype="float32")
    segment(load_model(model), str(raster), outputs, RunSettings(options=options, **settings))
    return read_raster(folder / "probabilities.tif")


@pytest.mark.parametrize(("tile", "overlap"), [(96, 16), (64, 0), (128, 32), (500, 4), (33, 16), (7, 3)])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (13, 977), (400, 301), (6, 6)])
@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_every_pixel_is_finished_once(tile: int, overlap: int, width: int, height: int, merge: Any) -> None:
    for target in (Window(0, 0, width, height), Window(width // 3, height // 4, width - width // 3, height // 2 or 1)):
        tiling = plan_tiles(target, Window(0, 0, width, height), tile, tile, overlap)
        merger = make_merger(merge, tiling)
        times = np.zeros((height, width), int)
        cores = np.zeros((height, width), int)
        ones = np.ones((1, tile, tile), np.float32)
        for tile_ in tiling.tiles():
            cores[tile_.core.y : tile_.core.bottom, tile_.core.x : tile_.core.right] += 1
            window, scores = merger.take(tile_, ones, tile_.read)
            times[window.y : window.bottom, window.x : window.right] += 1
            # weights of neighbours sum to one, at the raster's edge as well
            np.testing.assert_allclose(scores, 1, rtol=1e-5)
        inside = np.zeros((height, width), int)
        inside[target.y : target.bottom, target.x : target.right] = 1
        np.testing.assert_array_equal(times, inside)
        np.testing.assert_array_equal(cores, inside)


@pytest.mark.parametrize(("tile", "overlap"), [(96, 16), (128, 20), (57, 5)])
def test_cores_keep_the_overlap_from_tile_edges(tile: int, overlap: int) -> None:
    raster = Window(0, 0, 777, 401)
    for tile_ in plan_tiles(raster, raster, tile, tile, overlap).tiles():
        read, core = tile_.read, tile_.core
        assert core.x - read.x >= overlap or read.x == 0
        assert core.y - read.y >= overlap or read.y == 0
        assert read.right - core.right >= overlap or core.right == raster.right
        assert read.bottom - core.bottom >= overlap or core.bottom == raster.bottom


@pytest.mark.parametrize("swath", [None, 1, 2, 5])
def test_swaths_only_change_the_order(swath: int | None) -> None:
    raster = Window(0, 0, 1000, 700)
    tiling = plan_tiles(raster, raster, 128, 128, 16)
    plain = sorted((tile.row, tile.column) for tile in tiling.tiles())
    assert sorted((tile.row, tile.column) for tile in tiling.tiles(swath)) == plain
    assert len(plain) == len(tiling)


def test_overlap_that_leaves_nothing_is_refused() -> None:
    raster = Window(0, 0, 100, 100)
    with pytest.raises(SettingsError, match=r"OVERLAP is 32 px for a tile width of 64 px; expected 0 to 31 px"):
        plan_tiles(raster, raster, 64, 64, 32)


@pytest.mark.parametrize("merge", ["crop", "blend"])
@pytest.mark.parametrize(("height", "width"), [(200, 333), (97, 64)])
def test_box_filter_equals_the_whole_image(tmp_path: Path, merge: Any, height: int, width: int) -> None:
    model = box(tmp_path / "box.onnx")
    write_mlm(model, bands=[], channels=3, classes=[(0, "a"), (1, "b"), (2, "c")], activation="none")
    values = noise(3, height, width, "float32")
    raster = write_raster(tmp_path / "in.tif", values)
    got = probabilities(model, raster, tmp_path, tile_size=64, overlap=8, merge=merge)
    expected = run_whole(model, values)
    # away from the right and lower edge, where the last tile is padded, by the receptive field of 1 px
    compare = np.s_[:, : height - 1, : width - 1]
    if merge == "crop":
        np.testing.assert_array_equal(got[compare], expected[compare])
        np.testing.assert_array_equal(
            read_raster(tmp_path / "classes.tif")[0][compare[1:]], expected.argmax(axis=0)[compare[1:]]
        )
    else:
        np.testing.assert_allclose(got[compare], expected[compare], rtol=2e-6)


@pytest.mark.parametrize("source", ["crop", "extent"])
def test_unet_equals_the_whole_image_beyond_its_receptive_field(tmp_path: Path, source: str) -> None:
    levels = 2
    reach = unet_reach(levels)
    model = unet(tmp_path / "unet.onnx", levels=levels, width=4, classes=4)
    write_mlm(model, bands=[], channels=3, classes=[(i, f"c{i}") for i in range(4)], activation="none")
    height, width = 320, 448
    values = noise(3, height, width, "float32")
    raster = write_raster(tmp_path / "in.tif", values)
    overlap = -(-reach // 16) * 16
    settings: dict[str, Any] = {"tile_size": 128, "overlap": overlap}
    part = Window(0, 0, width, height)
    if source == "extent":
        part = Window(64, 32, 200, 170)
        x0, dx, _, y0, _, dy = 500000.0, 10.0, 0, 5200000.0, 0, -10.0
        settings["extent"] = (
            (x0 + part.x * dx, y0 + part.y * dy),
            (x0 + part.right * dx, y0 + part.bottom * dy),
        )
    got = probabilities(model, raster, tmp_path, **settings)
    expected = run_whole(model, values)
    assert got.shape == (4, part.height, part.width)
    right, bottom = min(part.right, width - reach), min(part.bottom, height - reach)
    inner = np.s_[:, part.y : bottom, part.x : right]
    np.testing.assert_allclose(
        got[:, : bottom - part.y, : right - part.x], expected[inner], rtol=1e-4, atol=1e-5, err_msg=f"reach {reach}"
    )


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (977, 13), (13, 977), (60, 31), (130, 257)])
def test_identity_returns_the_input(tmp_path: Path, dtype: str, height: int, width: int) -> None:
    values = noise(2, height, width, dtype)
    if dtype == "int16":
        values[0, 0, 0] = -7
    raster = write_raster(tmp_path / "in.tif", values)
    model = identity(tmp_path / "identity.onnx", "float32" if dtype != "float64" else "float64", bands=2)
    write_mlm(model, bands=[], channels=2, classes=[(0, "a"), (1, "b")], activation="none")
    got = probabilities(model, raster, tmp_path, tile_size=64)
    np.testing.assert_array_equal(got, values.astype(np.float32))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32"])
@pytest.mark.parametrize("merge", ["crop"])
def test_identity_of_integer_tensors(tmp_path: Path, dtype: str, merge: Any) -> None:
    values = noise(1, 75, 201, dtype)
    if dtype == "uint16":
        values[0, 3, 5] = 65534
    raster = write_raster(tmp_path / "in.tif", values)
    model = cast_numbers(tmp_path / "numbers.onnx", dtype)
    segment(load_model(model), str(raster), str(tmp_path / "out.tif"), RunSettings(tile_size=48, merge=merge))
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif"), values)


def test_channels_last(tmp_path: Path) -> None:
    values = noise(3, 90, 131, "uint8")
    raster = write_raster(tmp_path / "in.tif", values)
    model = identity_last(tmp_path / "last.onnx")
    segment(load_model(model), str(raster), str(tmp_path / "out.tif"), RunSettings(tile_size=64))
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif")[0], values.argmax(axis=0))


@pytest.mark.parametrize("fixed", [1, 3])
def test_fixed_batch_and_size(tmp_path: Path, fixed: int) -> None:
    values = noise(3, 150, 170, "uint8")
    raster = write_raster(tmp_path / "in.tif", values)
    model = identity(tmp_path / "fixed.onnx", bands=3, size=64, batch=fixed)
    segment(load_model(model), str(raster), str(tmp_path / "out.tif"))
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif")[0], values.argmax(axis=0))
    with pytest.raises(SettingsError, match="TILE_SIZE is 128 px; the model takes tiles of exactly 64"):
        segment(load_model(model), str(raster), str(tmp_path / "out.tif"), RunSettings(tile_size=128))
    with pytest.raises(SettingsError, match=f"the model takes exactly {fixed} at a time"):
        segment(load_model(model), str(raster), str(tmp_path / "out.tif"), RunSettings(batch_size=7))


@pytest.mark.parametrize("batch", [1, 4, 100])
def test_batches_do_not_change_the_result(tmp_path: Path, batch: int) -> None:
    values = noise(3, 150, 170, "uint8")
    values[:, :70, :70] = 0  # tiles without data in the middle of a batch
    raster = write_raster(tmp_path / "in.tif", values, nodata=0)
    model = identity(tmp_path / "model.onnx", bands=3)
    segment(load_model(model), str(raster), str(tmp_path / "out.tif"), RunSettings(tile_size=32, batch_size=batch))
    valid = (values != 0).all(axis=0)
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif")[0], np.where(valid, values.argmax(axis=0), 255))


def test_blend_leaves_no_seam(tmp_path: Path) -> None:
    """Shifting the tile grid by half a tile changes fewer than 0.1 % of the classes."""
    model = unet(tmp_path / "unet.onnx", levels=2, width=4, classes=5, mlm=True)
    values = noise(3, 700, 700, "uint8")
    raster = write_raster(tmp_path / "in.tif", values)
    maps = []
    for shift in (0, 64):
        extent = ((500000.0 + shift * 10, 5200000.0 - shift * 10), (500000.0 + 7000, 5200000.0 - 7000))
        out = tmp_path / f"out{shift}.tif"
        # the halo reads real pixels outside the extent, so that only the positions of tiles differ
        settings = RunSettings(tile_size=128, overlap=40, merge="blend", extent=extent)
        segment(load_model(model), str(raster), str(out), settings)
        maps.append(read_raster(out)[0])
    first, second = maps[0][64:, 64:], maps[1]
    assert (first != second).mean() < 0.001
