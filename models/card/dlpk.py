"""Esri deep learning packages (``.dlpk``): a zip with a model definition and its model, unpacked once into a cache.

Only those two files are taken out, under names of our own, so no entry of the archive decides where a file goes.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ..errors import ModelError
from ..files import is_file
from ..user_cache import user_cache
from .esri import check_framework, is_emd
from .fields import text

_LARGEST_EMD_BYTES = 16 << 20
_LARGEST_MODEL_BYTES = 2 << 30
_LARGEST_RATIO = 200
"""unpacked to packed size; weights hardly shrink, a zip bomb has more than a thousand"""
_MOST_ENTRIES = 20_000
_CHUNK = 1 << 20


def unpack(dlpk_path: Path) -> Path:
    """Return the ``.emd`` of a package, unpacked beside its model; a package that was unpacked before is not again.

    Raises ModelError when it is no package with an ONNX model, or its sizes are not those of one.
    """
    if not is_file(dlpk_path):
        raise ModelError(f"Expected an Esri package at {dlpk_path}, but there is none: check the path of MODEL.")
    try:
        with dlpk_path.open("rb") as file:
            return _unpack(file, dlpk_path)
    except zipfile.BadZipFile:
        raise ModelError(f"{dlpk_path.name} is no complete zip archive, as a .dlpk has to be: get it again.") from None
    except (
        NotImplementedError,
        RuntimeError,
        zlib.error,
        struct.error,
        lzma.LZMAError,
        EOFError,
        ValueError,
        LookupError,
    ):
        raise ModelError(
            f"{dlpk_path.name} is damaged, encrypted or packed in an unusual way: unpack it by other means and name "
            "the .emd as MODEL."
        ) from None
    except OSError as error:
        raise ModelError(f"{dlpk_path.name} can't be unpacked into {user_cache()}: {error.strerror}.") from None


def _unpack(file: IO[bytes], dlpk_path: Path) -> Path:
    target = user_cache() / "dlpk" / _sha256(file)
    emd_path = target / "model.emd"
    if emd_path.is_file() and emd_path.with_suffix(".onnx").is_file():
        return emd_path
    with zipfile.ZipFile(file) as archive:
        entries = _safe_entries(archive, dlpk_path.name)
        emd = _find_emd(entries, dlpk_path.name)
        definition = _read_emd(archive, emd, dlpk_path.name)
        model = _find_model(entries, emd, definition, dlpk_path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=target.parent) as folder:
            whole = Path(folder) / "whole"
            whole.mkdir()
            _extract(archive, model, whole / "model.onnx", dlpk_path.name)
            definition["ModelFile"] = "model.onnx"
            definition.setdefault("ModelName", dlpk_path.stem)
            (whole / "model.emd").write_text(json.dumps(definition), encoding="utf-8")
            _publish(whole, target)
    return emd_path


def _publish(whole: Path, target: Path) -> None:
    """Move a complete folder into its place at once; another process may have been faster with the same content."""
    try:
        whole.rename(target)
    except OSError:
        if not (target / "model.emd").is_file():
            raise


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _safe_entries(archive: zipfile.ZipFile, name: str) -> dict[PurePosixPath, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MOST_ENTRIES:
        raise ModelError(f"{name} holds {len(infos):,} files; expected a package with one model.")
    found = {}
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename or "\0" in info.filename:
            raise ModelError(
                f"{name} holds a file '{info.filename:.120}' that points outside of the package; it is not a package "
                "made by ArcGIS and is not opened."
            )
        if not info.is_dir():
            found[path] = info
    return found


def _find_emd(entries: dict[PurePosixPath, zipfile.ZipInfo], name: str) -> PurePosixPath:
    found = sorted(
        (path for path in entries if path.suffix.lower() == ".emd"), key=lambda path: (len(path.parts), str(path))
    )
    if not found:
        raise ModelError(f"{name} holds no Esri model definition (.emd): it is no deep learning package.")
    if len(found) > 1 and len(found[0].parts) == len(found[1].parts):
        raise ModelError(f"{name} holds several model definitions ({found[0]}, {found[1]}, …); expected one.")
    return found[0]


def _read_emd(archive: zipfile.ZipFile, path: PurePosixPath, name: str) -> dict[str, Any]:
    info = next(info for info in archive.infolist() if PurePosixPath(info.filename.replace("\\", "/")) == path)
    _check_size(info, _LARGEST_EMD_BYTES, name)
    with archive.open(info) as file:
        raw = file.read(_LARGEST_EMD_BYTES + 1)
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        data = None
    if len(raw) > _LARGEST_EMD_BYTES or not isinstance(data, dict) or not is_emd(data):
        raise ModelError(
            f"{path.name} in {name} is no Esri model definition: expected JSON with Framework and ModelType."
        )
    check_framework(data, name)
    return data


def _find_model(
    entries: dict[PurePosixPath, zipfile.ZipInfo], emd: PurePosixPath, definition: dict[str, Any], name: str
) -> zipfile.ZipInfo:
    named = PurePosixPath(text(definition.get("ModelFile")).replace("\\", "/"))
    for path in (emd.parent / named, emd.parent / named.name, emd.with_suffix(".onnx")):
        if path.suffix.lower() == ".onnx" and path in entries:
            return entries[path]
    raise ModelError(f"{name} does not hold the ONNX file '{named}' that its definition names: it is not complete.")


def _check_size(info: zipfile.ZipInfo, limit: int, name: str) -> None:
    if info.file_size > limit:
        raise ModelError(
            f"{name} holds '{info.filename:.120}' of {info.file_size / 1e6:,.0f} MB; expected at most {limit >> 20} MB."
        )
    if info.file_size > _CHUNK and info.file_size > _LARGEST_RATIO * max(info.compress_size, 1):
        raise ModelError(
            f"{name} holds '{info.filename:.120}', which grows from {info.compress_size:,} to {info.file_size:,} "
            "bytes: no model does; the package is not opened."
        )


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, name: str) -> None:
    """Write one entry to *target*; what the archive says of its size is not trusted."""
    _check_size(info, _LARGEST_MODEL_BYTES, name)
    written = 0
    with archive.open(info) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > info.file_size:
                raise ModelError(f"{name} holds '{info.filename:.120}', which is larger than the archive says.")
            out.write(chunk)
