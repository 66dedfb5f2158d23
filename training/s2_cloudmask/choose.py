"""How candidates do on what nothing is trained on: ``python -m s2_cloudmask.choose OUT FILE.onnx…``.

Quarters of the real cloudy images and dates of Romania (`cloudy`), by the overlap with the teachers' clouds where these
agree; and clear places (`sources.ASIDE`), as they are, without the light of the air and under even haze, by the share
that is called cloud. `export` moves the score of cloud by what is best here. Simulated clouds are no measure: a network
that found 95 % of them missed a quarter of the clouds of Landsat 5.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from common.clouds import random_layer, simulate_clouds
from common.session import open_session
from torch import nn

from .cloudy import Scene, read_scenes
from .ground import remove_air
from .sources import CLOUD, WAVELENGTHS_UM, read_chips, read_sources
from .student import Student, agreement, write_form

RAISES = tuple(float(raised) for raised in np.arange(-1, 2.01, 0.25))
"""what is tried to be added to the score of cloud"""
ALARMS = 0.005
"""share of clear ground that may be called cloud, mean over images"""
_SURE = 0.6
"""agreement of the teachers from which a pixel is compared"""
_HAZE = 0.4
"""optical depth of even haze on clear images"""
_SEED = 78
_CLEAR = "clear_aside.npz"


@dataclass(frozen=True)
class Aside:
    """What nothing is trained on."""

    clear: list[np.ndarray]
    """images (6, H, W) without cloud"""
    scenes: list[Scene]
    """cloudy ones, with what the teachers see"""


@dataclass(frozen=True)
class Choice:
    """How a network does with something added to its score of cloud."""

    raised: float
    alarms: float
    """share of clear ground that is called cloud, mean over images"""
    overlap: dict[str, dict[str, float]]
    """place → `agreement` with the teachers"""

    @property
    def mean_overlap(self) -> float:
        """The mean IoU over the places."""
        return float(np.mean([found["iou"] for found in self.overlap.values()]))


def keep_clear(data: Path, out: Path) -> None:
    """Write the clear images (6, H, W) kept aside to OUT; again without the air that they have, and under haze."""
    found = []
    for number, source in enumerate(read_sources(data, aside=True) + read_chips(data)):
        rng = np.random.default_rng((_SEED, number))
        haze = replace(random_layer("haze", rng), depth=0.05, base=_HAZE)
        hazy = simulate_clouds(source.reflectance, WAVELENGTHS_UM, rng, pixel_m=source.pixel_m, layers=[haze])
        found += [source.reflectance, hazy.reflectance]
        if not source.at_surface:
            found.append(np.maximum(remove_air(source.reflectance, rng), 0))
    np.savez(out / _CLEAR, *found)


def read_aside(out: Path) -> Aside:
    """Return the images that `keep_clear` wrote, and the parts of `cloudy` that are kept aside."""
    return Aside(list(np.load(out / _CLEAR).values()), read_scenes(out, aside=True))


def compare(student: Student, aside: Aside, raises: tuple[float, ...] = RAISES) -> list[Choice]:
    """Return how a network does with each of *raises* added."""
    known = [scene for scene in aside.scenes if scene.has_infrared or student.bands == 4]
    ahead = [_lead(student.scores(scene.image)) for scene in known]
    mistaken = [_lead(student.scores(image)) for image in aside.clear]
    choices = []
    for raised in raises:
        overlap = {}
        for place in dict.fromkeys(scene.place for scene in known):
            parts = [
                (lead > -raised, scene.taught[0] > 0.5, scene.taught[2] > _SURE)
                for scene, lead in zip(known, ahead)
                if scene.place == place
            ]
            overlap[place] = agreement(*(np.concatenate([part.ravel() for part in each]) for each in zip(*parts)))
        alarms = float(np.mean([(lead > -raised).mean() for lead in mistaken]))
        choices.append(Choice(raised, alarms, overlap))
    return choices


def best(choices: list[Choice]) -> Choice:
    """Return the one with the highest overlap among those with few false alarms; else that with fewest."""
    few = [choice for choice in choices if choice.alarms <= ALARMS]
    return max(few or [min(choices, key=lambda choice: choice.alarms)], key=lambda choice: choice.mean_overlap)


def judge(network: nn.Module, bands: int, aside: Aside) -> Choice:
    """Return the best that a network does, as the file that would be shipped."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        write_form(network, bands, path)
        return best(compare(Student(open_session(path), bands), aside))


def _lead(scores: np.ndarray) -> np.ndarray:
    """Return by how much cloud leads over the other classes (H, W)."""
    ahead: np.ndarray = scores[CLOUD] - np.delete(scores, CLOUD, axis=0).max(axis=0)
    return ahead


def main() -> None:
    """Print a line for each file and raise."""
    out, *files = map(Path, sys.argv[1:])
    aside = read_aside(out)
    for file in files:
        session = open_session(file)
        student = Student(session, session.get_inputs()[0].shape[1])
        choices = compare(student, aside)
        chosen = best(choices)
        print(file)
        for choice in choices:
            said = ", ".join(f"{place} {found['iou']:.3f}" for place, found in choice.overlap.items())
            mark = "*" if choice is chosen else " "
            print(f"{mark} {choice.raised:+.2f}: alarms {choice.alarms:.2%}, IoU {choice.mean_overlap:.3f}: {said}")


if __name__ == "__main__":
    main()
