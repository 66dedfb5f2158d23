"""Does the comparison with the training images tell what it should? Figures for docs/trust.md.

``python -m common.likeness_study DATA CHIPS OUT`` reads the OSCD scenes of DATA (and other images there) and the chips
of EuroSAT (``chips.npz`` of eurosat_rgb.prepare), and writes ``OUT/likeness.md``. Statistics are always of other places
than those that are compared: of all cities but one, or of the train part for chips of the validation part.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from geonnx.models.card.types import TrainingFeatures
from geonnx.models.likeness.distance import distances
from geonnx.models.likeness.explain import explain, explain_order
from geonnx.models.likeness.features import measure_window
from geonnx.models.likeness.fit import cut_windows, fit_features
from geonnx.models.likeness.meter import WARN_WINDOWS, is_unlike
from osgeo import gdal

from .air import correct
from .scenes import Scene, place_name, read_scenes

gdal.UseExceptions()

TEN = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
FOUR = ("B02", "B03", "B04", "B08")
EUROPE = ("milano", "montpellier", "norcia", "saclay_e")
Image = np.ndarray
"""(band, row, column), what a network would see"""
Wrong = Callable[[Image], Image]


def in_order(*order: int) -> Wrong:
    """Return what gives bands in another order."""
    return lambda image: image[list(order)]


def times(factor: float) -> Wrong:
    """Return what multiplies."""
    return lambda image: image * np.float32(factor)


def as_bytes(image: Image) -> Image:
    """Return reflectance stretched to bytes (0.3 is white) and divided by 10000 as if it were reflectance × 10000."""
    return np.floor(np.clip(image / 0.3, 0, 1) * 255) / np.float32(10000)


def mistakes(bands: int) -> dict[str, Wrong]:
    """Return usual mistakes, for images whose first three bands are blue, green, red."""
    nir = 3 if bands == 4 else 6
    rest = [number for number in range(bands) if number != nir]
    return {
        "red, green, blue for blue, green, red": in_order(2, 1, 0, *range(3, bands)),
        "near infrared first": in_order(nir, *rest),
        "not divided by 10000": times(1e4),
        "divided by 10000 twice": times(1e-4),
        "8-bit image divided by 10000": as_bytes,
        "three times too bright": times(3),
    }


Row = tuple[str, str, int, int, str]
"""what the statistics are of, what was compared, windows, those beyond the limit, what the warning says"""
Looks = dict[tuple[str, int], np.ndarray]
"""windows of the scene of a city and date"""


def study_cities(scenes: Sequence[Scene], bands: tuple[str, ...], others: dict[str, list[Image]]) -> list[Row]:
    """Compare the cities with each other, and other images with all of them, without and with surface reflectance."""
    looks = {(scene.city, scene.date): windows(scene, scene.bands(bands)) for scene in scenes}
    surface = {(scene.city, scene.date): windows(scene, surface_reflectance(scene, bands)) for scene in scenes}
    rows = []
    for kinds, ending in (((looks,), ""), ((looks, surface), ", also as surface reflectance")):
        rows += leave_out(scenes, bands, kinds, ending)
        training = fit(kinds, {city for city, _ in looks})
        print(f"{len(bands)} bands{ending}, limit", training.limit, "JSON characters", len(str(training)))
        rows += compare(f"{len(bands)} bands, nine cities{ending}", training, bands, others)
    training = fit((looks,), set(EUROPE))
    for city in dict.fromkeys(scene.city for scene in scenes if scene.city not in EUROPE):
        measured = np.concatenate([looks[key] for key in looks if key[0] == city])
        beyond = int((distances(measured, training) > 1).sum())
        rows.append((f"{len(bands)} bands, four European cities", place_name(city), len(measured), beyond, ""))
    return rows


def windows(scene: Scene, image: Image) -> np.ndarray:
    """Return what the windows of an image of a scene look like."""
    return np.stack(list(cut_windows(image, scene.valid)))


def fit(kinds: Sequence[Looks], cities: set[str]) -> TrainingFeatures:
    """Return the statistics of some cities, of all kinds of images of them."""
    used = [(key[0], looks[key]) for looks in kinds for key in looks if key[0] in cities]
    return fit_features(np.concatenate([table for _, table in used]), [city for city, table in used for _ in table])


def leave_out(scenes: Sequence[Scene], bands: tuple[str, ...], kinds: Sequence[Looks], ending: str) -> list[Row]:
    """Leave out one city after the other; compare its scenes as they are and with mistakes."""
    what = f"{len(bands)} bands, eight cities{ending}"
    cities = {scene.city for scene in scenes}
    trainings = {city: fit(kinds, cities - {city}) for city in cities}
    wrongs: dict[str, Wrong] = {"the ninth, as it is": lambda image: image, **mistakes(len(bands))}
    rows = []
    for name, wrong in wrongs.items():
        said: list[str] = []
        total, beyond = Counter[str](), Counter[str]()
        for scene in scenes:
            measured, training = windows(scene, wrong(scene.bands(bands))), trainings[scene.city]
            far = int((distances(measured, training) > 1).sum())
            said.append(says(measured, far, training, bands))
            total[scene.city] += len(measured)
            beyond[scene.city] += far
        rows.append((what, name, total.total(), beyond.total(), tell(said)))
        if name == "the ninth, as it is":
            rows += [(what, f"the ninth: {place_name(city)}", total[city], beyond[city], "") for city in total]
    return rows


def surface_reflectance(scene: Scene, bands: tuple[str, ...]) -> Image:
    """Return a scene without the light of the air, as s2-landcover is shown scenes in its training."""
    image = torch.from_numpy(scene.bands(TEN))[None]
    corrected = correct(image, 1.0, torch.Generator().manual_seed(scene.date))[0].numpy()
    return corrected[[TEN.index(band) for band in bands]]


def says(measured: np.ndarray, beyond: int, training: TrainingFeatures, bands: Sequence[str]) -> str:
    """Return which mistake the plugin's warning names; nothing where it does not warn."""
    if not is_unlike(beyond, len(measured)):
        is_wrong = len(measured) >= WARN_WINDOWS and explain_order(measured, training, bands)
        return "order" if is_wrong else "nothing"
    sentence = explain(measured, training, bands)
    return "order" if sentence.startswith("In another order") else "scale" if "times those" in sentence else "unlike"


def tell(said: Sequence[str]) -> str:
    """Return how many images got which warning."""
    return ", ".join(f"{name} {count}" for name, count in Counter(said).most_common())


def compare(what: str, training: TrainingFeatures, bands: Sequence[str], others: dict[str, list[Image]]) -> list[Row]:
    """Compare other images."""
    rows = []
    for name, images in others.items():
        said, total, beyond = [], 0, 0
        for image in images:
            measured = list(cut_windows(image))
            if not measured:
                continue
            table = np.stack(measured)
            far = int((distances(table, training) > 1).sum())
            said.append(says(table, far, training, bands))
            total, beyond = total + len(table), beyond + far
        rows.append((what, name, total, beyond, tell(said)))
    return rows


def study_chips(path: Path, others: dict[str, list[Image]], scenes: Sequence[Scene]) -> list[Row]:
    """Compare chips of EuroSAT's validation part with its train part."""
    chips = np.load(path)

    def looks(images: np.ndarray, wrong: Wrong = lambda image: image) -> np.ndarray:
        made = (measure_window(wrong(image.transpose(2, 0, 1).astype(np.float32))) for image in images)
        return np.stack([each for each in made if each is not None])

    train, labels = looks(chips["train_images"][::3]), chips["train_labels"][::3]
    training = fit_features(train)
    print("chips, limit", training.limit)
    held_out = chips["val_images"]
    rows: list[Row] = []
    names = ("red", "green", "blue")
    tried: dict[str, Wrong] = {
        "validation part, as it is": lambda image: image,
        "blue, green, red for red, green, blue": in_order(2, 1, 0),
        "divided by 255": times(1 / 255),
        "reflectance × 10000 for bytes": lambda image: image * np.float32(2750 / 255),
        "half as bright": times(0.5),
    }
    for name, wrong in tried.items():
        measured = looks(held_out, wrong)
        beyond = int((distances(measured, training) > 1).sum())
        said = says(measured, beyond, training, names)
        rows.append(("RGB chips, train part", name, len(measured), beyond, f"{said} 1"))
    stretched = [np.floor(np.clip(scene.bands(("B04", "B03", "B02")) / 0.275, 0, 1) * 255) for scene in scenes]
    cities: dict[str, list[Image]] = {"cities of OSCD, stretched as EuroSAT": stretched}
    cities["of these, Las Vegas"] = [image for image, scene in zip(stretched, scenes) if scene.city == "lasvegas"]
    rows += compare("RGB chips, train part", training, names, {**cities, **others})
    for left_out, name in ((9, "sea and lakes"), (1, "forest")):
        kept = fit_features(train[labels != left_out])
        measured = looks(held_out[chips["val_labels"] == left_out])
        far = int((distances(measured, kept) > 1).sum())
        rows.append((f"RGB chips without {name}", name, len(measured), far, ""))
    return rows


def read(path: Path, bands: Sequence[int]) -> Image:
    """Return bands, counted from 1, as float32."""
    dataset = gdal.Open(str(path))
    return np.stack([dataset.GetRasterBand(number).ReadAsArray() for number in bands]).astype(np.float32)


def halved(image: Image) -> Image:
    """Return an image with pixels of twice the size."""
    bands, height, width = image.shape
    cut = image[:, : height // 2 * 2, : width // 2 * 2]
    return cut.reshape(bands, height // 2, 2, width // 2, 2).mean(axis=(2, 4))


def other_images(data: Path) -> tuple[dict[str, list[Image]], dict[str, list[Image]], dict[str, list[Image]]]:
    """Return images of other kinds, for models of ten bands, of four bands and of RGB bytes."""
    boadella = sorted((data / "boadella").glob("*.tif"))
    scenes = np.load(data / "eolearn" / "REFERENCE_SCENES.npy")
    slovenia = scenes[..., [1, 2, 3, 4, 5, 6, 7, 8, 11, 12]].transpose(0, 3, 1, 2)
    ten = {
        "Boadella, Spain, seven dates of L2A": [
            read(path, (2, 3, 4, 5, 6, 7, 8, 9, 11, 12)) / np.float32(10000) for path in boadella
        ],
        "eo-learn, Slovenia, five dates of L1C": list(slovenia),
    }
    naip = sorted((data / "naip_2_dates").glob("*.tif"))
    fields = data / "ftw_test" / "inference-img.tif"
    leipzig = data / "leipzig_s2_points" / "leipzig_raster.tif"
    aerial = [halved(read(path, (3, 2, 1, 4))) for path in naip]
    four = {
        "Boadella, Spain, seven dates of L2A": [read(path, (2, 3, 4, 8)) / np.float32(10000) for path in boadella],
        "eo-learn, Slovenia, five dates of L1C": [scene[[0, 1, 2, 6]] for scene in slovenia],
        "fields in Austria, two dates of L2A": [
            read(fields, bands) / np.float32(10000) for bands in ((3, 2, 1, 4), (7, 6, 5, 8))
        ],
        "Leipzig, L2A": [read(leipzig, (1, 2, 3, 6)) / np.float32(10000)],
        "aerial photos (NAIP, bytes / 255, 10 m)": [image / np.float32(255) for image in aerial],
        "aerial photos (NAIP, bytes / 10000, 10 m)": [image / np.float32(10000) for image in aerial],
        "aerial photos (NAIP, bytes / 850, 10 m)": [image / np.float32(850) for image in aerial],
    }
    rgb = {
        "aerial photos (NAIP, 10 m)": [image[[2, 1, 0]] for image in aerial],
        "aerial photos (NAIP, 5 m)": [read(path, (1, 2, 3)) for path in naip],
    }
    return ten, four, rgb


def main() -> None:
    """Write the table."""
    data, chips, out = map(Path, sys.argv[1:4])
    scenes = read_scenes(data)
    ten, four, rgb = other_images(data)
    rows = [*study_cities(scenes, TEN, ten), *study_cities(scenes, FOUR, four), *study_chips(chips, rgb, scenes)]
    lines = ["| statistics | compared | windows | beyond | warning, images |", "|---|---|---:|---:|---|"]
    lines += [f"| {what} | {name} | {total} | {far / total:.1%} | {said} |" for what, name, total, far, said in rows]
    out.mkdir(parents=True, exist_ok=True)
    (out / "likeness.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
