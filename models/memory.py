"""A device with too little memory: the batch is halved and the run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DeviceMemoryError
from .feedback import Feedback
from .prepare import Prepared, run_network


class BatchRunner:
    """Runs batches, in as many pieces as the device's memory needs; it remembers what fitted."""

    def __init__(self, prepared: Prepared, feedback: Feedback) -> None:
        """Run the network of *prepared*; *feedback* is told when pieces get smaller."""
        self._prepared, self._feedback = prepared, feedback
        self._batched = {name for feed in prepared.feeds for name, dims in feed.dims.items() if dims[:1] in ("B", "N")}
        self._most: int | None = None

    def run(self, tensors: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the outputs for a batch, in the order in which they were asked for.

        Raises DeviceMemoryError when one tile alone is too much, or the model takes batches of one size only.
        """
        prepared = self._prepared
        rows = prepared.fixed_rows if prepared.is_table else None
        count = self._count(tensors)
        while True:
            size = min(count, self._most or count)
            try:
                if size == count:
                    return run_network(prepared.session, tensors, rows)
                parts = [
                    run_network(prepared.session, self._part(tensors, first, size, count), rows)
                    for first in range(0, count, size)
                ]
                return [np.concatenate(pieces) for pieces in zip(*parts)]
            except DeviceMemoryError as error:
                if size == 1 or prepared.fixed_rows is not None:
                    raise DeviceMemoryError(
                        f"There is not enough memory on the device even for {size} tile(s) at a time: choose a smaller "
                        f"TILE_SIZE, or DEVICE=cpu. {error}"
                    ) from error
                self._most = size // 2
                self._feedback.warn(
                    f"The device has not enough memory for {size} tiles at a time; the run goes on with {self._most}."
                )

    def _count(self, tensors: Mapping[str, NDArray[Any]]) -> int:
        return max((len(tensor) for name, tensor in tensors.items() if name in self._batched), default=1)

    def _part(self, tensors: Mapping[str, NDArray[Any]], first: int, size: int, count: int) -> dict[str, NDArray[Any]]:
        """Return some tiles of a batch; tensors that are the same for all tiles stay whole."""
        return {
            # where all pixels hold data, one mask is for all tiles
            name: tensor[first : first + size] if name in self._batched and len(tensor) == count else tensor
            for name, tensor in tensors.items()
        }
