"""Finished blocks of results, kept on the disk as they come, so that a run that was killed goes on where it stopped."""

from __future__ import annotations

import json
import os
import platform
import shutil
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError, SettingsError
from .shelf import BlockKey

_PREFIX = ".geonnx_resume-"
_HEAD = struct.Struct("<4sIHIII")
"""mark, CRC-32 of all that follows, product, column, row, bytes of the values"""
_BODY = struct.Struct("<HIII")
_MARK = b"GXB1"
_SYNC_EVERY_S = 2.0
_STALE_AFTER_S = 600.0
"""where the system has no locks: one that nobody touched for so long"""


class Journal:
    """The folder of an unfinished run: who writes it, what it is of, and the blocks that are finished."""

    def __init__(self, beside: str, identity: Mapping[str, Any], products: list[str]) -> None:
        """Open the journal of the result *beside*; begin one where there is none.

        *identity* is what decides the pixels, *products* the rasters in a fixed order. Raises SettingsError when the
        journal is of another run, OutputError when another process writes it or it can't be written.
        """
        target = Path(beside).expanduser().absolute()
        self.folder = target.with_name(f"{_PREFIX}{target.name}")
        self._products = products
        self._target = target
        self._synced = time.monotonic()
        try:
            self.folder.mkdir(exist_ok=True)
            self._lock()
            self._check(identity)
            self._file = (self.folder / "blocks").open("ab")
        except OSError as error:
            raise OutputError(f"The journal {self.folder} can't be written: {error.strerror}.") from None

    def _lock(self) -> None:
        path = self.folder / "lock"
        age_s = time.time() - path.stat().st_mtime if path.exists() else _STALE_AFTER_S
        self._lock_file = path.open("a+", encoding="utf-8")
        if not _take(self._lock_file, age_s):
            self._lock_file.seek(0)
            owner = self._lock_file.read().strip()
            self._lock_file.close()
            raise OutputError(
                f"Another run ({owner or 'of which nothing is known'}) is writing {self._target}: wait for it, or "
                "choose another name."
            )
        self._lock_file.truncate(0)
        self._lock_file.write(f"process {os.getpid()} on {platform.node()}")
        self._lock_file.flush()

    def _check(self, identity: Mapping[str, Any]) -> None:
        path = self.folder / "run.json"
        text = json.dumps(identity, sort_keys=True, default=str)
        if not path.exists():
            # whatever lies here without it is of no run
            (self.folder / "blocks").unlink(missing_ok=True)
            part = path.with_name("run.part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)
            return
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            self._lock_file.close()
            raise SettingsError(
                f"The journal {self.folder} of an unfinished run can't be read: delete it to begin anew."
            ) from None
        now = json.loads(text)
        changed = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
        if changed:
            self._lock_file.close()
            raise SettingsError(
                f"An unfinished run of {self._target.name} was started with other {', '.join(changed)}: repeat that "
                f"call as it was, or delete {self.folder} to begin anew."
            )

    def read(self) -> Iterator[tuple[str, BlockKey, bytes | None]]:
        """Yield product, place and the bytes of the values of each finished block; None: it holds no data.

        What was written last may be cut off by the end of the process: it is dropped.
        """
        path = self.folder / "blocks"
        good = 0
        with path.open("rb") as file:
            while len(head := file.read(_HEAD.size)) == _HEAD.size:
                mark, checksum, product, column, row, length = _HEAD.unpack(head)
                body = file.read(length)
                whole = zlib.crc32(_BODY.pack(product, column, row, length) + body)
                if mark != _MARK or len(body) != length or whole != checksum or product >= len(self._products):
                    break
                good = file.tell()
                yield self._products[product], (column, row), zlib.decompress(body) if body else None
        if path.stat().st_size > good:
            self._file.close()
            with path.open("r+b") as file:
                file.truncate(good)
            self._file = path.open("ab")

    def add(self, product: str, key: BlockKey, values: NDArray[Any] | None) -> None:
        """Keep a finished block; raise OutputError when it can't be written."""
        body = b"" if values is None else zlib.compress(np.ascontiguousarray(values).tobytes(), 1)
        place = (self._products.index(product), *key, len(body))
        checksum = zlib.crc32(_BODY.pack(*place) + body)
        try:
            self._file.write(_HEAD.pack(_MARK, checksum, *place) + body)
            if time.monotonic() - self._synced > _SYNC_EVERY_S:
                self.sync()
        except OSError as error:
            raise OutputError(
                f"The journal {self.folder} can't be written: {error.strerror}. Make room and repeat the call: it goes "
                "on where it stopped."
            ) from None

    def sync(self) -> None:
        """Bring what was added to the disk, so that it survives a power loss; raise OSError when that fails."""
        self._synced = time.monotonic()
        self._file.flush()
        os.fsync(self._file.fileno())
        (self.folder / "lock").touch()

    def close(self) -> None:
        """Let go of the journal; it stays for the next call."""
        with suppress(OSError):
            self.sync()
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._lock_file.truncate(0)
            self._lock_file.close()

    def remove(self) -> None:
        """Delete the journal: the run is finished."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _take(file: Any, age_s: float) -> bool:
    """Lock a file until it is closed or the process ends, however it ends; return False when somebody else has it."""
    try:
        import fcntl  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return age_s >= _STALE_AFTER_S or not file.seek(0, os.SEEK_END)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return age_s >= _STALE_AFTER_S or not file.seek(0, os.SEEK_END)
    return True
