"""Where the results of the four tasks lie, and what is told of each in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from bundled import land_covers
from common import OUT
from example import CLOUDY_DAY, LATER_DAY, Example
from osgeo import gdal

Figures = dict[str, Any]


def result(name: str) -> Path:
    """Return the path of a result."""
    return OUT / name


CLOUDS = result(f"1_clouds_{CLOUDY_DAY}.tif")
CLEARED = result(f"2_cleared_{CLOUDY_DAY}.tif")
QUALITY = result("2_cleared_quality.html")
COVER = result("3_land_cover.tif")
ACCURACY = result("3_land_cover_accuracy.html")
CHIPS = result("4_chips.gpkg")
CHANGE = result("5_change.tif")
CHANGE_POLYGONS = result("5_change_polygons.gpkg")


def read_band(path: Path) -> np.ndarray:
    """Return the first band of a small raster."""
    dataset = gdal.Open(str(path))
    return dataset.GetRasterBand(1).ReadAsArray()


def nodata_value(path: Path) -> float | None:
    """Return the number that means no data in the first band."""
    dataset = gdal.Open(str(path))
    return dataset.GetRasterBand(1).GetNoDataValue()


def class_shares(path: Path) -> dict[int, float]:
    """Return value → share of the pixels with data of a class raster."""
    values, counts = np.unique(read_band(path), return_counts=True)
    known = {int(value): int(count) for value, count in zip(values, counts) if value != nodata_value(path)}
    return {value: count / sum(known.values()) for value, count in known.items()}


def class_names(path: Path) -> dict[int, str]:
    """Return value → name of the classes of a raster."""
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(1)
    band.GetMetadata()  # GDAL looks into .aux.xml no earlier
    return {value: name for value, name in enumerate(band.GetCategoryNames() or []) if name}


def tell_clouds(_figures: Figures) -> str:
    """Tell how much is cloudy."""
    names, shares = class_names(CLOUDS), class_shares(CLOUDS)
    told = [f"{shares.get(value, 0):.1%} {name.lower()}" for value, name in names.items() if value in shares]
    return ", ".join(told)


def tell_cleared(figures: Figures) -> str:
    """Tell what became of the pixels."""
    return (
        f"{figures['CLOUDY_SHARE']:.1%} was cloudy, filled from {len(figures['DATES']) - 1} other dates; "
        f"{figures['KEPT_SHARE']:.1%} kept as observed"
    )


def tell_quality(figures: Figures) -> str:
    """Tell how close the cleared image is to the true one."""
    cloudy = figures["PARTS"]["cloudy"]
    return (
        f"whole image PSNR {figures['PSNR']:.1f} dB, SSIM {figures['SSIM']:.3f}; "
        f"cloudy part PSNR {cloudy['psnr_db']:.1f} dB, spectral angle {cloudy['sam_deg']:.1f}°"
    )


def tell_cover(figures: Figures) -> str:
    """Tell how fast it went."""
    return f"{len(class_shares(COVER))} classes, {figures['MPIX_PER_SECOND']:.1f} megapixels a second"


def tell_accuracy(figures: Figures, example: Example) -> str:
    """Tell how right the map is, and how much of each class that occurs is found."""
    found, truth = read_band(COVER), read_band(example.cover_truth(CLOUDY_DAY))
    classes = [item for item in land_covers() if (truth == item.value).any()]
    parts = [f"{item.name} {(found[truth == item.value] == item.value).mean():.0%}" for item in classes]
    return f"overall accuracy {figures['OVERALL_ACCURACY']:.0%}; found: {', '.join(parts)}"


def tell_chips(figures: Figures) -> str:
    """Tell how many there are and of what."""
    counts = figures["CLASS_COUNTS"]
    most = max(counts, key=counts.__getitem__)
    return f"{sum(counts.values())} chips, most of them {most} ({counts[most]})"


def tell_change(figures: Figures, example: Example) -> str:
    """Tell how much changed, and how much of it is true."""
    before, after = (read_band(example.cover_truth(day)) for day in (CLOUDY_DAY, LATER_DAY))
    truth, found = before != after, (read_band(CHANGE) > 0) & (read_band(CHANGE) != nodata_value(CHANGE))
    return (
        f"{figures['CHANGED_HA']:,.0f} of {figures['TOTAL_HA']:,.0f} ha changed ({figures['CHANGED_SHARE']:.1%}); "
        f"{found[truth].mean():.0%} of the true change found, {truth[found].mean():.0%} of what was found is true"
    )
