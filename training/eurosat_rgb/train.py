"""Train on the published train part; the validation part is looked at once, by evaluate.py.

``python train.py OUT`` goes on where it stopped: the state is written after every epoch. A twentieth of the train part
is kept aside for the temperature of the probabilities (Guo et al. 2017).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from network import make_network
from torch import nn

SEED = 20260
EPOCHS, BATCH, RATE, DECAY = 60, 128, 0.15, 5e-4
SMALL_PX, WHOLE_PX = 48, 64
"""the first half of the epochs sees cut-outs: at half the cost, and as augmentation"""
HELD_OUT = 20


def held_out(count: int) -> np.ndarray:
    """Return which chips of the train part are kept aside for the temperature."""
    return np.random.default_rng(SEED).permutation(count)[: count // HELD_OUT]


def augment(images: torch.Tensor, size: int, rng: torch.Generator) -> torch.Tensor:
    """Flip, turn, move, and change brightness and contrast: what the sky above does not tell apart."""
    if torch.rand(1, generator=rng) < 0.5:
        images = images.flip(3)
    images = torch.rot90(images, int(torch.randint(4, (1,), generator=rng)), (2, 3))
    pad = 6
    images = nn.functional.pad(images, (pad, pad, pad, pad), mode="reflect")
    room = images.shape[-1] - size
    shifts = torch.randint(room + 1, (len(images), 2), generator=rng)
    images = torch.stack([image[:, y : y + size, x : x + size] for image, (y, x) in zip(images, shifts.tolist())])
    gain = 1 + 0.2 * (torch.rand((len(images), 1, 1, 1), generator=rng) - 0.5)
    shift = 0.2 * (torch.rand((len(images), 3, 1, 1), generator=rng) - 0.5)
    return images * gain + shift


def mix(images: torch.Tensor, targets: torch.Tensor, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Mix pairs of chips and of what they show (Zhang et al. 2018), by a little."""
    share = float(torch.distributions.Beta(0.2, 0.2).sample()) if torch.rand(1, generator=rng) < 0.5 else 1.0
    share = max(share, 1 - share)
    order = torch.randperm(len(images), generator=rng)
    return share * images + (1 - share) * images[order], share * targets + (1 - share) * targets[order]


def main() -> None:
    """Train, or go on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(SEED)
    chips = np.load(arguments.out / "chips.npz")
    labels = torch.from_numpy(chips["train_labels"])
    pixels = torch.from_numpy(chips["train_images"]).permute(0, 3, 1, 2)
    mean = torch.tensor([float(pixels[:, band].float().mean()) for band in range(3)]).view(1, 3, 1, 1)
    spread = torch.tensor([float(pixels[:, band].float().std()) for band in range(3)]).view(1, 3, 1, 1)
    used = np.setdiff1d(np.arange(len(labels)), held_out(len(labels)))

    network = make_network().to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    optimizer = torch.optim.SGD(network.parameters(), RATE, momentum=0.9, nesterov=True, weight_decay=DECAY)
    steps = len(used) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=steps * arguments.epochs, pct_start=0.1, final_div_factor=1e3
    )
    first, state_path = 0, arguments.out / "state.pt"
    if state_path.exists():
        state = torch.load(state_path, weights_only=True)
        for item, name in ((network, "network"), (average, "average"), (optimizer, "optimizer"), (schedule, "schedule")):
            item.load_state_dict(state[name])
        first = state["epoch"]
    for epoch in range(first, arguments.epochs):
        rng = torch.Generator().manual_seed(SEED + epoch)
        torch.manual_seed(SEED + epoch)
        started, total, right = time.monotonic(), 0.0, 0
        size = SMALL_PX if epoch < arguments.epochs // 2 else WHOLE_PX
        network.train()
        order = torch.from_numpy(used)[torch.randperm(len(used), generator=rng)]
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            images = augment((pixels[chosen].float() - mean) / spread, size, rng)
            targets = nn.functional.one_hot(labels[chosen], 10).float()
            images, targets = mix(images, targets, rng)
            scores = network(images.contiguous(memory_format=torch.channels_last))
            loss = nn.functional.cross_entropy(scores, targets, label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
            total += float(loss.detach())
            right += int((scores.argmax(1) == labels[chosen]).sum())
        state = {
            "network": network.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(), "epoch": epoch + 1, "mean": mean, "spread": spread,
        }  # fmt: skip
        torch.save(state, state_path.with_suffix(".part"))
        state_path.with_suffix(".part").replace(state_path)
        print(
            f"epoch {epoch + 1}: loss {total / steps:.4f}, right of what it was trained on {right / steps / BATCH:.4f}, "
            f"{time.monotonic() - started:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
