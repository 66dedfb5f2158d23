"""Memory that was freed goes back to the system, also where something that lives on lies behind it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest
from geonnx.models import heap


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps freed memory, and can be told not to")
def test_freed_memory_goes_back_to_the_system() -> None:
    blocks = [bytes(100_000) for _ in range(2000)]
    kept = blocks[::50]
    before = resident_mb()
    del blocks
    heap.trim_heap()
    assert resident_mb() < before - 100
    assert len(kept) == 40


def test_heap_is_trimmed_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.4, 0.6, 0.7, 1.2, 1.3])
    trims: list[int] = []
    monkeypatch.setattr(heap.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(heap, "trim_heap", lambda: trims.append(1))
    keeper = heap.HeapKeeper()
    counts = []
    for _ in range(5):
        keeper.look()
        counts.append(len(trims))
    assert counts == [0, 1, 1, 2, 2]
