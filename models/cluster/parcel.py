"""Objects as bytes, so that Dask and its scheduler pass on what they need not understand."""

from __future__ import annotations

import zlib
from typing import Any

_FAST, _STORED = 1, 0


def pack(thing: object, *, is_dense: bool = False) -> bytes:
    """Return an object as bytes, compressed unless it *is_dense*: class numbers shrink to a tenth, scores hardly."""
    from distributed.protocol.pickle import dumps  # noqa: PLC0415  (optional: only where a cluster is used)

    return zlib.compress(dumps(thing), _STORED if is_dense else _FAST)  # type: ignore[no-untyped-call]


def unpack(parcel: bytes) -> Any:
    """Return the object that `pack` got; for what comes from the same cluster only, since it may run code."""
    from distributed.protocol.pickle import loads  # noqa: PLC0415

    return loads(zlib.decompress(parcel))  # type: ignore[no-untyped-call]
