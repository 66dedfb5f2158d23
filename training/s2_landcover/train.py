"""Train on all cities but one, or on all: ``python -m s2_landcover.train OUT [--fold CITY]``; goes on where it stopped.

A batch is half seen with ten bands, half with four: both forms come out of one training.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch
from common.air import correct
from common.arguments import make_parser, read_arguments
from common.loop import Schedule, train
from common.scenes import CLASSES, NO_CLASS
from torch import nn

from .augment import blank, cut, jitter, snow
from .network import BANDS, FOUR, LandCover
from .prepare import CERTAIN, Sample, load_samples

BATCH, SIZE_PX = 8, 128
SCHEDULE = Schedule(epochs=14, steps=250, rate=2e-3, decay=0.1, optimizer="adamw", average=0.995)
FINISH = Schedule(
    epochs=2, steps=250, rate=5e-4, decay=0.1, optimizer="adamw", average=0.99, seed=SCHEDULE.seed + SCHEDULE.epochs
)
"""with holes in the images"""
BLANK = 0.5
"""share of the images that have holes then"""
RARE = 0.02
"""added to the share of a class: those that are rarer than this count little more"""
ZOOM = 0.15
SNOWY = 0.03
"""share of the images that get simulated snow"""
SURFACE = 0.25
"""share that is made to look like surface reflectance"""
AREA_POWER = 0.5
"""a scene is drawn with its area to this power: 0 would show every city as often, 1 every pixel"""


def loss(network: nn.Module, images: torch.Tensor, teacher: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy with the teacher's class; a pixel counts by its class and the teacher's confidence.

    *teacher* (B, 2, H, W) is class and confidence, *weights* (9) is what a pixel of each class counts.
    """
    half = len(images) // 2
    four = [BANDS.index(band) for band in FOUR]
    parts = (part.contiguous(memory_format=torch.channels_last) for part in (images[:half], images[half:, four]))
    logarithms = nn.functional.log_softmax(network(*parts).float(), 1)
    classes, confidence = teacher[:, 0], teacher[:, 1]
    known = classes != NO_CLASS
    number = torch.where(known, classes, 0).long()
    right = logarithms.gather(1, number[:, None])[:, 0]
    weight = known * confidence * weights[number]
    return -(right * weight).sum() / weight.sum().clamp(min=1)


def as_tensors(sample: Sample) -> tuple[torch.Tensor, torch.Tensor]:
    """Return reflectance (10, H, W) and class and confidence (2, H, W)."""
    teacher = np.stack((sample.target.astype(np.float32), sample.confidence.astype(np.float32) / CERTAIN))
    return torch.from_numpy(sample.reflectance), torch.from_numpy(teacher)


def class_weights(samples: list[Sample]) -> torch.Tensor:
    """Return what a pixel of each class counts (9): more where the class is rare; else built area spreads too far."""
    counts = sum(np.bincount(sample.target.ravel(), minlength=NO_CLASS + 1)[: len(CLASSES)] for sample in samples)
    return torch.from_numpy((counts / np.sum(counts) + RARE) ** -0.5).float()


def train_network(out: Path, fold: str | None) -> LandCover:
    """Return the network that has not seen the city *fold* (both its dates), or has seen all."""
    samples = [sample for sample in load_samples(out) if sample.city != fold]
    by_class = class_weights(samples)
    scenes = [as_tensors(sample) for sample in samples]
    by_area = torch.tensor([float(teacher[0].numel()) ** AREA_POWER for _, teacher in scenes])

    def batches(rng: torch.Generator, steps: int, holes: float) -> Iterator[tuple[torch.Tensor, ...]]:
        for _ in range(steps):
            chosen = torch.multinomial(by_area, BATCH, replacement=True, generator=rng).tolist()
            parts = [cut(*scenes[number], SIZE_PX, ZOOM, rng) for number in chosen]
            images, teacher = (torch.stack(items) for items in zip(*parts))
            images, teacher = snow(images, teacher, SNOWY, rng)
            images = jitter(correct(images, SURFACE, rng), rng)
            yield *blank(images, teacher, holes, rng), by_class

    name = fold or "all"
    torch.manual_seed(SCHEDULE.seed)  # of the weights that it begins with
    network = train(LandCover(), lambda _, rng: batches(rng, SCHEDULE.steps, 0), loss, SCHEDULE, out / f"{name}.pt")
    network = train(network, lambda _, rng: batches(rng, FINISH.steps, BLANK), loss, FINISH, out / f"{name}_finish.pt")
    return cast(LandCover, network)


def main() -> None:
    """Train, or go on."""
    parser = make_parser()
    parser.add_argument("--fold", help="the city that is left out; default: none")
    arguments = read_arguments(parser)
    train_network(arguments.out, arguments.fold)


if __name__ == "__main__":
    main()
