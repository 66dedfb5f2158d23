"""Train the network: ``python -m s2_cloudremoval.train OUT``, OUT as `prepare` wrote it.

It learns from six cities; saclay_e is kept for choices, and the four places of
benchmarks/clouds_baseline.py for the score.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from common.arguments import make_parser, read_arguments
from common.loop import Batch, Schedule, train
from torch import nn
from torch.nn import functional

from .network import CloudRemover
from .prepare import Place, read_places, training_places
from .samples import Sample, draw_sample

SIZE = 160
BATCH = 4
DATES = (1, 2, 3, 4)
DATES_SHARE = (0.03, 0.3, 0.47, 0.2)
SCHEDULE = Schedule(epochs=48, steps=50, rate=2.5e-3, decay=1e-3, optimizer="adamw", average=0.995)
AGAIN = Schedule(epochs=24, steps=50, rate=1.5e-3, decay=1e-3, optimizer="adamw", average=0.997, seed=20261)
"""a second cycle from where the first one ended"""


def whitening(places: list[Place]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (10) and matrix (10, 10) that make the bands of all training pixels uncorrelated, of deviation 1.

    Directions of little variance are taken to have at least a deviation of 0.01: their noise shall not count.
    """
    parts = [place.reflectance[:, :, ::5, ::5].transpose(1, 0, 2, 3)[:, :, place.valid[::5, ::5]] for place in places]
    pixels = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1).astype(np.float64)
    variances, directions = np.linalg.eigh(np.cov(pixels))
    matrix = (directions / np.sqrt(np.maximum(variances, 1e-4))).T
    return pixels.mean(axis=1), matrix[::-1].copy()


def make_network(places: list[Place]) -> CloudRemover:
    """Return an untrained network."""
    mean, matrix = whitening(places)
    return CloudRemover(mean.tolist(), matrix.tolist())


def loss(network: CloudRemover, cloudy: torch.Tensor, truth: torch.Tensor, harmless: torch.Tensor) -> torch.Tensor:
    """Return the loss of restoring the first date (B, T, 10, H, W) as its *truth* (B, 10, H, W).

    Absolute and squared error of the image, most where clouds are, and the logarithm of its squared error there, so
    that easy series count as much as hard ones; those of the composite before its correction; the Gaussian likelihood
    of the variance (Kendall and Gal 2017); and cross-entropy of the visibility.
    """
    clear, log_variance, logit, mixture = network.restore(cloudy, 0)
    with torch.autocast(cloudy.device.type, enabled=False):
        hidden = 1 - harmless[:, :1]
        weight = (0.25 + hidden) / (0.25 + hidden.mean()).detach()
        scale = 0.02 + 0.1 * truth.sqrt()
        total = torch.zeros(())
        for image, share in ((clear[:, 0], 1.0), (mixture[:, 0], 0.5)):
            error = (image.float() - truth) / scale
            total = total + share * (weight * (functional.smooth_l1_loss(error, 0 * error, reduction="none", beta=0.2)
                                               + 0.25 * error.clamp(-8, 8) ** 2)).mean()  # fmt: skip
            under = (hidden * (image.float() - truth) ** 2).mean((1, 2, 3)) / (hidden.mean((1, 2, 3)) + 1e-3)
            total = total + 0.15 * share * torch.log(under + 1e-5).mean()
        squared = (clear[:, 0].detach().float() - truth) ** 2
        log_variance = log_variance[:, 0].float().clamp(-14, 2)
        likelihood = 0.5 * (log_variance + squared * torch.exp(-log_variance))
        seen = functional.binary_cross_entropy_with_logits(logit.float(), harmless)
        return total + 0.05 * (weight * likelihood).mean() + 0.5 * seen


def batch_of(samples: list[Sample]) -> Batch:
    """Return the tensors that `loss` takes."""
    return tuple(
        torch.from_numpy(np.stack([getattr(sample, name) for sample in samples]))
        for name in ("cloudy", "truth", "harmless")
    )


def train_network(out: Path) -> nn.Module:
    """Return the trained network; goes on where it was interrupted."""
    places = training_places(read_places(out))

    def batches(schedule: Schedule, epoch: int) -> Iterable[Batch]:
        rng = np.random.default_rng((schedule.seed, epoch))
        for _ in range(schedule.steps):
            dates = int(rng.choice(DATES, p=DATES_SHARE))
            yield batch_of([draw_sample(places, dates, SIZE, rng) for _ in range(BATCH)])

    torch.manual_seed(SCHEDULE.seed)  # of the weights that it begins with
    network: nn.Module = make_network(places)
    for schedule, name in ((SCHEDULE, "state"), (AGAIN, "state_again")):
        network = train(network, lambda epoch, _, now=schedule: batches(now, epoch), loss, schedule, out / f"{name}.pt")
    return network


def main() -> None:
    """Train, or go on."""
    arguments = read_arguments(make_parser())
    train_network(arguments.out)


if __name__ == "__main__":
    main()
