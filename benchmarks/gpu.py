"""What NVIDIA's own tool says of the cards of this machine, where there are any."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_TOOL = "nvidia-smi"
_EVERY_MS = 100


def gpu_device() -> str:
    """Return the device to measure on beside the CPU: ``cuda`` where a card is seen; else nothing."""
    if shutil.which(_TOOL) is None:
        return ""
    done = subprocess.run([_TOOL, "-L"], capture_output=True, text=True, check=False)
    return "cuda" if done.returncode == 0 and "GPU" in done.stdout else ""


@contextmanager
def sampled_use() -> Iterator[list[float]]:
    """Yield a list that holds, once the block has ended, how busy the first card was, %, one figure a sample."""
    samples: list[float] = []
    query = [_TOOL, "--id=0", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", f"-lms={_EVERY_MS}"]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(query, stdout=said, stderr=subprocess.DEVNULL)
        try:
            yield samples
        finally:
            process.terminate()
            process.wait()
            said.seek(0)
            samples += [float(line) for line in said if line.strip().replace(".", "", 1).isdigit()]


def mean_use(samples: list[float]) -> float:
    """Return the mean between the first and the last sample in which the card did anything, %; 0 when it never did.

    What comes before and after is the start of QGIS and the end of files, not the network's time.
    """
    busy = [place for place, value in enumerate(samples) if value > 0]
    return statistics.fmean(samples[busy[0] : busy[-1] + 1]) if busy else 0.0
