"""Reading: what a raster holds, and windows of some of its bands with their valid pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal, osr

from ..errors import RasterError
from .band_metadata import is_counted_name, read_meaning, read_sensor
from .gdal_errors import gdal_errors, short_name
from .grid import GeoTransform, Grid, Window
from .lookup import Lookup
from .sensors import Sensor

_NO_GEOTRANSFORM = (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class BandInfo:
    """One band: its number (from 1), the name that the file gives it, how its values are stored."""

    number: int
    name: str
    dtype: str
    nodata: float | None
    scale: float
    offset: float
    is_alpha: bool
    block: tuple[int, int]
    """width and height of a block in the file, px"""
    common_name: str = ""
    """STAC common name, as far as the name, the sensor or the colour tell"""
    wavelength_um: float | None = None
    fwhm_um: float | None = None
    harmonizing_offset: float = 0.0
    """added to stored values, makes them mean what they did before Sentinel-2's processing baseline 04.00"""
    is_categorical: bool = False
    """True for classes and bit masks, which no resampling may mix"""
    unit: str = ""
    """of the real values, as the file says it: ``dB``, ``m``, …"""
    lookup: Lookup | None = None
    """what takes the place of stored values before scale and offset; None: they themselves"""

    @property
    def has_own_name(self) -> bool:
        """True when the name says more than the number does."""
        return bool(self.name) and not is_counted_name(self.name)


@dataclass(frozen=True)
class RasterInfo:
    """What a raster is, read once before any work starts."""

    path: str
    """anything that GDAL opens: a file name, or the XML text of a virtual raster"""
    name: str
    grid: Grid
    bands: tuple[BandInfo, ...]
    sensor: Sensor | None = None
    level: str = ""
    """processing level of a satellite product: ``L1C``, ``L2A``, ``L2SP``"""
    baseline: str = ""
    """processing baseline of a Sentinel-2 product, such as ``05.11``"""
    acquired: date | None = None
    """when it was taken, where that was found out already: see `dates.acquisition_date`"""

    @property
    def data_bands(self) -> tuple[BandInfo, ...]:
        """All bands but the alpha band."""
        return tuple(band for band in self.bands if not band.is_alpha)

    def list_bands(self) -> str:
        """Return the data bands as people read them: ``1 (B02), 2 (B03), 3``."""
        return ", ".join(f"{band.number} ({band.name})" if band.name else str(band.number) for band in self.data_bands)


def open_dataset(path: str) -> gdal.Dataset:
    """Open a raster for reading; raise RasterError with GDAL's reason when that fails."""
    dataset = None
    with gdal_errors(RasterError, f"{short_name(path)} can't be opened as a raster"):
        dataset = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_VERBOSE_ERROR)
    if dataset is None:
        raise RasterError(
            f"{short_name(path)} can't be opened as a raster: check that the file exists and is complete."
        )
    return dataset


def describe_raster(path: str, crs_wkt: str | None = None) -> RasterInfo:
    """Return what the raster holds. *crs_wkt* is used instead of the file's own CRS.

    Raises RasterError when it can't be opened, has no bands, no CRS or no geotransform.
    """
    dataset = open_dataset(path)
    name = short_name(path)
    if dataset.RasterCount == 0:
        raise RasterError(
            f"{name} holds no bands of its own but a list of rasters: choose one of them, such as "
            f"{_first_subdataset(dataset)}."
        )
    crs = crs_wkt or dataset.GetProjection() or ""
    transform = dataset.GetGeoTransform(can_return_null=True)
    if transform is None and dataset.GetGCPCount() > 0:
        raise RasterError(f"{name} is placed by ground control points only: warp it first (Warp, or gdalwarp).")
    if not crs:
        raise RasterError(f"{name} has no coordinate reference system: assign one first.")
    if transform is None or transform[1] * transform[5] == transform[2] * transform[4]:
        raise RasterError(f"{name} has no geotransform, so its pixels have no place on Earth: georeference it first.")
    grid = Grid(dataset.RasterXSize, dataset.RasterYSize, _six(transform), crs)
    sensor = read_sensor(dataset, name)
    bands = tuple(_describe_band(dataset, number + 1, sensor, name) for number in range(dataset.RasterCount))
    return RasterInfo(path, name, grid, bands, sensor)


def _six(values: Any) -> GeoTransform:
    a, b, c, d, e, f = (float(value) for value in values)
    return a, b, c, d, e, f


def _first_subdataset(dataset: gdal.Dataset) -> str:
    subdatasets = dataset.GetSubDatasets()
    return str(subdatasets[0][0]) if subdatasets else "another file"


def _describe_band(dataset: gdal.Dataset, number: int, sensor: Sensor | None, file_name: str) -> BandInfo:
    band = dataset.GetRasterBand(number)
    dtype = gdal.GetDataTypeName(band.DataType).lower().replace("byte", "uint8")
    if dtype.startswith(("complex", "cint", "cfloat")):
        raise RasterError("The raster holds complex numbers; expected real ones. Convert it to amplitude first.")
    meaning = read_meaning(dataset, number, sensor, file_name)
    scale, offset = band.GetScale(), band.GetOffset()
    block_width, block_height = band.GetBlockSize()
    return BandInfo(
        number=number,
        name=meaning.name,
        dtype=dtype,
        nodata=band.GetNoDataValue(),
        scale=1.0 if scale is None else scale,
        offset=0.0 if offset is None else offset,
        is_alpha=band.GetColorInterpretation() == gdal.GCI_AlphaBand,
        block=(block_width, block_height),
        common_name=meaning.common_name,
        wavelength_um=meaning.wavelength_um,
        fwhm_um=meaning.fwhm_um,
        harmonizing_offset=_harmonizing_offset(band),
        unit=band.GetUnitType() or "",
    )


def _harmonizing_offset(band: gdal.Band) -> float:
    """Return what our own results of Sentinel-2 products say of their numbers, which are stored as the product's."""
    try:
        return float(band.GetMetadataItem("HARMONIZING_OFFSET", "GEONNX") or 0.0)
    except ValueError:
        return 0.0


class BandReader:
    """Reads windows of chosen bands. One reader belongs to one thread, as GDAL datasets do."""

    def __init__(self, info: RasterInfo, band_numbers: tuple[int, ...]) -> None:
        """Open the raster for reading *band_numbers* (from 1) in that order; a number may occur twice."""
        self.info = info
        self.band_numbers = band_numbers
        self.dtype = np.result_type(*(np.dtype(info.bands[number - 1].dtype) for number in band_numbers))
        self._dataset = open_dataset(info.path)
        self._bands = [self._dataset.GetRasterBand(number) for number in band_numbers]
        self._nodata = [_nodata_in(info.bands[number - 1].nodata, self.dtype) for number in band_numbers]
        self._mask_bands = _mask_bands(self._dataset, self._bands)

    @property
    def is_complete(self) -> bool:
        """True when every pixel holds data, whatever it is: no nodata value, no mask, nothing that may be NaN."""
        has_nodata = any(band.GetNoDataValue() is not None for band in self._bands)
        return not has_nodata and not self._mask_bands and self.dtype.kind != "f"

    def read(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Return values (band, row, column) in the raster's own type, and which pixels hold data in every band.

        The second is None when all of them do. A pixel without data in one band counts as without data: the network
        has never seen such a mixture. The window must lie inside the raster. Raises RasterError when reading fails.
        """
        if self._holds_nothing(window):
            shape = (len(self._bands), window.height, window.width)
            return np.zeros(shape, self.dtype), np.zeros(shape[1:], bool)
        with gdal_errors(
            RasterError,
            f"{self.info.name} can't be read at columns {window.x}–{window.right}, rows {window.y}–{window.bottom}",
        ):
            values = self._read_values(window)
            masks = [
                band.ReadAsArray(window.x, window.y, window.width, window.height) != 0 for band in self._mask_bands
            ]
        return values, _combine_valid(values, self._nodata, masks)

    def _read_values(self, window: Window) -> NDArray[Any]:
        values = np.empty((len(self._bands), window.height, window.width), self.dtype)
        for band, plane in zip(self._bands, values):
            band.ReadAsArray(window.x, window.y, window.width, window.height, buf_obj=plane)
        return values

    def _holds_nothing(self, window: Window) -> bool:
        """Return True when the file itself says that a window of a band is empty (sparse files), without reading."""
        for band in self._bands:
            if band.GetNoDataValue() is None:
                continue
            flags, _ = band.GetDataCoverageStatus(window.x, window.y, window.width, window.height)
            if flags == gdal.GDAL_DATA_COVERAGE_STATUS_EMPTY:
                return True
        return False


def _nodata_in(nodata: float | None, dtype: np.dtype[Any]) -> Any:
    """Return the nodata value in the array's type; None when there is none or the type can't hold it."""
    if nodata is None:
        return None
    if dtype.kind == "f":
        return dtype.type(nodata)
    if math.isnan(nodata) or nodata != int(nodata):
        return None
    limits = np.iinfo(dtype)
    return dtype.type(int(nodata)) if limits.min <= nodata <= limits.max else None


def _mask_bands(dataset: gdal.Dataset, bands: list[gdal.Band]) -> list[gdal.Band]:
    """Return the mask bands that say more than the nodata value does: alpha, ``.msk`` files, internal masks."""
    masks = {}
    takes_alpha = any(band.GetColorInterpretation() == gdal.GCI_AlphaBand for band in bands)
    if not takes_alpha:
        # GDAL itself takes an alpha band for a mask only where there are one or three others
        every = (dataset.GetRasterBand(number + 1) for number in range(dataset.RasterCount))
        masks.update({band.GetBand(): band for band in every if band.GetColorInterpretation() == gdal.GCI_AlphaBand})
    for band in bands:
        flags = band.GetMaskFlags()
        if flags & gdal.GMF_ALPHA:
            continue  # done above; or it is asked for and holds data, as the fourth of four byte bands may
        if not flags & (gdal.GMF_ALL_VALID | gdal.GMF_NODATA):
            key = "dataset" if flags & gdal.GMF_PER_DATASET else band.GetBand()
            masks[key] = band.GetMaskBand()
    return list(masks.values())


def _combine_valid(values: NDArray[Any], nodata: list[Any], masks: list[NDArray[np.bool_]]) -> NDArray[np.bool_] | None:
    valid: NDArray[np.bool_] | None = None
    parts = list(masks)
    for plane, missing in zip(values, nodata):
        if missing is not None and not (values.dtype.kind == "f" and np.isnan(missing)):
            parts.append(plane != missing)
        if values.dtype.kind == "f":
            parts.append(np.isfinite(plane))
    for part in parts:
        valid = part if valid is None else valid & part
    return None if valid is None or valid.all() else valid


def same_crs(first_wkt: str, second_wkt: str) -> bool:
    """Return True when two CRS mean the same, whatever their axis order says."""
    first, second = spatial_reference(first_wkt), spatial_reference(second_wkt)
    return bool(first.IsSame(second))


def spatial_reference(wkt: str) -> osr.SpatialReference:
    """Return the CRS of a WKT with x before y, as rasters and layers store their coordinates."""
    reference = osr.SpatialReference()
    with gdal_errors(RasterError, "the coordinate reference system can't be read"):
        reference.ImportFromWkt(wkt)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def to_crs(points: Sequence[tuple[float, float]], from_wkt: str, to_wkt: str) -> list[tuple[float, float]]:
    """Return points (x, y) in another CRS; infinite where they have no place in it."""
    transform = osr.CoordinateTransformation(spatial_reference(from_wkt), spatial_reference(to_wkt))
    return [(x, y) for x, y, _ in transform.TransformPoints(points)]
