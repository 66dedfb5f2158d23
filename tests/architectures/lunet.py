"""L-UNet, for change between two dates on a time axis.

Papadomanolaki, Vakalopoulou, Karantzalos (2021), A Deep Multitask Learning Framework Coupling Semantic Segmentation and
Fully Convolutional LSTM Networks for Urban Change Detection, IEEE TGRS 59: an encoder over each date, a convolutional
LSTM (Shi et al. 2015) over the dates at every level, and a decoder of their last states. The encoder and decoder are
those of daudt.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .daudt import Decoder, Encoder
from .exporting import describe_input, describe_output, nn, settled, torch, write_card, write_onnx

DATES = 2
REACH = 176
"""how far the network sees, px: that of daudt.py, and two 3 × 3 convolutions at the deepest level; rounded up"""
STRIDE = 16


class ConvLstm(nn.Module):
    """Gives the last state of a series of features."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gates = nn.Conv2d(2 * width, 4 * width, 3, padding=1)

    def forward(self, dates: Sequence[Any]) -> Any:
        state = memory = torch.zeros_like(dates[0])
        for features in dates:
            enter, forget, leave, new = self.gates(torch.cat([features, state], dim=1)).chunk(4, dim=1)
            memory = torch.sigmoid(forget) * memory + torch.sigmoid(enter) * torch.tanh(new)
            state = torch.sigmoid(leave) * torch.tanh(memory)
        return state


class LUNet(nn.Module):
    def __init__(self, bands: int, width: int) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(bands, width), Decoder(width, 2)
        widths = [width * 2**level for level in range(4)]
        self.memories = nn.ModuleList(ConvLstm(wide) for wide in (*widths, widths[-1]))

    def forward(self, pair: Any) -> Any:
        dates = [self.encoder(pair[:, number]) for number in range(DATES)]
        *skips, deepest = (memory(levels) for memory, levels in zip(self.memories, zip(*dates)))
        return self.decoder(deepest, skips)


def export(path: Path, bands: Sequence[str], scaling: Any) -> Any:
    """Write the network: ``pair`` (B 2 C H W, before first) → ``change`` (B 2 H W, logits); H, W in multiples of 16."""
    count = len(bands)
    network = settled(lambda: LUNet(count, 4), [torch.zeros(4, DATES, count, 64, 64)], seed=13)
    example = torch.zeros(1, DATES, count, 64, 64)
    write_onnx(network, path, [example], {"pair": "BTCHW"}, {"change": "BKHW"}, dynamic="BHW")
    shape = [-1, DATES, count, -1, -1]
    write_card(
        path,
        "change",
        [describe_input("pair", "BTCHW", shape, bands=bands, value_scaling=scaling, role="before+after")],
        [
            describe_output(
                "change",
                "BKHW",
                [-1, 2, -1, -1],
                classes=["no change", "change"],
                activation="softmax",
                role="change",
            )
        ],
    )
    return network
