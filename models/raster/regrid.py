"""Results on the model's pixels, brought back to the raster's: each pixel takes the result at its centre."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RasterError
from .gdal_errors import gdal_errors
from .grid import Grid, Window
from .sink import BLOCK_PX, GeoTiffSink
from .source import open_dataset


def regrid(
    source_path: str,
    sink: GeoTiffSink,
    grid: Grid,
    *,
    step: Callable[[], None],
) -> None:
    """Fill *sink*, whose grid is *grid*, from the raster *source_path* on a grid parallel to it.

    *step* is called before every block and may raise. Raises RasterError when the source can't be read, OutputError
    when the sink can't be written.
    """
    dataset = open_dataset(source_path)
    x0, dx, rx, y0, ry, dy = grid.geotransform
    source = Grid(dataset.RasterXSize, dataset.RasterYSize, tuple(dataset.GetGeoTransform()), grid.crs_wkt)
    first = source.to_pixel(x0 + (dx + rx) / 2, y0 + (ry + dy) / 2)
    # both grids have parallel axes, so columns depend on columns only and rows on rows only
    last = source.to_pixel(
        x0 + (grid.width - 0.5) * dx + (grid.height - 0.5) * rx, y0 + (grid.width - 0.5) * ry + (grid.height - 0.5) * dy
    )
    columns = _places(first[0], last[0], grid.width, source.width)
    rows = _places(first[1], last[1], grid.height, source.height)
    for y in range(0, grid.height, BLOCK_PX):
        for x in range(0, grid.width, BLOCK_PX):
            step()
            window = Window(x, y, BLOCK_PX, BLOCK_PX).intersection(grid.window)
            sink.write(window, _take(dataset, rows[y : window.bottom], columns[x : window.right], source_path))


def _places(first: float, last: float, count: int, size: int) -> NDArray[np.intp]:
    return np.clip(np.floor(np.linspace(first, last, count)), 0, size - 1).astype(np.intp)


def _take(dataset: Any, rows: NDArray[np.intp], columns: NDArray[np.intp], name: str) -> NDArray[Any]:
    top, left = int(rows[0]), int(columns[0])
    height, width = int(rows[-1]) - top + 1, int(columns[-1]) - left + 1
    with gdal_errors(RasterError, f"the result {name} can't be read back"):
        values = dataset.ReadAsArray(left, top, width, height)
    values = values.reshape(-1, height, width)
    return values[:, rows - top][:, :, columns - left]
