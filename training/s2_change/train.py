"""Train the networks that are shipped: ``python -m s2_change.train OUT``. Goes on where it stopped.

Both learn simulated change of seven cities, one of them change drawn by eye there as well (`drawn`). Bands are left out
at random (all ten, the six that Landsat has, or four), so that `with_bands` cuts forms with fewer bands out of them.
Two cities are kept aside (`prepare.HELD_OUT`): by how candidates rank the change drawn and simulated there (`ranking`)
everything was chosen, but for what follows.

The labelled Landsat pairs were looked at five times. A first network, trained without changes of contrast, found
little of their change; the reason showed on the cities aside too (F1 0.73, but 0.29 when their contrast was 0.35 of
what it was). Since then training shows flat pictures and the network compares with the neighbourhood's contrast: 0.75
either way. It was too unsure of real change, which areas drawn by eye in the cities aside showed as well; since then
the threshold is chosen with them (`export`), and that was the third look. The fourth was at the mean of two networks
that learned from drawn change: with six bands better on both pairs (0.88 to 0.91, 0.79 to 0.79), with four on one only
(0.87 to 0.91, but 0.78 to 0.77), so the four-band form stayed then. The last was at the mean of MEMBERS, which ranks
higher on the cities aside than what was shipped, with ten, six and four bands, and as high as the mean of three. On
the pairs: 0.90 and 0.80, with four bands 0.90 and 0.77.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from common.arguments import make_parser, read_arguments
from common.loop import Schedule, train
from torch import nn

from .drawn import read_drawn
from .network import ChangeNet
from .prepare import BANDS, FACTORS, FOUR_BANDS, LANDSAT_BANDS, MEAN, SPREAD, read_pairs
from .simulate import Source, example

BATCH = 24


@dataclass(frozen=True)
class Member:
    """How a network is trained."""

    epochs: int
    seed: int
    drawn: float = 0.0
    """share of the chips that are cut where change, or none, was drawn by eye; what is built anew is change then"""

    @property
    def schedule(self) -> Schedule:
        """The schedule of the loop."""
        return Schedule(
            epochs=self.epochs, steps=30, rate=4e-3, decay=1e-3, optimizer="adamw", average=0.995, seed=self.seed
        )


MEMBERS = {"state": Member(36, 20260), "drawn": Member(48, 777, 0.25)}
"""by the name of the state; the mean of all is shipped: networks that learned from other examples err apart"""
CHANGE_WEIGHT = 2.5
"""of a changed pixel in the loss: with 1, probabilities of half and more miss most of the change in the cities aside"""
SETS = {"10 bands": BANDS, "6 bands": LANDSAT_BANDS, "4 bands": FOUR_BANDS}
SHARES = (0.35, 0.25, 0.4)
"""of SETS, in training"""


def standardise(reflectance: np.ndarray) -> np.ndarray:
    """Return reflectance (…, 10, H, W) minus MEAN, over SPREAD."""
    return (reflectance - MEAN[:, None, None]) / SPREAD[:, None, None]


def kept(name: str) -> np.ndarray:
    """Return 1 for the bands that a set has, 0 for the others (10, 1, 1)."""
    return np.array([band in SETS[name] for band in BANDS], np.float32)[:, None, None]


def loss(network: nn.Module, before: torch.Tensor, after: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return cross-entropy and Dice loss (Milletari et al. 2016) of the pixels with a label."""
    logits = network(before, after).float()[:, 0]
    known, truth = labels >= 0, (labels == 1).float()
    entropy = nn.functional.binary_cross_entropy_with_logits(
        logits, truth, reduction="none", pos_weight=torch.tensor(CHANGE_WEIGHT, device=logits.device)
    )[known].mean()
    probability = torch.sigmoid(logits) * known
    overlap = (probability * truth).sum()
    return entropy + 0.3 * (1 - (2 * overlap + 1) / (probability.sum() + truth.sum() + 1))


def train_network(out: Path, name: str) -> ChangeNet:
    """Return a trained network of MEMBERS."""
    member = MEMBERS[name]
    schedule = member.schedule
    items = [item for factor in FACTORS for item in read_drawn(out, factor, held_out=False)]
    drawn = [labels for _, labels in items] if member.drawn else []
    source = Source([pair for pair, _ in items], is_anew=bool(drawn), drawn=drawn, share=member.drawn)

    def batches(epoch: int, _rng: torch.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
        rng = np.random.default_rng((schedule.seed, epoch))
        for _ in range(schedule.steps):
            examples = [example(source, rng) for _ in range(BATCH)]
            before, after, labels = (np.stack(parts) for parts in zip(*examples))
            masks = np.stack([kept(str(rng.choice(list(SETS), p=SHARES))) for _ in examples])
            dates = (torch.from_numpy(standardise(part) * masks) for part in (before, after))
            one, two = (date.contiguous(memory_format=torch.channels_last) for date in dates)
            yield one, two, torch.from_numpy(labels)

    torch.manual_seed(member.seed)  # of the weights that it begins with
    return train(ChangeNet(len(BANDS)), batches, loss, schedule, out / f"{name}.pt")  # type: ignore[return-value]


def check_set(out: Path, factor: int, count: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return before, after (N, 10, H, W), standardised, and labels (N, H, W) of simulated pairs of the cities aside."""
    source, rng = Source(read_pairs(out, factor, held_out=True), is_anew=True), np.random.default_rng(20261 + factor)
    before, after, labels = (np.stack(parts) for parts in zip(*[example(source, rng) for _ in range(count)]))
    return standardise(before), standardise(after), labels


def best_f1(score: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the highest F1 of any threshold, and that threshold."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(truth[order])
    values = 2 * hits / (np.arange(1, len(order) + 1) + truth.sum())
    best = int(values.argmax())
    return float(values[best]), float(score[order[best]])


if __name__ == "__main__":
    arguments = read_arguments(make_parser())
    for name in MEMBERS:
        train_network(arguments.out, name)
