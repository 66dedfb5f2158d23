"""The style of a polygon layer: inside a GeoPackage, else beside the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from .layer_styles import embed_style
from .polygon_file import find_vector_driver
from .style import write_qml

_SHAPEFILE_BYTES = 10


def style_polygons(staged: str, final: str, qml: str, rasters: Iterable[str], warn: Callable[[str], None]) -> None:
    """Store *qml* with the polygons that lie at *staged* and shall be *final*; *rasters* are those of the run.

    Where a raster of the same name has its own style beside it, a GeoPackage still holds its own, and other formats get
    none: *warn* is told. Raises OutputError when it can't be written.
    """
    file = Path(final).expanduser().absolute()
    embed_style(staged, Path(staged).stem, qml)
    if file.with_suffix("") not in {Path(raster).expanduser().absolute().with_suffix("") for raster in rasters}:
        write_qml(staged, qml)
    elif file.suffix.lower() != ".gpkg":
        warn(
            f"{file.name} and the raster of the same name would need one style file for both, so the polygons have no "
            "style: give them another name, or write a GeoPackage (.gpkg)."
        )


def longest_field_name(path: str) -> int | None:
    """Return how many bytes (UTF-8) a vector file allows for the name of a field; None: enough for any of ours.

    Raises OutputError when no driver writes such files.
    """
    # .shz and .dbf are shapefiles too
    return _SHAPEFILE_BYTES if find_vector_driver(path).ShortName == "ESRI Shapefile" else None


def warn_of_shapefile(path: str, names: Collection[str], warn: Callable[[str], None]) -> None:
    """Say what a shapefile does to fields with long names or long texts."""
    longest = longest_field_name(path)
    long = [name for name in names if longest is not None and len(name.encode()) > longest]
    if long:
        warn(
            f"{Path(path).name}: a shapefile cuts names of fields to {longest} bytes ({', '.join(long[:4])}"
            f"{' …' if len(long) > 4 else ''}) and texts to 254; a GeoPackage (.gpkg) keeps them."
        )
