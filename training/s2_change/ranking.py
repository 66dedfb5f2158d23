"""How well candidates rank change in the cities kept aside: ``python -m s2_change.ranking OUT STATE.pt …``.

A threshold can be moved later, the order of the pixels can't: so candidates are chosen by average precision (and by
the best F1 of any threshold) on change drawn by eye (`drawn`), in each city and in both, and on simulated change, at 10
and 30 m, with ten bands, Landsat's six and four. Several states are averaged. The way to beat: change vectors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from .baselines import change_vectors
from .drawn import FACTORS, read_drawn
from .network import ChangeNet
from .prepare import BANDS
from .train import SETS, best_f1, check_set, kept, standardise

Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""two dates (10, H, W), standardised, 0 where a band is missing → anything that is higher for change (H, W)"""


def read_network(path: Path) -> ChangeNet:
    """Return the averaged network of a state of the training."""
    state = torch.load(path, weights_only=True)["average"]
    network = ChangeNet(len(BANDS))
    network.load_state_dict({name.removeprefix("module."): v for name, v in state.items() if name != "n_averaged"})
    return network.eval()


def scorer_of(networks: list[ChangeNet]) -> Scorer:
    """Return the mean logits of networks, on images cut to a multiple of 8 and mirrored from there."""

    def scores(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        height, width = before.shape[1:]
        pad = ((0, 0), (0, -height % 8), (0, -width % 8))
        dates = [torch.from_numpy(np.pad(date, pad, mode="symmetric")[None]) for date in (before, after)]
        with torch.no_grad():
            logits = [network(*dates)[0, 0, :height, :width] for network in networks]
        return torch.stack(logits).mean(0).numpy()

    return scores


def rank(scores: Scorer, out: Path, names: tuple[str, ...] = tuple(SETS)) -> dict[tuple[str, str], tuple[float, float]]:
    """Return average precision and best F1 by bands and by what was ranked: drawn areas by city, simulated pairs."""
    found = {}
    for factor in FACTORS:
        drawn = {pair.city: [(*standardise(pair.reflectance), labels)] for pair, labels in read_drawn(out, factor)}
        both = [image for images in drawn.values() for image in images]
        sets = {**drawn, "both": both, "simulated": list(zip(*check_set(out, factor)))}
        for name in names:
            for place, images in sets.items():
                values, truths = [], []
                for before, after, labels in images:
                    known = labels >= 0
                    values.append(scores(before * kept(name), after * kept(name))[known])
                    truths.append(labels[known] == 1)
                value, truth = np.concatenate(values), np.concatenate(truths)
                precision = float(average_precision_score(truth, value))
                found[name, f"{place} {factor * 10} m"] = precision, best_f1(value, truth)[0]
    return found


def vectors(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the length of change vectors of the bands that are there."""
    there = before.any((1, 2))
    return change_vectors(before[there], after[there])


def main() -> None:
    """Print average precision and best F1, a line for each set of bands and place."""
    out, *states = map(Path, sys.argv[1:])
    torch.set_num_threads(1)
    ways = {"states": scorer_of([read_network(path) for path in states]), "change vectors": vectors}
    tables = {way: rank(scores, out) for way, scores in ways.items()}
    for name, place in tables["states"]:
        said = (f"{way} {table[name, place][0]:.3f} {table[name, place][1]:.3f}" for way, table in tables.items())
        print(f"{name:9}{place:18}", *said, sep="  ")


if __name__ == "__main__":
    main()
