"""The data of the demonstration: a synthetic place on four dates, what is true of it, and two models."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import bundled
import numpy as np
import scenes
from bundled import true_covers
from common import CLOUD_MODEL, OUT, cloud_model, say
from osgeo import gdal

import models

CLOUDY_DAY, LATER_DAY = "2024-06-18", "2025-06-20"
NO_CLASS = 255
# the bands that the models of published spectra take
SPECTRAL_BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")


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
        found = [Path(str(name)) for name in (scenes.__file__, models.__file__, __file__, bundled.__file__)]
        card = bundled.ZOO / f"{bundled.LAND_COVER}.json"  # the truth has its classes
        return (*found, card) if card.exists() else tuple(found)


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
    values = [next(item.value for item in true_covers() if cover in item.covers) for cover in scenes.COVERS]
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
    classes = true_covers()
    for item in classes:
        table.SetColorEntry(item.value, (*bytes.fromhex(item.color), 255))
    band.SetColorTable(table)
    names = {item.value: item.name for item in classes}
    band.SetCategoryNames([names.get(value, "") for value in range(max(names) + 1)])
    band.SetNoDataValue(NO_CLASS)
    band.WriteArray(true_classes(scene))
    dataset.FlushCache()


def copy_cloud_model() -> Path:
    """Copy the trained cloud model with its makers' description, to be described more fully; return its path."""
    source, target = cloud_model(), OUT / "models" / f"ukis_csmask_{CLOUD_MODEL}"
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".onnx", ".json"):
        shutil.copyfile(source.with_suffix(suffix), target.with_suffix(suffix))
    return target


def example_models() -> tuple[Path, Path]:
    """Make the two models of land cover; return the paths of the one of pixels and the one of chips."""
    places = [scenes.BANDS.index(name) for name in SPECTRAL_BANDS]
    covers = {name: [spectrum[place] for place in places] for name, spectrum in scenes.SPECTRA.items()}
    spectra = models.Spectra(SPECTRAL_BANDS, covers, [scenes.PATH_REFLECTANCE[place] for place in places])
    return models.make_models(OUT / "models", spectra)
