"""What the card says: ``python -m s2_cloudremoval.card DATA OUT ZOO``; figures come from figures.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from common.card import COPERNICUS, Facts, Figure, TrainingSet, sentinel2, write_card
from geonnx.models.card.types import InputSpec, OutputSpec, Scaling, TrainingFeatures
from geonnx.models.likeness.fit import cut_windows, fit_features

from .evaluate import FIGURES
from .prepare import BANDS, SCALE, TEST_PLACES, read_places, training_places
from .train import BATCH, DATES, FINISH, SCHEDULE, SIZE

NAME = "s2-cloudremoval"
HALO_PX = 96
TILE_PX = 512
_PLACE = {
    "boadella": "Boadella reservoir, Spain (L2A)",
    "eolearn": "forest in Slovenia (L1C)",
    "montpellier": "Montpellier (L1C)",
    "rio": "Rio de Janeiro (L1C)",
}
_MEASURED = (
    "{count} dates of {place}, a place left out of training; every date restored in turn, all dates under simulated "
    "{clouds} and their shadows; the network is told no masks; reflectance, ten bands"
)
_CLOUDS = {
    "own clouds": "clouds by the simulator that it learned from",
    "benchmark clouds": "clouds of benchmarks/clouds_baseline.py, which only its variance was calibrated with",
}
FAILURES = (
    "It looks for clouds itself and misses some that are new to it. Under real overcast that it was not told of it "
    "fell behind the nearest clear date (see psnr_real); in Rio it did where another date is clear. Where you have "
    "cloud masks, write their pixels as no data into the dates: told so, it is far better (see told_…).",
    "Without masks it changes clear pixels too, by 0.01 to 0.05 of reflectance (see the figures clear_…): give "
    "CLOUD_MASKS or a CLOUD_MODEL, so that KEEP_CLEAR leaves them as they were observed.",
    "What is under cloud on every date is guessed from the surroundings: its variance says so, but the detail is made "
    "up or missing. With only one date nothing else can be done.",
    "What changed under the cloud since the other dates (a new road, a harvest, the water of a reservoir) looks as it "
    "did on them.",
    "Thin even haze may stay; very bright roofs, sand, salt or snow may be taken for cloud. Snow was on none of its "
    "dates.",
    "It learned from six cities and what lies around them, with clouds put on by a simulator: few forests, no tundra, "
    "no mountains, no open sea.",
    "Every date that is given is restored, so time and memory grow with the square of their number: give the three to "
    "five that are nearest or clearest.",
)


def main() -> None:
    """Write the card."""
    out, zoo = map(Path, sys.argv[2:4])
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    print(write_card(zoo / f"{NAME}.onnx", make_facts(figures, out)))


def make_facts(figures: dict[str, Any], out: Path) -> Facts:
    """Return all that is to be said."""
    scaling = (Scaling("scale", value=float(SCALE)),)
    series = InputSpec(
        "series", "BTCHW", (), "", role="series", bands=sentinel2(*BANDS), scaling=scaling,
        training_features=training_features(out, scaling),
    )  # fmt: skip
    outputs = (
        OutputSpec("clear", "BTCHW", (), "", role="image"),
        OutputSpec("logvariance", "BTCHW", (), "", role="logvariance"),
    )
    return Facts(
        id=NAME,
        name="Cloud removal, Sentinel-2, any number of dates",
        task="clouds",
        description=(
            "Any number of dates of a place, any of them cloudy, to clear images of each with a standard deviation; "
            "made for three. Ten bands of Sentinel-2 (10 and 20 m, on the 10 m grid), L1C or L2A, all dates alike, "
            "stored as reflectance × 10000. It corrects a composite: the other dates are brought to the season and "
            "light of the one to restore by what both show, averaged by how surely they predict it, and corrected a "
            "little. The 1000 that products hold since 2022 are taken off where the metadata say so; of loose "
            'files say it yourself: OPTIONS={"offset": -1000}.'
        ),
        inputs=(series,),
        outputs=outputs,
        gsd_m=10.0,
        halo_px=HALO_PX,
        tile_px=TILE_PX,
        accuracy=_accuracy(figures),
        figures=_figures(figures),
        failures=FAILURES,
        data=(
            TrainingSet(
                "OSCD images, six cities (a seventh for choices)",
                "Daudt, Le Saux, Boulch, Gousseau: Urban Change Detection for Multispectral Earth Observation Using "
                "Convolutional Neural Networks. IGARSS 2018",
                "Copernicus Sentinel data terms: free use with attribution",
                f"{COPERNICUS} 2015–2018",
                "https://rcdaudt.github.io/oscd/",
            ),
        ),
        architecture="ridge regression inside of the graph, corrected by U-Nets",
        hyperparameters={
            "epochs": SCHEDULE.epochs, "steps_per_epoch": SCHEDULE.steps, "batch": BATCH, "crop_px": SIZE,
            "dates": list(DATES), "highest_rate": SCHEDULE.rate, "weight_decay": SCHEDULE.decay,
            "optimizer": SCHEDULE.optimizer, "weight_average": SCHEDULE.average, "seed": SCHEDULE.seed,
            "epochs_with_gaps_and_veils": FINISH.epochs,
            "highest_rate_of_these": FINISH.rate,
        },
        citation=(
            "Uncertainty as in UnCRtainTS (Ebel et al., CVPR Workshops 2023); clouds simulated by "
            "training/common/clouds.py"
        ),
    )  # fmt: skip


def _best_of(figures: dict[str, Any], clouds: str, place: str) -> tuple[int, dict[str, Any]]:
    """Return the scores of a place with three dates, or with two where it has no more; and how many."""
    found = figures["simulated"][clouds][place]
    count = 3 if "3 dates" in found else 2
    return count, found[f"{count} dates"]


def _accuracy(figures: dict[str, Any]) -> str:
    rows = [_best_of(figures, clouds, place)[1] for clouds in _CLOUDS for place in TEST_PLACES]
    mean = {
        method: np.mean([found[method]["cloudy"]["psnr_db"] for found in rows])
        for method in ("network", "network, told")
    }
    theirs = np.mean([max(found[way]["cloudy"]["psnr_db"] for way in ("nearest", "median")) for found in rows])
    fitted = np.mean([found["regression"]["cloudy"]["psnr_db"] for found in rows])
    within = np.mean([found["network"]["cloudy"]["within_one"] for found in rows])
    return (
        f"PSNR under simulated clouds {mean['network']:.1f} dB, {mean['network, told']:.1f} dB where clouds are given "
        f"as no data; nearest or median date {theirs:.1f} dB, a linear regression on the other dates (not in the "
        f"plugin) {fitted:.1f} dB; {100 * within:.0f} % of errors within one standard deviation: means over four "
        "places left out of training, two or three dates each"
    )


def _figures(figures: dict[str, Any]) -> tuple[Figure, ...]:
    found = []
    for clouds, words in _CLOUDS.items():
        for place in TEST_PLACES:
            count, scores = _best_of(figures, clouds, place)
            on = _MEASURED.format(count=count, place=_PLACE[place], clouds=words)
            key = f"{place}_{clouds.split()[0]}"
            parts = {method: scores[method]["cloudy"] for method in ("nearest", "median", "regression", "network")}
            best = max(parts["nearest"]["psnr_db"], parts["median"]["psnr_db"])
            network = parts["network"]
            found += [
                Figure(f"psnr_{key}", "PSNR of the cloudy part", round(network["psnr_db"], 2), "dB", on),
                Figure(f"composite_{key}", "the same by the better of nearest and median date, told the masks",
                       round(best, 2), "dB", on),
                Figure(f"regression_{key}", "the same by a linear regression on the other dates, told the masks",
                       round(parts["regression"]["psnr_db"], 2), "dB", on),
                Figure(f"told_{key}", "PSNR of the cloudy part, clouds given to the network as pixels without data",
                       round(scores["network, told"]["cloudy"]["psnr_db"], 2), "dB", on),
                Figure(f"sam_{key}", "spectral angle in the cloudy part", round(network["sam_deg"], 2), "°", on),
                Figure(f"clear_{key}", "PSNR of the clear part, without KEEP_CLEAR",
                       round(scores["network"]["clear"]["psnr_db"], 2), "dB", on),
                Figure(f"within_{key}", "errors within one predicted standard deviation in the cloudy part",
                       round(network["within_one"], 3), "", on),
            ]  # fmt: skip
    real = figures["real clouds of eolearn"]
    on = (
        "12 series of three dates of forest in Slovenia (L1C), left out of training: halves of two really cloudy dates "
        "laid over three clear ones"
    )
    network, told, nearest = (real[method]["cloudy"] for method in ("network", "network, told", "nearest"))
    found += [
        Figure("psnr_real", "PSNR of the part under real clouds", round(network["psnr_db"], 2), "dB", on),
        Figure("told_real", "the same, clouds given to the network as pixels without data", round(told["psnr_db"], 2),
               "dB", on),
        Figure("composite_real", "the same by the nearest clear date, told the masks", round(nearest["psnr_db"], 2),
               "dB", on),
        Figure("within_real", "errors within one predicted standard deviation there", round(network["within_one"], 3),
               "", on),
    ]  # fmt: skip
    return tuple(found)


def training_features(out: Path, scaling: tuple[Scaling, ...]) -> TrainingFeatures:
    """Return the statistics of all training dates as they are without clouds."""
    windows: list[np.ndarray] = []
    places: list[str] = []
    for place in training_places(read_places(out)):
        for image in place.reflectance:
            found = list(cut_windows(image, place.valid))
            windows += found
            places += [place.name] * len(found)
    return fit_features(windows, places, scaling=scaling)


if __name__ == "__main__":
    main()
