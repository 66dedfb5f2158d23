"""Cloud removal without a model, on real dates: clouds are simulated on clear ones, so the truth is known.

Run with ``.venv/bin/python benchmarks/clouds_baseline.py [model.onnx …]``; a model is scored beside the baselines where
its bands are there. Prints a table and writes ``build/clouds.json``. Figures are those of `compare_images`: reflectance
from 0 to 1, PSNR and RMSE over all bands, over the cloudy part alone and over the whole image.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal

ROOT = Path(__file__).resolve().parent.parent
SHARE = 0.35
"""of every date under simulated clouds and their shadows, about"""
BOADELLA_CLEAR = ("2020-06-21", "2020-09-14", "2021-07-16", "2021-07-21", "2022-03-08")
BOADELLA_BANDS = ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12"]
EOLEARN_BANDS = ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12"]
OSCD_BANDS = ["B02", "B03", "B04", "B08"]
_RGB = slice(1, 4)


def load(path: Path, name: str, package: bool = False) -> ModuleType:
    """Load a module of the repository by its path; the root must stay off sys.path."""
    if name in sys.modules:
        return sys.modules[name]
    folders = [str(path.parent)] if package else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=folders)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


load(ROOT / "__init__.py", "geonnx", package=True)
rasters = load(ROOT / "tests" / "rasters.py", "geonnx_bench_rasters")


def find_data() -> Path:
    """Return the folder of shared example data; raise SystemExit where there is none."""
    folder: Path | None = load(ROOT / "tests" / "conftest.py", "geonnx_bench_conftest").find_shared_data()
    if folder is None:
        raise SystemExit(
            "no shared example data: set GEONNX_SHARED_DATA or place it in ../shared/data beside the clone"
        )
    return folder


@dataclass(frozen=True)
class Place:
    """Clear dates of a place: reflectance (band, row, column) by date, and where the pixels lie."""

    name: str
    dates: dict[str, NDArray[np.float32]]
    bands: list[str]
    geotransform: tuple[float, ...]
    epsg: int


def boadella(data: Path) -> Place:
    """Return the five clear dates of the reservoir, Sentinel-2 L2A."""
    dates = {}
    for day in BOADELLA_CLEAR:
        dataset = gdal.Open(str(data / "boadella" / f"Boadella_{day}.tif"))
        dates[day] = dataset.ReadAsArray().astype(np.float32) / 10000
    return Place("boadella", dates, BOADELLA_BANDS, dataset.GetGeoTransform(), 4326)


def eolearn(data: Path) -> Place:
    """Return the three darkest, which are the clear ones, of the five reference scenes, Sentinel-2 L1C."""
    scenes = np.load(data / "eolearn" / "REFERENCE_SCENES.npy").transpose(0, 3, 1, 2).astype(np.float32)
    clear = sorted(np.argsort(scenes[:, _RGB].mean(axis=(1, 2, 3)))[:3])
    days = ("2017-01-01", "2017-02-01", "2017-03-01")  # they come without dates
    return Place("eolearn", dict(zip(days, scenes[clear])), EOLEARN_BANDS, rasters.NORTH_UP, 32633)


def oscd(data: Path, city: str) -> Place:
    """Return the two dates of a city, years apart, 10 m bands of Sentinel-2 L1C."""
    days = [line.split(": ")[1] for line in (data / "oscd" / city / "dates.txt").read_text().split("\n")[:2]]
    dates = {}
    for number, day in enumerate(days, start=1):
        files = [next((data / "oscd" / city / str(number)).glob(f"*_{band}.tif")) for band in OSCD_BANDS]
        dates[day] = np.stack([gdal.Open(str(file)).ReadAsArray() for file in files]).astype(np.float32) / 10000
    return Place(f"oscd {city}", dates, OSCD_BANDS, gdal.Open(str(files[0])).GetGeoTransform(), 4326)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], coarsest_px: int = 96) -> NDArray[np.float64]:
    """Return noise of several scales, each half as strong as the one twice as coarse."""
    total = np.zeros(shape)
    strength, cell = 1.0, coarsest_px
    while cell >= 3:
        grid = rng.random((shape[0] // cell + 3, shape[1] // cell + 3))
        rows, columns = np.arange(shape[0]) / cell, np.arange(shape[1]) / cell
        r, c = rows.astype(int), columns.astype(int)
        fr, fc = (rows - r)[:, None], (columns - c)[None]
        fr, fc = fr * fr * (3 - 2 * fr), fc * fc * (3 - 2 * fc)
        top = grid[r][:, c] * (1 - fc) + grid[r][:, c + 1] * fc
        low = grid[r + 1][:, c] * (1 - fc) + grid[r + 1][:, c + 1] * fc
        total += strength * (top * (1 - fr) + low * fr)
        strength, cell = strength / 2, cell // 2
    return total


def add_clouds(
    values: NDArray[np.float32], rng: np.random.Generator, share: float = SHARE
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return reflectance under simulated clouds with shadows, and where they are.

    A cloud of opacity a and brightness b makes a·b + (1 − a)·ground of each band; a shadow takes up to half of it.
    """
    shape = values.shape[1:]
    field = smooth_noise(rng, shape)
    rim = 0.15 * field.std()
    opacity = np.clip((field - np.quantile(field, 1 - 0.7 * share)) / rim, 0, 1)
    brightness = 0.45 + 0.35 * smooth_noise(rng, shape, 24) / 2
    down, right = (int(n) for n in rng.integers(6, 18, 2))
    shadow = np.zeros(shape)
    shadow[down:, right:] = opacity[:-down, :-right]
    shadow[opacity > 0] = 0
    ground = values * (1 - 0.5 * shadow)
    cloudy = opacity * brightness + (1 - opacity) * ground
    return cloudy.astype(np.float32), (opacity > 0) | (shadow > 0)


@dataclass(frozen=True)
class Score:
    """One restored date against the truth."""

    place: str
    target: str
    method: str
    figures: dict[str, float | None]


def write_place(place: Place, folder: Path, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Write dates under clouds, their masks and the clear truth; return the paths of each, as uint16 × 10000."""
    rng = np.random.default_rng(seed)
    clouded, masks, truth = [], [], []
    where: dict[str, Any] = {"geotransform": place.geotransform, "epsg": place.epsg}
    for day, values in place.dates.items():
        cloudy, mask = add_clouds(values, rng)
        for paths, prefix, array in ((clouded, "cloudy", cloudy), (truth, "truth", values)):
            stored = np.clip(np.rint(array * 10000), 0, 65535).astype(np.uint16)
            paths.append(str(rasters.write_raster(folder / f"{prefix}_{day}.tif", stored, names=place.bands, **where)))
        mask_path = folder / f"mask_{day}.tif"
        masks.append(str(rasters.write_raster(mask_path, mask[np.newaxis].astype(np.uint8), **where)))
    return clouded, masks, truth


def score_place(place: Place, models: list[Path], seed: int = 1) -> list[Score]:
    """Restore each date of a place by every method; return the figures."""
    from geonnx.models import CloudInputs, CloudSettings, load_model, remove_clouds
    from geonnx.models.assess.image_pair import ValueScale
    from geonnx.models.assess.image_quality import compare_images
    from geonnx.models.errors import GeonnxError

    found = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        clouded, masks, truth = write_place(place, folder, seed)
        inputs = CloudInputs(tuple(clouded), cloud_masks=tuple(masks))
        ways: list[tuple[str, Path | None, dict[str, Any]]] = [
            ("nearest", None, {"method": "nearest"}),
            ("nearest, filled", None, {"method": "nearest", "lost": "fill"}),
            ("median", None, {"method": "median"}),
            ("regression", None, {"method": "regression"}),
            ("regression, filled", None, {"method": "regression", "lost": "fill"}),
            ("median, not kept", None, {"method": "median", "keep_clear": False}),
            *((path.stem, path, {}) for path in models),
        ]
        for target, day in enumerate(place.dates):
            results = {"as it is": clouded[target]}
            for name, path, more in ways:
                out = str(folder / "out.tif").replace("out", f"out_{len(results)}_{target}")
                try:
                    model = None if path is None else load_model(path)
                    remove_clouds(model, inputs, out, None, CloudSettings(target=target, **more))
                except GeonnxError as error:  # a model that can't take the place is told, not fatal
                    print(f"{place.name} {day} {name}: {error}", file=sys.stderr)
                    continue
                results[name] = out
            for name, path_of in results.items():
                bands = ",".join(OSCD_BANDS)
                compared = compare_images(
                    path_of, truth[target], masks[target], bands=bands, scale=ValueScale(1e-4, 0.0)
                )
                parts = {part.name: part.figures for part in compared.parts}
                figures = {
                    f"{part}_{key}": getattr(parts[part], key)
                    for part in ("cloudy", "whole")
                    for key in ("psnr_db", "ssim", "sam_deg", "rmse")
                }
                found.append(Score(place.name, day, name, figures))
    return found


def print_table(scores: list[Score]) -> None:
    """Print the mean over the dates of each place and method."""
    heads = f"{'dates':>6}{'PSNR cloudy':>13}{'SSIM':>8}{'SAM °':>8}{'PSNR whole':>12}{'SSIM':>8}"
    print(f"{'place':<18}{'method':<20}{heads}")
    for place, method in dict.fromkeys((score.place, score.method) for score in scores):
        rows = [score.figures for score in scores if (score.place, score.method) == (place, method)]
        keys = ("cloudy_psnr_db", "cloudy_ssim", "cloudy_sam_deg", "whole_psnr_db", "whole_ssim")
        means = [float(np.mean([row[key] for row in rows if row[key] is not None])) for key in keys]
        print(
            f"{place:<18}{method:<20}{len(rows):>6}{means[0]:>13.2f}{means[1]:>8.3f}{means[2]:>8.2f}{means[3]:>12.2f}"
            f"{means[4]:>8.3f}"
        )


def main() -> None:
    """Score the baselines, and models that are named, on all places."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", type=Path, help="cloud removal models to score beside the baselines")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "clouds.json")
    arguments = parser.parse_args()
    data = find_data()
    places = [boadella(data), eolearn(data), oscd(data, "montpellier"), oscd(data, "rio")]
    scores = [score for place in places for score in score_place(place, arguments.models)]
    print_table(scores)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps([vars(score) for score in scores], indent=1))


if __name__ == "__main__":
    main()
