"""What the network said of chips, kept on the disk as it comes, so that a run that was killed goes on from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ..raster.journal import Journal
from ..resume import state_of_file
from .grid import Chip
from .plan import ChipPlan
from .run import ChipResult, Fate
from .settings import ChipSettings

PRODUCTS = ("chips",)
_FATES: tuple[Fate, ...] = get_args(Fate)


def describe_cut(plan: ChipPlan, chips: ChipSettings) -> dict[str, Any]:
    """Return how the raster is cut into chips, under the names of parameters: a journal of another cut is refused."""
    grid = plan.grid
    return {
        "CHIP_SIZE": [grid.width, grid.height],
        "STRIDE": [grid.stride_x, grid.stride_y],
        "ZONES": [state_of_file(Path(chips.zones_path)), chips.zones_layer] if chips.zones_path else [],
        "ZONE_MODE": chips.zone_mode if chips.zones_path else "",
        "MIN_DATA": chips.min_data,
    }


@dataclass(frozen=True)
class ChipJournal:
    """The results of chips in a journal: a table (chip, fate + scores + their spread), float32, for each batch."""

    journal: Journal
    plan: ChipPlan

    def restore(self, chips: Iterator[Chip]) -> Iterator[list[ChipResult]]:
        """Yield what an earlier run kept, taking its chips from *chips*."""
        for _, (first, count), stored in self.journal.read():
            taken = list(islice(chips, count))
            if len(taken) != count or stored is None or taken[0].number != first:
                raise RuntimeError("the journal holds other chips than the run")  # its identity said otherwise
            yield [self._result(chip, row) for chip, row in zip(taken, self._table(stored, count))]

    def add(self, results: Sequence[ChipResult]) -> None:
        """Keep the results of a batch; raise OutputError when they can't be written."""
        table = np.zeros((len(results), 1 + self._numbers), np.float32)
        for row, result in zip(table, results):
            row[0] = _FATES.index(result.fate)
            told = [part for part in (result.scores, result.spread) if part is not None]
            if told:
                row[1:] = np.concatenate(told)
        self.journal.add(PRODUCTS[0], (results[0].chip.number, len(results)), table)

    @property
    def _numbers(self) -> int:
        """How many numbers belong to a chip."""
        return sum(head.size for head in self.plan.heads) * (2 if len(self.plan.variants) > 1 else 1)

    def _table(self, stored: bytes, count: int) -> NDArray[np.float32]:
        return np.frombuffer(stored, np.float32).reshape(count, 1 + self._numbers)

    def _result(self, chip: Chip, row: NDArray[np.float32]) -> ChipResult:
        fate = _FATES[int(row[0])]
        if fate != "told":
            return ChipResult(chip, None, None, fate)
        if len(self.plan.variants) == 1:
            return ChipResult(chip, row[1:], None)
        scores, spread = np.split(row[1:], 2)
        return ChipResult(chip, scores, spread)
