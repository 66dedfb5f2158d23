"""TempCNN, for the class of a pixel from its series.

Pelletier, Webb, Petitjean (2019), Temporal Convolutional Neural Network for the Classification of Satellite Image Time
Series, Remote Sensing 11(5).

Three convolutions along time (5 dates wide, normalisation, ReLU, dropout), a dense layer and the class scores: one
series of one pixel in, its class out. An eighth of the paper's 64 units.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .exporting import describe_input, describe_output, nn, settled, torch, write_card, write_onnx


class TempCnn(nn.Module):
    def __init__(self, bands: int, dates: int, classes: int, *, channels_last: bool, units: int = 8) -> None:
        super().__init__()
        layers: list[Any] = []
        for inputs in (bands, units, units):
            layers += [nn.Conv1d(inputs, units, 5, padding=2), nn.BatchNorm1d(units), nn.ReLU(), nn.Dropout(0.5)]
        self.channels_last = channels_last
        self.body = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(units * dates, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, classes)
        )
        nn.init.normal_(self.body[-1].weight, 0, 1.0)  # as sure of itself as a trained network

    def forward(self, series: Any) -> Any:
        return self.body(series.transpose(1, 2) if self.channels_last else series)


def export(
    path: Path, bands: Sequence[str], dates: int, classes: Sequence[str], scaling: Any, *, dims: str = "NTC"
) -> Any:
    """Write the network: ``series`` (*dims*: N T C, or N C T) → ``classes`` (N K), logits; any number of pixels."""
    sizes = {"N": 64, "T": dates, "C": len(bands)}
    example = torch.zeros([sizes[axis] for axis in dims])
    network = settled(lambda: TempCnn(len(bands), dates, len(classes), channels_last=dims == "NTC"), [example], seed=41)
    write_onnx(network, path, [example], {"series": dims}, {"classes": "NK"}, dynamic="N")
    shape = [{"N": -1}.get(axis, sizes[axis]) for axis in dims]
    write_card(
        path,
        "segment",
        [describe_input("series", dims, shape, bands=bands, value_scaling=scaling, role="series")],
        [describe_output("classes", "NK", [-1, len(classes)], classes=classes, activation="softmax")],
    )
    return network
