"""``python -m s2_change.export OUT ZOO`` writes ``s2-change.onnx`` and ``s2-change-4b.onnx`` from the states in OUT.

Learned mostly from simulated change, the networks are less sure of real change. So their logits are moved by a number,
and the threshold that suits both becomes the probability 0.5: real change drawn by eye in the two cities kept aside
(`drawn`), where few fields differ by season, and simulated change there, where many do.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from common.export import write_onnx
from torch import nn

from .drawn import FACTORS, read_drawn
from .network import Mean, with_bands
from .prepare import BANDS, FOUR_BANDS
from .train import MEMBERS, check_set, standardise, train_network

FORMS = {"s2-change": BANDS, "s2-change-4b": FOUR_BANDS}
"""id → bands in the order that the model takes them"""
LOGITS = np.arange(-6, 3, 0.1)
"""thresholds that are tried"""


def best_logit(network: nn.Module, out: Path, places: list[int]) -> float:
    """Return the logit with the highest F1: mean of drawn and simulated change in the cities aside, and pixel sizes."""
    f1 = np.zeros(len(LOGITS))
    for factor in FACTORS:
        drawn = [(*standardise(pair.reflectance), labels) for pair, labels in read_drawn(out, factor)]
        for images in (drawn, list(zip(*check_set(out, factor)))):
            found, truths = [], []
            for before, after, labels in images:
                height, width = (side // 8 * 8 for side in labels.shape)
                dates = (torch.from_numpy(date[np.newaxis, places, :height, :width]) for date in (before, after))
                with torch.no_grad():
                    logits = network(*dates)[0, 0].numpy()
                known = labels[:height, :width] >= 0
                found.append(logits[known])
                truths.append(labels[:height, :width][known] == 1)
            logits, truth = np.concatenate(found), np.concatenate(truths)
            said = np.array([[(logits > limit).sum(), (truth & (logits > limit)).sum()] for limit in LOGITS])
            f1 += 2 * said[:, 1] / (said[:, 0] + truth.sum()) / 4
    best = int(f1.argmax())
    print(f"{len(places)} bands: mean F1 {f1[best]:.3f} at the logit {LOGITS[best]:.1f}")
    return float(LOGITS[best])


def main() -> None:
    """Write both forms; bands that a form does not take are missing to its networks."""
    out, zoo = map(Path, sys.argv[1:3])
    for name, bands in FORMS.items():
        places = [BANDS.index(band) for band in bands]
        networks = [with_bands(train_network(out, state), places) for state in MEMBERS]
        form = Mean(networks)
        limit = best_logit(form, out, places)
        with torch.no_grad():
            for network in networks:
                network.last.bias -= limit
        example = {date: torch.zeros(1, len(bands), 64, 64) for date in ("before", "after")}
        write_onnx(form, zoo / f"{name}.onnx", example, {"change": (0, 2, 3)})


if __name__ == "__main__":
    main()
