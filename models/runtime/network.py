"""Networks that are loaded: one that can be stopped while it runs, and several of which any that is free is taken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

_SILENT = 4


class Network:
    """A session of onnxruntime, whose runs can be ended from another thread."""

    def __init__(self, inner: Any, make_options: Callable[[], Any] | None) -> None:
        """Wrap onnxruntime's session; *make_options* makes its options of one run (None: it has none)."""
        self.inner = inner
        self._make_options = make_options
        self._running: list[Any] = []
        self._lock = threading.Lock()

    def run(self, names: Sequence[str], tensors: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the named outputs for one batch; raises what onnxruntime raises."""
        if self._make_options is None:
            return self.inner.run(names, tensors)  # type: ignore[no-any-return]
        options = self._make_options()
        options.log_severity_level = _SILENT  # that it was ended is no news
        with self._lock:
            self._running.append(options)
        try:
            return self.inner.run(names, tensors, options)  # type: ignore[no-any-return]
        finally:
            with self._lock:
                self._running = [other for other in self._running if other is not options]

    def interrupt(self) -> None:
        """Make the runs that are under way fail as soon as the operator that they are at is done."""
        with self._lock:
            for options in self._running:
                options.terminate = True


class Networks:
    """The same network on several devices. Each run takes one that is free, and waits while none is."""

    def __init__(self, networks: Sequence[Network], runs: int = 1) -> None:
        """Take over the *networks*, each of which may run *runs* batches at a time."""
        self._free = list(networks) * runs
        self._changed = threading.Condition()
        self._last = threading.local()

    def run(self, names: Sequence[str], tensors: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the named outputs for one batch; raises what onnxruntime raises."""
        network = self._take()
        try:
            return network.run(names, tensors)
        finally:
            with self._changed:
                self._free.append(network)
                self._changed.notify()

    def _take(self) -> Network:
        with self._changed:
            while not self._free:
                self._changed.wait()
            # a thread keeps to its device where it can: CUDA holds handles and buffers for every pair of the two
            last = getattr(self._last, "network", None)
            network: Network = last if last in self._free else self._free[0]
            self._free.remove(network)
        self._last.network = network
        return network
