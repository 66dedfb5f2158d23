"""A package index on this machine: tiny wheels made here, served as pip asks for them."""

from __future__ import annotations

import base64
import hashlib
import http.server
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ORT = '__version__ = "{}"\ndef get_available_providers():\n    return ["{}", "CPUExecutionProvider"]\n'


def write_wheel(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str],
    *,
    requires: Sequence[str] = (),
    extras: Sequence[str] = (),
    tag: str = "py3-none-any",
) -> Path:
    """Write a wheel that pip takes."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {text}" for text in requires]
    inside = {
        **files,
        f"{stem}.dist-info/METADATA": "\n".join(lines) + "\n",
        f"{stem}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = ""
    for path, text in inside.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    inside[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n"
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in inside.items():
            archive.writestr(inner, text)
    return path


def write_runtime(folder: Path, name: str = "onnxruntime", version: str = "1.26.0") -> Path:
    """Write a package that looks like onnxruntime, and wants numpy and others as the real one does."""
    provider = {"onnxruntime-gpu": "CUDAExecutionProvider"}.get(name, "AzureExecutionProvider")
    return write_wheel(
        folder,
        name,
        version,
        {"onnxruntime/__init__.py": ORT.format(version, provider)},
        requires=["numpy>=1.21.6", "flatbuffers", "fake-cuda ; extra == 'cuda'", "fake-cudnn ; extra == 'cudnn'"],
        extras=["cuda", "cudnn"],
    )


def write_all(folder: Path) -> Path:
    """Write everything that an installation may ask for, and a numpy that must never be taken."""
    for name in ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"):
        write_runtime(folder, name)
    write_wheel(
        folder, "onnx", "1.17.0", {"onnx/__init__.py": '__version__ = "1.17.0"\n'}, requires=["numpy", "protobuf>=3.20"]
    )
    write_wheel(folder, "flatbuffers", "25.1", {"flatbuffers/__init__.py": ""})
    write_wheel(folder, "protobuf", "5.29", {"google/protobuf/__init__.py": ""})
    write_wheel(folder, "fake-cuda", "12.0", {"nvidia/cuda/lib/libcuda_fake.so": ""})
    write_wheel(folder, "fake-cudnn", "9.0", {"nvidia/cudnn/lib/libcudnn_fake.so": ""})
    for version in ("1.24.2", "2.9.9"):
        write_wheel(folder, "numpy", version, {"numpy/__init__.py": "raise ImportError('a second numpy')\n"})
    return folder


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        server.asked.append(self.path)
        name = self.path.rstrip("/").rsplit("/", 1)[-1]
        if self.path.startswith("/files/"):
            if server.stall:
                server.stalled.set()
                server.released.wait(60)
            self._answer((server.folder / name.replace("%2B", "+")).read_bytes(), "application/octet-stream")
            return
        stems = sorted(
            path for path in server.folder.glob("*.whl") if path.name.split("-")[0].replace("_", "-") == name
        )
        if not stems:
            self.send_error(404)
            return
        links = "".join(f'<a href="/files/{path.name}">{path.name}</a><br>\n' for path in stems)
        self._answer(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")

    def _answer(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(OSError):  # pip was killed meanwhile
            self.wfile.write(data)

    def log_message(self, *_words: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    folder: Path
    asked: list[str]
    stall = False

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.asked = folder, []
        self.stalled, self.released = threading.Event(), threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/simple/"


@contextmanager
def serve(folder: Path) -> Iterator[_Server]:
    """Serve the wheels of a folder while the block runs."""
    server = _Server(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def make_python(folder: Path, python: str, *, pip: bool = True) -> str:
    """Make a Python of its own, with pip and nothing else, or without pip; return its program."""
    words = [python, "-m", "venv", *([] if pip else ["--without-pip"]), str(folder)]
    subprocess.run(words, check=True, capture_output=True, timeout=300)
    return str(folder / "bin" / "python")


_made: list[str] = []


def shared_python(factory: Any) -> str:
    """Return a Python that has pip and nothing else; it is made once, in a folder of pytest's *factory*."""
    if not _made:
        _made.append(make_python(factory.mktemp("python") / "env", sys.executable))
    return _made[0]
