"""Two rasters on one grid as one with the bands of both, nothing copied."""

from __future__ import annotations

import html
from dataclasses import replace

from .source import BandInfo, RasterInfo, open_dataset

_GDAL_NAMES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32",
               "float32": "Float32", "float64": "Float64", "int8": "Int8"}  # fmt: skip


def join_rasters(first: RasterInfo, second: RasterInfo) -> RasterInfo:
    """Return a virtual raster with the bands of *first*, then those of *second*, which lies on the same grid.

    It is called like the first, and each band keeps what is known of it. Raises RasterError when GDAL can't open it.
    """
    parts = [(raster, band) for raster in (first, second) for band in raster.bands]
    text = _virtual_raster(first, parts)
    open_dataset(text)
    bands = tuple(replace(band, number=number) for number, (_, band) in enumerate(parts, start=1))
    return replace(first, path=text, bands=bands)


def _virtual_raster(first: RasterInfo, parts: list[tuple[RasterInfo, BandInfo]]) -> str:
    grid = first.grid
    bands = "".join(_virtual_band(number, *part) for number, part in enumerate(parts, start=1))
    transform = ", ".join(repr(value) for value in grid.geotransform)
    return (
        f'<VRTDataset rasterXSize="{grid.width}" rasterYSize="{grid.height}"><SRS>{html.escape(grid.crs_wkt)}</SRS>'
        f"<GeoTransform>{transform}</GeoTransform>{bands}</VRTDataset>"
    )


def _virtual_band(number: int, raster: RasterInfo, band: BandInfo) -> str:
    rectangle = f'xOff="0" yOff="0" xSize="{raster.grid.width}" ySize="{raster.grid.height}"'
    nodata = "" if band.nodata is None else f"<NoDataValue>{band.nodata!r}</NoDataValue>"
    alpha = "<ColorInterp>Alpha</ColorInterp>" if band.is_alpha else ""
    return (
        f'<VRTRasterBand dataType="{_GDAL_NAMES[band.dtype]}" band="{number}">'
        f"<Description>{html.escape(band.name)}</Description>{nodata}{alpha}"
        f'<SimpleSource><SourceFilename relativeToVRT="0">{html.escape(raster.path)}</SourceFilename>'
        f"<SourceBand>{band.number}</SourceBand><SrcRect {rectangle}/><DstRect {rectangle}/></SimpleSource>"
        "</VRTRasterBand>"
    )
