"""When an image was taken: from its metadata, else from its name, else from the name of its folder."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from ..errors import SettingsError
from .source import RasterInfo, open_dataset

# not TIFFTAG_DATETIME: that is when the file was written
_METADATA_KEYS = (
    "ACQUISITIONDATETIME", "ACQUISITION_DATE", "ACQUISITIONDATE", "DATE_ACQUIRED", "SENSING_TIME", "PRODUCT_START_TIME",
    "START_TIME", "DATETIME", "START_DATETIME", "ACQUIRED", "TIME_COVERAGE_START",
)  # fmt: skip
_DATE = re.compile(r"(?<!\d)(19[5-9]\d|20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
# scene ids that count the days of the year: Landsat before Collection 1 (LC80410322013123LGN00), MODIS (A2013123)
_YEAR_DAY = re.compile(r"(?:(?<![A-Z0-9])L[COTEM]\d\d{6}|(?<![A-Z0-9])A)(19[5-9]\d|20\d\d)(\d{3})(?!\d)")


def acquisition_date(raster: RasterInfo) -> date | None:
    """Return the day on which the image was taken; None when neither metadata, name nor folder of the file say so."""
    if raster.acquired is not None:
        return raster.acquired
    dataset = open_dataset(raster.path)
    metadata = {
        key.upper(): str(value) for domain in ("", "IMAGERY") for key, value in dataset.GetMetadata(domain).items()
    }
    for key in _METADATA_KEYS:
        found = find_date(metadata.get(key, ""))
        if found is not None:
            return found
    # a name may hold dots: only what looks like a suffix is one
    named = find_date(re.sub(r"\.[A-Za-z]\w*$", "", raster.name))
    is_file = not raster.path.lstrip().startswith("<") and "://" not in raster.path
    return named or (find_date(Path(raster.path).absolute().parent.name) if is_file else None)


def find_date(text: str) -> date | None:
    """Return the first date in *text*, written 2021-06-26, 2021_06_26 or 20210626; None when there is none.

    Scene ids of Landsat and MODIS that hold the day of the year are understood too.
    """
    # a time may follow without a gap, as in 20161228T102432
    for match in _DATE.finditer(text):
        year, month, day = (int(part) for part in match.groups())
        try:
            return date(year, month, day)
        except ValueError:  # the 31st of a short month: some other number
            continue
    for match in _YEAR_DAY.finditer(text):
        year, day = (int(part) for part in match.groups())
        if 1 <= day <= 366:
            return date(year, 1, 1) + timedelta(days=day - 1)
    return None


def require_date(raster: RasterInfo) -> date:
    """Return the acquisition date; raise SettingsError when nothing says it."""
    found = acquisition_date(raster)
    if found is None:
        raise SettingsError(
            f"The model wants dates, and nothing says when {raster.name} was taken: put the date into the file's name, "
            "as in scene_2021-06-26.tif."
        )
    return found
