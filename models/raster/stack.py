"""One file a band, as satellite products come: the files of a scene as one virtual raster, nothing copied."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace

from osgeo import gdal

from ..errors import RasterError
from .band_metadata import BandMeaning, explain_band
from .gdal_errors import short_name
from .grid import GeoTransform, Grid
from .sensors import Sensor
from .source import RasterInfo, describe_raster, open_dataset, same_crs


@dataclass(frozen=True)
class BandFile:
    """A file that holds one band of a scene, and what the product says of its values."""

    name: str
    path: str
    nodata: float | None = None
    """what the product says; the file's own comes first"""
    scale: float = 1.0
    offset: float = 0.0
    """from stored values to physical ones: ``stored * scale + offset``"""
    harmonizing_offset: float = 0.0
    is_categorical: bool = False


@dataclass(frozen=True)
class _Opened:
    file: BandFile
    width: int
    height: int
    geotransform: GeoTransform
    crs_wkt: str
    dtype: str
    block: tuple[int, int]
    nodata: float | None
    lacks_nodata: bool
    """True when the product names a nodata value that the file itself does not"""

    @property
    def pixel(self) -> float:
        return abs(self.geotransform[1])


def file_grid(path: str) -> Grid:
    """Return the grid of a raster file."""
    opened = _open(BandFile("", path))
    return Grid(opened.width, opened.height, opened.geotransform, opened.crs_wkt)


def is_north_up(grid: Grid) -> bool:
    """Return True for the grids on which a virtual raster can place files."""
    _, dx, column_skew, _, row_skew, dy = grid.geotransform
    return not column_skew and not row_skew and dx > 0 > dy


def stack_files(files: Sequence[BandFile], grid: Grid, name: str, sensor: Sensor | None) -> RasterInfo:
    """Return the virtual raster that has *files* as its bands, on *grid*.

    Files of another resolution are resampled as they are read: bilinearly, classes and bit masks by nearest neighbour.
    Raises RasterError when a file can't be opened or lies in another CRS.
    """
    opened = [_open(file) for file in files]
    for item in opened:
        if item.crs_wkt and not same_crs(item.crs_wkt, grid.crs_wkt):
            raise RasterError(
                f"{short_name(item.file.path)} is in another CRS than the other bands of {name}, so they can't be "
                "stacked. Warp it first and build a virtual raster of the bands you need (gdalbuildvrt -separate)."
            )
    text = _virtual_raster(opened, grid)
    raster = describe_raster(text, grid.crs_wkt)
    meanings = [explain_band(BandMeaning(item.file.name), sensor) for item in opened]
    bands = tuple(
        replace(
            band,
            common_name=meaning.common_name,
            wavelength_um=meaning.wavelength_um,
            fwhm_um=meaning.fwhm_um,
            scale=item.file.scale,
            offset=item.file.offset,
            harmonizing_offset=item.file.harmonizing_offset,
            is_categorical=item.file.is_categorical,
            block=_block_on(item, grid),
        )
        for band, item, meaning in zip(raster.bands, opened, meanings)
    )
    return replace(raster, name=name, bands=bands, sensor=sensor)


def _open(file: BandFile) -> _Opened:
    dataset = open_dataset(file.path)
    transform = dataset.GetGeoTransform(can_return_null=True)
    if dataset.RasterCount != 1 or transform is None:
        raise RasterError(
            f"{short_name(file.path)} has {dataset.RasterCount} bands"
            + ("" if transform else " and no geotransform")
            + "; expected one band of a scene with its place on Earth."
        )
    band = dataset.GetRasterBand(1)
    own_nodata = band.GetNoDataValue()
    width, height = band.GetBlockSize()
    x0, dx, rx, y0, ry, dy = (float(value) for value in transform)
    return _Opened(
        file=file,
        width=dataset.RasterXSize,
        height=dataset.RasterYSize,
        geotransform=(x0, dx, rx, y0, ry, dy),
        crs_wkt=dataset.GetProjection() or "",
        dtype=gdal.GetDataTypeName(band.DataType),
        block=(width, height),
        nodata=file.nodata if own_nodata is None else own_nodata,
        lacks_nodata=own_nodata is None and file.nodata is not None,
    )


def _block_on(item: _Opened, grid: Grid) -> tuple[int, int]:
    """Return the size of a file's blocks in pixels of *grid*."""
    ratio = item.pixel / abs(grid.geotransform[1])
    return max(1, round(item.block[0] * ratio)), max(1, round(item.block[1] * ratio))


def _virtual_raster(opened: Sequence[_Opened], grid: Grid) -> str:
    bands = "".join(_virtual_band(number, item, grid) for number, item in enumerate(opened, start=1))
    transform = ", ".join(repr(value) for value in grid.geotransform)
    return (
        f'<VRTDataset rasterXSize="{grid.width}" rasterYSize="{grid.height}"><SRS>{html.escape(grid.crs_wkt)}</SRS>'
        f"<GeoTransform>{transform}</GeoTransform>{bands}</VRTDataset>"
    )


def _virtual_band(number: int, item: _Opened, grid: Grid) -> str:
    left, dx, _, top, _, dy = grid.geotransform
    x0, file_dx, _, y0, _, file_dy = item.geotransform
    place = (
        f'xOff="{(x0 - left) / dx!r}" yOff="{(y0 - top) / dy!r}" xSize="{item.width * file_dx / dx!r}" '
        f'ySize="{item.height * file_dy / dy!r}"'
    )
    nodata = "" if item.nodata is None else f"<NoDataValue>{item.nodata!r}</NoDataValue>"
    path = _with_nodata(item) if item.lacks_nodata else item.file.path
    resampling = "near" if item.file.is_categorical else "bilinear"
    return (
        f'<VRTRasterBand dataType="{item.dtype}" band="{number}">'
        f"<Description>{html.escape(item.file.name)}</Description>{nodata}"
        f'<SimpleSource resampling="{resampling}">'
        f'<SourceFilename relativeToVRT="0">{html.escape(path)}</SourceFilename><SourceBand>1</SourceBand>'
        f"{_properties(item)}"
        f'<SrcRect xOff="0" yOff="0" xSize="{item.width}" ySize="{item.height}"/><DstRect {place}/>'
        "</SimpleSource></VRTRasterBand>"
    )


def _with_nodata(item: _Opened) -> str:
    """Return the file as a virtual raster that knows its nodata value, so that resampling does not mix it in."""
    rectangle = f'xOff="0" yOff="0" xSize="{item.width}" ySize="{item.height}"'
    return (
        f'<VRTDataset rasterXSize="{item.width}" rasterYSize="{item.height}">'
        f'<VRTRasterBand dataType="{item.dtype}" band="1"><NoDataValue>{item.nodata!r}</NoDataValue><SimpleSource>'
        f'<SourceFilename relativeToVRT="0">{html.escape(item.file.path)}</SourceFilename><SourceBand>1</SourceBand>'
        f"{_properties(item)}<SrcRect {rectangle}/><DstRect {rectangle}/></SimpleSource></VRTRasterBand></VRTDataset>"
    )


def _properties(item: _Opened) -> str:
    """Return what lets GDAL open the file only when it is read."""
    return (
        f'<SourceProperties RasterXSize="{item.width}" RasterYSize="{item.height}" DataType="{item.dtype}" '
        f'BlockXSize="{item.block[0]}" BlockYSize="{item.block[1]}"/>'
    )
