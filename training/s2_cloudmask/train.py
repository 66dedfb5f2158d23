"""Train both forms: ``python -m s2_cloudmask.train OUT``; goes on where it stopped.

Networks that differ only by their seed find clouds very unequally: by `choose.Choice.mean_overlap`, seven with six
bands had 0.58 to 0.82, four with four bands 0.71 to 0.85. So one with four bands is trained with each of SEEDS, and the
best is shipped; the one with six bands begins as that one and is trained further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from common.arguments import make_parser, read_arguments
from common.loop import Schedule, train
from torch import nn

from .choose import Aside, Choice, best, judge, read_aside
from .ground import add_water
from .network import CloudMask

BATCH = 16
CUT_PX = 192
SCHEDULE = Schedule(epochs=30, steps=150, rate=4e-3, decay=1e-3, optimizer="adamw", average=0.995)
SEEDS = (SCHEDULE.seed, 1, 2, 3)
"""of the networks of four bands"""
WIDER = replace(SCHEDULE, epochs=15, rate=1e-3, seed=11)
"""of the network that begins as the best of these"""
FLOODED = 0.3
"""share of its examples that get more lakes: it called some of them shadow"""
_AIR = 0.05
"""reflectance of blue from which there is the light of the air"""
_CLEAR = 13
"""probability × 255 of cloud and of shadow below which ground is clear"""
STEM, FRESH = "stem.0.weight", 0.3
"""the weights that bands have of their own, and the share of their usual size that fresh ones begin with"""
KEPT_ASIDE = 120
"""the first crops: never trained on, for the temperature"""
OVERLAP_SHARE = 0.3
"""of the loss: the overlap of areas, which the bar is about; the remainder is the cross-entropy"""


def cut_batch(
    images: np.ndarray, labels: np.ndarray, chosen: np.ndarray, rng: np.random.Generator, flooded: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pieces (B, bands, CUT_PX, CUT_PX) of crops and their labels (B, 3, …), turned, mirrored, lit anew.

    The share *flooded* of them gets lakes (`flood`).
    """
    pieces, wanted = [], []
    for number in chosen:
        top, left = (int(place) for place in rng.integers(0, images.shape[-1] - CUT_PX + 1, 2))
        turn, flip = int(rng.integers(4)), int(rng.choice([-1, 1]))
        window = (slice(None), slice(top, top + CUT_PX), slice(left, left + CUT_PX))
        gain = np.exp(rng.normal(0, 0.06) + rng.normal(0, 0.02, (images.shape[1], 1, 1))).astype(np.float32)
        piece = np.rot90(images[number][window], turn, (1, 2))[:, :, ::flip] * (gain / 10000)
        wanted.append(np.rot90(labels[number][window], turn, (1, 2))[:, :, ::flip])
        pieces.append(flood(piece, wanted[-1], rng) if flooded and rng.random() < flooded else piece)
    return torch.from_numpy(np.stack(pieces)), torch.from_numpy(np.stack(wanted))


def flood(piece: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a piece (6, H, W) with lakes on its clear ground: `prepare` makes few in the light of surface reflectance.

    They get the light of the air where the darkest blue of the piece has it.
    """
    wet = add_water(piece, rng, has_air=bool(np.quantile(piece[0], 0.01) > _AIR))
    is_clear = (labels[:2] < _CLEAR).all(axis=0) & (labels[2] > 0)
    return np.where(is_clear, wet, piece).astype(np.float32)


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


@dataclass(frozen=True)
class Examples:
    """What one form learns from."""

    images: np.ndarray
    """(N, bands, H, W) uint16, reflectance × 10000"""
    labels: np.ndarray
    """(N, 3, H, W) uint8, as `prepare.Crop` has them"""
    used: np.ndarray
    """numbers of those that are learned"""

    def batches(
        self, schedule: Schedule, flooded: float = 0.0
    ) -> Callable[[int, torch.Generator], Iterator[tuple[torch.Tensor, ...]]]:
        """Return what yields the batches of an epoch."""

        def draw(epoch: int, _generator: torch.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
            rng = np.random.default_rng((schedule.seed, epoch))
            for _ in range(schedule.steps):
                yield cut_batch(self.images, self.labels, rng.choice(self.used, BATCH, replace=False), rng, flooded)

        return draw


def read_examples(out: Path, bands: int) -> Examples:
    """Return the crops of one form."""
    crops = np.load(out / "crops.npz")
    # snow is told from cloud by the short-wave infrared only
    used = np.flatnonzero(crops["infrared"] if bands == 6 else ~crops["snow"])
    return Examples(crops["images"][:, :bands], crops["labels"], used[used >= KEPT_ASIDE])


@dataclass(frozen=True)
class Best:
    """The network of four bands that does best on what is kept aside."""

    network: nn.Module
    seed: int
    choice: Choice


def train_four(out: Path, aside: Aside) -> Best:
    """Return the best network of four bands of all SEEDS (`choose`)."""
    examples, found = read_examples(out, 4), []
    for seed in SEEDS:
        torch.manual_seed(seed)
        schedule = replace(SCHEDULE, seed=seed)
        network = train(CloudMask(4), examples.batches(schedule), loss, schedule, out / f"state_4_{seed}.pt")
        found.append(Best(network, seed, judge(network, 4, aside)))
        print(f"4 bands, seed {seed}: mean IoU {found[-1].choice.mean_overlap:.3f}, {found[-1].choice}", flush=True)
    choice = best([one.choice for one in found])
    return next(one for one in found if one.choice is choice)


def train_six(out: Path, four: Best) -> nn.Module:
    """Return the network of six bands, which begins as that of four."""
    examples = read_examples(out, 6)
    torch.manual_seed(four.seed)
    return train(widen(four.network), examples.batches(WIDER, FLOODED), loss, WIDER, out / "state_6_widened.pt")


def widen(four: nn.Module) -> CloudMask:
    """Return a network of six bands with the weights of one of four; those of the short-wave infrared begin small."""
    network = CloudMask(6)
    stem = FRESH * network.state_dict()[STEM]
    stem[:, :4] = four.state_dict()[STEM]
    network.load_state_dict(four.state_dict() | {STEM: stem})
    return network


def main() -> None:
    """Train, or go on."""
    out = read_arguments(make_parser()).out
    train_six(out, train_four(out, read_aside(out)))


if __name__ == "__main__":
    main()
