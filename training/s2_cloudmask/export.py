"""``python -m s2_cloudmask.export OUT ZOO`` writes both ONNX files to ZOO from the trained states in OUT.

They take reflectance 0–1 and give scores before the softmax. Height and width are multiples of 32. The score of cloud
is moved by what is best on the images kept aside (`choose`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from .choose import judge, read_aside
from .sources import CLASSES, CLOUD
from .student import write_form
from .train import train_four, train_six

FORMS = {6: "s2-cloudmask", 4: "s2-cloudmask-4b"}
"""id of the model by its number of bands"""


def main() -> None:
    """Write what is shipped."""
    out, zoo = map(Path, sys.argv[1:3])
    aside = read_aside(out)
    four = train_four(out, aside)
    six = train_six(out, four)
    forms = {6: (six, judge(six, 6, aside)), 4: (four.network, four.choice)}
    for bands, name in FORMS.items():
        network, choice = forms[bands]
        print(f"{name}: mean IoU {choice.mean_overlap:.3f}, {choice}", flush=True)
        with torch.no_grad():  # of each class the last layer gives the four pixels that come of one
            network.last.bias.view(len(CLASSES), -1)[CLOUD] += choice.raised
        write_form(network, bands, zoo / f"{name}.onnx")


if __name__ == "__main__":
    main()
