"""Downloading a model: all of its files verified, and there together or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ..errors import DownloadError, OutputError
from ..files import exists, replace_folder
from .entries import DOWNLOADED, CatalogEntry, RemoteFile, is_id
from .fetch import TIMEOUT_S, Connection, fetch_file, is_web_address
from .trust import trust_files

_SAFE_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ +()-]{0,120}(?<![. ])|[A-Za-z0-9_]")
# names that Windows keeps for devices, with any suffix
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_DEEPEST_NAME = 4
_CHUNK_BYTES = 1 << 20
_SPARE_BYTES = 64 << 20


def download(
    entry: CatalogEntry,
    folder: Path,
    *,
    progress: Callable[[float], None] = lambda _share: None,
    cancelled: Callable[[], bool] = lambda: False,
    proxies: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUT_S,
    log: Callable[[str], None] = lambda _text: None,
) -> Path:
    """Fetch a model of a catalogue into the models folder and return the path of its model file.

    Files grow as ``.part`` in a hidden folder, which takes the model's place once every file has the SHA-256 of the
    catalogue; a call that follows an interrupted one goes on where it stopped. *progress* gets the share, 0 to 1;
    *proxies* is what requests takes; *timeout* is in seconds, to connect and between two pieces of data.
    Raises DownloadError with what went wrong, OutputError when the disk fails, Cancelled when the user stops it.
    """
    _check_entry(entry)
    target = folder / DOWNLOADED / entry.id
    staging = folder / DOWNLOADED / f".{entry.id}.part"
    main = entry.files[0]
    if _is_there(entry, target):
        log(f"{entry.id} is there already, in {target}.")
        return target / main.name
    connection = Connection(cancelled, proxies, timeout, log)
    steps = _Progress(entry.files, progress)
    try:
        staging.mkdir(parents=True, exist_ok=True)
        _check_space(entry, staging)
        for number, file in enumerate(entry.files):
            _get(file, staging, connection, steps.of(number))
        _write_card(entry, staging)
        _remove_others(entry, staging)
        connection.check()
        replace_folder(staging, target)
    except OSError as error:
        raise OutputError(f"{entry.id} can't be kept in {target.parent}: {error.strerror or error}.") from None
    finally:
        _drop_empty(staging)
    trust_files(folder, {target / file.name: file.sha256 for file in entry.files})
    return target / main.name


class _Progress:
    """Adds up the bytes of several files, or counts files where a size is not known."""

    def __init__(self, files: tuple[RemoteFile, ...], report: Callable[[float], None]) -> None:
        sizes = [file.size or 0 for file in files]
        self._is_known = all(sizes)
        self._sizes = sizes if self._is_known else [1] * len(files)
        self._report = report

    def of(self, number: int) -> Callable[[int], None]:
        """Return what takes the bytes so far of one file."""
        before, total = sum(self._sizes[:number]), sum(self._sizes)

        def report(done: int) -> None:
            size = self._sizes[number]
            # without a size a file counts as half done until it is done
            part = min(done, size) if self._is_known else (0.5 if done >= 0 else 1.0)
            self._report(min(1.0, (before + (size if done < 0 else part)) / total))

        return report


def _check_entry(entry: CatalogEntry) -> None:
    if not is_id(entry.id):
        raise DownloadError(f"The model's id '{entry.id:.80}' can't be the name of a folder; nothing was downloaded.")
    if not entry.files:
        raise DownloadError(f"The catalogue gives no address for {entry.id}; there is nothing to download.")
    names = [file.name.casefold() for file in entry.files]
    if entry.card is not None:
        names.append(_card_name(entry).casefold())
    for file in entry.files:
        if not _is_safe(file.name):
            raise DownloadError(
                f"The catalogue calls a file of {entry.id} '{file.name:.120}', which could leave the models folder or "
                "is no usable file name; nothing was downloaded."
            )
        if not file.sha256:
            raise DownloadError(
                f"The catalogue gives no SHA-256 for {file.name} of {entry.id}, so it could not be verified; nothing "
                "was downloaded. Ask its makers to add one."
            )
    if len(set(names)) != len(names):
        raise DownloadError(f"The catalogue gives two files of {entry.id} the same name; nothing was downloaded.")


def _is_safe(name: str) -> bool:
    parts = name.split("/")
    return len(parts) <= _DEEPEST_NAME and all(
        _SAFE_PART.fullmatch(part) and not _DEVICES.fullmatch(part) and not part.endswith((".part", ".state"))
        for part in parts
    )


def _card_name(entry: CatalogEntry) -> str:
    return str(PurePosixPath(entry.files[0].name).with_suffix(".json"))


def _is_there(entry: CatalogEntry, target: Path) -> bool:
    try:
        return all(_sha256(target / file.name) == file.sha256 for file in entry.files)
    except OSError:
        return False


def _check_space(entry: CatalogEntry, staging: Path) -> None:
    if entry.size is None:
        return
    free = shutil.disk_usage(staging).free
    fetched = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
    # pieces are joined, so for a moment the largest file is there twice
    joined = max((file.size or 0 for file in entry.files if len(file.urls) > 1), default=0)
    needed = entry.size - fetched + joined + _SPARE_BYTES
    if free < needed:
        raise DownloadError(
            f"{entry.id} needs {needed / 1e6:,.0f} MB in {staging.parent}, where {free / 1e6:,.0f} MB are free: free "
            "some space or choose another models folder."
        )


def _get(file: RemoteFile, staging: Path, connection: Connection, progress: Callable[[int], None]) -> None:
    """Make one verified file in the staging folder."""
    final = staging / file.name
    final.parent.mkdir(parents=True, exist_ok=True)
    if final.is_file() and _sha256(final) == file.sha256:
        progress(-1)
        return
    connection.log(f"Downloading {file.name}" + (f" ({file.size / 1e6:,.1f} MB)." if file.size else "."))
    found = _assemble(file, final, connection, progress)
    if found != file.sha256:
        raise DownloadError(
            f"{file.name} from {file.urls[0]} is not the file that the catalogue describes: expected SHA-256 "
            f"{file.sha256[:12]}…, found {found[:12]}…. It was not kept; try again later or tell the makers of the "
            "catalogue."
        )
    final.with_name(final.name + ".part").replace(final)
    progress(-1)


def _assemble(file: RemoteFile, final: Path, connection: Connection, progress: Callable[[int], None]) -> str:
    """Fetch all pieces into ``<name>.part`` and return its SHA-256; it is removed when that is wrong."""
    joined = final.with_name(final.name + ".part")
    for attempt in (1, 2):
        resumed = _fetch_pieces(file, joined, connection, progress)
        found = _sha256(joined)
        if found == file.sha256:
            return found
        joined.unlink()
        # pieces of two versions of a file may have met: only a file that came in one go is surely wrong
        if not resumed or attempt == 2:
            return found
        connection.log(f"{file.name} changed on the server meanwhile; it is fetched again.")
    return ""


def _fetch_pieces(file: RemoteFile, joined: Path, connection: Connection, progress: Callable[[int], None]) -> bool:
    """Fetch every piece; return True when one of them was there in part."""
    if len(file.urls) == 1:
        return _fetch(file.urls[0], joined, connection, file.size, progress)
    resumed = False
    done = 0
    pieces = [joined.with_name(f"{joined.name[:-5]}.{number}.part") for number in range(len(file.urls))]
    for url, piece in zip(file.urls, pieces):
        ended = piece.with_name(piece.name + ".done")
        if not (ended.exists() and piece.exists()):
            resumed = _fetch(url, piece, connection, None, _after(done, progress)) or resumed
            ended.touch()
        else:
            resumed = True
        done += piece.stat().st_size
    with joined.open("wb") as output:
        for piece in pieces:
            with piece.open("rb") as part:
                shutil.copyfileobj(part, output, _CHUNK_BYTES)
    for piece in pieces:
        piece.unlink()
        piece.with_name(piece.name + ".done").unlink(missing_ok=True)
    return resumed


def _after(before: int, progress: Callable[[int], None]) -> Callable[[int], None]:
    """Return what takes the bytes so far of a piece that comes after *before* bytes."""
    return lambda count: progress(before + count)


def _fetch(url: str, part: Path, connection: Connection, size: int | None, progress: Callable[[int], None]) -> bool:
    if is_web_address(url):
        return fetch_file(url, part, connection, size=size, progress=progress)
    done = 0
    try:
        source = Path(url).open("rb")  # noqa: SIM115  (closed below)
    except OSError as error:
        raise DownloadError(f"{url} of the catalogue can't be read: {error.strerror}.") from None
    with source, part.open("wb") as output:
        while chunk := source.read(_CHUNK_BYTES):
            connection.check()
            output.write(chunk)
            done += len(chunk)
            progress(done)
    return False


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _write_card(entry: CatalogEntry, staging: Path) -> None:
    if entry.card is not None:
        text = json.dumps(entry.card, indent=1, ensure_ascii=False)
        (staging / _card_name(entry)).write_text(text + "\n", encoding="utf-8")


def _drop_empty(staging: Path) -> None:
    """Remove folders in which nothing has arrived, so that a failed try leaves only what the next one can use."""
    for base, _folders, names in os.walk(staging, topdown=False):
        place = Path(base)
        with suppress(OSError):
            for name in names:
                is_orphan = name.endswith(".state") and not exists(place / name[: -len(".state")])
                if is_orphan or (name.endswith(".part") and (place / name).stat().st_size == 0):
                    (place / name).unlink(missing_ok=True)
                    (place / f"{name}.state").unlink(missing_ok=True)
            place.rmdir()  # refuses a folder that holds anything


def _remove_others(entry: CatalogEntry, staging: Path) -> None:
    """Remove what an earlier try for another version of the model left in the staging folder."""
    kept = {staging / file.name for file in entry.files}
    if entry.card is not None:
        kept.add(staging / _card_name(entry))
    for base, folders, names in os.walk(staging, topdown=False):
        for name in names:
            if Path(base, name) not in kept:
                Path(base, name).unlink()
        for name in folders:
            if not any(Path(base, name).iterdir()):
                Path(base, name).rmdir()
