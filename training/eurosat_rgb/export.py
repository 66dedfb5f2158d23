"""Fit the temperature on the chips that were kept aside, and write the network with its card.

``python export.py OUT TARGET`` writes TARGET/eurosat-rgb.onnx and .json. Weights are stored as float16 and computed with
as float32: half the size, and no difference that evaluate.py could find.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from network import make_network
from onnx import helper, numpy_helper
from prepare import CLASSES
from torch import nn
from train import held_out


def load(out: Path) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """Return the averaged network, ready to run, and mean and deviation of the training part (of bytes)."""
    state = torch.load(out / "state.pt", weights_only=True)
    average = torch.optim.swa_utils.AveragedModel(make_network())
    average.load_state_dict(state["average"])
    return average.module.eval(), state["mean"], state["spread"]


def all_turns(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return logits."""
    with torch.inference_mode():
        return torch.cat([network(part) for part in images.split(256)])


def fit_temperature(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the temperature with the smallest cross-entropy (Guo et al. 2017)."""
    log_t = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([log_t], max_iter=100)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(logits / log_t.exp(), labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    return float(log_t.exp().detach())
