"""``python -m s2_cloudmask.export OUT ZOO`` writes both ONNX files to ZOO from the trained states in OUT.

They take reflectance 0–1 and give scores before the softmax. Height and width are multiples of 32. Of all seeds the one
is taken that does best on the images kept aside (`choose`), its score of cloud moved by what is best there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from common.export import write_onnx
from common.session import open_session

from .choose import best, compare, read_clear
from .cloudy import Scene, read_scenes
from .network import STEP_PX
from .sources import CLASSES, CLOUD
from .student import Student
from .train import SEEDS, train_network

FORMS = {6: "s2-cloudmask", 4: "s2-cloudmask-4b"}
"""id of the model by its number of bands"""


def write_form(out: Path, bands: int, path: Path, clear: list[np.ndarray], scenes: list[Scene]) -> None:
    """Write one form to *path*: the best of all seeds on what was kept aside (`choose`), its score of cloud moved."""
    example = {"image": torch.zeros(2, bands, 4 * STEP_PX, 4 * STEP_PX)}
    networks, choices = [], []
    for seed in SEEDS:
        networks.append(train_network(out, bands, seed))
        write_onnx(networks[-1], path, example, {"scores": (0, 2, 3)})
        choices.append(best(compare(Student(open_session(path), bands), clear, scenes)))
        print(f"{path.name}, seed {seed}: mean IoU {choices[-1].mean_overlap:.3f}, {choices[-1]}", flush=True)
    choice = best(choices)
    network = networks[choices.index(choice)]
    with torch.no_grad():  # of each class the last layer gives the four pixels that come of one
        network.last.bias.view(len(CLASSES), -1)[CLOUD] += choice.raised
    write_onnx(network, path, example, {"scores": (0, 2, 3)})


def main() -> None:
    """Write what is shipped."""
    out, zoo = map(Path, sys.argv[1:3])
    clear, scenes = read_clear(out), read_scenes(out, aside=True)
    for bands, name in FORMS.items():
        write_form(out, bands, zoo / f"{name}.onnx", clear, scenes)


if __name__ == "__main__":
    main()
