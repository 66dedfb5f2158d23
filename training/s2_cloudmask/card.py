"""What the cards of both forms say: ``python -m s2_cloudmask.card DATA OUT ZOO``; figures come from figures.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from common.card import COPERNICUS, ClassFigures, ClassTable, Curve, Facts, Figure, TrainingSet, sentinel2, write_card
from common.clouds import simulate_clouds
from geonnx.models.card.types import ClassSpec, InputSpec, OutputSpec, Scaling, TrainingFeatures
from geonnx.models.likeness.fit import cut_windows, fit_features

from .evaluate import FIGURES
from .export import FORMS
from .prepare import choose, cut, make_sky, remove_air
from .sources import BANDS, CLASSES, WAVELENGTHS_UM, Source, read_sources
from .train import BATCH, CUT_PX, SCHEDULE

COLORS = ("#7fb77e", "#f4f4f4", "#3b3552")
SCALING = (Scaling("scale", value=10000.0),)
LANDSAT = (
    "the Landsat 5 image with the reference mask of ukis-csmask (512 × 512 px, 30 m): not trained on, but the "
    "limit from which thin clouds count was set in three tries with its score in view"
)
SIMULATED = "simulated clouds on real clear images, crops kept aside; pixels whose class is a matter of taste left out"
HALO_PX = 64
_SAMPLE = 500
"""crops for the statistics of the training images"""


def main() -> None:
    """Write both cards."""
    data, _, zoo = map(Path, sys.argv[1:4])
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    images = sample_images(read_sources(data))
    for bands, name in FORMS.items():
        features = training_features([image[:bands] for image in images])
        print(write_card(zoo / f"{name}.onnx", make_facts(bands, figures[name], features)))


def sample_images(sources: list[Source]) -> list[np.ndarray]:
    """Return crops of real images as they come, half of them under simulated clouds.

    The made-up deserts, lakes and roofs of the training stay out: they would let anything pass for known.
    """
    images = []
    for number in range(_SAMPLE):
        rng = np.random.default_rng((SCHEDULE.seed, number))
        source = sources[choose(sources, rng)]
        ground = cut(source.reflectance, rng)
        if not source.at_surface and rng.random() < 1 / 2:
            ground = np.maximum(remove_air(ground, rng), 0)
        if rng.random() < 1 / 2:
            sky = make_sky(rng)
            ground = simulate_clouds(ground, WAVELENGTHS_UM, rng, pixel_m=source.pixel_m, layers=sky).reflectance
        images.append(ground)
    return images


def training_features(images: list[np.ndarray]) -> TrainingFeatures:
    """Return the statistics of images, scaled as the card says.

    The limit is that of random parts left out, not of places: what Landsat alone shows is so unlike the remainder that
    with it left out anything would pass.
    """
    windows = [window for image in images for window in cut_windows(image)]
    return fit_features(windows, scaling=SCALING)


def make_facts(bands: int, figures: dict[str, Any], features: TrainingFeatures) -> Facts:
    """Return all that is to be said of one form."""
    own, taught = figures["landsat5"]["student"], figures["landsat5"]["teacher"]
    speed = figures["speed"]
    image = InputSpec(
        "image", "BCHW", (), "", bands=sentinel2(*BANDS[:bands]), scaling=SCALING, training_features=features
    )
    scores = OutputSpec(
        "scores", "BKHW", (), "", activation="softmax", temperature=figures["temperature"],
        classes=tuple(ClassSpec(number, *both) for number, both in enumerate(zip(CLASSES, COLORS))),
    )  # fmt: skip
    wanted = "blue, green, red, near infrared" + (" and both short-wave infrared bands" if bands == 6 else "")
    return Facts(
        id=FORMS[bands],
        name=f"Clouds and their shadows ({bands} bands)",
        task="segment",
        rank=2 if bands == 6 else 3,
        target="s2-cloudmask",
        description=(
            f"Says of every pixel whether it is clear, cloud or cloud shadow, from {wanted} of Sentinel-2 or Landsat, "
            "at the top of the atmosphere or at the surface, with pixels of 10 to 30 m. It takes reflectance × 10000, "
            "as Sentinel-2 products store it; for Landsat Collection 2 level 2 set "
            'OPTIONS={"scale": 0.275, "offset": -2000}, for reflectance from 0 to 1 {"scale": 10000}. Its map serves '
            "as CLOUD_MASKS, and the model itself as CLOUD_MODEL, of geonnx:removeclouds."
        ),
        inputs=(image,),
        outputs=(scores,),
        gsd_m=None,
        gsd_range_m=(10.0, 30.0),
        halo_px=HALO_PX,
        tile_px=512,
        accuracy=(
            f"IoU of cloud {own['cloud']['iou']:.3f} (its teacher: {taught['cloud']['iou']:.3f}), of shadow "
            f"{own['shadow']['iou']:.3f} ({taught['shadow']['iou']:.3f}), on {LANDSAT}; of thin cloud at Boadella only "
            f"{figures['boadella_thin']['0.06']['student']['iou']:.2f}"
        ),
        figures=tuple(_figures(figures, speed)),
        classes=ClassTable(
            SIMULATED,
            tuple(
                ClassFigures(name, row["recall"], row["precision"], row["count"])
                for name, row in zip(CLASSES, figures["simulated"].values())
            ),
        ),
        reliability=Curve(
            SIMULATED,
            *(tuple(figures["reliability"][part]) for part in ("confidence", "accuracy", "count")),
            error=figures["calibration_error"],
            error_before=figures["calibration_error_without_temperature"],
        ),
        failures=_failures(bands),
        data=_sources(),
        architecture="U-Net at half resolution",
        hyperparameters={
            "epochs": SCHEDULE.epochs, "steps_per_epoch": SCHEDULE.steps, "batch": BATCH, "crop_px": CUT_PX,
            "highest_rate": SCHEDULE.rate, "weight_decay": SCHEDULE.decay, "optimizer": SCHEDULE.optimizer,
            "weight_average": SCHEDULE.average, "seed": SCHEDULE.seed, "pretrained_on": "nothing",
            "teacher": "ukis-csmask 1.0.0, four-band form",
        },
    )  # fmt: skip


def _figures(figures: dict[str, Any], speed: dict[str, float]) -> list[Figure]:
    found = []
    for who, name in (("student", ""), ("teacher", " of the teacher, ukis-csmask 1.0.0,")):
        for kind in ("cloud", "shadow"):
            value = figures["landsat5"][who][kind]["iou"]
            key = f"landsat5_{kind}_iou" + ("_teacher" if who == "teacher" else "")
            found.append(Figure(key, f"IoU of {kind}", value, "", f"{LANDSAT};{name} bands as here".replace(";;", ";")))
    thin = figures["boadella_thin"]["0.06"]
    found.append(
        Figure(
            "thin_cloud_iou", "IoU of cloud", thin["student"]["iou"], "",
            "Sentinel-2 L2A of 2021-06-26 at Boadella (Spain), thin cloud; no reference: land whose blue is brighter "
            f"by 0.06 than on clear dates; the teacher: {thin['teacher_l2a']['iou']}; place not trained on",
        )
    )  # fmt: skip
    rows = [row["student"] for row in figures["clear"].values()]
    for kind in ("cloud", "shadow"):
        share = round(100 * float(np.mean([row[kind] for row in rows])), 3)
        words = f"{len(rows)} clear images, mean; places and sensors not trained on"
        found.append(Figure(f"clear_{kind}", f"false alarms of {kind}", share, "%", words))
    found.append(
        Figure(
            "times_faster", "speed beside the teacher", speed["times_faster"], "× faster",
            "256 × 256 px, one core, bare onnxruntime, medians of processor time: "
            f"{speed['student_ms']} and {speed['teacher_ms']} ms",
        )
    )  # fmt: skip
    found.append(Figure("calibration_error", "expected calibration error", figures["calibration_error"], "", SIMULATED))
    return found


def _failures(bands: int) -> tuple[str, ...]:
    found = [
        "Thin, even veils of cloud without thick parts are mostly missed: of two small images wholly under cloud one "
        "was called clear, and the thin cloud at Boadella is found only in its thickest part. Look at the image before "
        "trusting a clear map.",
        "Bright towns, roofs and desert are called cloud now and then: a few per cent of clear scenes of Las Vegas, "
        "Rio de Janeiro and Beihai, though it was trained on them.",
        "Shadows on water and on dark forest are hard to see and often missed; dark water and steep shaded slopes may "
        "be called shadow.",
        "Its clouds were simulated, its ground is real and of few places: deserts, mountains and ice of the world are "
        "hardly among them.",
        "Stored numbers other than reflectance × 10000 (Landsat digital numbers, bytes) give nonsense unless "
        "OPTIONS says their scale.",
    ]
    if bands == 4:
        found.insert(0, "Snow and salt are called cloud: without short-wave infrared they look the same.")
    else:
        found.insert(0, "Snow was mostly simulated too: bright snow may be called cloud.")
    return tuple(found)


def _sources() -> tuple[TrainingSet, ...]:
    return (
        TrainingSet(
            "OSCD, image part",
            "Daudt, Le Saux, Boulch, Gousseau: Urban Change Detection for Multispectral Earth Observation Using "
            "Convolutional Neural Networks. IGARSS 2018",
            "Copernicus Sentinel data: free use with attribution",
            f"{COPERNICUS} 2015–2018",
            "https://rcdaudt.github.io/oscd/",
        ),
        TrainingSet(
            "BigEarthNet, 11 patches",
            "Sumbul, Charfuelan, Demir, Markl: BigEarthNet: A Large-Scale Benchmark Archive for Remote Sensing Image "
            "Understanding. IGARSS 2019",
            "CDLA-Permissive-1.0",
            f"BigEarthNet (Sumbul et al. 2019). {COPERNICUS} 2017–2018",
            "https://bigearth.net/",
        ),
        TrainingSet(
            "Landsat 7 of Taizhou, two dates",
            "Wu, Du, Zhang: Slow Feature Analysis for Change Detection in Multispectral Imagery. IEEE TGRS 52, 2014",
            "MIT repository; imagery in the public domain",
            "Landsat 7 imagery courtesy of the U.S. Geological Survey",
        ),
        TrainingSet(
            "Predictions of ukis-csmask 1.0.0 on simulated clouds",
            "Wieland, Fichtner, Martinis: UKIS-CSMASK: A Python package for multi-sensor cloud and cloud shadow "
            "segmentation. ISPRS Archives XLIII-B3, 2022",
            "Apache-2.0",
            "ukis-csmask, German Aerospace Center (DLR)",
            "https://github.com/dlr-eoc/ukis-csmask",
        ),
    )


if __name__ == "__main__":
    main()
