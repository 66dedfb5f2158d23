"""Blocks that wait for their last pixels take a bounded part of the memory, and come back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geonnx.models.errors import OutputError
from geonnx.models.raster import shelf
from geonnx.models.raster.grid import Grid, Window
from geonnx.models.raster.sink import BLOCK_PX, GeoTiffSink, SinkSpec

from ..rasters import NORTH_UP, read_raster


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_ROOM_BYTES", 0)
    monkeypatch.setattr(shelf, "_ROOM_BLOCKS", 2)


def test_what_waits_long_goes_to_a_file(small: None, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    kept = shelf.Shelf(tmp_path, 4 * 60)
    arrays: dict[tuple[int, int], np.ndarray] = {}
    for step in range(400):
        key = int(random.integers(30)), int(random.integers(2))
        found = kept.take(key)
        wanted = arrays.pop(key, None)
        assert (found is None) == (wanted is None)
        if found is not None:
            assert found.dtype == wanted.dtype
            np.testing.assert_array_equal(found, wanted)
        if step % 3:
            shape = (1, int(random.integers(1, 6)), int(random.integers(1, 11)))
            arrays[key] = random.random(shape).astype("float32")
            kept.put(key, arrays[key].copy())
        assert len(kept._at_hand) <= 40 and sum(each.nbytes for each in kept._at_hand.values()) <= 2 * 4 * 60
    assert len(kept._filed) > 10
    assert not list(tmp_path.iterdir()), "the file has no name, so nothing can be left behind"
    kept.close()


def test_a_raster_in_swaths(small: None, tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(1, 200, (3, 3000, 1800), np.uint8)
    grid = Grid(1800, 3000, NORTH_UP, "")
    spec = SinkSpec("uint8", 0, ("a", "b", "c"))
    sink = GeoTiffSink(str(tmp_path / "a.tif"), grid, spec, compress="DEFLATE", metadata={})
    seen = 0
    for left in range(0, 1800, 300):  # every block waits for the next swath
        for top in range(0, 3000, 100):
            window = Window(left, top, 300, 100)
            sink.write(window, values[(..., *window.slices(grid.window))])
            seen = max(seen, len(sink._begun._at_hand))
    sink.close()
    assert seen <= 3
    np.testing.assert_array_equal(read_raster(tmp_path / "a.tif"), values)
    assert BLOCK_PX == 512


def test_no_room(small: None, tmp_path: Path) -> None:
    kept = shelf.Shelf(tmp_path / "missing", 100)
    with pytest.raises(OutputError, match="can't be put aside"):
        for number in range(9):
            kept.put((number, 0), np.zeros(100, np.uint8))
