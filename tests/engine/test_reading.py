"""Tiles with a halo read every block of a file once, though they overlap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geonnx.models import RasterInputs, RunSettings, load_model
from geonnx.models.plan import make_plan
from geonnx.models.raster.cache import block_cache
from geonnx.models.raster.source import BandReader, describe_raster
from geonnx.models.stages import ChosenTile, TileLoader

from ..rasters import write_raster
from ..tiny_models import identity

IO = Path("/proc/self/io")
SIZE = (1400, 6000)
BANDS = 6


def bytes_read() -> int:
    """Return how many bytes this process has read from files."""
    return next(int(line.split()[1]) for line in IO.read_text().splitlines() if line.startswith("rchar"))


@pytest.mark.skipif(not IO.exists(), reason="only Linux counts the bytes that a process reads")
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
def test_every_block_is_read_once(tmp_path: Path, interleave: str) -> None:
    values = np.random.default_rng(1).integers(0, 256, (BANDS, *SIZE), dtype=np.uint8)
    options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE", "ZLEVEL=1",
               f"INTERLEAVE={interleave}", "PHOTOMETRIC=MINISBLACK", "ALPHA=NO"]  # fmt: skip
    raster = write_raster(tmp_path / "a.tif", values, options=options)
    model = load_model(identity(tmp_path / "m.onnx", bands=BANDS))
    output = model.card.outputs[0]
    plan = make_plan(model, RasterInputs((str(raster),)), RunSettings(tile_size=512), outputs=(output,))
    assert plan.swath is not None
    assert plan.swath < len(plan.tiling.columns.starts)

    def read_all(cache_bytes: int) -> float:
        loader = TileLoader(plan)
        with block_cache(cache_bytes):
            before = bytes_read()
            for tile in plan.tiling.tiles(plan.swath):
                loader.load([ChosenTile(tile)])
            return (bytes_read() - before) / raster.stat().st_size

    # where two swaths meet, a column of blocks is read for both
    swaths = -(-len(plan.tiling.columns.starts) // plan.swath)
    columns = -(-SIZE[1] // 512)
    assert read_all(plan.read_cache_bytes) < (columns + swaths - 1) / columns + 0.05
    assert read_all(0) > 1.3  # the figure above can tell


def test_a_raster_without_nodata_mask_and_nan_is_complete(tmp_path: Path) -> None:
    values = np.ones((2, 40, 50), np.uint8)

    def is_complete(name: str, second: int = 2) -> bool:
        return BandReader(describe_raster(str(tmp_path / name)), (1, second)).is_complete

    write_raster(tmp_path / "plain.tif", values)
    # no value of a byte, but a sparse file has no data all the same where nothing was written
    write_raster(tmp_path / "nodata.tif", values, nodata=-9999)
    write_raster(tmp_path / "float.tif", values.astype(np.float32))
    write_raster(
        tmp_path / "alpha.tif", np.ones((3, 40, 50), np.uint8), options=["ALPHA=YES", "PHOTOMETRIC=MINISBLACK"]
    )
    assert [is_complete(f"{name}.tif") for name in ("plain", "nodata", "float")] == [True, False, False]
    assert not is_complete("alpha.tif", second=3)
