#!/usr/bin/env python3
"""Two small models of land cover for the demonstration, made from published spectra alone: nothing is trained.

The first is a Gaussian maximum-likelihood classifier of pixels (Richards, Remote Sensing Digital Image Analysis), the
classic of spectral land-cover mapping. Each cover is a normal distribution around its spectrum; its spread is what
is known to vary: the brightness of a surface (illumination, density), haze, and noise. Several covers make a class. The
second averages the first over the pixels of a chip. Both are 1×1 convolutions and sums in ONNX, with STAC MLM cards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# One standard deviation of each thing that varies
BRIGHTNESS_SHARE, HAZE_SHARE, NOISE_REFLECTANCE = 0.13, 0.10, 0.006
# Covers that lie this far out, in standard deviations, are not told apart by their distance any more
FARTHEST = 12.0
PIXEL_MODEL, CHIP_MODEL = "land_cover.onnx", "chip_cover.onnx"
TILE_PX, CHIP_PX = 512, 32
REFLECTANCE_SCALE = 10_000


@dataclass(frozen=True)
class LandCover:
    """A class of the map, and the covers of the scenes that belong to it: what is seen, not what land is used for."""

    value: int
    name: str
    color: str
    covers: tuple[str, ...]


CLASSES = (
    LandCover(1, "water", "2E78C8", ("water", "shallows")),
    LandCover(2, "forest", "1B6B3A", ("forest", "hedge")),
    LandCover(3, "crops", "E3C83C", ("wheat", "maize", "rape")),
    LandCover(4, "grass", "8FCB6B", ("meadow", "gardens")),
    LandCover(5, "bare soil", "B78255", ("stubble", "soil")),
    LandCover(6, "built-up", "C8352D", ("road", "roofs", "halls")),
)


@dataclass(frozen=True)
class Spectra:
    """What the models are made from: reflectance from 0 to 1 of each cover in each band, and of the air."""

    bands: tuple[str, ...]
    covers: Mapping[str, Sequence[float]]
    air: Sequence[float]


def whitened_distances(spectra: Spectra) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weights (cover × band, band) and biases of the convolution that whitens, and a constant for each cover.

    The log-likelihood of a cover is its constant minus half the sum of its squared whitened values.
    """
    air = np.asarray(spectra.air)
    weights, biases, constants = [], [], []
    for cover in (cover for item in CLASSES for cover in item.covers):
        ground = np.asarray(spectra.covers[cover])
        spread = NOISE_REFLECTANCE**2 * np.eye(len(ground))
        spread += BRIGHTNESS_SHARE**2 * np.outer(ground, ground) + HAZE_SHARE**2 * np.outer(air, air)
        whitening = np.linalg.inv(np.linalg.cholesky(spread))
        weights.append(whitening)
        biases.append(-whitening @ (ground + air))
        constants.append(np.log(np.diag(whitening)).sum())
    return np.concatenate(weights), np.concatenate(biases), np.asarray(constants)


def pixel_nodes(spectra: Spectra) -> tuple[list[Any], list[Any]]:
    """Return nodes and constants that turn ``image`` into ``scores``: logarithms of likelihoods, class by class."""
    weights, biases, constants = whitened_distances(spectra)
    bands, covers = len(spectra.bands), len(constants)
    cover_of = [place for place, item in enumerate(CLASSES) for _ in item.covers]
    members = np.eye(len(CLASSES))[cover_of].T
    tensors = {
        "whitening": weights[:, :, None, None],
        "centres": biases,
        "sums": np.kron(np.eye(covers), -0.5 * np.ones(bands))[:, :, None, None],
        "constants": constants,
        # every cover of a class is as likely as the others, and every class as the others
        "members": (members / members.sum(axis=1, keepdims=True))[:, :, None, None],
        "tiny": np.exp(-0.5 * FARTHEST**2),
    }
    nodes = [
        helper.make_node("Conv", ["image", "whitening", "centres"], ["whitened"]),
        helper.make_node("Mul", ["whitened", "whitened"], ["squared"]),
        helper.make_node("Conv", ["squared", "sums", "constants"], ["likelihoods"]),
        helper.make_node("ReduceMax", ["likelihoods"], ["best"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["likelihoods", "best"], ["below"]),
        helper.make_node("Exp", ["below"], ["shares"]),
        helper.make_node("Conv", ["shares", "members"], ["classes"]),
        helper.make_node("Add", ["classes", "tiny"], ["safe"]),
        helper.make_node("Log", ["safe"], ["scores"]),
    ]
    return nodes, [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in tensors.items()]


def mean_nodes() -> tuple[list[Any], list[Any]]:
    """Return nodes and constants that turn ``scores`` into ``cover``: the share of each class in a chip's pixels."""
    nodes = [
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        # pixels without data come as 0 in all bands: they count for nothing
        helper.make_node("ReduceMax", ["image"], ["largest"], axes=[1], keepdims=1),
        helper.make_node("Greater", ["largest", "nothing"], ["has_data"]),
        helper.make_node("Cast", ["has_data"], ["weight"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["probabilities", "weight"], ["weighted"]),
        helper.make_node("GlobalAveragePool", ["weighted"], ["mean"]),
        helper.make_node("GlobalAveragePool", ["weight"], ["mean_weight"]),
        helper.make_node("Max", ["mean_weight", "least"], ["some_weight"]),
        helper.make_node("Div", ["mean", "some_weight"], ["shares_of_chip"]),
        helper.make_node("Flatten", ["shares_of_chip"], ["cover"], axis=1),
    ]
    constants = {"nothing": 0.0, "least": 1e-6}
    return nodes, [numpy_helper.from_array(np.float32(value), name) for name, value in constants.items()]


def save_model(path: Path, nodes: list[Any], tensors: list[Any], bands: int, output: tuple[str, list[Any]]) -> None:
    """Write an ONNX file with one input ``image`` of any batch, height and width."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", bands, "height", "width"])
    result = helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])
    graph = helper.make_graph(nodes, path.stem, [image], [result], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


@dataclass(frozen=True)
class Description:
    """What the cards of both models do not share."""

    name: str
    title: str
    text: str
    task: str
    mlm_task: str
    activation: str
    output: str
    size_px: int
    result_shape: tuple[int, ...]
    result_dims: tuple[str, ...]


def card(path: Path, spectra: Spectra, about: Description) -> dict[str, Any]:
    """Return the STAC MLM item of a model."""
    data, size = path.read_bytes(), about.size_px
    bands = [{"name": name} for name in spectra.bands]
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [
            "https://stac-extensions.github.io/mlm/v1.5.2/schema.json",
            "https://stac-extensions.github.io/file/v2.1.0/schema.json",
        ],
        "id": path.stem,
        "geometry": None,
        "properties": {
            "datetime": "2024-06-18T00:00:00Z",
            "title": about.title,
            "description": about.text,
            "license": "GPL-2.0-or-later",
            "bands": bands,
            "mlm:name": about.name,
            "mlm:architecture": "Gaussian maximum likelihood",
            "mlm:framework": "ONNX",
            "mlm:tasks": [about.mlm_task],
            "mlm:pretrained": False,
            "geonnx:task": about.task,
            "geonnx:gsd_m": 10.0,
            "geonnx:halo_px": 0,
            "geonnx:training_data": "none: reflectance spectra of surfaces as published",
            "mlm:input": [
                {
                    "name": "image",
                    "bands": list(spectra.bands),
                    "input": {
                        "shape": [-1, len(spectra.bands), size, size],
                        "dim_order": ["batch", "bands", "height", "width"],
                        "data_type": "float32",
                    },
                    "value_scaling": [{"type": "scale", "value": REFLECTANCE_SCALE}],
                }
            ],
            "mlm:output": [
                {
                    "name": about.output,
                    "tasks": [about.mlm_task],
                    "result": {
                        "shape": list(about.result_shape),
                        "dim_order": list(about.result_dims),
                        "data_type": "float32",
                    },
                    "geonnx:activation": about.activation,
                    "classification:classes": [
                        {
                            "value": item.value,
                            "name": item.name,
                            "description": ", ".join(item.covers),
                            "color_hint": item.color,
                        }
                        for item in CLASSES
                    ],
                }
            ],
        },
        "links": [],
        "assets": {
            "model": {
                "href": f"./{path.name}",
                "title": about.title,
                "type": "application/octet-stream; framework=onnx",
                "roles": ["mlm:model", "mlm:weights"],
                "mlm:artifact_type": "onnx",
                "file:checksum": f"1220{hashlib.sha256(data).hexdigest()}",
                "file:size": len(data),
                # where STAC wants them; MLM wants them in the properties
                "bands": bands,
            }
        },
    }


def write_card(path: Path, spectra: Spectra, about: Description) -> None:
    """Write the card beside the model."""
    path.with_suffix(".json").write_text(json.dumps(card(path, spectra, about), indent=2) + "\n", encoding="utf-8")


def make_models(folder: Path, spectra: Spectra) -> tuple[Path, Path]:
    """Write both models with their cards; return the paths of the pixel classifier and of the chip classifier."""
    folder.mkdir(parents=True, exist_ok=True)
    pixel, chip = folder / PIXEL_MODEL, folder / CHIP_MODEL
    bands, count = len(spectra.bands), len(CLASSES)
    nodes, tensors = pixel_nodes(spectra)
    save_model(pixel, nodes, tensors, bands, ("scores", ["batch", count, "height", "width"]))
    more_nodes, more_tensors = mean_nodes()
    save_model(chip, [*nodes, *more_nodes], [*tensors, *more_tensors], bands, ("cover", ["batch", count]))
    method = "Gaussian maximum-likelihood classification (Richards) from published spectra; not trained on any image."
    write_card(
        pixel,
        spectra,
        Description(
            "land-cover-by-spectra",
            "Land cover by spectra",
            f"{method} For the demonstration of GeONNX only.",
            "segment",
            "semantic-segmentation",
            "softmax",
            "scores",
            TILE_PX,
            (-1, count, TILE_PX, TILE_PX),
            ("batch", "class", "height", "width"),
        ),
    )
    write_card(
        chip,
        spectra,
        Description(
            "chip-cover-by-spectra",
            "Main land cover of a chip by spectra",
            f"{method} The probability of a class is its share of the chip's pixels. For the demonstration only.",
            "classify",
            "scene-classification",
            "none",
            "cover",
            CHIP_PX,
            (-1, count),
            ("batch", "class"),
        ),
    )
    return pixel, chip
