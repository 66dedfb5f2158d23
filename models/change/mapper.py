"""From the outputs of a network to the rasters of a change map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..card.types import ClassSpec
from ..products import Finish, certainty_qml
from ..raster.counts import count_values
from ..raster.sink import SinkSpec
from ..tasks import probability
from ..tasks.class_map import class_raster_finish
from .outputs import Reading

CHANGES = "changes"
PROBABILITIES = "probabilities"
PAIRS = "pairs"
"""from–to pairs of every pixel, changed or not: needed for the matrix of areas, not kept"""


@dataclass
class ChangeMapper:
    """Makes the products of a change map. Counts the changes on the way."""

    reading: Reading
    products: tuple[str, ...]
    probability_dtype: str
    has_variants: bool = False
    """True when tiles are run several times: probabilities then tell how far the probability of change differs"""
    file_items: Mapping[str, str] = field(default_factory=dict)
    """metadata of the change raster"""
    counts: dict[int, int] = field(default_factory=dict)
    """pixels of each value so far"""
    unexplained: int = 0
    """pixels with data for which the network gave no number"""

    @property
    def nodata(self) -> int:
        """The largest value of the change raster's type; never a change."""
        return int(np.iinfo(self.reading.decoder.dtype).max)

    def activate(self, outputs: list[NDArray[Any]]) -> NDArray[Any]:
        """Return the probabilities of all outputs, one after the other (channel, row, column).

        With test-time variants, the probability of change of each follows, for its spread over them.
        """
        parts = [reader.read(output) for reader, output in zip(self.reading.readers, outputs)]
        joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if not self.has_variants:
            return joined
        return np.concatenate([joined, self.reading.decoder.decode(joined).probability[np.newaxis]])

    def finish(
        self, scores: NDArray[Any], valid: NDArray[np.bool_] | None, spread: NDArray[np.float32] | None
    ) -> dict[str, NDArray[Any]]:
        """Return the pixels (band, row, column) of each product."""
        found = self.reading.decoder.decode(scores[:-1] if self.has_variants else scores)
        broken = np.isnan(found.probability)
        if broken.any():
            self.unexplained += int(broken.sum() if valid is None else (broken & valid).sum())
            valid = ~broken if valid is None else valid & ~broken
        values = found.values.astype(self.reading.decoder.dtype, copy=False)
        if valid is not None:
            values = np.where(valid, values, values.dtype.type(self.nodata))
        made = {CHANGES: values[np.newaxis]}
        if PROBABILITIES in self.products:
            disagreement = () if spread is None else (spread[-1],)
            stacked = np.stack([found.probability, *found.chosen, *disagreement])
            made[PROBABILITIES] = probability.store(stacked, valid, self.probability_dtype)
        if PAIRS in self.products and found.pairs is not None:
            pairs = found.pairs if valid is None else np.where(valid, found.pairs, np.uint16(0))
            made[PAIRS] = pairs[np.newaxis]
        return made

    def take_tally(self) -> int:
        """Return the unexplained pixels since the last call: see `CountingTask`."""
        count, self.unexplained = self.unexplained, 0
        return count

    def add_tally(self, count: int) -> None:
        """Add unexplained pixels that another copy of this found."""
        self.unexplained += count

    def _count(self, values: NDArray[Any]) -> None:
        for number, count in count_values(values, (self.nodata, *self.counts)).items():
            if number != self.nodata:
                self.counts[number] = self.counts.get(number, 0) + count

    def look_at(self, product: str, pixels: NDArray[Any]) -> None:
        """Count the changes of a piece of the map."""
        if product == CHANGES:
            self._count(pixels)

    def classes(self) -> tuple[ClassSpec, ...]:
        """Return the classes of the map; of a from–to map, "no change" and the changes that were found."""
        return self.reading.decoder.classes(sorted(self.counts))

    def finish_of(self, product: str) -> Finish:
        """Return names, colours and style of a product."""
        if product == CHANGES:
            return class_raster_finish(self.classes(), self.counts)
        return Finish(qml=certainty_qml(high_is_sure=True)) if product == PROBABILITIES else Finish("NEAREST")

    def sink_spec(self, product: str) -> SinkSpec:
        """Return what the raster of a product looks like."""
        decoder = self.reading.decoder
        if product == CHANGES:
            colors = {spec.value: spec.color for spec in decoder.classes(None)}
            return SinkSpec(decoder.dtype, self.nodata, ("change",), colors=colors, file_items=self.file_items)
        if product == PAIRS:
            return SinkSpec("uint16", 0, ("pair",))
        more = ("disagreement",) if self.has_variants else ()
        return probability.sink_spec((*decoder.band_names, *more), self.probability_dtype)
