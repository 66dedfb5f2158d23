"""The machine as it was found, kept so that every window need not look again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from ...models.runtime.machine import Machine, read_machine


@dataclass
class _Kept:
    machine: Machine | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept = _Kept()


def known_machine() -> Machine | None:
    """Return what was found before; None when nobody has looked yet."""
    return _kept.machine


def find_machine(*, again: bool = False) -> Machine:
    """Return what is found; takes up to seconds the first time, so call it in the background."""
    with _kept.lock:
        if _kept.machine is None or again:
            _kept.machine = read_machine()
        return _kept.machine


def forget_machine() -> None:
    """Look again the next time, since something was installed."""
    _kept.machine = None
