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
from geonnx.models.likeness.distance import distances
from geonnx.models.likeness.explain import explain
from geonnx.models.likeness.features import measure_window
from geonnx.models.likeness.fit import cut_windows, fit_features
from geonnx.models.likeness.meter import WARN_SHARE
from osgeo import gdal
from s2_landcover.augment import correct

from .scenes import Scene, read_scenes

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


def study_cities(scenes: Sequence[Scene], bands: tuple[str, ...], others: dict[str, list[Image]]) -> list[Row]:
    """Leave out one city after the other; compare its scenes as they are and with mistakes."""
    images = {(scene.city, scene.date): scene.bands(bands) for scene in scenes}
    masks = {(scene.city, scene.date): scene.valid for scene in scenes}
    looks = {key: np.stack(list(cut_windows(image, masks[key]))) for key, image in images.items()}
    cities = sorted({city for city, _ in looks})
    what = f"{len(bands)} bands, eight cities"
    counts: dict[str, list[tuple[int, int, str, bool]]] = {}
    own: dict[str, list[tuple[int, int]]] = {}
    for left_out in cities:
        used = [key for key in looks if key[0] != left_out]
        training = fit_features(
            np.concatenate([looks[key] for key in used]), [key[0] for key in used for _ in looks[key]]
        )
        for key in (key for key in looks if key[0] == left_out):
            tried = {"the ninth, as it is": looks[key]}
            for name, wrong in mistakes(len(bands)).items():
                tried[name] = np.stack(list(cut_windows(wrong(images[key]), masks[key])))
            for name, measured in tried.items():
                beyond = int((distances(measured, training) > 1).sum())
                warns = beyond > WARN_SHARE * len(measured)
                said = says(measured, training, bands) if warns else "nothing"
                counts.setdefault(name, []).append((len(measured), beyond, said, warns))
                if name == "the ninth, as it is":
                    own.setdefault(left_out, []).append((len(measured), beyond))
    rows = [
        (what, name, sum(n for n, *_ in found), sum(b for _, b, *_ in found), tell([said for *_, said, _ in found]))
        for name, found in counts.items()
    ]
    rows += [
        (what, f"the ninth: {city}", sum(n for n, _ in found), sum(b for _, b in found), "")
        for city, found in own.items()
    ]
    training = fit_features(np.concatenate(list(looks.values())), [key[0] for key in looks for _ in looks[key]])
    print(what, "limit", training.limit, "JSON characters", len(str(training)))
    rows += compare(f"{len(bands)} bands, nine cities", training, bands, others)
    both = [key[0] for key in looks for _ in looks[key]]
    surface = [np.stack(list(cut_windows(surface_reflectance(scene, bands), scene.valid))) for scene in scenes]
    both += [scene.city for scene, windows in zip(scenes, surface) for _ in windows]
    training = fit_features(np.concatenate([*looks.values(), *surface]), both)
    rows += compare(f"{len(bands)} bands, nine cities, also as surface reflectance", training, bands, others)
    used = [key for key in looks if key[0] in EUROPE]
    training = fit_features(np.concatenate([looks[key] for key in used]), [key[0] for key in used for _ in looks[key]])
    for city in cities:
        if city not in EUROPE:
            measured = np.concatenate([looks[key] for key in looks if key[0] == city])
            beyond = int((distances(measured, training) > 1).sum())
            rows.append((f"{len(bands)} bands, four European cities", city, len(measured), beyond, ""))
    return rows


def surface_reflectance(scene: Scene, bands: tuple[str, ...]) -> Image:
    """Return a scene without the light of the air, as s2-landcover is shown scenes in its training."""
    image = torch.from_numpy(scene.bands(TEN))[None]
    corrected = correct(image, 1.0, torch.Generator().manual_seed(scene.date))[0].numpy()
    return corrected[[TEN.index(band) for band in bands]]


def says(measured: np.ndarray, training: object, bands: Sequence[str]) -> str:
    """Return which mistake the warning names."""
    sentence = explain(measured, training, bands)
    return "order" if sentence.startswith("In another order") else "scale" if "times those" in sentence else "unlike"


def tell(said: Sequence[str]) -> str:
    """Return how many images got which warning."""
    return ", ".join(f"{name} {count}" for name, count in Counter(said).most_common())


def compare(what: str, training: object, bands: Sequence[str], others: dict[str, list[Image]]) -> list[Row]:
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
            said.append(says(table, training, bands) if far > WARN_SHARE * len(table) else "nothing")
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
        said = says(measured, training, names) if beyond > WARN_SHARE * len(measured) else "nothing"
        rows.append(("RGB chips, train part", name, len(measured), beyond, f"{said} 1"))
    stretched = [np.floor(np.clip(scene.bands(("B04", "B03", "B02")) / 0.275, 0, 1) * 255) for scene in scenes]
    cities: dict[str, list[Image]] = {"cities of OSCD, stretched as EuroSAT": stretched}
    cities["of these, lasvegas"] = [image for image, scene in zip(stretched, scenes) if scene.city == "lasvegas"]
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
