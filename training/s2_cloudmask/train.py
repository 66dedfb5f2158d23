"""Train both forms: ``python -m s2_cloudmask.train OUT``; goes on where it stopped. ``--bands`` trains one of them.

Each is trained once a seed of SEEDS, and `export` takes the best of them: networks that differ by nothing else find
clouds very unequally. (A network that learned from the mean of all did no better than the best.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from common.arguments import make_parser, read_arguments
from common.loop import Schedule, train
from torch import nn

from .network import CloudMask

BATCH = 16
CUT_PX = 192
SCHEDULE = Schedule(epochs=30, steps=150, rate=4e-3, decay=1e-3, optimizer="adamw", average=0.995)
SEEDS = (SCHEDULE.seed, 1, 2, 3)
KEPT_ASIDE = 120
"""the first crops: never trained on, for the temperature"""
OVERLAP_SHARE = 0.3
"""of the loss: the overlap of areas, which the bar is about; the remainder is the cross-entropy"""


def cut_batch(
    images: np.ndarray, labels: np.ndarray, chosen: np.ndarray, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pieces (B, bands, CUT_PX, CUT_PX) of crops and their labels (B, 3, …), turned, mirrored, lit anew."""
    pieces, wanted = [], []
    for number in chosen:
        top, left = (int(place) for place in rng.integers(0, images.shape[-1] - CUT_PX + 1, 2))
        turn, flip = int(rng.integers(4)), int(rng.choice([-1, 1]))
        window = (slice(None), slice(top, top + CUT_PX), slice(left, left + CUT_PX))
        gain = np.exp(rng.normal(0, 0.06) + rng.normal(0, 0.02, (images.shape[1], 1, 1))).astype(np.float32)
        pieces.append(np.rot90(images[number][window], turn, (1, 2))[:, :, ::flip] * (gain / 10000))
        wanted.append(np.rot90(labels[number][window], turn, (1, 2))[:, :, ::flip])
    return torch.from_numpy(np.stack(pieces)), torch.from_numpy(np.stack(wanted))


def loss(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return cross-entropy with soft targets, and what is lacking of the overlap of clouds and of shadows."""
    scores = network(images.contiguous(memory_format=torch.channels_last)).float()
    cloud, shadow, weight = (labels[:, plane].float() / 255 for plane in range(3))
    target = torch.stack([1 - cloud - shadow, cloud, shadow], dim=1).clamp(0, 1)
    entropy = -(target * scores.log_softmax(1)).sum(1)
    entropy = (entropy * weight).sum() / weight.sum()
    found, true = scores.softmax(1)[:, 1:] * weight[:, None], target[:, 1:] * weight[:, None]
    both = (found * true).sum((0, 2, 3))
    # of soft targets: the squares keep the best value at 1 (Dice in the form of Milletari et al. 2016)
    either = ((found * found).sum((0, 2, 3)) + (true * true).sum((0, 2, 3)) - both).clamp(min=1)
    return (1 - OVERLAP_SHARE) * entropy + OVERLAP_SHARE * (1 - both / either).mean()


def train_network(out: Path, bands: int, seed: int) -> nn.Module:
    """Return the trained network of one form and seed."""
    state, schedule = out / f"state_{bands}_{seed}.pt", replace(SCHEDULE, seed=seed)
    torch.manual_seed(seed)
    network = CloudMask(bands)
    if _is_done(state):
        return train(network, lambda *_: (), loss, schedule, state)
    crops = np.load(out / "crops.npz")
    images, labels = crops["images"], crops["labels"]
    # snow is told from cloud by the short-wave infrared only
    used = np.flatnonzero(crops["infrared"] if bands == 6 else ~crops["snow"])
    used = used[used >= KEPT_ASIDE]
    images = images[:, :bands]

    def batches(epoch: int, generator: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        rng = np.random.default_rng((seed, epoch))
        for _ in range(schedule.steps):
            yield cut_batch(images, labels, rng.choice(used, BATCH, replace=False), rng)

    return train(network, batches, loss, schedule, state)


def _is_done(state: Path) -> bool:
    return state.exists() and torch.load(state, weights_only=True)["epoch"] == SCHEDULE.epochs


def main() -> None:
    """Train, or go on."""
    parser = make_parser()
    parser.add_argument("--bands", type=int, nargs="*", choices=(4, 6), default=(6, 4))
    arguments = read_arguments(parser)
    for bands in arguments.bands:
        for seed in SEEDS:
            train_network(arguments.out, bands, seed)


if __name__ == "__main__":
    main()
