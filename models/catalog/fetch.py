"""Fetching files over HTTP so that a bad network does no harm: resumed, tried again, stopped at any time.

Only http and https, also after redirects. Nothing here knows what the files are; who calls verifies them.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any
from urllib.parse import urlsplit

from ..errors import Cancelled, DownloadError

TIMEOUT_S = (15.0, 60.0)
"""seconds to connect, and seconds without any data"""
_TRIES = 5
"""in a row without any new data"""
_MOST_TRIES = 200
_BACKOFF_S = 0.5
_LONGEST_PAUSE_S = 20.0
# small, since a read returns only when a chunk is full: on a slow line progress should show
_CHUNK_BYTES = 1 << 14
_CHUNKS_AHEAD = 16
_LOOK_EVERY_S = 0.1
_MOST_REDIRECTS = 10
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


class _TryAgainError(Exception):
    """Something that may work the next time."""


@dataclass(frozen=True)
class Connection:
    """How to reach the web, and when to stop."""

    cancelled: Callable[[], bool] = lambda: False
    proxies: Mapping[str, str] | None = None
    """as requests takes them, with "no_proxy"; None: those of the environment"""
    timeout: tuple[float, float] = TIMEOUT_S
    log: Callable[[str], None] = lambda _text: None

    def check(self) -> None:
        """Raise Cancelled when the user wants to stop."""
        if self.cancelled():
            raise Cancelled

    def pause(self, seconds: float) -> None:
        """Wait, but not when the user wants to stop."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, 0.05))


def is_web_address(text: str) -> bool:
    """Return True for http and https addresses."""
    return re.match(r"https?://", text, re.IGNORECASE) is not None


def fetch_bytes(
    url: str,
    *,
    limit: int,
    cancelled: Callable[[], bool] = lambda: False,
    proxies: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUT_S,
) -> bytes:
    """Return a small file; raise DownloadError when it can't be had or is larger than *limit* bytes."""
    connection = Connection(cancelled, proxies, timeout)

    def once() -> bytes:
        with _open(url, {}, connection) as (response, chunks):
            _check_status(response, url)
            content = bytearray()
            for chunk in chunks:
                content += chunk
                if len(content) > limit:
                    raise DownloadError(f"{url} is larger than {limit >> 20} MB; expected a small file.")
            _check_length(response, len(content))
            return bytes(content)

    return _try_often(once, lambda: 0, url, connection)


def fetch_file(
    url: str, part: Path, connection: Connection, *, size: int | None, progress: Callable[[int], None]
) -> bool:
    """Fetch *url* into *part*, going on where an earlier call stopped; return True when it did go on.

    *size* is how long the file is, if that is known; *progress* gets the bytes so far. What is fetched stays when this
    fails. Raises DownloadError, OSError when the disk fails, Cancelled when the user stops it.
    """
    resumed = False

    def once() -> None:
        nonlocal resumed
        resumed = _fetch_once(url, part, connection, size, progress) or resumed

    _try_often(once, lambda: _length(part), url, connection)
    _state_path(part).unlink(missing_ok=True)
    return resumed


def _try_often(once: Callable[[], Any], length: Callable[[], int], url: str, connection: Connection) -> Any:
    fruitless = 0
    for _ in range(_MOST_TRIES):
        before = length()
        try:
            return once()
        except _TryAgainError as error:
            fruitless = 0 if length() > before else fruitless + 1
            reason = str(error)
        if fruitless >= _TRIES:
            break
        connection.log(f"{reason}; trying again.")
        connection.pause(min(_LONGEST_PAUSE_S, _BACKOFF_S * 2**fruitless))
    raise DownloadError(
        f"{url} can't be downloaded: {reason}, again and again. Check the network, the proxy in the settings and the "
        "address; the next try goes on where this one stopped."
    )


def _fetch_once(
    url: str, part: Path, connection: Connection, size: int | None, progress: Callable[[int], None]
) -> bool:
    """Fetch what is missing; return True when the server went on where the file ended."""
    start = _length(part)
    if start and start == size:
        return True
    known = _read_state(part, url) if start else {}
    headers = {}
    if start:
        headers["Range"] = f"bytes={start}-"
        if known.get("validator"):
            # a file that changed on the server comes whole instead
            headers["If-Range"] = known["validator"]
    with _open(url, headers, connection) as (response, chunks):
        if start and _is_complete(response, start):
            return True
        if response.status_code == 416:
            _restart(part, "the server has less than was fetched already")
        _check_status(response, url)
        validator = _validator(response)
        if start and response.status_code == 206:
            if not _continues(response, start) or (
                known.get("validator") and validator not in ("", known["validator"])
            ):
                _restart(part, "the file changed on the server")
        else:
            start = 0
        total = _expected(response, start)
        if size is not None and total is not None and total != size:
            raise DownloadError(
                f"{url} has {total} bytes; the catalogue says {size}. The file on the server is another one: tell the "
                "makers of the catalogue."
            )
        _write_state(part, {"url": url, "validator": validator})
        _receive(chunks, part, start, url, size if size is not None else total, progress)
        _check_length(response, _length(part) - start)
    return start > 0


def _receive(
    chunks: Iterator[bytes],
    part: Path,
    start: int,
    url: str,
    limit: int | None,
    progress: Callable[[int], None],
) -> None:
    done = start
    with part.open("ab" if start else "wb") as file:
        for chunk in chunks:
            done += len(chunk)
            if limit is not None and done > limit:
                raise DownloadError(f"{url} is longer than the {limit} bytes that were announced; it was left.")
            file.write(chunk)
            progress(done)


def _restart(part: Path, reason: str) -> None:
    part.unlink(missing_ok=True)
    raise _TryAgainError(f"{reason}, so it is fetched from its beginning")


class _Exchange:
    """One request and its answer, read by a thread of its own: a silent server can't keep the user from stopping.

    The thread owns the connection and closes it; it is left alone when nobody waits for it any more.
    """

    def __init__(self, url: str, headers: dict[str, str], connection: Connection) -> None:
        self._url = url
        self._headers = headers
        self._connection = connection
        self._ready: Queue[Any] = Queue(_CHUNKS_AHEAD)
        self._left = threading.Event()

    def start(self) -> Any:
        """Send the request and return the response, of which only the head may be used."""
        threading.Thread(target=self._work, name="geonnx-download", daemon=True).start()
        return self._take()

    def chunks(self) -> Iterator[bytes]:
        """Yield the body; every failure of the network becomes _TryAgainError or DownloadError."""
        while (chunk := self._take()) is not None:
            yield chunk

    def leave(self) -> None:
        """Let the thread close the connection."""
        self._left.set()

    def _take(self) -> Any:
        while True:
            self._connection.check()
            with suppress(Empty):
                item = self._ready.get(timeout=_LOOK_EVERY_S)
                if isinstance(item, Exception):
                    raise _failure(item, self._url) from None
                return item

    def _put(self, item: Any) -> bool:
        while not self._left.is_set():
            with suppress(Full):
                self._ready.put(item, timeout=_LOOK_EVERY_S)
                return True
        return False

    def _work(self) -> None:
        try:
            self._receive()
        except Exception as error:  # noqa: BLE001  (for the thread that waits)
            self._put(error)

    def _receive(self) -> None:
        import requests  # noqa: PLC0415  (lazy: slow to load, and only downloads need it)

        with requests.Session() as session:
            session.max_redirects = _MOST_REDIRECTS
            with session.get(
                self._url,
                # packed content could not be resumed
                headers={"Accept-Encoding": "identity", "User-Agent": "GeONNX", **self._headers},
                stream=True,
                timeout=self._connection.timeout,
                proxies=_proxies_for(self._url, self._connection.proxies),
            ) as response:
                if not self._put(response):
                    return
                for chunk in response.iter_content(_CHUNK_BYTES):
                    if not self._put(chunk):
                        return
        self._put(None)


@contextmanager
def _open(url: str, headers: dict[str, str], connection: Connection) -> Iterator[tuple[Any, Iterator[bytes]]]:
    """Yield the response and its body; every failure of the network becomes _TryAgainError or DownloadError."""
    if not is_web_address(url):
        raise DownloadError(f"{url:.200} may not be fetched: expected an http or https address.")
    exchange = _Exchange(url, headers, connection)
    try:
        yield exchange.start(), exchange.chunks()
    finally:
        exchange.leave()


def _proxies_for(url: str, proxies: Mapping[str, str] | None) -> dict[str, str] | None:
    """Return the proxies for one address; "no_proxy" lists beginnings of addresses or names of hosts without one."""
    if proxies is None:
        return None
    host = (urlsplit(url).hostname or "").lower()
    for excluded in filter(None, (part.strip().lower() for part in proxies.get("no_proxy", "").split(","))):
        if url.lower().startswith(excluded) or host == excluded or host.endswith("." + excluded.lstrip(".")):
            return {"http": "", "https": ""}  # empty, so that those of the environment are not taken instead
    return {key: value for key, value in proxies.items() if key != "no_proxy"}


def _failure(error: Exception, url: str) -> Exception:
    """Return our own error for what a request raised: _TryAgainError where another try may help."""
    if isinstance(error, ImportError):
        return DownloadError(
            "The Python package 'requests' is needed to download and is not installed: 'pip install requests' for the "
            "Python of QGIS."
        )
    from requests import exceptions as kinds  # noqa: PLC0415  (lazy, as above)

    text = str(error)
    passing = (
        (kinds.SSLError, ""),
        (kinds.Timeout, "the server does not answer in time"),
        (kinds.ProxyError, "the proxy does not answer"),
        ((kinds.ConnectionError, kinds.ChunkedEncodingError, kinds.ContentDecodingError), "the connection broke off"),
    )
    for kind, reason in passing:
        if isinstance(error, kind) and reason:
            return _TryAgainError(
                _unreached(error, url) or ("the server stopped sending" if "timed out" in text.lower() else reason)
            )
        if isinstance(error, kind):
            break
    if isinstance(error, (kinds.InvalidSchema, kinds.InvalidURL, kinds.MissingSchema)) and "SOCKS" not in text:
        return DownloadError(f"{url:.200} leads to an address that is not http or https, which is never followed.")
    if isinstance(error, kinds.TooManyRedirects):
        return DownloadError(f"{url} is redirected again and again and can't be downloaded: check the address.")
    hint = " Install the Python package 'PySocks', or use an HTTP proxy." if "SOCKS" in text else ""
    if isinstance(error, kinds.SSLError):
        hint = " Its certificate is not trusted: check the address and the computer's clock, or use another network."
    return DownloadError(f"{url:.200} can't be downloaded: {_reason(error)}.{hint}")


def _unreached(error: Exception, url: str) -> str:
    """Return what to say when no connection was made at all; empty when there was one."""
    # requests wraps what urllib3 raised when it gave up, which keeps the reason
    reason = getattr(next(iter(error.args), None), "reason", None)
    # the class is urllib3's, which is no library of ours: it comes with requests
    if not any(kind.__name__ == "NewConnectionError" for kind in type(reason).__mro__):
        return ""
    host = urlsplit(url).hostname or url
    text = str(reason)
    is_unknown = any(part in text for part in ("resolve", "Name or service", "nodename", "getaddrinfo", "No address"))
    if is_unknown:
        return f"the server {host:.100} is not known (is there a network, and is the name right?)"
    return f"the server {host:.100} can't be reached"


def _check_status(response: Any, url: str) -> None:
    status = response.status_code
    if status in _TRANSIENT:
        raise _TryAgainError(f"the server answers {status} {response.reason}".strip())
    if status not in (200, 206):
        hint = {401: "it needs a login", 403: "access is refused", 404: "there is no such file", 410: "it is gone"}
        raise DownloadError(
            f"{url} can't be downloaded: {hint.get(status, 'the server refuses')} (HTTP {status}). Check the address."
        )


def _is_complete(response: Any, start: int) -> bool:
    return response.status_code == 416 and response.headers.get("Content-Range", "").strip() == f"bytes */{start}"


def _continues(response: Any, start: int) -> bool:
    return response.headers.get("Content-Range", "").strip().startswith(f"bytes {start}-")


def _validator(response: Any) -> str:
    """Return what tells one version of a file from another: a strong ETag, else its date."""
    tag = str(response.headers.get("ETag", ""))
    return tag if tag and not tag.startswith("W/") else str(response.headers.get("Last-Modified", ""))


def _announced(response: Any) -> int | None:
    length = str(response.headers.get("Content-Length", ""))
    is_packed = response.headers.get("Content-Encoding", "identity") != "identity"
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 and not is_packed else None


def _expected(response: Any, start: int) -> int | None:
    length = _announced(response)
    return None if length is None else start + length


def _check_length(response: Any, received: int) -> None:
    announced = _announced(response)
    if announced is not None and received < announced:
        raise _TryAgainError(f"the server sent {received} of {announced} bytes")


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _state_path(part: Path) -> Path:
    return part.with_name(part.name + ".state")


def _read_state(part: Path, url: str) -> dict[str, str]:
    try:
        state = json.loads(_state_path(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_ours = isinstance(state, dict) and state.get("url") == url and isinstance(state.get("validator"), str)
    return state if is_ours else {}


def _write_state(part: Path, state: dict[str, str]) -> None:
    _state_path(part).write_text(json.dumps(state), encoding="utf-8")


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[-160:].rstrip(". ")
