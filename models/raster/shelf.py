"""Blocks that wait for their last pixels: the latest in memory, those that wait long in a file."""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError

BlockKey = tuple[int, int]
"""column and row of a block"""
_ROOM_BYTES = 16 << 20
_ROOM_BLOCKS = 20
"""what tiles side by side leave open at a time in a swath"""


class Shelf:
    """Holds arrays by their place. Memory is bounded; what was not touched for longest goes to a file without name.

    A wide raster is gone through in swaths: the blocks along the edge of a swath wait until the next one comes by, as
    many as the raster is high.
    """

    def __init__(self, folder: Path, block_bytes: int) -> None:
        """Keep arrays of up to *block_bytes*; the file, if one is needed, lies in *folder*."""
        self._folder = folder
        self._slot_bytes = block_bytes
        self._room = max(_ROOM_BYTES, _ROOM_BLOCKS * block_bytes)
        self._at_hand: OrderedDict[BlockKey, NDArray[Any]] = OrderedDict()
        self._filed: dict[BlockKey, tuple[int, tuple[int, ...], np.dtype[Any]]] = {}
        self._free: list[int] = []
        self._file: IO[bytes] | None = None
        self._bytes = 0

    def put(self, key: BlockKey, values: NDArray[Any]) -> None:
        """Keep an array; raise OutputError when there is no room for it."""
        self._at_hand[key] = values
        self._bytes += values.nbytes
        while self._bytes > self._room and len(self._at_hand) > 1:
            self._file_away(*self._at_hand.popitem(last=False))

    def take(self, key: BlockKey) -> NDArray[Any] | None:
        """Return an array, which is no longer kept here; None: there is none."""
        values = self._at_hand.pop(key, None)
        if values is not None:
            self._bytes -= values.nbytes
            return values
        if key not in self._filed or self._file is None:
            return None
        slot, shape, dtype = self._filed.pop(key)
        self._free.append(slot)
        values = np.empty(shape, dtype)
        self._file.seek(slot * self._slot_bytes)
        self._file.readinto(values.data.cast("B"))  # type: ignore[attr-defined]
        return values

    def close(self) -> None:
        """Let go of everything."""
        self._at_hand.clear()
        if self._file is not None:
            self._file.close()

    def _file_away(self, key: BlockKey, values: NDArray[Any]) -> None:
        self._bytes -= values.nbytes
        slot = self._free.pop() if self._free else len(self._filed)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(  # noqa: SIM115  (closed in close)
                    prefix=".geonnx-", dir=self._folder, buffering=0
                )
            self._file.seek(slot * self._slot_bytes)
            self._file.write(np.ascontiguousarray(values).data)
        except OSError as error:
            raise OutputError(
                f"Unfinished blocks can't be put aside in {self._folder}: {error.strerror}. Make room there."
            ) from None
        self._filed[key] = slot, values.shape, values.dtype
