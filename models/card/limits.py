"""Numbers in a description that no model has: better refused with the number than met as lack of memory."""

from __future__ import annotations

from ..errors import ModelError
from .types import InputSpec, ModelCard

LARGEST_TILE_PX = 16384
_LARGEST_HALO_PX = 8192
_LARGEST_GSD_M = 1e6
_LARGEST_CHANNELS = 65536
_LARGEST_INPUT_BYTES = 4 << 30


def check_limits(card: ModelCard) -> None:
    """Check tile, halo, pixel size, bands and classes of a card; raise ModelError for the first that is absurd."""
    facts = (
        ("tile size", card.tile_px, 1, LARGEST_TILE_PX, "px"),
        ("overlap on each side of a tile", card.halo_px, 0, _LARGEST_HALO_PX, "px"),
        ("number of classes", max((len(spec.classes) for spec in card.outputs), default=0), 0, _LARGEST_CHANNELS, ""),
        ("number of bands", max((spec.channels or 0 for spec in card.inputs), default=0), 0, _LARGEST_CHANNELS, ""),
    )
    for what, value, low, high, unit in facts:
        if value is not None and not low <= value <= high:
            raise ModelError(
                f"The description of {card.name:.80} gives a {what} of {value:,} {unit}".rstrip()
                + f"; expected {low} to {high}. Correct it."
            )
    if card.gsd_m is not None and not 0 < card.gsd_m <= _LARGEST_GSD_M:
        raise ModelError(
            f"The description of {card.name:.80} gives a pixel size of {card.gsd_m:g} m; expected more than 0 and at "
            f"most {_LARGEST_GSD_M:,.0f} m. Correct it."
        )
    size = sum(_input_bytes(spec, card.tile_px) for spec in card.inputs)
    if size > _LARGEST_INPUT_BYTES:
        raise ModelError(
            f"{card.name:.80} wants tiles of {size / (1 << 30):,.0f} GiB; expected at most "
            f"{_LARGEST_INPUT_BYTES >> 30} GiB. Correct the tile size or the number of bands in its description."
        )


def _input_bytes(spec: InputSpec, tile_px: int | None) -> int:
    """Return the size of one tensor as far as it is known, a byte to four a value."""
    edge = tile_px or 1
    defaults = {"H": edge, "W": edge, "C": spec.channels or 1}
    size = 1 if spec.dtype.endswith("int8") else 4
    for dim, known in zip(spec.dims, spec.shape):
        size *= known or defaults.get(dim, 1)
    return size
