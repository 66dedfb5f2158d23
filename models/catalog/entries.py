"""Models by name: those that come with the plugin, those that were downloaded, and those of the user.

All but the first lie in one models folder: ``GEONNX_MODELS`` when that is set, else the one of `set_models_folder` (the
plugin gives a folder of the QGIS profile), else there is none. Below it, ``downloaded/<id>/`` holds what was
downloaded; everything else is the user's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..card.fields import read_json_object
from ..errors import GeonnxError, ModelError
from ..files import is_file
from ..words import perhaps_meant
from .index_item import item_bands, item_checksum, item_classes, item_facts, item_rank
from .trust import trusted_sha256

MODELS_VARIABLE = "GEONNX_MODELS"
BUNDLED = Path(__file__).parent.parent / "zoo"
DOWNLOADED = "downloaded"
SUFFIXES = (".onnx", ".dlpk", ".emd")
"""of model files, best first where one name has several"""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FORM = ".int8"
_DEEPEST_FOLDER = 3
_MOST_IDS_TOLD = 30

Source = Literal["bundled", "downloaded", "user", "index"]


@dataclass(frozen=True)
class RemoteFile:
    """A file that belongs to a model, and where it is fetched."""

    name: str
    """path in the model's own folder, with / between its parts"""
    urls: tuple[str, ...]
    """http(s) addresses, or paths on this computer; several are consecutive pieces of the file"""
    sha256: str
    """lower-case hexadecimal; empty when the catalogue has none, and then it is not fetched"""
    size: int | None = None
    """bytes"""


@dataclass(frozen=True)
class CatalogEntry:
    """A model that can be named by its id."""

    id: str
    name: str
    source: Source
    path: Path | None = None
    """the model file on this computer; None: not downloaded"""
    task: str = ""
    licence: str = ""
    description: str = ""
    size: int | None = None
    """bytes, all files together as far as known"""
    sha256: str = ""
    """of the model file; empty when nobody has said or computed it"""
    files: tuple[RemoteFile, ...] = ()
    """what a download fetches, the model file first"""
    card: dict[str, Any] | None = None
    """the STAC MLM item that a download writes beside the model"""
    rank: int = 0
    """place among the bundled models, smaller first"""
    bands: tuple[str, ...] = ()
    """names of the bands that the model takes; empty when its description does not say"""
    classes: tuple[str, ...] = ()
    """names of the classes that it tells apart; empty when it has none or its description does not say"""

    @property
    def urls(self) -> tuple[str, ...]:
        """All addresses of a download."""
        return tuple(url for file in self.files for url in file.urls)

    @property
    def is_downloaded(self) -> bool:
        """Return True when the model can be run without a download."""
        return self.path is not None


@dataclass
class _Default:
    folder: Path | None = None


_default = _Default()


def set_models_folder(folder: Path | None) -> None:
    """Choose the models folder for calls that name none; the environment variable still wins."""
    _default.folder = folder


def models_folder(folder: Path | None = None) -> Path | None:
    """Return *folder*, else the one in the environment, else the default one; None where there is none."""
    named = os.environ.get(MODELS_VARIABLE, "").strip()
    return folder or (Path(named).expanduser() if named else _default.folder)


def is_id(text: str) -> bool:
    """Return True when a text has the form of a catalogue id: letters, digits, dots, hyphens and underscores."""
    return _ID.fullmatch(text) is not None


def list_models(folder: Path | None = None) -> tuple[CatalogEntry, ...]:
    """Return every model on this computer that has an id, bundled ones first, then downloaded ones, then the user's.

    Bundled ones are in the order that their cards say (``geonnx:rank``).
    Where two have the same id, the later is listed under the name of its file, or not at all when that is taken too.
    """
    folder = models_folder(folder)
    # forms of a model (x.int8.onnx beside x.onnx) are no models of their own
    found = sorted(
        (pair for pair in _scan(BUNDLED, "bundled", None) if not pair[1].endswith(_FORM)),
        key=lambda pair: pair[0].rank,
    )
    if folder is not None:
        found += _scan(folder / DOWNLOADED, "downloaded", folder)
        found += _scan(folder, "user", folder)
    entries: dict[str, CatalogEntry] = {}
    for entry, stem in found:
        name = entry.id if entry.id not in entries else stem
        if name not in entries:
            entries[name] = entry if name == entry.id else _renamed(entry, name)
    return tuple(entries.values())


def find_model(model_id: str, folder: Path | None = None) -> CatalogEntry:
    """Return the model with that id, or whose file has that name; raise ModelError with known ids and the nearest."""
    entries = list_models(folder)
    for entry in entries:
        if entry.id == model_id:
            return entry
    for entry in entries:
        if entry.path is not None and entry.path.stem == model_id:
            return entry
    ids = [entry.id for entry in entries]
    known = ", ".join(ids[:_MOST_IDS_TOLD]) + (f" and {len(ids) - _MOST_IDS_TOLD} more" * (len(ids) > _MOST_IDS_TOLD))
    raise ModelError(
        f"The model '{model_id}' is no path of a model file and no model in the catalogue. "
        + (
            f"Known are {known}{perhaps_meant(model_id, ids)}."
            if ids
            else "The catalogue is empty: download a model or give the path of one."
        )
    )


def resolve_model(model: str | Path, folder: Path | None = None) -> str | Path:
    """Return the file that the user means: a path as it is, a catalogue id as the path of its model.

    Raises ModelError when the text can only be an id and the catalogue does not have it, and for a form of a bundled
    model: that is taken where it suits (`forms.pick_form`), and read by itself its bands and scaling would be guessed.
    """
    text = str(model).strip()
    if bundled := _model_of_form(Path(text)):
        raise ModelError(
            f"MODEL is {Path(text).name}, a form of the bundled model {bundled} that has no description of its own: "
            f"give {bundled} as MODEL, and its int8 form is taken where the processor is faster with it."
        )
    if isinstance(model, Path) or not is_id(text) or Path(text).suffix.lower() in (*SUFFIXES, ".json"):
        return model
    if Path(text).suffix and text not in {entry.id for entry in list_models(folder)}:
        return model  # a file of some other kind: the reader of cards says what it expected
    return find_model(text, folder).path or model


def _model_of_form(path: Path) -> str:
    """Return the id of the bundled model of which the file *path* is a form (x of x.int8.onnx); empty for others."""
    name = path.stem.removesuffix(_FORM)
    if path.suffix.lower() != ".onnx" or name == path.stem or not is_bundled(path):
        return ""
    return name if is_file(BUNDLED / f"{name}.onnx") else ""


def bundled_sisters(path: Path) -> list[Path]:
    """Return the files of bundled models whose id is that of the bundled model *path* with an ending (x-4b of x)."""
    if not is_bundled(path):
        return []
    found = sorted(BUNDLED.glob(f"{path.stem.removesuffix(_FORM)}-*.onnx"))
    return [sister for sister in found if not sister.stem.endswith(_FORM)]


def is_bundled(path: Path) -> bool:
    """Return True for files in the folder of the models that come with the plugin, whether they are there or not."""
    try:
        return path.expanduser().parent.resolve() == BUNDLED.resolve()
    except (OSError, RuntimeError, ValueError):  # of names that are none; whoever reads or writes the file says so
        return False


def _renamed(entry: CatalogEntry, new_id: str) -> CatalogEntry:
    return CatalogEntry(**{**entry.__dict__, "id": new_id})


def _scan(root: Path, source: Source, folder: Path | None) -> Iterator[tuple[CatalogEntry, str]]:
    """Yield the models below *root*, each with the stem of its file; *folder* holds the checksums."""
    paths = _model_files(root, skip=DOWNLOADED if source == "user" else "")
    tops = [path.relative_to(root).parts[0] for path in paths]
    for path, top in zip(paths, tops):
        home = root / top
        is_alone = home != path and tops.count(top) == 1 and is_id(top)
        if is_alone or is_id(path.stem):
            yield _entry(path, source, folder, home if is_alone else None), path.stem


def _model_files(root: Path, skip: str) -> list[Path]:
    found: dict[Path, Path] = {}
    for base, folders, names in os.walk(root):
        depth = len(Path(base).relative_to(root).parts)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and depth < _DEEPEST_FOLDER and not (depth == 0 and name == skip)
        )
        for name in sorted(names):
            path = Path(base, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                key = path.with_suffix("")
                rank = SUFFIXES.index(path.suffix.lower())
                if key not in found or rank < SUFFIXES.index(found[key].suffix.lower()):
                    found[key] = path
    return sorted(found.values(), key=lambda path: (len(path.relative_to(root).parts), str(path)))


def _entry(path: Path, source: Source, folder: Path | None, home: Path | None) -> CatalogEntry:
    """Describe one model; *home* is the folder that holds it alone and gives it its id."""
    card = path.with_suffix(".json")
    data: dict[str, Any] = {}
    if is_file(card):
        try:
            data = read_json_object(card)
        except GeonnxError:
            data = {}  # a broken description is told when the model is used
    facts = item_facts(data)
    name = facts["id"] if is_id(facts["id"]) else path.stem
    if home is not None:
        name = home.name
    try:
        size: int | None = path.stat().st_size
    except OSError:
        size = None
    return CatalogEntry(
        id=name if is_id(name) else path.stem,
        name=facts["name"] or path.stem,
        source=source,
        path=path,
        task=facts["task"],
        licence=facts["licence"],
        description=facts["description"],
        size=size,
        sha256=(trusted_sha256(folder, path) if folder is not None else "") or item_checksum(data),
        rank=item_rank(data),
        bands=item_bands(data),
        classes=item_classes(data),
    )
