"""The data of the demonstration: a synthetic place on four dates, and what is true of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import bundled
import numpy as np
import scenes
from common import OUT, say
from osgeo import gdal

CLOUDY_DAY, LATER_DAY = "2024-06-18", "2025-06-20"
NO_CLASS = 255


@dataclass(frozen=True)
class Example:
    """Where everything lies."""

    folder: Path

    @property
    def dates(self) -> dict[str, Path]:
        """The scenes, day → path, oldest first."""
        return {visit.day: self.folder / f"scene_{visit.day}.tif" for visit in scenes.SERIES}

    @property
    def clear_truth(self) -> Path:
        """The cloudy date as it would be without clouds."""
        return self.folder / f"truth_clear_{CLOUDY_DAY}.tif"

    def cover_truth(self, day: str) -> Path:
        """Return the true land cover of a date."""
        return self.folder / f"truth_cover_{day}.tif"

    @property
    def makers(self) -> tuple[Path, ...]:
        """The files that decide what is drawn."""
        return (*(Path(str(name)) for name in (scenes.__file__, __file__, bundled.__file__)), bundled.COVER_CARD)


def example_scenes() -> Example:
    """Draw the scenes, once; return where they are."""
    example = Example(OUT / "scenes")
    if example.folder.is_dir() and all(
        maker.stat().st_mtime < example.folder.stat().st_mtime for maker in example.makers
    ):
        say(f"the example scenes are there already: {example.folder}")
        return example
    say(f"drawing the example scenes in {example.folder}")
    unfinished = Example(OUT / "scenes.part")
    for folder in (unfinished.folder, example.folder):
        shutil.rmtree(folder, ignore_errors=True)
    drawn = scenes.draw_series()
    for day, path in unfinished.dates.items():
        scenes.write_scene(path, drawn[day])
    scenes.write_scene(unfinished.clear_truth, drawn[CLOUDY_DAY].without_clouds())
    for day in (CLOUDY_DAY, LATER_DAY):
        write_cover(unfinished.cover_truth(day), drawn[day], unfinished.dates[day])
    unfinished.folder.rename(example.folder)
    return example


def true_classes(scene: scenes.Scene) -> np.ndarray:
    """Return the class value of each pixel, NO_CLASS where there is no data."""
    classes = bundled.land_covers()
    values = [next(item.value for item in classes if cover in item.covers) for cover in scenes.COVERS]
    return np.where(scene.valid, np.asarray(values, np.uint8)[scene.cover], NO_CLASS).astype(np.uint8)


def write_cover(path: Path, scene: scenes.Scene, like: Path) -> None:
    """Write the true land cover with names and colours, on the grid of another raster."""
    source = gdal.Open(str(like))
    size = source.RasterXSize, source.RasterYSize
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), *size, 1, gdal.GDT_Byte, ["TILED=YES", "COMPRESS=DEFLATE"]
    )
    dataset.SetProjection(source.GetProjection())
    dataset.SetGeoTransform(source.GetGeoTransform())
    band = dataset.GetRasterBand(1)
    table = gdal.ColorTable()
    classes = bundled.land_covers()
    for item in classes:
        table.SetColorEntry(item.value, (*bytes.fromhex(item.color), 255))
    band.SetColorTable(table)
    names = {item.value: item.name for item in classes}
    band.SetCategoryNames([names.get(value, "") for value in range(max(names) + 1)])
    band.SetNoDataValue(NO_CLASS)
    band.WriteArray(true_classes(scene))
    dataset.FlushCache()
