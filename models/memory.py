"""Batches on the devices of a run; one with too little memory gets half a batch, and the run goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import DeviceMemoryError
from .feedback import Feedback
from .heap import HeapKeeper, trim_heap
from .pipeline import run_pipeline
from .prepare import Prepared, run_network

Item = TypeVar("Item")
Loaded = TypeVar("Loaded")
Result = TypeVar("Result")


class BatchRunner:
    """Runs batches, in as many pieces as the device's memory needs; it remembers what fitted."""

    def __init__(self, prepared: Prepared, feedback: Feedback) -> None:
        """Run the network of *prepared*; `stream` tells *feedback* when pieces got smaller."""
        self._prepared, self._feedback = prepared, feedback
        self._batched = {name for feed in prepared.feeds for name, dims in feed.dims.items() if dims[:1] in ("B", "N")}
        self._most: int | None = None
        self._lock = threading.Lock()
        self._said: list[str] = []
        self._turns = threading.Semaphore(prepared.session.lanes)
        self._others = prepared.session.lanes - 1
        self._is_alone = prepared.session.runs < 2
        self._leaving = threading.Lock()

    def stream(
        self,
        items: Iterable[Item],
        read: Callable[[Item], Loaded],
        infer: Callable[[Loaded], Result],
        write: Callable[[Result], None],
        inferred: Callable[[Result], None],
    ) -> None:
        """Send items through three stages as `run_pipeline` does; *infer* calls `run`, on all devices side by side."""
        heap = HeapKeeper()

        def report(result: Result) -> None:
            self._report()
            inferred(result)
            heap.look()

        session = self._prepared.session
        try:
            run_pipeline(
                items,
                read,
                infer,
                write,
                cancelled=self._feedback.cancelled,
                inferred=report,
                lanes=session.lanes,
                interrupt=session.interrupt,
            )
        finally:
            trim_heap()
            self._report()

    def _report(self) -> None:
        """Warn of what happened since the last call: feedback belongs to the thread that started the run."""
        with self._lock:
            said, self._said = self._said, []
        for text in said:
            self._feedback.warn(text)

    def run(self, tensors: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the outputs for a batch, in the order in which they were asked for.

        Raises DeviceMemoryError when one tile alone is too much, or the model takes batches of one size only.
        """
        prepared = self._prepared
        rows = prepared.fixed_rows if prepared.is_table else None
        count = self._count(tensors)
        while True:
            size = min(count, self._most or count)
            was_alone = self._is_alone
            try:
                with self._turns:
                    if size == count:
                        return run_network(prepared.session, tensors, rows)
                    parts = [
                        run_network(prepared.session, self._part(tensors, first, size, count), rows)
                        for first in range(0, count, size)
                    ]
                return [np.concatenate(pieces) for pieces in zip(*parts)]
            except DeviceMemoryError as error:
                if size > 1 and prepared.fixed_rows is None:
                    self._get_smaller(size)
                elif not was_alone:
                    self._go_alone()
                else:
                    raise DeviceMemoryError(
                        f"There is not enough memory on the device even for {size} tile(s) at a time: choose a smaller "
                        f"TILE_SIZE, or DEVICE=cpu. {error}"
                    ) from error

    def _go_alone(self) -> None:
        """Wait until no other batch is under way, and let none be so from now on."""
        with self._leaving:
            if self._is_alone:
                return
            for _ in range(self._others):
                self._turns.acquire()
            self._is_alone = True
        with self._lock:
            self._said.append("There is not enough memory for two batches side by side; they run one after the other.")

    def _get_smaller(self, size: int) -> None:
        """Take half of *size* from now on, unless another thread found out first that less is needed."""
        with self._lock:
            if self._most is None or self._most >= size:
                self._most = size // 2
                self._said.append(
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
