"""The training loop: half precision where it helps, an average of the weights, a state to go on from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

Batch = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn."""

    epochs: int
    steps: int
    """of an epoch"""
    rate: float
    """the highest learning rate: reached after a tenth of all steps, then falling to nothing along a cosine"""
    decay: float
    """weight decay"""
    optimizer: str
    """``sgd`` (with Nesterov's momentum of 0.9) or ``adamw``"""
    average: float = 0.998
    """share of the averaged weights that a step keeps"""
    seed: int = 20260


def device() -> torch.device:
    """Return a GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def train(
    network: nn.Module,
    batches: Callable[[int, torch.Generator], Iterable[Batch]],
    loss: Callable[..., torch.Tensor],
    schedule: Schedule,
    state_path: Path,
) -> nn.Module:
    """Train, or go on from STATE_PATH, and return the network with averaged weights (on the CPU, in evaluation mode).

    ``batches(epoch, generator)`` yields the ``schedule.steps`` batches of an epoch, on the CPU;
    ``loss(network, *batch)`` returns what is to become small. The same seed gives the same batches, however often the
    training is interrupted. The weights to begin with are the network's: seed PyTorch before it is made.
    """
    place = device()
    network = network.to(place, memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(schedule.average), use_buffers=True
    )
    optimizer = make_optimizer(network, schedule)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, schedule.rate, total_steps=schedule.steps * schedule.epochs, pct_start=0.1, final_div_factor=1e3
    )
    parts = {"network": network, "average": average, "optimizer": optimizer, "rates": rates}
    first = 0
    if state_path.exists():
        state = torch.load(state_path, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        first = state["epoch"]
    for epoch in range(first, schedule.epochs):
        started, total = time.monotonic(), 0.0
        torch.manual_seed(schedule.seed + epoch)
        network.train()
        for batch in batches(epoch, torch.Generator().manual_seed(schedule.seed + epoch)):
            with torch.autocast(place.type, torch.bfloat16):
                value = loss(network, *(item.to(place) for item in batch))
            optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            rates.step()
            average.update_parameters(network)
            total += float(value.detach())
        save({name: part.state_dict() for name, part in parts.items()} | {"epoch": epoch + 1}, state_path)
        seconds = time.monotonic() - started
        print(f"{state_path.stem}: epoch {epoch + 1}, loss {total / schedule.steps:.4f}, {seconds:.0f} s", flush=True)
    return average.module.cpu().eval()


def make_optimizer(network: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """Return the optimizer; biases and the weights of normalisations do not decay."""
    flat = [parameter for parameter in network.parameters() if parameter.ndim < 2]
    deep = [parameter for parameter in network.parameters() if parameter.ndim >= 2]
    groups = [{"params": deep, "weight_decay": schedule.decay}, {"params": flat, "weight_decay": 0.0}]
    if schedule.optimizer == "adamw":
        return torch.optim.AdamW(groups, schedule.rate)
    return torch.optim.SGD(groups, schedule.rate, momentum=0.9, nesterov=True)


def save(state: dict[str, object], path: Path) -> None:
    """Write a state so that a killed training never leaves half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)
