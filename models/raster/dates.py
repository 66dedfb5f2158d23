"""When an image was taken: from its metadata, else from its name."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from ..errors import SettingsError
from .source import RasterInfo, open_dataset

_METADATA_KEYS = ("ACQUISITIONDATETIME", "ACQUISITION_DATE", "DATE_ACQUIRED", "SENSING_TIME", "PRODUCT_START_TIME")
_DATE = re.compile(r"(?<!\d)(19[5-9]\d|20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


def acquisition_date(raster: RasterInfo) -> date | None:
    """Return the day on which the image was taken; None when neither its metadata nor its name says so."""
    dataset = open_dataset(raster.path)
    metadata = {
        key.upper(): str(value) for domain in ("", "IMAGERY") for key, value in dataset.GetMetadata(domain).items()
    }
    for key in _METADATA_KEYS:
        found = find_date(metadata.get(key, ""))
        if found is not None:
            return found
    return find_date(Path(raster.name).stem)


def find_date(text: str) -> date | None:
    """Return the first date in *text*, written 2021-06-26, 2021_06_26 or 20210626; None when there is none."""
    # a time may follow without a gap, as in 20161228T102432
    for match in _DATE.finditer(text):
        year, month, day = (int(part) for part in match.groups())
        try:
            return date(year, month, day)
        except ValueError:  # the 31st of a short month: some other number
            continue
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
