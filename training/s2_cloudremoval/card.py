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

from .evaluate import FIGURES, METHODS
from .prepare import BANDS, SCALE, TEST_PLACES, read_places, training_places
from .score import BY_MODEL
from .train import AGAIN, BATCH, DATES, SCHEDULE, SIZE

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
    "{clouds} and their shadows; reflectance, ten bands"
)
_CLOUDS = {
    "own clouds": "clouds by the simulator that it learned from",
    "benchmark clouds": "clouds of benchmarks/clouds_baseline.py, which only its variance was calibrated with",
}
FAILURES = (
    "It looks for clouds itself and misses some that are new to it, as at Rio; under real overcast it fell behind the "
    "nearest clear date (psnr_real, nearest_real). Told by exact masks it was better (the figures told_…): where you "
    'trust your masks, OPTIONS={"hide_clouds": true} tells it.',
    "With exact masks a plain linear regression of the other dates (METHOD=regression with LOST_PIXELS=fill) is better "
    "than the network that is told of no masks, and nearly as good as the one that is: 0.4 dB less on average.",
    "Wrong masks do harm where it is told them: clear ground that they hide on every date is made up from its "
    "surroundings, and what they miss it has to see itself. Masks of s2-cloudmask cost 3 dB in one of eight cases and "
    "change little in the others (by_model_…), but gain 4 dB under real, overcast skies (by_model_real). The plugin "
    "does not tell it by itself: masks say what is kept.",
    "Not told, it changes clear pixels too, by 0.01 to 0.05 of reflectance (see the figures clear_…): with masks, "
    "KEEP_CLEAR leaves them as they were observed.",
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
            "little; what thin clouds and shadows let through counts too. The 1000 that products hold "
            "since 2022 are taken off where the metadata say so; of loose files say it "
            'yourself: OPTIONS={"offset": -1000}.'
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
            "epochs_of_second_cycle": AGAIN.epochs, "highest_rate_of_second_cycle": AGAIN.rate,
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


def _mean(figures: dict[str, Any], method: str, key: str = "psnr_db") -> float:
    """Return the mean of a figure of the cloudy part over both kinds of clouds and all places."""
    rows = [_best_of(figures, clouds, place)[1] for clouds in _CLOUDS for place in TEST_PLACES]
    return float(np.mean([found[method]["cloudy"][key] for found in rows]))


def _accuracy(figures: dict[str, Any]) -> str:
    psnr = {name: _mean(figures, name) for name in METHODS}
    return (
        f"PSNR under simulated clouds: {psnr['network']:.1f} dB as it is; told of the clouds by s2-cloudmask "
        f"{psnr['network, told' + BY_MODEL]:.1f} dB, where a linear regression of the dates has "
        f"{psnr['regression' + BY_MODEL]:.1f} and the nearest clear date {psnr['nearest' + BY_MODEL]:.1f} from "
        "the same masks (told of its clouds, but not of its shadows "
        f"{psnr['network, told of clouds alone' + BY_MODEL]:.1f} dB); told by exact masks "
        f"{psnr['network, told']:.1f} dB, where these have {psnr['regression']:.1f} and {psnr['nearest']:.1f}. "
        f"{100 * _mean(figures, 'network', 'within_one'):.0f} % of errors lie within one standard deviation "
        f"({100 * _mean(figures, 'network, told' + BY_MODEL, 'within_one'):.0f} % told by s2-cloudmask). Means over "
        "four places left out of training, two or three dates each; that the plugin tells it masks on request only was "
        "decided with these figures in view"
    )


_KINDS = (
    ("psnr", "network", "psnr_db", "PSNR of the cloudy part, clouds not told", "dB"),
    ("by_model", "network, told" + BY_MODEL, "psnr_db", "PSNR of the cloudy part, told by s2-cloudmask", "dB"),
    ("clouds_alone", "network, told of clouds alone" + BY_MODEL, "psnr_db", "the same without its shadows", "dB"),
    ("told", "network, told", "psnr_db", "PSNR of the cloudy part, told by the exact masks", "dB"),
    ("nearest", "nearest", "psnr_db", "the same by METHOD=nearest with the exact masks", "dB"),
    ("regression", "regression", "psnr_db", "the same by regressions on other dates with the exact masks", "dB"),
    ("regression_by_model", "regression" + BY_MODEL, "psnr_db", "the same with masks of s2-cloudmask", "dB"),
    ("sam", "network, told" + BY_MODEL, "sam_deg", "spectral angle in the cloudy part, told by s2-cloudmask", "°"),
    ("within", "network", "within_one", "errors within one standard deviation in the cloudy part, not told", ""),
)  # fmt: skip
"""key, method, figure, its words, unit"""


def _figures(figures: dict[str, Any]) -> tuple[Figure, ...]:
    everywhere = "mean over four places left out of training, two or three dates each, simulated clouds of two kinds"
    found = [
        Figure(key, what, round(_mean(figures, method, of), 3 if unit == "" else 2), unit, everywhere)
        for key, method, of, what, unit in _KINDS
    ]
    for clouds, words in _CLOUDS.items():
        for place in TEST_PLACES:
            count, scores = _best_of(figures, clouds, place)
            on = _MEASURED.format(count=count, place=_PLACE[place], clouds=words)
            ending = f"{place}_{clouds.split()[0]}"
            found += [
                Figure(f"{key}_{ending}", what, round(scores[method]["cloudy"][of], 3 if unit == "" else 2), unit, on)
                for key, method, of, what, unit in _KINDS
            ]
            clear = round(scores["network"]["clear"]["psnr_db"], 2)
            found.append(
                Figure(f"clear_{ending}", "PSNR of the clear part, not told, without KEEP_CLEAR", clear, "dB", on)
            )
    real = figures["real clouds of eolearn"]
    on = (
        "12 series of three dates of forest in Slovenia (L1C), left out of training: halves of two really cloudy dates "
        "laid over three clear ones"
    )
    return *found, *(
        Figure(f"{key}_real", what, round(real[method]["cloudy"][of], 3 if unit == "" else 2), unit, on)
        for key, method, of, what, unit in _KINDS
    )


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
