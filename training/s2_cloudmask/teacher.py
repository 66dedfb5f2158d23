"""ukis-csmask 1.0.0 (Apache-2.0, German Aerospace Center): the teacher, and what the student is compared with."""

from __future__ import annotations

import hashlib
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.special import softmax
from ukis_csmask.mask import CSmask

TILE_PX = 256
_NAMES = ("blue", "green", "red", "nir", "swir16", "swir22")


def predict_tile(image: np.ndarray, *, at_surface: bool) -> np.ndarray:
    """Return probabilities (3, 256, 256) of clear, cloud and shadow for reflectance (6 or 4, 256, 256)."""
    session, mean, spread = _load("l2a" if at_surface else "l1c", len(image))
    scores = session.run(None, {"input": ((image - mean) / spread)[None].astype(np.float32)})[0][0]
    return softmax(scores, axis=0)


def map_probabilities(image: np.ndarray, *, at_surface: bool) -> np.ndarray:
    """Return the same (3, H, W) for a whole image: means of tiles that overlap by half, their middles counting most."""
    height, width = image.shape[1:]
    ramp = np.minimum(np.arange(TILE_PX) + 1, TILE_PX - np.arange(TILE_PX)).astype(np.float32)
    weight = np.outer(ramp, ramp)
    total, weights = np.zeros((3, height, width), np.float32), np.zeros((height, width), np.float32)
    rows, columns = (sorted({*range(0, size - TILE_PX, TILE_PX // 2), size - TILE_PX}) for size in (height, width))
    for top in rows:
        for left in columns:
            window = (..., slice(top, top + TILE_PX), slice(left, left + TILE_PX))
            total[window] += weight * predict_tile(image[window], at_surface=at_surface)
            weights[window] += weight
    return total / weights


def map_image(image: np.ndarray, *, at_surface: bool) -> np.ndarray:
    """Return the map (H, W) that the package itself makes of reflectance (6 or 4, H, W), numbered as in CLASSES.

    Images smaller than its tiles are mirrored at their edges.
    """
    height, width = image.shape[1:]
    lacking = [(0, max(TILE_PX - size, 0)) for size in (height, width)]
    image = np.pad(image, ((0, 0), *lacking), mode="symmetric")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mask = _make(np.ascontiguousarray(image.transpose(1, 2, 0)), "l2a" if at_surface else "l1c")
    found: np.ndarray = mask.csm[:height, :width, 0]
    return found


def remember(image: np.ndarray, folder: Path, *, at_surface: bool) -> np.ndarray:
    """Return `map_image` from FOLDER, where it is kept once it has been made: the teacher is slow."""
    name = hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()[:20]
    path = folder / f"{name}_{'l2a' if at_surface else 'l1c'}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path, map_image(image, at_surface=at_surface))
    found: np.ndarray = np.load(path)
    return found


def _make(image: np.ndarray, level: str) -> CSmask:
    names = list(_NAMES[: image.shape[2]])
    return CSmask(image, names, level, intra_op_num_threads=1, providers=["CPUExecutionProvider"])


@cache
def _load(level: str, bands: int) -> tuple[onnxruntime.InferenceSession, np.ndarray, np.ndarray]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mask = _make(np.zeros((TILE_PX, TILE_PX, bands), np.float32), level)
    mean, spread = (np.array(values, np.float32)[:, None, None] for values in (mask.band_mean, mask.band_std))
    return mask.session, mean, spread
