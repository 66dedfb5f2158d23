"""Writing: a tiled, compressed GeoTIFF from windows that come in any order and cover every pixel once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal

from ..errors import OutputError
from .gdal_errors import gdal_errors, short_name
from .grid import Grid, Window
from .shelf import BlockKey, Shelf

BLOCK_PX = 512
_GDAL_TYPES = {
    "uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "uint32": gdal.GDT_UInt32, "int16": gdal.GDT_Int16,
    "int32": gdal.GDT_Int32, "float32": gdal.GDT_Float32, "float64": gdal.GDT_Float64,
}  # fmt: skip
WRITABLE_DTYPES = tuple(_GDAL_TYPES)
_LEVELS = {"DEFLATE": ("ZLEVEL", 1, 4), "ZSTD": ("ZSTD_LEVEL", 1, 3)}
"""GDAL's option, the level for values and for classes: they shrink by 5 % above these, and take three times as long"""
_COMPRESSION_THREADS = 2
_LOSSLESS = ("DEFLATE", "ZSTD", "LZW", "PACKBITS", "LZMA", "NONE")


@dataclass(frozen=True)
class BandLook:
    """What a band says of its values: real value = stored × scale + offset, in a unit; and metadata by domain."""

    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    items: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


Inspect = Callable[["NDArray[Any]"], None]
"""sees values (band, row, column)"""


Keep = Callable[[BlockKey, "NDArray[Any] | None"], None]
"""gets a finished block: its place and its values (band, row, column), None where it holds no data"""


@dataclass(frozen=True)
class SinkSpec:
    """What a result raster looks like."""

    dtype: str
    """numpy name: uint8, uint16, uint32, int16, int32, float32 or float64"""
    nodata: float | None
    """None: every pixel holds data"""
    band_names: tuple[str, ...]
    scale: float | None = None
    """factor from stored to real values; None for 1"""
    colors: Mapping[int, str] = field(default_factory=dict)
    """palette of a one-band class raster: value → #rrggbb"""
    looks: tuple[BandLook, ...] = ()
    """more about each band; empty: nothing"""
    file_items: Mapping[str, str] = field(default_factory=dict)
    """metadata of the file beside that of its making, such as ACQUISITION_DATE"""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """how it was made, beside what every result of the run says; for the domain GEONNX"""


def check_compression(name: str) -> str:
    """Return the GDAL name of a lossless compression that this GDAL can write; raise OutputError otherwise."""
    wanted = name.strip().upper()
    listed = gdal.GetDriverByName("GTiff").GetMetadataItem("DMD_CREATIONOPTIONLIST") or ""
    usable = [method for method in _LOSSLESS if f"<Value>{method}</Value>" in listed]
    if wanted not in usable:
        raise OutputError(f"The compression '{name}' can't be used; expected one of {', '.join(usable)}.")
    return wanted


class GeoTiffSink:
    """A GeoTIFF in the making. Blocks are written once, when their last pixel has come."""

    def __init__(
        self,
        path: str,
        grid: Grid,
        spec: SinkSpec,
        *,
        compress: str,
        metadata: Mapping[str, str],
        name: str = "",
        inspect: Inspect | None = None,
        keep: Keep | None = None,
    ) -> None:
        """Create the file. *metadata* goes to the domain GEONNX; *name* is what messages call the file.

        *inspect* sees the values of every block that holds data, once; *keep* gets every block when it is finished.

        Raises OutputError when the file can't be created.
        """
        self._name = name or short_name(path)
        self._grid = grid
        self._spec = spec
        self._inspect, self._keep = inspect, keep
        self._finished: set[BlockKey] = set()
        self._missing: dict[BlockKey, int] = {}
        """pixels that each begun block still waits for"""
        block_bytes = BLOCK_PX * BLOCK_PX * len(spec.band_names) * np.dtype(spec.dtype).itemsize
        self._begun = Shelf(Path(path).parent, block_bytes)
        with gdal_errors(OutputError, f"{self._name} can't be written"):
            self._dataset = gdal.GetDriverByName("GTiff").Create(
                path,
                grid.width,
                grid.height,
                len(spec.band_names),
                _GDAL_TYPES[spec.dtype],
                options=_creation_options(spec, compress),
            )
        if self._dataset is None:
            raise OutputError(f"{self._name} can't be written: check that the folder exists and may be written to.")
        self._describe(metadata)

    def _describe(self, metadata: Mapping[str, str]) -> None:
        dataset, spec = self._dataset, self._spec
        with gdal_errors(OutputError, f"{self._name} can't be written"):
            dataset.SetGeoTransform(self._grid.geotransform)
            dataset.SetProjection(self._grid.crs_wkt)
            dataset.SetMetadata({**metadata, **spec.provenance}, "GEONNX")
            for key, value in spec.file_items.items():
                dataset.SetMetadataItem(key, value)
            for number, band_name in enumerate(spec.band_names, start=1):
                band = dataset.GetRasterBand(number)
                band.SetDescription(band_name)
                if spec.nodata is not None:
                    band.SetNoDataValue(spec.nodata)
                if spec.scale is not None:
                    band.SetScale(spec.scale)
                    band.SetOffset(0.0)
                if spec.looks:
                    _set_look(band, spec.looks[number - 1])
            if spec.colors:
                dataset.GetRasterBand(1).SetColorTable(_color_table(spec))

    def write(self, window: Window, values: NDArray[Any] | None) -> None:
        """Take the values (band, row, column) of *window*, in pixels of the file; None is nodata everywhere.

        Raises OutputError when a finished block can't be written.
        """
        for key in _blocks_of(window):
            if key not in self._finished:
                self._fill_block(key, window, values)

    def has(self, window: Window) -> bool:
        """Return True when all blocks that *window* meets are finished."""
        return bool(self._finished) and all(key in self._finished for key in _blocks_of(window))

    def restore(self, key: BlockKey, stored: bytes | None) -> None:
        """Take a block that an earlier run finished and `keep` was given; None: it holds no data.

        Raises OutputError when it can't be written.
        """
        self._finished.add(key)
        if stored is not None:
            area = self._area(key)
            values = np.frombuffer(stored, self._spec.dtype)
            self._write_block(area, values.reshape(len(self._spec.band_names), area.height, area.width))

    def _area(self, key: BlockKey) -> Window:
        return Window(key[0] * BLOCK_PX, key[1] * BLOCK_PX, BLOCK_PX, BLOCK_PX).intersection(self._grid.window)

    def _fill_block(self, key: BlockKey, window: Window, values: NDArray[Any] | None) -> None:
        area = self._area(key)
        part = area.intersection(window)
        stored = self._begun.take(key)
        if values is not None:
            if stored is None:
                shape = (len(self._spec.band_names), area.height, area.width)
                stored = np.full(shape, self._spec.nodata or 0, self._spec.dtype)
            stored[(..., *part.slices(area))] = values[(..., *part.slices(window))]
        missing = self._missing.pop(key, area.width * area.height) - part.width * part.height
        if missing:
            self._missing[key] = missing
            if stored is not None:
                self._begun.put(key, stored)
            return
        self._finished.add(key)
        if stored is not None:
            self._write_block(area, stored)
        if self._keep is not None:
            self._keep(key, stored)

    def _write_block(self, area: Window, values: NDArray[Any]) -> None:
        if self._inspect is not None:
            self._inspect(values)
        with gdal_errors(OutputError, f"{self._name} can't be written"):
            for number, plane in enumerate(values, start=1):
                band = self._dataset.GetRasterBand(number)
                band.WriteArray(plane, area.x, area.y)
                # at once: a block that waits in GDAL's cache takes memory, and its error would show up elsewhere
                band.FlushCache()

    def annotate(self, categories: list[str] | None, table: gdal.RasterAttributeTable | None) -> None:
        """Store category names and the raster attribute table of a class raster."""
        band = self._dataset.GetRasterBand(1)
        with gdal_errors(OutputError, f"{self._name} can't be written"):
            if categories:
                band.SetCategoryNames(categories)
                # GDAL keeps category names beside a GeoTIFF, where they get lost: ours stay in it as well
                named = {value: name for value, name in enumerate(categories) if name}
                self._dataset.SetMetadataItem("CLASSES", json.dumps(named, ensure_ascii=False), "GEONNX")
            if table is not None:
                band.SetDefaultRAT(table)

    def note(self, items: Mapping[str, str]) -> None:
        """Add what became known during the run to the domain GEONNX."""
        for key, value in items.items():
            self._dataset.SetMetadataItem(key, value, "GEONNX")

    def close(self) -> None:
        """Finish the file; raise OutputError when the last bytes can't be written or pixels never came."""
        if self._missing:
            raise OutputError(f"{self._name} is incomplete: {len(self._missing)} blocks were never finished.")
        self._begun.close()
        with gdal_errors(OutputError, f"{self._name} can't be written"):
            self._dataset.FlushCache()
            self._dataset = None

    def abandon(self) -> None:
        """Let go of the file as it is; the caller deletes it."""
        self._begun.close()
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        self._dataset = None
        gdal.PopErrorHandler()


def _blocks_of(window: Window) -> Iterator[BlockKey]:
    for row in range(window.y // BLOCK_PX, math.ceil(window.bottom / BLOCK_PX)):
        for column in range(window.x // BLOCK_PX, math.ceil(window.right / BLOCK_PX)):
            yield column, row


def _set_look(band: gdal.Band, look: BandLook) -> None:
    if look.scale != 1 or look.offset:
        band.SetScale(look.scale)
        band.SetOffset(look.offset)
    if look.unit:
        band.SetUnitType(look.unit)
    for domain, items in look.items.items():
        for key, value in items.items():
            band.SetMetadataItem(key, value, domain)


def _creation_options(spec: SinkSpec, compress: str) -> list[str]:
    options = [
        "TILED=YES",
        f"BLOCKXSIZE={BLOCK_PX}",
        f"BLOCKYSIZE={BLOCK_PX}",
        f"COMPRESS={compress}",
        "INTERLEAVE=BAND",
        "BIGTIFF=IF_SAFER",
        "SPARSE_OK=TRUE",
    ]
    if compress in ("DEFLATE", "ZSTD", "LZW") and not spec.colors:
        options.append("PREDICTOR=3" if spec.dtype.startswith("float") else "PREDICTOR=2")
    level = _level(compress, is_palette=bool(spec.colors))
    if level:
        options.append("=".join(level))
    if len(spec.band_names) > 1:
        options.append(f"NUM_THREADS={_COMPRESSION_THREADS}")  # blocks of several bands at a time
    if spec.colors:
        options.append("PHOTOMETRIC=PALETTE")
    elif spec.looks and len(spec.band_names) > 3:
        options += ["PHOTOMETRIC=MINISBLACK", "ALPHA=NO"]  # else GDAL takes the fourth band of bytes for transparency
    return options


def _level(compress: str, *, is_palette: bool) -> tuple[str, str] | None:
    """Return GDAL's name of the level of a compression, and how much effort pays."""
    if compress not in _LEVELS:
        return None
    name, of_values, of_classes = _LEVELS[compress]
    return name, str(of_classes if is_palette else of_values)


def _color_table(spec: SinkSpec) -> gdal.ColorTable:
    table = gdal.ColorTable()
    for value in range(256 if spec.dtype == "uint8" else max(spec.colors) + 1):
        color = spec.colors.get(value)
        entry = (0, 0, 0, 0) if color is None else (*(int(color[i : i + 2], 16) for i in (1, 3, 5)), 255)
        table.SetColorEntry(value, entry)
    return table


@contextmanager
def _overview_level(dataset: gdal.Dataset) -> Iterator[None]:
    """Let overviews be compressed as their raster is, which GDAL takes from the settings of the thread only."""
    compress = dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") or ""
    level = _level(compress, is_palette=dataset.GetRasterBand(1).GetColorTable() is not None)
    if level is None:
        yield
        return
    name = f"{level[0]}_OVERVIEW"
    before = gdal.GetThreadLocalConfigOption(name)
    gdal.SetThreadLocalConfigOption(name, level[1])
    try:
        yield
    finally:
        gdal.SetThreadLocalConfigOption(name, before)


def build_overviews(path: str, resampling: str, name: str) -> None:
    """Add overviews, halving until 256 px, inside the file. *resampling* as GDAL names it.

    Raises OutputError when they can't be written.
    """
    with gdal_errors(OutputError, f"the overviews of {name} can't be written"):
        dataset = gdal.Open(path, gdal.GA_Update)
        largest = max(dataset.RasterXSize, dataset.RasterYSize)
        factors = [2**power for power in range(1, 20) if largest / 2 ** (power - 1) > 256]
        if factors:
            with _overview_level(dataset):
                dataset.BuildOverviews(resampling, factors, options=["SPARSE_OK=YES"])
        dataset.FlushCache()
        del dataset
