"""A network as it is shipped, and how its maps agree with others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from common.export import write_onnx
from common.session import Session
from torch import nn

from . import teacher
from .network import STEP_PX


@dataclass(frozen=True)
class Student:
    """One form, as it is shipped."""

    session: Session
    bands: int
    folder: Path = Path("teacher")
    """where the teacher's maps are kept"""

    def scores(self, image: np.ndarray) -> np.ndarray:
        """Return scores (3, H, W) of reflectance (bands, H, W) in one piece, as the plugin runs small rasters."""
        height, width = image.shape[1:]
        lacking = [(0, -size % STEP_PX) for size in (height, width)]
        padded = np.pad(image[: self.bands], ((0, 0), *lacking), mode="symmetric")
        found: np.ndarray = self.session.run(None, {"image": padded[None].astype(np.float32)})[0][0]
        return found[:, :height, :width]

    def map_image(self, image: np.ndarray) -> np.ndarray:
        """Return classes (H, W)."""
        found: np.ndarray = self.scores(image).argmax(axis=0)
        return found

    def ask(self, image: np.ndarray, *, at_surface: bool) -> np.ndarray:
        """Return the classes (H, W) that the teacher gives from the same bands."""
        return teacher.remember(image[: self.bands], self.folder, at_surface=at_surface)


def write_form(network: nn.Module, bands: int, path: Path) -> None:
    """Write a network as an ONNX file."""
    write_onnx(network, path, {"image": torch.zeros(2, bands, 4 * STEP_PX, 4 * STEP_PX)}, {"scores": (0, 2, 3)})


def agreement(found: np.ndarray, true: np.ndarray, known: np.ndarray | None = None) -> dict[str, float]:
    """Return overlap (IoU), precision and recall of a mask."""
    if known is not None:
        found, true = found[known], true[known]
    both = float((found & true).sum())
    return {
        "iou": round(both / max(float((found | true).sum()), 1), 4),
        "precision": round(both / max(float(found.sum()), 1), 4),
        "recall": round(both / max(float(true.sum()), 1), 4),
    }
