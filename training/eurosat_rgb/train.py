"""Train on the published train part; the validation part is looked at once, by evaluate.py.

``python -m eurosat_rgb.train OUT`` goes on where it stopped. A twentieth of the train part is kept aside for the
temperature of the probabilities (Guo et al. 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from common.arguments import make_parser, read_arguments
from common.loop import Schedule, train
from torch import nn

from .network import make_network

BATCH = 128
SCHEDULE = Schedule(epochs=50, steps=120, rate=0.2, decay=5e-4, optimizer="sgd")
SMALL_PX, WHOLE_PX = 48, 64
"""the first half of the epochs sees cut-outs: at half the cost, and as augmentation"""
PAD_PX = 6
HELD_OUT = 20
"""one chip in so many is kept aside"""


def held_out(count: int) -> np.ndarray:
    """Return which chips of the train part are kept aside for the temperature."""
    return np.random.default_rng(SCHEDULE.seed).permutation(count)[: count // HELD_OUT]


def statistics(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and standard deviation of each band (1, 3, 1, 1) of bytes (B, 3, H, W)."""
    values = [pixels[:, band].float() for band in range(pixels.shape[1])]
    mean, spread = ([float(f(band)) for band in values] for f in (torch.mean, torch.std))
    return torch.tensor(mean).view(1, -1, 1, 1), torch.tensor(spread).view(1, -1, 1, 1)


def augment(images: torch.Tensor, size: int, rng: torch.Generator) -> torch.Tensor:
    """Flip, turn, move, and change brightness and contrast: what the view from above does not tell apart."""
    images = nn.functional.pad(images, (PAD_PX,) * 4, mode="reflect")
    room = images.shape[-1] - size
    shifts = torch.randint(room + 1, (len(images), 2), generator=rng).tolist()
    turns = torch.randint(4, (len(images), 2), generator=rng).tolist()
    cut = []
    for image, (y, x), (turn, flip) in zip(images, shifts, turns):
        part = torch.rot90(image[:, y : y + size, x : x + size], turn, (1, 2))
        cut.append(part.flip(2) if flip % 2 else part)
    gain = 1 + 0.2 * (torch.rand((len(images), 1, 1, 1), generator=rng) - 0.5)
    shift = 0.2 * (torch.rand((len(images), 3, 1, 1), generator=rng) - 0.5)
    return torch.stack(cut) * gain + shift


def mix(images: torch.Tensor, targets: torch.Tensor, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Mix pairs of chips, and of what they show, in every other batch (Zhang et al. 2018), by a little."""
    if torch.rand(1, generator=rng) < 0.5:
        return images, targets
    share = float(np.random.default_rng(int(torch.randint(2**31, (1,), generator=rng))).beta(0.2, 0.2))
    share = max(share, 1 - share)
    order = torch.randperm(len(images), generator=rng)
    return share * images + (1 - share) * images[order], share * targets + (1 - share) * targets[order]


def loss(network: nn.Module, images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy, with 5 % of the target spread over all classes."""
    scores = network(images.contiguous(memory_format=torch.channels_last))
    return nn.functional.cross_entropy(scores.float(), targets, label_smoothing=0.05)


def train_network(out: Path) -> nn.Module:
    """Return the trained network."""
    chips = np.load(out / "chips.npz")
    labels = torch.from_numpy(chips["train_labels"])
    pixels = torch.from_numpy(chips["train_images"]).permute(0, 3, 1, 2)
    mean, spread = statistics(pixels)
    used = torch.from_numpy(np.setdiff1d(np.arange(len(labels)), held_out(len(labels))))

    def batches(epoch: int, rng: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        size = SMALL_PX if epoch < SCHEDULE.epochs // 2 else WHOLE_PX
        order = used[torch.randperm(len(used), generator=rng)]
        for chosen in order[: SCHEDULE.steps * BATCH].split(BATCH):
            images = augment((pixels[chosen].float() - mean) / spread, size, rng)
            yield mix(images, nn.functional.one_hot(labels[chosen], 10).float(), rng)

    torch.manual_seed(SCHEDULE.seed)  # of the weights that it begins with
    return train(make_network(), batches, loss, SCHEDULE, out / "state.pt")


def main() -> None:
    """Train, or go on."""
    arguments = read_arguments(make_parser())
    train_network(arguments.out)


if __name__ == "__main__":
    main()
