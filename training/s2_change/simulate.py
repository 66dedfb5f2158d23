"""Date pairs with known change, made of real scenes: transplanted parcels, seasons, light, haze, misregistration.

A chip of one place is taken twice: at its two real dates, or one date two times. Into the second, parcels of other
places are transplanted: real shapes, since they are cut along the borders of the donor's land cover. What counts as
change is decided by the land cover before and after (`CHANGE`): a field in the place of another field is *no* change,
however different it looks, and a field that turns brown or green is none either. Then each date gets radiometry,
haze, blur, noise and a shift of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .prepare import BANDS, SPREAD, Pair

SIDE = 96
"""of a chip, pixels"""
IGNORED = -1
SURE = 0.42
"""the teacher's confidence from which its class counts (its highest is about 0.75)"""

ALIKE = 0.35
"""mean difference of bands, in their SPREAD, below which a transplanted pixel can't be called change"""

OTHER = 0.9
"""the same difference from which a built or bare parcel in the place of another one is change: built anew, dug, filled

Nine in ten built or bare pixels that stay differ by less than 0.3 to 0.9 between the dates, by city.
"""

WATER, TREES, GRASS, FLOODED, CROPS, SHRUB, BUILT, BARE, SNOW = range(9)
_GREEN = (TREES, GRASS, FLOODED, CROPS, SHRUB)
_PATH = np.array([1.0, 0.7, 0.45, 0.4, 0.33, 0.28, 0.22, 0.2, 0.04, 0.02], np.float32)
"""how strongly haze brightens each of BANDS, the blue one = 1 (about the fourth power law of clear, thin haze)"""
_WET = np.array([0.1, 0.12, 0.18, 0.25, 0.4, 0.45, 0.45, 0.47, 0.62, 0.68], np.float32)
"""how much of the light of BANDS a wet or freshly flooded field swallows: infrared most"""
_RED, _NEAR = BANDS.index("B04"), BANDS.index("B08")


def change_table() -> np.ndarray:
    """Return (10, 10) int8 by class before and after: 1 change, 0 none, IGNORED where land cover alone does not say."""
    table = np.full((10, 10), IGNORED, np.int8)
    for one in (TREES, GRASS, CROPS, SHRUB, BUILT, BARE):
        table[one, WATER] = table[WATER, one] = 1
    for one in (TREES, GRASS, CROPS, SHRUB):
        table[one, BUILT] = table[BUILT, one] = 1
    for one in (TREES, GRASS, CROPS):
        table[one, BARE] = table[BARE, one] = 1
    table[BARE, BUILT] = table[BUILT, BARE] = 1
    table[TREES, [CROPS, GRASS]] = table[[CROPS, GRASS], TREES] = 1
    table[WATER, WATER] = table[TREES, TREES] = table[FLOODED, FLOODED] = 0
    for one in (GRASS, CROPS):
        table[one, [GRASS, CROPS]] = 0
    table[SHRUB, [SHRUB, GRASS]] = table[GRASS, SHRUB] = 0
    table[FLOODED, CROPS] = table[CROPS, FLOODED] = 0
    return table


CHANGE = change_table()
"""a built or bare parcel in the place of another one is left out of the loss: it may be change (`Source.is_anew`)"""


@dataclass(frozen=True)
class Chip:
    """A place at one date."""

    reflectance: np.ndarray
    """(10, SIDE, SIDE) float32"""
    classes: np.ndarray
    """(SIDE, SIDE) uint8; 9 where the teacher is unsure"""


class Source:
    """All pairs that chips are cut from, in one or several pixel sizes, with places of every class to cut at.

    IS_ANEW: what is built or dug anew on built or bare ground counts as change, where it differs enough (OTHER).
    DRAWN: labels by eye (H, W) of each pair, 1, 0 or IGNORED; none for a source of simulated change alone. SHARE of the
    chips are cut where there are such labels.
    """

    def __init__(
        self, pairs: Sequence[Pair], *, is_anew: bool, drawn: Sequence[np.ndarray] = (), share: float = 0.0
    ) -> None:
        self.is_anew, self.share = is_anew, share
        self.pairs = [pair for pair in pairs if min(pair.classes.shape[1:]) >= SIDE]
        self.drawn = [labels for labels in drawn if min(labels.shape) >= SIDE]
        self.drawn_places = {
            label: [
                (number, where)
                for number, labels in enumerate(self.drawn)
                if len(where := np.argwhere(labels == label))
            ]
            for label in (0, 1)
        }
        self.sure = [
            np.where((pair.confidence >= SURE) & (pair.classes < 9), pair.classes, 9).astype(np.uint8)
            for pair in self.pairs
        ]
        areas = np.array([pair.classes[0].size for pair in self.pairs], float)
        self.weights = areas**0.3 / (areas**0.3).sum()
        self.places: dict[int, list[np.ndarray]] = {}
        rng = np.random.default_rng(5)
        for kind in (WATER, TREES, CROPS, GRASS, BUILT, BARE):
            self.places[kind] = []
            for number, classes in enumerate(self.sure):
                where = np.argwhere(classes == kind)
                chosen = where[rng.choice(len(where), min(len(where), 4000), replace=False)] if len(where) > 30 else []
                if len(chosen):
                    self.places[kind].append(np.column_stack([np.full(len(chosen), number), chosen]))

    def host(self, rng: np.random.Generator) -> tuple[int, slice, slice]:
        """Return a pair's number and a window: a third of them anywhere, the others where less is built."""
        if rng.random() < 0.33:
            number = int(rng.choice(len(self.pairs), p=self.weights))
            height, width = self.pairs[number].classes.shape[1:]
            return number, *_window(rng.integers(height), rng.integers(width), height, width)
        number, _, row, column = self.place(rng, int(rng.choice((CROPS, CROPS, TREES, BARE, WATER, GRASS))))
        return number, *_window(row, column, *self.pairs[number].classes.shape[1:], rng)

    def place(self, rng: np.random.Generator, kind: int, number: int | None = None) -> tuple[int, int, int, int]:
        """Return pair, date, row and column of a pixel of a class, of a certain pair where it has any."""
        lists = [places for places in self.places[kind] if number is None or places[0, 0] == number]
        chosen = rng.choice((lists or self.places[kind])[rng.integers(len(lists or self.places[kind]))])
        return tuple(int(value) for value in chosen)  # type: ignore[return-value]

    def drawn_host(self, rng: np.random.Generator) -> tuple[int, slice, slice]:
        """Return a pair's number and a window with an area drawn by eye, twice in three times one that changed."""
        places = self.drawn_places[int(rng.random() < 0.67)]
        weights = np.array([len(where) ** 0.25 for _, where in places])
        number, where = places[rng.choice(len(places), p=weights / weights.sum())]
        row, column = where[rng.integers(len(where))]
        return number, *_window(row, column, *self.drawn[number].shape, rng)

    def chip(self, number: int, date: int, rows: slice, columns: slice) -> Chip:
        """Cut a chip."""
        return Chip(
            self.pairs[number].reflectance[date, :, rows, columns].copy(),
            self.sure[number][date, rows, columns].copy(),
        )


def _window(
    row: int, column: int, height: int, width: int, rng: np.random.Generator | None = None
) -> tuple[slice, slice]:
    """Return a window around a pixel (somewhere around it, with RNG), within the scene."""
    starts = []
    for place, side in ((row, height), (column, width)):
        before = SIDE // 2 if rng is None else int(rng.integers(SIDE // 8, SIDE - SIDE // 8))
        starts.append(int(np.clip(place - before, 0, side - SIDE)))
    return slice(starts[0], starts[0] + SIDE), slice(starts[1], starts[1] + SIDE)


def blob(rng: np.random.Generator, share: float, scale: float) -> np.ndarray:
    """Return a random mask (SIDE, SIDE) that covers SHARE of the chip in patches of about SCALE pixels."""
    coarse = max(3, round(SIDE / scale) + 2)
    noise = ndimage.zoom(rng.standard_normal((coarse, coarse)).astype(np.float32), SIDE / (coarse - 1), order=1)
    noise = noise[:SIDE, :SIDE]
    return noise > np.quantile(noise, 1 - share)


def smooth(rng: np.random.Generator, cells: int) -> np.ndarray:
    """Return a smooth random field (SIDE, SIDE) from 0 to 1."""
    noise = ndimage.zoom(rng.random((cells, cells)).astype(np.float32), SIDE / cells, order=1)
    return noise[:SIDE, :SIDE]


def real_labels(before: np.ndarray, after: np.ndarray, difference: np.ndarray, *, is_anew: bool) -> np.ndarray:
    """Return labels (H, W) of a real pair: what the teacher is sure of at both dates, and sees nothing against.

    Change needs a patch of at least 3 × 3 px with differences beyond what is usual in the chip; pixels whose classes
    are unsure are taken as unchanged unless they differ a lot: most of the ground stays. With IS_ANEW so are built and
    bare ones: a site may be called the same as what is built on it.
    """
    usual = np.median(difference)
    leaves = ((before == BUILT) & (after == TREES)) | ((before == TREES) & (after == BUILT))  # mostly of street trees
    found = (CHANGE[before, after] == 1) & ~leaves
    found &= difference > 1.5 * usual
    kept = ndimage.binary_opening(found, np.ones((3, 3)))
    labels = np.where(difference < 3 * usual, 0, IGNORED)
    same = (before == after) & (before < 9)
    labels[same & ~np.isin(before, (BUILT, BARE)) if is_anew else same] = 0
    labels[found] = IGNORED
    labels[kept] = 1
    labels[CHANGE[before, after] == 1] = np.where(kept, 1, IGNORED)[CHANGE[before, after] == 1]
    return labels.astype(np.int8)


def transplant(
    source: Source, number: int, date: int, host: Chip, chip: Chip, labels: np.ndarray, rng: np.random.Generator
) -> None:
    """Put parcels of one class from elsewhere into CHIP and their labels into LABELS, both in place.

    Donors come from the same scene most of the time, so that their light is the host's; else from any scene.
    """
    kind = int(rng.choice((BUILT, BARE, CROPS, TREES, WATER, GRASS), p=(0.3, 0.22, 0.2, 0.1, 0.1, 0.08)))
    donor_number, donor_date, row, column = source.place(rng, kind, number if rng.random() < 0.6 else None)
    if donor_number == number and kind != CROPS:
        donor_date = date
    height, width = source.pairs[donor_number].classes.shape[1:]
    donor = source.chip(donor_number, donor_date, *_window(row, column, height, width))
    turn = int(rng.integers(4))
    values, classes = np.rot90(donor.reflectance, turn, (1, 2)), np.rot90(donor.classes, turn)
    if rng.random() < 0.5:
        values, classes = values[:, :, ::-1], classes[:, ::-1]
    scale = float(np.exp(rng.uniform(np.log(6), np.log(60))))
    mask = blob(rng, float(rng.uniform(0.05, 0.55)), scale)
    if rng.random() < 0.8:
        mask &= ndimage.binary_opening(classes == kind, np.ones((2, 2)))
    if not mask.any():
        return
    gain = float(np.exp(rng.normal(0, 0.08)))
    if kind in (BARE, BUILT):
        gain *= float(np.exp(rng.uniform(-0.25, 0.35)))  # soils and roofs are darker and brighter than those at hand
    values = values * np.float32(gain)
    difference = (np.abs(values - chip.reflectance) / SPREAD[:, None, None]).mean(0)
    weight = ndimage.gaussian_filter(mask.astype(np.float32), float(rng.uniform(0.3, 0.8)))
    chip.reflectance[:] = chip.reflectance + weight * (values - chip.reflectance)
    verdict = CHANGE[host.classes, classes]
    verdict[(verdict == 1) & (difference < ALIKE)] = IGNORED  # the teacher's borders are coarser than the ground's
    if source.is_anew:
        alike = np.isin(host.classes, (BUILT, BARE)) & (host.classes == classes)
        verdict[alike & (difference > OTHER)] = 1
    inside = weight > 0.7
    labels[inside] = verdict[inside]
    labels[(weight > 0.15) & ~inside & (labels == 0)] = IGNORED
    chip.classes[inside] = classes[inside]


def season(chip: Chip, rng: np.random.Generator) -> None:
    """Turn vegetation greener or browner, and fields wet, in place: a way towards another spectrum of the chip.

    What a pixel takes on is that of vegetation in the same chip with little or with much green (by NDVI), times the
    share of green in the pixel itself; built and bare ground and water stay as they are.
    """
    red, near = chip.reflectance[_RED], chip.reflectance[_NEAR]
    index = (near - red) / np.maximum(near + red, 0.02)
    green = np.isin(chip.classes, _GREEN) | ((chip.classes == 9) & (index > 0.25))
    if green.sum() < 50:
        return
    flat, order = chip.reflectance[:, green], np.argsort(index[green])
    few = max(5, len(order) // 12)
    brown, lush = flat[:, order[:few]].mean(1), flat[:, order[-few:]].mean(1)
    bare = brown * np.array([1.0, 1.05, 1.15, 1.12, 0.95, 0.9, 0.88, 0.88, 1.1, 1.2], np.float32)
    by_class = rng.uniform(-0.5, 0.6, 10).astype(np.float32)
    by_class[TREES] *= 0.6
    amount = by_class[chip.classes] + rng.uniform(0, 0.7) * (_fields(rng) - 0.5) * np.isin(chip.classes, (CROPS, GRASS))
    amount = ndimage.uniform_filter(np.where(green, amount, 0), 3)
    share = np.clip((index - 0.1) / 0.5, 0, 1)
    to_brown = np.clip(amount, 0, 0.85) * share
    to_lush = np.clip(-amount, 0, 0.8) * green
    chip.reflectance[:] += to_brown * (bare[:, None, None] - chip.reflectance)
    chip.reflectance[:] += to_lush * (lush[:, None, None] - chip.reflectance)
    if rng.random() < 0.25:
        wet = ndimage.uniform_filter(rng.uniform(0, 0.7) * _fields(rng) * np.isin(chip.classes, (CROPS, FLOODED)), 3)
        chip.reflectance[:] *= 1 - wet * _WET[:, None, None]


def _fields(rng: np.random.Generator) -> np.ndarray:
    """Return a mosaic (SIDE, SIDE) of fields with a value from 0 to 1 each: the nearest of random points."""
    points = rng.random((int(rng.integers(8, 40)), 2)) * SIDE
    rows, columns = np.mgrid[:SIDE:3, :SIDE:3]
    distance = np.abs(rows[..., None] - points[:, 0]) + np.abs(columns[..., None] - points[:, 1])
    return rng.random(len(points)).astype(np.float32)[distance.argmin(-1)].repeat(3, 0).repeat(3, 1)


def observe(values: np.ndarray, rng: np.random.Generator, *, contrast: float, is_shifted: bool) -> np.ndarray:
    """Return a chip as a date's sky, sun and sensor show it: shift, blur, contrast, light, haze, gain, noise."""
    if is_shifted:
        reach = float(rng.choice((0.3, 1.0), p=(0.7, 0.3)))
        shift = rng.uniform(-reach, reach, 2)
        values = ndimage.shift(values, (0, *shift), order=1, mode="nearest")
    if rng.random() < 0.4:
        values = ndimage.gaussian_filter(values, (0, *[float(rng.uniform(0.2, 0.8))] * 2))
    mean = values.mean((1, 2), keepdims=True)
    values = mean + np.float32(contrast * np.exp(rng.normal(0, 0.12))) * (values - mean)
    strong = rng.random() < 0.3
    bands = len(values)
    gain = np.exp(rng.normal(0, 0.12) + rng.normal(0, 0.15 if strong else 0.05, bands)).astype(np.float32)
    offset = rng.normal(0, 0.025 if strong else 0.008, bands).astype(np.float32)
    haze = np.float32(rng.uniform(-0.03, 0.05)) * _PATH
    values = values * gain[:, None, None] + (offset + haze)[:, None, None]
    if rng.random() < 0.3:
        veil = smooth(rng, int(rng.integers(2, 5))) * np.float32(rng.uniform(0.01, 0.08))
        values = values + veil * _PATH[:, None, None] ** 0.7
    noise = np.float32(np.exp(rng.uniform(np.log(0.001), np.log(0.008))))
    values = values + noise * rng.standard_normal(values.shape, np.float32)
    if rng.random() < 0.3:
        step = np.float32(rng.uniform(0.002, 0.006))  # few grey levels, as old sensors have
        values = np.round(values / step) * step
    return values.astype(np.float32)


def example(source: Source, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return before and after (10, SIDE, SIDE) float32 reflectance, and labels (SIDE, SIDE) int8: 1, 0 or IGNORED."""
    is_drawn = bool(source.drawn) and rng.random() < source.share
    number, rows, columns = source.drawn_host(rng) if is_drawn else source.host(rng)
    first = int(rng.integers(2))
    second = first if not is_drawn and rng.random() < 0.5 else 1 - first
    before, after = source.chip(number, first, rows, columns), source.chip(number, second, rows, columns)
    if first == second:
        labels = np.zeros((SIDE, SIDE), np.int8)
    else:
        difference = np.abs(after.reflectance - before.reflectance).mean(0)
        labels = real_labels(before.classes, after.classes, difference, is_anew=source.is_anew)
        if source.drawn:
            eye = source.drawn[number][rows, columns]
            labels = np.where(eye == IGNORED, labels, eye)
    if rng.random() < (0.25 if is_drawn else 0.8):
        host = Chip(before.reflectance, np.where(before.classes == 9, after.classes, before.classes))
        for _ in range(int(rng.integers(1, 6))):
            transplant(source, number, second, host, after, labels, rng)
    for chip in (before, after):
        if rng.random() < 0.5:
            season(chip, rng)
    # aerosol, an old sensor and places unlike these all flatten the picture, of both dates mostly alike
    contrast = float(np.exp(rng.uniform(np.log(0.25), np.log(1.5)))) if rng.random() < 0.6 else 1.0
    one = observe(before.reflectance, rng, contrast=contrast, is_shifted=False)
    two = observe(after.reflectance, rng, contrast=contrast, is_shifted=bool(rng.random() < 0.6))
    turn, flip, swap = rng.integers((4, 2, 2))
    one, two, labels = (np.rot90(part, turn, (-2, -1)) for part in (one, two, labels))
    if flip:
        one, two, labels = (part[..., ::-1] for part in (one, two, labels))
    if swap:
        one, two = two, one
    return tuple(np.ascontiguousarray(part) for part in (one, two, labels))  # type: ignore[return-value]
