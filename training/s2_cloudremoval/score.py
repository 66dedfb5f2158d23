"""Scores on real clear dates under simulated clouds: composites without a model, and whatever restores a series.

Composites are given the exact masks, or those that s2-cloudmask finds; the network none, or these. Figures are those of
models/assess/image_quality.py: PSNR = −20·log10(RMSE) over all bands and pixels of a part, SAM = mean angle between the
spectra; means over the dates.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np
from common.clouds import KINDS, random_layer, simulate_clouds
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from .prepare import BANDS, Place
from .samples import WAVELENGTHS_UM

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Restore = Callable[[Image], tuple[Image, Image]]
"""series (T, 10, H, W) → every date restored, and its variance; the order of the dates does not matter to it"""
FindClouds = Callable[[Image], NDArray[np.int64]]
"""series (T, 10, H, W) → 0 clear, 1 cloud, 2 shadow (T, H, W)"""
CLOUD = 1
BY_MODEL = " by s2-cloudmask"
COVER = 0.35
TEN_METRES = [BANDS.index(band) for band in ("B02", "B03", "B04", "B08")]
"""the bands of benchmarks/clouds_baseline.py"""
BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "clouds_baseline.py"


@dataclass(frozen=True)
class Series:
    """Dates of a place with simulated clouds."""

    truth: Image
    """(T, 10, H, W)"""
    cloudy: Image
    masks: Mask
    """(T, H, W): clouds and shadows"""
    valid: Mask
    """(H, W)"""

    def only(self, dates: list[int]) -> Series:
        """Return the same with some of the dates."""
        return Series(self.truth[dates], self.cloudy[dates], self.masks[dates], self.valid)


def physical_series(place: Place, seed: int) -> Series:
    """Put clouds of `common.clouds` on every date: one layer of droplets or ice over 35 % and its shadow."""
    rng = np.random.default_rng(seed)
    cloudy, masks = [], []
    for image in place.reflectance:
        kind = str(rng.choice(KINDS[:3], p=[0.5, 0.3, 0.2]))
        found = simulate_clouds(image, WAVELENGTHS_UM, rng, layers=[random_layer(kind, rng, COVER)])
        cloudy.append(np.clip(found.reflectance, 0.0001, None) * place.valid)
        # what parallax shows in other bands beside the cloud is at its rim, where it is thin
        masks.append((np.abs(found.reflectance - image) > 0.003 + 0.05 * image).mean(axis=0) > 0.2)
    return Series(place.reflectance, np.stack(cloudy).astype(np.float32), np.stack(masks), place.valid)


def benchmark_series(place: Place, seed: int) -> Series:
    """Put the clouds of benchmarks/clouds_baseline.py on every date: grey ones that it did not learn from."""
    add_clouds = _load(BENCHMARK).add_clouds
    rng = np.random.default_rng(seed)
    pairs = [add_clouds(image, rng) for image in place.reflectance]
    cloudy = np.stack([image * place.valid for image, _ in pairs]).astype(np.float32)
    return Series(place.reflectance, cloudy, np.stack([mask for _, mask in pairs]), place.valid)


def _load(path: Path) -> ModuleType:
    name = f"removal_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def near_in_time(target: int, dates: int, count: int) -> list[int]:
    """Return the target first, then the others by distance in the order of time, *count* in all."""
    return sorted(range(dates), key=lambda date: (abs(date - target), date))[:count]


def nearest(series: Series) -> Image:
    """Return the first date under its clouds from the nearest clear date; lost pixels stay as observed."""
    result = series.cloudy[0].copy()
    open_places = series.masks[0].copy()
    for image, mask in zip(series.cloudy[1:], series.masks[1:]):
        takes = open_places & ~mask
        result[:, takes] = image[:, takes]
        open_places &= ~takes
    return result


def median(series: Series) -> Image:
    """Return the first date under its clouds as the median of the clear dates; lost pixels stay as observed."""
    result = series.cloudy[0].copy()
    hidden = series.masks[1:]
    count = (~hidden).sum(axis=0)
    takes = series.masks[0] & (count > 0)
    if not takes.any():
        return result
    ranked = np.where(hidden[:, None], np.inf, series.cloudy[1:])[:, :, takes]
    ranked.sort(axis=0)
    count = count[takes]
    middle = [np.take_along_axis(ranked, place[None, None], axis=0)[0] for place in ((count - 1) // 2, count // 2)]
    result[:, takes] = (middle[0] + middle[1]) / 2
    return result


def regression(series: Series) -> Image:
    """Return the first date under its clouds as other dates predict it, without anything learned.

    For every other date a linear regression of all bands on pixels that both show; the predictions are averaged with
    the inverse of their squared errors; lost pixels are filled from the clear ones around. With at least 200 common
    pixels; else the other date as it is.
    """
    target, own = series.cloudy[0], ~series.masks[0] & series.valid
    total, weights = np.zeros(target.shape), np.zeros(target.shape[1:])
    for image, mask in zip(series.cloudy[1:], series.masks[1:]):
        both = own & ~mask
        guess, error = image.astype(np.float64), 0.05**2
        if both.sum() >= 200:
            given = np.concatenate([np.ones((1, int(both.sum()))), image[:, both]])
            gram = given @ given.T + 1e-4 * both.sum() * np.diag([0, *[1] * len(image)]) * 0.01
            solved = np.linalg.solve(gram, given @ target[:, both].T)
            guess = np.einsum("kc,khw->chw", solved[1:], image) + solved[0][:, None, None]
            error = float(((solved.T @ given - target[:, both]) ** 2).mean())
        weight = np.where(mask, 0, 1 / error)
        total += weight * guess
        weights += weight
    result = np.where(weights > 0, total / np.maximum(weights, 1e-9), _around(target, own))
    return np.where(series.masks[0], result, target).astype(np.float32)


def _around(image: Image, clear: Mask) -> NDArray[np.float64]:
    """Return means of clear pixels in the smallest of several squares that has some."""
    result, count = np.zeros(image.shape), np.zeros(image.shape[1:])
    planes = np.concatenate([np.where(clear, image, 0.0), clear[None]]).astype(np.float64)
    for size, share in ((5, 1.0), (21, 1e-2), (101, 1e-4), (501, 1e-6)):
        for _ in range(2):  # twice, so that no square shows
            planes = uniform_filter(planes, (0, size, size), mode="constant")
        result += share * planes[:-1]
        count += share * planes[-1]
    return result / np.maximum(count, 1e-12)


COMPOSITES: dict[str, Callable[[Series], Image]] = {"nearest": nearest, "median": median, "regression": regression}


@dataclass(frozen=True)
class Errors:
    """An image against the truth over some pixels."""

    pixels: int
    psnr_db: float
    sam_deg: float
    psnr_10m_db: float
    """of B02, B03, B04 and B08"""
    rmse: float
    within_one: float | None = None
    """share of errors within one predicted standard deviation"""
    within_two: float | None = None
    within_one_by_band: tuple[float, ...] = ()


Scores = dict[str, dict[str, Errors | None]]
"""method → part → errors"""


def measure(image: Image, truth: Image, part: Mask, variance: Image | None = None) -> Errors | None:
    """Return the errors of an image (10, H, W) over the pixels of a part; None where it has none."""
    if not part.any():
        return None
    found, true = image[:, part].astype(np.float64), truth[:, part].astype(np.float64)
    difference = found - true
    lengths = np.linalg.norm(found, axis=0) * np.linalg.norm(true, axis=0)
    cosine = (found * true).sum(axis=0) / np.maximum(lengths, 1e-12)
    within: tuple[float, ...] = ()
    one = two = None
    if variance is not None:
        ratio = np.abs(difference) / np.sqrt(variance[:, part])
        one, two = float((ratio <= 1).mean()), float((ratio <= 2).mean())
        within = tuple(float(share) for share in (ratio <= 1).mean(axis=1))
    rmse = float(np.sqrt((difference**2).mean()))
    return Errors(
        pixels=int(part.sum()),
        psnr_db=-20 * np.log10(rmse + 1e-9),
        sam_deg=float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()),
        psnr_10m_db=-10 * np.log10(float((difference[TEN_METRES] ** 2).mean()) + 1e-18),
        rmse=rmse,
        within_one=one,
        within_two=two,
        within_one_by_band=within,
    )


def hide(series: Series, masks: Mask) -> Image:
    """Return the cloudy dates with masked pixels as such without data, as the plugin feeds them."""
    return np.where(masks[:, None], np.float32(0), series.cloudy)


def score_series(series: Series, restore: Restore, find: FindClouds, count: int) -> list[Scores]:
    """Return, for every date as the target with *count* dates in all, its scores: see `score_first`."""
    dates = len(series.truth)
    found = find(series.cloudy)
    ways = ways_to_feed(series, found)
    together = {name: restore(images) for name, images in ways.items()} if count == dates else {}
    scores = []
    for target in range(dates):
        order = near_in_time(target, dates, count)
        restored = {}
        for name, shown in ways.items():
            clear, variance = together[name] if together else restore(shown[order])
            place = target if together else 0
            restored[name] = clear[place], variance[place]
        scores.append(score_first(series.only(order), found[order] > 0, restored))
    return scores


def ways_to_feed(series: Series, found: NDArray[np.int64]) -> dict[str, Image]:
    """Return what the network is fed: all as it is; told of clouds by the exact masks, or by the classes *found*.

    Of these once more clouds alone: shadows still show the ground, and water is taken for them.
    """
    return {
        "network": series.cloudy,
        "network, told": hide(series, series.masks),
        "network, told" + BY_MODEL: hide(series, found > 0),
        "network, told of clouds alone" + BY_MODEL: hide(series, found == CLOUD),
    }


def score_first(series: Series, found: Mask, restored: dict[str, tuple[Image, Image]]) -> Scores:
    """Return method → part → errors of the first date, for composites and what was *restored*, with its variance.

    Composites get the exact masks and, once more, those that were *found*. Parts: ``cloudy``, those of its pixels that
    some other date shows (``shown``) or none (``lost``), and ``clear``.
    """
    cloudy = series.masks[0] & series.valid
    lost = cloudy & series.masks[1:].all(axis=0)
    parts = {"cloudy": cloudy, "shown": cloudy & ~lost, "lost": lost, "clear": ~series.masks[0] & series.valid}
    images: dict[str, tuple[Image, Image | None]] = {"as it is": (series.cloudy[0], None)}
    for ending, given in (("", series), (BY_MODEL, replace(series, masks=found))):
        images |= {name + ending: (way(given), None) for name, way in COMPOSITES.items()}
    images |= restored
    return {
        name: {part: measure(image, series.truth[0], where, spread) for part, where in parts.items()}
        for name, (image, spread) in images.items()
    }


def mean_over_dates(found: list[Scores], method: str, part: str, key: str) -> float | None:
    """Return the mean of a figure over the dates that have such pixels; None where no date has."""
    values = [getattr(errors, key) for date in found if (errors := date[method][part]) is not None]
    return None if not values or values[0] is None else float(np.mean(values))


def padded(series: Image, multiple: int = 32) -> Image:
    """Return a series mirrored at its lower and right edges to a size that the network takes."""
    height, width = series.shape[-2:]
    return np.pad(series, ((0, 0), (0, 0), (0, -height % multiple), (0, -width % multiple)), "reflect")
