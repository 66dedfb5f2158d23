"""A real HTTP server on 127.0.0.1 that does what bad networks and servers do."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass
class Page:
    """What one path answers; the n-th request may be treated differently from the next."""

    body: bytes = b""
    status: int = 200
    location: str = ""
    drop_after: int | None = None
    """close the connection after this many bytes of each answer"""
    short_by: int = 0
    """announce all, send so many fewer, and close as if all were well"""
    hide_length: bool = False
    ranges: bool = True
    etag: str = '"one"'
    stall_after: int | None = None
    """send this many bytes and then nothing for a long time"""
    pause_s: float = 0.0
    """between two pieces of 16 KiB"""
    failures: int = 0
    """answer 500 to so many requests first"""
    change: Callable[[int, Page], None] | None = None
    """called with the number of the request, from 1, before it is answered"""
    asked: list[str] = field(default_factory=list)
    """the Range of each request"""


class BadServer:
    """Serves pages by path; ``server.pages["/x"] = Page(…)``."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: Counter[str] = Counter()
        self.stopping = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner._answer(self)

            def log_message(self, *_words: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Return the address of the root, without slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> BadServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        self.requests[request.path] += 1
        page = self.pages.get(request.path)
        if page is None:
            request.send_error(404)
            return
        if page.change is not None:
            page.change(self.requests[request.path], page)
        asked = request.headers.get("Range", "")
        page.asked.append(asked)
        if self.requests[request.path] <= page.failures:
            request.send_error(500)
            return
        try:
            self._send(request, page, asked)
        except OSError:
            return  # the client went away

    def _send(self, request: BaseHTTPRequestHandler, page: Page, asked: str) -> None:
        start, status = 0, page.status
        match = re.fullmatch(r"bytes=(\d+)-", asked)
        same = request.headers.get("If-Range", page.etag) == page.etag
        if match and page.ranges and same and status == 200:
            start = int(match.group(1))
            if start >= len(page.body):
                request.send_response(416)
                request.send_header("Content-Range", f"bytes */{len(page.body)}")
                request.end_headers()
                return
            status = 206
        body = page.body[start:]
        request.send_response(status)
        if page.location:
            request.send_header("Location", page.location)
        if page.etag:
            request.send_header("ETag", page.etag)
        if status == 206:
            request.send_header("Content-Range", f"bytes {start}-{len(page.body) - 1}/{len(page.body)}")
        if not page.hide_length:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        self._send_body(request, page, body[: len(body) - page.short_by])

    def _send_body(self, request: BaseHTTPRequestHandler, page: Page, body: bytes) -> None:
        stops = [stop for stop in (page.drop_after, page.stall_after, len(body)) if stop is not None]
        end, sent = min(*stops, len(body)), 0
        while sent < end:
            request.wfile.write(body[sent : min(sent + (1 << 14), end)])
            request.wfile.flush()
            sent = min(sent + (1 << 14), end)
            time.sleep(page.pause_s)
        if page.stall_after is not None:
            self.stopping.wait(30)
