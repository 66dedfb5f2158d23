"""GDAL's block cache, kept as small as a run needs: left alone it grows with the raster up to 5 % of the memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from osgeo import gdal

_SMALLEST = 16 << 20
_LARGEST = 1 << 30

_lock = threading.Lock()
_wanted: list[int] = []
_before: list[int] = []


@contextmanager
def block_cache(needed_bytes: int) -> Iterator[None]:
    """Limit the cache to *needed_bytes* (between 16 MB and 1 GB) while the block runs.

    The cache belongs to the whole process: of several runs at once the largest need counts, and the last one to end
    puts the old limit back.
    """
    size = min(max(needed_bytes, _SMALLEST), _LARGEST)
    with _lock:
        if not _wanted:
            _before.append(gdal.GetCacheMax())
        _wanted.append(size)
        gdal.SetCacheMax(max(_wanted))
    try:
        yield
    finally:
        with _lock:
            _wanted.remove(size)
            gdal.SetCacheMax(max(_wanted) if _wanted else _before.pop())
