"""``DEVICE=dask://scheduler:8786``: where the scheduler is, and what its workers are to run the network on."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from ..errors import DeviceError

_SCHEME = "dask:"
_DEFAULT_PORT = 8786
_DEFAULT_WAIT_S = 10
_LONGEST_WAIT_S = 86400
_KEYS = {"device", "tls", "wait"}
_USAGE = (
    "expected dask://host:8786 or dask:///shared/scheduler.json, with ?device=cuda for the device of the workers, "
    "?wait=600 for the seconds to wait for the first worker and ?tls=yes for an encrypted connection"
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
    wait_s: int = _DEFAULT_WAIT_S
    """how long to wait for a worker when there are none"""

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
        given = parse_qsl(parts.query, keep_blank_values=True)
        options = dict(given)
        wait_s = int(options.get("wait", str(_DEFAULT_WAIT_S)))
    except ValueError:
        raise DeviceError(f"DEVICE is '{text}'; {_USAGE}.") from None
    file = "" if host else parts.path
    own = options.get("device", "auto")
    is_fine = (
        text[len(_SCHEME) :].startswith("//")
        and "@" not in parts.netloc
        and bool(host or file.strip("/"))
        and not (host and parts.path.strip("/"))
        and not parts.fragment
        and len(options) == len(given)
        and set(options) <= _KEYS
        and options.get("tls", "no") in ("yes", "no")
        and not (file and "tls" in options)
        and 0 <= wait_s <= _LONGEST_WAIT_S
        and not is_cluster(own)
    )
    if not is_fine:
        raise DeviceError(f"DEVICE is '{text}'; {_USAGE}.")
    protocol = "tls" if options.get("tls") == "yes" else "tcp"
    shown = f"[{host}]" if ":" in host else host
    return ClusterAddress(f"{protocol}://{shown}:{port}" if host else "", file, own, wait_s)


def check_cluster(device: str) -> ClusterAddress:
    """Return what `parse_address` does; raise DeviceError also when the package for it is not installed."""
    address = parse_address(device)
    if importlib.util.find_spec("distributed") is None:
        raise DeviceError(
            f"DEVICE is '{device.strip()}', and the Python package 'distributed' is not installed: run 'pip install "
            "distributed' for the Python that starts the run, or use DEVICE=auto."
        )
    return address
