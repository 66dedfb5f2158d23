"""Where results go, checked before any work starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from .errors import OutputError
from .raster.polygon_file import find_vector_driver


def check_destinations(
    rasters: Mapping[str, str], others: Mapping[str, str], inputs: Iterable[str], *, vectors: Iterable[str] = ()
) -> None:
    """Raise OutputError when results could not be written as they are named, or would replace each other or an input.

    *rasters* and *others* map what a result is called to its path; *vectors* names those of *others* that are vector
    layers.
    """
    for name, path in rasters.items():
        if Path(path).suffix.lower() not in (".tif", ".tiff"):
            raise OutputError(f"The {name} output should be a GeoTIFF ending in .tif; found '{path}'.")
    for name in vectors:
        find_vector_driver(others[name])
    raster_paths = [_absolute(path) for path in rasters.values()]
    resolved = [*raster_paths, *(_absolute(path) for path in others.values())]
    if len({path.with_suffix("") for path in raster_paths}) != len(raster_paths) or len(set(resolved)) != len(resolved):
        # styles and statistics lie beside each result under its name without extension
        raise OutputError("Two outputs have the same name: give each its own, as class.tif and confidence.tif.")
    stems = {path.with_suffix("") for path in resolved}
    for input_path in inputs:
        source = _absolute(input_path)
        if source in resolved:
            raise OutputError(f"The output {input_path} is the input itself: choose another name.")
        if source.with_suffix("") in stems:
            raise OutputError(
                f"An output has the name of the input {input_path}, whose style and statistics would be replaced: "
                "choose another name."
            )


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()
