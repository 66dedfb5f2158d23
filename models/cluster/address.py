"""``DEVICE=dask://scheduler:8786``: where the scheduler is, and what its workers are to run the network on."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from ..errors import DeviceError

_SCHEME = "dask:"
_DEFAULT_PORT = 8786
_USAGE = (
    "expected dask://host:8786 or dask:///shared/scheduler.json, with ?device=cuda for the device of the workers and "
    "?tls=yes for an encrypted connection"
)


@dataclass(frozen=True)
class ClusterAddress:
    """A scheduler, and the device of its workers."""

    scheduler: str
    """``tcp://host:port`` or ``tls://host:port``; empty where a file says it"""
    scheduler_file: str
    """the file into which the scheduler wrote its address; empty: none"""
    device: str
    """DEVICE of the workers: ``auto``, ``cpu``, ``cuda``, …"""

    @property
    def name(self) -> str:
        """What messages call the scheduler."""
        return self.scheduler or self.scheduler_file


def is_cluster(device: str) -> bool:
    """Return True when a DEVICE names a cluster."""
    return device.strip().lower().startswith(_SCHEME)


def parse_address(device: str) -> ClusterAddress:
    """Return what a DEVICE that names a cluster says; raise DeviceError where it is malformed."""
    text = device.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORT
    except ValueError:
        raise DeviceError(f"DEVICE is '{text}'; {_USAGE}.") from None
    given = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(given)
    file = "" if host else parts.path
    is_fine = (
        parts.netloc.rpartition("@")[0] == ""
        and bool(host or file.strip("/"))
        and not (host and parts.path.strip("/"))
        and not parts.fragment
        and len(options) == len(given)
        and set(options) <= {"device", "tls"}
        and options.get("tls", "no") in ("yes", "no")
        and not (file and "tls" in options)
    )
    own = options.get("device", "auto")
    if not is_fine or is_cluster(own):
        raise DeviceError(f"DEVICE is '{text}'; {_USAGE}.")
    protocol = "tls" if options.get("tls") == "yes" else "tcp"
    shown = f"[{host}]" if ":" in host else host
    return ClusterAddress(f"{protocol}://{shown}:{port}" if host else "", file, own)


def check_cluster(device: str) -> ClusterAddress:
    """Return what `parse_address` does; raise DeviceError also when the package for it is not installed."""
    address = parse_address(device)
    if importlib.util.find_spec("distributed") is None:
        raise DeviceError(
            f"DEVICE is '{device.strip()}', and the Python package 'distributed' is not installed: run 'pip install "
            "distributed' for the Python that starts the run, or use DEVICE=auto."
        )
    return address
