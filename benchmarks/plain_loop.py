"""What one would write by hand: read, scale in numpy, ``session.run``, argmax, write, with one thread that reads ahead.

Run as a process of its own: ``python plain_loop.py MODEL RASTER OUTPUT TILE OVERLAP``; prints the seconds.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from osgeo import gdal


def main() -> None:
    """Run the loop."""
    model, raster, output, tile, overlap = *sys.argv[1:4], *map(int, sys.argv[4:6])
    started = time.perf_counter()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    source = gdal.Open(raster)
    width, height = source.RasterXSize, source.RasterYSize
    target = gdal.GetDriverByName("GTiff").Create(
        output,
        width,
        height,
        1,
        gdal.GDT_Byte,
        options=["TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=4", "BIGTIFF=IF_SAFER"],
    )
    step = tile - 2 * overlap
    places = [(x, y) for y in range(0, height, step) for x in range(0, width, step)]

    def read(place: tuple[int, int]) -> np.ndarray:
        left, top = max(place[0] - overlap, 0), max(place[1] - overlap, 0)
        values = source.ReadAsArray(left, top, min(tile, width - left), min(tile, height - top))
        pad = [(0, 0), (0, tile - values.shape[1]), (0, tile - values.shape[2])]
        return np.pad(values, pad, mode="symmetric").astype(np.float32)[np.newaxis] / np.float32(255)

    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(read, places[0])
        for number, (x, y) in enumerate(places):
            batch = ahead.result()
            if number + 1 < len(places):
                ahead = reader.submit(read, places[number + 1])
            classes = session.run(None, {name: batch})[0][0].argmax(axis=0).astype(np.uint8)
            left, top = x - max(x - overlap, 0), y - max(y - overlap, 0)
            part = classes[top : top + min(step, height - y), left : left + min(step, width - x)]
            target.GetRasterBand(1).WriteArray(part, x, y)
    target.FlushCache()
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
